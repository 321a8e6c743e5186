"""Markdown and ADF: each construct on the other side, and that Jira takes what is written."""

from typing import Any

import pytest

from adapters.text import adf_to_markdown, markdown_to_adf
from tests.text.adf_rules import violations

Node = dict[str, Any]


def node(kind: str, *inner: Node, **attrs: Any) -> Node:
    made: Node = {"type": kind}
    if attrs:
        made["attrs"] = attrs
    if inner:
        made["content"] = list(inner)
    return made


def text(content: str, *marks: Node | str) -> Node:
    made: Node = {"type": "text", "text": content}
    if marks:
        made["marks"] = [{"type": of} if isinstance(of, str) else of for of in marks]
    return made


def doc(*blocks: Node) -> Node:
    return {"version": 1, "type": "doc", "content": list(blocks)}


def para(*inner: Node) -> Node:
    return node("paragraph", *inner)


def item(*blocks: Node) -> Node:
    return node("listItem", *blocks)


def task(number: int, state: str, *inner: Node) -> Node:
    return node("taskItem", *inner, state=state, localId=str(number))


def link(href: str, **attrs: str) -> Node:
    return {"type": "link", "attrs": {"href": href, **attrs}}


def color(value: str) -> Node:
    return {"type": "textColor", "attrs": {"color": value}}


BREAK = node("hardBreak")
RAW = color("#8590a3")
BADGE = node("media", type="external", url="https://e.com/b.svg", alt="build")

