"""A progress bar on a terminal for work that takes over a second; nothing in a pipe."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from sync.model import TrackerName

PATIENCE = 1.0
"""Seconds without a bar."""


@contextmanager
def bar(what: str, total: int) -> Iterator[Callable[[TrackerName, int], None]]:
    """Gives what is to be told of each step: on which tracker, how many."""
    if not sys.stderr.isatty():
        yield lambda tracker, steps: None
        return
    progress = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = progress.add_task(what, total=total)
    began = time.monotonic()

    def step(tracker: TrackerName, steps: int) -> None:
        if not progress.live.is_started and time.monotonic() - began > PATIENCE:
            progress.start()
        progress.update(task, advance=steps, description=f"{what} {tracker}")

    try:
        yield step
    finally:
        progress.stop()


@contextmanager
def waiting(what: str) -> Iterator[None]:
    """A sign of life while something is read."""
    if not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(what):
        yield
