"""Sites from plain data and back, and the stand-in under Jira's own Python client."""

import io
from typing import Any

import pytest
from jira import JIRA, JIRAError
from ruamel.yaml import YAML

from adapters.sandbox.jira import JiraStandIn, SeedError, seed
from adapters.sandbox.jira.state import Flavour
from adapters.sandbox.server import Switches
from tests.sandbox.jira.conftest import SHOP, Jira, Start
from tests.shared import shared_lines


def documented() -> dict[str, Any]:
    """The seed that the documentation shows, read as the YAML that it is."""
    text = (seed.__doc__ or "").partition("In rank order:")[2] or (seed.__doc__ or "")
    block = "\n".join(line[4:] for line in text.splitlines() if line.startswith("    "))
    return dict(YAML(typ="safe").load(io.StringIO(block.replace("…", "null"))))


def test_the_documented_seed_loads_on_both_flavours() -> None:
    data = documented()
    assert set(data) == {"users", "fields", "link_types", "resolutions", "projects", "issues"}
    flavours: tuple[tuple[str, Flavour], ...] = (("accountId", "cloud"), ("name", "datacenter"))
    for name, flavour in flavours:
        users = {key: {name: "ann", **user} for key, user in data["users"].items()}
        for user in users.values():
            user.pop("accountId" if name == "name" else "name", None)
        third = {"key": "SHOP-3", "type": "Story", "summary": "Cash"}
        remote = [{"globalId": "a", "object": {"url": "https://example.com", "title": "A"}}]
        issues = [*data["issues"], third]
        issues[1] = issues[1] | {"remote_links": remote}
        issues[1]["comments"] = [{"author": "ann", "body": "A text."}]
        standin = JiraStandIn(Switches(), flavour)
        standin.load({**data, "users": users, "issues": issues})
        shown = standin.dump()["issues"][1]
        assert shown["key"] == "SHOP-2"
        assert shown["fields"] == {"Team": "Red", "Area": ["Web", "Shop"]}
        assert shown["links"] == [{"type": "Blocks", "outward": "SHOP-3"}]
        assert shown["parent"] == "SHOP-1"


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
def test_what_is_dumped_loads_to_the_same(start: Start, flavour: str) -> None:
    jira = start(SHOP, flavour)
    ends = {"inwardIssue": {"key": "SHOP-3"}, "outwardIssue": {"key": "SHOP-2"}}
    jira.bot.post("/issueLink", {"type": {"name": "Blocks"}, **ends})
    jira.bot.put("/issue/SHOP-2/properties/p", {"a": [1]})
    target = {"url": "https://example.com", "title": "A"}
    jira.bot.post("/issue/SHOP-2/remotelink", {"globalId": "a", "object": target})
    jira.bot.put("/rest/agile/1.0/issue/rank", {"issues": ["SHOP-5"], "rankBeforeIssue": "SHOP-1"})
    values = {
        "fixVersions": [{"name": "1.0"}],
        "components": [{"name": "Front"}],
        "security": {"name": "Internal"},
        "customfield_10026": 3,
    }
    jira.bot.put("/issue/SHOP-2", {"fields": values})
    jira.standin.archive("SHOP-3")
    before = jira.standin.dump()
    shown = jira.bot.issue("SHOP-2")
    jira.standin.load(before)
    assert jira.standin.dump() == before
    again = jira.bot.issue("SHOP-2")
    assert again["updated"] == shown["updated"]
    assert again["security"]["name"] == "Internal"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"isues": []}, "seed: there is no 'isues' here; there are: users, fields"),
        ({"issues": [{}]}, "issues[0]: summary is missing"),
        ({"issues": {"a": 1}}, "issues: expected a list"),
        ({"issues": ["a"]}, "issues[0]: expected names with values, got 'a'"),
        ({"issues": [{"summary": "A", "titel": "B"}]}, "issues[0]: there is no 'titel' here"),
        ({"issues": [{"summary": "A", "key": "7"}]}, "issues[0].key: expected PROJECT-NUMBER"),
        ({"issues": [{"summary": "A", "assignee": "x"}]}, "issues[0].assignee: there is no user"),
        ({"issues": [{"summary": "A", "parent": "X-1"}]}, "issues[0].parent: there is no issue"),
        ({"issues": [{"summary": "A", "created": "x"}]}, "issues[0].created: expected a time"),
        ({"issues": [{"summary": "A", "estimate": "x"}]}, "issues[0].estimate: expected a number"),
        ({"issues": [{"summary": "A", "fields": {"T": 1}}]}, "issues[0].fields: there is no"),
        ({"issues": [{"summary": "A", "description": {}}]}, None),
        ({"issues": [{"summary": "A", "description": {"type": "x"}}]}, "issues[0]: expected a tex"),
        (
            {"issues": [{"summary": "A", "key": "A-1"}, {"summary": "B", "key": "A-1"}]},
            "issues[1]: the issue A-1 is there twice",
        ),
        (
            {"issues": [{"summary": "A", "links": [{"type": "Odd", "outward": "SHOP-1"}]}]},
            "issues[0].links[0].type: there is no 'Odd'; there are: Blocks",
        ),
        (
            {"projects": {"SHOP": {"types": ["Bug"]}}, "issues": [{"summary": "A", "type": "X"}]},
            "issues[0].type: there is no 'X'; there are: Bug",
        ),
        ({"projects": {"SHOP": {"statuses": {"A": "odd"}}}}, "projects.SHOP.statuses.A: expected"),
        ({"projects": {"SHOP": {"statuses": ["A"]}}}, "projects.SHOP.statuses: expected names"),
        ({"projects": {"SHOP": {"workflow": [{}]}}}, "projects.SHOP.workflow[0]: to is missing"),
        ({"projects": {"SHOP": {"screens": {"x": []}}}}, "projects.SHOP.screens: expected create"),
        ({"projects": {"SHOP": {"required": ["x"]}}}, "projects.SHOP.required: there is no 'x'"),
        ({"fields": [{"name": "A", "type": "odd"}]}, "fields[0].type: there is no 'odd'; there"),
        ({"users": {"a:b": {"accountId": "x"}, "c:d": {"accountId": "x"}}}, "users.c:d: the user"),
    ],
)
def test_a_wrong_seed_names_the_place_and_changes_nothing(data: Any, message: str | None) -> None:
    standin = JiraStandIn(Switches())
    standin.load(SHOP)
    before = standin.dump()
    if message is None:
        standin.load(data)
        return
    with pytest.raises(SeedError) as raised:
        standin.load(data)
    assert str(raised.value).startswith(message)
    assert standin.dump() == before


