"""Moving issues in the order: runs of neighbours go in one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from adapters.jira.client import AGILE, JiraClient, Refusal
from sync.model import Json
from sync.tracker import (
    Move,
    NotFound,
    Outcome,
    RecordId,
    Rejected,
    RetryLater,
    TrackerError,
)

BATCH = 50
"""https://developer.atlassian.com/cloud/jira/software/rest/api-group-issue/"""


Order = Callable[[], Sequence[RecordId]]
"""Asks for all ids, top first."""


def move(client: JiraClient, moves: Sequence[Move], order: Order) -> Iterator[Outcome]:
    """One outcome for each move, in their order."""
    failed: dict[RecordId, TrackerError] = {}
    for run in _runs(moves):
        errors = _place(client, run, order, failed)
        failed |= errors
        yield from (Outcome(one.item, error=errors.get(one.record)) for one in run)


def _runs(moves: Sequence[Move]) -> Iterator[list[Move]]:
    """Moves that place each record right below the one before."""
    run: list[Move] = []
    for one in moves:
        if run and (one.after != run[-1].record or len(run) == BATCH):
            yield run
            run = []
        run.append(one)
    if run:
        yield run


def _place(
    client: JiraClient, run: list[Move], order: Order, failed: Mapping[RecordId, TrackerError]
) -> dict[RecordId, TrackerError]:
    """What went wrong, by record."""
    ids, after = [one.record for one in run], run[0].after
    if after is not None and after in failed:
        why = Rejected(f"the issue above it could not be moved: {failed[after]}")
        return dict.fromkeys(ids, why)
    try:
        body = {"issues": ids, "rankAfterIssue": after} if after else _to_top(run, order)
        if not body["issues"]:
            return {}
        answer = client.write("PUT", f"{AGILE}issue/rank", body)
    except (NotFound, Rejected) as error:
        answer = Refusal({}, (str(error),))
    except TrackerError as error:
        return dict.fromkeys(ids, error)
    if not isinstance(answer, Refusal):
        return _entries(answer.body, ids) if answer.status == 207 else {}
    if len(run) == 1:
        return {ids[0]: Rejected(str(answer))}
    errors: dict[RecordId, TrackerError] = {}
    for one in run:  # one of them is to blame, and it is not said which
        errors |= _place(client, [one], order, {**failed, **errors})
    return errors


def _to_top(run: list[Move], order: Order) -> dict[str, Json]:
    """Above what is to stand below the run; where there is nothing else, below its first one."""
    ids = [one.record for one in run]
    below = next((one.before for one in run if one.before and one.before not in ids), None)
    below = below or next((id for id in order() if id not in ids), None)
    if below:
        return {"issues": ids, "rankBeforeIssue": below}
    return {"issues": ids[1:], "rankAfterIssue": ids[0]}


def _entries(body: Json, ids: Sequence[RecordId]) -> dict[RecordId, TrackerError]:
    """The failures in an answer that is a success on the whole."""
    errors: dict[RecordId, TrackerError] = {}
    for entry in body.get("entries") or () if isinstance(body, dict) else ():
        id, status = str(entry.get("issueId")), int(entry.get("status") or 200)
        if id in ids and status >= 400:
            why = "; ".join(map(str, entry.get("errors") or ())) or f"status {status}"
            errors[id] = RetryLater(why) if status >= 500 else Rejected(why)
    return errors
