"""People who look at their own Jira issue are led to the item's records elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox.server import Exchange, Fault
from tests.acceptance.shop import Flavour, Shop, shop
from tests.crash.scene import KILLED, Mortal

FLAVOURS = pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
STORIES = [{"type": "Story", "summary": f"Story {n}", "description": None} for n in (1, 2, 3)]


def links(made: Shop, key: str) -> list[str]:
    """The addresses that the issue is linked to."""
    return [one["object"]["url"] for one in made.jira.ask("GET", f"issue/{key}/remotelink")]


def leading(made: Shop) -> list[Exchange]:
    return [one for one in made.served.log if one.path.endswith("/remotelink")]


def each_leads_to_its_twin(made: Shop) -> None:
    twins = {title: record.url for title, record in made.records("github").items()}
    for title, record in made.records("jira").items():
        assert links(made, record.key) == [twins[title]]


def story(made: Shop) -> list[Any]:
    """What the journal has of leading: on which tracker, and how it ended."""
    found = [made.run("history", "--format", "json", "--run", str(n)) for n in (1, 2)]
    edits = [edit for one in found if one.code == 0 for edit in one.json.get("edits", ())]
    led = [one for one in edits if one["action"] == "lead"]
    return [(one["run"], one["tracker"], one["key"], one["outcome"]) for one in led]


@pytest.fixture
def mortal() -> Iterator[Mortal]:
    one = Mortal()
    yield one
    one.close()


@FLAVOURS
def test_an_issue_that_a_person_made_is_linked_to_its_new_twin_by_one_request(
    tmp_path: Path, flavour: Flavour
) -> None:
    with shop(tmp_path, flavour=flavour, jira=STORIES) as made:
        made.apply()
        assert [(one.method, one.status) for one in leading(made)] == [("POST", 201)] * 3
        singly = [one for one in made.served.log if one.path[:-1].endswith("/issue/SHOP-")]
        assert singly == []
        each_leads_to_its_twin(made)
        first = [(1, "jira", f"SHOP-{n}", "done") for n in (3, 2, 1)]
        assert sorted(story(made)) == sorted(first)
        made.served.log.clear()
        made.apply()
        made.settled()
        assert leading(made) == []
        assert made.served.writes() == []
        assert all("onebacklog" not in str(one) for one in made.jira_stand_in.dump()["issues"])


def test_the_link_of_a_run_that_found_no_answer_is_made_by_the_next(tmp_path: Path) -> None:
    with shop(tmp_path, jira=STORIES) as made:
        made.served.switches.faults = [Fault("status", "/remotelink$", times=99, status=503)]
        made.apply()
        assert {outcome for *_, outcome in story(made)} == {"begun"}
        made.served.switches.faults.clear()
        made.apply()
        each_leads_to_its_twin(made)
        assert [(run, outcome) for run, *_, outcome in story(made)] == [(2, "done")] * 3


@pytest.mark.parametrize("kind", ["drop", "lose"])
def test_the_link_of_a_run_that_was_killed_at_it_is_made_once_by_the_next(
    tmp_path: Path, kind: Any, mortal: Mortal
) -> None:
    with shop(tmp_path, flavour="datacenter", jira=STORIES) as made:
        fault = Fault(kind, "/remotelink$", skip=1, then=mortal.kill)
        made.served.switches.faults = [fault]
        assert mortal.run(made, "apply", "--yes") == KILLED
        made.served.switches.faults.clear()
        made.apply()
        each_leads_to_its_twin(made)
        made.settled()


def test_a_link_that_jira_refuses_is_said_and_fails_nothing(tmp_path: Path) -> None:
    with shop(tmp_path, jira=STORIES) as made:
        why = {"errorMessages": ["Issue linking is disabled."]}
        refusal = Fault("status", "/remotelink$", status=403, body=why)
        made.served.switches.faults = [refusal]
        made.apply()
        ends = sorted(outcome for *_, outcome in story(made))
        assert ends == ["done", "done", "refused: Issue linking is disabled."]
        made.served.log.clear()
        made.apply()
        made.settled()
        assert leading(made) == []


def test_an_account_that_may_not_link_issues_is_not_refused_again_and_again(
    tmp_path: Path,
) -> None:
    with shop(tmp_path, jira=STORIES) as made:
        held = made.jira_stand_in.dump()
        for user in held["users"].values():
            user["permissions"] = ["BROWSE_PROJECTS", "CREATE_ISSUES", "EDIT_ISSUES"]
        made.jira_stand_in.load(held)
        made.apply()
        assert leading(made) == []
        made.settled()


def test_an_issue_that_everybody_may_read_is_led_nowhere(tmp_path: Path) -> None:
    with shop(tmp_path, jira=STORIES) as made:
        made.jira_stand_in.open_project("SHOP")
        made.apply()
        assert len(made.records("github")) == 3
        assert leading(made) == []


@FLAVOURS
def test_a_link_that_was_made_pairs_nothing_anew(tmp_path: Path, flavour: Flavour) -> None:
    """Also where the state is lost, and where the twin was taken away."""
    with shop(tmp_path, flavour=flavour, jira=STORIES) as made:
        made.apply()
        for path in made.folder.glob("state.db*"):
            path.unlink()
        assert made.run("state", "rebuild").code == 0
        assert len(made.records("github")) == 3
        made.apply()
        made.settled()
        assert len(made.records("github")) == len(made.records("jira")) == 3
        each_leads_to_its_twin(made)
        made.github_stand_in.delete("acme/shop", 2)
        text = made.run("adopt").out
        assert "acme/shop" not in text, text
