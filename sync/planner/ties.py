"""What ties records to items in one run, and what became of those that are not there."""

from __future__ import annotations

from dataclasses import dataclass, field

from sync.backlog import Link
from sync.model import ItemId, TrackerName
from sync.plan import By
from sync.tracker import Gone, Record


@dataclass(frozen=True, slots=True)
class Tie:
    """A record that shows an item in this run."""

    item: ItemId
    tracker: TrackerName
    record: Record
    link: Link | None = None
    """None where the two meet for the first time."""
    by: By | None = None
    """How they found each other; None for a record that founds a new item."""
    unfinished: bool = False
    """Was it made by a run that did not end, and may lack what is given after the making?"""


MOVED = "moved to "
"""Before the address where a record is now."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A linked record that is not where it was."""

    link: Link
    why: str
    """As `told` says it, or `not seen`; remembered as the link's `gone`."""
    beside: str | None = None
    """Where it moved to a tracker that shows its item already: the key of the record there."""

    @property
    def secret(self) -> bool:
        """May it be one that not everyone may see? Hidden ones may have become so."""
        return self.link.record.restricted or self.why.startswith("hidden")


@dataclass
class Matches:
    """Every item's ties, and what was not found."""

    ties: dict[ItemId, dict[TrackerName, Tie]] = field(default_factory=dict)
    """Every item of the backlog, and every new one, in a stable order."""
    lost: list[Lost] = field(default_factory=list)
    moved: dict[ItemId, set[TrackerName]] = field(default_factory=dict)
    """Items whose records moved within the backlog, and from which trackers."""
    founded: dict[ItemId, Tie] = field(default_factory=dict)
    """New items, by the record that they come from."""

    def item_of(self, tracker: TrackerName) -> dict[str, ItemId]:
        """Items by the id and by the key of their record on one tracker."""
        names: dict[str, ItemId] = {}
        for item, ties in self.ties.items():
            if tracker in ties:
                names[ties[tracker].record.key] = item
        for item, ties in self.ties.items():  # an id is never hidden by a key
            if tracker in ties:
                names[ties[tracker].record.id] = item
        return names


def told(gone: Gone, link: Link) -> str:
    """What became of a record, in words that a later run understands."""
    if gone.now is not None:
        before, after = (one.shown.get("kind") for one in (link.record, gone.now))
        if isinstance(after, str) and after != before:
            return f"of another type, {after}"
    if gone.why == "moved":
        return f"{MOVED}{gone.where}" if gone.where else "moved"
    return f"{gone.why} at {gone.where}" if gone.where else gone.why
