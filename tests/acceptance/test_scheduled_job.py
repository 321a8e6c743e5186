"""`apply --yes` as a scheduled job: it may run twice at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.acceptance.shop import Shop, shop

STORIES = [{"type": "Story", "summary": f"Story {number}"} for number in range(12)]
APPLY = [sys.executable, "-c", "from sync.cli import main; main()", "apply", "--yes"]


def job(made: Shop, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*APPLY, *more],
        env={**os.environ, **made.environment, "ONEBACKLOG_CONFIG": str(made.settings)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_jobs_at_once_make_each_item_once(tmp_path: Path) -> None:
    with shop(tmp_path, jira=STORIES) as made:
        jobs = [job(made, "--wait", "60") for _ in range(2)]
        said = [one.communicate(timeout=120) for one in jobs]
        assert [one.returncode for one in jobs] == [0, 0], said
        assert len(made.records("github")) == len(STORIES)
        assert len(made.github_stand_in.state.repositories["acme/shop"].issues) == len(STORIES)
        made.settled()


def test_a_job_that_finds_another_at_work_says_so_and_changes_nothing(tmp_path: Path) -> None:
    with shop(tmp_path, jira=STORIES) as made:
        made.served.switches.latency = 0.3
        first = job(made)
        while not made.served.writes():
            assert first.poll() is None
        second = job(made, "--wait", "0")
        _, err = second.communicate(timeout=120)
        assert second.returncode == 1
        assert "another" in err
        first.communicate(timeout=120)
        assert first.returncode == 0
        assert len(made.github_stand_in.state.repositories["acme/shop"].issues) == len(STORIES)
