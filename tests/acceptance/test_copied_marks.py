"""Marks that people copy or take away: whose item a record is, does not change by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.shop import Flavour, Shop, shop

ISSUES = [{"type": "Story", "summary": "Pay", "priority": "Medium"}]


@pytest.fixture(params=["cloud", "datacenter"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """One story that came from a file, so that both trackers' records bear its mark."""
    flavour: Flavour = request.param
    with shop(tmp_path, flavour=flavour, files={"items/pay.md": "# Pay\n"}) as it:
        it.apply()
        it.settled()
        yield it


def titles(made: Shop, tracker: str) -> list[str]:
    return sorted(made.records(tracker))


def test_an_issue_whose_body_was_copied_with_its_mark_is_an_item_of_its_own(made: Shop) -> None:
    body = made.github.call("GET", "/issues/1")["body"]
    assert "<!-- onebacklog:" in body
    made.github.call("POST", "/issues", title="Pay later", body=body)
    [finding] = [one for one in made.plan()["findings"] if "has the mark of" in one["message"]]
    assert "acme/shop#2" in finding["message"]
    made.apply()
    made.settled()
    for tracker in ("jira", "github", "files"):
        assert titles(made, tracker) == ["Pay", "Pay later"], tracker
    made.github.call("PATCH", "/issues/1", title="Pay now")
    made.apply()
    assert titles(made, "jira") == ["Pay later", "Pay now"]


def test_an_issue_that_was_cloned_with_its_label_is_an_item_of_its_own(made: Shop) -> None:
    """Data Center's mark is a label, which a clone keeps; on Cloud a person may have typed it."""
    [record] = made.records("jira").values()
    labels = [f"onebacklog-{record.mark}"]
    fields = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "labels": labels}
    made.jira.ask("POST", "issue", {"fields": {**fields, "summary": "Pay later"}})
    made.apply()
    made.settled()
    for tracker in ("jira", "github", "files"):
        assert titles(made, tracker) == ["Pay", "Pay later"], tracker
    made.jira.ask("PUT", "issue/SHOP-1", {"fields": {"summary": "Pay now"}})
    made.apply()
    assert titles(made, "github") == ["Pay later", "Pay now"]


def test_a_mark_that_a_stranger_forges_gives_them_no_hold_on_the_item(made: Shop) -> None:
    """Ids are no secret: whoever knows one could open an issue with it where there is none."""
    made.configure(creates="none")
    made.files.add({"title": "Within", "description": "What only the team knows."})
    made.apply()
    mark = made.records("files")["Within"].mark
    body = f"Mine now\n\n<!-- onebacklog:{mark} -->"
    made.github.session.post(
        f"{made.served.url}/github/repos/acme/shop/issues",
        json={"title": "Taken over", "body": body},
        headers={"Authorization": "Bearer t-guest"},
    ).raise_for_status()
    plan = made.plan()
    assert (plan["edits"], plan["pairings"]) == ([], [])
    [finding] = [one for one in plan["findings"] if one["rule"] == "mark"]
    assert "is of somebody who may not write the other records" in finding["message"]
    made.apply()
    assert made.records("files")["Within"].shown["description"].strip() == (
        "What only the team knows."
    )
    assert titles(made, "files") == ["Pay", "Within"]


def test_a_mark_that_a_person_takes_away_unties_nothing(made: Shop) -> None:
    made.github.call("PATCH", "/issues/1", body="")
    key = made.jira_stand_in.dump()["issues"][0]["key"]
    if made.flavour == "datacenter":
        made.jira.ask("PUT", f"issue/{key}", {"update": {"labels": [{"set": []}]}})
    else:
        made.jira.ask("DELETE", f"issue/{key}/properties/onebacklog")
    made.github.call("PATCH", "/issues/1", title="Pay now")
    made.apply()
    made.settled()
    for tracker in ("jira", "github", "files"):
        assert titles(made, tracker) == ["Pay now"], tracker
