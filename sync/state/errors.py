"""What is raised where the state cannot be used, and how messages name it."""

from __future__ import annotations

from sqlalchemy import URL


class StateError(Exception):
    """The state database cannot be used; says which, why, and what to do."""


class Unwritable(StateError):
    """It cannot be written now: whoever goes on without it would not know what was done."""


class Fenced(StateError):
    """Another has taken the backlog over: whoever goes on would write against it."""


class Busy(StateError):
    """Another process is writing it."""


def called(url: URL) -> str:
    """The file; or the database and its host, and nothing else of the address."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    host = url.host or url.query.get("host") or "this machine"
    port = f":{url.port}" if url.port else ""
    return f"the PostgreSQL database {url.database} on {host}{port}"
