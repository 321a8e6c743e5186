"""A process that stands still between storing what it is about to make and asking for it, while
another takes its backlog over, makes nothing when it goes on."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.shop import Flavour, Shop, shop
from tests.crash.scene import Mortal
from tests.postgres import Server

FILE = "---\nkind: task\nstatus: todo\npriority: medium\n---\n\n# {}\n"
FLAVOURS = pytest.mark.parametrize("flavour", ["cloud", "datacenter"])


@pytest.fixture
def mortal() -> Iterator[Mortal]:
    one = Mortal()
    yield one
    one.close()


def on_server(made: Shop, url: str) -> None:
    text = made.settings.read_text(encoding="utf-8")
    made.settings.write_text(text.replace("sqlite:///state.db", url), encoding="utf-8")


def both(made: Shop) -> list[list[str]]:
    """What each side shows, twins and all."""
    jira: list[Any] = made.jira_stand_in.dump()["issues"]
    github: list[Any] = made.github_stand_in.dump()["repositories"]["acme/shop"]["issues"]
    return [sorted(one["summary"] for one in jira), sorted(one["title"] for one in github)]


@FLAVOURS
def test_who_stood_still_just_before_a_create_makes_no_twin_when_it_goes_on(
    tmp_path: Path, flavour: Flavour, postgres: Server, postgres_url: str, mortal: Mortal
) -> None:
    database = postgres_url.rpartition("/")[2]
    with (
        shop(tmp_path, flavour=flavour, files={"items/pay.md": FILE.format("Pay")}) as made,
        ThreadPoolExecutor(1) as pool,
    ):
        on_server(made, postgres_url)
        for at in (0, 1):  # before it asks the first tracker, and the second
            title = f"Item {at}"
            (made.items / f"{at}.md").write_text(FILE.format(title))
            first = pool.submit(mortal.run, made, "apply", "--yes", kind="intent", at=at)
            pid = mortal.await_stop()
            postgres.end_sessions(database)  # as of a host that is thought to be lost
            try:
                made.apply()
                after = both(made)
                assert all(title in titles for titles in after)
            finally:
                os.kill(pid, signal.SIGCONT)
            assert first.result() != 0
            assert both(made) == after
            made.settled()
            log = (made.folder / "run.log").read_text()
            assert "has taken shop over" in log
