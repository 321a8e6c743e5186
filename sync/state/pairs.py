"""Stores what persons decided on pairs, with all that follows from it for what is remembered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Table

from sync.backlog import Backlog, Judgement
from sync.model import ItemId, TrackerName
from sync.planner.joining import rejoined
from sync.state import tables
from sync.state.rows import item_values, link_row, to_text
from sync.state.store import Store
from sync.state.transaction import transaction
from sync.tracker import RecordId


@dataclass(frozen=True, slots=True)
class Judged:
    """A person's word on one record: it shows that item, or it does not."""

    tracker: TrackerName
    record: RecordId
    item: ItemId
    verdict: Judgement


@dataclass(frozen=True, slots=True)
class Decided:
    """What is to be remembered, all of it or nothing."""

    judged: Sequence[Judged]
    into: Mapping[ItemId, ItemId] = field(default_factory=dict)
    """Items that are no more → the ones that stand for them."""
    parted: frozenset[tuple[TrackerName, RecordId]] = frozenset()
    """Records whose links are forgotten: they are met anew."""
    revoked: Sequence[tuple[TrackerName, RecordId, ItemId]] = ()
    """What was said before of these no longer holds."""


def decide_pairs(store: Store, known: Backlog, decided: Decided, at: str) -> None:
    """`known` as it was loaded under the same lock; `at`: ISO 8601 in UTC.

    The trackers of the records are read whole next time, so that these are among what is read.
    """
    after, name = rejoined(known, decided.into, decided.parted), known.name
    with transaction(store.engine) as connection:
        for tracker, record, item in decided.revoked:
            _delete(connection, tables.pair, name, tracker=tracker, record=record, item=item)
        for one in decided.judged:
            row = {"tracker": one.tracker, "record": one.record, "item": one.item}
            _delete(connection, tables.pair, name, **row)
            values = {"backlog": name, **row, "verdict": one.verdict, "at": at}
            connection.execute(tables.pair.insert(), values)
        for tracker in sorted({one.tracker for one in decided.judged}):
            at_tracker = (tables.tracker.c.backlog == name) & (tables.tracker.c.name == tracker)
            connection.execute(tables.tracker.update().where(at_tracker).values(cursor=None))
        for gone in decided.into:
            _delete(connection, tables.item, name, id=gone)
            _delete(connection, tables.intent, name, item=gone)
            _delete(connection, tables.failing, name, item=gone)
            _delete(connection, tables.unmoved, name, item=gone)
        for id, now in after.items.items():
            if known.items[id] != now:
                _delete(connection, tables.item, name, id=id)
                values = {"backlog": name, "id": id, "values": item_values(now)}
                connection.execute(tables.item.insert(), values)
        _relink(connection, known, after)
        _reorder(connection, known, after)


def _relink(connection: Connection, known: Backlog, after: Backlog) -> None:
    for tracker, before in known.links.items():
        now = after.links[tracker]
        for record, link in before.items():
            if now.get(record) == link:
                continue
            _delete(connection, tables.link, known.name, tracker=tracker, record=record)
            if record in now:
                connection.execute(tables.link.insert(), link_row(known.name, now[record]))


def _reorder(connection: Connection, known: Backlog, after: Backlog) -> None:
    if after.order != known.order:
        where = tables.backlog.c.name == known.name
        order = to_text(list(after.order))
        connection.execute(tables.backlog.update().where(where).values(order=order))
    for name, one in after.orders.items():
        if one != known.orders[name]:
            at = tables.tracker.c
            where = (at.backlog == known.name) & (at.name == name)
            sent = to_text(list(one.sent))
            connection.execute(tables.tracker.update().where(where).values(order_sent=sent))


def _delete(connection: Connection, table: Table, name: str, **key: str) -> None:
    where = table.c.backlog == name
    for column, value in key.items():
        where &= table.c[column] == value
    connection.execute(table.delete().where(where))
