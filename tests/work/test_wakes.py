"""Many wakes become few."""

import time

from sync.work.wakes import Wakes
from tests.work.place import until


def test_what_is_woken_again_and_again_is_asked_for_once() -> None:
    asked = list[str]()
    wakes = Wakes(asked.append)
    wakes.start()
    for _ in range(20):
        wakes.wake("shop", 0.2)
        time.sleep(0.01)
    assert not asked
    until(lambda: asked)
    time.sleep(0.3)
    wakes.stop()
    assert asked == ["shop"]


def test_a_storm_puts_it_off_for_two_seconds_at_most() -> None:
    asked = list[float]()
    wakes = Wakes(lambda _: asked.append(time.monotonic()))
    wakes.start()
    begun = time.monotonic()
    while time.monotonic() < begun + 3:
        wakes.wake("shop", 0.3)
        time.sleep(0.01)
    wakes.stop()
    assert 1 <= len(asked) <= 2
    assert 1.9 < asked[0] - begun < 2.5


def test_backlogs_do_not_wait_for_each_other() -> None:
    asked = list[str]()
    wakes = Wakes(asked.append)
    wakes.wake("later", 5)
    wakes.wake("soon", 0.01)
    wakes.start()
    until(lambda: asked)
    wakes.stop()
    assert asked == ["soon"]


def test_while_nobody_can_be_asked_it_is_tried_again() -> None:
    tried = list[str]()

    def ask(backlog: str) -> None:
        tried.append(backlog)
        if len(tried) == 1:
            raise ConnectionError("the database is away")

    wakes = Wakes(ask)
    wakes.start()
    wakes.wake("shop", 0)
    until(lambda: len(tried) == 2)
    wakes.stop()
