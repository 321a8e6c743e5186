"""ORDER.md: a numbered list, one line an item; all other lines stay as they are. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_ENTRY = re.compile(r"^(\s{0,3})(\d{1,9})([.)])(\s+)(.*?)(\r?\n?)$")
_TARGET = re.compile(r"\((?:\./)?(items/[^()\s]+\.md)\)")


@dataclass(frozen=True, slots=True)
class OrderFile:
    """The file's lines, with line ends."""

    lines: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> OrderFile:
        return cls(tuple(text.splitlines(keepends=True)))

    def __str__(self) -> str:
        return "".join(self.lines)

    def keys(self, titles: Mapping[str, str]) -> list[str]:
        """The items' keys, top first. `titles`: key → title, for lines without a link."""
        found = (_key(line, titles) for line in self.lines)
        return list(dict.fromkeys(key for key in found if key is not None))

    def reordered(self, keys: Sequence[str], titles: Mapping[str, str]) -> OrderFile:
        """With the items in this order; further ones are added below the last, numbers anew."""
        entries = {key: line for line in self.lines if (key := _key(line, titles)) is not None}
        newline = "\r\n" if any(line.endswith("\r\n") for line in self.lines) else "\n"
        waiting = [_line(at, key, entries.get(key), titles, newline) for at, key in _from_1(keys)]
        slots = [at for at, line in enumerate(self.lines) if _key(line, titles) is not None]
        result = list(self.lines)
        for at in slots:
            result[at] = waiting.pop(0) if waiting else ""
        if waiting:
            end = slots[-1] + 1 if slots else len(result)
            if end and result[end - 1] and not result[end - 1].endswith("\n"):
                result[end - 1] += newline
            if not slots and any(line.strip() for line in result) and result[-1].strip():
                waiting.insert(0, newline)
            result[end:end] = waiting
        return OrderFile(tuple(line for line in result if line))


def _from_1(keys: Sequence[str]) -> list[tuple[int, str]]:
    return list(enumerate(keys, start=1))


def _key(line: str, titles: Mapping[str, str]) -> str | None:
    entry = _ENTRY.match(line)
    if entry is None:
        return None
    target = _TARGET.search(entry[5])
    if target is not None:
        return target[1] if target[1] in titles else None
    said = entry[5].strip()
    same = [key for key, title in titles.items() if said in (title, key)]
    return same[0] if len(same) == 1 else None


def _line(number: int, key: str, old: str | None, titles: Mapping[str, str], newline: str) -> str:
    entry = _ENTRY.match(old) if old else None
    if entry:
        return f"{entry[1]}{number}{entry[3]}{entry[4]}{entry[5]}{entry[6] or newline}"
    title = re.sub(r"([\\\[\]`*_<>])", r"\\\1", titles[key])
    return f"{number}. [{title}]({key}){newline}"
