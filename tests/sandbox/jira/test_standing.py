"""What people do to issues and projects that takes them out of sight, or into everybody's."""

from __future__ import annotations

from typing import Any

from adapters.sandbox.jira import JiraStandIn
from adapters.sandbox.server import Switches
from tests.sandbox.jira.conftest import Jira, Start

STRANGER: dict[str, str] = {"Authorization": ""}


def stranger(jira: Jira) -> int:
    """How a project is answered to somebody who is not signed in."""
    person = jira.bot
    return person.session.get(f"{person.base}/rest/api/2/project/SHOP", timeout=10).status_code


def found(jira: Jira, key: str) -> bool:
    """Does a search find it?"""
    path = "/search/jql" if jira.cloud else "/search"
    asked = {"jql": 'project = "SHOP"', "fields": ["summary"]}
    return key in {one["key"] for one in jira.bot.post(path, asked)["issues"]}


def test_an_archived_issue_says_since_when(either: Jira) -> None:
    key = either.bot.create()
    assert either.bot.issue(key)["archiveddate"] is None
    either.standin.archive(key)
    assert either.bot.issue(key)["archiveddate"].startswith("20")
    assert not found(either, key)
    assert either.bot.refused("PUT", f"/issue/{key}", {"fields": {"summary": "x"}})[0] == 403
    copy = JiraStandIn(Switches(), "cloud" if either.cloud else "datacenter")
    copy.load(either.standin.dump())
    assert [one["key"] for one in copy.dump()["issues"] if one.get("archived")] == [key]
    either.standin.archive(key, archived=False)
    assert either.bot.issue(key)["archiveddate"] is None
    assert found(either, key)


def test_an_archived_project_hides_its_issues_from_search_and_takes_no_edit(either: Jira) -> None:
    key = either.bot.create()
    either.standin.archive_project("SHOP")
    assert either.bot.get("/project/SHOP")["archived"] is True
    assert not found(either, key)
    assert either.bot.refused("PUT", f"/issue/{key}", {"fields": {"summary": "x"}})[0] == 403
    assert either.standin.dump()["projects"]["SHOP"]["archived"] is True
    either.standin.archive_project("SHOP", archived=False)
    assert found(either, key)
    assert "archived" not in either.bot.get("/project/SHOP")


def test_a_project_that_is_open_is_shown_to_strangers(either: Jira) -> None:
    assert stranger(either) == 404
    either.standin.open_project("SHOP")
    assert stranger(either) == 200
    assert either.standin.dump()["projects"]["SHOP"]["open"] is True
    either.standin.open_project("SHOP", open=False)
    assert stranger(either) == 404
    assert either.bot.ask("GET", "/project/SHOP", headers=STRANGER).status_code == 401


def test_an_issue_of_a_team_managed_project_is_restricted_to_roles(cloud: Jira) -> None:
    key = cloud.bot.create()

    def roles() -> Any:
        return cloud.bot.issue(key)["issuerestriction"]["issuerestrictions"]

    assert roles() == {}
    cloud.standin.restrict(key, "10002")
    assert [one["value"] for one in roles()["projectrole"]] == ["10002"]
    cloud.standin.restrict(key)
    assert roles() == {}


def test_a_person_may_be_shown_the_issues_of_some_levels_alone(start: Start) -> None:
    jira = start({"projects": {"SHOP": {"levels": ["Board"]}}, "issues": []})
    key = jira.bot.create(security={"name": "Board"})
    jira.standin.show_levels("bot", [])
    assert jira.bot.refused("GET", f"/issue/{key}")[0] == 404
    jira.standin.show_levels("bot", ["Board"])
    assert jira.bot.issue(key)["summary"] == "New"
    jira.standin.show_levels("bot", None)
    assert jira.bot.issue(key)["summary"] == "New"
