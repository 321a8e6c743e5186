"""Text of strangers is shown, and never run, formatted into or believed."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from markdown_it import MarkdownIt

from adapters.text import (
    adf_to_markdown,
    markdown_to_adf,
    markdown_to_wiki,
    normal_form,
    wiki_to_markdown,
)

PAIRS: tuple[tuple[Callable[[str], Any], Callable[[Any], str]], ...] = (
    (markdown_to_wiki, wiki_to_markdown),
    (markdown_to_adf, adf_to_markdown),
)


class _Shown(HTMLParser):
    """What a browser would run or open of a page, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.targets: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.targets += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(markdown: str) -> _Shown:
    return _Shown(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))


def doc(*inline: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": 1,
        "type": "doc",
        "content": [{"type": "paragraph", "content": list(inline)}],
    }


TAGS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</details><iframe src=//e.com>",
    "<!-- gone",
    "&lt;b&gt;",
    '<span data-adf=\'{"type":"status"}\'>x</span>',
]


@pytest.mark.parametrize("content", TAGS)
def test_tags_typed_as_text_in_jira_are_text_in_markdown(content: str) -> None:
    for markdown in (
        adf_to_markdown(doc({"type": "text", "text": content})),
        wiki_to_markdown(content.replace("&", "&amp;")),
    ):
        page = shown(markdown)
        assert page.tags == ["p"]
        assert page.text.strip() == content


@pytest.mark.parametrize("content", TAGS)
def test_tags_in_what_surrounds_text_do_not_get_out_of_it(content: str) -> None:
    title = {"type": "link", "attrs": {"href": "https://e.com", "title": content}}
    status = {"type": "status", "attrs": {"text": content, "color": content}}
    person = {"type": "mention", "attrs": {"id": content, "text": content}}
    markdown = adf_to_markdown(doc({"type": "text", "text": "a", "marks": [title]}, status, person))
    assert set(shown(markdown).tags) <= {"p", "a", "span"}
    expand = {"type": "expand", "attrs": {"title": content}, "content": doc()["content"]}
    page = shown(adf_to_markdown({"version": 1, "type": "doc", "content": [expand]}))
    assert page.tags == ["details", "summary"]
    assert page.text.strip() == content


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        " java\tscript:alert(1)",
        "vbscript:x",
        "data:x,y",
    ],
)
def test_a_link_that_would_run_something_is_text(url: str) -> None:
    link = {"type": "link", "attrs": {"href": url}}
    linked = doc({"type": "text", "text": "click", "marks": [link]})
    card = doc({"type": "inlineCard", "attrs": {"url": url}})
    for markdown in (
        adf_to_markdown(linked),
        adf_to_markdown(card),
        wiki_to_markdown(f"[click|{url}] [{url}] !{url}|alt=x!"),
        normal_form(f"[click]({url}) <{url}> ![x]({url})"),
    ):
        page = shown(markdown)
        assert not {"a", "img"} & set(page.tags)
        assert "href" not in json.dumps(markdown_to_adf(markdown))
        assert "a" not in shown(wiki_to_markdown(markdown_to_wiki(markdown))).tags


@pytest.mark.parametrize(
    "carried",
    [
        "{",
        "[]",
        "{}",
        '{"type": 1}',
        '{"type": "x", "content": 1}',
        '{"type": "text"}',
        "[" * 9_000,
    ],
)
def test_a_forged_carrier_is_kept_as_the_text_that_it_is(carried: str) -> None:
    markdown = (
        f"<!-- adf {{{carried} -->\n\na\n\n<!-- /adf -->\n\n<span data-adf='{carried}'>b</span>"
    )
    assert [block["type"] for block in markdown_to_adf(markdown)["content"]] == [
        "codeBlock",
        "paragraph",
        "codeBlock",
        "paragraph",
    ]


def test_a_carrier_does_not_end_where_its_content_says_so() -> None:
    note = {"type": "extension", "attrs": {"extensionType": "a", "extensionKey": "--> <b> `'"}}
    document = {"version": 1, "type": "doc", "content": [note]}
    assert markdown_to_adf(adf_to_markdown(document)) == document
    layout = {"type": "layoutColumn", "attrs": {"x": "--> <b>"}, "content": doc()["content"]}
    markdown = adf_to_markdown({"version": 1, "type": "doc", "content": [layout]})
    assert "b" not in shown(markdown).tags


def test_text_is_never_a_format() -> None:
    content = "{0} %s {name} ${x} \\1 \\g<0> {{y}}"
    for there, back in PAIRS:
        markdown = back(there(normal_form(content)))
        assert shown(markdown).text.strip() == content


def test_control_characters_leave_a_mark_in_their_place() -> None:
    assert wiki_to_markdown("a\x00b\x020\x03c") == "a\ufffdb\ufffd0\ufffdc\n"
    assert normal_form("a\x00b\x08c\x0bd") == "a\ufffdb\ufffdc d\n"


ANYTHING: list[Any] = [None, -1, 2.5, True, "", "<b>\n`|", [], ["a"], {"a": 1}]
NODES: dict[str, str] = {
    "heading": "level",
    "orderedList": "order",
    "codeBlock": "language",
    "expand": "title",
    "panel": "panelType",
    "mention": "id",
    "inlineCard": "url",
    "date": "timestamp",
    "status": "text",
    "emoji": "text",
    "tableCell": "colspan",
    "raw": "text",
    "image": "url",
    "unknown": "title",
}


@pytest.mark.parametrize(("kind", "name"), NODES.items())
def test_attributes_may_be_anything(kind: str, name: str) -> None:
    for value in ANYTHING:
        forged = {"type": kind, "attrs": {name: value}}
        adf_to_markdown({"version": 1, "type": "doc", "content": [forged]})
        carried = json.dumps(forged)
        escaped = html.escape(carried)
        for markdown in (
            f"<!-- adf {carried} -->\n\na\n\n<!-- /adf -->",
            f"<span data-adf='{escaped}'>a</span>",
            f"b <span data-adf-block='{escaped}'>a</span>",
            f"b <span data-adf-mark='{escaped}'>a</span>",
        ):
            assert normal_form(normal_form(markdown)) == normal_form(markdown)
            json.dumps(markdown_to_adf(markdown))
            wiki_to_markdown(markdown_to_wiki(markdown))
