"""Making the state anew from what the trackers show, where the database was lost or is broken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import delete, insert, select
from sqlalchemy.engine import make_url

from sync.app.runs import Look, Shop, fenced, look
from sync.backlog import Backlog
from sync.engine import Engine, apply
from sync.model import Schema
from sync.plan import Edit, Plan
from sync.state import StateError, Store, tables
from sync.state.care import aside, copied, empty, put
from sync.state.database import looking, on_file, path_of
from sync.state.errors import called
from sync.state.transaction import transaction
from sync.state.verify import verify

ANEW = (
    tables.backlog,
    tables.item,
    tables.link,
    tables.tracker,
    tables.release,
    tables.release_link,
    tables.failing,
    tables.unmoved,
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
    url = shops[0].state
    if not force:
        _be_broken(url, {shop.name: shop.settings.schema_of_fields() for shop in shops})
    if not on_file(url):
        return [Rebuilt(one, backlog, None) for one, backlog in _in_place(shops)]
    path = path_of(url)
    fresh = _forgetful(path, shops, every=every)
    try:
        found = [_remember(replace(shop, state=f"sqlite:///{fresh}")) for shop in shops]
        kept = aside(path, shops[0].clock())
        put(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)
    return [Rebuilt(one, backlog, kept) for one, backlog in found]


def _be_broken(url: str, schemas: Mapping[str, Schema]) -> None:
    """Raises StateError where the state is sound."""
    try:
        flaws = verify(url, schemas)
    except StateError:
        return
    if not flaws:
        raise StateError(
            f"{called(make_url(url))} is sound: to make it anew would forget who changed what, and "
            "each difference would become a conflict; --force does it all the same"
        )


def _forgetful(path: Path, shops: Sequence[Shop], *, every: bool) -> Path:
    """A database beside the state that knows nothing of these backlogs, and all of the others."""
    try:
        fresh = copied(path, path)
        store = Store(f"sqlite:///{fresh}")
        try:
            store.migrate()
            _forget(store, shops)
        finally:
            store.close()
    except StateError as error:
        if path.exists() and not every:
            raise StateError(
                f"{error}. Nothing of it can be kept: name no backlog, so that all are made anew"
            ) from None
        fresh = empty(path)
    return fresh


def _forget(store: Store, shops: Sequence[Shop]) -> None:
    names = [shop.name for shop in shops]
    with transaction(store.engine) as connection:
        for table in ANEW:
            column = table.c.name if table is tables.backlog else table.c.backlog
            connection.execute(delete(table).where(column.in_(names)))


def _in_place(shops: Sequence[Shop]) -> list[tuple[Look, Backlog]]:
    """On a server there is no second database to build: all is read and decided before anything
    of the first is forgotten. Killed in between, it is as broken as before, and made anew again."""
    with TemporaryDirectory() as folder:
        beside = f"sqlite:///{folder}/state.db"
        _copy_kept(shops, beside)
        looks = [_look(replace(shop, state=beside)) for shop in shops]
    found = []
    for one, shop in zip(looks, shops, strict=True):
        store = Store(shop.state, fenced(shop))
        try:
            _forget(store, [shop])
            found.append((one, _store(one, store)))
        finally:
            store.close()
    return found


def _copy_kept(shops: Sequence[Shop], beside: str) -> None:
    source, target = Store(shops[0].state), Store(beside)
    names = [shop.name for shop in shops]
    try:
        source.migrate()
        target.migrate()
        with looking(source.engine) as read, transaction(target.engine) as written:
            for table in KEPT:
                query = select(table).where(table.c.backlog.in_(names))
                for row in read.execute(query).mappings():
                    written.execute(insert(table), dict(row))
    finally:
        source.close()
        target.close()


def _remember(shop: Shop) -> tuple[Look, Backlog]:
    found = _look(shop)
    store = Store(shop.state)
    try:
        store.migrate()
        return found, _store(found, store)
    finally:
        store.close()


def _look(shop: Shop) -> Look:
    """Reads and decides. Raises StateError where not all trackers answer."""
    found = look(shop, full=True)
    if found.context.failures:
        said = "; ".join(f"{name}: {why}" for name, why in found.context.failures.items())
        raise StateError(f"{shop.name} was left as it is, for not all trackers answer: {said}")
    return found


def _store(found: Look, store: Store) -> Backlog:
    shop = found.shop
    quiet = replace(found.decision, plan=Plan(shop.name))  # nothing of it is done
    apply(Engine(found.context, {}, store, shop.clock, lambda *_: None), quiet)
    _forget_unknown(store, shop.name)
    return store.load(shop.name, shop.settings.schema_of_fields())


def _forget_unknown(store: Store, name: str) -> None:
    """Of items that were not found again, nothing stays."""
    known = select(tables.item.c.id).where(tables.item.c.backlog == name)
    with transaction(store.engine) as connection:
        for table in KEPT:
            where = (table.c.backlog == name) & table.c.item.not_in(known)
            connection.execute(delete(table).where(where))
