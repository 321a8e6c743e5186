"""The stand-in's GraphQL: its schema is a part of GitHub's, and its manners are GitHub's."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import requests
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    build_schema,
    parse,
    validate,
)

from adapters.github import project_texts as texts
from adapters.github import timeline, whereabouts
from adapters.sandbox.github.graphql import schema
from adapters.sandbox.server import serve
from tests.sandbox.github.conftest import Site
from tests.shared import shared

SENT = {
    "find": texts.FIND,
    "items": texts.items(0),
    "items with values": texts.items(3),
    "issues": texts.issues(0),
    "issues with values": texts.issues(3),
    "add": texts.add(20),
    "move": texts.move(20),
    "values": texts.set_values([True, False, True]),
    "standing": whereabouts.STANDING,
    "converted": whereabouts.CONVERTED,
    "changes": timeline.query(parents=False),
    "changes of parents too": timeline.query(parents=True),
}
"""What the adapter sends."""


@cache
def vendor() -> GraphQLSchema:
    names = ("specs/github-graphql.graphql", "specs/github-graphql.additions.graphql")
    return build_schema("\n".join(shared(name).read_text("utf-8") for name in names))


OURS = [name for name in schema().type_map if not name.startswith("__")]


@pytest.mark.parametrize("name", OURS)
def test_a_type_is_a_part_of_the_vendors(name: str) -> None:
    ours, theirs = schema().type_map[name], vendor().type_map.get(name)
    assert type(ours) is type(theirs), f"GitHub has no such type {name}"
    assert list(_differences(ours, theirs)) == []


def _differences(ours: Any, theirs: Any) -> Iterator[str]:
    if isinstance(ours, GraphQLEnumType):
        yield from sorted(ours.values.keys() - theirs.values.keys())
    elif isinstance(ours, GraphQLUnionType):
        yield from sorted({one.name for one in ours.types} - {one.name for one in theirs.types})
    elif isinstance(ours, GraphQLInputObjectType):
        yield from _entries(ours.fields, theirs.fields)
    elif isinstance(ours, GraphQLObjectType | GraphQLInterfaceType):
        said = {one.name for one in ours.interfaces} - {one.name for one in theirs.interfaces}
        yield from sorted(said)
        for name, field in ours.fields.items():
            if name not in theirs.fields:
                yield f"{name} is not there"
                continue
            if str(field.type) != str(theirs.fields[name].type):
                yield f"{name} is {theirs.fields[name].type}"
            yield from (f"{name}: {one}" for one in _entries(field.args, theirs.fields[name].args))


def _entries(ours: Any, theirs: Any) -> Iterator[str]:
    """Arguments, or an input's fields."""
    for name, entry in ours.items():
        if name not in theirs or str(entry.type) != str(theirs[name].type):
            yield f"{name} is {theirs[name].type if name in theirs else 'not there'}"
        elif entry.default_value != theirs[name].default_value:
            yield f"{name} is by default {theirs[name].default_value}"
    for name, entry in theirs.items():
        if name not in ours and str(entry.type).endswith("!"):
            yield f"{name} is required"


@pytest.mark.parametrize("name", SENT)
def test_what_the_adapter_sends_is_valid_by_the_vendors_schema(name: str) -> None:
    assert validate(vendor(), parse(SENT[name])) == []


@pytest.mark.parametrize("name", SENT)
def test_what_the_adapter_sends_is_valid_here(name: str) -> None:
    assert validate(schema(), parse(SENT[name])) == []


def ask(
    site: Site, query: str, who: str | None = "t-ada", path: str = "/github/graphql", **names: Any
) -> requests.Response:
    headers = {"Authorization": f"Bearer {who}"} if who else {}
    body = {"query": query, "variables": names}
    return requests.post(f"{site.served.url}{path}", json=body, headers=headers, timeout=10)


def test_an_enterprise_servers_addresses_are_answered_too(github: Site) -> None:
    asked = "{ viewer { login } }"
    answer = ask(github, asked, path="/github/api/graphql").json()
    assert answer == {"data": {"viewer": {"login": "ada"}}}
    url = f"{github.served.url}/github/api/v3/repos/acme/shop"
    assert requests.get(url, timeout=10).json()["name"] == "shop"


def test_an_app_mounted_below_api_answers_where_such_a_server_does(github: Site) -> None:
    app = github.stand_in.app
    with serve({"/api/v3": app, "/api": app}) as served:
        answer = requests.post(
            f"{served.url}/api/graphql",
            json={"query": "{ viewer { login } }"},
            headers={"Authorization": "Bearer t-ben"},
            timeout=10,
        )
    assert answer.json() == {"data": {"viewer": {"login": "ben"}}}


