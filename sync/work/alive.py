"""Who is alive, among processes that share a PostgreSQL: they hold a lock, and watch the others'.

The lock belongs to a session, and goes with it: at once where the process is killed, within seconds
where its host vanishes, for the server asks whether anybody is there. A process that has lost its
own begins nothing, for another may have taken over what it does. PgBouncer in transaction mode
keeps no session: this one has to reach the server itself.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg
import structlog

log = structlog.get_logger(__name__)

CAREFUL: dict[str, Any] = {
    "connect_timeout": 5,
    "keepalives_idle": 3,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 5000,
    "options": "-c tcp_keepalives_idle=3 -c tcp_keepalives_interval=1 -c tcp_keepalives_count=3 "
    "-c tcp_user_timeout=5000 -c idle_in_transaction_session_timeout=60000",
}
"""So that neither side waits for hours for one that has vanished; both ends ask."""
LOCKS = 7001
GRACE = 3.0
"""Seconds that one may be without its lock: after a restart of the server all are, for a moment."""
WATCH = 1.0
TAKE = "select pg_advisory_lock(%s, hashtext(%s))"
DEAD = """
select distinct executor_id from dbos.workflow_status where status = 'PENDING' and not exists (
  select 1 from pg_locks where locktype = 'advisory' and classid = %s
  and objid = (hashtext(executor_id)::bigint & 4294967295)::oid
  and database = (select oid from pg_database where datname = current_database()))
"""
"""Processes with runs and without a lock."""


class Alive:
    """This process's lock, and its watch over the others."""

    def __init__(self, url: str, name: str, recover: Callable[[list[str]], Any]) -> None:
        """`recover`: makes what these processes had begun be begun again, once."""
        self.url, self.name, self.recover = url, name, recover
        self.sure = threading.Event()
        """Set while the lock is held."""
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._go, name="alive", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(timeout=WATCH + 1)

    def _go(self) -> None:
        while not self._stopped.is_set():
            try:
                with psycopg.connect(self.url, autocommit=True, **CAREFUL) as connection:
                    connection.execute(TAKE, (LOCKS, self.name))
                    self.sure.set()
                    self._watch(connection)
            except Exception as error:  # of `recover` too: it asks in a way of its own
                self.sure.clear()
                log.warning("alive.lost", error=str(error))
                self._stopped.wait(WATCH)

    def _watch(self, connection: psycopg.Connection[Any]) -> None:
        missed: dict[str, float] = {}
        while not self._stopped.wait(WATCH):
            dead = [str(name) for (name,) in connection.execute(DEAD, (LOCKS,))]
            now = time.monotonic()
            missed = {name: missed.get(name, now) for name in dead}
            if gone := [name for name, since in missed.items() if now - since > GRACE]:
                log.warning("alive.taken-over", processes=gone)
                self.recover(gone)
