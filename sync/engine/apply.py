"""Applies a decision: remembers what was merged, then writes tracker by tracker."""

from __future__ import annotations

from collections.abc import Sequence

from sync.engine.writer import Applied, Engine, Writer, now
from sync.model import ItemId, dump
from sync.order import merge_order
from sync.planner import Decision, Verdict
from sync.state import Accepted, Entry, Journal


def apply(engine: Engine, decision: Decision) -> Applied:
    """Carries the decision out. Nothing is written that is not in its plan."""
    journal = Journal(engine.store.engine)
    name = engine.context.backlog.name
    applied = Applied(journal.begin(name, now(engine), decision.plan.summary))
    _accept(engine, decision, journal, applied.run)
    for tracker, adapter in engine.adapters.items():
        writer = Writer(engine, decision, journal, applied, tracker, adapter)
        writer.write()
    outcome = "failed" if applied.failures or engine.context.failures else "done"
    journal.end(applied.run, now(engine), outcome)
    return applied


def _accept(engine: Engine, decision: Decision, journal: Journal, run: int) -> None:
    """Takes over what people changed, before anything is written for it."""
    verdicts = decision.verdicts
    engine.store.accept(
        engine.context.backlog.name,
        Accepted(
            items=[v.item for v in verdicts if v.item != v.before],
            links=[link for verdict in verdicts for link in verdict.links],
            order=_order(engine, decision),
            orders={} if decision.partial else decision.orders,
        ),
    )
    journal.write(run, [entry for v in verdicts for entry in _merged(v, now(engine))])


def _order(engine: Engine, decision: Decision) -> Sequence[ItemId]:
    if not decision.partial:
        return decision.order
    known = engine.context.backlog.order
    there = {verdict.item.id for verdict in decision.verdicts} | set(known)
    order = [item for item in decision.order if item in there]
    return merge_order(known, [(order, order)])  # new items find their place, others stay


def _merged(verdict: Verdict, at: str) -> list[Entry]:
    """What changed in the backlog itself."""
    before = verdict.before.values if verdict.before else {}
    after = verdict.item.values
    sources = ", ".join(link.tracker for link in verdict.links if not link.gone)
    return [
        Entry(
            at=at,
            tracker="backlog",
            item=verdict.item.id,
            key=None,
            action="merge",
            field=name,
            before=dump(before.get(name)),
            after=dump(after.get(name)),
            because=f"seen on {sources}",
        )
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
