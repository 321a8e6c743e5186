"""A Markdown body with one section cut out of it, and put back with other content. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Literal, TypeAlias

from markdown_it.token import Token

from adapters.sections import checklist
from adapters.sections.checklist import Run
from adapters.sections.headings import accepted
from adapters.sections.lines import (
    LINE,
    bare,
    blank,
    blanks,
    blocks,
    closer,
    compared,
    content_end,
    headings,
    insert,
    leaves_open,
    moved,
    respelt,
    tidy,
    trimmed,
)
from adapters.sections.lists import Fits, Wanted, find_runs, paragraphs
from adapters.sections.steps import step_of
from sync.model import Criterion

NEW_LEVEL = 2
"""Of the heading of a new section."""
NO_CRITERIA = "<!-- no acceptance criteria from here on -->"
"""Stands in a body above what would be taken for the checklist of the criteria, and is none."""


class Place(Enum):
    """Where criteria are that have no heading of their own."""

    CHECKLIST = "checklist"
    """The first list of the body of which each item has a box."""
    ALL = "all"
    """The whole text, as in a field that holds nothing else. Where it has neither lists nor
    scenarios, each paragraph is a criterion."""


class Unwritable(ValueError):
    """A body that would not be read again as it is to be written; the message says what to do."""


Content: TypeAlias = tuple[Criterion, ...] | str


@dataclass(frozen=True, slots=True)
class Where:
    """What is looked for in a body."""

    heading: str
    form: Literal["criteria", "list", "text"] = "criteria"
    fits: Fits = lambda text: True
    place: Place | None = None

    @classmethod
    def of(cls, heading: str | Place) -> Where:
        """That of the criteria."""
        return cls("", place=heading) if isinstance(heading, Place) else cls(heading)

    @property
    def names(self) -> frozenset[str]:
        """What the heading may be, as it is compared."""
        if self.form == "criteria":
            return accepted(self.heading)
        return frozenset({compared(self.heading)})

    @property
    def wanted(self) -> Wanted:
        return Wanted(self.form == "list", self.boxes, self.fits)

    def ends(self, level: int, own: int, line: str) -> bool:
        """Does a heading of this level end a section of its own level?"""
        if self.form == "criteria" and step_of(line) == "scenario":
            return False
        return level <= own or self.form == "list"

    @property
    def boxes(self) -> bool:
        """Are the items of a list to be ticked?"""
        return self.form == "criteria"

    def plain(self, content: Content) -> list[str]:
        """The lines of content that was not there before."""
        if isinstance(content, str):
            return content.split("\n") if content else []
        return checklist.plain(content, boxes=self.boxes)


@dataclass(frozen=True, slots=True)
class Section:
    """The section, as lines `start` to `end`, without blank lines at its end."""

    start: int
    end: int
    runs: tuple[Run, ...]
    bare: bool
    """Does it go out of the description as a whole?"""
    after: int = 0
    """The line after its heading."""
    level: int = 0

    @property
    def cuts(self) -> tuple[tuple[int, int], ...]:
        """The lines that are not the description's."""
        if self.bare:
            return ((self.start, self.end),)
        return tuple((run.start, run.end) for run in self.runs)


@dataclass(frozen=True, slots=True)
class Held:
    """A body, read."""

    where: Where
    lead: str
    lines: tuple[str, ...]
    """Between the blank lines around it; the last one has no line ending."""
    tail: str
    newline: str
    section: Section | None

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        runs = self.section.runs if self.section else ()
        entries = (entry.criterion for run in runs for entry in run.entries)
        return tuple(criterion for criterion in entries if criterion.text)

    @property
    def text(self) -> str:
        if self.section is None:
            return ""
        lines = self.lines[self.section.after : self.section.end]
        return "\n".join(trimmed([bare(line) for line in lines]))

    @property
    def content(self) -> Content:
        return self.text if self.where.form == "text" else self.criteria

    @property
    def rest(self) -> str:
        return tidy("\n".join(map(bare, self.without()[0])))

    def without(self) -> tuple[list[str], list[int]]:
        """The description's raw lines, and where in them each cut was."""
        kept: list[str] = []
        places: list[int] = []
        at = 0
        for start, end in self.section.cuts if self.section else ():
            above, below = blanks(self.lines, start, end)
            kept += self.lines[at : start - len(above)]
            places.append(len(kept))
            kept += above if len(above) > len(below) else below
            at = end + len(below)
        return kept + list(self.lines[at:]), places

    def outer(self, lines: Sequence[str]) -> str:
        """The body of these lines; those that have no line ending are given one."""
        lines = trimmed(lines)
        ended = [line if line != bare(line) else line + self.newline for line in lines[:-1]]
        return self.lead + "".join(ended) + "".join(map(bare, lines[-1:])) + self.tail


