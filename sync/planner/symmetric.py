"""Fields that say the same from both ends: what one item says, the other says too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sync.merge import Merged
from sync.model import SYMMETRIC, FieldName, ItemId, as_set
from sync.planner.fields import MergedItem


def mirror(merged: Mapping[ItemId, MergedItem], name: FieldName) -> None:
    """Makes each change of the field at the other end too; what was added anywhere stays.

    A change whose other end waits is not taken yet: it is seen again when that is read.
    """
    for one in merged.values():
        if name in one.merged and any(
            other in merged and merged[other].waiting for other in _changed(one, name)
        ):
            _leave(one, name)
    added, removed = set[tuple[ItemId, ItemId]](), set[tuple[ItemId, ItemId]]()
    for item, one in merged.items():
        if name in one.merged and not one.waiting:
            before = as_set(one.before.values.get(name)) if one.before else frozenset()
            after = as_set(one.item.values.get(name))
            added |= {(item, other) for other in after - before}
            removed |= {(item, other) for other in before - after}
    for item, other in sorted(removed):
        if (other, item) not in added:
            _change(merged, name, item, other, remove=True)
    for item, other in sorted(added):
        _change(merged, name, item, other, remove=False)


def _changed(one: MergedItem, name: FieldName) -> frozenset[ItemId]:
    """The other ends of what was added or removed here."""
    before = as_set(one.before.values.get(name)) if one.before else frozenset[ItemId]()
    return before ^ as_set(one.item.values.get(name))


def _leave(one: MergedItem, name: FieldName) -> None:
    """Keeps the field as it was, on all sides, as one in conflict is kept."""
    before = as_set(one.before.values.get(name)) if one.before else frozenset[ItemId]()
    values = {**one.item.values, name: before}
    one.item = replace(one.item, values={n: v for n, v in values.items() if v or n != name})
    one.merged[name] = replace(one.merged[name], value=before, conflict=True)


def _change(
    merged: Mapping[ItemId, MergedItem],
    name: FieldName,
    item: ItemId,
    other: ItemId,
    *,
    remove: bool,
) -> None:
    """Adds the item to what the other says, or removes it, for the reason that it was done here."""
    there = merged.get(other)
    if there is None or there.waiting or other == item:
        return
    said = as_set(there.item.values.get(name))
    value = said - {item} if remove else said | {item}
    if value == said:
        return
    values = {**there.item.values, name: value}
    there.item = replace(there.item, values={n: v for n, v in values.items() if v or n != name})
    by = {*_changed_by(there, name), *_changed_by(merged[item], name)}
    there.merged[name] = Merged(value, changed_by=tuple(sorted(by)))


def _changed_by(one: MergedItem, name: FieldName) -> tuple[str, ...]:
    return one.merged[name].changed_by if name in one.merged else ()


def mirror_all(merged: Mapping[ItemId, MergedItem]) -> None:
    for name in sorted(SYMMETRIC):
        mirror(merged, name)
