"""Saved plans: read without trust, and held against what would be done now."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sync.app.runs import Fitted, Look
from sync.model import FieldName, ItemId, Json, TrackerName, dump
from sync.plain import plain
from sync.plan import Edit, Placement, PlanDocument
from sync.planner import lenses_of
from sync.planner.match import match
from sync.state import Store
from sync.tracker import Unmapped

LARGEST = 64_000_000
"""Bytes of a file that are read as a plan; one of 10,000 edits of long texts is smaller."""
CUT = 60
"""So much of a value is shown in a reason."""


class NoPlan(Exception):
    """What is no saved plan; says where it is not, and what to do."""


class Expired(Exception):
    """A plan that must not be applied any more, whatever is in it; says why."""


def read_plan(path: Path) -> PlanDocument:
    """The plan in a file. Raises NoPlan, whatever the file holds."""
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1)
    except OSError as error:
        raise NoPlan(f"{path}: {error.strerror}") from None
    if len(text) > LARGEST:
        raise NoPlan(f"{path} is no saved plan: it has more than {LARGEST:,} bytes; {REMEDY}")
    try:
        found = PlanDocument.model_validate_json(text)
        json.loads(text, object_pairs_hook=_once)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = plain(".".join(map(str, first["loc"])))[:CUT]
        what = f"{place}: {first['msg']}" if place else first["msg"]
        raise NoPlan(f"{path} is no saved plan ({what}); {REMEDY}") from None
    except (ValueError, RecursionError) as error:
        raise NoPlan(f"{path} is no saved plan ({error}); {REMEDY}") from None
    return found


REMEDY = "make one with plan --out"


def _once(pairs: Sequence[tuple[str, Json]]) -> dict[str, Json]:
    """Of a key that is said twice, a reviewer may have seen the other value."""
    found: dict[str, Json] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"{plain(key)[:CUT]} is said twice")
        found[key] = value
    return found


def fit(look: Look, saved: PlanDocument) -> Fitted:
    """Narrows what would be done now to what the saved plan says. Raises Expired.

    The saved plan is only ever compared with: nothing in it can reach a tracker, an item, a field
    or a value that the present plan does not name.
    """
    _in_time(look, saved)
    now, then = look.plan.to_json(), saved.model_dump(mode="json", by_alias=True)
    pairings = {_pairing(one) for one in then["pairings"]}
    paired = {_pairing(one): one["item"] for one in now["pairings"]}
    strange = {item for one, item in paired.items() if one not in pairings}
    wanted = {_fingerprint(one) for one in then["edits"]}
    chosen = {
        _fingerprint(entry): edit
        for entry, edit in zip(now["edits"], look.plan.edits, strict=True)
        if _fingerprint(entry) in wanted and edit.item not in strange
    }
    moves = _moves(look, now["moves"], then["moves"], list(chosen.values()))
    reasons = _Reasons(look, strange)
    stale = [reasons.of(one) for one in then["edits"] if _fingerprint(one) not in chosen]
    stale += [_of_pairing(one) for one in then["pairings"] if _pairing(one) not in paired]
    stale += [_of_move(one) for one in then["moves"] if _fingerprint(one) not in moves]
    parts = ("edits", "pairings", "moves", "releases", "vocabulary")
    if not stale and all(_prints(now[one]) == _prints(then[one]) for one in parts):
        return Fitted(look)
    stale += [_of_release(one) for one in then["releases"] if one["action"] == "update"]
    stale += [_of_label(one) for one in then["vocabulary"]]
    items = {edit.item for edit in chosen.values()} | set(paired.values()) - strange
    narrowed = look.decision.only(list(chosen.values()), items)
    plan = replace(narrowed.plan, moves=tuple(moves.values()))
    return Fitted(replace(look, decision=replace(narrowed, plan=plan)), tuple(stale))


def _in_time(look: Look, saved: PlanDocument) -> None:
    """Is the plan young enough? Counted from the first run after it, for until then nothing of
    ours has changed, and what people changed is seen record by record."""
    if saved.after_run > look.plan.after_run:
        raise Expired(
            f"the plan was made after run {saved.after_run}, and the last one here is "
            f"{look.plan.after_run}: it is of another state; make it again with plan --out"
        )
    store = Store(look.shop.state)
    try:
        since = store.next_run(look.shop.name, saved.after_run) if store.exists() else None
    finally:
        store.close()
    hours = look.shop.settings.plans.expire
    if since and look.context.now - datetime.fromisoformat(since) > timedelta(hours=hours):
        raise Expired(
            f"the plan is out of date: another run wrote at {since}, more than {hours:g} hours "
            "ago (plans.expire); make it again with plan --out"
        )


def _moves(
    look: Look, now: Sequence[Json], then: Sequence[Json], chosen: Sequence[Edit]
) -> dict[str, Placement]:
    """Moves that both plans have; none below a record that is left where it is, or not made."""
    wanted = {_fingerprint(entry) for entry in then}
    left = {
        (one.tracker, one.item)
        for one in look.plan.edits
        if one.action == "create" and one not in chosen
    }
    kept = {}
    for entry, move in zip(now, look.plan.moves, strict=True):
        ends = {(move.tracker, move.item), (move.tracker, move.after)}
        if _fingerprint(entry) in wanted and left.isdisjoint(ends):
            kept[_fingerprint(entry)] = move
        else:
            left.add((move.tracker, move.item))
    return kept


def _pairing(entry: Mapping[str, Any]) -> tuple[str, str, str]:
    return entry["item"], entry["tracker"], entry["key"]


def _of_pairing(entry: Mapping[str, Any]) -> str:
    return f"pairing of {_shown(entry['key'])} on {_shown(entry['tracker'])}: it no longer stands"


def _of_move(entry: Mapping[str, Any]) -> str:
    what = _shown(entry["key"] or entry["item"])
    return (
        f"move of {what} on {_shown(entry['tracker'])}: the order, or what is to be its neighbour, "
        "is no longer as the plan saw it"
    )


def _of_release(entry: Mapping[str, Any]) -> str:
    return (
        f"update of the release {_shown(entry['release'])} on {_shown(entry['tracker'])}: releases "
        "are changed with the whole plan only"
    )


def _of_label(entry: Mapping[str, Any]) -> str:
    return (
        f"{entry['action']} of the label {_shown(entry['label'])} on {_shown(entry['tracker'])}: "
        "labels themselves are written with the whole plan only"
    )


def _fingerprint(entry: Mapping[str, Any]) -> str:
    """An entry but for the words that explain it."""
    return json.dumps(
        {k: v for k, v in entry.items() if k not in ("because", "by")}, sort_keys=True
    )


def _prints(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    return [_fingerprint(entry) for entry in entries]


def _shown(value: Json) -> str:
    """A value of the file, fit to be shown: cut, in one line."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    line = plain(text)
    return line if len(line) <= CUT else f"{line[:CUT]}…"