def read(body: str, where: Where) -> Held:
    raw: list[str] = LINE.findall(body)
    lines = trimmed(raw)
    start = next((at for at, line in enumerate(raw) if not blank(line)), len(raw))
    end = start + len(lines)
    ending = lines[-1][len(bare(lines[-1])) :] if lines else ""
    lines[-1:] = map(bare, lines[-1:])
    newline = "\r\n" if body.count("\r\n") * 2 > body.count("\n") else "\n"
    section = _find(lines, where)
    lead, tail = "".join(raw[:start]), ending + "".join(raw[end:])
    return Held(where, lead, tuple(lines), tail, newline, section)


def join(body: str, where: Where, rest: str | None, content: Content | None) -> str:
    held = read(body, where)
    text = held.rest if rest is None else tidy(rest)
    wanted = held.content if content is None else content
    if (text, wanted) == (held.rest, held.content):
        return body
    attempts = [_in_place, _in_its_own, _below]
    rests = {text}
    open_end = leaves_open(_lines(held, text))
    if open_end or where.place:
        attempts.append(partial(_below, closing=True))
    if open_end:
        rests.add(tidy(f"{text}\n{closer(_lines(held, text))}"))
    for attempt in attempts:
        answer = held.outer(attempt(held, text, wanted))
        again = read(answer, where)
        if again.rest in rests and again.content == wanted:
            return answer
    raise Unwritable(
        "its sections lie within each other, or one heading stands in it twice: give each section "
        "one heading, and all of them the same level"
    )


def _find(lines: Sequence[str], where: Where) -> Section | None:
    tokens = blocks().parse("\n".join(map(bare, lines)))
    if where.place is Place.CHECKLIST:
        return _first_checklist(lines, tokens)
    if where.place is Place.ALL:
        return _section(lines, tokens, where, (0, 0, len(lines)), 0)
    found: tuple[int, int, int] | None = None
    end, names = len(lines), where.names
    for start, after, level, text in headings(tokens):
        if text in names:
            found, end = (start, after, level), len(lines)
        elif found and end == len(lines) and where.ends(level, found[2], lines[start]):
            end = start
    if found is None:
        return None
    start, after, level = found
    if where.form == "text":
        return Section(start, content_end(lines, start, end), (), True, after, level)
    return _section(lines, tokens, where, (start, after, end), level)


def _section(
    lines: Sequence[str],
    tokens: Sequence[Token],
    where: Where,
    within: tuple[int, int, int],
    level: int,
) -> Section:
    start, after, end = within
    runs = tuple(find_runs(lines, tokens, (after, end), where.wanted))
    if where.place is Place.ALL and not runs:
        runs = tuple(paragraphs(lines, tokens))
    end = content_end(lines, start, end)
    listed = {at for run in runs for at in range(run.start, run.end)}
    only_lists = all(at in listed or blank(lines[at]) for at in range(after, end))
    return Section(start, end, runs, only_lists and where.place is None, after, level)


def _first_checklist(lines: Sequence[str], tokens: Sequence[Token]) -> Section | None:
    """The first list of the body of which each item has a box, with the line that ends it."""
    runs: tuple[Run, ...] = ()
    for token in tokens:
        if token.level or not token.map or token.nesting < 0:
            continue
        if runs and lines[token.map[0]].strip() != NO_CRITERIA:
            break
        if token.type.endswith("_list_open") and not runs:
            found = tuple(find_runs(lines, tokens, (token.map[0], token.map[1]), Wanted(True)))
            runs = found if all(entry.box for run in found for entry in run.entries) else ()
        elif token.type == "html_block" and lines[token.map[0]].strip() == NO_CRITERIA:
            start = runs[0].start if runs else token.map[0]
            return Section(start, token.map[0] + 1, runs, True, start)
    return Section(runs[0].start, runs[-1].end, runs, True, runs[0].start) if runs else None


