"""What a query may say on both flavours, and what it finds in which order."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.sandbox.jira.jql import JqlError, parse
from tests.sandbox.jira.conftest import Jira, Person, Start


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


TEAM = {
    "users": {
        "bot@example.com:token": {"accountId": "bot"},
        "ann@example.com:pin": {
            "accountId": "ann",
            "displayName": "Ann Lee",
            "emailAddress": "lee@example.com",
        },
    },
    "fields": [
        {"name": "Team", "type": "select", "options": ["Red", "Blue"]},
        {"name": "Notes", "type": "paragraph"},
        {"name": "Tags", "type": "labels"},
    ],
    "issues": [
        {
            "summary": "A",
            "assignee": "ann",
            "fixVersions": ["1.0"],
            "components": ["Front"],
            "security": "Internal",
            "estimate": 3,
            "duedate": "2026-02-01",
            "fields": {"Team": "Red", "Notes": "Some words", "Tags": ["x"]},
        },
        {"summary": "B", "status": "Done", "resolution": "Duplicate"},
    ],
}


@pytest.mark.parametrize(
    ("jql", "found"),
    [
        ("assignee = ann", [1]),
        ("assignee = 'Ann Lee' OR assignee = lee@example.com", [1]),
        ("assignee = currentUser()", []),
        ("creator = bot", [1, 2]),
        ("fixVersion = 1.0", [1]),
        ("component in (Front)", [1]),
        ("level = Internal", [1]),
        ("resolution = Duplicate", [2]),
        ("resolved > -1d", [2]),
        ('"Story Points" = 3 OR cf[10026] > 5', [1]),
        ("due <= '2026-02-01'", [1]),
        ("due < '2026-02-01'", []),
        ("Team = red", [1]),
        ("Team is EMPTY", [2]),
        ("Notes ~ words", [1]),
        ("Tags = X", [1]),
    ],
)
def test_a_query_finds_by_a_team_s_own(start: Start, jql: str, found: list[int]) -> None:
    assert numbers(start(TEAM).bot, jql) == found


@pytest.mark.parametrize(
    "jql",
    ["assignee = nobody", "fixVersion = 9", "Team = Green", "cf[10026] = x", "statusCategory = x"],
)
def test_a_value_that_is_not_there_is_refused(start: Start, jql: str) -> None:
    (told,) = start(TEAM).bot.errors("POST", "/search/jql", {"jql": jql})
    assert "does not exist for the field" in told


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
        ("project = SHOP ORDER BY universe", "Field 'universe' does not exist or you do not"),
        ("project = SHOP ORDER BY labels", "Not able to sort using field 'labels'."),
        ("project in (SHOP OPS)", "Error in the JQL Query: Expecting ')' or ',' but got 'OPS'."),
        ("assignee = currentUser(x)", "Error in the JQL Query: Expecting ')' but got 'x'."),
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
