"""One writer of a backlog at a time, over processes; released when one dies, however it dies.

Runs of different backlogs go side by side: what they write are rows of their own, in transactions
of their own. What concerns the whole state excludes them all.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine
from sqlalchemy.engine import make_url

from sync.state import postgres
from sync.state.database import PRIVATE, on_file, path_of, unopened
from sync.state.errors import Busy, called

AGAIN = 0.05
"""Seconds between two tries at a lock."""


@contextmanager
def hold(url: str, wait: float, backlog: str | None = None) -> Iterator[None]:
    """Keeps every other process from writing the backlog, or, without one, anything of the state.

    Raises Busy after `wait` seconds, and StateError.
    """
    held = _on_file(path_of(url), wait, backlog) if on_file(url) else _on_server(url, wait, backlog)
    with held:
        yield


@contextmanager
def _on_file(path: Path, wait: float, backlog: str | None) -> Iterator[None]:
    """The kernel holds the locks. Not of the file itself: SQLite has its own on that."""
    end = time.monotonic() + wait
    whole = Path(f"{path}.lock")
    with ExitStack() as held:
        if backlog is None:
            _lock(held, whole, fcntl.LOCK_EX, end, str(path))
        else:
            _lock(held, whole, fcntl.LOCK_SH, end, str(path))
            _lock(held, Path(f"{path}.{backlog}.lock"), fcntl.LOCK_EX, end, str(path))
        yield


def _lock(held: ExitStack, file: Path, how: int, end: float, what: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
    except OSError as error:
        raise unopened(file, error) from None
    held.callback(os.close, descriptor)
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise _busy(what) from None
            time.sleep(AGAIN)
        except OSError as error:
            raise unopened(file, error) from None
        else:
            return


@contextmanager
def _on_server(url: str, wait: float, backlog: str | None) -> Iterator[None]:
    """The server holds the locks, for a session of their own.

    One that is lost lets others in; whoever goes on then is held up by the fence.
    """
    engine = postgres.engine(make_url(url), pooled=False)
    with ExitStack() as held:
        with postgres.asking(engine):
            connection = held.enter_context(_session(engine))
            if not postgres.lock(connection, backlog, wait):
                raise _busy(called(engine.url))
        yield


@contextmanager
def _session(engine: Engine) -> Iterator[Connection]:
    """A connection outside of any transaction, closed even where it is lost."""
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        yield connection
    finally:
        connection.invalidate()
        connection.close()


def _busy(what: str) -> Busy:
    return Busy(
        f"another onebacklog is writing {what}; wait for it to end, or give it more time "
        "with --wait SECONDS"
    )
