"""Merging texts: one side's change replayed on the present text, block by block, then by lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise

_MARKERS = re.compile(r"^(\s*)(?:[-*+]|(\d+)[.)])(\s+)")


def _spelt(pieces: Sequence[str]) -> list[tuple[str, ...]]:
    """What each piece says, line by line."""
    return [tuple(map(said, piece.split("\n"))) for piece in pieces]


def said(line: str) -> str:
    """What a line says, whatever the bullet, the emphasis character and the spacing."""
    line = _MARKERS.sub(lambda m: m[1] + ("1. " if m[2] else "- "), line.rstrip())
    line = line.replace("_", "*").replace("\\", "")
    return re.sub(r"(?<=\S)\s+", " ", line)


def replay(text: str, old: str, new: str, *, insist: bool = False) -> str | None:
    """Makes in `text` the change that leads from `old` to `new`, block by block, then by lines.

    `text` may spell lines differently than `old` and `new`, which come from one place; lines that
    `new` leaves alone stay as `text` has them. None where both changed the same lines differently;
    with `insist` the change then wins there, and there only.
    """
    return new if text == old else _replay((text, old, new), ("\n\n", "\n"), insist)


def _replay(texts: tuple[str, str, str], cuts: Sequence[str], insist: bool) -> str | None:
    """`texts` are the present one, the old and the new; `cuts`, what parts their pieces."""
    cut, *finer = cuts
    pieces: list[str] = []
    mine, old, yours = (text.split(cut) if text else [] for text in texts)
    for base, (ours, theirs) in _chunks(old, (mine, yours)):
        now, before, after = (_spelt(pieces) for pieces in (ours, base, theirs))
        if base == theirs:
            pieces += ours
        elif now == before:
            pieces += theirs
        elif after in (now, before):
            pieces += ours
        elif finer:
            inner = _replay((cut.join(ours), cut.join(base), cut.join(theirs)), finer, insist)
            if inner is None:
                return None
            pieces += [inner] if inner else []
        elif insist:
            pieces += theirs
        else:
            return None
    return cut.join(pieces)


@dataclass(frozen=True, slots=True)
class Region:
    """Lines of a text that others made different things of."""

    line: int
    """Where it begins in the text, the first line being 0."""
    old: tuple[str, ...]
    new: tuple[tuple[str, ...], ...]
    """What each of the others made of it."""


def disputed(old: str, texts: Sequence[str]) -> list[Region]:
    """Where at least two of the texts changed the same lines of the old one differently."""
    regions, line = [], 0
    for base, pieces in _chunks(_lines(old), [_lines(text) for text in texts]):
        spelt = [_spelt(piece) for piece in pieces]
        changed = [one for one in spelt if one != _spelt(base)]
        if any(one != changed[0] for one in changed):
            regions.append(Region(line, tuple(base), tuple(map(tuple, pieces))))
        line += len(base)
    return regions


def agreed(old: str, texts: Sequence[str]) -> str:
    """What all texts made of the old one; where they do not agree, it stays as it was."""
    kept: list[str] = []
    for base, pieces in _chunks(_lines(old), [_lines(text) for text in texts]):
        alike = len({tuple(_spelt(piece)) for piece in pieces}) == 1
        kept += pieces[0] if alike else base
    return "\n".join(kept)


def _lines(text: str) -> list[str]:
    return text.split("\n") if text else []


def _chunks(
    base: list[str], others: Sequence[list[str]]
) -> Iterator[tuple[list[str], list[list[str]]]]:
    """The texts cut between the base's pieces wherever nobody's change spans the place."""
    bounds = [_bounds(base, other) for other in others]
    common = [at for at in range(len(base) + 1) if all(at in one for one in bounds)]
    places = [(at, [one[at][end] for one in bounds]) for at in common for end in (0, 1)]
    for (start, starts), (end, ends) in pairwise(places):
        cut = zip(others, starts, ends, strict=True)
        yield base[start:end], [other[a:b] for other, a, b in cut]


def _bounds(base: Sequence[str], other: Sequence[str]) -> dict[int, tuple[int, int]]:
    """Places between the base's pieces → where in the other what was put in there starts and ends.

    Places within what the other replaced are not among them.
    """
    before, after = _spelt(base), _spelt(other)
    bounds = {0: (0, 0)}
    for tag, a, b, c, d in SequenceMatcher(a=before, b=after, autojunk=False).get_opcodes():
        if tag == "equal":
            bounds |= {a + at: (c + at, c + at) for at in range(1, b - a)}
        bounds[a] = (bounds[a][0], d if tag == "insert" else c)
        if tag != "insert":
            bounds[b] = (d, d)
    return bounds
