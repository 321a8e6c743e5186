"""The journal: every run, and every write with its before, its after and its cause."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from sqlalchemy import Engine, insert, select, update

from sync.model import FieldName, ItemId, Json, TrackerName
from sync.state import tables
from sync.state.rows import to_text

Outcome: TypeAlias = Literal["done", "refused", "failed"]


@dataclass(frozen=True, slots=True)
class Run:
    """One apply. `outcome` is None while it runs, and for ever if it was killed."""

    id: int
    backlog: str
    started: str
    ended: str | None
    outcome: str | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Entry:
    """One field written (or one move), on one tracker or in the backlog itself."""

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


class Journal:
    """Written in the same database as the state, read by `history` and `explain`."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def begin(self, backlog: str, at: str, counts: Mapping[str, int]) -> int:
        """Opens a run; returns its number."""
        row = {"backlog": backlog, "started": at, "counts": to_text(dict(counts))}
        with self.engine.begin() as connection:
            query = insert(tables.run).values(**row).returning(tables.run.c.id)
            return int(connection.execute(query).scalar_one())

    def end(self, run: int, at: str, outcome: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(
                update(tables.run).where(tables.run.c.id == run).values(ended=at, outcome=outcome)
            )

    def write(self, run: int, entries: Iterable[Entry]) -> None:
        rows = [_row(run, entry) for entry in entries]
        if rows:
            with self.engine.begin() as connection:
                connection.execute(insert(tables.journal), rows)

    def runs(self, backlog: str, limit: int = 20) -> list[Run]:
        """The newest first."""
        at = tables.run.c
        query = select(tables.run).where(at.backlog == backlog).order_by(at.id.desc()).limit(limit)
        with self.engine.connect() as connection:
            return [
                Run(r.id, r.backlog, r.started, r.ended, r.outcome, json.loads(r.counts))
                for r in connection.execute(query)
            ]

    def entries(
        self,
        backlog: str,
        *,
        run: int | None = None,
        item: ItemId | None = None,
        limit: int = 1000,
    ) -> list[Entry]:
        """The newest first, of one run or one item."""
        at = tables.journal.c
        query = (
            select(tables.journal)
            .join(tables.run, tables.run.c.id == at.run)
            .where(tables.run.c.backlog == backlog)
            .order_by(at.id.desc())
            .limit(limit)
        )
        if run is not None:
            query = query.where(at.run == run)
        if item is not None:
            query = query.where(at.item == item)
        with self.engine.connect() as connection:
            return [_entry(row) for row in connection.execute(query)]


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
    )
