"""What a run decides: which record shows which item, what each tracker gets, and what it never
gets."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from jsonschema import Draft202012Validator

from adapters.base import Setup
from adapters.memory import Codec, MemoryTracker
from sync.backlog import Backlog, Link
from sync.merge import Policy
from sync.model import FIELDS, Criterion, FieldName, Item, Shape, Value, derive_id
from sync.plan import Finding, Plan, PlanDocument
from sync.planner import Context, Creates, Decision, Reading, Settings, TrackerSettings, decide
from sync.planner.context import wants
from sync.planner.lens import Lens
from sync.tracker import Facts, Gone, Intent, Problem, Record, Shown, Snapshot, Unavailable
from tests.sync.world import SILENT, World, shown

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ("jira", "github")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, {"jira": MemoryTracker(), "github": MemoryTracker()})


# Contexts by hand.


def record(id: str, title: str = "", *, mark: str | None = None, **values: Value) -> Record:
    return Record(
        id,
        f"KEY-{id[1:]}",
        "1",
        shown({"title": title, **values}),
        f"https://x.example/{id}",
        mark=mark,
    )


def facts(name: str, **attributes: bool) -> Facts:
    codec = Codec(Setup(name), MemoryTracker())
    return Facts("memory", codec, frozenset(FIELDS), **attributes)  # type: ignore[arg-type]


def reading(name: str, *records: Record, **attributes: bool) -> Reading:
    return Reading(facts(name, **attributes), Snapshot(records, complete=True))


def context(
    *readings: tuple[str, Reading],
    backlog: Backlog | None = None,
    trackers: Mapping[str, TrackerSettings] | None = None,
) -> Context:
    names = trackers or {name: TrackerSettings("all") for name, _ in readings}
    settings = Settings(names, {}, SILENT)
    return Context(backlog or Backlog("shop"), settings, dict(readings), {}, NOW)


def met(*github: Record, jira: Sequence[Record] = (), backlog: Backlog | None = None) -> Decision:
    """Records of two trackers that meet."""
    return decide(
        context(
            ("jira", reading("jira", *jira)),
            ("github", reading("github", *github)),
            backlog=backlog,
        )
    )


def pairs(decision: Decision) -> list[tuple[str, str, str]]:
    """Tracker, key and why, of each record that was paired."""
    return [(one.tracker, one.key, one.by) for one in decision.plan.pairings]


def said(plan: Plan, rule: str) -> list[str]:
    return [finding.message for finding in plan.findings if finding.rule == rule]


def changes(plan: Plan) -> dict[tuple[str, str], dict[str, Value]]:
    """Tracker and action → the new values. One edit at most for each."""
    edits: dict[tuple[str, str], dict[str, Value]] = {
        (one.tracker, one.action): {name: change.after for name, change in one.fields.items()}
        for one in plan.edits
    }
    assert len(edits) == len(plan.edits)
    return edits


# Which record shows which item.

PAY = record("r1", "Pay", kind="story")

MEETINGS: dict[str, tuple[list[Record], list[Record], list[tuple[str, str, str]]]] = {
    "one title and kind on each side: paired": (
        [PAY],
        [record("r7", "Pay", kind="story")],
        [("github", "KEY-7", "title")],
    ),
    "a kind that one side does not say: paired": (
        [PAY],
        [record("r7", "Pay")],
        [("github", "KEY-7", "title")],
    ),
    "a kind that the first side does not say: paired": (
        [record("r1", "Pay")],
        [record("r7", "Pay", kind="bug")],
        [("github", "KEY-7", "title")],
    ),
    "blanks around a title do not count": (
        [PAY],
        [record("r7", " Pay ")],
        [("github", "KEY-7", "title")],
    ),
    "other kinds: two items": ([PAY], [record("r7", "Pay", kind="bug")], []),
    "another spelling is another title": ([PAY], [record("r7", "pay")], []),
    "records without a title are not alike": ([record("r1")], [record("r7")], []),
    "a title that the second side has twice: not paired": (
        [PAY],
        [record("r7", "Pay"), record("r8", "Pay")],
        [],
    ),
    "a title that the first side has twice: not paired": (
        [PAY, record("r2", "Pay")],
        [record("r7", "Pay")],
        [],
    ),
    "the address of the other record: paired, whatever the title": (
        [PAY],
        [replace(record("r7", "Buy"), twins=frozenset({"https://x.example/r1"}))],
        [("github", "KEY-7", "link")],
    ),
    "the key of the other record: paired": (
        [PAY],
        [replace(record("r7", "Buy"), twins=frozenset({"KEY-1"}))],
        [("github", "KEY-7", "link")],
    ),
    "an address that no record has is nothing": (
        [PAY],
        [replace(record("r7", "Buy"), twins=frozenset({"KEY-99"}))],
        [],
    ),
    "the first of two that name the same record is its twin": (
        [PAY],
        [
            replace(record("r10", "Buy more"), twins=frozenset({"KEY-1"})),
            replace(record("r9", "Buy"), twins=frozenset({"KEY-1"})),
        ],
        [("github", "KEY-9", "link")],
    ),
    "a name for the other goes before a title": (
        [PAY, record("r2", "Buy")],
        [replace(record("r7", "Buy"), twins=frozenset({"KEY-1"}))],
        [("github", "KEY-7", "link")],
    ),
    "a mark goes before a name": (
        [replace(PAY, mark="pay1"), record("r2", "Buy")],
        [replace(record("r7", "Buy", mark="pay1"), twins=frozenset({"KEY-2"}))],
        [("github", "KEY-7", "mark")],
    ),
}


@pytest.mark.parametrize(("jira", "github", "expected"), MEETINGS.values(), ids=MEETINGS)
def test_records_that_show_the_same_are_paired(
    jira: list[Record], github: list[Record], expected: list[tuple[str, str, str]]
) -> None:
    decision = met(*github, jira=jira)
    assert pairs(decision) == expected
    assert len(decision.order) == len(jira) + len(github) - len(expected)


def test_two_items_of_the_backlog_with_one_title_are_not_guessed_between() -> None:
    items = {id: Item(id, {"title": "Pay"}) for id in ("a1", "b2")}
    backlog = Backlog("shop", items=items, order=("a1", "b2"))
    assert pairs(met(record("r7", "Pay"), backlog=backlog)) == []
    one = replace(backlog, items={"a1": items["a1"]}, order=("a1",))
    assert pairs(met(record("r7", "Pay"), backlog=one)) == [("github", "KEY-7", "title")]


def test_a_record_of_another_kind_than_the_item_is_not_its_own() -> None:
    items = {"a1": Item("a1", {"title": "Pay", "kind": "story"})}
    backlog = Backlog("shop", items=items, order=("a1",))
    assert pairs(met(record("r7", "Pay", kind="bug"), backlog=backlog)) == []


def test_a_mark_names_the_item_even_where_its_first_record_is_gone() -> None:
    backlog = Backlog("shop", items={"a1": Item("a1", {"title": "Pay"})}, order=("a1",))
    decision = met(record("r7", "Buy", mark="a1"), backlog=backlog)
    assert pairs(decision) == [("github", "KEY-7", "mark")]
    [verdict] = decision.verdicts
    assert verdict.item.title == "Buy"  # what differs from the item was changed since it was made


HELD = Backlog("shop", items={"a1": Item("a1", {"title": "Pay"})}, order=("a1",))
BEGUN = {"github": {"a1": Intent("2026-01-01T00:00:00Z")}}
FORGED: dict[str, tuple[Backlog, list[tuple[str, str, str]], tuple[str, ...]]] = {
    "where its item is known, it does not count": (
        HELD,
        [],
        ("a1", derive_id("shop", "github", "r7")),
    ),
    "where we began to make the item's record, it may be that": (
        replace(HELD, intents=BEGUN),
        [("github", "KEY-7", "mark")],
        ("a1",),
    ),
    "where nothing is known, for the state was lost, it is the item's id": (
        Backlog("shop"),
        [],
        ("a1",),
    ),
}


@pytest.mark.parametrize(("backlog", "paired", "order"), FORGED.values(), ids=FORGED)
def test_a_stranger_s_mark(
    backlog: Backlog, paired: list[tuple[str, str, str]], order: tuple[str, ...]
) -> None:
    decision = met(replace(record("r7", "Buy", mark="a1"), stranger=True), backlog=backlog)
    assert (pairs(decision), decision.order) == (paired, order)
    told = [one.rule for one in decision.plan.findings]
    assert told == (["mark"] if len(order) == 2 else [])


def test_a_stranger_s_mark_of_an_item_that_is_to_come_does_not_wait_for_it() -> None:
    """Ids are derived from the trackers' own: the next one could be guessed."""
    decision = met(replace(record("r7", "Buy", mark="b2"), stranger=True), backlog=HELD)
    assert decision.order == ("a1", derive_id("shop", "github", "r7"))


