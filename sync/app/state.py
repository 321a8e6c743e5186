"""Making the state anew from what the trackers show, where the database was lost or is broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import delete, select

from sync.app.runs import Look, Shop, look
from sync.backlog import Backlog
from sync.engine import Engine, apply
from sync.model import Schema
from sync.plan import Edit, Plan
from sync.state import StateError, Store, tables
from sync.state.care import aside, copied, empty, put
from sync.state.database import path_of
from sync.state.verify import verify

ANEW = (
    tables.backlog,
    tables.item,
    tables.link,
    tables.tracker,
    tables.release,
    tables.release_link,
    tables.failing,
)
"""What is forgotten. The journal stays where it can be read."""
KEPT = (tables.intent, tables.pair)
"""What was begun, and what persons decided on pairs, stays for items that are found again."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """One backlog as it was made anew."""

    look: Look
    """What was read and decided; its plan is what is left to be done."""
    backlog: Backlog
    kept: Path | None
    """Where the old database is."""

    def lost(self, edit: Edit) -> list[str]:
        """Addresses that records of a new edit's item name as their twins, and nothing shows."""
        links = [link for one in self.backlog.links.values() for link in one.values()]
        there = {link.record.key for link in links} | {link.record.url for link in links}
        named = {twin for one in links if one.item == edit.item for twin in one.record.twins}
        return sorted(named - there)


def rebuild(shops: Sequence[Shop], *, every: bool, force: bool = False) -> list[Rebuilt]:
    """Ties all records to items by marks, links and titles, as a first run does, and remembers it.

    Writes to no tracker. To be called while the state is held. `every`: these are all backlogs of
    the settings. Raises StateError, and leaves all as it was: where the state is sound, unless
    `force`; where a tracker does not answer; where a file that cannot be read has other backlogs.
    """
    path = path_of(shops[0].state)
    fresh = _forgetful(path, shops, every=every, force=force)
    try:
        found = [_remember(replace(shop, state=f"sqlite:///{fresh}")) for shop in shops]
        kept = aside(path, shops[0].clock())
        put(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
    return [Rebuilt(one, backlog, kept) for one, backlog in found]


def _forgetful(path: Path, shops: Sequence[Shop], *, every: bool, force: bool) -> Path:
    """A database beside the state that knows nothing of these backlogs, and all of the others."""
    schemas = {shop.name: shop.settings.schema_of_fields() for shop in shops}
    if path.exists() and not force and _sound(path, schemas):
        raise StateError(
            f"{path} is sound: to make it anew would forget who changed what, and each difference "
            "would become a conflict; --force does it all the same"
        )
    try:
        fresh = copied(path, path)
        store = Store(f"sqlite:///{fresh}")
        try:
            store.migrate()
            with store.engine.begin() as connection:
                for table in ANEW:
                    column = table.c.name if table is tables.backlog else table.c.backlog
                    connection.execute(delete(table).where(column.in_(list(schemas))))
        finally:
            store.close()
    except StateError as error:
        if path.exists() and not every:
            raise StateError(
                f"{error}. Nothing of it can be kept: name no backlog, so that all are made anew"
            ) from None
        fresh = empty(path)
    return fresh


def _sound(path: Path, schemas: Mapping[str, Schema]) -> bool:
    try:
        return not verify(path, schemas)
    except StateError:
        return False


def _remember(shop: Shop) -> tuple[Look, Backlog]:
    found = look(shop, full=True)
    if found.context.failures:
        said = "; ".join(f"{name}: {why}" for name, why in found.context.failures.items())
        raise StateError(f"{shop.name} was left as it is, for not all trackers answer: {said}")
    store = Store(shop.state)
    try:
        store.migrate()
        quiet = replace(found.decision, plan=Plan(shop.name))  # nothing of it is done
        apply(Engine(found.context, {}, store, shop.clock, lambda *_: None), quiet)
        _forget_unknown(store, shop.name)
        return found, store.load(shop.name, shop.settings.schema_of_fields())
    finally:
        store.close()


def _forget_unknown(store: Store, name: str) -> None:
    """Of items that were not found again, nothing stays."""
    known = select(tables.item.c.id).where(tables.item.c.backlog == name)
    with store.engine.begin() as connection:
        for table in KEPT:
            where = (table.c.backlog == name) & table.c.item.not_in(known)
            connection.execute(delete(table).where(where))
