"""Who changed what, and when: trackers are asked where sides are in conflict, and only there."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from adapters.sandbox.server import Fault
from sync.model import FieldName, Value
from tests.acceptance.shop import Flavour, Shop, shop

STORY = {"type": "Story", "summary": "Pay", "priority": "Medium", "labels": ["payments"]}
NEWEST = "    conflicts: newest\n"


@pytest.fixture(params=["cloud", "datacenter"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """Pay, the same on all three trackers. What follows is done by and by: no two in a second."""
    flavour: Flavour = request.param
    with shop(tmp_path, flavour=flavour, jira=[STORY, {**STORY, "summary": "Ship"}]) as one:
        one.apply()
        later(one)
        yield one


def later(made: Shop, seconds: float = 60) -> None:
    made.served.switches.skew += seconds


def edit(made: Shop, tracker: str, name: FieldName, value: Value, title: str = "Pay") -> None:
    made.person(tracker).edit(made.records(tracker)[title].id, name, value)
    later(made)


def by_bob(made: Shop, number: int = 1, **fields: Any) -> None:
    """On GitHub."""
    url = f"{made.served.url}/github/repos/acme/shop/issues/{number}"
    bearer = {"Authorization": "Bearer t-bob"}
    requests.patch(url, json=fields, headers=bearer, timeout=10).raise_for_status()
    later(made)


def sides(made: Shop, *what: str) -> dict[str, dict[str, tuple[str | None, bool]]]:
    """By field and tracker: who changed it; and is that said of the record as a whole?"""
    listed = made.run("resolve", *what, "--format", "json").json["conflicts"]
    return {
        one["field"]: {
            tracker: (side["updated_by"], side["whole_record"])
            for tracker, side in one["sides"].items()
        }
        for one in listed
    }


def asked(made: Shop) -> list[str]:
    """Requests about who changed what, since the log was cleared."""
    return [
        exchange.path
        for exchange in made.served.log
        if exchange.path.endswith("/changelog")
        or "expand=changelog" in exchange.query
        or b"timelineItems" in exchange.body
    ]


def test_both_people_are_named_with_their_times_wherever_the_conflict_is_shown(made: Shop) -> None:
    edit(made, "jira", "title", "Pay by card")
    by_bob(made, title="Pay by invoice")
    edit(made, "jira", "labels", frozenset({"later"}), "Pay by card")  # hides nothing
    assert sides(made) == {"title": {"github": ("bob", False), "jira": ("ada", False)}}
    [one] = made.run("resolve", "SHOP-1", "--format", "json").json["conflicts"]
    assert one["sides"]["jira"]["updated_at"] < one["sides"]["github"]["updated_at"]
    day = one["sides"]["github"]["updated_at"][:10]
    shows: list[tuple[str, ...]] = [
        ("resolve",),
        ("plan",),
        ("report",),
        ("explain", "SHOP-1"),
        ("plan", "--format", "markdown"),
        ("report", "--format", "markdown"),
    ]
    for command in shows:
        out = " ".join(made.run(*command).out.split())
        assert f"(last changed by bob, {day}" in out, command
        assert f"(last changed by ada, {day}" in out, command
    assert not {"bob", "ada"} & set(made.run("plan", "--format", "json").out.split('"'))


def test_each_field_has_its_own_last_change(made: Shop) -> None:
    edit(made, "jira", "priority", "high")
    edit(made, "jira", "description", "By ada.")
    edit(made, "jira", "status", "in_progress")
    by_bob(made, body="By bob.")
    edit(made, "github", "priority", "low")
    edit(made, "files", "status", "done")
    assert sides(made) == {
        "description": {"github": ("bob", False), "jira": ("ada", False)},
        "priority": {"github": ("ada", False), "jira": ("ada", False)},
        "status": {"files": (None, True), "jira": ("ada", False)},
    }
    written = (made.items / "pay.md").stat().st_mtime
    at = datetime.fromtimestamp(written, UTC).strftime("%Y-%m-%d %H:%M:%S")
    assert f"files   done  (record last changed {at})" in made.run("resolve").out


def test_nothing_is_asked_where_nothing_is_in_conflict(made: Shop) -> None:
    edit(made, "jira", "title", "Pay by card")
    edit(made, "github", "priority", "low")
    made.served.log.clear()
    assert made.run("plan").code == 3
    made.apply()
    for command in (("plan",), ("report",), ("resolve",), ("explain", "SHOP-1")):
        made.run(*command)
    assert asked(made) == []


def test_what_is_asked_grows_with_what_is_in_conflict_and_ends_with_it(made: Shop) -> None:
    edit(made, "jira", "title", "Pay by card")
    by_bob(made, title="Pay by invoice")
    made.served.log.clear()
    made.run("plan")
    first = asked(made)
    assert len(first) == 2
    edit(made, "jira", "title", "Ship by sea", "Ship")
    by_bob(made, 2, title="Ship by air")
    made.served.log.clear()
    made.run("plan")
    assert len(asked(made)) == 3  # one an issue on Jira, one for all on GitHub
    made.served.log.clear()
    made.run("explain", "SHOP-1")
    assert len(asked(made)) == 2  # of this item alone
    assert made.run("resolve", "shop", "--all", "--take", "jira", "--yes").code == 0
    made.settled()
    made.served.log.clear()
    made.run("plan")
    made.run("resolve")
    assert asked(made) == []


def test_a_plan_as_json_asks_nobody(made: Shop) -> None:
    edit(made, "jira", "title", "Pay by card")
    by_bob(made, title="Pay by invoice")
    made.served.log.clear()
    assert made.plan()["conflicts"] != []
    assert asked(made) == []


def test_where_a_tracker_does_not_tell_the_records_time_stands_and_the_run_goes_on(
    made: Shop,
) -> None:
    edit(made, "jira", "title", "Pay by card")
    by_bob(made, title="Pay by invoice")
    pattern = r"/issue/\d+(/changelog)?$"
    made.served.log.clear()
    made.run("plan")
    before = sum(bool(re.search(pattern, one.path)) for one in made.served.log) - 1
    made.served.switches.faults.append(Fault("html", pattern, "GET", skip=before, times=9))
    result = made.run("resolve")
    assert result.code == 0
    assert "(last changed by bob, 20" in result.out
    assert "(record last changed 20" in result.out


def test_a_long_history_costs_two_requests_and_its_newest_changes_are_found(tmp_path: Path) -> None:
    with shop(tmp_path, jira=[STORY]) as one:
        one.apply()
        later(one)
        for number in range(250):
            one.jira.ask("PUT", "issue/SHOP-1", {"fields": {"summary": f"Pay {number}"}})
        by_bob(one, title="Pay by invoice")
        assert sides(one)["title"]["jira"] == ("ada", False)
        paths = [path for path in asked(one) if path.startswith("/jira")]
        assert len(paths) == 2


def test_the_newest_change_wins_where_the_settings_say_so(made: Shop) -> None:
    made.configure(NEWEST)
    edit(made, "jira", "title", "Pay by card")
    by_bob(made, title="Pay by invoice")
    by_bob(made, 2, title="Ship by air")
    edit(made, "jira", "title", "Ship by sea", "Ship")
    made.apply()
    titles = {"Pay by invoice", "Ship by sea"}
    assert [set(made.records(one)) for one in ("jira", "github", "files")] == [titles] * 3
    made.served.log.clear()
    made.settled()
    assert asked(made) == []


@pytest.mark.parametrize("off", [90.0, -90.0])
def test_the_newest_wins_whatever_its_trackers_clock_says(made: Shop, off: float) -> None:
    """Jira's clock is 90 seconds ahead, GitHub's as much behind, or the other way round."""
    made.configure(NEWEST)
    made.served.switches.clocks = {"jira": off, "github": -off}
    edit(made, "jira", "title", "Pay by card")
    by_bob(made, title="Pay by invoice")
    by_bob(made, 2, title="Ship by air")
    edit(made, "jira", "title", "Ship by sea", "Ship")
    made.apply()
    titles = {"Pay by invoice", "Ship by sea"}
    assert [set(made.records(one)) for one in ("jira", "github", "files")] == [titles] * 3
    made.settled()


def test_check_names_a_clock_that_is_off(made: Shop) -> None:
    made.served.switches.skew = 0.0
    assert "clock" not in made.run("check").out
    made.served.switches.clocks = {"jira": 90.0, "github": -90.0}
    out = " ".join(made.run("check").out.split())
    said = re.findall(r"its clock is (\d+) s (ahead of|behind) this machine's: set the one", out)
    assert [how for _, how in said] == ["ahead of", "behind"]
    assert all(88 <= int(seconds) <= 92 for seconds, _ in said)


def test_a_side_whose_time_nobody_knows_is_held_though_the_newest_should_win(made: Shop) -> None:
    made.configure(NEWEST)
    edit(made, "jira", "title", "Pay by card")
    edit(made, "files", "title", "Pay by invoice")
    made.apply()
    assert sides(made) == {"title": {"files": (None, True), "jira": ("ada", False)}}


def test_texts_are_held_though_the_newest_should_win(made: Shop) -> None:
    made.configure(NEWEST)
    edit(made, "jira", "description", "By ada.")
    by_bob(made, body="By bob.")
    made.apply()
    assert list(sides(made)) == ["description"]


def test_what_changed_within_one_second_is_held_though_the_newest_should_win(
    made: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.configure(NEWEST)
    moment = made.served.switches.now("jira").replace(microsecond=0)
    monkeypatch.setattr(made.served.switches, "now", lambda _: moment)
    edit(made, "jira", "title", "Pay by card")
    monkeypatch.setattr(made.served.switches, "now", lambda _: moment.replace(microsecond=999_000))
    by_bob(made, title="Pay by invoice")
    assert list(sides(made)) == ["title"]
