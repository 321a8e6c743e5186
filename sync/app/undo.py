"""Taking a run back: what it wrote, held against what the trackers show now."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import structlog

from sync.app.build import planner_settings
from sync.app.runs import Look, Shop, Unknown, adapters_of, remembered
from sync.backlog import Backlog
from sync.engine import read
from sync.model import ItemId, dump
from sync.planner import Context, Reading
from sync.planner.undo import Kept, Past, undo
from sync.report import Back
from sync.state import Entry, Journal, Run, Store
from sync.tracker import Adapter, TrackerError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class UndoLook:
    """What an undo has read and decided. Nothing is written by it."""

    run: Run
    look: Look
    kept: tuple[Kept, ...]
    """What of the run stays, and why."""

    @property
    def pending(self) -> bool:
        """Is there anything to take back?"""
        return bool(self.look.decision.verdicts or self.look.plan.pending)


def shop_of(shops: Sequence[Shop], run: int) -> Shop:
    """The backlog that the run was of. Raises Unknown."""
    for shop in shops:
        store = Store(shop.state)
        try:
            if store.exists() and _run(shop, store, run):
                return shop
        finally:
            store.close()
    raise Unknown(f"there is no run {run}; `onebacklog history` shows them all")


def _run(shop: Shop, store: Store, run: int) -> Run | None:
    store.migrate()
    return Journal(store.engine).run(shop.name, run)


def look_back(shop: Shop, number: int) -> UndoLook:
    """Reads what the run touched, and decides what of it is taken back; writes nothing."""
    run, entries = _remembered(shop, number)
    backlog, _ = remembered(shop)
    adapters, failures = adapters_of(shop)
    readings, unread = read(adapters, backlog)
    failures |= unread
    touched = {entry.item for entry in entries}
    for tracker, reading in [*readings.items()]:
        try:
            readings[tracker] = _touched(adapters[tracker], reading, backlog, touched)
        except TrackerError as error:
            del readings[tracker]
            failures[tracker] = str(error)
            log.warning("tracker.unread", tracker=tracker, error=str(error))
    settings = planner_settings(shop.settings)
    context = Context(backlog, settings, readings, failures, shop.clock())
    undoing = undo(context, number, [_past(entry) for entry in entries])
    return UndoLook(run, Look(shop, context, undoing.decision, adapters), undoing.kept)


def _remembered(shop: Shop, number: int) -> tuple[Run, list[Entry]]:
    """The run, and all that it wrote, the oldest first."""
    store = Store(shop.state)
    try:
        run = _run(shop, store, number)
        assert run is not None  # noqa: S101  (the caller has looked)
        return run, Journal(store.engine).entries(shop.name, run=number)[::-1]
    finally:
        store.close()


def _touched(
    adapter: Adapter, reading: Reading, backlog: Backlog, items: Collection[ItemId]
) -> Reading:
    """With the items' records as they are at this moment, from reads that do not lag."""
    links = backlog.links_of(adapter.name)
    found = adapter.get([one.record.id for one in links if one.item in items and not one.gone])
    read = {record.id: record for record in (*reading.snapshot.records, *found.records)}
    gone = {**reading.snapshot.gone, **found.gone}
    snapshot = replace(
        reading.snapshot, records=tuple(read.values()), gone=gone, complete=False, problems=()
    )
    return Reading(reading.facts, snapshot)


def _past(entry: Entry) -> Past:
    return Past(
        entry.tracker,
        entry.item,
        entry.key,
        entry.action,
        entry.field,
        entry.before,
        entry.after,
        entry.outcome,
    )


def values_back(one: UndoLook) -> list[Back]:
    """What goes back in the backlog itself."""
    known = one.look.context.backlog
    return [
        Back(after.id, name, dump(known.items[after.id].values.get(name)), dump(value))
        for after in (verdict.item for verdict in one.look.decision.verdicts)
        for name in known.schema
        if (value := after.values.get(name)) != known.items[after.id].values.get(name)
    ]
