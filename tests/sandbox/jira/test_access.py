"""Who may do what, and requests that cannot be understood."""

import pytest

from adapters.sandbox.server import Fault
from tests.sandbox.jira.conftest import SHOP, Jira, Start


def test_a_security_level_hides_an_issue_from_people_without_it(start: Start) -> None:
    users = {
        "bot@example.com:token": {"accountId": "bot"},
        "ann@example.com:pin": {"accountId": "ann", "levels": []},
    }
    jira = start({**SHOP, "users": users})
    ann = jira.person("ann@example.com:pin")
    assert ann.issue("SHOP-3")["summary"] == "Cash"
    jira.bot.put("/issue/SHOP-3", {"fields": {"security": {"name": "Internal"}}})
    assert ann.refused("GET", "/issue/SHOP-3")[0] == 404
    query = {"jql": "project = SHOP", "fields": ["key"]}
    keys = [issue["key"] for issue in ann.post("/search/jql", query)["issues"]]
    assert "SHOP-3" not in keys
    assert len(keys) == 4


def test_permissions_are_asked_and_kept(start: Start) -> None:
    users = {
        "bot@example.com:token": {"accountId": "bot"},
        "ann@example.com:pin": {"accountId": "ann", "permissions": ["BROWSE_PROJECTS"]},
        "eve@example.com:pin": {"accountId": "eve", "permissions": []},
    }
    jira = start({**SHOP, "users": users})
    ann, eve = jira.person("ann@example.com:pin"), jira.person("eve@example.com:pin")
    mine = ann.get("/mypermissions", permissions="EDIT_ISSUES,BROWSE_PROJECTS")["permissions"]
    assert [mine[key]["havePermission"] for key in mine] == [False, True]
    fields = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "A"}
    assert "project" in ann.errors("POST", "/issue", {"fields": fields})
    assert ann.refused("PUT", "/issue/SHOP-2", {"fields": {}})[0] == 403
    assert ann.refused("DELETE", "/issue/SHOP-4")[0] == 403
    assert ann.get("/issue/SHOP-2/transitions")["transitions"] == []
    told = jira.bot.errors("PUT", "/issue/SHOP-2", {"fields": {"assignee": {"accountId": "ann"}}})
    assert told == {"assignee": "User 'ann' cannot be assigned issues."}
    assert eve.refused("GET", "/issue/SHOP-2")[0] == 404
    assert eve.refused("GET", "/project/SHOP")[0] == 404


@pytest.mark.parametrize("header", ["", "Basic !", "Basic Ym90OndvbmdnCg==", "Bearer nonsense"])
def test_who_is_not_signed_in_is_told_so_as_json(either: Jira, header: str) -> None:
    stranger = either.bot
    stranger.headers = {"Authorization": header} if header else {}
    status, told = stranger.refused("GET", "/myself")
    assert status == 401
    assert told["errorMessages"] == ["Client must be authenticated to access this resource."]


def test_anybody_may_ask_what_the_server_is(either: Jira) -> None:
    stranger = either.bot
    stranger.headers = {}
    info = stranger.get("/serverInfo")
    assert info["deploymentType"] == ("Cloud" if either.cloud else "Server")
    assert info["baseUrl"] == either.served.url + "/jira"


def test_a_body_must_be_json_that_can_be_read(either: Jira) -> None:
    broken = either.bot.ask(
        "POST", "/issue", data="{", headers={"Content-Type": "application/json"}
    )
    assert broken.status_code == 400
    deep = either.bot.ask(
        "POST", "/issue", data="[" * 100_000, headers={"Content-Type": "application/json"}
    )
    assert deep.status_code == 400
    other = either.bot.ask("POST", "/issue", data="a=b", headers={"Content-Type": "text/plain"})
    assert other.status_code == 415
    large = either.bot.ask("PUT", "/issue/SHOP-2", json={"fields": {"summary": "x" * 10**7 * 2}})
    assert large.status_code == 413
    assert either.bot.ask("POST", "/issue", json=[]).status_code == 400


def test_limits_and_conflicts_are_answered_as_set(either: Jira) -> None:
    headers = {"Retry-After": "7", "RateLimit-Reason": "jira-burst-based"}
    body = {"errorMessages": ["Rate limit exceeded."], "errors": {}}
    faults = [
        Fault("status", path="/issue/SHOP-2", status=429, headers=headers, body=body),
        Fault("status", path="/issue/SHOP-2", status=409, body=body),
        Fault("status", path="/issue/SHOP-2", status=503, headers={"Retry-After": "1"}),
    ]
    either.served.switches.faults += faults
    limited = either.bot.ask("PUT", "/issue/SHOP-2", json={"fields": {"summary": "A"}})
    assert limited.status_code == 429
    assert limited.headers["Retry-After"] == "7"
    assert limited.headers["RateLimit-Reason"] == "jira-burst-based"
    statuses = [either.bot.ask("GET", "/issue/SHOP-2").status_code for _ in range(3)]
    assert statuses == [409, 503, 200]
    assert either.bot.issue("SHOP-2")["summary"] == "Card"


def test_an_unknown_path_is_not_found_as_json(either: Jira) -> None:
    assert either.bot.refused("GET", "/nonsense")[0] == 404
    assert either.bot.refused("PATCH", "/issue/SHOP-2")[0] == 405
