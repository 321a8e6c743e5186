"""Bringing issues to their status, and closing them with the resolution that they are to have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.jira.client import Issue, JiraClient, Refusal
from adapters.jira.decode import Decoder
from adapters.jira.payload import Payload
from adapters.jira.project import IssueType
from adapters.jira.screens import RESOLUTION, Blank, Wish
from adapters.jira.standing import CANCELLED
from adapters.jira.workflow import Brought, Workflows
from sync.model import CLOSED, FieldName
from sync.tracker import RecordId

NOWHERE = (
    "Jira asks for the resolution on no screen that this account can use; put the field Resolution "
    "on the screen of the transition, or on the edit screen"
)


@dataclass(frozen=True, slots=True)
class Closing:
    """One project's issues, to be moved through their workflows."""

    client: JiraClient
    decoder: Decoder
    workflows: Workflows

    def carry_out(self, id: RecordId, payload: Payload, issue: Issue, kind: IssueType) -> None:
        """What the payload says of the status and the resolution of an issue, as it was read."""
        standing = self.decoder.codec.standing
        name = self.decoder.at("status")
        if standing is None or name is None or (payload.status is None and not payload.resolves):
            return
        record = self.decoder.record(issue)
        shown = record.shown[name]
        status = payload.status or str(standing.decode(shown, None))
        brought = Brought()
        resolution = self._resolution(payload, record.shown, status)
        wish = self._possible(payload, kind, Wish(status, resolution))
        if payload.status is not None and not standing.shows(status, shown):
            names = standing.choices(kind, status)
            if not names:
                why = f"no status of the project says {status}; name one for it"
                payload.refused.setdefault(name, why)
                return
            at = str(issue["fields"]["status"]["id"])
            brought = self.workflows.bring(id, kind, at, wish, names)
        if brought.stuck:
            payload.refused[name] = brought.stuck
            if payload.resolves:
                self._refuse(payload, "it stays as its status is")
        elif standing.resolves:
            self._resolve(id, payload, wish, brought)

    def _resolution(
        self, payload: Payload, shown: Mapping[FieldName, object], status: str
    ) -> str | None:
        """The resolution that the issue is to have: the new one, or the one it has."""
        if payload.resolves or status not in CLOSED:
            return payload.resolution
        standing, name = self.decoder.codec.standing, self.decoder.at("resolution")
        if standing is None or name is None:
            return None
        value = standing.resolutions.decode(shown[name], None)
        return str(value) if value else None

    def _possible(self, payload: Payload, kind: IssueType, wish: Wish) -> Wish:
        """Without a resolution that would say the contrary of the status."""
        standing = self.decoder.codec.standing
        if standing is None or wish.resolution is None or wish.status == CANCELLED:
            return wish
        said = standing.resolutions.meaning(standing.resolutions.write(wish.resolution))
        if said != CANCELLED or not standing.by_resolution(kind):
            return wish
        if payload.resolves and wish.status in CLOSED:
            self._refuse(payload, f"on Jira {wish.resolution!r} says that it is {CANCELLED}")
        return Wish(wish.status)

    def _resolve(self, id: RecordId, payload: Payload, wish: Wish, brought: Brought) -> None:
        """Sees that the closed issue has its resolution; by an edit, where no transition gave it
        one."""
        standing = self.decoder.codec.standing
        if standing is None:
            return
        if wish.status not in CLOSED:
            if payload.resolution:
                self._refuse(payload, "what is open has none; close it")
            return
        if brought.resolution and self._said(wish, brought.resolution):
            return
        if wish == Wish("done") and brought.moved and not brought.resolution:
            return  # the workflow has its own way of saying so
        shown = self._now(id)
        if self._said(wish, shown):
            return
        blank = self._editable(id)
        name = blank and standing.resolutions.choose(wish.resolution, wish.status, blank.offered)
        if blank is None or name is None:
            self._tell(payload, wish, shown, blank, brought)
            return
        answer = self.client.write("PUT", f"issue/{id}", {"fields": {RESOLUTION: {"name": name}}})
        if isinstance(answer, Refusal):
            self._refuse(payload, str(answer))

    def _said(self, wish: Wish, name: str | None) -> bool:
        """Does this resolution say it?"""
        standing = self.decoder.codec.standing
        if standing is None:
            return True
        if wish.resolution is not None:
            return standing.resolutions.says(wish.resolution, name)
        said = standing.resolutions.meaning(name)
        plain = standing.resolutions.value(name) is None
        return plain and (said is None or said == wish.status or wish.status not in CLOSED)

    def _now(self, id: RecordId) -> str | None:
        answer = self.client.call("GET", f"issue/{id}", params={"fields": RESOLUTION})
        held = (answer.mapping().get("fields") or {}).get(RESOLUTION)
        return str(held["name"]) if held else None

    def _editable(self, id: RecordId) -> Blank | None:
        """The resolution on the edit screen."""
        answer = self.client.call("GET", f"issue/{id}/editmeta")
        about = (answer.mapping().get("fields") or {}).get(RESOLUTION)
        return Blank.read(RESOLUTION, about) if about else None

    def _tell(
        self,
        payload: Payload,
        wish: Wish,
        shown: str | None,
        blank: Blank | None,
        brought: Brought,
    ) -> None:
        why = NOWHERE
        if blank is not None:
            names = ", ".join(map(repr, blank.offered)) or "none"
            said = wish.resolution or wish.status
            place = "fields.resolution" if wish.resolution else "fields.status"
            why = f"Jira has no resolution for {said}; name one under {place}, it has {names}"
        now = f"it is closed as {shown!r}" if shown else "it is closed without a resolution"
        if payload.status is not None and not brought.moved:
            # Nothing has changed: the status itself is what could not be said.
            payload.refused[self.decoder.at("status") or "status"] = f"{now}: {why}"
        self._refuse(payload, f"{now}: {why}")

    def _refuse(self, payload: Payload, why: str) -> None:
        if name := self.decoder.at("resolution"):
            payload.refused.setdefault(name, why)
