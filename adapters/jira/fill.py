"""One field's value → the part of a payload that writes it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from adapters.jira.carriers import Slot
from adapters.jira.client import Issue
from adapters.jira.decode import Decoder
from adapters.jira.document import Cut, Unsayable, compose
from adapters.jira.linking import LinkChanges, links
from adapters.jira.payload import Payload
from adapters.jira.project import IssueType
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
        for name, change in changes.items():
            slot = self.decoder.slots[name]
            try:
                if slot.shape in (Shape.ITEM, Shape.ITEMS):
                    self._put_reference(name, slot, change)
                elif slot.field != "description":
                    self._put(name, slot, change)
            except (Unmapped, Unsayable, TextError) as error:
                self.payload.refused[name] = str(error)

    def _put_description(self, changes: Mapping[FieldName, Change]) -> None:
        """The description, and the criteria in it: one text of Jira's."""
        slots = self.decoder.slots
        within = {slots[name].place: name for name in changes if slots[name].field == "description"}
        if not within:
            return
        text, criteria = (within.get(place) for place in ("text", "criteria"))
        try:
            held = self.decoder.cut(self.now.issue) if self.now else Cut(self.decoder.markup, ())
            native = compose(
                held,
                self.decoder.heading,
                description=str(changes[text].after or "") if text else None,
                criteria=_criteria(changes[criteria].after) if criteria else None,
            )
            _measure(native)
        except (Unsayable, TextError) as error:
            self.payload.refused |= dict.fromkeys(within.values(), f"description: {error}")
            return
        if native or held.blocks:
            for name in within.values():
                self.payload.put(name, "description", native)

    def _put(self, name: FieldName, slot: Slot, change: Change) -> None:
        codec, payload = self.decoder.codec, self.payload
        wanted = codec.encode(name, change.after, self.now.record.shown[name] if self.now else None)
        match slot.place:
            case "summary":
                payload.put(name, slot.field, _line(wanted))
            case "text":
                payload.put(name, slot.field, self._text(slot, str(change.after or "")))
            case "type":
                self._put_type(name, wanted)
            case "status":
                payload.status = str(change.after) if change.after else None
            case "assignee":
                login = "accountId" if self.decoder.project.cloud else "name"
                payload.put(name, slot.field, {login: wanted[0]} if wanted else None)
            case "versions":
                self._put_release(name, slot, change)
            case "labels" | "label":
                self._put_labels(name, slot, wanted)
            case _ if slot.array:
                self._put_elements(name, slot, wanted)
            case _:
                payload.put(name, slot.field, _object(slot, wanted))

    def _text(self, slot: Slot, markdown: str) -> Json:
        markup = self.decoder.markup
        held = markup.blocks(self.now.value(slot)) if self.now else ()
        native = compose(Cut(markup, tuple(held)), "", description=markdown)
        _measure(native)
        return native

    def _put_type(self, name: FieldName, wanted: Shown) -> None:
        kind, was = self.decoder.project.type(str(wanted)), self.kind
        if kind and was and kind.subtask != was.subtask:
            self.payload.refused[name] = (
                f"Jira makes no {kind.name} of a {was.name} by its API; convert it in Jira"
            )
        elif kind:
            self.payload.put(name, "issuetype", {"id": kind.id})

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
            self.payload.put(name, slot.field, [_object(slot, native) for native in wanted])
            return
        there = set(self.now.record.shown[name])
        gone = (set(self.now.held.shown.get(name) or ()) - set(wanted)) & there
        add = [_object(slot, native) for native in sorted(set(wanted) - there)]
        self.payload.change(name, slot.field, add, [_object(slot, native) for native in gone])

    def _put_reference(self, name: FieldName, slot: Slot, change: Change) -> None:
        """A reference to an item that is not shown here is left out."""
        if slot.place == "link":
            self._put_links(name, slot, change)
            return
        value = change.after
        twin = self.twins.get(str(value)) if value else None
        if value and twin is None:
            return
        cloud, subtask = self.decoder.project.cloud, bool(self.kind and self.kind.subtask)
        if slot.epic and not subtask:
            self.payload.put(name, slot.epic, twin.key if twin else None)
        elif self.now and not cloud:
            self.payload.refused[name] = "Jira moves no sub-task by its API; move it in Jira"
        elif twin:
            self.payload.put(name, slot.field, {"id": twin.id})
        elif self.now:  # "may be removed by setting update.parent.set.none to true", says its page
            self.payload.change(name, slot.field, set_to={"none": True})

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


def _object(slot: Slot, native: Json) -> Json:
    return {slot.key: native} if slot.key and native is not None else native


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
    if (size := _size(native)) > LONGEST_TEXT:
        raise Unsayable(f"{size:,} characters; Jira takes {LONGEST_TEXT:,}: shorten it")


def _size(native: Json) -> int:
    """Characters in a text of either markup."""
    if isinstance(native, str):
        return len(native)
    if not isinstance(native, dict):
        return 0
    text = len(native["text"]) if isinstance(native.get("text"), str) else 0
    return text + sum(map(_size, native.get("content") or ()))


def _elements(shown: Shown) -> list[str]:
    if shown is None:
        return []
    return [str(element) for element in shown] if isinstance(shown, list) else [str(shown)]


def _criteria(value: Value) -> tuple[Json, ...]:
    return value if isinstance(value, tuple) else ()
