"""The team's rules over the merged backlog: judged, and carried out as ordinary changes of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sync.merge import ANY, BACKLOG
from sync.model import DONE, NOTICE, FieldName, Item, ItemId, TrackerName
from sync.notice import notice
from sync.planner.context import Context
from sync.planner.edits import allowed
from sync.planner.fields import MergedItem
from sync.planner.lens import Lens
from sync.planner.orders import ORDER
from sync.rules import Enforced, View, enforce
from sync.rules.enforce import BY_RULE


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
    because = {**enforced.because, **_notify(context, merged, enforced)}
    for (id_, name), why in because.items():
        merged[id_].ruled[name] = why
    return replace(enforced, because=because)


def _notify(
    context: Context, merged: Mapping[ItemId, MergedItem], enforced: Enforced
) -> dict[tuple[ItemId, FieldName], str]:
    """Gives each item the comment that says what it breaks. Why, where that changed it.

    What is said of a status that was put back stays for a day.
    """
    if NOTICE not in context.backlog.schema:
        return {}
    notices, because = context.settings.notices, dict[tuple[ItemId, FieldName], str]()
    for id_, one in merged.items():
        told, said = enforced.comments.get(id_, ()), str(one.item.values.get(NOTICE) or "")
        if one.waiting or (said and not told and id_ in context.held_lately):
            continue
        text = notice(notices.template, one.item, told) if told else ""
        if not told and _is_noticed(one):
            text = notices.settled or ""
        if text != said:
            values = {**one.item.values, NOTICE: text}
            one.item = replace(one.item, values={n: v for n, v in values.items() if v != ""})
            rules = ", ".join(dict.fromkeys(line.rule for line in told))
            because[id_, NOTICE] = f"{BY_RULE}{rules}" if rules else "nothing is left of it"
    return because


def _is_noticed(one: MergedItem) -> bool:
    """Has the item such a comment anywhere?"""
    return NOTICE in one.item.values or any(
        tie.record.shown.get(NOTICE) for tie in one.ties.values()
    )


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
        orderless=dict(_orderless(context)),
        unmoved={
            tracker: {item: why.message for item, why in those.items()}
            for tracker, those in context.backlog.unmoved.items()
        },
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
        restricted=frozenset(item for item, one in merged.items() if one.restricted),
    )


def _orderless(context: Context) -> Iterator[tuple[TrackerName, str]]:
    for tracker in context.available():
        facts, fields = context.readings[tracker].facts, allowed(context, tracker)
        if facts.sealed or not facts.order:
            why = facts.sealed or facts.cannot.get(ORDER)
            if why:
                yield tracker, why
        elif fields is not None and ORDER not in fields:
            yield (
                tracker,
                f"it is public; name {ORDER} under trackers.{tracker}.publish, if everybody may "
                "see it",
            )


def _touched(merged: Mapping[ItemId, MergedItem]) -> dict[ItemId, datetime]:
    """When any record of an item was last changed, where trackers say so."""
    found: dict[ItemId, datetime] = {}
    for item, one in merged.items():
        times = [tie.record.updated_at for tie in one.ties.values() if tie.record.updated_at]
        if times:
            found[item] = max(datetime.fromisoformat(time) for time in times)
    return found
