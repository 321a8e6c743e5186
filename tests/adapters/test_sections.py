"""A Markdown body as a description and acceptance criteria."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sections import join, split
from sync.model import Criterion
from tests.shared import shared_lines

OPEN, DONE = Criterion("It opens"), Criterion("It closes", True)

BODIES = {
    "a task list": ("Why.\n\n## Acceptance criteria\n\n- [ ] It opens\n- [X] It closes\n", "Why."),
    "any level, a colon and other case": (
        "#### ACCEPTANCE Criteria:\n* It opens\n* [x] It closes",
        "",
    ),
    "a setext heading": ("Why.\n\nAcceptance criteria\n---\n1. It opens\n2. [x] It closes", "Why."),
    "a bold line": (
        "Why.\n\n**Acceptance criteria:**\n+ It opens\n+ [x] It closes\n\n**Notes**\n\nn",
        "Why.\n\n**Notes**\n\nn",
    ),
    "a bold line with its colon outside, ended by a low heading": (
        "__Acceptance criteria__:\n- It opens\n\n\n- [x] It closes\n###### Notes\n- n",
        "###### Notes\n- n",
    ),
    "a bold heading": ("# **Acceptance `criteria`**\n- It opens\n- [x] It closes", ""),
    "Windows line endings": (
        "Why.\r\nSo.\r\n\r\n## Acceptance criteria\r\n\r\n- It opens\r\n- [x] It closes\r\n",
        "Why.\nSo.",
    ),
    "ended by the next heading of its level": (
        "Why.\n\n## Acceptance criteria\n- It opens\n- [x] It closes\n## Notes\n\n- n\n",
        "Why.\n\n## Notes\n\n- n",
    ),
    "prose and comments in the section": (
        "## Acceptance criteria\n<!-- When is it done? -->\n- It opens\n\nAnd:\n\n- [x] It closes",
        "## Acceptance criteria\n<!-- When is it done? -->\n\nAnd:",
    ),
    "groups under lower headings": (
        "## Acceptance criteria\n### In\n- It opens\n### Out\n- [x] It closes\n",
        "## Acceptance criteria\n### In\n### Out",
    ),
    "the last of two sections": (
        "## Acceptance criteria\n- old\n\n## Acceptance criteria\n- It opens\n- [x] It closes",
        "## Acceptance criteria\n- old",
    ),
    "headings in code and comments are none": (
        "## Acceptance criteria\n- It opens\n- [x] It closes\n\n```\n# Acceptance criteria\n- n\n"
        "```\n<!--\n# Acceptance criteria\n-->\n\n> # Acceptance criteria\n",
        "## Acceptance criteria\n\n```\n# Acceptance criteria\n- n\n```\n"
        "<!--\n# Acceptance criteria\n-->\n\n> # Acceptance criteria",
    ),
}


@pytest.mark.parametrize(("body", "description"), BODIES.values(), ids=BODIES.keys())
def test_the_list_is_the_criteria_and_the_rest_the_description(body: str, description: str) -> None:
    assert split(body) == (description, (OPEN, DONE))


@pytest.mark.parametrize(("body", "description"), BODIES.values(), ids=BODIES.keys())
def test_every_style_takes_new_criteria_and_a_new_description(body: str, description: str) -> None:
    criteria = (DONE, Criterion("New\n\n```\n- code\n```", True), OPEN._replace(checked=True))
    written = join(body, criteria=criteria)
    assert split(written) == (description, criteria)
    longer = f"First.\n\n{description}\n\nLast.".strip()
    assert split(join(written, description=longer)) == (longer, criteria)


@pytest.mark.parametrize(
    "text", ["", "Only text", "Acceptance criteria\n\n- x", "# Other\n\n- [ ] x"]
)
def test_without_the_section_all_is_description(text: str) -> None:
    assert split(text) == (text, ())


@pytest.mark.parametrize("body", ["## Acceptance criteria", "## Acceptance criteria\n\n- [ ] \n"])
def test_an_empty_section_is_nothing_and_waits_for_criteria(body: str) -> None:
    assert split(body) == ("", ())
    assert join(f"Why.\n\n{body}", description="How.").startswith("How.\n\n## Acceptance criteria")
    written = join(body, criteria=(OPEN,))
    assert written.rstrip() == "## Acceptance criteria\n\n- [ ] It opens"


def test_an_item_is_read_with_its_further_lines_and_nested_lists() -> None:
    items = " 1) [x] one\nlazy\n\n    more\n    - deep\n 2)\ttwo\n\n\t    code"
    _, criteria = split("## Acceptance criteria\n\n" + items)
    assert criteria == (
        Criterion("one\nlazy\n\nmore\n- deep", True),
        Criterion("two\n\n    code"),
    )


def test_a_new_body_is_written_plainly() -> None:
    body = join("", description="\nWhy.\n", criteria=(OPEN, DONE))
    assert body == "Why.\n\n## Acceptance criteria\n\n- [ ] It opens\n- [x] It closes"
    assert join("", criteria=(OPEN,)) == "## Acceptance criteria\n\n- [ ] It opens"
    assert join("", heading="Done when", criteria=(OPEN,)).startswith("## Done when\n")


EDITS = {
    "ticked where it stands": (
        "* [ ]  a\n  lazy\n*  b\n",
        [("a\nlazy", True), ("b", False)],
        "* [x]  a\n  lazy\n*  b\n",
    ),
    "added in the list's style, blank line and all": (
        "+ a\n\n+ b\n",
        [("a", False), ("b", False), ("c", False)],
        "+ a\n\n+ b\n\n+ c\n",
    ),
    "a box where a tick needs one": ("- a\n- b", [("a", True), ("b", False)], "- [x] a\n- b"),
    "a box where a text would be read as markup": ("- a", [("a", False), ("1. b", False)], None),
    "numbers count on": (
        "9. a\n   - deep\n10. b\n",
        [("new", False), ("a\n- deep", False), ("b", False)],
        "9. new\n10. a\n    - deep\n11. b\n",
    ),
    "equal numbers stay equal": ("1. a\n1. b", [("b", False), ("c", False)], "1. b\n1. c"),
    "edited where it stands": ("* [X] a\n* b\n", [("aa", True), ("b", False)], "* [x] aa\n* b\n"),
    "in another order, each with its style": (
        "* a\n* [ ] b\n",
        [("b", False), ("a", False)],
        "* [ ] b\n* a\n",
    ),
    "removed": ("- a\n- b\n- c\n", [("a", False), ("c", False)], "- a\n- c\n"),
}


@pytest.mark.parametrize(("items", "criteria", "expected"), EDITS.values(), ids=EDITS.keys())
def test_a_list_keeps_its_style(
    items: str, criteria: list[tuple[str, bool]], expected: str | None
) -> None:
    wanted = tuple(Criterion(*entry) for entry in criteria)
    before, after = "Why.  \n\n\nAcceptance Criteria\n===\n", "\n\n# Notes\n\n\n"
    body = join(before + items + after, criteria=wanted)
    assert split(body)[1] == wanted
    if expected is not None:
        assert body == before + expected + after


def test_criteria_taken_away_take_their_heading_along() -> None:
    assert join("Why.\n\n## Acceptance criteria\n- a\n", criteria=()) == "Why.\n"
    body = "Why.\n\n## Acceptance criteria\n\nSee:\n\n- a\n\n## Notes\n"
    assert join(body, criteria=()) == "Why.\n\n## Acceptance criteria\n\nSee:\n\n## Notes\n"


def test_prose_in_a_section_needs_no_second_one() -> None:
    prose = "## Acceptance criteria\n\nAs agreed."
    assert join("", description=prose, criteria=()) == prose
    assert join("", description=prose, criteria=(OPEN,)) == f"{prose}\n\n- [ ] It opens"


def test_a_new_description_leaves_the_section_where_it_was() -> None:
    section = "## Acceptance Criteria:\r\n* a\r\n\r\n\r\n"
    body = f"\r\nOld.\r\n\r\n{section}## Notes\r\n\r\nn\r\n"
    written = join(body, description="New.\n\nMore.\n\n\n## Notes\n\nm")
    assert written == f"\r\nNew.\r\n\r\nMore.\r\n\r\n{section}## Notes\r\n\r\nm\r\n"


def test_lines_keep_the_ending_they_had() -> None:
    body = "Why.\r\nSo.\n\r\n## Acceptance criteria\r\n- a\n- b\r\n"
    written = join(body, criteria=(Criterion("a"), OPEN, Criterion("b")))
    assert written == body.replace("- b", "- It opens\r\n- b")


@pytest.mark.parametrize(
    "left_open", ["```\ncode", "~~~~ x\n```", "<!-- a\n\nb", "<?x\n\n", "<pre>\n\na"]
)
def test_a_block_left_open_does_not_swallow_the_criteria(left_open: str) -> None:
    body = join("", description=left_open, criteria=(OPEN,))
    description, criteria = split(body)
    assert criteria == (OPEN,)
    assert description.startswith(left_open.strip())
    assert join(body, description=description, criteria=criteria) == body


def test_deep_nesting_hides_no_heading() -> None:
    deep = "\n".join("  " * depth + "- a" for depth in range(60))
    assert split(f"{deep}\n\n## Acceptance criteria\n- It opens")[1] == (OPEN,)


PIECES = st.sampled_from(
    [
        *("## Acceptance criteria", "Acceptance criteria\n---", "**Acceptance criteria:**", "# A"),
        *("#### Acceptance criteria", "### B", "C\n===", "- a", "* [x] b", "1. c", "2) [ ] d"),
        *("  more", "    code", "text", "- [ ]", "-", "> quote", "<!-- c -->", "***", "---", ""),
        *("```\n- x\n```", "<div>\n- y\n</div>", "| a |\n|---|\n| b |", "\t- t", "[r]: /u", "\x0b"),
    ]
)
TEXTS = st.lists(PIECES, max_size=9).map("\n".join)
BODIES_OF_ALL_SORTS = st.one_of(
    TEXTS,
    st.tuples(TEXTS, st.sampled_from(["\r\n", "\n\n", "\r"])).map(
        lambda p: p[0].replace("\n", p[1])
    ),
    st.lists(st.one_of(PIECES, st.text(max_size=6)), max_size=8).map("\n".join),
)
CRITERIA = st.lists(
    st.builds(
        Criterion,
        st.one_of(TEXTS, st.text(max_size=8), st.sampled_from("abcd"))
        .map(lambda text: text.replace("\r", "").strip(" \t\n"))
        .filter(bool),
        st.booleans(),
    ),
    max_size=5,
).map(tuple)


@given(BODIES_OF_ALL_SORTS)
@settings(deadline=None)
def test_what_was_read_writes_nothing(body: str) -> None:
    description, criteria = split(body)
    assert join(body, description=description, criteria=criteria) is body


@given(BODIES_OF_ALL_SORTS, TEXTS, CRITERIA)
@settings(deadline=None)
def test_what_is_written_is_read_again(
    body: str, description: str, criteria: tuple[Criterion, ...]
) -> None:
    read = split(join(body, description=description, criteria=criteria))
    lines = description.split("\n")
    while lines and not lines[0].strip(" "):
        del lines[0]
    while lines and not lines[-1].strip(" "):
        del lines[-1]
    assert read == ("\n".join(lines), criteria)


@given(BODIES_OF_ALL_SORTS, CRITERIA)
@settings(deadline=None)
def test_new_criteria_leave_the_lines_of_the_description_alone(
    body: str, criteria: tuple[Criterion, ...]
) -> None:
    description, _ = split(body)
    written = join(body, criteria=criteria)
    assert split(written) == (description, criteria) or description in split(written)[0]
    lines = iter(re.split("\r\n|\r|\n", written))
    assert [line for line in description.split("\n") if line.strip() and line not in lines] == []


def test_real_bodies_round_trip() -> None:
    listed = 0
    for item in shared_lines("data/backlog-items.jsonl.gz"):
        description, criteria = split(item["body"])
        listed += bool(criteria)
        changed = (*criteria, OPEN)
        written = join(item["body"], criteria=changed)
        assert split(written) == (description, changed)
        assert join(written, criteria=criteria).split() == item["body"].split()
    assert listed > 200
