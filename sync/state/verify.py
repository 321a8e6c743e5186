"""Whether what the state database holds makes sense: read row by row, and changed by nothing."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table, select

from sync.backlog import Backlog
from sync.model import FIELDS, RELEASE_FIELDS, Schema
from sync.state import tables
from sync.state.care import faults
from sync.state.database import looking, on_file, path_of
from sync.state.errors import StateError
from sync.state.memory import load_finding
from sync.state.rows import load_item, load_link
from sync.state.store import HEAD, Store, revision

RESTORE = "put a backup in its place with `onebacklog state restore FILE`, or `state rebuild`"
REBUILD = "make it anew from the trackers with `onebacklog state rebuild`"
UPDATE = "update onebacklog, or put a backup in its place with `onebacklog state restore FILE`"


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing that is wrong with the state, and what to do about it."""

    message: str
    remedy: str


def verify(url: str, schemas: Mapping[str, Schema]) -> list[Flaw]:
    """All that is wrong with the state. `schemas`: the fields of the backlogs of the settings.

    Raises StateError where it cannot be looked into at all. PostgreSQL looks after its own files.
    """
    if on_file(url) and (found := faults(path_of(url))):
        return [Flaw(one, RESTORE) for one in found]
    store = Store(url)
    try:
        if not store.exists():
            raise StateError(f"{store.called} holds no state; the first apply makes it")
        with looking(store.engine) as connection:
            at = revision(connection)
            if at is None or at > HEAD:
                made = "has no version" if at is None else f"was made by a newer onebacklog ({at})"
                return [Flaw(f"the database {made}", UPDATE)]
            if at < HEAD:  # the next run brings the tables up to date, and reads them
                return []
            return list(_flaws(connection, schemas)) or _muddled(store, connection, schemas)
    finally:
        store.close()


def _flaws(connection: Connection, schemas: Mapping[str, Schema]) -> Iterator[Flaw]:
    for table, check in CHECKS:
        for row in connection.execute(select(table)):
            try:
                check(row, schemas.get(getattr(row, "backlog", ""), FIELDS))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                key = ", ".join(str(getattr(row, one.name)) for one in table.primary_key.columns)
                yield Flaw(f"{table.name} ({key}): {error!r:.120}", RESTORE)


def _muddled(store: Store, connection: Connection, schemas: Mapping[str, Schema]) -> list[Flaw]:
    names = set(connection.execute(select(tables.item.c.backlog).distinct()).scalars())
    names |= set(connection.execute(select(tables.link.c.backlog).distinct()).scalars())
    names |= set(connection.execute(select(tables.backlog.c.name)).scalars())
    return [
        Flaw(f"{name}: {one}", REBUILD)
        for name in sorted(names)
        for one in muddles(store.load(name, schemas.get(name, FIELDS)))
    ]


def muddles(backlog: Backlog) -> list[str]:
    """What does not fit together in a backlog as it is remembered. Pure."""
    known, said = backlog.items, []
    times = Counter(backlog.order)
    said += [f"the order has {item} twice" for item, count in times.items() if count > 1]
    said += [f"the order has {item}, which is no item" for item in times if item not in known]
    said += [f"the item {item} is not in the order" for item in known if item not in times]
    for links, items, what in (
        (backlog.links, known, "item"),
        (backlog.release_links, backlog.releases, "release"),
    ):
        for tracker, records in links.items():
            shown = Counter(link.item for link in records.values())
            for link in records.values():
                if link.item not in items:
                    said.append(f"{link.record.key} on {tracker} shows no {what} that is known")
            for item, count in shown.items():
                if count > 1:
                    said.append(f"{count} records on {tracker} show the {what} {item}")
    return said


Check: TypeAlias = Callable[[Any, Schema], object]
"""Reads one row; raises what reading it raises."""


def _lines(text: str) -> None:
    entries = json.loads(text)
    if not isinstance(entries, list) or not all(isinstance(one, str) for one in entries):
        raise ValueError("expected a list of ids")


def _tracker(row: Any, _: Schema) -> None:
    for text in (row.order_seen, row.order_sent):
        if text is not None:
            _lines(text)
    if row.read_whole is not None:
        datetime.fromisoformat(row.read_whole)


def _link(row: Any, _: Schema) -> None:
    link = load_link(row)
    for part in (link.record.shown, link.behind, link.sent):
        if not isinstance(part, Mapping):
            raise ValueError("expected fields")


def _pair(row: Any, _: Schema) -> None:
    if row.verdict not in ("together", "apart"):
        raise ValueError("expected together or apart")


def _failing(row: Any, _: Schema) -> None:
    for at in (row.first, row.last, row.next):
        if at is not None:
            datetime.fromisoformat(at)


def _watched(row: Any, _: Schema) -> None:
    for at in (row.since, row.matched):
        if at is not None:
            datetime.fromisoformat(at)


def _inbox(row: Any, _: Schema) -> None:
    _lines(row.records)
    for at in (row.received, row.done):
        if at is not None:
            datetime.fromisoformat(at)


CHECKS: tuple[tuple[Table, Check], ...] = (
    (tables.backlog, lambda row, _: _lines(row.order)),
    (tables.item, load_item),
    (tables.link, _link),
    (tables.tracker, _tracker),
    (tables.release, lambda row, _: load_item(row, RELEASE_FIELDS)),
    (tables.release_link, _link),
    (tables.intent, lambda row, _: datetime.fromisoformat(row.at)),
    (tables.pair, _pair),
    (tables.failing, _failing),
    (tables.unmoved, _failing),
    (tables.run, lambda row, _: dict(json.loads(row.counts))),
    (tables.journal, lambda row, _: (json.loads(row.before), json.loads(row.after))),
    (tables.inbox, _inbox),
    (tables.pulse, lambda row, _: row.well is None or datetime.fromisoformat(row.well)),
    (tables.finding, lambda row, _: load_finding(row)),
    (tables.standing, lambda row, _: _lines(row.top)),
    (tables.digest, lambda row, _: datetime.fromisoformat(row.sent)),
    (tables.watched, _watched),
)
