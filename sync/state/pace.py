"""The pace of one credential, kept over all processes: a row that says when the next call may go.

The generic cell rate algorithm: each call moves `due` on by the time between two calls, and goes as
soon as `due` is less than a burst ahead. By the database's clock, so that hosts need not agree.
"""

from __future__ import annotations

import time
from hashlib import sha256

from sqlalchemy import ColumnElement, Engine, Float, cast, extract, func, literal

from sync.state import tables
from sync.state.database import is_file, upsert
from sync.state.transaction import transaction


def label(address: str, secret: str) -> str:
    """What a credential is called in the database: nothing of it can be read from that."""
    return sha256(f"{address}\0{secret}".encode()).hexdigest()


def take(engine: Engine, credential: str, per_second: float, burst: int) -> float:
    """Takes the turn of one call; returns the seconds until then.

    In any second there are at most `per_second` turns, and `burst` more after a rest.
    """
    at, now, gap = tables.pace.c, _now(engine), 1 / per_second
    insert = upsert(engine, tables.pace).values(credential=credential, due=now + gap, shut=0.0)
    latest = _largest(engine, at.due, at.shut, now)
    query = insert.on_conflict_do_update(
        index_elements=[at.credential], set_={"due": latest + gap}
    ).returning(at.due, at.shut, now)
    with transaction(engine) as connection:
        due, shut, asked = connection.execute(query).one()
    return float(max(0.0, due - burst * gap - asked, shut - asked))


def pause(engine: Engine, credential: str, seconds: float) -> None:
    """No turn before so many seconds have passed, for nobody: the tracker has asked for it."""
    at, until = tables.pace.c, _now(engine) + seconds
    insert = upsert(engine, tables.pace).values(credential=credential, due=0.0, shut=until)
    query = insert.on_conflict_do_update(
        index_elements=[at.credential], set_={"shut": _largest(engine, at.shut, until)}
    )
    with transaction(engine) as connection:
        connection.execute(query)


def _now(engine: Engine) -> ColumnElement[float]:
    if is_file(engine):
        return literal(time.time(), Float)
    return cast(extract("epoch", func.clock_timestamp()), Float)


def _largest(engine: Engine, *values: ColumnElement[float]) -> ColumnElement[float]:
    largest: ColumnElement[float] = (func.max if is_file(engine) else func.greatest)(*values)
    return largest
