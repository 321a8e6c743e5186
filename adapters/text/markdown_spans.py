"""Writes inline nodes as one or more lines of Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from markdown_it.common.utils import isMdAsciiPunct, isPunctChar, isWhiteSpace

from adapters.text.carried import shown, span
from adapters.text.links import BARE, MENTION, find_bare
from adapters.text.markdown_escape import Around, escape
from adapters.text.tree import Mark, Node, attr, get_mark, has_mark, key, marks, plain

DELIMITERS = {"strong": "**", "em": "_", "strike": "~~"}
TAGS = {"strong": "strong", "em": "em", "strike": "del", "underline": "ins"}
RANK = {name: rank for rank, name in enumerate(["link", "strong", "em", "strike"])}
NOT_BARE = re.compile(r"[*~]|&#?\w+;|_(?![^\W_])|(?<![^\W_])_")
"""What Markdown would read inside an address that stands bare."""


@dataclass(slots=True)
class Piece:
    """One part of the line to be written, in order."""

    kind: Literal["open", "close", "text", "done", "break"]
    of: Mark
    written: str = ""
    partner: int = -1
    link: bool = False


def write_inline(nodes: Sequence[Node], newline: str = "\n") -> str:
    """The Markdown of inline nodes; hard breaks are `newline`."""
    pieces = nest(nodes)
    _choose_delimiters(pieces)
    delimiters = "".join(piece.written for piece in pieces if piece.kind == "open")
    around = Around.of("".join(_outline(piece) for piece in pieces), delimiters)
    parts: list[str] = []
    for place, piece in enumerate(pieces):
        if piece.kind == "text":
            before, after = edge(pieces, place - 1, -1), edge(pieces, place + 1, 0)
            parts.append(escape(piece.written, around, before, after, link=piece.link))
        elif piece.kind == "break":
            doubled = place + 1 < len(pieces) and pieces[place + 1].kind == "break"
            parts.append("<br>" if doubled else newline)
        else:
            parts.append(piece.written)
    return "".join(parts)


def _outline(piece: Piece) -> str:
    if piece.kind in ("open", "close"):
        return ""
    return "\n" if piece.kind == "break" else piece.written


def nest(nodes: Sequence[Node]) -> list[Piece]:
    """The nodes with their marks' openings and closings, nested: the longest run outermost.

    Blanks at the ends of a part that is marked only because of the nesting stand outside it.
    """
    made: list[Piece] = []
    open_marks: list[tuple[str, int]] = []
    for place, (each, wanted, runs) in enumerate(_with_runs(nodes)):
        if any(name not in wanted for name, _ in open_marks):
            trail = _cut_end(made)
            while any(name not in wanted for name, _ in open_marks):
                _close(made, open_marks)
            made += trail
        held = {name for name, _ in open_marks}
        leaf = _leaf(each, nodes, place)
        opening = sorted(
            wanted.keys() - held, key=lambda n: (-runs[n], RANK.get(wanted[n]["type"], 9), n)
        )
        if opening and leaf.kind == "text" and leaf.written[0].isspace():
            inner = leaf.written.lstrip()
            made.append(Piece("text", each, leaf.written[: len(leaf.written) - len(inner)]))
            leaf.written = inner
        if leaf.written or leaf.kind == "break":
            for name in opening:
                open_marks.append((name, len(made)))
                made.append(Piece("open", wanted[name]))
            made.append(leaf)
    while open_marks:
        _close(made, open_marks)
    return made


def _close(made: list[Piece], open_marks: list[tuple[str, int]]) -> None:
    start = open_marks.pop()[1]
    made[start].partner = len(made)
    made.append(Piece("close", made[start].of, partner=start))


def _cut_end(made: list[Piece]) -> list[Piece]:
    """Takes the blanks off the end of the last text."""
    last = made[-1]
    inner = last.written.rstrip()
    if last.kind != "text" or not inner or inner == last.written:
        return []
    blanks, last.written = last.written[len(inner) :], inner
    return [Piece("text", last.of, blanks)]


def _with_runs(nodes: Sequence[Node]) -> list[tuple[Node, dict[str, Mark], dict[str, int]]]:
    """Each node, its marks by key, and how far each runs; a mark goes on over a break.

    A link does not: two lines that link to one place are two links.
    """
    made: list[tuple[Node, dict[str, Mark], dict[str, int]]] = []
    following: dict[str, int] = {}
    carried: dict[str, Mark] = {}
    for place in range(len(nodes) - 1, -1, -1):
        each = nodes[place]
        if each["type"] == "hardBreak":
            before = _marks_before(nodes, place)
            wanted = {
                name: of for name, of in carried.items() if name in before and of["type"] != "link"
            }
        else:
            bare = _is_bare(nodes, place)
            wanted = {
                key(of): of
                for of in marks(each)
                if of["type"] != "code" and not (bare and of["type"] == "link")
            }
        following = {name: following.get(name, 0) + 1 for name in wanted}
        carried = wanted
        made.append((each, wanted, following))
    return made[::-1]


def _marks_before(nodes: Sequence[Node], place: int) -> set[str]:
    while place and nodes[place]["type"] == "hardBreak":
        place -= 1
    return {key(of) for of in marks(nodes[place])}


def _is_bare(nodes: Sequence[Node], place: int) -> bool:
    """Is the node a link that Markdown finds by itself in the text as it stands?"""
    each = nodes[place]
    link = get_mark(each, "link")
    if link is None or each["type"] != "text" or attr(link, "title") or has_mark(each, "code"):
        return False
    url = each["text"]
    if url != attr(link, "href") or not BARE.fullmatch(url):
        return False
    before = plain(nodes[place - 1 : place])[-1:] if place else ""
    after = plain(nodes[place + 1 : place + 2])
    if NOT_BARE.search(url + after[:1]):
        return False
    found = find_bare(before + url + after[:200])
    return found == (len(before), len(before) + len(url))


def _leaf(each: Node, nodes: Sequence[Node], place: int) -> Piece:
    kind = each["type"]
    if kind == "hardBreak":
        return Piece("break", each)
    if kind != "text":
        return Piece("done", each, write_leaf(each))
    if has_mark(each, "code"):
        return Piece("done", each, write_code(each["text"]))
    if has_mark(each, "link"):
        if _is_bare(nodes, place):
            return Piece("done", each, each["text"])
        return Piece("text", each, each["text"], link=True)
    return Piece("text", each, each["text"])


def write_code(content: str) -> str:
    longest = max((len(run) for run in re.findall("`+", content)), default=0)
    fence = "`" * (longest + 1)
    padded = content.startswith("`") or content.endswith("`")
    padded = padded or (content[:1] == content[-1:] == " " and content.strip(" ") != "")
    return f"{fence} {content} {fence}" if padded else fence + content + fence


def write_leaf(each: Node) -> str:
    """A node without text inside."""
    match each["type"]:
        case "raw":
            return str(attr(each, "text"))
        case "image":
            return write_image(each)
        case "mention" if attr(each, "id"):
            label = attr(each, "text") or "@" + attr(each, "id")
            written = escape(label, Around(), "[", "]", link=True)
            return f"[{written}]({MENTION}{quote(attr(each, 'id'))})"
        case "inlineCard" if re.fullmatch(r"https?://[^\s<>]+", attr(each, "url", "")):
            return f"<{attr(each, 'url')}>"
    return write_carried(each, "data-adf")


def write_carried(leaf: Node, name: str) -> str:
    """A node that Markdown has no words for, around its text."""
    return f"{span(name, leaf)}{escape(shown(leaf), Around(brackets=True), '>', '<')}</span>"


def write_image(each: Node) -> str:
    url, alt, title = attr(each, "url", ""), attr(each, "alt", ""), attr(each, "title")
    if attr(each, "width") is None and attr(each, "height") is None:
        label = escape(alt, Around(brackets=True), "[", "]", link=True)
        return f"![{label}]({write_target(url, title)})"
    listed = {
        name: attr(each, name)
        for name in ("width", "height", "alt", "title")
        if attr(each, name) is not None
    }
    listed = {**listed, "src": url}
    written = "".join(f' {name}="{html.escape(str(value))}"' for name, value in listed.items())
    return f"<img{written}>"


def write_target(url: str, title: str | None = None) -> str:
    """A link's address and title, as they stand between the parentheses."""
    balanced = url.count("(") == url.count(")") == len(re.findall(r"\([^()]*\)", url))
    written = url.replace("&", "&amp;") if re.search(r"&#?\w+;", url) else url
    if not url or not balanced:
        written = f"<{written}>"
    if title:
        quoted = " ".join(title.split()).replace("\\", "\\\\").replace('"', '\\"')
        written += f' "{escape_entities(quoted)}"'
    return written


