"""The worker beside the web, with small programs in its place."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from sync.work import supervisor as module
from sync.work.supervisor import Supervisor, follow
from tests.work.place import until

PROGRAM = """
import os, signal, socket, sys, time
said = open(sys.argv[1], "a", buffering=1)
leader = socket.socket(fileno=int(sys.argv[-1]))
{before}
signal.signal(signal.SIGHUP, lambda *_: said.write("reload\\n"))
said.write(f"pid {{os.getpid()}}\\n")
leader.send(b"!")
{after}
"""
LISTENS = "for line in leader.makefile(): said.write(line)"
SLEEPS = "time.sleep(60)"


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BEAT", 0.05)
    monkeypatch.setattr(module, "SOONEST", 0.05)


@pytest.fixture
def story(tmp_path: Path) -> Path:
    return tmp_path / "story"


@contextmanager
def beside(
    story: Path, after: str = LISTENS, before: str = "", wanted: bool = True, patience: float = 30
) -> Iterator[Supervisor]:
    program = PROGRAM.format(before=before, after=after)
    made = Supervisor([sys.executable, "-c", program, str(story)], lambda: wanted)
    try:
        yield made
    finally:
        made.stop(patience)
    assert not made.launched()


def pids(story: Path) -> list[int]:
    lines = story.read_text().splitlines()
    return [int(one.partition(" ")[2]) for one in lines if one.startswith("pid ")]


def test_it_is_told_what_to_wake_and_to_read_the_settings(story: Path) -> None:
    with beside(story) as made:
        made.wake("nobody-listens-yet")
        made.reload()
        assert made.start() is None
        assert made.launched()
        for name in ("shop", "till"):
            made.wake(name)
        until(lambda: "till" in story.read_text())
        made.reload()
        until(lambda: "reload" in story.read_text())
    assert story.read_text().splitlines()[1:] == ["shop", "till", "reload"]


def test_one_that_is_killed_is_started_again(story: Path) -> None:
    with beside(story) as made, capture_logs() as lines:
        made.start()
        os.kill(pids(story)[0], signal.SIGKILL)
        until(lambda: not made.launched())
        until(lambda: len(pids(story)) == 2 and made.launched())
        made.wake("shop")
        until(lambda: "shop" in story.read_text())
    assert [(one["event"], one["code"]) for one in lines] == [("worker.ended", -9)]


def test_one_that_is_no_longer_wanted_is_not(story: Path) -> None:
    with beside(story, wanted=False) as made:
        made.start()
        os.kill(pids(story)[0], signal.SIGKILL)
        until(lambda: not made.launched())
        threading.Event().wait(0.3)
    assert len(pids(story)) == 1


def test_the_code_of_one_that_cannot_begin_is_told(story: Path) -> None:
    with beside(story, before="sys.exit(2)") as made:
        assert made.start() == 2


def test_one_that_is_told_to_end_before_it_began_does_not(story: Path) -> None:
    with beside(story) as made:
        made.end()
        assert made.start() == 0
    assert not story.exists()


def test_what_cannot_be_started_again_is_tried_again(
    story: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with beside(story) as made, capture_logs() as lines:
        made.start()
        command, made._command = made._command, ["/there/is/no/such/program"]
        os.kill(pids(story)[0], signal.SIGKILL)
        until(lambda: [one for one in lines if one["event"] == "supervisor.failed"])
        made._command = command
        until(lambda: len(pids(story)) == 2)


def test_one_that_does_not_end_in_time_is_killed(story: Path) -> None:
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    with capture_logs() as lines, beside(story, SLEEPS, before=deaf, patience=0.2) as made:
        made.start()
    assert [one["event"] for one in lines] == ["worker.killed"]


def test_one_that_does_not_listen_holds_nobody_up(story: Path) -> None:
    with beside(story, SLEEPS) as made:
        made.start()
        for _ in range(100_000):
            made.wake("shop")


def test_it_wakes_what_it_is_told_of_until_it_is_left_alone() -> None:
    ours, theirs = socket.socketpair()
    woken, alone = list[str](), threading.Event()
    with theirs:
        follow(theirs, woken.append, alone.set)
        ours.send(b"shop\ntill\n")
        until(lambda: woken == ["shop", "till"])
        assert not alone.is_set()
        ours.close()
        assert alone.wait(30)
