"""Work grows with what changed, not with what exists."""

from collections import Counter
from pathlib import Path

import pytest

from tests.acceptance.shop import Flavour, shop


def _requests_when_nothing_changed(folder: Path, flavour: Flavour, items: int) -> Counter[str]:
    """By path, order reads aside, of a plan and an apply right after everything was written."""
    issues = [{"type": "Story", "summary": f"Story {number}"} for number in range(items)]
    folder.mkdir()
    with shop(folder, flavour=flavour, jira=issues) as made:
        made.apply()
        made.settled()
        made.served.log.clear()
        assert made.run("apply", "--yes").code == 0
        made.settled()
        assert made.served.writes() == []
        return Counter(
            f"{exchange.method} {exchange.path}"
            for exchange in made.served.log
            if b"Rank" not in exchange.body and b"cf[" not in exchange.body
        )


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
def test_a_run_without_changes_makes_as_many_requests_for_1000_items_as_for_100(
    tmp_path: Path, flavour: Flavour
) -> None:
    few = _requests_when_nothing_changed(tmp_path / "few", flavour, 100)
    many = _requests_when_nothing_changed(tmp_path / "many", flavour, 1000)
    assert many == few
    assert few.total() <= 40


def test_one_edit_among_1000_items_is_brought_with_a_handful_of_requests(tmp_path: Path) -> None:
    issues = [{"type": "Story", "summary": f"Story {number}"} for number in range(1000)]
    with shop(tmp_path, jira=issues) as made:
        made.apply()
        made.github.call("PATCH", "/issues/500", title="Renamed")
        made.served.log.clear()
        made.apply()
        assert len(made.served.log) <= 40
        assert made.jira_stand_in.dump()["issues"][499]["summary"] == "Renamed"
        made.settled()
