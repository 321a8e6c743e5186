"""A body with several sections, taken apart and put together again."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.sections import Unwritable, put_entries, put_text, take_entries, take_text
from adapters.sections.headings import folded
from adapters.sections.layout import Changes, Layout, read, write
from adapters.sections.lines import blocks, headings
from adapters.sections.lists import is_line
from sync.model import Criterion

ISSUE = re.compile(r"(?:[\w.-]+/[\w.-]+)?#\d+|\[[^\]]*\]\(\S+\)")


def is_issue(text: str) -> bool:
    return ISSUE.fullmatch(text) is not None


LAYOUT = Layout(
    "Acceptance criteria",
    {"Related": is_issue, "Duplicates": is_issue, "Parts": is_line},
    ("Due", "Notes"),
)
BODY = """Why.  \r

## Related:
* #12
* [SHOP-7](https://shop.example/browse/SHOP-7)

## Acceptance criteria
- [ ] It opens

**Due**

2027-01-31

### Notes

First.

#### Lower

- last
"""


def test_each_section_goes_to_its_own_part() -> None:
    parts = read(BODY, LAYOUT)
    assert parts.description == "Why.  "
    assert parts.criteria == (Criterion("It opens"),)
    assert parts.sections == {
        "Related": ("#12", "[SHOP-7](https://shop.example/browse/SHOP-7)"),
        "Duplicates": (),
        "Parts": (),
        "Due": "2027-01-31",
        "Notes": "First.\n\n#### Lower\n\n- last",
    }


CHANGES = {
    "an entry more": (
        Changes(
            sections={"Related": ("#12", "[SHOP-7](https://shop.example/browse/SHOP-7)", "#3")}
        ),
        BODY.replace("SHOP-7)\n", "SHOP-7)\n* #3\n"),
    ),
    "an entry less": (
        Changes(sections={"Related": ("#12",)}),
        BODY.replace("* [SHOP-7](https://shop.example/browse/SHOP-7)\n", ""),
    ),
    "no entry left": (
        Changes(sections={"Related": ()}),
        re.sub(r"(?s)## Related.*?\n\n", "", BODY),
    ),
    "a line": (Changes(sections={"Due": "2027-02-01"}), BODY.replace("01-31", "02-01")),
    "a text": (
        Changes(sections={"Notes": "First.\n\nSecond.\n\n#### Lower\n\n- last"}),
        BODY.replace("First.\n", "First.\n\nSecond.\n"),
    ),
    "the description": (
        Changes("Why.  \n\nHow."),
        BODY.replace("Why.  \r\n", "Why.  \r\n\nHow.\n"),
    ),
    "the criteria": (
        Changes(criteria=(Criterion("It opens", True),)),
        BODY.replace("[ ]", "[x]"),
    ),
    "a new section": (
        Changes(sections={"Duplicates": ("acme/shop#9",)}),
        f"{BODY.rstrip()}\n\n## Duplicates\n\n- acme/shop#9\n",
    ),
    "nothing": (Changes(), BODY),
}


@pytest.mark.parametrize(("changes", "body"), CHANGES.values(), ids=CHANGES.keys())
def test_a_change_of_one_part_leaves_all_other_lines_alone(changes: Changes, body: str) -> None:
    assert write(BODY, LAYOUT, changes) == body


def test_what_is_no_entry_stays_in_the_description() -> None:
    body = "## Related\n\n- #1\n- the old page\n- #2\n\nSee there."
    rest, entries = take_entries(body, "Related", is_issue)
    assert entries == ("#1", "#2")
    assert rest == "## Related\n\n- the old page\n\nSee there."
    assert put_entries(body, "Related", is_issue, entries=("#1", "#3")) == body.replace("#2", "#3")
    prose = "## Related\n\nThe old page."
    assert take_entries(prose, "Related", is_issue) == (prose, ())
    assert put_entries(prose, "Related", is_issue, entries=["#1"]) == f"{prose}\n\n- #1"


def test_an_entry_that_looks_like_markup_is_a_text() -> None:
    names = ("- a", "# b", "1. c", "[x] d", "```", "* * *", "\\e", "<b>", "=", "+1", "9) z")
    body = put_entries("", "Parts", entries=names)
    assert take_entries(body, "Parts") == ("", names)


def test_a_heading_in_a_text_does_not_end_its_section() -> None:
    body = put_text("Why.", "Notes", text="One.\n\n# Two\n\nThree\n===\n\nfour")
    assert take_text(body, "Notes") == ("Why.", "One.\n\n### Two\n\n### Three\n\n\nfour")
    body = put_text("**Notes**\n\nold", "Notes", text="# One")
    assert take_text(body, "Notes") == ("", "\\# One")


ENTRIES = st.sampled_from(["#1", "#2", "acme/shop#3", "[SHOP-7](https://x.example/SHOP-7)"])
PIECES = st.sampled_from(
    [
        *("## Related", "Related\n---", "**Duplicates**", "### Parts", "# Due", "## Notes", "# A"),
        *("## Acceptance criteria", "- #1", "* [x] #2", "- two", "text", "2027-01-31", "", "", ""),
        *("  more", "> quote", "```\n## Notes\n```", "<!-- c -->", "1. acme/shop#3", "1. b", "---"),
    ]
)
BODIES = st.tuples(
    st.lists(PIECES, max_size=10).map("\n".join), st.sampled_from(["\n", "\r\n"])
).map(lambda pair: pair[0].replace("\n", pair[1]))
LINES = st.sampled_from(["2027-01-31", "a", "* b", "1. c", "> d"])
SECTIONS = st.fixed_dictionaries(
    {},
    optional={
        "Related": st.lists(ENTRIES, max_size=3, unique=True).map(tuple),
        "Duplicates": st.lists(ENTRIES, max_size=3, unique=True).map(tuple),
        "Parts": st.lists(
            st.one_of(ENTRIES, LINES, st.text("ab-#*[] \\`<>1.", min_size=1, max_size=6)).filter(
                lambda text: text == " ".join(text.split())
            ),
            max_size=3,
        ).map(tuple),
        "Due": st.one_of(LINES, st.just("")),
        "Notes": st.lists(st.one_of(LINES, st.just("")), max_size=4).map("\n".join).map(str.strip),
    },
)
CRITERIA = st.lists(
    st.builds(Criterion, st.sampled_from(["a", "b", "c d", "#1"]), st.booleans()),
    max_size=3,
    unique_by=lambda criterion: criterion.text,
).map(tuple)
CHANGED = st.builds(
    Changes,
    st.none() | st.sampled_from(["", "Why.", "Why.\n\nHow.", "## Own\n\n- x"]),
    st.none() | CRITERIA,
    SECTIONS,
)


def entangled(*texts: str) -> bool:
    """Does a heading of the layout stand twice, or do they not all have one level?"""
    parsed = (blocks().parse(text.replace("\r\n", "\n")) for text in texts)
    lines = [(level, name) for tokens in parsed for _, _, level, name in headings(tokens)]
    known = {folded(name) for name in (*LAYOUT.headings, "Acceptance criteria")}
    own = [(level, name) for level, name in lines if name in known]
    return len({name for _, name in own}) < len(own) or len({level for level, _ in own} | {2}) > 1


@given(BODIES)
@settings(deadline=None)
def test_what_was_read_writes_nothing(body: str) -> None:
    parts = read(body, LAYOUT)
    same = Changes(parts.description, parts.criteria, parts.sections)
    assert write(body, LAYOUT, same) == body


@given(BODIES, CHANGED)
@example("## Notes\n# Due\n## Related\n## Related\n# A", Changes("", None, {"Notes": "a"}))
@settings(deadline=None)
def test_what_is_written_is_read_again_and_nothing_else_is_changed(
    body: str, changes: Changes
) -> None:
    before = read(body, LAYOUT)
    try:
        written = write(body, LAYOUT, changes)
    except Unwritable:
        assert entangled(body, changes.description or "")
        return
    after = read(written, LAYOUT)
    wanted = before.description if changes.description is None else changes.description
    assert after.criteria == (before.criteria if changes.criteria is None else changes.criteria)
    assert after.sections == {**before.sections, **changes.sections}
    assert after.description == wanted
    assert write(written, LAYOUT, changes) == written
