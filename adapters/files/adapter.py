"""A folder of backlog files as a tracker."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.base import Setup
from adapters.files.codec import FilesCodec
from adapters.files.document import Document
from adapters.files.document import read as read_document
from adapters.files.folder import ORDER, Folder
from adapters.files.front import Mistake, Plain
from adapters.files.order_file import OrderFile
from adapters.sections import split
from sync.model import FieldName, ItemId, Shape, TrackerName, Value
from sync.tracker import (
    Create,
    Cursor,
    Facts,
    Gone,
    Move,
    NotFound,
    Outcome,
    Problem,
    Record,
    RecordId,
    Rejected,
    Shown,
    Snapshot,
    Stale,
    TrackerError,
    Twin,
    Unavailable,
    Update,
)

ID = "id"
HEADING = "Acceptance criteria"
_BODY = ("title", "description", "acceptance_criteria")
_ID = re.compile(r"[0-9a-z]{1,64}")


@dataclass(frozen=True, slots=True)
class _File:
    """One item's file as it now is."""

    key: str
    data: bytes
    document: Document

    @property
    def id(self) -> RecordId:
        """The item's id; until it has one, its place."""
        return self.document.front.text(ID) or f"path:{self.key}"


class Files:
    """The adapter over one folder: `items/*.md`, and `ORDER.md` for their order."""

    def __init__(self, setup: Setup, *, path: Path) -> None:
        self.name: TrackerName = setup.name
        self.schema = setup.schema
        self.codec = FilesCodec(setup)
        self.heading = self._heading(setup)
        self.off = frozenset(name for name, carrier in setup.carriers.items() if carrier is None)
        self.folder = Folder(path)

    @staticmethod
    def _heading(setup: Setup) -> str:
        carrier = setup.carriers.get("acceptance_criteria")
        return carrier.argument if carrier and carrier.argument else HEADING

    def open(self) -> Facts:
        if self.folder.path.exists() and not self.folder.path.is_dir():
            raise Unavailable(f"{self.folder.path} is no folder; name the backlog's folder")
        fields = frozenset(self.schema) - self.off
        cannot = dict.fromkeys(self.off, "the settings switch it off here")
        return Facts("files", self.codec, fields | {ID}, cannot, order=True)

    def read(self, since: Cursor | None) -> Snapshot:
        """Always whole: reading a folder costs no request."""
        files, problems = self._files()
        records = self._records(files, problems)
        order = self._order(files)
        return Snapshot(tuple(records), not problems, order, problems=tuple(problems))

    def get(self, ids: Sequence[RecordId]) -> Snapshot:
        found = {record.id: record for record in self.read(None).records}
        gone = {one: Gone("deleted") for one in ids if one not in found}
        return Snapshot(tuple(found[one] for one in ids if one in found), gone=gone)

    def create(self, creates: Sequence[Create], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        files, _ = self._files()
        taken = {file.key for file in files}
        there = {file.id: file for file in files}
        made: list[str] = []
        for create in creates:
            try:
                file = there.get(create.item) or self._make(create, taken)
            except (Mistake, OSError) as error:
                yield Outcome(create.item, error=_refused(error))
                continue
            taken.add(file.key)
            there[file.id] = file
            made.append(file.key)
            self._append(made[-1], file.document.title)
            yield Outcome(create.item, self._record(file, _names(there.values())))

    def update(self, updates: Sequence[Update], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        files, _ = self._files()
        there = {file.id: file for file in files}
        for update in updates:
            file = there.get(update.record.id)
            if file is None:
                error = NotFound(f"{update.record.key} is not there any more")
                yield Outcome(update.item, error=error)
                continue
            names = _names(there.values())
            now = self._record(file, names)
            changed = self._changed_meanwhile(update, now)
            if changed:
                stale = Stale(f"{now.key}: {changed} was changed meanwhile; it is read again")
                yield Outcome(update.item, now, error=stale)
                continue
            try:
                file = self._write(file, update, now)
            except (Mistake, OSError) as error:
                yield Outcome(update.item, now, error=_refused(error))
                continue
            there.pop(update.record.id, None)
            there[file.id] = file
            yield Outcome(update.item, self._record(file, _names(there.values())))

    def move(self, moves: Sequence[Move]) -> Iterator[Outcome]:
        if not moves:
            return
        files, _ = self._files()
        keys = {file.id: file.key for file in files}
        order = list(self._order(files))
        for move in moves:
            if move.record in order:
                order.remove(move.record)
            if move.after in order:
                order.insert(order.index(move.after) + 1, move.record)
            elif move.after is None:
                order.insert(order.index(move.before) if move.before in order else 0, move.record)
            else:
                order.append(move.record)
        titles = {file.key: file.document.title for file in files}
        listed = [keys[record] for record in order if record in keys]
        error: TrackerError | None = None
        try:
            self._write_order(self._order_file().reordered(listed, titles))
        except (Mistake, OSError) as reason:
            error = _refused(reason)
        for move in moves:
            yield Outcome(move.item, error=error)

    def newest(self) -> str | None:
        return None

    def order(self) -> tuple[RecordId, ...] | None:
        files, _ = self._files()
        return self._order(files)

    def cursor(self) -> Cursor | None:
        return None

    def remember(self, twins: Iterable[Twin]) -> None:
        """It finds every file by its id."""

    def _files(self) -> tuple[list[_File], list[Problem]]:
        files: list[_File] = []
        problems: list[Problem] = []
        seen: dict[RecordId, str] = {}
        for key in self.folder.listed():
            try:
                data = self.folder.read(key)
                if data is None:
                    continue
                file = _File(key, data, read_document(data))
                self._check(file, seen)
            except Mistake as error:
                problems.append(Problem(f"{key}:{error.line}: {error.message}", key=key))
            except OSError as error:
                problems.append(Problem(f"{key}: {error.strerror}; make it readable", key=key))
            else:
                files.append(file)
        return files, problems

    def _check(self, file: _File, seen: dict[RecordId, str]) -> None:
        said = file.document.front.text(ID)
        line = file.document.front.line(ID)
        if said is not None and not _ID.fullmatch(said):
            message = f"the id {said[:40]!r} is none of ours; remove the line, and it gets one"
            raise Mistake(message, line)
        if file.id in seen:
            message = f"has the id of {seen[file.id]}; remove the line from the copy"
            raise Mistake(message, line)
        seen[file.id] = file.key

    def _records(self, files: Sequence[_File], problems: list[Problem]) -> Iterator[Record]:
        names = _names(files)
        for file in files:
            try:
                yield self._record(file, names)
            except Mistake as error:
                problems.append(Problem(f"{file.key}:{error.line}: {error.message}", key=file.key))

    def _record(self, file: _File, names: Mapping[str, RecordId]) -> Record:
        """Raises Mistake where a value is not of its field's form."""
        front = file.document.front
        description, criteria = split(file.document.body, self.heading)
        shown: dict[FieldName, Shown] = {
            "title": file.document.title,
            "description": description.replace("\r\n", "\n"),
            "acceptance_criteria": [[text, checked] for text, checked in criteria],
        }
        for name, shape in self.schema.items():
            if name in _BODY:
                continue
            match shape:
                case Shape.SET:
                    shown[name] = sorted(set(front.texts(name)))
                case Shape.ITEMS:
                    shown[name] = sorted({names.get(one, one) for one in front.texts(name)})
                case Shape.ITEM:
                    said = front.text(name)
                    shown[name] = None if said is None else names.get(said, said)
                case Shape.NUMBER:
                    shown[name] = _number(front.text(name), name, front.line(name))
                case _:
                    shown[name] = front.text(name)
        kept = {name: value for name, value in shown.items() if name not in self.off}
        version = hashlib.sha256(file.data).hexdigest()[:16]
        return Record(file.id, file.key, version, kept, mark=front.text(ID))

    def _changed_meanwhile(self, update: Update, now: Record) -> str | None:
        for name, change in update.changes.items():
            merges = isinstance(change.after, frozenset)
            if not merges and update.record.shown.get(name) != now.shown.get(name):
                return name
        return None

    def _make(self, create: Create, taken: Iterable[str]) -> _File:
        title = str(create.values.get("title") or "")
        document = self._filled(Document().with_title(title), create.values)
        front = {ID: create.item, **self._front(create.values, {})}
        document = document.with_values(front)
        key = self.folder.free_key(title, set(taken))
        return self._saved(key, document)

    def _write(self, file: _File, update: Update, now: Record) -> _File:
        values = {name: change.after for name, change in update.changes.items()}
        document = self._filled(file.document, values)
        front = self._front(values, now.shown, update)
        if ID in update.changes:
            front = {ID: update.item, **front}
        document = document.with_values(front) if front else document
        if str(document) == str(file.document):
            return file
        return self._saved(file.key, document)

    def _saved(self, key: str, document: Document) -> _File:
        data = str(document).encode("utf-8")
        file = _File(key, data, read_document(data))  # what cannot be read back is not written
        self.folder.write(key, data)
        return file

    def _filled(self, document: Document, values: Mapping[FieldName, Value]) -> Document:
        """With title, description and criteria, where they are given."""
        if "title" in values and values["title"] != document.title:
            document = document.with_title(" ".join(str(values["title"]).split()))
        description = values.get("description")
        criteria = values.get("acceptance_criteria")
        return document.with_text(
            self.heading,
            str(description or "") if "description" in values else None,
            criteria if isinstance(criteria, tuple) else None,
        )

    def _front(
        self,
        values: Mapping[FieldName, Value],
        shown: Mapping[FieldName, Shown],
        update: Update | None = None,
    ) -> dict[str, Plain]:
        front: dict[str, Plain] = {}
        for name, value in values.items():
            if name in _BODY or name not in self.schema or name in self.off:
                continue
            if self.schema[name] in (Shape.ITEM, Shape.ITEMS):
                front[name] = sorted(value) if isinstance(value, frozenset) else _plain(value)
            elif isinstance(value, frozenset):
                front[name] = self._merged_set(name, value, shown, update)
            else:
                front[name] = _plain(self.codec.encode(name, value, shown.get(name)))
        return front

    def _merged_set(
        self,
        name: FieldName,
        value: frozenset[str],
        shown: Mapping[FieldName, Shown],
        update: Update | None,
    ) -> list[str]:
        """Adds and removes single elements, so that what a person added meanwhile stays."""
        if update is None:
            return sorted(self.codec.encode(name, value, None))
        before = update.changes[name].before
        was = before if isinstance(before, frozenset) else frozenset[str]()
        now = self.codec.decode(name, shown.get(name), value)
        kept = now if isinstance(now, frozenset) else frozenset[str]()
        return sorted(self.codec.encode(name, (kept - (was - value)) | value, None))

    def _order_file(self) -> OrderFile:
        data = self.folder.read(ORDER)
        try:
            return OrderFile.parse((data or b"").decode("utf-8"))
        except UnicodeDecodeError:
            raise Mistake(f"{ORDER} is not UTF-8; save it in that encoding") from None

    def _order(self, files: Sequence[_File]) -> tuple[RecordId, ...]:
        try:
            keys = self._order_file().keys({file.key: file.document.title for file in files})
        except (Mistake, OSError):
            return ()
        ids = {file.key: file.id for file in files}
        return tuple(ids[key] for key in keys)

    def _append(self, key: str, title: str) -> None:
        """A new item comes last."""
        files, _ = self._files()
        titles = {file.key: file.document.title for file in files} | {key: title}
        order = self._order_file()
        listed = order.keys(titles)
        if key not in listed:
            self._write_order(order.reordered([*listed, key], titles))

    def _write_order(self, order: OrderFile) -> None:
        text = str(order).encode("utf-8")
        if text != (self.folder.read(ORDER) or b""):
            self.folder.write(ORDER, text)


def _names(files: Iterable[_File]) -> dict[str, RecordId]:
    """Records by what other files may call them: bare file name, path, id."""
    names: dict[str, RecordId] = {}
    for file in files:
        stem = file.key.rpartition("/")[2].removesuffix(".md")
        names[stem] = names[file.key] = file.id
    names |= {file.id: file.id for file in files}
    return names


def _number(said: str | None, name: FieldName, line: int) -> float | None:
    if said is None:
        return None
    try:
        return float(said)
    except ValueError:
        raise Mistake(f"{name}: expected a number, such as 3 or 0.5", line) from None


def _plain(value: Shown) -> Plain:
    plain: Plain = value
    return plain


def _refused(error: Exception) -> Rejected:
    if isinstance(error, Mistake):
        return Rejected(error.message)
    return Rejected(f"the file could not be written: {error}")
