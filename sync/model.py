"""The canonical backlog: its words and types, without I/O."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

ItemId: TypeAlias = str
"""An item's id: 12 letters and digits, never changed, unique in its backlog."""
FieldName: TypeAlias = str
TrackerName: TypeAlias = str
Json: TypeAlias = Any
"""What `json.dumps` takes: None, bool, int, float, str, list, dict."""


class Shape(StrEnum):
    """What a field's values look like, and so how they merge."""

    LINE = "line"  # one line of text, or None
    TEXT = "text"  # GitHub-flavoured Markdown, "" when empty
    NUMBER = "number"  # a float, or None
    DATE = "date"  # a day as YYYY-MM-DD, or None
    SET = "set"  # a frozenset of lines
    CRITERIA = "criteria"  # a tuple of Criterion, in their order
    ITEM = "item"  # another item's id, or None
    ITEMS = "items"  # a frozenset of other items' ids
    COMMENTS = "comments"  # a tuple of Comment, the oldest first


class Criterion(NamedTuple):
    """One acceptance criterion: its Markdown text (no line break at either end), and its box."""

    text: str
    checked: bool = False


class Comment(NamedTuple):
    """One comment, as the tracker shows it where it was written. That tracker alone changes it."""

    id: str
    """The tracker's name, a colon, and the comment's own id there: `jira:10001`."""
    author: str
    """What people call who wrote it."""
    at: str
    """When it was written, ISO 8601 in UTC."""
    text: str
    """Markdown."""

    @property
    def tracker(self) -> TrackerName:
        return self.id.partition(":")[0]


Value: TypeAlias = str | float | frozenset[str] | tuple[Criterion, ...] | tuple[Comment, ...] | None
"""A field's canonical value; which of these, its Shape says."""

Schema: TypeAlias = Mapping[FieldName, Shape]
"""The fields that a backlog has: FIELDS, and the team's own."""

FIELDS: Schema = MappingProxyType(
    {
        "title": Shape.LINE,
        "description": Shape.TEXT,
        "acceptance_criteria": Shape.CRITERIA,
        "kind": Shape.LINE,
        "status": Shape.LINE,
        "priority": Shape.LINE,
        "labels": Shape.SET,
        "assignees": Shape.SET,
        "estimate": Shape.NUMBER,
        "parent": Shape.ITEM,
        "blocked_by": Shape.ITEMS,
        "release": Shape.LINE,
        "sprint": Shape.LINE,
        "components": Shape.SET,
        "due": Shape.DATE,
        "resolution": Shape.LINE,
        "relates_to": Shape.ITEMS,
        "duplicates": Shape.ITEMS,
        "attachments": Shape.SET,
    }
)
"""The fields that every backlog has. Order is no field: it belongs to the backlog as a whole.

`resolution` says why an item is closed where its status does not say it all: `duplicate`,
`cannot_reproduce`; None for what is plainly done, or plainly cancelled. `attachments` are Markdown
links, `[name](address)`.
"""
COMMENTS: FieldName = "comments"
"""The field that a backlog has where its settings carry comments; of the shape COMMENTS."""
NOTICE: FieldName = "notice"
"""The field that a backlog has where its rules speak to people: the Markdown of the one comment
that says what the item breaks. The backlog alone decides on it."""
SYMMETRIC = frozenset({"relates_to"})
"""Fields of items that say the same from both ends."""
RELEASE_FIELDS: Schema = MappingProxyType(
    {"name": Shape.LINE, "due": Shape.DATE, "done": Shape.LINE}
)
"""What a release has, which is kept beside the items: `done` is DONE, or None."""
LABEL_FIELDS: Schema = MappingProxyType(
    {"name": Shape.LINE, "color": Shape.LINE, "description": Shape.LINE}
)
"""What a tracker keeps of a label beside the records that have it; its color as `d73a4a`."""
DONE = "done"

KINDS = ("epic", "story", "task", "bug", "subtask")
"""The kinds with a meaning here; a team may use others, in lower case, words joined by `-`."""
STATUSES = ("todo", "in_progress", "in_review", "done", "cancelled")
CLOSED = frozenset({"done", "cancelled"})
PRIORITIES = ("highest", "high", "medium", "low", "lowest")

