"""The backlog's order after this run, and the moves that each tracker needs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sync.backlog import Failing, TrackerOrder
from sync.merge import ANY, BACKLOG, Policy
from sync.model import ItemId, TrackerName
from sync.order import Step, merge_order, placed, steps
from sync.plan import Finding, Placement
from sync.planner.context import Context
from sync.planner.edits import allowed
from sync.planner.lens import Lens
from sync.planner.waiting import unmoved, waits_to_move
from sync.tracker import Record

ORDER = "order"
"""The order's name among the fields, for its authority."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """The order merged, and each tracker's memory of it before any move."""

    order: tuple[ItemId, ...]
    moves: tuple[Placement, ...] = ()
    orders: Mapping[TrackerName, TrackerOrder] = field(default_factory=dict)
    waiting: frozenset[tuple[TrackerName, ItemId]] = frozenset()
    """Records that are not moved in this run, for a move of them failed."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sight:
    """One tracker's order, in items."""

    tracker: TrackerName
    shown: tuple[ItemId, ...]
    seen: tuple[ItemId, ...] | None
    """None where its order was never merged."""

    @property
    def changed(self) -> bool:
        return self.seen != self.shown


def merge_orders(
    context: Context, lenses: Mapping[TrackerName, Lens], items: Sequence[ItemId]
) -> tuple[ItemId, ...]:
    """The order of all items: the backlog's, with what each side moved since it was last seen.

    `items` are all items, old and new; new ones that no side places come last, as given.
    """
    sights = [] if context.failures else _sights(context, lenses)
    heard = _by_preference(sights, context.settings.policy(ORDER))
    # A side whose order was never merged moves nothing, but its new items find their place.
    sides = [(one.shown if one.seen is None else one.seen, one.shown) for one in heard]
    order = merge_order(context.backlog.order, sides)
    known = set(order)
    order += tuple(item for item in items if item not in known)
    person = context.placed  # who moves an item here and now knows of all other moves
    return order if person is None else placed(order, person.item, person.below)


def moves_for(
    context: Context,
    lenses: Mapping[TrackerName, Lens],
    order: Sequence[ItemId],
    created: Mapping[TrackerName, Sequence[ItemId]],
    records: Mapping[TrackerName, Mapping[ItemId, Record]],
) -> Ordered:
    """The fewest moves for each tracker that has an order.

    `created`: what each tracker gets in this run; new records come last there.
    """
    moves: list[Placement] = []
    orders: dict[TrackerName, TrackerOrder] = {}
    waiting: dict[tuple[TrackerName, ItemId], Failing] = {}
    if context.failures:  # all sides' moves meet in one pass, or none
        return Ordered(tuple(order))
    for sight in _sights(context, lenses):
        there = records[sight.tracker]
        fresh = dict.fromkeys(created.get(sight.tracker, ()))
        wanted = tuple(item for item in order if item in there or item in fresh)
        person = context.placed.item if context.placed else None
        todo = steps((*sight.shown, *fresh), wanted, person)
        known = context.backlog.orders.get(sight.tracker)
        settled = known is not None and known.sent == wanted and not sight.changed
        snapshot = context.readings[sight.tracker].snapshot
        sent = wanted if settled or not todo else ()
        orders[sight.tracker] = TrackerOrder(snapshot.order or (), sent)
        fields = allowed(context, sight.tracker)
        if not settled and (fields is None or ORDER in fields):
            held = _held(context, sight.tracker, todo)
            todo = steps(*_without((*sight.shown, *fresh), wanted, held), person) if held else todo
            moves += [_placement(sight.tracker, step, there) for step in todo]
            waiting |= {(sight.tracker, item): why for item, why in held.items()}
    findings = tuple(
        unmoved(tracker, item, records[tracker][item].key, why)
        for (tracker, item), why in waiting.items()
    )
    return Ordered(tuple(order), tuple(moves), orders, frozenset(waiting), findings)


def _held(context: Context, tracker: TrackerName, todo: Sequence[Step]) -> dict[ItemId, Failing]:
    """What is not moved now, and why."""
    whys = {one.item: waits_to_move(context, tracker, one.item, one.after) for one in todo}
    return {item: why for item, why in whys.items() if why is not None}


def _without(
    shown: Sequence[ItemId], wanted: Sequence[ItemId], held: Collection[ItemId]
) -> tuple[list[ItemId], list[ItemId]]:
    """Both orders of the others: what is not moved is nobody's neighbour."""
    return [one for one in shown if one not in held], [one for one in wanted if one not in held]


def _placement(tracker: TrackerName, step: Step, records: Mapping[ItemId, Record]) -> Placement:
    def key(item: ItemId | None) -> str | None:
        return records[item].key if item is not None and item in records else None

    return Placement(
        item=step.item,
        tracker=tracker,
        key=key(step.item),
        after=step.after,
        before=step.before,
        after_key=key(step.after),
        before_key=key(step.before),
    )


def _sights(context: Context, lenses: Mapping[TrackerName, Lens]) -> list[_Sight]:
    sights = []
    for tracker, lens in lenses.items():
        shown = context.readings[tracker].snapshot.order
        if not lens.facts.order or shown is None:
            continue
        known = context.backlog.orders.get(tracker)
        seen = None if known is None else _in_items(lens, known.seen)
        sights.append(_Sight(tracker, _in_items(lens, shown), seen))
    return sights


def _in_items(lens: Lens, records: Sequence[str]) -> tuple[ItemId, ...]:
    return tuple(dict.fromkeys(lens.items[record] for record in records if record in lens.items))


def _by_preference(sights: Sequence[_Sight], policy: Policy) -> list[_Sight]:
    """The most preferred first. With an authority, it alone is heard."""
    if policy.authority == BACKLOG:
        # What no one has ordered yet still has to start somewhere.
        return [sight for sight in sights if sight.seen is None]
    if policy.authority != ANY:
        return [sight for sight in sights if sight.tracker == policy.authority]
    rank = {tracker: at for at, tracker in enumerate(policy.prefer)}
    return sorted(sights, key=lambda sight: rank.get(sight.tracker, len(rank)))
