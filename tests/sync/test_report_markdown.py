"""Markdown that others wrote stays text, whatever it is."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from sync.plain import plain
from sync.report.markdown import APART, BREAK, code, headed, safe, table

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HOSTILE = st.text(alphabet="aZ1 \\`*_{}[]()<>&|~$#!+-.@:/'\"\n\t=;xé\u200b") | st.text()


def cells(lines: Sequence[str]) -> list[list[Token]]:
    """What each cell holds once the document is parsed. Every other block is an error."""
    tokens = PARSER.parse("\n".join(lines))
    blocks = {token.type for token in tokens if token.nesting >= 0}
    assert blocks <= {"table_open", "thead_open", "tbody_open", "tr_open", "th_open", "td_open"} | {
        "inline"
    }
    return [token.children or [] for token in tokens if token.type == "inline"]


def read(children: Sequence[Token]) -> str:
    """The text of a cell of which nothing is markup."""
    assert {token.type for token in children} <= {"text", "text_special"}
    return "".join(token.content for token in children)


@settings(deadline=None)
@given(HOSTILE, HOSTILE)
@example("a | b", "`|`")
@example("<!-- x -->", "<img src=x onerror=alert(1)>")
@example("__a a__", "_a_b_ *c* ~~d~~ \\| ![x](y) [x]: y")
@example("&amp; &#124;", "***")
def test_hostile_text_is_read_as_it_stands_in_its_own_cell(first: str, second: str) -> None:
    lines = table(("one", "two"), [(safe(first), safe(second)), ("x", "y")])
    read_back = [read(cell) for cell in cells(lines)]
    apart = [text.replace(APART, "") for text in read_back]
    assert apart == ["one", "two", plain(first), plain(second), "x", "y"]


@settings(deadline=None)
@given(HOSTILE)
def test_a_key_is_code_or_safe_text_in_its_own_cell(key: str) -> None:
    _, _, cell, more = cells(table(("key", "more"), [(code(key), "x")]))
    assert read(more) == "x"
    kinds = [token.type for token in cell]
    shown = cell[0].content if kinds == ["code_inline"] else read(cell).replace(APART, "")
    assert shown == plain(key)


@settings(deadline=None)
@given(HOSTILE)
def test_hostile_text_in_a_heading_stays_there(text: str) -> None:
    tokens = PARSER.parse("\n".join(["before", *headed(2, f"x {text} x"), "", "after"]))
    assert [token.type for token in tokens if token.nesting == 1] == [
        "paragraph_open",
        "heading_open",
        "paragraph_open",
    ]
    assert read(tokens[4].children or []).replace(APART, "") == plain(f"x {text} x")


@pytest.mark.parametrize(
    ("text", "linked"),
    [
        pytest.param("@everyone and x@y.org", r"@\w", id="mentions and addresses"),
        pytest.param("fixes #12, acme/shop#3, GH-4, gh-5", r"#\d|gh-\d", id="references"),
        pytest.param("https://example.org ftp://x www.example.org", r"://|www\.", id="addresses"),
    ],
)
def test_nobody_is_pinged_and_nothing_is_linked(text: str, linked: str) -> None:
    assert re.search(linked, text, re.IGNORECASE)
    assert not re.search(linked, safe(text), re.IGNORECASE)
    assert safe(text).replace(APART, "") == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param("Pay by card", "Pay by card", id="plain words stay"),
        pytest.param("acceptance_criteria", "acceptance_criteria", id="an underscore in a word"),
        pytest.param("_init_", "&#95;init&#95;", id="underscores around a word"),
        pytest.param("a|b", "a&#124;b", id="a pipe"),
    ],
)
def test_only_what_is_special_is_replaced(text: str, written: str) -> None:
    assert safe(text) == written


@pytest.mark.parametrize(
    ("key", "written"),
    [
        pytest.param("acme/shop#12", "`acme/shop#12`", id="a key"),
        pytest.param("a`b", "a&#96;b", id="a key with a backtick"),
        pytest.param("a|b", "a&#124;b", id="a key with a pipe"),
        pytest.param("", "", id="no key"),
    ],
)
def test_keys_can_be_copied(key: str, written: str) -> None:
    assert code(key) == written


def test_a_table_without_entries_is_none() -> None:
    assert table(("one",), []) == []


def test_a_line_break_in_a_cell_is_the_only_html() -> None:
    cell = cells(table(("one",), [(f"a{BREAK}b",)]))[1]
    assert [(token.type, token.content) for token in cell] == [
        ("text", "a"),
        ("html_inline", BREAK),
        ("text", "b"),
    ]
