"""Two real backlogs through real HTTP: 1,499 Jira issues, 365 Markdown items, synced everywhere.

Each goes to an empty GitHub and to the other trackers; the second plan must be empty, and counts
by kind, status and priority must agree on all sides. Needs the optional data (see tests/shared.py).
"""

from __future__ import annotations

import gzip
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import requests
from ruamel.yaml import YAML

from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.jira import JiraStandIn
from adapters.sandbox.jira.state import Flavour
from adapters.sandbox.server import Served, Switches, serve
from adapters.scrub import Scrubber
from config.load import load
from sync.app.build import Surroundings
from sync.app.runs import Look, Shop, carry_out, look
from sync.cli.log import set_up_log
from sync.model import EMPTY

SHARED = Path(os.environ.get("ONEBACKLOG_SHARED", Path(__file__).parents[2] / "shared"))
CATEGORIES = {"done": "done", "new": "new", "indeterminate": "indeterminate"}


@dataclass(frozen=True, slots=True)
class Measured:
    """One backlog's way to all trackers."""

    items: int
    apply_seconds: float
    apply_requests: int
    plan_seconds: float
    plan_requests: int
    created: int
    failures: tuple[str, ...]
    edits: int
    moves: int
    conflicts: int
    counts: Mapping[str, Mapping[str, Counter[str]]]
    """By tracker: field → value → how many."""
    altered: tuple[str, ...] = ()
    """Texts on the side where all began that are not, to the byte, what they were."""


