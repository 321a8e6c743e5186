"""What is remembered of a record after it was written. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sync.backlog import Link
from sync.merge import as_set
from sync.model import EMPTY, FieldName, ItemId, Schema, Shape, TrackerName, Value
from sync.plan import Edit
from sync.planner.edits import ID
from sync.planner.lens import Lens
from sync.tracker import Change, Outcome, Record, Shown, Twin, Unmapped

_REFERENCES = (Shape.ITEM, Shape.ITEMS)


@dataclass(frozen=True, slots=True)
class Written:
    """An edit, and what became of it."""

    edit: Edit
    outcome: Outcome
    twins: Mapping[ItemId, Twin]


def created_link(
    lens: Lens, edit: Edit, outcome: Outcome, tracker: TrackerName, twins: Mapping[ItemId, Twin]
) -> Link:
    """The link of a new record: all that it shows is ours, but for what was refused."""
    record = outcome.record
    assert record is not None  # noqa: S101  (the caller has looked)
    there = {*twins, edit.item}
    sent: dict[FieldName, Shown] = {}
    for name, shape in lens.schema.items():
        if not lens.carries(name, record) or name in outcome.refused:
            continue
        change = edit.fields.get(name)
        value = change.after if change else EMPTY[shape]
        if shape in _REFERENCES and not lens.shows(name, value, record.shown[name]):
            continue  # what it refers to may be created later in this run
        encoded = _encode(lens, name, value, record.shown[name], there)
        if encoded is not _NOTHING:
            sent[name] = encoded
    return Link(edit.item, tracker, record, {}, sent)


def late_references(link: Link, edit: Edit, schema: Schema) -> dict[FieldName, Change]:
    """References of a new record that it does not show yet."""
    return {
        name: Change(EMPTY[schema[name]], change.after)
        for name, change in edit.fields.items()
        if schema.get(name) in _REFERENCES and name not in link.sent and name in link.record.shown
    }


def updated_link(lens: Lens, link: Link, written: Written) -> Link:
    """The link after an update.

    What we wrote counts as seen. What else the record newly shows is a person's edit, made while
    we wrote: it stays unseen, so that the next run merges it.
    """
    record = written.outcome.record
    assert record is not None  # noqa: S101  (the caller has looked)
    behind, sent = dict(link.behind), dict(link.sent)
    there = set(written.twins)
    for name in lens.schema:
        if not lens.carries(name, record):
            continue
        change = written.edit.fields.get(name)
        shown = record.shown[name]
        if change is None or name in written.outcome.refused:
            _keep_unseen(link, record, name, behind)
            continue
        value = _within(change.after, there) if lens.schema[name] in _REFERENCES else change.after
        if written.outcome.error is not None and not lens.shows(name, value, shown):
            _keep_unseen(link, record, name, behind)
            continue
        encoded = _encode(lens, name, change.after, shown, there)
        behind.pop(name, None)
        if encoded is not _NOTHING:
            sent[name] = encoded
            extra = _added_meanwhile(lens, name, link, shown, encoded)
            if extra:
                behind[name] = [entry for entry in shown if entry not in extra]
    if ID in written.edit.fields:
        record = replace(record, mark=written.edit.item)
    return replace(link, record=record, behind=behind, sent=sent)


def _keep_unseen(
    link: Link, record: Record, name: FieldName, behind: dict[FieldName, Shown]
) -> None:
    seen = link.seen(name)
    if name in link.behind or record.shown[name] != seen:
        behind[name] = seen


def _added_meanwhile(
    lens: Lens, name: FieldName, link: Link, shown: Shown, encoded: Shown
) -> list[str]:
    """Elements of a set that neither we asked for nor the record showed before."""
    if lens.schema[name] is not Shape.SET or not isinstance(shown, list):
        return []
    expected = {_plain(entry) for entry in (*(link.record.shown.get(name) or ()), *encoded)}
    return [entry for entry in shown if _plain(entry) not in expected]


def _plain(entry: str) -> str:
    return " ".join(entry.split()).casefold()


def _within(value: Value, there: set[ItemId]) -> Value:
    if isinstance(value, frozenset):
        return as_set(value) & there
    return value if value in there else None


_NOTHING = object()


def _encode(lens: Lens, name: FieldName, value: Value, shown: Shown, there: set[ItemId]) -> Shown:
    try:
        return lens.encode(name, value, shown, there)
    except Unmapped:
        return _NOTHING
