"""Random histories over real HTTP end in agreement; two runs never write at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from adapters.sandbox.server import Fault
from tests.acceptance.shop import Flavour, shop
from tests.crash.chaos import play
from tests.crash.scene import Mortal

STEPS = 14


@pytest.fixture(scope="module")
def mortals() -> Iterator[tuple[Mortal, Mortal]]:
    both = Mortal(), Mortal()
    yield both
    for one in both:
        one.close()


@pytest.fixture
def mortal(mortals: tuple[Mortal, Mortal]) -> Mortal:
    return mortals[0]


@pytest.fixture
def other(mortals: tuple[Mortal, Mortal]) -> Mortal:
    return mortals[1]


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
@pytest.mark.parametrize("seed", range(8))
def test_when_nothing_goes_wrong_any_more_all_sides_agree_and_no_edit_is_lost(
    tmp_path: Path, flavour: Flavour, seed: int, mortals: tuple[Mortal, Mortal]
) -> None:
    play(tmp_path, flavour, seed, STEPS, mortals)


def test_of_two_runs_at_once_one_waits_for_the_other(
    tmp_path: Path, mortal: Mortal, other: Mortal
) -> None:
    """Not one request of the second comes between those of the first, and nothing is made twice."""
    issues = [{"type": "Story", "summary": f"Story {n}"} for n in range(4)]
    with shop(tmp_path, jira=issues) as made, ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(one.run, made, "apply", "--yes", "--wait", "60") for one in (mortal, other)
        ]
        assert [run.result() for run in runs] == [0, 0]
        opened = [at for at, one in enumerate(made.served.log) if one.path.endswith("/serverInfo")]
        first, second = opened
        assert any(one.writes for one in made.served.log[first:second])
        assert not any(one.writes for one in made.served.log[second:])
        assert len(made.github_stand_in.dump()["repositories"]["acme/shop"]["issues"]) == 4
        made.settled()


def test_a_run_that_may_not_wait_is_refused_and_asks_no_tracker(
    tmp_path: Path, mortal: Mortal, other: Mortal
) -> None:
    codes: list[int] = []
    with shop(tmp_path, jira=[{"type": "Story", "summary": "Story"}]) as made:

        def second() -> None:
            codes.append(other.run(made, "apply", "--yes", "--wait", "0"))

        made.served.switches.faults = [Fault("slow", "/issue/bulk", after=0.0, then=second)]
        (made.items / "mine.md").parent.mkdir(parents=True)
        (made.items / "mine.md").write_text("# Mine\n")
        assert mortal.run(made, "apply", "--yes") == 0
        assert codes == [1]
        assert "another onebacklog is writing" in (tmp_path / "run.log").read_text()
