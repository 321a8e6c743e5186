"""The backlog as one run sees it: items, their order, and what ties them to records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from sync.model import FIELDS, FieldName, Item, ItemId, Schema, TrackerName
from sync.tracker import Cursor, Intent, Record, RecordId, Shown

Judgement: TypeAlias = Literal["together", "apart"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """A value that a tracker did not take."""

    sent: Shown
    why: str
    version: str
    """The record's, when it was refused."""


@dataclass(frozen=True, slots=True)
class Failing:
    """An edit of one record that failed, and waits to be tried again."""

    edit: str
    """Fingerprint of what was tried: another edit does not wait."""
    message: str
    first: str
    """When it first failed, ISO 8601 in UTC."""
    last: str
    tries: int
    next: str | None
    """Not before this time; None: it is a dead letter, and waits for a person."""


@dataclass(frozen=True, slots=True)
class Link:
    """What ties an item to a record.

    Invariants: `record` is the record as last shown. `behind` holds what was last *taken into
    account*, for the fields where that is older than what `record` shows (a conflict, an edit that
    a person made while we wrote). `sent` lacks a field that is still to be written.
    """

    item: ItemId
    tracker: TrackerName
    record: Record
    behind: Mapping[FieldName, Shown] = field(default_factory=dict)
    sent: Mapping[FieldName, Shown] = field(default_factory=dict)
    refused: Mapping[FieldName, Refusal] = field(default_factory=dict)
    """What the tracker would not take; not sent again until it, or the record, has changed."""
    gone: str | None = None
    """Why the record is no longer followed: it was deleted, moved away or hidden."""
    undone: Mapping[FieldName, int] = field(default_factory=dict)
    """Fields in which the record differs from the item since a person took that run back. They
    stay as they are on all sides until one of them is edited."""

    def seen(self, name: FieldName) -> Shown:
        """What the tracker last showed of this field when it was last merged."""
        return self.behind[name] if name in self.behind else self.record.shown.get(name)


@dataclass(frozen=True, slots=True)
class TrackerOrder:
    """The two memories of a tracker's order."""

    seen: tuple[RecordId, ...] = ()
    """As it last showed it, after the last moves."""
    sent: tuple[ItemId, ...] = ()
    """As it was last asked for."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Everything that is known before a run. Read-only."""

    name: str
    schema: Schema = field(default_factory=lambda: FIELDS)
    items: Mapping[ItemId, Item] = field(default_factory=dict)
    order: tuple[ItemId, ...] = ()
    """Every item once, top first."""
    links: Mapping[TrackerName, Mapping[RecordId, Link]] = field(default_factory=dict)
    orders: Mapping[TrackerName, TrackerOrder] = field(default_factory=dict)
    intents: Mapping[TrackerName, Mapping[ItemId, Intent]] = field(default_factory=dict)
    """Creates that were begun and whose end is not known."""
    cursors: Mapping[TrackerName, Cursor] = field(default_factory=dict)
    releases: Mapping[ItemId, Item] = field(default_factory=dict)
    """Releases by an id of their own; their values are RELEASE_FIELDS."""
    release_links: Mapping[TrackerName, Mapping[RecordId, Link]] = field(default_factory=dict)
    """What ties a release to a tracker's own; as `links` do for items."""
    pairs: Mapping[TrackerName, Mapping[RecordId, Mapping[ItemId, Judgement]]] = field(
        default_factory=dict
    )
    """What a person decided: does this record show that item?"""
    failing: Mapping[TrackerName, Mapping[ItemId, Failing]] = field(default_factory=dict)
    """Edits that failed when they were last tried; of releases, too, by their id."""
    unmoved: Mapping[TrackerName, Mapping[ItemId, Failing]] = field(default_factory=dict)
    """Moves that failed when they were last tried; what was tried is told by `target`."""
    last_run: int = 0
    """The number of the last run that was begun; 0 if there was none."""

    def links_of(self, tracker: TrackerName) -> Iterator[Link]:
        yield from self.links.get(tracker, {}).values()
