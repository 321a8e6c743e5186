"""From what a run has read to the page that shows it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime

from sync.app.digest import LAST, changes
from sync.app.runs import Look, Shop, remembered
from sync.app.silent import silent, terms_of
from sync.backlog import Backlog, Link
from sync.model import Item, ItemId
from sync.plan import Plan
from sync.planner.findings import by_gravity
from sync.report.findings import Silent
from sync.report.history import time
from sync.report.page import Page, Past, Row
from sync.report.where import Key, Keys
from sync.report.wording import count
from sync.state import Journal, Store
from sync.state.memory import Standing, recall, standings
from sync.state.watched import watched

RUNS = 100
"""So many of the last runs the charts show."""


def page(look: Look, title: str, since: str = LAST) -> Page:
    """Asks the trackers nothing more. Raises NotSince."""
    links = _links_by(look)
    rows = _rows(look.items, look.decision.order, links, look.context.now)
    return Page(
        look.plan,
        look.titles,
        rows,
        past(look.shop),
        title,
        _all_keys(links),
        changes(look, since),
        silent_rules(look),
    )


def keys_of(look: Look) -> Keys:
    """Where each item is to be looked at."""
    return _all_keys(_links_by(look))


def silent_rules(look: Look) -> Sequence[Silent]:
    """Rules that have matched nothing for long, nor do now."""
    return _silent(look.shop, look.decision.matched)


def _silent(shop: Shop, matched: Collection[str]) -> Sequence[Silent]:
    store = Store(shop.state)
    try:
        known = watched(store.engine, shop.name) if store.exists() else {}
    finally:
        store.close()
    return silent(known, terms_of(shop.settings.rules), matched, shop.clock())


def kept_page(shop: Shop) -> Page | None:
    """The report as runs have left it in the state, without asking any tracker; None where none
    has looked at the whole yet. Raises StateError."""
    store = Store(shop.state)
    try:
        now = shop.clock().astimezone(UTC).isoformat(timespec="seconds")
        memory = recall(store.engine, shop.name, now)
        last = Journal(store.engine).runs(shop.name, 1)
    finally:
        store.close()
    if memory is None or not last:
        return None
    backlog, _ = remembered(shop)
    links = _links(backlog, ())
    found = by_gravity((one for one, _ in memory.open.values()), backlog.order)
    conflicts = count(last[0].counts.get("conflict", 0), "conflict")
    return Page(
        Plan(shop.name, findings=found),
        {item.id: item.title for item in backlog.items.values()},
        _rows(backlog.items, backlog.order, links, shop.clock()),
        past(shop),
        keys=_all_keys(links),
        silent=_silent(shop, {one.rule for one in found}),
        kept=f"As run {last[0].id} left it, begun {time(last[0].started)} UTC, with {conflicts}.",
    )


def _rows(
    items: Mapping[ItemId, Item],
    order: Sequence[ItemId],
    links: Mapping[ItemId, Mapping[str, Link]],
    now: datetime,
) -> list[Row]:
    """The open items, top first."""
    return [
        Row(
            id_,
            items[id_].title,
            items[id_].kind,
            items[id_].status,
            items[id_].priority,
            _keys(links.get(id_, {})),
            _days(links.get(id_, {}), now),
        )
        for id_ in order
        if id_ in items and not items[id_].closed
    ]


def past(shop: Shop) -> list[Past]:
    """The runs that ended, the oldest first."""
    store = Store(shop.state)
    try:
        if not store.exists():
            return []
        runs = Journal(store.engine).runs(shop.name, RUNS)
        stood = standings(store.engine, shop.name)
    finally:
        store.close()
    return [
        Past(
            run.id,
            run.started,
            run.counts.get("finding", 0),
            sum(run.counts.get(name, 0) for name in ("create", "update", "move")),
            _agreement(stood, run.id),
        )
        for run in reversed(runs)
        if run.ended
    ]


def _agreement(stood: Sequence[Standing], run: int) -> int | None:
    """By the last run up to that one that left it: the others found it the same."""
    at = bisect_right(stood, run, key=lambda one: one.run)
    return None if at == 0 else 100 * stood[at - 1].agreeing // max(stood[at - 1].items, 1)


def _links(backlog: Backlog, fresh: Iterable[Link]) -> dict[ItemId, dict[str, Link]]:
    links: dict[ItemId, dict[str, Link]] = {}
    known = [link for of in backlog.links.values() for link in of.values()]
    for link in (*known, *fresh):
        if not link.gone:
            links.setdefault(link.item, {})[link.tracker] = link
    return links


def _links_by(look: Look) -> dict[ItemId, dict[str, Link]]:
    fresh = [link for verdict in look.decision.verdicts for link in verdict.links]
    return _links(look.context.backlog, fresh)


def _all_keys(links: Mapping[ItemId, Mapping[str, Link]]) -> Keys:
    return {item: _keys(of) for item, of in links.items()}


def _keys(links: Mapping[str, Link]) -> tuple[Key, ...]:
    return tuple(
        Key(tracker, link.record.key, link.record.url) for tracker, link in sorted(links.items())
    )


def _days(links: Mapping[str, Link], now: datetime) -> int | None:
    times = [link.record.updated_at for link in links.values() if link.record.updated_at]
    if not times:
        return None
    return max((now - max(map(datetime.fromisoformat, times))).days, 0)
