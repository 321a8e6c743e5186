"""What a rule sees of the backlog, and how it says what an item breaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sync.model import FieldName, Item, ItemId, TrackerName, Value
from sync.plain import plain
from sync.plan import Severity

ROOM = 60
"""Characters of a title or a criterion that a message quotes."""
NAMED = 3
"""Items, labels or criteria that a message names before it only counts."""


@dataclass(frozen=True, slots=True)
class View:
    """The backlog as rules judge it. Read-only."""

    items: Mapping[ItemId, Item]
    order: tuple[ItemId, ...]
    """Top first."""
    keys: Mapping[ItemId, Mapping[TrackerName, str]]
    shown_orders: Mapping[TrackerName, tuple[ItemId, ...]]
    """The order as each tracker that has one shows it, top first."""
    now: datetime
    orderless: Mapping[TrackerName, str] = field(default_factory=dict, kw_only=True)
    """Trackers that do not get the order, each with the reason and what to do about it."""
    unmoved: Mapping[TrackerName, Mapping[ItemId, str]] = field(default_factory=dict, kw_only=True)
    """Why records could not be moved where they were to be, by tracker and item."""
    unread: frozenset[ItemId] = frozenset()
    """Items with a record on a tracker that could not be read: they are not judged."""
    statuses_before: Mapping[ItemId, str | None] = field(default_factory=dict)
    """Of items whose status this run changed: what it was."""
    touched: Mapping[ItemId, datetime] = field(default_factory=dict)
    """When any of its records was last changed, where the trackers say so."""
    releases: Mapping[str, tuple[str | None, bool]] = field(default_factory=dict)
    """By name: the day that it is due, as YYYY-MM-DD, and whether it is done."""
    held: frozenset[ItemId] = frozenset()
    """Items whose status a rule put back within the last day."""
    restricted: frozenset[ItemId] = frozenset()
    """Items that not everybody may see who sees the others."""
    unnamed: frozenset[ItemId] = frozenset()
    """Items of which messages do not say which they are."""
    ours: frozenset[str] = frozenset()
    """Labels that rules themselves put on items."""
    kinds: frozenset[str] | None = field(default=None, kw_only=True)
    """The kinds that the rule is to judge; None: all. Set by `judge`, for each rule."""
    but: frozenset[str] = field(default=frozenset(), kw_only=True)
    """Kinds that it is not to judge."""
    mending: bool = field(default=False, kw_only=True)
    """Is only that of use which has a fix? A rule may leave out the rest."""
    names: dict[tuple[ItemId, str], str] = field(default_factory=dict, compare=False, repr=False)
    """How items are called, by id and title; kept from one rule to the next."""

    def judged(self) -> tuple[Item, ...]:
        """The items of the rule's kinds, open and closed, top first."""
        items, unread = self.items, self.unread
        ordered = dict.fromkeys((*self.order, *sorted(items.keys() - set(self.order))))
        found = [items[id_] for id_ in ordered if id_ in items and id_ not in unread]
        if self.kinds is None and not self.but:
            return tuple(found)
        return tuple(
            item
            for item in found
            if (self.kinds is None or item.kind in self.kinds) and item.kind not in self.but
        )

    def open(self) -> tuple[Item, ...]:
        """The judged items that are still to be done, top first."""
        return tuple(item for item in self.judged() if not item.closed)

    def name(self, item: Item) -> str:
        """How a message calls an item: `“Pay by card” (SHOP-7)`, with its shortest key."""
        if item.id in self.unnamed:
            return "a restricted item"
        known = item.id, item.title
        if known not in self.names:
            keys = self.keys.get(item.id, {}).values()
            key = min(keys, key=lambda key: (len(key), key), default="")
            called = plain(key) if keys else f"item {item.id}"
            self.names[known] = f"{quote(item.title)} ({called})"
        return self.names[known]


@dataclass(frozen=True, slots=True)
class Breach:
    """What a rule says of one item, or, without one, of the backlog; `judge` makes it a finding."""

    item: ItemId | None
    message: str
    """What is wrong, where, and what to do about it, in one or two sentences."""
    severity: Severity | None = None
    """Where this is milder or graver than the rule's default."""
    fix: Mapping[FieldName, Value] | None = None
    """The item's fields as they would be without the breach, where that is no guess."""
    moves: bool = False
    """Would the rule's own order end it?"""


def quote(text: str) -> str:
    """The text between quotation marks, in one line, cut to a message's room."""
    line = plain(text)
    return f"“{line if len(line) <= ROOM else line[: ROOM - 1].rstrip() + '…'}”"


def number(many: int, noun: str) -> str:
    """`1 item`, `2 items`."""
    return f"{many} {noun}" if many == 1 else f"{many} {noun}s"


def several(names: Iterable[str]) -> str:
    """The first few names, and how many more there are: `a, b, c and 4 more`."""
    listed = list(names)
    more = f" and {len(listed) - NAMED} more" if len(listed) > NAMED else ""
    return ", ".join(listed[:NAMED]) + more