def test_types_statuses_and_priorities_are_taken_from_the_issues(start: Start) -> None:
    issue = {"summary": "A", "type": "Technical task", "status": "Resolved", "priority": "Odd"}
    jira = start({"issues": [{"key": "OLD-7", **issue}, {"summary": "B"}]}, "datacenter")
    shown = jira.bot.issue("OLD-7")
    assert shown["issuetype"]["subtask"]
    assert shown["status"]["statusCategory"]["key"] == "done"
    assert shown["priority"]["name"] == "Odd"
    assert jira.bot.issue("OLD-8")["summary"] == "B"


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
def test_a_real_project_of_1500_issues_loads_at_once(start: Start, flavour: str) -> None:
    issues = []
    names = ("id", "key", "summary", "description", "status", "priority", "labels", "components")
    for entry in shared_lines("data/jira-project.jsonl.gz"):
        issue = {name: entry[name] for name in names} | {"type": entry["issuetype"]}
        more = {name: entry[name] for name in ("fixVersions", "parent", "created", "updated")}
        comments = [
            {"body": comment["body"], "created": comment["created"]}
            for comment in entry["comments"]
        ]
        issues.append(issue | more | {"comments": comments})
    jira = start(flavour=flavour)
    jira.standin.load({"issues": issues})
    first = jira.bot.get(f"/issue/{issues[0]['key']}")
    assert first["id"] == issues[0]["id"]
    body = {"jql": "project = ALOY ORDER BY key ASC", "fields": ["*all"], "maxResults": 1000}
    page = jira.bot.post("/search/jql" if jira.cloud else "/search", body)
    assert page["issues"][0]["key"] == issues[0]["key"]


def client(jira: Jira) -> JIRA:
    options = {"rest_api_version": "3" if jira.cloud else "2", "check_update": False}
    server = jira.served.url + "/jira"
    if jira.cloud:
        basic = ("bot@example.com", "token")
        return JIRA(server, options=options, basic_auth=basic, max_retries=0, timeout=10)
    return JIRA(server, options=options, token_auth="token", max_retries=0, timeout=10)


def test_the_jira_package_finds_its_way(either: Jira) -> None:
    jira = client(either)
    assert jira.deploymentType == ("Cloud" if either.cloud else "Server")
    assert jira.myself()["displayName"] == "Bot"
    issue = jira.issue("SHOP-2")
    assert issue.fields.summary == "Card"
    made = jira.create_issue(project="SHOP", summary="New", issuetype={"name": "Bug"})
    assert made.key == "SHOP-6"
    made.update(fields={"summary": "Newer", "labels": ["a"]})
    assert jira.issue("SHOP-6").fields.labels == ["a"]
    names = {entry["name"]: entry["id"] for entry in jira.transitions(made)}
    jira.transition_issue(made, names["Done"])
    assert jira.issue("SHOP-6").fields.status.name == "Done"
    jira.rank("SHOP-6", next_issue="SHOP-1")
    found = jira.search_issues("project = SHOP ORDER BY Rank ASC", fields="summary")
    assert [issue.key for issue in found][:2] == ["SHOP-6", "SHOP-1"]
    jira.create_issue_link("Blocks", "SHOP-6", "SHOP-1")
    assert jira.issue("SHOP-6").fields.issuelinks[0].outwardIssue.key == "SHOP-1"
    assert {version.name for version in jira.project_versions("SHOP")} == {"1.0", "2.0"}


def test_the_jira_package_raises_what_is_refused(either: Jira) -> None:
    with pytest.raises(JIRAError) as raised:
        client(either).create_issue(project="SHOP", summary="a\nb", issuetype={"name": "Bug"})
    assert raised.value.status_code == 400
    assert "newline" in str(raised.value.text)
