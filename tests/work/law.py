"""What must hold of a fleet in the end, whatever was done to its processes."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from itertools import groupby, permutations

from click.testing import CliRunner
from sqlalchemy import select

from adapters.text import adf_to_markdown
from sync.cli import main
from sync.state import StateError, Store, inbox, tables
from tests.work.fleet import ENVIRONMENT, Fleet
from tests.work.people import Deed, People
from tests.work.place import until


def hold_to_it(fleet: Fleet, people: People, seconds: float = 90) -> None:
    """All that was accepted is done, once and in order, and there is nothing left to do."""
    people.wait(seconds)
    store = Store(fleet.state)
    try:
        until(lambda: _is_drained(store), seconds)
        for backlog in fleet.backlogs:
            _hold_inbox(store, backlog, people)
            _hold_runs(store, backlog)
            _hold_trackers(fleet, backlog, people)
    finally:
        store.close()
    _hold_still(fleet)


def _is_drained(store: Store) -> bool:
    with suppress(StateError):  # the database may be away
        return not inbox.depth(store.engine)
    return False


def _hold_inbox(store: Store, backlog: str, people: People) -> None:
    """Each delivery that was accepted is there, and none was done with before one that had been
    accepted when it was sent."""
    at = tables.inbox.c
    query = select(at.delivery, at.done).where(at.backlog == backlog)
    with store.engine.connect() as connection:
        done = {row.delivery: row.done for row in connection.execute(query)}
    accepted = [one for one in people.story.accepted if one.deed.backlog == backlog]
    assert {one.deed.delivery for one in accepted} - done.keys() == set()
    for one, other in permutations(accepted, 2):
        if one.ended < other.begun:
            assert done[one.deed.delivery] <= done[other.deed.delivery]


def _hold_runs(store: Store, backlog: str) -> None:
    """No two runs wrote at once: what each began stands in one piece, and none came back."""
    journal, run = tables.journal.c, tables.run.c
    query = (
        select(journal.run)
        .join(tables.run, run.id == journal.run)
        .where(run.backlog == backlog)
        .order_by(journal.id)
    )
    with store.engine.connect() as connection:
        runs = [number for number, _ in groupby(connection.execute(query).scalars())]
    assert runs == sorted(set(runs))


def _hold_trackers(fleet: Fleet, backlog: str, people: People) -> None:
    """Each deed is seen on the other tracker, once; comments in their order."""
    done = [one for one in people.story.deeds if one.backlog == backlog]
    last = {one.item: one.word for one in done if one.kind == "rename"}
    expected = Counter([one.word for one in done if one.kind == "new"] + [*last.values()])
    for tracker in ("github", "jira"):
        titles = Counter(fleet.titles(tracker, backlog))
        untouched = {f"item {n}": 1 for n in range(1, 5) if n not in last}
        assert titles == expected + Counter(untouched), (tracker, backlog)
    said = [one for one in done if one.kind == "comment"]
    for item in {one.item for one in said}:
        these = [one for one in said if one.item == item]
        assert _comments(fleet, people, these[0]) == [one.word for one in these], (backlog, item)


def _comments(fleet: Fleet, people: People, deed: Deed) -> list[str]:
    """The last line of each on Jira, in their order there."""
    found = fleet.jira("GET", f"issue/{people.key(deed)}/comment?maxResults=1000")
    return [adf_to_markdown(one["body"]).strip().splitlines()[-1] for one in found["comments"]]


def _hold_still(fleet: Fleet) -> None:
    """A plan of all that there is has nothing to do."""
    path = str(fleet.folder / "onebacklog.yaml")
    for backlog in fleet.backlogs:
        said = CliRunner().invoke(main, ["plan", backlog, "--config", path], env=ENVIRONMENT)
        assert said.exit_code == 0, said.output