def test_of_two_records_with_one_mark_the_older_is_the_item_s_and_the_other_a_new_one() -> None:
    backlog = Backlog("shop", items={"a1": Item("a1", {"title": "Pay"})}, order=("a1",))
    copies = [record("r10", "Copy", mark="a1"), record("r9", "Pay", mark="a1")]
    decision = met(*copies, backlog=backlog)
    assert pairs(decision) == [("github", "KEY-9", "mark")]
    assert [verdict.item.id for verdict in decision.verdicts if verdict.before is None] == [
        derive_id("shop", "github", "r10")
    ]


def test_a_mark_that_no_item_has_is_the_new_item_s_id() -> None:
    decision = met(record("r7", "Pay", mark="pay1"))
    assert decision.order == ("pay1",)


@pytest.mark.parametrize("mark", ["Pay 1", "x" * 65, "../pay"])
def test_a_mark_that_can_be_no_id_is_passed_over(mark: str) -> None:
    assert met(record("r7", "Pay", mark=mark)).order == (derive_id("shop", "github", "r7"),)


def test_a_name_that_another_item_was_founded_under_founds_a_new_item() -> None:
    old = derive_id("shop", "github", "r7")
    backlog = Backlog("shop", items={old: Item(old, {"title": "Pay"})}, order=(old,))
    decision = met(record("r7", "Ship"), backlog=backlog)
    assert decision.order == (old, derive_id("shop", "github", "r7", old))


def test_a_linked_record_is_followed_whatever_it_is_called(world: World) -> None:
    world.add("jira", title="Pay")
    world.apply()
    world.add("jira", title="Pay")  # another one, of the old name
    world.edit("jira", "r1", title="Ship")
    world.alter("jira", "r1", key="NEW-1")
    decision = world.plan()
    assert pairs(decision) == []
    assert changes(decision.plan) == {
        ("github", "update"): {"title": "Ship"},
        ("github", "create"): {"title": "Pay"},
    }


# Lost records.


def test_a_lost_record_stays_lost_where_only_changes_are_read(world: World) -> None:
    world.add("jira", title="Pay")
    world.add("jira", title="Ship")
    world.apply()
    world.places["github"].remove("r1")
    world.apply(whole=True)
    world.edit("jira", "r1", title="Pay by card")
    plan = world.plan().plan
    assert plan.edits == ()
    assert said(plan, "missing-record") == [
        "github no longer shows MEM-1 (not seen). Nothing was closed for it elsewhere: bring it "
        "back, or close the item by hand where it still is."
    ]
    world.apply()
    assert world.titles("github") == ["Ship"]


def test_a_record_that_is_shown_again_is_followed_again(world: World) -> None:
    world.add("jira", title="Pay")
    world.add("jira", title="Ship")
    world.apply()
    world.places["github"].hidden.add("r1")
    world.apply(whole=True)
    world.edit("jira", "r1", title="Pay by card")
    world.apply()
    world.places["github"].hidden.clear()
    world.apply(whole=True)
    assert world.titles("github") == ["Pay by card", "Ship"]
    plan = world.plan().plan
    assert not plan.pending
    assert said(plan, "missing-record") == []


def test_a_lost_record_that_comes_back_as_another_is_known_by_its_mark(world: World) -> None:
    world.add("jira", title="Pay")
    world.apply()
    [item] = world.items()
    world.places["github"].remove("r1")
    world.places["github"].add(shown({"title": "Pay"}), mark=item)
    _, decision, _ = world.look(whole=True)
    assert pairs(decision) == [("github", "MEM-2", "mark")]
    assert decision.plan.findings == ()
    world.apply(whole=True)
    assert list(world.items()) == [item]
    _, decision, _ = world.look(whole=True)
    assert (decision.plan.pending, decision.plan.findings) == (False, ())


