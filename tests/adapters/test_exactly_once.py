"""Each item is made once, whatever becomes of answers, marks, searches and clocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Literal

import pytest

from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.jira import JiraStandIn
from adapters.sandbox.server import Fault, Switches, serve
from sync.tracker import Adapter, Create, Intent, Outcome, Record, Rejected
from tests.adapters.test_github import SEED, OnGitHub
from tests.adapters.test_jira import JiraTracker, seed

MINUTES = 60.0


class AtJira(JiraTracker):
    """With the stand-in at hand."""

    stand_in: JiraStandIn

    @property
    def switches(self) -> Switches:
        return self.served.switches

    def summaries(self) -> list[str]:
        return [issue["summary"] for issue in self.stand_in.dump()["issues"]]


Open = Callable[[Literal["cloud", "datacenter"]], AtJira]


@pytest.fixture
def jira() -> Iterator[Open]:
    with ExitStack() as stack:

        def opened(flavour: Literal["cloud", "datacenter"]) -> AtJira:
            switches = Switches()
            stand_in = JiraStandIn(switches, flavour)
            stand_in.load(seed(flavour))
            served = stack.enter_context(serve({"/jira": stand_in.app}, switches))
            tracker = AtJira(served, flavour)
            tracker.stand_in = stand_in
            return tracker

        yield opened


@pytest.fixture(params=["cloud", "datacenter"])
def either(request: pytest.FixtureRequest, jira: Open) -> AtJira:
    return jira(request.param)


@pytest.fixture
def github() -> Iterator[OnGitHub]:
    switches = Switches()
    stand_in = GitHubStandIn(switches)
    stand_in.load(SEED)
    with serve({"/github": stand_in.app}, switches) as served:
        yield OnGitHub(stand_in, served)


def opened(github: OnGitHub) -> Adapter:
    adapter = github.adapter()
    adapter.open()
    return adapter


def intent(newest: str | None, ago: float = 0.0) -> Intent:
    """Of a try just now (or so many seconds ago), by our own clock."""
    at = datetime.now(UTC) - timedelta(seconds=ago)
    return Intent(at.isoformat(timespec="seconds"), newest)


def creates(*items: str, title: str = "Title", tried: Intent | None = None) -> list[Create]:
    return [Create(item, {"title": title}, tried) for item in items]


def record(outcome: Outcome) -> Record:
    assert outcome.record is not None, outcome.error
    return outcome.record


def lost(tracker: AtJira, wanted: list[Create]) -> Intent:
    """They are made, and the run that made them ends without knowing it."""
    adapter = tracker.adapter()
    newest = adapter.newest()
    faults = [Fault("lose", "/issue/bulk$", "POST", then=lambda: cut(tracker.switches))]
    tracker.switches.faults = list(faults)
    outcomes = list(adapter.create(wanted, {}))
    assert all(outcome.record is None for outcome in outcomes)
    tracker.switches.faults.clear()
    return intent(newest)


def cut(switches: Switches) -> None:
    """From now on nothing arrives."""
    switches.faults.append(Fault("drop", "", times=1000))


def test_what_a_dead_run_made_is_found_though_the_search_lags_by_minutes(either: AtJira) -> None:
    either.switches.lag = 10 * MINUTES
    tried = lost(either, creates("a1", "a2"))
    outcomes = list(either.adapter().create(creates("a1", "a2", "a3", tried=tried), {}))
    assert {record(one).mark for one in outcomes} == {"a1", "a2", "a3"}
    assert len(either.summaries()) == 3


@pytest.mark.parametrize("drops", [False, True], ids=["marked", "the mark is dropped"])
def test_new_issues_are_each_items_own_in_whichever_order_jira_names_them(
    either: AtJira, drops: bool
) -> None:
    either.stand_in.quirks.drop_properties = drops
    either.switches.unordered = Random(3)
    titles = {f"a{n}": f"Title {n}" for n in range(9)} | {"b1": "Same", "b2": "Same"}
    wanted = [Create(item, {"title": title}) for item, title in titles.items()]
    made = {one.item: record(one) for one in either.adapter().create(wanted, {})}
    assert {item: one.shown["title"] for item, one in made.items()} == titles
    assert {item: one.mark for item, one in made.items()} == {item: item for item in titles}
    assert len(either.summaries()) == len(titles)


def test_what_others_made_meanwhile_does_not_hide_it(either: AtJira) -> None:
    either.switches.lag = 10 * MINUTES
    tried = lost(either, creates("a1"))
    for _ in range(12):
        either.add({})
    [outcome] = either.adapter().create(creates("a1", tried=tried), {})
    assert record(outcome).mark == "a1"
    assert len(either.summaries()) == 13


def test_a_mark_that_jira_dropped_with_the_answer_is_made_up_for_by_maker_and_title(
    jira: Open,
) -> None:
    """Two items of one title, and a person's issue of the same title between them."""
    site = jira("cloud")
    site.stand_in.quirks.drop_properties = True
    tried = lost(site, creates("a1", "a2"))
    theirs = site.add({})
    site.edit(theirs, "title", "Title")
    outcomes = list(site.adapter().create(creates("a1", "a2", tried=tried), {}))
    assert {record(one).mark for one in outcomes} == {"a1", "a2"}
    assert theirs not in {record(one).id for one in outcomes}
    assert site.summaries() == ["Title"] * 3


