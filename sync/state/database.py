"""The state database: a file, made for its owner alone, or PostgreSQL; opened, and what is said
where it cannot be."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import NullPool

from sync.state import postgres
from sync.state.errors import StateError, called

PRIVATE = 0o600
"""The texts of the items are in it: nobody else's business on a shared machine."""
BESIDE = ("-wal", "-shm")
"""What SQLite keeps beside the file while it is used; its mode is the file's."""
REMEDY = (
    "`onebacklog state verify` says more; put a backup in its place with `onebacklog state restore "
    "FILE`, or make it anew from the trackers with `onebacklog state rebuild`"
)


MAGIC = b"SQLite format 3\0"
ANOTHER = f"name another file under `state`, or: {REMEDY}"


def path_of(url: str) -> Path:
    return Path(make_url(url).database or "onebacklog.db")


def on_file(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def is_file(engine: Engine) -> bool:
    return engine.dialect.name == "sqlite"


def upsert(engine: Engine, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An insert that can say what is to be done about a row that is there already."""
    return sqlite.insert(table) if is_file(engine) else postgresql.insert(table)


def connect(url: str) -> Engine:
    """Nothing is opened before it is used."""
    return _open(url) if on_file(url) else postgres.engine(make_url(url))


def open_briefly(url: str) -> Engine:
    """A file, for what is better given up than waited for, and need not outlive a power cut.

    It is open only while it is used: another may be put in its place.
    """
    engine = _open(url, poolclass=NullPool)

    @event.listens_for(engine, "connect")
    def _hurry(connection: Any, _: Any) -> None:
        connection.execute("PRAGMA busy_timeout=500")
        connection.execute("PRAGMA synchronous=NORMAL")

    return engine


def _open(url: str, **how: Any) -> Engine:
    engine = create_engine(url, **how)

    @event.listens_for(engine, "connect")
    def _settle(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # the driver's own transactions leave out tables' changes
        # WAL: a dry run reads while another process writes. FULL: an intent that was stored
        # outlives a power cut, so that no create is ever repeated blindly.
        connection.execute("PRAGMA busy_timeout=10000")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        # At once: who reads first and then writes would be refused if another wrote in between.
        alone = connection.get_execution_options().get("alone")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if alone else "BEGIN")

    return engine


def make(path: Path) -> None:
    """Makes the file, empty, where there is none. Raises StateError."""
    with reading(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
        start = os.read(descriptor, len(MAGIC))
        os.close(descriptor)
    if start and start != MAGIC:  # SQLite takes a file of less than a page for an empty one
        raise StateError(f"{path} is not a state database of onebacklog; {ANOTHER}")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """What goes wrong with the file is a StateError, with its name and a remedy."""
    try:
        yield
    except DatabaseError as error:
        raise _wrong(path, error.orig or error) from None
    except sqlite3.Error as error:
        raise _wrong(path, error) from None
    except UnicodeDecodeError as error:  # of an error's own words, which quote what is damaged
        raise StateError(f"{path} is damaged ({error.reason}); {REMEDY}") from None
    except OSError as error:
        raise unopened(path, error) from None


@contextmanager
def looking(engine: Engine) -> Iterator[Connection]:
    """A connection to read one moment from. Raises StateError, also for what cannot be read."""
    if not is_file(engine):
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    try:
        with using(engine), engine.connect() as connection:
            yield connection
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        what = f"{type(error).__name__}: {str(error)[:100]}"
        name = called(engine.url)
        raise StateError(f"{name} holds something that cannot be read ({what}); {REMEDY}") from None


def using(engine: Engine) -> AbstractContextManager[None]:
    """What goes wrong with the database is a StateError, with its name and a remedy."""
    return reading(Path(engine.url.database or "")) if is_file(engine) else postgres.asking(engine)


def unopened(path: Path, error: OSError) -> StateError:
    return StateError(
        f"{path} cannot be opened ({error.strerror}); let this account read and write it and its "
        "folder, or name another file under `state`"
    )


def _wrong(path: Path, error: BaseException) -> StateError:
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
    match code:
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            remedy = "another program keeps it locked: end that, or try again"
        case sqlite3.SQLITE_FULL:
            remedy = "there is no room left on its disk: make some"
        case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            remedy = "let this account read and write it and its folder"
        case sqlite3.SQLITE_IOERR:
            remedy = "its disk does not read or write it: look after the disk first"
        case sqlite3.SQLITE_CORRUPT:
            return StateError(f"{path} is damaged ({error}); {REMEDY}")
        case _:
            return StateError(f"{path} is not a state database of onebacklog ({error}); {ANOTHER}")
    return StateError(f"{path} cannot be used ({error}); {remedy}")