def escape_entities(source: str) -> str:
    return re.sub(r"&(?=#?\w+;)", "&amp;", source)


def _choose_delimiters(pieces: list[Piece]) -> None:
    """How each mark opens and closes: Markdown's delimiters where they work, else tags."""
    for place, piece in enumerate(pieces):
        if piece.kind == "open":
            closing = pieces[piece.partner]
            piece.written, closing.written = _delimiters(pieces, place, piece.partner)


def _delimiters(pieces: list[Piece], start: int, end: int) -> tuple[str, str]:
    of = pieces[start].of
    match of["type"]:
        case "link":
            return "[", f"]({write_target(attr(of, 'href', ''), attr(of, 'title'))})"
        case "strong" | "strike" if _flanks(pieces, start, end, words=True):
            return DELIMITERS[of["type"]], DELIMITERS[of["type"]]
        case "em" if _flanks(pieces, start, end, words=False):
            return "_", "_"
        case "em" if _flanks(pieces, start, end, words=True) and _plain_inside(pieces, start, end):
            return "*", "*"
        case "strong" | "em" | "strike" | "underline":
            return f"<{TAGS[of['type']]}>", f"</{TAGS[of['type']]}>"
        case "subsup" if attr(of, "type") in ("sub", "sup"):
            return f"<{attr(of, 'type')}>", f"</{attr(of, 'type')}>"
        case "textColor" if re.fullmatch(r"#?\w+", attr(of, "color", "")):
            return f'<font color="{attr(of, "color")}">', "</font>"
    return span("data-adf-mark", of), "</span>"


