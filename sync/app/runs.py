"""One backlog, looked at and written: what `plan`, `apply` and `report` share."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from types import MappingProxyType
from typing import TypeAlias

import structlog
from opentelemetry import trace

from config.rules import NoticesSettings
from config.schema import Backlog as BacklogConfig
from config.secrets import SecretError
from sync.app.build import Sharing, Surroundings, adapter, limits, planner_settings
from sync.app.changes import timed
from sync.app.due import whole_due
from sync.app.memory import keep
from sync.app.silent import terms_of
from sync.app.turns import SharedTurns
from sync.backlog import Backlog, Link
from sync.engine import Applied, Engine, apply, read
from sync.guard import guard
from sync.model import NOTICE, Item, ItemId, TrackerName
from sync.plan import Plan
from sync.planner import Context, Decision, Reading, decide
from sync.planner.context import Rewritten
from sync.planner.second_writer import ROUNDS
from sync.planner.vocabulary import doubtful
from sync.state import Fence, StateError, Store, hold
from sync.state.care import be_sound
from sync.state.database import REMEDY, on_file, path_of
from sync.state.fence import stand, take
from sync.state.lately import put_back, rewritten
from sync.state.pulse import GUARD, Felt, note
from sync.state.verify import muddles
from sync.tracker import Adapter, RecordId

log = structlog.get_logger(__name__)
tracer = trace.get_tracer("onebacklog")

Clock = Callable[[], datetime]
Progress = Callable[[TrackerName, int], None]
DAY = timedelta(days=1)


class Unknown(Exception):
    """A key that names no item; says so."""


class Refused(Exception):
    """The guard refuses the plan; the reasons, a sentence each."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True, slots=True)
class Shop:
    """One backlog of the settings, and where it is remembered."""

    name: str
    settings: BacklogConfig
    state: str
    around: Surroundings
    clock: Clock
    fence: Fence | None = None
    """Of a run that writes: what it was given to do so."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a run has read and decided. Nothing is written by it."""

    shop: Shop
    context: Context
    decision: Decision
    adapters: Mapping[TrackerName, Adapter]

    @property
    def plan(self) -> Plan:
        return self.decision.plan

    @property
    def items(self) -> dict[ItemId, Item]:
        """All of them, old and new, as they are after the merge."""
        return {**self.context.backlog.items, **{v.item.id: v.item for v in self.decision.verdicts}}

    @property
    def titles(self) -> dict[ItemId, str]:
        """Of all items, for people to read."""
        return {id_: item.title for id_, item in self.items.items()}

    def find(self, key: str) -> ItemId:
        """The item with that id, or with a record of that key or address. Raises Unknown."""
        known = [one for of in self.context.backlog.links.values() for one in of.values()]
        fresh = [link for verdict in self.decision.verdicts for link in verdict.links]
        return named(self.shop, key, self.titles, [*known, *fresh])

    def only(self, key: str) -> Look:
        """Narrowed to one item. Raises Unknown."""
        item = self.find(key)
        edits = [edit for edit in self.plan.edits if edit.item == item]
        return Look(self.shop, self.context, self.decision.only(edits, {item}), self.adapters)

    def refusals(self) -> tuple[str, ...]:
        """What the guard says of the plan."""
        snapshots = {name: one.snapshot for name, one in self.context.readings.items()}
        allowed = limits(self.shop.settings)
        followed = self.decision.followed()
        return guard(self.plan, self.context.backlog, snapshots, allowed, followed)


def named(shop: Shop, key: str, items: Collection[ItemId], links: Iterable[Link]) -> ItemId:
    """The item with that id, or with a record of that key or address. Raises Unknown."""
    found = {key} & set(items)
    for link in links:
        record = link.record
        if key in (record.key, record.url, record.id) or _short(record.key) == key:
            found.add(link.item)
    if len(found) != 1:
        why = "several items" if found else "no item"
        raise Unknown(
            f"{key} names {why} of {shop.name}; give a key such as SHOP-7, "
            "acme/shop#12 or items/pay.md, or an item's id"
        )
    return found.pop()


