"""Applies a decision: remembers what was merged, then writes tracker by tracker."""

from __future__ import annotations

from collections.abc import Sequence

from sync.backlog import Link
from sync.engine.writer import Applied, Engine, Writer, now
from sync.model import RELEASE_FIELDS, Item, ItemId, TrackerName, dump
from sync.order import merge_order
from sync.planner import Decision, Verdict
from sync.planner.releases import ends
from sync.state import Accepted, Entry, Journal
from sync.tracker import Change


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
    # All sides of a release meet in one pass, or none.
    left = decision.partial or bool(engine.context.failures)
    engine.store.accept(
        engine.context.backlog.name,
        Accepted(
            items=[v.item for v in verdicts if v.item != v.before],
            links=[link for verdict in verdicts for link in verdict.links],
            order=_order(engine, decision),
            orders={} if decision.partial else decision.orders,
            releases=[] if left else _changed(decision),
            release_links={} if left else _links(engine, decision),
        ),
    )
    at, changed = now(engine), [] if left else _changed(decision)
    journal.write(run, [entry for verdict in verdicts for entry in _merged(verdict, at)])
    journal.write(run, [entry for one in changed for entry in _told(decision, one, at)])


def _changed(decision: Decision) -> list[Item]:
    """Releases that are new, or changed."""
    releases = decision.releases
    return [one for id, one in releases.items.items() if releases.before.get(id) != one]


def _links(engine: Engine, decision: Decision) -> dict[TrackerName, list[Link]]:
    """Of releases, on trackers where any of them is not as it was."""
    known = engine.context.backlog.release_links
    links = decision.releases.links.items()
    return {name: list(now.values()) for name, now in links if known.get(name, {}) != now}


def _told(decision: Decision, release: Item, at: str) -> list[Entry]:
    """What changed of one release in the backlog itself."""
    before = decision.releases.before.get(release.id, Item(release.id)).values
    links = decision.releases.links.items()
    names = [name for name, of in links if any(link.item == release.id for link in of.values())]
    entries = []
    for name in RELEASE_FIELDS:
        old, new = before.get(name), release.values.get(name)
        if old != new:
            key, why = f"release {release.values['name']}", f"seen on {', '.join(names)}"
            change = ends(name, Change(old, new))
            entries.append(Entry(at, "backlog", release.id, key, "release", name, *change, why))
    return entries


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
