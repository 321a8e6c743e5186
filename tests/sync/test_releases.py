"""Releases beside the items: how sides merge, who is told what, and what a crash costs."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.base import Setup
from adapters.memory import Codec, MemoryReleases, MemoryTracker
from sync.engine import Engine, apply
from sync.merge import Policy
from sync.model import RELEASE_FIELDS, Item, derive_id
from sync.plan import Plan
from sync.planner import Settings, TrackerSettings
from sync.planner.renames import Renaming, renamed_record
from sync.planner.waiting import TRIES
from sync.state import Store
from sync.tracker import Denied, Record, RetryLater, Stale, Update
from tests.sync.world import SILENT, World

Shown = Mapping[str, Any]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two places that keep releases, and one that keeps their names alone."""
    places = {
        "jira": MemoryTracker(releases=MemoryReleases()),
        "github": MemoryTracker(releases=MemoryReleases()),
        "files": MemoryTracker(),
    }
    return World(tmp_path, places)


def releases(world: World, tracker: str) -> MemoryReleases:
    kept = world.places[tracker].releases
    assert kept is not None
    return kept


def named(world: World, tracker: str, name: str) -> Record:
    found = releases(world, tracker).named(name)
    assert found is not None, releases(world, tracker).held
    return found


def change(world: World, tracker: str, name: str, /, **shown: object) -> None:
    """A person changes a release there; its records follow."""
    record = named(world, tracker, name)
    releases(world, tracker).set(record.id, shown)
    if "name" in shown:
        world.places[tracker].rename_release(name, str(shown["name"]))


def said(world: World, tracker: str) -> list[tuple[object, ...]]:
    """Name, day and done of each release there, by name."""
    held = releases(world, tracker).held.values()
    return sorted(tuple(one.shown.get(name) for name in RELEASE_FIELDS) for one in held)


def edits(plan: Plan) -> list[tuple[str, str, str, dict[str, Any]]]:
    return [(one.tracker, one.release, one.action, dict(one.fields)) for one in plan.releases]


def findings(world: World) -> list[str]:
    return [one.message for one in world.plan().plan.findings]


def known(world: World) -> dict[str, Item]:
    store = Store(world.url)
    try:
        return {str(one.values["name"]): one for one in store.load("shop", {}).releases.values()}
    finally:
        store.close()


@pytest.fixture
def paid(world: World) -> World:
    """One item in the release 1.0, everywhere."""
    releases(world, "jira").add("1.0")
    world.add("jira", title="Pay", release="1.0")
    world.apply()
    assert not world.plan().plan.pending
    return world


ROWS = [
    pytest.param({"due": "2026-05-01"}, {}, [("1.0", "2026-05-01", False)], id="a day set on one"),
    pytest.param({}, {"done": True}, [("1.0", None, True)], id="closed on the other"),
    pytest.param(
        {"due": "2026-05-01"},
        {"done": True},
        [("1.0", "2026-05-01", True)],
        id="one field here, another there: both are taken",
    ),
    pytest.param(
        {"due": "2026-05-01", "done": True},
        {"due": "2026-05-01", "done": True},
        [("1.0", "2026-05-01", True)],
        id="both changed alike: agree, write nothing",
    ),
    pytest.param({"name": "1.1"}, {}, [("1.1", None, False)], id="renamed on one: renamed on all"),
    pytest.param(
        {"name": "1.1"},
        {"due": "2026-05-01"},
        [("1.1", "2026-05-01", False)],
        id="renamed here, dated there: one release still",
    ),
    pytest.param(
        {"name": "V1", "done": True},
        {"name": "V1"},
        [("V1", None, True)],
        id="renamed on both to the same name",
    ),
]


@pytest.mark.parametrize(("jira", "github", "expected"), ROWS)
def test_both_places_agree_after_one_run(
    paid: World, jira: Shown, github: Shown, expected: list[tuple[object, ...]]
) -> None:
    change(paid, "jira", "1.0", **jira)
    change(paid, "github", "1.0", **github)
    paid.apply()
    assert said(paid, "jira") == said(paid, "github") == expected
    for tracker in paid.places:
        assert paid.record(tracker, "Pay").shown["release"] == expected[0][0]
    assert not paid.plan().plan.pending


