"""How each tracker did in the last run, and whether the guard let it write.

The guard has an entry as trackers do, under no name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Engine, select

from sync.model import TrackerName
from sync.state import tables
from sync.state.database import looking, upsert
from sync.state.transaction import transaction

GUARD = ""


@dataclass(frozen=True, slots=True)
class Felt:
    """What one run has to say of one tracker, or of the guard."""

    wrong: str | None = None
    """Why it did not answer, or what it refuses; None: all is well."""
    requests: int = 0
    """That the run has sent to it."""


@dataclass(frozen=True, slots=True)
class Pulse:
    """What all runs have had to say of it."""

    well: str | None
    """When all was well for the last time, ISO 8601 in UTC."""
    wrong: str | None
    requests: int


def note(engine: Engine, backlog: str, felt: Mapping[TrackerName, Felt], now: str) -> None:
    """`now`: ISO 8601 in UTC. Raises Unwritable."""
    at = tables.pulse.c
    with transaction(engine) as connection:
        for tracker, one in sorted(felt.items()):
            new = {"wrong": one.wrong} if one.wrong else {"wrong": None, "well": now}
            row = {"backlog": backlog, "tracker": tracker, "requests": one.requests, **new}
            insert = upsert(engine, tables.pulse).values(row)
            changed = {**new, "requests": at.requests + one.requests}
            keys = [at.backlog, at.tracker]
            connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=changed))


def pulses(engine: Engine) -> Mapping[str, Mapping[TrackerName, Pulse]]:
    """By backlog and tracker."""
    found: dict[str, dict[TrackerName, Pulse]] = defaultdict(dict)
    with looking(engine) as connection:
        for row in connection.execute(select(tables.pulse)):
            found[row.backlog][row.tracker] = Pulse(row.well, row.wrong, row.requests)
    return found
