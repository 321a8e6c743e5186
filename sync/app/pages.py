"""From what a run has read to the page that shows it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from config.trackers import FilesSettings
from sync.app.runs import Look, Shop
from sync.backlog import Link
from sync.model import ItemId, TrackerName
from sync.report.page import Key, Page, Past, Row
from sync.state import Journal, Store

RUNS = 100
"""So many of the last runs the charts show."""


def page(look: Look, title: str) -> Page:
    """Asks the trackers nothing more."""
    items = {**look.context.backlog.items}
    items |= {verdict.item.id: verdict.item for verdict in look.decision.verdicts}
    links = _links(look)
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
    return Page(look.plan, look.titles, rows, past(look.shop), title, keys)


def past(shop: Shop) -> list[Past]:
    """The runs that ended, the oldest first."""
    store = Store(shop.state)
    try:
        if not store.exists():
            return []
        runs = Journal(store.engine).runs(shop.name, RUNS)
    finally:
        store.close()
    return [
        Past(
            run.id,
            run.started,
            run.counts.get("finding", 0),
            sum(run.counts.get(name, 0) for name in ("create", "update", "move")),
        )
        for run in reversed(runs)
        if run.ended
    ]


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


def folders(shop: Shop) -> dict[TrackerName, str]:
    """Where the files of each tracker of files are, from the present folder."""
    return {
        name: Path(os.path.relpath(settings.path)).as_posix()
        for name, settings in shop.settings.trackers.items()
        if isinstance(settings, FilesSettings)
    }
