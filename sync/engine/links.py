"""What is remembered of a record after it was written. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sync.backlog import Link, Refusal
from sync.model import EMPTY, FieldName, ItemId, Shape, Value, as_set
from sync.plan import Edit
from sync.planner.lens import Lens
from sync.tracker import ID, Change, Outcome, Record, Shown, Twin, Unmapped

_REFERENCES = (Shape.ITEM, Shape.ITEMS)


@dataclass(frozen=True, slots=True)
class Written:
    """An edit, and what became of it."""

    edit: Edit
    outcome: Outcome
    twins: Mapping[ItemId, Twin]


def created_link(lens: Lens, written: Written, *, tried: bool) -> Link:
    """The link of a new record: all that it shows is ours, but for what was refused.

    Where it was `tried` before, it may have been made by then, and edited since: what it shows
    beside our own was never merged.
    """
    edit, outcome = written.edit, written.outcome
    record = outcome.record
    assert record is not None  # noqa: S101  (the caller has looked)
    there = {*written.twins, edit.item}
    behind: dict[FieldName, Shown] = {}
    sent: dict[FieldName, Shown] = {}
    refused: dict[FieldName, Refusal] = {}
    for name, shape in lens.schema.items():
        if not lens.carries(name, record):
            continue
        change = edit.fields.get(name)
        value = change.after if change else EMPTY[shape]
        encoded = _encoded(lens, name, value, record.shown[name], there)
        if name in outcome.refused:
            refused |= _refusals(encoded, outcome, record)
            continue
        missing = not lens.shows(name, value, record.shown[name])
        foreign = tried or shape is Shape.COMMENTS  # nobody but an automation had time to comment
        if missing and outcome.error and (name in _GIVEN or not foreign):
            continue  # it broke off before this: the next run goes on
        if missing and foreign and not lens.shows(name, EMPTY[shape], record.shown[name]):
            behind[name] = None
        if missing and (foreign or shape in _REFERENCES):
            continue  # it may be a person's edit, or refer to what is created later in this run
        sent |= encoded
    link = Link(edit.item, edit.tracker, record, behind, sent, refused)
    late = own_defaults(lens, link, edit)  # to be taken away: by the next run, if this one ends
    return replace(link, sent={name: shown for name, shown in sent.items() if name not in late})


def _refusals(
    encoded: Mapping[FieldName, Shown], outcome: Outcome, record: Record
) -> dict[FieldName, Refusal]:
    """Notes what was refused, so that it is not sent again and again."""
    return {
        name: Refusal(shown, outcome.refused[name], record.version)
        for name, shown in encoded.items()
    }


def late_references(lens: Lens, link: Link, edit: Edit) -> dict[FieldName, Change]:
    """References of a new record that it does not show yet, to records that are now there."""
    there = set(lens.items.values())
    changes = {}
    for name, change in edit.fields.items():
        if lens.schema.get(name) in _REFERENCES and lens.carries(name, link.record):
            shown = link.record.shown[name]
            value = _within(change.after, there)
            settled = name in link.refused or name in link.behind
            if not settled and not lens.shows(name, value, shown):
                changes[name] = Change(change.before, change.after)
    return changes


_GIVEN = frozenset({"kind", "status"})
"""Fields that no tracker leaves empty."""


def own_defaults(lens: Lens, link: Link, edit: Edit) -> dict[FieldName, Change]:
    """What a new record shows of fields that the item has no value of."""
    changes = {}
    for name, shape in lens.schema.items():
        if name in edit.fields or name in _GIVEN or not lens.carries(name, link.record):
            continue
        shown, empty = link.record.shown[name], EMPTY[shape]
        if name not in link.behind and not lens.shows(name, empty, shown):
            try:
                changes[name] = Change(lens.decode(name, shown, empty), empty)
            except Unmapped:
                continue  # whatever it is, it is no value of ours
    return changes


def updated_link(lens: Lens, link: Link, written: Written) -> Link:
    """The link after an update.

    What we wrote counts as seen. What else the record newly shows is a person's edit, made while
    we wrote: it stays unseen, so that the next run merges it.
    """
    record = written.outcome.record
    assert record is not None  # noqa: S101  (the caller has looked)
    behind, sent, refused = dict(link.behind), dict(link.sent), dict(link.refused)
    there = set(written.twins)
    for name in lens.schema:
        if not lens.carries(name, record):
            continue
        change = written.edit.fields.get(name)
        shown = record.shown[name]
        if change is None or name in written.outcome.refused:
            _keep_unseen(link, record, name, behind)
            if change is not None:
                encoded = _encoded(lens, name, change.after, shown, there)
                refused |= _refusals(encoded, written.outcome, record)
            continue
        refused.pop(name, None)
        value = _within(change.after, there) if lens.schema[name] in _REFERENCES else change.after
        if written.outcome.error is not None and not lens.shows(name, value, shown):
            _keep_unseen(link, record, name, behind)
            continue
        encoded = _encoded(lens, name, change.after, shown, there)
        behind.pop(name, None)
        sent |= encoded
        extra = _added_meanwhile(lens, name, link, shown, encoded.get(name))
        if extra:
            behind[name] = [entry for entry in shown if entry not in extra]
    if ID in written.edit.fields and ID not in written.outcome.refused:
        record = replace(record, mark=written.edit.item)
    # Our own write is no reason to try again what was refused before.
    refused = {name: replace(one, version=record.version) for name, one in refused.items()}
    return replace(link, record=record, behind=behind, sent=sent, refused=refused)


def _keep_unseen(
    link: Link, record: Record, name: FieldName, behind: dict[FieldName, Shown]
) -> None:
    seen = link.seen(name)
    if name in link.behind or record.shown[name] != seen:
        behind[name] = seen


def _added_meanwhile(
    lens: Lens, name: FieldName, link: Link, shown: Shown, encoded: Shown
) -> list[str]:
    """Elements of a set that neither we asked for nor the record showed when it was merged."""
    if lens.schema[name] not in (Shape.SET, Shape.ITEMS):
        return []

    def said(entry: str) -> str:
        reference = lens.schema[name] is Shape.ITEMS
        return lens.items.get(entry, entry) if reference else " ".join(entry.split()).casefold()

    expected = {said(entry) for entry in (*(link.seen(name) or ()), *(encoded or ()))}
    return [entry for entry in shown or () if said(entry) not in expected]


def _within(value: Value, there: set[ItemId]) -> Value:
    if isinstance(value, frozenset):
        return as_set(value) & there
    return value if value in there else None


def _encoded(
    lens: Lens, name: FieldName, value: Value, shown: Shown, there: set[ItemId]
) -> dict[FieldName, Shown]:
    """The field as it was asked for; without it where the tracker has no word for the value."""
    try:
        return {name: lens.encode(name, value, shown, there)}
    except Unmapped:
        return {}
