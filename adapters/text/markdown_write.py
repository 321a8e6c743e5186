"""Writes a tidy tree as Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence

from adapters.text.carried import CLOSE, comment, steady
from adapters.text.html_blocks import dump_cell
from adapters.text.markdown_escape import CLOSING_HASHES, DEFINITION, escape_line_start
from adapters.text.markdown_spans import write_carried, write_inline
from adapters.text.tree import CONTAINERS, INLINE, Node, attr, content, marks, node, plain

PANELS = {
    "info": "NOTE",
    "success": "TIP",
    "note": "IMPORTANT",
    "warning": "WARNING",
    "error": "CAUTION",
}
LISTS = frozenset({"bulletList", "orderedList", "taskList"})
DEFAULTS: dict[str, frozenset[str]] = {
    "paragraph": frozenset(),
    "heading": frozenset({"level"}),
    "codeBlock": frozenset({"language"}),
    "table": frozenset(),
    "panel": frozenset({"panelType"}),
    "orderedList": frozenset({"order"}),
    "expand": frozenset({"title"}),
}
"""The attributes that Markdown's own words say; with others, a block is wrapped."""
BULLETS = re.compile(r"(?:(?:[-*+]|\d{1,9}[.)])[ \t]*)+")
"""A line of nothing but bullets: after another one it might be a rule."""
INTERRUPTS = re.compile(r"(?:[-*]|1[.)]) ")
"""How a list starts that a paragraph does not swallow."""
Lines = list[str]


def write_markdown(root: Node) -> str:
    """The document as Markdown, with a line end at its end where it is not empty."""
    lines = _blocks(content(root))
    return "\n".join(lines) + "\n" if lines else ""


def _blocks(blocks: Sequence[Node]) -> Lines:
    lines: Lines = []
    for place, block in enumerate(blocks):
        if place:
            lines.append("")
        lines += _block(block, _is_odd(blocks, place))
    return lines


def _is_odd(blocks: Sequence[Node], place: int) -> bool:
    """Does the list stand after another of its sort, so that another bullet must keep it apart?"""
    odd = False
    for before in range(place, 0, -1):
        pair = blocks[before]["type"], blocks[before - 1]["type"]
        numbered = [kind == "orderedList" for kind in pair]
        if not LISTS.issuperset(pair) or numbered[0] != numbered[1]:
            break
        odd = not odd
    return odd


def _block(block: Node, odd: bool = False) -> Lines:
    kind = block["type"]
    if kind in DEFAULTS and extra(block):
        bare = {name: value for name, value in block.items() if name != "marks"}
        bare["attrs"] = {n: v for n, v in steady(block).items() if n in DEFAULTS[kind]}
        return [comment(extra(block)), "", *_block(bare), "", CLOSE]
    if kind in LISTS and all(child["type"] in _ITEMS for child in content(block)):
        return _list(block, odd)
    if write := WRITERS.get(kind):
        return write(block)
    return _carried(block)


_ITEMS = frozenset({"listItem", "taskItem", "taskList"})


def extra(block: Node) -> Node:
    """What Markdown's words for the block leave out; {} where that is nothing."""
    known = DEFAULTS.get(block["type"])
    if known is None:
        return {}
    extra = {name: value for name, value in steady(block).items() if name not in known}
    if block["type"] == "panel" and attr(block, "panelType") not in PANELS:
        return {}
    if not extra and not marks(block):
        return {}
    made = node(block["type"], **extra)
    return {**made, "wraps": True, **({"marks": marks(block)} if marks(block) else {})}


def _carried(block: Node) -> Lines:
    """A block without a word in Markdown: around its inside, or as a line that stands for it."""
    bare = {name: value for name, value in block.items() if name not in ("content", "attrs")}
    if attributes := steady(block):
        bare["attrs"] = attributes
    inner = content(block)
    if not inner and block["type"] not in CONTAINERS:
        return [write_carried(bare, "data-adf-block")]
    if inner and all(child["type"] in INLINE for child in inner):
        return [comment({**bare, "inline": True}), "", *_paragraph_lines(inner), "", CLOSE]
    return [comment(bare), "", *_blocks(inner), *([""] if inner else []), CLOSE]


