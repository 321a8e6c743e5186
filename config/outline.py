"""A backlog's settings as written, for checks that also work where some keys are wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from config.fields import CARRIERS, ORDER, VOCABULARIES, shape_of
from config.rules import SPEAKING
from config.values import FIELD, NAME
from sync.model import COMMENTS, FIELDS, NOTICE, Json, Shape


def mapping(data: Json, *keys: str) -> Mapping[str, Json]:
    """What stands below these keys, where it is a mapping; else nothing."""
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def lines(data: Json) -> Iterator[tuple[int, str]]:
    """The texts of a list with their positions; one text stands for a list of one."""
    entries = data if isinstance(data, list | tuple) else [data]
    for position, entry in enumerate(entries):
        if isinstance(entry, str):
            yield position, entry


@dataclass(frozen=True, slots=True)
class Outline:
    """One backlog's settings, each part as far as it is what it should be."""

    data: Json

    @property
    def trackers(self) -> Mapping[str, Mapping[str, Json]]:
        """By name, those of a wrong type too."""
        entries = mapping(self.data, "trackers")
        return {name: mapping(entries, name) for name in entries if re.fullmatch(NAME, name)}

    @property
    def types(self) -> Mapping[str, str]:
        """Tracker's name → its type, where that is known."""
        named = ((name, entry.get("type")) for name, entry in self.trackers.items())
        return {name: kind for name, kind in named if isinstance(kind, str) and kind in CARRIERS}

    @property
    def sides(self) -> frozenset[str]:
        """What may stand for trackers in maps: their names, and their types."""
        return frozenset(self.trackers) | frozenset(self.types.values())

    @property
    def fields(self) -> Mapping[str, Mapping[str, Json]]:
        entries = mapping(self.data, "fields")
        return {name: entry for name, entry in entries.items() if isinstance(entry, Mapping)}

    @property
    def known_fields(self) -> frozenset[str]:
        said = (name for name in mapping(self.data, "fields") if re.fullmatch(FIELD, name))
        talk = {COMMENTS} if mapping(self.data, "comments") else set()
        return frozenset(FIELDS) | talk | self.spoken | frozenset(said) - {ORDER}

    @property
    def spoken(self) -> frozenset[str]:
        """The field of what rules say on items, where they do."""
        rules = mapping(self.data, "rules")
        return frozenset({NOTICE} if "notices" in rules or SPEAKING & _modes(rules) else ())

    def shape(self, field: str) -> Shape | None:
        return shape_of(field, mapping(self.fields, field).get("type"))

    def vocabulary(self, field: str) -> tuple[str, ...]:
        """The values that a field may have; empty where it may have any."""
        said = mapping(self.fields, field).get("values")
        own = tuple(value for _, value in lines(said)) if isinstance(said, list) else ()
        return own or VOCABULARIES.get(field, ())

    def on(self, side: str) -> tuple[str, ...]:
        """The trackers that a key of a map stands for: the one of that name, or all of the type."""
        if side in self.trackers:
            return (side,)
        return tuple(name for name, kind in self.types.items() if kind == side)


def _modes(data: Json) -> frozenset[str]:
    """What stands as a mode anywhere below: of a rule, of a kind, of a rule of the team's own."""
    found = set[str]()
    for key, value in mapping(data).items():
        if isinstance(value, str):
            found |= {value} if key == "mode" or value in SPEAKING else set()
        else:
            found |= _modes(value)
    return frozenset(found)
