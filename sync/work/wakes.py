"""Many wakes shortly after each other become one: of a storm, one every two seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import structlog

log = structlog.get_logger(__name__)

LONGEST = 2.0
"""Seconds that further wakes may put one off."""
AGAIN = 1.0
"""Seconds until it is tried again, where nothing can be asked for."""


class Wakes:
    """Each wake puts its backlog's off a little. One that is lost with its process is made good:
    what waits in the inbox is looked for."""

    def __init__(self, ask: Callable[[str], None]) -> None:
        """`ask`: what is done at last. It may raise anything, and is then tried again."""
        self._ask = ask
        self._due: dict[str, tuple[float, float]] = {}
        """Backlog → when it is due now, and at the latest."""
        self._changed = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._go, name="wakes", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def wake(self, backlog: str, after: float) -> None:
        now = time.monotonic()
        with self._changed:
            _, latest = self._due.get(backlog, (0.0, now + max(LONGEST, after)))
            self._due[backlog] = (min(now + after, latest), latest)
            self._changed.notify()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    def _go(self) -> None:
        while (backlog := self._next()) is not None:
            try:
                self._ask(backlog)
            except Exception as error:  # the database is away, in a way that DBOS has for it
                log.warning("wake.failed", backlog=backlog, error=str(error))
                self.wake(backlog, AGAIN)

    def _next(self) -> str | None:
        """Waits for one that is due. None: it is stopped."""
        with self._changed:
            while not self._stopped:
                backlog = min(self._due, key=lambda one: self._due[one][0], default=None)
                if backlog is None:
                    self._changed.wait()
                    continue
                left = self._due[backlog][0] - time.monotonic()
                if left <= 0:
                    del self._due[backlog]
                    return backlog
                self._changed.wait(left)
            return None
