"""Reads the inside of lines of wiki markup: phrases, links, images, colours."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from adapters.text.carried import RAW_COLOR, color
from adapters.text.links import ATTACHMENT, find_bare, is_safe, tidy_url
from adapters.text.tree import (
    Mark,
    Node,
    hard_break,
    image,
    mark,
    marked,
    marks,
    node,
    plain,
    raw,
    text,
)

CITE = "??"
PHRASES: dict[str, Mark] = {
    "*": mark("strong"),
    "_": mark("em"),
    "-": mark("strike"),
    "+": mark("underline"),
    "^": mark("subsup", type="sup"),
    "~": mark("subsup", type="sub"),
    CITE: mark("cite"),
}
ESCAPABLE = "{}[]*_+^~!|?#-"
"""What a backslash keeps from being markup; before any other character it is a backslash."""
ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
TOKEN = re.compile(
    r"(?P<break>\n|\\\\)"
    rf"|\\(?P<escaped>[{re.escape(ESCAPABLE)}])"
    rf"|(?P<entity>{ENTITY.pattern})"
    r"|(?P<mono>\{\{)"
    r"|(?P<color>\{color(?::[^{}\n]*)?\})"
    r"|\{(?P<forced>[*_+^~-]|\?\?)\}"
    r"|\[(?P<link>[^\[\]\n]+)\]"
    r"|(?P<image>(?<![^\W_])!(?=\S)(?P<src>[^!|\n]+)(?:\|(?P<shape>[^!\n]*))?!)"
    r"|(?P<url>(?<![\w/])https?://)"
    r"|(?P<phrase>\*+|_+|\++|\^+|~+|-+|\?{2,})"
)
IN_IMAGE = re.compile(r"(?<![^\W_])(?<!\\)!(?![\s|!])[^!]*!")
MONO = re.compile(r"((?:\\.|[^\n\\])+?)\}\}")
IMAGE_NAME = re.compile(r"(?:https?://|jira-attachment:)\S+|\S.*\.[A-Za-z][A-Za-z0-9]{1,4}")
NAMED_FILE = re.compile(r"([^|^]*[^|^\s])\^([^|^\s]+\.[A-Za-z][A-Za-z0-9]{1,4})")
"""`[words^file.txt]`, an older way to name an attachment."""
SHAPE = re.compile(r"""\s*([a-zA-Z]+)\s*(?:=\s*("[^"]*"|[^,]*))?\s*(?:,|$)""")
SHAPES = frozenset({"alt", "title", "width", "height", "align", "vspace", "hspace", "border"})
MOST_NESTED = 16
"""How many openings back the one of an ending is looked for."""
SMART = frozenset({"smart-link", "smart-card", "smart-embed"})


@dataclass(slots=True)
class Colors:
    """The colours that are on; they go on over lines and blocks until they are closed."""

    on: list[str] = field(default_factory=list)

    def switch(self, opening: str) -> None:
        if opening == "{color}":
            del self.on[-1:]
        else:
            self.on.append(opening[len("{color:") : -1].strip())

    def paint(self, each: Node) -> Node:
        if not self.on or each["type"] == "hardBreak":
            return each
        if self.on[-1].lower() == RAW_COLOR and each["type"] == "text":
            around = [color(of) for of in self.on if of.lower() != RAW_COLOR]
            return raw(each["text"], [*marks(each), *around[-1:]])
        return marked(each, [*marks(each), color(self.on[-1])])


@dataclass(slots=True)
class _Phrase:
    """Characters that may start or end a phrase."""

    kind: str
    literal: Node
    """What it is where it does neither."""
    opens: bool
    closes: bool
    partner: bool = False


def read_wiki_line(source: str, colors: Colors) -> list[Node]:
    """Inline nodes, not yet tidy, of one or more lines."""
    made: list[Node] = []
    line: list[Node | _Phrase] = []
    for token in _tokens(source, colors):
        if isinstance(token, dict) and token["type"] == "hardBreak":
            made += [*_resolved(line), token]
            line = []
        else:
            line.append(token)
    return made + _resolved(line)


def _tokens(source: str, colors: Colors) -> Iterator[Node | _Phrase]:
    position = without_mono = 0
    while found := TOKEN.search(source, position):
        if found.start() > position:
            yield colors.paint(text(source[position : found.start()]))
        position = found.end()
        match found.lastgroup:
            case "mono":
                mono = _mono(source, position) if position >= without_mono else None
                if mono is None:
                    without_mono = max(without_mono, _line_end(source, position))
                    yield colors.paint(text("{{"))
                else:
                    position = mono.end()
                    yield colors.paint(text(unescape(mono[1]), [mark("code")]))
            case "url":
                bare = find_bare(source, found.start())
                position = bare[1] if bare and bare[0] == found.start() else position
                entity = ENTITY.search(source, found.start(), position + 1)
                position = entity.start() if entity else position
                yield colors.paint(text(source[found.start() : position]))
            case "color":
                colors.switch(found["color"])
            case "forced":
                yield _Phrase(
                    found["forced"], colors.paint(text(found[0])), opens=True, closes=True
                )
            case "phrase":
                yield _phrase(source, found, colors.paint(text(found[0])))
            case _:
                nodes = _nodes(found, colors)
                if nodes is None:
                    nodes, position = [text(found[0][0])], found.start() + 1
                yield from (colors.paint(each) for each in nodes)
    if position < len(source):
        yield colors.paint(text(source[position:]))


def _mono(source: str, start: int) -> re.Match[str] | None:
    """Code after its `{{` and up to its `}}`, in one line."""
    if source.find("}}", start, _line_end(source, start)) < 0:
        return None
    return MONO.match(source, start)


def _line_end(source: str, start: int) -> int:
    end = source.find("\n", start)
    return end if end >= 0 else len(source)


