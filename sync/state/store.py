"""The state database: opened, migrated, read whole at the start of a run, written in steps."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, Table, create_engine, event, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError

from sync.backlog import Backlog, Failing, Judgement, Link, TrackerOrder
from sync.model import RELEASE_FIELDS, Item, ItemId, Schema, TrackerName
from sync.state import tables
from sync.state.rows import item_values, link_row, load_item, load_link, to_text
from sync.tracker import Cursor, Intent, RecordId

HEAD = "0003"
"""The newest migration."""


class StateError(Exception):
    """The state database cannot be used; says which, why, and what to do."""


class Busy(StateError):
    """Another process is writing it."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """What a run takes over into the backlog before it writes anything."""

    items: Sequence[Item]
    links: Sequence[Link]
    order: Sequence[ItemId] | None = None
    """None: as it is."""
    orders: Mapping[TrackerName, TrackerOrder] = field(default_factory=dict)
    releases: Sequence[Item] = ()
    """Those that are new, or changed."""
    release_links: Mapping[TrackerName, Sequence[Link]] = field(default_factory=dict)
    """All of a tracker, in the place of all that were known."""


@contextmanager
def hold(url: str, wait: float) -> Iterator[None]:
    """Keeps every other process from writing the state, or raises Busy after `wait` seconds.

    The kernel releases the lock when its process ends, however it ends.
    """
    path = _path(url)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(f"{path}.lock", timeout=wait):
            yield
    except Timeout:
        raise Busy(
            f"another onebacklog is writing {path}; wait for it to end, or give it more time "
            "with --wait SECONDS"
        ) from None


class Store:
    """One state database. Every method is one transaction."""

    def __init__(self, url: str) -> None:
        self.path = _path(url)
        self.engine = _engine(url)

    def close(self) -> None:
        self.engine.dispose()

    def migrate(self) -> None:
        """Brings the tables up to date. Raises StateError where the file is no state database."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with self.engine.connect() as connection:
                if _revision(connection) == HEAD:
                    return
            self._upgrade()
        except DatabaseError as error:
            raise StateError(
                f"{self.path} is not a state database of onebacklog ({error.orig}); "
                "name another file under `state`, or put the right one back"
            ) from None

    def _upgrade(self) -> None:
        from alembic import command  # noqa: PLC0415  (slow to import, and seldom needed)
        from alembic.config import Config  # noqa: PLC0415
        from alembic.util import CommandError  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.set_main_option("path_separator", "os")
        with self.engine.begin() as connection:
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise StateError(
                    f"{self.path} was made by a newer onebacklog ({error}); update this one"
                ) from None

    def exists(self) -> bool:
        return self.path.exists()

    def load(self, name: str, schema: Schema) -> Backlog:
        """Everything that is remembered of one backlog."""
        with self.engine.connect() as connection:
            items = {row.id: load_item(row, schema) for row in _rows(connection, tables.item, name)}
            row = connection.execute(
                select(tables.backlog.c.order).where(tables.backlog.c.name == name)
            ).first()
            links: dict[TrackerName, dict[str, Link]] = defaultdict(dict)
            for entry in _rows(connection, tables.link, name):
                link = load_link(entry)
                links[link.tracker][link.record.id] = link
            trackers = list(_rows(connection, tables.tracker, name))
            intents: dict[TrackerName, dict[ItemId, Intent]] = defaultdict(dict)
            for entry in _rows(connection, tables.intent, name):
                intents[entry.tracker][entry.item] = Intent(entry.at, entry.newest)
            known = _rows(connection, tables.release, name)
            releases = {row.id: load_item(row, RELEASE_FIELDS) for row in known}
            ties: dict[TrackerName, dict[str, Link]] = defaultdict(dict)
            for entry in _rows(connection, tables.release_link, name):
                ties[entry.tracker][entry.record] = load_link(entry)
            pairs: dict[TrackerName, dict[RecordId, dict[ItemId, Judgement]]] = {}
            for entry in _rows(connection, tables.pair, name):
                records = pairs.setdefault(entry.tracker, {})
                records.setdefault(entry.record, {})[entry.item] = entry.verdict
            failing: dict[TrackerName, dict[ItemId, Failing]] = defaultdict(dict)
            for entry in _rows(connection, tables.failing, name):
                failing[entry.tracker][entry.item] = Failing(
                    entry.edit, entry.message, entry.first, entry.last, entry.tries, entry.next
                )
        return Backlog(
            name=name,
            schema=schema,
            items=items,
            order=tuple(json.loads(row.order)) if row else (),
            links=dict(links),
            orders={one.name: _order(one) for one in trackers if one.order_seen is not None},
            intents=dict(intents),
            cursors={one.name: one.cursor for one in trackers if one.cursor},
            releases=releases,
            release_links=dict(ties),
            pairs=pairs,
            failing=dict(failing),
        )

    def read_whole(self, name: str) -> dict[TrackerName, str]:
        """When each tracker was last read whole, ISO 8601 in UTC."""
        with self.engine.connect() as connection:
            rows = _rows(connection, tables.tracker, name)
            return {row.name: row.read_whole for row in rows if row.read_whole}

    def accept(self, name: str, accepted: Accepted) -> None:
        """Stores what a run merged, all of it or nothing, before anything is written."""
        rows = [{"backlog": name, "id": i.id, "values": item_values(i)} for i in accepted.items]
        with self.engine.begin() as connection:
            _put(connection, tables.item, rows)
            _put_links(connection, name, accepted.links)
            if accepted.order is not None:
                order = to_text(list(accepted.order))
                _put(connection, tables.backlog, [{"name": name, "order": order}])
            for tracker, one in accepted.orders.items():
                _put_tracker(connection, name, tracker, _order_columns(one))
            releases = [
                {"backlog": name, "id": one.id, "values": item_values(one)}
                for one in accepted.releases
            ]
            _put(connection, tables.release, releases)
            for tracker, links in accepted.release_links.items():
                at = tables.release_link.c
                where = (at.backlog == name) & (at.tracker == tracker)
                connection.execute(tables.release_link.delete().where(where))
                _put(connection, tables.release_link, [link_row(name, link) for link in links])

    def save_release(self, name: str, link: Link, new: Item | None, items: Sequence[Link]) -> None:
        """Stores a release's link, and what else it changes.

        `new`: the release itself, where it was not known. `items`: the links of the items that
        name it, where it has another name now.
        """
        with self.engine.begin() as connection:
            _put_links(connection, name, items)
            if new is not None:
                row = {"backlog": name, "id": new.id, "values": item_values(new)}
                _put(connection, tables.release, [row])
            _put(connection, tables.release_link, [link_row(name, link)])

    def save_link(self, name: str, link: Link) -> None:
        """Stores the link, in the place of any other of its item on its tracker.

        The item's creation there, if one was open, is thereby done.
        """
        with self.engine.begin() as connection:
            _put_links(connection, name, [link])

    def save_tracker(
        self,
        name: str,
        tracker: TrackerName,
        *,
        cursor: Cursor | None = None,
        order: TrackerOrder | None = None,
        read_whole: str | None = None,
    ) -> None:
        """Stores what is given, and leaves the rest as it is."""
        new: dict[str, Any] = {} if order is None else _order_columns(order)
        if cursor is not None:
            new["cursor"] = cursor
        if read_whole is not None:
            new["read_whole"] = read_whole
        with self.engine.begin() as connection:
            _put_tracker(connection, name, tracker, new)

    def save_intents(
        self, name: str, tracker: TrackerName, intents: Mapping[ItemId, Intent]
    ) -> None:
        rows = [
            {"backlog": name, "tracker": tracker, "item": item, "at": one.at, "newest": one.newest}
            for item, one in intents.items()
        ]
        with self.engine.begin() as connection:
            _put(connection, tables.intent, rows)

    def drop_intents(self, name: str, tracker: TrackerName, items: Iterable[ItemId]) -> None:
        """The creates are known to have had no effect."""
        with self.engine.begin() as connection:
            for item in items:
                _forget(connection, name, tracker, item)


