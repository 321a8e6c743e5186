"""The state command over real trackers: backup, verify, restore, and rebuild after a loss."""

import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.shop import Flavour, Shop, shop

JIRA = (
    {"type": "Epic", "summary": "Checkout"},
    {"type": "Story", "summary": "Pay by card", "parent": "SHOP-1", "labels": ["pay"]},
    {"type": "Bug", "summary": "Rounded twice", "priority": "High"},
)
GITHUB = (
    {"title": "Ship it", "assignees": ["ada"], "labels": ["kind:task"]},
    {"title": "Twice", "labels": ["kind:task"]},
    {"title": "Twice", "labels": ["kind:task"]},
)
FILES = {
    "items/gift-cards.md": "---\nkind: story\nstatus: todo\n---\n# Gift cards\n\nFor everybody.\n",
    "ORDER.md": "1. [Gift cards](items/gift-cards.md)\n",
}


@pytest.fixture(params=["cloud", "datacenter"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """A shop whose sides agree."""
    flavour: Flavour = request.param
    with shop(tmp_path, flavour=flavour, jira=JIRA, github=GITHUB, files=FILES) as made:
        made.apply()
        made.settled()
        made.served.log.clear()
        yield made


def lose(made: Shop) -> None:
    for path in made.folder.glob("state.db*"):
        path.unlink()


def counts(made: Shop) -> dict[str, int]:
    return {name: len(made.records(name)) for name in ("jira", "github", "files")}


def test_after_a_loss_the_links_are_made_anew_and_nothing_is_doubled(kept: Shop) -> None:
    before = {path: path.read_bytes() for path in kept.items.glob("*.md")}
    lose(kept)
    result = kept.run("state", "rebuild")
    assert result.code == 0, result.err
    assert "7 items; 7 records on jira, 7 records on github, 7 records on files" in result.out
    assert "0 records to be created" in result.out
    assert kept.served.writes() == []
    assert {path: path.read_bytes() for path in kept.items.glob("*.md")} == before
    kept.settled()
    kept.apply()
    assert kept.served.writes() == []
