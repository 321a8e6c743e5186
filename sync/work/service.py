"""The working half of the server: makes runs, asks for those that are due, and looks after both."""

from __future__ import annotations

import os
import socket
import threading
import time
from datetime import UTC, timedelta

import structlog

from sync.app.due import Tick, ticks
from sync.events import Event
from sync.state import Store, inbox
from sync.work.current import Current
from sync.work.errands import Errands
from sync.work.queue import Queue
from sync.work.reconcile import SCHEDULE, reconcile

log = structlog.get_logger(__name__)

BEAT = 2.0
"""Seconds between two looks at what is due. It is also how long a wake may be lost."""
LATE = timedelta(seconds=5)
"""What waits longer, and for which no run is asked, was accepted by a process that died then."""
HOUR = 3600.0
CRASHED = 60.0
"""Seconds until a run is tried again that ended as nobody foresaw."""


class Service:
    """One process's share of the work. Any number of them may share a PostgreSQL."""

    def __init__(self, current: Current) -> None:
        self.current = current
        self.holder = f"{socket.gethostname()}:{os.getpid()}"
        self.store = Store(current.config.state)
        self.queue = Queue(current.config.state, self.run)
        self._errands = Errands(current)
        self._asked: dict[tuple[str, str], Tick] = {}
        """The latest tick of each backlog and kind that was put in the inbox."""
        self._pruned: float | None = None
        self._stopping = threading.Event()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)

    def start(self) -> None:
        """Raises StateError."""
        self.store.migrate()
        self.queue.launch()
        self._errands.start()
        self._tick()
        self._find(-timedelta(seconds=1))
        self._keeper.start()

    def wake(self, backlog: str) -> None:
        """It has deliveries."""
        self.queue.wake(backlog)

    def stop(self, deadline: float) -> bool:
        """Begins nothing more, and waits so many seconds for what is under way. False: something
        is, and is taken up by another process, or the next."""
        self._stopping.set()
        self._keeper.join()
        ended = self.queue.stop(deadline)
        self.store.close()
        return ended

    def run(self, backlog: str) -> float | None:
        """Makes a run. Returns in how many seconds it is to be made again, or None."""
        shop = self.current.shop(backlog)
        if shop is None:
            return None
        with structlog.contextvars.bound_contextvars(backlog=backlog):
            try:
                return reconcile(shop, self.store.engine, self.holder).again
            except Exception:  # whatever it is, the other backlogs go on
                log.exception("run.crashed")
                return CRASHED

    def _keep(self) -> None:
        while not self._stopping.wait(BEAT):
            try:
                self.current.refresh()
                self._tick()
                self._find(LATE)
                self._prune()
            except Exception as error:  # the database is away, as likely as not: it comes back
                log.warning("keeper.failed", error=str(error))

    def _tick(self) -> None:
        """Puts what has become due into the inbox, which takes it once from all processes."""
        now = self.current.clock()
        for name, settings in self.current.config.backlogs.items():
            for tick in ticks(settings.schedule, now):
                if self._asked.get((name, tick.kind)) == tick:
                    continue
                at = now.astimezone(UTC).isoformat(timespec="seconds")
                if inbox.put(self.store.engine, name, SCHEDULE, Event(str(tick)), at):
                    self.queue.wake(name)
                    self._errands.take(name, tick, now)
                self._asked[name, tick.kind] = tick

    def _find(self, age: timedelta) -> None:
        """Asks for runs of what waits so long, where none is asked for."""
        before = (self.current.clock() - age).astimezone(UTC).isoformat(timespec="seconds")
        waiting = set(inbox.late(self.store.engine, before)) & set(self.current.config.backlogs)
        for name in waiting and waiting - self.queue.asked():
            self.queue.wake(name, 0)

    def _prune(self) -> None:
        now = time.monotonic()
        if self._pruned is None or now - self._pruned > HOUR:
            self._pruned = now
            before = (self.current.clock() - inbox.KEPT).astimezone(UTC)
            inbox.prune(self.store.engine, before.isoformat(timespec="seconds"))
            self.queue.forget(self.current.clock())
