"""Conflicts are shown and decided by the commands, through real HTTP, on both flavours of Jira."""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from sync.cli import main
from sync.model import Criterion, FieldName, Value
from tests.acceptance.shop import Flavour, Shop, shop

TRACKERS = ("jira", "github", "files")
TEXT = "First.\n\nSecond.\n\nThird."
STORY = {"type": "Story", "priority": "Medium", "description": TEXT, "fixVersions": ["1.0"]}
PROJECT = {"versions": ["1.0", "2.0"]}


@pytest.fixture(params=["cloud", "datacenter"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """Pay and Ship, the same on all three trackers."""
    flavour: Flavour = request.param
    issues = [{**STORY, "summary": "Pay"}, {**STORY, "summary": "Ship"}]
    with shop(tmp_path, flavour=flavour, jira=issues, project=PROJECT) as one:
        one.apply()
        yield one


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Shop]:
    issues = [{**STORY, "summary": "Pay"}, {**STORY, "summary": "Ship"}]
    with shop(tmp_path, jira=issues, project=PROJECT) as one:
        one.apply()
        yield one


def edit(made: Shop, tracker: str, name: FieldName, value: Value, title: str = "Pay") -> None:
    made.person(tracker).edit(made.records(tracker)[title].id, name, value)


def shown(made: Shop, name: FieldName, title: str = "Pay") -> list[Any]:
    """What each tracker shows."""
    values = []
    for tracker in TRACKERS:
        codec = made.person(tracker).adapter().open().codec
        values.append(codec.decode(name, made.records(tracker)[title].shown[name], None))
    return values


def history(made: Shop) -> list[tuple[str, str, str]]:
    """Of the last run: tracker, field and cause."""
    run = made.run("history", "--format", "json").json["runs"][0]["id"]
    edits = made.run("history", "--run", str(run), "--format", "json").json["edits"]
    return sorted((one["tracker"], one["field"], one["because"]) for one in edits)


def test_a_side_is_taken_everywhere_and_nothing_else_is_touched(made: Shop) -> None:
    edit(made, "jira", "status", "in_progress")
    edit(made, "files", "status", "done")
    edit(made, "jira", "title", "Sail", title="Ship")  # another item's edit waits for the next run
    result = made.run("resolve", "SHOP-1", "status", "--take", "files", "--yes")
    assert (result.code, result.err.count("failed")) == (0, 0)
    assert shown(made, "status") == ["done"] * 3
    why = "a person resolved it: took files"
    assert history(made) == [
        ("backlog", "status", why),
        ("github", "status", why),
        ("jira", "status", why),
    ]
    assert "Sail" not in made.records("github")
    plan = made.plan()
    assert plan["conflicts"] == []
    assert [list(one["fields"]) for one in plan["edits"]] == [["title"], ["title"]]
    made.apply()
    made.settled()


def test_the_backlog_is_taken_against_all_sides(made: Shop) -> None:
    edit(made, "jira", "due", "2027-01-01")
    edit(made, "files", "due", "2027-02-02")
    assert made.run("resolve", "items/pay.md", "due", "--take", "backlog", "--yes").code == 0
    assert [made.records(one)["Pay"].shown["due"] for one in ("jira", "files")] == [None, None]
    made.settled()


def test_a_third_value_is_given(made: Shop) -> None:
    edit(made, "jira", "priority", "high")
    edit(made, "github", "priority", "low")
    result = made.run("resolve", "acme/shop#1", "priority", "--value", "highest", "--yes")
    assert result.code == 0
    assert shown(made, "priority") == ["highest"] * 3
    assert {why for _, _, why in history(made)} == {"a person resolved it: took another value"}
    made.settled()


def test_of_a_text_only_the_lines_in_conflict_are_decided(made: Shop) -> None:
    edit(made, "jira", "description", "First by jira.\n\nSecond.\n\nThird by jira.")
    edit(made, "github", "description", f"{TEXT.replace('First', 'First by github')}\n\nFourth.")
    edit(made, "files", "description", TEXT.replace("Second", "Second by files"))
    assert made.run("resolve", "SHOP-1", "--take", "github", "--yes").code == 0
    text = "First by github.\n\nSecond by files.\n\nThird by jira.\n\nFourth."
    assert made.records("github")["Pay"].shown["description"] == text
    assert made.records("files")["Pay"].shown["description"].strip() == text
    made.settled()


def test_of_a_text_the_lines_in_conflict_can_stay_as_they_were(made: Shop) -> None:
    edit(made, "jira", "description", "First by jira.\n\nSecond.\n\nThird by jira.")
    edit(made, "github", "description", f"{TEXT.replace('First', 'First by github')}\n\nFourth.")
    assert made.run("resolve", "SHOP-1", "--take", "backlog", "--yes").code == 0
    text = "First.\n\nSecond.\n\nThird by jira.\n\nFourth."
    assert made.records("files")["Pay"].shown["description"].strip() == text
    made.settled()


def test_two_of_three_sides_that_agree_are_decided_with_the_third(made: Shop) -> None:
    edit(made, "jira", "priority", "high")
    edit(made, "github", "priority", "low")
    edit(made, "files", "priority", "low")
    [conflict] = made.plan()["conflicts"]
    assert conflict["sides"] == {"jira": "high", "github": "low", "files": "low"}
    assert made.run("resolve", "SHOP-1", "priority", "--take", "files", "--yes").code == 0
    assert shown(made, "priority") == ["low"] * 3
    made.settled()


def test_a_conflict_that_a_side_changed_meanwhile_is_decided_with_what_it_shows_now(
    made: Shop,
) -> None:
    edit(made, "jira", "priority", "high")
    edit(made, "github", "priority", "low")
    made.apply()
    edit(made, "jira", "priority", "highest")
    assert made.run("resolve", "SHOP-1", "priority", "--take", "jira", "--yes").code == 0
    assert shown(made, "priority") == ["highest"] * 3
    made.settled()


def test_a_release_in_conflict_is_decided(made: Shop) -> None:
    version = made.jira.ask("GET", "project/SHOP/versions")[0]["id"]
    made.jira.ask("PUT", f"version/{version}", {"releaseDate": "2027-01-01"})
    made.github.call("PATCH", "/milestones/1", due_on="2027-02-02T08:00:00Z", state="closed")
    edit(made, "jira", "title", "Sail", title="Ship")
    listed = made.run("resolve")
    assert "release 1.0" in listed.out
    assert "onebacklog resolve 'release 1.0' due --take github|jira|backlog" in listed.out
    result = made.run("resolve", "release 1.0", "due", "--take", "github", "--yes")
    assert (result.code, result.out) == (
        0,
        "shop: 0 created, 0 updated, 0 moved, 1 release (run 2)\n",
    )
    version = made.jira.ask("GET", "project/SHOP/versions")[0]
    assert version["releaseDate"] == "2027-02-02"
    assert ("backlog", "due", "a person resolved it: took github") in history(made)
    assert "Sail" not in made.records("github")
    made.apply()
    made.settled()


def test_a_release_s_name_in_conflict_is_decided_and_its_items_follow(made: Shop) -> None:
    version = made.jira.ask("GET", "project/SHOP/versions")[0]["id"]
    made.jira.ask("PUT", f"version/{version}", {"name": "1.0 spring"})
    made.github.call("PATCH", "/milestones/1", title="1.0 summer")
    result = made.run("resolve", "release 1.0", "name", "--take", "jira", "--yes")
    assert result.code == 0, result.err
    assert {one["title"] for one in made.github.call("GET", "/milestones")} == {"1.0 spring"}
    made.apply()
    made.settled()
    assert shown(made, "release") == ["1.0 spring"] * 3


def test_all_conflicts_are_decided_for_one_tracker_at_once(made: Shop) -> None:
    for title in ("Pay", "Ship"):
        edit(made, "jira", "priority", "high", title)
        edit(made, "github", "priority", "low", title)
    edit(made, "files", "status", "done")
    edit(made, "github", "title", "Pay by github")
    edit(made, "files", "title", "Pay by files")
    version = made.jira.ask("GET", "project/SHOP/versions")[0]["id"]
    made.jira.ask("PUT", f"version/{version}", {"releaseDate": "2027-01-01"})
    made.github.call("PATCH", "/milestones/1", due_on="2027-02-02T08:00:00Z")
    result = made.run("resolve", "--all", "--take", "jira", "--yes")
    assert result.code == 0
    assert "left, for jira is none of its sides: onebacklog resolve SHOP-1 title" in result.err
    plan = made.plan()
    assert [one["field"] for one in plan["conflicts"]] == ["title"]
    assert plan["release_conflicts"] == []
    assert made.github.call("GET", "/milestones/1")["due_on"].startswith("2027-01-01")
    assert made.run("resolve", "SHOP-1", "--take", "files", "--yes").code == 0
    made.settled()


WRONG: dict[str, tuple[list[str], str]] = {
    "a field that has no conflict": (
        ["SHOP-1", "title", "--take", "jira"],
        "title of SHOP-1 has no conflict (in conflict: status)",
    ),
    "an item that has none": (["SHOP-2", "--take", "jira"], "SHOP-2 has no conflict"),
    "no such item": (["SHOP-9", "--take", "jira"], "SHOP-9 names no item"),
    "no such field": (["SHOP-1", "stauts", "--take", "jira"], "did you mean status?"),
    "no such release": (["release 9", "--take", "jira"], "there is no release 9 in shop"),
    "a release that has none": (["release 1.0", "--take", "jira"], "release 1.0 has no conflict"),
    "a field that releases have not": (["release 1.0", "duo", "--take", "jira"], "mean due?"),
    "no such tracker": (["SHOP-1", "--take", "trello"], "trello is no tracker here; take one of"),
    "a tracker that changed nothing": (
        ["SHOP-1", "status", "--take", "github"],
        "github did not change status; take one of: files, jira, backlog",
    ),
    "a value that there is not": (
        ["SHOP-1", "status", "--value", "dnoe"],
        "there is no value 'dnoe'; did you mean done?",
    ),
    "all of a tracker that is no side": (["--all", "--take", "github"], "take one of: files, jira"),
    "both a side and a value": (["SHOP-1", "--take", "jira", "--value", "done"], "give one of"),
    "all without a side": (["--all", "--value", "done"], "with --all, --take"),
    "all, and a key": (["SHOP-1", "--all", "--take", "jira"], "name a backlog with --all"),
    "nothing that is decided": (["--take", "jira"], "name what is to be decided"),
    "too many words": (["SHOP-1", "status", "x", "--take", "jira"], "KEY [FIELD] without it"),
    "no such file": (["SHOP-1", "--value-file", "no.md"], "No such file"),
    "no such backlog": (["SHOP-1", "--take", "jira", "--backlog", "shoe"], "no backlog 'shoe'"),
}


def test_what_cannot_be_decided_is_said_and_nothing_is_written(cloud: Shop) -> None:
    edit(cloud, "jira", "status", "in_progress")
    edit(cloud, "files", "status", "done")
    state = cloud.run("history", "--format", "json").out
    for name, (args, words) in WRONG.items():
        result = cloud.run("resolve", *args, "--yes")
        assert result.code == 2, name
        assert words in " ".join(result.err.split()), (name, result.err)
        assert result.out == "", name
    assert cloud.run("history", "--format", "json").out == state
    assert len(cloud.plan()["conflicts"]) == 1


def test_a_conflict_that_has_gone_meanwhile_is_not_decided(cloud: Shop) -> None:
    edit(cloud, "jira", "status", "in_progress")
    edit(cloud, "files", "status", "done")
    cloud.apply()
    edit(cloud, "files", "status", "in_progress")
    result = cloud.run("resolve", "SHOP-1", "status", "--take", "files", "--yes")
    assert result.code == 2
    assert "status of SHOP-1 has no conflict; nothing was written" in result.err
    cloud.apply()
    assert cloud.run("resolve", "--all", "--take", "jira", "--yes").out == "shop: no conflicts\n"
    cloud.settled()


def test_while_a_tracker_cannot_be_read_its_items_are_not_decided(cloud: Shop) -> None:
    edit(cloud, "jira", "status", "in_progress")
    edit(cloud, "files", "status", "done")
    cloud.environment["GITHUB_TOKEN"] = "t-nobody"
    result = cloud.run("resolve", "SHOP-1", "status", "--take", "files", "--yes")
    assert result.code == 2
    assert "has no conflict that can be resolved while github cannot be read" in result.err
    assert cloud.records("jira")["Pay"].shown["status"] == "In Progress"
    assert cloud.records("files")["Pay"].shown["status"] == "done"


def test_conflicts_are_listed_with_sides_base_time_and_hunks(cloud: Shop) -> None:
    edit(cloud, "jira", "description", "First by jira.\n\nSecond.\n\nThird by jira.")
    edit(cloud, "github", "description", TEXT.replace("First", "First by github"))
    [one] = cloud.run("resolve", "SHOP-1", "description", "--format", "json").json["conflicts"]
    assert one["keys"] == {"jira": "SHOP-1", "github": "acme/shop#1", "files": "items/pay.md"}
    assert one["base"] == TEXT
    assert one["sides"]["github"]["value"] == TEXT.replace("First", "First by github")
    assert all(side["updated_at"] for side in one["sides"].values())
    sides = {"github": ["First by github."], "jira": ["First by jira."]}
    assert one["hunks"] == [{"line": 1, "base": ["First."], "sides": sides}]
    for command in (["resolve"], ["resolve", "shop"], ["resolve", "SHOP-1"], ["plan"], ["report"]):
        out = cloud.run(*command).out
        assert "- First.\n" in out, command
        assert "+ First by jira.\n" in out, command
        assert "Third" not in out, command  # it is not in conflict
        assert out.count("(last changed by ada, 20") == 2, command
    assert "+ First by jira." in cloud.run("plan", "--format", "markdown").out
    assert "+ First by jira." in cloud.run("report", "--format", "markdown").out
    assert "+ First by jira." in cloud.run("explain", "SHOP-1").out
    assert "updated_at" not in json.dumps(cloud.plan())


def test_no_conflicts_are_no_mistake(cloud: Shop) -> None:
    result = cloud.run("resolve")
    assert (result.code, result.out) == (0, "shop: no conflicts\n")
    listed = cloud.run("resolve", "--format", "json").json
    assert (listed["conflicts"], listed["release_conflicts"]) == ([], [])


def test_a_text_is_given_by_a_file_or_by_stdin(cloud: Shop) -> None:
    for text, tracker in (("By jira.", "jira"), ("By github.", "github")):
        edit(cloud, tracker, "description", text)
    path = cloud.folder / "new.md"
    path.write_bytes(b"One.\r\n\r\nTwo.\r\n")
    args = ("resolve", "SHOP-1", "description", "--value-file")
    assert cloud.run(*args, str(path), "--yes").code == 0
    assert cloud.records("github")["Pay"].shown["description"] == "One.\n\nTwo."
    cloud.settled()
    for text, tracker in (("By jira.", "jira"), ("By github.", "github")):
        edit(cloud, tracker, "description", text)
    path.write_bytes(b"\xff")
    result = cloud.run(*args, str(path), "--yes")
    assert (result.code, "is no text in UTF-8" in result.err) == (2, True)
    options = ["--config", str(cloud.settings), "--yes"]
    done = CliRunner().invoke(main, [*args, "-", *options], env=cloud.environment, input="Three.")
    assert done.exit_code == 0
    assert cloud.records("github")["Pay"].shown["description"] == "Three."
    cloud.settled()


def test_criteria_are_given_as_a_task_list(cloud: Shop) -> None:
    edit(cloud, "jira", "acceptance_criteria", (Criterion("Works"),))
    cloud.apply()
    edit(cloud, "jira", "acceptance_criteria", (Criterion("Works well"),))
    edit(cloud, "github", "acceptance_criteria", (Criterion("Works fast"),))
    args = ("resolve", "SHOP-1", "acceptance_criteria", "--yes", "--value")
    result = cloud.run(*args, "Works")
    assert (result.code, "expected a Markdown task list" in result.err) == (2, True)
    assert cloud.run(*args, "- [x] Works well\n- [ ] Works fast").code == 0
    criteria = (Criterion("Works well", True), Criterion("Works fast"))
    assert shown(cloud, "acceptance_criteria") == [criteria] * 3
    cloud.settled()


def test_the_guard_holds_for_decisions_too(cloud: Shop) -> None:
    edit(cloud, "jira", "status", "in_progress")
    edit(cloud, "files", "status", "done")
    cloud.configure("    guard: {closes: 0, minimum: 0}")
    args = ("resolve", "SHOP-1", "status", "--take", "files", "--yes")
    assert cloud.run(*args).code == 5
    assert len(cloud.plan()["conflicts"]) == 1
    assert cloud.run(*args, "--force").code == 0
    cloud.settled()


class Terminal(io.TextIOWrapper):
    """Somebody sits at it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(("answer", "decided"), [("n\n", False), ("y\n", True)])
def test_a_person_at_a_terminal_is_asked(
    cloud: Shop, monkeypatch: pytest.MonkeyPatch, answer: str, decided: bool
) -> None:
    edit(cloud, "jira", "status", "in_progress")
    edit(cloud, "files", "status", "done")
    for name, value in cloud.environment.items():
        monkeypatch.setenv(name, value)
    out, err = (Terminal(io.BytesIO(), encoding="utf-8") for _ in range(2))
    monkeypatch.setattr(sys, "stdin", Terminal(io.BytesIO(answer.encode()), encoding="utf-8"))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    args = ["resolve", "SHOP-1", "--take", "files", "--config", str(cloud.settings)]
    with pytest.raises(SystemExit) as end:
        main(args)
    said = b"".join(one.buffer.getvalue() for one in (out, err))  # type: ignore[attr-defined]
    monkeypatch.undo()
    assert b"Apply this?" in said
    assert b"a person resolved it: took files" in said
    assert end.value.code == (0 if decided else 1)
    assert (cloud.plan()["conflicts"] == []) == decided
