"""The journal for people: runs, and what each wrote and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from rich.console import RenderableType
from rich.text import Text

from sync.model import FieldName, ItemId, Json, TrackerName
from sync.plain import json_text, plain
from sync.report.layout import aligned, block, heading, rendered, rows, word
from sync.report.wording import NOTHING, Titles, called, change_words, count


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run."""

    id: int
    started: str
    """ISO 8601 in UTC, as all times here."""
    ended: str | None
    """None: it still runs, or was killed."""
    mode: str
    outcome: str | None
    counts: Mapping[str, int] = field(default_factory=dict)
    """What it set out to do: `create`, `update`, `move` … → number."""


@dataclass(frozen=True, slots=True)
class EditLine:
    """One field written, or one move."""

    run: int
    at: str
    tracker: TrackerName
    action: str
    key: str | None
    field: FieldName | None
    before: Json
    """As `dump` gives it."""
    after: Json
    because: str
    outcome: str


@dataclass(frozen=True, slots=True)
class FailingLine:
    """One edit that failed, and waits to be tried again."""

    tracker: TrackerName
    item: ItemId
    key: str | None
    what: str
    """`update title, labels`."""
    tries: int
    first: str
    last: str
    next: str | None
    """None: it is not tried again until a person says so."""
    message: str
    remedy: str


def failing_table(
    lines: Sequence[FailingLine], titles: Titles, width: int | None = None, color: bool = False
) -> str:
    """What fails, in the order given; `titles` of the items."""
    if not lines:
        return rendered([Text("Nothing is failing.")], width, color)
    head = ("tracker", "key", "item", "fails")
    remedies = dict.fromkeys(line.remedy for line in lines)
    parts = [*rows((_failing_row(line, titles) for line in lines), head), Text("")]
    parts += [Text(f"To go on: {remedy}.") for remedy in remedies]
    return rendered(parts, width, color)


def _failing_row(line: FailingLine, titles: Titles) -> tuple[Text, ...]:
    again = f"next try {time(line.next)}" if line.next else "not tried any more"
    state = Text(f"{count(line.tries, 'failure')}, last {time(line.last)}, {again}", "dim")
    why = Text(plain(line.message), "red")
    return (
        Text(plain(line.tracker)),
        Text(plain(line.key or NOTHING)),
        Text(called(line.item, titles)),
        block([Text(plain(line.what)), why, state]),
    )


def history_json(
    runs: Sequence[RunLine], edits: Sequence[EditLine], failing: Sequence[FailingLine] | None = None
) -> str:
    """The same for programs; `failing` alone, where that was asked for."""
    if failing is not None:
        return json_text({"version": 1, "failing": [asdict(line) for line in failing]})
    data: dict[str, Json] = {"version": 1, "runs": [asdict(run) for run in runs]}
    if edits:
        data["edits"] = [asdict(edit) for edit in edits]
    return json_text(data)


def history_table(
    runs: Sequence[RunLine],
    edits: Sequence[EditLine],
    titles: Titles,
    width: int | None = None,
    color: bool = False,
) -> str:
    """Runs, then edits, each in the order given; `titles` of the items that edits refer to."""
    return rendered(_parts(runs, edits, titles), width, color)


def _parts(
    runs: Sequence[RunLine], edits: Sequence[EditLine], titles: Titles
) -> Iterator[RenderableType]:
    if not runs and not edits:
        yield Text("Nothing has been applied yet.")
        return
    if runs:
        yield Text(count(len(runs), "run"), "bold")
        head = ("run", "started", "took", "mode", "outcome", "changes")
        yield from rows(map(_run_row, runs), head)
    yield from edit_parts(edits, titles)


def edit_parts(edits: Sequence[EditLine], titles: Titles) -> Iterator[RenderableType]:
    if edits:
        yield from heading(count(len(edits), "edit"))
        yield from rows((_edit_row(edit, titles) for edit in edits), ("run", "at", "key", "edit"))


def time(at: str) -> str:
    """An ISO time as people read it, to the second, in UTC: `2026-03-01 12:00:05`."""
    return plain(at)[:19].replace("T", " ")


def _run_row(run: RunLine) -> tuple[Text, ...]:
    counts = [count(number, noun) for noun, number in run.counts.items() if number]
    return (
        Text(str(run.id)),
        Text(time(run.started)),
        Text(_took(run) or NOTHING),
        Text(plain(run.mode)),
        word(plain(run.outcome or "not ended")),
        Text(plain(", ".join(counts)) or "0 changes"),
    )


def _took(run: RunLine) -> str:
    """Hours, minutes and seconds: `0:00:09`."""
    if run.ended is None:
        return ""
    took = datetime.fromisoformat(run.ended) - datetime.fromisoformat(run.started)
    return str(timedelta(seconds=round(took.total_seconds())))


def _edit_row(edit: EditLine, titles: Titles) -> tuple[Text, ...]:
    done = edit.outcome == "done"
    what = f"{edit.tracker} {edit.action}" + ("" if done else f" {edit.outcome}")
    parts = [Text(plain(what), "" if done else "bold red")]
    if edit.field:
        words = change_words(edit.field, edit.before, edit.after, titles)
        parts += aligned([(plain(edit.field), words)])
    elif edit.action == "move":
        ends = [_place(end, titles) for end in (edit.before, edit.after)]
        parts += aligned([("from", ends[0]), ("to", ends[1])])
    parts.append(Text(f"because {plain(edit.because)}", "dim"))
    return Text(str(edit.run)), Text(time(edit.at)), Text(plain(edit.key or NOTHING)), block(parts)


def _place(end: Json, titles: Titles) -> str:
    """Where a move started or ended; entries of older versions say little of it."""
    if not isinstance(end, dict):
        return NOTHING
    above, below = end.get("after"), end.get("before")
    parts = [f"below {called(above, titles)}" if above else "the top"]
    parts += [f"above {called(below, titles)}"] if below else []
    return ", ".join(parts)
