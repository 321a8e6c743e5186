"""The commands that stay until they are told to end: `serve` and `worker`."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import structlog

from sync.cli.common import Exit, common, now, open_settings, surroundings

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

    from sync.work.service import Service

log = structlog.get_logger(__name__)

LAST_ANSWERS = 5
"""Seconds for requests that are being answered at the end."""
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
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0: a free one."
)
@reload
@drain
@common
def serve(host: str, port: int, reload: bool, drain: float, config: Path, log_format: str) -> None:
    """Keep the backlogs consistent: on webhooks and by schedule; with a dashboard and metrics.

    SIGHUP has the settings read anew. SIGTERM and SIGINT end it.
    """
    # Slow to import, and no other command needs it.
    from sync.web import Serving, application  # noqa: PLC0415

    with _working(config, log_format, reload, drain) as (service, ended):
        current = service.current
        serving = Serving(
            lambda: current.config, current.around, service.wake, lambda: not ended.is_set(), now
        )
        with _listening(host, port) as listener:
            log.info("serving", host=host, port=listener.getsockname()[1])
            _web(application(serving)).run([listener])
        if not ended.is_set():  # the web could not begin, which its log says
            raise SystemExit(Exit.FAILED)


@click.command()
@reload
@drain
@common
def worker(reload: bool, drain: float, config: Path, log_format: str) -> None:
    """More hands for the PostgreSQL that `serve` works on: runs and schedule, and no web.

    SIGHUP has the settings read anew. SIGTERM and SIGINT end it.
    """
    with _working(config, log_format, reload, drain) as (_, ended):
        log.info("working")
        ended.wait()


def _web(application: Starlette) -> uvicorn.Server:
    """Ends by the signals that end the work: uvicorn sees them first, and hands them on."""
    import uvicorn  # noqa: PLC0415

    from sync.web import UVICORN  # noqa: PLC0415

    options: Any = {**UVICORN, "log_config": None, "timeout_graceful_shutdown": LAST_ANSWERS}
    return uvicorn.Server(uvicorn.Config(application, **options))


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # Named as TCP, so that asyncio sets TCP_NODELAY: without it each answer waits 40 ms.
        with socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            yield listener
    except OSError as error:
        raise click.UsageError(
            f"{host}, port {port}: {error.strerror}; name others with --host and --port"
        ) from None


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
