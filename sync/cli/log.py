"""The log: one line an event on stderr, for people or for programs, without credentials."""

from __future__ import annotations

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from adapters.scrub import Scrubber

LONGEST = 2000
"""Characters of one value in the log."""


def set_up_log(log_format: str, scrub: Scrubber, level: int = logging.INFO) -> None:
    """Sends structlog's events to stderr, each text in them scrubbed."""

    def scrubbed(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {
            key: scrub(value, LONGEST) if isinstance(value, str) else value
            for key, value in event.items()
        }

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
