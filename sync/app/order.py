"""The backlog's order: shown with each tracker's own, and one item moved in it by a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sync.app.conflicts import keys
from sync.app.runs import Look, Unknown
from sync.merge import ANY, BACKLOG
from sync.model import ItemId, TrackerName
from sync.order import moved, position
from sync.plain import plain
from sync.planner import Placed
from sync.planner.match import match
from sync.planner.narrow import order_alone
from sync.planner.orders import ORDER
from sync.report.order import Place


def places(look: Look) -> list[Place]:
    """Every item, top first, with the trackers that have it elsewhere."""
    order = look.decision.order
    known, astray = keys(look), _astray(look, order)
    items = {**look.context.backlog.items, **{v.item.id: v.item for v in look.decision.verdicts}}
    return [
        Place(
            number,
            item,
            known.get(item, {}),
            items[item].title,
            items[item].status,
            items[item].priority,
            {name: at[item] for name, at in astray.items() if item in at},
        )
        for number, item in enumerate(order, 1)
    ]


def _astray(
    look: Look, order: Sequence[ItemId]
) -> Mapping[TrackerName, Mapping[ItemId, ItemId | None]]:
    """On each tracker with an order, the fewest items that stand elsewhere there: item → the one
    right above it there."""
    matches = match(look.context)
    found: dict[TrackerName, dict[ItemId, ItemId | None]] = {}
    for name, reading in look.context.readings.items():
        if not reading.facts.order or reading.snapshot.order is None:
            continue
        items = matches.item_of(name)
        shown = [items[record] for record in reading.snapshot.order if record in items]
        above = dict(zip(shown, [None, *shown], strict=False))
        there = position(shown)
        wanted = [item for item in order if item in there]
        found[name] = {item: above[item] for item in moved(wanted, shown)}
    return found


def move(look: Look, key: str, beside: str | None, *, above: bool) -> Look:
    """The order with one item right above or right below another; without one, at the top
    (`above`) or at the bottom. Raises Unknown where that cannot be."""
    _refuse(look)
    item = _linked(look, key)
    others = [one for one in order_alone(look.context).order if one != item]
    if beside is None:
        below = None if above or not others else others[-1]
        where = "to the top" if above else "to the bottom"
    else:
        other = _linked(look, beside)
        if other == item:
            raise Unknown(f"{plain(key)} and {plain(beside)} are one item")
        at = others.index(other)
        below = (others[at - 1] if at else None) if above else other
        where = f"{'above' if above else 'below'} {plain(beside)}"
    placed = Placed(item, below, f"a person moved it {where}")
    context = replace(look.context, placed=placed)
    return Look(look.shop, context, order_alone(context), look.adapters)


def _refuse(look: Look) -> None:
    authority = look.context.settings.policy(ORDER).authority
    if authority not in (ANY, BACKLOG):
        raise Unknown(
            f"the order belongs to {authority} (fields.order.authority): move the item there"
        )
    if look.context.failures:
        unread = ", ".join(look.context.failures)
        raise Unknown(
            f"nothing is moved while {unread} cannot be read: all sides' moves meet in one pass"
        )


def _linked(look: Look, key: str) -> ItemId:
    item = look.find(key)
    if item not in look.context.backlog.items:
        raise Unknown(f"{plain(key)} is new, and not in the backlog yet: apply first")
    return item
