"""Applies a decision: remembers what was merged, then writes tracker by tracker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sync.backlog import Link
from sync.engine.killed import settle_killed, settle_left
from sync.engine.run import Applied, Engine, now
from sync.engine.writer import Made, Writer
from sync.model import RELEASE_FIELDS, Item, ItemId, TrackerName, dump
from sync.order import merge_order, moved, neighbours
from sync.planner import Decision, Verdict
from sync.planner.orders import ORDER
from sync.planner.releases import ends
from sync.state import Accepted, Entry, Journal
from sync.tracker import Change


def apply(engine: Engine, decision: Decision) -> Applied:
    """Carries the decision out. Nothing is written that is not in its plan.

    Raises Unwritable, at once, where the state can no longer be stored.
    """
    journal = Journal(engine.store.engine)
    name = engine.context.backlog.name
    run = journal.begin(name, now(engine), decision.plan.summary, decision.undoes)
    applied = Applied(run)
    left = settle_killed(engine.context, decision, journal)
    journal.take_leads(name, run, engine.context.backlog.last_run)
    _accept(engine, decision, run)
    writers, made = list[Writer](), Made()
    for tracker, adapter in engine.adapters.items():
        writer = Writer(engine, decision, applied, tracker, adapter, made)
        writer.write()
        settle_left(journal, tracker, left, writer.links)
        writers.append(writer)
    owed = journal.leads(run)
    for writer in writers:
        writer.lead([entry for entry in owed if entry.tracker == writer.tracker])
    outcome = "failed" if applied.failures or engine.context.failures else "done"
    journal.end(run, now(engine), outcome)
    return applied


def _accept(engine: Engine, decision: Decision, run: int) -> None:
    """Takes over what people changed, before anything is written for it."""
    verdicts = decision.verdicts
    # All sides of a release meet in one pass, or none.
    narrowed = decision.partial and not decision.with_releases
    left = narrowed or bool(engine.context.failures)
    releases, at = [] if left else _changed(decision), now(engine)
    entries = [entry for verdict in verdicts for entry in _merged(verdict, decision, at)]
    entries += [entry for one in releases for entry in _told(decision, one, at)]
    order = _order(engine, decision)
    engine.store.accept(
        engine.context.backlog.name,
        Accepted(
            items=[v.item for v in verdicts if v.item != v.before],
            links=[link for verdict in verdicts for link in verdict.links],
            order=order,
            orders={} if decision.keeps_order else decision.orders,
            releases=releases,
            release_links={} if left else _links(engine, decision),
            run=run,
            entries=[*entries, *_ordered(engine, decision, order, at)],
            mended=[] if left else _mended(engine, decision),
            moved=_moved(engine, decision),
        ),
    )


def _mended(engine: Engine, decision: Decision) -> list[tuple[TrackerName, ItemId]]:
    """Edits that failed once, and are not to be made any more."""
    edits = {(one.tracker, one.item) for verdict in decision.verdicts for one in verdict.edits}
    others = (*decision.releases.edits, *decision.vocabulary.edits)
    edits |= {(one.tracker, one.item) for one in others}
    return [
        (tracker, item)
        for tracker, items in engine.context.backlog.failing.items()
        for item in items
        if tracker in engine.context.readings
        and (tracker, item) not in edits
        and (tracker, item) not in decision.waiting
    ]


def _moved(engine: Engine, decision: Decision) -> list[tuple[TrackerName, ItemId]]:
    """Records that could not be moved once, and are not to be moved any more."""
    moves = {(one.tracker, one.item) for one in decision.plan.moves} | decision.unmoved
    return [
        (tracker, item)
        for tracker, items in engine.context.backlog.unmoved.items()
        for item in items
        if tracker in decision.orders and not decision.keeps_order and (tracker, item) not in moves
    ]


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
            why = decision.decided.get((release.id, name), _because(decision, why))
            entries.append(Entry(at, "backlog", release.id, key, "release", name, *change, why))
    return entries


def _order(engine: Engine, decision: Decision) -> Sequence[ItemId]:
    if not decision.keeps_order:
        return decision.order
    known = engine.context.backlog.order
    there = {verdict.item.id for verdict in decision.verdicts} | set(known)
    order = [item for item in decision.order if item in there]
    return merge_order(known, [(order, order)])  # new items find their place, others stay


def _merged(verdict: Verdict, decision: Decision, at: str) -> list[Entry]:
    """What changed in the backlog itself."""
    before = verdict.before.values if verdict.before else {}
    after = verdict.item.values
    sources = ", ".join(link.tracker for link in verdict.links if not link.gone)
    decided = {
        name: why for (item, name), why in decision.decided.items() if item == verdict.item.id
    }
    seen = _because(decision, f"seen on {sources}")
    return [
        Entry(
            at=at,
            tracker="backlog",
            item=verdict.item.id,
            key=None,
            action="resolve" if name in decided else "merge",
            field=name,
            before=dump(before.get(name)),
            after=dump(after.get(name)),
            because=decided.get(name) or decision.ruled.get((verdict.item.id, name), seen),
        )
        for name in sorted({*before, *after} | (decided.keys() - {ORDER}))
        if before.get(name) != after.get(name) or name in decided
    ]


def _ordered(
    engine: Engine, decision: Decision, order: Sequence[ItemId], at: str
) -> Iterator[Entry]:
    """What moved in the backlog itself."""
    old = engine.context.backlog.order
    if tuple(old) == tuple(order):
        return
    before, after = neighbours(old), neighbours(order)
    by_person = {item: why for (item, name), why in decision.decided.items() if name == ORDER}
    for item in sorted(moved(old, order) | by_person.keys()):
        ends = before[item], after[item]
        why = by_person.get(item, _because(decision, "order"))
        yield Entry(at, "backlog", item, None, "move", None, *ends, why)


def _because(decision: Decision, why: str) -> str:
    return why if decision.undoes is None else f"undo of run {decision.undoes}"
