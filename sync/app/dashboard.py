"""How all backlogs are, from what their runs have left in the state: no tracker is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine

from config.schedule import Schedule
from config.schema import Backlog, Config
from sync.model import TrackerName
from sync.state import Run, inbox
from sync.state.overview import Failing, failing, findings, last_runs
from sync.state.pulse import GUARD, Pulse, pulses

UNKNOWN = Pulse(None, None, 0)
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class TrackerSight:
    """One tracker of a backlog."""

    name: TrackerName
    type: str
    pulse: Pulse
    waiting: int
    """Items that fail there, and are tried again by themselves."""
    given_up: int
    """Items that fail there, and wait for a person."""


@dataclass(frozen=True, slots=True)
class Sight:
    """One backlog."""

    name: str
    last: Run | None
    done: str | None
    """When the last run ended that did all there was to do, ISO 8601 in UTC, as all times here."""
    next: str
    """When it is looked at by itself."""
    guard: Pulse
    trackers: tuple[TrackerSight, ...]
    findings: Mapping[tuple[str, str], int]
    """By rule and severity, as the last run left them that saw the whole."""
    waiting: int
    """Deliveries of webhooks that no run has seen to."""
    oldest: str | None
    """When the oldest of them came."""

    def count(self, what: str) -> int:
        """Of the last run's plan: `conflict`, `create`, …"""
        return self.last.counts.get(what, 0) if self.last else 0

    @property
    def drift(self) -> int:
        """Changes that were due on trackers when the last run began."""
        return sum(map(self.count, ("create", "update", "move", "release", "label")))


def sights(engine: Engine, config: Config, now: datetime) -> tuple[Sight, ...]:
    """Of the settings' backlogs. Raises StateError."""
    runs = last_runs(engine, config.backlogs)
    felt, unmade, graded = pulses(engine), failing(engine), findings(engine)
    depth, oldest = inbox.depth(engine), inbox.oldest(engine)
    found = []
    for name, settings in config.backlogs.items():
        last, done = runs.get(name, (None, None))
        known = felt.get(name, {})
        trackers = _trackers(settings, known, [one for one in unmade if one.backlog == name])
        guard, waiting = known.get(GUARD, UNKNOWN), depth.get(name, 0)
        due = _next(settings.schedule, now)
        broken = graded.get(name, Counter())
        since = oldest.get(name)
        found.append(Sight(name, last, done, due, guard, trackers, broken, waiting, since))
    return tuple(found)


def _trackers(
    settings: Backlog, known: Mapping[TrackerName, Pulse], unmade: Sequence[Failing]
) -> tuple[TrackerSight, ...]:
    by_name = {one.tracker: one for one in unmade}
    nothing = Failing("", "", 0, 0)
    return tuple(
        TrackerSight(
            name,
            one.type,
            known.get(name, UNKNOWN),
            by_name.get(name, nothing).waiting,
            by_name.get(name, nothing).given_up,
        )
        for name, one in settings.trackers.items()
    )


def _next(schedule: Schedule, now: datetime) -> str:
    """As `sync.app.due` counts: on all hosts alike."""
    past = (now - EPOCH) // schedule.period
    return (EPOCH + (past + 1) * schedule.period).isoformat(timespec="seconds")