def _put_tracker(
    connection: Connection, name: str, tracker: TrackerName, new: Mapping[str, Any]
) -> None:
    at = tables.tracker.c
    where = (at.backlog == name) & (at.name == tracker)
    row = connection.execute(select(tables.tracker).where(where)).first()
    blank = {column.name: None for column in tables.tracker.columns}
    old = dict(row._mapping) if row else {**blank, "backlog": name, "name": tracker}
    _put(connection, tables.tracker, [{**old, **new}])


def _put_links(connection: Connection, name: str, links: Iterable[Link]) -> None:
    at = tables.link.c
    for link in links:
        same = (at.item == link.item) | (at.record == link.record.id)
        where = (at.backlog == name) & (at.tracker == link.tracker) & same
        connection.execute(tables.link.delete().where(where))
        connection.execute(tables.link.insert(), link_row(name, link))
        _forget(connection, name, link.tracker, link.item)


def _order_columns(order: TrackerOrder) -> dict[str, str]:
    return {"order_seen": to_text(list(order.seen)), "order_sent": to_text(list(order.sent))}


def _order(row: Any) -> TrackerOrder:
    return TrackerOrder(
        tuple(json.loads(row.order_seen)), tuple(json.loads(row.order_sent or "[]"))
    )


def _forget(connection: Connection, name: str, tracker: TrackerName, item: ItemId) -> None:
    at = tables.intent.c
    connection.execute(
        tables.intent.delete().where(
            (at.backlog == name) & (at.tracker == tracker) & (at.item == item)
        )
    )


def _rows(connection: Connection, table: Table, name: str) -> Iterator[Any]:
    yield from connection.execute(select(table).where(table.c.backlog == name))


def _put(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts the rows, in the place of those with the same primary key."""
    if not rows:
        return
    delete = table.delete()
    for column in table.primary_key.columns:
        delete = delete.where(column == text(f":_{column.name}"))
    keys = [
        {f"_{column.name}": row[column.name] for column in table.primary_key.columns}
        for row in rows
    ]
    connection.execute(delete, keys)
    connection.execute(table.insert(), list(rows))


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return str(row[0]) if row else None


def _path(url: str) -> Path:
    return Path(make_url(url).database or "onebacklog.db")


def _engine(url: str) -> Engine:
    engine = create_engine(url)

    @event.listens_for(engine, "connect")
    def _settle(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver's own transactions leave out tables' changes
        # WAL: a dry run reads while another process writes. FULL: an intent that was stored
        # outlives a power cut, so that no create is ever repeated blindly.
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA busy_timeout=10000")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN")

    return engine
