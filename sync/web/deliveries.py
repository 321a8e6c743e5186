"""Stores deliveries: several in one transaction, each answered once that is on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from sync.events import Event
from sync.model import TrackerName

log = structlog.get_logger(__name__)

TOGETHER = 200
"""So many deliveries at most are one transaction."""
GATHER = 0.005
"""Seconds in which one gathers: a transaction for each delivery takes twice the time of a core."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """An event, and whose it is."""

    backlog: str
    tracker: TrackerName
    event: Event


Store = Callable[[Sequence[Delivery]], Sequence[bool]]
"""Stores them all, or raises; says of each whether it is new."""


class Deliveries:
    """A group commit: while one transaction is written, the next one gathers.

    Each delivery's own `fsync` would bound their number to what the disk does in a second.
    """

    def __init__(self, store: Store, wake: Callable[[str], None]) -> None:
        """`store` blocks, and is called in threads. `wake` is told of backlogs that got new ones,
        and returns at once."""
        self._store, self._wake = store, wake
        self._waiting: list[tuple[Delivery, asyncio.Future[bool]]] = []
        self._storing: asyncio.Task[None] | None = None

    async def put(self, delivery: Delivery) -> bool:
        """Is it new? Returns once it is stored. Raises what `store` does; then it is not."""
        stored: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, stored))
        if self._storing is None or self._storing.done():
            self._storing = asyncio.create_task(self._store_all())
        return await stored

    async def settle(self) -> None:
        """Waits until nothing is under way."""
        if self._storing is not None:
            await self._storing

    async def _store_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER)
            batch = self._waiting[:TOGETHER]
            del self._waiting[:TOGETHER]
            try:
                new = await asyncio.to_thread(self._store, [one for one, _ in batch])
            except Exception as error:
                for _, stored in batch:
                    if not stored.done():  # its sender may have gone
                        stored.set_exception(error)
                continue
            due = dict[str, None]()
            for (one, stored), fresh in zip(batch, new, strict=True):
                if fresh:
                    due[one.backlog] = None
                if not stored.done():
                    stored.set_result(fresh)
            for backlog in due:
                self._tell(backlog)

    def _tell(self, backlog: str) -> None:
        try:
            self._wake(backlog)
        except Exception as error:  # it is stored: a sweep finds it
            log.warning("wake.failed", backlog=backlog, error=str(error))