BOTH_WAYS: dict[str, tuple[str, list[Node]]] = {
    "a line end is a hard break": ("one\ntwo\n", [para(text("one"), BREAK, text("two"))]),
    "a heading": ("## Title\n", [node("heading", text("Title"), level=2)]),
    "marks": (
        "**a** _b_ ~~c~~ `d` <ins>e</ins> <sub>f</sub>\n",
        [
            para(
                text("a", "strong"),
                text(" "),
                text("b", "em"),
                text(" "),
                text("c", "strike"),
                text(" "),
                text("d", "code"),
                text(" "),
                text("e", "underline"),
                text(" "),
                text("f", {"type": "subsup", "attrs": {"type": "sub"}}),
            )
        ],
    ),
    "bold around italic": (
        "**a _b_**\n",
        [para(text("a ", "strong"), text("b", "strong", "em"))],
    ),
    "bold that ends inside a word": (
        "a**b**c\n",
        [para(text("a"), text("b", "strong"), text("c"))],
    ),
    "bold that Markdown's signs can't say": (
        'a<strong>"b"</strong>c\n',
        [para(text("a"), text('"b"', "strong"), text("c"))],
    ),
    "bold code, where ADF has no mark for it": (
        "**`--flag`**\n",
        [para(text("`--flag`", "strong"))],
    ),
    "a bare address": (
        "https://e.com/a\n",
        [para(text("https://e.com/a", link("https://e.com/a")))],
    ),
    "a card": ("<https://e.com/a>\n", [para(node("inlineCard", url="https://e.com/a"))]),
    "a link with a title": (
        '[a](https://e.com "b")\n',
        [para(text("a", link("https://e.com", title="b")))],
    ),
    "a person": (
        "[@Ann Lee](jira-user:5b10)\n",
        [para(node("mention", id="5b10", text="@Ann Lee"))],
    ),
    "a picture alone": (
        "![build](https://e.com/b.svg)\n",
        [node("mediaSingle", BADGE, layout="center")],
    ),
    "a picture alone that is a link": (
        "[![build](https://e.com/b.svg)](https://e.com)\n",
        [node("mediaSingle", {**BADGE, "marks": [link("https://e.com")]}, layout="center")],
    ),
    "a picture among words opens with a click": (
        "a ![build](https://e.com/b.svg)\n",
        [para(text("a "), text("![build](https://e.com/b.svg)", link("https://e.com/b.svg"), RAW))],
    ),
    "HTML in a line": (
        "<kbd>Ctrl</kbd>\n",
        [para(text("<kbd>", RAW), text("Ctrl"), text("</kbd>", RAW))],
    ),
    "a comment": (
        "<!-- why? -->\n",
        [node("codeBlock", text("<!-- why? -->"), language="x-markdown")],
    ),
    "code with a language": ("```py\nx\n```\n", [node("codeBlock", text("x"), language="py")]),
    "code with fences in it": ("````\n```\n````\n", [node("codeBlock", text("```"))]),
    "nested lists": (
        "- a\n  1. b\n",
        [
            node(
                "bulletList",
                item(para(text("a")), node("orderedList", item(para(text("b"))))),
            )
        ],
    ),
    "a list that starts at three": (
        "3. a\n4. b\n",
        [node("orderedList", item(para(text("a"))), item(para(text("b"))), order=3)],
    ),
    "a list right in an item": (
        "- - a\n",
        [node("bulletList", item(para(), node("bulletList", item(para(text("a"))))))],
    ),
    "tasks, nested": (
        "- [ ] a\n  - [x] b\n",
        [
            node(
                "taskList",
                task(1, "TODO", text("a")),
                node("taskList", task(2, "DONE", text("b")), localId="3"),
                localId="4",
            )
        ],
    ),
    "a list of which only some items are tasks": (
        "- [ ] a\n- b\n",
        [node("bulletList", item(para(text("[ ] a"))), item(para(text("b"))))],
    ),
    "a quote": ("> a\n>\n> b\n", [node("blockquote", para(text("a")), para(text("b")))]),
    "a heading in a quote, where ADF has none": (
        "> # a\n",
        [node("blockquote", node("codeBlock", text("# a"), language="x-markdown"))],
    ),
    "a table in an item, where ADF has none": (
        "- a\n\n  | b |\n  | --- |\n",
        [
            node(
                "bulletList",
                item(
                    para(text("a")),
                    node("codeBlock", text("| b |\n| --- |"), language="x-markdown"),
                ),
            )
        ],
    ),
    "an alert is a panel": (
        "> [!TIP]\n> a\n",
        [node("panel", para(text("a")), panelType="success")],
    ),
    "details are an expand": (
        "<details><summary>M &amp; N</summary>\n\na\n\n</details>\n",
        [node("expand", para(text("a")), title="M & N")],
    ),
    "a table": (
        "| a | b |\n| --- | --- |\n| 1<br>2 |  |\n",
        [
            node(
                "table",
                node(
                    "tableRow",
                    node("tableHeader", para(text("a"))),
                    node("tableHeader", para(text("b"))),
                ),
                node(
                    "tableRow",
                    node("tableCell", para(text("1"), BREAK, text("2"))),
                    node("tableCell", para()),
                ),
            )
        ],
    ),
    "a cell that spans two columns": (
        '| <!--th {"colspan":"2"}-->a | <!--none--> |\n| --- | --- |\n| 1 | 2 |\n',
        [
            node(
                "table",
                node("tableRow", node("tableHeader", para(text("a")), colspan=2)),
                node(
                    "tableRow",
                    node("tableCell", para(text("1"))),
                    node("tableCell", para(text("2"))),
                ),
            )
        ],
    ),
    "a cell with a list in it": (
        "<table>\n<tr>\n<td>\n\n- a\n\n</td>\n</tr>\n</table>\n",
        [
            node(
                "table",
                node("tableRow", node("tableCell", node("bulletList", item(para(text("a")))))),
            )
        ],
    ),
    "a status, with its text to be read": (
        "<span data-adf='{&quot;attrs&quot;: {&quot;color&quot;: &quot;blue&quot;, "
        "&quot;text&quot;: &quot;In work&quot;}, &quot;type&quot;: &quot;status&quot;}'>"
        "In work</span>\n",
        [para(node("status", text="In work", color="blue"))],
    ),
    "a centred paragraph": (
        '<!-- adf {"marks": [{"attrs": {"align": "center"}, "type": "alignment"}], '
        '"type": "paragraph", "wraps": true} -->\n\na\n\n<!-- /adf -->\n',
        [
            {
                **para(text("a")),
                "marks": [{"type": "alignment", "attrs": {"align": "center"}}],
            }
        ],
    ),
    "a layout that Markdown has not": (
        '<!-- adf {"type": "layoutSection"} -->\n\n'
        '<!-- adf {"attrs": {"width": 50}, "type": "layoutColumn"} -->\n\na\n\n'
        "<!-- /adf -->\n\n<!-- /adf -->\n",
        [node("layoutSection", node("layoutColumn", para(text("a")), width=50))],
    ),
    "text that looks like Markdown": (
        "\\# \\*a\\* \\_b_ \\`c\\` \\[d](e) \\<f> \\&amp; 1. g\n",
        [para(text("# *a* _b_ `c` [d](e) <f> &amp; 1. g"))],
    ),
    "nothing": ("", []),
}

