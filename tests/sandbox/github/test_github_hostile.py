"""Whatever is sent to the stand-in GitHub, it answers; and it stays quick with many issues."""

from typing import Any

import pytest

from adapters.sandbox.github.app import OPERATIONS
from tests.sandbox.github.conftest import Site

SHOP = "/repos/acme/shop"
FIELDS = (
    *("title", "body", "state", "state_reason", "labels", "assignees", "assignee", "milestone"),
    *("type", "name", "new_name", "color", "description", "due_on", "sub_issue_id", "issue_id"),
    *("after_id", "before_id", "replace_parent", "lock_reason", "config", "events", "active"),
)
ODD: list[Any] = [
    None,
    True,
    -1,
    10**18,
    1.5,
    "",
    "²",
    "x" * 300,
    [],
    [None],
    [[]],
    {},
    {"name": 1},
]
PATHS = {"owner": "acme", "repo": "shop", "org": "acme", "milestone_number": "1", "name:path": "ui"}


@pytest.mark.parametrize("odd", ODD, ids=[repr(odd)[:12] for odd in ODD])
def test_no_value_in_a_body_breaks_any_operation(github: Site, odd: Any) -> None:
    hook = {"config": {"url": "http://127.0.0.1:9/", "secret": odd}, "events": ["issues"]}
    made = github.ada.session.post(f"{github.ada.url}{SHOP}/hooks", json=hook).json()
    known = {**PATHS, "hook_id": str(made["id"])}
    for operation in OPERATIONS:
        path = operation.path
        for name in ("{issue_number}", "{comment_id}", "{delivery_id}", "{issue_id}", "{assignee}"):
            path = path.replace(name, "1")
        for name, value in known.items():
            path = path.replace(f"{{{name}}}", value)
        for body in (odd, dict.fromkeys(FIELDS, odd)):
            url = github.ada.url + path
            answer = github.ada.session.request(operation.method, url, json=body)
            assert answer.status_code < 500, f"{operation.method} {path}: {body!r:.80}"


@pytest.mark.parametrize("number", ["0", "-1", "1.0", "²", "9" * 30, "%00", "..%2f..%2fuser"])
def test_what_is_no_number_in_a_path_names_nothing(github: Site, number: str) -> None:
    for below in ("issues", "milestones", "issues/comments", "hooks"):
        answer = github.ada.session.get(f"{github.ada.url}{SHOP}/{below}/{number}")
        assert answer.status_code == 404


@pytest.mark.parametrize(
    "query",
    [
        {"page": "²", "per_page": "-5"},
        {"page": "9" * 5000},
        {"milestone": "²"},
        {"since": "0001-01-01T00:00:00+23:59"},
        {"labels": ",,"},
        {"assignee": "%", "creator": "'", "type": "*"},
    ],
)
def test_no_query_breaks_a_list(github: Site, query: dict[str, str]) -> None:
    for below in ("issues", "issues/comments", "labels", "milestones", "assignees"):
        assert github.ada.get(f"{SHOP}/{below}", **query).status_code in (200, 422)


@pytest.mark.parametrize(
    "data",
    [b"\xff", b"NaN", b'{"title": NaN}', b'{"title": "\\ud800"}', b"[" * 100_000, b"9" * 5000],
    ids=["bytes", "nan", "nan-inside", "half-a-pair", "deep", "long-number"],
)
def test_what_is_no_json_is_a_bad_request(github: Site, data: bytes) -> None:
    answer = github.ada.ask("POST", f"{SHOP}/issues", data=data)
    assert (answer.status_code, answer.json()["message"]) == (400, "Problems parsing JSON")
