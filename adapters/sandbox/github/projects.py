"""Projects as the stand-in holds them: their fields, and their items in position order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, TypeAlias

Stamp: TypeAlias = str
"""Whole seconds, in UTC: `2026-11-24T09:30:00Z`."""
Kind: TypeAlias = Literal["text", "number", "date", "single_select", "iteration"]
"""Of a field that people made."""
BUILT_IN: Mapping[str, str] = MappingProxyType(
    {
        "Title": "TITLE",
        "Assignees": "ASSIGNEES",
        "Labels": "LABELS",
        "Milestone": "MILESTONE",
        "Repository": "REPOSITORY",
    }
)
"""Fields that every project has; the issue itself holds their values."""
MOST_ITEMS = 50_000


class Refusal(Exception):
    """A project does not take a change; its type is the error's in GraphQL."""

    def __init__(self, type_: str, message: str) -> None:
        super().__init__(message)
        self.type, self.message = type_, message


@dataclass(frozen=True, slots=True)
class Option:
    id: str
    name: str
    color: str = "GRAY"
    description: str = ""


@dataclass(frozen=True, slots=True)
class Iteration:
    id: str
    title: str
    start: str
    """A day, YYYY-MM-DD."""
    duration: int
    """In days."""
    completed: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    id: int
    name: str
    kind: str
    """One of Kind; or, of a built-in field, its type as GraphQL names it."""
    options: tuple[Option, ...] = ()
    iterations: tuple[Iteration, ...] = ()

    @property
    def data_type(self) -> str:
        return self.kind.upper()

    def option(self, id_: object) -> Option | None:
        return next((one for one in self.options if one.id == id_), None)

    def iteration(self, id_: object) -> Iteration | None:
        return next((one for one in self.iterations if one.id == id_), None)


Held: TypeAlias = str | float
"""A field's value: text, day, number, or the id of an option or iteration."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a project."""

    id: int
    created_at: Stamp
    updated_at: Stamp
    content: int | None = None
    """The issue's or pull request's id; None for a draft."""
    title: str = ""
    """A draft's."""
    archived: bool = False
    values: Mapping[int, Held] = field(default_factory=dict)
    """By field's id."""


@dataclass
class Project:
    """Its items are replaced whole, never changed."""

    id: int
    owner: str
    number: int
    title: str
    public: bool = False
    closed: bool = False
    writers: frozenset[str] | None = None
    """Logins; None: who may push to one of the owner's repositories."""
    readers: frozenset[str] = frozenset()
    fields: dict[int, Field] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    """In position order, the archived ones among them."""

    def find(self, id_: int) -> Item:
        for item in self.items:
            if item.id == id_:
                return item
        raise Refusal("NOT_FOUND", "The item does not exist in the project")

    def field_named(self, name: str) -> Field | None:
        folded = name.casefold()
        return next((one for one in self.fields.values() if one.name.casefold() == folded), None)

    def of(self, content: int) -> Item | None:
        """The item that shows an issue."""
        return next((item for item in self.items if item.content == content), None)

    def add(self, item: Item) -> Item:
        """At the bottom. An issue that is there already stays where it is."""
        known = self.of(item.content) if item.content is not None else None
        if known:
            return known
        if len(self.items) >= MOST_ITEMS:
            raise Refusal("UNPROCESSABLE", f"A project has at most {MOST_ITEMS} items")
        self.items.append(item)
        return item

    def move(self, id_: int, after: int | None) -> None:
        """Right below another item; to the top where that is None."""
        item = self._live(id_)
        below = None if after is None else self._live(after)
        if below is item:
            raise Refusal("UNPROCESSABLE", "An item cannot be placed after itself")
        self.items.remove(item)
        self.items.insert(0 if below is None else self.items.index(below) + 1, item)

    def set(self, id_: int, field_id: int, value: Held | None, at: Stamp) -> Item:
        """A value, or none where it is None. What is already so is no update."""
        item = self._live(id_)
        values = {key: held for key, held in item.values.items() if key != field_id}
        if value is not None:
            values[field_id] = value
        return item if values == item.values else self._put(replace(item, values=values), at)

    def archive(self, id_: int, archived: bool, at: Stamp) -> Item:
        return self._put(replace(self.find(id_), archived=archived), at)

    def remove(self, id_: int) -> None:
        self.items.remove(self.find(id_))

    def follow(self, old: int, new: int) -> None:
        """An issue moved to another repository and has another id now."""
        self.items = [
            replace(item, content=new) if item.content == old else item for item in self.items
        ]

    def drop(self, contents: Iterable[int]) -> None:
        """Issues were deleted."""
        gone = set(contents)
        self.items = [item for item in self.items if item.content not in gone]

    def _live(self, id_: int) -> Item:
        item = self.find(id_)
        if item.archived:
            raise Refusal("UNPROCESSABLE", "The item is archived and cannot be updated")
        return item

    def _put(self, item: Item, at: Stamp) -> Item:
        item = replace(item, updated_at=at)
        places = [one.id for one in self.items]
        self.items[places.index(item.id)] = item
        return item
