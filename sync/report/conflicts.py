"""Conflicts for people: each side's value and last change, and where texts differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from types import MappingProxyType
from typing import TypeAlias

from rich.console import RenderableType
from rich.text import Text

from sync.model import FieldName, ItemId, Json, TrackerName
from sync.plain import plain
from sync.plan import Conflict, Plan, ReleaseConflict
from sync.report.history import time
from sync.report.layout import aligned, block, heading, rendered, rows
from sync.report.markdown import BREAK, headed, safe, table
from sync.report.wording import NOTHING, Titles, called, conflict_sides, count, cut
from sync.texts import Region, disputed
from sync.tracker import Touched

ROOM = 12
"""Lines of one side's hunk that a plan shows."""
WIDE = 100
"""Characters of such a line."""


Touches: TypeAlias = Mapping[tuple[ItemId, FieldName, TrackerName], Touched]
"""Who last changed the sides of conflicts."""
NOBODY: Touches = MappingProxyType({})


def conflicts_table(
    plan: Plan,
    titles: Titles,
    touches: Touches,
    hints: Sequence[str],
    width: int | None = None,
    color: bool = False,
) -> str:
    """Every conflict in full, for a terminal. `hints`: what decides each, in untrusted words."""
    return rendered(_parts(plan, titles, touches, hints), width, color)


def _parts(
    plan: Plan, titles: Titles, touches: Touches, hints: Sequence[str]
) -> Iterator[RenderableType]:
    if not plan.conflicts and not plan.release_conflicts:
        yield Text(f"{plain(plan.backlog)}: no conflicts")
        return
    yield Text(f"Conflicts of {plain(plan.backlog)}", "bold")
    yield from conflict_parts(plan, titles, touches, None)
    yield from release_parts(plan)
    yield from heading("To decide")
    yield from (Text(f"  {plain(hint)}") for hint in hints)


def conflict_heading(plan: Plan) -> str:
    return f"To be resolved: {count(len(plan.conflicts), 'conflict')}"


def conflict_parts(
    plan: Plan, titles: Titles, touches: Touches, room: int | None = ROOM
) -> Iterator[RenderableType]:
    """For a terminal; nothing where there is none. `room`: lines of one hunk."""
    if plan.conflicts:
        yield from heading(conflict_heading(plan))
        yield from rows(
            (
                Text(plain(one.field), "bold magenta"),
                block([called(one.item, titles), *conflict_block(one, titles, touches, room)]),
            )
            for one in plan.conflicts
        )


def conflict_lines(plan: Plan, titles: Titles, touches: Touches) -> list[str]:
    """The same in Markdown."""
    lines = []
    if plan.conflicts:
        lines += headed(3, conflict_heading(plan))
        cells = (_conflict_cells(one, titles, touches) for one in plan.conflicts)
        lines += table(("item", "field", "values"), cells)
    return lines


def release_parts(plan: Plan) -> Iterator[RenderableType]:
    """Conflicts of releases, for a terminal."""
    if plan.release_conflicts:
        yield from heading(release_heading(plan))
        yield from rows(
            (
                Text(plain(one.field), "bold magenta"),
                block([plain(f"release {cut(one.release)}"), *aligned(_release_sides(one))]),
            )
            for one in plan.release_conflicts
        )


def release_lines(plan: Plan) -> list[str]:
    """The same in Markdown."""
    if not plan.release_conflicts:
        return []
    cells = (
        (
            safe(one.release),
            safe(one.field),
            BREAK.join(safe(f"{side}: {words}") for side, words in _release_sides(one)),
        )
        for one in plan.release_conflicts
    )
    return [*headed(3, release_heading(plan)), *table(("release", "field", "values"), cells)]


def release_heading(plan: Plan) -> str:
    return f"Releases to be resolved: {count(len(plan.release_conflicts), 'conflict')}"


