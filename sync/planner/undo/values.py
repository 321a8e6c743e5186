"""One value with a run's change of it taken back, by the shape of its field."""

from __future__ import annotations

from dataclasses import dataclass

from sync.model import Shape, Value, as_comments, as_set

LOOSE = (Shape.SET, Shape.ITEMS, Shape.COMMENTS)
"""What is changed by its elements: what others added or removed beside it stays."""


@dataclass(frozen=True, slots=True)
class Written:
    """A value before a run wrote it, and after."""

    shape: Shape
    before: Value
    after: Value

    def take_back(self, now: Value) -> Value:
        """The value without the run's change; as it is where nothing of that is left."""
        if self.shape is Shape.COMMENTS:
            return self._comments(now)
        if self.shape in LOOSE:
            before, after = as_set(self.before), as_set(self.after)
            return (as_set(now) - (after - before)) | (before - after)
        return self.before if now == self.after else now

    def _comments(self, now: Value) -> Value:
        before, after, held = (
            {one.id: one for one in as_comments(value)} for value in (self.before, self.after, now)
        )
        for id in after.keys() | before.keys():
            if id not in before:
                held.pop(id, None)
            elif id not in after or (before[id] != after[id] and held.get(id) == after[id]):
                held[id] = before[id]
        return tuple(sorted(held.values(), key=lambda one: (one.at, one.id)))
