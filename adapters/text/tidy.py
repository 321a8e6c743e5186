"""One form for trees that say the same: what every reader gives, and every writer is given."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from adapters.text.links import find_bare, is_safe, tidy_url
from adapters.text.tree import (
    CONTROLS,
    INLINE,
    Mark,
    Node,
    attr,
    check_tree,
    clean,
    content,
    get_mark,
    hard_break,
    has_mark,
    key,
    mark,
    marked,
    marks,
    node,
    plain,
    raw,
    text,
)

WHITE = (
    " \t\n\x0b\x0c\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008"
    "\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
)
"""What Markdown strips from the ends of a paragraph."""
BOX = re.compile(r"\[([ xX])\](?:[ \t]+|$)")
TYPES: dict[str, dict[str, type]] = {
    "heading": {"level": int},
    "orderedList": {"order": int},
    "codeBlock": {"language": str},
    "expand": {"title": str},
    "panel": {"panelType": str, "wiki": str},
    "mention": {"id": str, "text": str},
    "inlineCard": {"url": str},
    "link": {"title": str},
    "textColor": {"color": str},
}
"""Attributes that are read here; whoever wrote the document may have given anything."""
RANK = {
    name: rank
    for rank, name in enumerate(
        ["link", "strong", "em", "strike", "underline", "subsup", "textColor"]
    )
}


def tidy(root: Node) -> Node:
    """The document in the one form. TextError where it is too deep."""
    check_tree(root)
    return {"type": "doc", "version": 1, "content": tidy_blocks(content(root))}


def tidy_blocks(blocks: Sequence[Node]) -> list[Node]:
    made: list[Node] = []
    for block in map(sound, _wrap_loose_inline(blocks)):
        kind = block["type"]
        if kind == "paragraph":
            inner = tidy_inline(content(block))
            if inner:
                made.append(_refill(block, inner))
        elif kind == "heading":
            made.append(_refill(block, tidy_inline(content(block))))
        elif kind == "codeBlock":
            code = clean(plain(content(block)))
            made.append(_refill(block, [text(code)] if code else []))
        elif content(block) and all(child["type"] in INLINE for child in content(block)):
            made.append(_refill(block, tidy_inline(content(block))))
        elif kind == "bulletList":
            made.append(_tasks(_refill(block, tidy_blocks(content(block)))))
        elif kind == "table":
            made.append(_table(block))
        else:
            made.append(_refill(block, tidy_blocks(content(block))))
    return made


def tidy_inline(nodes: Iterable[Node]) -> list[Node]:
    given = list(nodes)
    if len(given) == 1 and _is_plain(given[0]):
        stripped = clean(given[0]["text"]).strip(WHITE)
        return [text(stripped)] if stripped else []
    split = _merged(piece for each in given for piece in _split_lines(each))
    linked = [piece for each in split for piece in _linked(each)]
    return _merged(_stripped(_merged(_hoisted(linked))))


def _is_plain(each: Node) -> bool:
    """Is it text that is one line, unmarked, and without an address? Most is."""
    if each["type"] != "text" or marks(each):
        return False
    return "://" not in each["text"] and "\n" not in each["text"] and "\r" not in each["text"]


def sound(given: Node) -> Node:
    """The node or mark with the attributes that are read here of the type that they should be of.

    Whether an expand is a nested one, its place says; the tree has one word for both.
    """
    if given["type"] == "nestedExpand":
        given = {**given, "type": "expand"}
    attributes = given.get("attrs")
    if not attributes or given["type"] not in TYPES:
        return given
    kept: dict[str, object] = {}
    for name, value in attributes.items():
        wanted = TYPES[given["type"]].get(name)
        if wanted is int:
            counts = isinstance(value, int | float) and 0 <= value < 10**9
            kept[name] = int(value) if counts else 1
        else:
            kept[name] = _line(value) if wanted is str else value
    return {**given, "attrs": kept}


def _refill(block: Node, inner: Sequence[Node]) -> Node:
    bare = {name: value for name, value in block.items() if name != "content"}
    return {**bare, "content": list(inner)} if inner else bare


def _wrap_loose_inline(blocks: Sequence[Node]) -> list[Node]:
    """Inline nodes among blocks go into paragraphs of their own, so that none is lost."""
    made: list[Node] = []
    loose = False
    for block in blocks:
        if block["type"] not in INLINE:
            made.append(block)
            loose = False
        elif loose:
            made[-1]["content"].append(block)
        else:
            made.append(node("paragraph", [block]))
            loose = True
    return made


def _tasks(bullets: Node) -> Node:
    """The list as a task list, where each item starts with a box and holds nothing but tasks."""
    items: list[Node] = []
    for item in content(bullets):
        inner = content(item)
        box = _box(inner[0]) if inner and item["type"] == "listItem" else None
        if box is None or any(child["type"] != "taskList" for child in inner[1:]) or inner[2:]:
            return bullets
        items.append(_task(inner[0], box))
        items.extend(inner[1:])
    return node("taskList", items) if items else bullets


def _box(paragraph: Node) -> re.Match[str] | None:
    first = content(paragraph)[0] if content(paragraph) else None
    if paragraph["type"] != "paragraph" or first is None or marks(paragraph):
        return None
    if first["type"] != "text" or marks(first):
        return None
    return BOX.match(first["text"])


def _task(paragraph: Node, box: re.Match[str]) -> Node:
    first, *rest = content(paragraph)
    inner = tidy_inline([text(first["text"][box.end() :]), *rest])
    return node("taskItem", inner, state="TODO" if box[1] == " " else "DONE")


def _table(table: Node) -> Node:
    """Rows of one length, where no cell spans others; no header of nothing but empty cells."""
    rows = [
        _refill(row, [_refill(cell, _apart(tidy_blocks(content(cell)))) for cell in content(row)])
        for row in content(table)
    ]
    if len(rows) > 1 and all(
        cell["type"] == "tableHeader" and not content(cell) and not cell.get("attrs")
        for cell in content(rows[0])
    ):
        rows = rows[1:]
    cells = [cell for row in rows for cell in content(row)]
    if not any(attr(cell, "colspan", 1) != 1 or attr(cell, "rowspan", 1) != 1 for cell in cells):
        width = max((len(content(row)) for row in rows), default=0)
        rows = [
            _refill(row, content(row) + [node("tableCell")] * (width - len(content(row))))
            for row in rows
        ]
    return _refill(table, rows)


def _apart(blocks: Sequence[Node]) -> list[Node]:
    """A cell's blocks: an empty line within a paragraph there parts two paragraphs."""
    made: list[Node] = []
    for block in blocks:
        parts: list[list[Node]] = [[]]
        breaks = 0
        for each in content(block) if block["type"] == "paragraph" else []:
            breaks = breaks + 1 if each["type"] == "hardBreak" else 0
            if breaks == 2:
                parts.append([])
            parts[-1].append(each)
        made += [block] if len(parts) == 1 else [_refill(block, tidy_inline(p)) for p in parts]
    return made


