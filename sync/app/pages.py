"""From what a run has read to the page that shows it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime

from sync.app.digest import LAST, changes
from sync.app.runs import Look, Shop
from sync.backlog import Link
from sync.model import ItemId
from sync.report.page import Key, Page, Past, Row
from sync.state import Journal, Store
from sync.state.memory import Standing, standings

RUNS = 100
"""So many of the last runs the charts show."""


def page(look: Look, title: str, since: str = LAST) -> Page:
    """Asks the trackers nothing more. Raises NotSince."""
    items, links = look.items, _links(look)
    keys = {item: _keys(of) for item, of in links.items()}
    rows = [
        Row(
            id_,
            items[id_].title,
            items[id_].kind,
            items[id_].status,
            items[id_].priority,
            keys.get(id_, ()),
            _days(look, links.get(id_, {})),
        )
        for id_ in look.decision.order
        if id_ in items and not items[id_].closed
    ]
    return Page(look.plan, look.titles, rows, past(look.shop), title, keys, changes(look, since))


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


def _links(look: Look) -> dict[ItemId, dict[str, Link]]:
    links: dict[ItemId, dict[str, Link]] = {}
    known = [link for of in look.context.backlog.links.values() for link in of.values()]
    fresh = [link for verdict in look.decision.verdicts for link in verdict.links]
    for link in (*known, *fresh):
        if not link.gone:
            links.setdefault(link.item, {})[link.tracker] = link
    return links


def _keys(links: Mapping[str, Link]) -> tuple[Key, ...]:
    return tuple(
        Key(tracker, link.record.key, link.record.url) for tracker, link in sorted(links.items())
    )


def _days(look: Look, links: Mapping[str, Link]) -> int | None:
    times = [link.record.updated_at for link in links.values() if link.record.updated_at]
    if not times:
        return None
    return max((look.context.now - max(map(datetime.fromisoformat, times))).days, 0)
