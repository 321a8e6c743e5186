"""What all writes to one project share: fields, status, links, versions, and reading back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from adapters.jira import comments, remote
from adapters.jira.carriers import Place
from adapters.jira.client import Issue, JiraClient, Refusal
from adapters.jira.closing import Closing
from adapters.jira.comments import Told
from adapters.jira.converting import Converter
from adapters.jira.copies import Copier
from adapters.jira.decode import Decoder, number_of
from adapters.jira.encode import Encoder
from adapters.jira.linking import Linker
from adapters.jira.payload import Payload
from adapters.jira.project import IssueType
from adapters.jira.reading import Reader
from adapters.jira.sprints import Sprints
from sync.model import FieldName, ItemId, Shape, Value
from sync.tracker import (
    Denied,
    NotFound,
    Outcome,
    Record,
    RecordId,
    Rejected,
    TrackerError,
    Twin,
    Unavailable,
)

NONE: Mapping[RecordId, Issue] = MappingProxyType({})
ROUNDS = 3
"""So often a write is tried again without the fields that Jira minds."""
SILENT = "Jira took it and did not change it; is the field on the screen of the issue?"
SILENT_LINK = "Jira took the link and does not show it; may this account see the other issue?"
REFERENCES = (Shape.ITEM, Shape.ITEMS)
STOPS = (Denied, Unavailable)
"""What concerns all writes, and not the one that met it."""


@dataclass(slots=True)
class Job:
    """One create or update on its way."""

    item: ItemId
    payload: Payload
    wanted: Mapping[FieldName, Value]
    """The values that were to be written."""
    id: RecordId | None = None
    adopted: bool = False
    """Was it made by an earlier try?"""
    before: Record | None = None
    """The record before it was written; None: it was new."""
    record: Record | None = None
    """The record read back."""
    error: TrackerError | None = None

    def outcome(self) -> Outcome:
        return Outcome(self.item, self.record, dict(self.payload.refused), self.error)


@dataclass(slots=True)
class Desk:
    """One project, to be written to."""

    client: JiraClient
    decoder: Decoder
    encoder: Encoder
    closing: Closing
    reader: Reader
    versions: set[str]
    linker: Linker
    converter: Converter
    sprints: Sprints
    copier: Copier | None = None
    """None: attachments are not copied here."""
    newest: int | None = None
    """The highest number of a key that was seen; None: nobody has looked."""
    _stopped: TrackerError | None = field(default=None)

    def fetch(self, ids: Sequence[str]) -> dict[RecordId, Issue]:
        """Issues of this project by id (asked for by id or key), from reads that do not lag."""
        issues = self.client.fetch(ids, self.decoder.fields)
        found = {str(issue["id"]): issue for issue in issues if self.decoder.here(issue)}
        if self.newest is not None:
            self.newest = max([self.newest, *(number_of(i["key"]) for i in found.values())])
        return found

    def attend(self, job: Job, issue: Issue) -> None:
        """What a record is given beyond the call that made it, or all that it is given.

        What goes wrong is the job's error; once it concerns all, nothing more is tried.
        """
        if self._stopped:
            job.error = job.error or self._stopped
            return
        try:
            issue = self._convert(job, issue)
            self._put(job)
            self._bring(job, issue)
            self._link(job)
            self._tell(job)
            self._talk(job)
            self._attach(job, issue)
        except TrackerError as error:
            job.error = job.error or error
            if isinstance(error, STOPS):
                self._stopped = error

    def plan(self, jobs: Sequence[Job]) -> None:
        """Brings the issues to their sprints, as many in one call as it takes."""
        going = {str(job.id): job for job in jobs if job.id and job.payload.sprint}
        moves = {
            id: job.payload.sprint[0]
            for id, job in going.items()
            if job.payload.sprint and job.error is None
        }
        slots = self.decoder.slots
        for id, error in self.sprints.bring(moves).items() if not self._stopped else ():
            names = [name for name, slot in slots.items() if slot.place == "sprint"]
            if isinstance(error, Rejected):
                going[id].payload.refused |= dict.fromkeys(names, str(error))
            else:
                going[id].error = error

    def read_back(self, jobs: Iterable[Job], issues: Mapping[RecordId, Issue] = NONE) -> None:
        """Sets each job's record, and says what was dropped without a word.

        `issues`, where they were read already; none: they are read.
        """
        made = {job.id: job for job in jobs if job.id is not None}
        try:
            issues = issues or self.fetch(list(made))
        except TrackerError as error:
            for job in made.values():
                job.error = job.error or error
            return
        for id, job in made.items():
            if id not in issues:
                job.error = job.error or Unavailable(f"{job.item} was written and is not shown")
                continue
            job.record = self.decoder.record(issues[id])
            if job.error is None:
                self._notice(job, job.record)

    def outcomes(self, jobs: Sequence[Job]) -> list[Outcome]:
        """Those that went well first: the others may stop the run."""
        self._stopped = None
        return [job.outcome() for job in sorted(jobs, key=lambda job: job.error is not None)]

    def make_versions(self, jobs: Sequence[Job]) -> None:
        """Makes the versions that the jobs name and the project lacks."""
        for job in jobs:
            for name in [name for name in _versions(job.payload) if name not in self.versions]:
                body = {"name": name, "projectId": int(self.decoder.project.id)}
                answer = self.client.write("POST", "version", body)
                if isinstance(answer, Refusal):
                    why = f"the project has no version {name!r}, and Jira makes none: {answer}"
                    job.payload.drop({"fixVersions": why})
                else:
                    self.versions.add(name)

    def _convert(self, job: Job, issue: Issue) -> Issue:
        """The issue as it is after it, for its status may be another one then."""
        into = job.payload.convert
        if into is None:
            return issue
        if why := self.converter.convert(str(job.id), into):
            job.payload.stay(why)
            return issue
        return self.fetch([str(job.id)]).get(str(job.id), issue)

    def _put(self, job: Job) -> None:
        for _ in range(ROUNDS):
            if job.payload.empty:
                return
            answer = self.client.write("PUT", f"issue/{job.id}", job.payload.body())
            if not isinstance(answer, Refusal):
                job.payload.fields.clear()
                job.payload.update.clear()
                job.payload.mark = None
                return
            if not (_plainly_emptied(job.payload) or minded(job.payload, answer)):
                raise Rejected(str(answer))
        raise Rejected("Jira minds other fields each time; see the last run's journal")

    def _bring(self, job: Job, issue: Issue) -> None:
        kind = self._kind(job, issue)
        if kind is not None:
            self.closing.carry_out(str(job.id), job.payload, issue, kind)
        elif job.payload.status and (name := self.decoder.at("status")):
            why = "the project has no such type of issue any more; run again"
            job.payload.refused.setdefault(name, why)

    def _kind(self, job: Job, issue: Issue) -> IssueType | None:
        """The type that the issue has by now."""
        name = next((n for n, slot in self.decoder.slots.items() if slot.place == "type"), None)
        kind = job.wanted.get(name) if name else None
        if name and kind and name not in job.payload.refused:
            encoded = self.decoder.codec.encode(name, kind, issue["fields"]["issuetype"]["name"])
            return self.decoder.project.type(str(encoded))
        return self.encoder.kind_of(issue)

    def _link(self, job: Job) -> None:
        for name, changes in job.payload.links.items():
            if refused := self.linker.carry_out(str(job.id), changes):
                job.payload.refused[name] = refused

    def _tell(self, job: Job) -> None:
        """Leads people to the item's other records. An issue without them is as good."""
        if job.payload.twins:
            remote.link(self.client, str(job.id), job.payload.twins)

    def _talk(self, job: Job) -> None:
        """Brings copies of comments, and the notice, up to date; what Jira minds about one,
        concerns that."""
        payload = job.payload
        told_at: Mapping[Place, Told] = {
            "comments": payload.comments,
            "notice": Told(payload.notice),
        }
        for place, told in told_at.items():
            name = self.decoder.at(place)
            if name is not None and told.todo:
                self._say(job, name, told)

    def _say(self, job: Job, name: FieldName, told: Told) -> None:
        id = str(job.id)
        key = job.before.key if job.before else id
        here = Twin(id, key, self.decoder.url(key))
        for call in comments.calls(self.client, self.decoder.markup, here, told):
            try:
                call()
            except (Rejected, NotFound) as error:
                job.payload.refused[name] = str(error)

    def _attach(self, job: Job, issue: Issue) -> None:
        """Makes copies of files that are attached elsewhere."""
        name = self.decoder.at("attachments")
        if name and self.copier and job.payload.copies.links:
            why = self.copier.copy(issue, job.payload.copies)
            job.payload.refused |= {name: why} if why else {}

    def _notice(self, job: Job, record: Record) -> None:
        """A write that Jira took and did not carry out is a refusal."""
        for name, changes in job.payload.links.items():
            if not changes.make <= {job.id, *record.shown[name]}:
                job.payload.refused.setdefault(name, SILENT_LINK)
        for name, value in job.wanted.items():
            slot, shown = self.decoder.slots.get(name), record.shown.get(name)
            if slot is None or slot.shape in REFERENCES or name in job.payload.refused:
                continue
            # A text, or labels, may come back in other words, and a new field has no old ones.
            plain = slot.place in ("type", "value", "assignee", "versions")
            was = job.before.shown.get(name) if job.before else None
            made = job.before is None and not job.adopted
            same = shown == was or not (shown or was) or (made and plain)
            if same and not self.decoder.codec.shows(name, value, shown):
                job.payload.refused[name] = SILENT


def minded(payload: Payload, refusal: Refusal, kept: frozenset[str] = frozenset()) -> bool:
    """Takes out what Jira minds; where it names no field, the texts. Was there anything?"""
    if payload.drop(refusal.fields, kept):
        return True
    texts = {at: str(refusal) for at, value in payload.fields.items() if _is_document(value)}
    return not refusal.fields and payload.drop(texts, kept)


def _plainly_emptied(payload: Payload) -> bool:
    """Takes a parent away as other fields are emptied, where it was not; some Jiras mind."""
    if payload.update.pop("parent", None) is None:
        return False
    payload.fields["parent"] = None
    return True


def _is_document(value: object) -> bool:
    return isinstance(value, dict) and value.get("type") == "doc"


def _versions(payload: Payload) -> list[str]:
    """Names of the versions that a payload gives."""
    steps = [step["add"] for step in payload.update.get("fixVersions", ()) if "add" in step]
    return [str(version["name"]) for version in [*payload.fields.get("fixVersions", ()), *steps]]
