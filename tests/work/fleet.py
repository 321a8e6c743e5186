"""Stand-in trackers of several backlogs, and the real commands that keep them, as processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.jira import JiraStandIn
from adapters.sandbox.server import Served, Switches, serve
from tests.work.place import until

SECRET = "5c" * 20
ONEBACKLOG = (sys.executable, "-c", "from sync.cli import main; main()")
ENVIRONMENT = {
    "JIRA_EMAIL": "bot@example.com",
    "JIRA_TOKEN": "bot-token",
    "GITHUB_TOKEN": "t-bot",
    "HOOK": SECRET,
}
BACKLOG = """
  {name}:
    trackers:
      jira: {{type: jira, url: "{url}/jira", project: {project}, creates: all,
        auth: {{email: env/JIRA_EMAIL, token: env/JIRA_TOKEN}}, webhook_secret: env/HOOK}}
      github: {{type: github, url: "{url}/github", repository: acme/{name}, creates: all,
        auth: {{token: env/GITHUB_TOKEN}}, webhook_secret: env/HOOK}}
    comments: {{from: [github], to: [jira]}}
    schedule: {{every: 1d}}
    guard: {{minimum: 100000}}
    rules: {{priority-order: "off", acceptance-criteria: "off", labels: "off"}}
"""
SEEDED = 4
"""Items of each backlog at the start."""


@dataclass
class Node:
    """One process that is started again and again, on a port if it serves."""

    name: str
    arguments: Sequence[str]
    folder: Path
    port: int | None = None
    process: subprocess.Popen[bytes] | None = None

    def start(self, *before: str) -> None:
        """`before`: a command that runs it."""
        web = [] if self.port is None else ["--port", str(self.port)]
        with (self.folder / f"{self.name}.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*before, *ONEBACKLOG, *self.arguments, *web, "--log-format", "json"],
                env={**os.environ, **ENVIRONMENT},
                cwd=self.folder,
                stdout=log,
                stderr=log,
            )

    @property
    def pids(self) -> list[int]:
        """The process, and the worker that `serve` has beside it."""
        if self.process is None:
            return []
        pid = self.process.pid
        below = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [pid, *map(int, below.split())]

    def send(self, what: signal.Signals) -> None:
        """To all of it, as when its host stands still."""
        for pid in self.pids:
            os.kill(pid, what)

    def kill(self) -> None:
        """The process itself, at once; its worker, paused or not, is to follow by itself."""
        if self.process is not None:
            self.send(signal.SIGCONT)
            self.process.kill()
            self.process.wait(30)
            self.process = None

    def lose_worker(self) -> None:
        """Kills the one beside it."""
        for pid in self.pids[1:]:
            os.kill(pid, signal.SIGKILL)

    def log(self) -> str:
        return (self.folder / f"{self.name}.log").read_text()

    def is_ready(self) -> bool:
        with suppress(requests.RequestException):
            return requests.get(f"http://127.0.0.1:{self.port}/readyz", timeout=2).ok
        return False

    @property
    def rss(self) -> list[int]:
        """Bytes of memory that it and its worker hold."""
        return [*map(_rss, self.pids)]

    @property
    def cpu(self) -> list[float]:
        """Seconds of a core that it and its worker have used."""
        return [*map(_cpu, self.pids)]


def _rss(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(one for one in status.splitlines() if one.startswith("VmRSS"))
    return int(line.split()[1]) * 1024


def _cpu(pid: int) -> float:
    text = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2]
    return sum(map(int, text.split()[11:13])) / os.sysconf("SC_CLK_TCK")


@dataclass
class Fleet:
    """Trackers and processes, and how a person works on the trackers."""

    folder: Path
    state: str
    served: Served
    backlogs: Sequence[str]
    nodes: list[Node] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ada = requests.Session()

    @property
    def web(self) -> list[Node]:
        return [one for one in self.nodes if one.port is not None]

    def add(self, *arguments: str, name: str = "") -> Node:
        port = _free() if arguments[0] == "serve" else None
        made = Node(name or f"{arguments[0]}{len(self.nodes)}", arguments, self.folder, port)
        self.nodes.append(made)
        return made

    def github(self, backlog: str, method: str, rest: str, **data: Any) -> Any:
        """What Ada does there."""
        url = f"{self.served.url}/github/repos/acme/{backlog}{rest}"
        answer = self._ada.request(
            method, url, json=data or None, headers={"Authorization": "Bearer t-ada"}, timeout=30
        )
        answer.raise_for_status()
        return answer.json()

    def jira(self, method: str, rest: str, body: Any = None) -> Any:
        """What Ada does there."""
        url, auth = f"{self.served.url}/jira/rest/api/3/{rest}", ("ada@example.com", "ada-token")
        answer = self._ada.request(method, url, json=body, auth=auth, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def on_github(self, backlog: str) -> list[Any]:
        """Its issues there, by number."""
        found = list[Any]()
        for page in range(1, 100):
            rest = f"/issues?state=all&direction=asc&per_page=100&page={page}"
            found += (part := self.github(backlog, "GET", rest))
            if len(part) < 100:
                break
        return found

    def on_jira(self, backlog: str) -> list[Any]:
        """Its issues there."""
        asked: dict[str, Any] = {
            "jql": f"project = {backlog.upper()} ORDER BY key ASC",
            "fields": ["summary"],
            "maxResults": 1000,
        }
        found = list[Any]()
        for _ in range(100):
            answer = self.jira("POST", "search/jql", asked)
            found += answer["issues"]
            if "nextPageToken" not in answer:
                break
            asked["nextPageToken"] = answer["nextPageToken"]
        return found

    def titles(self, tracker: str, backlog: str) -> list[str]:
        if tracker == "github":
            return [one["title"] for one in self.on_github(backlog)]
        return [one["fields"]["summary"] for one in self.on_jira(backlog)]

    def agree(self, backlog: str) -> bool:
        """Do both trackers show the same titles?"""
        return sorted(self.titles("github", backlog)) == sorted(self.titles("jira", backlog))

    def begin(self) -> None:
        """Starts all, and waits until each backlog is on both trackers."""
        for one in self.nodes:
            one.start()
        until(lambda: all(one.is_ready() for one in self.web))
        until(lambda: all(map(self.agree, self.backlogs)))


@contextmanager
def fleet(folder: Path, state: str, backlogs: int = 3, more: str = "") -> Iterator[Fleet]:
    """Trackers and settings, and no processes yet; all that are started end with the block."""
    names = [f"team{number}" for number in range(backlogs)]
    switches = Switches()
    on_github, on_jira = GitHubStandIn(switches), JiraStandIn(switches, "cloud")
    issues = [{"title": f"item {number}"} for number in range(1, SEEDED + 1)]
    repository = {"private": True, "push": ["bot", "ada"], "issues": issues}
    on_github.load(
        {
            "users": {"t-bot": "bot", "t-ada": "ada"},
            "organizations": {"acme": {}},
            "repositories": {f"acme/{name}": repository for name in names},
        }
    )
    people = {f"{name}@example.com:{name}-token": {"accountId": name} for name in ("bot", "ada")}
    projects = {name.upper(): {"types": ["Story", "Task"]} for name in names}
    on_jira.load({"users": people, "projects": projects})
    with ExitStack() as ending:
        apps = {"/github": on_github.app, "/jira": on_jira.app}
        served = ending.enter_context(serve(apps, switches))
        parts = [
            BACKLOG.format(name=name, project=name.upper(), url=served.url) + more for name in names
        ]
        text = f"state: {state}\nbacklogs:{''.join(parts)}"
        (folder / "onebacklog.yaml").write_text(text, encoding="utf-8")
        made = Fleet(folder, state, served, names)
        try:
            yield made
        finally:
            for one in made.nodes:
                one.kill()


def stopped(node: Node, seconds: float = 30) -> float:
    """Ends it as an operator does; returns how long that took."""
    begun = time.monotonic()
    assert node.process is not None
    node.process.terminate()
    assert node.process.wait(seconds) == 0
    node.process = None
    return time.monotonic() - begun


def _free() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
