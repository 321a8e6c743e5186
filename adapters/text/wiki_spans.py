"""Writes inline nodes as lines of wiki markup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import accumulate
from urllib.parse import quote, unquote

from adapters.text.carried import RAW_COLOR, span
from adapters.text.links import ATTACHMENT
from adapters.text.markdown_spans import Piece, edge, nest, write_leaf
from adapters.text.tree import Node, attr, has_mark
from adapters.text.wiki_escape import Line, escape_mono, escape_wiki
from adapters.text.wiki_inline import IMAGE_NAME, SHAPES

PHRASES = {"strong": "*", "em": "_", "strike": "-", "underline": "+"}
RAW = f"{{color:{RAW_COLOR}}}"
IN_NAME = re.compile(r"[\x00-\x1f{}\[\]|\\!]|%(?=[0-9A-Fa-f]{2})")
ADDRESS_END = re.compile(r"https?://[^\s<>|\[\]{}\\^\"`]*$")
BULLET = re.compile(r"[*#-]+[ \t]|-{4,}[ \t]*$")
FEW = 4
"""So many parts of a line are looked at beside one."""
CITE = {"<cite>": "??", "</cite>": "??"}


def write_wiki_lines(nodes: Sequence[Node], *, cell: bool = False) -> list[str]:
    """One line for each hard break; two breaks in a row are one line's end and a `\\\\`."""
    lines: list[list[Node]] = [[]]
    for each in nodes:
        if each["type"] == "hardBreak":
            lines.append([])
        else:
            lines[-1].append(each)
    made: list[str] = []
    for line in lines:
        if line or not made:
            made.append(_line(line, cell))
        else:
            made[-1] += "\\\\"
    return made


def _line(nodes: Sequence[Node], cell: bool) -> str:
    pieces = nest(nodes)
    for place, piece in enumerate(pieces):
        if piece.kind == "done":
            inside = piece.of["type"] == "image" and edge(pieces, place - 1, -1).isalnum()
            write = _raw_leaf if inside else _leaf
            piece.written = write(piece.of, cell, label=has_mark(piece.of, "link"))
            if piece.written == "??" and _is_in_word(pieces, place):
                piece.written = "{??}"
        elif piece.kind == "open":
            closing = pieces[piece.partner]
            piece.written, closing.written = _delimiters(pieces, place)
    _shorten(pieces)
    outline = ["\0" if piece.kind != "text" else piece.written for piece in pieces]
    offsets = [0, *accumulate(len(part) for part in outline)]
    used = frozenset(x.written.strip("{}") for x in pieces if x.kind == "open")
    used |= {"!" for x in pieces if x.kind != "text" and "!" in x.written}
    line = Line.of("".join(outline), used, cell=cell)
    parts = [
        escape_wiki(
            piece.written,
            line,
            offsets[place],
            (edge(pieces, place - 1, -1), edge(pieces, place + 1, 0)),
            label=piece.link,
        )
        if piece.kind == "text"
        else piece.written
        for place, piece in enumerate(pieces)
    ]
    return "".join(parts)


def _delimiters(pieces: Sequence[Piece], place: int) -> tuple[str, str]:
    of, end = pieces[place].of, pieces[place].partner
    if of["type"] == "link":
        return "[", f"|{_target(attr(of, 'href', ''))}{_tip(attr(of, 'title'))}]"
    if of["type"] == "textColor" and re.fullmatch(r"#?\w+", attr(of, "color", "")):
        return f"{{color:{attr(of, 'color')}}}", "{color}"
    phrase = PHRASES.get(of["type"]) or {"sub": "~", "sup": "^"}.get(str(attr(of, "type")))
    if phrase is None:
        return _raw(span("data-adf-mark", of), cell=True), _raw("</span>", cell=True)
    inside = edge(pieces, place - 1, -1).isalnum() or edge(pieces, end + 1, 0).isalnum()
    dashed = phrase == "-" and "-" in _around(pieces, place, end)
    swallowed = _is_swallowed(pieces, place) or (phrase in "+-^" and _ends_address(pieces, end))
    forced = inside or dashed or swallowed
    return (f"{{{phrase}}}",) * 2 if forced else (phrase, phrase)


def _is_in_word(pieces: Sequence[Piece], place: int) -> bool:
    """Does a citation's start stand after a letter, or its end before one?"""
    if attr(pieces[place].of, "text") == "<cite>":
        return edge(pieces, place - 1, -1).isalnum()
    return edge(pieces, place + 1, 0).isalnum()


def _ends_address(pieces: Sequence[Piece], place: int) -> bool:
    """Does a bare address stand right before the place?"""
    before = "".join(piece.written[-500:] for piece in pieces[max(place - FEW, 0) : place])
    return bool(ADDRESS_END.search(before))


def _is_swallowed(pieces: Sequence[Piece], place: int) -> bool:
    """Would a phrase's first sign be part of an address before it, or a bullet with the text?"""
    if place:
        return _ends_address(pieces, place)
    signs = [
        piece.written if piece.kind in ("text", "done") else PHRASES.get(piece.of["type"], ".")
        for piece in pieces[: 2 * FEW]
    ]
    return bool(BULLET.match("".join(signs)))


