"""Criteria in Jira's descriptions: in every form, and written back in the form they had."""

from typing import Any

import pytest

from adapters.jira import checks
from adapters.jira.document import Unsayable, compose, cut
from adapters.jira.markup import Adf, Markup, Wiki
from adapters.sections import Place
from sync.model import Criterion

HEADING = "Acceptance criteria"
STEPS = "Given a shop\nWhen it opens\nThen I enter"


def paragraph(*lines: str) -> dict[str, Any]:
    nodes: list[dict[str, Any]] = []
    for line in lines:
        nodes += [{"type": "hardBreak"}] if nodes else []
        nodes.append({"type": "text", "text": line})
    return {"type": "paragraph", "content": nodes}


def heading(text: str, level: int = 2) -> dict[str, Any]:
    content = [{"type": "text", "text": text}]
    return {"type": "heading", "attrs": {"level": level}, "content": content}


def code(text: str) -> dict[str, Any]:
    content = [{"type": "text", "text": text}]
    return {"type": "codeBlock", "attrs": {"language": "gherkin"}, "content": content}


def doc(*content: dict[str, Any]) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content)}


SCENARIO = f"Scenario: late\n{STEPS}"
TWO = (Criterion(STEPS), Criterion(SCENARIO))
FORMS: dict[str, tuple[Markup, Any, tuple[Criterion, ...]]] = {
    "wiki, paragraphs": (Wiki(), f"Why.\n\nh2. AC\n\n{STEPS}\n\n{SCENARIO}\n\nh2. Notes\n\nn", TWO),
    "wiki, a paragraph a step": (
        Wiki(),
        "h2. Akzeptanzkriterien\n\n*Given* a\n\n*When* b\n\n*Then* c\n\nh1. Notes",
        (Criterion("**Given** a\n\n**When** b\n\n**Then** c"),),
    ),
    "wiki, headings": (
        Wiki(),
        f"h2. AC\n\nh2. Scenario: late\n\n{STEPS}\n\nh2. Notes\n\nn",
        (Criterion(f"Scenario: late\n\n{STEPS}"),),
    ),
    "wiki, code": (
        Wiki(),
        "h2. AC\n\n{code:gherkin}\nScenario: late\n  Given a shop\n  When it opens\n"
        "  Then I enter\n{code}\n\nh2. Notes",
        (Criterion(SCENARIO),),
    ),
    "wiki, a panel": (
        Wiki(),
        "Why.\n\n{panel:bgColor=#fff|title=Acceptance Criteria}\n* one\n* two\n{panel}\n\nMore.",
        (Criterion("one"), Criterion("two")),
    ),
    "wiki, a panel with words": (
        Wiki(),
        "Why.\n\n{panel:title=AC}\nAs agreed:\n* one\n* two\n{panel}\n\nMore.",
        (Criterion("one"), Criterion("two")),
    ),
    "wiki, groups": (
        Wiki(),
        "h2. AC\n\nh3. In\n\n* one\n\nh3. Out\n\n# two\n# three\n\nh2. Notes",
        (Criterion("one"), Criterion("two"), Criterion("three")),
    ),
    "ADF, paragraphs": (
        Adf(),
        doc(
            heading("Critères d’acceptation"),
            paragraph(*STEPS.split("\n")),
            paragraph(*SCENARIO.split("\n")),
            heading("Notes"),
        ),
        TWO,
    ),
    "ADF, code": (
        Adf(),
        doc(heading("AC"), code(f"{STEPS}\n\n{SCENARIO}"), paragraph("More.")),
        TWO,
    ),
}


@pytest.mark.parametrize(("markup", "native", "criteria"), FORMS.values(), ids=FORMS.keys())
def test_criteria_of_every_form_are_read(
    markup: Markup, native: Any, criteria: tuple[Criterion, ...]
) -> None:
    held = cut(markup, native, HEADING)
    assert held.criteria() == criteria
    assert compose(held, HEADING) == native
    assert compose(held, HEADING, criteria=criteria) == native


@pytest.mark.parametrize(("markup", "native", "criteria"), FORMS.values(), ids=FORMS.keys())
def test_each_of_them_is_edited_added_and_ticked_where_it_is(
    markup: Markup, native: Any, criteria: tuple[Criterion, ...]
) -> None:
    held = cut(markup, native, HEADING)
    last = criteria[-1]
    edited = last._replace(text=f"{last.text} now")
    for wanted in (
        (*criteria[:-1], edited),
        (*criteria, Criterion("Given x\nWhen y\nThen z")),
        (*criteria[:-1], last._replace(checked=True)),
    ):
        again = cut(markup, compose(held, HEADING, criteria=wanted), HEADING)
        assert again.criteria() == wanted
        assert again.raw() == held.raw()


