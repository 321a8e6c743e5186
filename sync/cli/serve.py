"""The commands that stay until they are told to end: `worker`."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click
import structlog

from sync.cli.common import common, now, open_settings, surroundings

if TYPE_CHECKING:
    from sync.work.service import Service

log = structlog.get_logger(__name__)

reload = click.option(
    "--reload", is_flag=True, help="Read the settings anew whenever their file changes."
)
drain = click.option(
    "--drain",
    type=click.FloatRange(min=0),
    default=20.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait at the end for runs that are under way.",
)


@click.command()
@reload
@drain
@common
def worker(reload: bool, drain: float, config: Path, log_format: str) -> None:
    """More hands for the state that `serve` writes: runs and schedule, and no web.

    Any number of them may share a PostgreSQL. Ends as `serve` does.
    """
    with _working(config, log_format, reload, drain) as (_, ended):
        log.info("working")
        ended.wait()


@contextmanager
def _working(
    path: Path, log_format: str, watch: bool, drain: float
) -> Iterator[tuple[Service, threading.Event]]:
    """While it lasts, runs are made. The event: somebody wants it to end."""
    # Slow to import, and no other command needs it.
    from sync.work.current import Current  # noqa: PLC0415
    from sync.work.service import Service  # noqa: PLC0415

    ended = threading.Event()
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: ended.set())
    current = Current(
        path, lambda: open_settings(path, log_format), surroundings(path), now, watch=watch
    )
    signal.signal(signal.SIGHUP, lambda *_: current.ask())
    service = Service(current)
    service.start()
    try:
        yield service, ended
    finally:
        log.info("ending", patience=drain)
        if not service.stop(drain):
            log.warning("ended", left="runs under way, which are taken up by another, or the next")
            os._exit(0)  # what they have begun is in the journal, as when the process is killed
        log.info("ended")
