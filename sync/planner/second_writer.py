"""Another tool that keeps changing what is written: known by values that are written again and
again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sync.model import FieldName, Json, Shape, TrackerName, Value, as_set, dump
from sync.plain import plain
from sync.plan import Finding
from sync.planner.context import Context
from sync.planner.lens import Lens

if TYPE_CHECKING:
    from sync.planner.fields import MergedItem

ROUNDS = 3
"""So often within a day a value is written to one place; then the field is left alone."""
ROOM = 60
"""Characters of a value that a finding shows."""


def written_again(
    context: Context, merged: MergedItem, lenses: Mapping[TrackerName, Lens], name: FieldName
) -> Iterator[tuple[TrackerName, Value]]:
    """Where the field would be written as it was again and again, and what is shown there now."""
    often = context.rewritten.get((merged.item.id, name), {})
    for tracker, values in often.items():
        tie, lens = merged.ties.get(tracker), lenses.get(tracker)
        if tie is None or lens is None or not lens.carries(name, tie.record):
            continue
        if (tracker, name) in merged.unreadable:  # it is left alone anyway
            continue
        value = _reachable(lens, name, merged.merged[name].value)
        shown = tie.record.shown[name]
        if dump(value) in values and not lens.shows(name, value, shown):
            yield tracker, lens.decode(name, shown, value)


def _reachable(lens: Lens, name: FieldName, value: Value) -> Value:
    """Without references to what the tracker does not show."""
    there = frozenset(lens.items.values())
    match lens.schema[name]:
        case Shape.ITEMS:
            return as_set(value) & there
        case Shape.ITEM:
            return value if value in there else None
    return value


def second_writer(
    merged: MergedItem, name: FieldName, tracker: TrackerName, ours: Value, theirs: Value
) -> Finding:
    key = merged.ties[tracker].record.key
    message = (
        f"{name} of {key} was set to {_words(dump(ours))} on {tracker} {ROUNDS} times within a "
        f"day, and something there, or on another side, has changed it again (it shows "
        f"{_words(dump(theirs))}): a second tool is writing it. The field is left alone on all "
        f"sides. Find that tool and stop it, give the field an authority (fields.{name}.authority"
        f" in the settings), or decide with: onebacklog resolve {key} {name} --take TRACKER"
    )
    return Finding("second-writer", "warning", message, merged.item.id, merged.keys())


def _words(value: Json) -> str:
    """A value in a few words, safe to be shown."""
    if isinstance(value, list):
        texts = [one if isinstance(one, str) else str(one.get("text", "")) for one in value]
        value = ", ".join(texts)
    line = plain("" if value is None else str(value))
    return f"“{line if len(line) <= ROOM else line[: ROOM - 1] + '…'}”" if line else "nothing"
