"""Rules carried out: what they mend goes to every tracker, once, and is told."""

from datetime import timedelta

import pytest

from adapters.memory import MemoryTracker
from sync.merge import BACKLOG, Policy
from sync.model import Criterion
from sync.planner import Settings, TrackerSettings
from sync.rules import RULES, AcceptanceCriteria, Labels, RuleSettings
from tests.sync.world import World

OFF = {name: RuleSettings("off") for name in RULES}


def world_of(tmp_path, policies=None, **rules):
    places = {"jira": MemoryTracker("jira"), "github": MemoryTracker("github")}
    chosen = OFF | {name.replace("_", "-"): one for name, one in rules.items()}
    trackers = {name: TrackerSettings("all") for name in places}
    return World(tmp_path, places, settings=Settings(trackers, policies or {}, chosen))


def values(world, name):
    return {tracker: world.record(tracker, "Pay").shown.get(name) for tracker in world.places}


def again(world):
    """What the next run would do."""
    plan = world.plan().plan
    return [(one.tracker, sorted(one.fields)) for one in plan.edits], list(plan.moves)


MISC = RuleSettings("fix", options=Labels(forbidden=["misc"]))


def test_a_fix_goes_to_every_tracker_and_is_told(tmp_path):
    world = world_of(tmp_path, labels=MISC)
    world.add("jira", title="Pay", status="todo", labels=frozenset({"misc", "cart"}))
    edits = world.plan().plan.edits
    assert {(one.tracker, one.action, one.because) for one in edits} == {
        ("jira", "update", "rule labels"),
        ("github", "create", "new on jira"),
    }
    world.apply()
    assert values(world, "labels") == {"jira": ["cart"], "github": ["cart"]}
    assert again(world) == ([], [])


def test_a_fix_of_a_field_in_sync_is_told_in_the_journal(tmp_path):
    world = world_of(tmp_path)
    world.add("jira", title="Pay", status="todo", labels=frozenset({"misc"}))
    world.apply()
    world.settings = world_of(tmp_path, labels=MISC).settings
    world.apply()
    told = [
        one for one in world.journal().entries("shop") if one.field == "labels" and one.run == 2
    ]
    assert {(one.tracker, one.because) for one in told} == {
        ("backlog", "rule labels"),
        ("jira", "rule labels"),
        ("github", "rule labels"),
    }


@pytest.mark.parametrize("authority", ["jira", "github"])
def test_a_field_that_a_tracker_decides_is_only_reported(tmp_path, authority):
    world = world_of(tmp_path, {"labels": Policy(authority)}, labels=MISC)
    world.add("jira", title="Pay", status="todo", labels=frozenset({"misc"}))
    world.apply()
    assert values(world, "labels") == {"jira": ["misc"], "github": ["misc"]}
    assert [one.rule for one in world.plan().plan.findings] == ["labels"]


def test_what_the_backlog_decides_is_mended(tmp_path):
    world = world_of(tmp_path, {"labels": Policy(BACKLOG)}, labels=MISC)
    world.add("jira", title="Pay", status="todo", labels=frozenset({"misc"}))
    world.apply()
    assert values(world, "labels") == {"jira": [], "github": []}


def test_a_field_in_conflict_is_left_to_the_person_who_decides_it(tmp_path):
    parents = RuleSettings("fix")
    world = world_of(tmp_path, priority_order=parents)
    pay = world.add("jira", title="Pay", status="todo", priority="high")
    world.apply()
    world.edit("jira", pay.id, priority="low")
    world.edit("github", world.record("github", "Pay").id, priority="medium")
    world.apply()
    assert values(world, "priority") == {"jira": "low", "github": "medium"}


def test_the_order_is_mended_everywhere_by_the_fewest_moves(tmp_path):
    world = world_of(tmp_path, priority_order=RuleSettings("fix"))
    for title, priority in (("Low", "low"), ("Pay", "high"), ("Mid", "medium")):
        world.add("jira", title=title, status="todo", priority=priority)
    world.apply()
    assert world.titles("jira") == world.titles("github") == ["Pay", "Mid", "Low"]
    assert again(world) == ([], [])
    assert world.plan().plan.findings == ()


def test_an_order_that_a_tracker_decides_is_only_reported(tmp_path):
    world = world_of(tmp_path, {"order": Policy("jira")}, priority_order=RuleSettings("fix"))
    for title, priority in (("Low", "low"), ("Pay", "high")):
        world.add("jira", title=title, status="todo", priority=priority)
    world.apply()
    assert world.titles("github") == ["Low", "Pay"]


def held(tmp_path):
    world = world_of(
        tmp_path, acceptance_criteria=RuleSettings("hold", options=AcceptanceCriteria())
    )
    criteria = (Criterion("The buyer gets a receipt"),)
    world.add("jira", title="Pay", kind="story", status="todo", acceptance_criteria=criteria)
    world.apply()
    world.edit("github", world.record("github", "Pay").id, status="done")
    world.apply()
    return world


def test_a_status_that_breaks_a_rule_is_put_back(tmp_path):
    world = held(tmp_path)
    assert values(world, "status") == {"jira": "todo", "github": "todo"}
    assert again(world) == ([], [])


def test_a_person_who_insists_within_a_day_is_not_fought(tmp_path):
    world = held(tmp_path)
    world.edit("github", world.record("github", "Pay").id, status="done")
    world.apply()
    assert values(world, "status") == {"jira": "done", "github": "done"}
    assert [one.rule for one in world.plan().plan.findings] == ["acceptance-criteria"]


def test_after_a_day_a_status_is_put_back_again(tmp_path):
    world = held(tmp_path)
    world.now += timedelta(days=1, hours=1)
    world.edit("github", world.record("github", "Pay").id, status="done")
    world.apply()
    assert values(world, "status") == {"jira": "todo", "github": "todo"}


def test_a_label_says_what_an_item_needs_until_it_has_it(tmp_path):
    world = world_of(tmp_path, acceptance_criteria=RuleSettings("label"))
    pay = world.add("jira", title="Pay", kind="story", status="todo")
    world.apply()
    assert values(world, "labels")["github"] == ["needs:acceptance-criteria"]
    world.edit("jira", pay.id, acceptance_criteria=(Criterion("The buyer gets a receipt"),))
    world.apply()
    assert values(world, "labels") == {"jira": [], "github": []}
    assert again(world) == ([], [])


def test_an_item_is_stale_when_no_record_of_it_was_touched(tmp_path):
    world = world_of(tmp_path, hygiene=RuleSettings(options=RULES["hygiene"].options(["stale"])))
    pay = world.add("jira", title="Pay", status="todo")
    world.alter("jira", pay.id, updated_at="2025-06-01T00:00:00+00:00")
    world.apply()
    world.alter("github", world.record("github", "Pay").id, updated_at="2025-07-01T00:00:00Z")
    [finding] = world.plan().plan.findings
    assert "last touched 184 days ago" in finding.message
