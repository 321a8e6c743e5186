"""When the server works by itself: durations, cron times and a time zone, all checked at load."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, Strict

from config.values import Settings, misfit

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
DURATION = r"[1-9][0-9]{0,5}[smhd]"
SOONEST, LATEST = timedelta(seconds=10), timedelta(days=7)
CRON = r"\S+(?: +\S+){4}"
WEEK = 168
"""Hours: a loss that no event tells of is seen after so long at the latest."""


def _duration(data: object) -> object:
    if not isinstance(data, str) or not re.fullmatch(DURATION, data):
        raise misfit("expected a number and a unit: s, m, h or d", "write it like 5m")
    if not SOONEST <= _measured(data) <= LATEST:
        raise misfit("expected something from 10s to 7d", "write it like 5m")
    return data


def _measured(text: str) -> timedelta:
    return timedelta(seconds=int(text[:-1]) * UNITS[text[-1]])


def _cron(text: str) -> str:
    from croniter import CroniterError, croniter  # noqa: PLC0415  (slow to import, seldom needed)

    parts = text.split()
    if len(parts) != 5:
        raise misfit(
            "expected a cron time of five parts: minute, hour, day, month, day of the week",
            'write it like "0 3 * * *"',
        )
    try:
        croniter(text, datetime(2000, 1, 1, tzinfo=UTC)).get_next(datetime)
    except (CroniterError, ValueError):
        raise misfit("a cron time that never comes", 'write it like "0 3 * * *"') from None
    return " ".join(parts)


def _hours_or_cron(data: object) -> object:
    if isinstance(data, str):
        return _cron(data)
    if isinstance(data, bool) or not isinstance(data, int | float):
        raise misfit("expected hours, or a cron time", 'write 6, or "0 3 * * *"')
    if not data > 0:
        raise misfit("must be greater than 0", f"at most {WEEK}, a week")
    if data > WEEK:
        raise misfit(f"must be at most {WEEK}, a week", "read whole at least once a week")
    return float(data)


def _zone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise misfit("no time zone of that name", "write it like Europe/Berlin, or UTC") from None
    return text


_HOURS: Any = Annotated[float, Strict(), Field(gt=0, le=WEEK)]
_TIMES: Any = Annotated[str, Field(pattern=f"^{CRON}$")]
HoursOrCron: TypeAlias = Annotated[
    float | str, BeforeValidator(_hours_or_cron, json_schema_input_type=_HOURS | _TIMES)
]
Duration: TypeAlias = Annotated[
    str,
    BeforeValidator(
        _duration, json_schema_input_type=Annotated[str, Field(pattern=f"^{DURATION}$")]
    ),
]


class Schedule(Settings):
    """When the server works by itself, whatever webhooks tell."""

    every: Duration = "5m"
    """How often it looks for what changed: 10s to 7d."""
    full: HoursOrCron = 6.0
    """When it reads all records anew: hours between two such reads, at most a week, or a cron
    time such as "0 3 * * *". `plan` and `apply` do the same where it is due."""
    report: (
        Annotated[str, AfterValidator(_cron), Field(json_schema_extra={"pattern": f"^{CRON}$"})]
        | None
    ) = None
    """When it sends the digest to what `notify` names: a cron time. Default: never."""
    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    """Of cron times: Europe/Berlin, say."""

    @property
    def period(self) -> timedelta:
        """`every`, as a duration."""
        return _measured(self.every)
