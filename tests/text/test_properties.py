"""Laws of the converters, on documents that nobody wrote."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.text import (
    adf_to_markdown,
    markdown_to_adf,
    markdown_to_wiki,
    normal_form,
    wiki_to_markdown,
)
from adapters.text.wiki_macros import extract
from tests.text.adf_rules import violations
from tests.text.said import said

Convert = Callable[[Any], Any]
PAIRS: tuple[tuple[Convert, Convert], ...] = (
    (markdown_to_wiki, wiki_to_markdown),
    (markdown_to_adf, adf_to_markdown),
)
MORE = settings(max_examples=300, derandomize=True, deadline=None)
LAWS = settings(max_examples=150, derandomize=True, deadline=None)

SIGNS = "*_~`[]()<>!|#+-={}\\&^?:.,1ax é日"
words = st.text(st.sampled_from(SIGNS), min_size=1, max_size=6) | st.sampled_from(
    ["word", "two words", "https://e.com/a_b", "[ ] box", "h1. x", "1. x", "{code}", "&lt;", "@ann"]
)
marks = st.sampled_from(["strong", "em", "strike", "underline"])


def _text(content: str, kinds: list[str]) -> dict[str, Any]:
    return {"type": "text", "text": content, "marks": [{"type": kind} for kind in kinds]}


texts = st.builds(_text, words, st.lists(marks, max_size=2, unique=True))
code = st.builds(_text, st.sampled_from(["x", "a_b", "`", "{}", "a|b"]), st.just(["code"]))
lines = st.lists(texts | code | st.just({"type": "hardBreak"}), min_size=1, max_size=5)
paragraphs = st.builds(lambda inner: {"type": "paragraph", "content": inner}, lines)
headings = st.builds(
    lambda inner, level: {"type": "heading", "attrs": {"level": level}, "content": inner},
    lines,
    st.integers(1, 6),
)
fences = st.builds(
    lambda content, language: {
        "type": "codeBlock",
        "attrs": {"language": language},
        "content": [{"type": "text", "text": content}],
    },
    st.sampled_from(["x", "```", "{code}", "  a\n\n b", "<!-- x -->"]),
    st.sampled_from(["python", "c++", "text"]),
)
leaves = paragraphs | headings | fences | st.just({"type": "rule"})


def _list(kind: str, items: list[list[dict[str, Any]]]) -> dict[str, Any]:
    return {"type": kind, "content": [{"type": "listItem", "content": inner} for inner in items]}


def _around(blocks: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    inner = st.lists(blocks, min_size=1, max_size=3)
    item = st.builds(lambda first, rest: [first, *rest], paragraphs, st.lists(blocks, max_size=2))
    lists = st.builds(
        _list,
        st.sampled_from(["bulletList", "orderedList"]),
        st.lists(item, min_size=1, max_size=3),
    )
    quotes = st.builds(lambda content: {"type": "blockquote", "content": content}, inner)
    panels = st.builds(
        lambda content: {"type": "panel", "attrs": {"panelType": "info"}, "content": content}, inner
    )
    tables = st.builds(
        lambda cells: {
            "type": "table",
            "content": [{"type": "tableRow", "content": cells}],
        },
        st.lists(
            st.builds(
                lambda kind, content: {"type": kind, "content": [content]},
                st.sampled_from(["tableCell", "tableHeader"]),
                paragraphs,
            ),
            min_size=1,
            max_size=3,
        ),
    )
    return lists | quotes | panels | tables


blocks = st.recursive(leaves, _around, max_leaves=6)
documents = st.builds(
    lambda content: {"version": 1, "type": "doc", "content": content},
    st.lists(blocks, max_size=4),
)
snippets = st.lists(
    st.text(st.sampled_from(SIGNS + "\n "), max_size=12)
    | st.sampled_from(
        [
            "\n- ",
            "\n1. ",
            "\n> ",
            "\n# ",
            "\n```\n",
            "\n\n",
            "|a|",
            "*b*",
            "{quote}",
            "[c|d]",
            "[c](d)",
        ]
    ),
    max_size=12,
).map("".join)


MARKDOWN_PARTS = [
    *("\n- ", "\n1. ", "\n> ", "\n# ", "\n```\n", "\n\n", "**b**", "_c_", "~~d~~", "`e`"),
    *("[c](d)", "![a](b.png)", "<br>", "<ins>", "</ins>", "<sub>", "</sub>", "<!-- c -->"),
    *("https://e.com/a_b", "- [ ] t", "<details>\n\n", "\n\n</details>", "{code}", "{x}"),
    *("[x](jira-user:ann)", "[f](jira-attachment:f.txt)", "&amp;", "<https://e.com>", "[!NOTE]"),
    *('<font color="red">', "</font>", "\n| a | b |\n| --- | --- |\n| c | d |\n", "word"),
]
WIKI_PARTS = [
    *("\n* ", "\n# ", "\n** ", "\n- ", "\nbq. ", "\nh1. ", "\n{code}\n", "{code:js}", "{quote}"),
    *("{noformat}", "\n\n", "||a||", "|b|", "\n|", "*b*", "_c_", "-d-", "+e+", "^f^", "~g~"),
    *("??h??", "{{i}}", "[c|http://d]", "[http://e.com]", "[~ann]", "[^f.txt]", "!a.png!"),
    *("!a.png|thumbnail!", "{color:red}", "{color}", "\\\\", "\n----\n", "{panel:title=x}"),
    *("{panel}", "{x}", "{*}", "{_}", "https://e.com/a_b", "&amp;", "\\{", "[ ] ", "word"),
]


def _mixed(parts: list[str]) -> st.SearchStrategy[str]:
    """Texts of these parts, and of signs between them."""
    part = st.sampled_from(parts) | st.sampled_from(SIGNS + "\n ")
    return st.lists(part, max_size=14).map("".join)


@given(_mixed(MARKDOWN_PARTS))
@MORE
def test_mixed_markdown_is_fixed_after_one_round_trip(markdown: str) -> None:
    for there, back in PAIRS:
        written = there(markdown)
        again = back(written)
        assert there(again) == written
        assert back(there(again)) == again


@given(_mixed(WIKI_PARTS))
@MORE
def test_mixed_wiki_markup_is_fixed_after_one_round_trip(wiki: str) -> None:
    markdown = wiki_to_markdown(wiki)
    written = markdown_to_wiki(markdown)
    assert wiki_to_markdown(written) == markdown
    assert markdown_to_wiki(wiki_to_markdown(written)) == written


@given(_mixed(WIKI_PARTS))
@MORE
def test_what_came_from_wiki_markup_is_fixed_in_a_document_too(wiki: str) -> None:
    markdown = wiki_to_markdown(wiki)
    document = markdown_to_adf(markdown)
    assert violations(document) == []
    assert markdown_to_adf(adf_to_markdown(document)) == document


@given(_mixed(MARKDOWN_PARTS))
@MORE
def test_nothing_of_mixed_markdown_is_lost(markdown: str) -> None:
    for there, back in PAIRS:
        gone = said(normal_form(markdown)) - said(back(there(markdown)))
        assert {part for part in gone if part[0] != "link"} == set()  # bare ones are no link there


@given(_mixed([*MARKDOWN_PARTS, "{html}", "{html:a=", "}", "{", "ht", "ml", ":"]))
@MORE
def test_no_markdown_becomes_a_macro_that_the_converters_do_not_write(markdown: str) -> None:
    flat, _ = extract(markdown_to_wiki(markdown))
    bare = re.sub(r"\\.|\{\{+", "", flat)
    assert re.findall(r"\{(?!color\b)[\w$@.-]+(?::[^{}\n]*)?\}", bare) == []


@given(documents)
@LAWS
def test_a_document_is_the_same_after_every_further_round_trip(document: dict[str, Any]) -> None:
    markdown = adf_to_markdown(document)
    written = markdown_to_adf(markdown)
    assert adf_to_markdown(written) == markdown
    assert markdown_to_adf(adf_to_markdown(written)) == written


@given(documents)
@LAWS
def test_jira_takes_what_is_written_of_any_document(document: dict[str, Any]) -> None:
    assert violations(markdown_to_adf(adf_to_markdown(document))) == []


@given(documents)
@LAWS
def test_markdown_is_the_same_after_a_way_through_wiki_markup(document: dict[str, Any]) -> None:
    markdown = wiki_to_markdown(markdown_to_wiki(adf_to_markdown(document)))
    assert wiki_to_markdown(markdown_to_wiki(markdown)) == markdown


@given(snippets)
@LAWS
def test_any_markdown_has_a_normal_form(markdown: str) -> None:
    assert normal_form(normal_form(markdown)) == normal_form(markdown)


@given(snippets)
@LAWS
def test_any_wiki_markup_settles(wiki: str) -> None:
    markdown = wiki_to_markdown(wiki)
    assert wiki_to_markdown(markdown_to_wiki(markdown)) == markdown


@given(st.text(max_size=200))
@LAWS
def test_any_text_converts(content: str) -> None:
    assert isinstance(markdown_to_wiki(content), str)
    assert isinstance(wiki_to_markdown(content), str)
    assert violations(markdown_to_adf(content)) == []
