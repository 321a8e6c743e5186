"""The journal is written ahead: what a killed run may have written is told, and settled later."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.memory import MemoryReleases, MemoryTracker
from sync.state import KILLED, Entry
from sync.tracker import Unavailable
from tests.sync.test_engine import applied, entries, item_of, state, unruly
from tests.sync.world import Crash, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Three items in jira and on github."""
    world = World(tmp_path, {"jira": MemoryTracker(), "github": MemoryTracker()})
    for title in "ABC":
        world.add("jira", title=title)
    world.apply()
    return world


def outcomes(world: World, run: int, tracker: str = "github") -> list[tuple[str | None, str]]:
    """Of what one run wrote to one tracker, in its order."""
    return [(one.field, one.outcome) for one in entries(world, run) if one.tracker == tracker]


def die_at(world: World, title: str, *, after: bool) -> int:
    """A run that is killed when it writes the item of that title, or right after. Its number."""
    github = unruly(world)

    class Deadly(dict[str, object]):
        def get(self, key: str, default: object = None) -> object:
            if key == title:
                raise Crash
            return default

    if not after:
        github.errors = Deadly()  # type: ignore[assignment]
    assert world.apply(die_after=0 if after else None) is None
    world.extra.clear()
    world.places["github"] = github.place
    return world.journal().runs("shop")[0].id


def test_every_write_of_every_kind_is_in_the_journal_before_it_is_made(world: World) -> None:
    world.edit("jira", "r1", title="Able", labels=frozenset({"x"}))
    world.add("jira", title="New")
    world.places["jira"].place("r3", None)
    github = unruly(world)
    seen: dict[str, list[Entry]] = {}

    class Watching(type(github)):  # type: ignore[misc]
        def _met(self, title: str) -> None:
            run = world.journal().runs("shop")[0].id
            seen[title] = [one for one in entries(world, run) if one.outcome == "begun"]

    watching = Watching(github.place)
    world.extra["github"] = lambda: watching
    run = applied(world).run
    assert [(one.action, one.field, one.before, one.after) for one in seen["New"]] == [
        ("create", "title", None, "New")
    ]
    assert [(one.action, one.field, one.before, one.after) for one in seen["A"]] == [
        ("update", "title", "A", "Able"),
        ("update", "labels", [], ["x"]),
    ]
    [move] = seen["C"]
    assert (move.action, move.item, move.after) == (
        "move",
        item_of(world, "C"),
        {"after": None, "before": item_of(world, "Able")},
    )
    assert {outcome for _, outcome in outcomes(world, run)} == {"done"}


@pytest.mark.parametrize(("after", "outcome"), [(False, "lost"), (True, "done")])
def test_an_update_of_a_killed_run_is_settled_by_what_the_record_shows(
    world: World, after: bool, outcome: str
) -> None:
    world.edit("jira", "r1", title="Able", labels=frozenset({"x"}))
    run = die_at(world, "A", after=after)
    begun = "done" if after else "begun"  # an answer is stored before anybody hears of it
    assert outcomes(world, run) == [("title", begun), ("labels", begun)]
    killed = world.journal().run("shop", run)
    assert killed is not None
    assert (killed.ended, killed.outcome) == (None, None)
    next_run = applied(world).run
    assert outcomes(world, run) == [("title", outcome), ("labels", outcome)]
    killed = world.journal().run("shop", run)
    assert killed is not None
    assert (killed.ended, killed.outcome) == (None, KILLED)
    assert outcomes(world, next_run) == ([] if after else [("title", "done"), ("labels", "done")])


def test_an_update_that_took_effect_without_an_answer_is_settled_as_done(world: World) -> None:
    world.edit("jira", "r1", title="Able", labels=frozenset({"x"}), priority="high")
    run = die_at(world, "A", after=False)
    world.places["github"].write("r1", {"title": "Able", "labels": ["x"]})
    applied(world)
    settled = [("title", "done"), ("labels", "done"), ("priority", "lost")]
    assert sorted(outcomes(world, run)) == sorted(settled)


def test_what_a_killed_run_wrote_to_a_tracker_that_does_not_answer_stays_open(
    world: World,
) -> None:
    world.edit("jira", "r1", title="Able")
    run = die_at(world, "A", after=False)
    world.places["github"].down = Unavailable("no answer")
    applied(world)
    assert outcomes(world, run) == [("title", "begun")]
    world.places["github"].down = None
    applied(world)
    assert outcomes(world, run) == [("title", "lost")]


