"""What the pages look at: the state as it was at most a moment ago, read once for all who ask."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass

from sqlalchemy import Engine

from sync.app.dashboard import Sight, sights
from sync.state import StateError
from sync.state.overview import is_current
from sync.web.serving import Serving

FRESH = 2.0
"""Seconds for which what was read is good: whoever may ask, may ask often."""


@dataclass(frozen=True, slots=True)
class View:
    """The state, as far as it can be read."""

    reachable: bool
    current: bool = False
    """Has it all migrations?"""
    sights: tuple[Sight, ...] = ()


class Watch:
    """To be asked from threads: it reads the database."""

    def __init__(self, serving: Serving, engine: Engine, fresh: float = FRESH) -> None:
        self._serving, self._engine, self._fresh = serving, engine, fresh
        self._turn = threading.Lock()
        self._seen: tuple[float, View] | None = None

    def look(self) -> View:
        with self._turn:
            now = time.monotonic()
            if self._seen is None or now - self._seen[0] > self._fresh:
                self._seen = now, self._read()
            return self._seen[1]

    def _read(self) -> View:
        try:
            if not is_current(self._engine):
                return View(reachable=True)
            found = sights(self._engine, self._serving.settings(), self._serving.clock())
        except StateError:
            return View(reachable=False)
        return View(reachable=True, current=True, sights=found)
