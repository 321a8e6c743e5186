"""Search on both flavours: pages, lag, order, and what a query may say."""

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sandbox.jira.jql import JqlError, parse
from tests.sandbox.jira.conftest import SHOP, Jira, Person, Start

ALL = "project = SHOP ORDER BY key ASC"


def keys(person: Person, jql: str) -> list[str]:
    if person.version == "3":
        answer = person.post("/search/jql", {"jql": jql, "fields": ["key"], "maxResults": 5000})
    else:
        answer = person.post("/search", {"jql": jql, "fields": ["key"], "maxResults": 1000})
    return [issue["key"] for issue in answer["issues"]]


def numbers(person: Person, jql: str) -> list[int]:
    return [int(key.removeprefix("SHOP-")) for key in keys(person, jql + " ORDER BY key ASC")]


@pytest.mark.parametrize(
    ("jql", "found"),
    [
        ("project = SHOP", [1, 2, 3, 4, 5]),
        ("project in (shop, OPS)", [1, 2, 3, 4, 5]),
        ('project = "Shop" AND project != OPS', [1, 2, 3, 4, 5]),
        ("key = SHOP-2", [2]),
        ("issuekey in (SHOP-2, 'shop-4')", [2, 4]),
        ("key not in (SHOP-2, SHOP-4)", [1, 3, 5]),
        ("project = SHOP AND key > SHOP-3", [4, 5]),
        ("status = Done", [3]),
        ("status != 'To Do'", [3]),
        ("statusCategory = Done or statusCategory = new", [1, 2, 3, 4, 5]),
        ("statusCategory != Done", [1, 2, 4, 5]),
        ("issuetype in (Epic, Bug)", [1, 4]),
        ("type = story", [2, 3]),
        ("priority = High", [3]),
        ("priority != High", [1, 2, 5]),
        ("NOT priority = High", [1, 2, 5]),
        ("priority is EMPTY", [4]),
        ("priority in (EMPTY, High)", [3, 4]),
        ("priority = null", [4]),
        ("priority IS NOT EMPTY", [1, 2, 3, 5]),
        ("labels = PAY", [2]),
        ("labels is empty", [1, 3, 4, 5]),
        ("labels != pay", []),
        ("labels not in (x) OR labels is EMPTY", [1, 2, 3, 4, 5]),
        ("parent = SHOP-2", [5]),
        ("assignee is EMPTY AND reporter = currentUser()", [1, 2, 3, 4, 5]),
        ("summary ~ ca AND summary !~ cash", [2]),
        ("project=SHOP and (key=SHOP-1 or key=SHOP-2) and not key=SHOP-1", [2]),
        ("project = SHOP AND NOT (key = SHOP-1 OR key = SHOP-2)", [3, 4, 5]),
        ("fixVersion is EMPTY && component is EMPTY", [1, 2, 3, 4, 5]),
        ("resolution is EMPTY", [1, 2, 3, 4, 5]),
        ('"Story Points" is EMPTY', [1, 2, 3, 4, 5]),
        ("cf[10026] >= 1", []),
    ],
)
def test_a_query_finds(either: Jira, jql: str, found: list[int]) -> None:
    assert numbers(either.bot, jql) == found


def test_ids_are_searched(either: Jira) -> None:
    ids = [either.bot.get(f"/issue/SHOP-{number}")["id"] for number in (2, 4)]
    assert numbers(either.bot, f"id in ({ids[0]}, {ids[1]})") == [2, 4]


