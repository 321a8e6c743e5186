"""What one look into the folder found: the items, what is wrong with others, who is meant. Pure."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version

from adapters import sections
from adapters.files.codec import number
from adapters.files.document import Document, read
from adapters.files.front import Mistake
from sync.model import FieldName, ItemId, Schema, Shape, is_day
from sync.tracker import Problem, Record, RecordId, Shown

ID = "id"
"""The key of front matter that holds the item's id, and the field by which it is set."""
BODY = ("title", "description", "acceptance_criteria")
"""Fields that stand in the body; all others are keys of the front matter."""
_ID = re.compile(r"[0-9a-z]{1,64}")


@dataclass(frozen=True)
class Form:
    """Where files hold which fields."""

    schema: Schema
    """Only the fields that are carried."""
    heading: str
    """Of the section of the criteria."""

    def digest(self, data: bytes) -> str:
        """Of a file, and of all that says what it shows: where that is the same, so is this."""
        digest = self._digest.copy()
        digest.update(data)
        return digest.hexdigest()

    @cached_property
    def _digest(self) -> hashlib._Hash:
        said = [version("onebacklog"), self.heading, dict(self.schema)]
        return hashlib.sha256(json.dumps(said).encode())


@dataclass(frozen=True, slots=True)
class Entry:
    """One item's file."""

    path: str
    data: bytes
    digest: str
    id: ItemId | None
    raw: Mapping[FieldName, Shown]
    """What it shows by field; references as a person wrote them."""
    held: Document | None = None
    """None where the file is one that was read in an earlier run."""

    @property
    def record(self) -> RecordId:
        """The item's id; a new file has none yet, and goes by its place."""
        return self.id or f"path:{self.path}"

    @property
    def document(self) -> Document:
        """Raises Mistake."""
        return self.held or read(self.data)

    @property
    def title(self) -> str:
        return str(self.raw["title"]) if "title" in self.raw else self.document.title

    @property
    def stray(self) -> str:
        """What stands above the title, and is carried nowhere."""
        above = self.held.above.strip() if self.held else ""
        return "" if above.startswith("<!--") else above


PLAIN, TOLD = "", "~"
"""The end of a record's version: TOLD where there is more to be said of the file than its record
shows, so that it is read in each run: references by a title or a path, or text that is carried
nowhere."""


