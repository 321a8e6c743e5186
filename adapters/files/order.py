"""ORDER.md: the lines that name items, in their order, among lines that stay as they are. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from adapters.checklist import LINE, bare

_ENTRY = re.compile(
    r"(?P<indent> {0,3})(?:(?P<number>\d{1,9})(?P<dot>[.)])|[-*+])(?P<gap>[ \t]+)"
    r"(?P<box>\[[ xX]\][ \t]+)?"
    r"\[(?P<title>(?:\\.|[^\\])*?)\]\((?:<(?P<quoted>[^<>]*)>|(?P<path>[^()\s]+))\)(?P<rest>.*)"
)
_UNSAFE = re.compile(r"[%()<>\s]")


@dataclass(frozen=True, slots=True)
class Place:
    """Some lines of the file: those of one entry, or others (`path` is then None)."""

    lines: tuple[str, ...]
    path: str | None = None
    """`items/…md`, as the link says."""


@dataclass(frozen=True, slots=True)
class Order:
    """The file, cut into places."""

    places: tuple[Place, ...] = ()
    newline: str = "\n"

    def __str__(self) -> str:
        return "".join(line for place in self.places for line in place.lines)

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(place.path for place in self.places if place.path is not None)

    def line(self, path: str) -> int:
        """Where in the file the entry is, from 1."""
        at = [place.path for place in self.places].index(path)
        return 1 + sum(len(place.lines) for place in self.places[:at])

    def with_last(self, path: str) -> Order:
        """With a new entry below the last one."""
        paths = self.paths
        return self.with_move(path, paths[-1] if paths else None)

    def with_move(self, path: str, after: str | None) -> Order:
        """With the entry, new or old, right below another, or above all. KeyError: no `after`."""
        mine = next((p for p in self.places if p.path == path), None)
        mine = mine or Place((f"1. [{path}]({_target(path)}){self.newline}",), path)
        rest = [place for place in self.places if place.path != path]
        known = [place.path for place in rest]
        if after is not None and after not in known:
            raise KeyError(after)
        first = next((at for at, other in enumerate(known) if other is not None), len(rest))
        at = first if after is None else known.index(after) + 1
        if at == len(rest) and not self.paths and rest:  # below prose: a list of its own
            rest.append(Place((self.newline,)))
            at += 1
        return replace(self, places=tuple(_ended([*rest[:at], mine, *rest[at:]], self.newline)))

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
            title = titles.get(place.path)
            lines += [_entry(entry, place.lines[0], count, title), *place.lines[1:]]
        return "".join(lines)


def read(text: str, folder: Callable[[str], bool]) -> Order:
    """`folder`: is there such a path? Lines that name no item, or one again, are others."""
    places: list[Place] = []
    seen: set[str] = set()
    fence = None
    for line in LINE.findall(text):
        entry = None if fence else _ENTRY.match(bare(line))
        fence = _fence(line, fence)
        path = _path(entry) if entry else None
        if path and path not in seen and folder(path):
            seen.add(path)
            places.append(Place((line,), path))
        elif places and places[-1].path and line[:1] in " \t" and line.strip():
            # A note to an entry goes where it goes.
            places[-1] = replace(places[-1], lines=(*places[-1].lines, line))
        else:
            places.append(Place((line,)))
    newline = "\r\n" if text.count("\r\n") * 2 > text.count("\n") else "\n"
    return Order(tuple(places), newline)


def missing(text: str, folder: Callable[[str], bool]) -> Sequence[tuple[int, str]]:
    """Entries that name a file which is not there: line and path."""
    found = []
    for number, line in enumerate(LINE.findall(text), start=1):
        entry = _ENTRY.match(bare(line))
        path = _path(entry) if entry else None
        if path and path.startswith("items/") and not folder(path):
            found.append((number, path))
    return found


def _path(entry: re.Match[str]) -> str:
    target = entry["quoted"] if entry["quoted"] is not None else entry["path"]
    return posixpath.normpath(unquote(target))


def _target(path: str) -> str:
    return _UNSAFE.sub(lambda match: f"%{ord(match.group()):02X}", path)


def _entry(entry: re.Match[str], line: str, count: int, title: str | None) -> str:
    number = f"{count}{entry['dot']}" if entry["number"] else ""
    marker = line[: entry.start("gap")] if not number else entry["indent"] + number
    text = entry["title"] if title is None else re.sub(r"([\\\[\]])", r"\\\1", title)
    return (
        marker + line[entry.start("gap") : entry.start("title")] + text + line[entry.end("title") :]
    )


def _fence(line: str, fence: str | None) -> str | None:
    """The fence of the code block in which the next line stands, if any."""
    mark = re.match(r" {0,3}(`{3,}|~{3,})", line)
    if fence is None:
        return mark[1] if mark else None
    closes = mark and mark[1].startswith(fence) and not line.strip().strip(fence[0])
    return None if closes else fence


def _ended(places: Sequence[Place], newline: str) -> list[Place]:
    """Each line but the last with an ending; the last as it was."""
    last = places[-1]
    ended = [
        replace(place, lines=tuple(_with_ending(line, newline) for line in place.lines))
        for place in places[:-1]
    ]
    return [*ended, last]


def _with_ending(line: str, newline: str) -> str:
    return line if line != bare(line) else line + newline
