"""The lines of a Markdown body: cut, compared and put together again, each as it came. Pure.

What the Markdown parser says is used only to find blocks, so nothing is lost to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import cache
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from adapters.sections.headings import folded

LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
"""One line as Markdown counts them, with its ending."""
LOWEST = 6
"""The level of the lowest true heading."""
BOLD_LINE = 7
"""The level of a line that is bold throughout: below all true headings."""

_HTML_ENDS = (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"), ("<!", ">"))


def bare(line: str) -> str:
    """Without its ending."""
    return line.rstrip("\r\n")


def blank(line: str) -> bool:
    return not line.strip(" \t\r\n")


def trimmed(lines: Sequence[str]) -> list[str]:
    """Without blank lines around them."""
    start, end = 0, len(lines)
    while start < end and blank(lines[start]):
        start += 1
    while end > start and blank(lines[end - 1]):
        end -= 1
    return list(lines[start:end])


def tidy(text: str) -> str:
    """With `\\n` as line ending, and no blank lines around it."""
    return "\n".join(trimmed([bare(line) for line in LINE.findall(text)]))


def blanks(lines: Sequence[str], start: int, end: int) -> tuple[Sequence[str], Sequence[str]]:
    """The blank lines right above `start`, and those from `end` on."""
    above, below = start, end
    while above and blank(lines[above - 1]):
        above -= 1
    while below < len(lines) and blank(lines[below]):
        below += 1
    return lines[above:start], lines[end:below]


def content_end(lines: Sequence[str], start: int, end: int) -> int:
    """Where the blank lines at the end of a span begin."""
    while end > start + 1 and blank(lines[end - 1]):
        end -= 1
    return end


def insert(
    lines: list[str], place: int, block: Sequence[str], held: tuple[Sequence[str], Sequence[str]]
) -> list[str]:
    """The block, set between blank lines: those it had (`held`), where they fit the place."""
    _, below = blanks(lines, place, place)
    outer = not lines[:place] or not lines[place:]
    if outer or len(max(held, key=len)) != len(below):
        held = (below or ("\n",), below or ("\n",)) if outer else (below, below)
    before = list(held[0]) if lines[:place] else []
    after = list(held[1]) if lines[place + len(below) :] else []
    return lines[:place] + before + list(block) + after + lines[place + len(below) :]


def moved(place: int, old: Sequence[str], new: Sequence[str]) -> int:
    """The place in `new` for what stood at `place` in `old`: above the same line, or below it."""
    following = next((at for at in range(place, len(old)) if not blank(old[at])), None)
    if following is None:
        return len(new)
    same = _same(old, new)
    if following in same:
        above, _ = blanks(new, same[following], same[following])
        return same[following] - len(above)
    return same[place - 1] + 1 if place - 1 in same else len(new)


def respelt(old: Sequence[str], text: str, newline: str) -> list[str]:
    """The lines of a text; those that `old` has too end as they do there."""
    new = [line + newline for line in text.split("\n")] if text else []
    for before, after in _same(old, new).items():
        new[after] = old[before] if old[before].endswith("\n") else new[after]
    return new


def _same(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """Old line → the new one that says the same."""
    pairs = SequenceMatcher(None, [bare(line) for line in old], [bare(line) for line in new])
    return {a + at: b + at for a, b, size in pairs.get_matching_blocks() for at in range(size)}


def headings(tokens: Sequence[Token]) -> Iterator[tuple[int, int, int, str]]:
    """First line, line after, level and text of each heading that is not inside another block."""
    for token, inline in pairwise(tokens):
        if token.level or not token.map or inline.type != "inline":
            continue
        start, after = token.map
        if token.type == "heading_open":
            yield start, after, int(token.tag[1]), compared(inline.content)
        elif token.type == "paragraph_open" and inline.content.startswith(("**", "__")):
            children = _inlines().parseInline(inline.content)[0].children or []
            kinds = [child.type for child in children if child.content.strip(": ") or child.nesting]
            edges = kinds[:1] + kinds[-1:]
            if edges == ["strong_open", "strong_close"] and kinds.count("strong_open") == 1:
                yield start, after, BOLD_LINE, compared(inline.content)


def compared(heading: str) -> str:
    """A heading's text as it is compared."""
    children = _inlines().parseInline(heading)[0].children or []
    return folded("".join(child.content for child in children))


def deepened(text: str, level: int) -> str:
    """The text, its headings below this level, or they would end a section of that level."""
    lines = text.split("\n")
    for token, inline in pairwise(blocks().parse(text)):
        if token.type != "heading_open" or token.level or not token.map:
            continue
        start, after = token.map
        if int(token.tag[1]) <= level:
            sign = "#" * (level + 1) if level < LOWEST else "\\#"
            words = " ".join(inline.content.split("\n"))
            lines[start:after] = [f"{sign} {words}", *[""] * (after - start - 1)]
    return "\n".join(lines)


def leaves_open(lines: Sequence[str]) -> bool:
    """Would a heading below these lines be taken for a part of their last block?"""
    text = "\n".join([*map(bare, lines), "", "# x"])
    starts = [token.map[0] for token in blocks().parse(text) if token.map and not token.level]
    return len(lines) + 1 not in starts


def closer(lines: Sequence[str]) -> str:
    """What ends the block that these lines leave open."""
    top = [token for token in blocks().parse("".join(lines)) if not token.level]
    last = top[-1] if top else None
    if last and last.type == "fence":
        return last.markup
    start = last.content.lstrip() if last else ""
    return next((end for opening, end in _HTML_ENDS if start.startswith(opening)), "</pre>")


@cache
def blocks() -> MarkdownIt:
    """A parser that leaves inline markup alone."""
    # Below maxNesting the parser leaves out what it reads, headings further on among it.
    parser = MarkdownIt("commonmark", {"maxNesting": 200})
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


@cache
def _inlines() -> MarkdownIt:
    return MarkdownIt("commonmark")
