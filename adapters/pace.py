"""When a request may go: at this process's own pace, and at that of all who share a credential."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from pyrate_limiter import InMemoryBucket, Rate, RateItem

Kind: TypeAlias = Literal["reads", "writes"]

BATCH = 10
"""Reads whose turns are taken at once: they are many, and each one asked for would cost a write of
the database's."""
LOOK = 1.0
"""Seconds for which it is known whether another process was asked to pause."""
LONGEST = 3_660.0
"""Seconds that others are held for at most: hourly limits begin anew within these."""


@dataclass(frozen=True, slots=True)
class Speed:
    """So many calls a second, and after a rest a burst of so many at once."""

    per_second: float
    burst: int

    @classmethod
    def of(cls, rate: Rate) -> Speed:
        """The speed that keeps within the rate in any window: a quarter of it may go at once."""
        burst = max(1, rate.limit // 4)
        return cls(max(1, rate.limit - burst) / (rate.interval / 1000), burst)


class Turns(Protocol):
    """The turns of one credential over all processes that share a state. Nothing is raised: where
    the state is away, each process goes on at its own pace. A lane is what has a limit of its own.
    """

    def take(self, lane: str, speed: Speed, number: int, within: float) -> float:
        """Takes the next `number` turns; seconds until then. If these are more than `within`, none
        were taken."""

    def shut(self, lane: str) -> float:
        """Seconds until the pause is over that the tracker has asked one of the processes for."""

    def pause(self, lane: str, seconds: float) -> None:
        """The tracker has asked for it: nobody goes before."""


class Pace:
    """How fast writes may follow each other: at most the rate's limit in any of its windows."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self.rate = rate
        self._bucket, self._clock = InMemoryBucket([rate]), clock

    def reserve(self) -> float:
        """Takes the place of one write: 0.0; or says in how many seconds there is one."""
        now = int(self._clock() * 1000)
        self._bucket.leak(now)
        item = RateItem("write", now)
        if self._bucket.put(item):
            return 0.0
        waiting = self._bucket.waiting(item)
        return max(1, waiting) / 1000 if isinstance(waiting, int) else 1.0


class Gate:
    """Lets the requests of one API go, each when it is its turn.

    `api` names its lanes. `reads`: how fast all processes together may; None: as they like.
    """

    def __init__(
        self,
        api: str = "rest",
        *,
        writes: Pace | None = None,
        reads: Rate | None = None,
        turns: Turns | None = None,
        standing: Callable[[], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`standing` raises where nothing may be written any more."""
        self._standing = standing
        self._api, self.writes, self._turns, self._clock = api, writes, turns, clock
        self._speeds: dict[Kind, Speed | None] = {
            "reads": Speed.of(reads) if reads else None,
            "writes": Speed.of(writes.rate) if writes else None,
        }
        self._held = 0
        """Turns of reads that were taken and not used yet."""
        self._looked: dict[Kind, float] = {}

    def waits(self, kind: Kind, within: float) -> Iterator[float]:
        """The seconds to be waited, one after the other, until one request may go. None of more
        than `within` is worth waiting for: it has got no turn."""
        if self.writes and kind == "writes":
            while wait := self.writes.reserve():
                yield wait
        if self._turns is None:
            return
        wait = self._take(self._turns, kind, within)
        while wait:
            yield wait
            wait = self._turns.shut(self._lane(kind))  # has it been asked for meanwhile?

    def stand(self, kind: Kind) -> None:
        """For right before a request is sent. Raises what `standing` does."""
        if self._standing and kind == "writes":
            self._standing()

    def pause(self, kind: Kind, seconds: float) -> None:
        """The tracker has refused such a request for its rate. Who may not read may not write."""
        if self._turns is not None:
            for one in ("reads", "writes") if kind == "reads" else ("writes",):
                self._turns.pause(self._lane(one), min(seconds, LONGEST))

    def _take(self, turns: Turns, kind: Kind, within: float) -> float:
        lane, speed, now = self._lane(kind), self._speeds[kind], self._clock()
        if speed is None or (kind == "reads" and self._held):
            self._held -= speed is not None
            if now - self._looked.get(kind, now - LOOK) < LOOK:
                return 0.0
            self._looked[kind] = now
            return turns.shut(lane)
        self._looked[kind] = now
        number = BATCH if kind == "reads" else 1
        wait = turns.take(lane, speed, number, within)
        if kind == "reads":
            self._held = number - 1 if wait <= within else 0
        return wait

    def _lane(self, kind: str) -> str:
        return f"{self._api} {kind}"
