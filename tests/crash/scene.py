"""A small shop in which people did something of everything; it can be had again and again."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.sandbox.server import Fault
from adapters.text import markdown_to_adf, markdown_to_wiki
from tests.acceptance.shop import Flavour, Shop, shop
from tests.acceptance.test_github_project import Ada

KILLED = -signal.SIGKILL
MORE = """
    comments: {from: [jira, github], to: [jira, github]}
    fields: {estimate: {github: {carrier: project-field/Points}}}
    guard: {changes: 1, moves: 1, closes: 1}
"""
LINKED = [
    {"type": "Story", "summary": "Checkout", "priority": "Medium"},
    {"type": "Story", "summary": "Refunds", "priority": "Medium"},
    {"type": "Story", "summary": "Tax", "priority": "Medium"},
    {"type": "Story", "summary": "Wishes", "priority": "Medium"},
]
"""What stands everywhere before people begin."""
TITLES = {"Check out fast", "Refunds", "Tax", "Wishes", "From Jira", "From GitHub", "From files"}
"""What stands everywhere in the end, once each."""


class Mortal:
    """Runs commands in processes that can be killed."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.crash.mortal"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.pid = 0

    def run(self, made: Shop, *arguments: str, kind: str | None = None, at: int = 0) -> int:
        """Its exit code, KILLED where it was killed. `kind` and `at`: before which step it is."""
        self.pid = int(self._ask(_order(made, arguments, kind=kind, at=at)))
        try:
            return int(self._ask("go"))
        finally:
            self.pid = 0

    def warm(self, made: Shop) -> None:
        """So that what comes takes less time."""
        self._ask(_order(made, ["plan"], here=True))

    def await_stop(self) -> int:
        """Waits until the process that runs now stands still; its pid, for SIGCONT."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self.pid and " T " in Path(f"/proc/{self.pid}/stat").read_text():
                return self.pid
            time.sleep(0.02)
        raise AssertionError("it does not stand still")

    def kill(self) -> None:
        """Ends the process that runs now, if one does."""
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.wait(timeout=10)
        self.process.stdout.close()

    def _ask(self, line: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline()


def _order(made: Shop, arguments: Sequence[str], here: bool = False, **more: Any) -> str:
    told = {
        "folder": str(made.folder),
        "arguments": [*arguments, "--config", str(made.settings)],
        "environment": made.environment,
        "here": here,
    }
    return json.dumps(told | more)


@dataclass(frozen=True)
class Write:
    """One request that changes something: the nth of its kind in a run."""

    method: str
    path: str
    says: str
    nth: int

    def fault(self, kind: Any, **more: Any) -> Fault:
        """Strikes that request, and no other."""
        path = f"^{re.escape(self.path)}$"
        return Fault(kind, path, self.method, says=self.says, skip=self.nth, **more)

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.says}({self.nth + 1})"


@dataclass
class Scene:
    """The shop just before a run that has something of everything to do."""

    made: Shop
    mortal: Mortal
    kept: tuple[object, object]
    folder: Path
    writes: list[Write] = field(default_factory=list)
    """The requests of a run that nothing befalls."""
    steps: dict[str, int] = field(default_factory=dict)
    """How many other steps it takes, by their kind."""
    end: Any = None
    """What all sides show after it."""

    def again(self) -> None:
        """Puts everything back to just before the run."""
        made = self.made
        made.served.switches.faults.clear()
        made.served.log.clear()
        made.github_stand_in.put_back(self.kept[0])
        made.jira_stand_in.put_back(self.kept[1])
        shutil.rmtree(made.folder)
        shutil.copytree(self.folder, made.folder)

    def apply(self, **ends: Any) -> int:
        return self.mortal.run(self.made, "apply", "--yes", **ends)

    def look(self) -> None:
        """Runs it once undisturbed, and remembers its steps and its end."""
        self.again()
        assert self.apply() == 0, self.log()
        self.writes = writes(self.made)
        self.steps = json.loads((self.made.folder / "steps.json").read_text())
        self.end = self.picture()
        for side in ("jira", "github"):
            assert set(self.end[side]) == TITLES
        assert len(self.end["files"]) == len(TITLES) + 1
        self.made.settled()

    def log(self) -> str:
        return (self.made.folder / "run.log").read_text()

    def recovered(self) -> None:
        """One ordinary run more, and all is as if nothing had befallen: each item once on each
        side, no edit lost, the second plan empty."""
        self.made.served.switches.faults.clear()
        assert self.apply() == 0, self.log()
        assert not (wrong := differences(self.end, self.picture())), "\n".join(wrong)
        plan = self.made.run("plan", "--format", "json")
        left = {
            name: plan.json[name]
            for name in ("edits", "moves", "pairings", "conflicts", "releases")
            if plan.json.get(name)
        }
        assert not left, left
        assert plan.code == 0

    def picture(self) -> Any:
        """What people see on each side, with titles for keys, which depend on who came first."""
        jira, github = self.made.jira_stand_in.dump(), self.made.github_stand_in.dump()
        repository = github["repositories"]["acme/shop"]
        return {
            "jira": _jira(jira["issues"]),
            "jira order": [issue["summary"] for issue in jira["issues"]],
            "versions": [one["name"] for one in jira["projects"]["SHOP"].get("versions", ())],
            "github": _github(repository["issues"]),
            "milestones": [one["title"] for one in repository.get("milestones", ())],
            "project": _project(github["projects"][0]["items"], repository["issues"]),
            "files": _files(self.made.folder / "backlog"),
        }


def differences(before: Any, after: Any, at: str = "") -> list[str]:
    """Each place where two pictures differ, and how."""
    if isinstance(before, dict) and isinstance(after, dict):
        names = sorted({*before, *after})
        inner = [differences(before.get(n), after.get(n), f"{at}/{n}") for n in names]
        return [line for lines in inner for line in lines]
    return [] if before == after else [f"{at}: {before!r} → {after!r}"]


def _jira(issues: Sequence[Any]) -> Any:
    names = {issue["key"]: issue["summary"] for issue in issues}
    assert len(set(names.values())) == len(names), f"twins in Jira: {names}"
    plain = ("type", "summary", "description", "status", "resolution", "assignee", "priority")
    sets = ("labels", "fixVersions")
    return {
        issue["summary"]: {name: issue.get(name) for name in (*plain, "estimate")}
        | {name: sorted(issue.get(name) or ()) for name in sets}
        | {
            "parent": names.get(issue.get("parent")),
            "links": sorted((one["type"], names[one["outward"]]) for one in issue.get("links", ())),
            "mark": issue.get("properties"),
            "comments": sorted(_said(one["body"]) for one in issue.get("comments", ())),
        }
        for issue in issues
    }


FOOT = re.compile(r"<!-- onebacklog-twins -->\n<sub>.*</sub>\n(<!-- onebacklog:)")
"""Where the twins are: which of two new ones is made first, and told of, a crash may change."""


def _github(issues: Sequence[Any]) -> Any:
    names = {issue["number"]: issue["title"] for issue in issues}
    assert len(set(names.values())) == len(names), f"twins on GitHub: {names}"
    return {
        issue["title"]: {
            "body": FOOT.sub(r"\1", issue.get("body") or ""),
            "state": (issue.get("state"), issue.get("state_reason")),
            "labels": sorted(issue.get("labels", ())),
            "assignees": sorted(issue.get("assignees", ())),
            "milestone": issue.get("milestone"),
            "parent": names.get(issue.get("parent")),
            "blocked by": sorted(names[number] for number in issue.get("blocked_by", ())),
            "comments": sorted(_said(one["body"]) for one in issue.get("comments", ())),
        }
        for issue in issues
    }


def _said(body: Any) -> str:
    """A comment without the address of its original, which has a key in it."""
    text = body if isinstance(body, str) else json.dumps(body, sort_keys=True)
    return re.sub(r"(SHOP-|shop#|issues/)\d+", r"\1", text)


def _project(items: Sequence[Any], issues: Sequence[Any]) -> Any:
    names = {f"acme/shop#{issue['number']}": issue["title"] for issue in issues}
    return [(names[item["issue"]], item.get("values")) for item in items]


def _files(folder: Path) -> dict[str, str]:
    """All but what an end in the middle may leave: files that are none of the backlog's."""
    found = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    return {
        name: path.read_text()
        for name, path in found.items()
        if not Path(name).name.startswith(".")
    }


