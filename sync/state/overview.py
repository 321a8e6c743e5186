"""Short answers about all backlogs, for whoever watches over them, and never asks a tracker."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, func, select, union_all

from sync.model import TrackerName
from sync.state import tables
from sync.state.database import looking
from sync.state.journal import Run, load_run
from sync.state.memory import load_finding
from sync.state.store import HEAD, revision


@dataclass(frozen=True, slots=True)
class Failing:
    """How many items fail on one tracker."""

    backlog: str
    tracker: TrackerName
    waiting: int
    """Are tried again by themselves."""
    given_up: int
    """Wait for a person."""


@dataclass(frozen=True, slots=True)
class Writes:
    """How many records and moves a run wrote on one tracker, and how that ended."""

    backlog: str
    tracker: TrackerName
    action: str
    outcome: str
    number: int


def is_current(engine: Engine) -> bool:
    """Has the state all migrations? Raises StateError where it cannot be read."""
    with looking(engine) as connection:
        return revision(connection) == HEAD


def failing(engine: Engine) -> list[Failing]:
    both = union_all(select(tables.failing), select(tables.unmoved)).subquery()
    at = both.c
    query = select(at.backlog, at.tracker, func.count(), func.count(at.next))
    with looking(engine) as connection:
        rows = connection.execute(query.group_by(at.backlog, at.tracker))
        return [Failing(name, tracker, due, all - due) for name, tracker, all, due in rows]


def last_runs(engine: Engine, backlogs: Collection[str]) -> dict[str, tuple[Run, str | None]]:
    """Of each the last run, and when the last one ended that did all there was to do."""
    run = tables.run
    found: dict[str, tuple[Run, str | None]] = {}
    with looking(engine) as connection:
        for name in backlogs:
            latest = select(run).where(run.c.backlog == name).order_by(run.c.id.desc()).limit(1)
            row = connection.execute(latest).first()
            if row is not None:
                done = latest.where(run.c.outcome == "done").with_only_columns(run.c.ended)
                found[name] = load_run(row), connection.execute(done).scalar()
    return found


def findings(engine: Engine) -> dict[str, Counter[tuple[str, str]]]:
    """How many there are by backlog, and then by rule and severity."""
    found: dict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    at = tables.finding.c
    with looking(engine) as connection:
        for row in connection.execute(select(tables.finding).where(at.until.is_(None))):
            one = load_finding(row)
            found[row.backlog][one.rule, one.severity] += 1
    return found


class Ended:
    """Tells of the runs of all processes, each once: from those on that were begun after it was
    first asked."""

    def __init__(self) -> None:
        self._after: int | None = None
        self._open = frozenset[int]()

    def take(self, engine: Engine) -> tuple[Sequence[Run], Sequence[Writes]]:
        """Those that have ended since the last time, and what they wrote. Not thread-safe."""
        with looking(engine) as connection:
            at = tables.run.c
            if self._after is None:
                self._after = connection.execute(select(func.max(at.id))).scalar() or 0
                return [], []
            new = select(tables.run).where((at.id > self._after) | at.id.in_(self._open))
            runs = [load_run(row) for row in connection.execute(new.order_by(at.id))]
            ended = [one for one in runs if one.outcome is not None]
            wrote = [*_wrote(connection, ended)]
        self._after = max([self._after, *(one.id for one in runs)])
        self._open = frozenset(one.id for one in runs if one.outcome is None)
        return ended, wrote


def _wrote(connection: Connection, runs: Sequence[Run]) -> Iterator[Writes]:
    at = tables.journal.c
    number = func.count(func.distinct(at.item))
    for one in runs:
        query = select(at.tracker, at.action, at.outcome, number).where(at.run == one.id)
        rows = connection.execute(query.group_by(at.tracker, at.action, at.outcome))
        for tracker, action, outcome, count in rows:
            yield Writes(one.backlog, tracker, action, outcome, count)
