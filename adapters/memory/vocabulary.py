"""The labels that a tracker which lives in memory keeps beside its records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sync.tracker import Create, NotFound, Outcome, Record, RecordId, Rejected, Stale, Update

NAME = "name"


@dataclass
class MemoryVocabulary:
    """Labels by id, as the place shows them, and how it misbehaves."""

    barred: str | None = None
    """Why this account may not change them, where it may not and is told so beforehand."""
    refuse: bool = False
    """Does it say that it changes none?"""
    held: dict[RecordId, Record] = field(default_factory=dict)
    given: int = 0

    def named(self, name: str) -> Record | None:
        """Upper and lower case are one, as on GitHub."""
        by_name = {one.shown[NAME].casefold(): one for one in self.held.values()}
        return by_name.get(name.casefold())

    def add(self, name: str, color: str = "ededed", description: str = "") -> Record:
        self.given += 1
        shown = {NAME: name, "color": color, "description": description}
        return self._keep(Record(f"l{self.given}", "", "", shown))

    def remove(self, name: str) -> None:
        held = self.named(name)
        if held is not None:
            del self.held[held.id]

    def _keep(self, record: Record) -> Record:
        version = "-".join(record.shown.values())
        kept = replace(record, key=f"label {record.shown[NAME]}", version=version)
        self.held[record.id] = kept
        return kept

    def make(self, create: Create) -> Outcome:
        name = str(create.values[NAME])
        if self.refuse or self.named(name):
            return Outcome(create.item, error=Rejected(f"the label {name} is not made here"))
        given = {part: str(value) for part, value in create.values.items()}
        made = self.add(name)
        return Outcome(create.item, self._keep(replace(made, shown={**made.shown, **given})))

    def change(self, update: Update, rename: Callable[[str, str], None]) -> Outcome:
        """`rename` is told the old and the new name of a label that gets another."""
        now = self.held.get(update.record.id)
        if now is None:
            return Outcome(update.item, error=NotFound(f"the {update.record.key} is not there"))
        if now.shown != update.record.shown:
            return Outcome(update.item, now, error=Stale(f"the {now.key} was changed meanwhile"))
        if self.refuse:
            return Outcome(update.item, now, dict.fromkeys(update.changes, "it cannot be set here"))
        wanted = {part: str(one.after) for part, one in update.changes.items()}
        after = self._keep(replace(now, shown={**now.shown, **wanted}))
        if after.shown[NAME] != now.shown[NAME]:
            rename(now.shown[NAME], after.shown[NAME])
        return Outcome(update.item, after)
