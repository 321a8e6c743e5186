"""Days ↔ the times that Jira keeps. Pure.

The day of a time is the one in the time zone of the account that reads, in which Jira answers. A
time that falls on the wanted day stays as it is; on another day it keeps its time of day; a new one
is at noon, so that people a few zones away see the same day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NOON = time(12)


def zone_of(name: str | None) -> tzinfo:
    """A time zone by its name; UTC where the machine does not know it."""
    try:
        return ZoneInfo(name) if name else UTC
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def day_of(moment: str, zone: tzinfo) -> str:
    """The day of `2026-01-31T23:30:00.000+0100`. Raises ValueError."""
    return datetime.fromisoformat(moment).astimezone(zone).date().isoformat()


def moment_on(day: str, shown: str | None, zone: tzinfo) -> str:
    """A time on that day, as Jira takes it. Raises ValueError where it is no day."""
    if shown is not None and day_of(shown, zone) == day:
        return shown
    held = datetime.fromisoformat(shown).astimezone(zone).timetz() if shown else NOON
    moment = datetime.combine(date.fromisoformat(day), held.replace(tzinfo=None), zone)
    written = moment.replace(tzinfo=None).isoformat(timespec="milliseconds")
    return f"{written}{moment:%z}"
