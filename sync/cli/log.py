"""The log: one line an event on stderr, for people or for programs, without credentials."""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Mapping, MutableMapping, Sequence
from types import TracebackType
from typing import Any

import structlog

from adapters.scrub import Scrubber
from sync.cli.actions import shown

LONGEST = 2000
"""Characters of one value in the log."""
LIBRARIES = (
    "urllib3",
    "requests",
    "github",
    "jira",
    "sqlalchemy",
    "alembic",
    "asyncio",
    "filelock",
    "dbos",
    "uvicorn",
)
"""Whose own warnings go through this log, since else they would reach stderr as they are."""


def set_up_log(log_format: str, scrub: Scrubber, level: int = logging.INFO) -> None:
    """Sends all events to stderr, each text in them scrubbed: structlog's, those of libraries,
    and the traceback of a crash."""

    def scrubbed(_: Any, __: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        # By another name, or it would be shown on lines of its own.
        named = {"traceback" if key == "exception" else key: one for key, one in event.items()}
        return {key: _scrubbed(value, scrub) for key, value in named.items()}

    for_programs = log_format == "json"
    stamps: list[Any] = [structlog.processors.TimeStamper(fmt="iso", utc=True)]
    renderer: Any = (
        structlog.processors.JSONRenderer()
        if for_programs
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), pad_event_to=0, pad_level=False
        )
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            *(stamps if for_programs else ()),
            structlog.processors.format_exc_info,
            scrubbed,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    for name in LIBRARIES:
        library = logging.getLogger(name)
        for old in [one for one in library.handlers if isinstance(one, _Through)]:
            library.removeHandler(old)
        library.addHandler(_Through(logging.WARNING))
    sys.excepthook = _crash(scrub, for_programs)
    threading.excepthook = lambda args: sys.excepthook(
        args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
    )


def _scrubbed(value: Any, scrub: Scrubber) -> Any:
    """Data with all texts in it scrubbed; what is no data, as its text."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return {scrub(str(key)): _scrubbed(one, scrub) for key, one in value.items()}
    if isinstance(value, Sequence | set | frozenset) and not isinstance(value, str | bytes):
        return [_scrubbed(one, scrub) for one in value]
    return shown(scrub(str(value), LONGEST))


class _Through(logging.Handler):
    """Hands a library's record on as an event."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(record.name)
        log.log(record.levelno, record.getMessage(), library=record.name, exc_info=record.exc_info)


def _crash(scrub: Scrubber, for_programs: bool) -> Any:
    """What is said of an error that nobody foresaw: where it was, and never with its locals."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        lines = "".join(traceback.format_exception(kind, error, trace)).splitlines()
        if for_programs:
            structlog.get_logger().critical("crash", traceback=lines)
            return
        for line in lines:
            indent = line[: len(line) - len(line.lstrip())]
            sys.stderr.write(f"{indent}{shown(scrub(line, LONGEST))}\n")

    return hook