def _in_place(held: Held, text: str, content: Content) -> list[str]:
    """The old lines of the content, as far as they hold, where they stood in the description."""
    section = held.section
    if section is None or not (section.runs or section.bare):
        return _in_its_own(held, text, content)
    lines, places = held.without()
    if text != held.rest:
        new = respelt(lines, text, held.newline)
        places = [moved(place, lines, new) for place in places]
        lines = new
    for place, block, cut in reversed(
        list(zip(places, _blocks(held, section, content), section.cuts, strict=True))
    ):
        if block:
            lines = insert(lines, place, block, blanks(held.lines, *cut))
    return lines


def _blocks(held: Held, section: Section, content: Content) -> Sequence[Sequence[str]]:
    """What is to stand where the section's cuts are."""
    if content == held.content:
        return [held.lines[start:end] for start, end in section.cuts]
    if isinstance(content, str):
        return [_retold(held, section, content)]
    if not section.bare:
        return checklist.fill(section.runs, content, boxes=held.where.boxes)
    if not content:
        return [()]
    if section.runs:
        return [_refilled(held, section, content)]
    return [[*held.lines[section.start : section.end], "", *held.where.plain(content)]]


def _refilled(held: Held, section: Section, criteria: tuple[Criterion, ...]) -> list[str]:
    """The heading and the criteria below it, between the blank lines that they had."""
    lines = list(held.lines[section.start : section.runs[0].start])
    filled, at = False, section.runs[0].start
    for run, new in zip(
        section.runs, checklist.fill(section.runs, criteria, boxes=held.where.boxes), strict=True
    ):
        if new:
            lines += (held.lines[at : run.start] or [""]) if filled else []
            lines += new
            filled = True
        at = run.end
    return [*lines, *held.lines[at : section.end]]


def _retold(held: Held, section: Section, text: str) -> list[str]:
    """The heading and the text below it, in the lines that it had, as far as they hold."""
    if not text:
        return []
    inside = held.lines[section.after : section.end]
    gap = list(blanks(inside, 0, 0)[1]) if trimmed(inside) else [""]
    lines = respelt(inside, text, held.newline)
    return [*held.lines[section.start : section.after], *gap, *lines]


def _in_its_own(held: Held, text: str, content: Content) -> list[str]:
    """A plain list at the end of the section that the description itself has."""
    lines = _lines(held, text)
    section = _find(lines, held.where)
    if section is None or section.bare or section.runs or held.where.place:
        return _below(held, text, content)
    block = held.where.plain(content)
    return insert(lines, section.end, block, ((), ())) if block else lines


def _below(held: Held, text: str, content: Content, *, closing: bool = False) -> list[str]:
    """A new section below the description."""
    lines = _lines(held, text)
    if not content and not _find(lines, held.where):
        return lines
    if held.where.place:
        return _above(held, text, content, closing=closing)
    # Even without content: or what the description itself has below such a heading would be it.
    block = [
        f"{'#' * NEW_LEVEL} {held.where.heading}",
        *([""] if content else []),
        *held.where.plain(content),
    ]
    lines += [closer(lines)] if closing else []
    return insert(lines, len(lines), block, ((), ()))


def _above(held: Held, text: str, content: Content, *, closing: bool) -> list[str]:
    """A checklist that no heading tells from the description: before any other.

    `closing`: with a line that tells them apart.
    """
    lines = _lines(held, text)
    if not closing and not _find(lines, held.where):
        return insert(lines, len(lines), held.where.plain(content), ((), ()))
    above = held.where.plain(content)
    above += [*([""] if above else []), NO_CRITERIA] if closing else []
    return insert(lines, 0, above, ((), ()))


def _lines(held: Held, text: str) -> list[str]:
    """The description's lines: raw, where they are those that are held."""
    lines = held.without()[0]
    return trimmed(lines) if text == held.rest else respelt(lines, text, held.newline)
