"""One Markdown body ↔ a description and what stands in sections of it. Pure.

The body is cut into lines, and every line that nobody changed goes back as it came.

Criteria, in the section of their heading:

    split(body, heading) -> (rest, criteria)
    join(body, heading, description=rest | None, criteria=criteria | None) -> body

Other fields: entries of a list, one an entry (SET, ITEMS), and text (LINE, NUMBER, DATE, TEXT):

    take_entries(body, heading, fits) -> (rest, entries)
    put_entries(body, heading, fits, rest=None, entries=None) -> body
    take_text(body, heading) -> (rest, text)
    put_text(body, heading, rest=None, text=None) -> body

`rest` is the body without the section. Several sections of one body are taken one after the other,
each from the rest of the one before; `adapters.layout` does that for all of them at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, TypeAlias

from markdown_it.token import Token

from adapters import checklist
from adapters.checklist import Run
from adapters.lines import (
    LINE,
    bare,
    blank,
    blanks,
    blocks,
    closer,
    compared,
    content_end,
    deepened,
    headings,
    insert,
    moved,
    respelt,
    tidy,
    trimmed,
)
from sync.model import Criterion

HEADING = "Acceptance criteria"
NEW_LEVEL = 2
"""Of the heading of a new section."""

Fits: TypeAlias = Callable[[str], bool]
"""Is this text of a list item an entry of the field? One that is none stays in the rest."""
Content: TypeAlias = tuple[Criterion, ...] | str


def split(body: str, heading: str = HEADING) -> tuple[str, tuple[Criterion, ...]]:
    """The description, without blank lines around it, and the criteria. Lines end in `\\n`.

    The section is the last one of that heading: of any level, setext, or a line in bold. Its list
    items are the criteria. Whatever else it holds stays in the description, with the heading.
    """
    held = _read(body, _Where(heading))
    return held.rest, held.criteria


def join(
    body: str,
    heading: str = HEADING,
    *,
    description: str | None = None,
    criteria: tuple[Criterion, ...] | None = None,
) -> str:
    """The body with what is given in the place of what it held; None: as it is.

    `split` of the answer gives the same again, but for a code fence or HTML comment that the
    description leaves open: it is closed, or the criteria would be within it.
    """
    wanted = None if criteria is None else _tidy_criteria(criteria)
    return _join(body, _Where(heading), description, wanted)


def take_entries(
    body: str, heading: str, fits: Fits = lambda text: True
) -> tuple[str, tuple[str, ...]]:
    """The body without the section, and the entries of the lists in it, each one line.

    The section ends at the next heading of any level. What in it is no list item that `fits` stays
    in the rest, with the heading.
    """
    held = _read(body, _Where(heading, "list", fits))
    return held.rest, tuple(checklist.unguarded(entry.text) for entry in held.criteria)


def put_entries(
    body: str,
    heading: str,
    fits: Fits = lambda text: True,
    *,
    rest: str | None = None,
    entries: Sequence[str] | None = None,
) -> str:
    """The body with what is given in the place of what it held; None: as it is.

    An entry that stays keeps its line. Entries are given line by line: a line break in one, or
    blanks around it, become a blank or nothing. Each one `fits`.
    """
    where = _Where(heading, "list", fits)
    if entries is None:
        return _join(body, where, rest, None)
    lines = (checklist.guarded(" ".join(entry.split())) for entry in entries)
    return _join(body, where, rest, tuple(Criterion(line) for line in lines if line))


def take_text(body: str, heading: str) -> tuple[str, str]:
    """The body without the section, and the Markdown below its heading; "" where there is none.

    The section ends at the next heading of the same or a higher level.
    """
    held = _read(body, _Where(heading, "text"))
    return held.rest, held.text


def put_text(body: str, heading: str, *, rest: str | None = None, text: str | None = None) -> str:
    """The body with what is given in the place of what it held; None: as it is.

    Without a text, the heading goes too. Headings in the text that would end the section are
    written one level deeper than the section's own.
    """
    where = _Where(heading, "text")
    section = _read(body, where).section
    level = section.level if section else NEW_LEVEL
    return _join(body, where, rest, None if text is None else tidy(deepened(text, level)))


@dataclass(frozen=True, slots=True)
class _Where:
    """What is looked for in a body."""

    heading: str
    form: Literal["criteria", "list", "text"] = "criteria"
    fits: Fits = lambda text: True

    @property
    def names(self) -> frozenset[str]:
        """The heading, as it is compared."""
        return frozenset({compared(self.heading)})

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
class _Section:
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
class _Held:
    """A body, read."""

    where: _Where
    lead: str
    lines: tuple[str, ...]
    """Between the blank lines around it; the last one has no line ending."""
    tail: str
    newline: str
    section: _Section | None

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


def _read(body: str, where: _Where) -> _Held:
    raw: list[str] = LINE.findall(body)
    lines = trimmed(raw)
    start = next((at for at, line in enumerate(raw) if not blank(line)), len(raw))
    end = start + len(lines)
    ending = lines[-1][len(bare(lines[-1])) :] if lines else ""
    lines[-1:] = map(bare, lines[-1:])
    newline = "\r\n" if body.count("\r\n") * 2 > body.count("\n") else "\n"
    section = _find(lines, where)
    lead, tail = "".join(raw[:start]), ending + "".join(raw[end:])
    return _Held(where, lead, tuple(lines), tail, newline, section)


def _join(body: str, where: _Where, rest: str | None, content: Content | None) -> str:
    held = _read(body, where)
    text = held.rest if rest is None else tidy(rest)
    wanted = held.content if content is None else content
    if (text, wanted) == (held.rest, held.content):
        return body
    answer = body
    for attempt in (_in_place, _in_its_own, _below, partial(_below, closing=True)):
        answer = held.outer(attempt(held, text, wanted))
        again = _read(answer, where)
        if (again.rest, again.content) == (text, wanted):
            break
    return answer


def _find(lines: Sequence[str], where: _Where) -> _Section | None:
    tokens = blocks().parse("\n".join(map(bare, lines)))
    found: tuple[int, int, int] | None = None
    end, names = len(lines), where.names
    for start, after, level, text in headings(tokens):
        if text in names:
            found, end = (start, after, level), len(lines)
        elif found and end == len(lines) and (level <= found[2] or where.form == "list"):
            end = start
    if found is None:
        return None
    start, after, level = found
    if where.form == "text":
        return _Section(start, content_end(lines, start, end), (), True, after, level)
    runs = tuple(_runs(lines, tokens, (after, end), where))
    end = content_end(lines, start, end)
    listed = {at for run in runs for at in range(run.start, run.end)}
    only_lists = all(at in listed or blank(lines[at]) for at in range(after, end))
    return _Section(start, end, runs, only_lists, after, level)


def _runs(
    lines: Sequence[str], tokens: Sequence[Token], within: tuple[int, int], where: _Where
) -> Iterator[Run]:
    start, end = within
    spans = [
        (token.map[0], content_end(lines, *token.map))
        for token in tokens
        if token.type == "list_item_open" and token.level == 1 and token.map
        if start <= token.map[0] < end
    ]
    read = [checklist.read(lines[top:bottom]).criterion.text for top, bottom in spans]
    taken = [span for span, text in zip(spans, read, strict=True) if not text or where.fits(text)]
    entries: list[checklist.Entry] = []
    first = 0
    for at, (top, bottom) in enumerate(taken):
        following = taken[at + 1][0] if at + 1 < len(taken) else end
        between = lines[bottom:following]
        last = at + 1 == len(taken) or not all(map(blank, between))
        first = first if entries else top
        entry = checklist.read(lines[top:bottom], () if last else between)
        entries.append(entry if where.boxes else checklist.unticked(entry))
        if last:
            yield Run(first, bottom, tuple(entries))
            entries = []


def _in_place(held: _Held, text: str, content: Content) -> list[str]:
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


def _blocks(held: _Held, section: _Section, content: Content) -> Sequence[Sequence[str]]:
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
        heading = held.lines[section.start : section.runs[0].start]
        return [[*heading, *checklist.fill(section.runs, content, boxes=held.where.boxes)[0]]]
    return [[*held.lines[section.start : section.end], "", *held.where.plain(content)]]


def _retold(held: _Held, section: _Section, text: str) -> list[str]:
    """The heading and the text below it, in the lines that it had, as far as they hold."""
    if not text:
        return []
    inside = held.lines[section.after : section.end]
    gap = list(blanks(inside, 0, 0)[1]) if trimmed(inside) else [""]
    lines = respelt(inside, text, held.newline)
    return [*held.lines[section.start : section.after], *gap, *lines]


def _in_its_own(held: _Held, text: str, content: Content) -> list[str]:
    """A plain list at the end of the section that the description itself has."""
    lines = _lines(held, text)
    section = _find(lines, held.where)
    if section is None or section.bare or section.runs:
        return _below(held, text, content)
    block = held.where.plain(content)
    return insert(lines, section.end, block, ((), ())) if block else lines


def _below(held: _Held, text: str, content: Content, *, closing: bool = False) -> list[str]:
    """A new section below the description."""
    lines = _lines(held, text)
    if not content and not _find(lines, held.where):
        return lines
    # Even without content: or what the description itself has below such a heading would be it.
    block = [
        f"{'#' * NEW_LEVEL} {held.where.heading}",
        *([""] if content else []),
        *held.where.plain(content),
    ]
    lines += [closer(lines)] if closing else []
    return insert(lines, len(lines), block, ((), ()))


def _lines(held: _Held, text: str) -> list[str]:
    """The description's lines: raw, where they are those that are held."""
    lines = held.without()[0]
    return trimmed(lines) if text == held.rest else respelt(lines, text, held.newline)


def _tidy_criteria(criteria: Sequence[Criterion]) -> tuple[Criterion, ...]:
    tidied = (Criterion(checklist.tidy(text), checked) for text, checked in criteria)
    return tuple(criterion for criterion in tidied if criterion.text)
