"""What a side that many people may read is told: decided in the planner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.memory import MemoryTracker
from sync.model import Value
from sync.plan import Plan
from sync.planner import Reading, Settings, TrackerSettings, decide
from sync.tracker import Gone, Snapshot
from tests.sync.test_planner import changes, context, facts, linked, reading, record, said
from tests.sync.world import SILENT, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, {"jira": MemoryTracker(), "github": MemoryTracker()})


def publishes(world: World, publish: object, *, jira: object = None) -> None:
    """What the settings let each of the two receive where it is public."""
    trackers = {
        "jira": TrackerSettings("all", jira),  # type: ignore[arg-type]
        "github": TrackerSettings("all", publish),  # type: ignore[arg-type]
    }
    world.settings = Settings(trackers, {}, SILENT)


def moved(world: World, publish: object) -> Plan:
    """Github, with an order and public, beside a jira in which the order changed."""
    for place in world.places.values():
        place.ordered = True
    publishes(world, publish)
    for title in "abc":
        world.add("jira", title=title)
    world.apply()
    world.places["github"].public = True
    world.places["jira"].place("r3", None)
    return world.plan().plan


@pytest.mark.parametrize(
    ("publish", "moves"),
    [("all", 1), (frozenset({"title", "order"}), 1), (frozenset({"title"}), 0), (None, 0)],
    ids=["all", "with the order", "without the order", "nothing"],
)
def test_a_public_tracker_is_told_the_order_only_where_that_is_published(
    world: World, publish: object, moves: int
) -> None:
    plan = moved(world, publish)
    assert len([one for one in plan.moves if one.tracker == "github"]) == moves


def test_an_order_that_was_not_published_is_told_once_it_is(world: World) -> None:
    assert moved(world, None).moves == ()
    world.apply()
    publishes(world, frozenset({"order"}))
    assert len(world.plan().plan.moves) == 1
    world.apply()
    assert world.titles("github") == ["c", "a", "b"]
    assert not world.plan().plan.pending


# What is restricted


def told(plan: Plan) -> dict[str, dict[str, Value]]:
    """What github is to receive, by action."""
    found = changes(plan).items()
    return {action: fields for (tracker, action), fields in found if tracker == "github"}


REFERENCES: dict[str, Mapping[str, Value]] = {
    "a blocker": {"blocked_by": frozenset({"r1"})},
    "a relation": {"relates_to": frozenset({"r1"})},
    "a parent": {"parent": "r1"},
}


@pytest.mark.parametrize("values", REFERENCES.values(), ids=REFERENCES.keys())
def test_a_restricted_item_that_is_there_is_not_newly_named_by_others(
    world: World, values: Mapping[str, Value]
) -> None:
    publishes(world, "all")
    world.add("jira", title="Secret")
    world.add("jira", title="Pay")
    world.apply()
    world.places["github"].public = True
    world.alter("jira", "r1", restricted=True)
    world.edit("jira", "r2", **values)
    assert told(world.plan().plan) == {}
    world.add("jira", title="New", **values)
    assert told(world.plan().plan) == {"create": {"title": "New"}}
    world.apply()
    assert told(world.plan().plan) == {}
    world.alter("jira", "r1", restricted=False)
    named = [one for one in world.plan().plan.edits if one.tracker == "github"]
    assert named != []
    assert all(one.fields.keys() == values.keys() for one in named)


@pytest.mark.parametrize("values", REFERENCES.values(), ids=REFERENCES.keys())
def test_what_names_a_restricted_item_already_is_left_as_it_is(
    world: World, values: Mapping[str, Value]
) -> None:
    publishes(world, "all")
    world.add("jira", title="Secret")
    world.add("jira", title="Pay", **values)
    world.apply()
    world.places["github"].public = True
    world.alter("jira", "r1", restricted=True)
    plan = world.plan().plan
    assert changes(plan) == {}
    assert [one.rule for one in plan.findings] == ["restricted"]


def test_a_record_that_is_restricted_where_everybody_reads_is_written_as_others_are(
    world: World,
) -> None:
    publishes(world, None, jira="all")
    world.places["jira"].public = True
    world.add("jira", title="Secret")
    world.apply()
    world.alter("jira", "r1", restricted=True)
    world.edit("github", "r1", title="Still secret")
    plan = world.plan().plan
    assert changes(plan) == {("jira", "update"): {"title": "Still secret"}}
    assert plan.findings == ()


@pytest.mark.parametrize(
    ("gone", "written"),
    [
        (Gone("hidden"), False),
        (Gone("hidden or deleted"), False),
        (Gone("deleted"), True),
        (Gone("moved", "https://x.example/other/3"), True),
    ],
    ids=["hidden", "hidden or deleted", "deleted", "moved"],
)
def test_what_may_be_restricted_by_now_is_told_to_nobody(gone: Gone, written: bool) -> None:
    """A record that is hidden may be so because it is secret; one that was restricted stays so."""
    backlog = linked("jira", "github", "files")
    one = context(
        ("jira", Reading(facts("jira"), Snapshot(gone={"r1": gone}))),
        ("github", reading("github", record("r1", "Pay"), public=True)),
        ("files", reading("files", record("r1", "Pay by card"))),
        backlog=backlog,
        trackers={
            "jira": TrackerSettings("all"),
            "github": TrackerSettings("all", "all"),
            "files": TrackerSettings("all"),
        },
    )
    plan = decide(one).plan
    assert bool(plan.edits) is written
    assert bool(said(plan, "restricted")) is not written
    held = backlog.links["jira"]["r1"]
    secret = replace(held, record=replace(held.record, restricted=True))
    links = {**backlog.links, "jira": {"r1": secret}}
    assert decide(replace(one, backlog=replace(backlog, links=links))).plan.edits == ()


# Who is public


@pytest.mark.parametrize(
    ("publish", "severities"),
    [(None, ["warning", "warning"]), ("all", ["info"]), (frozenset({"title"}), ["info"])],
    ids=["nothing", "all", "the title"],
)
def test_a_tracker_that_turned_public_is_said_to_have(
    publish: object, severities: list[str]
) -> None:
    there = replace(reading("github", record("r1", "Pay"), public=True))
    there = replace(there, snapshot=replace(there.snapshot, opened=True))
    one = context(
        ("jira", reading("jira", record("r1", "Pay"))),
        ("github", there),
        backlog=linked("jira", "github"),
        trackers={
            "jira": TrackerSettings("all"),
            "github": TrackerSettings("all", publish),  # type: ignore[arg-type]
        },
    )
    found = [one for one in decide(one).plan.findings if one.rule == "publish"]
    assert [one.severity for one in found] == severities
    assert any("was not when it was read before" in one.message for one in found)


def test_a_sealed_tracker_is_written_nothing_and_is_not_asked_to_publish() -> None:
    there = reading("github", record("r1", "Pay"), public=True)
    there = replace(there, facts=replace(there.facts, sealed="it is archived"))
    one = context(
        ("jira", reading("jira", record("r1", "Pay by card"), record("r2", "Ship"))),
        ("github", there),
        backlog=linked("jira", "github"),
    )
    plan = decide(one).plan
    assert (plan.edits, plan.findings) == ((), ())