class _Reasons:
    """Says why edits of a saved plan no longer fit."""

    def __init__(self, look: Look, strange: Collection[ItemId]) -> None:
        """`strange`: items that a record was found to show, of which the plan does not know."""
        self.look, self.strange = look, strange
        self.ties = match(look.context)
        self.lenses = lenses_of(look.context, self.ties)
        self.fresh = {(one.tracker, one.item): one for one in look.plan.edits}

    def of(self, entry: Mapping[str, Any]) -> str:
        name = _shown(entry["key"] or entry["item"])
        what = f"{entry['action']} of {name} on {_shown(entry['tracker'])}"
        why = "; ".join(self._why(entry)) or "it is not what would be done now"
        return f"{what} no longer fits: {why}"

    def _why(self, entry: Mapping[str, Any]) -> Iterator[str]:
        tracker, item = entry["tracker"], entry["item"]
        if tracker not in self.look.context.settings.trackers:
            yield "the settings have no such tracker"
        elif tracker not in self.lenses:
            yield "the tracker was not read"
        elif item not in self.ties.ties:
            yield "there is no such item any more"
        elif item in self.strange:
            yield "a record that the plan does not know was found to show the item"
        elif tracker in self.ties.ties[item]:
            yield from self._of_record(entry, tracker, item)
        elif entry["action"] == "update":
            yield "its record is no longer there"
        elif (tracker, item) not in self.fresh:
            yield "it is no longer to be made there"
        else:
            yield from self._of_edit(entry, self.fresh[tracker, item])

    def _of_record(
        self, entry: Mapping[str, Any], tracker: TrackerName, item: ItemId
    ) -> Iterator[str]:
        key = self.ties.ties[item][tracker].record.key
        if entry["action"] == "create":
            yield f"it is there already, as {_shown(key)}"
            return
        if key != entry["key"]:
            yield f"the item's record is {_shown(key)}"
            return
        changed = list(self._changed(entry, tracker, item))
        if changed:
            yield from changed
        elif (tracker, item) in self.fresh:
            yield from self._of_edit(entry, self.fresh[tracker, item])
        else:
            yield "nothing is to be changed there any more"

    def _changed(
        self, entry: Mapping[str, Any], tracker: TrackerName, item: ItemId
    ) -> Iterator[str]:
        """What the record no longer shows as the plan saw it."""
        for name, change in entry["fields"].items():
            now = self._value(tracker, item, name)
            if now == change["to"]:
                yield f"{_shown(name)} is {_shown(now)} already"
            elif now != change["from"]:
                yield f"{_shown(name)} was {_shown(change['from'])}, and is now {_shown(now)}"

    def _of_edit(self, entry: Mapping[str, Any], fresh: Edit) -> Iterator[str]:
        """How the edit that would be made now is another."""
        for name, change in entry["fields"].items():
            if name not in fresh.fields:
                yield f"{_shown(name)} is not to be changed any more"
            elif (now := dump(fresh.fields[name].after)) != change["to"]:
                yield f"{_shown(name)} would now become {_shown(now)}"
        more = sorted(fresh.fields.keys() - entry["fields"].keys())
        if more:
            yield f"{', '.join(more)} would be changed too"
        if fresh.fields.keys() == entry["fields"].keys() and fresh.seen != entry["seen"]:
            yield "the record was edited since"

    def _value(self, tracker: TrackerName, item: ItemId, name: FieldName) -> Json:
        record, lens = self.ties.ties[item][tracker].record, self.lenses[tracker]
        if name not in lens.schema or not lens.carries(name, record):
            return None
        known = self.look.context.backlog.items.get(item)
        try:
            present = known.values.get(name) if known else None
            return dump(lens.decode(name, record.shown[name], present))
        except Unmapped:
            return record.shown[name]
