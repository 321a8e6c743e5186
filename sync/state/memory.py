"""What reports compare with: findings from when to when, how the backlog stood, digests sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, select, update

from sync.model import ItemId
from sync.plan import Finding, finding_to_json
from sync.state import tables
from sync.state.database import looking
from sync.state.journal import Run, load_run
from sync.state.rows import to_text
from sync.state.transaction import transaction


@dataclass(frozen=True, slots=True)
class Standing:
    """How the backlog stood when a run began."""

    run: int
    at: str
    """ISO 8601 in UTC, as all times here."""
    items: int
    agreeing: int
    """Items that all trackers showed alike."""
    top: tuple[ItemId, ...]
    """The topmost open items."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What runs left for a report on what has changed since a time."""

    since: str
    """That time, or where findings are remembered only from later on, when that began."""
    open: Mapping[str, tuple[Finding, str]]
    """By mark: what the last run came to, and since when."""
    settled: Mapping[str, tuple[Finding, str]]
    """By mark: what was found before that time, and no more since then, and since when it was."""
    top: tuple[ItemId, ...]
    """The topmost open items at that time."""
    runs: tuple[Run, ...]
    """Begun since then, the newest first."""


def remember(
    engine: Engine, backlog: str, found: Mapping[str, Finding], standing: Standing
) -> None:
    """Stores what a run came to: findings by mark, all that there are, and how things stood."""
    at, mine = tables.finding.c, tables.finding.c.backlog == backlog
    with transaction(engine) as connection:
        rows = connection.execute(select(at.id, at.mark).where(mine, at.until.is_(None)))
        known = {row.mark: row.id for row in rows}
        for mark in known.keys() - found.keys():
            ended = update(tables.finding).where(at.id == known[mark])
            connection.execute(ended.values(until=standing.at))
        new = [
            {"backlog": backlog, "mark": mark, "finding": _text(one), "since": standing.at}
            for mark, one in found.items()
            if mark not in known
        ]
        if new:
            connection.execute(insert(tables.finding), new)
        last = _last(connection, backlog)
        if last is None or _differs(last, standing):
            top = to_text(list(standing.top))
            row = {"backlog": backlog, "run": standing.run, "at": standing.at, "top": top}
            row |= {"items": standing.items, "agreeing": standing.agreeing}
            connection.execute(insert(tables.standing), [row])


def recall(engine: Engine, backlog: str, since: str) -> Memory | None:
    """None where no run has stored its findings yet."""
    at, mine = tables.finding.c, tables.finding.c.backlog == backlog
    stood, run = tables.standing.c, tables.run.c
    with looking(engine) as connection:
        began = select(func.min(stood.at)).where(stood.backlog == backlog)
        first = connection.execute(began).scalar()
        if first is None:
            return None
        since = max(since, first)
        rows = connection.execute(select(tables.finding).where(mine, at.until.is_(None)))
        still = {row.mark: (load_finding(row), row.since) for row in rows}
        ended = select(tables.finding).where(mine, at.since <= since, at.until > since)
        settled = {row.mark: (load_finding(row), row.since) for row in connection.execute(ended)}
        then = select(stood.top, stood.run).where(stood.backlog == backlog, stood.at <= since)
        top, before = connection.execute(then.order_by(stood.run.desc()).limit(1)).one()
        # Runs are known to the second: of those in the same one, the number tells.
        second = datetime.fromisoformat(since).isoformat(timespec="seconds")
        later = (run.backlog == backlog) & (run.started >= second) & (run.id > before)
        begun = select(tables.run).where(later).order_by(run.id.desc())
        runs = tuple(map(load_run, connection.execute(begun)))
    return Memory(since, still, settled, tuple(json.loads(top)), runs)


def standings(engine: Engine, backlog: str) -> list[Standing]:
    """All, the oldest first; a run that found things as the one before left none."""
    query = select(tables.standing).where(tables.standing.c.backlog == backlog)
    with looking(engine) as connection:
        rows = connection.execute(query.order_by(tables.standing.c.run))
        return [_standing(row) for row in rows]


def last_sent(engine: Engine, backlog: str) -> str | None:
    """When the last digest was sent."""
    at = tables.digest.c
    with looking(engine) as connection:
        return connection.execute(select(at.sent).where(at.backlog == backlog)).scalar()


def mark_sent(engine: Engine, backlog: str, at: str) -> None:
    with transaction(engine) as connection:
        connection.execute(tables.digest.delete().where(tables.digest.c.backlog == backlog))
        connection.execute(insert(tables.digest), [{"backlog": backlog, "sent": at}])


def load_finding(row: Any) -> Finding:
    return Finding(**json.loads(row.finding))


def _text(finding: Finding) -> str:
    return to_text(finding_to_json(finding))


def _last(connection: Connection, backlog: str) -> Standing | None:
    query = select(tables.standing).where(tables.standing.c.backlog == backlog)
    row = connection.execute(query.order_by(tables.standing.c.run.desc()).limit(1)).first()
    return None if row is None else _standing(row)


def _standing(row: Any) -> Standing:
    return Standing(row.run, row.at, row.items, row.agreeing, tuple(json.loads(row.top)))


def _differs(last: Standing, now: Standing) -> bool:
    return (last.items, last.agreeing, last.top) != (now.items, now.agreeing, now.top)
