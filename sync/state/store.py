"""The state database: opened, migrated, read whole at the start of a run, written in steps."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, inspect, select, text

from sync.backlog import Backlog, Failing, Judgement, Link, TrackerOrder
from sync.model import RELEASE_FIELDS, Item, ItemId, Schema, TrackerName
from sync.state import postgres, tables
from sync.state.database import connect, is_file, looking, make, path_of, reading, using
from sync.state.errors import StateError, called
from sync.state.journal import Entry, Told, insert_entries, settle
from sync.state.rows import item_values, link_row, load_item, load_link, to_text
from sync.state.transaction import Fence, transaction
from sync.tracker import Cursor, Intent, RecordId

HEAD = "0009"
"""The newest migration."""
VERSION = "alembic_version"
"""The table that says which migration the others are of."""


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
    run: int = 0
    entries: Sequence[Entry] = ()
    """What the run's journal says of it."""
    mended: Sequence[tuple[TrackerName, ItemId]] = ()
    """Edits that failed, and that nobody wants any more."""
    moved: Sequence[tuple[TrackerName, ItemId]] = ()
    """So for moves."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one write of one item, remembered in one step."""

    tracker: TrackerName
    item: ItemId
    link: Link | None = None
    """As it now is; None: as it was. With it, a creation that was open is done."""
    told: Sequence[Told] = ()
    """What the journal learns of it."""
    failing: Failing | None = None
    """None: nothing of the item fails there any more."""
    unmade: bool = False
    """It was to be created, and that is known to have had no effect."""
    run: int = 0
    owed: Sequence[Entry] = ()
    """What the run still has to do because of it, for the journal."""


class Store:
    """One state database. Every method is one transaction."""

    def __init__(self, url: str, fence: Fence | None = None) -> None:
        """With a `fence`, writes raise Fenced once another has taken its backlog over."""
        self.engine = connect(url).execution_options(fence=fence)
        self.path = path_of(url) if is_file(self.engine) else None
        """Where it is a file."""
        self.called = called(self.engine.url)
        """How messages name it."""

    def close(self) -> None:
        self.engine.dispose()

    def migrate(self) -> None:
        """Brings the tables up to date. Raises StateError where the file is no state database."""
        if self.path:
            make(self.path)
        with using(self.engine):
            with self.engine.connect() as connection:
                if revision(connection) == HEAD:
                    return
            self._upgrade()

    def _upgrade(self) -> None:
        from alembic import command  # noqa: PLC0415  (slow to import, and seldom needed)
        from alembic.config import Config  # noqa: PLC0415
        from alembic.util import CommandError  # noqa: PLC0415

        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
        config.set_main_option("path_separator", "os")
        # Two processes may find the old tables at once: the second waits, and finds the new ones.
        with self.engine.execution_options(alone=True).begin() as connection:
            if not self.path:
                postgres.exclude(connection)
            config.attributes["connection"] = connection
            try:
                command.upgrade(config, "head")
            except CommandError as error:
                raise StateError(
                    f"{self.called} was made by a newer onebacklog ({error}); update this one"
                ) from None

    def exists(self) -> bool:
        """Is there anything to read? It makes nothing. Raises StateError."""
        if self.path:
            with reading(self.path):
                return self.path.exists()
        with looking(self.engine) as connection:
            return inspect(connection).has_table(VERSION)

    def load(self, name: str, schema: Schema) -> Backlog:
        """Everything that is remembered of one backlog. Raises StateError."""
        with looking(self.engine) as connection:
            return self._load(connection, name, schema)

    def _load(self, connection: Connection, name: str, schema: Schema) -> Backlog:
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
            failing=_load_failing(connection, tables.failing, name),
            unmoved=_load_failing(connection, tables.unmoved, name),
            last_run=_last_run(connection, name),
        )

    def next_run(self, name: str, number: int) -> str | None:
        """When the first run after the one of that number was begun, ISO 8601 in UTC."""
        at = tables.run.c
        later = select(at.started).where(at.backlog == name, at.id > number).order_by(at.id)
        with looking(self.engine) as connection:
            return connection.execute(later.limit(1)).scalar()

    def read_whole(self, name: str) -> dict[TrackerName, str]:
        """When each tracker was last read whole, ISO 8601 in UTC."""
        with looking(self.engine) as connection:
            rows = _rows(connection, tables.tracker, name)
            return {row.name: row.read_whole for row in rows if row.read_whole}

    def accept(self, name: str, accepted: Accepted) -> None:
        """Stores what a run merged, all of it or nothing, before anything is written."""
        rows = [{"backlog": name, "id": i.id, "values": item_values(i)} for i in accepted.items]
        with transaction(self.engine) as connection:
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
            for tracker, item in accepted.mended:
                _put_failing(connection, tables.failing, (name, tracker, item), None)
            for tracker, item in accepted.moved:
                _put_failing(connection, tables.unmoved, (name, tracker, item), None)
            insert_entries(connection, accepted.run, accepted.entries)

    def begin(
        self,
        name: str,
        tracker: TrackerName,
        run: int,
        entries: Sequence[Entry],
        intents: Mapping[ItemId, Intent] | None = None,
    ) -> list[int]:
        """Stores what is about to be written to one tracker; returns the entries' numbers."""
        rows = [
            {"backlog": name, "tracker": tracker, "item": item, "at": one.at, "newest": one.newest}
            for item, one in (intents or {}).items()
        ]
        with transaction(self.engine) as connection:
            _put(connection, tables.intent, rows)
            return insert_entries(connection, run, entries)

    def answer(self, name: str, answer: Answer) -> None:
        """Stores what became of one write: link, journal, failure, all of it or nothing."""
        with transaction(self.engine) as connection:
            if answer.link is not None:
                _put_links(connection, name, [answer.link])
            if answer.unmade:
                _forget(connection, name, answer.tracker, answer.item)
            what = name, answer.tracker, answer.item
            _put_failing(connection, tables.failing, what, answer.failing)
            settle(connection, answer.told)
            insert_entries(connection, answer.run, answer.owed)

    def save_release(
        self,
        name: str,
        link: Link,
        new: Item | None,
        items: Sequence[Link],
        told: Sequence[Told] = (),
    ) -> None:
        """Stores a release's link, and what else it changes.

        `new`: the release itself, where it was not known. `items`: the links of the items that
        name it, where it has another name now.
        """
        with transaction(self.engine) as connection:
            _put_links(connection, name, items)
            if new is not None:
                row = {"backlog": name, "id": new.id, "values": item_values(new)}
                _put(connection, tables.release, [row])
            _put(connection, tables.release_link, [link_row(name, link)])
            settle(connection, told)

    def tell(self, name: str, links: Sequence[Link], told: Sequence[Told]) -> None:
        """Stores how writes ended that were no edits of items, and links that changed with them."""
        with transaction(self.engine) as connection:
            _put_links(connection, name, links)
            settle(connection, told)

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
        with transaction(self.engine) as connection:
            _put_tracker(connection, name, tracker, new)

    def save_moves(
        self,
        name: str,
        tracker: TrackerName,
        told: Sequence[Told],
        unmoved: Mapping[ItemId, Failing | None],
    ) -> None:
        """Stores how moves ended, and which of them failed (None: it does not any more)."""
        with transaction(self.engine) as connection:
            for item, why in unmoved.items():
                _put_failing(connection, tables.unmoved, (name, tracker, item), why)
            settle(connection, told)


