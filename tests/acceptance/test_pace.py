"""Processes that share a credential keep its pace together: counted where they call."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner
from pyrate_limiter import Rate
from structlog.testing import capture_logs

from adapters.pace import Speed
from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.server import Fault, Served, Switches, serve
from sync.app.turns import SharedTurns
from sync.cli import main
from sync.state import Store
from tests.work.place import now

APPLY = (sys.executable, "-c", "from sync.cli import main; main()", "apply", "--yes")
ITEMS = 19
"""Of each backlog: of both together, some more than may go at once."""
LIMIT = 120
"""Writes a minute."""
SPEED = Speed.of(Rate(LIMIT, 60_000))
TOKENS = {"BOT": "t-bot", "ADA": "t-ada"}
BACKLOG = """
  {name}:
    trackers:
      github: {{type: github, url: "{url}/github", repository: acme/{name}, creates: all,
        auth: {{token: env/{token}}}{more}}}
      files: {{type: files, path: {name}, creates: all}}
    guard: {{minimum: 100000}}
    rules: {{priority-order: "off", acceptance-criteria: "off", labels: "off"}}
"""


@dataclass
class Stalls:
    """Repositories of one stand-in, each a backlog with a folder; and when it was written to."""

    folder: Path
    served: Served
    switches: Switches
    state: str
    posts: list[float] = field(default_factory=list)

    def configure(self, more: str = "", **tokens: str) -> None:
        """`tokens`: the variable that each backlog's token is in."""
        text = f"state: {self.state}\nbacklogs:\n"
        for name, token in tokens.items():
            text += BACKLOG.format(name=name, url=self.served.url, token=token, more=more)
        (self.folder / "onebacklog.yaml").write_text(text)

    def fill(self, name: str, items: int) -> None:
        folder = self.folder / name / "items"
        folder.mkdir(parents=True)
        for number in range(items):
            (folder / f"{number}.md").write_text(f"---\nkind: task\n---\n\n# Item {number}\n")

    def begin(self, name: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*APPLY, name],
            env={**os.environ, **TOKENS},
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def apply(self, *arguments: str) -> tuple[int, str]:
        """In this process."""
        config = str(self.folder / "onebacklog.yaml")
        given = ["apply", "--yes", *arguments, "--config", config]
        result = CliRunner().invoke(main, given, env=TOKENS)
        return result.exit_code, " ".join(result.output.split())

    def made(self) -> list[str]:
        """Where issues were to be made."""
        paths = [one.path for one in self.served.log if one.method == "POST"]
        return [path for path in paths if path.endswith("/issues")]


@pytest.fixture
def stalls(tmp_path: Path, postgres_url: str) -> Iterator[Stalls]:
    switches = Switches()
    github = GitHubStandIn(switches)
    github.load(
        {
            "users": {"t-bot": "bot", "t-ada": "ada"},
            "organizations": {"acme": {}},
            "repositories": {
                f"acme/{name}": {"private": True, "push": ["bot", "ada"]} for name in ("one", "two")
            },
        }
    )
    with serve({"/github": github.app}, switches) as served:
        yield Stalls(tmp_path, served, switches, postgres_url)


def test_two_processes_with_one_credential_keep_within_its_limit_together(stalls: Stalls) -> None:
    begun = now().timestamp()
    note = lambda: stalls.posts.append(now().timestamp() - begun)  # noqa: E731
    stalls.switches.faults.append(Fault("slow", "/issues$", "POST", after=0, times=1000, then=note))
    stalls.configure(f", writes_per_minute: {LIMIT}", one="BOT", two="BOT")
    for name in ("one", "two"):
        stalls.fill(name, ITEMS)
    both = [stalls.begin(name) for name in ("one", "two")]
    said = [one.communicate(timeout=120)[0] for one in both]
    assert [one.returncode for one in both] == [0, 0], said
    posts = sorted(stalls.posts)
    assert len(posts) == 2 * ITEMS
    for first, start in enumerate(posts):
        for number, end in enumerate(posts[first:], 1):
            assert number <= SPEED.burst + (end - start) * SPEED.per_second + 1


def test_a_pause_that_one_process_was_asked_for_holds_the_other_and_no_other_credential(
    stalls: Stalls,
) -> None:
    stalls.switches.faults.append(Fault("secondary", "/issues$", "POST", after=100))
    stalls.configure(one="BOT", two="BOT")
    for name in ("one", "two"):
        stalls.fill(name, 1)
    other = stalls.begin("one")
    assert "too many requests" in " ".join(other.communicate(timeout=120)[0].split())
    assert other.returncode == 1
    code, said = stalls.apply("two")
    assert code == 1
    assert "must wait" in said
    assert stalls.made() == ["/github/repos/acme/one/issues"]
    stalls.configure(two="ADA")
    assert stalls.apply("two", "--retry")[0] == 0
    assert stalls.made() == [f"/github/repos/acme/{name}/issues" for name in ("one", "two")]


def test_a_dry_run_sees_a_pause_and_writes_nothing(tmp_path: Path) -> None:
    state = f"sqlite:///{tmp_path / 'state.db'}"
    dry = SharedTurns(state, "https://a.example", "token", takes=False)
    assert dry.take("rest writes", SPEED, 1, 60) == dry.shut("rest writes") == 0
    assert not list(tmp_path.iterdir())
    store = Store(state)
    store.migrate()
    SharedTurns(state, "https://a.example", "token", takes=True).pause("rest writes", 30)
    before = store.path.read_bytes() if store.path else b""
    dry.pause("rest reads", 90)
    assert dry.take("rest writes", SPEED, 1, 60) == pytest.approx(30, abs=5)
    assert dry.shut("rest reads") == 0
    assert (store.path.read_bytes() if store.path else None) == before
    store.close()


def test_where_the_state_is_away_calls_go_on_and_it_is_not_asked_each_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    turns = SharedTurns(f"postgresql://a@127.0.0.1:{port}/b", "https://c", "token", takes=True)
    turns.pause("rest writes", 30)
    with capture_logs() as log:
        assert turns.take("rest writes", SPEED, 1, 60) == turns.shut("rest writes") == 0
    assert log == []
