"""What a schedule asks for, and when."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from config.schedule import Schedule
from sync.app.due import ticks, whole_due


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


TICKS: dict[str, tuple[dict[str, Any], str, list[str]]] = {
    "each five minutes, by the clock": (
        {},
        "2026-03-02T12:05:00",
        ["every 2026-03-02T12:05:00+00:00"],
    ),
    "just before the next": (
        {},
        "2026-03-02T12:09:59",
        ["every 2026-03-02T12:05:00+00:00"],
    ),
    "a duration that divides no hour": (
        {"every": "7m"},
        "2026-03-02T12:07:00",
        ["every 2026-03-02T12:02:00+00:00"],
    ),
    "a cron time in its own zone": (
        {"every": "1d", "full": "30 3 * * *", "timezone": "Europe/Berlin"},
        "2026-03-02T02:30:00",
        ["every 2026-03-02T00:00:00+00:00", "full 2026-03-02T02:30:00+00:00"],
    ),
    "a digest on a working day": (
        {"every": "1d", "report": "0 8 * * 1-5", "timezone": "Europe/Berlin"},
        "2026-03-08T12:00:00",
        ["every 2026-03-08T00:00:00+00:00", "report 2026-03-06T07:00:00+00:00"],
    ),
    "a cron time in summer": (
        {"every": "1d", "full": "30 3 * * *", "timezone": "Europe/Berlin"},
        "2026-07-02T01:30:00",
        ["every 2026-07-02T00:00:00+00:00", "full 2026-07-02T01:30:00+00:00"],
    ),
    "a cron time that has not come today": (
        {"every": "1d", "full": "30 3 * * *"},
        "2026-07-02T03:29:59",
        ["every 2026-07-02T00:00:00+00:00", "full 2026-07-01T03:30:00+00:00"],
    ),
}


@pytest.mark.parametrize(("said", "now", "expected"), TICKS.values(), ids=TICKS)
def test_ticks(said: dict[str, Any], now: str, expected: list[str]) -> None:
    found = ticks(Schedule.model_validate(said), at(now))
    assert expected == [str(one) for one in found if one.kind != "hourly"]


@pytest.mark.parametrize(
    ("full", "last", "now", "expected"),
    [
        pytest.param(6, None, "2026-03-02T12:00:00", True, id="never read is due"),
        pytest.param(6, "2026-03-02T06:00:01", "2026-03-02T12:00:00", False, id="within the hours"),
        pytest.param(6, "2026-03-02T05:59:59", "2026-03-02T12:00:00", True, id="after the hours"),
        pytest.param(
            "0 3 * * *", "2026-03-02T03:00:01", "2026-03-03T02:59:59", False, id="before the time"
        ),
        pytest.param(
            "0 3 * * *", "2026-03-02T03:00:01", "2026-03-03T03:00:00", True, id="at the time"
        ),
        pytest.param(
            "0 3 * * *", "2026-03-01T03:00:01", "2026-03-02T17:00:00", True, id="a missed time"
        ),
    ],
)
def test_when_all_is_read_anew(full: Any, last: str | None, now: str, expected: bool) -> None:
    schedule = Schedule.model_validate({"full": full})
    last = f"{last}+00:00" if last else None
    assert expected == whole_due(schedule, last, at(now))


def test_each_tick_of_a_day_comes_once() -> None:
    schedule = Schedule.model_validate({"every": "15m", "full": "0 3 * * *"})
    begin, step = at("2026-03-02T00:00:00"), timedelta(seconds=10)
    told = {str(one) for n in range(24 * 360) for one in ticks(schedule, begin + n * step)}
    yesterdays = {"full 2026-03-01T03:00:00+00:00"}
    assert len(told - yesterdays) == 24 * (4 + 1) + 1
