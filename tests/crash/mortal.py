"""A process that has everything imported and runs onebacklog's commands in forks of itself.

A fork is an ordinary process that ends by SIGKILL where it is told to: before its nth commit of the
state, or its nth change of a file in the backlog's folder. Or it stands still, by SIGSTOP, once it
has stored for the nth time what it is about to create. It hooks into SQLAlchemy and Python for
that, not into onebacklog. Run as `python -m tests.crash.mortal`; one JSON object a line goes in.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import signal
import sys
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import Any

_sleep = time.sleep
time.sleep = lambda seconds: _sleep(min(seconds, 0.01))  # waits between tries are no matter here

import alembic.command  # noqa: E402, F401
import sqlalchemy.dialects.sqlite  # noqa: E402, F401
from sqlalchemy import Engine, Pool, event  # noqa: E402

from sync.cli import main  # noqa: E402


class Steps:
    """Counts what a run does to its own disk, and ends it before the step that is named."""

    def __init__(self, folder: Path, kind: str | None, at: int) -> None:
        self.backlog = f"{folder / 'backlog'}{os.sep}"
        self.kind, self.at = kind, at
        self.seen: Counter[str] = Counter()

    def watch(self) -> None:
        event.listen(Engine, "commit", lambda _: self._step("commit"))
        sys.addaudithook(self._audit)
        if self.kind == "intent":
            self._watch_intents()

    def _watch_intents(self) -> None:
        """Stored is what a connection did that goes back to its pool."""
        stored: list[str] = []

        def execute(*about: Any) -> None:
            stored.extend(about[2:3] if about[2].startswith("INSERT INTO intent") else ())

        def checkin(*_: Any) -> None:
            if stored:
                stored.clear()
                self._step("intent", signal.SIGSTOP)

        event.listen(Engine, "before_cursor_execute", execute)
        event.listen(Pool, "checkin", checkin)

    def _audit(self, name: str, arguments: tuple[Any, ...]) -> None:
        if name == "os.rename":
            _, target, _, folder = arguments
            within = Path(f"/proc/self/fd/{folder}").readlink() if folder >= 0 else Path.cwd()
            if str(within / target).startswith(self.backlog):
                self._step("file")

    def _step(self, kind: str, how: signal.Signals = signal.SIGKILL) -> None:
        if (kind, self.seen[kind]) == (self.kind, self.at):
            os.kill(os.getpid(), how)
        self.seen[kind] += 1


def warm(order: dict[str, Any]) -> None:
    """A dry run in this very process: what it loads and compiles, no fork has to do again."""
    os.environ.update(order["environment"])
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        main(order["arguments"])
    gc.collect()
    gc.freeze()


def run(order: dict[str, Any]) -> int:
    """One command in this process, which is a fork; its exit code."""
    folder = Path(order["folder"])
    log = (folder / "run.log").open("a", encoding="utf-8")
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    os.environ.update(order["environment"])
    steps = Steps(folder, order.get("kind"), order.get("at", 0))
    steps.watch()
    code = 0
    try:
        main(order["arguments"])
    except SystemExit as end:
        code = int(end.code or 0)
    except BaseException:
        traceback.print_exc()
        code = 99
    sys.stdout.flush()
    (folder / "steps.json").write_text(json.dumps(steps.seen), encoding="utf-8")
    return code


def _answer(word: object) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def serve() -> None:
    """For each order: the fork's pid, then, once it is told to go on, how the fork ended."""
    for line in iter(sys.stdin.readline, ""):
        order = json.loads(line)
        if order["here"]:
            warm(order)
            _answer("")
            continue
        ready, go = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.read(ready, 1)  # whoever is to kill it knows it first
            os._exit(run(order))
        _answer(pid)
        sys.stdin.readline()
        os.write(go, b"!")
        _, status = os.waitpid(pid, 0)
        os.close(ready)
        os.close(go)
        _answer(os.waitstatus_to_exitcode(status))


if __name__ == "__main__":
    serve()