DATE = node("date", timestamp="1714521600000")
READ_FROM_ADF: dict[str, tuple[list[Node], str]] = {
    "tasks written as bullets": ([node("bulletList", item(para(text("[x] a"))))], "- [x] a\n"),
    "an emoji is its sign": (
        [para(node("emoji", shortName=":tada:", id="1f389", text="🎉"))],
        "🎉\n",
    ),
    "empty paragraphs go": ([para(), para(text("a")), para()], "a\n"),
    "blanks at the ends of a mark stand outside": (
        [para(text("a", "strong"), text(" b ", "em"), text("c"))],
        "**a** _b_ c\n",
    ),
    "a mark over a hard break goes on": (
        [para(text("a", "strong"), BREAK, text("b", "strong"))],
        "**a\nb**\n",
    ),
    "how wide a table is shown goes": (
        [node("table", node("tableRow", node("tableCell", para(text("a")))), layout="wide")],
        "|  |\n| --- |\n| a |\n",
    ),
    "a headline of a number": ([node("heading", text("1. a"), level=1)], "# 1. a\n"),
    "inline nodes at the top": ([text("a"), BREAK, text("b")], "a\nb\n"),
}


@pytest.mark.parametrize(("markdown", "blocks"), BOTH_WAYS.values(), ids=BOTH_WAYS)
def test_markdown_and_adf_say_the_same(markdown: str, blocks: list[Node]) -> None:
    written = markdown_to_adf(markdown)
    assert written == doc(*blocks)
    assert violations(written) == []
    assert adf_to_markdown(written) == markdown


@pytest.mark.parametrize(("blocks", "markdown"), READ_FROM_ADF.values(), ids=READ_FROM_ADF)
def test_adf_is_read_as_people_see_it(blocks: list[Node], markdown: str) -> None:
    assert adf_to_markdown(doc(*blocks)) == markdown


def test_an_edit_of_a_carried_text_is_an_edit_of_the_node() -> None:
    markdown = adf_to_markdown(doc(para(DATE)))
    assert ">2024-05-01<" in markdown
    edited = markdown_to_adf(markdown.replace("2024-05-01<", "2024-06-01<"))
    assert edited == doc(para(node("date", timestamp="1717200000000")))


def test_a_carried_node_whose_text_makes_no_sense_any_more_becomes_that_text() -> None:
    markdown = adf_to_markdown(doc(para(DATE)))
    assert markdown_to_adf(markdown.replace("2024-05-01<", "soon<")) == doc(para(text("soon")))


def test_an_attached_file_keeps_what_jira_knows_of_it() -> None:
    media = node("media", type="file", id="6e7c", collection="", alt="shot.png")
    document = doc(node("mediaSingle", media, layout="center", width=50))
    assert "shot.png</span>" in adf_to_markdown(document)
    assert markdown_to_adf(adf_to_markdown(document)) == document


def test_the_same_text_gives_the_same_local_ids() -> None:
    assert markdown_to_adf("- [ ] a\n") == markdown_to_adf("- [ ] a\n")


def test_converting_changes_nothing_in_the_document_given() -> None:
    document = doc(node("expand", node("bulletList", item(para(text("[ ] a")))), title="t"))
    before = repr(document)
    adf_to_markdown(document)
    assert repr(document) == before
