"""Reads all trackers of a backlog, side by side; one that fails stops only itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor

import structlog

from sync.backlog import Backlog
from sync.model import TrackerName
from sync.planner import Reading
from sync.tracker import Adapter, TrackerError, Twin

log = structlog.get_logger(__name__)


def read(
    adapters: Mapping[TrackerName, Adapter], backlog: Backlog, whole: Collection[TrackerName] = ()
) -> tuple[dict[TrackerName, Reading], dict[TrackerName, str]]:
    """What each tracker says, and why those that say nothing do not.

    Trackers in `whole` are read from the start, the others from their cursor. One thread each:
    adapters are not shared.
    """
    readings: dict[TrackerName, Reading] = {}
    failures: dict[TrackerName, str] = {}
    with ThreadPoolExecutor(max_workers=max(len(adapters), 1)) as pool:
        futures = {
            tracker: pool.submit(_read, adapter, backlog, tracker in whole)
            for tracker, adapter in adapters.items()
        }
        for tracker, future in futures.items():
            try:
                readings[tracker] = future.result()
            except TrackerError as error:
                failures[tracker] = str(error)
                log.warning("tracker.unread", tracker=tracker, error=str(error))
    return readings, failures


def _read(adapter: Adapter, backlog: Backlog, whole: bool) -> Reading:
    facts = adapter.open()
    last = backlog.cursors.get(adapter.name)
    twins = (
        Twin(link.record.id, link.record.key, link.record.url)
        for link in backlog.links_of(adapter.name)
    )
    adapter.remember(twins, last)
    cursor = None if whole else last
    snapshot = adapter.read(cursor)
    log.debug(
        "tracker.read",
        tracker=adapter.name,
        records=len(snapshot.records),
        complete=snapshot.complete,
    )
    return Reading(facts, snapshot)
