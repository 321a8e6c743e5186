"""The labels of a repository: their names, colors and descriptions.

https://docs.github.com/rest/issues/labels
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from adapters.github.carriers import Carriers
from adapters.github.client import GitHubClient
from adapters.github.places import Places
from adapters.github.shapes import Label, shaped
from sync.model import FieldName, Json, Value
from sync.tracker import (
    Create,
    Denied,
    NotFound,
    Outcome,
    Record,
    Rejected,
    Stale,
    TrackerError,
    Update,
)


def record(label: Label) -> Record:
    shown = {
        "name": label.name,
        "color": label.color.lower(),
        "description": label.description or "",
    }
    version = "|".join(shown.values())
    return Record(label.node_id or label.name, f"label {label.name}", version, shown)


def are_labels(carriers: Carriers) -> bool:
    """Are labels labels here, and not, say, a section of the body?"""
    carrier = carriers.by_field.get("labels")
    return carrier is not None and carrier.kind == "labels"


@dataclass
class Vocabulary:
    """The labels of one repository, to be read and written."""

    client: GitHubClient
    places: Places
    carriers: Carriers
    """As the settings name them, whether this token may write them or not."""
    scope: frozenset[str]
    """Labels that say which issues are meant, folded."""

    def read(self) -> tuple[Record, ...]:
        """Those that carry nothing but themselves."""
        found = list(self.client.labels())
        self.places.learn_labels(label.name for label in found)
        return tuple(record(label) for label in found if self._is_plain(label.name))

    def _is_plain(self, name: str) -> bool:
        return self.carriers.field_of(name) is None and name.casefold() not in self.scope

    def write(self, writes: Sequence[Create | Update]) -> Iterator[Outcome]:
        for write in writes:
            try:
                yield self._create(write) if isinstance(write, Create) else self._update(write)
            except Denied as error:
                # Whoever may edit issues may still not edit labels: that stops nothing else.
                yield Outcome(write.item, error=Rejected(str(error)))
            except TrackerError as error:
                yield Outcome(write.item, error=error)

    def _create(self, create: Create) -> Outcome:
        body = _body(create.values)
        label = shaped(Label, self.client.http.call("POST", self._path(), body=body))
        self.places.learn_label(label.name)
        return Outcome(create.item, record(label))

    def _update(self, update: Update) -> Outcome:
        path = self._path(str(update.record.shown["name"]))
        now = record(shaped(Label, self.client.http.call("GET", path)))
        if now.id != update.record.id:
            raise NotFound(f"the {update.record.key} is another by now; it is read again")
        if any(now.shown[name] != update.record.shown[name] for name in update.changes):
            return Outcome(update.item, now, error=Stale(f"the {now.key} was changed meanwhile"))
        body = _body({name: change.after for name, change in update.changes.items()})
        body = {"new_name" if part == "name" else part: value for part, value in body.items()}
        label = shaped(Label, self.client.http.call("PATCH", path, body=body))
        self.places.learn_label(label.name, instead_of=str(now.shown["name"]))
        return Outcome(update.item, record(label))

    def _path(self, name: str | None = None) -> str:
        rest = "" if name is None else f"/{quote(name, safe='')}"
        return f"/repos/{self.client.repository}/labels{rest}"


def _body(values: Mapping[FieldName, Value]) -> dict[str, Json]:
    return {part: value for part, value in values.items() if value is not None}