def test_a_lost_record_takes_no_reference_away(world: World) -> None:
    parent = world.add("jira", title="Epic")
    world.add("jira", title="Pay", parent=parent.id, blocked_by=frozenset({parent.id}))
    world.apply()
    world.places["github"].hidden.add("r1")
    world.apply(whole=True)
    assert not world.plan().plan.pending
    child = world.record("github", "Pay")
    assert (child.shown["parent"], child.shown["blocked_by"]) == ("r1", ["r1"])


def test_a_lost_record_is_not_made_again(world: World) -> None:
    world.add("jira", title="Pay")
    world.apply()
    world.places["github"].remove("r1")
    world.places["github"].add(shown({"title": "Other"}))
    world.apply(whole=True)
    assert world.titles("github") == ["Other"]


def linked(*trackers: str) -> Backlog:
    """One item, shown on each tracker as r1."""
    links = {
        name: {"r1": Link("a1", name, record("r1", "Pay"), sent={"title": "Pay"})}
        for name in trackers
    }
    return Backlog("shop", items={"a1": Item("a1", {"title": "Pay"})}, order=("a1",), links=links)


@pytest.mark.parametrize(
    ("gone", "why"),
    [
        (Gone("deleted"), "deleted"),
        (Gone("hidden"), "hidden"),
        (Gone("moved", "https://x.example/other/3"), "moved to https://x.example/other/3"),
    ],
)
def test_a_record_that_the_tracker_says_is_gone_is_lost_even_in_a_read_of_changes(
    gone: Gone, why: str
) -> None:
    there = Reading(facts("github"), Snapshot(gone={"r1": gone}))
    one = context(
        ("jira", reading("jira", record("r1", "Pay by card"))),
        ("github", there),
        backlog=linked("jira", "github"),
    )
    decision = decide(one)
    assert decision.plan.edits == ()
    [finding] = decision.plan.findings
    assert (finding.severity, finding.keys) == ("warning", {"github": "KEY-1"})
    assert f"({why})" in finding.message
    [verdict] = decision.verdicts
    assert {link.tracker: link.gone for link in verdict.links} == {"jira": None, "github": why}


def test_an_item_whose_lost_record_s_tracker_is_down_is_not_left_waiting(world: World) -> None:
    world.add("jira", title="Pay")
    world.places["files"] = MemoryTracker()
    world.apply()
    world.places["github"].remove("r1")
    world.apply(whole=True)
    world.places["github"].down = Unavailable("no answer")
    world.edit("jira", "r1", title="Pay by card")
    assert changes(world.plan().plan) == {("files", "update"): {"title": "Pay by card"}}


# What is made, and where.

OPEN: Mapping[str, Value] = {"status": "todo", "labels": frozenset({"ui"}), "estimate": 3.0}
CLOSED: Mapping[str, Value] = {"status": "done"}

WANTS: dict[str, tuple[Creates, Mapping[str, Value], bool]] = {
    "open: an open item": ("open", OPEN, True),
    "open: an item without a status": ("open", {}, True),
    "open: a closed item": ("open", CLOSED, False),
    "all: an open item": ("all", OPEN, True),
    "all: a closed item": ("all", CLOSED, True),
    "none: an open item": ("none", OPEN, False),
    "none: a closed item": ("none", CLOSED, False),
    "a condition that holds": ({"status": ["todo", "done"]}, OPEN, True),
    "a condition that does not hold": ({"status": ["done"]}, OPEN, False),
    "a condition on a set: one of its elements": ({"labels": ["ui", "api"]}, OPEN, True),
    "a condition on a set: none of its elements": ({"labels": ["api"]}, OPEN, False),
    "a condition on a set that is empty": ({"labels": ["api"]}, CLOSED, False),
    "a condition on a number": ({"estimate": ["3"]}, OPEN, True),
    "a condition on another number": ({"estimate": ["5"]}, OPEN, False),
    "two conditions that hold": ({"status": ["todo"], "labels": ["ui"]}, OPEN, True),
    "two conditions, of which one holds": ({"status": ["todo"], "labels": ["api"]}, OPEN, False),
    "no condition at all": ({}, OPEN, True),
}


@pytest.mark.parametrize(("creates", "values", "expected"), WANTS.values(), ids=WANTS)
def test_the_settings_say_which_items_are_made_where_they_are_missing(
    creates: Creates, values: Mapping[str, Value], expected: bool
) -> None:
    item = {"title": "Pay", **values}
    one = context(
        ("jira", reading("jira", record("r1", **item))),  # type: ignore[arg-type]
        ("github", reading("github")),
        trackers={"jira": TrackerSettings("all"), "github": TrackerSettings(creates)},
    )
    assert wants(creates, Item("a1", item)) is expected
    assert ("github", "create") in changes(decide(one).plan) or not expected
    assert bool(decide(one).plan.edits) is expected


def test_an_item_without_a_title_is_made_nowhere() -> None:
    assert met(record("r7", description="words")).plan.edits == ()


def test_parents_are_made_before_their_children_and_the_rest_in_order() -> None:
    ids = ["r1", "r2", "r3", "r4"]
    records = [record(id, id) for id in ids]
    records[0] = record("r1", "r1", parent="r3")
    records[2] = record("r3", "r3", parent="r4")
    assert made(records) == ["r4", "r3", "r1", "r2"]


def test_parents_in_a_circle_are_made_all_the_same() -> None:
    circle = [record("r1", "r1", parent="r2"), record("r2", "r2", parent="r1")]
    assert sorted(made(circle)) == ["r1", "r2"]


def test_parents_may_be_as_deep_as_they_like() -> None:
    chain = [record(f"r{at}", f"r{at}", parent=f"r{at + 1}") for at in range(1, 2000)]
    assert made([*chain, record("r2000", "r2000")]) == [f"r{at}" for at in range(2000, 0, -1)]


