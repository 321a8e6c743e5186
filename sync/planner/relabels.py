"""What a label is called on one tracker, until it is renamed there; and after that. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sync.backlog import Link
from sync.model import FieldName, Item, Value
from sync.planner.lens import Lens
from sync.tracker import Change, Codec, Record, Shown

LABELS: FieldName = "labels"
"""The field of items that names them."""


@dataclass(frozen=True, slots=True)
class Relabelled:
    """A codec of items for a tracker that still calls some labels by their old names."""

    inner: Codec
    called: Mapping[str, str]
    """The backlog's name → the tracker's."""

    def decode(self, name: FieldName, shown: Shown, present: Value) -> Value:
        said = self.inner.decode(name, shown, present)
        return _told(said, _back(self.called)) if name == LABELS else said

    def encode(self, name: FieldName, value: Value, shown: Shown) -> Shown:
        told = _told(value, self.called) if name == LABELS else value
        return self.inner.encode(name, told, shown)

    def shows(self, name: FieldName, value: Value, shown: Shown) -> bool:
        told = _told(value, self.called) if name == LABELS else value
        return self.inner.shows(name, told, shown)


def with_labels(lens: Lens, called: Mapping[str, str]) -> Lens:
    """The lens of items, where the tracker calls labels so."""
    if not called or LABELS not in lens.facts.fields:
        return lens
    return replace(lens, facts=replace(lens.facts, codec=Relabelled(lens.facts.codec, called)))


def labelled_as(
    values: Mapping[FieldName, Value], called: Mapping[str, str]
) -> Mapping[FieldName, Value]:
    """An item's values as the tracker is to be told them."""
    if not called or LABELS not in values:
        return values
    return {**values, LABELS: _told(values[LABELS], called)}


def labelled_changes(
    changes: Mapping[FieldName, Change], called: Mapping[str, str]
) -> Mapping[FieldName, Change]:
    """An item's changes as the tracker is to be told them."""
    if not called or LABELS not in changes:
        return changes
    ends = changes[LABELS]
    return {**changes, LABELS: Change(_told(ends.before, called), _told(ends.after, called))}


def relabelled_item(item: Item, names: Mapping[str, str]) -> Item:
    """`names`: old name, folded → new."""
    after = frozenset(names.get(label.casefold(), label) for label in item.labels)
    return item if after == item.labels else replace(item, values={**item.values, LABELS: after})


def relabelled_link(link: Link, names: Mapping[str, str]) -> Link:
    """The link as if its record had always shown labels under their new names.

    Trackers do not count the new name of a label as a change of the records that have it.
    """
    record = relabelled_record(link.record, names)
    behind, sent = _relabelled(link.behind, names), _relabelled(link.sent, names)
    return replace(link, record=record, behind=behind, sent=sent)


def relabelled_record(record: Record, names: Mapping[str, str]) -> Record:
    return replace(record, shown=_relabelled(record.shown, names))


def folded(shown: Mapping[FieldName, Shown]) -> frozenset[str]:
    """The labels that a record shows, in lower case."""
    labels = shown.get(LABELS)
    return frozenset(map(str.casefold, labels)) if isinstance(labels, list) else frozenset()


def _relabelled(
    shown: Mapping[FieldName, Shown], names: Mapping[str, str]
) -> Mapping[FieldName, Shown]:
    labels = shown.get(LABELS)
    if not isinstance(labels, list) or not any(one.casefold() in names for one in labels):
        return shown
    return {**shown, LABELS: sorted({names.get(one.casefold(), one) for one in labels})}


def _told(value: Value, names: Mapping[str, str]) -> Value:
    if not isinstance(value, frozenset):
        return value
    return frozenset(names.get(str(one), str(one)) for one in value)


def _back(called: Mapping[str, str]) -> dict[str, str]:
    return {theirs: ours for ours, theirs in called.items()}