def _paragraph(block: Node) -> Lines:
    return _paragraph_lines(content(block))


def _paragraph_lines(inner: Sequence[Node]) -> Lines:
    if inner and all(each["type"] in ("image", "hardBreak") for each in inner):
        return write_inline(inner).split("\n")
    written = write_inline(inner)
    lines = ("\\" + written if DEFINITION.match(written) else written).split("\n")
    return [escape_line_start(line, first=not place) for place, line in enumerate(lines)]


def _heading(block: Node) -> Lines:
    level = min(max(int(attr(block, "level", 1)), 1), 6)
    written = write_inline(content(block), "<br>")
    last = content(block)[-1] if content(block) else None
    if last is not None and last["type"] == "text" and CLOSING_HASHES.search(written):
        written = CLOSING_HASHES.sub(lambda found: "\\" + found[0], written)
    return [f"{'#' * level} {written}".rstrip(" ")]


def _code(block: Node) -> Lines:
    code, language = plain(content(block)), " ".join(str(attr(block, "language", "")).split())
    char = "~" if "`" in language else "`"
    longest = max((len(run) for run in re.findall(f"^ *({char}+)", code, re.MULTILINE)), default=0)
    fence = char * max(3, longest + 1)
    info = re.sub(r"&(?=#?\w+;)|\\(?=[!-/:-@\[-`{-~])", _escape_info, language)
    return [fence + info, *(code.split("\n") if code else []), fence]


def _escape_info(found: re.Match[str]) -> str:
    return "&amp;" if found[0] == "&" else "\\\\"


def _quote(block: Node) -> Lines:
    lines = _blocks(content(block))
    if lines and re.match(r"\[!\w+\]", lines[0]):
        lines[0] = "\\" + lines[0]
    return _quoted(lines)


def _quoted(lines: Lines) -> Lines:
    return [f"> {line}".rstrip(" ") if not line else f"> {line}" for line in lines or [""]]


def _panel(block: Node) -> Lines:
    name = PANELS.get(str(attr(block, "panelType")))
    if name is None:
        return _carried(block)
    inner = content(block)
    separate = [""] if inner and inner[0]["type"] != "paragraph" else []
    return _quoted([f"[!{name}]", *separate, *_blocks(inner)])


def _expand(block: Node) -> Lines:
    title = html.escape(" ".join(attr(block, "title", "").split()), quote=False)
    opening = f"<details><summary>{title}</summary>" if title else "<details>"
    inner = _blocks(content(block))
    return [opening, "", *inner, *([""] if inner else []), "</details>"]


def _list(block: Node, odd: bool = False) -> Lines:
    numbered = block["type"] == "orderedList"
    number = _first_number(block)
    items = _joined_tasks(content(block)) if block["type"] == "taskList" else content(block)
    lines: Lines = []
    for item in items:
        bullet = f"{number}{')' if odd else '.'}" if numbered else "*" if odd else "-"
        number += 1
        lines += _item(item, bullet)
    return lines


def _first_number(block: Node) -> int:
    """Where the list's numbers start, so that the last has no more digits than Markdown reads."""
    order = attr(block, "order", 1)
    given = int(order) if isinstance(order, int | float) else 1
    return max(0, min(given, 999_999_999 - len(content(block))))


def _joined_tasks(children: Sequence[Node]) -> list[Node]:
    """Each task with the list of its own tasks, as Markdown has them."""
    items: list[Node] = []
    for child in children:
        if child["type"] == "taskList" and items:
            items[-1] = {**items[-1], "nested": [*items[-1].get("nested", []), child]}
        else:
            items.append(child)
    return items


