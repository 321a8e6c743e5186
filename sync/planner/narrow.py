"""A decision narrowed to what a person asked for: one release, or the order alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sync.backlog import Link
from sync.model import ItemId, TrackerName
from sync.plan import Plan
from sync.planner import Decision, lenses_of
from sync.planner.context import Context
from sync.planner.match import Matches, match
from sync.planner.orders import ORDER, merge_orders, moves_for
from sync.planner.releases import Releases, release_edits
from sync.planner.renames import NAME, RELEASE
from sync.tracker import RecordId

Links = Mapping[TrackerName, Mapping[RecordId, Link]]


def only_release(decision: Decision, release: ItemId, known: Links) -> Decision:
    """The same for one release alone, and for the items that name it where it is renamed.

    `known`: the links of all releases, as they are remembered.
    """
    of_all = decision.releases
    names = {
        one.values.get(NAME)
        for one in (of_all.before.get(release), of_all.items[release])
        if one is not None
    }
    items = {
        one.item.id
        for one in decision.verdicts
        if len(names) > 1 and one.item.values.get(RELEASE) in names
    }
    edits = [one for one in decision.plan.edits if one.item in items]
    narrowed = decision.only(edits, items)
    chosen = tuple(one for one in of_all.edits if one.item == release)
    releases = replace(
        of_all,
        items={**of_all.before, release: of_all.items[release]},
        links=_relinked(known, of_all, release),
        edits=chosen,
    )
    plan = replace(
        narrowed.plan,
        releases=release_edits(releases, chosen),
        release_conflicts=tuple(
            one for one in decision.plan.release_conflicts if one.release in names
        ),
    )
    return replace(narrowed, plan=plan, releases=releases, release=release)


def _relinked(known: Links, releases: Releases, release: ItemId) -> Links:
    """The links as they are remembered, but for those of the one release."""
    fresh = releases.links
    return {
        name: {
            **{id: one for id, one in known.get(name, {}).items() if one.item != release},
            **{id: one for id, one in fresh.get(name, {}).items() if one.item == release},
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
        decided={} if placed is None else {(placed.item, ORDER): placed.because},
    )
