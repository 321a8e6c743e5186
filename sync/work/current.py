"""The settings as they are now: read anew on request, or when the file changes."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import structlog

from config.problems import ConfigError
from config.schema import Config
from sync.app.build import Surroundings
from sync.app.runs import Clock, Shop

log = structlog.get_logger(__name__)


class Current:
    """Read from several threads, each time whole: a run goes on with what it began with."""

    def __init__(
        self,
        path: Path,
        load: Callable[[], Config],
        around: Surroundings,
        clock: Clock,
        *,
        watch: bool = False,
    ) -> None:
        """`load`: reads the file; raises ConfigError. `watch`: whenever that changes."""
        self.config = load()
        self.around = around
        self.clock = clock
        self._path, self._load, self._watch = path, load, watch
        self._wanted = threading.Event()
        self._stamp = self._stamped()

    def shop(self, backlog: str) -> Shop | None:
        """None: there is no such backlog any more."""
        config = self.config
        settings = config.backlogs.get(backlog)
        if settings is None:
            return None
        return Shop(backlog, settings, config.state, self.around, self.clock)

    def ask(self) -> None:
        """To be called from a signal: the next `refresh` reads the file anew."""
        self._wanted.set()

    def refresh(self) -> None:
        """Reads the file anew where that was asked for. What is wrong with it is said, and the
        settings stay as they were."""
        stamp = self._stamped()
        changed = self._watch and stamp != self._stamp
        if not (self._wanted.is_set() or changed):
            return
        self._wanted.clear()
        self._stamp = stamp
        try:
            config = self._load()
        except ConfigError as error:
            for problem in str(error).splitlines():
                log.error("settings.kept", problem=problem)
            return
        if config.state != self.config.state:
            log.error("settings.kept", problem="`state` is another: start the server anew for that")
            return
        self.config = config
        log.info("settings.read", backlogs=sorted(config.backlogs))

    def _stamped(self) -> tuple[int, int] | None:
        try:
            found = self._path.stat()
        except OSError:  # between two moments of an editor's, say
            return None
        return found.st_mtime_ns, found.st_size
