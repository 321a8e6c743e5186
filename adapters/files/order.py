"""ORDER.md: the lines that name items, in their order, among lines that stay as they are. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from adapters.sections.lines import LINE, bare

_ENTRY = re.compile(
    r"(?P<indent> {0,3})(?:(?P<number>\d{1,9})(?P<dot>[.)])|[-*+])[ \t]+(?:\[[ xX]\][ \t]+)?"
    r"(?P<said>\[(?P<title>(?:\\.|[^\\])*?)\]\((?:<(?P<quoted>[^<>]*)>|(?P<path>[^()\s]+))\)|.*)"
)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_UNSAFE = re.compile(r"[%()<>\s]")


@dataclass(frozen=True, slots=True)
class Place:
    """Some lines of the file: those of one entry, or others (`path` is then None)."""

    lines: tuple[str, ...]
    path: str | None = None
    """The item's file, `items/….md`."""


@dataclass(frozen=True, slots=True)
class Order:
    """The file, cut into places."""

    places: tuple[Place, ...] = ()
    newline: str = "\n"
    missing: tuple[tuple[int, str], ...] = ()
    """Lines, from 1, whose link names a file that is not there; and that link."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Each once, where it first stands."""
        return tuple(dict.fromkeys(place.path for place in self.places if place.path is not None))

    def with_last(self, path: str) -> Order:
        """With a new entry below the last one."""
        paths = self.paths
        return self.with_move(path, paths[-1] if paths else None)

    def with_move(self, path: str, after: str | None) -> Order:
        """With the entry, new or old, right below another, or above all. KeyError: no `after`.

        An item that stood there twice then stands there once.
        """
        old = [place.lines for place in self.places if place.path == path]
        line = old[0][0] if old else f"1. [{path}]({_target(path)}){self.newline}"
        mine = Place((line, *(note for lines in old for note in lines[1:])), path)
        rest = [place for place in self.places if place.path != path]
        known = [place.path for place in rest]
        if after is not None and after not in known:
            raise KeyError(after)
        first = next((at for at, other in enumerate(known) if other is not None), len(rest))
        at = first if after is None else known.index(after) + 1
        if not self.paths and rest and bare(rest[-1].lines[-1]):  # a list below prose
            rest.append(Place((self.newline,)))
            at += 1
        return replace(self, places=_ended([*rest[:at], mine, *rest[at:]], self.newline))

    def written(self, titles: Mapping[str, str]) -> str:
        """The file, its numbers counting from 1, and its links called as the items are."""
        lines: list[str] = []
        count = 0
        for place in self.places:
            entry = _ENTRY.match(place.lines[0]) if place.path else None
            if entry is None or place.path is None:
                lines += place.lines
                continue
            count += 1
            lines += [_entry(entry, count, titles.get(place.path)), *place.lines[1:]]
        return "".join(lines)


def read(text: str, resolve: Callable[[str], str | None]) -> Order:
    """`resolve`: the file that a link or the words of a line mean, if any.

    Lines that name no item stay as others.
    """
    places: list[Place] = []
    missing: list[tuple[int, str]] = []
    fence: str | None = None
    for number, line in enumerate(LINE.findall(text), start=1):
        entry = None if fence else _ENTRY.match(bare(line))
        fence = _fence(line, fence)
        said = _said(entry) if entry else ""
        path = resolve(said) if said else None
        if entry and entry["title"] is not None and path is None and said.endswith(".md"):
            missing.append((number, said))
        if path:
            places.append(Place((line,), path))
        elif places and places[-1].path and line[:1] in " \t" and line.strip():
            # A note to an entry goes where it goes.
            places[-1] = replace(places[-1], lines=(*places[-1].lines, line))
        else:
            places.append(Place((line,)))
    newline = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    return Order(tuple(places), newline, tuple(missing))


def _said(entry: re.Match[str]) -> str:
    """What the entry names: its link, else the words of a numbered line."""
    if entry["title"] is None:
        return entry["said"].strip() if entry["number"] else ""
    return unquote(entry["quoted"] if entry["quoted"] is not None else entry["path"])


def _target(path: str) -> str:
    return _UNSAFE.sub(lambda match: quote(match.group(), safe=""), path)


def _entry(entry: re.Match[str], count: int, title: str | None) -> str:
    """The entry's line with its number and, in a link, its title."""
    line = entry.string
    if title is not None and entry["title"] is not None:
        escaped = re.sub(r"([\\\[\]])", r"\\\1", title)
        line = line[: entry.start("title")] + escaped + line[entry.end("title") :]
    if entry["number"]:
        line = f"{entry['indent']}{count}{line[entry.end('number') :]}"
    return line


def _fence(line: str, fence: str | None) -> str | None:
    """The fence of the code block in which the next line stands, if any."""
    mark = _FENCE.match(line)
    if fence is None:
        return mark[1] if mark else None
    closes = mark and mark[1].startswith(fence) and not line.strip().strip(fence[0])
    return None if closes else fence


def _ended(places: Sequence[Place], newline: str) -> tuple[Place, ...]:
    """Each line but those of the last place with an ending."""

    def ended(place: Place) -> Place:
        lines = (line if line != bare(line) else line + newline for line in place.lines)
        return replace(place, lines=tuple(lines))

    return (*map(ended, places[:-1]), places[-1])
