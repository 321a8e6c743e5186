"""A run is killed, or loses an answer, at every step it takes: the next run makes all good.

State changes by four kinds of steps: a request that writes, a commit, a file put in its place, and
nothing else. So to be killed before each commit and file, and after each request, is to be killed
at every instant that can make a difference.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest

import pytest

from tests.acceptance.shop import Flavour
from tests.crash.scene import KILLED, Scene, scene


@pytest.fixture(scope="module", params=["cloud", "datacenter"])
def run(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Scene]:
    flavour: Flavour = request.param
    with scene(tmp_path_factory.mktemp(flavour), flavour) as here:
        yield here


@contextmanager
def told(step: object) -> Iterator[None]:
    """Says of a failure which step it was."""
    try:
        yield
    except AssertionError as error:
        error.add_note(f"at the step: {step}")
        raise


@pytest.mark.parametrize("kind", ["commit", "file"])
def test_a_run_killed_before_any_step_on_its_own_disk_is_made_good_by_the_next(
    run: Scene, kind: str
) -> None:
    assert run.steps[kind] > 5
    for at in range(run.steps[kind]):
        run.again()
        with told(f"{kind} {at + 1}"):
            assert run.apply(kind=kind, at=at) == KILLED, run.log()
            run.recovered()


def test_a_run_killed_after_any_write_is_made_good_by_the_next(run: Scene) -> None:
    assert {write.path.split("/")[1] for write in run.writes} == {"jira", "github"}
    for write in run.writes:
        run.again()
        run.made.served.switches.faults = [write.fault("lose", then=run.mortal.kill)]
        with told(write):
            assert run.apply() == KILLED, run.log()
            run.recovered()


@pytest.mark.parametrize("kind", ["drop", "lose"])
def test_an_answer_lost_at_any_write_is_made_good_by_the_next_run(run: Scene, kind: str) -> None:
    """One on either tracker in each run: neither minds what befalls the other."""
    at_jira = [write for write in run.writes if write.path.startswith("/jira")]
    at_github = [write for write in run.writes if write not in at_jira]
    for pair in zip_longest(at_jira, reversed(at_github)):
        run.again()
        faults = [write.fault(kind) for write in pair if write]
        run.made.served.switches.faults = list(faults)
        with told(" and ".join(map(str, pair))):
            assert run.apply() in (0, 1), run.log()
            assert run.made.served.switches.faults == []
            run.recovered()
