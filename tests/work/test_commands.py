"""`worker` from outside: what it does, and how it ends."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from sync.cli import main
from sync.cli import serve as commands
from sync.work.service import Service
from tests.work.place import Place, place, until

STORY = {"type": "Story", "summary": "Pay by card"}
ONEBACKLOG = [sys.executable, "-c", "from sync.cli import main; main()"]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path, "    schedule: {every: 1d}\n", jira=[STORY]) as made:
        yield made


@pytest.fixture(autouse=True)
def _signals() -> Iterator[None]:
    kept = {one: signal.getsignal(one) for one in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    yield
    for one, what in kept.items():
        signal.signal(one, what)


@contextmanager
def started(here: Place, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*ONEBACKLOG, *arguments, "--config", str(here.made.settings)],
        env={**os.environ, **here.made.environment},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def _when(true: object, do: object) -> threading.Thread:
    def go() -> None:
        until(true)  # type: ignore[arg-type]
        do()  # type: ignore[operator]

    thread = threading.Thread(target=go)
    thread.start()
    return thread


def test_a_worker_carries_everything_and_ends_well(here: Place) -> None:
    with started(here, "worker") as process:
        until(lambda: set(here.made.records("github")) == {"Pay by card"})
        process.send_signal(signal.SIGTERM)
        _, story = process.communicate(timeout=90)
        assert process.returncode == 0
    assert "run.done" in story
    assert "ended" in story.splitlines()[-1]


def test_a_second_one_on_a_file_is_refused_with_a_remedy(here: Place) -> None:
    with started(here, "worker") as process:
        until(lambda: set(here.made.records("github")) == {"Pay by card"})
        with started(here, "worker") as second:
            _, story = second.communicate(timeout=90)
            assert second.returncode == 1
        assert "move the state to PostgreSQL" in story
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=90) == 0


def test_what_is_under_way_for_too_long_is_left_to_the_next(here: Place) -> None:
    with started(here, "worker", "--drain", "0") as process:
        until(lambda: set(here.made.records("github")) == {"Pay by card"})
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


def test_settings_that_are_changed_are_taken_without_a_new_start(here: Place) -> None:
    settings = here.made.settings

    def change() -> None:
        text = settings.read_text()
        settings.write_text(text.replace("  shop:", "  other:", 1))
        os.kill(os.getpid(), signal.SIGHUP)
        time.sleep(3)
        os.kill(os.getpid(), signal.SIGTERM)

    thread = _when(lambda: "Pay by card" in here.made.records("github"), change)
    result = here.made.run("worker")
    thread.join()
    assert result.code == 0
    assert "settings.read backlogs=['other']" in result.err


def test_runs_that_are_left_end_with_the_process(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, codes = Service.stop, list[int]()
    monkeypatch.setattr(Service, "stop", lambda self, drain: stop(self, drain) and False)
    monkeypatch.setattr(commands.os, "_exit", codes.append)
    thread = _when(
        lambda: "Pay by card" in here.made.records("github"),
        lambda: os.kill(os.getpid(), signal.SIGTERM),
    )
    result = here.made.run("worker")
    thread.join()
    assert codes == [0]
    assert "taken up" in result.err


def test_no_other_command_waits_for_what_only_servers_need() -> None:
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, sync.cli; print({'dbos', 'psycopg'} & {*sys.modules})",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout.strip() == "set()"
    assert CliRunner().invoke(main, ["worker", "--help"]).exit_code == 0
