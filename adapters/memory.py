"""A tracker that lives in memory: as real as the others, and as unruly as it is told to be."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from adapters import notices
from adapters.base import Comments, Setup
from adapters.comments import NOWHERE, CommentCodec
from adapters.memory_comments import brought
from adapters.memory_releases import MemoryReleases
from adapters.memory_vocabulary import MemoryVocabulary
from sync.model import CLOSED, COMMENTS, EMPTY, NOTICE, Criterion, FieldName, ItemId, Shape, Value
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
    TrackerError,
    Twin,
    Unmapped,
    Update,
)

LOOSE = (Shape.SET, Shape.ITEMS, Shape.COMMENTS)
"""What is changed by its elements."""
Fault: TypeAlias = Literal["before", "after", "halfway"]
"""When a write breaks off: without effect; after it (the answer is lost); after its first field."""


@dataclass
class MemoryTracker:
    """The place: what a tracker's server would hold, and how it misbehaves.

    Deterministic: its clock is the number of changes made to it. The switches may be changed at
    any time; those of the carriers before the first record only.
    """

    normalise: bool = False
    """It trims lines, lower-cases labels, and takes blanks out of texts that nobody sees."""
    open_closed: bool = False
    """Its status knows only `open` and `closed`."""
    single_assignee: bool = False
    ordered: bool = True
    releases: MemoryReleases | None = None
    """None: it keeps the names of releases on records alone."""
    vocabulary: MemoryVocabulary | None = None
    """None: it keeps the names of labels on records alone."""
    without: frozenset[FieldName] = frozenset()
    """Fields that have no carrier."""
    public: bool = False
    drop: frozenset[FieldName] = frozenset()
    """Fields that it silently does not change."""
    refuse: frozenset[FieldName] = frozenset()
    """Fields that it says it will not change."""
    faults: dict[int, Fault] = field(default_factory=dict)
    """By the number of the write, 0 being the next; earlier ones do not count any more."""
    lag: int = 0
    """So many of the last changes are not seen by `read` yet."""
    hidden: set[RecordId] = field(default_factory=set)
    moved: dict[RecordId, str] = field(default_factory=dict)
    """Records that left for another address."""
    down: TrackerError | None = None
    """Raised by every call while it is set."""

    clock: int = 0
    order: list[RecordId] = field(default_factory=list)
    history: dict[RecordId, list[tuple[int, Record]]] = field(default_factory=dict)
    """Every state of every record there ever was, with the clock's time."""
    deleted: set[RecordId] = field(default_factory=set)

    def shows(self, record: RecordId) -> Record | None:
        """The record as it now is, for those who may see it."""
        away = record in self.deleted or record in self.hidden or record in self.moved
        return None if away or record not in self.history else self.history[record][-1][1]

    def all(self) -> list[Record]:
        return [record for id in self.order if (record := self.shows(id))]

    def visible(self, since: int = 0) -> list[Record]:
        """What `read` sees: the records, as `lag` changes ago, of which any is since then."""
        seen = self.clock - self.lag
        states = {
            id: [(at, record) for at, record in self.history[id] if at <= seen]
            for id in self.order
            if self.shows(id)
        }
        return [past[-1][1] for past in states.values() if past and past[-1][0] > since]

    def add(self, shown: Mapping[FieldName, Shown], mark: ItemId | None = None) -> Record:
        """A new record, the last in the order."""
        number = len(self.history) + 1
        record = Record(f"r{number}", f"MEM-{number}", "", {}, f"https://mem.example/{number}")
        self.order.append(record.id)
        self.history[record.id] = []
        return self._keep(
            replace(record, mark=mark, shown=self._tidy(shown)), "onebacklog" if mark else "person"
        )

    def write(self, id: RecordId, shown: Mapping[FieldName, Shown], by: str = "person") -> Record:
        """Sets these fields; KeyError where there is no such record to be seen."""
        record = self.shows(id)
        if record is None:
            raise KeyError(id)
        changed = {name: shown[name] for name in shown if name not in self.drop}
        after = {**record.shown, **self._tidy(changed)}
        return record if after == record.shown else self._keep(replace(record, shown=after), by)

    def mark(self, record: Record, item: ItemId) -> Record:
        return self._keep(replace(record, mark=item), "onebacklog")

    def remove(self, record: RecordId) -> None:
        self.clock += 1
        self.deleted.add(record)

    def place(self, record: RecordId, after: RecordId | None) -> None:
        """Moves it right below another, or to the top."""
        self.order.remove(record)
        self.order.insert(0 if after is None else self.order.index(after) + 1, record)

    def rename_label(self, old: str, new: str) -> None:
        """As above, in the sets of labels."""
        for id, past in self.history.items():
            self.history[id] = [
                (at, replace(one, shown=_relabelled(one.shown, old, new))) for at, one in past
            ]

    def rename_release(self, old: str, new: str) -> None:
        """Records show the new name, and none counts as changed by it."""
        for id, past in self.history.items():
            self.history[id] = [
                (at, replace(one, shown={**one.shown, "release": new}))
                if one.shown.get("release") == old
                else (at, one)
                for at, one in past
            ]

    def take_fault(self) -> Fault | None:
        """Counts a write; what is to go wrong with it."""
        fault = self.faults.pop(0, None)
        self.faults = {number - 1: later for number, later in self.faults.items() if number > 0}
        return fault

    def _keep(self, record: Record, by: str) -> Record:
        self.clock += 1
        at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=self.clock)
        updated_at = at.isoformat().replace("+00:00", "Z")
        record = replace(record, version=str(self.clock), updated_at=updated_at, updated_by=by)
        self.history[record.id].append((self.clock, record))
        return record

    def _tidy(self, shown: Mapping[FieldName, Shown]) -> dict[FieldName, Shown]:
        kept = {name: value for name, value in shown.items() if name not in self.without}
        if self.single_assignee and "assignees" in kept:
            kept["assignees"] = kept["assignees"][:1]
        return {name: self.respell(name, kept[name]) for name in kept}

    def respell(self, name: FieldName, shown: Shown) -> Shown:
        """What becomes of what it is given, where it normalises."""
        if not self.normalise or not shown:
            return shown
        if name == "labels":
            return sorted({label.lower() for label in shown})
        if name == "description":
            lines = "\n".join(line.rstrip() for line in shown.split("\n"))
            return re.sub(r"\n{3,}", "\n\n", lines).strip("\n")
        return " ".join(shown.split()) if name == "title" else shown