def test_a_mark_that_was_dropped_in_this_very_call_is_made_up_for_too(jira: Open) -> None:
    site = jira("cloud")
    site.stand_in.quirks.drop_properties = True
    site.switches.faults = [Fault("lose", "/issue/bulk$", "POST")]
    [outcome] = site.adapter().create(creates("a1"), {})
    assert record(outcome).mark == "a1"
    assert site.summaries() == ["Title"]


def test_an_issue_that_somebody_else_called_so_is_not_ours(jira: Open) -> None:
    site = jira("cloud")
    newest = site.adapter().newest()
    theirs = site.add({})
    site.edit(theirs, "title", "Title")
    [outcome] = site.adapter().create(creates("a1", tried=intent(newest)), {})
    assert record(outcome).id != theirs
    assert len(site.summaries()) == 2


@pytest.mark.parametrize("kind", [None, "lose"], ids=["answered", "answer lost"])
def test_one_bad_item_of_a_bulk_neither_fails_nor_doubles_the_others(
    either: AtJira, kind: Any
) -> None:
    """Jira makes the other two in the same call, and says so (or its answer is lost)."""
    either.stand_in.quirks.refused.add("Bad")
    wanted = [Create(name, {"title": name}) for name in ("One", "Bad", "Two")]
    if kind:
        either.switches.faults = [Fault(kind, "/issue/bulk$", "POST")]
    adapter = either.adapter()
    newest = adapter.newest()
    outcomes = {one.item: one for one in adapter.create(wanted, {})}
    assert [record(outcomes[name]).mark for name in ("One", "Two")] == ["One", "Two"]
    bad = outcomes["Bad"].error
    if kind:  # nobody knows yet; the next run finds out
        [outcome] = either.adapter().create([Create("Bad", {"title": "Bad"}, intent(newest))], {})
        bad = outcome.error
    assert isinstance(bad, Rejected)
    assert either.summaries() == ["One", "Two"]


@pytest.mark.parametrize("skew", [90.0, -90.0, 10 * MINUTES, -10 * MINUTES])
def test_jiras_clock_may_go_before_or_after_ours(either: AtJira, skew: float) -> None:
    """Without the highest key of then, it is found by the time of its making."""
    either.switches.skew = skew
    lost(either, creates("a1"))
    [outcome] = either.adapter().create(creates("a1", tried=intent(None)), {})
    assert record(outcome).mark == "a1"
    assert len(either.summaries()) == 1


@pytest.mark.parametrize("skew", [90.0, -90.0, 10 * MINUTES, -10 * MINUTES])
def test_githubs_clock_may_go_before_or_after_ours(github: OnGitHub, skew: float) -> None:
    """Without the highest number of then, it is looked for among those made since."""
    github.served.switches.skew = skew
    switches = github.served.switches
    switches.faults = [Fault("lose", "/issues$", "POST", then=lambda: cut(switches))]
    [broken] = opened(github).create(creates("a1"), {})
    assert broken.record is None
    switches.faults.clear()
    for number in range(101):  # a page of others'
        github.call("POST", "/issues", title=f"Later {number}")
    [outcome] = opened(github).create(creates("a1", tried=intent(None)), {})
    assert record(outcome).key == "acme/shop#1"
