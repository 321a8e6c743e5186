"""Reads the inside of a line of Markdown: markdown-it's inline tokens become inline nodes."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from urllib.parse import unquote

from markdown_it.token import Token

from adapters.text.carried import color, edited, load_span
from adapters.text.links import MENTION, tidy_url
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

TAG_MARKS: dict[str, Mark] = {
    "b": mark("strong"),
    "strong": mark("strong"),
    "i": mark("em"),
    "em": mark("em"),
    "s": mark("strike"),
    "del": mark("strike"),
    "strike": mark("strike"),
    "u": mark("underline"),
    "ins": mark("underline"),
    "sub": mark("subsup", type="sub"),
    "sup": mark("subsup", type="sup"),
}
TOKEN_MARKS = {"strong": mark("strong"), "em": mark("em"), "s": mark("strike")}
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)([^>]*)>")
BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
FONT = re.compile(r"""\s+color\s*=\s*["']([\w#]+)["']\s*""")
IMAGE = re.compile(r"<img((?:\s+[a-z-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[\w%#.:/-]+))+)\s*/?>", re.I)
IMAGE_ATTRIBUTE = re.compile(r"([a-z-]+)\s*=\s*(\"[^\"]*\"|'[^']*'|[\w%#.:/-]+)", re.I)
IMAGE_ATTRIBUTES = {"src", "alt", "title", "width", "height"}


def read_inline(tokens: Sequence[Token]) -> list[Node]:
    """Inline nodes, not yet tidy."""
    made: list[Node] = []
    pairs = _pairs(tokens)
    open_marks: list[Mark] = []
    link_start: tuple[int, Token] | None = None
    place = 0
    while place < len(tokens):
        token = tokens[place]
        name = token.type.removesuffix("_open").removesuffix("_close")
        if token.type == "link_open":
            link_start = len(made), token
        elif token.type == "link_close" and link_start:
            made[link_start[0] :] = _link(made[link_start[0] :], link_start[1], open_marks)
            link_start = None
        elif name in TOKEN_MARKS:
            _toggle(open_marks, TOKEN_MARKS[name], token.nesting)
        elif place in pairs and pairs[place][1] is not None:
            _toggle(open_marks, pairs[place][1] or {}, 1 if pairs[place][0] > place else -1)
        elif place in pairs:
            end = pairs[place][0]
            inner = plain(read_inline(tokens[place + 1 : end]))
            revived = _revived(token.content, inner)
            made.append(marked(revived, [*marks(revived), *open_marks]))
            place = end
        else:
            made += [marked(each, [*marks(each), *open_marks]) for each in _leaf(token)]
        place += 1
    return made


def _toggle(open_marks: list[Mark], of: Mark, nesting: int) -> None:
    if nesting > 0:
        open_marks.append(of)
    elif of in open_marks:
        del open_marks[len(open_marks) - 1 - open_marks[::-1].index(of)]


def _leaf(token: Token) -> list[Node]:
    match token.type:
        case "text" | "text_special":
            return [text(token.content)]
        case "code_inline":
            return [text(token.content, [mark("code")])]
        case "softbreak" | "hardbreak":
            return [hard_break()]
        case "image":
            src, title = str(token.attrGet("src") or ""), token.attrGet("title")
            alt = "".join(child.content for child in token.children or [])
            return [image(src, alt, str(title) if title else None)]
        case "html_inline":
            return _tag(token.content)
    return []


def _tag(tag: str) -> list[Node]:
    if BREAK.fullmatch(tag):
        return [hard_break()]
    return [read_image(tag) or raw(tag)]


def read_image(tag: str) -> Node | None:
    """The image of an `<img>` tag that says nothing else."""
    found = IMAGE.fullmatch(tag)
    if not found:
        return None
    listed = [(name.lower(), value) for name, value in IMAGE_ATTRIBUTE.findall(found[1])]
    attributes = {name: html.unescape(value.strip("\"'")) for name, value in listed}
    if not IMAGE_ATTRIBUTES.issuperset(attributes) or not attributes.get("src"):
        return None
    size = {name: attributes.get(name) for name in ("width", "height")}
    return image(attributes["src"], attributes.get("alt", ""), attributes.get("title"), **size)


def _link(inner: list[Node], opened: Token, around: list[Mark]) -> list[Node]:
    """The nodes of a link's text, linked; a smart card for `<address>`, a person for a mention."""
    href, title = str(opened.attrGet("href") or ""), opened.attrGet("title")
    label = plain(inner)
    if href.startswith(MENTION) and label.strip() and len(href) > len(MENTION):
        user = unquote(href.removeprefix(MENTION))
        return [marked(node("mention", id=user, text=label), around)]
    if not href or not any(each["type"] != "hardBreak" for each in inner) or _is_blank(inner):
        shown_title = f' "{title}"' if title else ""
        return [raw("["), *inner, raw(f"](<{tidy_url(href)}>{shown_title})")]
    if opened.info == "auto" and re.match(r"https?://", href):
        return [marked(node("inlineCard", url=tidy_url(href)), around)]
    link = mark("link", href=href, title=title or None)
    return [marked(each, [*marks(each), link]) for each in inner]


def _is_blank(nodes: list[Node]) -> bool:
    return all(each["type"] in ("text", "hardBreak") for each in nodes) and not plain(nodes).strip()


def _pairs(tokens: Sequence[Token]) -> dict[int, tuple[int, Mark | None]]:
    """Where a tag that we read opens and closes, each way, with its mark (None: a carried node)."""
    found: dict[int, tuple[int, Mark | None]] = {}
    waiting: dict[str, list[tuple[int, Mark | None] | None]] = {}
    for place, token in enumerate(tokens):
        tag = TAG.fullmatch(token.content) if token.type == "html_inline" else None
        if tag is None:
            continue
        name = tag[2].lower()
        if not tag[1]:
            known, meaning = _meaning(name, tag)
            waiting.setdefault(name, []).append((place, meaning) if known else None)
        elif waiting.get(name):
            opened = waiting[name].pop()
            if opened is not None:
                start, meaning = opened
                found[start], found[place] = (place, meaning), (start, meaning)
    return found


def _meaning(name: str, tag: re.Match[str]) -> tuple[bool, Mark | None]:
    """Is the tag one that we read, and which mark is it?"""
    if not tag[3]:
        return name in TAG_MARKS, TAG_MARKS.get(name)
    if name == "font" and (font := FONT.fullmatch(tag[3])):
        return True, color(font[1])
    if name == "span" and (carried := load_span(tag[0])):
        return True, carried[1] if carried[0] == "data-adf-mark" else None
    return False, None


def _revived(tag: str, inner: str) -> Node:
    carried = load_span(tag)
    revived = edited(carried[1], inner) if carried else None
    if carried is None or revived is None:
        return text(inner)
    return node("block", [revived]) if carried[0] == "data-adf-block" else revived
