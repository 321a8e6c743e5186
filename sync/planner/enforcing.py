"""The team's rules over the merged backlog: judged, and carried out as ordinary changes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sync.merge import ANY, BACKLOG
from sync.model import DONE, FieldName, Item, ItemId, TrackerName
from sync.planner.context import Context
from sync.planner.fields import MergedItem
from sync.planner.lens import Lens
from sync.planner.orders import ORDER
from sync.rules import Enforced, View, enforce


def enforce_rules(
    context: Context,
    merged: Mapping[ItemId, MergedItem],
    order: Sequence[ItemId],
    lenses: Mapping[TrackerName, Lens],
    releases: Mapping[ItemId, Item],
) -> Enforced:
    """Judges the backlog as merged, and changes the merged items as the rules would have them.

    Fields in conflict, and those that a tracker has authority over, are left as they are.
    """
    settings = context.settings
    view = _view(context, merged, order, lenses, releases)

    def free(item: ItemId, name: FieldName) -> bool:
        one = merged[item]
        return (
            not one.waiting
            and not one.held(name)
            and settings.policy(name).authority in (ANY, BACKLOG)
        )

    moves = settings.policy(ORDER).authority in (ANY, BACKLOG) and not context.failures
    enforced = enforce(view, settings.rules, settings.waivers, free, moves=moves)
    for id_, item in enforced.items.items():
        merged[id_].item = item
    for (id_, name), why in enforced.because.items():
        merged[id_].ruled[name] = why
    return enforced


def _view(
    context: Context,
    merged: Mapping[ItemId, MergedItem],
    order: Sequence[ItemId],
    lenses: Mapping[TrackerName, Lens],
    releases: Mapping[ItemId, Item],
) -> View:
    shown = {}
    for tracker, lens in lenses.items():
        records = context.readings[tracker].snapshot.order
        if lens.facts.order and records is not None:
            shown[tracker] = tuple(lens.items[one] for one in records if one in lens.items)
    return View(
        items={item: one.item for item, one in merged.items()},
        order=tuple(order),
        keys={item: one.keys() for item, one in merged.items()},
        shown_orders=shown,
        now=context.now,
        unread=frozenset(item for item, one in merged.items() if one.waiting),
        statuses_before={
            item: one.before.status
            for item, one in merged.items()
            if one.before is not None and one.before.status != one.item.status
        },
        touched=_touched(merged),
        releases={
            str(one.values["name"]): (one.due, one.values.get("done") == DONE)
            for one in releases.values()
        },
        held=context.held_lately,
    )


def _touched(merged: Mapping[ItemId, MergedItem]) -> dict[ItemId, datetime]:
    """When any record of an item was last changed, where trackers say so."""
    found: dict[ItemId, datetime] = {}
    for item, one in merged.items():
        times = [tie.record.updated_at for tie in one.ties.values() if tie.record.updated_at]
        if times:
            found[item] = max(datetime.fromisoformat(time) for time in times)
    return found
