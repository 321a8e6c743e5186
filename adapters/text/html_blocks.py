"""Blocks of HTML in Markdown: those that hold Markdown blocks become containers, others stay."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from adapters.text.carried import CLOSE, OPEN, load
from adapters.text.markdown_inline import read_image
from adapters.text.tree import INLINE, Node, attr, content, hard_break, node

DETAILS = re.compile(r"<details>(?:\s*<summary>([^<>\n]*)</summary>)?")
TAG = re.compile(r"<(/?)(table|tr|th|td|details)((?: [a-z]+=\"[^\"<>]*\")*)>")
ATTRIBUTE = re.compile(r"([a-z]+)=\"([^\"]*)\"")
TABLE_TYPES = {"table": "table", "tr": "tableRow", "th": "tableHeader", "td": "tableCell"}
NUMBERS = ("colspan", "rowspan")
IMAGES = re.compile(r"<img[^>]*>(?:\s*<img[^>]*>)*", re.IGNORECASE)


@dataclass
class _Open:
    """A container whose end was not yet met."""

    closing: str
    made: Node
    tag: Node
    inner: list[Node] = field(default_factory=list)


def html_block(source: str) -> Node:
    """A block of HTML: the images of one that is nothing else, or as it stands."""
    if IMAGES.fullmatch(source):
        inner: list[Node] = []
        for line in source.split("\n"):
            tags = [read_image(tag) for tag in re.findall(r"<[^>]*>", line)]
            inner += [hard_break()] if inner else []
            for tag in tags:
                if tag is None:
                    return node("rawBlock", text=source)
                inner.append(tag)
        return node("paragraph", inner)
    return node("rawBlock", text=source)


def gather(blocks: Sequence[Node]) -> list[Node]:
    """The blocks, with those between an opening and a closing one inside the container meant."""
    levels: list[_Open] = [_Open("", node("doc"), node("doc"))]
    for block in (piece for each in blocks for piece in _tags(each)):
        source = attr(block, "text", "") if block["type"] == "rawBlock" else ""
        opened = _opening(block, source)
        if opened is not None:
            levels.append(opened)
        elif source and len(levels) > 1 and source == levels[-1].closing:
            level = levels.pop()
            levels[-1].inner += _close(level)
        else:
            levels[-1].inner.append(block)
    while len(levels) > 1:
        level = levels.pop()
        levels[-1].inner += [level.tag, *level.inner]
    return levels[0].inner


def _tags(block: Node) -> list[Node]:
    """A block of several tags that each stand on a line of their own, as one block each."""
    if block["type"] != "rawBlock" or "\n" not in attr(block, "text", ""):
        return [block]
    source = attr(block, "text")
    if DETAILS.fullmatch(source):
        return [block]
    lines = [line.strip() for line in source.split("\n")]
    if all(TAG.fullmatch(line) or DETAILS.fullmatch(line) for line in lines):
        return [node("rawBlock", text=line) for line in lines]
    return [block]


def _opening(block: Node, source: str) -> _Open | None:
    if found := OPEN.fullmatch(source):
        carried = load(found[1])
        return _Open(CLOSE, carried, block) if carried else None
    if found := DETAILS.fullmatch(source):
        return _Open("</details>", node("expand", title=html.unescape(found[1] or "")), block)
    found = TAG.fullmatch(source)
    if found and not found[1] and found[2] in TABLE_TYPES:
        listed = {name: html.unescape(value) for name, value in ATTRIBUTE.findall(found[3])}
        made = node(TABLE_TYPES[found[2]], **cell_attributes(listed))
        return _Open(f"</{found[2]}>", made, block)
    return None


def cell_attributes(listed: dict[str, str]) -> dict[str, str | int]:
    """A cell's attributes, numbers as numbers; what is neither span nor background goes."""
    known: dict[str, str | int] = {
        name: int(value)
        for name, value in listed.items()
        if name in NUMBERS and value.isascii() and value.isdigit()
    }
    if "bgcolor" in listed:
        known["background"] = listed["bgcolor"]
    return known


def load_cell(dumped: str | None) -> dict[str, str | int]:
    """The attributes in a cell's comment, as `dump_cell` wrote them."""
    try:
        loaded = json.loads(dumped or "{}")
    except (ValueError, RecursionError):
        return {}
    return cell_attributes({name: str(value) for name, value in loaded.items()})


def dump_cell(cell: Node) -> dict[str, str]:
    """A cell's attributes as HTML spells them: colspan, rowspan, bgcolor."""
    listed = {name: str(attr(cell, name)) for name in NUMBERS if attr(cell, name, 1) != 1}
    if background := attr(cell, "background"):
        listed["bgcolor"] = str(background)
    return listed


def _close(level: _Open) -> list[Node]:
    made, inner = level.made, level.inner
    if made["type"] in TABLE_TYPES.values() and not _fits(made["type"], inner):
        return [level.tag, *inner, node("rawBlock", text=level.closing)]
    if level.closing != CLOSE:
        return [{**made, "content": inner} if inner else made]
    return _revive(made, inner)


def _fits(kind: str, inner: Sequence[Node]) -> bool:
    if kind == "table":
        return all(child["type"] == "tableRow" for child in inner) and bool(inner)
    if kind == "tableRow":
        return all(child["type"] in ("tableCell", "tableHeader") for child in inner)
    return True


def _revive(carried: Node, inner: list[Node]) -> list[Node]:
    """The carried node around its blocks; `wraps` says that its one block only lacks attributes."""
    wraps, inline = carried.pop("wraps", False), carried.pop("inline", False)
    if wraps:
        if len(inner) != 1 or inner[0]["type"] != carried["type"]:
            return inner
        attributes = {**(inner[0].get("attrs") or {}), **(carried.get("attrs") or {})}
        return [{**inner[0], **carried, **({"attrs": attributes} if attributes else {})}]
    if inline:
        inner = [child for block in inner for child in _inner_line(block)]
    return [{**carried, "content": inner} if inner else carried]


def _inner_line(block: Node) -> list[Node]:
    inner = content(block)
    return inner if all(child["type"] in INLINE for child in inner) else [block]