@dataclass
class Shelf:
    """The folder's files, by path."""

    entries: dict[str, Entry]
    mistakes: dict[str, Mistake]
    linked: Mapping[str, ItemId] = field(default_factory=dict)
    """Path → id, as last known, for files that cannot be read now."""

    def __post_init__(self) -> None:
        for path in list(self._doubles()):
            entry = self.entries.pop(path)
            message = f"another file has the id {entry.id} too; remove the line from the copy"
            self.mistakes[path] = Mistake(message, entry.document.front.line(ID))
        self.by_record = {entry.record: path for path, entry in self.entries.items()}
        titles = Counter(entry.title for entry in self.entries.values())
        self._titles = {
            entry.title: path for path, entry in self.entries.items() if titles[entry.title] == 1
        }

    def _doubles(self) -> Iterator[str]:
        """Files whose id another has too; of several, the one that is known by it is none."""
        count = Counter(entry.id for entry in self.entries.values() if entry.id)
        known = {id for path, id in self.linked.items() if path in self.entries}
        for path, entry in self.entries.items():
            if entry.id and count[entry.id] > 1:
                original = entry.id in known and self.linked.get(path) == entry.id
                if not original:
                    yield path

    def put(self, old: Entry | None, new: Entry) -> None:
        """After a write."""
        if old:
            self.by_record.pop(old.record, None)
        self.entries[new.path] = new
        self.by_record[new.record] = new.path

    def find(self, record: RecordId) -> Entry | None:
        path = self.by_record.get(record) or record.removeprefix("path:")
        entry = self.entries.get(path)
        return entry if entry and record in (entry.record, f"path:{path}") else None

    def path_of(self, record: RecordId) -> str | None:
        """Its file, one that cannot be read now included."""
        if record in self.by_record:
            return self.by_record[record]
        return next((path for path, id in self.linked.items() if id == record), None)

    def record_of(self, path: str) -> RecordId | None:
        entry = self.entries.get(path)
        return entry.record if entry else self.linked.get(path)

    def resolve(self, said: str) -> str | None:
        """The file that a person means: by id, path, file name or title."""
        if said in self.by_record:
            return self.by_record[said]
        path = posixpath.normpath(said)
        for guess in (path, f"{path}.md", f"items/{path}", f"items/{path}.md"):
            if guess in self.entries or guess in self.mistakes:
                return guess
        return self._titles.get(said)

    def means(self, reference: str) -> RecordId:
        """The record that a reference names, or what it says where there is none."""
        path = None if reference in self.by_record else self.resolve(reference)
        return (self.record_of(path) if path else None) or reference

    def show(self, entry: Entry, schema: Schema) -> Record:
        shown = dict(entry.raw)
        for name, value in entry.raw.items():
            if schema[name] is Shape.ITEM and value is not None:
                shown[name] = self.means(value)
            elif schema[name] is Shape.ITEMS:
                shown[name] = sorted({self.means(one) for one in value})
        end = PLAIN if shown == entry.raw and not entry.stray else TOLD
        return Record(entry.record, entry.path, entry.digest + end, shown, mark=entry.id)

    def problems(self) -> Iterator[Problem]:
        for path, mistake in sorted(self.mistakes.items()):
            message = f"{printable(path)}:{mistake.line}: {printable(mistake.message)}"
            yield Problem(message, key=printable(path))
        for path, entry in sorted(self.entries.items()):
            if entry.stray:
                line = 1 + str(entry.document).count("\n", 0, _start(entry.document))
                message = f"{path}:{line}: text above the title is carried nowhere; move it below"
                yield Problem(message, "info", path)


def remembered(path: str, data: bytes, form: Form, known: Record | None) -> Entry | None:
    """The file as it was read before, where it is as it was then, and its record tells all of it;
    None: it has to be read."""
    if known is None or known.version != (digest := form.digest(data)) + PLAIN:
        return None
    return Entry(path, data, digest, known.mark, known.shown)


def enter(path: str, data: bytes, form: Form) -> Entry:
    """Reads one file. Raises Mistake."""
    document = read(data)
    own = document.front.text(ID)
    if own is not None and not _ID.fullmatch(own):
        message = f"{own[:40]!r} is no id of a backlog; remove the line, and the file gets one"
        raise Mistake(message, document.front.line(ID))
    description, criteria = sections.split(document.body, form.heading)
    body: dict[FieldName, Shown] = {
        "title": document.title,
        "description": description,
        "acceptance_criteria": [[text, checked] for text, checked in criteria],
    }
    raw = {
        name: body[name] if name in BODY else _shown(document, name, shape)
        for name, shape in form.schema.items()
    }
    return Entry(path, data, form.digest(data), own, raw, document)


def _shown(document: Document, name: FieldName, shape: Shape) -> Shown:
    front = document.front
    if shape in (Shape.SET, Shape.ITEMS):
        return sorted(set(front.texts(name)))
    text = front.text(name)
    if shape is Shape.NUMBER and text is not None:
        try:
            return number(text)
        except ValueError:
            message = f"{name} must be a number, such as 3 or 0.5"
            raise Mistake(message, front.line(name)) from None
    if shape is Shape.DATE and text and not is_day(text):
        raise Mistake(f"{name} must be a day, such as 2026-11-24", front.line(name))
    if shape is not Shape.TEXT and text is not None:
        return " ".join(text.split("\n")).strip() or None
    return text or ("" if shape is Shape.TEXT else None)


def _start(document: Document) -> int:
    return len(document.bom + document.opening + document.front.raw + document.closing)


def printable(text: str) -> str:
    """With escapes for what a terminal would take as more than a character."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