def test_an_edited_scenario_keeps_its_form() -> None:
    for name in ("wiki, paragraphs", "wiki, code", "wiki, headings", "wiki, groups"):
        markup, native, criteria = FORMS[name]
        last = criteria[-1]
        wanted = (*criteria[:-1], last._replace(text=f"{last.text} now"))
        end = last.text.split("\n")[-1]
        written = compose(cut(markup, native, HEADING), HEADING, criteria=wanted)
        at = native.rindex(end) + len(end)
        assert written == f"{native[:at]} now{native[at:]}"


def test_a_panel_goes_when_its_criteria_do_and_keeps_other_words() -> None:
    _, native, _ = FORMS["wiki, a panel"]
    assert compose(cut(Wiki(), native, HEADING), HEADING, criteria=()) == "Why.\n\nMore."
    _, native, _ = FORMS["wiki, a panel with words"]
    held = cut(Wiki(), native, HEADING)
    assert held.raw() == "Why.\n\n{panel:title=AC}\nAs agreed:\n\n{panel}\n\nMore."
    one = (Criterion("one"),)
    assert compose(held, HEADING, criteria=one) == native.replace("* two\n", "")
    lost = cut(Wiki(), compose(held, HEADING, criteria=()), HEADING)
    assert compose(lost, HEADING, criteria=one) == (
        "Why.\n\n{panel:title=AC}\nAs agreed:\n\n* [ ] one\n\n{panel}\n\nMore."
    )


def test_a_description_around_a_panel_is_edited_and_the_panel_stays() -> None:
    _, native, criteria = FORMS["wiki, a panel"]
    held = cut(Wiki(), native, HEADING)
    written = compose(held, HEADING, description="Why not.\n\nMore.")
    assert written == native.replace("Why.", "Why not.")
    assert cut(Wiki(), written, HEADING).criteria() == criteria


def test_the_first_checklist_of_a_description_is_the_criteria() -> None:
    native = "Why.\n\n* plain\n\nThen:\n\n* [ ] one\n* [x] two\n\nMore."
    held = cut(Wiki(), native, Place.CHECKLIST)
    assert held.criteria() == (Criterion("one"), Criterion("two", True))
    assert held.raw() == "Why.\n\n* plain\n\nThen:\n\nMore."
    ticked = (Criterion("one", True), Criterion("two", True))
    assert compose(held, Place.CHECKLIST, criteria=ticked) == native.replace("[ ]", "[x]")
    edited = compose(held, Place.CHECKLIST, description="Why not.\n\n- plain\n\nThen:\n\nMore.")
    assert edited == native.replace("Why.", "Why not.")
    assert compose(held, Place.CHECKLIST, criteria=()) == held.raw()
    new = compose(cut(Wiki(), "Why.", Place.CHECKLIST), Place.CHECKLIST, criteria=ticked[:1])
    assert new == "Why.\n\n* [x] one"


def test_a_checklist_of_the_description_is_never_taken_for_the_criteria() -> None:
    own = "- [ ] buy"
    held = cut(Wiki(), None, Place.CHECKLIST)
    one = (Criterion("one"),)
    written = compose(held, Place.CHECKLIST, description=f"Steps:\n\n{own}", criteria=one)
    assert cut(Wiki(), written, Place.CHECKLIST).criteria() == one
    with pytest.raises(Unsayable, match="checklist of its own"):
        compose(held, Place.CHECKLIST, description=own, criteria=())


@pytest.mark.parametrize("markup", [Wiki(), Adf()])
def test_all_of_a_field_is_criteria(markup: Markup) -> None:
    native = markup.native(markup.from_markdown("The shop opens.\n\nThe shop closes."))
    one, two = checks.read(markup, native)
    assert (one.text, two.text) == ("The shop opens.", "The shop closes.")
    assert checks.write(markup, native, (one, two)) == native
    wanted = (one, two._replace(checked=True), Criterion("New"))
    assert checks.read(markup, checks.write(markup, native, wanted)) == wanted
    assert checks.write(markup, native, ()) is None