def test_a_create_of_a_killed_run_that_made_the_record_is_settled_as_done(world: World) -> None:
    world.add("jira", title="New")
    github = world.places["github"]
    run = die_at(world, "New", after=False)
    github.add({**github.history["r1"][-1][1].shown, "title": "New"}, item_of(world, "New"))
    next_run = applied(world).run
    assert outcomes(world, run) == [("title", "done")]
    assert [one for _, one in outcomes(world, next_run)] == []
    assert len(github.all()) == 4


def test_a_create_of_a_killed_run_that_the_next_has_to_make_is_settled_as_lost(
    world: World,
) -> None:
    world.add("jira", title="New")
    run = die_at(world, "New", after=False)
    github = world.places["github"]
    github.down = Unavailable("no answer")
    applied(world)
    github.down = None
    assert outcomes(world, run) == [("title", "begun")]
    next_run = applied(world).run
    assert outcomes(world, run) == [("title", "lost")]
    assert outcomes(world, next_run) == [("title", "done")]
    assert len(github.all()) == 4


def test_a_create_that_fails_again_stays_open(world: World) -> None:
    world.add("jira", title="New")
    run = die_at(world, "New", after=False)
    world.places["github"].faults = {0: "before"}
    applied(world)
    assert outcomes(world, run) == [("title", "begun")]


@pytest.mark.parametrize(("made", "outcome"), [(False, "lost"), (True, "done")])
def test_a_move_of_a_killed_run_is_settled_by_the_order(
    world: World, made: bool, outcome: str
) -> None:
    world.places["jira"].place("r3", None)
    run = die_at(world, "C", after=False)
    assert outcomes(world, run) == [(None, "begun")]
    if made:
        world.places["github"].place("r3", None)
    applied(world)
    assert outcomes(world, run) == [(None, outcome)]


@pytest.mark.parametrize(("made", "outcome"), [(False, "lost"), (True, "done")])
def test_a_release_of_a_killed_run_is_settled_by_what_it_shows(
    tmp_path: Path, made: bool, outcome: str
) -> None:
    names = ("jira", "github")
    world = World(tmp_path, {name: MemoryTracker(releases=MemoryReleases()) for name in names})
    jira, github = (world.places[name].releases for name in names)
    assert jira is not None
    assert github is not None
    jira.ensure("1.0")
    world.add("jira", title="Pay", release="1.0")
    world.apply()
    [id] = jira.held
    jira.set(id, {"due": "2026-05-01"})
    decision = world.plan()
    journal = world.journal()
    run = journal.begin("shop", "2026-01-01T00:00:00+00:00", {})
    [edit] = decision.releases.edits
    entry = Entry("", "github", edit.item, None, "release", "due", None, "2026-05-01", "x", "begun")
    journal.write(run, [entry])
    journal.engine.dispose()
    if made:
        [other] = github.held
        github.set(other, {"due": "2026-05-01"})
    applied(world)
    assert outcomes(world, run) == [("due", outcome)]


def test_entries_that_mean_nothing_any_more_are_lost(world: World) -> None:
    journal, item = world.journal(), item_of(world, "A")
    run = journal.begin("shop", "2026-01-01T00:00:00+00:00", {})
    at = ("", "github")
    journal.write(
        run,
        [
            Entry(*at, item, None, "update", "colour", None, "red", "x", "begun"),
            Entry(*at, item, None, "update", "title", None, ["red"], "x", "begun"),
            Entry(*at, "nobody", None, "update", "title", None, "A", "x", "begun"),
            Entry(*at, item, None, "move", None, None, None, "x", "begun"),
        ],
    )
    journal.engine.dispose()
    applied(world)
    assert {outcome for _, outcome in outcomes(world, run)} == {"lost"}


def test_what_a_tracker_that_stopped_was_not_asked_any_more_failed(world: World) -> None:
    world.edit("jira", "r1", title="Able")
    world.edit("jira", "r2", title="Best")
    github = unruly(world)
    github.errors = {"A": Unavailable("no answer")}
    run = applied(world).run
    assert outcomes(world, run) == [("title", "failed"), ("title", "failed")]
    assert {one.error for one in entries(world, run) if one.outcome == "failed"} == {"no answer"}


def test_moves_made_before_a_tracker_stopped_are_done(world: World) -> None:
    world.add("jira", title="D")
    world.apply()
    world.places["jira"].place("r3", None)
    world.places["jira"].place("r4", None)
    github = unruly(world)
    github.errors = {"C": Unavailable("no answer")}
    run = applied(world).run
    assert outcomes(world, run) == [(None, "done"), (None, "failed")]
    assert state(world).order != ()
