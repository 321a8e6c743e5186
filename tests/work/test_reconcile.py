"""One run of a backlog: what it takes up, what it leaves, and when it is made again."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from adapters.sandbox.server import Fault
from sync.events import Event
from sync.state import fence, hold, inbox
from sync.work import reconcile
from sync.work.reconcile import TRIES, pause
from tests.work.place import Place, now, place

DOWN = Fault("status", path="^/jira", times=1000, status=403)
"""Denied, which is not tried again within a run."""
STORY = {"type": "Story", "summary": "Pay by card"}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path, jira=[STORY]) as made:
        made.made.apply()
        yield made


def test_where_nothing_waits_nothing_is_read(here: Place) -> None:
    here.made.served.log.clear()
    assert here.run().ending == "nothing"
    assert not here.made.served.log


def test_an_event_is_carried_everywhere_and_done_with(here: Place) -> None:
    here.rename(1, "Pay by bank")
    here.hear("github")
    ran = here.run()
    assert (ran.ending, ran.events, ran.again) == ("done", 1, None)
    assert not here.waiting()
    assert set(here.made.records("jira")) == {"Pay by bank"}
    assert set(here.made.records("files")) == {"Pay by bank"}


def test_a_run_asks_for_no_more_than_what_was_touched(here: Place) -> None:
    here.rename(1, "Pay by bank")
    (record,) = here.made.records("github").values()
    here.hear("github", record.id)
    here.made.served.log.clear()
    assert here.run().ending == "done"
    assert set(here.made.records("jira")) == {"Pay by bank"}
    asked = [one for one in here.made.served.log if one.path == "/github/repos/acme/shop/issues"]
    assert not [one for one in asked if "since=" in str(one.query)]  # what changed is not listed


def test_the_schedule_reads_all_that_changed(here: Place) -> None:
    here.rename(1, "Pay by bank")
    here.hear(reconcile.SCHEDULE)
    assert here.run().ending == "done"
    assert set(here.made.records("jira")) == {"Pay by bank"}


def test_a_thousand_events_that_wait_are_one_run(here: Place) -> None:
    before = here.runs()
    storm = [("shop", "github", Event(f"storm-{n}", frozenset({"I_1"}))) for n in range(1000)]
    assert all(inbox.put_all(here.store.engine, storm, now().isoformat(timespec="seconds")))
    assert here.run().events == 1000
    assert here.runs() == before + 1


def test_what_comes_in_during_a_run_waits_for_the_next(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, came = reconcile.look_at_touched, list[int]()

    def looking(*args: object, **more: object) -> object:
        came.append(here.hear("jira"))
        return look(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(reconcile, "look_at_touched", looking)
    here.hear("github")
    assert here.run().events == 1
    assert [one.id for one in here.waiting()] == came
    assert len(came) == 1


def test_an_event_about_everything_reads_everything_anew(here: Place) -> None:
    before = here.store.read_whole("shop")
    time.sleep(1.1)  # these times are of whole seconds
    here.hear("github", whole=True)
    assert here.run().ending == "done"
    assert all(at > before[name] for name, at in here.store.read_whole("shop").items())


def test_while_a_tracker_is_down_events_wait_and_the_others_go_on(here: Place) -> None:
    here.made.served.switches.faults.append(DOWN)
    here.rename(1, "Pay by bank")
    number = here.hear("github")
    ran = here.run()
    assert (ran.ending, ran.again) == ("failed", 1.0)
    assert [(one.id, one.tries) for one in here.waiting()] == [(number, 1)]
    here.made.served.switches.faults.clear()
    assert here.run().ending == "done"
    assert set(here.made.records("jira")) == {"Pay by bank"}


@pytest.mark.parametrize(
    ("tries", "seconds"), [(0, 1), (1, 2), (5, 32), (8, 256), (9, 300), (5000, 300)]
)
def test_each_pause_is_twice_as_long_up_to_five_minutes(tries: int, seconds: float) -> None:
    assert pause(tries) == seconds


def test_an_event_that_always_fails_is_given_up_in_the_end(here: Place) -> None:
    here.made.served.switches.faults.append(DOWN)
    number = here.hear("github")
    for _ in range(TRIES - 1):
        inbox.count_try(here.store.engine, "shop", [number])
    assert here.run().again is None
    assert not here.waiting()


def test_what_the_guard_refuses_is_said_once_and_not_tried_in_a_loop(here: Place) -> None:
    here.made.configure("    guard: {at_most: {changes: 0}}\n")
    here.rename(1, "Pay by bank")
    here.hear("github")
    ran = here.run()
    assert (ran.ending, ran.again) == ("refused", None)
    assert not here.waiting()
    assert set(here.made.records("jira")) == {"Pay by card"}


def test_while_somebody_else_writes_the_run_is_put_off(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "WAIT", 0.1)
    here.hear("github")
    with hold(here.backlog.state, 1):
        assert here.run().ending == "failed"
    assert [one.tries for one in here.waiting()] == [1]


def test_a_run_that_another_has_overtaken_writes_nothing_more(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = reconcile.look_at_touched

    def overtaken(*args: object, **more: object) -> object:
        found = look(*args, **more)  # type: ignore[arg-type]
        fence.take(here.store.engine, "shop", "elsewhere")
        return found

    monkeypatch.setattr(reconcile, "look_at_touched", overtaken)
    here.rename(1, "Pay by bank")
    here.hear("github")
    ran = here.run()
    assert (ran.ending, ran.again) == ("fenced", None)
    assert set(here.made.records("jira")) == {"Pay by card"}
    assert len(here.waiting()) == 1


def test_a_run_that_writes_for_too_long_ends_between_two_edits(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "LONGEST", 0.0)
    here.rename(1, "Pay by bank")
    here.hear("github")
    assert here.run().ending == "failed"
    monkeypatch.undo()
    assert here.run().ending == "done"
    assert set(here.made.records("jira")) == {"Pay by bank"}
    here.made.settled()


def test_a_try_that_cannot_be_counted_is_made_again(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconcile, "WAIT", 0.1)
    here.hear("github")
    here.store.engine = here.store.engine.execution_options(
        fence=fence.take(here.store.engine, "shop", "one")
    )
    fence.take(here.store.engine.execution_options(fence=None), "shop", "other")
    with hold(here.backlog.state, 1):
        assert here.run().again == 1.0
    assert here.waiting()[0].tries == 0


def test_the_log_says_of_an_edit_where_and_why_it_failed(here: Place) -> None:
    fault = Fault("status", path="/issue/", method="PUT", times=1000, status=400)
    here.made.served.switches.faults.append(fault)
    here.rename(1, "Pay by bank")
    here.hear("github")
    with capture_logs() as lines:
        assert here.run().ending == "done"
    (line,) = [one for one in lines if one["event"] == "edit.failed"]
    assert (line["tracker"], line["key"]) == ("jira", "SHOP-1")
    (line,) = [one for one in lines if one["event"] == "run.done"]
    assert (line["failed"], line["events"]) == (1, 1)