def made(records: Sequence[Record]) -> list[str]:
    """Titles of what github gets, in the order of creation."""
    decision = met(jira=records)
    return [verdict.item.title for verdict in decision.verdicts if verdict.edits]


def test_a_new_record_refers_only_to_what_its_tracker_shows_or_will() -> None:
    blocker = record("r2", "Blocker", status="done")
    epic = record("r3", "Epic", kind="epic")
    pay = record("r1", "Pay", status="todo", parent="r3", blocked_by=frozenset({"r2", "r3"}))
    one = context(
        ("jira", reading("jira", pay, blocker, epic)),
        ("github", reading("github")),
        trackers={"jira": TrackerSettings("all"), "github": TrackerSettings("open")},
    )
    epic_id = derive_id("shop", "jira", "r3")
    [edit] = [one for one in decide(one).plan.edits if "parent" in one.fields]
    assert edit.fields["parent"].after == epic_id
    assert edit.fields["blocked_by"].after == frozenset({epic_id})


# What a public tracker is told.


def publishing(publish: object, *, restricted: bool = False) -> Plan:
    """Jira's one record, which may be restricted, beside a public github."""
    pay = replace(record("r1", "Pay", description="inside"), restricted=restricted)
    one = context(
        ("jira", reading("jira", pay)),
        ("github", reading("github", public=True)),
        trackers={
            "jira": TrackerSettings("all"),
            "github": TrackerSettings("all", publish),  # type: ignore[arg-type]
        },
    )
    return decide(one).plan


def test_a_public_tracker_receives_nothing_from_elsewhere_and_the_plan_says_so() -> None:
    choices: list[object] = [None, frozenset()]
    for publish in choices:
        plan = publishing(publish)
        assert plan.edits == ()
        [message] = said(plan, "publish")
        assert message.startswith("github is public and its settings name nothing to publish")
        assert "nothing of 1 item from elsewhere" in message
        assert "trackers.github.publish" in message


def test_a_public_tracker_receives_only_the_fields_that_are_named() -> None:
    plan = publishing(frozenset({"title"}))
    assert changes(plan) == {("github", "create"): {"title": "Pay"}}
    assert said(plan, "publish") == []


def test_a_public_tracker_that_may_not_have_titles_gets_no_records() -> None:
    assert publishing(frozenset({"description"})).edits == ()


def test_a_public_tracker_receives_all_where_the_settings_say_so() -> None:
    plan = publishing("all")
    assert changes(plan) == {("github", "create"): {"title": "Pay", "description": "inside"}}
    assert said(plan, "publish") == []


@pytest.mark.parametrize("publish", ["all", frozenset({"title"})])
def test_a_restricted_record_is_made_on_no_public_tracker(publish: object) -> None:
    assert publishing(publish, restricted=True).edits == ()


def test_restricted_items_that_stay_off_a_public_tracker_are_counted() -> None:
    plan = publishing(frozenset({"title"}), restricted=True)
    assert said(plan, "publish") == ["github is public: 1 restricted item stays off it."]


def test_a_public_tracker_that_is_alone_has_nothing_to_be_told() -> None:
    one = context(("github", reading("github", record("r1", "Pay"), public=True)))
    assert decide(one).plan.findings == ()


def test_an_update_of_a_public_record_holds_only_the_fields_that_are_named(world: World) -> None:
    world.add("jira", title="Pay")
    world.apply()
    world.places["github"].public = True
    world.settings = Settings(
        {"jira": TrackerSettings(), "github": TrackerSettings(publish=frozenset({"title"}))},
        {},
        SILENT,
    )
    world.edit("jira", "r1", title="Pay by card", description="inside")
    assert changes(world.plan().plan) == {("github", "update"): {"title": "Pay by card"}}
    world.alter("jira", "r1", restricted=True)
    assert world.plan().plan.edits == ()


def test_what_a_public_tracker_shows_is_taken_even_where_it_receives_nothing(world: World) -> None:
    world.add("jira", title="Pay")
    world.apply()
    world.places["github"].public = True
    world.edit("github", "r1", title="Pay by card")
    assert changes(world.plan().plan) == {("jira", "update"): {"title": "Pay by card"}}


# Who wins.


def test_a_change_of_a_field_that_belongs_to_the_backlog_is_put_back(world: World) -> None:
    world.add("jira", title="Pay", priority="high")
    world.apply()
    world.policies = {"priority": Policy(authority="backlog")}
    world.edit("github", "r1", priority="low", title="Pay by card")
    plan = world.plan().plan
    assert [(one.tracker, one.because) for one in plan.edits] == [
        ("github", "priority put back: not decided here"),
        ("jira", "github changed it"),
    ]
    assert said(plan, "drift") == [
        "github changed priority of MEM-1, which belongs to backlog: it is put back."
    ]
    world.apply()
    assert world.record("github", "Pay by card").shown["priority"] == "high"


def test_a_change_that_lost_to_a_preferred_one_is_named_so(world: World) -> None:
    world.add("jira", title="Pay")
    world.apply()
    world.policies = {"": Policy(prefer=("jira",))}
    world.edit("jira", "r1", title="Pay by card")
    world.edit("github", "r1", title="Pay by phone")
    plan = world.plan().plan
    assert said(plan, "drift") == ["github's title of MEM-1 lost to jira, which is preferred."]
    [edit] = plan.edits
    assert (edit.tracker, edit.because) == ("github", "title put back: not decided here")


FIRST: dict[str, tuple[Policy, str | None, str | None, str | None]] = {
    "both the same": (Policy(), "high", "high", "high"),
    "only the first side has a value": (Policy(), "high", None, "high"),
    "only the second side has a value": (Policy(), None, "low", "low"),
    "different values: held": (Policy(), "high", "low", "conflict"),
    "different values, one preferred": (Policy(prefer=("github",)), "high", "low", "low"),
    "different values, the first side preferred": (
        Policy(prefer=("jira",)),
        "high",
        "low",
        "high",
    ),
    "it belongs to the first side": (Policy(authority="jira"), "high", "low", "high"),
    "it belongs to the second side": (Policy(authority="github"), "high", "low", "low"),
    "it belongs to a side that says nothing": (Policy(authority="jira"), None, "low", "low"),
    "it belongs to the backlog, which says nothing": (
        Policy(authority="backlog"),
        "high",
        "low",
        "conflict",
    ),
    "it belongs to a side that does not show it": (Policy(authority="files"), None, "low", "low"),
}


