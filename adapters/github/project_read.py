"""Reading issues together with what a Project says of them, which changes without them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from adapters.github.project_board import Board
from adapters.github.read import Reader
from adapters.github.shapes import Issue
from adapters.github.window import Window
from sync.tracker import Cursor, RecordId, Snapshot

SINGLE = 30
"""More issues than these are not fetched one by one, but found in the repository's list."""
OLDEST_FIRST = {"state": "all", "sort": "created", "direction": "asc"}


def read_with(reader: Reader, board: Board, since: Cursor | None) -> Snapshot:
    """All issues, or those that changed since, by themselves or in the project; and the order.

    GitHub does not call it an update of an issue that its project's fields changed: those are
    found by what was seen of them, and fetched. What that costs grows with what changed alone,
    but for the pages of the project.
    """
    board.remember(since)
    board.read()
    reader.directory.numbers |= {id_: line.number for id_, line in board.by_issue.items()}
    window = Window.parse(since)
    snapshot = reader.read(window)
    if window is not None and board.fields:
        read = {record.id for record in snapshot.records}
        snapshot = _with(snapshot, reader, [id_ for id_ in board.changed() if id_ not in read])
    board.handed_on()
    return replace(snapshot, order=board.order(), cursor=board.into(snapshot.cursor))


def _with(snapshot: Snapshot, reader: Reader, ids: list[RecordId]) -> Snapshot:
    issues = [issue for issue in _issues(reader, ids) if reader.takes(issue)]
    problems = tuple(problem for one in issues for problem in reader.decoder.problems(one))
    return replace(
        snapshot,
        records=(*snapshot.records, *(reader.record(issue) for issue in issues)),
        problems=(*snapshot.problems, *problems),
    )


def _issues(reader: Reader, ids: list[RecordId]) -> Iterable[Issue]:
    if len(ids) > SINGLE:
        return _listed(reader, set(ids))
    found = reader.get(ids)  # a lost one is left to the next whole read
    return [reader.issues[record.id] for record in found.records]


def _listed(reader: Reader, ids: set[RecordId]) -> Iterator[Issue]:
    for issues, _ in reader.client.issue_pages(OLDEST_FIRST):
        for issue in issues:
            reader.directory.learn(issue)
            if issue.node_id in ids:
                ids.discard(issue.node_id)
                yield issue
        if not ids:
            return