class Codec:
    """Values as the place shows them."""

    def __init__(self, setup: Setup, place: MemoryTracker) -> None:
        self.setup, self.place = setup, place
        self.comments = CommentCodec(setup.name, setup.comments, str)

    def decode(self, name: FieldName, shown: Shown, present: Value) -> Value:
        if name == NOTICE:
            return present
        if self.setup.schema[name] is Shape.COMMENTS:
            return self.comments.decode(shown, present)
        if shown is None:
            return EMPTY[self.setup.schema[name]]
        if self.shows(name, present, shown):
            return present
        if name == "status" and self.place.open_closed:
            return "done" if shown == "closed" else "todo"
        value = value_of(self.setup.schema[name], shown)
        if name == "labels" and isinstance(value, frozenset) and isinstance(present, frozenset):
            spelt = {self.place.respell(name, [label])[0]: label for label in sorted(present)}
            return frozenset(spelt.get(label, label) for label in value)
        return self._mapped(name, value, back=True)

    def encode(self, name: FieldName, value: Value, shown: Shown) -> Shown:
        if name == NOTICE:
            return notices.encode(value)
        if self.setup.schema[name] is Shape.COMMENTS:
            return self.comments.encode(value)
        if self.shows(name, value, shown):
            return shown
        wanted = self._wanted(name, value)
        return wanted[:1] if name == "assignees" and self.place.single_assignee else wanted

    def shows(self, name: FieldName, value: Value, shown: Shown) -> bool:
        if name == NOTICE:
            return notices.shows(value, shown)
        if self.setup.schema[name] is Shape.COMMENTS:
            return self.comments.shows(value, shown)
        try:
            wanted = self._wanted(name, value)
        except Unmapped:
            return False
        if name == "assignees" and self.place.single_assignee and shown and wanted:
            return shown[0] in wanted
        return bool(self.place.respell(name, wanted) == self.place.respell(name, shown))

    def _wanted(self, name: FieldName, value: Value) -> Shown:
        if name == "status" and self.place.open_closed:
            return "closed" if value in CLOSED else "open"
        return shown_as(self._mapped(name, value))

    def _mapped(self, name: FieldName, value: Value, *, back: bool = False) -> Value:
        names = self.setup.values.get(name)
        if not names or not isinstance(value, str):
            return value
        known = {native: canonical for canonical, native in names.items()} if back else names
        if value not in known:
            raise Unmapped(name, value, f"name it under fields.{name}.values")
        return known[value]


def value_of(shape: Shape, shown: Shown) -> Value:
    """What the place shows, as a value of the shape."""
    match shape:
        case Shape.SET | Shape.ITEMS:
            return frozenset(shown)
        case Shape.CRITERIA:
            return tuple(Criterion(text, checked) for text, checked in shown)
        case Shape.NUMBER:
            return float(shown)
    return str(shown)


def _relabelled(shown: Mapping[FieldName, Shown], old: str, new: str) -> dict[FieldName, Shown]:
    labels = (new if one.casefold() == old.casefold() else one for one in shown["labels"])
    return {**shown, "labels": sorted(labels)}


def shown_as(value: Value) -> Shown:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [list(entry) for entry in value]
    return value


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
        kept = self.place.releases or MemoryReleases()
        for write in writes:
            self._ask()
            fault = self.place.take_fault()
            if fault in ("before", "halfway"):
                yield Outcome(write.item, error=_lost(fault))
                continue
            if isinstance(write, Create):
                outcome = kept.make(write)
            else:
                outcome = kept.change(write, self.place.rename_release)
            yield Outcome(write.item, error=_lost(fault)) if fault else outcome

    def vocabulary(self) -> tuple[Record, ...] | None:
        kept = self.place.vocabulary if self.setup.vocabulary else None
        return tuple(kept.held.values()) if kept else None

    def define(self, writes: Sequence[Create | Update]) -> Iterator[Outcome]:
        kept = self.place.vocabulary or MemoryVocabulary()
        for write in writes:
            self._ask()
            fault = self.place.take_fault()
            if fault in ("before", "halfway"):
                yield Outcome(write.item, error=_lost(fault))
                continue
            if isinstance(write, Create):
                outcome = kept.make(write)
            else:
                outcome = kept.change(write, self.place.rename_label)
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