EMPTY: Mapping[Shape, Value] = MappingProxyType(
    {
        Shape.LINE: None,
        Shape.TEXT: "",
        Shape.NUMBER: None,
        Shape.SET: frozenset(),
        Shape.CRITERIA: (),
        Shape.ITEM: None,
        Shape.ITEMS: frozenset(),
        Shape.DATE: None,
        Shape.COMMENTS: (),
    }
)


@dataclass(frozen=True, slots=True)
class Item:
    """One entry of the backlog. `values` holds the fields that are not empty."""

    id: ItemId
    values: Mapping[FieldName, Value] = field(default_factory=dict)

    @property
    def title(self) -> str:
        return str(self.values.get("title") or "")

    @property
    def description(self) -> str:
        return str(self.values.get("description") or "")

    @property
    def acceptance_criteria(self) -> tuple[Criterion, ...]:
        return as_criteria(self.values.get("acceptance_criteria"))

    @property
    def kind(self) -> str | None:
        return self._line("kind")

    @property
    def status(self) -> str | None:
        return self._line("status")

    @property
    def priority(self) -> str | None:
        return self._line("priority")

    @property
    def labels(self) -> frozenset[str]:
        return self._set("labels")

    @property
    def assignees(self) -> frozenset[str]:
        return self._set("assignees")

    @property
    def estimate(self) -> float | None:
        value = self.values.get("estimate")
        return value if isinstance(value, float) else None

    @property
    def parent(self) -> ItemId | None:
        return self._line("parent")

    @property
    def blocked_by(self) -> frozenset[ItemId]:
        return self._set("blocked_by")

    @property
    def release(self) -> str | None:
        return self._line("release")

    @property
    def sprint(self) -> str | None:
        return self._line("sprint")

    @property
    def components(self) -> frozenset[str]:
        return self._set("components")

    @property
    def due(self) -> str | None:
        return self._line("due")

    @property
    def resolution(self) -> str | None:
        return self._line("resolution")

    @property
    def relates_to(self) -> frozenset[ItemId]:
        return self._set("relates_to")

    @property
    def duplicates(self) -> frozenset[ItemId]:
        return self._set("duplicates")

    @property
    def attachments(self) -> frozenset[str]:
        return self._set("attachments")

    @property
    def closed(self) -> bool:
        return self.values.get("status") in CLOSED

    def _line(self, name: FieldName) -> str | None:
        value = self.values.get(name)
        return value if isinstance(value, str) else None

    def _set(self, name: FieldName) -> frozenset[str]:
        value = self.values.get(name)
        return value if isinstance(value, frozenset) else frozenset()


def derive_id(*parts: str) -> ItemId:
    """The id of a new item, from what it was first seen as: the same input, the same id."""
    digest = hashlib.sha256("\x1f".join(parts).encode()).digest()
    number = int.from_bytes(digest[:8], "big")
    alphabet = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u
    return "".join(alphabet[number >> shift & 31] for shift in range(0, 60, 5))


