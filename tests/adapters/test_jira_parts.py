"""Sections of Jira's descriptions that hold other fields."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.jira.document import compose, cut
from adapters.jira.markup import Adf, Wiki
from adapters.jira.parts import read, write

HEADING = "Acceptance criteria"
SHELF = {"Areas": True, "Due": False, "Notes": False}
WIKI = (
    "Why *so*.\r\n\r\nh2. Areas\r\n# shop\r\n# mail\r\n\r\nh2. Acceptance criteria\n\n* [ ] one\n\n"
    "*Due*\n\n2027-01-31\n\nh3. Notes\n\nFirst {color:red}red{color}.\n\nh4. Lower\n\n* last"
)


def same(native: Any) -> Any:
    return native


def test_each_section_goes_to_its_own_part() -> None:
    rest, contents = read(Wiki(), WIKI, SHELF)
    assert rest == "Why *so*.\r\n\r\nh2. Acceptance criteria\n\n* [ ] one"
    assert contents["Areas"] == ("shop", "mail")
    assert contents["Due"] == "2027-01-31"
    assert str(contents["Notes"]).endswith("#### Lower\n\n- last")


CHANGES: dict[str, tuple[dict[str, Any], str]] = {
    "nothing": ({}, WIKI),
    "an entry more": (
        {"Areas": ("mail", "new", "shop")},
        WIKI.replace("# mail", "# mail\r\n# new"),
    ),
    "an entry less": ({"Areas": ("mail",)}, WIKI.replace("# shop\r\n", "")),
    "a line": ({"Due": "2027-02-01"}, WIKI.replace("2027-01-31", "2027-02-01")),
    "no line": ({"Due": ""}, WIKI.replace("*Due*\n\n2027-01-31\n\n", "")),
}


@pytest.mark.parametrize(("contents", "expected"), CHANGES.values(), ids=CHANGES.keys())
def test_a_change_of_one_section_leaves_all_else_to_the_byte(
    contents: dict[str, Any], expected: str
) -> None:
    written = write(Wiki(), WIKI, SHELF, same, contents)
    assert [line.rstrip() for line in written.split("\n")] == expected.replace("\r", "").split("\n")
    assert written.startswith("Why *so*.\r\n\r\nh2. Areas\r\n# ")


def test_a_new_section_comes_to_the_end() -> None:
    assert write(Wiki(), "Why.", SHELF, same, {"Areas": ("a", "b"), "Due": "2027-01-31"}) == (
        "Why.\n\nh2. Due\n\n2027-01-31\n\nh2. Areas\n\n* a\n* b"
    )
    native = Adf().native(Adf().from_markdown("Why."))
    written = write(Adf(), native, SHELF, same, {"Areas": ("a",)})
    assert read(Adf(), written, SHELF)[1]["Areas"] == ("a",)
    assert written["content"][0] == native["content"][0]


def test_a_section_with_other_words_is_the_descriptions() -> None:
    native = "h2. Areas\n\nSee also:\n* shop"
    assert read(Wiki(), native, SHELF) == (native, {"Areas": (), "Due": "", "Notes": ""})
    written = write(Wiki(), native, SHELF, same, {"Areas": ("a",)})
    assert written == f"{native}\n\nh2. Areas\n\n* a"


def test_the_description_changes_between_its_sections() -> None:
    def change(native: Any) -> Any:
        return compose(cut(Wiki(), native, HEADING), HEADING, description="How.\n\nMore.")

    before = read(Wiki(), WIKI, SHELF)[1]
    written = write(Wiki(), WIKI, SHELF, change, {"Areas": ("shop",)})
    assert read(Wiki(), written, SHELF) == (
        "How.\n\nMore.\n\nh2. Acceptance criteria\n\n* [ ] one",
        {**before, "Areas": ("shop",)},
    )
    assert "First {color:red}red{color}." in written


LINES = st.sampled_from(
    ["h2. Areas", "*Due*", "h3. Notes", "h1. Other", "* one", "# two", "text", "", "", "{code}"]
)
CONTENTS = st.fixed_dictionaries(
    {},
    optional={
        "Areas": st.lists(st.sampled_from(["a", "b c", "d"]), max_size=3, unique=True).map(tuple),
        "Due": st.sampled_from(["", "2027-01-31"]),
        "Notes": st.sampled_from(["", "text", "- a\n- b", "one\n\ntwo"]),
    },
)


@settings(deadline=None, max_examples=150)
@given(st.lists(LINES, max_size=12), CONTENTS)
def test_what_is_put_in_is_cut_out_again(lines: list[str], contents: dict[str, Any]) -> None:
    native = "\n".join(lines)
    rest, before = read(Wiki(), native, SHELF)
    written = write(Wiki(), native, SHELF, same, contents)
    left, after = read(Wiki(), written, SHELF)
    assert {k: sorted(v) if isinstance(v, tuple) else v.strip() for k, v in after.items()} == {
        k: sorted(v) if isinstance(v, tuple) else v.strip()
        for k, v in {**before, **contents}.items()
    }
    assert left.split() == rest.split()
    assert write(Wiki(), native, SHELF, same, before) == Wiki().native(Wiki().blocks(native))
