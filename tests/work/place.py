"""One backlog over stand-in trackers, as the working half of the server sees it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from config.load import load
from sync.app.build import Surroundings
from sync.app.runs import Shop as Backlog
from sync.events import Event
from sync.state import Journal, Store, inbox
from sync.work.current import Current
from sync.work.reconcile import Ran, reconcile
from tests.acceptance.shop import Shop, shop


class Place:
    """Trackers, settings, and the inbox."""

    def __init__(self, made: Shop) -> None:
        self.made = made
        self.store = Store(f"sqlite:///{made.folder / 'state.db'}")
        self.store.migrate()
        self._deliveries = 0

    @property
    def current(self) -> Current:
        made = self.made
        around = Surroundings(made.environment, made.folder)
        return Current(made.settings, lambda: load(made.settings), around, now)

    @property
    def backlog(self) -> Backlog:
        found = self.current.shop("shop")
        assert found is not None
        return found

    def hear(self, tracker: str = "github", *records: str, **more: Any) -> int:
        """A delivery is accepted; returns the number that it waits under."""
        self._deliveries += 1
        event = Event(f"d{self._deliveries}", frozenset(records), **more)
        at = now().isoformat(timespec="seconds")
        assert inbox.put(self.store.engine, "shop", tracker, event, at)
        return self.waiting()[-1].id

    def waiting(self) -> Sequence[inbox.Heard]:
        return inbox.waiting(self.store.engine, "shop")

    def run(self) -> Ran:
        return reconcile(self.backlog, self.store.engine, "here")

    def runs(self) -> int:
        return len(Journal(self.store.engine).runs("shop", 1000))

    def rename(self, number: int, title: str) -> None:
        self.made.github.call("PATCH", f"/issues/{number}", title=title)


def now() -> datetime:
    return datetime.now(UTC)


def until(true: Callable[[], object], seconds: float = 90) -> None:
    """Waits for it."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come true"
        time.sleep(0.05)


@contextmanager
def place(folder: Path, more: str = "", **held: Any) -> Iterator[Place]:
    with shop(folder, **held) as made:
        made.configure(more)
        here = Place(made)
        try:
            yield here
        finally:
            here.store.close()
