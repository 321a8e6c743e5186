"""One field's value → the part of a payload that writes it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial

from adapters import notices
from adapters.jira import checks, parts
from adapters.jira.carriers import Slot
from adapters.jira.client import Issue
from adapters.jira.comments import Told, size
from adapters.jira.converting import Conversion, forbidden
from adapters.jira.copies import Wanted
from adapters.jira.decode import Decoder
from adapters.jira.document import Cut, Unsayable, compose, cut
from adapters.jira.kinds import write
from adapters.jira.linking import LinkChanges, links
from adapters.jira.payload import Payload
from adapters.jira.project import IssueType
from adapters.jira.sprints import name_of
from adapters.sections import Unwritable
from adapters.sections.layout import Content
from adapters.text import TextError
from sync.model import FieldName, ItemId, Json, Shape, Value, as_set
from sync.tracker import Change, Record, Shown, Twin, Unmapped

LONGEST_LINE = 255
LONGEST_TEXT = 32_767
"""Characters that Jira takes in a summary, and in a text."""


@dataclass(frozen=True, slots=True)
class Now:
    """An issue that is to be changed."""

    held: Record
    """As the change takes it to be."""
    record: Record
    """As it is."""
    issue: Issue

    def value(self, slot: Slot) -> Json:
        return self.issue["fields"].get(slot.field)


@dataclass(frozen=True, slots=True)
class Filler:
    """Fills the payload of one issue; `now` is None for a new one."""

    payload: Payload
    decoder: Decoder
    kind: IssueType | None
    twins: Mapping[ItemId, Twin]
    now: Now | None = None

    def put_all(self, changes: Mapping[FieldName, Change]) -> None:
        self._put_description(changes)
        typed = self.decoder.at("type")
        if typed is not None and typed in changes:
            kind = self._put_type(typed, changes)
            changes = {name: change for name, change in changes.items() if name != typed}
            replace(self, kind=kind)._put_each(changes)
        else:
            self._put_each(changes)

    def _put_each(self, changes: Mapping[FieldName, Change]) -> None:
        for name, change in changes.items():
            slot = self.decoder.slots[name]
            try:
                if slot.field == "description":
                    continue
                if slot.shape in (Shape.ITEM, Shape.ITEMS):
                    self._put_reference(name, slot, change)
                else:
                    self._put(name, slot, change)
            except (Unmapped, Unsayable, Unwritable, TextError) as error:
                self.payload.refused[name] = str(error)

    def _put_description(self, changes: Mapping[FieldName, Change]) -> None:
        """The description, and what else is in sections of it: one text of Jira's."""
        slots, decoder = self.decoder.slots, self.decoder
        names = [name for name in changes if slots[name].field == "description"]
        names = [name for name in names if name not in self.payload.refused]
        if not names:
            return
        try:
            said = self._contents(names, changes)
            names = [name for name in names if name not in self.payload.refused]
            held = decoder.told(self.now.issue) if self.now else None
            change = partial(self._composed, {slots[name].place: changes[name] for name in names})
            native = parts.write(decoder.markup, held, decoder.shelf, change, said)
            if self.now:
                was = self.now.issue["fields"].get("description")
                native = decoder.files(self.now.issue).named_in(native, was)
            _measure(native)
        except parts.Misread as error:
            wrong = [name for name in names if slots[name].argument == error.heading]
            self.payload.refused |= dict.fromkeys(wrong or names, f"description: {error}")
            self._put_description(changes)
            return
        except (Unsayable, Unwritable, TextError) as error:
            self.payload.refused |= dict.fromkeys(names, f"description: {error}")
            return
        if native or held:
            for name in names:
                self.payload.put(name, "description", native)

    def _composed(self, changes: Mapping[str, Change], native: Json) -> Json:
        """The description and the criteria in it, without the sections of other fields."""
        text, criteria = changes.get("text"), changes.get("criteria")
        return compose(
            cut(self.decoder.markup, native, self.decoder.heading),
            self.decoder.heading,
            description=str(text.after or "") if text else None,
            criteria=_criteria(criteria.after) if criteria else None,
        )

    def _contents(
        self, names: Iterable[FieldName], changes: Mapping[FieldName, Change]
    ) -> dict[str, Content]:
        """What is to stand in sections of the description, by heading."""
        contents: dict[str, Content] = {}
        for name in names:
            slot = self.decoder.slots[name]
            if slot.place != "section":
                continue
            if slot.shape is Shape.ITEMS:
                contents[slot.argument] = self._relisted(slot, changes[name])
                continue
            shown = self.now.record.shown[name] if self.now else None
            try:
                wanted = self.decoder.codec.encode(name, changes[name].after, shown)
            except Unmapped as error:
                self.payload.refused[name] = str(error)
                continue
            listed = isinstance(wanted, list)
            contents[slot.argument] = tuple(map(str, wanted)) if listed else str(wanted or "")
        return contents

    def _relisted(self, slot: Slot, change: Change) -> Content:
        """A list of other issues; one that is not shown here is left out. Raises TextError."""
        decoder = self.decoder
        told = decoder.told(self.now.issue) if self.now else None
        held = parts.read(decoder.markup, told, decoder.shelf)[1][slot.argument]
        before, after = (
            [self.twins[item].key for item in as_set(value) if item in self.twins]
            for value in (change.before, change.after)
        )
        return decoder.listing.relisted(held, before, after)

    def _put(self, name: FieldName, slot: Slot, change: Change) -> None:
        codec, payload = self.decoder.codec, self.payload
        wanted = codec.encode(name, change.after, self.now.record.shown[name] if self.now else None)
        payload.remedies[slot.field] = _remedy(slot, wanted, self.decoder.project.key)
        match slot.place:
            case "summary":
                payload.put(name, slot.field, _line(wanted))
            case "text":
                payload.put(name, slot.field, self._text(slot, str(change.after or "")))
            case "status" | "resolution" | "sprint":
                self._put_aside(slot, change.after, wanted)
            case "assignee":
                native = write("user", next(iter(wanted), None), cloud=self.decoder.project.cloud)
                payload.put(name, slot.field, native)
            case "versions":
                self._put_release(name, slot, change)
            case "checks":
                payload.put(name, slot.field, self._checks(slot, change.after))
            case "comments":
                held = self.now.record.shown[name] if self.now else []
                payload.comments = Told(codec.comments.todo(change.after, held))
            case "notice":
                held = self.now.record.shown[name] if self.now else []
                payload.notice = notices.todo(change.after, held)
            case "attachments":
                held = self.now.record.shown[name] if self.now else []
                payload.copies = Wanted(tuple(codec.attached.missing(as_set(change.after), held)))
            case "labels" | "label":
                self._put_labels(name, slot, wanted)
            case _ if slot.array:
                self._put_elements(name, slot, wanted)
            case _:
                payload.put(name, slot.field, self._native(slot, wanted))

    def _put_aside(self, slot: Slot, value: Value, wanted: Shown) -> None:
        """What has calls of its own."""
        payload, said = self.payload, str(value) if value else None
        match slot.place:
            case "status":
                payload.status = said
            case "resolution":
                payload.resolves, payload.resolution = True, said
            case "sprint":
                payload.sprint = (name_of(wanted),) if wanted or self.now else None

    def _text(self, slot: Slot, markdown: str) -> Json:
        markup = self.decoder.markup
        held = markup.blocks(self.now.value(slot)) if self.now else ()
        native = compose(Cut(markup, tuple(held)), "", description=markdown)
        _measure(native)
        return native

    def _checks(self, slot: Slot, value: Value) -> Json:
        """Criteria in a field of their own."""
        held = self.now.value(slot) if self.now else None
        native = checks.write(self.decoder.markup, held, _criteria(value))
        _measure(native)
        return native

    def _native(self, slot: Slot, shown: Json) -> Json:
        return write(slot.type, shown, cloud=self.decoder.project.cloud)

    def _put_type(self, name: FieldName, changes: Mapping[FieldName, Change]) -> IssueType | None:
        """The type that it will have."""
        shown = self.now.record.shown[name] if self.now else None
        try:
            wanted = self.decoder.codec.encode(name, changes[name].after, shown)
        except Unmapped as error:
            self.payload.refused[name] = str(error)
            return self.kind
        kind, was = self.decoder.project.type(str(wanted)), self.kind
        if kind is None:
            return was
        if was is None or kind.subtask == was.subtask:
            self.payload.put(name, "issuetype", {"id": kind.id})
            return kind
        parent = self._future_parent(changes) if kind.subtask else None
        why = forbidden(self.decoder.project, was, kind)
        if why is None and kind.subtask and parent is None:
            key = self.decoder.project.key
            why = f"a {kind.name} must have a parent that is in {key}; give it one"
        if why is not None:
            self.payload.refused[name] = why
            return was
        self.payload.convert = Conversion(name, kind, parent)
        return kind

    def _future_parent(self, changes: Mapping[FieldName, Change]) -> str | None:
        """The id of the parent that it is to have."""
        name = self.decoder.at("parent")
        if name is not None and name in changes:
            twin = self.twins.get(str(changes[name].after))
            return twin.id if twin else None
        shown = self.now.record.shown.get(name) if self.now and name else None
        return str(shown) if shown else None

    def _put_release(self, name: FieldName, slot: Slot, change: Change) -> None:
        held = [
            str(version["name"]) for version in (self.now.value(slot) if self.now else ()) or ()
        ]
        new = [{"name": change.after}] if change.after and change.after not in held else []
        if self.now is None:
            self.payload.put(name, slot.field, new)
        else:
            gone = [{"name": change.before}] if change.before in held else []
            self.payload.change(name, slot.field, new, gone)

    def _put_labels(self, name: FieldName, slot: Slot, wanted: Shown) -> None:
        prefix = f"{slot.argument}:" if slot.place == "label" else ""
        after = {f"{prefix}{label}" for label in _elements(wanted)}
        if self.now is None:
            others = self.payload.fields.get(slot.field, ())
            self.payload.put(name, slot.field, sorted({*others, *after}))
            return
        before = {f"{prefix}{label}" for label in _elements(self.now.held.shown.get(name))}
        there = set(self.now.value(slot) or ())
        gone = (before - after) & there
        self.payload.change(name, slot.field, sorted(after - there), sorted(gone))

    def _put_elements(self, name: FieldName, slot: Slot, wanted: Shown) -> None:
        if self.now is None:
            self.payload.put(name, slot.field, [self._native(slot, native) for native in wanted])
            return
        there = set(self.now.record.shown[name])
        gone = (set(self.now.held.shown.get(name) or ()) - set(wanted)) & there
        add = [self._native(slot, native) for native in sorted(set(wanted) - there)]
        self.payload.change(name, slot.field, add, [self._native(slot, native) for native in gone])

    def _put_reference(self, name: FieldName, slot: Slot, change: Change) -> None:
        """A reference to an item that is not shown here is left out."""
        if slot.place == "link":
            self._put_links(name, slot, change)
            return
        value = change.after
        twin = self.twins.get(str(value)) if value else None
        if value and twin is None:
            return
        if self.payload.convert and (twin is None or self.payload.convert.kind.subtask):
            return  # the conversion sees to it
        if why := self._misplaced(twin):
            self.payload.refused[name] = why
        elif slot.epic and not self._subtask:
            self.payload.put(name, slot.epic, twin.key if twin else None)
        elif twin:
            self.payload.put(name, slot.field, {"id": twin.id})
        elif self.now:  # "may be removed by setting update.parent.set.none to true", says its page
            self.payload.change(name, slot.field, set_to={"none": True})

    @property
    def _subtask(self) -> bool:
        return bool(self.kind and self.kind.subtask)

    def _misplaced(self, twin: Twin | None) -> str | None:
        """Why it cannot go below that parent, or below none."""
        if self._subtask and self.now:
            if twin is None:
                return "a sub-task must have a parent; give it another kind first"
            if not self.decoder.project.cloud:
                return "Jira moves no sub-task by the API of Data Center; move it in Jira"
        if twin and not self.decoder.project.cloud and self.kind and self.kind.level > 0:
            return f"Data Center has nothing above a {self.kind.name}; leave it without a parent"
        return None

    def _put_links(self, name: FieldName, slot: Slot, change: Change) -> None:
        """What is linked to from outside of the backlog stays linked."""
        wanted, before = (
            frozenset(self.twins[item].id for item in as_set(value) if item in self.twins)
            for value in (change.after, change.before)
        )
        there = links(self.now.issue, slot.argument, slot.ends) if self.now else {}
        cut = {id: there[id] for id in before - wanted if id in there}
        make = wanted - there.keys()
        if make or cut:
            self.payload.links[name] = LinkChanges(slot.argument, slot.ends, make, cut)


