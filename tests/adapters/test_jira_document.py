"""The criteria in a description of Jira's own: cut out, and put back."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.jira.document import Unsayable, compose, cut, same_text
from adapters.jira.markup import Adf, Markup, Wiki
from sync.model import Criterion
from tests.shared import shared_lines

HEADING = "Acceptance criteria"
WIKI = """Intro by *hand*.

h2. Acceptance criteria

* [ ] The card is charged
* [x] A receipt is sent

h2. Notes

Kept   as it is {color:red}red{color}."""


def text(value: str, *marks: str) -> dict[str, Any]:
    node: dict[str, Any] = {"type": "text", "text": value}
    return node | ({"marks": [{"type": mark} for mark in marks]} if marks else {})


def paragraph(*content: dict[str, Any]) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(content)}


def heading(value: str, level: int = 2) -> dict[str, Any]:
    return {"type": "heading", "attrs": {"level": level}, "content": [text(value)]}


def tasks(*items: tuple[str, bool]) -> dict[str, Any]:
    return {
        "type": "taskList",
        "attrs": {"localId": "list"},
        "content": [
            {
                "type": "taskItem",
                "attrs": {"localId": f"id-{value}", "state": "DONE" if done else "TODO"},
                "content": [text(value)],
            }
            for value, done in items
        ],
    }


def bullets(*items: str) -> dict[str, Any]:
    listed = [{"type": "listItem", "content": [paragraph(text(item))]} for item in items]
    return {"type": "bulletList", "content": listed}


def doc(*content: dict[str, Any]) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content)}


MEDIA = {
    "type": "mediaSingle",
    "attrs": {"layout": "center"},
    "content": [{"type": "media", "attrs": {"id": "abc", "type": "file", "collection": "x"}}],
}


@pytest.mark.parametrize(
    ("markup", "native"),
    [
        pytest.param(Wiki(), "Text.\n\nh3. Acceptance Criteria:\n# one\n# two", id="wiki, numbers"),
        pytest.param(Wiki(), "Text.\n\n*Acceptance criteria*\n* one\n* two", id="wiki, bold line"),
        pytest.param(Wiki(), "Text.\r\n\r\nh1. acceptance criteria\r\n- one\r\n- two", id="CRLF"),
        pytest.param(
            Adf(),
            doc(paragraph(text("Text.")), heading("Acceptance criteria", 4), bullets("one", "two")),
            id="ADF, bullets",
        ),
        pytest.param(
            Adf(),
            doc(
                paragraph(text("Text.")),
                paragraph(text("Acceptance criteria", "strong"), text(":")),
                tasks(("one", False), ("two", False)),
            ),
            id="ADF, bold line",
        ),
    ],
)
def test_the_lists_below_the_heading_are_the_criteria(markup: Markup, native: Any) -> None:
    held = cut(markup, native, HEADING)
    assert held.criteria() == (Criterion("one"), Criterion("two"))
    assert markup.to_markdown(held.rest).strip() == "Text."


def test_the_section_ends_at_the_next_heading_of_its_level() -> None:
    held = cut(Wiki(), WIKI, HEADING)
    assert held.criteria() == (
        Criterion("The card is charged"),
        Criterion("A receipt is sent", True),
    )
    assert held.raw() == WIKI.replace(WIKI[WIKI.index("h2. A") : WIKI.index("h2. N")], "")


def test_a_lower_heading_is_within_the_section() -> None:
    native = "h2. Acceptance criteria\n\n* one\n\nh3. Later\n\n* two\n\nh2. Notes\n\n* three"
    held = cut(Wiki(), native, HEADING)
    assert held.criteria() == (Criterion("one"), Criterion("two"))
    assert held.raw() == "h2. Acceptance criteria\n\nh3. Later\n\nh2. Notes\n\n* three"


@pytest.mark.parametrize(
    "native",
    [
        "{code}\nh2. Acceptance criteria\n* no\n{code}",
        "{noformat}\n\nh2. Acceptance criteria\n\n* no\n{noformat}",
        "h2. Acceptance criteria of old\n* no",
    ],
)
def test_what_is_no_such_heading_is_no_section(native: str) -> None:
    held = cut(Wiki(), native, HEADING)
    assert (held.raw(), held.criteria()) == (native, ())


def test_a_macro_that_never_ends_hides_nothing() -> None:
    held = cut(Wiki(), "See {code\n{code} here\n\nh2. Acceptance criteria\n* yes", HEADING)
    assert held.criteria() == (Criterion("yes"),)


def test_prose_of_the_section_stays_in_the_description_with_its_heading() -> None:
    native = doc(heading("Acceptance criteria"), tasks(("one", True)), paragraph(text("All.")))
    held = cut(Adf(), native, HEADING)
    assert held.criteria() == (Criterion("one", True),)
    assert [node["type"] for node in held.rest] == ["heading", "paragraph"]


def test_ticking_one_criterion_changes_nothing_around_it() -> None:
    criteria = (Criterion("The card is charged", True), Criterion("A receipt is sent", True))
    written = compose(cut(Wiki(), WIKI, HEADING), HEADING, criteria=criteria)
    assert written == WIKI.replace("* [ ] The card", "* [x] The card")


def test_ticking_one_criterion_of_a_document_keeps_all_other_nodes() -> None:
    native = doc(
        MEDIA,
        paragraph(text("Text.")),
        heading("Acceptance criteria"),
        tasks(("one", False), ("two", False)),
        heading("Notes"),
        MEDIA,
    )
    criteria = (Criterion("one"), Criterion("two", True))
    written = compose(cut(Adf(), native, HEADING), HEADING, criteria=criteria)
    assert [*written["content"][:3], *written["content"][4:]] == [
        *native["content"][:3],
        *native["content"][4:],
    ]
    assert [item["attrs"]["state"] for item in written["content"][3]["content"]] == ["TODO", "DONE"]


def test_a_changed_paragraph_leaves_the_other_blocks_as_they_were() -> None:
    native = doc(
        MEDIA,
        paragraph(text("Text.")),
        tasks(("no criterion", False)),
        heading("Acceptance criteria"),
        tasks(("one", False)),
        heading("Notes"),
        MEDIA,
    )
    held = cut(Adf(), native, HEADING)
    description = Adf().to_markdown(held.rest).replace("Text.", "Another text.")
    written = compose(held, HEADING, description=description)
    assert written["content"][1] == paragraph(text("Another text."))
    assert [*written["content"][:1], *written["content"][2:]] == [
        *native["content"][:1],
        *native["content"][2:],
    ]


def test_the_first_criteria_come_to_the_end_under_a_heading() -> None:
    written = compose(cut(Wiki(), "Text.", HEADING), HEADING, criteria=(Criterion("one", True),))
    assert written == "Text.\n\nh2. Acceptance criteria\n\n* [x] one"


def test_without_criteria_the_heading_goes_too() -> None:
    assert compose(cut(Wiki(), WIKI, HEADING), HEADING, criteria=()) == WIKI.replace(
        WIKI[WIKI.index("h2. A") : WIKI.index("h2. N")], ""
    )


def test_a_mention_from_elsewhere_pings_nobody() -> None:
    hostile = "Ask [@Bob](jira-user:5b10) and @ann."
    written = compose(cut(Adf(), None, HEADING), HEADING, description=hostile)
    assert '"mention"' not in json.dumps(written)
    assert "@Bob" in json.dumps(written)
    wiki = compose(cut(Wiki(), "", HEADING), HEADING, description=hostile)
    assert wiki == "Ask @Bob and @ann."


MACRO = {
    "type": "extension",
    "attrs": {"extensionType": "com.example", "extensionKey": "run", "parameters": {"x": 1}},
}


def test_a_macro_from_elsewhere_is_not_run() -> None:
    hostile = Adf().to_markdown([MACRO])
    written = compose(cut(Adf(), None, HEADING), HEADING, description=f"Hello.\n\n{hostile}")
    assert '"extension"' not in json.dumps(written)
    assert "not run" in json.dumps(written)


def test_a_macro_that_was_there_stays_one() -> None:
    native = Adf().native(
        [MACRO, {"type": "paragraph", "content": [{"type": "text", "text": "a"}]}]
    )
    held = cut(Adf(), native, HEADING)
    description = Adf().to_markdown(Adf().blocks(native)) + "\n\nMore."
    written = compose(held, HEADING, description=description)
    assert written["content"][0] == MACRO
    assert len(written["content"]) == 3


def test_a_mention_that_was_there_stays_one() -> None:
    native = "Ask [~bob].\n\nMore."
    description = Wiki().to_markdown(Wiki().blocks(native)).replace("More", "Less")
    written = compose(cut(Wiki(), native, HEADING), HEADING, description=description)
    assert written == "Ask [~bob].\n\nLess."


@pytest.mark.parametrize("native", ["Ask [~bob].", "Ask [him|~bob]."])
def test_every_way_to_mention_somebody_in_wiki_markup_is_known(native: str) -> None:
    assert Wiki().mentioned([native]) == {"bob"}
    [hushed] = Wiki().hushed([native], frozenset())
    assert Wiki().mentioned([hushed]) == frozenset()
    assert Wiki().hushed([native], frozenset({"bob"})) == [native]


def test_code_that_looks_like_a_mention_is_code() -> None:
    held = cut(Wiki(), "", HEADING)
    written = compose(held, HEADING, description="```\n[~bob]\n```")
    assert "\n[~bob]\n" in written


class Restless(Wiki):
    """A markup in which no text comes to rest."""

    def to_markdown(self, blocks: Any) -> str:
        return super().to_markdown(blocks) + "!"


def test_a_text_that_never_comes_to_rest_is_not_written() -> None:
    with pytest.raises(Unsayable, match="another each time"):
        compose(cut(Restless(), "Text.", HEADING), HEADING, description="Other")


LINES = st.sampled_from(
    [
        *("h2. Acceptance criteria", "h3. Acceptance criteria", "*Acceptance criteria*"),
        *("h1. Other", "* one", "* [x] two", "# three", "", "", "Some *text*."),
        *("{code}", "{quote}", "||a||", "----"),
    ]
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(LINES, max_size=14), st.lists(st.sampled_from(["a", "b c", "_d_"]), max_size=3))
def test_what_is_put_into_a_text_is_cut_out_again(lines: list[str], criteria: list[str]) -> None:
    native = "\n".join(lines)
    held = cut(Wiki(), native, HEADING)
    wanted = tuple(Criterion(one) for one in criteria)
    again = cut(Wiki(), compose(held, HEADING, criteria=wanted), HEADING)
    assert [c.text for c in again.criteria()] == criteria
    assert same_text(Wiki().to_markdown(again.rest), Wiki().to_markdown(held.rest))


@given(st.lists(LINES, max_size=14))
def test_blocks_are_the_whole_text(lines: list[str]) -> None:
    native = "\n".join(lines)
    assert "".join(Wiki().blocks(native)) == (native if native.strip() else "")
    held = cut(Wiki(), native, HEADING)
    assert compose(held, HEADING) == native.rstrip()


def test_real_descriptions_are_cut_and_kept() -> None:
    for issue in shared_lines("data/jira-project.jsonl.gz"):
        native = issue["description"] or ""
        held = cut(Wiki(), native, HEADING)
        assert compose(held, HEADING) == native.rstrip()


SCENARIO = "*Scenario:* Pay\nGiven a cart\nWhen Ada pays\nThen a receipt is sent"
FORMS: dict[str, tuple[Markup, Any, list[bool]]] = {
    "wiki, a heading in German": (
        Wiki(),
        "Text.\n\nh3. Akzeptanzkriterien\n\n* one\n* two\n",
        [False, False],
    ),
    "document, a heading in French": (
        Adf(),
        doc(heading("Critères d’acceptation :"), tasks(("one", True), ("two", False))),
        [True, False],
    ),
    "wiki, a heading in bold": (
        Wiki(),
        "*AC:*\n\n# one\n# two\n# three",
        [False] * 3,
    ),
    "wiki, a scenario": (
        Wiki(),
        f"h2. Acceptance criteria\n\n{SCENARIO}\n\nh2. Notes\n\nNone.",
        [False],
    ),
    "document, a scenario": (
        Adf(),
        doc(
            heading("Acceptance criteria"),
            paragraph(
                text("Given a cart"),
                {"type": "hardBreak"},
                text("When Ada pays"),
                {"type": "hardBreak"},
                text("Then a receipt is sent"),
            ),
        ),
        [False],
    ),
}


@pytest.mark.parametrize(("markup", "native", "boxes"), FORMS.values(), ids=FORMS)
def test_criteria_are_found_in_every_form_and_written_back_in_it(
    markup: Markup, native: Any, boxes: list[bool]
) -> None:
    found = cut(markup, native, HEADING)
    criteria = found.criteria()
    assert [one.checked for one in criteria] == boxes
    more = (*criteria, Criterion("One more"))
    written = compose(found, HEADING, criteria=more)
    again = cut(markup, written, HEADING)
    assert again.criteria() == more
    assert again.rest == found.rest
    lines = markup.to_markdown(found.blocks).splitlines()
    assert set(lines) <= set(markup.to_markdown(again.blocks).splitlines())


def test_a_heading_with_underscores_is_one() -> None:
    native = "h2. *acceptance_criteria*\n\n* one"
    assert cut(Wiki(), native, "acceptance_criteria").criteria() == (Criterion("one"),)
