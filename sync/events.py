"""What a webhook is taken to say: which records of a tracker to read again, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from sync.tracker import RecordId


class Forged(Exception):
    """The delivery is not signed, or not with a secret of the settings. Says no more than that."""


class Garbled(Exception):
    """The delivery is signed, and is not what such a tracker sends; says what was expected."""


@dataclass(frozen=True, slots=True)
class Event:
    """One delivery of a webhook: a hint, never believed but for what to look at again."""

    delivery: str
    """The sender's own id of it, the same each time that it is sent again."""
    records: frozenset[RecordId] = frozenset()
    """To be read again, by the id that `Adapter.get` takes."""
    order: bool = False
    """May the order have changed?"""
    whole: bool = False
    """Is it about more than single records (a label or version renamed, a repository moved)?
    Then all is to be read again."""


class Listener(Protocol):
    """Understands one tracker's webhooks. Pure, and thread-safe."""

    def hear(
        self, headers: Mapping[str, str], body: bytes, token: str | None = None
    ) -> Event | None:
        """What the delivery is about; None where that is nothing of this tracker's backlog.

        `headers`: their names in lower case. `token`: the last part of the path, for a sender that
        signs nothing. Raises Forged before the body is looked into, and Garbled.
        """