def lines(name: str) -> Iterator[Any]:
    with gzip.open(SHARED / "data" / name, "rt", encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def jira_seed(most: int | None = None) -> dict[str, Any]:
    """The archive, or its first issues, as a Data Center stand-in holds it.

    A text over Jira's limit is cut there; a parent or link beyond what is taken is left out.
    """
    archive = list(islice(lines("jira-project.jsonl.gz"), most))
    keys = {issue["key"] for issue in archive}
    people = {issue["assignee"] for issue in archive} | {
        comment["author"] for issue in archive for comment in issue["comments"]
    }
    statuses = {issue["status"]: CATEGORIES[issue["statusCategory"]] for issue in archive}
    subtasks = {issue["issuetype"] for issue in archive if issue["parent"]}
    types = sorted({issue["issuetype"] for issue in archive})
    versions = {version for issue in archive for version in issue["fixVersions"]}
    return {
        "users": {
            "demo-token": {"name": "bot"},
            **{f"token-{name}": {"name": name} for name in sorted(people - {None})},
        },
        "projects": {
            "ALOY": {
                "types": [{"name": n, "level": -1 if n in subtasks else 0} for n in types],
                "statuses": dict(sorted(statuses.items(), key=lambda one: one[1] != "new")),
                "priorities": ["Critical", "High", "Medium", "Low", "None"],
                "versions": sorted(versions),
                "components": sorted({one for issue in archive for one in issue["components"]}),
            }
        },
        "issues": [_issue(issue, keys) for issue in archive],
    }


def _issue(issue: Mapping[str, Any], keys: set[str]) -> dict[str, Any]:
    links = [
        {"type": link["type"], "inward": link["inward"]}
        for link in issue["issuelinks"]
        if link["type"] in ("Blocks", "Relates", "Duplicate") and link["inward"] in keys
    ]
    comments = [
        {"id": one["id"], "author": one["author"], "created": one["created"], "body": one["body"]}
        for one in issue["comments"]
        if one["body"]
    ]
    return {
        "key": issue["key"],
        "type": issue["issuetype"],
        "summary": issue["summary"],
        "description": (issue["description"] or "")[:32_767],
        "status": issue["status"],
        "priority": issue["priority"],
        "labels": issue["labels"],
        "assignee": issue["assignee"],
        "parent": issue["parent"] if issue["parent"] in keys else None,
        "fixVersions": issue["fixVersions"],
        "components": issue["components"],
        "resolution": issue["resolution"],
        "links": links,
        "comments": comments,
        "created": issue["created"],
        "updated": issue["updated"],
    }


def write_items(folder: Path) -> None:
    """The Markdown items as a person would bring them: files without ids, and their order."""
    (folder / "items").mkdir(parents=True)
    entries = list(lines("backlog-items.jsonl.gz"))
    order: list[str] = []
    known = {_slug(one["id"]) for one in entries}
    for entry in entries:
        slug = entry["id"].lower().replace(".", "-")
        front = {
            "kind": "subtask" if _slug(entry["parent"]) in known else "task",
            "status": {"Done": "done", "To Do": "todo"}[entry["status"]],
            "priority": entry["priority"],
            "labels": entry["labels"],
            "assignees": [name.removeprefix("@") for name in entry["assignees"]],
            "parent": _slug(entry["parent"]),
            "blocked_by": [_slug(name) for name in entry["dependencies"]],
        }
        front["blocked_by"] = [name for name in front["blocked_by"] if name in known]
        kept = {key: value for key, value in front.items() if value}
        path = folder / "items" / f"{slug}.md"
        with path.open("w", encoding="utf-8", newline="\n") as file:
            file.write("---\n")
            YAML().dump(kept, file)
            file.write(f"---\n# {entry['title']}\n{entry['body']}")
        order.append(f"{len(order) + 1}. [{entry['title']}](items/{slug}.md)\n")
    (folder / "ORDER.md").write_text("".join(order), encoding="utf-8")


def _slug(name: str | None) -> str | None:
    return None if name is None else name.lower().replace("task-", "back-").replace(".", "-")


def settings(folder: Path, url: str, project: str, flavour: str) -> Path:
    auth = (
        "{token: file/token}"
        if flavour == "datacenter"
        else ("{email: file/email, token: file/token}")
    )
    path = folder / "onebacklog.yaml"
    path.write_text(
        f"""
state: sqlite:///state.db
backlogs:
  real:
    trackers:
      jira: {{type: jira, url: "{url}/jira", project: {project}, auth: {auth}, creates: all}}
      github: {{type: github, url: "{url}/github", repository: acme/real,
               auth: {{token: file/token}}, creates: all}}
      files: {{type: files, path: backlog, creates: all}}
    comments: {{from: [jira, github], to: [jira, github]}}
""",
        encoding="utf-8",
    )
    (folder / "token").write_text("demo-token", encoding="utf-8")
    (folder / "email").write_text("demo@example.com", encoding="utf-8")
    return path


def measure(folder: Path, served: Served, path: Path) -> Measured:
    """Applies, then plans again, and counts."""
    config = load(path)
    around = Surroundings({}, folder)
    shop = Shop("real", config.backlogs["real"], config.state, around, lambda: datetime.now(UTC))
    began = time.perf_counter()
    applied = carry_out(look(shop), force=False, progress=lambda *_: None)
    apply_seconds, apply_requests = time.perf_counter() - began, len(served.log)
    began = time.perf_counter()
    second = look(shop)
    plan_seconds, plan_requests = time.perf_counter() - began, len(served.log) - apply_requests
    return Measured(
        items=len(second.context.backlog.items),
        apply_seconds=apply_seconds,
        apply_requests=apply_requests,
        plan_seconds=plan_seconds,
        plan_requests=plan_requests,
        created=applied.created,
        failures=tuple(f"{f.tracker} {f.key or f.item}: {f.message}" for f in applied.failures),
        edits=len(second.plan.edits),
        moves=len(second.plan.moves),
        conflicts=len(second.plan.conflicts),
        counts=counts(look(shop, full=True)),
    )


def counts(seen: Look) -> dict[str, dict[str, Counter[str]]]:
    """What each tracker shows, read whole, in canonical values."""
    result = {}
    items = seen.context.backlog
    for tracker, reading in seen.context.readings.items():
        links = items.links[tracker]
        fields = {}
        for name in ("kind", "status", "priority"):
            shown = Counter[str]()
            for record in reading.snapshot.records:
                present = items.items[links[record.id].item].values.get(
                    name, EMPTY[items.schema[name]]
                )
                value = reading.facts.codec.decode(name, record.shown[name], present)
                shown[str(value)] += 1
            fields[name] = shown
        result[tracker] = fields
    return result


@contextmanager
def standing(jira: Mapping[str, Any], flavour: Flavour) -> Iterator[Served]:
    """The stand-ins, without GitHub's limit of requests in an hour, which it would take two of."""
    switches = Switches()
    on_github, on_jira = GitHubStandIn(switches), JiraStandIn(switches, flavour)
    on_github.load(github())
    on_github.budget = 1_000_000
    on_jira.load(jira)
    with serve({"/github": on_github.app, "/jira": on_jira.app}, switches) as served:
        yield served


def jira_everywhere() -> Measured:
    """The archive, from a Data Center to an empty GitHub and an empty folder."""
    seed = jira_seed()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with standing(seed, "datacenter") as served:
            measured = measure(folder, served, settings(folder, served.url, "ALOY", "datacenter"))
            return replace(measured, altered=tuple(altered(seed, served)))


def altered(seed: Mapping[str, Any], served: Served) -> Iterator[str]:
    """Keys of issues, and of comments, whose text the stand-in does not show as it was seeded."""
    shown = {issue["key"]: issue["fields"] for issue in shown_issues(served)}
    for issue in seed["issues"]:
        fields = shown[issue["key"]]
        if (fields["description"] or "") != issue["description"]:
            yield issue["key"]
        bodies = {one["id"]: one["body"] for one in fields["comment"]["comments"]}
        if bodies != {one["id"]: one["body"] for one in issue["comments"]}:
            yield f"comments of {issue['key']}"


def shown_issues(served: Served) -> Iterator[Any]:
    url, at = f"{served.url}/jira/rest/api/2/search", 0
    while True:
        asked = {"jql": "project = ALOY", "startAt": at, "fields": ["description", "comment"]}
        answer = requests.post(
            url, json=asked, headers={"Authorization": "Bearer demo-token"}, timeout=30
        ).json()
        yield from answer["issues"]
        at += len(answer["issues"])
        if at >= answer["total"]:
            return


def files_everywhere() -> Measured:
    """The Markdown items, from their folder to an empty GitHub and an empty Jira Cloud."""
    jira = {
        "users": {"demo@example.com:demo-token": {"accountId": "bot"}},
        "projects": {
            "BACK": {
                "types": ["Task", "Story", "Bug", {"name": "Sub-task", "level": -1}],
                "statuses": {"To Do": "new", "In Progress": "indeterminate", "Done": "done"},
                "priorities": ["Highest", "High", "Medium", "Low", "Lowest"],
            }
        },
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_items(folder / "backlog")
        with standing(jira, "cloud") as served:
            return measure(folder, served, settings(folder, served.url, "BACK", "cloud"))


def github() -> dict[str, Any]:
    people = {one["assignee"] for one in lines("jira-project.jsonl.gz") if one["assignee"]}
    people |= {
        name.removeprefix("@")
        for one in lines("backlog-items.jsonl.gz")
        for name in one["assignees"]
    }
    return {
        "users": {"demo-token": {"login": "bot"}},
        "repositories": {"acme/real": {"private": True, "push": ["bot", *sorted(people)]}},
    }


def main() -> None:
    set_up_log("console", Scrubber([]))
    for what in (jira_everywhere, files_everywhere):
        got = what()
        print(
            f"{what.__name__}: {got.items} items, {got.created} created in "
            f"{got.apply_seconds:.1f} s and {got.apply_requests} requests; second plan: "
            f"{got.edits} edits, {got.moves} moves, {got.conflicts} conflicts in "
            f"{got.plan_seconds:.1f} s and {got.plan_requests} requests"
        )
        print(f"  texts that are not what they were: {len(got.altered)} {list(got.altered[:5])}")
        for failure in got.failures:
            print(f"  failed: {failure}")
        for tracker, fields in got.counts.items():
            shown = {name: dict(sorted(values.items())) for name, values in fields.items()}
            print(f"  {tracker}: {json.dumps(shown)}")


if __name__ == "__main__":
    sys.exit(main())
