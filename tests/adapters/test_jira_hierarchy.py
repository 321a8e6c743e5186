"""Parents, and kinds on either side of the border of sub-tasks, on Cloud and on Data Center."""

from __future__ import annotations

from typing import Any

import pytest
import responses

from adapters.jira.client import JiraClient
from adapters.jira.converting import Conversion, Converter
from adapters.jira.project import IssueType, Project
from sync.tracker import Change, Create, Outcome, Record, Rejected, Twin, Unavailable, Update
from tests.adapters.test_jira_flows import SHOP, TYPES, Site, Start, record, site, start

__all__ = ["site", "start"]  # fixtures
ISSUES = [
    {"key": "SHOP-1", "type": "Epic", "summary": "Epic"},
    {"key": "SHOP-2", "type": "Epic", "summary": "Other epic"},
    {"key": "SHOP-3", "type": "Story", "summary": "Story", "parent": "SHOP-1"},
    {"key": "SHOP-4", "type": "Story", "summary": "Other story"},
    {"key": "SHOP-5", "type": "Sub-task", "summary": "Part", "parent": "SHOP-3"},
]


@pytest.fixture(params=["cloud", "datacenter"])
def shop(request: pytest.FixtureRequest, start: Start) -> Site:
    return start(request.param, SHOP, issues=ISSUES)


@pytest.fixture
def cloud(start: Start) -> Site:
    return start("cloud", SHOP, issues=ISSUES)


@pytest.fixture
def datacenter(start: Start) -> Site:
    return start("datacenter", SHOP, issues=ISSUES)


def held(shop: Site) -> dict[str, Record]:
    """By item: issue SHOP-1 is item1."""
    return {f"item{one.key[5:]}": one for one in shop.adapter().read(None).records}


def update(shop: Site, item: str, **fields: tuple[Any, Any]) -> Outcome:
    records = held(shop)
    twins = {name: Twin(one.id, one.key) for name, one in records.items()}
    changes = {name: Change(*both) for name, both in fields.items()}
    [outcome] = shop.adapter().update([Update(item, records[item], changes)], twins)
    return outcome


# What cannot be


def test_a_parent_of_a_level_that_jira_does_not_take_is_refused_with_its_reason(shop: Site) -> None:
    outcome = update(shop, "item4", parent=(None, "item3"))
    why = outcome.refused["parent"]
    assert ("hierarchy" if shop.flavour == "cloud" else "is not an epic") in why
    assert record(outcome).shown["parent"] is None


def test_an_epic_is_not_put_below_a_story(shop: Site) -> None:
    outcome = update(shop, "item2", parent=(None, "item3"), title=("Other epic", "New"))
    assert outcome.refused["parent"]
    if shop.flavour == "datacenter":
        assert "nothing above a Epic" in outcome.refused["parent"]
    assert record(outcome).shown["title"] == "New"


def test_a_subtask_keeps_its_parent(shop: Site) -> None:
    outcome = update(shop, "item5", parent=("item3", None))
    assert "must have a parent" in outcome.refused["parent"]
    assert record(outcome).shown["parent"] == held(shop)["item3"].id


def test_data_center_moves_no_subtask_and_converts_none(datacenter: Site) -> None:
    outcome = update(datacenter, "item5", parent=("item3", "item4"))
    assert "move it in Jira" in outcome.refused["parent"]
    begun = len(datacenter.served.log)
    outcome = update(datacenter, "item5", kind=("subtask", "story"), title=("Part", "Whole"))
    assert "convert it in Jira" in outcome.refused["kind"]
    assert record(outcome).shown["title"] == "Whole"
    outcome = update(datacenter, "item4", kind=("story", "subtask"), parent=(None, "item3"))
    assert "Jira makes no Sub-task of a Story by the API" in outcome.refused["kind"]
    methods = {method for method, _ in datacenter.sent(begun)}
    assert "DELETE" not in methods
    assert len(datacenter.standin.dump()["issues"]) == len(ISSUES)


