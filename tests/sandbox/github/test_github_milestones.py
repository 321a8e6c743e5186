"""Milestones of the stand-in GitHub."""

import pytest

from tests.sandbox.github.conftest import Site

SHOP = "/repos/acme/shop"
MILESTONES = SHOP + "/milestones"


def test_a_milestone_is_created_read_changed_and_deleted(github: Site) -> None:
    body = {"title": "v3", "description": "Later", "due_on": "2027-06-01T02:00:00+02:00"}
    created = github.ada.post(MILESTONES, body)
    assert created.status_code == 201
    milestone = created.json()
    assert (milestone["number"], milestone["state"]) == (3, "open")
    assert milestone["due_on"] == "2027-05-31T07:00:00Z"
    assert milestone["id"] != milestone["number"]
    one = f"{MILESTONES}/3"
    assert github.eve.get(one).json() == milestone
    changed = github.ada.patch(one, {"title": "v4", "due_on": None, "state": "closed"}).json()
    assert (changed["title"], changed["due_on"], changed["description"]) == ("v4", None, "Later")
    assert changed["closed_at"]
    assert github.ada.delete(one).status_code == 204
    assert github.ada.get(one).status_code == 404
    assert github.ada.post(MILESTONES, {"title": "v5"}).json()["number"] == 4


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2026-07-01T06:59:00Z", "2026-06-30T07:00:00Z"),
        ("2026-07-01T12:00:00Z", "2026-07-01T07:00:00Z"),
        ("2026-12-01T12:00:00Z", "2026-12-01T08:00:00Z"),
        ("2026-12-01T00:00:00Z", "2026-11-30T08:00:00Z"),
    ],
)
def test_a_due_time_is_kept_as_the_day_that_it_is_on_the_pacific_coast(
    github: Site, sent: str, kept: str
) -> None:
    changed = github.ada.patch(f"{MILESTONES}/1", {"due_on": sent}).json()
    assert changed["due_on"] == kept


def test_a_due_time_before_all_calendars_is_refused(github: Site) -> None:
    answer = github.ada.patch(f"{MILESTONES}/1", {"due_on": "0001-01-01T00:00:00Z"})
    assert answer.status_code == 422


def test_only_open_milestones_are_listed_unless_asked_otherwise(github: Site) -> None:
    github.ada.patch(f"{MILESTONES}/1", {"state": "closed"})
    for query, titles in (({}, ["v2"]), ({"state": "all"}, ["v1", "v2"])):
        assert [one["title"] for one in github.ada.list(MILESTONES, **query)] == titles


def test_a_milestone_counts_its_issues(github: Site) -> None:
    github.ada.patch(f"{SHOP}/issues/2", {"milestone": 1})
    github.ada.patch(f"{SHOP}/issues/1", {"state": "closed"})
    milestone = github.ada.get(f"{MILESTONES}/1").json()
    assert (milestone["open_issues"], milestone["closed_issues"]) == (1, 1)
    github.ada.patch(f"{SHOP}/issues/1", {"milestone": None})
    assert github.ada.get(f"{MILESTONES}/1").json()["closed_issues"] == 0


def test_a_deleted_milestone_leaves_its_issues(github: Site) -> None:
    github.ada.delete(f"{MILESTONES}/1")
    assert github.ada.get(f"{SHOP}/issues/1").json()["milestone"] is None


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"title": "v1"}, "title", "already_exists"),
        ({"title": ""}, "title", "missing_field"),
        ({"title": "v3", "due_on": "soon"}, "due_on", "invalid"),
        ({"title": "v3", "state": "odd"}, "state", "invalid"),
    ],
)
def test_a_wrong_milestone_is_refused_by_its_field(
    github: Site, body: dict[str, str], field: str, code: str
) -> None:
    answer = github.ada.post(MILESTONES, body)
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert (error["resource"], error["field"], error["code"]) == ("Milestone", field, code)


def test_a_milestone_keeps_its_own_title(github: Site) -> None:
    assert github.ada.patch(f"{MILESTONES}/1", {"title": "v1"}).status_code == 200


def test_milestones_take_push_access(github: Site) -> None:
    assert github.eve.post(MILESTONES, {"title": "v3"}).status_code == 404
    assert github.eve.patch(f"{MILESTONES}/1", {"title": "v3"}).status_code == 404
    assert github.eve.delete(f"{MILESTONES}/1").status_code == 404
    assert github.ada.get(f"{MILESTONES}/1").json()["title"] == "v1"