@pytest.mark.parametrize(("policy", "jira", "github", "expected"), FIRST.values(), ids=FIRST)
@pytest.mark.parametrize("known", [False, True], ids=["both new", "one linked before"])
def test_two_records_that_meet_for_the_first_time_are_merged(
    world: World,
    policy: Policy,
    jira: str | None,
    github: str | None,
    expected: str | None,
    known: bool,
) -> None:
    world.policies = {"priority": policy}
    world.add("jira", title="Pay", priority=jira)
    if known:
        github_place = world.places.pop("github")
        world.apply()
        world.places["github"] = github_place
    world.add("github", title="Pay", priority=github)
    decision = world.plan()
    assert pairs(decision) == [("github", "MEM-1", "title")]
    conflicts = [one.field for one in decision.plan.conflicts]
    if expected == "conflict" and not (known and policy.authority == "backlog"):
        assert conflicts == ["priority"]
        world.apply()
        assert [one.field for one in world.plan().plan.conflicts] == ["priority"]
        return
    assert conflicts == []
    world.apply()
    value = "high" if expected == "conflict" else expected
    assert [place.all()[0].shown["priority"] for place in world.places.values()] == [value] * 2
    assert not world.plan().plan.pending


def test_a_conflict_of_a_first_meeting_names_both_values(world: World) -> None:
    world.add("jira", title="Pay", priority="high")
    place = world.places.pop("github")
    world.apply()
    world.places["github"] = place
    world.add("github", title="Pay", priority="low")
    [conflict] = world.plan().plan.conflicts
    assert (conflict.sides, conflict.base) == ({"github": "low", "backlog": "high"}, "high")


def test_sets_that_meet_for_the_first_time_are_joined(world: World) -> None:
    world.add("jira", title="Pay", labels=frozenset({"a"}))
    place = world.places.pop("github")
    world.apply()
    world.places["github"] = place
    world.add("github", title="Pay", labels=frozenset({"b"}))
    world.apply()
    [item] = world.items().values()
    assert item.labels == {"a", "b"}
    assert not world.plan().plan.pending


def test_what_was_changed_since_a_record_was_made_for_an_item_is_taken_from_it() -> None:
    values: dict[str, Value] = {"title": "Pay", "priority": "high", "labels": frozenset({"a"})}
    backlog = Backlog("shop", items={"a1": Item("a1", values)}, order=("a1",))
    made = record("r7", "Pay", mark="a1", priority="low", labels=frozenset({"b"}))
    [verdict] = met(made, backlog=backlog).verdicts
    assert verdict.item.values == {**values, "priority": "low", "labels": {"a", "b"}}
    assert verdict.edits[0].fields["labels"].after == frozenset({"a", "b"})


# Texts.


def test_lines_that_nobody_changed_keep_their_spelling_where_another_was_changed(
    world: World,
) -> None:
    world.places["jira"].normalise = True  # it takes blanks at the ends of lines out
    world.add("github", title="Pay", description="one  \ntwo\n\nthree")
    world.apply()
    assert world.record("jira", "Pay").shown["description"] == "one\ntwo\n\nthree"
    world.edit("jira", "r1", description="one\ntwo\n\nTHREE")
    world.apply()
    assert world.record("github", "Pay").shown["description"] == "one  \ntwo\n\nTHREE"
    assert not world.plan().plan.pending


def test_a_change_of_marks_alone_arrives(world: World) -> None:
    world.add("jira", title="Pay", description="_one_\n\n- two")
    world.apply()
    world.edit("jira", "r1", description="*one*\n\n* two")
    world.apply()
    assert world.record("github", "Pay").shown["description"] == "*one*\n\n* two"
    assert not world.plan().plan.pending


def test_texts_changed_in_different_blocks_on_two_sides_are_both_changed(world: World) -> None:
    world.places["jira"].normalise = True
    world.add("github", title="Pay", description="one  \n\ntwo\n\nthree")
    world.apply()
    world.edit("jira", "r1", description="one\n\ntwo\n\nTHREE")
    world.edit("github", "r1", description="ONE  \n\ntwo\n\nthree")
    world.apply()
    assert world.record("github", "Pay").shown["description"] == "ONE  \n\ntwo\n\nTHREE"
    assert not world.plan().plan.pending


# What has no counterpart.

VALUES = {"priority": {"high": "Hoch", "low": "Niedrig"}}


@pytest.fixture
def mapped(world: World) -> World:
    """Jira calls priorities by names of its own, and one item is everywhere."""
    world.setups["jira"] = Setup("jira", values=VALUES)
    world.add("jira", title="Pay")
    world.places["jira"].write("r1", {"priority": "Hoch"})
    world.apply()
    assert world.record("github", "Pay").shown["priority"] == "high"
    return world


def test_a_name_without_a_counterpart_is_neither_taken_nor_overwritten(mapped: World) -> None:
    mapped.places["jira"].write("r1", {"priority": "Mittel"})
    for _ in range(2):
        plan = mapped.plan().plan
        assert plan.edits == ()
        assert said(plan, "mapping") == [
            "jira: priority: 'Mittel' has no counterpart; name it under fields.priority.values"
        ]
        mapped.apply()
    assert mapped.record("github", "Pay").shown["priority"] == "high"
    mapped.edit("github", "r1", priority="low")
    mapped.apply()
    assert mapped.record("jira", "Pay").shown["priority"] == "Mittel"


def test_a_name_is_taken_once_the_settings_give_it(mapped: World) -> None:
    mapped.places["jira"].write("r1", {"priority": "Mittel"})
    mapped.apply()
    values = {"priority": {**VALUES["priority"], "medium": "Mittel"}}
    mapped.setups["jira"] = Setup("jira", values=values)
    mapped.apply()
    assert mapped.record("github", "Pay").shown["priority"] == "medium"
    assert not mapped.plan().plan.pending


