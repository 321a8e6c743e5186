"""Versions as releases: their days, whether they are released, their names.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-project-versions/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from adapters.jira.carriers import Slot
from adapters.jira.client import JiraClient, Refusal
from adapters.jira.decode import Decoder
from adapters.jira.project import Project
from sync.model import FieldName, Json, Value
from sync.tracker import Create, NotFound, Outcome, Record, Rejected, Stale, TrackerError, Update

RELEASE: FieldName = "release"
SILENT = "Jira took it and did not change it"
PLACES: Mapping[str, FieldName] = {"name": "name", "releaseDate": "due", "released": "done"}
"""Jira's parts of a version, and ours."""


def is_carried(slots: Mapping[FieldName, Slot]) -> bool:
    """Are releases fix versions here, and not, say, labels?"""
    slot = slots.get(RELEASE)
    return slot is not None and slot.place == "versions" and slot.field == "fixVersions"


def barred(project: Project) -> str | None:
    """Why this account may not change versions."""
    if "ADMINISTER_PROJECTS" in project.allowed:
        return None
    return (
        f"this account may not change versions in {project.key}; give it the permission "
        "'Administer projects'"
    )


def record(version: Mapping[str, Json]) -> Record:
    """A version as a release. An archived one takes no changes, so it says its name alone."""
    name = str(version.get("name"))
    day, released = version.get("releaseDate"), bool(version.get("released"))
    shown = {"name": name, "due": str(day)[:10] if day else None, "done": released}
    archived = bool(version.get("archived"))
    return Record(
        id=str(version.get("id")),
        key=f"release {name}",
        version=f"{name}|{day}|{released}|{archived}",
        shown={"name": name} if archived else shown,
    )


@dataclass
class Versions:
    """The versions of one project, to be read and written."""

    client: JiraClient
    decoder: Decoder
    names: set[str]
    """Those that there are; kept up to date."""

    def read(self) -> tuple[Record, ...] | None:
        """As they were when the project was opened."""
        if not is_carried(self.decoder.slots):
            return None
        return tuple(map(record, self.decoder.project.releases))

    def write(self, writes: Sequence[Create | Update]) -> Iterator[Outcome]:
        for write in writes:
            try:
                yield self._create(write) if isinstance(write, Create) else self._update(write)
            except TrackerError as error:
                yield Outcome(write.item, error=error)

    def _create(self, create: Create) -> Outcome:
        body = {**self._body(create.values), "projectId": int(self.decoder.project.id)}
        answer = self.client.write("POST", "version", body)
        if isinstance(answer, Refusal):
            return Outcome(create.item, error=Rejected(str(answer)))
        return Outcome(create.item, self._learned(answer.mapping()))

    def _update(self, update: Update) -> Outcome:
        path = f"version/{update.record.id}"
        told = self.client.call("GET", path, accept=(404,))
        if told.status == 404:
            return Outcome(update.item, error=NotFound(f"the {update.record.key} is not there"))
        now = record(told.mapping())
        if any(now.shown.get(name) != update.record.shown.get(name) for name in update.changes):
            error = Stale(f"the {now.key} was changed meanwhile; it is read again")
            return Outcome(update.item, now, error=error)
        body = self._body({name: change.after for name, change in update.changes.items()})
        answer = self.client.write("PUT", path, body)
        if isinstance(answer, Refusal):
            return Outcome(update.item, now, _refused(update.changes, answer))
        self.names.discard(str(now.shown["name"]))
        after = self._learned(answer.mapping())
        dropped = {n for n in update.changes if after.shown.get(n) == now.shown.get(n)}
        return Outcome(update.item, after, dict.fromkeys(sorted(dropped), SILENT))

    def _body(self, values: Mapping[FieldName, Value]) -> dict[str, Json]:
        body: dict[str, Json] = {}
        if "name" in values:
            body["name"] = self.decoder.codec.encode(RELEASE, values["name"], None)
        if "due" in values:
            body["releaseDate"] = values["due"]
        if "done" in values:
            body["released"] = values["done"] is not None
        return body

    def _learned(self, version: Mapping[str, Json]) -> Record:
        made = record(version)
        self.names.add(str(made.shown["name"]))
        return made


def _refused(changes: Mapping[FieldName, object], refusal: Refusal) -> dict[FieldName, str]:
    """Why each field was not taken: Jira takes all of them, or none."""
    whys = {PLACES[name]: why for name, why in refusal.fields.items() if name in PLACES}
    return {name: whys.get(name, str(refusal)) for name in changes}
