"""Writes a tidy tree as Jira's wiki markup.

What wiki markup has no words for, at its place, is written as Markdown in `{noformat}` there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from adapters.text.markdown_write import extra, write_markdown
from adapters.text.tree import Node, attr, content, marks, node, plain
from adapters.text.wiki_escape import escape_line_start
from adapters.text.wiki_macros import HIDDEN, NESTING, VERBATIM
from adapters.text.wiki_read import PANEL_COLORS, PARAGRAPHS_APART, RAW_TITLE
from adapters.text.wiki_spans import write_wiki_lines

BACKGROUND = {kind: color for color, kind in PANEL_COLORS.items()}
INFO = re.compile(r"([\w+#.-]*)(?: ?\{([^{}\n]*)\})?")
LISTS = frozenset({"bulletList", "orderedList", "taskList"})
MACRO_BLOCKS = frozenset({"codeBlock", "blockquote", "panel", "expand", "rawBlock"})
EMPTY = "&nbsp;"
Lines = list[str]
MACROS = VERBATIM | NESTING
Within = frozenset[str]
"""The macros around the place: none of them can stand inside itself."""


def write_wiki(root: Node) -> str:
    lines = _blocks(content(root), frozenset())
    return "\n".join(lines) + "\n" if lines else ""


def _blocks(blocks: Sequence[Node], within: Within) -> Lines:
    lines: Lines = []
    for place, block in enumerate(blocks):
        if place:
            lines.append("")
        lines += _block(block, within)
    return lines


def _block(block: Node, within: Within) -> Lines:
    if marks(block) or (extra(block) and not _is_wiki_panel(block)):
        return _markdown(block, within)
    match block["type"]:
        case "paragraph":
            return _paragraph(block)
        case "heading":
            written = "\\\\".join(write_wiki_lines(content(block)))
            return [f"h{attr(block, 'level', 1)}. {written}".rstrip(" ")]
        case "rule":
            return ["----"]
        case "table" if "cell" not in within:
            return _table(block, within) or _markdown(block, within)
        case "bulletList" | "orderedList" | "taskList":
            return _list(block, "", within) or _markdown(block, within)
        case "blockquote" if _is_line(block) and not within & {"item", "cell"}:
            return [f"bq. {_paragraph(content(block)[0])[0]}"]
    return _macro(block, within)


def _is_wiki_panel(block: Node) -> bool:
    """Is it a panel that says nothing that wiki markup's own does not?"""
    return block["type"] == "panel" and set(extra(block).get("attrs") or {}) == {"wiki"}


def _is_line(quote: Node) -> bool:
    inner = content(quote)
    return (
        len(inner) == 1
        and inner[0]["type"] == "paragraph"
        and not marks(inner[0])
        and all(each["type"] != "hardBreak" for each in content(inner[0]))
    )


def _macro(block: Node, within: Within) -> Lines:
    """A block between the two ends of a macro."""
    kind = str(block["type"])
    name = {"codeBlock": "code", "blockquote": "quote"}.get(kind, kind)
    if name in within:
        return _markdown(block, within)
    inside = (within | {name}) - {"item", "cell"}
    match kind:
        case "codeBlock":
            return _code(block, within)
        case "blockquote":
            return ["{quote}", *_blocks(content(block), inside), "{quote}"]
        case "panel":
            return _panel(block, inside)
        case "expand" if not re.search(r"[{}|\n]", attr(block, "title", "")):
            title = attr(block, "title")
            opening = f"{{expand:title={title}}}" if title else "{expand}"
            return [opening, *_blocks(content(block), inside), "{expand}"]
    return _markdown(block, within)


def _markdown(block: Node, within: Within) -> Lines:
    body = write_markdown(node("doc", [block])).rstrip("\n")
    return _verbatim("noformat", RAW_TITLE, body, within)


def _verbatim(name: str, params: str, body: str, within: Within) -> Lines:
    """Code as it stands, but for what would end this macro, or one around it."""
    ends = "|".join(sorted((within | {name}) & MACROS))
    hidden = re.sub(r"\{(?=(?:" + ends + r")[:}])", "{" + HIDDEN, body)
    colon = ":" if params else ""
    return [f"{{{name}{colon}{params}}}", *(hidden.split("\n") if hidden else []), f"{{{name}}}"]


def _code(block: Node, within: Within) -> Lines:
    found = INFO.fullmatch(attr(block, "language", ""))
    if found is None:
        return _markdown(block, within)
    params, code = "|".join(part for part in (found[1], found[2]) if part), plain(content(block))
    ends = {name for name in ("code", "noformat") if re.search(r"\{" + name + r"[:}]", code)}
    named = found[1] or ends == {"noformat"}
    return _verbatim("code" if named else "noformat", params, code, within)


