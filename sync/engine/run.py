"""What a run is given, and what it says that it did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sync.model import ItemId, TrackerName
from sync.planner import Context
from sync.state import Store
from sync.tracker import Adapter

Progress = Callable[[TrackerName, int], None]
"""Told for each edit or move that is done: on which tracker, how many."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that was to be done and was not. It is tried again in a later run."""

    tracker: TrackerName
    item: ItemId | None
    key: str | None
    message: str


@dataclass
class Applied:
    """What a run did."""

    run: int
    created: int = 0
    updated: int = 0
    moved: int = 0
    released: int = 0
    """Releases made or changed."""
    defined: int = 0
    """Labels themselves made or changed."""
    failures: list[Failure] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Engine:
    """What a decision is carried out with."""

    context: Context
    adapters: Mapping[TrackerName, Adapter]
    store: Store
    clock: Callable[[], datetime]
    progress: Progress


def now(engine: Engine) -> str:
    """ISO 8601 in UTC."""
    return engine.clock().astimezone(UTC).isoformat(timespec="seconds")
