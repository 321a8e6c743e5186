"""What the journal tells a person: runs, an item's story, what fails; and what comes of it."""

from __future__ import annotations

import io
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sandbox.server import Fault
from sync.cli import main
from sync.state import Journal, Store, hold
from tests.acceptance.shop import Shop, shop

JIRA = [
    {"type": "Story", "summary": "Pay by card", "priority": "Medium"},
    {"type": "Story", "summary": "Wishes", "priority": "Low"},
]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Shop]:
    with shop(tmp_path, jira=JIRA) as one:
        one.apply()
        yield one


def summary(made: Shop, text: str, issue: str = "SHOP-1") -> None:
    made.jira.ask("PUT", f"issue/{issue}", {"fields": {"summary": text}})


def key_on_github(made: Shop, title: str) -> str:
    return made.records("github")[title].key


@pytest.mark.parametrize("by", ["SHOP-1", "items/pay-by-card.md", "pay-by-card.md", "github", "id"])
def test_an_item_has_its_story_by_any_of_its_keys(made: Shop, by: str) -> None:
    keys = {"github": key_on_github(made, "Pay by card")}
    keys["id"] = made.run("explain", "SHOP-1", "--format", "json").json["item"]
    summary(made, "Pay with a card")
    made.apply()
    edits = made.run("history", "--item", keys.get(by, by), "--format", "json").json["edits"]
    story = [
        (one["run"], one["tracker"], one["before"], one["after"], one["because"], one["outcome"])
        for one in edits
        if one["field"] == "title" and one["before"]
    ]
    wrote = (2, "Pay by card", "Pay with a card", "jira changed it", "done")
    assert {(run, *rest) for run, tracker, *rest in story if tracker != "backlog"} == {wrote}
    assert {tracker for _, tracker, *_ in story} == {"backlog", "github", "files"}
    table = made.run("history", "--item", keys.get(by, by)).out
    assert "Pay by card → Pay with a card" in table
    assert "Wishes" not in table


def test_history_says_which_key_or_run_it_does_not_know(made: Shop) -> None:
    unknown = made.run("history", "--item", "SHOP-99")
    assert (unknown.code, "SHOP-99 names no item of shop" in unknown.err) == (2, True)
    unknown = made.run("history", "--run", "99")
    assert (unknown.code, "there is no run 99" in unknown.err) == (2, True)
    unknown = made.run("undo", "99", "--dry-run")
    assert (unknown.code, "there is no run 99" in unknown.err) == (2, True)


def test_before_anything_was_applied_nothing_is_known(tmp_path: Path) -> None:
    with shop(tmp_path) as made:
        assert "Nothing has been applied yet" in made.run("history").out
        assert "Nothing is failing" in made.run("history", "--failed").out
        assert "Nothing has been applied yet" in made.run("history", "--item", "SHOP-1").out
        assert made.run("undo", "1").code == 2
        assert not (tmp_path / "state.db").exists()


def test_moves_and_undos_are_told_in_words(made: Shop) -> None:
    made.jira.ask("PUT", "agile:issue/rank", {"issues": ["SHOP-2"], "rankBeforeIssue": "SHOP-1"})
    made.apply()
    table = made.run("history", "--run", "2").out
    assert "below Pay by card" in table
    assert "the top, above Pay by card" in table
    done = made.run("undo", "2", "--yes")
    assert (done.code, "Taken back as run 3" in done.out) == (0, True)
    assert "undo of run 2" in made.run("history").out
    again = made.run("undo", "2", "--yes")
    assert (again.code, "There is nothing to take back" in again.out) == (0, True)
    dry = made.run("undo", "2", "--dry-run")
    assert (dry.code, "Not taken back: 1" in dry.out) == (0, True)
    assert [one.id for one in _runs(made)] == [3, 2, 1]


def _runs(made: Shop) -> list[object]:
    store = Store(f"sqlite:///{made.folder / 'state.db'}")
    try:
        return list(Journal(store.engine).runs("shop"))
    finally:
        store.close()


