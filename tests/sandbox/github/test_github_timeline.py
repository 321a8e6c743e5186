"""The stand-in's timelines: who did what to an issue, and when."""

from typing import Any

import requests

from adapters.github import timeline
from tests.sandbox.github.conftest import Site

EVENTS = """
query ($id: ID!) {
  node(id: $id) {
    ... on Issue {
      lastEditedAt
      editor { login url }
      timelineItems(last: 100) {
        totalCount
        nodes {
          __typename
          ... on RenamedTitleEvent { actor { login } createdAt previousTitle currentTitle }
          ... on LabeledEvent { actor { login } createdAt label { name } }
          ... on UnlabeledEvent { actor { login } createdAt label { name } }
          ... on MilestonedEvent { actor { login } createdAt milestoneTitle }
          ... on DemilestonedEvent { actor { login } createdAt milestoneTitle }
        }
      }
    }
  }
}
"""


def call(github: Site, who: str, method: str, path: str, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {who}"}
    url = f"{github.served.url}/github{path}"
    answer = requests.request(method, url, json=body, headers=headers, timeout=10)
    answer.raise_for_status()
    return answer.json()


def change(github: Site, who: str, number: int = 2, **body: Any) -> Any:
    return call(github, who, "PATCH", f"/repos/acme/shop/issues/{number}", **body)


def told(github: Site, query: str = EVENTS, number: int = 2, **names: Any) -> Any:
    issue = call(github, "t-ada", "GET", f"/repos/acme/shop/issues/{number}")
    names = names or {"id": issue["node_id"]}
    answer = call(github, "t-ada", "POST", "/graphql", query=query, variables=names)
    assert "errors" not in answer
    return answer["data"]["node"]


def events(github: Site, number: int = 2) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told(github, number=number)["timelineItems"]["nodes"]
    return found


def test_a_seeded_issue_has_no_timeline_yet(github: Site) -> None:
    node = told(github)
    assert (node["lastEditedAt"], node["editor"], events(github)) == (None, None, [])


def test_each_change_is_an_event_with_its_actor_and_time(github: Site) -> None:
    change(github, "t-ben", title="Pay later", labels=["ui"], milestone=1)
    after = change(github, "t-ada", labels=[], milestone=2, title="Pay later")
    who, at = {"login": "ben"}, events(github)[0]["createdAt"]
    title = {"previousTitle": "Pay by invoice", "currentTitle": "Pay later"}
    assert events(github)[:3] == [
        {"__typename": "RenamedTitleEvent", "actor": who, "createdAt": at, **title},
        {"__typename": "LabeledEvent", "actor": who, "createdAt": at, "label": {"name": "ui"}},
        {"__typename": "MilestonedEvent", "actor": who, "createdAt": at, "milestoneTitle": "v1"},
    ]
    ada, later = {"login": "ada"}, after["updated_at"]
    gone = {"actor": ada, "createdAt": later}
    assert events(github)[3:] == [
        {"__typename": "UnlabeledEvent", "label": {"name": "ui"}, **gone},
        {"__typename": "DemilestonedEvent", "milestoneTitle": "v1", **gone},
        {"__typename": "MilestonedEvent", "milestoneTitle": "v2", **gone},
    ]


def test_what_changes_nothing_is_no_event(github: Site) -> None:
    change(github, "t-ben", title="Pay by invoice", labels=[], state="open")
    assert events(github) == []


def test_state_and_assignees_and_parents_are_told(github: Site) -> None:
    change(github, "t-ben", state="closed", assignees=["ada"])
    change(github, "t-ben", state="open", assignees=[])
    issue = call(github, "t-ada", "GET", "/repos/acme/shop/issues/2")
    sub = "/repos/acme/shop/issues/1/sub_issue"
    call(github, "t-ben", "POST", f"{sub}s", sub_issue_id=issue["id"])
    call(github, "t-ben", "DELETE", sub, sub_issue_id=issue["id"])
    kinds = [one["__typename"] for one in events(github)]
    assert sorted(kinds[:2]) == ["AssignedEvent", "ClosedEvent"]
    assert sorted(kinds[2:4]) == ["ReopenedEvent", "UnassignedEvent"]
    assert kinds[4:] == ["ParentIssueAddedEvent", "ParentIssueRemovedEvent"]


def test_the_body_has_a_last_editor_and_is_no_event(github: Site) -> None:
    change(github, "t-ben", body="By ben.")
    after = change(github, "t-ada", body="By ada.")
    node = told(github)
    assert node["lastEditedAt"] == after["updated_at"]
    assert node["editor"]["login"] == "ada"
    assert node["timelineItems"]["totalCount"] == 0


def test_only_events_of_the_types_that_are_asked_for_are_told(github: Site) -> None:
    change(github, "t-ben", title="Pay later", labels=["ui"])
    issue = call(github, "t-ada", "GET", "/repos/acme/shop/issues/2")
    query = """
    query ($id: ID!) {
      node(id: $id) {
        ... on Issue { timelineItems(first: 5, itemTypes: [LABELED_EVENT]) {
          totalCount nodes { __typename }
        } }
      }
    }
    """
    node = told(github, query, id=issue["node_id"])
    labelled = [{"__typename": "LabeledEvent"}]
    assert node["timelineItems"] == {"totalCount": 1, "nodes": labelled}


def test_what_the_adapter_asks_is_answered(github: Site) -> None:
    change(github, "t-ben", title="Pay later")
    issue = call(github, "t-ada", "GET", "/repos/acme/shop/issues/2")
    names = {"ids": [issue["node_id"]]}
    body = {"query": timeline.query(parents=True), "variables": names}
    [node] = call(github, "t-ada", "POST", "/graphql", **body)["data"]["nodes"]
    assert node["id"] == issue["node_id"]
    [event] = node["timelineItems"]["nodes"]
    assert (event["__typename"], event["actor"]) == ("RenamedTitleEvent", {"login": "ben"})
