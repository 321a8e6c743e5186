"""Search on both flavours: pages, limits and lag; boards."""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from tests.sandbox.jira.conftest import SHOP, Jira, Person, Start
from tests.sandbox.jira.test_search import keys, numbers

ALL = "project = SHOP ORDER BY key ASC"


def pages(person: Person, body: Mapping[str, Any]) -> list[list[str]]:
    found, token = [], None
    while True:
        sent = dict(body) | ({"nextPageToken": token} if token else {})
        answer = person.post("/search/jql", sent)
        found.append([issue["id"] for issue in answer["issues"]])
        token = answer.get("nextPageToken")
        assert answer["isLast"] == (token is None)
        assert "total" not in answer
        if token is None:
            return found


def test_cloud_gives_ids_alone_page_by_page(cloud: Jira) -> None:
    found = pages(cloud.bot, {"jql": ALL, "maxResults": 2})
    assert [len(page) for page in found] == [2, 2, 1]
    answer = cloud.bot.get("/search/jql", jql=ALL)
    assert answer["issues"] == [{"id": id_} for page in found for id_ in page]
    assert not cloud.served.writes()


def test_a_page_goes_on_where_the_last_one_ended_though_issues_come_and_go(cloud: Jira) -> None:
    body = {"jql": ALL, "maxResults": 2, "fields": ["key"]}
    first = cloud.bot.post("/search/jql", body)
    cloud.standin.delete("SHOP-1")
    cloud.bot.create()
    rest = cloud.bot.post(
        "/search/jql", {**body, "maxResults": 50, "nextPageToken": first["nextPageToken"]}
    )
    got = [issue["key"] for issue in rest["issues"]]
    assert got == ["SHOP-3", "SHOP-4", "SHOP-5", "SHOP-6"]


@pytest.mark.parametrize("token", ["nonsense", "WyJhIiwgWzFdXQ==", "bnVsbA=="])
def test_a_token_of_another_query_is_refused(cloud: Jira, token: str) -> None:
    (told,) = cloud.bot.errors("POST", "/search/jql", {"jql": ALL, "nextPageToken": token})
    assert told == "The provided next page token is invalid for this query."


def test_cloud_puts_fewer_issues_on_a_page_where_more_is_asked(start: Start) -> None:
    jira = start({"issues": [{"summary": str(number)} for number in range(2100)]})
    body = {"jql": "project = SHOP ORDER BY rank ASC", "maxResults": 5000}
    assert [len(page) for page in pages(jira.bot, body)] == [2100]
    assert len(pages(jira.bot, {**body, "fields": ["summary"]})[0]) == 1000
    assert len(jira.bot.post("/search/jql", {**body, "fields": ["*all"]})["issues"]) == 100
    assert jira.bot.post("/search/approximate-count", {"jql": "project = SHOP"}) == {"count": 2100}


@pytest.mark.parametrize("jql", ["", "ORDER BY key DESC"])
def test_cloud_refuses_a_query_without_bounds(cloud: Jira, jql: str) -> None:
    (told,) = cloud.bot.errors("POST", "/search/jql", {"jql": jql})
    assert told.startswith("Unbounded JQL queries are not allowed here.")
    assert cloud.bot.refused("POST", "/search/approximate-count", {"jql": jql})[0] == 400


def test_cloud_limits_what_a_search_carries(cloud: Jira) -> None:
    for extra in (
        {"reconcileIssues": list(range(51))},
        {"properties": list("abcdef")},
        {"fields": 1},
        {"maxResults": -1},
    ):
        assert cloud.bot.refused("POST", "/search/jql", {"jql": ALL, **extra})[0] == 400
    eight = "project = SHOP ORDER BY " + ", ".join(["key"] * 8)
    assert cloud.bot.refused("POST", "/search/jql", {"jql": eight})[0] == 400


def test_a_search_shows_properties_and_changes_where_asked(either: Jira) -> None:
    either.bot.put("/issue/SHOP-2/properties/p", 1)
    either.bot.put("/issue/SHOP-2", {"fields": {"summary": "A"}})
    body = {"jql": "key = SHOP-2", "fields": ["summary"], "properties": ["p", "q"]}
    path, expand = ("/search/jql", "changelog") if either.cloud else ("/search", ["changelog"])
    (issue,) = either.bot.post(path, {**body, "expand": expand})["issues"]
    assert (issue["properties"], issue["fields"]) == ({"p": 1}, {"summary": "A"})
    assert issue["changelog"]["total"] == 1


def test_cloud_has_removed_the_old_search(cloud: Jira) -> None:
    assert cloud.bot.refused("GET", "/search", jql=ALL)[0] == 410
    assert cloud.bot.refused("POST", "/search", {"jql": ALL})[0] == 410


@pytest.mark.parametrize("path", ["/search/jql", "/issue/bulkfetch", "/jql/parse"])
def test_data_center_has_not_what_is_new_on_cloud(datacenter: Jira, path: str) -> None:
    assert datacenter.bot.refused("POST", path, {})[0] in (404, 405)
    assert datacenter.bot.refused("GET", "/rest/api/3/myself")[0] == 404