def _short(key: str) -> str:
    """`shop#12` of `acme/shop#12`, and the file's bare name of `items/pay.md`."""
    return key.rsplit("/", 1)[-1]


Touched: TypeAlias = Mapping[TrackerName, Collection[RecordId]]
"""Records to be read again, as webhooks said."""


def look(
    shop: Shop,
    *,
    full: bool = False,
    retry: bool = False,
    touched: Touched = MappingProxyType({}),
) -> Look:
    """Reads every tracker and decides; writes to none.

    `retry`: edits that failed are tried now, however long they were to wait. `touched`: records
    that are read in any case, though a tracker's lists may not show yet that they changed.
    """
    backlog, read_whole = remembered(shop)
    if _is_still_speaking(shop, backlog):
        shop = _speaking(shop)
        backlog, read_whole = remembered(shop)
    adapters, failures = adapters_of(shop)
    whole = set(adapters) if full else _overdue(shop, read_whole, adapters)
    readings, unread = read(adapters, backlog, whole, touched)
    context = context_of(shop, backlog, readings, {**failures, **unread}, retry=retry)
    if unsure := doubtful(context):
        again = {name: adapters[name] for name in unsure}
        more, unread_now = read(again, backlog, unsure, touched)
        left = {name: one for name, one in readings.items() if name not in unsure}
        failures = {**failures, **unread, **unread_now}
        context = context_of(shop, backlog, {**left, **more}, failures, retry=retry)
    context, decision = decided(shop, context, adapters)
    return Look(shop, context, decision, adapters)


def decided(
    shop: Shop, context: Context, adapters: Mapping[TrackerName, Adapter]
) -> tuple[Context, Decision]:
    """What is to be done, once it is known when what differs was changed."""
    with tracer.start_as_current_span("decide", attributes={"backlog": shop.name}):
        return timed(context, decide(context), adapters)


def context_of(
    shop: Shop,
    backlog: Backlog,
    readings: Mapping[TrackerName, Reading],
    failures: Mapping[TrackerName, str],
    *,
    retry: bool = False,
) -> Context:
    """What a plan is made from, when trackers were read just now."""
    fought_over, put_back_lately = _lately(shop)
    return Context(
        backlog,
        planner_settings(shop.settings),
        readings,
        failures,
        shop.clock(),
        retry,
        rewritten=fought_over,
        held_lately=put_back_lately,
    )


def _is_still_speaking(shop: Shop, backlog: Backlog) -> bool:
    """Are there comments left of rules that now say nothing on items?"""
    return not shop.settings.rules.speak and any(
        link.record.shown.get(NOTICE) for name in backlog.links for link in backlog.links_of(name)
    )


def _speaking(shop: Shop) -> Shop:
    """With comments on items looked after until the last is gone."""
    rules = shop.settings.rules.model_copy(update={"notices": NoticesSettings()})
    return replace(shop, settings=shop.settings.model_copy(update={"rules": rules}))


def sharing(shop: Shop) -> Sharing:
    """Turns as all processes take them. A dry run takes none, and only sees where to pause."""
    return partial(SharedTurns, shop.state, takes=shop.fence is not None)


def standing(shop: Shop) -> Callable[[], None] | None:
    """Raises Fenced where another run has taken the backlog over. A process that stands still
    keeps its lock on a file: there, nobody does."""
    if shop.fence is None or on_file(shop.state):
        return None
    return partial(stand, shop.state, shop.fence)


def adapters_of(shop: Shop) -> tuple[dict[TrackerName, Adapter], dict[TrackerName, str]]:
    """One for each tracker of the settings, and why some have none."""
    adapters: dict[TrackerName, Adapter] = {}
    failures: dict[TrackerName, str] = {}
    for name in shop.settings.trackers:
        try:
            adapters[name] = adapter(
                shop.settings, name, shop.around, sharing(shop), standing(shop)
            )
        except SecretError as error:
            failures[name] = str(error)
            log.warning("tracker.unread", tracker=name, error=str(error))
    return adapters, failures


