"""The journal: every run, and every write with its before, its after and its cause.

Writes are entered as `begun` before they are made, and settled with their answer: an entry that
is still `begun` after its run was killed says what may or may not have taken effect.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Any, Literal, TypeAlias

from sqlalchemy import Connection, Engine, bindparam, func, insert, select, update

from sync.model import FieldName, ItemId, Json, TrackerName
from sync.state import tables
from sync.state.database import looking
from sync.state.rows import to_text
from sync.state.transaction import transaction
from sync.tracker import LEAD

Outcome: TypeAlias = Literal["begun", "done", "refused", "failed", "lost"]
"""`lost`: the run was killed before the answer, and no later run saw the effect."""
KILLED = "killed"
"""The outcome of a run that never ended, once a later one knows."""


@dataclass(frozen=True, slots=True)
class Run:
    """One apply, or one undo. `outcome` is None while it runs, and until a later run finds that it
    was killed; `ended` stays None then."""

    id: int
    backlog: str
    started: str
    ended: str | None
    outcome: str | None
    counts: Mapping[str, int]
    undoes: int | None = None
    """The run that it takes back."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One field written (or one move), on one tracker or in the backlog itself.

    Of a lead, `after` is the address of the record elsewhere; a later run may take it over.
    Of a move, `before` and `after` are its neighbours: `{"after": the item right above,
    "before": the item right below}`; of old ones, `after` is that item above alone.
    """

    at: str
    tracker: TrackerName
    item: ItemId
    key: str | None
    action: str
    field: FieldName | None
    before: Json
    after: Json
    because: str
    outcome: Outcome = "done"
    error: str | None = None
    run: int = 0
    id: int = attribute(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Told:
    """How one entry ended."""

    id: int
    outcome: Outcome
    error: str | None = None
    key: str | None = None
    """The record's, where the write gave it one."""


class Journal:
    """Written in the same database as the state, read by `history` and `explain`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def begin(
        self, backlog: str, at: str, counts: Mapping[str, int], undoes: int | None = None
    ) -> int:
        """Opens a run; returns its number. Others of the backlog that never ended were killed: one
        runs at once."""
        row = {"backlog": backlog, "started": at, "counts": to_text(dict(counts))}
        known = tables.run.c
        open = (known.backlog == backlog) & known.ended.is_(None) & known.outcome.is_(None)
        with transaction(self.engine) as connection:
            connection.execute(update(tables.run).where(open).values(outcome=KILLED))
            query = insert(tables.run).values(**row, undoes=undoes).returning(known.id)
            return int(connection.execute(query).scalar_one())

    def end(self, run: int, at: str, outcome: str) -> None:
        with transaction(self.engine) as connection:
            connection.execute(
                update(tables.run).where(tables.run.c.id == run).values(ended=at, outcome=outcome)
            )

    def write(self, run: int, entries: Iterable[Entry]) -> list[int]:
        """Returns the entries' numbers."""
        with transaction(self.engine) as connection:
            return insert_entries(connection, run, list(entries))

    def settle(self, told: Sequence[Told]) -> None:
        if told:
            with transaction(self.engine) as connection:
                settle(connection, told)

    def open(self, backlog: str) -> list[Entry]:
        """Entries of killed runs of which it is not known what became of them, in any order."""
        at = tables.journal.c
        query = (
            select(tables.journal)
            .join(tables.run)
            .where(tables.run.c.backlog == backlog, tables.run.c.outcome == KILLED)
            .where(at.outcome == "begun", at.action != LEAD)
        )
        with looking(self.engine) as connection:
            return [_entry(row) for row in connection.execute(query)]

    def take_leads(self, backlog: str, run: int, last: int) -> None:
        """What killed runs and the `last` one left owed becomes this run's."""
        at = tables.journal.c
        left = (tables.run.c.outcome == KILLED) | (tables.run.c.id == last)
        query = (
            select(at.id)
            .join_from(tables.journal, tables.run)
            .where(tables.run.c.backlog == backlog, left)
            .where(at.outcome == "begun", at.action == LEAD)
        )
        with looking(self.engine) as connection:
            owed = [{"number": number} for number in connection.execute(query).scalars()]
        if owed:
            taken = update(tables.journal).where(at.id == bindparam("number")).values(run=run)
            with transaction(self.engine) as connection:
                connection.execute(taken, owed)

    def leads(self, run: int) -> list[Entry]:
        """What this run owes, the oldest first."""
        at = tables.journal.c
        query = select(tables.journal).where(at.run == run, at.action == LEAD)
        with looking(self.engine) as connection:
            rows = connection.execute(query.where(at.outcome == "begun").order_by(at.id))
            return [_entry(row) for row in rows]

    def run(self, backlog: str, number: int) -> Run | None:
        at = tables.run.c
        query = select(tables.run).where(at.backlog == backlog, at.id == number)
        with looking(self.engine) as connection:
            row = connection.execute(query).first()
            return None if row is None else load_run(row)

    def runs(self, backlog: str, limit: int | None = None) -> list[Run]:
        """The newest first; all of them without a limit."""
        at = tables.run.c
        query = select(tables.run).where(at.backlog == backlog).order_by(at.id.desc()).limit(limit)
        with looking(self.engine) as connection:
            return [load_run(row) for row in connection.execute(query)]

    def entries(
        self,
        backlog: str,
        *,
        run: int | None = None,
        item: ItemId | None = None,
        limit: int | None = None,
    ) -> list[Entry]:
        """The newest first, of one run or one item; all of them without a limit."""
        at = tables.journal.c
        query = (
            select(tables.journal)
            .join(tables.run)
            .where(tables.run.c.backlog == backlog)
            .order_by(at.id.desc())
            .limit(limit)
        )
        if run is not None:
            query = query.where(at.run == run)
        if item is not None:
            query = query.where(at.item == item)
        with looking(self.engine) as connection:
            return [_entry(row) for row in connection.execute(query)]