def _item(item: Node, bullet: str) -> Lines:
    if item["type"] == "taskItem":
        box = "[x]" if attr(item, "state") == "DONE" else "[ ]"
        written = write_inline(content(item)).split("\n")
        inner = [
            f"{box} {written[0]}".rstrip(" "),
            *(escape_line_start(x, first=False) for x in written[1:]),
        ]
        for nested in item.get("nested", []):
            inner += _list(nested)
    elif item["type"] == "taskList":
        inner = _list(item)
    else:
        inner = _item_blocks(content(item))
    if not inner:
        return [bullet]
    if BULLETS.fullmatch(inner[0]):
        return [bullet, *_indented(inner, len(bullet) + 1)]
    first, *rest = _indented(inner, len(bullet) + 1)
    return [f"{bullet} {first.lstrip(' ')}", *rest]


def _item_blocks(blocks: Sequence[Node]) -> Lines:
    lines: Lines = []
    for place, block in enumerate(blocks):
        written = _block(block, _is_odd(blocks, place))
        tight = block["type"] in LISTS and blocks[place - 1]["type"] == "paragraph"
        if place and not (tight and INTERRUPTS.match(written[0])):
            lines.append("")
        lines += written
    return lines


def _indented(lines: Lines, width: int) -> Lines:
    return [" " * width + line if line else "" for line in lines]


def _table(block: Node) -> Lines:
    rows = [content(row) for row in content(block)]
    cells = [cell for row in rows for cell in row]
    if (
        not rows
        or not cells
        or any(
            child["type"] != "paragraph" or marks(child)
            for cell in cells
            for child in content(cell)
        )
    ):
        return _html_table(block)
    if not any(cell["type"] == "tableHeader" for cell in rows[0]):
        rows = [[node("tableHeader")] * len(rows[0]), *rows]
    width = max(len(row) for row in rows)
    written = [
        _row(row, width, "tableCell" if place else "tableHeader") for place, row in enumerate(rows)
    ]
    return [written[0], "|" + " --- |" * width, *written[1:]]


def _row(row: Sequence[Node], width: int, kind: str) -> str:
    cells = [_cell(cell, kind) for cell in row] + ["<!--none-->"] * (width - len(row))
    return "| " + " | ".join(cells) + " |"


def _cell(cell: Node, kind: str) -> str:
    written = "<br><br>".join(write_inline(content(part), "<br>") for part in content(cell))
    listed = dump_cell(cell)
    if listed or cell["type"] != kind:
        name = "th" if cell["type"] == "tableHeader" else "td"
        written = comment_cell(name, listed) + written
    return written.replace("|", "\\|")


def comment_cell(name: str, listed: dict[str, str]) -> str:
    if not listed:
        return f"<!--{name}-->"
    inner = ",".join(f'"{key}":"{html.escape(value)}"' for key, value in listed.items())
    return f"<!--{name} {{{inner}}}-->"


def _html_table(block: Node) -> Lines:
    """A table whose cells hold blocks: tags on lines of their own, Markdown between them."""
    lines = ["<table>"]
    for row in content(block):
        lines.append("<tr>")
        for cell in content(row):
            name = "th" if cell["type"] == "tableHeader" else "td"
            listed = "".join(f' {k}="{html.escape(v)}"' for k, v in dump_cell(cell).items())
            inner = _blocks(content(cell))
            lines += [f"<{name}{listed}>", *(["", *inner, ""] if inner else []), f"</{name}>"]
        lines.append("</tr>")
    return [*lines, "</table>"]


WRITERS: dict[str, Callable[[Node], Lines]] = {
    "paragraph": _paragraph,
    "heading": _heading,
    "codeBlock": _code,
    "blockquote": _quote,
    "panel": _panel,
    "expand": _expand,
    "rule": lambda _: ["---"],
    "rawBlock": lambda block: str(attr(block, "text", "")).split("\n"),
    "table": _table,
}
