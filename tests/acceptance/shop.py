"""A shop with all three trackers over real HTTP, run by the command line: for acceptance tests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from click.testing import CliRunner

from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.jira import JiraStandIn
from adapters.sandbox.server import Served, Switches, serve
from sync.cli import main
from sync.tracker import Record
from tests.adapters.test_files import InFiles
from tests.adapters.test_github import OnGitHub
from tests.adapters.test_jira import JiraTracker
from tests.contract import Tracker

Flavour = Literal["cloud", "datacenter"]
PEOPLE = ("bot", "ada", "bob")


@dataclass
class Result:
    """What a command left: its exit code, its result, its story."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Shop:
    """The trackers, the folder, and the settings."""

    served: Served
    github_stand_in: GitHubStandIn
    jira_stand_in: JiraStandIn
    folder: Path
    flavour: Flavour
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Path:
        return self.folder / "onebacklog.yaml"

    @property
    def items(self) -> Path:
        return self.folder / "backlog" / "items"

    @property
    def github(self) -> OnGitHub:
        return OnGitHub(self.github_stand_in, self.served)

    @property
    def jira(self) -> JiraTracker:
        return JiraTracker(self.served, self.flavour)

    @property
    def files(self) -> InFiles:
        return InFiles(self.folder / "backlog")

    def person(self, tracker: str) -> Tracker:
        """Ada, on that tracker."""
        people: dict[str, Tracker] = {
            "jira": self.jira,
            "github": self.github,
            "files": self.files,
        }
        return people[tracker]

    def records(self, tracker: str) -> dict[str, Record]:
        """What it shows, by title, from a whole read."""
        adapter = self.person(tracker).adapter()
        facts = adapter.open()
        read = adapter.read(None).records
        return {str(facts.codec.decode("title", one.shown["title"], None)): one for one in read}

    def configure(self, more: str = "", creates: str = "all", github: str = "") -> None:
        """Writes the settings; `more` stands below the backlog, `github` below that tracker."""
        email = "email: env/JIRA_EMAIL, " if self.flavour == "cloud" else ""
        self.settings.write_text(
            f"""
state: sqlite:///state.db
backlogs:
  shop:
    trackers:
      jira:
        {{type: jira, url: "{self.served.url}/jira", project: SHOP, creates: {creates},
         auth: {{{email}token: env/JIRA_TOKEN}}}}
      github:
        {{type: github, url: "{self.served.url}/github", repository: acme/shop, creates: {creates},
         auth: {{token: env/GITHUB_TOKEN}}{github}}}
      files: {{type: files, path: backlog, creates: {creates}}}
    users:
      ada: {{jira: ada, github: ada, files: ada}}
      bob: {{jira: bob, github: bob, files: bob}}
    rules: {{priority-order: "off", acceptance-criteria: "off", labels: "off"}}
{more}
""",
            encoding="utf-8",
        )

    def run(self, *args: str) -> Result:
        """One command, as a user gives it."""
        options = [] if args[0] in ("schema", "--help") else ["--config", str(self.settings)]
        result = CliRunner().invoke(main, [*args, *options], env=self.environment)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Result(result.exit_code, result.stdout, result.stderr)

    def plan(self, *args: str) -> Any:
        """The plan as JSON."""
        return self.run("plan", "--format", "json", *args).json

    def apply(self, *args: str) -> Result:
        result = self.run("apply", "--yes", *args)
        assert result.code == 0, result.out + result.err
        return result

    def settled(self) -> None:
        """There is nothing left to do."""
        result = self.run("plan", "--format", "json")
        assert result.json["edits"] == []
        assert result.json["moves"] == []
        assert result.json["conflicts"] == []
        assert result.code == 0


@contextmanager
def shop(
    folder: Path,
    *,
    flavour: Flavour = "cloud",
    jira: Sequence[Mapping[str, Any]] = (),
    github: Sequence[Mapping[str, Any]] = (),
    files: Mapping[str, str] | None = None,
    repository: Mapping[str, Any] | None = None,
    project: Mapping[str, Any] | None = None,
) -> Iterator[Shop]:
    """Trackers that hold these issues and files; torn down when the block ends."""
    switches = Switches()
    on_github, on_jira = GitHubStandIn(switches), JiraStandIn(switches, flavour)
    on_github.load(
        {
            "users": {"t-bot": "bot", "t-ada": "ada", "t-bob": "bob", "t-guest": "guest"},
            "organizations": {"acme": {}},
            "repositories": {
                "acme/shop": {
                    "private": True,
                    "push": list(PEOPLE),
                    "read": ["guest"],
                    "issues": list(github),
                    **(repository or {}),
                }
            },
        }
    )
    who = "accountId" if flavour == "cloud" else "name"
    login = "{0}@example.com:{0}-token" if flavour == "cloud" else "{0}-token"
    on_jira.load(
        {
            "users": {login.format(name): {who: name} for name in PEOPLE},
            "projects": {
                "SHOP": {"types": ["Epic", "Story", "Task", "Bug", "Sub-task"], **(project or {})}
            },
            "issues": list(jira),
        }
    )
    for name, text in (files or {}).items():
        path = folder / "backlog" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    with serve({"/github": on_github.app, "/jira": on_jira.app}, switches) as served:
        environment = {
            "JIRA_EMAIL": "bot@example.com",
            "JIRA_TOKEN": "bot-token",
            "GITHUB_TOKEN": "t-bot",
        }
        made = Shop(served, on_github, on_jira, folder, flavour, environment)
        made.configure()
        yield made