def _flanks(pieces: list[Piece], start: int, end: int, *, words: bool) -> bool:
    """Do delimiters at these places open and close? `words`: also inside of words, as `*` does."""
    outer_left, inner_left = _class(pieces, start - 1, -1), _class(pieces, start + 1, 0)
    inner_right, outer_right = _class(pieces, end - 1, -1), _class(pieces, end + 1, 0)
    opens = inner_left == "word" or (inner_left == "mark" and outer_left != "word")
    closes = inner_right == "word" or (inner_right == "mark" and outer_right != "word")
    if not words:
        opens = opens and outer_left != "word"
        closes = closes and outer_right != "word"
    return opens and closes


def _plain_inside(pieces: list[Piece], start: int, end: int) -> bool:
    neighbours = pieces[max(start - 1, 0) : start] + pieces[end + 1 : end + 2]
    return all(piece.kind not in ("open", "close") for piece in neighbours) and all(
        piece.kind in ("text", "done", "break") for piece in pieces[start + 1 : end]
    )


def _class(pieces: list[Piece], place: int, side: int) -> Literal["blank", "mark", "word"]:
    char = edge(pieces, place, side)
    if not char or isWhiteSpace(ord(char)):
        return "blank"
    return "mark" if isMdAsciiPunct(ord(char)) or isPunctChar(char) else "word"


def edge(pieces: Sequence[Piece], place: int, side: int) -> str:
    """The character that a piece shows to its neighbour; "" at a line's ends."""
    if not 0 <= place < len(pieces) or pieces[place].kind == "break":
        return ""
    piece = pieces[place]
    if piece.kind in ("open", "close"):
        return piece.written[side] if piece.written else "*"
    return piece.written[side] if piece.written else ""