def test_a_value_without_a_name_is_not_sent_until_the_settings_give_one(mapped: World) -> None:
    mapped.edit("github", "r1", priority="medium")
    plan = mapped.plan().plan
    assert plan.edits == ()
    assert said(plan, "mapping") == [
        "jira: priority: 'medium' has no counterpart; name it under fields.priority.values"
    ]
    mapped.apply()
    assert mapped.record("jira", "Pay").shown["priority"] == "Hoch"
    values = {"priority": {**VALUES["priority"], "medium": "Mittel"}}
    mapped.setups["jira"] = Setup("jira", values=values)
    mapped.apply()
    assert mapped.record("jira", "Pay").shown["priority"] == "Mittel"
    assert not mapped.plan().plan.pending


def test_a_name_that_the_settings_replace_is_replaced_on_the_tracker(mapped: World) -> None:
    mapped.setups["jira"] = Setup("jira", values={"priority": {"high": "High", "low": "Low"}})
    [edit] = mapped.plan().plan.edits
    assert (edit.tracker, edit.fields["priority"].before, edit.fields["priority"].after) == (
        "jira",
        None,
        "high",
    )
    mapped.apply()
    assert mapped.record("jira", "Pay").shown["priority"] == "High"


def test_a_change_from_a_name_that_the_settings_no_longer_give_is_taken(mapped: World) -> None:
    mapped.setups["jira"] = Setup("jira", values={"priority": {"high": "High", "low": "Low"}})
    mapped.places["jira"].write("r1", {"priority": "Low"})
    mapped.apply()
    assert mapped.record("github", "Pay").shown["priority"] == "low"
    assert not mapped.plan().plan.pending


def test_a_kind_without_a_counterpart_does_not_stand_against_a_title() -> None:
    codec = Codec(Setup("github", values={"kind": {"bug": "Bug"}}), MemoryTracker())
    there = Reading(
        replace(facts("github"), codec=codec), Snapshot((record("r7", "Pay", kind="Spike"),), True)
    )
    decision = decide(context(("jira", reading("jira", PAY)), ("github", there)))
    assert pairs(decision) == [("github", "KEY-7", "title")]


def test_a_parent_outside_of_the_backlog_is_left_alone(world: World) -> None:
    world.add("jira", title="Pay", parent="elsewhere")
    world.apply()
    assert not world.plan().plan.pending
    assert world.plan().plan.findings == ()
    assert world.record("jira", "Pay").shown["parent"] == "elsewhere"
    assert world.record("github", "Pay").shown["parent"] is None


def test_a_parent_that_a_person_sets_outside_of_the_backlog_is_left_alone(world: World) -> None:
    parent = world.add("jira", title="Epic")
    world.add("jira", title="Pay", parent=parent.id)
    world.apply()
    world.edit("jira", "r2", parent="elsewhere")
    world.apply()
    assert world.record("jira", "Pay").shown["parent"] == "elsewhere"
    assert world.record("github", "Pay").shown["parent"] == world.record("github", "Epic").id
    assert not world.plan().plan.pending


def test_blockers_outside_of_the_backlog_are_left_alone(world: World) -> None:
    blocker = world.add("jira", title="Ship")
    world.add("jira", title="Pay", blocked_by=frozenset({"elsewhere"}))
    world.apply()
    world.edit("github", "r2", blocked_by=frozenset({world.record("github", "Ship").id}))
    world.apply()
    assert world.record("jira", "Pay").shown["blocked_by"] == ["elsewhere", blocker.id]
    assert world.record("github", "Pay").shown["blocked_by"] == ["r1"]
    assert not world.plan().plan.pending


def test_a_reference_by_key_is_read_and_an_id_is_never_taken_for_a_key(world: World) -> None:
    world.add("jira", title="Epic")
    world.add("jira", title="Other")
    world.alter("jira", "r2", key="r1")
    world.add("jira", title="Pay", parent="r1")
    world.add("jira", title="Buy", parent="MEM-1")
    world.apply()
    items = {item.title: item for item in world.items().values()}
    assert items["Pay"].parent == items["Buy"].parent == items["Epic"].id


def test_what_a_tracker_cannot_hold_is_said_once_with_how_many_items_it_concerns() -> None:
    there = replace(
        facts("github"),
        fields=frozenset(FIELDS) - {"estimate", "release"},
        cannot={"estimate": "name a field.", "release": "name one.", "colour": "no such field."},
    )
    pay = record("r1", "Pay", estimate=3.0)
    decision = decide(
        context(("jira", reading("jira", pay)), ("github", Reading(there, Snapshot((), True))))
    )
    assert decision.plan.findings == (
        Finding("capability", "info", "github cannot hold estimate (set on 1 item): name a field."),
    )
    assert changes(decision.plan) == {("github", "create"): {"title": "Pay"}}


def test_problems_of_a_tracker_are_findings_the_gravest_first() -> None:
    place = replace(facts("jira"), problems=(Problem("the clock is off", "warning"),))
    snapshot = Snapshot(complete=True, problems=(Problem("two labels", key="KEY-1"),))
    assert decide(context(("jira", Reading(place, snapshot)))).plan.findings == (
        Finding("tracker", "error", "jira: two labels", keys={"jira": "KEY-1"}),
        Finding("tracker", "warning", "jira: the clock is off"),
    )


class Strict(Codec):
    """A codec that raises also where it is only asked whether a value is shown."""

    def shows(self, name: FieldName, value: Value, shown: Shown) -> bool:
        return bool(shown == self._wanted(name, value))


def test_what_cannot_be_said_at_all_is_not_shown() -> None:
    codec = Strict(Setup("github", values={"priority": {"low": "Low"}}), MemoryTracker())
    there = replace(facts("github"), codec=codec)
    lens = Lens(there, FIELDS, {})
    assert lens.shows("priority", "low", "Low")
    assert not lens.shows("priority", "high", "Low")


def test_an_address_that_a_tracker_does_not_give_is_nobody_s_twin() -> None:
    bare = replace(PAY, url=None)
    assert (
        pairs(met(replace(record("r7", "Buy"), twins=frozenset({"None", ""})), jira=[bare])) == []
    )


def test_a_field_that_a_record_does_not_carry_is_left_out_of_its_edits() -> None:
    bare = replace(record("r7", "Pay"), shown={"title": "Pay"})
    full = record("r1", "Pay", priority="high", estimate=1.0)
    decision = met(bare, jira=[full])
    assert pairs(decision) == [("github", "KEY-7", "title")]
    assert decision.plan.edits == ()


