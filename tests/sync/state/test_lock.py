"""One writer of a backlog at a time: over threads and processes, on a file and on a server."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sync.state import Busy, StateError, hold

HOLDS = """
import sys, time
from sync.state import hold
with hold(sys.argv[1], 0, sys.argv[2] or None):
    print("held", flush=True)
    time.sleep(60)
"""


@contextmanager
def held(url: str, backlog: str | None) -> Iterator[subprocess.Popen[str]]:
    """By another process."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, url, backlog or ""],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def is_held(url: str, backlog: str | None) -> bool:
    try:
        with hold(url, 0, backlog):
            return False
    except Busy:
        return True


def test_while_a_backlog_is_written_another_may_be_and_the_whole_may_not(url: str) -> None:
    with held(url, "shop"):
        assert {name: is_held(url, name) for name in ("shop", "till", None)} == {
            "shop": True,
            "till": False,
            None: True,
        }


def test_while_the_whole_is_written_no_backlog_may_be(url: str) -> None:
    with held(url, None):
        assert {name: is_held(url, name) for name in ("shop", None)} == {"shop": True, None: True}


def test_who_is_killed_lets_go(url: str) -> None:
    with held(url, "shop") as process:
        process.kill()
        process.wait()
        with hold(url, 5, None):
            pass


def test_threads_of_one_process_wait_for_each_other(url: str) -> None:
    inside, most = 0, 0

    def write() -> None:
        nonlocal inside, most
        with hold(url, 30, "shop"):
            inside += 1
            most = max(most, inside)
            time.sleep(0.02)
            inside -= 1

    threads = [threading.Thread(target=write) for _ in range(6)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert most == 1


def test_who_waits_gets_its_turn_when_the_other_ends(url: str) -> None:
    with held(url, "shop") as process:
        timer = threading.Timer(0.3, process.kill)
        timer.start()
        with hold(url, 30, "shop"):
            assert process.wait() != 0
        timer.join()


def test_what_goes_wrong_inside_lets_go(url: str) -> None:
    with pytest.raises(ZeroDivisionError), hold(url, 0, "shop"):
        _ = 1 // 0
    assert not is_held(url, None)


def test_a_folder_of_another_is_no_place_for_a_lock(tmp_path: Path) -> None:
    (tmp_path / "state.db.lock").mkdir()
    with (
        pytest.raises(StateError, match=r"state\.db\.lock cannot be opened"),
        hold(f"sqlite:///{tmp_path / 'state.db'}", 0, "shop"),
    ):
        pass
