"""The cursor of incremental reads: from when on to read, and what was read of that already.

GitHub tells times in whole seconds and lists lag behind writes, so that a read goes back by
OVERLAP; `known` then keeps what it finds again from being taken for a change. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from sync.tracker import Cursor, RecordId

OVERLAP = timedelta(seconds=60)
RECENT = timedelta(minutes=15)
"""For so long after the last change, a page on which all is known ends a read."""
MOST_KNOWN = 5_000
"""The newest ones are kept; what is forgotten is only read again."""


@dataclass(frozen=True, slots=True)
class Window:
    since: str
    """All changes before this time were surely read. ISO 8601, in whole seconds of UTC."""
    known: Mapping[RecordId, str] = field(default_factory=dict)
    """The versions that were read since then; a version begins with its time."""

    @classmethod
    def parse(cls, cursor: Cursor | None) -> Window | None:
        """None where there is none, or one of an unknown form: all is to be read."""
        try:
            data = json.loads(cursor or "")
            since, known = str(data["since"]), dict(data["known"])
            datetime.fromisoformat(since)
        except (ValueError, TypeError, KeyError):
            return None
        return cls(since, known)

    def __str__(self) -> Cursor:
        newest = sorted(self.known.items(), key=lambda entry: entry[1])[-MOST_KNOWN:]
        return json.dumps({"since": self.since, "known": dict(newest)}, sort_keys=True)

    def learn(self, versions: Mapping[RecordId, str]) -> Window:
        """With what was just read or written."""
        fresh = {id_: version for id_, version in versions.items() if version >= self.since}
        return Window(self.since, {**self.known, **fresh})

    def forget(self, records: Collection[RecordId]) -> Window:
        """Without these: they are to be read again."""
        return Window(self.since, {i: v for i, v in self.known.items() if i not in records})

    def advance(self, since: str) -> Window:
        """From a later time on; never back."""
        since = max(since, self.since)
        return Window(since, {i: v for i, v in self.known.items() if v >= since})


def started(headers: Mapping[str, str]) -> datetime | None:
    """The server's own time as of this answer."""
    try:
        return parsedate_to_datetime(headers.get("date", "")).astimezone(UTC)
    except ValueError:
        return None


def stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
