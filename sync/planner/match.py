"""Which record shows which item: by link, then by mark, by its own word, by title."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from sync.backlog import Link
from sync.model import Item, ItemId, TrackerName, derive_id
from sync.plan import By
from sync.planner.context import Context
from sync.planner.moved import follow_moves
from sync.planner.ties import Lost, Matches, Tie, told
from sync.tracker import Record, RecordId, Unmapped

__all__ = ["Lost", "Matches", "Tie", "match"]


def match(context: Context) -> Matches:
    """Ties every record read or remembered to an item, old or new."""
    matches = Matches()
    for item in context.backlog.order:
        matches.ties[item] = {}
    unlinked = {name: _follow_links(context, name, matches) for name in context.settings.trackers}
    follow_moves(context, matches, unlinked)
    pairing = _Pairing(context, matches, unlinked)
    for tracker, records in unlinked.items():
        for record in sorted(records, key=_place):
            pairing.tie(tracker, record)
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


_ID = re.compile(r"[0-9a-z]{1,64}")


class _Pairing:
    """Finds the item of each record that has no link yet."""

    def __init__(
        self, context: Context, matches: Matches, unlinked: Mapping[TrackerName, list[Record]]
    ) -> None:
        self.context, self.matches = context, matches
        self.fresh_titles = {
            tracker: Counter(self._title(tracker, record) for record in records)
            for tracker, records in unlinked.items()
        }
        self.by_title: dict[str, list[ItemId]] = {}
        self.by_address: dict[str, ItemId] = {}
        for item_id, ties in matches.ties.items():
            item = context.backlog.items[item_id]
            self._index(item_id, _plain(item.title), ties)

    def _index(self, item: ItemId, title: str, ties: Mapping[TrackerName, Tie]) -> None:
        self.by_title.setdefault(title, []).append(item)
        for tie in ties.values():
            self._address(item, tie.record)

    def _address(self, item: ItemId, record: Record) -> None:
        for address in (record.url, record.key):
            if address:
                self.by_address[address] = item

    def tie(self, tracker: TrackerName, record: Record) -> None:
        item, by = self._find(tracker, record)
        if item is None:
            item = self._new_id(tracker, record)
            tie = Tie(item, tracker, record)
            self.matches.ties[item] = {}
            self.matches.founded[item] = tie
            self._index(item, self._title(tracker, record), {tracker: tie})
        else:
            begun = item in self.context.backlog.intents.get(tracker, {})
            tie = Tie(item, tracker, record, by=by, unfinished=begun and by == "mark")
            self._address(item, record)
        self.matches.ties[item][tracker] = tie

    def _find(self, tracker: TrackerName, record: Record) -> tuple[ItemId | None, By | None]:
        if record.mark in self.matches.ties and self._free(tracker, record.mark):
            return record.mark, "mark"
        made_from = derive_id(self.context.backlog.name, tracker, record.id)
        if made_from in self.matches.founded and self._free(tracker, made_from):
            return made_from, "mark"  # a record elsewhere says that it was made from this one
        for address in sorted(record.twins):
            item = self.by_address.get(address)
            if item is not None and self._free(tracker, item):
                return item, "link"
        title = self._title(tracker, record)
        candidates = self.by_title.get(title, [])
        if title and len(candidates) == 1 and self.fresh_titles[tracker][title] == 1:
            [item] = candidates
            if self._free(tracker, item) and self._same_kind(item, tracker, record):
                return item, "title"
        return None, None

    def _free(self, tracker: TrackerName, item: ItemId) -> bool:
        """Has the item no record on this tracker now?"""
        return tracker not in self.matches.ties[item]

    def _same_kind(self, item: ItemId, tracker: TrackerName, record: Record) -> bool:
        """Kinds are the same, or one side does not know it."""
        ours = self._kind(item)
        theirs = self._decode(tracker, "kind", record)
        return ours is None or theirs is None or ours == theirs

    def _kind(self, item_id: ItemId) -> str | None:
        item: Item | None = self.context.backlog.items.get(item_id)
        if item is not None:
            return item.kind
        founder = self.matches.founded[item_id]
        return self._decode(founder.tracker, "kind", founder.record)

    def _new_id(self, tracker: TrackerName, record: Record) -> ItemId:
        if record.mark and _ID.fullmatch(record.mark) and record.mark not in self.matches.ties:
            return record.mark
        parts = (self.context.backlog.name, tracker, record.id)
        item = derive_id(*parts)
        while item in self.matches.ties:  # the file's name was used before, for another item
            item = derive_id(*parts, item)
        return item

    def _title(self, tracker: TrackerName, record: Record) -> str:
        return _plain(self._decode(tracker, "title", record) or "")

    def _decode(self, tracker: TrackerName, name: str, record: Record) -> str | None:
        facts = self.context.readings[tracker].facts
        if name not in facts.fields or record.shown.get(name) is None:
            return None
        try:
            value = facts.codec.decode(name, record.shown[name], None)
        except Unmapped:
            return None
        return value if isinstance(value, str) else None


def _plain(title: str) -> str:
    return title.strip()