SIDES = [
    pytest.param("due", "2026-05-01", "2026-06-01", None, id="two days"),
    pytest.param("name", "1.1", "1.2", "1.0", id="two names"),
]


@pytest.mark.parametrize(("field", "jira", "github", "base"), SIDES)
def test_what_two_sides_changed_differently_waits_for_a_person(
    paid: World, field: str, jira: str, github: str, base: str | None
) -> None:
    change(paid, "jira", "1.0", **{field: jira})
    change(paid, "github", "1.0", **{field: github}, done=True)
    paid.apply()
    plan = paid.plan().plan
    [conflict] = plan.release_conflicts
    assert (conflict.release, conflict.field, conflict.base) == ("1.0", field, base)
    assert conflict.sides == {"jira": jira, "github": github}
    assert plan.summary["conflict"] == 1
    assert plan.pending
    assert not plan.edits  # and the items wait in peace
    name = jira if field == "name" else "1.0"
    assert named(paid, "jira", name).shown["done"]  # the field is held back, and nothing else
    change(paid, "github", github if field == "name" else "1.0", **{field: jira})
    paid.apply()
    assert said(paid, "jira") == said(paid, "github")
    assert not paid.plan().plan.pending


def test_a_release_is_made_with_its_day_where_an_item_needs_it(world: World) -> None:
    releases(world, "jira").add("1.0", "2026-05-01", done=True)
    releases(world, "jira").add("0.9", "2025-05-01", done=True)
    world.add("jira", title="Pay", release="1.0")
    assert edits(world.plan().plan) == [
        (
            "github",
            "1.0",
            "create",
            {"name": (None, "1.0"), "due": (None, "2026-05-01"), "done": (False, True)},
        )
    ]
    world.apply()
    assert said(world, "github") == [("1.0", "2026-05-01", True)]  # and no 0.9
    assert not world.plan().plan.pending


def test_a_name_that_only_files_know_is_made_a_release_where_releases_are_kept(
    world: World,
) -> None:
    world.add("files", title="Pay", release="1.0")
    world.apply()
    assert said(world, "jira") == said(world, "github") == [("1.0", None, False)]
    assert list(known(world)) == ["1.0"]
    change(world, "github", "1.0", due="2026-05-01")
    world.apply()
    assert said(world, "jira") == [("1.0", "2026-05-01", False)]
    assert not world.plan().plan.pending


def test_releases_of_one_name_meet_whatever_its_case(world: World) -> None:
    releases(world, "jira").add("V1", "2026-05-01")
    releases(world, "github").add("v1", done=True)
    world.add("jira", title="Pay", release="V1")
    world.apply()
    assert said(world, "jira") == [("V1", "2026-05-01", True)]
    assert said(world, "github") == [("v1", "2026-05-01", True)]
    assert world.record("github", "Pay").shown["release"] == "v1"
    assert world.record("files", "Pay").shown["release"] == "V1"
    assert not world.plan().plan.pending


def test_what_two_sides_say_when_they_first_meet_is_a_conflict_where_it_differs(
    world: World,
) -> None:
    releases(world, "jira").add("1.0", "2026-05-01")
    releases(world, "github").add("1.0", "2026-06-01")
    world.apply()
    [conflict] = world.plan().plan.release_conflicts
    assert conflict.sides == {"jira": "2026-05-01", "github": "2026-06-01"}


def test_a_rename_reaches_items_that_no_read_brings_again(paid: World) -> None:
    change(paid, "github", "1.0", name="1.1")
    plan = paid.plan().plan
    assert [(one.tracker, dict(one.fields)) for one in plan.releases] == [
        ("jira", {"name": ("1.0", "1.1")})
    ]
    assert [(one.tracker, list(one.fields)) for one in plan.edits] == [("files", ["release"])]
    paid.apply()
    [item] = paid.items().values()
    assert item.release == "1.1"
    entries = [one for one in paid.journal().entries("shop", run=2) if one.tracker == "backlog"]
    assert {(one.action, one.field, one.before, one.after) for one in entries} == {
        ("release", "name", "1.0", "1.1"),
        ("merge", "release", "1.0", "1.1"),
    }
    assert not paid.plan().plan.pending


