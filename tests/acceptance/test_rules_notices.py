"""The comment that says what an item breaks, through real HTTP: there once, and gone in time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox.server import Fault
from adapters.text import adf_to_markdown, wiki_to_markdown
from tests.acceptance.shop import Flavour, Shop, shop

ISSUES = [{"type": "Story", "summary": "Fixes #1 for @ada *now*", "priority": "Medium"}]
OFF = 'acceptance-criteria: "off"'


@pytest.fixture(params=["cloud", "datacenter"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """One story without criteria on all trackers, and a rule that says so there."""
    flavour: Flavour = request.param
    with shop(tmp_path, flavour=flavour, jira=ISSUES) as it:
        configure(it)
        it.apply()
        it.settled()
        yield it


def configure(made: Shop, more: str = "", mode: str = "comment", github: str = "") -> None:
    made.configure(more, github=github)
    text = made.settings.read_text(encoding="utf-8")
    made.settings.write_text(text.replace(OFF, f'acceptance-criteria: "{mode}"'), encoding="utf-8")


def on_jira(made: Shop) -> list[Any]:
    comments: list[Any] = made.jira.ask("GET", "issue/SHOP-1/comment?expand=properties")["comments"]
    return comments


def on_github(made: Shop) -> list[Any]:
    comments: list[Any] = made.github.call("GET", "/issues/1/comments?per_page=100")
    return comments


def markdown(made: Shop, comment: Any) -> str:
    body = comment["body"]
    return adf_to_markdown(body) if made.flavour == "cloud" else wiki_to_markdown(body)


def write_criteria(made: Shop) -> None:
    body = made.github.call("GET", "/issues/1")["body"]
    said = f"## Acceptance criteria\n\n- [ ] It pays\n\n{body}"
    made.github.call("PATCH", "/issues/1", body=said)


def take_criteria_back(made: Shop) -> None:
    body = made.github.call("GET", "/issues/1")["body"].replace("It pays", "TBD")
    made.github.call("PATCH", "/issues/1", body=body)


def test_it_is_on_each_tracker_that_has_comments(made: Shop):
    [there], [here] = on_jira(made), on_github(made)
    assert "has no acceptance criteria" in markdown(made, there)
    assert "has no acceptance criteria" in here["body"]
    assert made.run("plan").code == 0


def test_it_calls_nobody_and_closes_nothing(made: Shop):
    [here] = on_github(made)
    assert "@ada" not in here["body"]
    assert "#1 for" not in here["body"]
    assert r"\*now\*" in here["body"]


def test_the_plan_shows_it_and_the_history_tells_it(made: Shop):
    write_criteria(made)
    assert "notice" in made.run("plan").out
    made.apply()
    assert "nothing is left of it" in made.run("history", "--item", "SHOP-1").out


def test_it_goes_with_what_it_is_about(made: Shop):
    write_criteria(made)
    made.apply()
    made.settled()
    assert (on_jira(made), on_github(made)) == ([], [])


def test_it_goes_when_the_rule_says_nothing_on_items_any_more(made: Shop):
    configure(made, mode="report")
    made.apply()
    assert (on_jira(made), on_github(made)) == ([], [])
    assert made.run("plan").code == 0


def test_it_is_never_carried_as_a_comment(made: Shop):
    configure(made, "    comments: {from: [jira, github], to: [jira, github]}")
    made.apply()
    made.settled()
    assert [len(on_jira(made)), len(on_github(made))] == [1, 1]


def test_it_is_known_again_where_the_state_is_lost(made: Shop):
    before = on_jira(made), on_github(made)
    for path in made.folder.glob("state.db*"):
        path.unlink()
    made.apply()
    made.settled()
    assert (on_jira(made), on_github(made)) == before


@pytest.mark.parametrize("tracker", ["jira", "github"])
def test_a_lost_answer_makes_no_second_one(made: Shop, tracker: str):
    write_criteria(made)
    made.apply()
    made.settled()
    take_criteria_back(made)
    path = rf"/{tracker}/.*/comments?$"
    made.served.switches.faults.append(Fault("lose", path, "POST"))
    made.run("apply", "--yes")
    assert not made.served.switches.faults
    made.apply()
    made.settled()
    assert [len(on_jira(made)), len(on_github(made))] == [1, 1]


def test_an_undo_takes_it_back(made: Shop):
    write_criteria(made)
    made.apply()
    take_criteria_back(made)
    run = made.apply("--format", "json").json["run"]
    assert len(on_github(made)) == 1
    assert made.run("undo", str(run), "--yes").code == 0
    assert on_github(made) == []
