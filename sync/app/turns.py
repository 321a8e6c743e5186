"""The turns of a credential, kept in the state for all processes that share it."""

from __future__ import annotations

import time
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from adapters.pace import Speed
from sync.state import StateError, pace
from sync.state.database import on_file, path_of

log = structlog.get_logger(__name__)

AWAY = 10.0
"""Seconds for which the state is not asked again, when it could not be."""


class SharedTurns:
    """Of one credential. Without the state there is nothing to wait for: calls go on."""

    def __init__(self, state: str, address: str, secret: str, *, takes: bool) -> None:
        """`takes`: it may write in the state; else it only sees who is to pause."""
        self._state, self._takes, self._away = state, takes, 0.0
        self._credential = pace.label(address, secret)

    def take(self, lane: str, speed: Speed, number: int, within: float) -> float:
        if not self._takes:
            return self.shut(lane)
        engine, of = pace.engine(self._state), self._of(lane)
        return self._asked(
            lambda: pace.take(engine, of, speed.per_second, speed.burst, number, within)
        )

    def shut(self, lane: str) -> float:
        if on_file(self._state) and not path_of(self._state).exists():
            return 0.0
        return self._asked(lambda: pace.shut(pace.engine(self._state), self._of(lane)))

    def pause(self, lane: str, seconds: float) -> None:
        if self._takes:
            log.info("pace.paused", lane=lane, seconds=round(seconds, 1))
            self._asked(lambda: pace.pause(pace.engine(self._state), self._of(lane), seconds))

    def _of(self, lane: str) -> str:
        return f"{self._credential} {lane}"

    def _asked(self, ask: Callable[[], float | None]) -> float:
        """What it says; 0.0 where it cannot be asked."""
        if time.monotonic() < self._away:
            return 0.0
        try:
            return ask() or 0.0
        except (StateError, SQLAlchemyError, OSError) as error:
            log.warning("pace.alone", error=str(error))
            self._away = time.monotonic() + AWAY
            return 0.0
