"""What the journal says of the last day: values written again and again, statuses put back."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime

from sqlalchemy import Engine, func, select

from sync.model import FieldName, ItemId, Json, TrackerName
from sync.planner.context import Rewritten
from sync.rules.enforce import BY_RULE
from sync.state import tables
from sync.state.database import looking


def rewritten(engine: Engine, backlog: str, since: datetime, times: int) -> Rewritten:
    """Values that updates wrote to one field of one item on one tracker so often, or more often.

    Runs that started before `since` do not count, nor do those up to the last in which a person
    decided the field. One query, whose answer is nearly always empty.
    """
    run, at = tables.run.c, tables.journal.c
    lately = (run.backlog == backlog) & (run.started >= since.isoformat(timespec="seconds"))
    decided = (
        select(at.item, at.field, func.max(at.run).label("run"))
        .join(tables.run, run.id == at.run)
        .where(lately, at.action == "resolve")
        .group_by(at.item, at.field)
        .subquery()
    )
    same = (decided.c.item == at.item) & (decided.c.field == at.field)
    query = (
        select(at.item, at.field, at.tracker, at.after)
        .join(tables.run, run.id == at.run)
        .outerjoin(decided, same)
        .where(lately, at.action == "update", at.outcome == "done", at.field.is_not(None))
        .where(decided.c.run.is_(None) | (at.run > decided.c.run))
        .group_by(at.item, at.field, at.tracker, at.after)
        .having(func.count() >= times)
    )
    found: dict[tuple[ItemId, FieldName], dict[TrackerName, list[Json]]] = defaultdict(dict)
    with looking(engine) as connection:
        for row in connection.execute(query):
            places = found[row.item, row.field]
            places.setdefault(row.tracker, []).append(json.loads(row.after))
    return dict(found)


def put_back(engine: Engine, backlog: str, since: datetime) -> frozenset[ItemId]:
    """Items whose status a rule had written back in runs that started since then."""
    run, at = tables.run.c, tables.journal.c
    query = (
        select(at.item)
        .join(tables.run, run.id == at.run)
        .where(run.backlog == backlog, run.started >= since.isoformat(timespec="seconds"))
        .where(at.action == "update", at.field == "status", at.because.contains(BY_RULE))
    )
    with looking(engine) as connection:
        return frozenset(row.item for row in connection.execute(query))