def test_a_new_release_may_take_the_name_that_another_gave_up(paid: World) -> None:
    paid.add("jira", title="Ship", release="1.0")
    paid.apply()
    change(paid, "jira", "1.0", name="1.1")
    releases(paid, "jira").add("1.0", "2027-01-01")
    ship = paid.record("jira", "Ship")
    paid.edit("jira", ship.id, release="1.0")
    paid.apply()
    assert said(paid, "github") == [("1.0", "2027-01-01", False), ("1.1", None, False)]
    for tracker in paid.places:
        assert paid.record(tracker, "Pay").shown["release"] == "1.1"
        assert paid.record(tracker, "Ship").shown["release"] == "1.0"
    assert not paid.plan().plan.pending


def test_two_releases_that_swap_names_are_said_and_change_no_item(paid: World) -> None:
    releases(paid, "jira").add("2.0")
    paid.add("jira", title="Ship", release="2.0")
    paid.apply()
    change(paid, "jira", "1.0", name="x")
    change(paid, "jira", "2.0", name="1.0")
    change(paid, "jira", "x", name="2.0")
    paid.apply()
    assert any("is not renamed to that there" in message for message in findings(paid))
    assert not paid.plan().plan.edits
    assert paid.record("files", "Pay").shown["release"] == "2.0"
    assert paid.record("github", "Pay").shown["release"] == "1.0"  # it is called so there


def test_a_name_that_is_another_releases_is_not_taken_over(paid: World) -> None:
    releases(paid, "github").add("1.1", "2026-05-01")
    paid.apply()
    change(paid, "jira", "1.0", name="1.1")
    paid.apply()
    [message] = [one for one in findings(paid) if "1.1" in one]
    assert message == (
        "jira renamed the release 1.0 to 1.1, which is another release's name: it keeps its name "
        "elsewhere; rename one of them"
    )
    plan = paid.plan().plan
    assert (plan.edits, plan.releases) == ((), ())
    assert paid.record("github", "Pay").shown["release"] == "1.0"
    paid.add("files", title="Ship", release="1.0")  # jira is told its own name for it
    paid.apply()
    assert paid.record("jira", "Ship").shown["release"] == "1.1"
    pay = paid.record("jira", "Pay")
    paid.edit("jira", pay.id, release=None)
    paid.apply()
    paid.edit("files", paid.record("files", "Pay").id, release="1.0")
    paid.apply()
    assert paid.record("jira", "Pay").shown["release"] == "1.1"
    assert len(releases(paid, "jira").held) == 1
    assert not paid.plan().plan.pending


def test_two_new_releases_of_one_name_are_not_told_apart(world: World) -> None:
    releases(world, "jira").add("1.0")
    releases(world, "jira").add("1.0")
    assert findings(world) == [
        "jira has a release 1.0 beside another of that name; rename one of them"
    ]


def test_a_release_that_is_gone_is_said_and_stays_elsewhere(paid: World) -> None:
    releases(paid, "jira").remove(named(paid, "jira", "1.0").id)
    [message] = findings(paid)
    assert message.startswith("jira no longer has the release 1.0. Nothing was deleted")
    paid.apply()
    assert said(paid, "github") == [("1.0", None, False)]
    assert findings(paid) == []


def test_an_archived_release_takes_no_changes_and_says_none(paid: World) -> None:
    releases(paid, "jira").archive(named(paid, "jira", "1.0").id)
    change(paid, "github", "1.0", due="2026-05-01", done=True)
    paid.apply()
    assert said(paid, "jira") == [("1.0", None, None)]
    assert not paid.plan().plan.pending
    releases(paid, "jira").set(named(paid, "jira", "1.0").id, {"due": None, "done": False})
    paid.apply()
    assert said(paid, "jira") == [("1.0", "2026-05-01", True)]


# Who may be told what.