def test_data_center_pages_by_number_with_a_total(datacenter: Jira) -> None:
    answer = datacenter.bot.get("/search", jql=ALL, startAt=2, maxResults=2, fields="summary")
    assert (answer["startAt"], answer["maxResults"], answer["total"]) == (2, 2, 5)
    assert [issue["key"] for issue in answer["issues"]] == ["SHOP-3", "SHOP-4"]
    assert answer["issues"][0]["fields"] == {"summary": "Cash"}
    everything = datacenter.bot.get("/search", jql="")
    assert everything["total"] == 5
    assert "description" in everything["issues"][0]["fields"]
    assert datacenter.bot.get("/search", jql=ALL, maxResults=0)["issues"] == []


def test_data_center_passes_over_what_does_not_exist_where_asked(datacenter: Jira) -> None:
    body = {"jql": "key in (SHOP-2, SHOP-99)", "validateQuery": False}
    answer = datacenter.bot.post("/search", body)
    assert [issue["key"] for issue in answer["issues"]] == ["SHOP-2"]
    assert "SHOP-99" in answer["warningMessages"][0]


def test_queries_are_checked_without_being_asked(cloud: Jira) -> None:
    queries = [ALL, "status = Odd", "universe = 1", "invalid query"]
    strict = cloud.bot.post("/jql/parse", {"queries": queries})["queries"]
    assert ["errors" in entry for entry in strict] == [False, True, True, True]
    warned = cloud.bot.post("/jql/parse", {"queries": queries}, validation="warn")["queries"]
    assert "warnings" in warned[1]
    assert "errors" in warned[3]
    assert cloud.bot.refused("POST", "/jql/parse", {"queries": []})[0] == 400


LAG = 60.0


def test_a_search_lags_behind_writes(either: Jira) -> None:
    either.served.switches.lag = LAG
    created = either.bot.create()
    either.bot.put("/issue/SHOP-2", {"fields": {"labels": ["new"]}})
    either.bot.put("/issue/SHOP-2", {"fields": {"labels": ["newer"]}})
    either.standin.delete("SHOP-4")
    assert numbers(either.bot, "project = SHOP") == [1, 2, 3, 4, 5]
    assert keys(either.bot, "labels = pay") == ["SHOP-2"]
    assert keys(either.bot, f"key = {created}") == []
    assert either.bot.issue("SHOP-2")["labels"] == ["newer"]
    assert either.bot.issue(created)["summary"] == "New"
    either.served.switches.lag = 0.0
    assert numbers(either.bot, "project = SHOP") == [1, 2, 3, 5, 6]
    assert keys(either.bot, "labels = newer") == ["SHOP-2"]


def test_a_search_catches_up(either: Jira) -> None:
    either.served.switches.lag = 0.3
    either.bot.put("/issue/SHOP-2", {"fields": {"labels": ["new"]}})
    assert keys(either.bot, "labels = new") == []
    time.sleep(0.4)
    assert keys(either.bot, "labels = new") == ["SHOP-2"]


def test_a_search_s_order_lags_behind_ranking(either: Jira) -> None:
    either.served.switches.lag = LAG
    body = {"issues": ["SHOP-5"], "rankBeforeIssue": "SHOP-1"}
    either.bot.put("/rest/agile/1.0/issue/rank", body)
    assert keys(either.bot, "project = SHOP ORDER BY rank ASC")[0] == "SHOP-1"
    either.served.switches.lag = 0.0
    assert keys(either.bot, "project = SHOP ORDER BY rank ASC")[0] == "SHOP-5"


def test_what_is_not_searched_does_not_lag(cloud: Jira) -> None:
    cloud.served.switches.lag = LAG
    cloud.bot.put("/issue/SHOP-2", {"fields": {"labels": ["new"]}})
    id_ = cloud.bot.get("/issue/SHOP-2")["id"]
    fetched = cloud.bot.post("/issue/bulkfetch", {"issueIdsOrKeys": [id_]})
    assert fetched["issues"][0]["fields"]["labels"] == ["new"]
    body = {"jql": "labels = new", "reconcileIssues": [int(id_)]}
    assert cloud.bot.post("/search/jql", body)["issues"] == [{"id": id_}]
    answer = cloud.bot.get("/search/jql", jql="labels = new", reconcileIssues=id_)
    assert answer["issues"] == [{"id": id_}]


def test_archived_issues_are_not_found(either: Jira) -> None:
    either.standin.archive("SHOP-3")
    assert numbers(either.bot, "project = SHOP") == [1, 2, 4, 5]


def test_a_moved_issue_is_found_by_its_old_key(either: Jira) -> None:
    either.standin.move("SHOP-3", "OPS")
    assert keys(either.bot, "key = SHOP-3") == ["OPS-1"]
    assert numbers(either.bot, "project = SHOP") == [1, 2, 4, 5]


def test_a_board_shows_its_backlog_in_order(start: Start) -> None:
    for flavour in ("cloud", "datacenter"):
        jira = start(SHOP, flavour)
        (board,) = jira.bot.get("/rest/agile/1.0/board", projectKeyOrId="SHOP")["values"]
        path = f"/rest/agile/1.0/board/{board['id']}"
        backlog = jira.bot.get(f"{path}/backlog", fields="summary")
        got = [issue["key"] for issue in backlog["issues"]]
        assert got == ["SHOP-2", "SHOP-4", "SHOP-5"]
        everything = jira.bot.get(f"{path}/issue", startAt=1, maxResults=2)
        assert [issue["key"] for issue in everything["issues"]] == ["SHOP-2", "SHOP-3"]
        assert everything["total"] == 5
        assert jira.bot.refused("GET", "/rest/agile/1.0/board/99/backlog")[0] == 404