def test_what_a_tracker_refused_is_not_sent_again_until_it_or_the_record_changes(
    world: World,
) -> None:
    world.add("jira", title="Pay")
    world.apply()
    world.places["github"].refuse = frozenset({"priority"})
    world.edit("jira", "r1", priority="high")
    world.apply()
    plan = world.plan().plan
    assert plan.edits == ()
    assert said(plan, "refused") == [
        "github does not take priority of MEM-1: priority cannot be set here"
    ]
    world.edit("github", "r1", labels=frozenset({"ui"}))
    assert changes(world.plan().plan)["github", "update"] == {"priority": "high"}
    world.apply()
    world.edit("jira", "r1", priority="low")
    world.places["github"].refuse = frozenset()
    world.apply()
    assert world.record("github", "Pay").shown["priority"] == "low"
    plan = world.plan().plan
    assert (plan.pending, plan.findings) == (False, ())


# Trackers that do not answer.


def test_items_of_a_tracker_that_is_down_wait_and_the_others_go_on(world: World) -> None:
    world.add("jira", title="Pay")
    world.places["files"] = MemoryTracker()
    world.places["github"].public = True  # and so it has no record of the next one
    world.apply()
    world.places["github"].public = False
    world.settings = Settings({name: TrackerSettings("none") for name in world.places}, {}, SILENT)
    github = world.places["github"]
    github.down = Unavailable("no answer")
    world.edit("jira", "r1", title="Pay by card")
    plan = world.plan().plan
    assert not plan.complete
    assert changes(plan) == {("files", "update"): {"title": "Pay by card"}}
    assert said(plan, "tracker") == [
        "github could not be read, so its items are neither changed nor judged: no answer"
    ]


def test_nothing_is_remembered_of_what_was_read_while_a_tracker_is_down(world: World) -> None:
    world.add("jira", title="Pay")
    world.add("jira", title="Ship")
    world.apply()
    world.places["github"].down = Unavailable("no answer")
    world.edit("jira", "r1", title="Pay by card")
    world.places["jira"].place("r2", None)
    decision = world.plan()
    assert (decision.plan.moves, decision.cursors, decision.orders) == ((), {}, {})
    assert decision.verdicts == ()
    world.apply()
    world.places["github"].down = None
    world.apply()
    assert world.titles("github") == ["Ship", "Pay by card"]


def test_a_plan_is_complete_when_each_tracker_was_read_whole_or_from_where_it_ended(
    world: World,
) -> None:
    assert world.plan().plan.complete
    world.add("jira", title="Pay")
    world.apply()
    assert world.plan().plan.complete
    part = Reading(facts("jira"), Snapshot((record("r1", "Pay"),), complete=False))
    assert not decide(context(("jira", part))).plan.complete


# Ids for records that bear none.


def test_a_record_that_could_bear_an_id_and_has_none_is_given_one(world: World) -> None:
    world.setups["jira"] = Setup("jira", schema={**FIELDS, "id": Shape.LINE})
    world.places["jira"].add({**shown({"title": "Pay"}), "id": None})
    world.places["jira"].add({**shown({"title": "Ship"}), "id": "ship1"}, mark="ship1")
    decision = world.plan()
    pay = derive_id("shop", "jira", "r1")
    [edit] = [one for one in decision.plan.edits if one.tracker == "jira"]
    assert (edit.item, edit.fields["id"].after, edit.because) == (pay, pay, "it has no id yet")
    world.apply()
    assert world.record("jira", "Pay").shown["id"] == pay
    assert set(world.items()) == {pay, "ship1"}
    assert not world.plan().plan.pending


# The order.


@pytest.fixture
def ordered(world: World) -> World:
    for title in "ABCDE":
        world.add("jira", title=title)
    world.apply()
    return world


ORDERS: dict[str, tuple[Policy, str]] = {
    "any side: the first of the settings wins": (Policy(), "CABDE"),
    "the preferred side wins": (Policy(prefer=("github",)), "ABDEC"),
    "a side wins to which it belongs": (Policy(authority="github"), "ABDEC"),
    "the backlog's stays where it belongs to the backlog": (Policy(authority="backlog"), "ABCDE"),
}


@pytest.mark.parametrize(("policy", "expected"), ORDERS.values(), ids=ORDERS)
def test_two_sides_that_move_the_same_item_are_settled_by_the_policy(
    ordered: World, policy: Policy, expected: str
) -> None:
    ordered.policies = {"order": policy}
    ordered.places["jira"].place("r3", None)
    ordered.places["github"].place("r3", "r5")
    ordered.apply()
    assert ["".join(ordered.titles(name)) for name in NAMES] == [expected] * 2
    assert not ordered.plan().plan.pending


def test_a_tracker_seen_for_the_first_time_moves_nothing_that_is_ordered(ordered: World) -> None:
    files = ordered.places["files"] = MemoryTracker()
    for title in "EDXCBA":
        files.add(shown({"title": title}))
    ordered.apply()
    assert ordered.titles("jira") == ["A", "B", "C", "D", "X", "E"]
    assert ordered.titles("files") == ["A", "B", "C", "D", "X", "E"]


def test_new_items_of_an_order_that_belongs_to_the_backlog_go_where_they_are_shown_once(
    world: World,
) -> None:
    world.policies = {"order": Policy(authority="backlog")}
    for title in "AB":
        world.add("github", title=title)
    world.apply()
    assert world.titles("jira") == ["A", "B"]
    world.add("github", title="C")
    world.places["github"].place("r3", None)
    world.apply()
    assert world.titles("jira") == world.titles("github") == ["A", "B", "C"]


def test_a_tracker_without_an_order_neither_moves_nor_is_moved(world: World) -> None:
    world.places["github"].ordered = False
    for title in "AB":
        world.add("jira", title=title)
    world.apply()
    world.places["jira"].place("r2", None)
    decision = world.plan()
    assert (decision.plan.moves, list(decision.orders)) == ((), ["jira"])
    assert decision.order == tuple(
        item.id for item in sorted(world.items().values(), key=lambda one: one.title, reverse=True)
    )