def insert_entries(connection: Connection, run: int, entries: Sequence[Entry]) -> list[int]:
    """Returns their numbers, in their order."""
    if not entries:
        return []
    query = insert(tables.journal).returning(tables.journal.c.id, sort_by_parameter_order=True)
    rows = connection.execute(query, [_row(run, entry) for entry in entries])
    return [int(number) for number in rows.scalars()]


def settle(connection: Connection, told: Sequence[Told]) -> None:
    """Says of entries how they ended."""
    if not told:
        return
    at = tables.journal.c
    query = (
        update(tables.journal)
        .where(at.id == bindparam("number"))
        .values(
            outcome=bindparam("ended"),
            error=bindparam("why"),
            key=func.coalesce(bindparam("new_key"), at.key),
        )
    )
    rows = [
        {"number": one.id, "ended": one.outcome, "why": one.error, "new_key": one.key}
        for one in told
    ]
    connection.execute(query, rows)


def load_run(row: Any) -> Run:
    counts = json.loads(row.counts)
    return Run(row.id, row.backlog, row.started, row.ended, row.outcome, counts, row.undoes)


def _row(run: int, entry: Entry) -> dict[str, Any]:
    return {
        "run": run,
        "at": entry.at,
        "tracker": entry.tracker,
        "item": entry.item,
        "key": entry.key,
        "action": entry.action,
        "field": entry.field,
        "before": to_text(entry.before),
        "after": to_text(entry.after),
        "because": entry.because,
        "outcome": entry.outcome,
        "error": entry.error,
    }


def _entry(row: Any) -> Entry:
    return Entry(
        at=row.at,
        tracker=row.tracker,
        item=row.item,
        key=row.key,
        action=row.action,
        field=row.field,
        before=json.loads(row.before),
        after=json.loads(row.after),
        because=row.because,
        outcome=row.outcome,
        error=row.error,
        run=row.run,
        id=row.id,
    )
