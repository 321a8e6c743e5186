"""A run over real HTTP is taken back on Jira, GitHub and files: all of it, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.shop import Flavour, Shop, shop

JIRA = [
    {"type": "Epic", "summary": "Checkout"},
    {"type": "Story", "summary": "Pay by card", "description": "Any card.", "priority": "Medium"},
    {"type": "Bug", "summary": "Tax is wrong", "priority": "High", "labels": ["money"]},
    {"type": "Story", "summary": "Wishes", "priority": "Low"},
]
MORE = """
    comments: {from: [jira, github], to: [jira, github]}
    guard: {changes: 1, moves: 1, closes: 1}
"""
FLAVOURS: tuple[Flavour, ...] = ("cloud", "datacenter")


@pytest.fixture(params=FLAVOURS)
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    with shop(tmp_path, flavour=request.param, jira=JIRA) as one:
        one.configure(MORE)
        one.apply()
        one.settled()
        yield one


def picture(made: Shop) -> dict[str, Any]:
    """What people see on each side, but for when it was last changed."""
    found: dict[str, Any] = {}
    for tracker in ("jira", "github"):
        records = made.records(tracker).items()
        found[tracker] = {title: _plain(record.shown) for title, record in records}
    found["jira order"] = list(made.records("jira"))
    folder = made.folder / "backlog"
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return found | {str(path.relative_to(folder)): _filled(path.read_text()) for path in files}


def _plain(shown: Any) -> str:
    """Copies of comments are made anew, with another id and time."""
    return re.sub(r"'(id|at)': '[^']*'", "", str(sorted(shown.items())))


def _filled(text: str) -> str:
    """A file without keys that have no value: such a key stays where its value is taken away."""
    return re.sub(r"^\w+:\n(?! )", "", text, flags=re.MULTILINE)


def edit(made: Shop) -> None:
    """Persons edit everywhere: status, texts, labels, order, a comment, assignees."""
    ask = made.jira.ask
    ask("PUT", "issue/SHOP-2", {"fields": {"summary": "Pay with a card", "labels": ["money"]}})
    ask("POST", "issue/SHOP-2/transitions", {"transition": {"id": "31"}})
    text: Any = "Said in Jira."
    if made.flavour == "cloud":
        part = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
        text = {"type": "doc", "version": 1, "content": [part]}
    ask("POST", "issue/SHOP-3/comment", {"body": text})
    ask("PUT", "agile:issue/rank", {"issues": ["SHOP-4"], "rankBeforeIssue": "SHOP-1"})
    tax = made.records("github")["Tax is wrong"].key.rpartition("#")[2]
    made.github.call("POST", f"/issues/{tax}/labels", labels=["nice"])
    made.github.call("PATCH", f"/issues/{tax}", body="It is *wrong*.", assignees=["ada"])
    wishes = made.items / "wishes.md"
    wishes.write_text(wishes.read_text().replace("priority: low", "priority: high"))


def run_of(result: Any) -> int:
    found = re.search(r"\(run (\d+)\)", result.out)
    assert found is not None
    return int(found[1])


def test_a_run_that_is_taken_back_leaves_all_sides_as_they_were_before_it(made: Shop) -> None:
    edit(made)
    before = picture(made)
    run = run_of(made.apply())
    after = picture(made)
    assert after != before
    made.settled()

    dry = made.run("undo", str(run), "--dry-run", "--format", "json")
    assert dry.code == 3
    assert picture(made) == after
    done = made.run("undo", str(run), "--yes", "--format", "json")
    assert done.code == 0, done.out + done.err
    assert done.json["failed"] == []
    assert done.json["kept"] == dry.json["kept"] == []
    assert [one["fields"] for one in done.json["edits"]] == [
        one["fields"] for one in dry.json["edits"]
    ]
    assert picture(made) == before
    made.settled()
    made.apply()
    assert picture(made) == before

    told = made.run("report", "--format", "json", "--fail-on", "never").json
    undone = [one for one in told["findings"] if one["rule"] == "undone"]
    assert {re.match(r"\w+ shows another \w+", one["message"])[0] for one in undone} >= {  # type: ignore[index]
        "jira shows another title",
        "jira shows another status",
        "github shows another labels",
        "github shows another description",
        "files shows another priority",
    }

    again = made.run("undo", str(done.json["run"]), "--yes", "--format", "json")
    assert again.code == 0, again.out + again.err
    assert picture(made) == after
    made.settled()
