"""What Cloud moves in bulk, and what no edit does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.jira.conftest import SHOP, Jira, Start

INFER = dict.fromkeys(
    (
        "inferClassificationDefaults",
        "inferFieldDefaults",
        "inferStatusDefaults",
        "inferSubtaskTypeDefault",
    ),
    True,
)
MOVE, QUEUE = "/bulk/issues/move", "/bulk/queue/"


def target(jira: Jira, kind: str, parent: str = "") -> str:
    types = {one["name"]: one["id"] for one in jira.bot.get("/project/SHOP")["issueTypes"]}
    return ",".join(["SHOP", types[kind], *([parent] if parent else [])])


def submitted(jira: Jira, key: str, kind: str, parent: str = "") -> str:
    about = {target(jira, kind, parent): {"issueIdsOrKeys": [key], **INFER}}
    return str(jira.bot.post(MOVE, {"targetToSourcesMapping": about})["taskId"])


def moved(jira: Jira, key: str, kind: str, parent: str = "") -> Any:
    """The task's result, once it is done."""
    task = submitted(jira, key, kind, parent)
    jira.bot.get(QUEUE + task)
    return jira.bot.get(QUEUE + task)


def test_an_issue_moves_only_while_its_task_is_waited_for(cloud: Jira) -> None:
    task = submitted(cloud, "SHOP-5", "Story")
    running = cloud.bot.get(QUEUE + task)
    assert (running["status"], running["totalIssueCount"]) == ("RUNNING", 1)
    assert cloud.bot.issue("SHOP-5")["issuetype"]["name"] == "Sub-task"
    done = cloud.bot.get(QUEUE + task)
    assert done["status"] == "COMPLETE"
    assert done["processedAccessibleIssues"] == [int(cloud.bot.get("/issue/SHOP-5")["id"])]
    shown = cloud.bot.issue("SHOP-5")
    assert shown["issuetype"]["name"] == "Story"
    assert "parent" not in shown, "a story is no parent of a story"


def test_an_issue_becomes_a_subtask_of_the_parent_that_is_named(cloud: Jira) -> None:
    assert moved(cloud, "SHOP-4", "Sub-task", "SHOP-3")["failedAccessibleIssues"] == {}
    shown = cloud.bot.issue("SHOP-4")
    assert (shown["issuetype"]["name"], shown["parent"]["key"]) == ("Sub-task", "SHOP-3")


@pytest.mark.parametrize(
    ("key", "kind", "parent", "why"),
    [
        ("SHOP-2", "Sub-task", "SHOP-3", "with sub-tasks cannot become a sub-task"),
        ("SHOP-4", "Sub-task", "SHOP-1", "appropriate hierarchy"),
        ("SHOP-4", "Sub-task", "SHOP-4", "appropriate hierarchy"),
    ],
)
def test_what_cannot_move_is_told_by_the_task(
    cloud: Jira, key: str, kind: str, parent: str, why: str
) -> None:
    [[reason]] = moved(cloud, key, kind, parent)["failedAccessibleIssues"].values()
    assert why in reason


def test_a_request_that_is_wrong_makes_no_task(cloud: Jira) -> None:
    for key, about in (
        (target(cloud, "Sub-task"), {"issueIdsOrKeys": ["SHOP-4"], **INFER}),
        (target(cloud, "Story"), {"issueIdsOrKeys": ["SHOP-99"], **INFER}),
        (target(cloud, "Story"), {"issueIdsOrKeys": ["SHOP-4"]}),
        ("SHOP,1", {"issueIdsOrKeys": ["SHOP-4"], **INFER}),
    ):
        sent = {"targetToSourcesMapping": {key: about}}
        status, told = cloud.bot.refused("POST", MOVE, sent)
        assert (status, list(told)) == (400, ["errors"])
    assert cloud.bot.errors("GET", QUEUE + "1")


def test_moving_in_bulk_needs_its_permissions(start: Start) -> None:
    may = ["BROWSE_PROJECTS", "EDIT_ISSUES"]
    users = {
        "a@example.com:b": {"accountId": "a", "permissions": may},
        "c@example.com:d": {"accountId": "c", "permissions": [*may, "BULK_CHANGE"]},
    }
    jira = start({**SHOP, "users": users})
    bot = jira.person("c@example.com:d")
    types = {one["name"]: one["id"] for one in bot.get("/project/SHOP")["issueTypes"]}
    key = f"SHOP,{types['Story']}"
    sent = {"targetToSourcesMapping": {key: {"issueIdsOrKeys": ["SHOP-5"], **INFER}}}
    assert jira.person("a@example.com:b").refused("POST", MOVE, sent)[0] == 403
    task = bot.post(MOVE, sent)["taskId"]
    bot.get(QUEUE + task)
    assert "permission" in str(bot.get(QUEUE + task)["failedAccessibleIssues"])


def test_data_center_has_no_such_move(datacenter: Jira) -> None:
    assert datacenter.bot.refused("POST", MOVE, {})[0] == 404


def test_no_edit_makes_a_subtask_or_leads_to_another_workflow(start: Start) -> None:
    types = ["Epic", "Story", {"name": "Bug", "statuses": ["To Do"]}, "Sub-task", "Task"]
    jira = start({**SHOP, "projects": {"SHOP": {"types": types}}, "issues": SHOP["issues"][:1]})
    key = jira.bot.create()
    for kind in ("Sub-task", "Bug"):
        told = jira.bot.errors("PUT", f"/issue/{key}", {"fields": {"issuetype": {"name": kind}}})
        assert told == {"issuetype": "The issue type selected is invalid."}
    jira.bot.put(f"/issue/{key}", {"fields": {"issuetype": {"name": "Task"}}})
    statuses = {
        one["name"]: [status["name"] for status in one["statuses"]]
        for one in jira.bot.get("/project/SHOP/statuses")
    }
    assert statuses["Bug"] == ["To Do"]
    assert len(statuses["Task"]) == 3
