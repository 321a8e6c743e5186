"""Finds the criteria, or entries, that stand in some lines of Markdown. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from markdown_it.token import Token

from adapters.sections import checklist
from adapters.sections.checklist import Entry, Form, Run
from adapters.sections.lines import bare, blank, content_end
from adapters.sections.steps import scenarios

Fits: TypeAlias = Callable[[str], bool]
"""Is this text of a list item an entry of the field? One that is none stays in the rest."""
_Span: TypeAlias = tuple[int, int]


def is_line(text: str) -> bool:
    """Is an item no more than one line?"""
    return "\n" not in text


@dataclass(frozen=True, slots=True)
class Wanted:
    """What counts."""

    lists: bool = False
    """Only items of lists, and no scenarios?"""
    boxes: bool = True
    """May an item be ticked?"""
    fits: Fits = lambda text: True


def find_runs(
    lines: Sequence[str], tokens: Sequence[Token], within: _Span, wanted: Wanted
) -> Iterator[Run]:
    """The runs between two lines, in their order."""
    inside = [token for token in tokens if token.map and within[0] <= token.map[0] < within[1]]
    spans: list[tuple[int, int, Form]] = [
        (top, bottom, "list")
        for top, bottom in _items(lines, inside)
        if _fits(lines[top:bottom], wanted)
    ]
    fences: list[Run] = []
    if not wanted.lists:
        spans += [(top, bottom, "scenarios") for top, bottom in _scenarios(lines, inside)]
        fences = list(_fences(lines, inside))
    runs = [*_runs(lines, sorted(spans), wanted), *fences]
    return iter(sorted(runs, key=lambda run: run.start))


def paragraphs(lines: Sequence[str], tokens: Sequence[Token]) -> Iterator[Run]:
    """Each paragraph as a criterion."""
    spans: list[tuple[int, int, Form]] = [
        (token.map[0], content_end(lines, *token.map), "paragraphs")
        for token in tokens
        if token.type == "paragraph_open" and not token.level and token.map
    ]
    return _runs(lines, spans, Wanted())


def _items(lines: Sequence[str], tokens: Sequence[Token]) -> list[_Span]:
    return [
        (token.map[0], content_end(lines, *token.map))
        for token in tokens
        if token.type == "list_item_open" and token.level == 1 and token.map
    ]


def _fits(item: Sequence[str], wanted: Wanted) -> bool:
    text = checklist.read(item).criterion.text
    return not text or wanted.fits(text)


def _runs(
    lines: Sequence[str], spans: Sequence[tuple[int, int, Form]], wanted: Wanted
) -> Iterator[Run]:
    entries: list[Entry] = []
    first = 0
    for at, (top, bottom, form) in enumerate(spans):
        following = spans[at + 1] if at + 1 < len(spans) else None
        between = lines[bottom : following[0]] if following else ()
        last = following is None or following[2] != form or not all(map(blank, between))
        first = first if entries else top
        entries.append(_entry(lines[top:bottom], () if last else between, form, wanted))
        if last:
            yield Run(first, bottom, tuple(entries), form)
            entries = []


def _entry(lines: Sequence[str], gap: Sequence[str], form: Form, wanted: Wanted) -> Entry:
    if form == "scenarios":
        return checklist.read_scenario(lines, gap)
    if form == "paragraphs":
        return checklist.read_paragraph(lines, gap)
    entry = checklist.read(lines, gap)
    return entry if wanted.boxes else checklist.unticked(entry)


def _scenarios(lines: Sequence[str], tokens: Sequence[Token]) -> Iterator[_Span]:
    """Those that stand in paragraphs, and below headings of their own."""
    stretch: list[tuple[int, str, bool]] = []
    for token in tokens:
        if token.level or not token.map or token.type.endswith("_close"):
            continue
        if token.type not in ("paragraph_open", "heading_open"):
            yield from scenarios(stretch)
            stretch = []
            continue
        top, bottom = token.map
        start = stretch[-1][0] + 1 if stretch else top
        stretch += [(at, bare(lines[at]), at == top) for at in range(start, bottom)]
    yield from scenarios(stretch)


def _fences(lines: Sequence[str], tokens: Sequence[Token]) -> Iterator[Run]:
    for token in tokens:
        if token.type != "fence" or token.level or not token.map:
            continue
        if run := checklist.read_fence(lines[slice(*token.map)], token.map[0]):
            yield run
