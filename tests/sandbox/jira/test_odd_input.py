"""Whatever is sent is answered: taken, or refused in Jira's form, and never by a crash."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from tests.sandbox.jira.conftest import Jira, Start

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    "",
    "x y",
    [],
    [None],
    [{}],
    {},
    {"id": None},
    {"name": []},
)
TEXT = {"type": "text", "text": "a", "marks": [{"type": "link", "attrs": {"href": "x"}}]}
DOCUMENT = {
    "type": "doc",
    "version": 1,
    "content": [
        {"type": "heading", "attrs": {"level": 1}, "content": [TEXT]},
        {"type": "paragraph", "content": [{"type": "mention", "attrs": {"id": "a"}}]},
        {
            "type": "taskList",
            "attrs": {"localId": "l"},
            "content": [{"type": "taskItem", "attrs": {"state": "TODO", "localId": "t"}}],
        },
    ],
}


def bodies(cloud: bool) -> dict[tuple[str, str], Any]:
    """By request: a body that is taken as it stands."""
    person = {"accountId": "bot"} if cloud else {"name": "bot"}
    text: Any = DOCUMENT if cloud else "Words"
    values: dict[str, Any] = {
        "summary": "New",
        "description": text,
        "priority": {"name": "High"},
        "labels": ["a"],
        "assignee": person,
        "fixVersions": [{"name": "1.0"}],
        "components": [{"name": "Front"}],
        "security": {"name": "Internal"},
        "duedate": "2026-01-01",
        "customfield_10026": 3,
        "customfield_10100": {"value": "Red"},
    }
    values |= {"parent": {"key": "SHOP-1"}} if cloud else {"customfield_10014": "SHOP-1"}
    place = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}}
    properties = [{"key": "p", "value": 1}]
    made = {
        "fields": place | values,
        "update": {"customfield_10101": [{"add": "a"}]},
        "properties": properties,
        "transition": {"id": "31"},
    }
    remote = {"url": "https://example.com", "title": "A"}
    both = {
        ("POST", "/issue"): made,
        ("POST", "/issue/bulk"): {"issueUpdates": [made]},
        ("PUT", "/issue/SHOP-2"): {"fields": values, "properties": properties},
        ("PUT", "/issue/SHOP-2/properties/p"): {"a": 1},
        ("POST", "/issue/SHOP-4/transitions"): {
            "transition": {"id": "21"},
            "fields": {},
            "update": {},
        },
        ("POST", "/issue/SHOP-2/comment"): {"body": text, "visibility": {"type": "role"}},
        ("POST", "/issueLink"): {
            "type": {"name": "Blocks"},
            "inwardIssue": {"key": "SHOP-3"},
            "outwardIssue": {"id": "10002"},
        },
        ("POST", "/issue/SHOP-2/remotelink"): {
            "globalId": "a",
            "object": remote,
            "application": {"name": "a"},
            "relationship": "a",
        },
        ("POST", "/version"): {
            "name": "9",
            "project": "SHOP",
            "released": True,
            "releaseDate": "2026-01-01",
            "description": "a",
        },
        ("PUT", "/rest/agile/1.0/issue/rank"): {
            "issues": ["SHOP-5"],
            "rankBeforeIssue": "SHOP-1",
            "rankCustomFieldId": 10019,
        },
        ("POST", "/rest/webhooks/1.0/webhook"): {
            "name": "a",
            "url": "http://127.0.0.1:9/",
            "events": [],
            "filters": {"issue-related-events-section": "project = SHOP"},
            "secret": "a",
        },
    }
    query: dict[str, Any] = {"jql": "project = SHOP", "fields": ["summary"], "properties": ["p"]}
    if not cloud:
        pages = {"startAt": 0, "maxResults": 9, "expand": ["changelog"], "validateQuery": True}
        return both | {("POST", "/search"): query | pages}
    return both | {
        ("POST", "/search/jql"): query
        | {"maxResults": 9, "expand": "changelog", "reconcileIssues": [10001]},
        ("POST", "/search/approximate-count"): {"jql": "project = SHOP"},
        ("POST", "/jql/parse"): {"queries": ["project = SHOP"]},
        ("POST", "/issue/bulkfetch"): {
            "issueIdsOrKeys": ["SHOP-2"],
            "fields": ["summary"],
            "properties": ["p"],
            "expand": ["changelog"],
        },
    }


def spoiled(body: Any) -> Iterator[Any]:
    """The body with each of its parts replaced by something odd."""
    yield from ODD
    keys = list(body) if isinstance(body, dict) else []
    if isinstance(body, list):
        keys = list(range(len(body)))
    for key in keys:
        for odd in spoiled(body[key]):
            changed = copy.copy(body)
            changed[key] = odd
            yield changed


SEED = {
    "fields": [
        {"name": "Team", "type": "select", "options": ["Red"]},
        {"name": "Tags", "type": "labels"},
    ],
    "projects": {
        "SHOP": {"versions": ["1.0"], "components": ["Front"], "levels": ["Internal"]},
    },
    "issues": [
        {"key": "SHOP-1", "id": "10001", "type": "Epic", "summary": "Checkout"},
        {"key": "SHOP-2", "id": "10002", "summary": "Card"},
        {"key": "SHOP-3", "summary": "Cash"},
        {"key": "SHOP-4", "summary": "Crash"},
        {"key": "SHOP-5", "summary": "Form"},
    ],
}


CASES = [
    pytest.param(flavour, *request, body, id=f"{flavour}-{request[0]}-{request[1]}")
    for flavour in ("cloud", "datacenter")
    for request, body in bodies(flavour == "cloud").items()
]


@pytest.mark.parametrize(("flavour", "method", "path", "body"), CASES)
def test_odd_bodies_are_answered(
    start: Start, flavour: str, method: str, path: str, body: Any
) -> None:
    jira = start(SEED, flavour)
    good = jira.bot.ask(method, path, json=body)
    assert good.status_code < 300, good.text
    crashed = []
    for odd in spoiled(body):
        response = jira.bot.ask(method, path, json=odd)
        if response.status_code >= 500:
            crashed.append(odd)
        elif response.status_code >= 400:
            told = response.json()
            assert set(told) in ({"errorMessages", "errors"}, {"issues", "errors"})
    assert crashed == []
    assert readable(jira)


def readable(jira: Jira) -> bool:
    """Nothing that was taken makes an issue that cannot be shown, found or dumped."""
    query = {"jql": "project = SHOP ORDER BY rank ASC", "fields": ["*all"], "expand": "changelog"}
    path = "/search/jql" if jira.cloud else "/search"
    found = jira.bot.post(path, query)["issues"]
    jira.standin.load(jira.standin.dump())
    return len(found) >= 5


@pytest.mark.parametrize(
    "path",
    [
        "/issue/SHOP-2?fields=&expand=&properties=",
        "/issue/%00",
        "/issue/SHOP-٣",
        "/issue/²",
        "/project/SHOP/versions?startAt=x",
        "/mypermissions?permissions=,&projectKey=",
        "/user/search?query=%FF&username=%FF&startAt=-1",
        "/user/assignable/search?project=SHOP&maxResults=x",
        "/issue/createmeta/SHOP/issuetypes?startAt=-1&maxResults=x",
        "/issue/SHOP-2/comment?startAt=x",
        "/issue/SHOP-2/changelog?startAt=x",
        "/issue/SHOP-2/remotelink/x",
        "/version/²",
        "/search/jql?jql=project=SHOP&maxResults=x&reconcileIssues=x&nextPageToken=%FF",
        "/search?jql=project=SHOP&maxResults=x&startAt=1e3",
        "/rest/agile/1.0/board?projectKeyOrId=x&startAt=x",
        "/rest/agile/1.0/board/x/backlog",
        "/rest/webhooks/1.0/webhook/²",
    ],
)
def test_odd_queries_are_answered(either: Jira, path: str) -> None:
    for method in ("GET", "DELETE", "PUT", "POST"):
        response = either.bot.ask(method, path, json=None if method == "GET" else {})
        assert response.status_code < 500, method


@pytest.mark.parametrize(
    "operand",
    [
        "''",
        "²",
        "-",
        "999999999999999999999",
        "'9999-99-99'",
        "-99999999999d",
        "1e999",
        "nan",
        "[x]",
    ],
)
@pytest.mark.parametrize(
    "field", ["updated", "key", "id", "cf[10026]", "labels", "duedate", "status"]
)
def test_odd_values_in_queries_are_answered(cloud: Jira, field: str, operand: str) -> None:
    for operator in ("=", ">=", "!="):
        query = {"jql": f"{field} {operator} {operand}"}
        assert cloud.bot.ask("POST", "/search/jql", json=query).status_code in (200, 400)
