"""Reads all trackers of a backlog, side by side; one that fails stops only itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from types import MappingProxyType

import structlog
from opentelemetry import trace

from sync.backlog import Backlog
from sync.model import NOTICE, FieldName, TrackerName
from sync.planner import Reading
from sync.tracker import Adapter, Facts, RecordId, Snapshot, TrackerError, Twin

log = structlog.get_logger(__name__)
tracer = trace.get_tracer("onebacklog")


def read(
    adapters: Mapping[TrackerName, Adapter],
    backlog: Backlog,
    whole: Collection[TrackerName] = (),
    touched: Mapping[TrackerName, Collection[RecordId]] = MappingProxyType({}),
) -> tuple[dict[TrackerName, Reading], dict[TrackerName, str]]:
    """What each tracker says, and why those that say nothing do not.

    Trackers in `whole` are read from the start, the others from their cursor; and the records in
    `touched` in any case, for lists may lag behind what a webhook said of them. One thread each:
    adapters are not shared.
    """
    readings: dict[TrackerName, Reading] = {}
    failures: dict[TrackerName, str] = {}
    with ThreadPoolExecutor(max_workers=max(len(adapters), 1)) as pool:
        futures = {
            tracker: pool.submit(
                copy_context().run,
                _read,
                adapter,
                backlog,
                tracker in whole,
                touched.get(tracker, ()),
            )
            for tracker, adapter in adapters.items()
        }
        for tracker, future in futures.items():
            try:
                readings[tracker] = future.result()
            except TrackerError as error:
                failures[tracker] = str(error)
                log.warning("tracker.unread", tracker=tracker, error=str(error))
    for tracker in list(readings):
        try:
            readings[tracker] = _told(adapters[tracker], readings, backlog)
        except TrackerError as error:
            del readings[tracker]
            failures[tracker] = str(error)
    return readings, failures


def _told(adapter: Adapter, readings: Mapping[TrackerName, Reading], backlog: Backlog) -> Reading:
    """What the tracker says, and what became of its records that new ones may have been.

    A record that moved to a place where its id is another looks like a new one there; where only
    changes were read, nothing says that it is gone from here. Those of the same title are asked
    for by their id.
    """
    reading = readings[adapter.name]
    if reading.snapshot.complete or reading.facts.lasting:
        return reading
    fresh = {
        record.shown.get("title")
        for name, one in readings.items()
        if one.facts.type == reading.facts.type
        for record in one.snapshot.records
        if record.id not in backlog.links.get(name, {})
    } - {None}
    read = {record.id for record in reading.snapshot.records}
    doubted = [
        link.record.id
        for link in backlog.links_of(adapter.name)
        if not link.gone and link.record.id not in read and link.record.shown.get("title") in fresh
    ]
    if not doubted:
        return reading
    gone = {**reading.snapshot.gone, **adapter.get(doubted).gone}
    return replace(reading, snapshot=replace(reading.snapshot, gone=gone))


def _is_new(name: FieldName, tracker: TrackerName, facts: Facts, backlog: Backlog) -> bool:
    """Is the field carried there, and was it not when its records were last read?"""
    if name not in facts.fields or name not in backlog.schema:
        return False
    return not any(name in link.record.shown for link in backlog.links_of(tracker))


def opened(adapter: Adapter, backlog: Backlog) -> Facts:
    """What the tracker is, after it was told what is linked."""
    facts = adapter.open()
    twins = (
        Twin(link.record.id, link.record.key, link.record.url, record=link.record)
        for link in backlog.links_of(adapter.name)
        if not link.gone  # what became of the others is known; one that is back is listed
    )
    adapter.remember(twins, backlog.cursors.get(adapter.name))
    return facts


def _read(
    adapter: Adapter, backlog: Backlog, whole: bool, touched: Collection[RecordId]
) -> Reading:
    with tracer.start_as_current_span("read", attributes={"tracker": adapter.name}) as span:
        facts = opened(adapter, backlog)
        anew = whole or _is_new(NOTICE, adapter.name, facts, backlog)
        snapshot = adapter.read(None if anew else backlog.cursors.get(adapter.name))
        read = {record.id for record in snapshot.records} | snapshot.gone.keys()
        if late := sorted(set(touched) - read):
            snapshot = joined(snapshot, adapter.get(late))
        span.set_attribute("records", len(snapshot.records))
    log.debug(
        "tracker.read",
        tracker=adapter.name,
        records=len(snapshot.records),
        complete=snapshot.complete,
    )
    return Reading(facts, snapshot)


def joined(snapshot: Snapshot, more: Snapshot) -> Snapshot:
    """With records that were asked for by their ids, as they are at that moment."""
    records = {one.id: one for one in (*snapshot.records, *more.records)}
    return replace(
        snapshot,
        records=tuple(records.values()),
        gone={**snapshot.gone, **more.gone},
        problems=(*snapshot.problems, *more.problems),
    )