def as_set(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()


def as_criteria(value: Value) -> tuple[Criterion, ...]:
    entries = value if isinstance(value, tuple) else ()
    return tuple(entry for entry in entries if isinstance(entry, Criterion))


def as_comments(value: Value) -> tuple[Comment, ...]:
    entries = value if isinstance(value, tuple) else ()
    return tuple(entry for entry in entries if isinstance(entry, Comment))


def is_day(text: str) -> bool:
    """Is this a day of the calendar, written YYYY-MM-DD?"""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def dump(value: Value) -> Json:
    """The value as JSON: sets sorted, whole numbers as int, criteria as `{"text", "checked"}`,
    comments as `{"id", "author", "at", "text"}`."""
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [entry._asdict() for entry in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def load(shape: Shape, data: Json) -> Value:
    """The value that `dump` wrote. ValueError where `data` is not of the shape."""
    if data is None:
        return EMPTY[shape]
    match shape:
        case Shape.LINE | Shape.TEXT | Shape.ITEM if isinstance(data, str):
            return data if data or shape is Shape.TEXT else None
        case Shape.NUMBER if isinstance(data, int | float) and not isinstance(data, bool):
            return float(data)
        case Shape.DATE if isinstance(data, str) and (not data or is_day(data)):
            return data or None
        case Shape.SET | Shape.ITEMS if _is_lines(data):
            return frozenset(data)
        case Shape.CRITERIA if isinstance(data, Sequence) and not isinstance(data, str):
            return tuple(_load_criterion(entry) for entry in data)
        case Shape.COMMENTS if isinstance(data, Sequence) and not isinstance(data, str):
            return tuple(_load_comment(entry) for entry in data)
    raise ValueError(f"expected {EXPECTED[shape]}, got {type(data).__name__}")


EXPECTED: Mapping[Shape, str] = MappingProxyType(
    {
        Shape.LINE: "a line of text",
        Shape.TEXT: "text",
        Shape.NUMBER: "a number",
        Shape.SET: "a list of texts",
        Shape.CRITERIA: "a list of criteria",
        Shape.ITEM: "an item's id",
        Shape.ITEMS: "a list of items' ids",
        Shape.DATE: "a day as YYYY-MM-DD",
        Shape.COMMENTS: "a list of comments",
    }
)
"""What a person should have written, for messages."""


def _is_lines(data: Json) -> bool:
    return isinstance(data, list | tuple | set | frozenset) and all(
        isinstance(entry, str) for entry in data
    )


def _load_criterion(data: Json) -> Criterion:
    if isinstance(data, Mapping) and isinstance(data.get("text"), str):
        return Criterion(data["text"], bool(data.get("checked", False)))
    raise ValueError("expected a criterion: {text: …, checked: true|false}")


def _load_comment(data: Json) -> Comment:
    if isinstance(data, Mapping) and all(isinstance(data.get(k), str) for k in Comment._fields):
        return Comment(*(data[name] for name in Comment._fields))
    raise ValueError("expected a comment: {id: …, author: …, at: …, text: …}")


class CriterionDocument(BaseModel):
    """One acceptance criterion."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    text: str
    checked: bool = False


class CommentDocument(BaseModel):
    """One comment, as the tracker shows it where it was written."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: Annotated[str, Field(description="the tracker's name, a colon, the comment's id there")]
    author: str
    at: Annotated[str, Field(description="when it was written, ISO 8601 in UTC")]
    text: Annotated[str, Field(description="GitHub-flavoured Markdown")]


class ItemDocument(BaseModel):
    """One item of the backlog, as JSON. A team's own fields stand beside these."""

    model_config = ConfigDict(frozen=True, extra="allow", title="item")
    id: Annotated[str, Field(pattern=r"^[0-9a-z]{1,64}$", description="never changes")]
    title: Annotated[str, Field(min_length=1, max_length=255, description="one line")]
    description: Annotated[str, Field(description="GitHub-flavoured Markdown")] = ""
    acceptance_criteria: tuple[CriterionDocument, ...] = ()
    kind: Annotated[str | None, Field(examples=list(KINDS))] = None
    status: Annotated[str | None, Field(examples=list(STATUSES))] = None
    priority: Annotated[str | None, Field(examples=list(PRIORITIES))] = None
    labels: frozenset[str] = frozenset()
    assignees: frozenset[str] = frozenset()
    estimate: Annotated[float | None, Field(ge=0, description="story points")] = None
    parent: Annotated[str | None, Field(description="the parent item's id")] = None
    blocked_by: Annotated[frozenset[str], Field(description="items' ids")] = frozenset()
    release: Annotated[str | None, Field(description="fix version, milestone")] = None
    sprint: str | None = None
    components: frozenset[str] = frozenset()
    due: Annotated[str | None, Field(json_schema_extra={"format": "date"})] = None
    resolution: Annotated[
        str | None, Field(description="why it is closed, where the status does not say it all")
    ] = None
    relates_to: Annotated[frozenset[str], Field(description="items' ids")] = frozenset()
    duplicates: Annotated[frozenset[str], Field(description="items' ids")] = frozenset()
    attachments: Annotated[frozenset[str], Field(description="Markdown links")] = frozenset()
    comments: tuple[CommentDocument, ...] = ()