def test_graphql_needs_a_token(github: Site) -> None:
    assert ask(github, "{ viewer { login } }", who=None).status_code == 401
    assert ask(github, "{ viewer { login } }", who="wrong").status_code == 401


@pytest.mark.parametrize("body", ["[]", "{}", '{"query": 1}', "{", '"x"'])
def test_a_body_that_is_no_request_is_refused(github: Site, body: str) -> None:
    answer = requests.post(
        f"{github.served.url}/github/graphql",
        data=body,
        headers={"Authorization": "Bearer t-ada"},
        timeout=10,
    )
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "query",
    ["{", "{ viewer { nothing } }", "{ nobody }", "{" * 5000, "query A { viewer { id } } {"],
)
def test_a_document_that_does_not_fit_is_an_error_without_data(github: Site, query: str) -> None:
    answer = ask(github, query)
    assert answer.status_code == 200
    assert "data" not in answer.json()
    assert answer.json()["errors"][0]["message"]


def test_a_field_that_is_not_there_has_a_code(github: Site) -> None:
    [error] = ask(github, "{ viewer { nothing } }").json()["errors"]
    assert error["extensions"]["code"] == "undefinedField"


def test_what_is_not_there_is_null_with_a_typed_error(github: Site) -> None:
    answer = ask(github, 'query { organization(login: "none") { id } viewer { login } }').json()
    assert answer["data"] == {"organization": None, "viewer": {"login": "ada"}}
    [error] = answer["errors"]
    assert (error["type"], error["path"]) == ("NOT_FOUND", ["organization"])


def test_each_missing_node_is_null_beside_the_others(github: Site) -> None:
    issue = github.ada.get("/repos/acme/shop/issues/1").json()["node_id"]
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { id ... on Issue { number } } }"
    answer = ask(github, query, ids=["I_kwDOAAAAAAAB", issue, "nonsense"]).json()
    assert answer["data"]["nodes"] == [None, {"id": issue, "number": 1}, None]
    assert [error["path"] for error in answer["errors"]] == [["nodes", 0], ["nodes", 2]]


def test_a_private_repositorys_issue_is_hidden_from_others(github: Site) -> None:
    issue = github.ada.get("/repos/acme/vault/issues/1").json()["node_id"]
    query = "query($id: ID!) { node(id: $id) { ... on Issue { title } } }"
    assert ask(github, query, id=issue).json()["data"] == {"node": {"title": "A secret"}}
    hidden = ask(github, query, who="t-eve", id=issue).json()
    assert hidden["data"] == {"node": None}
    assert hidden["errors"][0]["type"] == "NOT_FOUND"


def test_points_are_counted_apart_from_requests(github: Site) -> None:
    query = "{ rateLimit { limit cost remaining used resetAt } }"
    first, second = ask(github, query).json(), ask(github, query)
    assert first["data"]["rateLimit"]["remaining"] == 4_999
    assert second.json()["data"]["rateLimit"]["remaining"] == 4_998
    assert second.headers["x-ratelimit-resource"] == "graphql"
    assert second.headers["x-ratelimit-remaining"] == "4998"
    assert github.ada.get("/rate_limit").json()["resources"]["core"]["used"] == 0


def test_a_query_costs_by_the_requests_that_its_connections_need(github: Site) -> None:
    query = """query($n: Int!) { rateLimit { cost } nodes(ids: []) { ... on ProjectV2 {
        items(first: $n) { nodes { fieldValues(first: 20) { nodes { __typename } } } } } } }"""
    assert ask(github, query, n=1).json()["data"]["rateLimit"]["cost"] == 1
    deep = """query { rateLimit { cost } nodes(ids: []) { ... on ProjectV2 { items(first: 100) {
        nodes { content { ... on Issue { projectItems(first: 50) { nodes {
        fieldValues(first: 20) { totalCount } } } } } } } } } }"""
    assert ask(github, deep).json()["data"]["rateLimit"]["cost"] == 51  # 1 + 100 + 5,000


def test_without_points_left_the_answer_is_a_200_that_says_so(github: Site) -> None:
    github.stand_in.points.budget = 1
    try:
        assert "errors" not in ask(github, "{ viewer { login } }").json()
        answer = ask(github, "{ viewer { login } }")
    finally:
        github.stand_in.points.budget = 5_000
    assert answer.status_code == 200
    assert [error["type"] for error in answer.json()["errors"]] == ["RATE_LIMITED"]
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert int(answer.headers["x-ratelimit-reset"]) > 0
