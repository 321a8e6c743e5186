"""A folder of backlog files as a tracker: `items/*.md`, and `ORDER.md` for their order."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from adapters.attachments import COPYABLE
from adapters.base import Setup
from adapters.files.attachments import Attic
from adapters.files.changes import Editor, changes_of
from adapters.files.codec import FilesCodec
from adapters.files.document import Document
from adapters.files.folder import ORDER, Folder
from adapters.files.front import Mistake
from adapters.files.order import Order
from adapters.files.order import read as read_order
from adapters.files.shelf import ID, Entry, Form, Shelf, enter, printable, remembered
from adapters.sections import HEADING
from sync.model import NOTICE, FieldName, ItemId, Shape, TrackerName
from sync.tracker import (
    Attached,
    Change,
    Create,
    Cursor,
    Denied,
    Facts,
    Fetch,
    Gone,
    Move,
    NotFound,
    Outcome,
    Person,
    Problem,
    Record,
    RecordId,
    Rejected,
    RetryLater,
    Snapshot,
    Stale,
    Touched,
    TrackerError,
    Twin,
    Unavailable,
    Update,
)

READ = "read"
"""The cursor: a folder is always read whole; that it was read once is all there is to know."""


@dataclass(frozen=True, slots=True)
class _Copied:
    """One item's changes, when what is newly attached was copied."""

    editor: Editor
    """Knows the copies."""
    changes: Mapping[FieldName, Change]
    """Those that can be made now."""
    stay: Mapping[FieldName, str] = field(default_factory=dict)
    """Why some attachments stay links."""
    late: RetryLater | None = None
    """Why a file could not be had now."""