def remembered(shop: Shop) -> tuple[Backlog, Mapping[TrackerName, str]]:
    """The backlog as the state has it, and when each tracker was last read whole."""
    schema = shop.settings.schema_of_fields()
    store = Store(shop.state)
    try:
        if not store.exists():  # a dry run makes no database
            return Backlog(shop.name, schema), {}
        store.migrate()
        backlog = store.load(shop.name, schema)
        if wrong := muddles(backlog):
            raise StateError(f"{store.called}: {shop.name}: {wrong[0]}; {REMEDY}")
        return backlog, store.read_whole(shop.name)
    finally:
        store.close()


def _lately(shop: Shop) -> tuple[Rewritten, frozenset[ItemId]]:
    """What was written to one place again and again within a day, and items whose status a rule
    put back."""
    store = Store(shop.state)
    since = shop.clock() - DAY
    try:
        if not store.exists():
            return {}, frozenset()
        engine = store.engine
        return rewritten(engine, shop.name, since, ROUNDS), put_back(engine, shop.name, since)
    finally:
        store.close()


def _overdue(
    shop: Shop, read_whole: Mapping[TrackerName, str], names: Mapping[TrackerName, Adapter]
) -> set[TrackerName]:
    """Trackers whose last whole read is too long ago: losses show only in such a read."""
    schedule, now = shop.settings.schedule, shop.clock()
    return {name for name in names if whole_due(schedule, read_whole.get(name), now)}


@contextmanager
def writing(shop: Shop, wait: float) -> Iterator[Shop]:
    """Held while a run reads, decides and writes: one writer of a backlog at a time.

    Yields the shop with which to write. Raises Busy, and StateError where the database is damaged:
    nothing is written on its word.
    """
    with hold(shop.state, wait, shop.name):
        if on_file(shop.state):
            be_sound(path_of(shop.state))
        yield replace(shop, fence=fenced(shop))


def fenced(shop: Shop) -> Fence:
    """From now on, no run that began before writes the backlog. Raises StateError."""
    store = Store(shop.state)
    try:
        store.migrate()
        return take(store.engine, shop.name, f"{socket.gethostname()}:{os.getpid()}")
    finally:
        store.close()


def carry_out(look: Look, *, force: bool, progress: Progress) -> Applied:
    """Applies what was decided. Raises Refused, unless forced, where the guard says no, and Fenced
    where another has passed the shop's fence."""
    reasons = look.refusals()
    store = Store(look.shop.state, look.shop.fence)
    try:
        store.migrate()
        if reasons and not force:
            note(store.engine, look.shop.name, {GUARD: Felt("; ".join(reasons))}, _now(look))
            raise Refused(reasons)
        answered = {name: look.adapters[name] for name in look.context.readings}
        engine = Engine(look.context, answered, store, look.shop.clock, progress)
        named = {"backlog": look.shop.name}
        with tracer.start_as_current_span("write", attributes=named) as span:
            applied = apply(engine, look.decision)
            span.set_attribute("run", applied.run)
        note(store.engine, look.shop.name, {GUARD: Felt(), **_felt(look)}, _now(look))
        terms = terms_of(look.shop.settings.rules)
        keep(store, applied.run, look.shop.clock(), look.decision, look.items, terms)
        return applied
    finally:
        store.close()


def _felt(look: Look) -> dict[TrackerName, Felt]:
    """How each tracker did. Files are asked nothing, and so have no number of requests."""
    return {
        name: Felt(
            look.context.failures.get(name),
            getattr(look.adapters.get(name), "requests", 0),
            getattr(look.adapters.get(name), "points", 0),
            getattr(look.adapters.get(name), "allowed", {}),
        )
        for name in look.shop.settings.trackers
    }


def _now(look: Look) -> str:
    return look.shop.clock().astimezone(UTC).isoformat(timespec="seconds")


@dataclass(frozen=True, slots=True)
class Fitted:
    """A saved plan, held against how things are now."""

    look: Look
    stale: tuple[str, ...] = field(default_factory=tuple)
    """What no longer fits, a sentence each."""
