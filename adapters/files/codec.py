"""Values as files show them: the backlog's own, spelt as people like. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.attachments import COPYABLE
from adapters.files.attachments import due, lacking, origin
from adapters.values import KNOWN, slug
from sync.model import EMPTY, Criterion, FieldName, Schema, Shape, Value
from sync.tracker import Shown


@dataclass(frozen=True, slots=True)
class FilesCodec:
    """`In Progress` is read as `in_progress`; else files hold the values themselves."""

    schema: Schema
    users: Mapping[str, str]
    """Canonical name of a person → the name in files."""
    copied: tuple[str, ...] = ()
    """The beginnings of the addresses whose attachments are copied here."""

    def decode(self, name: FieldName, shown: Shown, present: Value) -> Value:
        shape = self.schema[name]
        if shown is None:
            return EMPTY[shape]
        match shape:
            case Shape.NUMBER:
                return float(shown)
            case Shape.CRITERIA:
                return tuple(Criterion(text, bool(checked)) for text, checked in shown)
            case Shape.SET:
                return frozenset(self.means(name, entry) for entry in shown)
            case Shape.TEXT:
                return str(shown)
        word = slug(str(shown), "_" if name == "status" else "-")
        return word if word in KNOWN.get(name, ()) else str(shown) or None

    def encode(self, name: FieldName, value: Value, shown: Shown) -> Shown:
        if self.shows(name, value, shown):
            return shown
        if isinstance(value, frozenset):
            if name == COPYABLE:
                return sorted({due(one_line(entry), self.copied) for entry in value} - {""})
            users = self.users if name == "assignees" else {}
            return sorted({one_line(users.get(entry, entry)) for entry in value} - {""})
        if isinstance(value, tuple):
            return [list(entry) for entry in value]
        if isinstance(value, float):
            return int(value) if value.is_integer() else value
        if self.schema[name] is Shape.TEXT:
            return str(value or "")
        return (one_line(value) or None) if isinstance(value, str) else None

    def shows(self, name: FieldName, value: Value, shown: Shown) -> bool:
        if shown is None and self.schema[name] not in (Shape.LINE, Shape.NUMBER, Shape.DATE):
            return False
        said = self.decode(name, shown, value)
        if self.schema[name] is Shape.TEXT:
            return _trimmed(str(said)) == _trimmed(str(value or ""))
        if name == COPYABLE and lacking(shown, self.copied):
            return False
        return said == value

    def means(self, name: FieldName, entry: str) -> str:
        """What one element of a set stands for."""
        if name == "assignees":
            return self.person(entry)
        return origin(entry) if name == COPYABLE else entry

    def person(self, own: str) -> str:
        return next((person for person, name in self.users.items() if name == own), own)


def one_line(text: str) -> str:
    return re.sub(r"\s*[\r\n]+\s*", " ", text).strip()


def _trimmed(text: str) -> str:
    """Without the blank lines around it."""
    return re.sub(r"\A(?:[ \t]*\n)+|(?:\n[ \t]*)+\Z", "", re.sub(r"\r\n?", "\n", text))


def number(text: str) -> float | int:
    """What a person wrote as a number. Raises ValueError."""
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(text)
    return int(value) if value.is_integer() else value
