"""Reads Markdown (GitHub's): its text becomes a tidy tree. A line end in it is a line break."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.common.utils import unescapeAll
from markdown_it.rules_block import StateBlock, reference
from markdown_it.token import Token

from adapters.text.carried import shown
from adapters.text.html_blocks import gather, html_block, load_cell
from adapters.text.links import UNSAFE
from adapters.text.markdown_inline import read_inline
from adapters.text.tidy import tidy
from adapters.text.tree import MAX_DEPTH, Node, TextError, check_text, code_block, node, text

ALERTS = {
    "NOTE": "info",
    "TIP": "success",
    "IMPORTANT": "note",
    "WARNING": "warning",
    "CAUTION": "error",
}
"""GitHub's alerts and the ADF panel that looks alike."""
ALERT = re.compile(r"\[!(\w+)\][ \t]*(?:\n|$)")
CONTAINER = {
    "blockquote": "blockquote",
    "bullet_list": "bulletList",
    "ordered_list": "orderedList",
    "list_item": "listItem",
    "table": "table",
    "tr": "tableRow",
}
CELL = {"th": "tableHeader", "td": "tableCell"}
CELL_COMMENT = re.compile(r"<!--(th|td|none)(?: (\{.*\}))?-->")


def read_markdown(source: str) -> Node:
    """The document as a tidy tree. TextError where it is too large or too deep."""
    env: dict[str, object] = {}
    tokens = _parser().parse(check_text(source), env)
    _check_depth(tokens)
    return tidy(node("doc", _blocks(tokens)))


@cache
def _parser() -> MarkdownIt:
    """GitHub's Markdown, links as they are spelled.

    Below `maxNesting` markdown-it drops text without a word; `_check_depth` refuses before that.
    """
    options = {"maxNesting": MAX_DEPTH, "inline_definitions": True, "store_labels": True}
    parser = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    parser.block.ruler.at("reference", _reference, {"alt": []})
    setattr(parser, "validateLink", lambda url: not UNSAFE.match(url.strip()))  # noqa: B010
    setattr(parser, "normalizeLink", _as_it_is)  # noqa: B010  # its documented way, a method to mypy
    setattr(parser, "normalizeLinkText", _as_it_is)  # noqa: B010
    return parser


def _as_it_is(url: str) -> str:
    return url


def _reference(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """A link's definition; but `[^1]: …` is a footnote on GitHub, and its text must stay."""
    position = state.bMarks[start] + state.tShift[start]
    return not state.src.startswith("[^", position) and reference(state, start, end, silent)


def _check_depth(tokens: Sequence[Token]) -> None:
    for token in tokens:
        if token.level >= MAX_DEPTH - 1:
            line = token.map[0] + 1 if token.map else 0
            raise TextError(f"nested deeper than {MAX_DEPTH} levels in line {line}; flatten it")


def _blocks(tokens: Sequence[Token]) -> list[Node]:
    used = {
        child.meta.get("label")
        for token in tokens
        for child in token.children or []
        if child.type in ("link_open", "image")
    }
    root = node("doc")
    open_nodes = [root]
    for place, token in enumerate(tokens):
        kind, _, end = token.type.rpartition("_")
        if end == "close" and kind in CONTAINER:
            closed = open_nodes.pop()
            if kind in ("blockquote", "list_item"):
                closed["content"] = gather(closed["content"])
            if alert := closed.pop("alert", None):
                closed.update(node("panel", panelType=alert))
        elif end == "open" and kind in CONTAINER:
            start = token.attrGet("start") if kind == "ordered_list" else None
            opened = {**node(CONTAINER[kind], order=start), "content": []}
            open_nodes[-1].setdefault("content", []).append(opened)
            open_nodes.append(opened)
        elif token.type == "inline":
            _append_line(open_nodes[-1], tokens[place - 1], token)
        elif leaf := _leaf(token, used):
            open_nodes[-1].setdefault("content", []).append(leaf)
    return gather(root.get("content") or [])


def _append_line(parent: Node, opener: Token, line: Token) -> None:
    inner = read_inline(line.children or [])
    into: list[Node] = parent.setdefault("content", [])
    if opener.type == "heading_open":
        into.append(node("heading", inner, level=int(opener.tag[1])))
    elif opener.tag in CELL:
        into += _cell(CELL[opener.tag], inner)
    elif len(inner) == 1 and inner[0]["type"] == "block":
        into += inner[0]["content"]
    else:
        quoted = parent["type"] == "blockquote" and not into
        alert = ALERT.match(line.content) if quoted else None
        if alert and alert[1].upper() in ALERTS:
            parent["alert"] = ALERTS[alert[1].upper()]
            inner = read_inline((line.children or [])[1:])
        into.append(node("paragraph", [_inline_only(each) for each in inner]))


def _inline_only(inline: Node) -> Node:
    """A block carried in the midst of a line is a line's text no more than that."""
    return text(shown(inline["content"][0])) if inline["type"] == "block" else inline


def _leaf(token: Token, used: set[object]) -> Node | None:
    match token.type:
        case "fence" | "code_block":
            return code_block(token.content.removesuffix("\n"), unescapeAll(token.info.strip()))
        case "hr":
            return node("rule")
        case "html_block":
            return html_block(token.content.strip())
        case "definition" if token.meta["id"] not in used:
            return node("rawBlock", text=_definition(token))
    return None


def _definition(token: Token) -> str:
    """A link's definition that no link uses says nothing, and becomes a comment."""
    meta = token.meta
    title = f' "{meta["title"]}"' if meta["title"] else ""
    written = " ".join(f"[{meta['label']}]: {meta['url']}{title}".split())
    return f"<!-- {written.replace('--', '&#45;-')} -->"


def _cell(kind: str, inner: Sequence[Node]) -> list[Node]:
    """One table cell; none where a comment says that another cell spans its place."""
    attributes: dict[str, str | int] = {}
    first = inner[0] if inner else node("none")
    if first["type"] == "raw" and (found := CELL_COMMENT.match(first["attrs"]["text"])):
        if found[1] == "none":
            return []
        kind, inner = CELL[found[1]], inner[1:]
        attributes = load_cell(found[2])
    blocks = [node("paragraph", [_inline_only(each) for each in inner])] if inner else []
    return [{**node(kind, blocks), **({"attrs": attributes} if attributes else {})}]
