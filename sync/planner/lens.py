"""How one tracker shows the backlog's values: its codec, and references by its own names."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sync.model import EMPTY, FieldName, ItemId, Schema, Shape, Value
from sync.tracker import Facts, Record, Shown, Unmapped

REFERENCES = (Shape.ITEM, Shape.ITEMS)
_TEXTS = (Shape.TEXT, Shape.CRITERIA)
"""Empty ones are shown as empty; a codec may say of none at all that it could not be read."""


@dataclass(frozen=True, slots=True)
class Lens:
    """One tracker's view of values. What it cannot say raises Unmapped."""

    facts: Facts
    schema: Schema
    items: Mapping[str, ItemId]
    """Items by the id and by the key of their record there."""

    def carries(self, name: FieldName, record: Record) -> bool:
        return name in self.facts.fields and name in record.shown

    def decode(self, name: FieldName, shown: Shown, present: Value) -> Value:
        shape = self.schema[name]
        if shown is None and shape not in _TEXTS:
            return EMPTY[shape]
        if shape is Shape.ITEM:
            if shown not in self.items:
                raise Foreign(name, str(shown), "it is outside of the backlog and stays as it is")
            return self.items[shown]
        if shape is Shape.ITEMS:
            return frozenset(self.items[entry] for entry in shown if entry in self.items)
        return self.facts.codec.decode(name, shown, present)

    def encode(
        self, name: FieldName, value: Value, shown: Shown, there: Collection[ItemId]
    ) -> Shown:
        """`there`: the items that the tracker shows, or will when the run is done."""
        shape = self.schema[name]
        if shape is Shape.ITEM:
            return value if value in there else None
        if shape is Shape.ITEMS and isinstance(value, frozenset):
            return sorted(value.intersection(there))
        return self.facts.codec.encode(name, value, shown)

    def shows(self, name: FieldName, value: Value, shown: Shown) -> bool:
        try:
            if self.schema[name] in REFERENCES:
                return self.decode(name, shown, value) == value
            return self.facts.codec.shows(name, value, shown)
        except Foreign:  # what it shows is not ours: nothing of ours is missing
            return value is None
        except Unmapped:
            return False


def referred(shown: Shown) -> set[str]:
    """What a reference, or a list of them, names."""
    return set(shown) if isinstance(shown, list) else {shown} if isinstance(shown, str) else set()


class Foreign(Unmapped):
    """A reference to something outside of the backlog: no finding, and no change."""
