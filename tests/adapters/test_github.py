"""The GitHub adapter by the contract, against the stand-in."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import requests
from hypothesis import strategies as st

from adapters.base import Carrier, Setup
from adapters.github import body
from adapters.github.adapter import GitHub
from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.server import Fault, Served, Switches, serve
from adapters.sections import HEADING, Place
from adapters.sections.layout import Changes, Layout, write
from sync.model import FIELDS, FieldName, Value, as_criteria, as_set
from sync.tracker import Adapter, Change, Create, RecordId, Update
from tests.contract import (
    SAMPLES,
    AdapterContract,
    Tracker,
    made,
    others,
    recorded,
    says,
    twin,
    updated,
)

SEED: Mapping[str, Any] = {
    "users": {"t-bot": "sync-bot", "t-ada": "ada", "t-bob": "bob"},
    "organizations": {
        "acme": {
            "issue_types": ["Bug", "Story", "Epic"],
            "issue_fields": [
                {"name": "Urgency", "type": "single_select", "options": ["High", "Low"]},
                {"name": "Points", "type": "number"},
                {"name": "Due", "type": "date"},
                {"name": "Area", "type": "multi_select", "options": ["Web", "Back office"]},
                {"name": "Team", "type": "text"},
            ],
        }
    },
    "repositories": {"acme/shop": {"push": ["sync-bot", "ada", "bob"]}},
}
COUPLED = frozenset({"status", "resolution"})
"""Fields that GitHub holds in one state."""


class OnGitHub(Tracker):
    """A repository, and Ada, who works in it with her own token."""

    markdown = True
    fields = frozenset(FIELDS) - {"due"}
    samples: Mapping[FieldName, tuple[Value, Value]] = {
        **SAMPLES,
        "status": ("cancelled", "done"),
        "resolution": ("cannot_reproduce", "duplicate"),
    }
    carriers: Mapping[FieldName, Carrier] = {}
    headings: Mapping[FieldName, str] = {"attachments": "Attachments"}
    layout = Layout(HEADING, {"Attachments": bool})

    @property
    def texts(self) -> frozenset[FieldName]:
        """Fields in the body."""
        return frozenset({"description", "acceptance_criteria", *self.headings})

    def __init__(self, stand_in: GitHubStandIn, served: Served) -> None:
        self.stand_in, self.served = stand_in, served
        self.session = requests.Session()
        self.session.headers["Authorization"] = "Bearer t-ada"

    def adapter(self) -> Adapter:
        url = f"{self.served.url}/github"
        setup = Setup("github", carriers=self.carriers)
        return GitHub(setup, repository="acme/shop", token="t-bot", url=url)

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
        parts = self._parts(issue, {name: value})
        if name in COUPLED and issue["state"] == "closed":
            self.call("PATCH", f"/issues/{number}", state="open")
        self.call("PATCH", f"/issues/{number}", **parts)

    def add(self, values: Mapping[FieldName, Value]) -> RecordId:
        blank: dict[str, Any] = {"body": "", "labels": []}
        parts = self._parts(blank, values)
        issue = self.call("POST", "/issues", **parts)
        if parts.get("state") == "closed":
            state = {name: parts[name] for name in ("state", "state_reason")}
            self.call("PATCH", f"/issues/{issue['number']}", **state)
        return str(issue["node_id"])

    def _parts(self, issue: Mapping[str, Any], values: Mapping[FieldName, Value]) -> dict[str, Any]:
        """What a person would type and click."""
        parts: dict[str, Any] = {}
        labels = {label["name"] for label in issue["labels"]}
        if texts := self.texts & values.keys():
            parts["body"] = self._body(issue["body"], {name: values[name] for name in texts})
        for name, value in values.items():
            match name:
                case _ if name in texts:
                    continue
                case "title":
                    parts["title"] = value
                case "status":
                    parts["state"] = "closed" if value in ("done", "cancelled") else "open"
                    why = "completed" if value == "done" else "not_planned"
                    parts["state_reason"] = why if parts["state"] == "closed" else "reopened"
                case "resolution":
                    if value == "duplicate":
                        parts |= {"state": "closed", "state_reason": "duplicate"}
                case "components":
                    assert isinstance(value, frozenset)
                    labels = {it for it in labels if not it.startswith("component:")}
                    labels |= {f"component: {word}" for word in value}
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

    def _body(self, raw: str, values: Mapping[FieldName, Value]) -> str:
        held, said = body.read(raw), Changes()
        for name, value in values.items():
            if name == "description":
                said = replace(said, description=str(value))
            elif name == "acceptance_criteria":
                said = replace(said, criteria=as_criteria(value))
            else:
                entries = tuple(sorted(value)) if isinstance(value, frozenset) else str(value)
                said = replace(said, sections={**said.sections, self.headings[name]: entries})
        return str(replace(held, text=write(held.text, self.layout, said)))

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


class OnGitHubOtherwise(OnGitHub):
    """The same, with what an organization has for its issues."""

    fields = frozenset(FIELDS)
    carriers: Mapping[FieldName, Carrier] = {
        "kind": Carrier("issue-type"),
        "priority": Carrier("issue-field", "urgency"),
        "estimate": Carrier("issue-field", "Points"),
        "due": Carrier("issue-field", "Due"),
        "components": Carrier("issue-field", "Area"),
        "sprint": Carrier("body-section", "Sprint"),
        "release": Carrier("issue-field", "Team"),
        "relates_to": Carrier("body-section", "See also"),
        "acceptance_criteria": Carrier("checklist"),
    }
    headings: Mapping[FieldName, str] = {"attachments": "Attachments", "sprint": "Sprint"}
    layout = Layout(Place.CHECKLIST, {"Attachments": bool}, ("Sprint",))

    def _parts(self, issue: Mapping[str, Any], values: Mapping[FieldName, Value]) -> dict[str, Any]:
        elsewhere = {name for name, it in self.carriers.items() if it.kind.startswith("issue-")}
        rest = {name: value for name, value in values.items() if name not in elsewhere}
        parts = super()._parts(issue, rest)
        url = f"{self.served.url}/github/orgs/acme/issue-fields"
        ids = {field["name"].casefold(): field["id"] for field in self.session.get(url).json()}
        fields = []
        for name in elsewhere & values.keys():
            carrier, value = self.carriers[name], values[name]
            if carrier.kind == "issue-type":
                parts["type"] = str(value).capitalize()
            else:
                said = sorted(value) if isinstance(value, frozenset) else value
                said = str(said).capitalize() if name == "priority" else said
                fields.append({"field_id": ids[str(carrier.argument).casefold()], "value": said})
        return {**parts, "issue_field_values": fields} if fields else parts


class TestGitHub(AdapterContract):
    on: type[OnGitHub] = OnGitHub
    folded = frozenset({"labels", "components"})
    """Sets in which GitHub does not tell "A" from "a"."""

    @pytest.fixture
    def tracker(self, stand_in: GitHubStandIn, served: Served) -> Tracker:
        stand_in.load(SEED)
        served.switches.faults.clear()
        served.switches.lag = 0
        return self.on(stand_in, served)

    def values(self, tracker: Tracker, name: FieldName) -> st.SearchStrategy[Value]:
        usual = super().values(tracker, name)
        if name not in self.folded:
            return usual
        return usual.filter(
            lambda value: len(as_set(value)) == len({word.casefold() for word in as_set(value)})
        )

    @pytest.mark.parametrize(
        "carried", [n for n in AdapterContract.every_field if n not in COUPLED], indirect=True
    )
    def test_an_update_changes_its_field_and_no_other(
        self, tracker: Tracker, carried: FieldName
    ) -> None:
        super().test_an_update_changes_its_field_and_no_other(tracker, carried)

    @pytest.mark.parametrize(
        ("name", "old", "new"),
        [
            ("status", "cancelled", "done"),
            ("status", "todo", "done"),
            ("status", "todo", "cancelled"),
            ("resolution", *OnGitHub.samples["resolution"]),
        ],
    )
    def test_status_and_resolution_are_one_state(
        self, tracker: Tracker, name: FieldName, old: Value, new: Value
    ) -> None:
        values = {**tracker.first(), name: old}
        values |= {"resolution": None} if old == "todo" else {}
        before = recorded(tracker.adapter().create([Create("item1", values)], {}))
        after = recorded(updated(tracker, before, **{name: (old, new)}))
        assert says(tracker, after, name, new)
        assert others(after, *COUPLED) == others(before, *COUPLED)
        back = recorded(updated(tracker, after, **{name: (new, old)}))
        assert back.shown == before.shown

    @pytest.mark.parametrize("name", ["relates_to", "duplicates"])
    def test_a_list_of_references_names_the_others(self, tracker: Tracker, name: FieldName) -> None:
        one, two = made(tracker, "item1"), made(tracker, "item2")
        twins = {"item1": twin(one), "item2": twin(two)}
        text = "Ours.\n\nAnd more."
        values = {"title": "Third", "description": text, name: frozenset({"item1"})}
        record = recorded(tracker.adapter().create([Create("item3", values)], twins))
        assert record.shown[name] == [one.key]
        change = {name: Change(frozenset({"item1"}), frozenset({"item2"}))}
        after = recorded(tracker.adapter().update([Update("item3", record, change)], twins))
        assert after.shown[name] == [two.key]
        change = {name: Change(frozenset({"item2"}), frozenset())}
        last = recorded(tracker.adapter().update([Update("item3", after, change)], twins))
        assert last.shown[name] == []
        assert last.shown["description"] == record.shown["description"] == text


class TestGitHubOtherwise(TestGitHub):
    on = OnGitHubOtherwise
    folded = frozenset({"labels"})

    def values(self, tracker: Tracker, name: FieldName) -> st.SearchStrategy[Value]:
        if name == "components":
            return st.frozensets(st.sampled_from(["Web", "Back office"]))
        return super().values(tracker, name)


def test_every_field_has_a_carrier_but_the_due_day() -> None:
    adapter = GitHub(Setup("github"), repository="acme/shop", token="t-bot")
    assert set(adapter._codec.carriers.by_field) == set(FIELDS) - {"due"}
