"""What one issue is to be given, and what Jira would not have of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from adapters.comments import Todo
from adapters.jira.client import MARK
from adapters.jira.comments import Told
from adapters.jira.converting import Conversion
from adapters.jira.copies import Wanted
from adapters.jira.linking import LinkChanges
from sync.model import FieldName, ItemId, Json
from sync.tracker import Twin

BLAMED = {"parentId": "parent", "pid": "parent", "project": "parent"}
"""What Jira names in the place of the field that it minds."""


@dataclass(slots=True)
class Payload:
    """What one issue is to be given: in the call itself, and in calls of their own after it."""

    fields: dict[str, Json] = field(default_factory=dict)
    update: dict[str, list[Json]] = field(default_factory=dict)
    status: str | None = None
    """The canonical status that it is to come to."""
    convert: Conversion | None = None
    """The type, beyond those that an edit leads to, that it is to become."""
    resolution: str | None = None
    """The canonical resolution that it is to be closed with."""
    resolves: bool = False
    """Is the resolution to be changed?"""
    sprint: tuple[str | None] | None = None
    """The name of the sprint that it is to come to, None for the backlog; None: it stays."""
    links: dict[FieldName, LinkChanges] = field(default_factory=dict)
    comments: Told = field(default_factory=Told)
    notice: Todo = field(default_factory=Todo)
    copies: Wanted = field(default_factory=Wanted)
    twins: tuple[Twin, ...] = ()
    """Records on other trackers that it is to name."""
    refused: dict[FieldName, str] = field(default_factory=dict)
    names: dict[str, set[FieldName]] = field(default_factory=dict)
    """Id of Jira's field → the fields that are written with it."""
    mark: ItemId | None = None
    """The item that it is to say it shows, in its property."""
    remedies: dict[str, str] = field(default_factory=dict)
    """Id of Jira's field → what people can do where Jira minds it."""

    @property
    def empty(self) -> bool:
        """Is there nothing for the call itself?"""
        return not self.fields and not self.update and self.mark is None

    def put(self, name: FieldName, at: str, value: Json) -> None:
        self.fields[at] = value
        self.names.setdefault(at, set()).add(name)

    def change(
        self,
        name: FieldName,
        at: str,
        add: Iterable[Json] = (),
        gone: Iterable[Json] = (),
        *,
        set_to: Json = None,
    ) -> None:
        """Adds and removes elements singly, so that those which others gave it stay."""
        steps = [{"remove": element} for element in gone] + [{"add": element} for element in add]
        steps += [{"set": set_to}] if set_to is not None else []
        if steps:
            self.update.setdefault(at, []).extend(steps)
            self.names.setdefault(at, set()).add(name)

    def body(self) -> dict[str, Json]:
        marks = [] if self.mark is None else [{"key": MARK, "value": {"item": self.mark}}]
        body = {"fields": self.fields, "update": self.update, "properties": marks}
        return {name: part for name, part in body.items() if part}

    def drop(self, minded: Mapping[str, str], kept: frozenset[str] = frozenset()) -> bool:
        """Takes out the fields that Jira minds, each with its reason; was there one?

        Not where it minds one of `kept`, without which there is nothing to write.
        """
        told = {at if at in self.names else BLAMED.get(at, at): why for at, why in minded.items()}
        found = [name for name in told if name in self.fields or name in self.update]
        if not found or any(name in kept for name in found):
            return False
        for name in found:
            self.fields.pop(name, None)
            self.update.pop(name, None)
            remedy = f" ({self.remedies[name]})" if name in self.remedies else ""
            self.refused |= dict.fromkeys(self.names.get(name, ()), f"{told[name]}{remedy}")
        return True

    def stay(self, why: str) -> None:
        """It does not become another type, and so goes below no other parent either."""
        if self.convert:
            self.refused[self.convert.name] = why
        self.drop({"parent": why})
