"""The backlog's order, for people and programs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from rich.console import RenderableType
from rich.text import Text

from sync.model import ItemId, TrackerName
from sync.plain import json_text, plain
from sync.report.layout import block, rendered, rows
from sync.report.wording import NOTHING, Titles, called, count


@dataclass(frozen=True, slots=True)
class Place:
    """One item where it stands."""

    number: int
    """1 is the top."""
    item: ItemId
    keys: Mapping[TrackerName, str]
    title: str
    status: str | None
    priority: str | None
    elsewhere: Mapping[TrackerName, ItemId | None]
    """Trackers that have it at another place, and the item right above it there (None: it is the
    top)."""


def order_table(
    backlog: str, places: Sequence[Place], width: int | None = None, color: bool = False
) -> str:
    """For a terminal; `width` in columns."""
    return rendered(_parts(backlog, places), width, color)


def order_json(backlog: str, places: Sequence[Place]) -> str:
    """The same state gives the same bytes."""
    data = {"version": 1, "backlog": backlog, "order": [asdict(place) for place in places]}
    return json_text(data)


def _parts(backlog: str, places: Sequence[Place]) -> Iterator[RenderableType]:
    astray = sum(bool(place.elsewhere) for place in places)
    differ = f", {astray} of them elsewhere on a tracker" if astray else ""
    yield Text(f"Order of {plain(backlog)}: {count(len(places), 'item')}{differ}", "bold")
    titles = {place.item: place.title for place in places}
    head = ("", "key", "status", "priority", "item")
    yield from rows((_row(place, titles) for place in places), head)


def _row(place: Place, titles: Titles) -> tuple[Text, ...]:
    others = [
        Text(f"{plain(tracker)} has it {_at(above, titles)}", "yellow")
        for tracker, above in sorted(place.elsewhere.items())
    ]
    keys = ", ".join(plain(key) for _, key in sorted(place.keys.items()))
    return (
        Text(str(place.number)),
        Text(keys or NOTHING),
        Text(plain(place.status or NOTHING)),
        Text(plain(place.priority or NOTHING)),
        block([called(place.item, titles), *others]),
    )


def _at(above: ItemId | None, titles: Titles) -> str:
    return "at the top" if above is None else f"below “{called(above, titles)}”"
