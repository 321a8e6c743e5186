"""An item that uses every field at once, passed on from tracker to tracker and back to a Jira."""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.jira import JiraStandIn
from adapters.sandbox.server import Switches, serve
from adapters.text import markdown_to_adf, markdown_to_wiki
from config.load import load
from sync.app.build import Surroundings
from sync.app.runs import Shop, look
from sync.cli import main
from sync.model import EMPTY, FIELDS, Shape, Value
from tests.acceptance.shop import Flavour

TEXT = """It **pays** by card: see [the rules](https://acme.example/rules).

- one
- two
  1. deep

| a | b |
| --- | --- |
| 1 | 2 |

```python
print("x")
```"""
CRITERIA = """## Acceptance criteria

- [x] The card is charged
- [ ] A *receipt* is sent"""
OPEN = [{"name": "Stop", "to": "To Do"}, {"name": "Start", "to": "In Progress"}]
CLOSE = {"name": "Close", "to": "Done", "fields": ["resolution"]}
OTHERS = ("Checkout", "Certificate", "Receipt", "Cards")
"""Items that "Everything" refers to: its parent, what blocks it, relates to it, is the same."""
OWN: Mapping[str, tuple[str, str, str, Any]] = {
    "risk": ("text", "line", "issue-field/risk", "Blue sky"),
    "impact": ("number", "number", "issue-field/impact", 2.5),
    "start": ("date", "date", "issue-field/start", "2026-12-01"),
    "teams": ("multiselect", "set", "issue-field/teams", ["Far West", "North"]),
    "why": ("paragraph", "text", "body-section/Why", "Because *people* ask."),
}
"""A team's own fields: Jira's type, the field's type, its carrier on GitHub, the value."""


def carried(types: Collection[str], jira: str, github: str) -> dict[str, Any]:
    carriers = {"jira": jira, "github": github}
    return {kind: {"carrier": carriers[kind]} for kind in sorted(types) if kind in carriers}


