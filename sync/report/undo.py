"""An undo for people: what is taken back of a run, and what is not, and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

from rich.console import RenderableType
from rich.text import Text

from sync.model import FieldName, ItemId, Json, TrackerName
from sync.plain import plain
from sync.plan import Plan
from sync.report.layout import aligned, block, heading, rendered, rows
from sync.report.plan import change_parts
from sync.report.wording import NOTHING, Titles, called, change_words, count


@dataclass(frozen=True, slots=True)
class Back:
    """One value of the backlog that goes back."""

    item: ItemId
    field: FieldName
    before: Json
    """As `dump` gives it."""
    after: Json


@dataclass(frozen=True, slots=True)
class Stay:
    """Something of the run that stays as it is."""

    tracker: TrackerName
    item: ItemId
    key: str | None
    field: FieldName | None
    """None: all of it."""
    why: str


@dataclass(frozen=True, slots=True)
class UndoReport:
    """What an undo would do, or did."""

    run: int
    """The run that is taken back."""
    plan: Plan
    backs: Sequence[Back]
    stays: Sequence[Stay]


def undo_table(
    report: UndoReport, titles: Titles, width: int | None = None, color: bool = False
) -> str:
    """For a terminal; `width` in columns."""
    return rendered(_parts(report, titles), width, color)


def undo_json(report: UndoReport) -> dict[str, Json]:
    """The same for programs; edits, moves, releases and labels as in a plan."""
    data = report.plan.to_json()
    return {
        "version": 1,
        "backlog": report.plan.backlog,
        "undoes": report.run,
        **{name: data[name] for name in ("edits", "moves", "releases", "vocabulary")},
        "values": [asdict(one) for one in report.backs],
        "kept": [asdict(one) for one in report.stays],
    }


def _parts(report: UndoReport, titles: Titles) -> Iterator[RenderableType]:
    plan, backs, stays = report.plan, report.backs, report.stays
    yield Text(f"Undo of run {report.run} of {plain(plan.backlog)}", "bold")
    yield from change_parts(plan, titles)
    if backs:
        yield from heading(f"In the backlog: {count(len(backs), 'value')}")
        yield from rows(_back_row(one, titles) for one in backs)
    if stays:
        yield from heading(f"Not taken back: {len(stays)}")
        yield from rows(_stay_row(one, titles) for one in stays)
    if not (backs or plan.pending):
        yield Text("")
        yield Text("There is nothing to take back.")


def _back_row(one: Back, titles: Titles) -> tuple[Text, ...]:
    words = change_words(one.field, one.before, one.after, titles)
    return Text(called(one.item, titles)), block(aligned([(plain(one.field), words)]))


def _stay_row(one: Stay, titles: Titles) -> tuple[Text, ...]:
    where = f"{plain(one.tracker)}  {plain(one.key)}" if one.key else plain(one.tracker)
    why = Text(plain(one.why), "dim")
    field = plain(one.field or NOTHING)
    return Text(where), Text(called(one.item, titles)), Text(field), why
