"""Creates and updates → payloads. Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from adapters.jira.client import MARK, Issue
from adapters.jira.codec import MARK_LABEL
from adapters.jira.copies import Wanted
from adapters.jira.decode import Decoder
from adapters.jira.fill import Filler, Now
from adapters.jira.linking import LinkChanges
from adapters.jira.payload import Payload
from adapters.jira.project import EPIC_NAME, IssueType
from sync.model import FieldName, ItemId, Json, Value, as_set
from sync.tracker import ID, Change, Create, Rejected, Twin, Unmapped, Update

PARENTS = frozenset({"parent", "parentId"})
"""What Jira names when an issue may not stand below its parent."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """Makes the payloads of one project's issues."""

    decoder: Decoder

    def create(self, create: Create, twins: Mapping[ItemId, Twin]) -> Payload:
        """Raises Rejected where Jira would have no such issue."""
        kind, payload = self._kind(create), Payload()
        if kind.subtask and create.values.get("parent") not in twins:
            payload.refused["kind"] = (
                f"a {kind.name} must have a parent that is in {self.decoder.project.key}; "
                "give it one there, and convert it"
            )
            kind = self._ordinary()
        payload.fields |= {"project": {"id": self.decoder.project.id}, "issuetype": {"id": kind.id}}
        slots = self.decoder.slots
        typed = {name for name, slot in slots.items() if slot.place == "type"}
        changes = {
            name: Change(None, value)
            for name, value in create.values.items()
            if name in slots and name not in typed
        }
        Filler(payload, self.decoder, kind, twins).put_all(changes)
        payload.comments = replace(payload.comments, elsewhere=create.elsewhere)
        if "summary" not in payload.fields:
            reason = payload.refused.get("title", "an issue must have a title; give it one")
            raise Rejected(f"title: {reason}", "title")
        self._extras(payload, create.item, kind)
        return payload

    def update(self, update: Update, now: Now, twins: Mapping[ItemId, Twin]) -> Payload:
        slots = self.decoder.slots
        payload = Payload()
        changes = {name: change for name, change in update.changes.items() if name in slots}
        unheld = update.changes.keys() - changes - {ID}
        payload.refused |= dict.fromkeys(unheld, "it has no carrier here")
        Filler(payload, self.decoder, self.kind_of(now.issue), twins, now).put_all(changes)
        payload.comments = replace(payload.comments, elsewhere=update.elsewhere)
        payload.copies = replace(payload.copies, fetch=update.fetch)
        if ID in update.changes:
            self._remark(payload, update.item, now.issue)
        return payload

    def _remark(self, payload: Payload, item: ItemId, issue: Issue) -> None:
        """The mark of another item, wherever the issue bears one."""
        marks = [
            label for label in issue["fields"].get("labels") or () if label.startswith(MARK_LABEL)
        ]
        if marks:
            payload.change(ID, "labels", [MARK_LABEL + item], marks)
        if not marks or MARK in (issue.get("properties") or {}):
            payload.mark = item

    def finish(self, payload: Payload, create: Create, twins: Mapping[ItemId, Twin]) -> None:
        """What the call that makes an issue cannot give it: its status, and links."""
        for name, value in create.values.items():
            slot = self.decoder.slots.get(name)
            if slot and slot.place == "status" and value:
                payload.status = str(value)
            elif slot and slot.place == "resolution" and value:
                payload.resolves, payload.resolution = True, str(value)
            elif slot and slot.place == "sprint" and value:
                payload.sprint = (str(value),)
            elif slot and slot.place == "link":
                wanted = frozenset(twins[item].id for item in as_set(value) if item in twins)
                payload.links[name] = LinkChanges(slot.argument, slot.ends, wanted)
            elif slot and slot.place == "attachments":
                links = self.decoder.codec.attached.missing(as_set(value), ())
                payload.copies = Wanted(tuple(links), create.fetch)

    def element(self, payload: Payload, item: ItemId) -> dict[str, Json]:
        """One element of a create, with the mark in it."""
        body = payload.body()
        if self.decoder.project.cloud:
            body["properties"] = [{"key": MARK, "value": {"item": item}}]
        return body

    def kind_of(self, issue: Issue) -> IssueType | None:
        return self.decoder.kind_of(issue)

    def _kind(self, create: Create) -> IssueType:
        """The type of a new issue; where the item says none, an ordinary one."""
        project, kind = self.decoder.project, create.values.get("kind")
        slot = self.decoder.slots.get("kind")
        if slot and slot.place == "type" and kind:
            try:
                name = self.decoder.codec.encode("kind", kind, None)
            except Unmapped as error:
                raise Rejected(str(error), "kind") from None
            if found := project.type(str(name)):
                return found
        return self._ordinary()

    def _ordinary(self) -> IssueType:
        """The type of what is neither above nor below others."""
        project = self.decoder.project
        plain = [t for t in project.types if t.level == 0] or list(project.types)
        usual = [t for word in ("task", "story") for t in plain if t.name.casefold() == word]
        if not plain:
            raise Rejected(f"kind: {project.key} has no types of issues; give it one", "kind")
        return (usual or plain)[0]

    def below_its_parent(
        self, values: Mapping[FieldName, Value], kind: IssueType | None, minded: Collection[str]
    ) -> IssueType | None:
        """The type that may stand below an ordinary issue, where the item itself says none."""
        says_none = not values.get("kind") and values.get("parent")
        if not says_none or kind is None or kind.subtask or not PARENTS.intersection(minded):
            return None
        return next((one for one in self.decoder.project.types if one.subtask), None)

    def _extras(self, payload: Payload, item: ItemId, kind: IssueType) -> None:
        """What else Data Center must be given in the call: the mark, and an epic's own name."""
        project = self.decoder.project
        if project.cloud:
            return
        payload.fields["labels"] = [*payload.fields.get("labels", ()), MARK_LABEL + item]
        epic_name = project.special(EPIC_NAME)
        if epic_name and kind.level == 1:
            payload.fields[epic_name.id] = payload.fields["summary"]