class Files:
    """The adapter over one folder."""

    def __init__(self, setup: Setup, *, path: Path) -> None:
        self.name: TrackerName = setup.name
        self.folder = Folder(path)
        self.codec = FilesCodec(setup.schema, setup.users, setup.copied or ())
        self._attic = Attic(self.folder, setup.copied or ())
        self._cannot = {
            name: f"the settings carry {name} nowhere in files; name a carrier to change that"
            for name, carrier in setup.carriers.items()
            if carrier is None
        }
        for name, shape in setup.schema.items():
            if shape is Shape.CRITERIA and name != "acceptance_criteria":
                self._cannot[name] = "files hold one list of criteria; give the field another shape"
            if shape is Shape.COMMENTS:
                self._cannot[name] = "files hold no comments; they stay on the trackers"
            if name == NOTICE:
                self._cannot[name] = "files have no comments: see the report"
        criteria = setup.carriers.get("acceptance_criteria")
        self._form = Form(
            {name: shape for name, shape in setup.schema.items() if name not in self._cannot},
            (criteria and criteria.argument) or HEADING,
        )
        self._linked: dict[str, ItemId] = {}
        self._known: dict[str, Record] = {}
        """The files as they were in earlier runs, by path."""
        self._seen: dict[tuple[str, bytes], Entry | Mistake] = {}
        """What was already read, by path and content."""

    def open(self) -> Facts:
        root = self.folder.root
        if root.exists() and not root.is_dir():
            raise Unavailable(f"{root} is no folder; name the backlog's folder as `path`")
        fields = frozenset(self._form.schema) | {ID}
        return Facts("files", self.codec, fields, self._cannot, order=True)

    def fetch(self, link: str, most: int) -> Attached:
        return self._attic.read(link, most)

    def people(self) -> Sequence[Person]:
        return ()

    def remember(self, twins: Iterable[Twin], last: Cursor | None = None) -> None:
        known = list(twins)
        self._linked = {twin.key: twin.id for twin in known}
        self._known = {twin.key: twin.record for twin in known if twin.record}

    def read(self, since: Cursor | None) -> Snapshot:
        """Always whole. Without `since` every file is read anew; else those that are not, to the
        byte, as they were. Incomplete where a file cannot be read."""
        if since is None:
            self._known = {}
        if self._linked and not self.folder.exists():
            raise Unavailable(f"{self.folder.root} is not there any more; mount or restore it")
        shelf = self._look()
        records = tuple(self._show(shelf, entry) for entry in shelf.entries.values())
        ids, problems = self._order(shelf)
        problems = [*shelf.problems(), *problems]
        anew = since is None
        return Snapshot(records, not shelf.mistakes, ids, READ, problems=tuple(problems), anew=anew)

    def get(self, ids: Sequence[RecordId]) -> Snapshot:
        """Where a file cannot be read, an id that is not found is not taken for gone."""
        shelf = self._look()
        found = {id: shelf.find(id) for id in ids}
        records = tuple(self._show(shelf, entry) for entry in found.values() if entry)
        missing = [id for id, entry in found.items() if entry is None]
        gone = {} if shelf.mistakes else {id: Gone("deleted") for id in missing}
        return Snapshot(records, gone=gone, problems=tuple(shelf.problems()))

    def changes(self, ids: Sequence[RecordId]) -> Mapping[RecordId, Mapping[FieldName, Touched]]:
        """When the files were last written: which of their fields were changed then, nobody knows,
        nor by whom."""
        shelf = self._look()
        entries = {id: entry for id in ids if (entry := shelf.find(id))}
        return {
            id: dict.fromkeys(
                self._form.schema, Touched(self.folder.written(entry.path), whole=True)
            )
            for id, entry in entries.items()
        }

    def create(self, creates: Sequence[Create], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        """A file that has the item's id already is the item's."""
        shelf, known = self._look(), dict(twins)
        made: list[str] = []
        try:
            for create in creates:
                held = shelf.find(create.item)
                if held and _anothers(held, create.item, known):
                    error = Stale(f"{held.path} has the id of another item; it is read again")
                    outcome = Outcome(create.item, error=error)
                elif held:
                    outcome = Outcome(create.item, self._show(shelf, held))
                else:
                    outcome = self._create(create, Editor(self._form, self.codec, shelf, known))
                if outcome.record:
                    made.append(outcome.record.key)
                    known[create.item] = Twin(outcome.record.id, outcome.record.key)
                yield outcome
        finally:
            self._append(shelf, made)

    def update(self, updates: Sequence[Update], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        shelf = self._look()
        editor = Editor(self._form, self.codec, shelf, twins)
        for update in updates:
            try:
                yield self._update(update, editor)
            except TrackerError as error:
                held = shelf.find(update.record.id)
                record = self._show(shelf, held) if held else None
                yield Outcome(update.item, record, error=error)

    def move(self, moves: Sequence[Move]) -> Iterator[Outcome]:
        """All at once: the file is written once."""
        if not moves:
            return
        shelf = self._look()
        errors: dict[int, TrackerError] = {}
        try:
            text, data = self._order_text()
            held = read_order(text, shelf.resolve)
            for at, move in enumerate(moves):
                path = shelf.path_of(move.record)
                after = shelf.path_of(move.after) if move.after else None
                if path is None or (move.after and after not in held.paths):
                    errors[at] = Stale(
                        "the item or the one above it is not there; it is read again"
                    )
                else:
                    held = held.with_move(path, after)
            if len(errors) < len(moves):
                self._write_order(shelf, held, text, data)
        except TrackerError as error:
            errors = dict.fromkeys(range(len(moves)), error)
        for at, move in enumerate(moves):
            yield Outcome(move.item, error=errors.get(at))

    def release(self, writes: Sequence[Create | Update]) -> Iterator[Outcome]:
        """Files name releases, and keep no more of them."""
        yield from ()

    def newest(self) -> str | None:
        return None

    def order(self) -> tuple[RecordId, ...] | None:
        ids, _ = self._order(self._look())
        return ids

    def cursor(self) -> Cursor | None:
        return None

    def _look(self) -> Shelf:
        entries: dict[str, Entry] = {}
        mistakes: dict[str, Mistake] = {}
        for path, data in self.folder.contents():
            try:
                if isinstance(data, Mistake):
                    raise data
                known = remembered(path, data, self._form, self._known.get(path))
                entries[path] = known or self._enter(path, data)
            except Mistake as mistake:
                mistakes[path] = mistake
        return Shelf(entries, mistakes, self._linked)

    def _enter(self, path: str, data: bytes) -> Entry:
        key = (path, data)
        if key not in self._seen:
            try:
                self._seen[key] = enter(path, data, self._form)
            except Mistake as mistake:
                self._seen[key] = mistake
        found = self._seen[key]
        if isinstance(found, Mistake):
            raise found
        return found

    def _show(self, shelf: Shelf, entry: Entry) -> Record:
        return shelf.show(entry, self._form.schema)

    def _create(self, create: Create, editor: Editor) -> Outcome:
        try:
            document = editor.blank(create.item, create.values.get("title"))
            path = self.folder.fresh(document.title)
            changes = changes_of(create.values, self._form)
            copied = self._copied(editor, path, changes, create.fetch)
            document, refused = copied.editor.apply(document, copied.changes)
            entry = self._store(path, document, None)
        except Mistake as mistake:
            return Outcome(create.item, error=Rejected(mistake.message))
        except TrackerError as error:
            return Outcome(create.item, error=error)
        editor.shelf.put(None, entry)
        record = self._show(editor.shelf, entry)
        return Outcome(create.item, record, {**copied.stay, **refused}, copied.late)

    def _update(self, update: Update, editor: Editor) -> Outcome:
        shelf = editor.shelf
        held = self._held(update, shelf)
        now = self._show(shelf, held)
        known = {None, update.item} | {one.before for n, one in update.changes.items() if n == ID}
        if ID in update.changes and held.id not in known:
            error: TrackerError = Stale(f"{now.key} has another id; it is read again")
            return Outcome(update.item, now, error=error)
        for name, change in update.changes.items():
            singly = isinstance(change.after, frozenset)
            if not singly and now.shown.get(name) != update.record.shown.get(name):
                error = Stale(f"{now.key}: {name} was changed meanwhile; it is read again")
                return Outcome(update.item, now, error=error)
        copied = self._copied(editor, held.path, update.changes, update.fetch)
        document, refused = copied.editor.apply(held.document, copied.changes)
        if document != held.document:
            entry = self._store(held.path, document, held.data)
            shelf.put(held, entry)
            now = self._show(shelf, entry)
        return Outcome(update.item, now, {**copied.stay, **refused}, copied.late)

    def _copied(
        self, editor: Editor, path: str, changes: Mapping[FieldName, Change], fetch: Fetch | None
    ) -> _Copied:
        """What is newly attached, copied first: a file that cannot be had now holds up no other
        field."""
        if COPYABLE not in changes or COPYABLE not in self._form.schema:
            return _Copied(editor, changes)
        held = editor.shelf.entries.get(path)
        links = self._attic.missing(changes[COPYABLE].after, held.raw[COPYABLE] if held else ())
        try:
            shelved = self._attic.copy(path, links, fetch)
        except RetryLater as error:
            others = {name: change for name, change in changes.items() if name != COPYABLE}
            return _Copied(editor, others, late=error)
        stay = {COPYABLE: shelved.refused} if shelved.refused else {}
        return _Copied(replace(editor, copies=shelved.entries), changes, stay)

    def _held(self, update: Update, shelf: Shelf) -> Entry:
        """The record's file as it is now. Raises NotFound, Rejected."""
        found = shelf.find(update.record.id)
        path = found.path if found else shelf.path_of(update.record.id)
        if path in shelf.mistakes:
            message = f"{path}:{shelf.mistakes[path].line}: {shelf.mistakes[path].message}"
            raise Rejected(printable(message))
        if found is None:
            raise NotFound(f"{update.record.key} is not there any more")
        try:
            now = self._enter(found.path, self.folder.read(found.path))
        except FileNotFoundError:
            raise NotFound(f"{found.path} is not there any more") from None
        except Mistake as mistake:
            raise Rejected(f"{found.path}:{mistake.line}: {printable(mistake.message)}") from None
        if now.id != found.id:
            raise Stale(f"{found.path} has another id; it is read again")
        shelf.put(found, now)
        return now

    def _store(self, path: str, document: Document, before: bytes | None) -> Entry:
        """Writes the file, and reads it back."""
        self.folder.write(path, str(document).encode(), before)
        try:
            return self._enter(path, self.folder.read(path))
        except (Mistake, FileNotFoundError) as error:
            raise Stale(f"{path} was changed meanwhile; it is read again") from error

    def _order(self, shelf: Shelf) -> tuple[tuple[RecordId, ...] | None, list[Problem]]:
        """The records in their order, and what is wrong with the file."""
        try:
            text, _ = self._order_text()
        except TrackerError as error:
            return None, [Problem(str(error), key=ORDER)]
        held = read_order(text, shelf.resolve)
        problems = [
            Problem(
                f"{ORDER}:{line}: {printable(path)} is not there; remove the line", "warning", ORDER
            )
            for line, path in held.missing
        ]
        ids = (shelf.record_of(path) for path in held.paths)
        return tuple(id for id in ids if id), problems

    def _order_text(self) -> tuple[str, bytes | None]:
        """The file's text, and its bytes (None: there is no file). Raises Rejected, Denied."""
        try:
            data = self.folder.read(ORDER)
            return data.decode("utf-8-sig"), data
        except FileNotFoundError:
            return "", None
        except UnicodeDecodeError:
            raise Rejected(f"{ORDER} is not UTF-8; save it in that encoding") from None
        except Mistake as mistake:
            raise Denied(f"{ORDER}: {mistake.message}") from None

    def _append(self, shelf: Shelf, paths: Iterable[str]) -> None:
        """New items come last. Where that fails, the next look finds them missing there."""
        try:
            text, data = self._order_text()
            held = read_order(text, shelf.resolve)
            listed = set(held.paths)
            for path in paths:
                held = held if path in listed else held.with_last(path)
            if set(held.paths) != listed:
                self._write_order(shelf, held, text, data)
        except TrackerError:
            return

    def _write_order(self, shelf: Shelf, held: Order, text: str, data: bytes | None) -> None:
        titles = {path: entry.title for path, entry in shelf.entries.items()}
        new = held.written(titles)
        if new != text:
            mark = codecs.BOM_UTF8 if data and data.startswith(codecs.BOM_UTF8) else b""
            self.folder.write(ORDER, mark + new.encode(), data)


def _anothers(held: Entry, item: ItemId, known: Mapping[ItemId, Twin]) -> bool:
    """Does the file with the item's id show another, which is yet to be given its own?"""
    return any(twin.id == held.record and other != item for other, twin in known.items())
