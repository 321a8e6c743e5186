"""The journal for people: runs, and what each wrote and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rich.console import RenderableType
from rich.text import Text

from sync.model import FieldName, Json, TrackerName
from sync.plain import plain
from sync.report.layout import aligned, block, heading, rendered, rows, word
from sync.report.wording import NOTHING, Titles, change_words, count


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
    parts.append(Text(f"because {plain(edit.because)}", "dim"))
    return Text(str(edit.run)), Text(time(edit.at)), Text(plain(edit.key or NOTHING)), block(parts)
