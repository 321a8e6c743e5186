"""Who last changed fields in conflict, and when, as trackers tell it; and how the newest wins."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import structlog

from sync.model import FieldName, ItemId, Shape, TrackerName
from sync.plan import Conflict
from sync.planner import Context, Decision, decide
from sync.planner.match import match
from sync.planner.ties import Tie
from sync.tracker import Adapter, RecordId, Touched, TrackerError, Witness

log = structlog.get_logger(__name__)

WHOLE = (Shape.LINE, Shape.NUMBER, Shape.DATE, Shape.ITEM)
"""What is changed as a whole: there a time says which value is newer."""
UNSURE = timedelta(seconds=2)
"""Trackers' clocks differ. How far each is ahead of ours is known to a second: where times are no
further apart than this when that is taken off, none is newer."""


def changes(
    adapter: Adapter, ids: Sequence[RecordId]
) -> Mapping[RecordId, Mapping[FieldName, Touched]]:
    """As the tracker tells; nothing where it does not: that never fails a run."""
    if not isinstance(adapter, Witness):
        return {}
    try:
        return adapter.changes(ids)
    except TrackerError as error:
        log.warning("tracker.unasked", tracker=adapter.name, about="changes", error=str(error))
        return {}


def timed(
    context: Context, decision: Decision, adapters: Mapping[TrackerName, Adapter]
) -> tuple[Context, Decision]:
    """Decided again with the times of changes, where the settings say that the newest wins.

    Trackers are asked for the records that are in such a conflict, and nothing where there is none.
    """
    found = [one for one in decision.plan.conflicts if _by_time(context, one)]
    if not found:
        return context, decision
    ties = match(context).ties
    wanted: dict[TrackerName, dict[RecordId, None]] = {}
    for one in found:
        for tracker, tie in _sides(one, ties.get(one.item, {})):
            wanted.setdefault(tracker, {})[tie.record.id] = None
    told = {tracker: changes(adapters[tracker], list(ids)) for tracker, ids in wanted.items()}
    times: dict[tuple[ItemId, FieldName, TrackerName], str] = {}
    for one in found:
        at = {
            tracker: moment - timedelta(seconds=context.readings[tracker].facts.ahead or 0.0)
            for tracker, tie in _sides(one, ties.get(one.item, {}))
            if (moment := _time(told[tracker].get(tie.record.id, {}).get(one.field), tie))
        }
        if _differ(at.values()):
            times |= {(one.item, one.field, name): _said(when) for name, when in at.items()}
    context = replace(context, times=times)
    return context, decide(context)


def _differ(times: Collection[datetime]) -> bool:
    """Is it sure which is before which?"""
    ordered = sorted(times)
    return all(later - earlier > UNSURE for earlier, later in pairwise(ordered))


def _by_time(context: Context, conflict: Conflict) -> bool:
    newest = context.settings.policy(conflict.field).strategy == "newest"
    return newest and context.backlog.schema[conflict.field] in WHOLE


def _sides(
    conflict: Conflict, ties: Mapping[TrackerName, Tie]
) -> Iterator[tuple[TrackerName, Tie]]:
    """Those that are trackers, and not the backlog."""
    return ((tracker, ties[tracker]) for tracker in conflict.sides if tracker in ties)


def _time(touched: Touched | None, tie: Tie) -> datetime | None:
    """When the field was changed, by the tracker's clock; None where that is no longer, or not
    yet, known. What a tracker tells of before its record was last looked at is not the change that
    is in question: its clock gives whole seconds, at best.
    """
    if touched is None or touched.whole or touched.at is None:
        return None
    before = tie.link.record.updated_at if tie.link else None
    try:
        at = _moment(touched.at)
        seen = None if before is None else _moment(before).replace(microsecond=0)
    except ValueError:  # the tracker's own words
        return None
    return None if seen is not None and at < seen else at


def _said(at: datetime) -> str:
    return at.isoformat(timespec="microseconds")


def _moment(at: str) -> datetime:
    return datetime.fromisoformat(at).astimezone(UTC)
