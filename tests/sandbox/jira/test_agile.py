"""Boards and sprints of the stand-in: what they hold, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.jira.conftest import Jira, Start

AGILE = "/rest/agile/1.0"
SEED: dict[str, Any] = {
    "projects": {
        "SHOP": {
            "sprints": [
                {"name": "One", "state": "closed", "completeDate": "2026-01-14T09:00:00Z"},
                {"name": "Two", "state": "active", "goal": "Sell"},
                "Three",
            ]
        },
        "OPS": {"board": "kanban"},
    },
    "issues": [
        {"key": "SHOP-1", "summary": "A", "sprint": ["One", "Two"]},
        {"key": "SHOP-2", "summary": "B"},
        {"key": "SHOP-3", "type": "Sub-task", "summary": "C", "parent": "SHOP-1"},
    ],
}


@pytest.fixture(params=["cloud", "datacenter"])
def site(request: pytest.FixtureRequest, start: Start) -> Jira:
    return start(SEED, request.param)


def ids(site: Jira, **query: str) -> dict[str, int]:
    held = site.bot.get(f"{AGILE}/board/10000/sprint", **query)["values"]
    return {one["name"]: one["id"] for one in held}


def shown(site: Jira, key: str) -> list[Any]:
    held: list[Any] = site.bot.issue(key)["customfield_10020"] or []
    return held


def names(site: Jira, key: str) -> list[str]:
    return [one["name"] for one in shown(site, key)]


def test_boards_are_found_by_project_and_type(site: Jira) -> None:
    boards = site.bot.get(f"{AGILE}/board", type="scrum")["values"]
    assert [board["location"]["projectKey"] for board in boards] == ["SHOP"]
    assert site.bot.get(f"{AGILE}/board", projectKeyOrId="OPS", type="scrum")["values"] == []


def test_sprints_are_given_by_state_and_page(site: Jira) -> None:
    assert list(ids(site, state="active,future")) == ["Two", "Three"]
    assert list(ids(site, state="closed")) == ["One"]
    page = site.bot.get(f"{AGILE}/board/10000/sprint", startAt=1, maxResults=1)
    assert ([one["name"] for one in page["values"]], page["isLast"]) == (["Two"], False)


def test_a_board_without_sprints_has_none_to_give(site: Jira) -> None:
    [board] = site.bot.get(f"{AGILE}/board", projectKeyOrId="OPS")["values"]
    path = f"{AGILE}/board/{board['id']}/sprint"
    assert site.bot.errors("GET", path) == ["The board does not support sprints"]
    assert "Invalid state 'x'" in site.bot.errors("GET", f"{AGILE}/board/10000/sprint?state=x")[0]


def test_an_issue_keeps_the_closed_sprints_that_it_was_in(site: Jira) -> None:
    before = site.bot.issue("SHOP-1")["updated"]
    site.bot.post(f"{AGILE}/sprint/{ids(site)['Three']}/issue", {"issues": ["SHOP-1", "SHOP-2"]})
    assert names(site, "SHOP-1") == ["One", "Three"]
    assert names(site, "SHOP-2") == ["Three"]
    assert site.bot.issue("SHOP-1")["updated"] != before
    site.bot.post(f"{AGILE}/backlog/issue", {"issues": ["SHOP-1"]})
    assert names(site, "SHOP-1") == ["One"]


def test_a_sub_task_is_in_its_parent_s_sprint_and_in_no_other(site: Jira) -> None:
    assert names(site, "SHOP-3") == ["One", "Two"]
    path = f"{AGILE}/sprint/{ids(site)['Three']}/issue"
    told = site.bot.errors("POST", path, {"issues": ["SHOP-2", "SHOP-3"]})
    assert "SHOP-3" in told[0]
    assert names(site, "SHOP-2") == []


def test_a_closed_sprint_takes_no_issues_nor_do_more_than_fifty_go_at_once(site: Jira) -> None:
    path = f"{AGILE}/sprint/{ids(site)['One']}/issue"
    assert "closed" in site.bot.errors("POST", path, {"issues": ["SHOP-2"]})[0]
    many = {"issues": [f"SHOP-{n}" for n in range(51)]}
    path = f"{AGILE}/sprint/{ids(site)['Two']}/issue"
    assert "Between 1 and 50" in site.bot.errors("POST", path, many)[0]
    assert site.bot.refused("POST", f"{AGILE}/sprint/1/issue", {"issues": ["SHOP-2"]})[0] == 404


def test_a_sprint_is_made_started_and_completed(site: Jira) -> None:
    made = site.bot.post(f"{AGILE}/sprint", {"name": "Four", "originBoardId": 10000})
    path = f"{AGILE}/sprint/{made['id']}"
    assert site.bot.errors("POST", path, {"state": "closed"})
    site.bot.post(path, {"state": "active"})
    assert site.bot.post(path, {"state": "closed"})["completeDate"]
    assert site.bot.get(path)["state"] == "closed"


def test_the_sprint_field_shows_objects_each_flavour_its_own(site: Jira) -> None:
    [one, two] = shown(site, "SHOP-1")
    board = "boardId" if site.cloud else "rapidViewId"
    assert {name: two[name] for name in ("name", "state", "goal", board)} == {
        "name": "Two",
        "state": "active",
        "goal": "Sell",
        board: 10000,
    }
    assert one["completeDate"].startswith("2026-01-14T09:00:00.000")
    [field] = [one for one in site.bot.get("/field") if one["id"] == "customfield_10020"]
    assert field["schema"]["items"] == ("json" if site.cloud else "string")


def test_older_servers_show_texts(start: Start) -> None:
    site = start(SEED, "datacenter")
    site.standin.quirks.old_sprints = True
    text = shown(site, "SHOP-1")[1]
    assert text.startswith("com.atlassian.greenhopper.service.sprint.Sprint@")
    assert ",state=ACTIVE,name=Two,startDate=<null>," in text


def test_the_sprint_field_is_set_by_number(site: Jira) -> None:
    site.bot.put("/issue/SHOP-2", {"fields": {"customfield_10020": ids(site)["Two"]}})
    assert names(site, "SHOP-2") == ["Two"]
    told = site.bot.errors("PUT", "/issue/SHOP-2", {"fields": {"customfield_10020": "Two"}})
    assert told == {"customfield_10020": "Number value expected as the Sprint id."}


def test_sprints_are_searched_by_name(site: Jira) -> None:
    path = "/search/jql" if site.cloud else "/search"
    found = site.bot.post(path, {"jql": "Sprint = Two", "fields": ["summary"]})["issues"]
    assert [issue["key"] for issue in found] == ["SHOP-1"]


def test_sprints_survive_a_dump(site: Jira) -> None:
    data = site.standin.dump()
    site.standin.load(data)
    assert site.standin.dump() == data
    assert names(site, "SHOP-1") == ["One", "Two"]