def _split_lines(inline: Node) -> list[Node]:
    """Line ends inside texts are hard breaks; marks stand in one order, each once."""
    kept, inline = sort_marks(marks(inline)), sound(inline)
    if inline["type"] == "raw":
        pieces = [raw(line, kept) for line in attr(inline, "text", "").split("\n")]
    elif inline["type"] == "text":
        cleaned = clean(inline["text"])
        if any(of["type"] == "code" for of in kept):
            cleaned = cleaned.replace("\n", " ")
        pieces = [text(line, kept) for line in cleaned.split("\n")]
    else:
        return [hard_break() if inline["type"] == "hardBreak" else marked(inline, kept)]
    broken = [hard_break() for _ in range(2 * len(pieces) - 1)]
    broken[::2] = pieces
    return [piece for piece in broken if piece.get("text") != "" and attr(piece, "text") != ""]


def sort_marks(given: Iterable[Mark]) -> list[Mark]:
    """One mark of each type, in one order and spelled in one way."""
    by_type: dict[str, Mark] = {}
    for each in given:
        by_type.setdefault(each["type"], _tidy_mark(sound(each)))
    return sorted(by_type.values(), key=lambda each: (RANK.get(each["type"], 9), key(each)))


def _tidy_mark(given: Mark) -> Mark:
    match given["type"]:
        case "link":
            href = tidy_url(str(attr(given, "href", "")))
            return mark("link", href=href, title=attr(given, "title") or None)
        case "textColor":
            return mark("textColor", color=tidy_color(attr(given, "color", "")))
    return given


def _line(value: object) -> str:
    return " ".join(str(value or "").translate(CONTROLS).split())


