"""Refusing a plan that would do too much at once, naming the numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sync.backlog import Backlog
from sync.model import CLOSED, TrackerName
from sync.plan import Edit, Plan
from sync.tracker import RecordId, Snapshot


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one run may write on one tracker."""

    creates: float = 0.5
    """This and the next three: shares of the records that it already shows."""
    changes: float = 0.5
    closes: float = 0.3
    moves: float = 0.5
    minimum: int = 20
    """Where fewer records are linked, shares say nothing and are not looked at."""
    at_most: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    """Numbers that hold however many there are: of creates, changes, closes, moves, releases,
    labels."""


def guard(
    plan: Plan,
    backlog: Backlog,
    snapshots: Mapping[TrackerName, Snapshot],
    limits: Mapping[TrackerName, Limits],
    followed: Collection[tuple[TrackerName, RecordId]] = (),
) -> tuple[str, ...]:
    """Why the plan is refused, a sentence each, all of them; empty where it is not.

    `followed`: records that are not where they were, but elsewhere in the backlog: not lost.
    """
    return tuple(
        f"{tracker}{reason}"
        for tracker, snapshot in snapshots.items()
        for reason in (
            *_losses(backlog, tracker, snapshot, limits[tracker], followed),
            *_writes(plan, backlog, tracker, limits[tracker]),
        )
    )


WORDS = {
    "losses": ("closes", "records", "no longer be seen"),
    "creates": ("creates", "records", "be created"),
    "changes": ("changes", "records", "be changed"),
    "closes": ("closes", "records", "be closed"),
    "moves": ("moves", "records", "be moved"),
    "release changes": ("changes", "releases", "be changed"),
    "releases": ("changes", "releases", "be made or changed"),
    "labels": ("changes", "labels", "be made or changed"),
}
"""What is counted → the share that it is held against, of what, and what would become of them."""


def _losses(
    backlog: Backlog,
    tracker: TrackerName,
    snapshot: Snapshot,
    limits: Limits,
    followed: Collection[tuple[TrackerName, RecordId]],
) -> Iterator[str]:
    """Records that were shown and no longer are: gone, or not for this credential."""
    there = {link.record.id for link in backlog.links_of(tracker) if not link.gone}
    there -= {record for name, record in followed if name == tracker}
    if snapshot.complete and there and not snapshot.records:
        yield f" showed {len(there)} records before, and now none at all"
        return
    present = {record.id for record in snapshot.records}
    missing = sum(
        one in snapshot.gone or (snapshot.complete and one not in present) for one in there
    )
    yield from _share("losses", missing, len(there), limits)


def _writes(plan: Plan, backlog: Backlog, tracker: TrackerName, limits: Limits) -> Iterator[str]:
    linked = {link.item for link in backlog.links_of(tracker) if not link.gone}
    # What was begun was let through then: a first run that was cut short goes on.
    begun = backlog.intents.get(tracker, {})
    edits = [one for one in plan.edits if one.tracker == tracker]
    releases = [one.action for one in plan.releases if one.tracker == tracker]
    labels = [one for one in plan.vocabulary if one.tracker == tracker]
    counts = {
        "creates": sum(one.action == "create" and one.item not in begun for one in edits),
        # Records that have a label change with its name.
        "changes": sum(one.item in linked for one in edits) + sum(one.items for one in labels),
        "closes": sum(one.item in linked and _closes(one) for one in edits),
        "moves": sum(one.tracker == tracker for one in plan.moves),
    }
    for name, count in counts.items():
        if linked or name != "creates":  # the first of all are new, every one
            yield from _share(name, count, len(linked), limits)
    known = len(backlog.release_links.get(tracker, {}))
    yield from _share("release changes", releases.count("update"), known, limits)
    counts |= {"releases": len(releases), "labels": len(labels)}
    for name, count in counts.items():
        highest = limits.at_most.get(name)
        if highest is not None and count > highest:
            _, what, would = WORDS[name]
            allowed = f"guard.at_most.{name} ({highest})"
            yield f": {count} {what} would {would}, more than {allowed} allows"


def _share(name: str, count: int, population: int, limits: Limits) -> Iterator[str]:
    limit, what, would = WORDS[name]
    share: float = getattr(limits, limit)
    if population >= limits.minimum and count > share * population:
        yield (
            f": {count} of {population} {what} would {would}, "
            f"more than guard.{limit} ({share:.0%}) allows"
        )


def _closes(edit: Edit) -> bool:
    status = edit.fields.get("status")
    return status is not None and status.after in CLOSED and status.before not in CLOSED
