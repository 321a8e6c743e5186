"""Takes the macros out of wiki markup: {code}, {noformat}, {quote}, {panel} and their like."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field

VERBATIM = frozenset({"code", "noformat", "adf"})
NESTING = frozenset({"quote", "panel", "info", "tip", "note", "warning", "expand"})
NAMES = "|".join(sorted([*VERBATIM, *NESTING, "color"]))
TOKEN = re.compile(r"\\[\\{]|\{\{+|\{(" + NAMES + r")(?::([^{}\n]*))?\}")
"""A macro; or what keeps a brace from being one: a backslash, which two are not, or another."""
PLACE = re.compile("\x02(\\d+)\x03")
"""Stands in the text for a macro; readers have dropped all control characters before."""
HIDDEN = "\u200b"
"""A space without width: keeps a macro's own name inside of it from ending it."""


@dataclass(frozen=True, slots=True)
class Macro:
    name: str
    params: str
    body: str
    """Verbatim, or wiki markup with places of the macros in it."""


@dataclass(slots=True)
class _Level:
    name: str
    params: str
    opening: str
    parts: list[str] = field(default_factory=list)
    colors: list[tuple[int, str]] = field(default_factory=list)
    """Colours not yet closed: where in `parts` each stands."""


def extract(source: str) -> tuple[str, list[Macro]]:
    """The text with places in it, and the macro of each; what opens and never closes is text."""
    macros: list[Macro] = []
    ends = _ends(source)
    levels = [_Level("", "", "")]
    position = 0
    while found := _macro(source, position):
        levels[-1].parts.append(source[position : found.start()])
        name, params, position = found[1], found[2] or "", found.end()
        if name in VERBATIM:
            end = _next(ends[name], position)
            if end is None:
                levels[-1].parts.append("\\" + found[0])
                continue
            body = source[position:end].replace("{" + HIDDEN, "{")
            position = end + len(name) + 2
            _place(levels[-1], macros, Macro(name, params, body))
        elif name == "color":
            _color(levels[-1], found[0], opens=found[2] is not None)
        elif found[2] is None and any(level.name == name for level in levels):
            _close(levels, macros, name)
        elif _next(ends[name], position) is None or any(level.name == name for level in levels):
            levels[-1].parts.append("\\" + found[0])
        else:
            levels.append(_Level(name, params, found[0]))
    levels[-1].parts.append(source[position:])
    while len(levels) > 1:
        _unopen(levels)
    return _joined(levels[0]), macros


def _macro(source: str, position: int) -> re.Match[str] | None:
    while (found := TOKEN.search(source, position)) and not found[1]:
        position = found.end()
    return found


def _ends(source: str) -> dict[str, list[int]]:
    ends: dict[str, list[int]] = {name: [] for name in VERBATIM | NESTING}
    for found in TOKEN.finditer(source):
        if found[1] in ends and found[2] is None:
            ends[found[1]].append(found.start())
    return ends


def _next(places: list[int], position: int) -> int | None:
    index = bisect_right(places, position - 1)
    return places[index] if index < len(places) else None


def _place(level: _Level, macros: list[Macro], macro: Macro) -> None:
    level.parts.append(f"\x02{len(macros)}\x03")
    macros.append(macro)


def _color(level: _Level, token: str, *, opens: bool) -> None:
    if opens:
        level.colors.append((len(level.parts), token))
        level.parts.append(token)
    elif level.colors:
        level.colors.pop()
        level.parts.append(token)
    else:
        level.parts.append("\\" + token)


def _close(levels: list[_Level], macros: list[Macro], name: str) -> None:
    while levels[-1].name != name:
        _unopen(levels)
    level = levels.pop()
    _place(levels[-1], macros, Macro(name, level.params, _joined(level)))


def _unopen(levels: list[_Level]) -> None:
    """The innermost macro never closes: its opening is text."""
    level = levels.pop()
    levels[-1].parts += ["\\" + level.opening, _joined(level)]


def _joined(level: _Level) -> str:
    for place, token in level.colors:
        level.parts[place] = "\\" + token
    return "".join(level.parts)
