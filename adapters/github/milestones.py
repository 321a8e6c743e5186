"""Milestones as releases: their days, whether they are closed, their titles.

https://docs.github.com/rest/issues/milestones
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.github.client import GitHubClient
from adapters.github.codec import GitHubCodec
from adapters.github.places import Places
from adapters.github.shapes import Milestone, shaped
from sync.model import FieldName, Json, Value
from sync.tracker import (
    Create,
    Denied,
    Outcome,
    Record,
    Rejected,
    Stale,
    TrackerError,
    Update,
)

RELEASE: FieldName = "release"
SILENT = "GitHub took it and did not change it"
NOON = "T12:00:00Z"
"""The hour that is sent: GitHub keeps the day that it is then on the Pacific coast, as 07:00 or
08:00 UTC; noon UTC is the same day there, in summer and in winter."""


def is_carried(codec: GitHubCodec) -> bool:
    """Are releases milestones here, and not, say, labels?"""
    carrier = codec.carriers.by_field.get(RELEASE)
    return carrier is not None and carrier.kind == "milestone"


def record(milestone: Milestone) -> Record:
    """A milestone as a release. Its day is the one in UTC, whatever the hour."""
    due = milestone.due_on[:10] if milestone.due_on else None
    done = milestone.state == "closed"
    return Record(
        id=str(milestone.number),
        key=f"release {milestone.title}",
        version=f"{milestone.title}|{due}|{done}",
        shown={"name": milestone.title, "due": due, "done": done},
        url=milestone.html_url,
    )


@dataclass
class Milestones:
    """The milestones of one repository, to be read and written."""

    client: GitHubClient
    places: Places
    codec: GitHubCodec

    def read(self) -> tuple[Record, ...]:
        found = list(self.client.milestones())
        self.places.learn_milestones(found, whole=True)
        return tuple(map(record, found))

    def write(self, writes: Sequence[Create | Update]) -> Iterator[Outcome]:
        for write in writes:
            try:
                yield self._create(write) if isinstance(write, Create) else self._update(write)
            except (Rejected, Denied) as error:
                # Whoever may edit issues may still not edit milestones: that stops nothing else.
                yield self._refused(write, error)
            except TrackerError as error:
                yield Outcome(write.item, error=error)

    def _create(self, create: Create) -> Outcome:
        body = self._body(create.values)
        answer = self.client.http.call("POST", self._path(), body=body)
        return Outcome(create.item, self._learned(shaped(Milestone, answer)))

    def _update(self, update: Update) -> Outcome:
        path = self._path(update.record.id)
        now = record(shaped(Milestone, self.client.http.call("GET", path)))
        if any(now.shown[name] != update.record.shown.get(name) for name in update.changes):
            error = Stale(f"the {now.key} was changed meanwhile; it is read again")
            return Outcome(update.item, now, error=error)
        body = self._body({name: change.after for name, change in update.changes.items()})
        after = self._learned(shaped(Milestone, self.client.http.call("PATCH", path, body=body)))
        dropped = {n for n in update.changes if after.shown[n] == now.shown[n]}
        return Outcome(update.item, after, dict.fromkeys(sorted(dropped), SILENT))

    def _body(self, values: Mapping[FieldName, Value]) -> dict[str, Json]:
        body: dict[str, Json] = {}
        if "name" in values:
            body["title"] = self.codec.encode(RELEASE, values["name"], None)
        if "due" in values:
            body["due_on"] = f"{values['due']}{NOON}" if values["due"] else None
        if "done" in values:
            body["state"] = "open" if values["done"] is None else "closed"
        return body

    def _refused(self, write: Create | Update, error: TrackerError) -> Outcome:
        if isinstance(write, Create):
            return Outcome(write.item, error=Rejected(str(error)))
        return Outcome(write.item, write.record, dict.fromkeys(write.changes, str(error)))

    def _learned(self, milestone: Milestone) -> Record:
        self.places.learn_milestones([milestone], whole=False)
        return record(milestone)

    def _path(self, number: str | None = None) -> str:
        rest = "/milestones" if number is None else f"/milestones/{number}"
        return f"/repos/{self.client.repository}{rest}"
