"""Which item a record shows that has no link yet: by a person's word, mark, its own word, title."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sync.model import Item, ItemId, TrackerName, derive_id
from sync.plan import By
from sync.planner.claims import addresses, keys_in_title, own_addresses
from sync.planner.context import Context
from sync.planner.ties import Matches, Tie
from sync.tracker import Record, RecordId, Unmapped

_ID = re.compile(r"[0-9a-z]{1,64}")
Name: TypeAlias = tuple[TrackerName, RecordId]
"""One record, of all trackers'."""


@dataclass
class _Claims:
    """What records say of themselves: whose twins they are."""

    twins: dict[str, list[Name]] = field(default_factory=lambda: defaultdict(list))
    """Address or key → the records that name it as their own twin, where only we write."""
    said: dict[Name, frozenset[str]] = field(default_factory=dict)
    """Record → the addresses and keys that a person's words give as where it is elsewhere."""
    sayers: dict[str, list[Name]] = field(default_factory=lambda: defaultdict(list))
    """The same the other way round."""

    def add(self, name: Name, record: Record, said: frozenset[str]) -> None:
        for address in record.twins:
            self.twins[address].append(name)
        self.said[name] = said
        for address in said:
            self.sayers[address].append(name)


class Pairing:
    """Finds the item of each record that has no link yet."""

    def __init__(
        self, context: Context, matches: Matches, unlinked: Mapping[TrackerName, list[Record]]
    ) -> None:
        self.context, self.matches = context, matches
        self.fresh: dict[TrackerName, dict[str, list[Record]]] = {}
        """Records without a link, by their title."""
        self.named: dict[TrackerName, dict[str, RecordId]] = {
            tracker: {name: record.id for record in records for name in _names(record)}
            for tracker, records in unlinked.items()
        }
        """The same by what others call them."""
        for tracker, records in unlinked.items():
            self.fresh[tracker] = defaultdict(list)
            for record in records:
                self.fresh[tracker][self._title(tracker, record)].append(record)
        self.by_title: dict[str, list[ItemId]] = {}
        self.by_address: dict[str, ItemId] = {}
        self.item_of: dict[Name, ItemId] = {}
        for item_id, ties in matches.ties.items():
            self.by_title.setdefault(_plain(context.backlog.items[item_id].title), []).append(
                item_id
            )
            for tie in ties.values():
                self._settle(item_id, tie)
        self.claims = self._claims(unlinked)

    def _claims(self, unlinked: Mapping[TrackerName, list[Record]]) -> _Claims:
        """Of the new records, and of those whose items are not shown everywhere yet."""
        claims = _Claims()
        everywhere = len(self.context.settings.trackers)
        some = any(unlinked.values())
        old = [
            (tracker, tie.record)
            for ties in self.matches.ties.values()
            if some and len(ties) < everywhere
            for tracker, tie in ties.items()
            if tracker in self.context.readings
        ]
        new = [(tracker, record) for tracker, records in unlinked.items() for record in records]
        known = {
            address for _, record in (*old, *new) for address in _names(record)
        } | self.by_address.keys()
        for tracker, record in (*old, *new):
            said = self._said(tracker, record, known) - set(_names(record))
            claims.add((tracker, record.id), record, frozenset(said & known))
        return claims

    def _said(self, tracker: TrackerName, record: Record, known: set[str]) -> set[str]:
        said = set(keys_in_title(self._title(tracker, record)))
        raw = record.shown.get("description")
        if isinstance(raw, str) and not known.isdisjoint(addresses(raw)):
            text = self._decode(tracker, "description", record)
            said.update(own_addresses(text or ""))
        return said

    def tie(self, tracker: TrackerName, records: Sequence[Record]) -> None:
        """Ties all records of one tracker, each to its item, or to a new one that it founds."""
        ways: Sequence[tuple[By, Callable[[TrackerName, Record], ItemId | None]]] = (
            ("person", self._by_person),
            ("mark", self._by_mark),
            ("link", self._by_link),
            ("title", self._by_title),
        )
        left = records
        for by, find in ways:
            unknown = []
            for record in left:
                item = find(tracker, record)
                if item is None:
                    unknown.append(record)
                else:
                    begun = item in self.context.backlog.intents.get(tracker, {})
                    tie = Tie(item, tracker, record, by=by, unfinished=begun and by == "mark")
                    self.matches.ties[item][tracker] = tie
                    self._settle(item, tie)
            left = unknown
        for record in left:
            self._found(tracker, record)

    def _found(self, tracker: TrackerName, record: Record) -> None:
        item = self._new_id(tracker, record)
        tie = Tie(item, tracker, record)
        self.matches.ties[item] = {tracker: tie}
        self.matches.founded[item] = tie
        self.by_title.setdefault(self._title(tracker, record), []).append(item)
        self._settle(item, tie)

    def _settle(self, item: ItemId, tie: Tie) -> None:
        self.item_of[tie.tracker, tie.record.id] = item
        for address in _names(tie.record):
            self.by_address[address] = item

    # How an item is found

    def _by_person(self, tracker: TrackerName, record: Record) -> ItemId | None:
        item = self._told(tracker, record)
        return item if item in self.matches.ties and self._may(tracker, record, item) else None

    def _told(self, tracker: TrackerName, record: Record) -> ItemId | None:
        """The item that a person says the record shows."""
        judged = self.context.backlog.pairs.get(tracker, {}).get(record.id, {})
        return next((item for item, how in sorted(judged.items()) if how == "together"), None)

    def _by_mark(self, tracker: TrackerName, record: Record) -> ItemId | None:
        """By its own, or as that from which a record elsewhere says that it was made."""
        mark = self._mark(tracker, record)
        if mark in self.matches.ties and self._may(tracker, record, mark):
            return mark
        made_from = derive_id(self.context.backlog.name, tracker, record.id)
        known = made_from in self.matches.founded and self._may(tracker, record, made_from)
        return made_from if known else None

    def _mark(self, tracker: TrackerName, record: Record) -> ItemId | None:
        """The item that its mark names. A stranger's counts only while nothing is known, as where
        the state was lost, or where a create was begun: marks are not secret."""
        known = self.context.backlog
        begun = record.mark in known.intents.get(tracker, {})
        return None if record.stranger and known.items and not begun else record.mark

    def _by_link(self, tracker: TrackerName, record: Record) -> ItemId | None:
        """Twins are named by us, one on each tracker; what people say counts where it is clear."""
        named = [self.by_address.get(address) for address in sorted(record.twins)]
        naming = [self.item_of.get(one) for a in _names(record) for one in self.claims.twins[a]]
        for item in (*named, *naming):
            if item is not None and self._may(tracker, record, item):
                return item
        return self._said_to_be(tracker, record)

    def _said_to_be(self, tracker: TrackerName, record: Record) -> ItemId | None:
        """The one item that the record says it is, or that says it is the record."""
        said = self.claims.said[tracker, record.id]
        items = {self.by_address[one] for one in said if one in self.by_address}
        sayers = (one for name in _names(record) for one in self.claims.sayers[name])
        items |= {self.item_of[one] for one in sayers if one in self.item_of}
        items = {item for item in items if self._may(tracker, record, item)}
        if len(items) != 1:
            return None
        [item] = items
        return item if self._said_of(tracker, item) == {record.id} else None

    def _said_of(self, tracker: TrackerName, item: ItemId) -> set[RecordId]:
        """All records of a tracker that the item says it is, or that say they are the item."""
        found = set()
        for tie in self.matches.ties[item].values():
            sayers = (one for name in _names(tie.record) for one in self.claims.sayers[name])
            found |= {id for where, id in sayers if where == tracker}
            said = self.claims.said.get((tie.tracker, tie.record.id), frozenset())
            found |= {self.named[tracker][one] for one in said if one in self.named[tracker]}
        return found

    def _by_title(self, tracker: TrackerName, record: Record) -> ItemId | None:
        """The one item of that title and kind, where the record is the only such one, too."""
        title = self._title(tracker, record)
        alike = [
            item
            for item in self.by_title.get(title, ())
            if title and self._same_kind(item, tracker, record)
        ]
        if len(alike) != 1 or not self._may(tracker, record, alike[0]):
            return None
        rivals = [
            other
            for other in self.fresh[tracker][title]
            if self._same_kind(alike[0], tracker, other)
        ]
        return alike[0] if len(rivals) == 1 else None

    def _may(self, tracker: TrackerName, record: Record, item: ItemId | None) -> bool:
        """Has the item no record on this tracker now, and does no person hold the two apart?"""
        if item is None or tracker in self.matches.ties[item]:
            return False
        pairs = self.context.backlog.pairs
        if pairs.get(tracker, {}).get(record.id, {}).get(item) == "apart":
            return False
        own = self._new_id(tracker, record) if pairs else None
        return not any(
            pairs.get(name, {}).get(tie.record.id, {}).get(own or "") == "apart"
            for name, tie in self.matches.ties[item].items()
        )

    def _same_kind(self, item: ItemId, tracker: TrackerName, record: Record) -> bool:
        """Kinds are the same, or one side does not know it."""
        return same_kind(self._kind(item), self._decode(tracker, "kind", record))

    def _kind(self, item_id: ItemId) -> str | None:
        item: Item | None = self.context.backlog.items.get(item_id)
        if item is not None:
            return item.kind
        founder = self.matches.founded[item_id]
        return self._decode(founder.tracker, "kind", founder.record)

    def _new_id(self, tracker: TrackerName, record: Record) -> ItemId:
        """The id of the item that the record would found."""
        known = self.matches.ties
        for word in (self._told(tracker, record), self._mark(tracker, record)):
            if word and _ID.fullmatch(word) and word not in known:
                return word
        parts = (self.context.backlog.name, tracker, record.id)
        item = derive_id(*parts)
        while item in known:  # the file's name was used before, for another item
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


def same_kind(one: str | None, other: str | None) -> bool:
    """Are they the same, or is one not known?"""
    return one is None or other is None or one == other


def _names(record: Record) -> list[str]:
    """What others call it by: its address and its key."""
    return [name for name in ((record.url or "").rstrip("/"), record.key) if name]


def _plain(title: str) -> str:
    return title.strip()
