"""What the web is given by whoever starts it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from config.schema import Config
from sync.app.build import Surroundings


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Serving:
    """The rest of the server, as the web sees it. All of it is called from several threads."""

    settings: Callable[[], Config]
    """As they are now: another object once they were read anew. `state` stays as it was."""
    around: Surroundings
    wake: Callable[[str], None]
    """Says that a backlog has deliveries. What is lost of it, a sweep makes up for."""
    launched: Callable[[], bool]
    """Does the queue run, so that what is accepted gets done?"""
    clock: Callable[[], datetime] = _now
