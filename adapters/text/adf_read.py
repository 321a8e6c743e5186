"""Reads ADF, Jira Cloud's documents: they become a tidy tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.text.carried import QUOTED, RAW_COLOR, RAW_LANGUAGE, steady
from adapters.text.markdown_read import read_markdown
from adapters.text.tidy import tidy
from adapters.text.tree import (
    INLINE,
    Node,
    TextError,
    attr,
    check_tree,
    content,
    get_mark,
    has_mark,
    image,
    mark,
    marked,
    marks,
    node,
    plain,
    raw,
    text,
)

SINGLE = {"layout", "type", "url", "alt", "width", "height"}
"""Attributes of a picture from elsewhere, and of the block around it, that Markdown says too."""


def read_adf(document: Any) -> Node:
    """The document as a tidy tree. TextError where it is none, too large or too deep."""
    if not isinstance(document, dict) or document.get("type") != "doc":
        raise TextError("not an ADF document: its root is not {'type': 'doc', 'content': […]}")
    return tidy(node("doc", _blocks(content(check_tree(document)))))


def _blocks(blocks: Sequence[Node]) -> list[Node]:
    return [made for block in blocks for made in _block(block)]


def _block(block: Node) -> list[Node]:
    if block["type"] in INLINE:
        return _inline([block])
    if block["type"] == "codeBlock":
        code = plain(content(block))
        if attr(block, "language") == RAW_LANGUAGE and not block.get("marks"):
            return content(read_markdown(code))
        return [_bare(block, [text(code)] if code else [])]
    if block["type"] == "mediaSingle" and (picture := _picture(block)):
        return [picture]
    if block["type"] == "listItem":
        return [_bare(block, _blocks(_without_filler(content(block))))]
    inner = content(block)
    if inner and all(child["type"] in INLINE for child in inner):
        return [_bare(block, _inline(inner))]
    return [_bare(block, _blocks(inner))]


def _bare(block: Node, inner: Sequence[Node]) -> Node:
    """The block with this inside, and without the attributes that say nothing."""
    made = node(block["type"], inner, **steady(block))
    if marks(block):
        made["marks"] = marks(block)
    return made


def _without_filler(blocks: Sequence[Node]) -> Sequence[Node]:
    """Without the empty paragraph that ADF demands before a list's list."""
    empty = blocks and blocks[0]["type"] == "paragraph" and not content(blocks[0])
    return blocks[1:] if empty else blocks


def _picture(single: Node) -> Node | None:
    """A picture from elsewhere as a paragraph; None where the block says more than Markdown can."""
    inner = content(single)
    layout = steady(single)
    if len(inner) != 1 or inner[0]["type"] != "media" or marks(single) or len(layout) > 1:
        return None
    media, attributes = inner[0], steady(inner[0])
    links = [each for each in marks(media) if each["type"] == "link"]
    external = attributes.get("type") == "external" and attributes.get("url")
    if not external or len(links) != len(marks(media)) or not SINGLE.issuperset(attributes):
        return None
    if layout.get("layout", "center") != "center":
        return None
    size = {name: _number(attributes.get(name)) for name in ("width", "height")}
    made = image(str(attributes["url"]), str(attributes.get("alt", "")), **size)
    return node("paragraph", [marked(made, links)])


def _number(value: Any) -> str | None:
    return None if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def _inline(nodes: Sequence[Node]) -> list[Node]:
    return [made for each in nodes for made in _one(each)]


def _one(each: Node) -> list[Node]:
    match each["type"]:
        case "text":
            return _text(each)
        case "hardBreak" | "image" | "raw":
            return [each] if each["type"] == "hardBreak" else [text(plain([each]))]
        case "emoji" if shown := _emoji(each):
            return [text(shown, marks(each))]
        case "mention":
            known = steady(each)
            made = node("mention", id=known.get("id"), text=known.get("text") or None)
            return [marked(made, marks(each))]
        case "inlineCard" if set(steady(each)) == {"url"}:
            return [node("inlineCard", url=attr(each, "url"))]
    made = node(each["type"], _inline(content(each)), **steady(each))
    return [marked(made, marks(each))]


def _emoji(each: Node) -> str | None:
    """The sign itself, or its short name; None for one that a site made of its own."""
    sign = str(attr(each, "text") or attr(each, "shortName", ""))
    return None if sign.isascii() and attr(each, "id") else sign or None


def _text(each: Node) -> list[Node]:
    color = get_mark(each, "textColor")
    if color is not None and str(attr(color, "color")).lower() == RAW_COLOR:
        return [raw(each["text"], _raw_marks(each))]
    if not marks(each) or has_mark(each, "code") or "`" not in each["text"]:
        return [each]
    made: list[Node] = []
    end = 0
    for found in QUOTED.finditer(each["text"]):
        made.append(text(each["text"][end : found.start()], marks(each)))
        inner = found[2]
        if inner[0] == inner[-1] == " " and inner.strip(" "):
            inner = inner[1:-1]
        made.append(text(inner, [*marks(each), mark("code")]))
        end = found.end()
    return [*made, text(each["text"][end:], marks(each))]


def _raw_marks(each: Node) -> list[Node]:
    """Without the colour, and without the link that only lets a picture be opened."""
    target = f"]({attr(get_mark(each, 'link') or node('link'), 'href', '')})"
    pointless = each["text"].startswith("![") and each["text"].endswith(target)
    return [
        of
        for of in marks(each)
        if of["type"] != "textColor" and not (of["type"] == "link" and pointless)
    ]