def test_a_story_becomes_no_subtask_without_a_parent(cloud: Site) -> None:
    outcome = update(cloud, "item4", kind=("story", "subtask"))
    assert "a Sub-task must have a parent that is in SHOP" in outcome.refused["kind"]


def test_who_may_not_change_in_bulk_is_told_so(start: Start) -> None:
    may = ["BROWSE_PROJECTS", "EDIT_ISSUES", "CREATE_ISSUES", "TRANSITION_ISSUES"]
    users = {"bot@example.com:bot-token": {"accountId": "bot", "permissions": may}}
    shop = start("cloud", SHOP, issues=ISSUES, users=users)
    outcome = update(shop, "item5", kind=("subtask", "story"))
    assert "permissions 'Make bulk changes' and 'Move issues'" in outcome.refused["kind"]


def test_what_jira_minds_about_a_conversion_is_said(cloud: Site) -> None:
    outcome = update(
        cloud, "item3", kind=("story", "subtask"), parent=("item1", "item4"), title=("Story", "New")
    )
    assert "with sub-tasks cannot become a sub-task" in outcome.refused["kind"]
    assert record(outcome).shown["parent"] == held(cloud)["item1"].id
    assert record(outcome).shown["title"] == "New"
    outcome = update(cloud, "item4", kind=("story", "subtask"), parent=(None, "item1"))
    assert "hierarchy" in outcome.refused["kind"]


def test_a_type_whose_workflow_is_another_one_is_refused_in_jira_s_words(start: Start) -> None:
    own = [*TYPES[:3], {"name": "Bug", "statuses": ["To Do"]}, "Sub-task"]
    shop = start("cloud", {"projects": {"SHOP": {"types": own}}}, issues=ISSUES)
    outcome = update(shop, "item4", kind=("story", "bug"), title=("Other story", "New"))
    assert outcome.refused["kind"] == "The issue type selected is invalid."
    assert record(outcome).shown["title"] == "New"


def test_a_subtask_below_an_epic_is_not_made(site: Site) -> None:
    creates = [
        Create("epic", {"title": "Epic", "kind": "epic"}),
        Create("part", {"title": "Part", "kind": "subtask", "parent": "epic"}),
    ]
    outcomes = {one.item: one for one in site.adapter().create(creates, {})}
    assert isinstance(outcomes["part"].error, Rejected)
    assert len(site.standin.dump()["issues"]) == 1


# What can


def test_a_story_goes_below_another_epic_and_below_none(shop: Site) -> None:
    ids = held(shop)
    outcome = update(shop, "item3", parent=("item1", "item2"))
    assert record(outcome).shown["parent"] == ids["item2"].id
    outcome = update(shop, "item3", parent=("item2", None))
    assert outcome.refused == {}
    assert record(outcome).shown["parent"] is None


def test_a_subtask_goes_below_another_story_on_cloud(cloud: Site) -> None:
    outcome = update(cloud, "item5", parent=("item3", "item4"))
    assert outcome.refused == {}
    assert record(outcome).shown["parent"] == held(cloud)["item4"].id


def test_a_kind_changes_within_its_level_by_an_edit(shop: Site) -> None:
    begun = len(shop.served.log)
    assert record(update(shop, "item4", kind=("story", "bug"))).shown["kind"] == "Bug"
    assert not any("/bulk/issues" in path for _, path in shop.sent(begun))


def test_a_story_becomes_a_subtask_and_stays_the_same_issue(cloud: Site) -> None:
    before = held(cloud)
    outcome = update(
        cloud,
        "item4",
        kind=("story", "subtask"),
        parent=(None, "item3"),
        status=("todo", "done"),
        title=("Other story", "Part two"),
    )
    assert outcome.refused == {}
    after = record(outcome)
    assert (after.id, after.key) == (before["item4"].id, "SHOP-4")
    assert (after.shown["kind"], after.shown["status"]) == ("Sub-task", "Done")
    assert (after.shown["title"], after.shown["parent"]) == ("Part two", before["item3"].id)
    assert len(cloud.standin.dump()["issues"]) == len(ISSUES)


