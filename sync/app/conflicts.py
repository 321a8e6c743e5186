"""Conflicts of one look: who last touched their sides, and what names an item or a release."""

from __future__ import annotations

from collections.abc import Iterator

from sync.app.runs import Look
from sync.model import ItemId, Json, TrackerName
from sync.plain import json_text
from sync.planner.match import match
from sync.report.conflicts import Touched, Touches, regions
from sync.tracker import Record


def touches(look: Look) -> Touches:
    """Who last changed each record of an item in conflict, as its tracker tells."""
    items = {one.item for one in look.plan.conflicts}
    return {
        (item, tracker): Touched(record.updated_at, record.updated_by)
        for item, tracker, record in _records(look)
        if item in items
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
            who = touched.get((one.item, side), Touched(None))
            sides[side] = {"value": value, "updated_at": who.at, "updated_by": who.by}
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