def _last_run(connection: Connection, name: str) -> int:
    at = tables.run.c
    return connection.execute(select(func.max(at.id)).where(at.backlog == name)).scalar() or 0


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
    """Stores them, each in the place of any other of its item, or of its record, there."""
    kept: list[Link] = []
    seen = set[tuple[TrackerName, str, str]]()
    for link in reversed([*links]):  # of two that cannot both stand the last one does
        signs = {(link.tracker, "item", link.item), (link.tracker, "record", link.record.id)}
        if seen.isdisjoint(signs):
            kept.append(link)
        seen |= signs
    rows = [link_row(name, link) for link in reversed(kept)]
    if not rows:
        return
    for columns in (("item",), ("record",)):
        _drop(connection, tables.link, ("backlog", "tracker", *columns), rows)
    connection.execute(tables.link.insert(), rows)
    _drop(connection, tables.intent, ("backlog", "tracker", "item"), rows)
    # A file made anew: another that had this id was split off.
    own = [row for row in rows if row["record"] == row["item"]]
    _drop(connection, tables.pair, ("backlog", "tracker", "record", "item"), own)


def _put_failing(
    connection: Connection,
    table: Table,
    what: tuple[str, TrackerName, ItemId],
    failing: Failing | None,
) -> None:
    """`what`: whose, on which tracker, and of which item."""
    key = dict(zip(("backlog", "tracker", "item"), what, strict=True))
    _drop(connection, table, list(key), [key])
    if failing is not None:
        connection.execute(table.insert(), key | asdict(failing))


def _load_failing(
    connection: Connection, table: Table, name: str
) -> dict[TrackerName, dict[ItemId, Failing]]:
    found: dict[TrackerName, dict[ItemId, Failing]] = defaultdict(dict)
    for row in _rows(connection, table, name):
        why = Failing(row.edit, row.message, row.first, row.last, row.tries, row.next)
        found[row.tracker][row.item] = why
    return dict(found)


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
    _drop(connection, table, [column.name for column in table.primary_key.columns], rows)
    connection.execute(table.insert(), list(rows))


def _drop(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]
) -> None:
    """Deletes what has the same values in these columns as any of the rows."""
    if not rows:
        return
    delete = table.delete()
    for column in columns:
        delete = delete.where(table.c[column] == bindparam(f"_{column}"))
    keys = [{f"_{column}": row[column] for column in columns} for row in rows]
    connection.execute(delete, keys)


def revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table(VERSION):
        return None
    row = connection.execute(text("SELECT version_num FROM alembic_version")).first()
    return str(row[0]) if row else None
