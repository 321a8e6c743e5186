"""Fields that say the same from both ends: what one item says, the other says too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sync.merge import Merged
from sync.model import SYMMETRIC, FieldName, ItemId, as_set
from sync.planner.fields import MergedItem


def mirror(merged: Mapping[ItemId, MergedItem], name: FieldName) -> None:
    """Makes each change of the field at the other end too; what was added anywhere stays."""
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
