"""How much one run may write, and how long a saved plan is good."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, TypeAlias

from pydantic import Field, Strict

from config.values import Name, Settings, Share

Count: TypeAlias = Annotated[int, Strict(), Field(ge=0)]


class AtMost(Settings):
    """How many records one run may write on one tracker, however many there are."""

    creates: Count | None = None
    """So many new records."""
    changes: Count | None = None
    """So many that are changed."""
    closes: Count | None = None
    """So many that are closed."""
    moves: Count | None = None
    """So many that are moved in the order."""
    releases: Count | None = None
    """So many releases that are made or changed."""
    labels: Count | None = None
    """So many labels that are made or changed for the vocabulary."""


class Limits(Settings):
    """Shares of the records that a tracker shows, from 0 to 1; and numbers."""

    creates: Annotated[float, Strict(), Field(ge=0)] = 0.5
    """How many may be new, as a share of those there are; more than 1 is allowed."""
    changes: Share = 0.5
    """The share that may be changed; the same goes for releases."""
    closes: Share = 0.3
    """The share that may be closed, and the share that may no longer be shown."""
    moves: Share = 0.5
    """The share that may be moved in the order."""
    minimum: Count = 20
    """Where a tracker shows fewer items, shares say nothing and are not looked at."""
    at_most: AtMost = AtMost()
    """Numbers that hold whatever the shares say: {creates: 500, closes: 50}. Default: none."""


class Guard(Limits):
    """How much one run may write without --force."""

    trackers: Mapping[Name, Limits] = {}
    """Tracker → limits of its own; what is not said there is as for all."""

    def of(self, tracker: str) -> Limits:
        own = self.trackers.get(tracker)
        if own is None:
            return self
        said = {name: getattr(own, name) for name in own.model_fields_set}
        if own.at_most.model_fields_set:
            numbers = own.at_most.model_dump(exclude_unset=True)
            said["at_most"] = self.at_most.model_copy(update=numbers)
        return self.model_copy(update=said)


class Plans(Settings):
    """What becomes of plans that were saved."""

    expire: Annotated[float, Strict(), Field(gt=0)] = 24
    """Hours that a saved plan may still be applied once another run has written."""
