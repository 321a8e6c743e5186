"""What a schedule asks for, and when: pure, by times that are passed in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from config.schedule import Schedule

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
HOUR = timedelta(hours=1)

Kind: TypeAlias = Literal["every", "full", "report", "hourly"]
"""`hourly` is for what is done each hour whatever the settings say."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One time that a schedule names."""

    kind: Kind
    at: datetime

    def __str__(self) -> str:
        """By what all processes know it as the same."""
        return f"{self.kind} {self.at.astimezone(UTC).isoformat(timespec='seconds')}"


def ticks(schedule: Schedule, now: datetime) -> list[Tick]:
    """The latest time of each kind that has come.

    Who asks twice, or on two hosts, is told the same; and who asks late is still told.
    """
    last: dict[Kind, datetime] = {
        "every": _multiple(schedule.period, now),
        "hourly": _multiple(HOUR, now),
    }
    if isinstance(schedule.full, str):
        last["full"] = _latest(schedule.full, schedule, now)
    if schedule.report is not None:
        last["report"] = _latest(schedule.report, schedule, now)
    return [Tick(kind, at) for kind, at in last.items()]


def whole_due(schedule: Schedule, last: str | None, now: datetime) -> bool:
    """Is all to be read anew? `last`: when that was done, ISO 8601; None: never."""
    if last is None:
        return True
    done = datetime.fromisoformat(last)
    if isinstance(schedule.full, str):
        return done < _latest(schedule.full, schedule, now)
    return now - done > timedelta(hours=schedule.full)


def _multiple(period: timedelta, now: datetime) -> datetime:
    return EPOCH + (now - EPOCH) // period * period


def _latest(cron: str, schedule: Schedule, now: datetime) -> datetime:
    """The last time of that cron that has come. croniter gives the one before what it is given."""
    from croniter import croniter  # noqa: PLC0415  (slow to import, and seldom needed)

    there = now.astimezone(ZoneInfo(schedule.timezone)) + INSTANT
    found: datetime = croniter(cron, there).get_prev(datetime)
    return found.astimezone(UTC)
