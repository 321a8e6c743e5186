"""Random histories over real HTTP end as they should, whatever clocks and places trackers have."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from zoneinfo import ZoneInfo

from tests.acceptance.shop import Flavour, Shop, shop
from tests.crash.history import ATTIC, History
from tests.crash.law import settle
from tests.crash.scene import Mortal

SKEWS = (0.0, 90.0, -90.0)
ZONES = ("UTC", "Europe/Berlin", "America/St_Johns", "Pacific/Auckland")
PAGES = (5000, 3)
BEFORE = 5.0
"""Seconds of a history before its trackers' clocks are put on or back an hour."""
MORE = """
    comments: {from: [jira, github], to: [jira, github]}
    guard: {changes: 1, moves: 1, closes: 1}
"""


def play(
    folder: Path, flavour: Flavour, seed: int, steps: int, mortals: tuple[Mortal, Mortal]
) -> None:
    """One random history; AssertionError, with its story, where the law does not hold."""
    random = Random(seed)
    with shop(folder, flavour=flavour) as made:
        history = History(made, *mortals, random)
        history.story.append(settle_in(made, random))
        try:
            for _ in range(3):
                history.add()
            for _ in range(steps):
                history.step()
            settle(history)
        except AssertionError as error:
            error.add_note(f"seed {seed} on {flavour}: {', '.join(history.story)}")
            raise


def settle_in(made: Shop, random: Random) -> str:
    """Clocks, a time zone, pages and an order of lists, which stay so; and places beside the
    backlog's. Says what it came to."""
    switches, zone = made.served.switches, random.choice(ZONES)
    switches.clocks = {"jira": random.choice(SKEWS), "github": random.choice(SKEWS)}
    changes = random.random() < 0.5 and zone != "UTC"
    if changes:
        switches.skew = (next_change(zone) - datetime.now(UTC)).total_seconds() - BEFORE
    switches.unordered = Random(random.random())
    made.jira_stand_in.quirks.page = random.choice(PAGES)
    newest = random.random() < 0.5
    made.configure(MORE + ("    conflicts: newest\n" if newest else ""))
    _furnish(made, zone)
    when = f"{zone}{' as its time changes' if changes else ''}"
    return f"{switches.clocks} in {when}{', newest wins' if newest else ''}"


def _furnish(made: Shop, zone: str) -> None:
    """Jira's people live in that time zone; and there is somewhere to take records to."""
    jira, github = made.jira_stand_in.dump(), made.github_stand_in.dump()
    for user in jira["users"].values():
        user["timeZone"] = zone
    jira["projects"]["ATTIC"] = {"types": jira["projects"]["SHOP"]["types"]}
    github["repositories"][ATTIC] = {**github["repositories"]["acme/shop"], "issues": []}
    made.jira_stand_in.load(jira)
    made.github_stand_in.load(github)


def next_change(zone: str) -> datetime:
    """When that zone's clocks are next put on or back, to the minute."""
    at, step = datetime.now(UTC).replace(minute=0, second=0, microsecond=0), timedelta(hours=1)
    there = ZoneInfo(zone)
    while at.astimezone(there).utcoffset() == (at + step).astimezone(there).utcoffset():
        at += step
    step = timedelta(minutes=1)
    while at.astimezone(there).utcoffset() == (at + step).astimezone(there).utcoffset():
        at += step
    return at + step
