"""How each tracker did in the last run, and whether the guard let it write.

The guard has an entry as trackers do, under no name.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

from sqlalchemy import Engine, select

from sync.model import TrackerName
from sync.state import tables
from sync.state.database import looking, upsert
from sync.state.transaction import transaction
from sync.tracker import Allowance

GUARD = ""


@dataclass(frozen=True, slots=True)
class Felt:
    """What one run has to say of one tracker, or of the guard."""

    wrong: str | None = None
    """Why it did not answer, or what it refuses; None: all is well."""
    requests: int = 0
    """That the run has sent to it."""
    points: int = 0
    """That these cost."""
    allowed: Mapping[str, Allowance] = field(default_factory=dict)
    """By API; empty: nothing was told."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What all runs have had to say of it."""

    well: str | None
    """When all was well for the last time, ISO 8601 in UTC."""
    wrong: str | None
    requests: int
    points: int = 0
    allowed: Mapping[str, Allowance] = field(default_factory=dict)


def note(engine: Engine, backlog: str, felt: Mapping[TrackerName, Felt], now: str) -> None:
    """`now`: ISO 8601 in UTC. Raises Unwritable."""
    at = tables.pulse.c
    with transaction(engine) as connection:
        for tracker, one in sorted(felt.items()):
            new: dict[str, str | None] = {"wrong": one.wrong}
            if not one.wrong:
                new["well"] = now
            if one.allowed:
                new["allowed"] = json.dumps({api: asdict(of) for api, of in one.allowed.items()})
            row = {"backlog": backlog, "tracker": tracker, "requests": one.requests, **new}
            insert = upsert(engine, tables.pulse).values({**row, "points": one.points})
            more = {"requests": at.requests + one.requests, "points": at.points + one.points}
            changed = {**new, **more}
            keys = [at.backlog, at.tracker]
            connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=changed))


def pulses(engine: Engine) -> Mapping[str, Mapping[TrackerName, Pulse]]:
    """By backlog and tracker."""
    found: dict[str, dict[TrackerName, Pulse]] = defaultdict(dict)
    with looking(engine) as connection:
        for row in connection.execute(select(tables.pulse)):
            told = {api: Allowance(**of) for api, of in json.loads(row.allowed).items()}
            pulse = Pulse(row.well, row.wrong, row.requests, row.points, told)
            found[row.backlog][row.tracker] = pulse
    return found
