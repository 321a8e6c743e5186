"""Who last changed each field of a record, as Jira's changelog and GitHub's timeline tell it."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest

from adapters.base import Carrier, Setup
from adapters.github.adapter import GitHub
from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.jira import JiraStandIn
from adapters.sandbox.server import Fault, Switches, serve
from sync.model import FieldName
from sync.tracker import RecordId, Touched, Unavailable, Witness
from tests.adapters.test_github import SEED as GITHUB
from tests.adapters.test_github import OnGitHub
from tests.adapters.test_jira import JiraTracker, jira, seed
from tests.contract import Tracker

NEW = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "Pay"}
ON_JIRA = [
    *("title", "description", "kind", "status", "priority", "labels", "assignees", "estimate"),
    *("parent", "release", "sprint", "components", "due"),
]
ON_GITHUB = [
    *("title", "description", "kind", "status", "priority", "labels", "assignees", "estimate"),
    *("parent", "release", "sprint", "components", "attachments"),
]
TOGETHER = [
    {"description", "acceptance_criteria"},
    {"description", "acceptance_criteria", "attachments", "relates_to", "duplicates"},
    {"status", "resolution"},
]
"""Fields that one part of a record carries: they have one last change."""


@pytest.fixture(params=["cloud", "datacenter"])
def on_jira(request: pytest.FixtureRequest) -> Iterator[JiraTracker]:
    switches, flavour = Switches(), request.param
    standin = JiraStandIn(switches, flavour)
    standin.load(seed(flavour))
    with serve({"/jira": standin.app}, switches) as served:
        yield JiraTracker(served, flavour)


@pytest.fixture
def on_github() -> Iterator[OnGitHub]:
    switches = Switches()
    standin = GitHubStandIn(switches)
    standin.load(GITHUB)
    with serve({"/github": standin.app}, switches) as served:
        yield OnGitHub(standin, served)


def told(tracker: Tracker, id: RecordId) -> Mapping[FieldName, Touched]:
    adapter = tracker.adapter()
    adapter.open()
    assert isinstance(adapter, Witness)
    return adapter.changes([id])[id]


def shows_who_changed(tracker: Tracker, name: FieldName) -> None:
    """Ada changes the one field; that one, and no other, was changed by her just then."""
    id = tracker.add({"title": "Pay"})
    value: Any = tracker.samples[name][1] if name != "parent" else None
    value = value or tracker.add({"title": "Above", "kind": "epic"})
    before = told(tracker, id)
    tracker.edit(id, name, value)
    after = told(tracker, id)
    changed = {one for one in after if after[one] != before.get(one)}
    assert name in changed
    assert changed - {name} == set() or any(changed <= these for these in TOGETHER)
    touched = after[name]
    assert (touched.by, touched.whole) == ("ada", False)
    assert touched.at is not None
    assert datetime.fromisoformat(touched.at).tzinfo is not None
    assert before.get(name) is None or str(before[name].at) < touched.at


@pytest.mark.parametrize("name", ON_JIRA)
def test_jiras_changelog_tells_who_changed_a_field(on_jira: JiraTracker, name: FieldName) -> None:
    shows_who_changed(on_jira, name)


@pytest.mark.parametrize("name", ON_GITHUB)
def test_githubs_timeline_tells_who_changed_a_field(on_github: OnGitHub, name: FieldName) -> None:
    shows_who_changed(on_github, name)


def test_each_namespace_of_jiras_labels_has_its_own_last_change(on_jira: JiraTracker) -> None:
    def adapter() -> Witness:
        carriers = {"estimate": Carrier("label", "Size"), "sprint": Carrier("label", "size")}
        made = jira(on_jira.served, on_jira.flavour, Setup("jira", carriers=carriers))
        made.open()
        return made

    id = on_jira.ask("POST", "issue", {"fields": NEW})["id"]
    on_jira.edit(id, "labels", frozenset({"Size:3"}))
    first = adapter().changes([id])[id]
    assert set(first) == {"estimate"}
    on_jira.edit(id, "labels", frozenset({"Size:3", "ui"}))
    second = adapter().changes([id])[id]
    assert set(second) == {"estimate", "labels"}
    assert second["estimate"] == first["estimate"]
    on_jira.edit(id, "labels", frozenset({"ui", "Size:3", "size:4"}))
    third = adapter().changes([id])[id]
    assert set(third) == {"estimate", "labels", "sprint"}
    assert third["labels"] == second["labels"]


def test_an_issue_that_nobody_changed_tells_nothing(
    on_jira: JiraTracker, on_github: OnGitHub
) -> None:
    made = on_jira.ask("POST", "issue", {"fields": NEW})
    assert told(on_jira, made["id"]) == {}
    assert told(on_github, on_github.add({"title": "Pay"})) == {}


def test_an_issue_that_is_gone_tells_nothing(on_jira: JiraTracker, on_github: OnGitHub) -> None:
    id = on_jira.add({"title": "Pay"})
    on_jira.remove(id)
    assert told(on_jira, id) == {}
    one, other = on_github.add({"title": "Pay"}), on_github.add({"title": "Ship"})
    on_github.edit(other, "title", "Sail")
    on_github.remove(one)
    adapter = on_github.adapter()
    assert isinstance(adapter, Witness)
    assert list(adapter.changes([one, other])) == [other]


def test_closing_an_issue_is_a_change_of_its_status_whatever_carries_that(
    on_github: OnGitHub,
) -> None:
    carriers = {"status": Carrier("label", "stage"), "resolution": None}
    url = f"{on_github.served.url}/github"
    setup = Setup("github", carriers=carriers)
    adapter = GitHub(setup, repository="acme/shop", token="t-bot", url=url)
    id = on_github.add({"title": "Pay"})
    number = on_github.issue(id)["number"]
    on_github.call("PATCH", f"/issues/{number}", labels=["stage:review"])
    first = adapter.changes([id])[id]
    assert set(first) == {"status"}
    on_github.call("PATCH", f"/issues/{number}", state="closed")
    assert set(adapter.changes([id])[id]) == {"status"}


def test_of_many_issues_github_is_asked_in_bulk(on_github: OnGitHub) -> None:
    ids = [on_github.add({"title": f"Story {number}"}) for number in range(60)]
    for id in (ids[0], ids[-1]):
        on_github.edit(id, "title", "Sail")
    adapter = on_github.adapter()
    adapter.open()
    on_github.served.log.clear()
    assert isinstance(adapter, Witness)
    found = adapter.changes(ids)
    assert len(on_github.served.log) == 2
    assert [id for id in ids if found[id]] == [ids[0], ids[-1]]


def test_a_server_that_refuses_the_question_says_why(on_github: OnGitHub) -> None:
    adapter = on_github.adapter()
    adapter.open()
    errors = {"errors": [{"message": "Something is wrong"}]}
    fault = Fault("status", "/graphql$", status=200, body=errors, times=9)
    on_github.served.switches.faults.append(fault)
    assert isinstance(adapter, Witness)
    with pytest.raises(Unavailable, match="Something is wrong"):
        adapter.changes(["I_1"])


@pytest.mark.parametrize(
    "node",
    [
        {"timelineItems": {"nodes": [None, {"__typename": 7}, "x", {}]}},
        {"timelineItems": None, "lastEditedAt": None, "editor": {"login": "ada"}},
        {"timelineItems": {"nodes": {"a": 1}}, "editor": 3},
    ],
)
def test_odd_answers_of_github_tell_nothing(on_github: OnGitHub, node: dict[str, Any]) -> None:
    adapter = on_github.adapter()
    adapter.open()
    body = {"data": {"nodes": [{"id": "I_1", **node}]}}
    on_github.served.switches.faults.append(Fault("status", "/graphql$", status=200, body=body))
    assert isinstance(adapter, Witness)
    assert adapter.changes(["I_1"]) == {"I_1": {}}


@pytest.mark.parametrize("odd", [{"created": "soon"}, {"created": None}, "x", None])
def test_odd_answers_of_jira_are_said(on_jira: JiraTracker, odd: Any) -> None:
    adapter = on_jira.adapter()
    adapter.open()
    body = {"values": [odd], "changelog": {"histories": [odd]}}
    path = "/issue/10001"
    on_jira.served.switches.faults.append(Fault("status", path, "GET", status=200, body=body))
    assert isinstance(adapter, Witness)
    with pytest.raises(Unavailable, match="unknown form"):
        adapter.changes(["10001"])
