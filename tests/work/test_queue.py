"""The queue on a file: what is asked for happens, one run of a backlog at a time."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from sync.state import StateError
from sync.work import queue
from sync.work.queue import Plain, Queue
from tests.work.place import until


class Runs:
    """What is run, and when."""

    def __init__(self, lasts: float = 0.0) -> None:
        self.lasts = lasts
        self.begun = list[tuple[str, float]]()
        self.ended = list[tuple[str, float]]()
        self.again = list[float | None]()
        self.go = threading.Event()
        self.go.set()

    def __call__(self, backlog: str) -> float | None:
        self.begun.append((backlog, time.monotonic()))
        self.go.wait(90)
        time.sleep(self.lasts)
        self.ended.append((backlog, time.monotonic()))
        return self.again.pop() if self.again else None


@pytest.fixture
def state(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'onebacklog.db'}"


@pytest.fixture
def runs() -> Runs:
    return Runs()


@pytest.fixture
def asking(state: str, runs: Runs) -> Iterator[Queue]:
    made = Queue(state, runs)
    made.launch()
    try:
        yield made
    finally:
        runs.go.set()
        made.stop(60)


def test_what_is_woken_is_run_soon_and_its_file_is_private(
    asking: Queue, runs: Runs, tmp_path: Path
) -> None:
    asking.wake("shop")
    until(lambda: runs.ended)
    assert runs.begun[0][0] == "shop"
    assert (tmp_path / "onebacklog-queue.db").stat().st_mode & 0o777 == 0o600


def test_a_second_process_on_a_file_is_refused_with_a_remedy(asking: Queue, state: str) -> None:
    with pytest.raises(StateError, match="served by one process"):
        Queue(state, Runs()).launch()


def test_runs_of_one_backlog_never_overlap_and_another_does_not_wait(
    asking: Queue, runs: Runs
) -> None:
    runs.go.clear()
    asking.wake("shop", 0)
    until(lambda: len(runs.begun) == 1)
    for _ in range(3):
        asking._ask("shop")
    asking.wake("other", 0)
    until(lambda: len(runs.begun) == 2)
    assert [name for name, _ in runs.begun] == ["shop", "other"]
    time.sleep(1)
    assert len(runs.begun) == 2
    runs.go.set()
    until(lambda: len(runs.ended) == 5)
    times = sorted(
        (began, end)
        for (one, began), (_, end) in zip(
            [x for x in runs.begun if x[0] == "shop"],
            [x for x in runs.ended if x[0] == "shop"],
            strict=True,
        )
        if one == "shop"
    )
    assert all(end <= began for (_, end), (began, _) in pairwise(times))


def test_a_storm_on_one_backlog_holds_up_no_other(asking: Queue, runs: Runs) -> None:
    """Its event has a run while the storm lasts, and the run that the storm asked for."""
    runs.go.clear()
    ended = threading.Event()

    def storm() -> None:
        while not ended.wait(0.002):
            asking.wake("stormy")

    thread = threading.Thread(target=storm)
    thread.start()
    try:
        until(lambda: runs.begun)
        asking.wake("calm")
        until(lambda: len(runs.begun) == 2)
        assert [name for name, _ in runs.begun] == ["stormy", "calm"]
        assert not runs.ended
    finally:
        ended.set()
        thread.join()


def test_what_is_to_be_made_again_is_once(asking: Queue, runs: Runs) -> None:
    runs.again = [1.0]
    asking.wake("shop", 0)
    until(lambda: len(runs.ended) == 1)
    until(lambda: asking.asked() == {"shop"})
    runs.again = [1.0]
    asking.wake("shop", 0)  # something came in between, and fails as well
    until(lambda: len(runs.ended) == 3)
    time.sleep(1.5)
    assert len(runs.ended) == 3
    assert runs.begun[2][1] - runs.ended[0][1] > 0.9
    assert not asking.asked()


def test_runs_that_ended_long_ago_are_forgotten(
    asking: Queue, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        asking._ask("shop")
    until(lambda: len(runs.ended) == 3 and not asking.asked())
    monkeypatch.setattr(queue, "MANY", 2)
    asking.forget(datetime.now(UTC))
    assert asking.asked(*queue.ENDED) == {"shop"}
    asking.forget(datetime.now(UTC) + timedelta(days=2))
    assert not asking.asked(*queue.ENDED)


def test_the_end_waits_for_a_run_and_begins_no_more(asking: Queue, runs: Runs) -> None:
    runs.lasts = 1.0
    asking.wake("shop", 0)
    until(lambda: runs.begun)
    asking._ask("other")
    assert asking.stop(60)
    assert [name for name, _ in runs.ended] == ["shop"]
    runs.lasts = 0


def test_a_run_that_does_not_end_in_time_is_said_to_be_left(state: str) -> None:
    runs = Runs()
    runs.go.clear()
    asking = Queue(state, runs)
    asking.launch()
    asking.wake("shop", 0)
    until(lambda: runs.begun)
    assert not asking.stop(0.1)
    runs.go.set()
    until(lambda: runs.ended)


def test_what_a_process_left_is_run_by_the_next(state: str) -> None:
    left = Runs()
    left.go.clear()
    first = Queue(state, left)
    first.launch()
    first.wake("shop", 0)
    until(lambda: left.begun)
    first.stop(0)
    runs = Runs()
    second = Queue(state, runs)
    second.launch()
    try:
        until(lambda: runs.ended)
    finally:
        left.go.set()
        second.stop(60)


def test_what_is_stored_is_plain_text() -> None:
    plain = Plain()
    assert plain.deserialize(plain.serialize({"args": ["shop"]})) == {"args": ["shop"]}
    assert plain.name() == "json"
    with pytest.raises(ValueError, match="Expecting value"):
        plain.deserialize("gASVCAAAAAAAAACMBHNob3CULg==")
