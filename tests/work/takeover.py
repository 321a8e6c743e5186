"""How long it takes until another goes on with what a process had begun when it was lost."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import select

from adapters.sandbox.server import Fault
from sync.state import Store, tables
from tests.work.fleet import Fleet, Node
from tests.work.people import People
from tests.work.place import until

HELD = 2.0
"""Seconds for which a run waits for an answer that it reads, time enough to lose it."""


def held(fleet: Fleet, people: People, among: Callable[[Node], bool]) -> tuple[Node, str, str]:
    """A process among these that is in the middle of a run; its backlog; what it is to carry.

    Which process makes a run is chance: others' go their way.
    """
    backlog = fleet.backlogs[0]
    store = Store(fleet.state)
    try:
        for _ in range(30):
            before = _holder(store, backlog)
            fault = Fault("slow", path=f"^/github/.*/{backlog}/issues", after=HELD)
            deed = people.act(backlog, "new")
            fleet.served.switches.faults = [fault]
            until(lambda before=before: _holder(store, backlog) != before)  # type: ignore[misc]
            until(lambda: not fleet.served.switches.faults)
            pid = int(_holder(store, backlog)[1].rpartition(":")[2])
            node = next(one for one in fleet.nodes if pid in one.pids)
            if among(node):
                return node, backlog, deed.word
            until(lambda word=deed.word: word in fleet.titles("jira", backlog))  # type: ignore[misc]
    finally:
        store.close()
    raise AssertionError("none of them made a run")


def taken_over(fleet: Fleet, backlog: str, word: str) -> float:
    """Seconds until what was to be carried is on the other tracker."""
    begun = time.monotonic()
    until(lambda: word in fleet.titles("jira", backlog), 60)
    return time.monotonic() - begun


def _holder(store: Store, backlog: str) -> tuple[int, str]:
    at = tables.fence.c
    with store.engine.connect() as connection:
        query = select(at.number, at.holder).where(at.backlog == backlog)
        row = connection.execute(query).one()
    return row.number, row.holder
