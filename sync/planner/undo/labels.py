"""Takes back what a run wrote to labels themselves. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync.model import ItemId, TrackerName
from sync.plan import Edit
from sync.planner.context import Context
from sync.planner.undo.past import Kept, Past
from sync.planner.vocabulary import Vocabulary, label_edits, label_id, why_not
from sync.rules.labels_vocabulary import NAME
from sync.tracker import Change, Record

CREATED = "it was made by this run, and nothing is ever deleted: delete it by hand, if it is meant"


def labels_back(
    context: Context, run: int, past: Sequence[Past]
) -> tuple[Vocabulary, tuple[Kept, ...]]:
    """What is to be written of labels, where they still are as the run left them; and the rest."""
    edits, kept, records = list[Edit](), list[Kept](), dict[ItemId, Record]()
    called: dict[TrackerName, dict[str, str]] = {}
    for (tracker, item), entries in _by_label(past).items():
        there = _there(context, tracker)
        record, why = there.get(item), _why_not(context, tracker, entries)
        if record is None or why:
            kept.append(Kept(tracker, item, entries[0].key, None, why or "it is no longer there"))
            continue
        fields, names = {}, {one.shown[NAME] for one in there.values()}
        for one in entries:
            name = str(one.field)
            if record.shown[name] == one.after and not (name == NAME and one.before in names):
                fields[name] = Change(one.after, one.before)
            else:
                kept.append(Kept(tracker, item, record.key, name, "it was changed since"))
        if fields:
            because = f"undo of run {run}"
            edits.append(Edit(item, tracker, "update", record.key, fields, because))
            records[item] = record
        if NAME in fields:
            names_now = called.setdefault(tracker, {})
            names_now[str(fields[NAME].after)] = str(fields[NAME].before)
    vocabulary = Vocabulary(tuple(edits), records, called, label_edits(context, edits))
    return vocabulary, tuple(kept)


def _by_label(past: Sequence[Past]) -> Mapping[tuple[TrackerName, ItemId], list[Past]]:
    found: dict[tuple[TrackerName, ItemId], list[Past]] = {}
    for one in past:
        if one.action == "label" and one.outcome not in ("failed", "refused", "lost"):
            found.setdefault((one.tracker, one.item), []).append(one)
    return found


def _there(context: Context, tracker: TrackerName) -> dict[ItemId, Record]:
    reading = context.readings.get(tracker)
    labels = reading.snapshot.vocabulary or () if reading else ()
    return {label_id(context.backlog.name, tracker, one.id): one for one in labels}


def _why_not(context: Context, tracker: TrackerName, entries: Sequence[Past]) -> str | None:
    if any(one.field == NAME and one.before is None for one in entries):
        return CREATED
    reading = context.readings.get(tracker)
    if reading is None or reading.snapshot.vocabulary is None:
        return "its labels were not read: the rule labels has no vocabulary, or it did not answer"
    return why_not(context, tracker)
