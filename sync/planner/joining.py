"""What is remembered, after a person has decided what shows what. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from sync.backlog import Backlog, Link, Refusal, TrackerOrder
from sync.model import Item, ItemId, Json, Schema, Shape, TrackerName, Value, as_set
from sync.tracker import RecordId

Into = Mapping[ItemId, ItemId]
"""An item that is no more → the one that stands for it."""


def rejoined(
    backlog: Backlog, into: Into, parted: Collection[tuple[TrackerName, RecordId]]
) -> Backlog:
    """The backlog without the items that others stand for, and without the links of `parted`.

    What refers to such an item refers to the other. A record that is parted is met anew in the
    next run, and merged as two that meet for the first time are: nothing of it is overwritten.
    """
    items = {
        id: _with(item, into, backlog.schema)
        for id, item in backlog.items.items()
        if id not in into
    }
    return replace(
        backlog,
        items=items,
        order=tuple(id for id in backlog.order if id not in into),
        links=_links(backlog, into, parted),
        orders={
            name: TrackerOrder(one.seen, tuple(id for id in one.sent if id not in into))
            for name, one in backlog.orders.items()
        },
    )


def _links(
    backlog: Backlog, into: Into, parted: Collection[tuple[TrackerName, RecordId]]
) -> dict[TrackerName, dict[RecordId, Link]]:
    """A lost record of an item that is no more is a lost one of the other, if that has none."""
    links: dict[TrackerName, dict[RecordId, Link]] = {}
    for tracker, known in backlog.links.items():
        kept = {id: link for id, link in known.items() if (tracker, id) not in parted}
        taken = {link.item for link in kept.values() if link.item not in into}
        links[tracker] = {
            id: _relinked(link, into, backlog.schema)
            for id, link in kept.items()
            if link.item not in into or into[link.item] not in taken
        }
    return links


def _with(item: Item, into: Into, schema: Schema) -> Item:
    """An item does not refer to itself, even where it referred to what it now stands for."""
    values = dict(item.values)
    for name, value in item.values.items():
        if schema[name] is Shape.ITEM and value in into:
            values[name] = into[str(value)]
        elif schema[name] is Shape.ITEMS:
            values[name] = frozenset(into.get(one, one) for one in as_set(value)) - {item.id}
    own: tuple[Value, ...] = (None, frozenset(), item.id)
    return replace(item, values={name: one for name, one in values.items() if one not in own})


def _relinked(link: Link, into: Into, schema: Schema) -> Link:
    """What was sent of references are ids of items."""
    refused = {
        name: Refusal(_shown(one.sent, into, schema.get(name)), one.why, one.version)
        for name, one in link.refused.items()
    }
    sent = {name: _shown(one, into, schema.get(name)) for name, one in link.sent.items()}
    return replace(link, item=into.get(link.item, link.item), sent=sent, refused=refused)


def _shown(shown: Json, into: Into, shape: Shape | None) -> Json:
    if shape is Shape.ITEM and isinstance(shown, str):
        return into.get(shown, shown)
    if shape is Shape.ITEMS and isinstance(shown, list):
        return sorted({into.get(one, one) for one in shown})
    return shown
