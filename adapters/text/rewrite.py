"""A text changed where it has to, in its own words everywhere else: three-way, part by part.

The parts are the lines of wiki markup, or the nodes of an ADF document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Protocol, TypeVar

from adapters.text.carried import VOLATILE
from adapters.text.tree import Node, content, key

MANY = 1_000_000
"""Pairs of parts to compare; where there are more, parts that stand often pair with none."""
MARKUP = re.compile(r"^(?:bq|h[1-6])\.|\{[^{}\n]*\}|[\W_]+")
WIDTHS = (40, 20, 10, 5, 2, 0)
"""How many characters beside a change are looked for with it."""
T = TypeVar("T")
Span = tuple[int, int]


def rewrite_lines(own: str, old: str, new: str, *, apart: bool = False) -> str:
    """`own` with the change that leads from `old` to `new`.

    `old` says what `own` says, as the converters write it, and `new` what is wanted, likewise.
    A line of `own` stays to the byte where nothing changed in what `old` has for it; new lines end
    as most of `own` do. `apart`: with the blank lines that `old` has around the change.
    """
    mine = own.split("\n")
    end = "\r" if sum(line.endswith("\r") for line in mine) * 2 >= len(mine) else ""
    parts = _Lines(end, apart)
    before = old.split("\n")
    return "\n".join(_merged(parts, mine, before, new.split("\n"), _pairs(parts, mine, before)))


def rewrite_blocks(
    parts: Parts[T], own: Sequence[T], old: Sequence[Sequence[T]], new: Sequence[T]
) -> list[T]:
    """The blocks `own` with the change that leads from `old` to `new`.

    `old` has for each of `own` the blocks that say the same, as the converters write them.
    """
    pairs: list[tuple[Span, Span]] = []
    end = 0
    for at, said in enumerate(old):
        pairs.append(((at, at + 1), (end, end + len(said))))
        end += len(said)
    return _merged(parts, own, [block for said in old for block in said], new, pairs)


def rewrite_node(own: Node, old: Node, new: Node) -> Node:
    """The node `own` with the change that leads from `old` to `new`; the three as above."""
    if not own["type"] == old["type"] == new["type"] or own["type"] == "text":
        return new
    made = dict(new)
    for part in ("attrs", "marks"):
        if _steady(old.get(part)) == _steady(new.get(part)):
            made.pop(part, None)
            made |= {part: own[part]} if part in own else {}
    ids = {name: value for name, value in (own.get("attrs") or {}).items() if name in VOLATILE}
    if ids:
        made["attrs"] = {**(made.get("attrs") or {}), **ids}
    parts, mine, before = _Nodes(), content(own), content(old)
    if inner := _merged(parts, mine, before, content(new), _pairs(parts, mine, before)):
        made["content"] = inner
    return made


class Parts(Protocol[T]):
    """What kind of parts are merged."""

    @property
    def apart(self) -> bool: ...

    def said(self, part: T) -> str:
        """Equal for parts that say the same, in whosever words."""

    def gist(self, part: T) -> str:
        """Equal for parts that might say the same."""

    def spelt(self, part: T) -> str:
        """Equal for parts of the converters' that are the same."""

    def dressed(self, part: T) -> T:
        """A new part as it stands among one's own."""

    def mended(self, own: T, old: T, new: T) -> T:
        """One's own part, changed as the second was to the third."""


class _Lines:
    def __init__(self, end: str, apart: bool) -> None:
        self.end, self.apart = end, apart

    def said(self, part: str) -> str:
        return part.strip()

    def gist(self, part: str) -> str:
        return MARKUP.sub("", part)

    def spelt(self, part: str) -> str:
        return part

    def dressed(self, part: str) -> str:
        return part + self.end

    def mended(self, own: str, old: str, new: str) -> str:
        return _respelt(own, old, new) or new + self.end


class _Nodes:
    apart = False

    def said(self, part: Node) -> str:
        return key(_without_volatile(part))

    spelt = said

    def gist(self, part: Node) -> str:
        return str(part["type"])

    def dressed(self, part: Node) -> Node:
        return part

    def mended(self, own: Node, old: Node, new: Node) -> Node:
        return rewrite_node(own, old, new)


