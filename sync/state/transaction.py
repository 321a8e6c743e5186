"""One transaction of the state database: fenced, and what is said where it cannot be written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Engine, select
from sqlalchemy.exc import DBAPIError

from sync.state import postgres, tables
from sync.state.database import is_file
from sync.state.errors import Fenced, Unwritable, called


@dataclass(frozen=True, slots=True)
class Fence:
    """What one run was given to write a backlog with; see sync.state.fence."""

    backlog: str
    number: int


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """All of it or nothing. Raises Unwritable where the disk, a lock or a permission says no, and
    Fenced where the engine bears a fence (Store's `fence`) that another has passed."""
    fence: Fence | None = engine.get_execution_options().get("fence")
    try:
        with engine.execution_options(alone=True).begin() as connection:
            if fence is not None:
                _stand(connection, fence)
            yield connection
    except DBAPIError as error:
        raise Unwritable(
            f"the state {called(engine.url)} cannot be written ({postgres.words(error)}), so the "
            f"run stopped at once, and nothing more was written to any tracker. To go on, "
            f"{_remedy(engine, error)}, and apply again: what was done until now is remembered"
        ) from None


def _remedy(engine: Engine, error: DBAPIError) -> str:
    if is_file(engine):
        return "make room, or let this account write there"
    return postgres.remedy(error)


def _stand(connection: Connection, fence: Fence) -> None:
    """Raises Fenced; else nobody takes a higher number before the transaction has ended."""
    query = select(tables.fence).where(tables.fence.c.backlog == fence.backlog)
    passed(connection.execute(query.with_for_update(read=True)).first(), fence)


def passed(row: Any, fence: Fence) -> None:
    """Raises Fenced where the backlog's row says that another has a higher number."""
    if row is None or row.number != fence.number:
        by = f" ({row.holder})" if row else ""
        raise Fenced(
            f"another run{by} has taken {fence.backlog} over, so this one stopped at once, and "
            "wrote nothing more to any tracker; what it had not done is done by the other"
        )
