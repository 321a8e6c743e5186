"""The dashboard: how all backlogs are, on one page that needs nothing beside itself."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, Template

from sync.app.dashboard import Sight, TrackerSight
from sync.plain import plain
from sync.report.history import time
from sync.report.page import style
from sync.report.wording import count
from sync.state import Run
from sync.web.outside import NOTHING
from sync.web.watch import View

ROOM = 300
"""Characters that are shown of why something is wrong."""


def dashboard_html(view: View, now: datetime) -> str:
    """A whole document. All that is in it is escaped, and nothing is fetched or run."""
    return _template().render(
        style=style(),
        now=time(now.isoformat(timespec="seconds")),
        current=view.current,
        backlogs=[_shown(one, now) for one in view.sights],
    )


def policy() -> str:
    """What the page may do: look as it does."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return f"{NOTHING}; style-src 'sha256-{digest}'"


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    text = files("sync.web").joinpath("dashboard.html.jinja").read_text(encoding="utf-8")
    return environment.from_string(text)


def _shown(one: Sight, now: datetime) -> dict[str, object]:
    given_up = sum(tracker.given_up for tracker in one.trackers)
    failing = given_up + sum(tracker.waiting for tracker in one.trackers)
    return {
        "name": one.name,
        "last": _last(one.last, now),
        "done": _ago(one.done, now),
        "next": time(one.next),
        "refused": _cut(one.guard.wrong),
        "tiles": [
            _tile(sum(one.findings.values()), "finding", "warning"),
            (one.count("conflict"), "in conflict", "conflict"),
            _tile(failing, "failing item", "error"),
            (one.drift, "due at the last run", "change"),
            _tile(one.waiting, "waiting event", "change"),
        ],
        "given_up": count(given_up, "item") if given_up else "",
        "trackers": [_tracker(tracker, now) for tracker in one.trackers],
    }


def _tile(number: int, what: str, style: str) -> tuple[int, str, str]:
    return number, what if number == 1 else f"{what}s", style


def _last(run: Run | None, now: datetime) -> str:
    if run is None:
        return "never"
    return f"run {run.id}, {_ago(run.started, now)}, {run.outcome or 'under way'}"


def _tracker(one: TrackerSight, now: datetime) -> dict[str, object]:
    pulse = one.pulse
    answers = "answers" if pulse.wrong is None else "does not answer"
    return {
        "name": one.name,
        "type": one.type,
        "state": answers if pulse.well or pulse.wrong else "not asked yet",
        "style": "error" if pulse.wrong else "good",
        "wrong": _cut(pulse.wrong),
        "well": _ago(pulse.well, now),
        "failing": one.waiting + one.given_up,
    }


def _cut(text: str | None) -> str:
    said = plain(text or "")
    return said if len(said) <= ROOM else f"{said[: ROOM - 1]}…"


def _ago(at: str | None, now: datetime) -> str:
    """In the largest unit that says it."""
    if at is None:
        return "never"
    seconds = max(0, round((now - datetime.fromisoformat(at)).total_seconds()))
    units: Sequence[tuple[int, str]] = ((86_400, "day"), (3600, "hour"), (60, "minute"))
    for size, unit in units:
        if seconds >= 2 * size:
            return f"{count(seconds // size, unit)} ago"
    return f"{count(seconds, 'second')} ago"
