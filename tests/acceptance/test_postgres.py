"""The commands with a state on PostgreSQL: as on a file, and no file beside the settings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.shop import Shop, shop

STORIES = [{"type": "Story", "summary": f"Story {number}"} for number in range(3)]
APPLY = [sys.executable, "-c", "from sync.cli import main; main()", "apply", "--yes"]


@pytest.fixture
def made(tmp_path: Path, postgres_url: str) -> Iterator[Shop]:
    with shop(tmp_path, jira=STORIES) as it:
        text = it.settings.read_text(encoding="utf-8")
        it.settings.write_text(text.replace("sqlite:///state.db", postgres_url), encoding="utf-8")
        yield it
        assert not list(tmp_path.glob("*.db*"))


def test_two_applies_at_once_make_each_item_once(made: Shop) -> None:
    environment = {**os.environ, **made.environment, "ONEBACKLOG_CONFIG": str(made.settings)}
    jobs = [
        subprocess.Popen(
            [*APPLY, "--wait", "60"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for _ in range(2)
    ]
    said = [one.communicate(timeout=120) for one in jobs]
    assert [one.returncode for one in jobs] == [0, 0], said
    assert len(made.github_stand_in.state.repositories["acme/shop"].issues) == len(STORIES)
    made.settled()


def test_an_edit_is_planned_applied_told_and_taken_back(made: Shop) -> None:
    assert made.run("plan").code == 3
    made.apply()
    made.github.call("PATCH", "/issues/1", title="Pay by bank")
    [edit] = [one for one in made.plan()["edits"] if one["tracker"] == "jira"]
    assert [*edit["fields"]] == ["title"]
    made.apply()
    assert "Pay by bank" in made.records("jira")
    told = made.run("history", "--format", "json").json
    last = max(one["id"] for one in told["runs"])
    assert "Pay by bank" in made.run("explain", "SHOP-1").out
    undone = made.run("undo", str(last), "--yes")
    assert undone.code == 0, undone.out + undone.err
    assert "Pay by bank" not in made.records("jira")
    made.settled()


def test_the_state_is_checked_and_made_anew_and_copied_by_its_own_programs(made: Shop) -> None:
    made.apply()
    sound = made.run("state", "verify")
    assert (sound.code, "is sound" in sound.out) == (0, True)
    anew = made.run("state", "rebuild", "--force")
    assert anew.code == 0, anew.err
    made.settled()
    assert len(made.github_stand_in.state.repositories["acme/shop"].issues) == len(STORIES)
    copied = made.run("state", "backup", "copy.db")
    assert copied.code == 2
    assert "pg_dump --format=custom" in copied.err
