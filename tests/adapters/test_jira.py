"""Jira keeps the contract of all adapters, on Cloud and on Data Center."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal

import pytest
import requests
from hypothesis import strategies as st

from adapters.base import Setup
from adapters.jira import Jira
from adapters.sandbox.jira import JiraStandIn
from adapters.sandbox.server import Fault, Served, Switches, serve
from adapters.text import markdown_to_adf, markdown_to_wiki
from sync.model import FieldName, Value
from sync.tracker import Adapter, RecordId
from tests.contract import AdapterContract, Tracker

Flavour = Literal["cloud", "datacenter"]
SEED: Mapping[str, Any] = {
    "types": ["Epic", "Story", "Task", "Bug", "Sub-task"],
    "workflow": [
        {"to": "To Do"},
        {"to": "In Progress"},
        {"to": "Done", "fields": ["resolution"]},
    ],
    "components": ["Web", "Back office"],
    "sprints": [
        {"name": "Sprint 6", "state": "closed"},
        {"name": "Sprint 7", "state": "active"},
        "Sprint 8",
    ],
}
"""The project SHOP."""
EDITED = (
    *("summary", "description", "issuetype", "priority", "labels", "assignee", "parent"),
    *("fixVersions", "components", "duedate", "estimate", "resolution"),
)
"""What stands on its edit screen: the resolution, too, which it otherwise does not."""


def seed(flavour: Flavour) -> dict[str, Any]:
    who = {"cloud": "accountId", "datacenter": "name"}[flavour]
    people = ("bot", "ada", "bob")
    credential = {"cloud": "{0}@example.com:{0}-token", "datacenter": "{0}-token"}[flavour]
    edited = [*EDITED, *(["Epic Link"] if flavour == "datacenter" else [])]
    return {
        "projects": {"SHOP": {**SEED, "screens": {"edit": edited}}, "OPS": {}},
        "users": {credential.format(name): {who: name} for name in people},
    }


class JiraTracker(Tracker):
    """A stand-in site, its people, and the adapter on it."""

    def __init__(self, served: Served, flavour: Flavour) -> None:
        self.served, self.flavour = served, flavour
        self.cloud = flavour == "cloud"

    read_only = frozenset({"attachments"})
    closed = False
    """Are its items closed? What is open has no resolution."""

    def first(self, *names: FieldName) -> dict[FieldName, Value]:
        values = super().first(*names)
        if self.closed:
            return values | {"status": "cancelled"}
        return {name: value for name, value in values.items() if name != "resolution"}

    def setup(self) -> Setup:
        return Setup("jira", users={"ada": "ada", "bob": "bob"} if self.cloud else {})

    def adapter(self) -> Adapter:
        return jira(self.served, self.flavour, self.setup())

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What a person does by HTTP; `agile:` begins paths of Jira Software's API."""
        version = "api/3/" if self.cloud else "api/2/"
        if path.startswith("agile:"):
            version, path = "agile/1.0/", path.removeprefix("agile:")
        auth = ("ada@example.com", "ada-token") if self.cloud else None
        answer = requests.request(
            method,
            f"{self.served.url}/jira/rest/{version}{path}",
            json=body,
            auth=auth,
            headers={} if self.cloud else {"Authorization": "Bearer ada-token"},
            timeout=10,
        )
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    def add(self, values: Mapping[FieldName, Value]) -> RecordId:
        fields = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "x"}
        made = self.ask("POST", "issue", {"fields": fields})
        for name in values:
            if name not in ("description", "acceptance_criteria"):
                self.edit(made["id"], name, values[name])
        text, criteria = values.get("description"), values.get("acceptance_criteria")
        self._write_text(made["id"], text, criteria)
        return str(made["id"])

    def edit(self, record: RecordId, name: FieldName, value: Value) -> None:
        if name in ("description", "acceptance_criteria"):
            self._write_text(record, *(value if name == n else None for n in TEXTS))
        elif name == "status":
            self._transition(record, str(value))
        elif name == "sprint":
            self._plan(record, str(value))
        elif name == "attachments":
            pass  # what is elsewhere is not shown in Jira
        elif name == "release":
            if value not in {one["name"] for one in self.ask("GET", "project/SHOP/versions")}:
                self.ask("POST", "version", {"name": value, "project": "SHOP"})
            self._set(record, {"fixVersions": [{"name": value}]})
        else:
            self._set(record, self._field(name, value))

    def remove(self, record: RecordId) -> None:
        self.ask("DELETE", f"issue/{record}")

    def lose(self) -> None:
        self.served.switches.faults.append(Fault("lose", "/issue/bulk$", "POST"))

    def refuse(self) -> tuple[FieldName, Value]:
        return "priority", "whatever"

    def lag(self) -> None:
        self.served.switches.lag = 60.0

    def _write_text(self, record: RecordId, text: Value, criteria: Value) -> None:
        parts = [str(text)] if text else []
        if isinstance(criteria, tuple):
            boxes = [f"- [{'x' if c.checked else ' '}] {c.text}" for c in criteria]
            parts += ["## Acceptance criteria", "\n".join(boxes)]
        if parts:
            markdown = "\n\n".join(parts)
            native = markdown_to_adf(markdown) if self.cloud else markdown_to_wiki(markdown)
            self._set(record, {"description": native})

    def _transition(self, record: RecordId, status: str) -> None:
        name = {"todo": "To Do", "in_progress": "In Progress", "done": "Done"}[status]
        offered = self.ask("GET", f"issue/{record}/transitions")["transitions"]
        for one in offered:
            if one["to"]["name"] == name:
                self.ask("POST", f"issue/{record}/transitions", {"transition": {"id": one["id"]}})

    def _plan(self, record: RecordId, sprint: str) -> None:
        [board] = self.ask("GET", "agile:board?projectKeyOrId=SHOP")["values"]
        held = self.ask("GET", f"agile:board/{board['id']}/sprint")["values"]
        [id] = [one["id"] for one in held if one["name"] == sprint]
        self.ask("POST", f"agile:sprint/{id}/issue", {"issues": [record]})

    def _set(self, record: RecordId, fields: Mapping[str, Any]) -> None:
        self.ask("PUT", f"issue/{record}", {"fields": fields})

    def _field(self, name: FieldName, value: Value) -> dict[str, Any]:
        match name:
            case "title":
                return {"summary": value}
            case "kind":
                return {"issuetype": {"name": str(value).capitalize()}}
            case "priority":
                return {"priority": {"name": str(value).capitalize()}}
            case "labels" if isinstance(value, frozenset):
                return {"labels": sorted(value)}
            case "assignees" if isinstance(value, frozenset):
                who = "accountId" if self.cloud else "name"
                return {"assignee": {who: next(iter(value), None)}}
            case "estimate":
                return {"customfield_10026": value}
            case "components" if isinstance(value, frozenset):
                return {"components": [{"name": one} for one in sorted(value)]}
            case "due":
                return {"duedate": value}
            case "parent" if self.cloud:
                return {"parent": {"id": value}}
            case "parent":
                return {"customfield_10014": self.ask("GET", f"issue/{value}")["key"]}
        raise AssertionError(name)


