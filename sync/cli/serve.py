"""The commands that stay until they are told to end: `serve` and `worker`."""

from __future__ import annotations

import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import structlog

from sync.cli.common import Exit, common, now, open_settings, surroundings

if TYPE_CHECKING:
    import uvicorn
    from starlette.applications import Starlette

    from sync.work.current import Current

log = structlog.get_logger(__name__)

LAST_ANSWERS = 5
"""Seconds for requests that are being answered at the end."""
LAST_STEPS = 10
"""Seconds that a worker has to end beside those in which it waits for its runs."""
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

    SIGHUP has the settings read anew. SIGTERM and SIGINT end it. Runs are made by a `worker`
    beside it, which ends with it.
    """
    # Slow to import, and no other command needs it.
    from sync.web import Serving, application  # noqa: PLC0415
    from sync.work.supervisor import Supervisor  # noqa: PLC0415

    current, ended = _current(config, log_format, reload), threading.Event()

    def wanted() -> bool:
        current.refresh()
        return not (ended.is_set() or web.should_exit)

    def read_anew() -> None:
        current.ask()
        supervisor.reload()

    def end() -> None:
        ended.set()
        supervisor.end()

    supervisor = Supervisor(_worker(config, log_format, reload, drain), wanted)
    around, wake, launched = current.around, supervisor.wake, supervisor.launched
    web = _web(application(Serving(lambda: current.config, around, wake, launched, now)))
    _on_signals(read_anew, end)
    with _listening(host, port) as listener:
        try:
            code = supervisor.start()
            if code is None and not ended.is_set():
                log.info("serving", host=host, port=listener.getsockname()[1])
                web.run([listener])
        finally:
            supervisor.stop(drain + LAST_STEPS)
    if not ended.is_set():  # one of the two could not begin, which its log says
        raise SystemExit(code or Exit.FAILED)


@click.command()
@reload
@drain
@click.option("--follow", type=int, hidden=True)
@common
def worker(reload: bool, drain: float, follow: int | None, config: Path, log_format: str) -> None:
    """More hands for the PostgreSQL that `serve` works on: runs and schedule, and no web.

    SIGHUP has the settings read anew. SIGTERM and SIGINT end it.
    """
    with _working(config, log_format, reload, drain, follow) as ended:
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


def _worker(config: Path, log_format: str, reload: bool, drain: float) -> list[str]:
    """The command that `serve` has beside it. -P: nothing is imported from where it is started."""
    given = ["--config", str(config), "--log-format", log_format, "--drain", str(drain)]
    return [sys.executable, "-P", "-m", "sync.cli", "worker", *given, *["--reload"][: int(reload)]]


def _current(path: Path, log_format: str, watch: bool) -> Current:
    from sync.work.current import Current  # noqa: PLC0415

    around = surroundings(path)
    return Current(path, lambda: open_settings(path, log_format), around, now, watch=watch)


def _on_signals(read_anew: Callable[[], None], end: Callable[[], None]) -> None:
    signal.signal(signal.SIGHUP, lambda *_: read_anew())
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda *_: end())


@contextmanager
def _working(
    path: Path, log_format: str, watch: bool, drain: float, led_by: int | None
) -> Iterator[threading.Event]:
    """While it lasts, runs are made. The event: somebody wants it to end."""
    # Slow to import, and no other command needs it.
    from sync.work.service import Service  # noqa: PLC0415
    from sync.work.supervisor import READY, follow  # noqa: PLC0415

    ended = threading.Event()
    current = _current(path, log_format, watch)
    _on_signals(current.ask, ended.set)
    service = Service(current)
    with socket.socket(fileno=led_by) if led_by is not None else nullcontext() as leader:
        if leader:
            follow(leader, service.wake, alone=lambda: os._exit(Exit.FAILED))  # as when killed
        service.start()
        if leader:
            leader.send(READY)
        try:
            yield ended
        finally:
            log.info("ending", patience=drain)
            if not service.stop(drain):
                left = "runs under way, which are taken up by another, or the next"
                log.warning("ended", left=left)
                os._exit(0)  # what they have begun is in the journal, as when the process is killed
            log.info("ended")
