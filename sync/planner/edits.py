"""What each tracker lacks of one merged item: its edits, and its links before them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sync.backlog import Link
from sync.model import EMPTY, FieldName, ItemId, Shape, TrackerName, Value, as_set
from sync.plan import Edit, Finding
from sync.planner.context import Context, wants
from sync.planner.fields import MergedItem, never_merged
from sync.planner.lens import Lens
from sync.planner.match import Tie
from sync.tracker import ID, Change, Record, RecordId, Shown, Unmapped


@dataclass(frozen=True, slots=True)
class Target:
    """One tracker that edits may go to."""

    name: TrackerName
    lens: Lens
    there: Collection[ItemId]
    """Items that it shows, or will when the run is done."""
    allowed: frozenset[FieldName] | None
    """Fields that it may receive from elsewhere; None: all."""
    secret: Collection[ItemId] = ()
    """Items that it must not be told of."""
    judged: Collection[RecordId] = ()
    """Records of which a person said what they show, or do not show."""
    retry: bool = False
    """Is it asked again for what it refused?"""

    def may(self, name: FieldName) -> bool:
        return self.allowed is None or name in self.allowed


def allowed(context: Context, tracker: TrackerName) -> frozenset[FieldName] | None:
    """What a tracker may receive from elsewhere: everything, unless it is public, or sealed."""
    publish, facts = context.settings.trackers[tracker].publish, context.readings[tracker].facts
    if facts.sealed:
        return frozenset()
    if not facts.public or publish == "all":
        return None
    return publish or frozenset()


def secret(context: Context, tracker: TrackerName, merged: MergedItem) -> bool:
    """Is the item one that not everyone may see, and the tracker one that many more may?

    A record that is restricted there itself may be written.
    """
    facts, tie = context.readings[tracker].facts, merged.ties.get(tracker)
    guarded = tie is not None and tie.record.restricted
    return (facts.public or facts.internal) and merged.restricted and not guarded


def missing_on(context: Context, tracker: TrackerName, merged: MergedItem) -> bool:
    """Is the item to be created on this tracker, if it was never there?"""
    item = merged.item
    if tracker in merged.ties or not item.title or secret(context, tracker, merged):
        return False
    if merged.held("title"):
        return False  # a new record needs one, and nobody has decided which
    fields = allowed(context, tracker)
    publishable = fields is None or "title" in fields
    return publishable and wants(context.settings.trackers[tracker].creates, item)


def creation(target: Target, merged: MergedItem) -> Edit:
    """Shows the item where it is not shown yet."""
    fields: dict[FieldName, Change] = {}
    for name, value in merged.item.values.items():
        if name in target.lens.facts.fields and target.may(name) and not merged.held(name):
            empty = EMPTY[target.lens.schema[name]]
            told = _discreet(target, name, value, empty)
            fields[name] = Change(empty, _reachable(target, name, told))
    fields = {name: change for name, change in fields.items() if change.before != change.after}
    sources = ", ".join(sorted(merged.ties)) or "the backlog"
    because = f"new on {sources}" if merged.before is None else f"only on {sources} so far"
    return Edit(merged.item.id, target.name, "create", None, fields, because)


def _reachable(target: Target, name: FieldName, value: Value) -> Value:
    """References only to items that the tracker shows, or will."""
    match target.lens.schema[name]:
        case Shape.ITEMS:
            return as_set(value).intersection(target.there)
        case Shape.ITEM:
            return value if value in target.there else None
    return value


def _discreet(target: Target, name: FieldName, value: Value, held: Value) -> Value:
    """Without references to secret items that are not made there already."""
    if not target.secret:
        return value
    match target.lens.schema[name]:
        case Shape.ITEMS:
            return as_set(value) - (frozenset(target.secret) - as_set(held))
        case Shape.ITEM:
            return held if value in target.secret else value
    return value


@dataclass
class _Update:
    """One record's edit while it is put together."""

    changes: dict[FieldName, Change]
    reasons: list[str]
    behind: dict[FieldName, Shown]
    sent: dict[FieldName, Shown]
    refused: list[FieldName] = field(default_factory=list)
    """Fields that stay as they are, for the tracker would not take them."""
    undone: dict[FieldName, int] = field(default_factory=dict)
    """Fields that stay as they are, for a person took that run back."""


def update(target: Target, merged: MergedItem, tie: Tie) -> tuple[Edit | None, Link]:
    """What the record lacks, and its link with everything taken that it newly shows."""
    sent = dict(tie.link.sent) if tie.link else {}
    work = _Update({}, [], {}, sent)
    for name in target.lens.schema:
        if target.lens.carries(name, tie.record):
            _field(target, merged, tie, name, work)
    _mark(target, merged, tie, work)
    refused = {name: tie.link.refused[name] for name in work.refused} if tie.link else {}
    link = Link(
        merged.item.id,
        tie.tracker,
        tie.record,
        work.behind,
        work.sent,
        refused,
        undone=work.undone,
    )
    if not work.changes:
        return None, link
    put_back = sorted(name for name in work.changes if _overruled(merged, tie.tracker, name))
    if put_back:
        work.reasons.insert(0, f"{', '.join(put_back)} put back: not decided here")
    because = "; ".join(dict.fromkeys(work.reasons))
    key = tie.record.key
    seen = digest(tie.record, work.changes)
    return Edit(merged.item.id, tie.tracker, "update", key, work.changes, because, seen), link


