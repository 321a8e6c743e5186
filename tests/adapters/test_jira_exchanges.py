"""Single exchanges with Jira, failures first: what it answers, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import responses
from requests import PreparedRequest

from adapters.base import Carrier, Setup
from adapters.jira import Jira
from sync.model import FIELDS
from sync.planner.lens import Lens
from sync.tracker import (
    Change,
    Create,
    Denied,
    Move,
    NotFound,
    Outcome,
    Record,
    Rejected,
    RetryLater,
    TrackerError,
    Twin,
    Unavailable,
    Unmapped,
    Update,
)

SITE = "https://acme.example/jira"
API = f"{SITE}/rest/api/3"
TOKEN = "s3cret-t0ken"
STATUS = {"id": "1", "name": "To Do", "statusCategory": {"key": "new"}}
TASK = {"id": "10", "name": "Task", "subtask": False, "statuses": [STATUS]}
ALLOWED = ["EDIT", "CREATE", "TRANSITION", "LINK", "ASSIGN", "SCHEDULE"]
UPDATED = "2026-01-02T03:04:05.000+0000"


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def project(wire: responses.RequestsMock) -> responses.RequestsMock:
    """A project that opens."""
    allowed = {f"{name}_ISSUES": {"havePermission": True} for name in ALLOWED}
    answers: dict[str, Any] = {
        "project/SHOP": {
            "id": "1",
            "key": "SHOP",
            "issueTypes": [{"id": "10", "hierarchyLevel": 0}],
        },
        "project/SHOP/statuses": [TASK],
        "project/SHOP/versions": [],
        "field": [
            {"id": "f9", "name": "Rang", "schema": {"custom": "x:gh-lexo-rank"}},
            {"id": "priority", "name": "Priority", "schema": {"type": "priority"}},
        ],
        "priority": [{"id": "1", "name": "High"}],
        "issueLinkType": {"issueLinkTypes": [{"name": "Blocks"}]},
        "mypermissions": {"permissions": allowed},
    }
    for path, body in answers.items():
        wire.get(f"{API}/{path}", json=body)
    wire.get(f"{SITE}/rest/api/2/serverInfo", json={"deploymentType": "Cloud", "baseUrl": SITE})
    wire.get(f"{SITE}/rest/api/2/project/SHOP", status=404, json={}, match=[strangers])
    return wire


def strangers(request: PreparedRequest) -> tuple[bool, str]:
    return "Authorization" not in request.headers, "somebody is signed in"


def adapter(**options: Any) -> Jira:
    settings = {"email": "bot@acme.example", "token": TOKEN, "url": SITE, "project": "SHOP"}
    return Jira(Setup("jira"), **{**settings, **options})


def issue(id: str, **fields: Any) -> dict[str, Any]:
    usual = {"updated": UPDATED, "summary": "Old", "issuetype": {"id": "10", "name": "Task"}}
    return {"id": id, "key": f"SHOP-{id}", "fields": {**usual, "status": STATUS, **fields}}


def held(id: str, title: str = "Old") -> Update:
    record = Record(id, f"SHOP-{id}", UPDATED, {"title": title})
    return Update(f"item{id}", record, {"title": Change(title, "New")})


def updated(*ids: str) -> dict[str, Outcome]:
    return {one.item: one for one in adapter().update([held(id) for id in ids], {})}


def bodies(wire: responses.RequestsMock, path: str) -> list[Any]:
    calls = [call.request for call in wire.calls if str(call.request.url).endswith(path)]
    return [json.loads(call.body) for call in calls if call.body]


# Opening


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param({"status": 401, "json": {"message": TOKEN}}, Denied, id="a bad credential"),
        pytest.param({"status": 404, "json": {}}, NotFound, id="a wrong address"),
        pytest.param({"body": "<html>Log in</html>"}, Unavailable, id="a page"),
        pytest.param({"json": ["no", "object"]}, Unavailable, id="another type"),
        pytest.param(
            {"status": 302, "headers": {"Location": "https://login.example"}},
            Unavailable,
            id="a way to another host",
        ),
    ],
)
def test_a_site_that_does_not_answer_is_an_error_without_the_credential(
    wire: responses.RequestsMock, answer: dict[str, Any], error: type[TrackerError]
) -> None:
    wire.get(f"{SITE}/rest/api/2/serverInfo", **answer)
    with pytest.raises(error) as raised:
        adapter().open()
    assert TOKEN not in str(raised.value)
    assert len(wire.calls) == 1


def test_a_project_that_is_not_there_is_named(wire: responses.RequestsMock) -> None:
    wire.get(f"{SITE}/rest/api/2/serverInfo", json={"deploymentType": "Cloud"})
    wire.get(f"{API}/project/SHOP", status=404, json={"errorMessages": ["No project"]})
    with pytest.raises(NotFound, match="does project SHOP exist, and may this account browse it"):
        adapter().open()


def test_a_list_that_is_none_is_an_error(project: responses.RequestsMock) -> None:
    project.replace("GET", f"{API}/field", json={"fields": []})
    with pytest.raises(Unavailable, match="where a list of objects was due"):
        adapter().open()


def test_the_deployment_is_asked_for_and_a_wrong_one_is_said(
    project: responses.RequestsMock,
) -> None:
    facts = adapter(deployment="datacenter").open()
    assert [problem.message for problem in facts.problems] == [
        "this Jira is no datacenter; set `deployment: cloud`"
    ]
    assert facts.order


def test_a_project_without_a_rank_field_has_no_order(project: responses.RequestsMock) -> None:
    project.replace("GET", f"{API}/field", json=[])
    facts = adapter().open()
    assert not facts.order
    assert "no Rank field" in facts.cannot["order"]
    assert "story points" in facts.cannot["estimate"]


# Reading


@pytest.mark.parametrize(
    "pages",
    [
        pytest.param([{"issues": [{"id": "1"}], "nextPageToken": "a"}] * 2, id="the same token"),
        pytest.param([{"issues": [], "nextPageToken": "a"}], id="an empty page with a token"),
    ],
)
def test_pages_without_an_end_are_no_whole_read(
    project: responses.RequestsMock, pages: list[Any]
) -> None:
    for page in pages:
        project.post(f"{API}/search/jql", json=page)
    with pytest.raises(Unavailable, match="do not come to an end"):
        adapter().read(None)


def test_an_answer_without_issues_is_an_error(project: responses.RequestsMock) -> None:
    project.post(f"{API}/search/jql", json={"isLast": True})
    with pytest.raises(Unavailable, match="without a list of issues"):
        adapter().read(None)


def test_pages_of_data_center_that_lack_issues_are_no_whole_read(
    wire: responses.RequestsMock, project: responses.RequestsMock
) -> None:
    server = f"{SITE}/rest/api/2"
    wire.replace("GET", f"{server}/serverInfo", json={"deploymentType": "Server"})
    for path in ("project/SHOP", "project/SHOP/statuses", "project/SHOP/versions", "field"):
        wire.get(f"{server}/{path}", json=[] if path[-1] in "sd" else {"id": "1", "key": "SHOP"})
    wire.get(f"{server}/priority", json=[])
    wire.get(f"{server}/issueLinkType", json={})
    wire.get(f"{server}/mypermissions", json={})
    wire.post(f"{server}/search", json={"total": 3, "issues": [issue("1"), issue("2")]})
    wire.post(f"{server}/search", json={"total": 3, "issues": [issue("2")]})
    with pytest.raises(Unavailable, match="found 3 issues and gave 2"):
        adapter(email=None).read(None)


def test_references_in_a_text_that_cannot_be_read_are_absent_and_not_none(
    project: responses.RequestsMock,
) -> None:
    deep: dict[str, Any] = {"type": "paragraph", "content": [{"type": "text", "text": "x"}]}
    for _ in range(60):
        deep = {"type": "bulletList", "content": [{"type": "listItem", "content": [deep]}]}
    text = {"type": "doc", "version": 1, "content": [deep]}
    project.post(f"{API}/issue/bulkfetch", json={"issues": [issue("7", description=text)]})
    carriers = {"blocked_by": Carrier("body-section", "Blocked by")}
    jira = Jira(
        Setup("jira", carriers=carriers), url=SITE, project="SHOP", email="bot@a", token=TOKEN
    )
    assert "blocked_by" in jira.open().fields
    snapshot = jira.get(["7"])
    assert "blocked_by" not in snapshot.records[0].shown
    assert any("blocked_by is too large" in problem.message for problem in snapshot.problems)


def test_whole_pages_are_told_what_is_wanted(project: responses.RequestsMock) -> None:
    project.post(f"{API}/search/jql", json={"issues": [{"id": "7"}]})
    project.post(f"{API}/issue/bulkfetch", json={"issues": [issue("7")]})
    snapshot = adapter(where="labels = x").read(None)
    assert [record.key for record in snapshot.records] == ["SHOP-7"]
    [search] = bodies(project, "search/jql")
    assert search["jql"] == 'project = "SHOP" AND (labels = x) ORDER BY Rank ASC'
    assert (search["fields"], search["maxResults"]) == (["id"], 5000)
    [fetch] = bodies(project, "bulkfetch")
    assert fetch["issueIdsOrKeys"] == ["7"]
    assert fetch["properties"] == ["onebacklog", "onebacklog-attachments"]
    assert "description" in fetch["fields"]


def test_a_description_that_is_too_deep_stops_no_read_and_is_not_written(
    project: responses.RequestsMock,
) -> None:
    deep: dict[str, Any] = {"type": "paragraph", "content": [{"type": "text", "text": "x"}]}
    for _ in range(110):
        deep = {"type": "blockquote", "content": [deep]}
    doc = {"type": "doc", "version": 1, "content": [deep]}
    issues = [issue("1", description=doc), issue("2")]
    project.post(f"{API}/search/jql", json={"issues": [{"id": "1"}, {"id": "2"}]})
    project.post(f"{API}/issue/bulkfetch", json={"issues": issues})
    project.put(f"{API}/issue/1", status=204)
    jira = adapter()
    snapshot = jira.read(None)
    read = snapshot.records[0]
    assert len(snapshot.records) == 2
    assert {problem.key for problem in snapshot.problems} == {"SHOP-1"}
    for name in ("description", "acceptance_criteria"):
        with pytest.raises(Unmapped, match="shorten it in Jira"):
            Lens(jira.open(), FIELDS, {}).decode(name, read.shown[name], "")
    changes = {"description": Change("", "New"), "title": Change("Old", "New")}
    [outcome] = jira.update([Update("item1", read, changes)], {})
    assert "nested deeper than" in outcome.refused["description"]
    assert bodies(project, "issue/1") == [{"fields": {"summary": "New"}}]


# Creating


def creating(wire: responses.RequestsMock, *items: str) -> dict[str, Outcome]:
    wire.post(f"{API}/search/jql", json={"issues": []})
    jira = adapter()
    creates = [Create(item, {"title": item}) for item in items]
    return {one.item: one for one in jira.create(creates, {})}


def test_a_call_refused_for_one_element_is_made_one_by_one(
    project: responses.RequestsMock,
) -> None:
    project.post(f"{API}/issue/bulkfetch", json={"issues": []})
    refused = {"errorMessages": ["INVALID_INPUT"], "errors": {}}
    for status, body in (
        (400, refused),
        (400, refused),
        (201, {"issues": [{"id": "8"}], "errors": []}),
    ):
        project.post(f"{API}/issue/bulk", status=status, json=body)
    outcomes = creating(project, "bad", "good")
    assert isinstance(outcomes["bad"].error, Rejected)
    assert "INVALID_INPUT" in str(outcomes["bad"].error)
    assert not isinstance(outcomes["good"].error, Rejected)
    sizes = [len(body["issueUpdates"]) for body in bodies(project, "issue/bulk")]
    assert sizes == [2, 1, 1]


def test_an_answer_for_other_issues_than_were_sent_is_looked_into(
    project: responses.RequestsMock,
) -> None:
    mine = {**issue("9"), "properties": {"onebacklog": {"item": "one"}}}
    project.post(f"{API}/issue/bulk", status=201, json={"issues": [], "errors": []})
    fetched = [{"issues": []}, {"issues": [mine]}, {"issues": []}, {"issues": [mine]}]
    for body in fetched:
        project.post(f"{API}/issue/bulkfetch", json=body)
    outcomes = creating(project, "one", "two")
    assert outcomes["one"].record is not None
    assert outcomes["one"].record.id == "9"
    assert isinstance(outcomes["two"].error, Unavailable)


def test_a_create_is_never_sent_twice_on_its_own_account(project: responses.RequestsMock) -> None:
    project.post(f"{API}/issue/bulkfetch", json={"issues": []})
    project.post(f"{API}/issue/bulk", status=502, json={})
    outcomes = creating(project, "one")
    assert isinstance(outcomes["one"].error, Unavailable)
    assert len(bodies(project, "issue/bulk")) == 1


def test_the_mark_is_in_the_call_that_makes_the_issue(project: responses.RequestsMock) -> None:
    project.post(f"{API}/issue/bulkfetch", json={"issues": []})
    project.post(f"{API}/issue/bulk", status=201, json={"issues": [{"id": "8"}], "errors": []})
    creating(project, "one")
    [body] = bodies(project, "issue/bulk")
    [element] = body["issueUpdates"]
    assert element["properties"] == [{"key": "onebacklog", "value": {"item": "one"}}]
    assert element["fields"]["issuetype"] == {"id": "10"}


# Updating


def test_one_issue_that_may_not_be_edited_is_refused_alone(
    project: responses.RequestsMock,
) -> None:
    project.post(f"{API}/issue/bulkfetch", json={"issues": [issue("1"), issue("2")]})
    project.put(f"{API}/issue/1", status=403, json={"errorMessages": ["Not yours"]})
    project.put(f"{API}/issue/2", status=204)
    outcomes = updated("1", "2")
    assert isinstance(outcomes["item1"].error, Rejected)
    assert "Not yours" in str(outcomes["item1"].error)
    assert not isinstance(outcomes["item2"].error, Rejected)


def test_after_a_rate_limit_that_is_too_long_the_next_run_goes_on(
    project: responses.RequestsMock,
) -> None:
    project.post(f"{API}/issue/bulkfetch", json={"issues": [issue("1")]})
    project.put(f"{API}/issue/1", status=429, headers={"Retry-After": "3000"}, json={})
    error = updated("1")["item1"].error
    assert isinstance(error, RetryLater)
    assert error.after == 3000


def test_once_the_credential_is_refused_nothing_more_is_tried(
    project: responses.RequestsMock,
) -> None:
    project.post(f"{API}/issue/bulkfetch", json={"issues": [issue("1"), issue("2")]})
    project.put(f"{API}/issue/1", status=401, json={})
    outcomes = updated("1", "2")
    assert all(isinstance(outcome.error, Denied) for outcome in outcomes.values())
    assert bodies(project, "issue/2") == []


def test_a_write_that_changed_nothing_is_told(project: responses.RequestsMock) -> None:
    project.post(f"{API}/issue/bulkfetch", json={"issues": [issue("1")]})
    project.put(f"{API}/issue/1", status=204)
    outcome = updated("1")["item1"]
    assert "did not change it" in outcome.refused["title"]


def test_a_write_whose_answer_cannot_be_read_back_is_an_error(
    project: responses.RequestsMock,
) -> None:
    project.post(f"{API}/issue/bulkfetch", json={"issues": [issue("1")]})
    project.post(f"{API}/issue/bulkfetch", status=400, json={"errorMessages": ["No"]})
    project.put(f"{API}/issue/1", status=204)
    outcome = updated("1")["item1"]
    assert outcome.record is None
    assert outcome.error is not None


def test_labels_are_added_and_removed_singly(project: responses.RequestsMock) -> None:
    now = issue("1", labels=["kept", "old", "onebacklog-item1"])
    project.post(f"{API}/issue/bulkfetch", json={"issues": [now]})
    project.put(f"{API}/issue/1", status=204)
    record = Record("1", "SHOP-1", UPDATED, {"labels": ["old"]})
    change = Change(frozenset({"old"}), frozenset({"new one"}))
    list(adapter().update([Update("item1", record, {"labels": change})], {}))
    [body] = bodies(project, "issue/1")
    assert body == {"update": {"labels": [{"remove": "old"}, {"add": "new%20one"}]}}


def test_a_field_that_is_minded_is_left_out_of_the_second_try(
    project: responses.RequestsMock,
) -> None:
    project.post(f"{API}/issue/bulkfetch", json={"issues": [issue("1", priority=None)]})
    project.put(f"{API}/issue/1", status=400, json={"errors": {"priority": "not in the scheme"}})
    project.put(f"{API}/issue/1", status=204)
    record = Record("1", "SHOP-1", UPDATED, {"title": "Old", "priority": None})
    changes = {"title": Change("Old", "New"), "priority": Change(None, "high")}
    [outcome] = adapter().update([Update("item1", record, changes)], {})
    assert outcome.refused["priority"].startswith("not in the scheme (is the field 'Priority' on")
    assert bodies(project, "issue/1") == [
        {"fields": {"summary": "New", "priority": {"name": "High"}}},
        {"fields": {"summary": "New"}},
    ]


def test_a_transition_that_is_offered_and_refused_is_said(project: responses.RequestsMock) -> None:
    done = {"id": "2", "name": "Done", "statusCategory": {"key": "done"}}
    statuses = [{**TASK, "statuses": [STATUS, done]}]
    project.replace("GET", f"{API}/project/SHOP/statuses", json=statuses)
    project.post(f"{API}/issue/bulkfetch", json={"issues": [issue("1"), issue("2")]})
    offered = {"transitions": [{"id": "31", "name": "Finish", "to": done}]}
    for id, status in (("1", 204), ("2", 400)):
        project.get(f"{API}/issue/{id}/transitions", json=offered)
        body = {"errorMessages": ["Not all is ticked"]} if status == 400 else None
        project.post(f"{API}/issue/{id}/transitions", status=status, json=body)
    updates = [
        Update(
            f"item{id}",
            Record(id, f"SHOP-{id}", UPDATED, {"status": "To Do"}),
            {"status": Change("todo", "done")},
        )
        for id in ("1", "2")
    ]
    outcomes = {one.item: one for one in adapter().update(updates, {})}
    refused = outcomes["item2"].refused["status"]
    assert "no way from 'To Do' to 'Done' was found" in refused
    assert "Jira refused 'Finish': Not all is ticked" in refused
    tried = [call.request for call in project.calls if "/2/transitions" in str(call.request.url)]
    assert [request.method for request in tried] == ["POST", "GET", "POST"]


def test_a_type_whose_workflow_lacks_the_status_is_said(project: responses.RequestsMock) -> None:
    done = {"id": "2", "name": "Done", "statusCategory": {"key": "done"}}
    bug = {"id": "11", "name": "Bug", "subtask": False, "statuses": [STATUS, done]}
    project.replace("GET", f"{API}/project/SHOP/statuses", json=[TASK, bug])
    project.post(f"{API}/issue/bulkfetch", json={"issues": [issue("1")]})
    held = Record("1", "SHOP-1", UPDATED, {"status": "To Do"})
    update = Update("item1", held, {"status": Change("todo", "done")})
    [outcome] = adapter().update([update], {})
    assert outcome.refused["status"] == (
        "the workflow of Task has no status for done; it has 'To Do'"
    )


# Moving


def test_a_run_with_one_that_is_refused_is_moved_one_by_one(
    project: responses.RequestsMock,
) -> None:
    rank = f"{SITE}/rest/agile/1.0/issue/rank"
    for status in (400, 204, 404):
        project.put(rank, status=status, json=None if status == 204 else {"errorMessages": ["No"]})
    moves = [Move("a", "1", None, "9"), Move("b", "2", "1", "9"), Move("c", "3", "2", "9")]
    outcomes = {one.item: one for one in adapter().move(moves)}
    assert outcomes["a"].error is None
    assert isinstance(outcomes["b"].error, Rejected)
    assert "could not be moved" in str(outcomes["c"].error)
    assert bodies(project, "issue/rank") == [
        {"issues": ["1", "2", "3"], "rankBeforeIssue": "9"},
        {"issues": ["1"], "rankBeforeIssue": "9"},
        {"issues": ["2"], "rankAfterIssue": "1"},
    ]


def test_a_link_that_jira_took_and_does_not_show_is_told(project: responses.RequestsMock) -> None:
    project.post(f"{API}/issue/bulkfetch", json={"issues": [issue("1")]})
    project.post(f"{API}/issueLink", status=201)
    record = Record("1", "SHOP-1", UPDATED, {"blocked_by": []})
    update = Update("item1", record, {"blocked_by": Change(frozenset(), frozenset({"item2"}))})
    [outcome] = adapter().update([update], {"item2": Twin("2", "SHOP-2")})
    assert "may this account see the other issue" in outcome.refused["blocked_by"]
    assert bodies(project, "issueLink") == [
        {"type": {"name": "Blocks"}, "inwardIssue": {"id": "2"}, "outwardIssue": {"id": "1"}}
    ]
