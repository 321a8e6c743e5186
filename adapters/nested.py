"""Looks into JSON of whose shape nothing is sure."""

from __future__ import annotations

from collections.abc import Mapping

from sync.model import Json


def part(data: Json, *names: str) -> Json:
    """What stands below these names; None where something else stands there."""
    for name in names:
        data = data.get(name) if isinstance(data, dict) else None
    return data


def parts(data: Json, *names: str) -> list[Mapping[str, Json]]:
    """The objects of the list that stands there; those that are hidden are left out."""
    listed = part(data, *names)
    entries = listed if isinstance(listed, list) else ()
    return [entry for entry in entries if isinstance(entry, dict)]