@pytest.mark.parametrize(
    ("jql", "message"),
    [
        ("universe = 42", "Field 'universe' does not exist or you do not have permission"),
        ("status = Odd", "The value 'Odd' does not exist for the field 'status'."),
        ("project = NONE", "The value 'NONE' does not exist for the field 'project'."),
        ("key in (SHOP-99)", "An issue with key 'SHOP-99' does not exist for field 'key'."),
        ("id = 99", "A value with ID '99' does not exist for the field 'id'."),
        ("labels > 1", "The operator '>' is not supported by the 'labels' field."),
        ("status in Done", "Operator 'in' does not support the non-list value 'Done'"),
        ("status = (Done)", "Operator '=' does not support the list value"),
        ("status is Done", "Operator 'is' only supports EMPTY for field 'status'."),
        ("assignee = nobody()", "Unable to find JQL function 'nobody()'."),
        ("updated > soon", "Date value 'soon' for field 'updated' is invalid."),
        ('updated > "1732877091000"', "Date value '1732877091000' for field 'updated'"),
        ("project = SHOP ORDER BY labels", "Not able to sort using field 'labels'."),
        ("invalid query", "Error in the JQL Query: Expecting operator but got 'query'. The valid"),
        ("project", "Error in the JQL Query: Expecting operator before the end of the query."),
        ("project =", "Error in the JQL Query: Expecting either a value, list or function before"),
        ("project = SHOP x", "Error in the JQL Query: Expecting either 'OR' or 'AND' but got 'x'"),
        ("(project = SHOP", "Error in the JQL Query: Expecting ')' before the end"),
        ('project = "SHOP', "Error in the JQL Query: The quoted string 'SHOP' has not been"),
        ("project = SHOP ORDER key", "Error in the JQL Query: Expecting 'BY' but got 'key'."),
        ("(" * 200, "The query is nested too deeply."),
    ],
)
def test_a_query_that_means_nothing_is_refused(either: Jira, jql: str, message: str) -> None:
    path = "/search/jql" if either.cloud else "/search"
    (told,) = either.bot.errors("POST", path, {"jql": jql})
    assert told.startswith(message)


@given(st.text(st.sampled_from("ab=!<>~()'\"\\, &|inotrdey[]1")))
def test_any_text_is_a_query_or_a_jql_error(text: str) -> None:
    with suppress(JqlError):
        assert parse(text) == parse(f"  {text}  ")


def test_times_in_queries_have_minutes_and_the_time_zone_of_who_asks(start: Start) -> None:
    users = {
        "bot@example.com:token": {"accountId": "bot"},
        "ann@example.com:pin": {"accountId": "ann", "timeZone": "America/Los_Angeles"},
    }
    issues = [
        {"summary": "A", "updated": "2026-01-02T03:04:00.000Z"},
        {"summary": "B", "updated": "2026-01-02T03:04:30.500Z"},
    ]
    jira = start({"users": users, "issues": issues})
    bot, ann = jira.bot, jira.person("ann@example.com:pin")
    assert numbers(bot, 'updated >= "2026-01-02 03:04"') == [1, 2]
    assert numbers(bot, 'updated > "2026/01/02 03:04"') == [2]
    assert numbers(bot, 'updated >= "2026-01-02 03:05"') == []
    assert numbers(bot, "updated < 2026-01-03") == [1, 2]
    assert numbers(ann, 'updated >= "2026-01-01 19:04"') == [1, 2]
    assert numbers(ann, 'updated >= "2026-01-02 03:04"') == []
    for person in (bot, ann):
        assert numbers(person, "updated >= 1767323070500") == [2]
        assert numbers(person, "updated > 1767323070500") == []
    assert numbers(bot, "created >= -1d") == [1, 2]
    assert numbers(bot, "updated >= -1d") == []
    assert numbers(bot, "updated <= now()") == [1, 2]


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("key ASC", [1, 2, 3, 4, 5]),
        ("key DESC", [5, 4, 3, 2, 1]),
        ("id DESC", [5, 4, 3, 2, 1]),
        ("rank ASC", [4, 1, 2, 3, 5]),
        ("Rank DESC", [5, 3, 2, 1, 4]),
        ("cf[10019] ASC", [4, 1, 2, 3, 5]),
        ("priority DESC, key ASC", [3, 1, 2, 5, 4]),
        ("status DESC, key ASC", [3, 1, 2, 4, 5]),
    ],
)
def test_a_query_s_order_is_kept(either: Jira, order: str, found: list[int]) -> None:
    body = {"issues": ["SHOP-4"], "rankBeforeIssue": "SHOP-1"}
    either.bot.put("/rest/agile/1.0/issue/rank", body)
    got = keys(either.bot, f"project = SHOP ORDER BY {order}")
    assert got == [f"SHOP-{number}" for number in found]


def test_updated_sorts_to_the_millisecond(either: Jira) -> None:
    for key in ("SHOP-3", "SHOP-1"):
        either.bot.put(f"/issue/{key}", {"fields": {"duedate": "2026-01-01"}})
    assert keys(either.bot, "project = SHOP ORDER BY updated DESC")[:2] == ["SHOP-1", "SHOP-3"]
    assert keys(either.bot, "project = SHOP ORDER BY updated ASC")[-2:] == ["SHOP-3", "SHOP-1"]


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
    began = time.perf_counter()
    assert [len(page) for page in pages(jira.bot, body)] == [2100]
    assert time.perf_counter() - began < 1
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
