"""Conflicts of one look: who last touched their sides, and what names an item or a release."""

from __future__ import annotations

from collections.abc import Iterator

from sync.app.changes import changes
from sync.app.runs import Look
from sync.model import ItemId, Json, TrackerName
from sync.plain import json_text
from sync.planner.match import match
from sync.report.conflicts import Touches, regions
from sync.tracker import Record, RecordId, Touched

UNKNOWN = Touched(None, whole=True)


def touches(look: Look, item: ItemId | None = None) -> Touches:
    """Who last changed each side of the conflicts, or of those of one item.

    Trackers are asked who changed the very field, as far as they know that; else it is what the
    record says of itself. Where nothing is in conflict, nothing is asked.
    """
    found = [one for one in look.plan.conflicts if item in (None, one.item)]
    if not found:
        return {}
    records = {(item, tracker): record for item, tracker, record in _records(look)}
    sides = {
        (one.item, one.field, tracker): records[one.item, tracker]
        for one in found
        for tracker in one.sides
        if (one.item, tracker) in records
    }
    wanted: dict[TrackerName, dict[RecordId, None]] = {}
    for (_, _, tracker), record in sides.items():
        wanted.setdefault(tracker, {})[record.id] = None
    told = {tracker: changes(look.adapters[tracker], list(ids)) for tracker, ids in wanted.items()}
    return {
        place: told[place[2]].get(record.id, {}).get(place[1])
        or Touched(record.updated_at, record.updated_by, whole=True)
        for place, record in sides.items()
    }


def _records(look: Look) -> Iterator[tuple[ItemId, TrackerName, Record]]:
    for item, ties in match(look.context).ties.items():
        for tracker, tie in ties.items():
            yield item, tracker, tie.record


def keys(look: Look) -> dict[ItemId, dict[TrackerName, str]]:
    """What each item is called on each tracker."""
    found: dict[ItemId, dict[TrackerName, str]] = {}
    for item, tracker, record in _records(look):
        found.setdefault(item, {})[tracker] = record.key
    return found


def conflicts_json(look: Look) -> str:
    """The conflicts that wait for a person, for programs."""
    plan, known, touched = look.plan, keys(look), touches(look)
    data: dict[str, Json] = {"version": 1, "backlog": plan.backlog, "conflicts": []}
    for one in plan.conflicts:
        sides = {}
        for side, value in one.sides.items():
            who = touched.get((one.item, one.field, side), UNKNOWN)
            sides[side] = {
                "value": value,
                "updated_at": who.at,
                "updated_by": who.by,
                "whole_record": who.whole,
            }
        entry: dict[str, Json] = {
            "item": one.item,
            "title": look.titles.get(one.item, ""),
            "keys": known.get(one.item, {}),
            "field": one.field,
            "base": one.base,
            "sides": sides,
        }
        entry["hunks"] = [
            {
                "line": region.line + 1,
                "base": list(region.old),
                "sides": dict(zip(sorted(one.sides), map(list, region.new), strict=True)),
            }
            for region in regions(one)
        ]
        data["conflicts"].append(entry)
    data["release_conflicts"] = plan.to_json()["release_conflicts"]
    return json_text(data)
