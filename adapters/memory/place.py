"""A place that holds records in memory: as real as a tracker, and as unruly as it is told to be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from adapters.memory.releases import MemoryReleases
from adapters.memory.vocabulary import MemoryVocabulary
from sync.model import FieldName, ItemId
from sync.tracker import (
    Record,
    RecordId,
    Shown,
    TrackerError,
)

Fault: TypeAlias = Literal["before", "after", "halfway"]
"""When a write breaks off: without effect; after it (the answer is lost); after its first field."""


@dataclass
class MemoryTracker:
    """The place: what a tracker's server would hold, and how it misbehaves.

    Deterministic: its clock is the number of changes made to it. The switches may be changed at
    any time; those of the carriers before the first record only.
    """

    normalise: bool = False
    """It trims lines, lower-cases labels, and takes blanks out of texts that nobody sees."""
    open_closed: bool = False
    """Its status knows only `open` and `closed`."""
    single_assignee: bool = False
    ordered: bool = True
    releases: MemoryReleases | None = None
    """None: it keeps the names of releases on records alone."""
    vocabulary: MemoryVocabulary | None = None
    """None: it keeps the names of labels on records alone."""
    without: frozenset[FieldName] = frozenset()
    """Fields that have no carrier."""
    public: bool = False
    drop: frozenset[FieldName] = frozenset()
    """Fields that it silently does not change."""
    refuse: frozenset[FieldName] = frozenset()
    """Fields that it says it will not change."""
    faults: dict[int, Fault] = field(default_factory=dict)
    """By the number of the write, 0 being the next; earlier ones do not count any more."""
    lag: int = 0
    """So many of the last changes are not seen by `read` yet."""
    hidden: set[RecordId] = field(default_factory=set)
    moved: dict[RecordId, str] = field(default_factory=dict)
    """Records that left for another address."""
    down: TrackerError | None = None
    """Raised by every call while it is set."""

    clock: int = 0
    order: list[RecordId] = field(default_factory=list)
    history: dict[RecordId, list[tuple[int, Record]]] = field(default_factory=dict)
    """Every state of every record there ever was, with the clock's time."""
    deleted: set[RecordId] = field(default_factory=set)

    def shows(self, record: RecordId) -> Record | None:
        """The record as it now is, for those who may see it."""
        away = record in self.deleted or record in self.hidden or record in self.moved
        return None if away or record not in self.history else self.history[record][-1][1]

    def all(self) -> list[Record]:
        return [record for id in self.order if (record := self.shows(id))]

    def visible(self, since: int = 0) -> list[Record]:
        """What `read` sees: the records, as `lag` changes ago, of which any is since then."""
        seen = self.clock - self.lag
        states = {
            id: [(at, record) for at, record in self.history[id] if at <= seen]
            for id in self.order
            if self.shows(id)
        }
        return [past[-1][1] for past in states.values() if past and past[-1][0] > since]

    def add(self, shown: Mapping[FieldName, Shown], mark: ItemId | None = None) -> Record:
        """A new record, the last in the order."""
        number = len(self.history) + 1
        record = Record(f"r{number}", f"MEM-{number}", "", {}, f"https://mem.example/{number}")
        self.order.append(record.id)
        self.history[record.id] = []
        return self._keep(
            replace(record, mark=mark, shown=self._tidy(shown)), "onebacklog" if mark else "person"
        )

    def write(self, id: RecordId, shown: Mapping[FieldName, Shown], by: str = "person") -> Record:
        """Sets these fields; KeyError where there is no such record to be seen."""
        record = self.shows(id)
        if record is None:
            raise KeyError(id)
        changed = {name: shown[name] for name in shown if name not in self.drop}
        after = {**record.shown, **self._tidy(changed)}
        return record if after == record.shown else self._keep(replace(record, shown=after), by)

    def mark(self, record: Record, item: ItemId) -> Record:
        return self._keep(replace(record, mark=item), "onebacklog")

    def remove(self, record: RecordId) -> None:
        self.clock += 1
        self.deleted.add(record)

    def place(self, record: RecordId, after: RecordId | None) -> None:
        """Moves it right below another, or to the top."""
        self.order.remove(record)
        self.order.insert(0 if after is None else self.order.index(after) + 1, record)

    def rename_label(self, old: str, new: str) -> None:
        """As above, in the sets of labels."""
        for id, past in self.history.items():
            self.history[id] = [
                (at, replace(one, shown=_relabelled(one.shown, old, new))) for at, one in past
            ]

    def rename_release(self, old: str, new: str) -> None:
        """Records show the new name, and none counts as changed by it."""
        for id, past in self.history.items():
            self.history[id] = [
                (at, replace(one, shown={**one.shown, "release": new}))
                if one.shown.get("release") == old
                else (at, one)
                for at, one in past
            ]

    def take_fault(self) -> Fault | None:
        """Counts a write; what is to go wrong with it."""
        fault = self.faults.pop(0, None)
        self.faults = {number - 1: later for number, later in self.faults.items() if number > 0}
        return fault

    def _keep(self, record: Record, by: str) -> Record:
        self.clock += 1
        at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=self.clock)
        updated_at = at.isoformat().replace("+00:00", "Z")
        record = replace(record, version=str(self.clock), updated_at=updated_at, updated_by=by)
        self.history[record.id].append((self.clock, record))
        return record

    def _tidy(self, shown: Mapping[FieldName, Shown]) -> dict[FieldName, Shown]:
        kept = {name: value for name, value in shown.items() if name not in self.without}
        if self.single_assignee and "assignees" in kept:
            kept["assignees"] = kept["assignees"][:1]
        return {name: self.respell(name, kept[name]) for name in kept}

    def respell(self, name: FieldName, shown: Shown) -> Shown:
        """What becomes of what it is given, where it normalises."""
        if not self.normalise or not shown:
            return shown
        if name == "labels":
            return sorted({label.lower() for label in shown})
        if name == "description":
            lines = "\n".join(line.rstrip() for line in shown.split("\n"))
            return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")
        return " ".join(shown.split()) if name == "title" else shown


def _relabelled(shown: Mapping[FieldName, Shown], old: str, new: str) -> dict[FieldName, Shown]:
    labels = (new if one.casefold() == old.casefold() else one for one in shown["labels"])
    return {**shown, "labels": sorted(labels)}