def _around(pieces: Sequence[Piece], start: int, end: int) -> str:
    """The four characters next to a phrase's delimiters."""
    places = [(start - 1, -1), (start + 1, 0), (end - 1, -1), (end + 1, 0)]
    return "".join(edge(pieces, place, side) for place, side in places if place != end or side)


def _shorten(pieces: list[Piece]) -> None:
    """Links whose text is their target: only the target stands in the brackets."""
    for place, piece in enumerate(pieces):
        if piece.kind != "open" or piece.of["type"] != "link" or piece.partner != place + 2:
            continue
        label, closing = pieces[place + 1], pieces[piece.partner]
        href = attr(piece.of, "href", "")
        names = {"#": href, "^": _file(href), "": href}
        sign = "^" if href.startswith(ATTACHMENT) else "#" if href.startswith("#") else ""
        plain_label = label.kind == "text" and label.written in (names[sign], mail(href))
        if plain_label and not attr(piece.of, "title") and reads_alone(_target(href)):
            piece.written = closing.written = ""
            label.kind, label.written = "done", f"[{_target(href)}]"


def mail(href: str) -> str | None:
    """The text of a link to an address that stands alone in brackets."""
    return href.removeprefix("mailto:") if href.startswith("mailto:") else None


def reads_alone(target: str) -> bool:
    """Is the target in brackets, without a label, a link with the target as its text?"""
    return bool(re.fullmatch(r"[#^][^\s|]+|(?:mailto|ftps?|file):[^\s|]+", target))


def _target(href: str) -> str:
    if href.startswith(ATTACHMENT):
        return "^" + _file(href)
    return re.sub(r"&(?=#?\w+;)", "&amp;", href)


def _file(href: str) -> str:
    """The name of an attachment; what wiki markup would read in it stays encoded."""
    name = unquote(href.removeprefix(ATTACHMENT))
    return IN_NAME.sub(lambda found: quote(found[0]), name)


def _tip(title: str | None) -> str:
    return "" if not title else "|" + _entities(" ".join(title.split()))


def _entities(source: str) -> str:
    """Text where no backslash helps: between the bars of a link or an image."""
    return re.sub(r'[\[\]|!"{}\\]|&(?=#?\w+;)', lambda found: f"&#{ord(found[0])};", source)


def _leaf(each: Node, cell: bool, *, label: bool) -> str:
    match each["type"]:
        case "text" if has_mark(each, "code"):
            return f"{{{{{escape_mono(each['text'], cell=cell, label=label)}}}}}"
        case "text":
            return str(each["text"])
        case "raw" if attr(each, "text") in CITE:
            return CITE[attr(each, "text")]
        case "mention" if re.fullmatch(r"[^\s|\[\]{}]+", attr(each, "id", "")):
            named = attr(each, "text") not in (None, "@" + attr(each, "id"))
            name = _entities(attr(each, "text")) + "|" if named else ""
            return f"[{name}~{attr(each, 'id')}]"
        case "inlineCard" if re.fullmatch(r"https?://[^\s|\[\]{}]+", attr(each, "url", "")):
            return f"[{_target(attr(each, 'url'))}]"
        case "image" if _is_file(attr(each, "url", "")):
            return _image(each)
    return _raw_leaf(each, cell, label=label)


def _raw_leaf(each: Node, cell: bool, *, label: bool) -> str:
    return _raw(write_leaf(each), cell, label=label)


def _raw(markdown: str, cell: bool, *, label: bool = False) -> str:
    """Markdown of a line, in its colour."""
    line = Line({}, frozenset("*_-+^~") | {"??"}, cell)
    return RAW + escape_wiki(markdown, line, 0, ("}", "{"), label=label) + "{color}"


def _is_file(url: str) -> bool:
    """Is it no bare file name, which wiki markup would read as an attachment's?"""
    return "/" in url or url.startswith(ATTACHMENT)


def _image(each: Node) -> str:
    url = attr(each, "url", "")
    name = _file(url) if url.startswith(ATTACHMENT) else url.replace("!", "%21")
    attached = url.startswith(ATTACHMENT)
    listed = {key: value for key, value in (each.get("attrs") or {}).items() if key in SHAPES}
    if listed.get("alt", "") == (name if attached else ""):
        listed.pop("alt", None)
    thumbnail = listed.get("title") == "thumbnail" and listed.pop("title")
    shapes = ["thumbnail"] if thumbnail else []
    shapes += [
        f'{key}="{_entities(str(value))}"' if not str(value).isdigit() else f"{key}={value}"
        for key, value in sorted(listed.items())
    ]
    if not shapes and not IMAGE_NAME.fullmatch(name):
        shapes = ['alt=""']
    return f"!{name}{'|' if shapes else ''}{','.join(shapes)}!"


__all__ = ["write_wiki_lines"]
