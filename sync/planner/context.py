"""What the planner is given, beside the backlog: the settings, and what was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

from sync.backlog import Backlog
from sync.merge import Policy
from sync.model import FieldName, Item, ItemId, Json, TrackerName, Value
from sync.notice import Notices
from sync.rules import Chosen, Waiver
from sync.tracker import Facts, Snapshot

Creates: TypeAlias = Literal["open", "all", "none"] | Mapping[FieldName, Sequence[str]]
"""Which items a tracker that does not show them gets; a mapping: one of the values of each."""


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """What the settings say of one tracker to the planner."""

    creates: Creates = "open"
    publish: frozenset[FieldName] | Literal["all"] | None = None
    """Fields that it may receive from elsewhere if it is public; None: nothing."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the settings say of one backlog to the planner."""

    trackers: Mapping[TrackerName, TrackerSettings]
    """In the order of the settings."""
    policies: Mapping[FieldName, Policy] = field(default_factory=dict)
    """By field, `order` among them; the default is under ``."""
    rules: Mapping[str, Chosen] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    notices: Notices = field(default_factory=Notices)
    """The comments that tell people what their items break."""
    likeness: float = 0.85
    """How alike two titles must be, from 0 to 1, for their items to be proposed as one."""

    def policy(self, name: FieldName) -> Policy:
        return self.policies.get(name) or self.policies.get("") or Policy()


@dataclass(frozen=True, slots=True)
class Reading:
    """What one tracker said in this run."""

    facts: Facts
    snapshot: Snapshot


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person decided of one field in conflict: whose side stands, or another value."""

    take: TrackerName | None = None
    """A tracker, or `backlog`; None: the value."""
    value: Value = None

    @property
    def because(self) -> str:
        taken = "another value" if self.take is None else self.take
        return f"a person resolved it: took {taken}"


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a person put one item in the order."""

    item: ItemId
    below: ItemId | None
    """The item that it stands right below; None: it is the top."""
    because: str


Rewritten: TypeAlias = Mapping[tuple[ItemId, FieldName], Mapping[TrackerName, Sequence[Json]]]
"""Values that were written to the same place again and again of late, as `dump` gives them."""

Times: TypeAlias = Mapping[tuple[ItemId, FieldName, TrackerName], str]
"""ISO 8601 in UTC, to the second: all of one form."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a plan is made from."""

    backlog: Backlog
    settings: Settings
    readings: Mapping[TrackerName, Reading]
    """Trackers that answered; the others are neither changed nor judged."""
    failures: Mapping[TrackerName, str]
    """Why the others did not."""
    now: datetime
    retry: bool = False
    """Are edits that failed tried now, however long they were to wait?"""
    choices: Mapping[tuple[ItemId, FieldName], Choice] = field(default_factory=dict)
    """What a person decided of fields in conflict, in this run."""
    placed: Placed | None = None
    """Where a person put an item in the order, in this run."""
    rewritten: Rewritten = field(default_factory=dict)
    held_lately: frozenset[ItemId] = frozenset()
    """Items whose status a rule put back within a day."""
    about: frozenset[ItemId] | None = None
    """Items of which something may be written in this run; None: all."""
    times: Times = field(default_factory=dict)
    """When sides in conflict changed that very field, where the newest is to win."""

    def available(self) -> list[TrackerName]:
        return [name for name in self.settings.trackers if name in self.readings]


def wants(creates: Creates, item: Item) -> bool:
    """Is the item to be created on a tracker with this setting that does not show it?"""
    if isinstance(creates, str):
        return creates == "all" or (creates == "open" and not item.closed)
    return all(_holds(item.values.get(name), values) for name, values in creates.items())


def _holds(value: Value, values: Sequence[str]) -> bool:
    if isinstance(value, frozenset):
        return not value.isdisjoint(values)
    if isinstance(value, float):
        return f"{value:g}" in values
    return value in values
