"""Keeps the work in a process beside the web's, so that no answer waits for a run.

Within one process a run and the web's loop would take turns, and an answer takes several turns. The
other process is a `worker`, which is told of deliveries through a socket. The end of that is also
how it learns that this process was killed: then it ends as well, for others may be about to take
their place.
"""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from subprocess import DEVNULL, Popen, TimeoutExpired  # it starts our own program # nosec B404

import structlog

log = structlog.get_logger(__name__)

BEAT = 2.0
"""Seconds between two looks at the worker."""
SOONEST, LATEST = 1.0, 60.0
"""Seconds before it is started again; twice as many each time that it does not begin."""
READY = b"!"


class Supervisor:
    """The web's side."""

    def __init__(self, command: Sequence[str], wanted: Callable[[], bool]) -> None:
        """`command`: takes `--follow FD` too. `wanted`: is it still? Asked with each look."""
        self._command, self._wanted = command, wanted
        self._process: Popen[bytes] | None = None
        self._ours: socket.socket | None = None
        self._ready = False
        self._stopping = threading.Event()
        self._changing = threading.Lock()
        self._keeper = threading.Thread(target=self._keep, name="supervisor", daemon=True)

    def start(self) -> int | None:
        """Returns once it works: None; or has ended instead: its exit code."""
        if not self._begin():
            return self._process.wait() if self._process else 0
        self._keeper.start()
        return None

    def wake(self, backlog: str) -> None:
        """It has deliveries. Never waits: of what is not taken, the worker finds out by itself."""
        with self._changing, suppress(OSError):
            if self._ours is not None:
                self._ours.send(f"{backlog}\n".encode(), socket.MSG_DONTWAIT)

    def launched(self) -> bool:
        return self._ready and self._process is not None and self._process.poll() is None

    def reload(self) -> None:
        """Has it read the settings anew."""
        if self._ready:
            self._send(signal.SIGHUP)

    def end(self) -> None:
        """Tells it to end, and starts it no more; does not wait."""
        self._stopping.set()
        self._send(signal.SIGTERM)

    def stop(self, seconds: float) -> None:
        """Ends it: at once, where it takes longer than that."""
        self.end()
        if self._keeper.is_alive():
            self._keeper.join()
            self._send(signal.SIGTERM)  # to one that it had just started
        with self._changing:
            if self._process is not None:
                try:
                    self._process.wait(seconds)
                except TimeoutExpired:
                    log.error("worker.killed", patience=seconds)
                    self._process.kill()
            self._clear()

    def _begin(self) -> bool:
        """Returns once it works, or has ended. Raises OSError."""
        with self._changing:
            self._clear()
            if self._stopping.is_set():
                return False
            self._ours, theirs = socket.socketpair()
            with theirs:
                # A group of its own: what a terminal sends to all of ours goes through this one.
                self._process = Popen(  # noqa: S603  # our own program # nosec B603
                    [*self._command, "--follow", str(theirs.fileno())],
                    pass_fds=[theirs.fileno()],
                    stdin=DEVNULL,
                    process_group=0,
                )
            ours = self._ours
        with suppress(OSError):
            self._ready = ours.recv(1) == READY
        return self._ready

    def _keep(self) -> None:
        pause = SOONEST
        while not self._stopping.wait(BEAT):
            try:
                if not self._wanted() or self.launched():
                    continue
                self._ready = False
                log.error("worker.ended", code=self._process and self._process.poll(), again=pause)
                begun = not self._stopping.wait(pause) and self._begin()
            except Exception as error:  # there is no room for another process, as likely as not
                log.error("supervisor.failed", error=str(error))
                begun = False
            pause = SOONEST if begun else min(2 * pause, LATEST)

    def _send(self, what: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(what)  # nothing happens where it has ended

    def _clear(self) -> None:
        if self._ours is not None:
            self._ours.close()  # ends it, if nothing else has
        if self._process is not None:
            self._process.wait()
        self._ours = self._process = None


def follow(channel: socket.socket, wake: Callable[[str], None], alone: Callable[[], None]) -> None:
    """The worker's side: in a thread, wakes what it is told of, until it is left `alone`."""

    def go() -> None:
        with suppress(OSError), channel.makefile("rb") as lines:
            for line in lines:
                wake(line.decode().strip())
        alone()

    threading.Thread(target=go, name="follow", daemon=True).start()
