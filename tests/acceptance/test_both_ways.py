"""An edit of any field on any side arrives on the other sides, through real HTTP."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from sync.model import Criterion, FieldName, Value
from sync.tracker import Record
from tests.acceptance.shop import Flavour, Shop, shop

TRACKERS = ("jira", "github", "files")
EDITS: Mapping[FieldName, Value] = {  # "": see _edit
    "title": "",
    "description": "First.\n\nSecond, with `code` and **weight**.",
    "acceptance_criteria": (Criterion("It works", True), Criterion("It is quick")),
    "kind": "bug",
    "status": "done",
    "priority": "low",
    "labels": frozenset({"checkout", "legal"}),
    "assignees": frozenset({"bob"}),
    "estimate": 5.0,
    "release": "2.0",
    "sprint": "Sprint 8",
    "components": frozenset({"Web", "Back office"}),
    "due": "2027-02-28",
    "parent": "",
    "blocked_by": "",
    "relates_to": "",
    "duplicates": "",
}
LINKS = {"blocked_by": "Blocks", "relates_to": "Relates", "duplicates": "Duplicate"}
HEADINGS = {"relates_to": "Related", "duplicates": "Duplicates"}
NOT_ON = {("github", "due")}
"""What a tracker has no carrier for, without settings."""
SIDES = [side for tracker in TRACKERS for name in EDITS if (side := (tracker, name)) not in NOT_ON]
SEEN = [(*side, seen) for side in SIDES for seen in TRACKERS if (seen, side[1]) not in NOT_ON]


def _title(tracker: str, name: FieldName) -> str:
    return f"{tracker} {name}"


@dataclass
class Edited:
    """One shop in which each side edited each field, of an item of its own; then one apply."""

    shop: Shop
    shown: dict[str, dict[str, Record]]
    """By tracker, by title."""


@pytest.fixture(scope="module", params=["cloud", "datacenter"])
def edited(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Edited]:
    flavour: Flavour = request.param
    issues = [
        {"type": "Epic", "summary": "Epic", "priority": "Medium"},
        {"type": "Story", "summary": "Blocker", "priority": "Medium"},
        *(
            {
                "type": "Story",
                "summary": _title(*side),
                "description": "First.",
                "priority": "Medium",
                "labels": ["checkout"],
                "assignee": "ada",
                "estimate": 3,
                "fixVersions": ["1.0"],
                "components": ["Web"],
                "duedate": "2026-11-24",
                "sprint": "Sprint 7",
            }
            for side in SIDES
        ),
    ]
    folder = tmp_path_factory.mktemp(flavour)
    project = {
        "versions": ["1.0", "2.0"],
        "components": ["Web", "Back office"],
        "board": "scrum",
        "sprints": ["Sprint 7", "Sprint 8"],
    }
    with shop(folder, flavour=flavour, jira=issues, project=project) as made:
        made.configure("    guard: {changes: 1, closes: 1}")
        made.apply()
        made.settled()
        before = {tracker: made.records(tracker) for tracker in TRACKERS}
        for tracker, name in SIDES:
            _edit(made, tracker, name, before[tracker])
        made.apply()
        yield Edited(made, {tracker: made.records(tracker) for tracker in TRACKERS})


def _edit(made: Shop, tracker: str, name: FieldName, records: Mapping[str, Record]) -> None:
    """What Ada does there."""
    record, blocker = records[_title(tracker, name)], records["Blocker"]
    if name == "title":
        made.person(tracker).edit(record.id, name, _renamed(tracker))
    elif name == "parent":
        made.person(tracker).edit(record.id, name, records["Epic"].id)
    elif name not in LINKS:
        made.person(tracker).edit(record.id, name, EDITS[name])
    elif tracker == "github" and name != "blocked_by":
        issue = made.github.issue(record.id)
        section = f"First.\n\n## {HEADINGS[name]}\n\n- #{made.github.issue(blocker.id)['number']}"
        body = issue["body"].replace("First.", section)
        made.github.call("PATCH", f"/issues/{issue['number']}", body=body)
    elif tracker == "github":
        number = made.github.issue(record.id)["number"]
        issue_id = made.github.issue(blocker.id)["id"]
        made.github.call("POST", f"/issues/{number}/dependencies/blocked_by", issue_id=issue_id)
    elif tracker == "jira":
        first, second = (record, blocker) if name == "duplicates" else (blocker, record)
        ends = {"inwardIssue": {"id": first.id}, "outwardIssue": {"id": second.id}}
        made.jira.ask("POST", "issueLink", {"type": {"name": LINKS[name]}, **ends})
    else:
        made.files.edit(record.id, name, blocker.id)


def _renamed(tracker: str) -> str:
    return f"A better name on {tracker}"


@pytest.mark.parametrize(("side", "name", "seen_on"), SEEN)
def test_an_edit_arrives(edited: Edited, side: str, name: FieldName, seen_on: str) -> None:
    records = edited.shown[seen_on]
    record = records[_renamed(side) if name == "title" else _title(side, name)]
    shown = record.shown[name]
    if name == "parent" or name in LINKS:
        target = records["Epic" if name == "parent" else "Blocker"]
        [said] = [shown] if name == "parent" else shown
        assert said in (target.id, target.key)
    else:
        value = _renamed(side) if name == "title" else EDITS[name]
        codec = edited.shop.person(seen_on).adapter().open().codec
        assert codec.shows(name, value, shown), shown


def test_nothing_is_left_to_do(edited: Edited) -> None:
    edited.shop.settled()


def test_a_field_that_was_edited_on_two_sides_waits_alone(edited: Edited) -> None:
    made = edited.shop
    title = _title("files", "priority")
    made.person("jira").edit(made.records("jira")[title].id, "estimate", 8.0)
    made.person("github").edit(made.records("github")[title].id, "estimate", 13.0)
    made.person("github").edit(
        made.records("github")[title].id, "labels", frozenset({"checkout", "urgent"})
    )
    made.apply()
    plan = made.plan()
    [conflict] = plan["conflicts"]
    assert (conflict["field"], conflict["sides"]) == ("estimate", {"jira": 8, "github": 13})
    assert "urgent" in made.records("jira")[title].shown["labels"]
    made.person("github").edit(made.records("github")[title].id, "estimate", 8.0)
    made.apply()
    made.settled()


def test_moving_a_line_of_the_order_file_moves_the_issue(edited: Edited) -> None:
    made = edited.shop
    order = made.folder / "backlog" / "ORDER.md"
    lines = order.read_text().splitlines(keepends=True)
    order.write_text("".join([lines[-1], *lines[:-1]]))
    [move] = made.plan()["moves"]
    assert (move["tracker"], move["after"]) == ("jira", None)
    made.apply()
    first = made.jira_stand_in.dump()["issues"][0]["summary"]
    assert f"[{first}]" in lines[-1]
    made.settled()


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
def test_both_new_issues_of_an_item_lead_to_each_other_after_one_run(
    tmp_path: Path, flavour: Flavour
) -> None:
    with shop(tmp_path, flavour=flavour, files={"items/pay.md": "# Pay\n"}) as made:
        made.apply()
        made.settled()
        key = made.records("jira")["Pay"].key
        addresses = {name: made.records(name)["Pay"].url for name in ("jira", "github")}
        assert addresses["jira"] in made.records("github")["Pay"].twins
        [link] = made.jira.ask("GET", f"issue/{key}/remotelink")
        assert link["object"]["url"] == addresses["github"]
