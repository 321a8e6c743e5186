"""What a run wrote, as an undo is told of it; and what of it is not taken back. Plain data."""

from __future__ import annotations

from dataclasses import dataclass

from sync.model import FieldName, ItemId, Json, TrackerName

BACKLOG = "backlog"
"""The backlog itself, where the journal names a tracker."""


@dataclass(frozen=True, slots=True)
class Past:
    """One entry of the run's journal. What became of it is judged by what is shown now."""

    tracker: TrackerName
    item: ItemId
    """An item's id, or a release's."""
    key: str | None
    action: str
    field: FieldName | None
    before: Json
    after: Json
    outcome: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Something of the run that stays, and why."""

    tracker: TrackerName
    item: ItemId
    key: str | None
    field: FieldName | None
    """None: all of it."""
    why: str