READS = re.compile(r"/search(/jql)?$|/bulkfetch$|/jql/")


def writes(made: Shop) -> list[Write]:
    """What the requests so far changed, in their order."""
    found: list[Write] = []
    for one in made.served.log:
        if one.writes:
            says = _mutation(one.body) if one.path.endswith("/graphql") else ""
            same = [w for w in found if (w.method, w.path, w.says) == (one.method, one.path, says)]
            found.append(Write(one.method, one.path, says, len(same)))
    return found


def _mutation(body: bytes) -> str:
    named = re.search(rb"mutation|updateProject\w+|addProject\w+", body)
    return "mutation" if named else "query"


@contextmanager
def scene(folder: Path, flavour: Flavour) -> Iterator[Scene]:
    """What each side holds was once the same; then people edited, wrote and moved on each."""
    project = {"owner": "acme", "number": 5, "fields": [{"name": "Points", "type": "number"}]}
    mortal = Mortal()
    (folder / "shop").mkdir()
    try:
        with shop(folder / "shop", flavour=flavour, jira=LINKED) as made:
            made.github_stand_in.load({**made.github_stand_in.dump(), "projects": [project]})
            made.configure(MORE, github=", project: 5")
            made.apply()
            made.settled()
            _at_jira(made)
            _at_github(made)
            _in_the_files(made)
            mortal.warm(made)
            shutil.copytree(made.folder, folder / "kept")
            kept = (made.github_stand_in.keep(), made.jira_stand_in.keep())
            here = Scene(made, mortal, kept, folder / "kept")
            here.look()
            yield here
    finally:
        mortal.close()


