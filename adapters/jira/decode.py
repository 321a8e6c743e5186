"""Issues as Jira answers them → records. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from adapters import notices, sections
from adapters.jira import attached, checks, comments, parts, sprints
from adapters.jira.attachments import Files
from adapters.jira.carriers import Place, Slot
from adapters.jira.client import MARK, Issue
from adapters.jira.codec import MARK_LABEL, JiraCodec, show_versions
from adapters.jira.document import Cut, cut
from adapters.jira.kinds import login_of, read
from adapters.jira.labels import spelt
from adapters.jira.linking import links
from adapters.jira.listed import Listing
from adapters.jira.markup import Markup
from adapters.jira.project import IssueType, Project
from adapters.text import TextError
from sync.model import FieldName, Json, Shape, dump
from sync.tracker import Problem, Record, Shown

UNREAD: Json = {"unreadable": True}
"""What is shown of a section in a text that cannot be read."""
TEXTS = ("text", "criteria", "checks", "section")


@dataclass(frozen=True, slots=True)
class Decoder:
    """What is needed to read the issues of one project."""

    project: Project
    slots: Mapping[FieldName, Slot]
    codec: JiraCodec
    markup: Markup
    id_of: Callable[[str], str]
    """The id of the issue of a key; the key itself where there is none. (An epic, for its link.)"""

    @property
    def fields(self) -> tuple[str, ...]:
        """The ids of the fields that an issue must be asked for."""
        wanted = {slot.field for slot in self.slots.values() if slot.field}
        wanted |= {slot.epic for slot in self.slots.values() if slot.epic}
        always = {"updated", "created", "labels", "issuetype", "status", "summary"}
        return tuple(sorted(wanted | always | {"security", "issuerestriction", "archiveddate"}))

    @property
    def heading(self) -> str | sections.Place:
        """Of the section of the description that holds the criteria; empty: they are not in it."""
        found = (slot.argument for slot in self.slots.values() if slot.place == "criteria")
        heading = next(found, None)
        return sections.Place.CHECKLIST if heading == "" else heading or ""

    @property
    def shelf(self) -> parts.Shelf:
        """The sections of the description that hold other fields."""
        held = (slot for slot in self.slots.values() if slot.place == "section")
        return {slot.argument: slot.shape in (Shape.SET, Shape.ITEMS) for slot in held}

    @property
    def listing(self) -> Listing:
        """How those name issues."""
        return Listing(self.project.site)

    def cut(self, issue: Issue) -> Cut:
        """Its description, and the criteria in it. Raises TextError."""
        native, _ = parts.read(self.markup, self.told(issue), self.shelf)
        return cut(self.markup, native, self.heading)

    def told(self, issue: Issue) -> Json:
        """Its description as Jira has it, but for the names of files."""
        return self.files(issue).named_out(issue["fields"].get("description"))

    def files(self, issue: Issue) -> Files:
        """What its texts may refer to by name."""
        return Files.of(issue["fields"].get("attachment"), self.project.site)

    def here(self, issue: Issue) -> bool:
        """Is it in the project? A read by id follows an issue that was moved to another."""
        return str(issue.get("key")).rpartition("-")[0] == self.project.key

    def at(self, place: Place) -> FieldName | None:
        """The field that lives there."""
        return next((name for name, slot in self.slots.items() if slot.place == place), None)

    def kind_of(self, issue: Issue) -> IssueType | None:
        return self.project.type(str(issue["fields"]["issuetype"]["id"]))

    def url(self, key: str) -> str:
        return f"{self.project.site}/browse/{key}"

    def record(self, issue: Issue) -> Record:
        fields = issue["fields"]
        key, updated = str(issue.get("key")), str(fields.get("updated"))
        return Record(
            id=str(issue["id"]),
            key=key,
            version=updated,
            shown=dict(self._all_shown(issue)),
            url=self.url(key),
            held={"description": fields.get("description"), "status": _id(fields.get("status"))},
            mark=mark(issue),
            updated_at=instant(updated).isoformat(timespec="milliseconds"),
            restricted=is_restricted(fields),
        )

    def _all_shown(self, issue: Issue) -> Iterator[tuple[FieldName, Shown]]:
        """References that cannot be read are absent: without words for that, they would be none."""
        for name, slot in self.slots.items():
            shown = self._shown(name, slot, issue)
            if shown is not UNREAD or slot.shape is not Shape.ITEMS:
                yield name, shown

    def problems(self, record: Record) -> list[Problem]:
        """What a person should mend in one record."""
        texts = [name for name, slot in self.slots.items() if slot.place in TEXTS]
        return [
            Problem(
                f"{record.key}: {name} is too large or too deep to be read; shorten it in Jira",
                "warning",
                record.key,
            )
            for name in texts
            if self._is_unread(name, record.shown.get(name, UNREAD))
        ]

    def _is_unread(self, name: FieldName, shown: Shown) -> bool:
        return shown is (UNREAD if self.slots[name].place == "section" else None)

    def _shown(self, name: FieldName, slot: Slot, issue: Issue) -> Shown:
        value = issue["fields"].get(slot.field)
        match slot.place:
            case "text" | "criteria" | "checks" | "section":
                return self._text(slot, issue)
            case "sprint" | "comments" | "notice" | "attachments":
                return self._hung(slot, issue, value)
            case "labels":
                return sorted(label for label in value or () if not self.codec.hides(label))
            case "label":
                return self._label(name, slot, value or ())
            case "assignee":
                login = login_of(value, cloud=self.project.cloud)
                return [login] if login else []
            case "parent":
                return self._parent(slot, issue)
            case "link":
                return sorted(links(issue, slot.argument, slot.ends))
            case "versions":
                return show_versions([str(version["name"]) for version in value or ()])
            case "status" if self.codec.standing:
                return self.codec.standing.show(self.kind_of(issue), issue["fields"])
            case "resolution" if self.codec.standing:
                return self.codec.standing.show_resolution(issue["fields"])
            case "type" | "status" | "resolution":
                return str(value["name"]) if value else None
        return self._plain(slot, value)

    def _hung(self, slot: Slot, issue: Issue, value: Json) -> Shown:
        """What hangs on an issue."""
        if slot.place == "sprint":
            return sprints.show(value)
        if slot.place in ("comments", "notice"):
            said = comments.entries(self.markup, self.files(issue), value)
            ours = slot.place == "notice"
            return notices.shown(said) if ours else self.codec.comments.shown(said)
        return attached.show(value, self.project.site, attached.Ledger.of(issue))

    def _plain(self, slot: Slot, value: Json) -> Shown:
        cloud = self.project.cloud
        if slot.array:
            return sorted(read(slot.type, entry, cloud=cloud) for entry in value or ())
        if slot.shape is Shape.NUMBER:
            return dump(value)
        return read(slot.type, value, cloud=cloud) if value else None

    def _text(self, slot: Slot, issue: Issue) -> Shown:
        """None, or UNREAD, where it cannot be read: no text at all would be taken for an empty
        one."""
        try:
            if slot.place == "checks":
                criteria = checks.read(self.markup, issue["fields"].get(slot.field))
                return [[text, checked] for text, checked in criteria]
            if slot.place == "section":
                found = parts.read(self.markup, self.told(issue), self.shelf)[1][slot.argument]
                if slot.shape is Shape.ITEMS:
                    return self.listing.keys(found)
                return found if isinstance(found, str) else sorted(found)
            if slot.place == "criteria":
                return [[text, checked] for text, checked in self.cut(issue).criteria()]
            if slot.field == "description":
                return self.cut(issue).raw()
            return self.markup.dump(self.markup.blocks(issue["fields"].get(slot.field)))
        except TextError:
            return UNREAD if slot.place == "section" else None

    def _label(self, name: FieldName, slot: Slot, labels: Sequence[str]) -> Shown:
        prefix = f"{slot.argument}:"
        found = sorted(label.removeprefix(prefix) for label in labels if label.startswith(prefix))
        if slot.shape is Shape.SET:
            return found
        if slot.shape in (Shape.NUMBER, Shape.DATE):
            return next(iter(found), None)
        rank = [spelt(native) for native in self.codec.words(name).configured.values()]
        found.sort(key=lambda label: rank.index(label) if label in rank else len(rank))
        return next(iter(found), None)

    def _parent(self, slot: Slot, issue: Issue) -> Shown:
        fields = issue["fields"]
        if parent := fields.get("parent"):
            return str(parent["id"])
        epic = fields.get(slot.epic) if slot.epic else None
        return self.id_of(str(epic)) if epic else None


def mark(issue: Issue) -> str | None:
    """The item that the issue was made for: by its property, else by its label."""
    held = (issue.get("properties") or {}).get(MARK)
    if isinstance(held, dict) and isinstance(held.get("item"), str):
        return str(held["item"])
    labels = issue["fields"].get("labels") or ()
    marks = (label.removeprefix(MARK_LABEL) for label in labels if label.startswith(MARK_LABEL))
    return next(marks, None)


def is_restricted(fields: Mapping[str, Json]) -> bool:
    """Has the issue a security level or, in a team-managed project of Cloud, restrictions?"""
    told = fields.get("issuerestriction")
    roles = told.get("issuerestrictions") if isinstance(told, dict) else told
    return fields.get("security") is not None or bool(roles)


def is_archived(issue: Issue) -> bool:
    """Was it archived? No search finds it then, and nobody may change it."""
    return issue["fields"].get("archiveddate") is not None


def instant(updated: str) -> datetime:
    """A time as Jira writes it (`2026-01-02T03:04:05.000+0000`), in UTC."""
    return datetime.fromisoformat(updated).astimezone(UTC)


def number_of(key: str) -> int:
    """The number in a key."""
    return int(key.rpartition("-")[2])


def _id(value: Json) -> str | None:
    return str(value["id"]) if value else None
