"""Webhooks as trackers hold them: what is wanted there, and what hangs there already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Wanted:
    """The webhook that one tracker of one backlog is to have."""

    url: str
    """Where it sends to: ours are recognised by that, and by nothing else. Without a host, as
    `/webhooks/shop/jira`, it is the end of an address."""
    secret: str

    def sends(self, url: object) -> bool:
        """Is that where ours send to? A slash at the end says nothing."""
        if not isinstance(url, str):
            return False
        at = url.rstrip("/")
        return at.endswith(self.url) if self.url.startswith("/") else at == self.url


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook of ours, as its tracker shows it."""

    id: str
    flaws: tuple[str, ...] = ()
    """Why it does not tell all that it should, each in words: disabled, unsigned, lacks events."""
    failing: str | None = None
    """What became of the last deliveries, where that was no good."""


class Hooks(Protocol):
    """A place that our webhook hangs at, or should. Raises TrackerErrors only."""

    @property
    def name(self) -> str:
        """`acme/shop`, `the organization acme`, `Jira`."""

    @property
    def events(self) -> tuple[str, ...]:
        """What it is to tell."""

    @property
    def tells(self) -> bool:
        """Does the place tell the secret, so that what has no flaws needs no renewal?"""

    def find(self) -> Sequence[Hook]:
        """Those of ours; more than one where somebody made them by hand."""

    def make(self) -> None:
        """Hangs one up."""

    def renew(self, hook: Hook) -> None:
        """Makes it as it should be, its secret included."""

    def remove(self, hook: Hook) -> None:
        """Takes it down. It may be gone already."""
