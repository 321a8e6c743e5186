"""Whole flows on a stand-in Jira, on Cloud and on Data Center."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from adapters.base import Carrier, Setup
from adapters.jira import Jira
from adapters.sandbox.jira import JiraStandIn
from adapters.sandbox.server import Fault, Served, Switches, serve
from sync.model import FIELDS, Criterion, Shape, Value
from sync.tracker import (
    Change,
    Create,
    Gone,
    Intent,
    Move,
    Outcome,
    Record,
    Rejected,
    RetryLater,
    Twin,
    Unavailable,
    Update,
)
from tests.adapters.test_jira import jira, seed
from tests.shared import shared_lines

TYPES = ["Epic", "Story", "Task", "Bug", "Sub-task", "Improvement"]
SHOP: Mapping[str, Any] = {"projects": {"SHOP": {"types": TYPES, "levels": ["Board"]}, "OPS": {}}}
STEPS: dict[str, Any] = {
    "statuses": {"Open": "new", "Doing": "indeterminate", "Checking": "indeterminate"}
    | {"Closed": "done"},
    "types": TYPES,
    "workflow": [
        {"name": "Start", "from": ["Open"], "to": "Doing"},
        {"name": "Stop", "from": ["Doing"], "to": "Open"},
        {"name": "Check", "from": ["Doing"], "to": "Checking"},
        {
            "name": "Close",
            "from": ["Checking"],
            "to": "Closed",
            "fields": ["resolution"],
            "required": ["resolution"],
        },
    ],
}


@dataclass
class Site:
    """A stand-in, and adapters on it."""

    standin: JiraStandIn
    served: Served
    flavour: Any

    def adapter(self, setup: Setup | None = None, **options: Any) -> Jira:
        return jira(self.served, self.flavour, setup, **options)

    @property
    def switches(self) -> Switches:
        return self.served.switches

    def issue(self, key: str) -> dict[str, Any]:
        issues: list[dict[str, Any]] = self.standin.dump()["issues"]
        return next(issue for issue in issues if issue["key"] == key)

    def sent(self, begun: int = 0) -> list[tuple[str, str]]:
        return [(one.method, one.path.rpartition("/jira")[2]) for one in self.served.log[begun:]]


Start = Callable[..., Site]


@pytest.fixture
def start() -> Iterator[Start]:
    with ExitStack() as stack:

        def started(flavour: Any, data: Mapping[str, Any] = SHOP, **more: Any) -> Site:
            switches = Switches()
            standin = JiraStandIn(switches, flavour)
            standin.load({**seed(flavour), **data, **more})
            served = stack.enter_context(serve({"/jira": standin.app}, switches))
            return Site(standin, served, flavour)

        yield started


@pytest.fixture(params=["cloud", "datacenter"])
def site(request: pytest.FixtureRequest, start: Start) -> Site:
    return start(request.param)


def made(site: Site, setup: Setup | None = None, **values: Value) -> Outcome:
    create = Create("item1", {"title": "A title"} | values)
    [outcome] = site.adapter(setup).create([create], {})
    return outcome


def record(outcome: Outcome) -> Record:
    assert outcome.record is not None, outcome.error
    return outcome.record


def changed(site: Site, held: Record, setup: Setup | None = None, **both: Any) -> Outcome:
    changes = {name: Change(*values) for name, values in both.items()}
    [outcome] = site.adapter(setup).update([Update("item1", held, changes)], {})
    return outcome


# Status


@pytest.fixture(params=["cloud", "datacenter"])
def stepwise(request: pytest.FixtureRequest, start: Start) -> Site:
    return start(request.param, {"projects": {"SHOP": STEPS}})


def test_a_status_is_reached_over_several_transitions(stepwise: Site) -> None:
    outcome = made(stepwise, status="done")
    assert outcome.refused == {}
    assert record(outcome).shown["status"] == "Closed"
    assert stepwise.issue("SHOP-1")["resolution"] == "Done"


def test_cancelling_gives_the_resolution_that_says_so(stepwise: Site) -> None:
    shown = record(made(stepwise, status="cancelled")).shown["status"]
    assert shown == {"name": "Closed", "means": "cancelled"}
    assert stepwise.issue("SHOP-1")["resolution"] == "Won't Do"


def test_what_one_issue_was_offered_is_not_asked_for_the_next(stepwise: Site) -> None:
    creates = [Create(f"item{n}", {"title": "x", "status": "done"}) for n in range(20)]
    outcomes = list(stepwise.adapter().create(creates, {}))
    assert [record(one).shown["status"] for one in outcomes] == ["Closed"] * 20
    asked = [path for method, path in stepwise.sent() if (method, path[-1]) == ("GET", "s")]
    assert sum(path.endswith("/transitions") for path in asked) == 3


def test_an_issue_that_finds_no_way_is_taken_back_and_it_is_said(start: Start) -> None:
    dead_end = {**STEPS, "workflow": STEPS["workflow"][:3]}
    site = start("cloud", {"projects": {"SHOP": dead_end}})
    held = record(made(site))
    outcome = changed(site, held, status=("todo", "done"), title=("A title", "Another"))
    assert "no way from 'Open' to 'Closed' was found" in outcome.refused["status"]
    assert record(outcome).shown["title"] == "Another"


def test_a_way_back_is_taken_where_there_is_one(start: Start) -> None:
    dead_end = {**STEPS, "workflow": STEPS["workflow"][:2]}
    site = start("cloud", {"projects": {"SHOP": dead_end}})
    outcome = changed(site, record(made(site)), status=("todo", "done"))
    assert record(outcome).shown["status"] == "Open"
    assert list(outcome.refused) == ["status"]


def test_a_screen_that_nothing_fills_is_no_way(start: Start) -> None:
    asks = {**STEPS["workflow"][3], "fields": ["duedate"], "required": ["duedate"]}
    site = start(
        "cloud", {"projects": {"SHOP": {**STEPS, "workflow": [*STEPS["workflow"][:3], asks]}}}
    )
    outcome = made(site, status="done")
    assert "'Close' asks for Due date; say what to fill in" in outcome.refused["status"]
    assert "fields.status.jira.transitions.done: {Due date: …}" in outcome.refused["status"]


def test_states_that_jira_does_not_tell_apart_keep_the_present_one(stepwise: Site) -> None:
    adapter = stepwise.adapter()
    codec = adapter.open().codec
    assert codec.decode("status", "Checking", "in_review") == "in_review"
    unresolved = {"name": "Closed", "means": None}
    assert codec.decode("status", unresolved, "cancelled") == "cancelled"
    assert codec.decode("status", unresolved, "done") == "done"
    assert codec.decode("status", "Closed", "todo") == "done"
    assert codec.shows("status", "in_review", "Doing")


def test_a_status_that_no_workflow_has_is_refused(start: Start) -> None:
    project = {"types": TYPES, "statuses": {"Open": "new", "Doing": "indeterminate"}}
    outcome = made(start("cloud", {"projects": {"SHOP": project}}), status="done")
    assert "name one for it under fields.status.values" in outcome.refused["status"]


# What is refused


def test_a_field_that_is_not_on_the_screen_costs_no_item(start: Start) -> None:
    screens = {"create": ["summary", "description", "issuetype", "labels"]}
    site = start("cloud", {"projects": {"SHOP": {"types": TYPES, "screens": screens}}})
    outcome = made(site, estimate=3.0, description="Kept.", priority="high")
    assert sorted(outcome.refused) == ["estimate", "priority"]
    assert "screen" in outcome.refused["estimate"]
    assert record(outcome).mark == "item1"
    assert len(site.standin.dump()["issues"]) == 1


def test_one_bad_element_costs_the_others_nothing(site: Site) -> None:
    creates = [
        Create("item1", {"title": "Good"}),
        Create("item2", {"title": "Too long " * 40}),
        Create("item3", {"title": "Bad", "kind": "saga"}),
        Create("item4", {"title": "Good", "estimate": 1.0}),
    ]
    outcomes = {one.item: one for one in site.adapter().create(creates, {})}
    assert record(outcomes["item1"]).mark == "item1"
    assert record(outcomes["item4"]).mark == "item4"
    for item, name in (("item2", "title"), ("item3", "kind")):
        error = outcomes[item].error
        assert isinstance(error, Rejected)
        assert error.name == name
    assert "359 characters; Jira takes 255" in str(outcomes["item2"].error)


def test_a_subtask_without_a_parent_is_made_an_ordinary_issue_and_it_is_said(site: Site) -> None:
    outcome = made(site, kind="subtask", parent="elsewhere")
    assert record(outcome).shown["kind"] == "Task"
    assert "must have a parent that is in SHOP" in outcome.refused["kind"]


def test_a_parent_of_the_wrong_level_is_refused_alone(start: Start) -> None:
    site = start("cloud", issues=[{"key": "SHOP-1", "type": "Story", "summary": "No epic"}])
    [parent] = site.adapter().read(None).records
    create = Create("item2", {"title": "x", "kind": "story", "parent": "item1"})
    [outcome] = site.adapter().create([create], {"item1": Twin(parent.id, parent.key)})
    assert "hierarchy" in outcome.refused["parent"]
    assert record(outcome).shown["parent"] is None


def test_a_text_that_is_too_long_is_refused_and_never_cut(site: Site) -> None:
    held = record(made(site, description="Short."))
    outcome = changed(
        site, held, description=("Short.", "long " * 7000), priority=("medium", "low")
    )
    assert "Jira takes 32,767" in outcome.refused["description"]
    assert record(outcome).shown["description"] == held.shown["description"]
    assert record(outcome).shown["priority"] == "Low"


def test_what_the_account_may_not_do_is_said_when_it_is_opened(start: Start) -> None:
    bot = {"permissions": ["BROWSE_PROJECTS", "EDIT_ISSUES", "LINK_ISSUES"]}
    users = {"bot@example.com:bot-token": {"accountId": "bot", **bot}}
    facts = start("cloud", users=users).adapter().open()
    assert "'Transition issues'" in facts.cannot["status"]
    assert "'Assign issues'" in facts.cannot["assignees"]
    assert "'Schedule issues'" in facts.cannot["order"]
    assert not facts.order
    assert {"title", "blocked_by"} <= facts.fields
    assert any("'Create issues'" in problem.message for problem in facts.problems)


def test_a_carrier_that_jira_lacks_is_said_with_the_remedy(site: Site) -> None:
    carriers = {
        "estimate": Carrier("field", "Story Pints"),
        "priority": Carrier("milestone"),
        "blocked_by": Carrier("link", "Hinders"),
        "release": None,
    }
    facts = site.adapter(Setup("jira", carriers=carriers)).open()
    assert "did you mean 'Story Points'?" in facts.cannot["estimate"]
    assert "no carrier 'milestone'" in facts.cannot["priority"]
    assert "it has Blocks" in facts.cannot["blocked_by"]
    assert "release" in facts.cannot


def test_configured_names_that_jira_lacks_are_problems(site: Site) -> None:
    facts = site.adapter(Setup("jira", values={"priority": {"high": "Hoch"}})).open()
    [problem] = facts.problems
    assert "Jira has no 'Hoch' for priority; it has 'Highest'" in problem.message


def test_a_mark_that_cannot_be_set_makes_no_issue(start: Start) -> None:
    screens = {"create": ["summary", "issuetype", "description"]}
    site = start("datacenter", {"projects": {"SHOP": {"types": TYPES, "screens": screens}}})
    outcome = made(site)
    assert isinstance(outcome.error, Rejected)
    assert "put labels on the screen" in str(outcome.error)
    assert site.standin.dump()["issues"] == []


def test_labels_that_are_refused_leave_the_mark(start: Start) -> None:
    site = start("datacenter")
    outcome = made(site, labels=frozenset({"long" * 80}))
    assert "a label of 320 characters; Jira takes 255" in outcome.refused["labels"]
    assert record(outcome).mark == "item1"


# Exactly once


def test_a_lost_answer_is_looked_for_in_the_same_call(site: Site) -> None:
    site.switches.faults.append(Fault("lose", "/issue/bulk$", "POST"))
    assert record(made(site, status="done")).shown["status"] == "Done"
    assert len(site.standin.dump()["issues"]) == 1


def test_a_call_that_had_no_effect_is_an_error_and_makes_nothing(site: Site) -> None:
    site.switches.faults.append(Fault("drop", "/issue/bulk$", "POST"))
    outcome = made(site)
    assert isinstance(outcome.error, Unavailable)
    assert site.standin.dump()["issues"] == []


def test_a_dropped_property_is_made_good_by_a_label(start: Start) -> None:
    site = start("cloud")
    site.standin.quirks.drop_properties = True
    outcome = made(site, labels=frozenset({"ux"}))
    assert record(outcome).mark == "item1"
    assert record(outcome).shown["labels"] == ["ux"]
    assert site.issue("SHOP-1")["labels"] == ["onebacklog-item1", "ux"]


def test_an_adopted_issue_is_completed(site: Site) -> None:
    adapter = site.adapter()
    newest = adapter.newest()
    site.switches.faults.append(Fault("drop", "/transitions$", "POST"))
    values = {"title": "x", "status": "done"}
    [broken] = adapter.create([Create("item1", values)], {})
    assert isinstance(broken.error, Unavailable)
    site.switches.faults.clear()
    tried = Create("item1", values, Intent("2026-01-01T00:00:00Z", newest))
    [outcome] = site.adapter().create([tried], {})
    assert record(outcome).shown["status"] == "Done"
    assert len(site.standin.dump()["issues"]) == 1


def test_the_number_of_calls_grows_by_the_fifty(start: Start) -> None:
    site = start("cloud")
    adapter = site.adapter()
    adapter.open()
    begun = len(site.served.log)
    creates = [Create(f"item{n}", {"title": f"Title {n}"}) for n in range(120)]
    assert len({record(one).id for one in adapter.create(creates, {})}) == 120
    paths = [path for _, path in site.sent(begun)]
    assert paths.count("/rest/api/3/issue/bulk") == 3
    assert len(paths) <= 3 * 2 + 2


def test_the_records_elsewhere_are_linked_to(site: Site) -> None:
    twin = Twin("x", "acme/shop#12", "https://github.example/acme/shop/issues/12")
    [outcome] = site.adapter().create([Create("item1", {"title": "x"}, elsewhere=(twin,))], {})
    assert record(outcome).mark == "item1"
    [link] = site.issue("SHOP-1")["remote_links"]
    assert link["object"]["url"] == twin.url


def test_an_issue_is_led_to_records_elsewhere_afterwards_once(site: Site) -> None:
    twin = Twin("x", "acme/shop#12", "https://github.example/acme/shop/issues/12")
    made = record(*site.adapter().create([Create("item1", {"title": "x"})], {}))
    for _ in range(2):
        [outcome] = site.adapter().update([Update("item1", made, {}, (twin,))], {})
        assert record(outcome).shown == made.shown
    [link] = site.issue("SHOP-1")["remote_links"]
    assert link["object"]["url"] == twin.url


# Reading


def test_a_run_in_which_nothing_changed_costs_two_requests(site: Site) -> None:
    adapter = site.adapter()
    adapter.read(None)
    creates = [Create(f"item{n}", {"title": f"Title {n}"}) for n in range(60)]
    list(adapter.create(creates, {}))
    cursor = adapter.cursor()
    adapter = site.adapter()
    adapter.open()
    begun = len(site.served.log)
    snapshot = adapter.read(cursor)
    assert snapshot.records == ()
    assert snapshot.order is not None
    assert len(snapshot.order) == 60
    assert len(site.served.log) - begun == 2


def test_an_edit_is_seen_though_the_search_lags_behind_our_own_writes(site: Site) -> None:
    adapter = site.adapter()
    adapter.read(None)
    held = record(next(iter(adapter.create([Create("item1", {"title": "Old"})], {}))))
    site.switches.lag = 30.0
    update = Update("item1", held, {"title": Change("Old", "New")})
    [outcome] = adapter.update([update], {})
    snapshot = site.adapter().read(adapter.cursor())
    assert snapshot.records == ()
    assert record(outcome).shown["title"] == "New"


def test_a_whole_read_after_an_incremental_one_forgets_what_is_old(site: Site) -> None:
    list(site.adapter().create([Create("item1", {"title": "x"})], {}))
    site.switches.skew = 3600.0
    cursor = site.adapter().read(None).cursor
    assert cursor is not None
    assert '"known": {}' in cursor


def test_a_broken_cursor_means_a_whole_read(site: Site) -> None:
    made(site)
    snapshot = site.adapter().read("not a cursor")
    assert snapshot.complete
    assert len(snapshot.records) == 1


def test_the_scope_is_what_where_says(site: Site) -> None:
    adapter = site.adapter(where="labels = ours OR priority = High")
    for item, values in (
        ("a", {"labels": frozenset({"ours"})}),
        ("b", {}),
        ("c", {"priority": "high"}),
    ):
        list(adapter.create([Create(item, {"title": item, **values})], {}))
    snapshot = site.adapter(where="labels = ours OR priority = High").read(None)
    assert sorted(record.mark or "" for record in snapshot.records) == ["a", "c"]
    assert len(snapshot.order or ()) == 2


def test_a_scope_that_is_no_jql_is_said_so(site: Site) -> None:
    with pytest.raises(Rejected, match="is the tracker's `where` valid JQL"):
        site.adapter(where="colour = red").read(None)


def test_an_issue_that_moved_away_is_gone_and_it_is_said_where(site: Site) -> None:
    held = record(made(site))
    assert site.standin.move("SHOP-1", "OPS") == "OPS-1"
    snapshot = site.adapter().get([held.id])
    assert snapshot.records == ()
    assert site.adapter().get(["99"]).gone == {"99": Gone("hidden or deleted")}
    assert snapshot.gone == {held.id: Gone("moved", f"{site.served.url}/jira/browse/OPS-1")}


def test_an_issue_with_a_security_level_is_restricted(start: Start) -> None:
    issues = [{"key": "SHOP-1", "summary": "Secret", "security": "Board"}, {"summary": "Open"}]
    records = start("cloud", issues=issues).adapter().read(None).records
    assert [record.restricted for record in records] == [True, False]


def test_the_project_is_named_by_its_key_alone(site: Site) -> None:
    made(site)
    [read] = site.adapter().read(None).records
    assert (read.key, read.url) == ("SHOP-1", f"{site.served.url}/jira/browse/SHOP-1")
    assert (read.updated_at or "").endswith("+00:00")


# Fields


def test_a_foreign_fix_version_stays(start: Start) -> None:
    project = {"types": TYPES, "versions": ["1.0", "2.0", "3.0"]}
    issues = [{"key": "SHOP-1", "summary": "x", "fixVersions": ["1.0", "2.0"]}]
    site = start("cloud", {"projects": {"SHOP": project}}, issues=issues)
    [held] = site.adapter().read(None).records
    codec = site.adapter().open().codec
    assert codec.decode("release", held.shown["release"], None) == "1.0"
    assert codec.decode("release", held.shown["release"], "2.0") == "2.0"
    outcome = changed(site, held, release=("2.0", "3.0"))
    assert codec.shows("release", "3.0", record(outcome).shown["release"])
    assert site.issue("SHOP-1")["fixVersions"] == ["1.0", "3.0"]


def test_labels_with_spaces_are_read_as_they_were_meant(site: Site) -> None:
    labels = frozenset({"needs review", "needs_review", "100% done", "UX", "ux"})
    outcome = made(site, labels=labels)
    codec = site.adapter().open().codec
    spelt = ["100%%20done", "UX", "needs%20review", "needs_review", "ux"]
    assert record(outcome).shown["labels"] == spelt
    assert codec.decode("labels", record(outcome).shown["labels"], frozenset()) == labels


def test_fields_of_a_team_s_own_are_carried(site: Site, start: Start) -> None:
    fields = [
        {"name": "Team", "type": "select", "options": ["Red", "Deep Blue"]},
        {"name": "Areas", "type": "labels"},
        {"name": "Risk", "type": "number"},
        {"name": "Notes", "type": "paragraph"},
        {"name": "Customer", "type": "text"},
    ]
    site = start(site.flavour, fields=fields)
    schema = {
        **FIELDS,
        "team": Shape.LINE,
        "areas": Shape.SET,
        "risk": Shape.NUMBER,
        "notes": Shape.TEXT,
        "customer": Shape.LINE,
        "size": Shape.LINE,
        "cost": Shape.NUMBER,
    }
    carriers = {
        "team": Carrier("field", "team", {"blue": "Deep Blue"}),
        "areas": Carrier("field", "Areas"),
        "risk": Carrier("field", "Risk"),
        "notes": Carrier("field", "Notes"),
        "customer": Carrier("field", "Customer"),
        "size": Carrier("label", "size"),
        "cost": Carrier("label", "cost"),
    }
    setup = Setup("jira", schema=schema, carriers=carriers)
    values: dict[str, tuple[Value, Value]] = {
        "team": ("blue", "Red"),
        "areas": (frozenset({"a", "b"}), frozenset({"b", "c"})),
        "risk": (2.0, None),
        "notes": ("Some **text**.", "Other *text*."),
        "customer": ("ACME Corp", None),
        "size": ("very large", "small"),
        "cost": (2.5, 12.0),
    }
    outcome = made(site, setup, labels=frozenset({"plain"}), **{n: v[0] for n, v in values.items()})
    codec = site.adapter(setup).open().codec
    assert outcome.refused == {}
    for name, (old, _) in values.items():
        assert codec.decode(name, record(outcome).shown[name], old) == old, name
    assert record(outcome).shown["labels"] == ["plain"]
    outcome = changed(site, record(outcome), setup, **values)
    assert outcome.refused == {}
    for name, (_, new) in values.items():
        assert codec.decode(name, record(outcome).shown[name], new) == new, name
    assert record(outcome).shown["labels"] == ["plain"]


def test_an_unknown_type_is_a_kind_of_its_own(site: Site) -> None:
    assert record(made(site, kind="improvement")).shown["kind"] == "Improvement"


def test_an_epic_holds_stories_and_a_story_subtasks(site: Site) -> None:
    creates = [
        Create("epic", {"title": "Epic", "kind": "epic"}),
        Create("story", {"title": "Story", "kind": "story", "parent": "epic"}),
        Create("part", {"title": "Part", "kind": "subtask", "parent": "story"}),
    ]
    records = {one.item: record(one) for one in site.adapter().create(creates, {})}
    assert records["story"].shown["parent"] == records["epic"].id
    assert records["part"].shown["parent"] == records["story"].id
    again = {read.mark: read for read in site.adapter().read(None).records}
    assert again["story"].shown["parent"] == records["epic"].id


def test_a_person_without_an_account_is_neither_assigned_nor_taken_away(start: Start) -> None:
    site = start("cloud", issues=[{"key": "SHOP-1", "summary": "x", "assignee": "ada"}])
    [held] = site.adapter().read(None).records
    codec = site.adapter(Setup("jira", users={"bob": "bob"})).open().codec
    assert codec.decode("assignees", ["ada"], frozenset()) == frozenset()
    assert codec.decode("assignees", ["ada"], frozenset({"zoe"})) == {"zoe"}
    assert codec.encode("assignees", frozenset({"bob"}), held.shown["assignees"]) == ["ada"]
    assert codec.encode("assignees", frozenset({"zoe"}), []) == []
    assert codec.shows("assignees", frozenset({"zoe"}), [])


def test_who_shares_an_item_is_not_lost_when_jira_s_one_assignee_changes(start: Start) -> None:
    setup = Setup("jira", users={"ada": "ada", "bob": "bob", "cid": "cid"})
    codec = start("cloud").adapter(setup).open().codec
    both = frozenset({"ada", "bob"})
    assert codec.encode("assignees", both, []) == ["ada"]
    assert codec.decode("assignees", ["bob"], both) == both
    assert codec.decode("assignees", ["cid"], both) == {"bob", "cid"}


def test_a_description_of_any_markup_goes_there_and_back(site: Site) -> None:
    text = "# Title\n\n> quoted\n\n1. one\n2. two\n\n`code` and ~~gone~~ [link](https://x.example)"
    criteria = (Criterion("It **works**", True), Criterion("It is `fast`"))
    outcome = made(site, description=text, acceptance_criteria=criteria)
    codec = site.adapter().open().codec
    assert codec.shows("description", text, record(outcome).shown["description"])
    shown = record(outcome).shown["acceptance_criteria"]
    assert codec.decode("acceptance_criteria", shown, ()) == criteria


def test_without_a_section_the_whole_description_is_text(site: Site) -> None:
    setup = Setup("jira", carriers={"acceptance_criteria": None})
    text = "Intro.\n\n## Acceptance criteria\n\n- [ ] one"
    outcome = made(site, setup, description=text)
    codec = site.adapter(setup).open().codec
    assert codec.shows("description", text, record(outcome).shown["description"])
    assert "acceptance_criteria" not in record(outcome).shown
    longer = text + "\n- [ ] two"
    outcome = changed(site, record(outcome), setup, description=(text, longer))
    assert codec.shows("description", longer, record(outcome).shown["description"])


# A real project


def real_issues() -> list[dict[str, Any]]:
    """1,499 issues of one project as a seed; what the stand-in does not know is left out."""
    kept = ("key", "summary", "description", "status", "priority", "labels", "fixVersions")
    issues = []
    for one in shared_lines("data/jira-project.jsonl.gz"):
        issue = {name: one[name] for name in kept if one[name] is not None}
        key = one["key"].replace("ALOY", "SHOP")
        issue |= {"key": key, "type": one["issuetype"], "updated": one["updated"]}
        issues.append(issue | ({} if one["priority"] else {"priority": None}))
    return issues


def test_a_real_project_is_read_and_there_is_nothing_to_write(start: Start) -> None:
    issues = real_issues()
    categories = {"Open": "new", "Reopened": "new", "In Progress": "indeterminate"}
    names = {one["status"] for one in issues}
    project = {
        "types": [*sorted({one["type"] for one in issues if "ask" not in one["type"]})]
        + [{"name": name, "level": -1} for name in ("Sub-task", "Technical task")],
        "statuses": {name: categories.get(name, "done") for name in sorted(names)},
    }
    site = start("datacenter", {"projects": {"SHOP": project}}, issues=issues)
    adapter = site.adapter()
    codec = adapter.open().codec
    begun = len(site.served.log)
    records = adapter.read(None).records
    assert len(records) == len(issues)
    assert len(site.served.log) - begun <= 4
    for read in records:
        for name, shown in read.shown.items():
            if FIELDS[name] not in (Shape.ITEM, Shape.ITEMS):
                value = codec.decode(name, shown, None)
                assert codec.shows(name, value, shown), (read.key, name)
                if name != "description":
                    assert codec.encode(name, value, shown) == shown, (read.key, name)


# Order


def test_moves_that_follow_each_other_go_in_one_call(site: Site) -> None:
    adapter = site.adapter()
    creates = [Create(f"item{n}", {"title": f"{n}"}) for n in range(60)]
    ids = [record(one).id for one in adapter.create(creates, {})]
    wanted = list(reversed(ids))
    moves = [
        Move(f"item{n}", id, wanted[n - 1] if n else None, ids[0] if n == 0 else None)
        for n, id in enumerate(wanted[:-1])
    ]
    begun = len(site.served.log)
    assert [one.error for one in adapter.move(moves)] == [None] * 59
    assert len(site.served.log) - begun == 2
    assert list(adapter.order() or ()) == wanted


def test_a_move_that_fails_within_a_success_is_its_own_error(site: Site) -> None:
    adapter = site.adapter()
    creates = [Create(f"item{n}", {"title": f"{n}"}) for n in range(4)]
    ids = [record(one).id for one in adapter.create(creates, {})]
    site.standin.quirks.rank_fails.add("SHOP-3")
    moves = [
        Move("item2", ids[2], None, ids[0]),
        Move("item3", ids[3], ids[2], ids[0]),
        Move("item1", ids[1], ids[3], ids[0]),
    ]
    outcomes = {one.item: one for one in adapter.move(moves)}
    assert isinstance(outcomes["item2"].error, RetryLater)
    assert outcomes["item3"].error is None
    assert outcomes["item1"].error is None


def test_the_order_is_found_by_its_kind_whatever_its_name(start: Start) -> None:
    switches = Switches()
    standin = JiraStandIn(switches, "cloud")
    standin.quirks.rank_name = "Rang"
    standin.load({**seed("cloud"), "issues": [{"summary": "b"}, {"summary": "a"}]})
    with serve({"/jira": standin.app}, switches) as served:
        adapter = jira(served, "cloud")
        assert adapter.open().order
        assert adapter.read(None).order == tuple(issue["id"] for issue in standin.dump()["issues"])


def test_an_item_without_a_kind_below_an_ordinary_one_becomes_a_subtask(start: Start) -> None:
    site = start("cloud")
    tracker = site.adapter()
    tracker.open()
    creates = [
        Create("parent", {"title": "Parent"}),
        Create("child", {"title": "Child", "parent": "parent"}),
    ]
    outcomes = {one.item: one for one in tracker.create(creates, {})}
    assert outcomes["child"].refused == {}
    parent, child = outcomes["parent"].record, outcomes["child"].record
    assert parent is not None
    assert child is not None
    assert (child.shown["kind"], child.shown["parent"]) == ("Sub-task", parent.id)
