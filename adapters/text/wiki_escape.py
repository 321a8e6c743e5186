"""Escapes text so that wiki markup reads it as itself: as little as will do."""

from __future__ import annotations

import re
from dataclasses import dataclass

from adapters.text.wiki_inline import ENTITY, ESCAPABLE
from adapters.text.wiki_macros import NAMES

SPECIAL = re.compile(r"\\|\{|\[|!|&|\?{2,}|\*+|_+|\++|\^+|~+|-+|\|")
BRACE = re.compile(
    r"\{(?:\{|(?:" + NAMES + r")\b|(?!anchor:[\w.-]+\})[\w$@.-]+"
    r"(?:\}|$|:[^{}\n]*(?:\}|$))|[*_+^~-]\}|\?\?\}|$)"
)
"""What Jira might take for a macro: of any name, for its apps have macros of their own.

Jira's own {anchor:name} shows nothing and runs nothing.
"""
LINK = re.compile(r"\[[^\[\]\n]*(?:[|^~#/:]|$)")
LINE_START = re.compile(r"(h[1-6]|bq)\.|([*#-]+)[ \t]|(-{4,})[ \t]*$|(\|)")
MONO_SPECIAL = re.compile(r"[{}\[!?]|(?<![^\W_])[*_+^~-]|[*_+^~-](?![^\W_])")
IN_LABEL = {"[": "&#91;", "]": "&#93;", "|": "&#124;"}


@dataclass(frozen=True, slots=True)
class Line:
    """What of the whole line decides which characters need an escape."""

    closes: dict[str, int]
    """Where each phrase's character last could end one."""
    marked: frozenset[str]
    """The characters of the phrases that the line has, and `!` where it has pictures."""
    cell: bool = False

    @classmethod
    def of(cls, whole: str, marked: frozenset[str], *, cell: bool = False) -> Line:
        closes = {"!": whole.rfind("!")}
        for found in re.finditer(r"(?<=\S)(?:(?P<one>[*_+^~-])(?!(?P=one))|\?\?)(?![^\W_])", whole):
            closes[found[0]] = found.start()
        return cls(closes, marked, cell)


def escape_wiki(
    content: str, line: Line, offset: int, sides: tuple[str, str], *, label: bool
) -> str:
    """The text, at `offset` in the line, escaped; `sides` are the characters next to it."""

    def replaced(found: re.Match[str]) -> str:
        start, end = found.span()
        previous = content[start - 1] if start else sides[0]
        following = content[end] if end < len(content) else sides[1]
        run = found[0]
        if run == "\\":
            return "&#92;" if not following or following in ESCAPABLE + "\\" else run
        if run == "&":
            return "&amp;" if ENTITY.match(content, start) else run
        if run == "|":
            return "\\|" if line.cell else run
        if run == "!":
            ends = line.cell or "!" in line.marked or line.closes.get(run, -1) > offset + start
            return "\\!" if ends and not previous.isalnum() and following.strip() else run
        if run in "{[":
            starts = (BRACE if run == "{" else LINK).match(content, start)
            return "\\" + run if starts else run
        if len(run) > 1 and run != "??":
            touches = run[0] in (previous, following)
            return "".join("\\" + char for char in run) if touches else run
        if _is_phrase(run, previous, following, line, offset + start):
            return "\\" + run if run != "??" else "\\?\\?"
        return run

    escaped = SPECIAL.sub(replaced, content)
    return re.sub(r"\\?[\[\]|]", lambda x: IN_LABEL[x[0][-1]], escaped) if label else escaped


def _is_phrase(run: str, previous: str, following: str, line: Line, place: int) -> bool:
    opens = not previous.isalnum() and following.strip() != ""
    closes = previous.strip() != "" and not following.isalnum()
    if closes and run in line.marked:
        return True
    return opens and (line.closes.get(run, -1) > place or run in line.marked)


def escape_mono(content: str, *, cell: bool, label: bool) -> str:
    """Code between its braces."""
    written = re.sub(r"\\(?=[\\" + re.escape(ESCAPABLE) + r"]|$)", "&#92;", content)
    written = written.replace("&#92;", "\0").replace("&", "\1")
    written = MONO_SPECIAL.sub(lambda found: _in_mono(found, content), written)
    written = re.sub("\1(?=#?\\w+;)", "&amp;", written).replace("\1", "&").replace("\0", "&#92;")
    if label:
        return re.sub(r"\\?[\[\]|]", lambda found: IN_LABEL[found[0][-1]], written)
    return written.replace("|", "\\|") if cell else written


def _in_mono(found: re.Match[str], content: str) -> str:
    """A character of code escaped where it might mean something beside its like."""
    place, sign = found.start(), found[0]
    doubled = sign in (found.string[place - 1 : place], found.string[place + 1 : place + 2])
    alone = sign not in "{}[" and (doubled or content.count(sign) == 1)
    return found[0] if alone else "\\" + found[0]


def escape_line_start(line: str) -> str:
    """The written line, so that it starts no block."""
    found = LINE_START.match(line)
    if not found:
        return line
    return line.replace(".", "&#46;", 1) if found[1] else "\\" + line