def tidy_color(value: str) -> str:
    """The colour in lower case, with six digits where it has three."""
    lowered = value.lower()
    short = re.fullmatch(r"#([0-9a-f])([0-9a-f])([0-9a-f])", lowered)
    return "#" + "".join(digit * 2 for digit in short.groups()) if short else lowered


def _linked(inline: Node) -> list[Node]:
    """Bare addresses become links; a link that would run something becomes text."""
    link = get_mark(inline, "link")
    if link is not None and not is_safe(attr(link, "href", "")):
        others = [each for each in marks(inline) if each is not link]
        if inline["type"] == "text":
            return [text(f"[{inline['text']}]({attr(link, 'href')})", others)]
        return [marked(inline, others)]
    if inline["type"] != "text" or link is not None or has_mark(inline, "code"):
        return [inline]
    return list(_split_bare(inline["text"], marks(inline)))


def _split_bare(source: str, kept: list[Mark]) -> Iterable[Node]:
    end = 0
    while found := find_bare(source, end):
        start, stop = found
        if start > end:
            yield text(source[end:start], kept)
        url = source[start:stop]
        yield text(url, sort_marks([*kept, mark("link", href=url)]))
        end = stop
    if end < len(source):
        yield text(source[end:], kept)


def _hoisted(nodes: list[Node]) -> Iterable[Node]:
    """White space at the ends of a marked run stands outside it, as markup demands."""
    for place, each in enumerate(nodes):
        if each["type"] != "text" or not marks(each) or has_mark(each, "code"):
            yield each
            continue
        before, after = _keys(nodes, place - 1), _keys(nodes, place + 1)
        whole = each["text"]
        inner = whole.strip(WHITE)
        lead = whole[: len(whole) - len(whole.lstrip(WHITE))]
        if not inner:
            yield marked(each, [m for m in marks(each) if key(m) in before & after])
            continue
        if lead:
            yield text(lead, [m for m in marks(each) if key(m) in before])
        yield text(inner, marks(each))
        if trail := whole[len(lead) + len(inner) :]:
            yield text(trail, [m for m in marks(each) if key(m) in after])


def _keys(nodes: list[Node], place: int) -> set[str]:
    return {key(each) for each in marks(nodes[place])} if 0 <= place < len(nodes) else set()


def _stripped(nodes: list[Node]) -> list[Node]:
    """Without blanks at the ends of lines, and without breaks at the ends of the whole."""
    lines: list[list[Node]] = [[]]
    for each in nodes:
        if each["type"] == "hardBreak":
            lines.append([])
        else:
            lines[-1].append(each)
    lines = [_strip_end(_strip_start(line, " \t"), " \t") for line in lines]
    filled = [place for place, line in enumerate(lines) if _strip_start(line, WHITE)]
    if not filled:
        return []
    lines = lines[filled[0] : filled[-1] + 1]
    lines[0] = _strip_start(lines[0], WHITE)
    lines[-1] = _strip_end(lines[-1], WHITE)
    made = lines[0]
    for line in lines[1:]:
        made += [hard_break(), *line]
    return made


def _strip_start(line: list[Node], blanks: str) -> list[Node]:
    for place, each in enumerate(line):
        if each["type"] != "text" or has_mark(each, "code"):
            return line[place:]
        if rest := each["text"].lstrip(blanks):
            return [text(rest, marks(each)), *line[place + 1 :]]
    return []


def _strip_end(line: list[Node], blanks: str) -> list[Node]:
    for place in range(len(line) - 1, -1, -1):
        each = line[place]
        if each["type"] != "text" or has_mark(each, "code"):
            return line[: place + 1]
        if rest := each["text"].rstrip(blanks):
            return [*line[:place], text(rest, marks(each))]
    return []


def _merged(nodes: Iterable[Node]) -> list[Node]:
    """Neighbours of one type and with the same marks become one."""
    made: list[Node] = []
    parts: list[str] = []

    def close() -> None:
        if parts:
            joined, previous = "".join(parts), made[-1]
            build = text if previous["type"] == "text" else raw
            made[-1] = build(joined, marks(previous))
            parts.clear()

    for each in nodes:
        own = each["text"] if each["type"] == "text" else attr(each, "text", "")
        if each["type"] not in ("text", "raw"):
            close()
            made.append(each)
        elif parts and each["type"] == made[-1]["type"] and marks(each) == marks(made[-1]):
            parts.append(own)
        else:
            close()
            made.append(each)
            parts.append(own)
    close()
    return made
