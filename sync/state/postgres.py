"""The state on PostgreSQL: how it is reached, and what is said where it cannot be used.

No password comes by here: libpq finds it in PGPASSWORD, or in the file that PGPASSFILE names.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from sync.state.errors import StateError, called

OPTIONS = {
    "application_name": "onebacklog",
    "connect_timeout": "5",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "15000",
}
"""Of this end, in seconds (the last one in milliseconds), unless the address says otherwise: a
server that has vanished without a word is given up, and not waited for by the hour."""
SESSION = (
    # The server, too, gives up a host that has vanished, with the locks that it holds: sooner, so
    # that others go on within 15 seconds. On Linux the timeout also ends what keepalives ask for.
    *("tcp_keepalives_idle=3", "tcp_keepalives_interval=1", "tcp_keepalives_count=3"),
    *("tcp_user_timeout=6000", "idle_in_transaction_session_timeout=60000"),
    "idle_session_timeout=0",  # a lock is held without a word while a run lasts
    "synchronous_commit=on",  # what was stored outlives a power cut: no create is repeated blindly
)
BRIEF = "-c lock_timeout=1000 -c statement_timeout=2000 -c synchronous_commit=off"
"""For what is better given up than waited for, and need not outlive a power cut."""
EXCLUDE = text("SELECT pg_advisory_xact_lock(7002, 0)")
WHOLE = text("SELECT pg_advisory_lock(7003, 0)")
SHARED = text("SELECT pg_advisory_lock_shared(7003, 0)")
SINGLE = text("SELECT pg_advisory_lock(7004, hashtext(:backlog))")
"""The first numbers tell the advisory locks of one purpose from others'; 7001 is sync.work's."""
LIMIT = text("SELECT set_config('lock_timeout', :limit, false)")
BUSY = "55P03"


def engine(url: URL, *, pooled: bool = True) -> Engine:
    """Nothing is connected before it is used."""
    session = " ".join(f"-c {one}" for one in SESSION)
    query = {name: value for name, value in OPTIONS.items() if name not in url.query}
    given = url.query.get("options", "")
    query["options"] = f"{session} {given if isinstance(given, str) else ' '.join(given)}".strip()
    address = url.set(drivername="postgresql+psycopg")
    if pooled:
        return create_engine(address, connect_args=query, pool_pre_ping=True)
    return create_engine(address, connect_args=query, poolclass=NullPool)


@contextmanager
def asking(engine: Engine) -> Iterator[None]:
    """What goes wrong with the database is a StateError, with its name and a remedy."""
    try:
        yield
    except DBAPIError as error:
        said = f"{called(engine.url)} cannot be used ({words(error)}); {remedy(error)}"
        raise StateError(said) from None


def words(error: DBAPIError) -> str:
    """The database's own, in one line."""
    return " ".join(str(error.orig).split())


def remedy(error: DBAPIError) -> str:
    """What to do next."""
    match getattr(error.orig, "sqlstate", None):  # None: there is no connection
        case "25006":
            return "it only reads: name the primary server, and not a standby"
        case "53100":
            return "there is no room left on its disk: make some"
        case "53300":
            return "it has too many connections: let it have more, or run fewer processes"
        case "42501":
            return "let this account use and create tables in its schema"
        case "42P01" | "42703":
            return "its tables are not those of onebacklog: restore a copy with pg_restore"
    return (
        "see that it runs and is reached from here, that the database is made (createdb), and that "
        "this account may use it: its password is taken from PGPASSWORD, or from the file that "
        "PGPASSFILE names"
    )


def exclude(connection: Connection) -> None:
    """Until the transaction ends, no other process makes tables."""
    connection.execute(EXCLUDE)


def lock(connection: Connection, backlog: str | None, seconds: float) -> bool:
    """Holds one backlog, or with None the whole state, while the connection lasts.

    False where another has held it for so long.
    """
    limit = f"{max(1, round(seconds * 1000))}ms"  # 0 would be without an end
    connection.execute(LIMIT, {"limit": limit})
    try:
        if backlog is None:
            connection.execute(WHOLE)
        else:
            connection.execute(SHARED)
            connection.execute(SINGLE, {"backlog": backlog})
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == BUSY:
            return False
        raise
    return True