def jira_seed(flavour: Flavour, issues: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    who, login = ("accountId", "{0}@acme.example:{0}") if flavour == "cloud" else ("name", "{0}")
    return {
        "users": {login.format(name): {who: name} for name in ("bot", "ada")},
        "fields": [
            {"name": name, "type": type_, "options": value if type_ == "multiselect" else []}
            for name, (type_, _, _, value) in OWN.items()
        ],
        "projects": {
            "SHOP": {
                "types": ["Epic", "Story"],
                "statuses": {"To Do": "new", "In Progress": "indeterminate", "Done": "done"},
                "workflow": [
                    {**one, "from": ["To Do", "In Progress", "Done"]} for one in (*OPEN, CLOSE)
                ],
                "priorities": ["Highest", "High", "Medium", "Low", "Lowest"],
                "versions": ["1.0"],
                "components": ["Back office", "Web"],
                "board": "scrum",
                "sprints": ["Sprint 7"],
            }
        },
        "issues": list(issues),
    }


def issues(flavour: Flavour) -> list[dict[str, Any]]:
    body = f"{TEXT}\n\n{CRITERIA}"
    text = markdown_to_adf(body) if flavour == "cloud" else markdown_to_wiki(body)
    why = str(OWN["why"][3])
    own = {name: value for name, (*_, value) in OWN.items()}
    own["why"] = markdown_to_adf(why) if flavour == "cloud" else markdown_to_wiki(why)
    everything = {
        "key": "SHOP-5",
        "type": "Story",
        "summary": "Everything at once",
        "description": text,
        "status": "Done",
        "resolution": "Duplicate",
        "priority": "High",
        "labels": ["payment", "needs%20design"],
        "assignee": "ada",
        "estimate": 3,
        "parent": "SHOP-1",
        "links": [
            {"type": "Blocks", "inward": "SHOP-2"},
            {"type": "Relates", "outward": "SHOP-3"},
            {"type": "Duplicate", "outward": "SHOP-4"},
        ],
        "fixVersions": ["1.0"],
        "components": ["Back office", "Web"],
        "sprint": "Sprint 7",
        "duedate": "2027-02-28",
        "attachments": [{"name": "spec (1).pdf", "content": "A text."}],
        "fields": own,
    }
    others = [
        {"key": f"SHOP-{n}", "type": "Epic" if n == 1 else "Story", "summary": title}
        for n, title in enumerate(OTHERS, 1)
    ]
    return [*others, everything]


GITHUB = {
    "users": {"bot": "bot", "ada": "ada"},
    "organizations": {
        "acme": {
            "issue_fields": [
                {"name": "risk", "type": "text"},
                {"name": "impact", "type": "number"},
                {"name": "start", "type": "date"},
                {"name": "teams", "type": "multi_select", "options": ["Far West", "North"]},
            ]
        }
    },
    "repositories": {"acme/shop": {"private": True, "push": ["bot", "ada"]}},
    "projects": [{"owner": "acme", "fields": [{"name": "Until", "type": "date"}]}],
}


@dataclass
class Chain:
    """The trackers, and backlogs over two of them each, every one with a state of its own."""

    folder: Path
    url: str
    flavour: Flavour

    def tracker(self, name: str) -> str:
        email = "email: file/email, " if self.flavour == "cloud" else ""
        return {
            "first": f'{{type: jira, url: "{self.url}/first", project: SHOP, creates: all, '
            f"auth: {{{email}token: file/token}}}}",
            "last": f'{{type: jira, url: "{self.url}/last", project: SHOP, creates: all, '
            f"auth: {{{email}token: file/token}}}}",
            "github": f'{{type: github, url: "{self.url}/github", repository: acme/shop, '
            "project: 1, creates: all, auth: {token: file/token}}",
            "files": "{type: files, path: backlog, creates: all}",
        }[name]

    def settings(self, *trackers: str) -> Path:
        path = self.folder / f"{'-'.join(trackers)}.yaml"
        types = {{"first": "jira", "last": "jira"}.get(name, name) for name in trackers}
        fields: dict[str, dict[str, Any]] = {
            name: {"type": type_, **carried(types, f"field/{name}", github)}
            for name, (_, type_, github, _) in OWN.items()
        }
        fields["due"] = carried(types, "field/duedate", "project-field/Until")
        if "last" in trackers:  # files are attached to an issue by people only
            fields["attachments"] = {"jira": {"carrier": "body-section/Attachments"}}
        listed = "".join(f"      {name}: {self.tracker(name)}\n" for name in trackers)
        path.write_text(
            f"state: sqlite:///{path.stem}.db\nbacklogs:\n  shop:\n    trackers:\n{listed}"
            f"    fields: {json.dumps(fields)}\n"
            f"    users: {{ada: {json.dumps(dict.fromkeys(sorted(types), 'ada'))}}}\n"
            "    rules: {priority-order: 'off', acceptance-criteria: 'off', labels: 'off'}\n",
            encoding="utf-8",
        )
        return path

    def pass_on(self, *trackers: str) -> None:
        """Applies until there is nothing left to do, which a second run must find."""
        config = str(self.settings(*trackers))
        result = CliRunner().invoke(main, ["apply", "--yes", "--config", config])
        assert result.exit_code == 0, result.output
        result = CliRunner().invoke(main, ["plan", "--format", "json", "--config", config])
        assert json.loads(result.stdout)["edits"] == []
        assert result.exit_code == 0, result.output

    def item(self, tracker: str, *trackers: str) -> dict[str, Value]:
        """What the tracker shows of it, as a fresh look reads it; other items by their titles."""
        path = self.settings(*trackers)
        config = load(path)
        around = Surroundings({}, self.folder)
        nowhere = f"sqlite:///{self.folder / 'none.db'}"
        shop = Shop("shop", config.backlogs["shop"], nowhere, around, lambda: datetime.now(UTC))
        found = look(shop)
        reading = found.context.readings[tracker]
        titles = {one.id: str(one.shown["title"]) for one in reading.snapshot.records}
        titles |= {one.key: titles[one.id] for one in reading.snapshot.records}
        [record] = [one for one in reading.snapshot.records if "Everything" in titles[one.id]]
        values: dict[str, Value] = {}
        for name, shown in record.shown.items():
            shape = found.context.backlog.schema.get(name)
            if shape is Shape.ITEM:
                values[name] = titles[shown] if shown else None
            elif shape is Shape.ITEMS:
                values[name] = frozenset(titles[one] for one in shown)
            elif shape is not None:
                values[name] = reading.facts.codec.decode(name, shown, EMPTY[shape])
        return values


@pytest.fixture(params=["cloud", "datacenter"])
def chain(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Chain]:
    flavour: Flavour = request.param
    switches = Switches()
    first, last = JiraStandIn(switches, flavour), JiraStandIn(switches, flavour)
    first.load(jira_seed(flavour, issues(flavour)))
    last.load(jira_seed(flavour, []))
    github = GitHubStandIn(switches)
    github.load(GITHUB)
    (tmp_path / "token").write_text("bot", encoding="utf-8")
    (tmp_path / "email").write_text("bot@acme.example", encoding="utf-8")
    apps = {"/first": first.app, "/last": last.app, "/github": github.app}
    with serve(apps, switches) as served:
        yield Chain(tmp_path, served.url, flavour)


def test_an_item_that_uses_every_field_comes_from_jira_to_jira_unchanged(chain: Chain) -> None:
    before = chain.item("first", "first")
    used = {name for name, value in before.items() if value}
    assert used >= set(FIELDS)
    chain.pass_on("first", "github")
    assert chain.item("github", "github") == before
    chain.pass_on("github", "files")
    assert chain.item("files", "files") == before
    chain.pass_on("files", "last")
    assert chain.item("last", "last") == before
    assert chain.item("first", "first") == before