TEXTS = ("description", "acceptance_criteria")


def jira(served: Served, flavour: Flavour, setup: Setup | None = None, **options: Any) -> Jira:
    """An adapter of the account `bot`."""
    cloud = flavour == "cloud"
    return Jira(
        setup or Setup("jira"),
        url=f"{served.url}/jira",
        project="SHOP",
        email="bot@example.com" if cloud else None,
        token="bot-token",
        **options,
    )


class TestJira(AdapterContract):
    def values(self, tracker: Tracker, name: FieldName) -> st.SearchStrategy[Value]:
        if name == "resolution":  # a word, as Jira's names are read
            return st.sampled_from([*tracker.samples[name], None])
        return super().values(tracker, name)

    @pytest.fixture
    def carried(self, tracker: Tracker, request: pytest.FixtureRequest) -> FieldName:
        assert isinstance(tracker, JiraTracker)
        tracker.closed = request.param == "resolution"
        return self.need(tracker, request.param)

    @pytest.fixture(params=["cloud", "datacenter"])
    def tracker(self, request: pytest.FixtureRequest) -> Iterator[Tracker]:
        switches = Switches()
        standin = JiraStandIn(switches, request.param)
        standin.load(seed(request.param))
        with serve({"/jira": standin.app}, switches) as served:
            yield JiraTracker(served, request.param)
