"""The GitHub adapter with a Project, by the contract: its order, and fields that it carries."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import strategies as st

from adapters.base import Carrier, Setup
from adapters.github.adapter import GitHub
from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.server import Served
from sync.model import FIELDS, FieldName, Value
from sync.tracker import Adapter, RecordId
from tests.adapters.test_github import SEED, OnGitHub, TestGitHub, served, stand_in
from tests.contract import Tracker

__all__ = ["served", "stand_in"]  # fixtures

PROJECT: Mapping[str, Any] = {
    "owner": "acme",
    "number": 3,
    "title": "Roadmap",
    "fields": [
        {
            "name": "Status",
            "type": "single_select",
            "options": ["Todo", "In Progress", "In Review", "Done", "Cancelled"],
        },
        {"name": "Priority", "type": "single_select", "options": ["P-High", "Medium", "Low"]},
        {"name": "Points", "type": "number"},
        {
            "name": "Sprint",
            "type": "iteration",
            "iterations": [
                {"title": "Sprint 7", "start": "2026-10-05", "completed": True},
                {"title": "Sprint 8", "start": "2026-10-19"},
            ],
        },
        {"name": "Due", "type": "date"},
        {"name": "Target", "type": "text"},
    ],
}


class OnProject(OnGitHub):
    """A repository of which a Project shows the order. What Ada adds, she adds there too."""

    def adapter(self) -> Adapter:
        url = f"{self.served.url}/github"
        setup = Setup("github", carriers=self.carriers)
        return GitHub(setup, repository="acme/shop", token="t-bot", url=url, project=3)

    def graphql(self, text: str, **variables: Any) -> Any:
        """What Ada asks or does; it must not fail."""
        body = {"query": text, "variables": variables}
        answer = self.session.post(f"{self.served.url}/github/graphql", json=body).json()
        assert "errors" not in answer, answer
        return answer["data"]

    @property
    def project(self) -> Any:
        """The project's id, and its fields by name."""
        found = self.graphql(
            """{ organization(login: "acme") { projectV2(number: 3) { id fields(first: 50) { nodes {
            ... on ProjectV2FieldCommon { id name }
            ... on ProjectV2SingleSelectField { options { id name } }
            ... on ProjectV2IterationField { configuration {
              iterations { id title } completedIterations { id title } } } } } } } }"""
        )["organization"]["projectV2"]
        return found["id"], {field["name"]: field for field in found["fields"]["nodes"]}

    def item(self, record: RecordId) -> str:
        """Its item in the project; added where it is missing."""
        text = """mutation($project: ID!, $issue: ID!) { addProjectV2ItemById(
            input: {projectId: $project, contentId: $issue}) { item { id } } }"""
        data = self.graphql(text, project=self.project[0], issue=record)
        return str(data["addProjectV2ItemById"]["item"]["id"])

    def place(self, record: RecordId, after: RecordId | None) -> None:
        """Ada drags it right below another, or to the top."""
        text = """mutation($project: ID!, $item: ID!, $after: ID) { updateProjectV2ItemPosition(
            input: {projectId: $project, itemId: $item, afterId: $after}) { clientMutationId } }"""
        above = self.item(after) if after else None
        self.graphql(text, project=self.project[0], item=self.item(record), after=above)

    def put(self, record: RecordId, name: str, value: str | float | None) -> None:
        """Ada fills in a field of the project, or empties it."""
        id_, fields = self.project
        where = {"projectId": id_, "itemId": self.item(record), "fieldId": fields[name]["id"]}
        if value is None:
            text = """mutation($input: ClearProjectV2ItemFieldValueInput!) {
                clearProjectV2ItemFieldValue(input: $input) { clientMutationId } }"""
            self.graphql(text, input=where)
            return
        text = """mutation($input: UpdateProjectV2ItemFieldValueInput!) {
            updateProjectV2ItemFieldValue(input: $input) { clientMutationId } }"""
        self.graphql(text, input={**where, "value": self._given(fields[name], value)})

    def _given(self, field: Any, value: str | float) -> dict[str, Any]:
        made = field.get("configuration") or {}
        for entry in (*field.get("options", ()),):
            if entry["name"] == value:
                return {"singleSelectOptionId": entry["id"]}
        for entry in (*made.get("iterations", ()), *made.get("completedIterations", ())):
            if entry["title"] == value:
                return {"iterationId": entry["id"]}
        if isinstance(value, float):
            return {"number": value}
        return {"date" if field["name"] == "Due" else "text": value}

    def add(self, values: Mapping[FieldName, Value]) -> RecordId:
        record = super().add(values)
        self.item(record)
        return record


class OnProjectFields(OnProject):
    """The same, with fields that the project carries."""

    fields = frozenset(FIELDS)
    carriers: Mapping[FieldName, Carrier] = {
        "status": Carrier("project-field", "status"),
        "priority": Carrier("project-field", "Priority", {"high": "P-High"}),
        "estimate": Carrier("project-field", "Points"),
        "sprint": Carrier("project-field", "Sprint"),
        "due": Carrier("project-field", "Due"),
        "release": Carrier("project-field", "Target"),
    }
    words: Mapping[Value, str] = {
        "todo": "Todo",
        "in_progress": "In Progress",
        "done": "Done",
        "cancelled": "Cancelled",
        "high": "P-High",
        "low": "Low",
    }

    def edit(self, record: RecordId, name: FieldName, value: Value) -> None:
        if name not in self.carriers:
            super().edit(record, name, value)
            return
        field = next(f for f in self.project[1] if f.casefold() == self._argument(name))
        said = self.words.get(value, value)
        assert said is None or isinstance(said, str | float)
        self.put(record, field, said)
        if name == "status":
            super().edit(record, name, value)

    def _argument(self, name: FieldName) -> str:
        return str(self.carriers[name].argument).casefold()

    def add(self, values: Mapping[FieldName, Value]) -> RecordId:
        elsewhere = self.carriers.keys() & values.keys()
        record = super().add({n: value for n, value in values.items() if n not in elsewhere})
        for name in sorted(elsewhere):
            self.edit(record, name, values[name])
        return record


class TestGitHubProject(TestGitHub):
    on = OnProject

    @pytest.fixture
    def tracker(self, stand_in: GitHubStandIn, served: Served) -> Tracker:
        stand_in.load({**SEED, "projects": [PROJECT]})
        served.switches.faults.clear()
        served.switches.lag = 0
        return self.on(stand_in, served)


class TestGitHubProjectFields(TestGitHubProject):
    on = OnProjectFields

    def values(self, tracker: Tracker, name: FieldName) -> st.SearchStrategy[Value]:
        if name == "sprint":
            return st.sampled_from(tracker.samples[name]) | st.none()
        return super().values(tracker, name)
