"""A decision narrowed to what a person asked for, or to what was touched: items and releases, or
the order alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from sync.backlog import Link
from sync.model import ItemId, TrackerName, Value
from sync.plan import Plan
from sync.planner import Decision, lenses_of
from sync.planner.context import Context, Reading
from sync.planner.lens import REFERENCES, referred
from sync.planner.match import Matches, match
from sync.planner.orders import ORDER, merge_orders, moves_for
from sync.planner.releases import Releases, release_edits
from sync.planner.renames import NAME, RELEASE
from sync.tracker import Record, RecordId

Links = Mapping[TrackerName, Mapping[RecordId, Link]]


def chosen(
    decision: Decision, items: Collection[ItemId], releases: Collection[ItemId], known: Links
) -> Decision:
    """The same for these items and releases alone, and for the items that name a release which
    is renamed.

    `known`: the links of all releases, as they are remembered.
    """
    of_all = decision.releases
    names = set[Value]()
    for release in releases:
        ends = of_all.before.get(release), of_all.items[release]
        called = {one.values.get(NAME) for one in ends if one is not None}
        names |= called if len(called) > 1 else set()
    naming = {one.item.id for one in decision.verdicts if one.item.values.get(RELEASE) in names}
    wanted = {*items, *naming}
    narrowed = decision.only([e for e in decision.plan.edits if e.item in wanted], wanted)
    if not releases:
        return narrowed
    needed = tuple(one for one in narrowed.releases.edits if one.item not in releases)
    edits = (*needed, *(one for one in of_all.edits if one.item in releases))
    kept = replace(
        of_all,
        items={**of_all.before, **{one.item: of_all.items[one.item] for one in needed}}
        | {release: of_all.items[release] for release in releases},
        links=_relinked(known, of_all, releases),
        edits=edits,
    )
    plan = replace(narrowed.plan, releases=release_edits(kept, edits))
    return replace(narrowed, plan=plan, releases=kept, with_releases=True)


def about_touched(context: Context) -> Context:
    """The same, with nothing to be written but of the items of the records that were read."""
    items = frozenset(
        links[id].item
        for name, reading in context.readings.items()
        if (links := context.backlog.links.get(name, {}))
        for id in _read_of(reading)
        if id in links
    )
    return replace(context, about=items)


def of_touched(context: Context, decision: Decision, *, order: bool) -> Decision:
    """The same for the items that the context is about, and for the order if that was read.

    All others are as they are remembered, which they may no longer be: of them nothing is written.
    """
    assert context.about is not None  # noqa: S101  (it is narrowed to these)
    edits = [one for one in decision.plan.edits if one.item in context.about]
    narrowed = decision.only(edits, context.about)
    if not order:
        return narrowed
    plan = replace(narrowed.plan, moves=decision.plan.moves)
    return replace(narrowed, plan=plan, with_order=True)


def unsound(context: Context, decision: Decision) -> str | None:
    """Why single records are not enough to decide of what was touched, where they are not: then
    each tracker is to be read from where it was last read.

    A record that no link knows, or an item that is to be made somewhere, may have its twin among
    records that were not read. `decision`: narrowed.
    """
    for name, reading in context.readings.items():
        links = context.backlog.links.get(name, {})
        named = {one for link in links.values() for one in (link.record.id, link.record.key)}
        releases = [one.shown.get(NAME) for one in reading.snapshot.releases or ()]
        for record in reading.snapshot.records:
            link = links.get(record.id)
            if link is None:
                return f"{record.key} is new"
            if not _turned(context, link, record) <= named:
                return f"{record.key} refers to what is not known yet"
            release = record.shown.get(RELEASE)
            known = release in (None, link.seen(RELEASE), *releases)
            if reading.facts.releases and not known:
                return f"{record.key} is in a release that is not known yet"
    if any(one.action == "create" for one in (*decision.plan.edits, *decision.releases.edits)):
        return "a record is to be made"
    return None


def _read_of(reading: Reading) -> set[RecordId]:
    return {record.id for record in reading.snapshot.records} | reading.snapshot.gone.keys()


def _turned(context: Context, link: Link, record: Record) -> set[str]:
    """What the record refers to by now, and did not when it was last merged."""
    found = set[str]()
    for name, shape in context.backlog.schema.items():
        if shape in REFERENCES and name in record.shown:
            found |= referred(record.shown[name]) - referred(link.seen(name))
    return found


def _relinked(known: Links, of_all: Releases, releases: Collection[ItemId]) -> Links:
    """The links as they are remembered, but for those of these releases."""
    fresh = of_all.links
    return {
        name: {
            **{id: one for id, one in known.get(name, {}).items() if one.item not in releases},
            **{id: one for id, one in fresh.get(name, {}).items() if one.item in releases},
        }
        for name in {**known, **fresh}
    }


def order_alone(context: Context) -> Decision:
    """What is decided of the order of the items that are linked, and of nothing else."""
    found = match(context)
    ties = {
        item: {name: tie for name, tie in found.ties[item].items() if tie.link is not None}
        for item in context.backlog.order
    }
    lenses = lenses_of(context, Matches(ties))
    order = merge_orders(context, lenses, context.backlog.order)
    records = {
        tracker: {item: of[tracker].record for item, of in ties.items() if tracker in of}
        for tracker in lenses
    }
    ordered = moves_for(context, lenses, order, {}, records)
    placed = context.placed
    failing = context.backlog.failing
    return Decision(
        Plan(context.backlog.name, moves=ordered.moves),
        order=ordered.order,
        orders=ordered.orders,
        waiting=frozenset((name, item) for name, items in failing.items() for item in items),
        unmoved=ordered.waiting,
        decided={} if placed is None else {(placed.item, ORDER): placed.because},
    )
