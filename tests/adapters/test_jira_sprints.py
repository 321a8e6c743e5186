"""Sprints on a stand-in Jira: which one an issue is in, and how it comes into another."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.base import Carrier, Setup
from sync.model import Value
from sync.tracker import Change, Create, Update
from tests.adapters import test_jira_fields
from tests.adapters.test_jira import jira
from tests.adapters.test_jira_fields import Start
from tests.adapters.test_jira_flows import Site, changed, made, record

start, site = test_jira_fields.start, test_jira_fields.site


def sprint(site: Site, key: str) -> list[str]:
    held: list[str] = site.issue(key).get("sprint", [])
    return held


def issues(count: int, **values: Any) -> list[dict[str, Any]]:
    return [{"key": f"SHOP-{n}", "summary": f"x{n}", **values} for n in range(1, count + 1)]


def test_an_issue_goes_into_a_sprint_on_to_another_and_back_to_the_backlog(site: Site) -> None:
    outcome = made(site, sprint="Sprint 7")
    assert record(outcome).shown["sprint"] == "Sprint 7"
    outcome = changed(site, record(outcome), sprint=("Sprint 7", "Sprint 8"))
    assert (outcome.refused, record(outcome).shown["sprint"]) == ({}, "Sprint 8")
    outcome = changed(site, record(outcome), sprint=("Sprint 8", None))
    assert (outcome.refused, record(outcome).shown["sprint"]) == ({}, None)


@pytest.mark.parametrize("old", [False, True])
def test_an_issue_stays_in_closed_sprints_and_that_is_no_news(start: Start, old: bool) -> None:
    site = start("datacenter", issues=issues(1, sprint=["Sprint 6", "Sprint 7"]))
    site.standin.quirks.old_sprints = old
    [held] = site.adapter().read(None).records
    assert held.shown["sprint"] == "Sprint 7"
    outcome = changed(site, held, sprint=("Sprint 7", None))
    assert outcome.refused == {}
    shown = record(outcome).shown["sprint"]
    assert sprint(site, "SHOP-1") == ["Sprint 6"]
    codec = site.adapter().open().codec
    assert codec.decode("sprint", shown, None) == "Sprint 6"
    assert codec.shows("sprint", None, shown)
    assert codec.encode("sprint", None, shown) == shown


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("Sprint 6", "the sprint 'Sprint 6' is closed, and takes no issues; reopen it"),
        ("Sprint 9", "has no sprint 'Sprint 9', and none is made here: make it in Jira"),
    ],
)
def test_a_sprint_that_takes_no_issues_is_refused_alone(
    site: Site,
    value: str,
    told: str,
) -> None:
    outcome = made(site, sprint=value, estimate=3.0)
    assert told in outcome.refused["sprint"]
    assert "'Sprint 7', 'Sprint 8'" in outcome.refused["sprint"]
    assert list(outcome.refused) == ["sprint"]
    assert record(outcome).shown["estimate"] == 3


def moved(site: Site, count: int, **both: tuple[Value, Value]) -> list[str]:
    """The paths that were posted to while so many issues were changed."""
    records = site.adapter().read(None).records[:count]
    changes = {name: Change(*values) for name, values in both.items()}
    updates = [Update(f"item{held.id}", held, changes) for held in records]
    begun = len(site.served.log)
    outcomes = list(site.adapter().update(updates, {}))
    assert [outcome.error for outcome in outcomes] == [None] * len(records)
    return [path for method, path in site.sent(begun) if method == "POST" and "agile" in path]


@pytest.mark.parametrize(("count", "calls"), [(2, 1), (50, 1), (51, 2)])
def test_fifty_issues_go_into_a_sprint_in_one_call(start: Start, count: int, calls: int) -> None:
    site = start("cloud", issues=issues(count))
    assert len(moved(site, count, sprint=(None, "Sprint 7"))) == calls
    assert {tuple(sprint(site, f"SHOP-{n}")) for n in range(1, count + 1)} == {("Sprint 7",)}


def test_one_that_may_not_go_into_a_sprint_keeps_no_other_back(start: Start) -> None:
    given = [*issues(2), {"key": "SHOP-3", "type": "Sub-task", "summary": "x", "parent": "SHOP-1"}]
    for flavour in ("cloud", "datacenter"):
        site = start(flavour, issues=given)
        records = site.adapter().read(None).records
        updates = [Update(held.key, held, {"sprint": Change(None, "Sprint 7")}) for held in records]
        outcomes = {one.item: one for one in site.adapter().update(updates, {})}
        assert "they are in that of their parent" in outcomes["SHOP-3"].refused["sprint"]
        assert outcomes["SHOP-1"].refused == outcomes["SHOP-2"].refused == {}
        assert sprint(site, "SHOP-2") == ["Sprint 7"]


def test_the_sprints_of_many_pages_are_found(start: Start) -> None:
    many = [f"S{n}" for n in range(120)]
    site = start("cloud", {"sprints": many})
    outcome = made(site, sprint="S119")
    assert (outcome.refused, record(outcome).shown["sprint"]) == ({}, "S119")


def test_the_board_s_sprints_are_asked_for_once_and_only_to_write(site: Site) -> None:
    adapter = site.adapter()
    adapter.open()
    adapter.read(None)
    assert not [path for _, path in site.sent() if "/agile/" in path]
    creates = [Create(f"item{n}", {"title": "x", "sprint": "Sprint 7"}) for n in range(3)]
    assert all(one.refused == {} for one in adapter.create(creates, {}))
    begun = len(site.served.log)
    again = Create("item9", {"title": "x", "sprint": "Sprint 8"})
    assert all(one.refused == {} for one in adapter.create([again], {}))
    assert not [path for _, path in site.sent(begun) if "/board" in path]


def test_without_a_scrum_board_the_sprint_is_refused_with_the_remedy(start: Start) -> None:
    site = start("cloud", {"board": "kanban"})
    outcome = made(site, sprint="Sprint 7")
    assert "SHOP has no Scrum board" in outcome.refused["sprint"]
    assert "`board`" in outcome.refused["sprint"]


def test_the_board_of_the_settings_is_the_one(start: Start) -> None:
    site = start("cloud")
    other = site.standin.dump()
    other["projects"]["OPS"] = {"id": "10777", "sprints": ["Ops 1"]}
    site.standin.load(other)
    create = Create("item1", {"title": "x", "sprint": "Ops 1"})
    [outcome] = jira(site.served, "cloud", board=10777).create([create], {})
    assert (outcome.refused, record(outcome).shown["sprint"]) == ({}, "Ops 1")
    assert "has no sprint 'Ops 1'" in made(site, sprint="Ops 1").refused["sprint"]


def test_without_jira_software_there_are_no_sprints(start: Start) -> None:
    site = start("datacenter")
    site.standin.quirks.software = False
    site.standin.load({**site.standin.dump(), "projects": {"SHOP": {}}})
    facts = site.adapter().open()
    assert "install or enable Jira Software" in facts.cannot["sprint"]
    assert "sprint" not in facts.fields


def test_who_may_not_schedule_issues_carries_no_sprints(start: Start) -> None:
    users = {"bot@example.com:bot-token": {"accountId": "bot", "permissions": ["BROWSE_PROJECTS"]}}
    facts = start("cloud", users=users).adapter().open()
    assert "'Schedule issues'" in facts.cannot["sprint"]


def test_the_field_itself_is_the_same_carrier(start: Start) -> None:
    setup = Setup("jira", carriers={"sprint": Carrier("field", "Sprint")})
    outcome = made(start("datacenter"), setup, sprint="Sprint 7")
    assert (outcome.refused, record(outcome).shown["sprint"]) == ({}, "Sprint 7")
