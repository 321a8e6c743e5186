"""Whether the settings of fields fit: to the trackers, to the built-in fields, to each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from config.fields import CARRIERS, NONE, ORDER, FieldSettings, carrier_forms
from config.outline import Outline, mapping
from config.problems import UNKNOWN_KEY, Misfit, closest, did_you_mean
from config.values import listing
from sync.model import COMMENTS, FIELDS, NOTICE, Json, Shape

KEYS = frozenset(FieldSettings.model_fields)
TYPES = "line, text, number, date or set"


def check_fields(backlog: Outline) -> Iterator[Misfit]:
    for name, entry in backlog.fields.items():
        found = _order(entry) if name == ORDER else _field(backlog, name, entry)
        for misfit in (*_authority(backlog, entry), *found):
            yield replace(misfit, path=("fields", name, *misfit.path))


def _authority(backlog: Outline, entry: Mapping[str, Json]) -> Iterator[Misfit]:
    known = frozenset(backlog.trackers) | {"any", "backlog"}
    authority = entry.get("authority")
    if backlog.trackers and isinstance(authority, str) and authority not in known:
        yield Misfit(("authority",), "no such tracker", did_you_mean(authority, known))


def _order(entry: Mapping[str, Json]) -> Iterator[Misfit]:
    for key in entry:
        if key != "authority":
            yield Misfit((key,), "order takes an authority only", "remove it")


def _field(backlog: Outline, name: str, entry: Mapping[str, Json]) -> Iterator[Misfit]:
    yield from _type(name, entry)
    if "values" in entry and backlog.shape(name) not in (Shape.LINE, Shape.SET, None):
        yield Misfit(("values",), "this field has no fixed set of values", "remove it")
    for side in entry.keys() - KEYS:
        if backlog.trackers and not backlog.on(side):
            yield Misfit((side,), UNKNOWN_KEY, did_you_mean(side, backlog.sides | KEYS))
        else:
            yield from _carried(backlog, name, side)


def _type(name: str, entry: Mapping[str, Json]) -> Iterator[Misfit]:
    if name == "id":
        yield Misfit((), "every item's own id has this name", "choose another")
    elif name in FIELDS or name in (COMMENTS, NOTICE):
        if entry.get("type") is not None:
            yield Misfit(("type",), "a built-in field has its type", "remove it")
    elif entry.get("type") is None:
        close = closest(name, FIELDS)
        remedy = f"did you mean {close}? Else add" if close else "add"
        yield Misfit((), "not a built-in field, nor has it a type", f"{remedy} type: {TYPES}")


def _carried(backlog: Outline, name: str, side: str) -> Iterator[Misfit]:
    entry = mapping(backlog.fields, name, side)
    kind = next((backlog.types.get(tracker, "") for tracker in backlog.on(side)), "")
    carrier = entry.get("carrier")
    if kind and isinstance(carrier, str) and carrier != NONE:
        yield from _carrier((side, "carrier"), carrier, kind)
    if kind == "files" and entry.get("values"):
        yield Misfit((side, "values"), "files hold the backlog's own values", "remove it")
    known = backlog.vocabulary(name)
    for value in mapping(entry, "values"):
        if known and value not in known:
            message = f"not among the values of {name}"
            yield Misfit((side, "values", value), message, did_you_mean(value, known))


def _carrier(place: tuple[str, str], carrier: str, tracker_type: str) -> Iterator[Misfit]:
    kinds = CARRIERS[tracker_type]
    kind, slash, argument = carrier.partition("/")
    if kind not in kinds:
        close = closest(kind, kinds)
        forms = [form for form in carrier_forms(tracker_type) if form.partition("/")[0] == close]
        remedy = f"did you mean {forms[0]}?" if forms else _known(tracker_type)
        yield Misfit(place, f"not a carrier of {tracker_type}", remedy)
    elif kinds[kind] and not argument.strip():
        yield Misfit(place, "this carrier needs a name", f"write {kind}/{kinds[kind]}")
    elif slash and not kinds[kind]:
        yield Misfit(place, "this carrier takes no name", f"write {kind}")


def _known(tracker_type: str) -> str:
    return f"known here: {listing(carrier_forms(tracker_type))}"
