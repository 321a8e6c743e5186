"""Undo over a world of trackers in memory, as the command does it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import count

from sync.engine import Applied, Engine, apply
from sync.planner import Context, Reading
from sync.planner.undo import Past, Undoing
from sync.planner.undo import undo as undoing
from sync.state import Store
from tests.sync.world import Crash, World


def look_back(world: World, run: int) -> tuple[Context, Undoing]:
    """What would be taken back."""
    context, _, adapters = world.look()
    entries = world.journal().entries("shop", run=run)[::-1]
    touched = {entry.item for entry in entries}
    readings = {}
    for name, reading in context.readings.items():
        links = [one for one in context.backlog.links_of(name) if not one.gone]
        found = adapters[name].get([one.record.id for one in links if one.item in touched])
        records = {one.id: one for one in (*reading.snapshot.records, *found.records)}
        snapshot = replace(
            reading.snapshot,
            records=tuple(records.values()),
            gone={**reading.snapshot.gone, **found.gone},
        )
        readings[name] = Reading(reading.facts, snapshot)
    context = replace(context, readings=readings)
    past = [
        Past(e.tracker, e.item, e.key, e.action, e.field, e.before, e.after, e.outcome)
        for e in entries
    ]
    return context, undoing(context, run, past)


def undo(world: World, run: int, *, die_after: int | None = None) -> tuple[Applied, Undoing]:
    """With `die_after` it is killed after so many edits."""
    world.now += timedelta(minutes=5)
    context, found = look_back(world, run)
    adapters = {name: one for name, one in world.adapters().items() if name in context.readings}
    for adapter in adapters.values():
        adapter.open()
    store, done = Store(world.url), count()

    def progress(tracker: str, number: int) -> None:
        if next(done) == die_after:
            raise Crash

    try:
        engine = Engine(context, adapters, store, lambda: world.now, progress)
        return apply(engine, found.decision), found
    finally:
        store.close()
