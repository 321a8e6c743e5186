"""Which record shows which item: by the links that are known, then as `pairing` finds."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sync.backlog import Link
from sync.model import TrackerName
from sync.planner.context import Context
from sync.planner.moved import follow_moves
from sync.planner.pairing import Pairing
from sync.planner.ties import Lost, Matches, Tie, told
from sync.tracker import Record, RecordId

__all__ = ["Lost", "Matches", "Tie", "match"]


def match(context: Context) -> Matches:
    """Ties every record read or remembered to an item, old or new."""
    matches = Matches()
    for item in context.backlog.order:
        matches.ties[item] = {}
    unlinked = {name: _follow_links(context, name, matches) for name in context.settings.trackers}
    follow_moves(context, matches, unlinked)
    pairing = Pairing(context, matches, unlinked)
    for tracker, records in unlinked.items():
        pairing.tie(tracker, sorted(records, key=_place))
    matches.lost = [
        lost for lost in matches.lost if lost.link.tracker not in matches.ties[lost.link.item]
    ]  # the others came back as another record
    return matches


def _place(record: Record) -> tuple[list[tuple[int, str]], RecordId]:
    """For sorting by key, and numbers in it by their size: the older record of two comes first."""
    parts = enumerate(re.split(r"([0-9]+)", record.key))
    return [(len(part) if at % 2 else 0, part) for at, part in parts], record.id


def _follow_links(context: Context, tracker: TrackerName, matches: Matches) -> list[Record]:
    """Ties the linked records; returns the others."""
    links = context.backlog.links.get(tracker, {})
    reading = context.readings.get(tracker)
    if reading is None:
        for link in links.values():
            if not link.gone:
                matches.ties[link.item][tracker] = Tie(link.item, tracker, link.record, link)
        return []
    snapshot = reading.snapshot
    read = {record.id: record for record in snapshot.records}
    for record_id, link in links.items():
        why = _lost(record_id, link, read, snapshot.complete)
        if record_id in snapshot.gone:
            why = told(snapshot.gone[record_id], link)
        if why:
            matches.lost.append(Lost(link, why))
        else:
            record = read.get(record_id, link.record)
            matches.ties[link.item][tracker] = Tie(link.item, tracker, record, link)
    return [record for record in snapshot.records if record.id not in links]


def _lost(
    record_id: RecordId, link: Link, read: Mapping[RecordId, Record], complete: bool
) -> str | None:
    if record_id in read:
        return None
    return link.gone or ("not seen" if complete else None)
