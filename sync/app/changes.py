"""Who last changed fields in conflict, and when, as trackers tell it; and how the newest wins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import structlog

from sync.model import FieldName, Shape, TrackerName
from sync.plan import Conflict
from sync.planner import Context, Decision, decide
from sync.planner.match import match
from sync.planner.ties import Tie
from sync.tracker import Adapter, RecordId, Touched, TrackerError, Witness

log = structlog.get_logger(__name__)

WHOLE = (Shape.LINE, Shape.NUMBER, Shape.DATE, Shape.ITEM)
"""What is changed as a whole: there a time says which value is newer."""


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
    times = {
        (one.item, one.field, tracker): at
        for one in found
        for tracker, tie in _sides(one, ties.get(one.item, {}))
        if (at := _time(told[tracker].get(tie.record.id, {}).get(one.field), tie))
    }
    context = replace(context, times=times)
    return context, decide(context)


def _by_time(context: Context, conflict: Conflict) -> bool:
    newest = context.settings.policy(conflict.field).strategy == "newest"
    return newest and context.backlog.schema[conflict.field] in WHOLE


def _sides(
    conflict: Conflict, ties: Mapping[TrackerName, Tie]
) -> Iterator[tuple[TrackerName, Tie]]:
    """Those that are trackers, and not the backlog."""
    return ((tracker, ties[tracker]) for tracker in conflict.sides if tracker in ties)


def _time(touched: Touched | None, tie: Tie) -> str | None:
    """When the field was changed; None where that is no longer, or not yet, known.

    Trackers give times to the second at best in common: within one, none is newer. What a tracker
    tells of before its record was last looked at is not the change that is in question.
    """
    if touched is None or touched.whole or touched.at is None:
        return None
    before = tie.link.record.updated_at if tie.link else None
    try:
        at = _second(touched.at)
        return None if before is not None and at < _second(before) else at
    except ValueError:  # the tracker's own words
        return None


def _second(at: str) -> str:
    return datetime.fromisoformat(at).astimezone(UTC).isoformat(timespec="seconds")