def test_a_tracker_that_lets_nobody_change_releases_is_not_asked_to(paid: World) -> None:
    releases(paid, "github").barred = "give the token more"
    assert findings(paid) == []
    change(paid, "jira", "1.0", due="2026-05-01", done=True)
    assert findings(paid) == [
        "github is behind in done and due of the release 1.0: give the token more"
    ]
    paid.apply()
    assert said(paid, "github") == [("1.0", None, False)]
    assert not paid.plan().plan.pending
    releases(paid, "github").barred = None
    paid.apply()
    assert said(paid, "github") == [("1.0", "2026-05-01", True)]


def test_what_a_tracker_refuses_is_remembered_until_something_changes(paid: World) -> None:
    releases(paid, "github").refuse = frozenset({"due"})
    change(paid, "jira", "1.0", due="2026-05-01", done=True)
    applied = paid.apply()
    assert applied is not None
    assert [(one.key, one.message) for one in applied.failures] == [
        ("release 1.0", "due: it cannot be set here")
    ]
    assert said(paid, "github") == [("1.0", None, True)]
    plan = paid.plan().plan
    assert not plan.pending
    [finding] = plan.findings
    assert finding.message == "github does not take due of release 1.0: it cannot be set here"
    releases(paid, "github").refuse = frozenset()
    change(paid, "jira", "1.0", due="2026-05-02")
    paid.apply()
    assert said(paid, "github") == [("1.0", "2026-05-02", True)]


def test_a_refused_rename_leaves_items_in_their_release(paid: World) -> None:
    releases(paid, "github").refuse = frozenset({"name"})
    change(paid, "jira", "1.0", name="1.1")
    paid.apply()
    assert paid.record("github", "Pay").shown["release"] == "1.0"
    assert paid.record("files", "Pay").shown["release"] == "1.1"
    paid.add("files", title="Ship", release="1.1")
    paid.apply()
    assert paid.record("github", "Ship").shown["release"] == "1.0"
    assert said(paid, "github") == [("1.0", None, False)]
    assert not paid.plan().plan.pending


def test_a_release_that_is_not_made_fails_alone(world: World) -> None:
    releases(world, "github").refuse = frozenset({"name"})
    world.add("jira", title="Pay", release="1.0")
    applied = world.apply()
    assert applied is not None
    assert [(one.tracker, one.item, one.key) for one in applied.failures] == [
        ("github", None, "release 1.0")
    ]
    assert applied.created == 2
    [entry] = [one for one in world.journal().entries("shop", run=1) if one.outcome == "failed"]
    assert (entry.action, entry.error) == ("release", "releases are not made here")


def test_a_release_that_fails_waits_and_is_changed_when_a_person_says_so(paid: World) -> None:
    change(paid, "jira", "1.0", due="2026-06-01")
    for _ in range(TRIES):
        paid.places["github"].faults = {0: "before"}
        paid.apply()
        paid.now += timedelta(days=1)
    paid.places["github"].faults = {}
    assert paid.plan().plan.releases == ()
    [finding] = [one for one in paid.plan().plan.findings if one.rule == "failing"]
    assert "on github failed 8 times, and is not tried any more" in finding.message
    applied = paid.apply(retry=True)
    assert applied is not None
    assert (applied.released, applied.failures) == (1, [])
    assert said(paid, "github") == [("1.0", "2026-06-01", False)]
    assert not paid.plan().plan.pending


def public(world: World, publish: frozenset[str] | str) -> None:
    world.places["github"].public = True
    trackers = {name: TrackerSettings("all") for name in world.places}
    trackers["github"] = TrackerSettings("all", publish)  # type: ignore[arg-type]
    world.settings = Settings(trackers, {}, SILENT)


@pytest.mark.parametrize(("publish", "told"), [({"title"}, False), ({"title", "release"}, True)])
def test_a_public_tracker_is_told_of_releases_only_where_they_are_published(
    world: World, publish: set[str], told: bool
) -> None:
    public(world, frozenset(publish))
    releases(world, "jira").add("1.0", "2026-05-01")
    releases(world, "github").add("1.0", done=True)
    world.add("jira", title="Pay", release="1.0")
    releases(world, "jira").add("2.0", "2027-05-01")
    world.add("jira", title="Ship", release="2.0")
    world.apply()
    assert ("1.0", "2026-05-01", True) in said(world, "jira")
    expected = [("1.0", "2026-05-01", True), ("2.0", "2027-05-01", False)]
    assert said(world, "github") == (expected if told else [("1.0", None, True)])
    assert not world.plan().plan.pending


