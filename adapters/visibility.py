"""Whether a tracker is public, as its cursor remembers it from run to run. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass

from sync.model import Json
from sync.tracker import Cursor


@dataclass(frozen=True, slots=True)
class Visibility:
    """Who may read a tracker, and whether that was otherwise before."""

    public: bool | None = None
    """None: it could not be told, or nobody has asked."""
    opened: bool = False
    """Is it public, and was it not when it was first read?"""

    @classmethod
    def of(cls, last: Cursor | None) -> Visibility:
        """As the last run has left it."""
        held = _held(last)
        public, opened = held.get("public"), held.get("opened")
        return cls(public if isinstance(public, bool) else None, opened is True)

    def now(self, public: bool | None) -> Visibility:
        """As it is after this was told of it."""
        if public is None:
            return self
        return Visibility(public, public and (self.opened or self.public is False))

    def into(self, cursor: Cursor | None) -> Cursor | None:
        held = _held(cursor)
        if not held or self.public is None:
            return cursor
        return json.dumps({**held, "public": self.public, "opened": self.opened}, sort_keys=True)


def _held(cursor: Cursor | None) -> dict[str, Json]:
    try:
        held = json.loads(cursor or "{}")
    except ValueError:
        return {}
    return held if isinstance(held, dict) else {}
