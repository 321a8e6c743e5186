"""The working half of the server, in this process, on a file."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from sync.events import Event
from sync.state import Journal, StateError, inbox
from sync.work import service as module
from sync.work.reconcile import SCHEDULE, Ran
from sync.work.service import Service
from tests.work.place import Place, now, place, until

STORY = {"type": "Story", "summary": "Pay by card"}


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path, "    schedule: {every: 1d}\n", jira=[STORY]) as made:
        yield made


@contextmanager
def working(here: Place) -> Iterator[tuple[Service, list[Ran]]]:
    """With the runs that end, as they do."""
    told, run = list[Ran](), module.reconcile

    def reconcile(*given: Any) -> Ran:
        told.append(run(*given))
        return told[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "reconcile", reconcile)
        service = Service(here.current)
        service.start()
        try:
            yield service, told
        finally:
            assert service.stop(60)


def test_at_its_start_it_looks_at_each_backlog_once(here: Place) -> None:
    with working(here) as (_, told):
        until(lambda: told)
        assert set(here.made.records("github")) == {"Pay by card"}
    with working(here) as (_, again):  # the day's tick has been
        time.sleep(1)
        assert not here.waiting()
    assert not again
    assert [one.ending for one in told] == ["done"]


def test_what_was_accepted_before_a_crash_is_done_after_it(here: Place) -> None:
    here.made.apply()
    here.rename(1, "Pay by bank")
    here.hear("github", "I_1")
    with working(here):
        until(lambda: not here.waiting())
    assert set(here.made.records("jira")) == {"Pay by bank"}


def test_what_nobody_was_woken_for_is_found(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LATE", -module.timedelta(seconds=1))
    with working(here) as (_, told):
        until(lambda: told)
        here.hear("github")
        until(lambda: not here.waiting())


def test_a_thousand_events_make_three_runs_at_most(here: Place) -> None:
    with working(here) as (service, told):
        until(lambda: told and not here.waiting())
        before = len(Journal(here.store.engine).runs("shop", 100))
        for part in range(20):
            events = [Event(f"storm-{part}-{n}", frozenset({"I_1"})) for n in range(50)]
            several = [("shop", "github", event) for event in events]
            assert all(inbox.put_all(here.store.engine, several, now().isoformat()))
            service.wake("shop")
        until(lambda: not here.waiting())
        time.sleep(1)
        made = len(Journal(here.store.engine).runs("shop", 100)) - before
    assert sum(one.events for one in told[1:]) == 1000
    assert 1 <= made <= 3


def test_a_tick_is_accepted_once_from_all_processes(here: Place) -> None:
    with working(here) as (_, told):
        until(lambda: told and not here.waiting())
        at = now().isoformat(timespec="seconds")
        for tick in module.ticks(here.backlog.settings.schedule, now()):
            assert not inbox.put(here.store.engine, "shop", SCHEDULE, Event(str(tick)), at)


def test_a_run_that_ends_as_nobody_foresaw_is_said_and_made_again(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> Ran:
        raise ZeroDivisionError

    monkeypatch.setattr(module, "reconcile", crash)
    service = Service(here.current)
    with capture_logs() as lines:
        assert service.run("shop") == module.CRASHED
    assert lines[0]["event"] == "run.crashed"
    service.store.close()


def test_a_backlog_that_the_settings_no_longer_have_is_left_alone(here: Place) -> None:
    service = Service(here.current)
    assert service.run("gone") is None
    service.store.close()


def test_it_goes_on_when_the_state_was_away(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    late, times = inbox.late, list[int]()

    def away(*args: object) -> list[str]:
        times.append(1)
        if len(times) == 2:
            raise StateError("away")
        return late(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(module, "BEAT", 0.05)
    monkeypatch.setattr(inbox, "late", away)
    with working(here):
        until(lambda: len(times) > 3)


def test_what_was_done_long_ago_is_forgotten(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    number = here.hear("github")
    inbox.settle(here.store.engine, "shop", [number], "2020-01-01T00:00:00+00:00")
    monkeypatch.setattr(module, "BEAT", 0.05)
    with working(here) as (service, _):
        until(lambda: service._pruned is not None)
        until(lambda: inbox.prune(here.store.engine, "2021-01-01T00:00:00+00:00") == 0)
