"""What is known of one item: its records, each field's value everywhere, and who wins it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sync.app.conflicts import touches
from sync.app.history import edit_line
from sync.app.runs import Look
from sync.merge import ANY
from sync.model import EMPTY, FieldName, Item, ItemId, TrackerName, dump
from sync.planner.edits import allowed
from sync.planner.lens import Lens
from sync.planner.match import match
from sync.report import Explanation, FieldLine, RecordLine, SideLine
from sync.state import Entry, Journal, Store
from sync.tracker import Record, Unmapped

LAST = 20
"""Edits of the journal that are shown."""


def explain(look: Look, key: str) -> Explanation:
    """Raises Unknown where the key names no item."""
    item_id = look.find(key)
    matches = match(look.context)
    ties = matches.ties.get(item_id, {})
    records = {tracker: tie.record for tracker, tie in ties.items()}
    lenses = {
        tracker: Lens(reading.facts, look.context.backlog.schema, matches.item_of(tracker))
        for tracker, reading in look.context.readings.items()
        if tracker in records
    }
    return Explanation(
        item=item_id,
        title=look.titles.get(item_id, ""),
        records=tuple(
            RecordLine(tracker, record.key, record.url, record.version)
            for tracker, record in sorted(records.items())
        ),
        fields=tuple(_fields(look, item_id, records, lenses)),
        conflicts=tuple(one for one in look.plan.conflicts if one.item == item_id),
        findings=tuple(one for one in look.plan.findings if one.item == item_id),
        last_edits=tuple(map(edit_line, last_entries(look, item_id))),
        titles=look.titles,
        touches=touches(look, item_id),
    )


def _fields(
    look: Look,
    item_id: ItemId,
    records: dict[TrackerName, Record],
    lenses: dict[TrackerName, Lens],
) -> list[FieldLine]:
    item = _item(look, item_id)
    edits = {
        (edit.tracker, name): edit.because
        for edit in look.plan.edits
        if edit.item == item_id
        for name in edit.fields
    }
    held = {one.field for one in look.plan.conflicts if one.item == item_id}
    lines = []
    for name, shape in look.context.backlog.schema.items():
        value = item.values.get(name, EMPTY[shape])
        sides = {}
        for tracker, lens in lenses.items():
            record = records[tracker]
            if lens.carries(name, record):
                try:
                    shown = lens.decode(name, record.shown[name], value)
                except Unmapped:
                    sides[tracker] = SideLine(record.shown[name], False)
                else:
                    same = lens.shows(name, value, record.shown[name])
                    sides[tracker] = SideLine(dump(shown), same)
        if value != EMPTY[shape] or any(not side.in_sync for side in sides.values()):
            because = [why for (_, field), why in edits.items() if field == name]
            why = "in conflict: nothing is written until it is decided" if name in held else ""
            why = why or "; ".join(dict.fromkeys(because))
            authority = look.context.settings.policy(name).authority
            lines.append(
                FieldLine(name, dump(value), sides, authority, why, _flow(look, name, sides))
            )
    return lines


def _flow(look: Look, name: FieldName, sides: Collection[TrackerName]) -> str:
    """Which way edits of a field go between the trackers that show it, and who wins."""
    policy = look.context.settings.policy(name)
    sources = {one for one in sides if policy.authority in (ANY, one)}
    told = {one: allowed(look.context, one) for one in sides}
    targets = {one for one, fields in told.items() if fields is None or name in fields}
    if sources == targets:
        way = (
            f"both ways: {_listed(sources)}" if len(sources) > 1 else f"only on {_listed(sources)}"
        )
    else:
        targets -= sources if len(sources) == 1 else set()
        way = f"from {_listed(sources) or 'the backlog'} to {_listed(targets) or 'nowhere'}"
    if policy.authority != ANY:
        return f"{way}; what others change is put back"
    if len(sources) < 2:
        return way
    wins = ", then ".join(policy.prefer) or "a person"
    return f"{way}; where sides differ, {wins} decides"


def _listed(trackers: Collection[TrackerName]) -> str:
    return ", ".join(sorted(trackers))


def _item(look: Look, item_id: ItemId) -> Item:
    for verdict in look.decision.verdicts:
        if verdict.item.id == item_id:
            return verdict.item
    return look.context.backlog.items[item_id]


def last_entries(look: Look, item_id: ItemId) -> Sequence[Entry]:
    """The item's newest journal entries, the newest first."""
    store = Store(look.shop.state)
    try:
        if not store.exists():
            return ()
        return Journal(store.engine).entries(look.shop.name, item=item_id, limit=LAST)
    finally:
        store.close()
