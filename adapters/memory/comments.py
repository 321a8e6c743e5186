"""Comments of a tracker that lives in memory. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from adapters.comments import Mark, Todo, copy
from sync.tracker import Shown


def brought(todo: Todo, held: Shown, clock: int) -> Shown:
    """What is shown, with its copies brought up to date."""
    said = dict(todo.edit)
    kept = [
        {**one, "copy": str(Mark.of(said[one["id"]]))} if one["id"] in said else one
        for one in held
        if one["id"] not in todo.delete
    ]
    at = datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=clock)
    made = [copy(f"{clock}.{n}", at, Mark.of(one)) for n, one in enumerate(todo.create)]
    return sorted([*kept, *made], key=lambda one: (one["at"], one["id"]))
