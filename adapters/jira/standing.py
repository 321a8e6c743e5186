"""How Jira shows that an issue is done or cancelled: its status and its resolution together. Pure.

A workflow that has one status for all that is closed says by the resolution which it is: that is
shown as `{"name": "Closed", "means": "cancelled"}`; None for what nobody knows. What is closed as
done, or has a status of its own, is shown by the status' name alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.jira.project import IssueType
from adapters.jira.resolving import Resolutions
from adapters.values import Vocabulary
from sync.model import Json, Value
from sync.tracker import Shown

CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Standing:
    """The statuses of one project, and what its resolutions make of them."""

    words: Vocabulary
    resolutions: Resolutions
    resolves: bool
    """Is the resolution carried? If not, it says nothing about the status either."""

    def show(self, kind: IssueType | None, fields: Mapping[str, Json]) -> Shown:
        """An issue's status as it is shown."""
        status = fields.get("status")
        if not status:
            return None
        name = str(status["name"])
        if not self.resolves or not _is_closed(status) or not self.by_resolution(kind):
            return name
        meaning = self.resolutions.meaning((fields.get("resolution") or {}).get("name"))
        return name if meaning == "done" else {"name": name, "means": meaning}

    def show_resolution(self, fields: Mapping[str, Json]) -> Shown:
        """None for what is open: some workflows leave the old one when they reopen an issue."""
        if not _is_closed(fields.get("status") or {}):
            return None
        return (fields.get("resolution") or {}).get("name")

    def by_resolution(self, kind: IssueType | None) -> bool:
        """Does the type's workflow say by the resolution alone that an issue is cancelled?"""
        statuses = kind.statuses if kind else ()
        return not any(self.words.decode(status.name) == CANCELLED for status in statuses)

    def decode(self, shown: Shown, present: Value) -> Value:
        name = name_of(shown)
        if name is None:
            return None
        if isinstance(shown, Mapping):
            return shown.get("means") or self.words.decode(name, present)
        usual, said = self.words.decode(name), self.words.decode(name, present)
        return usual if self.resolves and said == CANCELLED else said

    def encode(self, value: Value, shown: Shown) -> Shown:
        """Raises Unmapped."""
        if value is None or self.shows(value, shown):
            return shown
        native = self.words.encode(str(value), name_of(shown))
        if self.resolves and value == CANCELLED and self.words.decode(native) != CANCELLED:
            return {"name": native, "means": CANCELLED}
        return native

    def shows(self, value: Value, shown: Shown) -> bool:
        return self.decode(shown, value) == value

    def choices(self, kind: IssueType, value: str) -> tuple[str, ...]:
        """Names of the statuses of a type that can stand for the value, the best first."""
        names = self.words.choices(value)
        here = {status.name for status in kind.statuses}
        if value == CANCELLED and self.resolves and not here.intersection(names):
            return self.words.choices("done")
        return names


def name_of(shown: Shown) -> str | None:
    """The status' own name."""
    if isinstance(shown, Mapping):
        return str(shown.get("name"))
    return str(shown) if shown else None


def _is_closed(status: Mapping[str, Json]) -> bool:
    return bool((status.get("statusCategory") or {}).get("key") == "done")
