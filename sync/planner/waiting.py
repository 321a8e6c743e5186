"""Edits and moves that failed wait to be tried again, longer and longer; others do not."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from sync.backlog import Failing
from sync.model import FieldName, ItemId, Schema, Shape, TrackerName, Value, as_set, dump
from sync.plain import json_text
from sync.plan import Edit, Finding, Severity
from sync.planner.context import Context
from sync.planner.edits import Target, creation
from sync.planner.fields import MergedItem
from sync.rules.view import number

TRIES = 8
"""After so many an edit is a dead letter: it waits for a person."""
REMEDY = "mend the cause and run `apply --retry`, or change the item"


def fingerprint(edit: Edit, schema: Schema, linked: Collection[ItemId]) -> str:
    """The same where the same is asked of the same record again.

    `linked`: the items that the tracker shows before the run. References to others do not count:
    an edit that waits for a parent is another one once the parent is there.
    """
    asked = {}
    for name, change in edit.fields.items():
        before, after = (
            _within(schema, name, end, linked) for end in (change.before, change.after)
        )
        if before != after:
            asked[name] = dump(after)
    said = json_text({"action": edit.action, "fields": asked})
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def _within(schema: Schema, name: FieldName, value: Value, linked: Collection[ItemId]) -> Value:
    """References that the tracker can be told of."""
    match schema.get(name):
        case Shape.ITEM:
            return value if value in linked else None
        case Shape.ITEMS:
            return as_set(value).intersection(linked)
    return value


def target(after: ItemId | None) -> str:
    """Where a record was to be moved to: the same where it is asked to go there again."""
    return f"below {after}" if after else "top"


def again(known: Failing | None, edit: str, message: str, now: datetime) -> Failing:
    """The edit once more failed. The next run tries it; then it waits 1, 2, 4 … minutes."""
    at = now.astimezone(UTC)
    first, tries = at.isoformat(timespec="seconds"), 1
    if known is not None and known.edit == edit:
        first, tries = known.first, known.tries + 1
    minutes = 0 if tries == 1 else 2 ** (tries - 2)
    later = (at + timedelta(minutes=minutes)).isoformat(timespec="seconds")
    last = at.isoformat(timespec="seconds")
    return Failing(edit, message, first, last, tries, None if tries >= TRIES else later)


def waits(context: Context, edit: Edit, linked: Collection[ItemId]) -> Failing | None:
    """Why this edit is not tried in this run, where it is not."""
    known = context.backlog.failing.get(edit.tracker, {}).get(edit.item)
    if known is None or _is_due(context, known):
        return None
    return known if known.edit == fingerprint(edit, context.backlog.schema, linked) else None


def _is_due(context: Context, known: Failing) -> bool:
    """Is it tried again in this run, whatever else was asked?"""
    at = known.next
    return context.retry or (at is not None and datetime.fromisoformat(at) <= context.now)


def waits_to_move(
    context: Context, tracker: TrackerName, item: ItemId, after: ItemId | None
) -> Failing | None:
    """Why a record is not moved there in this run, where it is not."""
    known = context.backlog.unmoved.get(tracker, {}).get(item)
    if known is None or known.edit != target(after) or _is_due(context, known):
        return None
    return known


def others_waiting(
    context: Context, edits: Iterable[Edit], noun: str
) -> tuple[list[Edit], set[tuple[TrackerName, ItemId]], list[Finding]]:
    """Of edits of releases or labels themselves those that are made, where others wait, and the
    findings of these. `noun`: what they are."""
    made, waiting, findings = list[Edit](), set[tuple[TrackerName, ItemId]](), list[Finding]()
    for one in edits:
        why = waits(context, one, ())
        if why is None:
            made.append(one)
            continue
        waiting.add((one.tracker, one.item))
        called = one.key or f"{noun} {one.fields['name'].after}"
        severity, message = _said(f"The {one.action} of {called} on {one.tracker}", why)
        findings.append(Finding("failing", severity, message))
    return made, waiting, findings


def waiting_creates(
    context: Context,
    targets: Mapping[TrackerName, Target],
    merged: Mapping[ItemId, MergedItem],
    creations: Mapping[TrackerName, Iterable[ItemId]],
) -> Iterator[tuple[TrackerName, ItemId]]:
    """Creates that are not tried in this run, each with its finding made."""
    for tracker, items in creations.items():
        failing = context.backlog.failing.get(tracker, {})
        for item in items:
            if item in failing and hold_back(
                context, creation(targets[tracker], merged[item]), merged
            ):
                yield tracker, item


def hold_back(context: Context, edit: Edit, merged: Mapping[ItemId, MergedItem]) -> bool:
    """Does the edit wait? It is then said."""
    linked = {item for item, one in merged.items() if edit.tracker in one.ties}
    why = waits(context, edit, linked)
    if why is not None:
        merged[edit.item].findings.append(_finding(edit, why, merged[edit.item]))
    return why is not None


def _finding(edit: Edit, why: Failing, merged: MergedItem) -> Finding:
    called = edit.key or merged.item.title
    severity, message = _said(f"The {edit.action} of {called} on {edit.tracker}", why)
    return Finding("failing", severity, message, edit.item, merged.keys())


def unmoved(tracker: TrackerName, item: ItemId, key: str, why: Failing) -> Finding:
    """That a record is not moved, for a move of it failed."""
    severity, message = _said(f"The move of {key} on {tracker}", why)
    return Finding("failing", severity, message, item, {tracker: key})


def _said(what: str, why: Failing) -> tuple[Severity, str]:
    what = f"{what} failed {number(why.tries, 'time')}"
    if why.next is None:
        said = f"{what}, and is not tried any more: {why.message}. To go on, {REMEDY}."
        return "error", said
    return "warning", f"{what} and waits for its next try: {why.message}. To try now, {REMEDY}."