def test_a_run_that_was_killed_is_told_from_one_that_runs(made: Shop) -> None:
    url = f"sqlite:///{made.folder / 'state.db'}"
    store = Store(url)
    Journal(store.engine).begin("shop", "2026-01-01T00:00:00+00:00", {})
    store.close()
    with hold(url, 0):
        [run, *_] = made.run("history", "--format", "json").json["runs"]
        assert run["outcome"] == "running"
    [run, *_] = made.run("history", "--format", "json").json["runs"]
    assert (run["outcome"], run["ended"]) == ("killed", None)


def test_an_undo_shows_what_it_takes_back_and_what_not(made: Shop) -> None:
    summary(made, "Pay with a card")
    summary(made, "Nice to have", "SHOP-2")
    fields = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "New"}
    made.jira.ask("POST", "issue", {"fields": fields})
    made.apply()
    wishes = made.items / "wishes.md"
    wishes.write_text(wishes.read_text().replace("# Nice to have", "# Much wanted"))
    dry = made.run("undo", "2", "--dry-run")
    assert dry.code == 3
    said = " ".join(dry.out.split())
    assert "title Pay with a card → Pay by card" in said
    assert "because undo of run 2" in said
    assert "it was made by this run, and nothing is ever deleted" in said
    assert "it was changed since" in said
    assert "In the backlog: 1 value" in said
    assert made.records("github").keys() == {"Pay with a card", "Nice to have", "New"}
    made.run("undo", "2", "--yes")
    assert made.records("github").keys() == {"Pay by card", "Wishes", "New"}


def test_an_undo_is_held_by_the_guard(tmp_path: Path) -> None:
    issues = [{"type": "Story", "summary": f"Story {at}"} for at in range(25)]
    with shop(tmp_path, jira=issues) as made:
        made.apply()
        for at in range(20):
            summary(made, f"Tale {at}", f"SHOP-{at + 1}")
        assert made.run("apply", "--yes", "--force").code == 0
        dry = made.run("undo", "2", "--dry-run")
        assert "undo would be refused: github: 20 of 25" in dry.err
        refused = made.run("undo", "2", "--yes")
        assert (refused.code, "refused: github: 20 of 25" in refused.err) == (5, True)
        assert "Tale 0" in made.records("github")
        forced = made.run("undo", "2", "--yes", "--force")
        assert (forced.code, "forced: github: 20 of 25" in forced.err) == (0, True)
        assert "Story 0" in made.records("github")


def test_an_undo_says_what_failed_and_the_next_run_goes_on(made: Shop) -> None:
    summary(made, "Pay with a card")
    made.apply()
    number = key_on_github(made, "Pay with a card").rpartition("#")[2]
    made.served.switches.faults.append(Fault("status", rf"/issues/{number}$", "PATCH", status=409))
    done = made.run("undo", "2", "--yes", "--format", "json")
    assert done.code == 1
    assert [one["key"] for one in done.json["failed"]] == [f"acme/shop#{number}"]
    made.served.switches.faults.clear()
    made.apply()
    assert "Pay by card" in made.records("github")
    made.settled()


def test_an_undo_without_one_tracker_leaves_what_that_shows(made: Shop) -> None:
    summary(made, "Pay with a card")
    made.apply()
    del made.environment["GITHUB_TOKEN"]
    done = made.run("undo", "2", "--yes")
    assert done.code == 1
    assert "github did not answer; run the undo again when it does" in " ".join(done.out.split())
    assert "# Pay with a card" in (made.items / "pay-by-card.md").read_text()