def _mark(target: Target, merged: MergedItem, tie: Tie, work: _Update) -> None:
    """Gives the record its item's id, where it must bear one, or bears that of another item."""
    mark = tie.record.mark
    if mark is None and ID in target.lens.facts.fields:
        work.reasons.append("it has no id yet")
    elif mark in (None, merged.item.id) or tie.record.id not in target.judged:
        return
    else:
        work.reasons.append("it bears the mark of another item")
    work.changes[ID] = Change(mark, merged.item.id)


def digest(record: Record, names: Iterable[FieldName]) -> str:
    """Of what a saved edit is held against: the record, its version, and what its fields show."""
    shown = {name: record.shown.get(name) for name in names}
    text = json.dumps([record.id, record.version, shown], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _field(target: Target, merged: MergedItem, tie: Tie, name: FieldName, work: _Update) -> None:
    shown, lens = tie.record.shown[name], target.lens
    undone = tie.link.undone.get(name) if tie.link else None
    if merged.held(name) or (tie.tracker, name) in merged.unreadable:
        known = None if never_merged(tie, name) else tie.link
        work.behind[name] = known.seen(name) if known else None
        work.undone |= {name: undone} if undone is not None else {}
        return
    shape = lens.schema[name]
    value = merged.item.values.get(name, EMPTY[shape])
    if target.secret and shape in (Shape.ITEM, Shape.ITEMS):
        value = _discreet(target, name, value, _decoded(lens, name, shown, value))
    try:
        encoded = lens.encode(name, value, shown, target.there)
    except Unmapped as error:
        work.sent.pop(name, None)
        message = f"{tie.tracker}: {error}"
        merged.findings.append(
            Finding("mapping", "warning", message, merged.item.id, merged.keys())
        )
        return
    kept = undone is not None and not merged.edited(name)
    if kept and not lens.shows(name, _reachable(target, name, value), shown):
        _stays(merged, tie, name, work)
        return
    incoming = undone is not None or (tie.tracker, name) in merged.incoming
    if not incoming and name in work.sent and work.sent[name] == encoded:
        return
    reached = _reachable(target, name, value)
    if lens.shows(name, reached, shown):
        work.sent[name] = encoded
        return
    work.sent.pop(name, None)
    if not target.may(name):
        return
    if not target.retry and _refused(merged, tie, name, encoded, work):
        return
    present = merged.before.values.get(name, EMPTY[shape]) if merged.before else value
    work.changes[name] = Change(_decoded(lens, name, shown, present), reached)
    if not _overruled(merged, tie.tracker, name):
        work.reasons.append(_reason(merged, tie.tracker, name))


def _stays(merged: MergedItem, tie: Tie, name: FieldName, work: _Update) -> None:
    assert tie.link is not None  # noqa: S101  (the caller has looked)
    run = work.undone[name] = tie.link.undone[name]
    message = (
        f"{tie.tracker} shows another {name} of {tie.record.key} than the backlog since run {run} "
        "was taken back. It stays so until somebody edits it, there or elsewhere."
    )
    merged.findings.append(Finding("undone", "warning", message, merged.item.id, merged.keys()))


def _refused(merged: MergedItem, tie: Tie, name: FieldName, encoded: Shown, work: _Update) -> bool:
    """Did the tracker refuse this very value, for a record that has not changed since?"""
    refusal = tie.link.refused.get(name) if tie.link else None
    if refusal is None or (refusal.sent, refusal.version) != (encoded, tie.record.version):
        return False
    work.refused.append(name)
    message = f"{tie.tracker} does not take {name} of {tie.record.key}: {refusal.why}"
    merged.findings.append(Finding("refused", "warning", message, merged.item.id, merged.keys()))
    return True


def _decoded(lens: Lens, name: FieldName, shown: Shown, present: Value) -> Value:
    try:
        return lens.decode(name, shown, present)
    except Unmapped:
        return EMPTY[lens.schema[name]]


def _overruled(merged: MergedItem, tracker: TrackerName, name: FieldName) -> bool:
    return name in merged.merged and tracker in merged.merged[name].overruled


def _reason(merged: MergedItem, tracker: TrackerName, name: FieldName) -> str:
    how = merged.merged.get(name)
    if name in merged.ruled:
        return merged.ruled[name]
    if how is None:
        return "an earlier edit has not arrived" if merged.before else "it differs here"
    if how.because:
        return how.because
    others = [side for side in how.changed_by if side != tracker]
    return f"{' and '.join(others)} changed it" if others else "it was merged"


def in_order_of_creation(
    creates: Mapping[ItemId, MergedItem], order: Mapping[ItemId, int]
) -> Iterator[MergedItem]:
    """By the backlog's order, but parents before their children."""
    done: set[ItemId] = set()
    for item in sorted(creates, key=lambda one: order.get(one, len(order))):
        trail: dict[ItemId, None] = {}
        above = item
        while above in creates and above not in done and above not in trail:
            trail[above] = None
            above = creates[above].item.parent or ""
        done.update(trail)
        yield from (creates[one] for one in reversed(trail))