def _release_sides(conflict: ReleaseConflict) -> list[tuple[str, str]]:
    sides = [(plain(side), release_value(value)) for side, value in sorted(conflict.sides.items())]
    return [("before", release_value(conflict.base)), *sides]


def release_value(value: Json) -> str:
    """`yes` and `no` for whether it is done; its name, its day."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return NOTHING if value in (None, "") else cut(str(value))


def conflict_block(
    conflict: Conflict, titles: Titles, touches: Touches, room: int | None = ROOM
) -> Iterator[Text]:
    """The value before, each side's, and the hunks of texts. `room`: lines of one hunk."""
    yield from aligned([(plain(side), words) for side, words in _sides(conflict, titles, touches)])
    for title, lines in hunks(conflict, room):
        yield Text(title, "dim")
        for line in lines:
            yield Text(line, {"+": "green", "-": "red"}.get(line[:1], ""))


def _sides(conflict: Conflict, titles: Titles, touches: Touches) -> list[tuple[str, str]]:
    told = []
    for side, words in conflict_sides(conflict, titles):
        who = last_change(touches.get((conflict.item, conflict.field, side)))
        told.append((side, f"{words}  ({who})" if who else words))
    return told


def last_change(touched: Touched | None) -> str:
    """`last changed by ada, 2026-03-01 12:00:05`, in untrusted words; empty where it is unknown."""
    if touched is None:
        return ""
    parts = [f"by {cut(touched.by)}" if touched.by else "", time(touched.at) if touched.at else ""]
    told = ", ".join(filter(None, parts))
    verb = "record last changed" if touched.whole else "last changed"
    return f"{verb} {told}" if told else ""


def hunks(conflict: Conflict, room: int | None = None) -> list[tuple[str, list[str]]]:
    """Where a text was changed differently: what each side made of it, as a diff by lines.

    Titles and lines are safe to be shown. Nothing where no side has several lines.
    """
    return [
        (f"{plain(side)}, line {region.line + line + 1}", _cut(lines, room))
        for region in regions(conflict)
        for side, new in zip(sorted(conflict.sides), region.new, strict=True)
        for line, lines in _diff(region.old, new)
    ]


def regions(conflict: Conflict) -> list[Region]:
    """Where the sides, by name, made different things of a text of several lines."""
    texts = [one or "" for _, one in sorted(conflict.sides.items())]
    base = conflict.base or ""
    if not all(isinstance(one, str) for one in (base, *texts)):
        return []
    if not any("\n" in one.strip() for one in (base, *texts)):
        return []
    whole = Region(0, _lines(base), tuple(map(_lines, texts)))
    return disputed(base, texts) or [whole]


def _diff(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Where each hunk begins in the old lines, and its lines, with one line around a change."""
    match = SequenceMatcher(a=old, b=new, autojunk=False)
    for group in match.get_grouped_opcodes(1):
        lines = []
        for tag, a, b, c, d in group:
            if tag == "equal":
                lines += [_line(" ", line) for line in old[a:b] if line.strip()]
            else:
                lines += [_line("-", line) for line in old[a:b]]
                lines += [_line("+", line) for line in new[c:d]]
        yield group[0][1], lines


def _line(sign: str, line: str) -> str:
    indent = " " * (len(line) - len(line.lstrip(" ")))
    return f"{sign} {indent}{cut(line, WIDE)}".rstrip()


def _cut(lines: list[str], room: int | None) -> list[str]:
    if room is None or len(lines) <= room:
        return lines
    return [*lines[: room - 1], f"  … {count(len(lines) - room + 1, 'more line')}"]


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()


def _conflict_cells(conflict: Conflict, titles: Titles, touches: Touches) -> tuple[str, ...]:
    cells = [safe(f"{side}: {words}") for side, words in _sides(conflict, titles, touches)]
    for title, lines in hunks(conflict, ROOM):
        cells += [safe(title), *map(safe, lines)]
    return safe(called(conflict.item, titles)), safe(conflict.field), BREAK.join(cells)
