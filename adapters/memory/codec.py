"""Values as a tracker in memory shows them."""

from __future__ import annotations

from adapters import notices
from adapters.base import Setup
from adapters.comments import CommentCodec
from adapters.memory.place import MemoryTracker
from sync.model import CLOSED, EMPTY, NOTICE, Criterion, FieldName, Shape, Value
from sync.tracker import (
    Shown,
    Unmapped,
)


class Codec:
    """Values as the place shows them."""

    def __init__(self, setup: Setup, place: MemoryTracker) -> None:
        self.setup, self.place = setup, place
        self.comments = CommentCodec(setup.name, setup.comments, str)

    def decode(self, name: FieldName, shown: Shown, present: Value) -> Value:
        if name == NOTICE:
            return present
        if self.setup.schema[name] is Shape.COMMENTS:
            return self.comments.decode(shown, present)
        if shown is None:
            return EMPTY[self.setup.schema[name]]
        if self.shows(name, present, shown):
            return present
        if name == "status" and self.place.open_closed:
            return "done" if shown == "closed" else "todo"
        value = value_of(self.setup.schema[name], shown)
        if name == "labels" and isinstance(value, frozenset) and isinstance(present, frozenset):
            spelt = {self.place.respell(name, [label])[0]: label for label in sorted(present)}
            return frozenset(spelt.get(label, label) for label in value)
        return self._mapped(name, value, back=True)

    def encode(self, name: FieldName, value: Value, shown: Shown) -> Shown:
        if name == NOTICE:
            return notices.encode(value)
        if self.setup.schema[name] is Shape.COMMENTS:
            return self.comments.encode(value)
        if self.shows(name, value, shown):
            return shown
        wanted = self._wanted(name, value)
        return wanted[:1] if name == "assignees" and self.place.single_assignee else wanted

    def shows(self, name: FieldName, value: Value, shown: Shown) -> bool:
        if name == NOTICE:
            return notices.shows(value, shown)
        if self.setup.schema[name] is Shape.COMMENTS:
            return self.comments.shows(value, shown)
        try:
            wanted = self._wanted(name, value)
        except Unmapped:
            return False
        if name == "assignees" and self.place.single_assignee and shown and wanted:
            return shown[0] in wanted
        return bool(self.place.respell(name, wanted) == self.place.respell(name, shown))

    def _wanted(self, name: FieldName, value: Value) -> Shown:
        if name == "status" and self.place.open_closed:
            return "closed" if value in CLOSED else "open"
        return shown_as(self._mapped(name, value))

    def _mapped(self, name: FieldName, value: Value, *, back: bool = False) -> Value:
        names = self.setup.values.get(name)
        if not names or not isinstance(value, str):
            return value
        known = {native: canonical for canonical, native in names.items()} if back else names
        if value not in known:
            raise Unmapped(name, value, f"name it under fields.{name}.values")
        return known[value]


def value_of(shape: Shape, shown: Shown) -> Value:
    """What the place shows, as a value of the shape."""
    match shape:
        case Shape.SET | Shape.ITEMS:
            return frozenset(shown)
        case Shape.CRITERIA:
            return tuple(Criterion(text, checked) for text, checked in shown)
        case Shape.NUMBER:
            return float(shown)
    return str(shown)


def shown_as(value: Value) -> Shown:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [list(entry) for entry in value]
    return value