def _panel(block: Node, inside: Within) -> Lines:
    inner, params = list(content(block)), []
    wiki = attr(block, "wiki")
    kept = [one for one in wiki.split("|") if not re.search(r"[{}]", one)] if wiki else []
    if kept and kept[0] == "title" and inner:
        title = plain(content(inner[0]))
        if inner[0]["type"] != "paragraph" or re.search(r"[|{}\n]", title):
            kept = kept[1:]
        else:
            kept, inner, params = kept[1:], inner[1:], [f"title={title}"]
    background = BACKGROUND.get(str(attr(block, "panelType")))
    if background is None and wiki is None:
        return _markdown(block, inside)
    params += [f"bgColor={background}"] if background else []
    joined = "|".join([*params, *kept])
    opening = f"{{panel:{joined}}}" if joined else "{panel}"
    return [opening, *_blocks(inner, inside), "{panel}"]


def _paragraph(block: Node) -> Lines:
    return [escape_line_start(line) for line in write_wiki_lines(content(block))]


def _list(block: Node, prefix: str, within: Within) -> Lines:
    """The list's lines; none where wiki markup cannot say it."""
    marker = prefix + ("#" if block["type"] == "orderedList" else "*")
    lines: Lines = []
    for place, item in enumerate(content(block)):
        if item["type"] in LISTS:
            written = _list(item, marker, within)
        elif item["type"] in ("listItem", "taskItem"):
            written = _item(item, marker, within, first=not place)
        else:
            return []
        if not written:
            return []
        lines += written
    return lines


def _item(item: Node, marker: str, within: Within, *, first: bool) -> Lines:
    blocks = content(item)
    if item["type"] == "taskItem":
        box = "[x]" if attr(item, "state") == "DONE" else "[ ]"
        own, *rest = write_wiki_lines(blocks, cell="cell" in within)
        return [f"{marker} {box} {own}".rstrip(" "), *map(escape_line_start, rest)]
    nested = next((at for at, each in enumerate(blocks) if each["type"] in LISTS), len(blocks))
    lists = blocks[nested:]
    kinds = [each["type"] == "orderedList" for each in lists]
    if any(each["type"] not in LISTS or extra(each) for each in lists) or any(
        one == two for one, two in pairwise(kinds)
    ):
        return []
    if lists and not nested and not first:
        return []
    lines = _flow(blocks[:nested], within | {"item"})
    written = [f"{marker} {lines[0]}", *lines[1:]] if lines else []
    for each in lists:
        inner = _list(each, marker, within)
        if not inner:
            return []
        written += inner
    return written or [f"{marker} {EMPTY}"]


def _flow(blocks: Sequence[Node], within: Within) -> Lines:
    """Blocks without blank lines between them, as items and cells need them."""
    lines: Lines = []
    for place, block in enumerate(blocks):
        if block["type"] == "paragraph" and not marks(block):
            if place and blocks[place - 1]["type"] == "paragraph":
                lines.append(PARAGRAPHS_APART)
            first, *rest = write_wiki_lines(content(block), cell="cell" in within)
            starts_line = place or "item" not in within
            lines.append(escape_line_start(first) if starts_line else first)
            lines += map(escape_line_start, rest)
        elif block["type"] in MACRO_BLOCKS:
            lines += _block(block, within)
        else:
            lines += _markdown(block, within)
    return lines


def _table(table: Node, within: Within) -> Lines:
    """The table's rows; none where its cells span others or have attributes."""
    lines: Lines = []
    for row in content(table):
        cells = content(row)
        if not cells or any(cell.get("attrs") for cell in cells):
            return []
        written: Lines = [""]
        for cell in cells:
            bar = "||" if cell["type"] == "tableHeader" else "|"
            first, *rest = _cell(cell, within) or [" "]
            written[-1] += bar + (first if first.strip() else " ")
            written += rest
        written[-1] += "||" if cells[-1]["type"] == "tableHeader" else "|"
        lines += written
    return lines


def _cell(cell: Node, within: Within) -> Lines:
    blocks = content(cell)
    if len(blocks) > 1 and blocks[-1]["type"] in LISTS and blocks[0]["type"] == "paragraph":
        listed = _list(blocks[-1], "", within | {"cell"})
        if listed and len(blocks) == 2:
            return [*_flow(blocks[:1], within | {"cell"}), *listed]
    return _flow(blocks, within | {"cell"})
