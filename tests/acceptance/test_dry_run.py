"""A dry run writes nothing, and apply does exactly what the plan said."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.shop import Flavour, Shop, shop

JIRA = (
    {"type": "Epic", "summary": "Checkout"},
    {"type": "Story", "summary": "Pay by card", "parent": "SHOP-1", "labels": ["pay"]},
    {"type": "Bug", "summary": "Rounded twice", "status": "Done", "priority": "High"},
)
GITHUB = (
    {"title": "Pay by card", "body": "By Visa.", "labels": ["priority:high"]},
    {"title": "Ship it", "assignees": ["ada"], "state": "closed"},
    {"title": "A pull request", "pull_request": True},
)
FILES = {
    "items/gift-cards.md": "---\nkind: story\n---\n# Gift cards\n\nFor everybody.\n",
    "ORDER.md": "1. [Gift cards](items/gift-cards.md)\n",
}


@pytest.fixture(params=["cloud", "datacenter"])
def drifted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    flavour: Flavour = request.param
    with shop(tmp_path, flavour=flavour, jira=JIRA, github=GITHUB, files=FILES) as made:
        made.configure("    conflicts: {prefer: [jira, github, files]}")
        yield made


@pytest.mark.parametrize(
    "command",
    [
        ("plan",),
        ("plan", "--format", "json"),
        ("plan", "--format", "markdown"),
        ("plan", "--full"),
        ("report",),
        ("check",),
        ("explain", "SHOP-2"),
        ("history",),
    ],
    ids=" ".join,
)
def test_commands_that_only_look_write_nothing(drifted: Shop, command: tuple[str, ...]) -> None:
    before = {path: path.read_bytes() for path in drifted.folder.rglob("*") if path.is_file()}
    assert drifted.run(*command).code in (0, 3, 4)
    assert drifted.served.writes() == []
    after = {path: path.read_bytes() for path in drifted.folder.rglob("*") if path.is_file()}
    assert after == before


def test_apply_does_exactly_what_the_plan_said(drifted: Shop) -> None:
    planned = drifted.plan()
    assert planned["summary"]["create"] > 0
    assert planned["summary"]["update"] > 0
    drifted.apply()
    run = drifted.run("history", "--run", "1", "--format", "json").json
    led = [edit for edit in run["edits"] if edit["action"] == "lead"]  # a part of creates elsewhere
    made = {edit["tracker"] for edit in planned["edits"] if edit["action"] == "create"}
    assert {edit["because"] for edit in led} <= {f"{tracker} was given it" for tracker in made}
    written = {
        (edit["tracker"], edit["action"], edit["field"], json.dumps(edit["after"]))
        for edit in run["edits"]
        if edit["tracker"] != "backlog" and edit["action"] not in ("move", "lead")
    }
    assert written == {
        (edit["tracker"], edit["action"], name, json.dumps(change["to"]))
        for edit in planned["edits"]
        for name, change in edit["fields"].items()
    }
    drifted.settled()


def test_every_side_ends_with_every_item_once(drifted: Shop) -> None:
    drifted.apply()
    titles = ["Checkout", "Gift cards", "Pay by card", "Rounded twice", "Ship it"]
    github = drifted.github.call("GET", "/issues?state=all&per_page=100")
    assert sorted(one["title"] for one in github if "pull_request" not in one) == titles
    jira = drifted.jira_stand_in.dump()["issues"]
    assert sorted(one["summary"] for one in jira) == titles
    assert len(list(drifted.items.glob("*.md"))) == len(titles)


def test_the_same_state_gives_the_same_bytes(drifted: Shop) -> None:
    first = drifted.run("plan", "--format", "json").out
    assert drifted.run("plan", "--format", "json").out == first


def test_a_saved_plan_is_applied_where_it_still_fits(drifted: Shop, tmp_path: Path) -> None:
    saved = tmp_path / "plan.json"
    assert drifted.run("plan", "--out", str(saved)).code == 3
    assert drifted.run("apply", "--yes", "--plan", str(saved)).code == 0
    drifted.settled()


def test_an_edit_of_a_saved_plan_that_no_longer_fits_is_refused_singly(
    drifted: Shop, tmp_path: Path
) -> None:
    drifted.apply()
    number = {
        one["title"]: one["number"] for one in drifted.github.call("GET", "/issues?state=all")
    }
    drifted.github.call("PATCH", f"/issues/{number['Checkout']}", title="Checkout, new")
    drifted.github.call("PATCH", f"/issues/{number['Gift cards']}", title="Gift cards, new")
    saved = tmp_path / "plan.json"
    drifted.run("plan", "--out", str(saved))
    drifted.github.call("PATCH", f"/issues/{number['Checkout']}", title="Checkout, newer")
    result = drifted.run("apply", "--yes", "--plan", str(saved))
    assert result.code == 6
    assert "no longer" in result.err
    summaries = {one["summary"] for one in drifted.jira_stand_in.dump()["issues"]}
    assert "Gift cards, new" in summaries
    assert summaries.isdisjoint({"Checkout, new", "Checkout, newer"})
    drifted.apply()
    summaries = {one["summary"] for one in drifted.jira_stand_in.dump()["issues"]}
    assert "Checkout, newer" in summaries
    drifted.settled()


def test_a_saved_plan_that_was_edited_by_hand_reaches_nothing(
    drifted: Shop, tmp_path: Path
) -> None:
    saved = tmp_path / "plan.json"
    drifted.run("plan", "--out", str(saved))
    plan: dict[str, Any] = json.loads(saved.read_text())
    for edit in plan["edits"]:
        edit["fields"]["title"] = {"from": None, "to": "PWNED"}
    saved.write_text(json.dumps(plan))
    result = drifted.run("apply", "--yes", "--plan", str(saved))
    assert result.code == 6
    assert b"PWNED" not in b"".join(exchange.body for exchange in drifted.served.log)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "is no saved plan"),
        ("{}", "is no saved plan (version"),
        ('{"version": 2}', "is no saved plan"),
    ],
)
def test_what_is_no_plan_is_a_usage_error(
    drifted: Shop, tmp_path: Path, text: str, says: str
) -> None:
    saved = tmp_path / "plan.json"
    saved.write_text(text)
    result = drifted.run("apply", "--yes", "--plan", str(saved))
    assert (result.code, says in result.err) == (2, True)