def test_moves_name_the_keys_of_their_neighbours(ordered: World) -> None:
    ordered.places["jira"].place("r1", "r4")
    ordered.add("jira", title="F")
    [move] = ordered.plan().plan.moves
    assert (move.tracker, move.key, move.after_key, move.before_key) == (
        "github",
        "MEM-1",
        "MEM-4",
        "MEM-5",
    )


def test_records_outside_of_the_backlog_do_not_count_in_an_order(ordered: World) -> None:
    place = ordered.places["github"]
    snapshot = replace(
        ordered.adapters()["github"].read(None), order=("r9", *place.order, "r8", "r1")
    )
    one, _, _ = ordered.look()
    readings = {**one.readings, "github": replace(one.readings["github"], snapshot=snapshot)}
    assert decide(replace(one, readings=readings)).plan.moves == ()


# The plan as a whole.


def test_only_some_items_of_a_decision_keep_what_is_theirs(world: World) -> None:
    for title in ("Pay", "Ship", "Buy"):
        world.add("jira", title=title)
    world.add("github", title="Pay", priority="low", kind="bug")
    world.apply()
    world.edit("jira", "r1", title="Pay by card", estimate=-1.0)
    world.edit("jira", "r2", title="Ship it", priority="high")
    world.edit("github", "r2", priority="low")
    world.places["jira"].place("r3", None)
    world.add("github", title="New")
    decision = world.plan()
    ship = next(item.id for item in world.items().values() if item.title == "Ship")
    edits = [one for one in decision.plan.edits if one.item == ship]
    part = decision.only(edits, {ship})
    assert part.partial
    assert not decision.partial
    assert part.plan.edits == tuple(edits)
    assert [one.item for one in part.plan.conflicts] == [ship]
    assert (part.plan.moves, part.plan.pairings) == ((), ())
    assert [verdict.item.id for verdict in part.verdicts] == [ship]
    assert decision.only([], {ship}).verdicts[0].edits == ()
    assert decision.only(edits, set()).plan.edits == ()


def busy(seed: int) -> Context:
    """Two trackers and a backlog with a bit of everything, whose parts come in a random order."""
    rng = Random(seed)

    def some(items: Mapping[str, object]) -> dict[str, object]:
        return dict(rng.sample(list(items.items()), len(items)))

    def stirred(*records: Record) -> tuple[Record, ...]:
        return tuple(
            replace(one, shown=some(one.shown)) for one in rng.sample(records, len(records))
        )

    jira = stirred(
        *(record(f"r{at}", f"Item {at}", status="todo") for at in range(1, 12)),
        record("r12", "Twice", labels=frozenset({"b", "a"})),
        record("r13", "Twice", parent="r1"),
        record("r14", "Pay", priority="high"),
    )
    github = stirred(
        *(record(f"r{at}", f"Item {at}", status="done") for at in range(1, 12)),
        record("r20", "Twice"),
        record("r21", "Copy", mark="pay1"),
        record("r22", "Pay", mark="pay1", priority="low"),
        record("r23", "Named"),
    )
    items = {f"old{at}": Item(f"old{at}", {"title": f"Item {at}"}) for at in range(1, 4)}
    items["pay1"] = Item("pay1", {"title": "Pay", "priority": "medium"})
    links = {
        "jira": {
            f"r{at}": Link(f"old{at}", "jira", record(f"r{at}", f"Item {at}"), sent={})
            for at in range(1, 4)
        },
        "github": {"r99": Link("old1", "github", record("r99", "Item 1"))},
    }
    backlog = Backlog(
        "shop",
        items=some(items),  # type: ignore[arg-type]
        order=("old2", "old1", "old3", "pay1"),
        links=some({name: some(one) for name, one in links.items()}),  # type: ignore[arg-type]
    )
    readings = some({"jira": reading("jira", *jira), "github": reading("github", *github)})
    settings = Settings(
        {name: TrackerSettings("open") for name in NAMES}, {"title": Policy(prefer=("jira",))}
    )
    return Context(backlog, settings, readings, {}, NOW)  # type: ignore[arg-type]


def test_the_same_state_gives_the_same_bytes_however_its_parts_come() -> None:
    first = decide(busy(0))
    assert all(first.plan.summary[name] for name in ("create", "update", "conflict", "finding"))
    for seed in range(1, 12):
        other = decide(busy(seed))
        assert other.plan.to_text() == first.plan.to_text()
        assert other.order == first.order


def test_deciding_changes_nothing_that_it_is_given() -> None:
    one = busy(3)
    before = repr(one)
    assert decide(one) == decide(one)
    assert repr(one) == before


def test_a_plan_is_what_its_schema_says(ordered: World) -> None:
    ordered.edit("jira", "r1", title="a", acceptance_criteria=(Criterion("x", True),), estimate=2.5)
    ordered.edit("github", "r1", title="b", labels=frozenset({"y", "x"}))
    ordered.places["jira"].place("r4", None)
    ordered.add("github", title="F")
    ordered.add("jira", title="F")
    plan = ordered.plan().plan
    assert min(plan.summary[name] for name in ("update", "move", "conflict")) > 0
    data = json.loads(plan.to_text())
    Draft202012Validator(PlanDocument.model_json_schema(by_alias=True)).validate(data)
    again = PlanDocument.model_validate(data).model_dump(mode="json", by_alias=True)
    assert again == data
    [edit] = [one for one in data["edits"] if one["tracker"] == "github"]
    assert edit["fields"] == {
        "acceptance_criteria": {"from": [], "to": [{"text": "x", "checked": True}]},
        "estimate": {"from": None, "to": 2.5},
    }
    assert data["pairings"][0]["by"] == "title"
    assert data["summary"] == plan.summary
    assert data["moves"][0].keys() == {"item", "tracker", "key", "before", "after"}


def test_a_plan_with_nothing_to_do_is_not_pending(ordered: World) -> None:
    plan = ordered.plan().plan
    assert (plan.pending, sum(plan.summary.values())) == (False, 0)


def test_ten_thousand_records_are_planned_in_seconds() -> None:
    records = [record(f"r{at}", f"Item {at}") for at in range(10_000)]
    decision = met(jira=records)
    assert decision.plan.summary["create"] == 10_000
