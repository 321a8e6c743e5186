"""Several processes on one PostgreSQL: what one had begun that died is taken over, no sooner."""

import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from sync.work.alive import GRACE, Alive
from sync.work.queue import Queue
from tests.work.place import until
from tests.work.test_queue import Runs

ENDLESS = """
import sys, time
from pathlib import Path
from sync.work.queue import Queue

def run(backlog):
    Path(sys.argv[2]).write_text(backlog)
    time.sleep(600)

queue = Queue(sys.argv[1], run)
queue.launch()
queue.wake("shop", 0)
time.sleep(600)
"""
END = """
select pg_terminate_backend(pid) from pg_stat_activity
where query like '%workflow_status%' and pid <> pg_backend_pid()
"""


@pytest.fixture
def ghost(postgres_url: str) -> str:
    """A database with a run of a process that is not there."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute("create schema dbos")
        connection.execute("create table dbos.workflow_status (executor_id text, status text)")
        connection.execute("insert into dbos.workflow_status values ('ghost', 'PENDING')")
    return postgres_url


class Recovery:
    """What is told to be taken over, and when."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.told = list[list[str]]()

    def __call__(self, gone: list[str]) -> None:
        self.told.append(gone)
        if len(self.told) <= self.failures:
            raise RuntimeError("the database is away")


def test_what_a_killed_process_had_begun_is_taken_over_and_what_a_living_one_has_is_not(
    postgres_url: str, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    arguments = [sys.executable, "-c", ENDLESS, postgres_url, str(begun)]
    process = subprocess.Popen(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    runs = Runs()
    queue = Queue(postgres_url, runs)
    try:
        until(begun.exists)
        queue.launch()
        time.sleep(GRACE + 2)
        assert runs.begun == []
        process.kill()
        process.wait()
        until(lambda: runs.ended)
        assert [name for name, _ in runs.begun] == ["shop"]
    finally:
        process.kill()
        process.wait()
        queue.stop(60)


def test_a_process_is_not_taken_for_dead_at_once(ghost: str) -> None:
    recovery = Recovery()
    alive = Alive(ghost, "me", recovery)
    alive.start()
    try:
        until(alive.sure.is_set)
        before = time.monotonic()
        until(lambda: recovery.told)
        assert recovery.told[0] == ["ghost"]
        assert time.monotonic() - before >= GRACE
    finally:
        alive.stop()


def test_a_take_over_that_fails_is_tried_again(ghost: str) -> None:
    recovery = Recovery(failures=1)
    alive = Alive(ghost, "me", recovery)
    alive.start()
    try:
        until(lambda: len(recovery.told) > 1)
        until(alive.sure.is_set)
    finally:
        alive.stop()


def test_whoever_loses_the_lock_is_not_sure_and_takes_it_again(ghost: str) -> None:
    alive = Alive(ghost, "me", Recovery())
    alive.start()
    try:
        until(alive.sure.is_set)
        with capture_logs() as told, psycopg.connect(ghost, autocommit=True) as connection:
            until(lambda: connection.execute(END).fetchall())
            until(lambda: [one["event"] for one in told] == ["alive.lost"])
        until(alive.sure.is_set)
    finally:
        alive.stop()