def _merged(
    parts: Parts[T],
    mine: Sequence[T],
    before: Sequence[T],
    after: Sequence[T],
    pairs: Iterable[tuple[Span, Span]],
) -> list[T]:
    """`mine` with what leads from `before` to `after`; `pairs`: which of them says which."""
    kept, swapped = _kept([parts.spelt(p) for p in before], [parts.spelt(p) for p in after])
    made: list[T] = []
    done = 0

    def take_up_to(place: int) -> None:
        nonlocal done
        made.extend(parts.dressed(part) for part in after[done:place])
        done = max(done, place)

    for (a, b), (start, stop) in pairs:
        first, size = kept[start], stop - start
        if not size:
            changed = start > 0 and kept[start - 1] is None
            if changed and first is not None:
                take_up_to(first)
            made.extend(mine[a:b] if not changed or first is not None else ())
        elif first is not None and kept[start:stop] == list(range(first, first + size)):
            bare = a == b and parts.apart and (first > done or kept[stop] != first + size)
            take_up_to(first)
            made.extend(map(parts.dressed, before[start:stop]) if bare else mine[a:b])
            done = first + size
        elif size == b - a == 1 and start in swapped:
            take_up_to(swapped[start])
            made.append(parts.mended(mine[a], before[start], after[done]))
            done += 1
    take_up_to(len(after))
    return made


def _kept(before: Sequence[str], after: Sequence[str]) -> tuple[list[int | None], dict[int, int]]:
    """Where each of the old parts is now, and the end; which new one stands in whose place."""
    kept: list[int | None] = [None] * len(before)
    swapped: dict[int, int] = {}
    for tag, a, b, c, d in _opcodes(before, after):
        if tag == "equal":
            kept[a:b] = range(c, d)
        elif b - a == d - c:
            swapped |= zip(range(a, b), range(c, d), strict=True)
    return [*kept, len(after)], swapped


def _pairs(parts: Parts[T], mine: Sequence[T], before: Sequence[T]) -> Iterator[tuple[Span, Span]]:
    """Which parts are whose counterpart: one by one where their number is the same."""
    said = [[parts.said(part) for part in side] for side in (mine, before)]
    for _, a, b, c, d in _opcodes(*said):
        if b - a == d - c:
            yield from _one_by_one(a, b, c)
            continue
        gist = [parts.gist(part) for part in mine[a:b]], [parts.gist(part) for part in before[c:d]]
        for _, e, f, g, h in _opcodes(*gist):
            if f - e == h - g:
                yield from _one_by_one(a + e, a + f, c + g)
            else:
                yield (a + e, a + f), (c + g, c + h)


def _one_by_one(start: int, stop: int, other: int) -> Iterator[tuple[Span, Span]]:
    for at in range(stop - start):
        yield (start + at, start + at + 1), (other + at, other + at + 1)


def _opcodes(one: Sequence[str], other: Sequence[str]) -> Sequence[tuple[str, int, int, int, int]]:
    """Blank parts pair only beside others that do."""
    often = len(one) * len(other) > MANY
    return SequenceMatcher(lambda part: not part, one, other, autojunk=often).get_opcodes()


def _respelt(own: str, old: str, new: str) -> str | None:
    """The line `own` with the words changed that differ between the others, where it has them."""
    start = _alike(old, new)
    end = _alike(old[start:][::-1], new[start:][::-1])
    for width in WIDTHS:
        left, right = max(start - width, 0), max(end - width, 0)
        piece = old[left : len(old) - right]
        if piece.strip() and own.count(piece) == 1:
            return own.replace(piece, new[left : len(new) - right])
    return None


def _alike(one: str, other: str) -> int:
    """How many characters at the start are the same."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (x, y) in pairs if x != y), min(len(one), len(other)))


def _steady(part: object) -> object:
    """Attributes or marks without what says nothing."""
    if isinstance(part, dict):
        return {name: value for name, value in part.items() if name not in VOLATILE} or None
    return part or None


def _without_volatile(of: Node) -> Node:
    made = {name: value for name, value in of.items() if name not in ("attrs", "content")}
    made |= {"attrs": attrs} if (attrs := _steady(of.get("attrs"))) else {}
    made |= {"content": [_without_volatile(each) for each in content(of)]} if content(of) else {}
    return made