def test_what_fails_is_shown_and_tried_again_when_a_person_says_so(made: Shop) -> None:
    number = key_on_github(made, "Pay by card").rpartition("#")[2]
    fault = Fault("status", rf"/issues/{number}$", "PATCH", status=409, times=100)
    made.served.switches.faults.append(fault)
    summary(made, "Pay with a card")
    summary(made, "Nice to have", "SHOP-2")
    for _ in range(2):
        assert made.run("apply", "--yes").code == 1
    assert "Nice to have" in made.records("github")

    [line] = made.run("history", "--failed", "--format", "json").json["failing"]
    assert (line["tracker"], line["key"], line["what"], line["tries"]) == (
        "github",
        f"acme/shop#{number}",
        "update title",
        2,
    )
    assert line["next"] > line["last"]
    assert "apply --retry" in line["remedy"]
    table = made.run("history", "--failed", "--item", "SHOP-1").out
    assert "2 failures" in table
    assert "apply --retry" in table
    assert "Nothing is failing" in made.run("history", "--failed", "--item", "SHOP-2").out

    plan = made.run("plan", "--format", "json")
    assert (plan.json["edits"], plan.code) == ([], 0)
    [finding] = [one for one in plan.json["findings"] if one["rule"] == "failing"]
    assert "failed 2 times and waits for its next try" in finding["message"]
    made.served.switches.faults.clear()
    assert made.run("apply", "--yes").code == 0
    assert "Pay by card" in made.records("github")  # it waits yet
    made.apply("--retry", "--item", "SHOP-1")
    assert "Pay with a card" in made.records("github")
    assert "Nothing is failing" in made.run("history", "--failed").out
    made.settled()


def test_a_state_that_cannot_be_written_stops_the_run_and_says_what_to_do(made: Shop) -> None:
    summary(made, "Pay with a card")
    with sqlite3.connect(made.folder / "state.db") as connection:
        connection.execute(
            "CREATE TRIGGER full BEFORE UPDATE ON journal "
            "BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
        )
    connection.close()
    failed = made.run("apply", "--yes")
    assert failed.code == 1
    assert "cannot be written (database or disk is full)" in failed.err
    assert "nothing more was written to any tracker" in failed.err
    with sqlite3.connect(made.folder / "state.db") as connection:
        connection.execute("DROP TRIGGER full")
    connection.close()
    made.apply()
    made.settled()
    assert "Pay with a card" in made.records("github")


class Terminal(io.TextIOWrapper):
    """Somebody sits at it."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("form", ["table", "json"])
@pytest.mark.parametrize(("answer", "taken"), [("n\n", False), ("y\n", True)])
def test_a_person_at_a_terminal_is_asked_before_anything_is_taken_back(
    made: Shop, monkeypatch: pytest.MonkeyPatch, answer: str, taken: bool, form: str
) -> None:
    summary(made, "Pay with a card")
    made.apply()
    for name, value in made.environment.items():
        monkeypatch.setenv(name, value)
    out, err = (Terminal(io.BytesIO(), encoding="utf-8") for _ in range(2))
    monkeypatch.setattr(sys, "stdin", Terminal(io.BytesIO(answer.encode()), encoding="utf-8"))
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    with pytest.raises(SystemExit) as end:
        main(["undo", "2", "--format", form, "--config", str(made.settings)])
    said = b"".join(one.buffer.getvalue() for one in (out, err)).decode()  # type: ignore[attr-defined]
    monkeypatch.undo()
    assert "Take this back?" in said
    assert said.count("Undo of run 2 of shop") == (form == "table")
    assert ("Nothing was written." in said) == (not taken)
    assert ("Taken back as run 3." in said) == (taken and form == "table")
    assert end.value.code == (0 if taken else 1)
    assert ("Pay by card" in made.records("github")) == taken


def test_an_undo_of_records_that_cannot_be_looked_at_again_leaves_them(made: Shop) -> None:
    summary(made, "Pay with a card")
    made.apply()
    made.served.switches.faults.append(Fault("html", r"/issue/bulkfetch$", times=20))
    done = made.run("undo", "2", "--yes", "--format", "json")
    assert done.code == 1
    assert done.json["edits"] == []
    assert {one["why"] for one in done.json["kept"]} == {
        "jira did not answer; run the undo again when it does"
    }
