"""One item explained: its records, each field's value everywhere, who wins it, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

from rich.console import RenderableType
from rich.text import Text

from sync.model import FieldName, ItemId, Json, TrackerName
from sync.plain import json_text, plain
from sync.plan import Conflict, Finding, finding_to_json
from sync.report.conflicts import Touches, conflict_block
from sync.report.findings import finding_parts
from sync.report.history import EditLine, edit_parts
from sync.report.layout import aligned, block, heading, rendered, rows
from sync.report.wording import Titles, count, cut, side_words, value_words


@dataclass(frozen=True, slots=True)
class RecordLine:
    """The item as one tracker shows it."""

    tracker: TrackerName
    key: str
    url: str | None
    version: str


@dataclass(frozen=True, slots=True)
class SideLine:
    """One field on one tracker."""

    value: Json
    """What it shows, as `dump` gives it."""
    in_sync: bool


@dataclass(frozen=True, slots=True)
class FieldLine:
    """One field of the item, and who decides it."""

    name: FieldName
    value: Json
    """The backlog's, as `dump` gives it."""
    by_tracker: Mapping[TrackerName, SideLine]
    """Trackers that cannot hold the field are absent."""
    authority: str
    """`any`, `backlog` or a tracker."""
    why: str
    """Who won it and why, in a few words; empty where there is nothing to say."""
    flow: str = ""
    """Which way its edits go, and who wins where sides differ."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """What `onebacklog explain` knows of one item."""

    item: ItemId
    title: str
    records: tuple[RecordLine, ...] = ()
    fields: tuple[FieldLine, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    findings: tuple[Finding, ...] = ()
    last_edits: tuple[EditLine, ...] = ()
    """The newest first."""
    titles: Titles = field(default_factory=dict)
    """Of other items that its fields refer to."""
    touches: Touches = field(default_factory=dict)
    """Who last changed the sides of its conflicts."""


def explain_table(explanation: Explanation, width: int | None = None, color: bool = False) -> str:
    """For a terminal; `width` in columns."""
    return rendered(_parts(explanation), width, color)


def explain_json(explanation: Explanation) -> str:
    """The same for programs."""
    data: dict[str, Json] = {
        "version": 1,
        "item": explanation.item,
        "title": explanation.title,
        "records": [asdict(record) for record in explanation.records],
        "fields": [asdict(line) for line in explanation.fields],
        "conflicts": [
            {"field": one.field, "sides": dict(one.sides), "base": one.base}
            for one in explanation.conflicts
        ],
        "findings": [finding_to_json(finding) for finding in explanation.findings],
        "last_edits": [asdict(edit) for edit in explanation.last_edits],
    }
    return json_text(data)


def _parts(explanation: Explanation) -> Iterator[RenderableType]:
    title = cut(explanation.title) or "(without a title)"
    yield Text.assemble((title, "bold"), (f"  item {plain(explanation.item)}", "dim"))
    yield from heading(count(len(explanation.records), "record"))
    yield from rows(map(_record_row, explanation.records))
    yield from heading(count(len(explanation.fields), "field"))
    yield from rows(_field_row(line, explanation.titles) for line in explanation.fields)
    if explanation.conflicts:
        yield from heading(count(len(explanation.conflicts), "conflict"))
        yield from rows(_conflict_row(one, explanation) for one in explanation.conflicts)
    yield from finding_parts(explanation.findings)
    yield from edit_parts(explanation.last_edits, explanation.titles)


def _record_row(record: RecordLine) -> tuple[Text, ...]:
    version = Text(f"version {plain(record.version)}", "dim")
    place = block([plain(record.url), version]) if record.url else version
    return Text(plain(record.tracker)), Text(plain(record.key)), place


def _field_row(line: FieldLine, titles: Titles) -> tuple[Text, ...]:
    """The value and who shows it too; who shows another; who decides, where that is said."""
    same = [tracker for tracker, side in sorted(line.by_tracker.items()) if side.in_sync]
    value = value_words(line.name, line.value, titles)
    shared = Text(f"  = {', '.join(map(plain, same))}" if same else "", "dim")
    others = [
        (f"{plain(tracker)} shows", side_words(line.name, line.value, side.value, titles))
        for tracker, side in sorted(line.by_tracker.items())
        if not side.in_sync
    ]
    parts = [Text.assemble(value, shared), *aligned(others)]
    if line.flow:
        parts.append(Text(plain(line.flow), "dim"))
    decides = "" if line.authority == "any" else f"{line.authority} decides"
    if why := ": ".join(filter(None, (decides, line.why))):
        parts.append(Text(plain(why), "dim"))
    return Text(plain(line.name), "bold"), block(parts)


def _conflict_row(conflict: Conflict, explanation: Explanation) -> tuple[Text, ...]:
    lines = conflict_block(conflict, explanation.titles, explanation.touches, None)
    return Text(plain(conflict.field), "bold magenta"), block(lines)