def _at_jira(made: Shop) -> None:
    ask, cloud = made.jira.ask, made.flavour == "cloud"
    native = markdown_to_adf if cloud else markdown_to_wiki
    ask("PUT", "issue/SHOP-1", {"fields": {"summary": "Check out fast"}})
    ask("PUT", "issue/SHOP-2", {"update": {"labels": [{"add": "money"}]}})
    ask("POST", "issue/SHOP-2/transitions", {"transition": {"id": "31"}})
    ask("POST", "issue/SHOP-1/comment", {"body": native("Said in *Jira*.")})
    fields = {
        "project": {"key": "SHOP"},
        "issuetype": {"name": "Story"},
        "summary": "From Jira",
        "description": native("Made there."),
    }
    key = ask("POST", "issue", {"fields": fields})["key"]
    ask("POST", f"issue/{key}/transitions", {"transition": {"id": "31"}})
    ask("PUT", "agile:issue/rank", {"issues": ["SHOP-4"], "rankBeforeIssue": "SHOP-1"})


def _at_github(made: Shop) -> None:
    call = made.github.call
    call("PATCH", "/issues/3", state="closed", state_reason="completed")
    call("POST", "/issues/1/comments", body="Said on GitHub.")
    call("POST", "/issues/4/labels", labels=["nice"])
    call(
        "POST",
        "/issues",
        title="From GitHub",
        body="Made *there*.",
        labels=["kind:bug", "priority:low"],
    )
    call("POST", "/issues/5/assignees", assignees=["ada"])
    ada = Ada(made)
    ada.put("Refunds", "Points", {"number": 3})
    ada.move("Tax", None)


def _in_the_files(made: Shop) -> None:
    wishes = made.items / "wishes.md"
    text = wishes.read_text()
    wishes.write_text(f"{text}\nWritten in a *file*.\n".replace("kind: story", "kind: bug"))
    found = re.search(r"^id: (\w+)$", (made.items / "refunds.md").read_text(), re.MULTILINE)
    assert found is not None
    front = "kind: story\nstatus: in_progress\npriority: medium\nrelease: 1.0\n"
    front += f"blocked_by: [{found[1]}]"
    criteria = "## Acceptance criteria\n\n- [ ] It works\n"
    text = f"---\n{front}\n---\n\n# From files\n\n{criteria}"
    (made.items / "from-files.md").write_text(text)
