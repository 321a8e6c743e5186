"""The law of undo: after any edits, the trackers are as they were before the run, but for what
people did since; nothing is left to do; and an undo of the undo does it all again."""

from __future__ import annotations

import shutil
import tempfile
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from adapters.memory import MemoryTracker, shown_as
from sync.merge import Policy
from sync.model import FIELDS, FieldName, Shape
from sync.planner import Decision
from tests.sync.test_convergence import VALUES, _empty_state
from tests.sync.undoing import undo
from tests.sync.world import World

TITLES = ("Pay", "Ship", "Refund")
FIELDS_EDITED = (*VALUES, "blocked_by", "parent")
POLICIES: dict[str, dict[FieldName, Policy]] = {
    "nobody wins": {},
    "jira is preferred": {"": Policy(prefer=("jira", "files"))},
    "the backlog decides": {"": Policy(authority="backlog")},
    "github decides on status, files on titles": {
        "status": Policy(authority="github"),
        "title": Policy(authority="files"),
    },
}


@cache
def _settled(places: int) -> tuple[Path, World]:
    """Items that all places show, and the state then: made once, for it takes most of the time."""
    folder = Path(tempfile.mkdtemp(prefix="onebacklog-"))
    shutil.copy(_empty_state(), folder / "state.db")
    every = {
        "jira": MemoryTracker(normalise=True),
        "github": MemoryTracker(
            normalise=True, open_closed=True, single_assignee=True, ordered=False
        ),
        "files": MemoryTracker(),
    }
    world = World(folder, {name: every[name] for name in list(every)[:places]})
    for title in TITLES:
        world.add("jira", title=title, status="todo")
    world.apply()
    return folder / "state.db", world


class Scene:
    """Two or three places that show the same items; one normalises, one also knows little."""

    def __init__(self, places: int, policy: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="onebacklog-"))
        state, kept = _settled(places)
        shutil.copy(state, self.folder / "state.db")
        self.world = World(self.folder, deepcopy(kept.places), POLICIES[policy], now=kept.now)

    def run(self) -> int:
        applied = self.world.apply()
        assert applied is not None
        assert applied.failures == []
        return applied.run

    def picture(self) -> dict[str, Any]:
        """What every place shows of the items that were there from the beginning, in their order.

        What was made since is never taken back.
        """
        return {
            name: {
                record.id: dict(record.shown)
                for record in place.all()
                if record.id in ("r1", "r2", "r3")
            }
            for name, place in self.world.places.items()
        }

    def shown(self) -> list[Any]:
        """Order counts."""
        return [(name, list(of.items())) for name, of in self.picture().items()]

    def settled(self) -> Decision:
        decision = self.world.plan()
        assert decision.plan.edits == ()
        assert decision.plan.moves == ()
        assert decision.plan.pairings == ()
        return decision

    def edit(self, data: st.DataObject, label: str) -> set[tuple[str, str, str]]:
        """What people do, and where."""
        done = set()
        for _ in range(data.draw(st.integers(1, 5), label=f"edits {label}")):
            tracker = data.draw(st.sampled_from(sorted(self.world.places)))
            place = self.world.places[tracker]
            record = place.all()[data.draw(st.integers(0, len(TITLES) - 1), label="record")]
            name = data.draw(st.sampled_from(FIELDS_EDITED))
            value: Any
            if name in VALUES:
                value = shown_as(data.draw(VALUES[name]))
            else:
                others = [one.id for one in place.all() if one.id != record.id]
                other = data.draw(st.sampled_from(others))
                value = other if name == "parent" else [other]
            if name == "status" and place.open_closed:
                value = "closed" if value in ("done", "cancelled") else "open"
            if place.write(record.id, {name: value}) != record:
                done.add((tracker, record.id, name))
        return done

    def disturb(self, data: st.DataObject) -> None:
        """Somebody moves an item, and somebody else makes a new one; or not."""
        ordered = [name for name, place in self.world.places.items() if place.ordered]
        if data.draw(st.booleans(), label="moves"):
            place = self.world.places[data.draw(st.sampled_from(ordered))]
            one, other = data.draw(st.permutations([record.id for record in place.all()]))[:2]
            place.place(one, data.draw(st.sampled_from([None, other])))
        if data.draw(st.booleans(), label="makes"):
            self.world.add(data.draw(st.sampled_from(ordered)), title="New", status="todo")

    def close(self) -> None:
        shutil.rmtree(self.folder)


LAW = settings(
    max_examples=30, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate]
)


@LAW
@given(st.data(), st.sampled_from(sorted(POLICIES)), st.sampled_from([2, 3]))
def test_a_run_that_is_taken_back_never_was(data: st.DataObject, policy: str, places: int) -> None:
    scene = Scene(places, policy)
    try:
        scene.edit(data, "before")
        scene.disturb(data)
        before = scene.shown()
        run = scene.run()
        after = scene.shown()
        scene.settled()
        applied, _ = undo(scene.world, run)
        assert applied.failures == []
        assert scene.shown() == before
        scene.settled()
        scene.run()
        assert scene.shown() == before
        again, _ = undo(scene.world, applied.run)
        assert again.failures == []
        assert scene.shown() == after
        scene.settled()
    finally:
        scene.close()


@LAW
@given(st.data(), st.sampled_from(sorted(POLICIES)), st.sampled_from([2, 3]))
def test_what_people_did_since_stays_when_a_run_is_taken_back_and_is_merged(
    data: st.DataObject, policy: str, places: int
) -> None:
    scene = Scene(places, policy)
    try:
        scene.edit(data, "before")
        before = scene.picture()
        run = scene.run()
        mine = scene.edit(data, "since")
        since = scene.picture()
        applied, _ = undo(scene.world, run)
        assert applied.failures == []
        now = scene.picture()
        for tracker, records in now.items():
            for record, values in records.items():
                for name, value in values.items():
                    was, held = before[tracker][record][name], since[tracker][record][name]
                    if (tracker, record, name) not in mine:
                        assert value in (was, held)
                    elif FIELDS[name] not in (Shape.SET, Shape.ITEMS):
                        assert value == held
        scene.run()
        scene.run()
        scene.settled()
    finally:
        scene.close()
