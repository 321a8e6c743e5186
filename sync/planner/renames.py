"""What a release is called: in the backlog, on each tracker, and before it was renamed. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sync.backlog import Link
from sync.model import DONE, FieldName, Item, ItemId, Value
from sync.planner.lens import Lens
from sync.tracker import Change, Codec, Record, Shown, Unmapped

RELEASE: FieldName = "release"
"""The field of items that names one."""
NAME, FINISHED = "name", "done"


@dataclass(frozen=True, slots=True)
class ReleaseCodec:
    """How one tracker shows releases: their names as items there name them."""

    names: Codec
    """The tracker's codec of items."""

    def decode(self, name: FieldName, shown: Shown, present: Value) -> Value:
        if name == NAME:
            return self.names.decode(RELEASE, shown, None)
        return (DONE if shown else None) if name == FINISHED else shown

    def encode(self, name: FieldName, value: Value, shown: Shown) -> Shown:
        if name == NAME:
            return self.names.encode(RELEASE, value, None)
        return value is not None if name == FINISHED else value

    def shows(self, name: FieldName, value: Value, shown: Shown) -> bool:
        said = self.decode(name, shown, value)
        return same_name(said, value) if name == NAME else said == value


@dataclass(frozen=True, slots=True)
class Renaming:
    """A codec of items for a tracker that calls some releases otherwise than the backlog does."""

    inner: Codec
    called: Mapping[str, str]
    """The backlog's name → the tracker's, in the backlog's words."""

    def decode(self, name: FieldName, shown: Shown, present: Value) -> Value:
        if name != RELEASE:
            return self.inner.decode(name, shown, present)
        said = self.inner.decode(name, shown, self._theirs(present))
        ours = {theirs: own for own, theirs in self.called.items()}
        return ours.get(said, said) if isinstance(said, str) else said

    def encode(self, name: FieldName, value: Value, shown: Shown) -> Shown:
        if name != RELEASE:
            return self.inner.encode(name, value, shown)
        if is_other(value, self.called):
            return {"another": self.inner.encode(name, value, None)}
        return self.inner.encode(name, self._theirs(value), shown)

    def shows(self, name: FieldName, value: Value, shown: Shown) -> bool:
        if name != RELEASE:
            return self.inner.shows(name, value, shown)
        if is_other(value, self.called):
            return False
        return self.inner.shows(name, self._theirs(value), shown)

    def _theirs(self, value: Value) -> Value:
        return self.called.get(value, value) if isinstance(value, str) else value


def is_other(name: Value, called: Mapping[str, str]) -> bool:
    """Is what the tracker calls so another release than what the backlog does?"""
    return name not in called and name in called.values()


def same_name(one: Value, other: Value) -> bool:
    """Trackers differ in whether `v1` and `V1` are two releases: here they are one."""
    return str(one or "").casefold() == str(other or "").casefold()


def called_on(
    lens: Lens, records: Iterable[tuple[ItemId, Record]], releases: Mapping[ItemId, Item]
) -> dict[str, str]:
    """Releases that the tracker calls otherwise than the backlog: ours → theirs.

    `records`: the tracker's own, by the release that they are; `lens`: of releases there.
    """
    names: dict[str, str] = {}
    for release, record in records:
        ours, theirs = releases[release].values[NAME], name_of(lens, record)
        if theirs is not None and ours != theirs:
            names[str(ours)] = theirs
    return names


def name_of(lens: Lens, record: Record) -> str | None:
    """What the tracker's release is called in the backlog's words; None: it has none for it."""
    try:
        said = lens.decode(NAME, record.shown.get(NAME), None)
    except Unmapped:
        return None
    return str(said) if said else None


def with_names(lens: Lens, called: Mapping[str, str]) -> Lens:
    """The lens of items, where the tracker calls releases so."""
    if not called or RELEASE not in lens.facts.fields:
        return lens
    return replace(lens, facts=replace(lens.facts, codec=Renaming(lens.facts.codec, called)))


def told_as(
    values: Mapping[FieldName, Value], called: Mapping[str, str]
) -> Mapping[FieldName, Value]:
    """An item's values as the tracker is to be told them."""
    name = values.get(RELEASE)
    if not isinstance(name, str) or name not in called:
        return values
    return {**values, RELEASE: called[name]}


def told_changes(
    changes: Mapping[FieldName, Change], called: Mapping[str, str]
) -> Mapping[FieldName, Change]:
    """An item's changes as the tracker is to be told them."""
    if RELEASE not in changes:
        return changes
    ends = changes[RELEASE]
    before, after = (told_as({RELEASE: end}, called)[RELEASE] for end in (ends.before, ends.after))
    return {**changes, RELEASE: Change(before, after)}


def renamed_link(link: Link, moved: Mapping[str, str]) -> Link:
    """The link as if its record had always shown releases under their new names.

    Trackers do not count the new name of a release as a change of the issues in it.
    """
    record = renamed_record(link.record, moved)
    behind, sent = _renamed(link.behind, moved), _renamed(link.sent, moved)
    return replace(link, record=record, behind=behind, sent=sent)


def renamed_record(record: Record, moved: Mapping[str, str]) -> Record:
    return replace(record, shown=_renamed(record.shown, moved))


def _renamed(shown: Mapping[FieldName, Shown], moved: Mapping[str, str]) -> dict[FieldName, Shown]:
    return {n: _walk(value, moved) if n == RELEASE else value for n, value in shown.items()}


def _walk(shown: Shown, moved: Mapping[str, str]) -> Shown:
    """Names wherever they stand in what is shown: alone, or several below a key."""
    if isinstance(shown, str):
        return moved.get(shown, shown)
    if isinstance(shown, list):
        names = [_walk(entry, moved) for entry in shown]
        return sorted(names) if all(isinstance(name, str) for name in names) else names
    if isinstance(shown, Mapping):
        return {key: _walk(value, moved) for key, value in shown.items()}
    return shown