def unescape(source: str) -> str:
    """Text without its backslashes and entities."""
    bare = re.sub(rf"\\([{re.escape(ESCAPABLE)}])", r"\1", source)
    return decode(bare)


def decode(source: str) -> str:
    """Text without its entities; one that no semicolon ends is none, as in an address's query."""
    return ENTITY.sub(lambda found: html.unescape(found[0]), source)


def _phrase(source: str, found: re.Match[str], literal: Node) -> _Phrase | Node:
    """What may start or end a phrase here; a character that stands twice may not."""
    run = found[0]
    if len(run) > 1 and run != CITE:
        return literal
    previous = source[found.start() - 1] if found.start() else " "
    following = source[found.end()] if found.end() < len(source) else " "
    opens = not previous.isalnum() and not following.isspace()
    closes = not previous.isspace() and not following.isalnum()
    return _Phrase(run, literal, opens, closes)


def _nodes(found: re.Match[str], colors: Colors) -> list[Node] | None:
    """What a token says; None where it is only a character that looked like one."""
    match found.lastgroup:
        case "break":
            return [hard_break()]
        case "escaped":
            return [text(found["escaped"])]
        case "entity":
            return [text(html.unescape(found["entity"]))]
        case "link":
            return _link(found["link"], colors)
        case "image":
            picture = _image(found["src"], found["shape"])
            return [picture] if picture else None
    return None


def _link(inside: str, colors: Colors) -> list[Node] | None:
    """`[target]`, `[label|target]` or `[label|target|tip]`; None where it is only brackets."""
    if named := NAMED_FILE.fullmatch(inside):
        inside = f"{named[1]}|^{named[2]}"
    hidden = IN_IMAGE.sub(lambda found: found[0].replace("|", "\0"), inside)
    parts = [part.strip().replace("\0", "|") for part in hidden.split("|")]
    target = parts[0] if len(parts) == 1 else parts[1]
    if not target or (re.search(r"\s", target) and target[0] != "^") or len(parts) > 3:
        return None
    label = parts[0] if len(parts) > 1 else ""
    if target[0] == "~" and len(target) > 1:
        shown = unescape(label) or "@" + target[1:]
        return [node("mention", id=target[1:], text=shown)]
    if len(parts) == 1:
        return _bare_link(target)
    href = ATTACHMENT + tidy_url(target[1:]) if target[0] == "^" else decode(target)
    tip = unescape(parts[2]) if len(parts) > 2 else None
    if tip in SMART and label == target and href.startswith("http"):
        return [node("inlineCard", url=tidy_url(href))]
    inner = read_wiki_line(label, colors)
    if not inner or not (plain(inner).strip() or any(x["type"] == "image" for x in inner)):
        return None
    link = mark("link", href=href, title=tip or None)
    return [marked(each, [*marks(each), link]) for each in inner]


def _bare_link(target: str) -> list[Node] | None:
    if target[0] in "^#" and len(target) > 1:
        href = ATTACHMENT + tidy_url(target[1:]) if target[0] == "^" else target
        return [text(target.removeprefix("^"), [mark("link", href=href)])]
    scheme = re.match(
        r"(https?|mailto|ftps?|file|[a-z][a-z0-9+.-]+(?=://)):", target, re.IGNORECASE
    )
    if scheme is None:
        return None
    href = decode(target)
    if scheme[1].lower().startswith("http"):
        return [node("inlineCard", url=tidy_url(href))]
    return [text(href.removeprefix("mailto:"), [mark("link", href=href)])]


def _image(src: str, shape: str | None) -> Node | None:
    """`!src|width=300,alt="…"!`; None where it is only exclamation marks."""
    listed = [(found[1].lower(), found[2]) for found in SHAPE.finditer(shape or "")]
    known = {name: decode(value.strip().strip('"')) for name, value in listed if value}
    known = {name: value for name, value in known.items() if name in SHAPES}
    if ("thumbnail", None) in listed or ("thumbnail", "") in listed:
        known.setdefault("title", "thumbnail")
    if not (IMAGE_NAME.fullmatch(src) or known) or not is_safe(src):
        return None
    url = decode(src.strip())
    if "/" not in url and not url.startswith(("data:", ".")):
        url = ATTACHMENT + url.removeprefix(ATTACHMENT)
    alt = known.pop("alt", url.removeprefix(ATTACHMENT) if url.startswith(ATTACHMENT) else "")
    return image(url, alt, **known)


def _resolved(line: Sequence[Node | _Phrase]) -> list[Node]:
    """The nodes of a line with the marks of the phrases that they stand in."""
    waiting: list[_Phrase] = []
    for token in line:
        if isinstance(token, _Phrase):
            if token.closes and (opener := _opener(waiting, token)):
                token.partner = opener.partner = True
                token.opens, opener.closes = False, False
            elif token.opens:
                waiting.append(token)
    made: list[Node] = []
    on: list[Mark] = []
    for token in line:
        if not isinstance(token, _Phrase):
            made.append(marked(token, [*marks(token), *on]) if on else token)
        elif not token.partner:
            made.append(marked(token.literal, [*marks(token.literal), *on]))
        elif token.kind == CITE:
            made.append(raw("<cite>" if token.opens else "</cite>", on))
        elif token.opens:
            on.append(PHRASES[token.kind])
        else:
            on.remove(PHRASES[token.kind])
    return made


def _opener(waiting: list[_Phrase], closer: _Phrase) -> _Phrase | None:
    """The phrase that this ends; those that were opened inside of it are none."""
    for back in range(1, min(len(waiting), MOST_NESTED) + 1):
        if waiting[-back].kind == closer.kind:
            opener = waiting[-back]
            del waiting[-back:]
            return opener
    return None
