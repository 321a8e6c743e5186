"""What befalls the processes of a fleet, and its database, while people work."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from random import Random
from typing import TypeAlias

from tests.postgres import Server
from tests.work.fleet import Fleet
from tests.work.people import People

Trouble: TypeAlias = Callable[[], None]


def killed(fleet: Fleet, random: Random) -> Trouble:
    """A process ends at some instant, and is started again at once: by us; or by `serve`, where it
    was only the worker beside it."""

    def strike() -> None:
        node = random.choice(fleet.nodes)
        if len(node.pids) > 1 and random.random() < 0.4:
            node.lose_worker()
            return
        node.kill()
        node.start()

    return strike


def restarted(server: Server, mode: str) -> Trouble:
    """The database loses all sessions; `immediate`: as after a crash."""
    return lambda: server.restart(mode)


def paused(fleet: Fleet, random: Random, seconds: float, during: Trouble) -> Trouble:
    """A process stands still, and goes on later as if nothing had been."""

    def strike() -> None:
        node = random.choice(fleet.nodes)
        node.send(signal.SIGSTOP)
        try:
            time.sleep(seconds / 4)
            during()
            time.sleep(seconds * 3 / 4)
        finally:
            node.send(signal.SIGCONT)

    return strike


def work(people: People, seconds: float, per_second: float) -> None:
    """They do so much, in steps that nothing that happens to the processes holds up."""
    end, step = time.monotonic() + seconds, 1 / per_second
    while time.monotonic() < end:
        people.act()
        time.sleep(step)


@contextmanager
def trouble(strikes: Iterable[Trouble], every: float) -> Iterator[list[float]]:
    """One after the other, beside what is in the block; ends with it. Yields when each was."""
    ended, times = threading.Event(), list[float]()
    failures = list[BaseException]()

    def go() -> None:
        try:
            for strike in strikes:
                if ended.wait(every):
                    return
                strike()
                times.append(time.monotonic())
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    try:
        yield times
    finally:
        ended.set()
        thread.join()
    if failures:
        raise failures[0]
