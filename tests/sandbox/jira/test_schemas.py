"""The answers of Cloud against Atlassian's own schemas of them."""

import copy
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.sandbox.jira.conftest import Jira, Person
from tests.shared import shared_json

PLATFORM, SOFTWARE = "specs/jira-platform.jsonschema.json", "specs/jira-software.jsonschema.json"
DOCUMENT = {
    "type": "doc",
    "version": 1,
    "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Words"}]}],
}
FIELDS = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "New"}

NULLABLE = {"from", "fromString", "to", "toString"}
"""Of a history's items: strings in the schema, and null in all that Jira sends."""


def conforms(operation: str, status: int, body: Any, spec: str = PLATFORM) -> None:
    known = shared_json(spec)
    answer = known["operations"][operation]["responses"][str(status)]
    if operation == "getRemoteIssueLinks":  # one, says the schema; its own example has a list
        answer = {"type": "array", "items": answer}
    validator = Draft202012Validator({"$defs": known["$defs"], **answer})
    errors = [
        f"{error.json_path}: {error.message}"
        for error in validator.iter_errors(_without_nulls(copy.deepcopy(body)))
    ]
    assert errors == []


def _without_nulls(body: Any) -> Any:
    if isinstance(body, list):
        return [_without_nulls(entry) for entry in body]
    if not isinstance(body, dict):
        return body
    return {
        name: _without_nulls(value)
        for name, value in body.items()
        if value is not None or name not in NULLABLE
    }


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("getServerInfo", "/serverInfo"),
        ("getCurrentUser", "/myself"),
        ("getMyPermissions", "/mypermissions?permissions=EDIT_ISSUES"),
        ("getFields", "/field"),
        ("getProject", "/project/SHOP"),
        ("getAllStatuses", "/project/SHOP/statuses"),
        ("getProjectVersions", "/project/SHOP/versions"),
        ("getProjectComponents", "/project/SHOP/components"),
        ("getPriorities", "/priority"),
        ("searchPriorities", "/priority/search?projectId=10000"),
        ("getIssueAllTypes", "/issuetype"),
        ("getIssueLinkTypes", "/issueLinkType"),
        ("getResolutions", "/resolution"),
        ("getStatuses", "/status"),
        ("getCreateIssueMetaIssueTypes", "/issue/createmeta/SHOP/issuetypes"),
        ("getCreateIssueMetaIssueTypeId", "/issue/createmeta/SHOP/issuetypes/10001"),
        ("getUser", "/user?accountId=bot"),
        ("findUsers", "/user/search?query=bot"),
        ("findAssignableUsers", "/user/assignable/search?project=SHOP&query=bot"),
        ("getIssue", "/issue/SHOP-2?expand=changelog,names&properties=p"),
        ("getIssueProperty", "/issue/SHOP-2/properties/p"),
        ("getIssuePropertyKeys", "/issue/SHOP-2/properties"),
        ("getEditIssueMeta", "/issue/SHOP-2/editmeta"),
        ("getTransitions", "/issue/SHOP-2/transitions?expand=transitions.fields"),
        ("getRemoteIssueLinks", "/issue/SHOP-2/remotelink"),
        ("getComments", "/issue/SHOP-2/comment"),
        ("getChangeLogs", "/issue/SHOP-2/changelog"),
        ("getIssueLink", "/issueLink/LINK"),
        ("searchAndReconsileIssuesUsingJql", "/search/jql?jql=project=SHOP&fields=*all"),
    ],
)
def test_what_is_read_conforms(cloud: Jira, operation: str, path: str) -> None:
    bot = cloud.bot
    filled(bot)
    link = bot.issue("SHOP-2")["issuelinks"][0]["id"]
    response = bot.ask("GET", path.replace("LINK", link))
    assert response.status_code == 200, response.text
    conforms(operation, 200, response.json())


def filled(bot: Person) -> None:
    """Gives SHOP-2 something of everything."""
    bot.put("/issue/SHOP-2/properties/p", {"a": 1})
    target = {"url": "https://example.com", "title": "A"}
    bot.post("/issue/SHOP-2/remotelink", {"globalId": "a", "object": target})
    bot.post("/issue/SHOP-2/comment", {"body": DOCUMENT})
    ends = {"inwardIssue": {"key": "SHOP-3"}, "outwardIssue": {"key": "SHOP-2"}}
    bot.post("/issueLink", {"type": {"name": "Blocks"}, **ends})
    values = {
        "description": DOCUMENT,
        "fixVersions": [{"name": "1.0"}],
        "components": [{"name": "Front"}],
        "security": {"name": "Internal"},
        "assignee": {"accountId": "bot"},
        "customfield_10026": 3,
    }
    bot.put("/issue/SHOP-2", {"fields": values})


Sent = tuple[str, str, Any]


@pytest.mark.parametrize(
    ("operation", "status", "sent"),
    [
        ("createIssue", 201, ("POST", "/issue", {"fields": FIELDS, "transition": {"id": "31"}})),
        ("createIssue", 400, ("POST", "/issue", {"fields": {}})),
        ("createIssues", 201, ("POST", "/issue/bulk", {"issueUpdates": [{"fields": FIELDS}, {}]})),
        ("createIssues", 400, ("POST", "/issue/bulk", {"issueUpdates": [{}]})),
        (
            "editIssue",
            200,
            ("PUT", "/issue/SHOP-2?returnIssue=true", {"fields": {"summary": "A"}}),
        ),
        ("bulkFetchIssues", 200, ("POST", "/issue/bulkfetch", {"issueIdsOrKeys": ["SHOP-2", "X"]})),
        (
            "searchAndReconsileIssuesUsingJqlPost",
            200,
            ("POST", "/search/jql", {"jql": "project = SHOP", "maxResults": 2}),
        ),
        ("countIssues", 200, ("POST", "/search/approximate-count", {"jql": "project = SHOP"})),
        ("parseJqlQueries", 200, ("POST", "/jql/parse", {"queries": ["project = SHOP", "x"]})),
        ("addComment", 201, ("POST", "/issue/SHOP-2/comment", {"body": DOCUMENT})),
        ("createVersion", 201, ("POST", "/version", {"name": "9", "project": "SHOP"})),
        (
            "createOrUpdateRemoteIssueLink",
            201,
            (
                "POST",
                "/issue/SHOP-2/remotelink",
                {"object": {"url": "https://example.com", "title": "A"}},
            ),
        ),
    ],
)
def test_what_is_written_is_answered_as_it_should_be(
    cloud: Jira, operation: str, status: int, sent: Sent
) -> None:
    method, path, body = sent
    response = cloud.bot.ask(method, path, json=body)
    assert response.status_code == status, response.text
    conforms(operation, status, response.json())


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("getAllBoards", "/rest/agile/1.0/board"),
        ("getIssuesForBacklog", "/rest/agile/1.0/board/10000/backlog"),
        ("getIssuesForBoard", "/rest/agile/1.0/board/10000/issue"),
        ("getBoard", "/rest/agile/1.0/board/10000"),
    ],
)
def test_boards_conform(cloud: Jira, operation: str, path: str) -> None:
    conforms(operation, 200, cloud.bot.get(path), SOFTWARE)


def test_a_request_without_credentials_is_refused_in_the_same_form(cloud: Jira) -> None:
    stranger = cloud.bot
    stranger.headers = {}
    status, body = stranger.refused("POST", "/issue", {"fields": FIELDS})
    assert status == 401
    conforms("createIssue", 401, body)