def _remedy(slot: Slot, wanted: Shown, key: str) -> str:
    """What people can do where Jira minds a field, for a reason that it gives in its own words."""
    if slot.place == "assignee" and wanted:
        return (
            f"{slot.label}: may {wanted[0]} be assigned issues in {key}? Give the permission "
            "'Assignable user', or map another account under users"
        )
    return f"is the field {slot.label!r} on the screen for this type of issue, and writable?"


def _line(title: Shown) -> str:
    line = str(title or "").strip()
    if not line:
        raise Unsayable("an issue must have a title; give it one")
    if len(line) > LONGEST_LINE:
        raise Unsayable(f"{len(line)} characters; Jira takes {LONGEST_LINE}: shorten it")
    if len(line.splitlines()) > 1:
        raise Unsayable(f"a line break after {line.splitlines()[0][:40]!r}; join the lines")
    return line


def _measure(native: Json) -> None:
    if (length := size(native)) > LONGEST_TEXT:
        raise Unsayable(f"{length:,} characters; Jira takes {LONGEST_TEXT:,}: shorten it")


def _elements(shown: Shown) -> list[str]:
    if shown is None:
        return []
    return [str(element) for element in shown] if isinstance(shown, list) else [str(shown)]


def _criteria(value: Value) -> tuple[Json, ...]:
    return value if isinstance(value, tuple) else ()
