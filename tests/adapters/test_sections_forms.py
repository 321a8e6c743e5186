"""Criteria in all the forms that people give them: names, scenarios, checklists, whole fields."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sections import NO_CRITERIA, Place, join, split
from sync.model import Criterion

FIRST = Criterion("Given a\nWhen b\nThen c")
SECOND = Criterion("Scenario: d\nGiven e\nBut f\nWhen g\nThen h\nAnd i")
OTHER = Criterion("It opens")
HEAD = "Why.\n\n## Acceptance criteria\n\n"


# Names


@pytest.mark.parametrize(
    "heading",
    [
        *("# Akzeptanzkriterien", "## Critères d’acceptation :", "**Criterios de aceptacion**"),
        *("### Criteri di accettazione", "Critérios de aceite\n---", "## ✅ Acceptance Criteria"),
        *("## Acceptatiecriteria", "## Kryteria akceptacji", "## 受け入れ基準", "## 验收标准："),
        *("## AC", "**AC:**", "__Критерии приёмки__", "## 수용 기준"),
    ],
)
def test_the_usual_names_stand_for_the_default_heading_and_stay(heading: str) -> None:
    body = f"Why.\n\n{heading}\n\n- [ ] It opens\n"
    assert split(body) == ("Why.", (OTHER,))
    assert join(body, criteria=(OTHER._replace(checked=True),)) == body.replace("[ ]", "[x]")
    assert split(body, "Done when") == (body.strip(), ())


def test_a_definition_of_done_is_no_criteria() -> None:
    body = "## Definition of done\n\n- [ ] It is reviewed"
    assert split(body) == (body, ())


def test_a_heading_of_ones_own_stands_for_itself_alone() -> None:
    body = "## Akzeptanzkriterien\n- a\n\n## Acceptance criteria\n- b"
    assert split(body, "Akzeptanzkriterien")[1] == (Criterion("a"),)


# Scenarios

SCENARIOS = {
    "paragraphs": "Given a\nWhen b\nThen c\n\nScenario: d\nGiven e\nBut f\nWhen g\nThen h\nAnd i\n",
    "one below the other": "Given a\nWhen b\nThen c\n"
    "Scenario: d\nGiven e\nBut f\nWhen g\nThen h\nAnd i",
    "a fence": (
        "```gherkin\nGiven a\nWhen b\nThen c\n\nScenario: d\n  Given e\n\n  But f\n"
        "  When g\n  Then h\n  And i\n```\n"
    ),
    "a fence in a fence": "~~~~ Gherkin\n  Scenario: x\n    Given a\n    When b\n    Then c\n~~~~",
    "bold words": "**Given** a\n**When** b\n**Then** c",
    "headings": "### Scenario: x\n\nGiven a\nWhen b\nThen c\n\n### Scenario: y\n\nWhen d\nThen e\n",
    "a paragraph a step": "Given a\n\nWhen b\n\nThen c\n\nGiven d\n\nWhen e\n\nThen f",
    "German": "Angenommen a\nWenn b\nDann c\n\nSzenario: d\nGegeben sei e\nWenn f\nDann g",
    "one line": "Given a, when b, then c\n\nGiven d when e then f",
    "with a list": "Given a\nWhen b\nThen c\n\n- [ ] d\n- e\n\nGiven f\nWhen g\nThen h",
}
COUNT = {
    "a fence in a fence": 1,
    "bold words": 1,
    "with a list": 4,
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_each_scenario_is_a_criterion(name: str) -> None:
    body = HEAD + SCENARIOS[name]
    description, criteria = split(body)
    assert (description, len(criteria)) == ("Why.", COUNT.get(name, 2))


def test_a_scenario_is_told_without_its_indents() -> None:
    for name in ("paragraphs", "one below the other"):
        assert split(HEAD + SCENARIOS[name]) == ("Why.", (FIRST, SECOND))
    fenced = split(
        HEAD + "```gherkin\n\n  Scenario: d\n\tGiven e\n\n\tBut f\n\tWhen g\n\n"
        "\tThen h\n    And i\n\n```"
    )
    assert fenced == ("Why.", (SECOND,))


@pytest.mark.parametrize("name", SCENARIOS)
def test_an_edited_scenario_changes_its_own_lines_alone(name: str) -> None:
    body = HEAD + SCENARIOS[name]
    _, criteria = split(body)
    last = criteria[-1]
    words = last.text.split("\n")
    for at, line in enumerate(words):
        if not line:
            continue
        edited = "\n".join([*words[:at], f"{line} now", *words[at + 1 :]])
        written = join(body, criteria=(*criteria[:-1], last._replace(text=edited)))
        assert split(written)[1][-1].text == edited
        old, new = body.split("\n"), written.split("\n")
        assert len(old) == len(new)
        changed = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
        assert [b for _, b in changed] == [f"{a} now" for a, _ in changed]
        assert len(changed) == 1


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_is_added_in_the_form_of_the_others(name: str) -> None:
    body = HEAD + SCENARIOS[name]
    _, criteria = split(body)
    new = Criterion("Scenario: new\nGiven x\nWhen y\nThen z")
    written = join(body, criteria=(*criteria, new))
    assert split(written) == ("Why.", (*criteria, new))
    assert "- [ ] Scenario" not in written
    assert written.count("```") == body.count("```")


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_is_ticked_and_unticked(name: str) -> None:
    body = HEAD + SCENARIOS[name]
    _, criteria = split(body)
    for at, one in enumerate(criteria):
        wanted = (*criteria[:at], one._replace(checked=True), *criteria[at + 1 :])
        ticked = join(body, criteria=wanted)
        assert split(ticked) == ("Why.", wanted)
        assert ("@done" in ticked) == ("fence" in name)
        unticked = join(ticked, criteria=criteria)
        assert split(unticked) == ("Why.", criteria)
        if "fence" in name:
            assert unticked == body


def test_a_fence_keeps_what_stands_around_its_scenarios() -> None:
    fence = (
        "```gherkin\n# language: en\nFeature: Basket\n\n  Background:\n    Given a shop\n\n"
        "  @smoke @done\n  Scenario: one\n    Given *a* <price>\n    Then c_d\n    | a | b |\n\n"
        "  # later\n  Scenario: two\n    When x\n    Then y\n```\n\nAs agreed.\n"
    )
    body = HEAD + fence
    description, criteria = split(body)
    assert description == "Why.\n\n## Acceptance criteria\n\nAs agreed."
    one, two = criteria
    assert one.checked
    assert not two.checked
    assert one.text.startswith(
        "\\# language: en\nFeature: Basket\nBackground:\nGiven a shop\n@smoke\n"
    )
    assert two.text == "\\# later\nScenario: two\nWhen x\nThen y"
    written = join(body, criteria=(one, two._replace(text=two.text.replace("x", "a < b"))))
    assert written == body.replace("When x", "When a < b")


def test_what_a_fence_cannot_hold_stands_between_two() -> None:
    body = HEAD + SCENARIOS["a fence"]
    _, (one, two) = split(body)
    wanted = (one, OTHER, two)
    written = join(body, criteria=wanted)
    assert split(written) == ("Why.", wanted)
    assert written.count("```gherkin") == 2


@pytest.mark.parametrize(
    "text",
    [
        "When the shop opens, we are glad.",
        "Given a\nWhen b",
        "Given that this is long,\nwe say no more.",
        "```\nGiven a\nWhen b\nThen c\n```",
        "> Given a\n> When b\n> Then c",
        "```gherkin\nFeature: x\n```",
        "```gherkin\nGiven a\nThen b",
    ],
)
def test_what_is_no_whole_scenario_is_description(text: str) -> None:
    body = HEAD + text
    assert split(body) == (body, ())


def test_scenarios_outside_of_the_section_are_description() -> None:
    body = "Given a\nWhen b\nThen c\n\n## Acceptance criteria\n\n- [ ] It opens"
    assert split(body) == ("Given a\nWhen b\nThen c", (OTHER,))


def test_numbers_and_bullets_stay_until_something_is_ticked() -> None:
    for items in ("1. a\n2. b\n", "* a\n* b\n"):
        body = HEAD + items
        a, b = split(body)[1]
        assert join(body, criteria=(a, Criterion("c"), b)).count("[") == 0
        ticked = join(body, criteria=(a, b._replace(checked=True)))
        assert ticked == body.replace(" b", " [x] b")


# Checklists without a heading

CHECKLISTS = {
    "the first one": ("Why.\n\n- [ ] It opens\n- [x] It closes\n\nHow.\n\n- [ ] other\n", 2),
    "not a list without boxes": ("- a\n- [ ] b\n\nText\n\n1. [ ] It opens\n", 1),
    "none in code or quotes": ("```\n- [ ] a\n```\n\n> - [ ] b\n", 0),
}


@pytest.mark.parametrize(("body", "count"), CHECKLISTS.values(), ids=CHECKLISTS.keys())
def test_the_first_checklist_is_the_criteria(body: str, count: int) -> None:
    description, criteria = split(body, Place.CHECKLIST)
    assert len(criteria) == count
    assert join(body, Place.CHECKLIST, description=description, criteria=criteria) == body
    for wanted in ((*criteria, Criterion("new", True)), criteria[:1], ()):
        written = join(body, Place.CHECKLIST, criteria=wanted)
        assert split(written, Place.CHECKLIST) == (description, wanted)


def test_a_checklist_is_added_below_the_text() -> None:
    assert join("Why.\n", Place.CHECKLIST, criteria=(OTHER,)) == "Why.\n\n- [ ] It opens\n"
    assert join("- [ ] It opens\n", Place.CHECKLIST, criteria=()) == "\n"


def test_a_checklist_of_the_description_is_not_taken_for_the_criteria() -> None:
    description = "Steps:\n\n- [ ] buy\n- [ ] pay"
    for criteria in ((), (OTHER,)):
        body = join("Why.", Place.CHECKLIST, description=description, criteria=criteria)
        assert split(body, Place.CHECKLIST) == (description, criteria)
        ticked = tuple(one._replace(checked=True) for one in criteria)
        written = join(body, Place.CHECKLIST, criteria=ticked)
        assert split(written, Place.CHECKLIST) == (description, ticked)
        assert (NO_CRITERIA in body) == (not criteria)


# Whole fields

FIELDS = {
    "a list": ("* [ ] a\n* b", 2),
    "scenarios": ("Given a\nWhen b\nThen c\n\nWhen d\nThen e", 2),
    "paragraphs": ("The shop opens.\n\nThe shop\ncloses.\n", 2),
    "a list and a remark": ("See also:\n\n1. a\n2. b", 2),
    "nothing": ("", 0),
}


@pytest.mark.parametrize(("text", "count"), FIELDS.values(), ids=FIELDS.keys())
def test_all_of_a_field_is_criteria(text: str, count: int) -> None:
    rest, criteria = split(text, Place.ALL)
    assert len(criteria) == count
    assert rest == ("See also:" if "See" in text else "")
    ticked = tuple(one._replace(checked=True) for one in criteria)
    for wanted in (ticked, criteria[:1], (*criteria, OTHER), criteria):
        written = join(text, Place.ALL, criteria=wanted)
        assert split(written, Place.ALL) == (rest, wanted)


def test_a_paragraph_stays_one_until_it_is_ticked() -> None:
    text = "The shop opens.\n\nThe shop closes.\n"
    one, two = split(text, Place.ALL)[1]
    new = one._replace(text="The shop opens at nine.")
    assert join(text, Place.ALL, criteria=(new, two)) == text.replace("opens", "opens at nine")
    assert join(text, Place.ALL, criteria=(one, two, Criterion("New"))) == f"{text}\nNew\n"


# All together

STEPS = ["Given a", "**When** b", "Then c", "And *d*", "But e_f", "Scenario: g", "more", "- x", ""]
PIECES = st.sampled_from(
    [
        *("## Acceptance criteria", "**AC**", "# Notes", "### Scenario: s", "- a", "* [x] b"),
        *("1. c", "text", "> quote", "```gherkin", "```", "  Given <a>", "  @done", "  Then b", ""),
        *STEPS,
    ]
)
BODIES = st.lists(PIECES, max_size=16).map("\n".join)
TEXTS = st.lists(st.sampled_from(STEPS), min_size=1, max_size=5).map(
    lambda lines: "\n".join(lines).strip()
)
CRITERIA = st.lists(st.builds(Criterion, TEXTS.filter(bool), st.booleans()), max_size=4).map(tuple)
PLACES = st.sampled_from(["Acceptance criteria", Place.CHECKLIST, Place.ALL])


@given(BODIES, PLACES)
@settings(deadline=None)
def test_what_was_read_writes_nothing(body: str, place: str | Place) -> None:
    description, criteria = split(body, place)
    assert join(body, place, description=description, criteria=criteria) is body


@given(BODIES, PLACES, CRITERIA, st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=200)
def test_changed_criteria_are_read_again(
    body: str, place: str | Place, new: tuple[Criterion, ...], random: object
) -> None:
    description, criteria = split(body, place)
    wanted = [*criteria, *new]
    random.shuffle(wanted)  # type: ignore[attr-defined]
    written = join(body, place, criteria=tuple(wanted))
    assert split(written, place)[1] == tuple(wanted)
    if place is not Place.ALL:
        assert split(written, place)[0].startswith(description)
