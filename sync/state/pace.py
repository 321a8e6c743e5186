"""The pace of one credential, kept over all processes: a row that says when the next call may go.

The generic cell rate algorithm: each call moves `due` on by the time between two calls, and goes as
soon as `due` is less than a burst ahead. By the database's clock, so that hosts need not agree.
"""

from __future__ import annotations

import math
import time
from functools import lru_cache
from hashlib import scrypt
from typing import Any

from sqlalchemy import ColumnElement, Engine, Float, Select, cast, extract, func, literal, select
from sqlalchemy.engine import make_url

from sync.state import postgres, tables
from sync.state.database import is_file, looking, on_file, open_briefly, upsert
from sync.state.transaction import transaction


@lru_cache(maxsize=256)
def label(address: str, secret: str) -> str:
    """What a credential is called in the database: nothing of it can be read from that. It takes
    some time to work out, so that no password is found by trying."""
    return scrypt(secret.encode(), salt=address.encode(), n=4096, r=8, p=1, dklen=32).hex()


def engine(url: str) -> Engine:
    """Of the state, for turns alone: it keeps nobody waiting for long, and loses the last of them
    when the power is cut. Of a file nothing stays open; of a server, there is one in a process."""
    return open_briefly(url) if on_file(url) else _pooled(url)


@lru_cache(maxsize=8)
def _pooled(url: str) -> Engine:
    address = make_url(url)
    said = address.query.get("options", "")
    options = f"{said if isinstance(said, str) else ' '.join(said)} {postgres.BRIEF}".strip()
    made = postgres.engine(address.update_query_dict({"options": options}))
    # One statement, one transaction: who is paused in between would keep the row from all others.
    return made.execution_options(isolation_level="AUTOCOMMIT")


def take(
    engine: Engine,
    credential: str,
    per_second: float,
    burst: int,
    number: int = 1,
    within: float = math.inf,
) -> float:
    """Takes the turns of so many calls; returns the seconds until then. If these are more than
    `within`, none were taken.

    In any second there are at most `per_second` turns, and `burst` more after a rest.
    """
    at, now, gap = tables.pace.c, _now(engine), number / per_second
    insert = upsert(engine, tables.pace).values(credential=credential, due=now + gap, shut=0.0)
    latest, ahead = _largest(engine, at.due, at.shut, now), max(burst, number) / per_second
    query = insert.on_conflict_do_update(
        index_elements=[at.credential],
        set_={"due": latest + gap},
        where=_largest(engine, latest + gap - ahead, at.shut) - now <= within,
    ).returning(at.due, at.shut, now)
    with transaction(engine) as connection:
        came = connection.execute(query).one_or_none()
        kept = _kept(credential, (latest + gap).label("due"), now)
        due, shut, asked = came or connection.execute(kept).one()
    return float(max(0.0, due - ahead - asked, shut - asked))


def shut(engine: Engine, credential: str) -> float:
    """Seconds until the pause is over; 0 where there is none."""
    at = tables.pace.c
    with looking(engine) as connection:
        row = connection.execute(_kept(credential, at.due, _now(engine))).one_or_none()
    return 0.0 if row is None else float(max(0.0, row[1] - row[2]))


def _kept(credential: str, due: ColumnElement[float], now: ColumnElement[float]) -> Select[Any]:
    at = tables.pace.c
    return select(due, at.shut, now.label("now")).where(at.credential == credential)


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