def test_a_subtask_becomes_a_story_below_an_epic(cloud: Site) -> None:
    outcome = update(cloud, "item5", kind=("subtask", "story"), parent=("item3", "item1"))
    assert outcome.refused == {}
    shown = record(outcome).shown
    assert (shown["kind"], shown["parent"]) == ("Story", held(cloud)["item1"].id)


def test_a_subtask_becomes_a_story_of_its_own(cloud: Site) -> None:
    outcome = update(cloud, "item5", kind=("subtask", "story"), parent=("item3", None))
    assert outcome.refused == {}
    assert (record(outcome).shown["kind"], record(outcome).shown["parent"]) == ("Story", None)


def test_a_conversion_that_takes_long_is_waited_for(cloud: Site) -> None:
    cloud.standin.quirks.task_polls = 2
    outcome = update(cloud, "item5", kind=("subtask", "story"))
    assert record(outcome).shown["kind"] == "Story"


def test_an_epic_s_name_is_given_on_data_center(datacenter: Site) -> None:
    create = Create("item9", {"title": "Third epic", "kind": "epic"})
    [outcome] = datacenter.adapter().create([create], {})
    assert record(outcome).shown["kind"] == "Epic"


# Single exchanges of a conversion

API = "https://acme.example/rest/api/3"
STORY, PART = IssueType("10", "Story", False), IssueType("11", "Sub-task", True, -1)


def converted(*polls: dict[str, Any], answer: Any = None) -> tuple[str | None, list[float]]:
    """What is said of a conversion for which Jira answers so, and how long it was waited."""
    client = JiraClient(name="jira", url="https://acme.example", email="a", token="t")
    client.settle("cloud")
    pauses: list[float] = []
    project = Project("1", "SHOP", "https://acme.example", True, (STORY, PART), (), ())
    with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
        wire.post(f"{API}/bulk/issues/move", **(answer or {"status": 201, "json": {"taskId": "7"}}))
        for poll in polls:
            wire.get(f"{API}/bulk/queue/7", json=poll)
        converter = Converter(client, project, pauses.append)
        return converter.convert("42", Conversion("kind", PART, "41")), pauses


def test_a_conversion_that_is_refused_is_said_in_jira_s_words() -> None:
    errors = {"errors": [{"message": "Some of the issues are not valid"}]}
    told, _ = converted(answer={"status": 400, "json": errors})
    assert told == "Some of the issues are not valid"
    told, _ = converted(answer={"status": 403, "json": {}})
    assert told is not None
    assert "may this account edit the issue" in told


def test_a_conversion_without_a_task_is_an_error() -> None:
    with pytest.raises(Unavailable, match="answered without a task"):
        converted(answer={"status": 201, "json": {}})


@pytest.mark.parametrize(
    ("poll", "why"),
    [
        ({"status": "FAILED"}, "Jira gave it up: the move is failed"),
        ({"status": "COMPLETE", "failedAccessibleIssues": {"42": ["Locked."]}}, "Locked."),
        ({"status": "COMPLETE", "processedAccessibleIssues": [42]}, None),
    ],
)
def test_how_a_conversion_went_is_what_its_task_says(poll: dict[str, Any], why: str | None) -> None:
    told, pauses = converted({"status": "ENQUEUED"}, {"status": "RUNNING"}, poll)
    assert told == why
    assert len(pauses) == 2


def test_a_conversion_is_not_waited_for_without_end() -> None:
    told, pauses = converted({"status": "RUNNING"})
    assert told is not None
    assert "the next run sees how it went" in told
    assert len(pauses) < 20
