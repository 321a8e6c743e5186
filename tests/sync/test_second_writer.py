"""A field that another tool keeps changing back is left alone after three rounds."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.base import Setup
from adapters.memory import MemoryTracker
from sync.engine import Engine, apply
from sync.merge import Policy
from sync.model import FieldName, Value
from sync.planner import Choice, decide
from sync.planner.narrow import chosen
from sync.planner.second_writer import ROUNDS
from sync.state import Store
from sync.state.lately import rewritten
from tests.sync.world import World

JIRA_DECIDES = {"priority": Policy("jira")}


@pytest.fixture
def shop(tmp_path: Path) -> World:
    """One item on two trackers; its priority belongs to Jira."""
    places = {"jira": MemoryTracker(), "github": MemoryTracker()}
    made = World(tmp_path, places, JIRA_DECIDES)
    made.add("jira", title="Pay", priority="low")
    made.apply()
    return made


def written(world: World, tracker: str, name: FieldName) -> list[Value]:
    """What the runs wrote there, the oldest first."""
    entries = world.journal().entries("shop")
    return [
        one.after
        for one in reversed(entries)
        if (one.tracker, one.field, one.action) == (tracker, name, "update")
    ]


def rounds(world: World, number: int, **values: Value) -> None:
    """So often a tool sets its values on GitHub, and a run follows."""
    for _ in range(number):
        world.edit("github", "r1", **values)
        world.apply()


def decided(world: World, name: FieldName, choice: Choice) -> None:
    """A person decides the field of the only item, and that is written."""
    world.now += timedelta(minutes=5)
    context, _, adapters = world.look()
    [item] = context.backlog.items
    context = replace(context, choices={(item, name): choice})
    store = Store(world.url)
    decision = chosen(decide(context), {item}, (), {})
    apply(Engine(context, adapters, store, lambda: world.now, lambda *_: None), decision)
    store.close()


def test_a_field_that_another_tool_keeps_flipping_is_left_alone_after_three_rounds(
    shop: World,
) -> None:
    rounds(shop, 6, priority="high")
    assert written(shop, "github", "priority") == ["low"] * 3
    assert shop.record("github", "Pay").shown["priority"] == "high"
    assert shop.record("jira", "Pay").shown["priority"] == "low"


def test_two_rounds_are_no_fight_yet(shop: World) -> None:
    rounds(shop, 2, priority="high")
    shop.edit("github", "r1", priority="high")
    plan = shop.plan().plan
    assert [(one.tracker, set(one.fields)) for one in plan.edits] == [("github", {"priority"})]
    assert plan.conflicts == ()


def test_the_rest_of_an_item_that_is_fought_over_still_syncs(shop: World) -> None:
    rounds(shop, 4, priority="high")
    shop.edit("github", "r1", priority="high", title="Pay by card")
    shop.edit("jira", "r1", status="done")
    shop.apply()
    assert shop.titles("jira") == ["Pay by card"]
    assert shop.record("github", "Pay by card").shown["status"] == "done"
    assert written(shop, "github", "priority") == ["low"] * 3


def test_a_second_writer_is_reported_with_both_values_and_what_to_do(shop: World) -> None:
    rounds(shop, 4, priority="high")
    plan = shop.plan().plan
    [finding] = [one for one in plan.findings if one.rule == "second-writer"]
    assert finding.severity == "warning"
    assert finding.keys == {"github": "MEM-1", "jira": "MEM-1"}
    for words in ("priority of MEM-1", "“low” on github 3 times", "“high”", "left alone"):
        assert words in finding.message
    for remedy in ("stop it", "fields.priority.authority", "onebacklog resolve MEM-1 priority"):
        assert remedy in finding.message
    [conflict] = plan.conflicts
    assert (conflict.field, conflict.sides, conflict.base) == (
        "priority",
        {"github": "high"},
        "low",
    )
    assert plan.edits == ()
    assert not any(one.rule == "drift" for one in plan.findings)  # it is not put back


def test_two_tools_on_two_trackers_that_undo_each_other_are_stopped(tmp_path: Path) -> None:
    world = World(tmp_path, {"jira": MemoryTracker(), "github": MemoryTracker()})
    world.add("jira", title="Pay", labels=frozenset({"x"}), priority="low")
    world.apply()
    for _ in range(8):
        for tracker, value in (("jira", "high"), ("github", "low")):
            world.edit(tracker, "r1", priority=value)
            world.apply()
    assert written(world, "github", "priority") == ["high"] * 3
    assert written(world, "jira", "priority") == ["low"] * 3
    assert [one.rule for one in world.plan().plan.findings] == ["second-writer"]


def test_a_set_that_another_tool_keeps_filling_is_left_alone_too(tmp_path: Path) -> None:
    places = {"jira": MemoryTracker(), "github": MemoryTracker()}
    world = World(tmp_path, places, {"labels": Policy("jira")})
    world.add("jira", title="Pay", labels=frozenset({"ui"}))
    world.apply()
    rounds(world, 5, labels=frozenset({"ui", "triage"}))
    assert written(world, "github", "labels") == [["ui"]] * 3
    [conflict] = world.plan().plan.conflicts
    assert conflict.sides == {"github": ["triage", "ui"]}
    [finding] = [one for one in world.plan().plan.findings if one.rule == "second-writer"]
    assert "“ui” on github" in finding.message
    assert "“triage, ui”" in finding.message


def test_references_that_another_tool_keeps_removing_are_left_alone_too(tmp_path: Path) -> None:
    places = {"jira": MemoryTracker(), "github": MemoryTracker()}
    policies = {"blocked_by": Policy("jira"), "parent": Policy("jira")}
    world = World(tmp_path, places, policies)
    epic = world.add("jira", title="Epic")
    world.add("jira", title="Pay", parent=epic.id, blocked_by=frozenset({epic.id}))
    world.apply()
    pay = world.record("github", "Pay").id
    for _ in range(5):
        world.edit("github", pay, parent=None, blocked_by=frozenset())
        world.apply()
    assert len(written(world, "github", "parent")) == ROUNDS
    assert len(written(world, "github", "blocked_by")) == ROUNDS


def test_a_person_who_toggles_a_label_twice_a_day_is_heard_each_time(shop: World) -> None:
    for _ in range(2):
        shop.edit("github", "r1", labels=frozenset({"hot"}))
        shop.apply()
        shop.edit("github", "r1", labels=frozenset())
        shop.apply()
        assert not shop.plan().plan.pending
    assert written(shop, "jira", "labels") == [["hot"], [], ["hot"], []]


def test_a_person_who_toggles_a_label_every_day_is_never_held(shop: World) -> None:
    for _ in range(6):
        for labels in (frozenset({"hot"}), frozenset[str]()):
            shop.now += timedelta(hours=6)
            shop.edit("github", "r1", labels=labels)
            shop.apply()
    assert len(written(shop, "jira", "labels")) == 12
    assert not shop.plan().plan.pending


def test_a_person_s_new_value_arrives_where_another_was_fought_over(shop: World) -> None:
    rounds(shop, 4, priority="high")
    shop.edit("jira", "r1", priority="medium")
    shop.apply()
    assert shop.record("github", "Pay").shown["priority"] == "medium"
    assert not shop.plan().plan.pending


def test_a_field_is_free_again_when_the_sides_agree(shop: World) -> None:
    rounds(shop, 4, priority="high")
    shop.edit("jira", "r1", priority="high")
    shop.apply()
    assert not shop.plan().plan.pending
    assert [item.priority for item in shop.items().values()] == ["high"]


def test_a_field_is_tried_again_when_the_day_is_over(shop: World) -> None:
    rounds(shop, 4, priority="high")
    shop.now += timedelta(days=1)
    shop.apply()
    assert shop.record("github", "Pay").shown["priority"] == "low"
    assert not shop.plan().plan.pending


@pytest.mark.parametrize(("take", "value"), [("backlog", "low"), ("github", "high")])
def test_a_person_s_decision_frees_the_field(shop: World, take: str, value: str) -> None:
    rounds(shop, 4, priority="high")
    decided(shop, "priority", Choice(take))
    for tracker in ("jira", "github"):
        assert shop.record(tracker, "Pay").shown["priority"] == value
    assert not shop.plan().plan.pending
    # What was written before the decision, and by it, does not count any more.
    other = "low" if value == "high" else "high"
    before = len(written(shop, "github", "priority"))
    rounds(shop, 2, priority=other)
    assert len(written(shop, "github", "priority")) == before + 2


def test_a_fight_that_goes_on_after_a_decision_is_seen_again(shop: World) -> None:
    rounds(shop, 4, priority="high")
    decided(shop, "priority", Choice("backlog"))
    rounds(shop, 6, priority="high")
    assert written(shop, "github", "priority") == ["low"] * (3 + 1 + 3)


def test_a_value_without_a_counterpart_ends_no_fight_and_starts_none(tmp_path: Path) -> None:
    values = {"priority": {"low": "P3", "high": "P1"}}
    places = {"jira": MemoryTracker(), "github": MemoryTracker()}
    world = World(tmp_path, places, JIRA_DECIDES)
    world.setups["github"] = Setup("github", values=values)
    world.add("jira", title="Pay", priority="low")
    world.apply()
    for _ in range(5):
        world.edit("github", "r1", priority="P1")
        world.apply()
    assert written(world, "github", "priority") == ["low"] * 3
    world.edit("github", "r1", priority="P9")
    world.edit("jira", "r1", priority="medium")
    world.apply()  # neither can be said on the other side
    world.edit("jira", "r1", priority="low")
    assert [one.rule for one in world.plan().plan.findings] == ["mapping"]
    world.apply()
    assert world.record("github", "Pay").shown["priority"] == "P9"


def test_a_record_that_is_gone_is_fought_over_no_more(shop: World) -> None:
    rounds(shop, 4, priority="high")
    shop.places["github"].remove("r1")
    shop.apply(whole=True)
    shop.edit("jira", "r1", priority="medium")
    shop.apply()
    shop.edit("jira", "r1", priority="low")
    plan = shop.plan().plan
    assert (plan.conflicts, [one.rule for one in plan.findings]) == ((), ["missing-record"])


def test_writes_that_failed_or_were_refused_are_no_rounds(shop: World) -> None:
    shop.places["github"].refuse = frozenset({"priority"})
    for number in range(4):
        shop.edit("jira", "r1", priority="high" if number % 2 else "highest")
        shop.apply()
    store = Store(shop.url)
    assert rewritten(store.engine, "shop", shop.now - timedelta(days=1), 1) == {}
    store.close()


def test_what_was_rewritten_is_read_by_backlog_and_time(shop: World) -> None:
    rounds(shop, 3, priority="high")
    store = Store(shop.url)
    [item] = shop.items()
    day_ago = shop.now - timedelta(days=1)
    assert rewritten(store.engine, "shop", day_ago, 3) == {(item, "priority"): {"github": ["low"]}}
    assert rewritten(store.engine, "shop", day_ago, 4) == {}
    assert rewritten(store.engine, "other", day_ago, 1) == {}
    assert rewritten(store.engine, "shop", shop.now + timedelta(minutes=1), 1) == {}
    store.close()
