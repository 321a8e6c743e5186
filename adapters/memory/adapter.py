"""The adapter of a tracker that lives in memory."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from adapters import notices
from adapters.base import Comments, Setup
from adapters.comments import NOWHERE
from adapters.memory.codec import Codec, shown_as
from adapters.memory.comments import brought
from adapters.memory.place import Fault, MemoryTracker
from adapters.memory.releases import MemoryReleases
from adapters.memory.vocabulary import MemoryVocabulary
from sync.model import COMMENTS, EMPTY, NOTICE, FieldName, ItemId, Shape
from sync.tracker import (
    ID,
    Change,
    Create,
    Cursor,
    Facts,
    Gone,
    Move,
    NotFound,
    Outcome,
    Person,
    Record,
    RecordId,
    RetryLater,
    Shown,
    Snapshot,
    Stale,
    Twin,
    Unmapped,
    Update,
)

LOOSE = (Shape.SET, Shape.ITEMS, Shape.COMMENTS)
"""What is changed by its elements."""


class Memory:
    """The adapter over one place."""

    def __init__(self, setup: Setup, place: MemoryTracker) -> None:
        self.name, self.setup, self.place = setup.name, setup, place
        self.codec = Codec(setup, place)
        self._read_up_to = 0

    def open(self) -> Facts:
        self._ask()
        fields = frozenset(self.setup.schema) - self.place.without
        cannot = dict.fromkeys(self.place.without, "the place was told not to carry it")
        if COMMENTS in fields and self.setup.comments == Comments():
            fields, cannot = fields - {COMMENTS}, {**cannot, COMMENTS: NOWHERE}
        kept = self.place.releases
        if kept and kept.barred:
            cannot["releases"] = kept.barred
        if self.place.vocabulary and self.place.vocabulary.barred:
            cannot["vocabulary"] = self.place.vocabulary.barred
        return Facts(
            "memory",
            self.codec,
            fields,
            cannot,
            order=self.place.ordered,
            releases=kept is not None,
            public=self.place.public,
        )

    def people(self) -> Sequence[Person]:
        return ()

    def read(self, since: Cursor | None) -> Snapshot:
        self._ask()
        place = self.place
        self._read_up_to = max(0, place.clock - place.lag)
        records = tuple(place.visible(int(since or 0)))
        order = tuple(record.id for record in place.visible()) if place.ordered else None
        kept = place.releases
        releases = tuple(kept.held.values()) if kept else None
        return Snapshot(
            records,
            since is None,
            order,
            self.cursor(),
            releases=releases,
            vocabulary=self.vocabulary(),
        )

    def get(self, ids: Sequence[RecordId]) -> Snapshot:
        self._ask()
        found = {id: self.place.shows(id) for id in ids}
        gone = {id: self._gone(id) for id, record in found.items() if record is None}
        return Snapshot(tuple(record for record in found.values() if record), gone=gone)

    def create(self, creates: Sequence[Create], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        known = dict(twins)
        for create in creates:
            self._ask()
            made = [record for record in self.place.all() if record.mark == create.item]
            clock = self.place.clock
            if not create.tried or not made:
                outcome = self._create(create, known)
            else:
                outcome = Outcome(create.item, made[0])
            self._saw(clock)
            if outcome.record:
                known[create.item] = Twin(outcome.record.id, outcome.record.key)
            yield outcome

    def update(self, updates: Sequence[Update], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        for update in updates:
            self._ask()
            clock = self.place.clock
            outcome = self._update(update, twins)
            self._saw(clock)
            yield outcome

    def move(self, moves: Sequence[Move]) -> Iterator[Outcome]:
        for move in moves:
            self._ask()
            fault = self.place.take_fault()
            ends = [id for id in (move.record, move.after) if id is not None]
            if not all(self.place.shows(id) for id in ends):
                yield Outcome(move.item, error=Stale(f"{' or '.join(ends)} is not there any more"))
                continue
            if fault != "before":
                self.place.place(move.record, move.after)
            yield Outcome(move.item, error=_lost(fault))

    def release(self, writes: Sequence[Create | Update]) -> Iterator[Outcome]:
        return self._beside(
            writes, self.place.releases or MemoryReleases(), self.place.rename_release
        )

    def vocabulary(self) -> tuple[Record, ...] | None:
        kept = self.place.vocabulary if self.setup.vocabulary else None
        return tuple(kept.held.values()) if kept else None

    def define(self, writes: Sequence[Create | Update]) -> Iterator[Outcome]:
        return self._beside(
            writes, self.place.vocabulary or MemoryVocabulary(), self.place.rename_label
        )

    def _beside(
        self,
        writes: Sequence[Create | Update],
        kept: MemoryReleases | MemoryVocabulary,
        rename: Callable[[str, str], None],
    ) -> Iterator[Outcome]:
        """Writes what is kept beside the records, one by one."""
        for write in writes:
            self._ask()
            fault = self.place.take_fault()
            if fault in ("before", "halfway"):
                yield Outcome(write.item, error=_lost(fault))
                continue
            outcome = kept.make(write) if isinstance(write, Create) else kept.change(write, rename)
            yield Outcome(write.item, error=_lost(fault)) if fault else outcome

    def order(self) -> tuple[RecordId, ...] | None:
        self._ask()
        return tuple(record.id for record in self.place.all()) if self.place.ordered else None

    def cursor(self) -> Cursor | None:
        return str(self._read_up_to)

    def remember(self, twins: Iterable[Twin], last: Cursor | None = None) -> None:
        """Nothing: records are found by their id."""

    def newest(self) -> str | None:
        return f"MEM-{len(self.place.history)}" if self.place.history else None

    def _create(self, create: Create, twins: Mapping[ItemId, Twin]) -> Outcome:
        fault = self.place.take_fault()
        if fault == "before":
            return Outcome(create.item, error=_lost(fault))
        empty = {name: shown_as(EMPTY[shape]) for name, shape in self.setup.schema.items()}
        empty |= {NOTICE: []} if NOTICE in empty else {}
        if self.place.open_closed:
            empty["status"] = "open"
        given = {name: Change(None, value) for name, value in create.values.items()}
        shown, refused = self._encode(given, empty, twins)
        kept = {name: value for name, value in shown.items() if name not in self.place.drop}
        record = self.place.add(empty | kept, create.item)
        return Outcome(create.item, None if fault else record, refused, _lost(fault))

    def _update(self, update: Update, twins: Mapping[ItemId, Twin]) -> Outcome:
        now = self.place.shows(update.record.id)
        if now is None:
            return Outcome(update.item, error=NotFound(f"{update.record.key} is not there"))
        for name in update.changes:
            held, shown = update.record.shown.get(name), now.shown.get(name)
            if held != shown and self.setup.schema.get(name) not in LOOSE:
                error = Stale(f"{now.key}: {name} was changed meanwhile; it is read again")
                return Outcome(update.item, now, error=error)
        fault = self.place.take_fault()
        marked = ID in update.changes and ID not in self.setup.schema
        changes = {name: it for name, it in update.changes.items() if name != ID or not marked}
        shown, refused = self._encode(changes, now.shown, twins)
        if fault == "halfway":
            shown = dict(list(shown.items())[:1])
        if fault != "before":
            now = self.place.write(now.id, shown, "onebacklog")
            if marked:
                now = self.place.mark(now, update.item)
        if COMMENTS in update.changes:  # what people said meanwhile is for the next read to find
            held = update.record.shown.get(COMMENTS)
            said = self.codec.comments.undisturbed(held, now.shown[COMMENTS])
            now = replace(now, shown={**now.shown, COMMENTS: said})
        return Outcome(update.item, now, refused, _lost(fault))

    def _encode(
        self,
        changes: Mapping[FieldName, Change],
        held: Mapping[FieldName, Shown],
        twins: Mapping[ItemId, Twin],
    ) -> tuple[dict[FieldName, Shown], dict[FieldName, str]]:
        """What is to be shown by field, and why some fields are not taken."""
        shown, refused = dict[FieldName, Shown](), dict[FieldName, str]()
        for name, change in changes.items():
            if name in self.place.without or name in self.place.refuse:
                refused[name] = f"{name} cannot be set here"
                continue
            try:
                shown[name] = self._shown(name, change, held[name], twins)
                if name == "release" and self.place.releases:
                    self.place.releases.ensure(shown[name])
            except Unmapped as error:
                refused[name] = str(error)
        return shown, refused

    def _shown(
        self, name: FieldName, change: Change, held: Shown, twins: Mapping[ItemId, Twin]
    ) -> Shown:
        before, after = change.before, change.after
        if name == NOTICE:
            return brought(notices.todo(after, held), held, self.place.clock)
        match self.setup.schema[name]:
            case Shape.COMMENTS:
                return brought(self.codec.comments.todo(after, held), held, self.place.clock)
            case Shape.ITEM:
                return twins[after].id if isinstance(after, str) and after in twins else None
            case Shape.ITEMS if isinstance(after, frozenset):
                ids = {twins[item].id for item in after if item in twins}
                was = before if isinstance(before, frozenset) else frozenset()
                gone = {twins[item].id for item in was - after if item in twins}
                return sorted((set(held) - gone) | ids)
            case Shape.SET if isinstance(after, frozenset):
                was = before if isinstance(before, frozenset) else frozenset()
                now = self.codec.decode(name, held, before)
                kept = now if isinstance(now, frozenset) else frozenset()
                return self.codec.encode(name, (kept - (was - after)) | (after - was), held)
        return self.codec.encode(name, after, held)

    def _gone(self, id: RecordId) -> Gone:
        if id in self.place.moved:
            return Gone("moved", self.place.moved[id])
        return Gone("hidden" if id in self.place.hidden else "deleted")

    def _saw(self, clock: int) -> None:
        """Own writes need not be read again, unless others' that were not read precede them."""
        if self._read_up_to == clock:
            self._read_up_to = self.place.clock

    def _ask(self) -> None:
        if self.place.down:
            raise self.place.down


def _lost(fault: Fault | None) -> RetryLater | None:
    return None if fault is None else RetryLater("the answer did not arrive", after=0)