POLICIES = [
    pytest.param(
        Policy(authority="github"),
        "github changed",
        "2026-06-01",
        "jira changed due of the release 1.0, which belongs to github: it is put back.",
        id="an authority decides",
    ),
    pytest.param(
        Policy(prefer=("jira",)),
        "jira changed",
        "2026-05-01",
        "github changed due of the release 1.0, which another side is preferred for: it is put "
        "back.",
        id="a preference decides",
    ),
]


@pytest.mark.parametrize(("policy", "_who", "due", "message"), POLICIES)
def test_the_rules_for_the_field_hold_for_releases(
    paid: World, policy: Policy, _who: str, due: str, message: str
) -> None:
    paid.policies = {"release": policy}
    change(paid, "jira", "1.0", due="2026-05-01")
    change(paid, "github", "1.0", due="2026-06-01")
    assert findings(paid) == [message]
    paid.apply()
    assert said(paid, "jira") == said(paid, "github") == [("1.0", due, False)]
    assert not paid.plan().plan.pending


def test_a_name_that_the_settings_do_not_know_is_not_judged(world: World) -> None:
    world.setups["github"] = Setup("github", values={"release": {"1.0": "R1"}})
    releases(world, "github").add("R9")
    releases(world, "github").add("R1", "2026-05-01")
    releases(world, "jira").add("1.0")
    world.apply()
    assert said(world, "jira") == [("1.0", "2026-05-01", False)]
    assert list(known(world)) == ["1.0"]
    change(world, "jira", "1.0", name="1.1")  # which github has no word for
    assert world.plan().plan.releases == ()
    assert "github: release: '1.1' has no counterpart" in findings(world)[0]
    world.apply()
    assert ("R1", "2026-05-01", False) in said(world, "github")


# Failures, crashes, and parts of a plan.


def test_no_release_is_merged_while_a_tracker_does_not_answer(paid: World) -> None:
    change(paid, "jira", "1.0", name="1.1", due="2026-05-01")
    paid.add("jira", title="Ship", release="1.1")
    paid.places["github"].down = RetryLater("github is down", after=0)
    plan = paid.plan().plan
    assert (plan.releases, [one.tracker for one in plan.edits]) == ((), ["files"])
    paid.apply()
    assert known(paid)["1.0"].values == {"name": "1.0"}
    paid.places["github"].down = None
    paid.apply()
    assert said(paid, "jira") == said(paid, "github") == [("1.1", "2026-05-01", False)]
    for tracker in paid.places:
        assert paid.record(tracker, "Ship").shown["release"] == "1.1"
    assert not paid.plan().plan.pending


def test_a_release_is_made_for_an_item_while_another_tracker_is_down(world: World) -> None:
    world.places["jira"].down = RetryLater("jira is down", after=0)
    world.add("files", title="Pay", release="1.0")
    world.apply()
    assert said(world, "github") == [("1.0", None, False)]
    world.places["jira"].down = None
    change(world, "github", "1.0", due="2026-05-01")
    world.apply()
    assert said(world, "jira") == [("1.0", "2026-05-01", False)]
    assert not world.plan().plan.pending


@pytest.mark.parametrize("die_after", range(4))
@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_run_that_breaks_off_is_made_up_for(paid: World, fault: str, die_after: int) -> None:
    change(paid, "jira", "1.0", name="1.1", due="2026-05-01")
    releases(paid, "jira").add("2.0", "2027-05-01")
    paid.add("jira", title="Ship", release="2.0")
    paid.places["github"].faults = {die_after: fault}  # type: ignore[dict-item]
    paid.apply(die_after=die_after)
    paid.places["github"].faults = {}
    paid.apply()
    expected = [("1.1", "2026-05-01", False), ("2.0", "2027-05-01", False)]
    assert said(paid, "jira") == said(paid, "github") == expected
    assert not paid.plan().plan.pending
    assert sorted(known(paid)) == ["1.1", "2.0"]


