"""One transaction of the state database, and what is said where it cannot be written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError


class StateError(Exception):
    """The state database cannot be used; says which, why, and what to do."""


class Unwritable(StateError):
    """It cannot be written now: whoever goes on without it would not know what was done."""


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """All of it or nothing. Raises Unwritable where the disk, a lock or a permission says no."""
    try:
        with engine.begin() as connection:
            yield connection
    except DatabaseError as error:
        raise Unwritable(
            f"the state database {engine.url.database} cannot be written ({error.orig}), so the "
            "run stopped at once, and nothing more was written to any tracker. Make room, or let "
            "this account write there, and apply again: what was done until now is remembered"
        ) from None
