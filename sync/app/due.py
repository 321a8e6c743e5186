"""What a schedule asks for, and when: pure, by times that are passed in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from config.schedule import Schedule

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def ticks(schedule: Schedule, now: datetime) -> list[str]:
    """The latest time of each kind that has come.

    Named by kind and time, so that who asks twice, or on two hosts, is told the same; and who asks
    late is still told.
    """
    last = {"every": EPOCH + (now - EPOCH) // schedule.period * schedule.period}
    if isinstance(schedule.full, str):
        last["full"] = _latest(schedule.full, schedule, now)
    return [f"{kind} {_shown(at)}" for kind, at in last.items()]


def whole_due(schedule: Schedule, last: str | None, now: datetime) -> bool:
    """Is all to be read anew? `last`: when that was done, ISO 8601; None: never."""
    if last is None:
        return True
    done = datetime.fromisoformat(last)
    if isinstance(schedule.full, str):
        return done < _latest(schedule.full, schedule, now)
    return now - done > timedelta(hours=schedule.full)


def _latest(cron: str, schedule: Schedule, now: datetime) -> datetime:
    """The last time of that cron that has come. croniter gives the one before what it is given."""
    from croniter import croniter  # noqa: PLC0415  (slow to import, and seldom needed)

    there = now.astimezone(ZoneInfo(schedule.timezone)) + INSTANT
    found: datetime = croniter(cron, there).get_prev(datetime)
    return found.astimezone(UTC)


def _shown(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")
