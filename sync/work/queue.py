"""The one module that knows DBOS: asks for runs, durably, and makes one of a backlog at a time.

Used thinly: no steps, no retries, no schedules of its own. What is to be done stands in our inbox,
and who may write in our fence; all that DBOS holds is that a backlog is to be looked at. Its own
tables are beside the state's file, or in the schema `dbos` of the same PostgreSQL.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias
from uuid import uuid4

from dbos import DBOS, EnqueueOptions, Serializer
from filelock import FileLock, Timeout

from sync.state import Busy
from sync.state.database import PRIVATE, make, path_of
from sync.work.alive import CAREFUL, Alive
from sync.work.wakes import Wakes

Run: TypeAlias = Callable[[str], float | None]
"""Makes one run of that backlog, and raises nothing. Returns in how many seconds it is to be made
again, where it could not do all; else None."""

VERSION = "1"
"""Of what is queued, not of the program: DBOS leaves alone what another version has queued."""
RUN, RUNS = "run", "runs"
AT_ONCE = 4
"""Runs of one process, each of another backlog."""
POLL_FILE, POLL_SERVER = 0.2, 0.5
"""Seconds. Each poll of each process is a query; on a file there is only one process."""
ALONE = "local"
"""The one process of a file; what it left is its own when it comes back."""
LINGERS = 3.0
"""Seconds that one which was killed may take to let go of a file: see sync.work.supervisor."""
OPEN = ["PENDING", "ENQUEUED", "DELAYED"]
ENDED = ["SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED"]
KEPT = timedelta(days=1)
MANY = 500


class Queue:
    """What is asked for, from here and from every process that shares the state."""

    def __init__(self, state: str, run: Run) -> None:
        self.state, self.run = state, run
        self.running: set[str] = set()
        self._stopping = threading.Event()
        self._wakes = Wakes(self._ask)
        self._alive: Alive | None = None
        self._lock: FileLock | None = None

    def launch(self) -> None:
        """Begins to make runs, with those that a killed process left. Raises StateError."""
        url, on_file = _url(self.state), self.state.startswith("sqlite")
        name = ALONE if on_file else uuid4().hex
        if on_file:
            self._lock = _only_one(path_of(url), path_of(self.state))
        DBOS.workflow(name=RUN, max_recovery_attempts=None)(self._workflow())
        DBOS(
            config={
                "name": "onebacklog",
                "system_database_url": url,
                "executor_id": name,
                "application_version": VERSION,
                "log_level": "WARNING",
                "serializer": Plain(),
                "use_listen_notify": False,
                "sys_db_pool_size": 2 * AT_ONCE,
                "db_engine_kwargs": {} if on_file else {"connect_args": dict(CAREFUL)},
            }
        )
        DBOS.launch()
        DBOS.register_queue(
            RUNS,
            partition_concurrency=1,
            worker_concurrency=AT_ONCE,
            polling_interval_sec=POLL_FILE if on_file else POLL_SERVER,
        )
        if not on_file:
            self._alive = Alive(url, name, DBOS._recover_pending_workflows)
            self._alive.start()
        self._wakes.start()

    def wake(self, backlog: str, after: float = 0.3) -> None:
        """Asks for a run soon; returns at once. What is asked for shortly after is the same run."""
        self._wakes.wake(backlog, after)

    def asked(self, *states: str) -> set[str]:
        """Backlogs with a run that is made now, or is to be made."""
        found = DBOS.list_workflows(
            status=list(states or OPEN), queue_name=RUNS, load_input=False, load_output=False
        )
        return {one.queue_partition_key for one in found if one.queue_partition_key}

    def forget(self, now: datetime) -> None:
        """Removes what is remembered of runs that ended long ago; DBOS itself never does."""
        before = (now - KEPT).astimezone(UTC).isoformat()
        while old := DBOS.list_workflows(
            status=ENDED, end_time=before, limit=MANY, load_input=False, load_output=False
        ):
            DBOS.delete_workflows([one.workflow_id for one in old])

    def stop(self, deadline: float) -> bool:
        """Begins no more runs, and waits so many seconds for those that are made. False where some
        are left: their process is to end at once, and another takes them up."""
        self._stopping.set()
        self._wakes.stop()
        end = time.monotonic() + deadline
        while self.running and time.monotonic() < end:
            time.sleep(0.05)
        # A second, in which its threads end: one that took a run just now would find nothing to
        # make it with.
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=1)
        if self._alive:
            self._alive.stop()
        if self._lock:
            self._lock.release()
        return not self.running

    def _workflow(self) -> Callable[[str], None]:
        def run(backlog: str) -> None:
            if not self._may_begin():
                return  # what waits in the inbox is found by whoever comes next
            self.running.add(backlog)
            try:
                again = self.run(backlog)
            finally:
                self.running.discard(backlog)
            if again is not None and backlog not in self.asked("ENQUEUED", "DELAYED"):
                self._ask(backlog, again)

        return run

    def _may_begin(self) -> bool:
        """Waits while this process does not know that it is taken to be alive."""
        while self._alive and not self._alive.sure.wait(1) and not self._stopping.is_set():
            continue
        return not self._stopping.is_set()

    def _ask(self, backlog: str, after: float = 0) -> None:
        options: EnqueueOptions = {
            "workflow_name": RUN,
            "queue_name": RUNS,
            "queue_partition_key": backlog,
            "app_version": VERSION,
        }
        if after:
            options["delay_seconds"] = after
        DBOS.enqueue_workflow_with_options(options, backlog)


class Plain(Serializer):
    """What DBOS stores is text that can be read, and never a pickle, which could run anything."""

    def serialize(self, data: Any) -> str:
        return json.dumps(data, default=str)

    def deserialize(self, serialized_data: str) -> Any:
        return json.loads(serialized_data)

    def name(self) -> str:
        return "json"


def _url(state: str) -> str:
    """Where DBOS keeps its own: beside the state's file, or in the same database."""
    if not state.startswith("sqlite"):
        return state
    path = path_of(state)
    return f"sqlite:///{path.with_name(f'{path.stem}-queue{path.suffix}')}"


def _only_one(path: Path, state: Path) -> FileLock:
    lock = FileLock(f"{path}.lock", timeout=LINGERS, mode=PRIVATE)
    try:
        make(path)
        lock.acquire()
    except Timeout:
        raise Busy(
            f"another onebacklog serves {state}: a state in a file is served by one process. Stop "
            "that one, or move the state to PostgreSQL, which any number may share"
        ) from None
    return lock
