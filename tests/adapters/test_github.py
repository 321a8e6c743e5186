"""The GitHub adapter by the contract, against the stand-in."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import requests
from hypothesis import strategies as st

from adapters.base import Setup
from adapters.github import body
from adapters.github.adapter import GitHub
from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.server import Fault, Served, Switches, serve
from adapters.sections import join
from sync.model import EMPTY, FIELDS, FieldName, Value
from sync.tracker import Adapter, RecordId
from tests.contract import SAMPLES, AdapterContract, Tracker

SEED: Mapping[str, Any] = {
    "users": {"t-bot": "sync-bot", "t-ada": "ada", "t-bob": "bob"},
    "organizations": {"acme": {}},
    "repositories": {"acme/shop": {"push": ["sync-bot", "ada", "bob"]}},
}


class OnGitHub(Tracker):
    """A repository, and Ada, who works in it with her own token."""

    markdown = True
    samples: Mapping[FieldName, tuple[Value, Value]] = {**SAMPLES, "status": ("todo", "done")}

    def __init__(self, stand_in: GitHubStandIn, served: Served) -> None:
        self.stand_in, self.served = stand_in, served
        self.session = requests.Session()
        self.session.headers["Authorization"] = "Bearer t-ada"

    def adapter(self) -> Adapter:
        url = f"{self.served.url}/github"
        return GitHub(Setup("github"), repository="acme/shop", token="t-bot", url=url)

    def call(self, method: str, rest: str, **data: Any) -> Any:
        url = f"{self.served.url}/github/repos/acme/shop{rest}"
        answer = self.session.request(method, url, json=data)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def issue(self, record: RecordId) -> Any:
        url = f"{self.served.url}/github/repos/acme/shop/issues"
        listed = self.session.get(url, params={"state": "all", "per_page": "100"}).json()
        return next(issue for issue in listed if issue["node_id"] == record)

    def edit(self, record: RecordId, name: FieldName, value: Value) -> None:
        issue = self.issue(record)
        number = issue["number"]
        if name == "parent":
            path = f"/issues/{self.issue(str(value))['number']}/sub_issues"
            self.call("POST", path, sub_issue_id=issue["id"])
            return
        self.call("PATCH", f"/issues/{number}", **self._parts(issue, {name: value}))

    def add(self, values: Mapping[FieldName, Value]) -> RecordId:
        blank: dict[str, Any] = {"body": "", "labels": []}
        parts = self._parts(blank, values)
        issue = self.call("POST", "/issues", **parts)
        if parts.get("state") == "closed":
            self.call("PATCH", f"/issues/{issue['number']}", state="closed")
        return str(issue["node_id"])

    def _parts(self, issue: Mapping[str, Any], values: Mapping[FieldName, Value]) -> dict[str, Any]:
        """What a person would type and click."""
        parts: dict[str, Any] = {}
        labels = {label["name"] for label in issue["labels"]}
        held = body.read(issue["body"])
        for name, value in values.items():
            match name:
                case "title":
                    parts["title"] = value
                case "description":
                    held = replace(held, text=join(held.text, description=str(value)))
                    parts["body"] = str(held)
                case "acceptance_criteria":
                    assert isinstance(value, tuple)
                    held = replace(held, text=join(held.text, criteria=value))
                    parts["body"] = str(held)
                case "status":
                    parts["state"] = "closed" if value in ("done", "cancelled") else "open"
                case "labels":
                    assert isinstance(value, frozenset)
                    labels = {label for label in labels if ":" in label} | value
                case "assignees":
                    assert isinstance(value, frozenset)
                    parts["assignees"] = sorted(value)
                case "release":
                    parts["milestone"] = self._milestone(str(value))
                case _:
                    labels = {it for it in labels if not it.startswith(f"{name}:")}
                    labels |= {
                        f"{name}:{value:g}" if isinstance(value, float) else f"{name}:{value}"
                    }
        return {**parts, "labels": sorted(labels)}

    def _milestone(self, title: str) -> int:
        listed = self.call("GET", "/milestones?state=all")
        found = [entry["number"] for entry in listed if entry["title"] == title]
        return int(found[0] if found else self.call("POST", "/milestones", title=title)["number"])

    def remove(self, record: RecordId) -> None:
        self.stand_in.delete("acme/shop", self.issue(record)["number"])

    def lose(self) -> None:
        self.served.switches.faults.append(Fault("lose", "/issues$", "POST"))

    def refuse(self) -> tuple[FieldName, Value]:
        return "title", "long " * 60

    def lag(self) -> None:
        self.served.switches.lag = 30


@pytest.fixture(scope="module")
def stand_in() -> GitHubStandIn:
    return GitHubStandIn(Switches())


@pytest.fixture(scope="module")
def served(stand_in: GitHubStandIn) -> Iterator[Served]:
    with serve({"/github": stand_in.app}, stand_in.switches) as served:
        yield served


class TestGitHub(AdapterContract):
    @pytest.fixture
    def tracker(self, stand_in: GitHubStandIn, served: Served) -> Tracker:
        stand_in.load(SEED)
        served.switches.faults.clear()
        served.switches.lag = 0
        return OnGitHub(stand_in, served)

    def values(self, tracker: Tracker, name: FieldName) -> st.SearchStrategy[Value]:
        usual = super().values(tracker, name)
        if name != "labels":
            return usual
        return usual.filter(  # GitHub does not tell "A" from "a"
            lambda value: len(value) == len({label.casefold() for label in value})
        )


def test_every_field_has_a_carrier() -> None:
    adapter = GitHub(Setup("github"), repository="acme/shop", token="t-bot")
    assert set(adapter._codec.carriers.by_field) == set(FIELDS) == set(EMPTY_FIELDS)


EMPTY_FIELDS = {name: EMPTY[shape] for name, shape in FIELDS.items()}
