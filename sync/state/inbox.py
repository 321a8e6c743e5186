"""What webhooks said: kept before it is acknowledged, until a run has read those records again."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from sqlalchemy import Engine, bindparam, func, select, update

from sync.events import Event
from sync.model import TrackerName
from sync.state import tables
from sync.state.database import looking, upsert
from sync.state.rows import to_text
from sync.state.transaction import transaction
from sync.tracker import RecordId

KEPT = timedelta(days=7)
"""Deliveries stay known so long after they were done with: GitHub sends one again for 3 days."""

at = tables.inbox.c
UNDONE = at.done.is_(None)


@dataclass(frozen=True, slots=True)
class Heard:
    """One delivery that waits for a run."""

    id: int
    """Those of one backlog are done in the order of these."""
    tracker: TrackerName
    records: frozenset[RecordId]
    order: bool
    whole: bool
    received: str
    """ISO 8601 in UTC."""
    tries: int
    """Runs that took it up and failed."""


Addressed: TypeAlias = tuple[str, TrackerName, Event]
"""Backlog and tracker, and what is heard of them."""


def put(engine: Engine, backlog: str, tracker: TrackerName, event: Event, now: str) -> bool:
    """Accepts a delivery for good; False where it was accepted before. `now`: ISO 8601 in UTC.

    Raises Unwritable: then it was not accepted, and its sender is to send it again.
    """
    return put_all(engine, [(backlog, tracker, event)], now)[0]


def put_all(engine: Engine, several: Sequence[Addressed], now: str) -> list[bool]:
    """Accepts them all in one transaction, or raises Unwritable; says of each whether it is new."""
    # Always in the same order, or two processes with the same deliveries might wait for each other.
    rows = sorted((_row(one, now) for one in several), key=_key)
    query = upsert(engine, tables.inbox).on_conflict_do_nothing()
    with transaction(engine) as connection:
        found = connection.execute(query.returning(at.backlog, at.tracker, at.delivery), rows)
        new = {tuple(row) for row in found}
    said = []
    for backlog, tracker, event in several:
        key = backlog, tracker, event.delivery
        said.append(key in new)
        new.discard(key)  # of two in one go only one is new
    return said


def _key(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return row["backlog"], row["tracker"], row["delivery"]


def _row(addressed: Addressed, now: str) -> dict[str, Any]:
    backlog, tracker, event = addressed
    return {
        "backlog": backlog,
        "tracker": tracker,
        "delivery": event.delivery,
        "records": to_text(sorted(event.records)),
        "order": event.order,
        "whole": event.whole,
        "received": now,
        "tries": 0,
    }


def waiting(engine: Engine, backlog: str) -> list[Heard]:
    """What is still to be done, the oldest first."""
    query = select(tables.inbox).where(UNDONE, at.backlog == backlog).order_by(at.id)
    with looking(engine) as connection:
        return [_heard(row) for row in connection.execute(query)]


def settle(engine: Engine, backlog: str, ids: Collection[int], now: str) -> None:
    """These are done: a run has read their records, and remembers what it did about them."""
    _change(engine, backlog, ids, done=now)


def count_try(engine: Engine, backlog: str, ids: Collection[int]) -> None:
    """A run took these up and failed; they still wait."""
    _change(engine, backlog, ids, tries=at.tries + 1)


def late(engine: Engine, before: str) -> list[str]:
    """Backlogs for which something waits that was received before that time."""
    query = select(at.backlog).distinct().where(UNDONE, at.received < before).order_by(at.backlog)
    with looking(engine) as connection:
        return list(connection.execute(query).scalars())


def oldest(engine: Engine) -> Mapping[str, str]:
    """When the oldest of what waits was received, by backlog. Where nothing waits there is none."""
    return _by_backlog(engine, func.min(at.received))


def depth(engine: Engine) -> Mapping[str, int]:
    """How many deliveries wait, by backlog. Where nothing waits there is none."""
    return _by_backlog(engine, func.count())


def prune(engine: Engine, before: str) -> int:
    """Forgets what was done before that time (see KEPT); returns how many."""
    with transaction(engine) as connection:
        return connection.execute(tables.inbox.delete().where(at.done < before)).rowcount


def _change(engine: Engine, backlog: str, ids: Collection[int], **values: Any) -> None:
    """Row by row: a storm's ids are more than a statement may have parameters."""
    if ids:
        query = update(tables.inbox).where(at.backlog == backlog, at.id == bindparam("number"))
        with transaction(engine) as connection:
            connection.execute(query.values(values), [{"number": one} for one in ids])


def _by_backlog(engine: Engine, what: Any) -> dict[str, Any]:
    query = select(at.backlog, what).where(UNDONE).group_by(at.backlog).order_by(at.backlog)
    with looking(engine) as connection:
        return {row[0]: row[1] for row in connection.execute(query)}


def _heard(row: Any) -> Heard:
    records = frozenset(json.loads(row.records))
    return Heard(row.id, row.tracker, records, row.order, row.whole, row.received, row.tries)
