"""The releases of a tracker that lives in memory."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from sync.model import FieldName
from sync.tracker import (
    Create,
    NotFound,
    Outcome,
    Record,
    RecordId,
    Rejected,
    Shown,
    Stale,
    Update,
)

NAME, DONE = "name", "done"


@dataclass
class MemoryReleases:
    """Releases by id, as the place shows them, and how it misbehaves."""

    barred: str | None = None
    """Why this account may not change them, where it may not and is told so beforehand."""
    refuse: frozenset[FieldName] = frozenset()
    """Fields that it says it will not change."""
    held: dict[RecordId, Record] = field(default_factory=dict)
    given: int = 0

    def named(self, name: str) -> Record | None:
        return next((one for one in self.held.values() if one.shown[NAME] == name), None)

    def add(self, name: str, due: str | None = None, done: bool = False) -> Record:
        self.given += 1
        record = Record(f"v{self.given}", "", "", {NAME: name, "due": due, DONE: done})
        return self._keep(record)

    def set(self, id: RecordId, shown: Mapping[FieldName, Shown]) -> Record:
        record = self.held[id]
        return self._keep(replace(record, shown={**record.shown, **shown}))

    def remove(self, id: RecordId) -> None:
        del self.held[id]

    def archive(self, id: RecordId) -> None:
        """It takes no changes from now on, and says nothing but its name."""
        self._keep(replace(self.held[id], shown={NAME: self.held[id].shown[NAME]}))

    def ensure(self, name: Shown) -> None:
        """Makes the release that a record is to name, as trackers' adapters do."""
        if isinstance(name, str) and not self.named(name):
            self.add(name)

    def _keep(self, record: Record) -> Record:
        version = "-".join(map(str, record.shown.values()))
        kept = replace(record, key=f"release {record.shown[NAME]}", version=version)
        self.held[record.id] = kept
        return kept

    def make(self, create: Create) -> Outcome:
        name = str(create.values[NAME])
        if self.refuse:
            return Outcome(create.item, error=Rejected("releases are not made here"))
        if self.named(name):
            return Outcome(create.item, error=Rejected(f"there is a release {name}"))
        done = create.values.get(DONE) is not None
        due = create.values.get("due")
        return Outcome(create.item, self.add(name, due if isinstance(due, str) else None, done))

    def change(self, update: Update, rename: Callable[[str, str], None]) -> Outcome:
        """`rename` is told the old and the new name of a release that gets another."""
        now = self.held.get(update.record.id)
        if now is None:
            return Outcome(update.item, error=NotFound(f"the {update.record.key} is not there"))
        if any(now.shown.get(name) != update.record.shown.get(name) for name in update.changes):
            return Outcome(update.item, now, error=Stale(f"the {now.key} was changed meanwhile"))
        wanted: dict[FieldName, Shown] = {
            name: one.after is not None if name == DONE else one.after
            for name, one in update.changes.items()
        }
        refused = {name: "it cannot be set here" for name in wanted if name in self.refuse}
        if NAME in wanted and self.named(str(wanted[NAME])):
            refused[NAME] = f"there is a release {wanted[NAME]}"
        shown = {name: value for name, value in wanted.items() if name not in refused}
        after = self.set(now.id, shown)
        if after.shown[NAME] != now.shown[NAME]:
            rename(now.shown[NAME], after.shown[NAME])
        return Outcome(update.item, after, refused)