def test_an_edit_made_while_we_wrote_is_merged_in_the_next_run(paid: World) -> None:
    change(paid, "jira", "1.0", due="2026-05-01")
    context, decision, adapters = paid.look()
    change(paid, "github", "1.0", done=True)
    change(paid, "github", "1.0", due="2026-06-01")
    [edit] = decision.releases.edits
    link = decision.releases.links["github"][named(paid, "github", "1.0").id]
    [outcome] = adapters["github"].release([Update(edit.item, link.record, edit.fields)])
    assert isinstance(outcome.error, Stale)
    paid.apply()
    [conflict] = paid.plan().plan.release_conflicts
    assert conflict.field == "due"
    assert named(paid, "jira", "1.0").shown["done"] is True
    assert context.failures == {}


def test_part_of_a_plan_makes_the_releases_that_it_needs_and_changes_none(paid: World) -> None:
    change(paid, "jira", "1.0", name="1.1", due="2026-05-01")
    releases(paid, "jira").add("2.0", "2027-05-01")
    paid.add("jira", title="Ship", release="2.0")
    context, decision, adapters = paid.look()
    ship = next(v.item.id for v in decision.verdicts if v.item.title == "Ship")
    mine = [one for one in decision.plan.edits if one.item == ship]
    part = decision.only(mine, {ship})
    assert [(one.release, one.action) for one in part.plan.releases] == [("2.0", "create")]
    store = Store(paid.url)
    apply(Engine(context, adapters, store, lambda: paid.now, lambda *_: None), part)
    store.close()
    assert said(paid, "github") == [("1.0", None, False), ("2.0", "2027-05-01", False)]
    paid.apply()
    assert said(paid, "github") == [("1.1", "2026-05-01", False), ("2.0", "2027-05-01", False)]
    assert not paid.plan().plan.pending


def test_a_tracker_that_takes_no_credential_stops(paid: World) -> None:
    change(paid, "jira", "1.0", due="2026-05-01")
    context, decision, adapters = paid.look()
    paid.places["github"].down = Denied("the token has expired")
    store = Store(paid.url)
    applied = apply(Engine(context, adapters, store, lambda: paid.now, lambda *_: None), decision)
    store.close()
    assert [one.message for one in applied.failures] == ["the token has expired"]


def test_the_journal_says_what_was_written_of_a_release(paid: World) -> None:
    change(paid, "jira", "1.0", done=True)
    paid.apply()
    entries = paid.journal().entries("shop", run=2)
    assert [(e.tracker, e.key, e.action, e.field, e.before, e.after) for e in entries] == [
        ("github", "release 1.0", "release", "done", False, True),
        ("backlog", "release 1.0", "release", "done", False, True),
    ]


def test_a_release_keeps_its_id_when_it_is_renamed(paid: World) -> None:
    before = known(paid)["1.0"]
    change(paid, "jira", "1.0", name="1.1")
    paid.apply()
    after = known(paid)["1.1"]
    assert after.id == before.id == derive_id("shop", "release", "jira", "v1")
    assert replace(after, values=before.values) == before


def test_values_that_no_carrier_knows_are_left_as_they_are() -> None:
    shown: Sequence[object] = [{"names": ["1.0", "2.0"]}, ["1.0", 3], 7, None, "1.0"]
    moved = [
        renamed_record(Record("1", "k", "", {"release": one}), {"1.0": "1.1"}).shown["release"]
        for one in shown
    ]
    assert moved == [{"names": ["1.1", "2.0"]}, ["1.1", 3], 7, None, "1.1"]


def test_a_release_of_another_name_is_not_shown_by_a_record_in_the_renamed_one() -> None:
    codec = Renaming(Codec(Setup("github"), MemoryTracker()), {"1.1": "1.0"})
    assert codec.shows("release", "1.1", "1.0")
    assert codec.decode("release", "1.0", None) == "1.1"
    assert not codec.shows("release", "1.0", "1.0")  # another, which is not there yet
    assert codec.encode("release", "1.0", "1.0") != "1.0"
    assert codec.encode("release", "2.0", None) == "2.0"
    assert codec.encode("title", "Pay", None) == "Pay"
    assert codec.decode("release", None, None) is None
    assert codec.shows("title", "Pay", "Pay")
