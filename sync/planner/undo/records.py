"""Takes back what a run wrote to the fields of items, or of releases, on all their records."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sync.backlog import Link
from sync.model import (
    EMPTY,
    FieldName,
    Item,
    ItemId,
    Json,
    Schema,
    Shape,
    TrackerName,
    Value,
    as_set,
)
from sync.plan import Edit
from sync.planner.edits import digest
from sync.planner.lens import Lens
from sync.planner.undo.past import BACKLOG, Kept, Past
from sync.planner.undo.values import LOOSE, Written
from sync.tracker import Change, Unmapped

CREATED = "it was made by this run, and nothing is ever deleted: close it by hand, if it is meant"


@dataclass(frozen=True, slots=True)
class Realm:
    """The items, or the releases, with their records as they now are."""

    run: int
    schema: Schema
    items: Mapping[ItemId, Item]
    links: Mapping[TrackerName, Mapping[ItemId, Link]]
    """Each record as it was just read; what of it was never merged is behind."""
    lenses: Mapping[TrackerName, Lens]
    gone: Mapping[tuple[TrackerName, ItemId], str]
    """Why there is no record any more, or none to be seen."""
    silent: Mapping[ItemId, str]
    """Items that trackers show which did not answer, and which these are."""
    may: Callable[[TrackerName, ItemId, FieldName], bool]
    """Is the tracker one that may be told of this field of this item?"""
    secret: Mapping[TrackerName, Collection[ItemId]]
    """Items that it must not be told of."""
    load: Callable[[FieldName, Json], Value]
    title: FieldName
    """The field that every item has, and a new one had not."""

    @property
    def because(self) -> str:
        return f"undo of run {self.run}"


@dataclass
class TakenBack:
    """One item, with what is taken back of it."""

    item: Item
    links: list[Link] = field(default_factory=list)
    edits: list[Edit] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)


class _Stays(Exception):
    """Why one value stays as the run wrote it."""


class _Taking:
    """One item while it is looked at."""

    def __init__(self, realm: Realm, item: Item, past: Sequence[Past]) -> None:
        self.realm, self.item, self.past = realm, item, past
        self.links = {name: of[item.id] for name, of in realm.links.items() if item.id in of}
        self.changes: dict[TrackerName, dict[FieldName, Change]] = {}
        self.kept: list[Kept] = []
        self.made = {one.tracker for one in past if self._makes(one)}

    def _makes(self, one: Past) -> bool:
        new = one.field == self.realm.title and not one.before
        return one.action == "create" or (new and one.action in ("merge", "release"))

    def take_back(self) -> TakenBack:
        silent = self.realm.silent.get(self.item.id)
        if BACKLOG in self.made or silent:
            why = f"{silent} did not answer; run the undo again when it does" if silent else CREATED
            self._keep(BACKLOG, None, why)
            return TakenBack(self.item, kept=self.kept)
        for tracker in sorted(self.made & self.links.keys()):
            self._keep(tracker, None, CREATED)
        for (tracker, name), written in self._written().items():
            if tracker not in (BACKLOG, *self.made):
                self._record(tracker, name, written)
        values = self._values()
        item = replace(self.item, values={n: v for n, v in values.items() if v != self._empty(n)})
        return TakenBack(item, self._links_for(item), list(self._edits()), self.kept)

    def _written(self) -> dict[tuple[TrackerName, FieldName], Written]:
        """What the run wrote, from its first word on each to its last."""
        found: dict[tuple[TrackerName, FieldName], Written] = {}
        for one in self.past:
            name = one.field
            if name is None or name not in self.realm.schema or one.outcome == "refused":
                continue
            try:
                before, after = (self.realm.load(name, end) for end in (one.before, one.after))
            except ValueError:  # the settings give the field another shape now
                continue
            first = found.get((one.tracker, name))
            before = first.before if first else before
            found[one.tracker, name] = Written(self.realm.schema[name], before, after)
        return found

    def _record(self, tracker: TrackerName, name: FieldName, written: Written) -> None:
        try:
            change = self._change(tracker, name, written)
        except _Stays as stays:
            self._keep(tracker, name, str(stays))
            return
        if change is not None:
            self.changes.setdefault(tracker, {})[name] = change

    def _change(self, tracker: TrackerName, name: FieldName, written: Written) -> Change | None:
        """None where nothing of the run is left to be taken back."""
        link, lens = self.links.get(tracker), self.realm.lenses.get(tracker)
        if link is None or lens is None:
            raise _Stays(self.realm.gone.get((tracker, self.item.id), "there is no record of it"))
        if not lens.carries(name, link.record):
            raise _Stays("it is not carried there any more")
        take = self._loose if written.shape in LOOSE else self._whole
        try:
            change = take(lens, link, name, written)
            if change is not None:
                lens.encode(name, change.after, link.record.shown[name], self.realm.links[tracker])
        except Unmapped as error:
            raise _Stays(str(error)) from None
        if change is not None and not self.realm.may(tracker, self.item.id, name):
            raise _Stays("the settings publish nothing of it there")
        return change

    def _whole(self, lens: Lens, link: Link, name: FieldName, written: Written) -> Change | None:
        shown, there = link.record.shown[name], self._there(link.tracker)
        before, after = (
            _reachable(lens, name, end, there) for end in (written.before, written.after)
        )
        if lens.shows(name, before, shown):
            return None
        ours = _reachable(lens, name, self._value(name), there)
        stands = lens.shows(name, after, shown)
        if not stands or (ours != after and lens.shows(name, ours, shown)):
            raise _Stays("it was changed since")
        return Change(after, before)

    def _loose(self, lens: Lens, link: Link, name: FieldName, written: Written) -> Change | None:
        """Beside what others did meanwhile, which the next run merges."""
        shown, seen = link.record.shown[name], link.seen(name)
        if written.shape is Shape.COMMENTS and shown != seen:
            raise _Stays("somebody commented since; apply first")
        present = self._value(name)
        now = lens.decode(name, shown, present)
        back = written.take_back(now)
        if written.shape is Shape.COMMENTS:
            return None if back == now else Change(now, back)
        known = as_set(lens.decode(name, seen, present))
        gone, come = as_set(now) - as_set(back), as_set(back) - as_set(now)
        if written.shape is Shape.ITEMS:
            come &= self._there(link.tracker)
        return Change(known, (known - gone) | come) if gone or come else None

    def _values(self) -> dict[FieldName, Value]:
        """The backlog's values, gone back where no record stays as the run wrote it."""
        values = dict(self.item.values)
        stays = {(one.tracker, one.field) for one in self.kept}
        for (tracker, name), written in self._written().items():
            if tracker != BACKLOG:
                continue
            holds = sorted(
                other
                for other, field in self._written()
                if field == name
                and other != BACKLOG
                and ((other, name) in stays or other in self.made)
            )
            back = written.take_back(self._value(name))
            if holds:
                keep = "keeps" if len(holds) == 1 else "keep"
                self._keep(BACKLOG, name, f"{' and '.join(holds)} {keep} it")
            elif back != self._value(name):
                values[name] = back
            elif back != written.before and written.shape not in LOOSE:
                self._keep(BACKLOG, name, "it was changed since")
        return values

    def _links_for(self, item: Item) -> list[Link]:
        """What is remembered before anything is written: what differs from now on is undone."""
        touched = {name for fields in self.changes.values() for name in fields}
        touched |= {n for n in self.realm.schema if item.values.get(n) != self.item.values.get(n)}
        links = []
        for tracker, link in self.links.items():
            lens, changes = self.realm.lenses[tracker], self.changes.get(tracker, {})
            undone = {name: run for name, run in link.undone.items() if name not in touched}
            for name in sorted(touched):
                if lens.carries(name, link.record) and self._differs(lens, link, name, item):
                    undone[name] = self.realm.run
            sent = {name: shown for name, shown in link.sent.items() if name not in changes}
            links.append(replace(link, sent=sent, undone=undone))
        return links

    def _differs(self, lens: Lens, link: Link, name: FieldName, item: Item) -> bool:
        """Will the record show another value than the item's? Where it shows both alike, that is
        seen by the next plan."""
        there, seen = self._there(link.tracker), link.seen(name)
        value = _reachable(lens, name, item.values.get(name, self._empty(name)), there)
        change = self.changes.get(link.tracker, {}).get(name)
        if change is not None:
            return change.after != value
        return not (name in link.behind and seen is None) and not lens.shows(name, value, seen)

    def _edits(self) -> Iterator[Edit]:
        for tracker, changes in self.changes.items():
            record = self.links[tracker].record
            fields = {name: changes[name] for name in self.realm.schema if name in changes}
            yield Edit(
                self.item.id,
                tracker,
                "update",
                record.key,
                fields,
                self.realm.because,
                digest(record, fields),
            )

    def _there(self, tracker: TrackerName) -> set[ItemId]:
        """Items that the tracker shows and may be told of."""
        return self.realm.links[tracker].keys() - self.realm.secret.get(tracker, ())

    def _value(self, name: FieldName) -> Value:
        return self.item.values.get(name, self._empty(name))

    def _empty(self, name: FieldName) -> Value:
        return EMPTY[self.realm.schema[name]]

    def _keep(self, tracker: TrackerName, name: FieldName | None, why: str) -> None:
        link = self.links.get(tracker)
        keys = [one.key for one in self.past if one.tracker == tracker and one.key]
        key = link.record.key if link else (keys[0] if keys else None)
        self.kept.append(Kept(tracker, self.item.id, key, name, why))


def take_back(realm: Realm, past: Sequence[Past]) -> Iterator[TakenBack]:
    """Every item that the run touched, in the order of its journal."""
    by_item: dict[ItemId, list[Past]] = {}
    for one in past:
        by_item.setdefault(one.item, []).append(one)
    for item, entries in by_item.items():
        if item in realm.items:
            taking = _Taking(realm, realm.items[item], entries)
            for one in entries:
                if one.outcome == "refused":
                    taking._keep(one.tracker, one.field, "the tracker had not taken it")
            yield taking.take_back()


def _reachable(lens: Lens, name: FieldName, value: Value, there: Collection[ItemId]) -> Value:
    """References only to items that the tracker shows."""
    if lens.schema[name] is Shape.ITEM:
        return value if value in there else None
    if lens.schema[name] is Shape.ITEMS and isinstance(value, frozenset):
        return value.intersection(there)
    return value
