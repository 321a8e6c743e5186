"""Refusing a plan that would do too much at once, naming the numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sync.backlog import Backlog
from sync.model import CLOSED, TrackerName
from sync.plan import Edit, Plan
from sync.tracker import Snapshot


@dataclass(frozen=True, slots=True)
class Limits:
    """Shares of the records that a tracker already shows, from 0 to 1."""

    changes: float = 0.5
    closes: float = 0.3
    moves: float = 0.5
    minimum: int = 20
    """Where fewer records are linked, shares say nothing and are not looked at."""


def guard(
    plan: Plan,
    backlog: Backlog,
    snapshots: Mapping[TrackerName, Snapshot],
    limits: Limits,
) -> tuple[str, ...]:
    """Why the plan is refused, a sentence each; empty where it is not."""
    return tuple(
        reason
        for tracker, snapshot in snapshots.items()
        for reason in _reasons(plan, backlog, tracker, snapshot, limits)
    )


def _reasons(
    plan: Plan, backlog: Backlog, tracker: TrackerName, snapshot: Snapshot, limits: Limits
) -> Iterator[str]:
    links = {link.record.id: link for link in backlog.links_of(tracker) if not link.gone}
    population = len(links)
    if snapshot.complete and links and not snapshot.records:
        yield f"{tracker} showed {population} records before, and now none at all"
        return
    if population < limits.minimum:
        return
    present = {record.id for record in snapshot.records}
    missing = sum(record not in present for record in links) if snapshot.complete else 0
    linked = {link.item for link in links.values()}
    edits = [e for e in plan.edits if e.tracker == tracker and e.item in linked]
    counts = (
        ("no longer be seen", missing, limits.closes, "closes"),
        ("be changed", len(edits), limits.changes, "changes"),
        ("be closed", sum(map(_closes, edits)), limits.closes, "closes"),
        ("be moved", sum(m.tracker == tracker for m in plan.moves), limits.moves, "moves"),
    )
    for what, count, limit, name in counts:
        if count > limit * population:
            yield (
                f"{tracker}: {count} of {population} records would {what}, "
                f"more than guard.{name} ({limit:.0%}) allows"
            )


def _closes(edit: Edit) -> bool:
    status = edit.fields.get("status")
    return status is not None and status.after in CLOSED and status.before not in CLOSED
