"""Fix versions and milestones, kept consistent over the command line, through real HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.jira.project import PERMISSIONS
from sync.tracker import Change, Create, NotFound, Record, Rejected, Stale, Update
from tests.acceptance.shop import Flavour, Shop, shop

VERSIONS = [
    {"name": "1.0", "releaseDate": "2026-07-01"},
    {"name": "2.0", "releaseDate": "2026-12-01"},
    {"name": "0.9", "released": True, "archived": True},
]


@pytest.fixture(params=["cloud", "datacenter"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """One item in the release 1.0, everywhere."""
    flavour: Flavour = request.param
    jira = [{"type": "Story", "summary": "Pay", "priority": "Medium", "fixVersions": ["1.0"]}]
    with shop(tmp_path, flavour=flavour, jira=jira, project={"versions": VERSIONS}) as built:
        built.apply()
        built.settled()
        yield built


def milestones(made: Shop) -> dict[str, Any]:
    listed = made.github.session.get(
        f"{made.served.url}/github/repos/acme/shop/milestones", params={"state": "all"}
    ).json()
    return {one["title"]: one for one in listed}


def versions(made: Shop) -> dict[str, Any]:
    return {one["name"]: one for one in made.jira.ask("GET", "project/SHOP/versions")}


def set_version(made: Shop, name: str, /, **parts: Any) -> None:
    made.jira.ask("PUT", f"version/{versions(made)[name]['id']}", parts)


def set_milestone(made: Shop, title: str, /, **parts: Any) -> None:
    made.github.call("PATCH", f"/milestones/{milestones(made)[title]['number']}", **parts)


def test_a_milestone_is_made_with_the_versions_day_where_an_item_needs_it(made: Shop) -> None:
    found = milestones(made)
    assert list(found) == ["1.0"]  # nobody needs the others there
    assert found["1.0"]["due_on"] == "2026-07-01T07:00:00Z"


def test_a_day_set_on_jira_arrives_on_the_milestone(made: Shop) -> None:
    set_version(made, "1.0", releaseDate="2026-12-24")
    result = made.run("plan", "--format", "json")
    assert result.code == 3
    assert result.json["summary"]["release"] == 1
    assert result.json["releases"] == [
        {
            "release": "1.0",
            "tracker": "github",
            "action": "update",
            "fields": {"due": {"from": "2026-07-01", "to": "2026-12-24"}},
            "because": "jira changed it",
        }
    ]
    assert "1.0" in made.run("plan").out
    made.apply()
    assert milestones(made)["1.0"]["due_on"] == "2026-12-24T08:00:00Z"
    made.settled()
    assert made.plan()["releases"] == []
    assert "release 1.0" in made.run("history", "--run", "2").out


def test_a_milestone_that_is_closed_releases_the_version(made: Shop) -> None:
    set_milestone(made, "1.0", state="closed")
    made.apply()
    assert versions(made)["1.0"]["released"] is True
    assert versions(made)["1.0"]["releaseDate"] == "2026-07-01"
    set_version(made, "1.0", released=False)
    made.apply()
    assert milestones(made)["1.0"]["state"] == "open"
    made.settled()


def test_a_day_that_is_taken_away_is_taken_away_on_the_other_side(made: Shop) -> None:
    set_milestone(made, "1.0", due_on=None)
    made.apply()
    assert versions(made)["1.0"].get("releaseDate") is None
    set_version(made, "1.0", releaseDate="2026-07-02")
    made.apply()
    set_version(made, "1.0", releaseDate=None)
    made.apply()
    assert milestones(made)["1.0"]["due_on"] is None
    made.settled()


def test_days_that_differ_on_two_sides_are_shown_as_a_conflict(made: Shop) -> None:
    set_version(made, "1.0", releaseDate="2026-08-01")
    set_milestone(made, "1.0", due_on="2026-09-01T12:00:00Z")
    result = made.run("plan", "--format", "json")
    assert (result.code, result.json["summary"]["conflict"]) == (3, 1)
    assert result.json["release_conflicts"] == [
        {
            "release": "1.0",
            "field": "due",
            "sides": {"jira": "2026-08-01", "github": "2026-09-01"},
            "base": "2026-07-01",
        }
    ]
    for form in ("table", "markdown"):
        out = made.run("plan", "--format", form).out
        assert all(day in out for day in ("2026-07-01", "2026-08-01", "2026-09-01"))
    assert "1 in conflict" in made.apply().out
    assert versions(made)["1.0"]["releaseDate"] == "2026-08-01"
    set_milestone(made, "1.0", due_on="2026-08-01T12:00:00Z")
    made.apply()
    made.settled()
    assert made.plan()["release_conflicts"] == []


@pytest.mark.parametrize("side", ["jira", "github"])
def test_a_release_renamed_on_one_side_is_renamed_on_all(made: Shop, side: str) -> None:
    if side == "jira":
        set_version(made, "1.0", name="1.0 LTS")
    else:
        set_milestone(made, "1.0", title="1.0 LTS")
    made.apply()
    assert "1.0 LTS" in versions(made)
    assert list(milestones(made)) == ["1.0 LTS"]
    assert sorted(versions(made)) == ["0.9", "1.0 LTS", "2.0"]
    for tracker in ("jira", "github", "files"):
        assert made.records(tracker)["Pay"].shown["release"] == "1.0 LTS"
    made.settled()
    assert made.run("plan", "--full", "--format", "json").json["edits"] == []


def test_an_archived_version_is_left_as_it_is(made: Shop) -> None:
    set_version(made, "1.0", archived=True)
    set_milestone(made, "1.0", state="closed", due_on=None)
    made.apply()
    version = versions(made)["1.0"]
    assert (version["released"], version["releaseDate"]) == (False, "2026-07-01")
    assert milestones(made)["1.0"]["state"] == "closed"
    made.settled()


def test_a_saved_plan_changes_releases_only_as_a_whole(made: Shop, tmp_path: Path) -> None:
    saved = str(tmp_path / "plan.json")
    set_version(made, "1.0", releaseDate="2026-08-01")
    made.run("plan", "--out", saved)
    set_version(made, "1.0", releaseDate="2026-08-02")
    refused = made.run("apply", "--yes", "--plan", saved)
    assert refused.code == 6
    assert "the release 1.0 on github" in refused.err
    assert milestones(made)["1.0"]["due_on"] == "2026-07-01T07:00:00Z"
    made.run("plan", "--out", saved)
    assert made.run("apply", "--yes", "--plan", saved).code == 0
    assert milestones(made)["1.0"]["due_on"] == "2026-08-02T07:00:00Z"
    made.settled()


def test_a_run_asks_no_more_where_there_are_more_releases_in_use(made: Shop) -> None:
    def asked() -> int:
        start = len(made.served.log)
        made.plan()
        return len(made.served.log) - start

    before = asked()
    made.person("jira").edit(made.records("jira")["Pay"].id, "release", "2.0")
    made.apply()
    made.apply()
    assert asked() == before


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
def test_an_account_that_may_not_change_versions_is_told_so_and_asked_no_more(
    flavour: Flavour, tmp_path: Path
) -> None:
    jira = [{"type": "Story", "summary": "Pay", "priority": "Medium", "fixVersions": ["1.0"]}]
    with shop(tmp_path, flavour=flavour, jira=jira, project={"versions": VERSIONS}) as made:
        seed = made.jira_stand_in.dump()
        login = "bot@example.com:bot-token" if flavour == "cloud" else "bot-token"
        seed["users"][login]["permissions"] = sorted({*PERMISSIONS} - {"ADMINISTER_PROJECTS"})
        made.jira_stand_in.load(seed)
        made.apply()
        set_milestone(made, "1.0", state="closed")
        made.apply()
        plan = made.plan()
        assert plan["releases"] == []
        [finding] = [one for one in plan["findings"] if one["rule"] != "hygiene"]
        assert finding["message"].startswith("jira is behind in done of the release 1.0: this acc")
        assert "'Administer projects'" in finding["message"]
        assert versions(made)["1.0"]["released"] is False


def test_a_milestone_changed_while_the_run_is_under_way_is_read_again(made: Shop) -> None:
    adapter = made.github.adapter()
    adapter.open()
    [held] = adapter.read(None).releases or ()
    set_milestone(made, "1.0", state="closed")
    change = {"done": Change(None, "done")}
    [outcome] = adapter.release([Update("r", held, change)])
    assert isinstance(outcome.error, Stale)
    [refused] = adapter.release([Create("r", {"name": "1.0"})])
    assert isinstance(refused.error, Rejected)
    jira = made.jira.adapter()
    jira.open()
    [version] = [one for one in jira.read(None).releases or () if one.shown["name"] == "1.0"]
    set_version(made, "1.0", released=True)
    [outcome] = jira.release([Update("r", version, change)])
    assert isinstance(outcome.error, Stale)
    [refused] = jira.release([Create("r", {"name": "1.0"})])
    assert isinstance(refused.error, Rejected)
    absent = Record("99999", "release 7", "", {"name": "7", "due": None, "done": False})
    for one in (adapter, jira):
        [outcome] = one.release([Update("r", absent, change)])
        assert isinstance(outcome.error, NotFound)


def test_a_name_that_is_too_odd_is_refused_field_by_field(made: Shop) -> None:
    for tracker in (made.github, made.jira):
        adapter = tracker.adapter()
        adapter.open()
        found = adapter.read(None).releases or ()
        [held] = [one for one in found if one.shown["name"] == "1.0"]
        [outcome] = adapter.release([Update("r", held, {"name": Change("1.0", " ")})])
        assert set(outcome.refused) == {"name"}
        assert outcome.record is not None
        assert outcome.record.shown["name"] == "1.0"
