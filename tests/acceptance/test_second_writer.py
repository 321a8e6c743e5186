"""Another tool writes the same field, through real HTTP: it is left alone, and everything else goes
on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sandbox.server import Exchange
from tests.acceptance.shop import Flavour, Shop, shop

ROUNDS = 3
SETTINGS = "    fields: {priority: {authority: jira}}"


@pytest.fixture(params=["cloud", "datacenter"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    flavour: Flavour = request.param
    issues = [{"type": "Story", "summary": "Pay", "priority": "Low"}]
    with shop(tmp_path, flavour=flavour, jira=issues) as one:
        one.apply()
        yield one


def tool(made: Shop, tracker: str, priority: str) -> None:
    """Another tool sets the priority to what it always was for it."""
    person = made.person(tracker)
    person.edit(made.records(tracker)["Pay"].id, "priority", priority)


def writes(made: Shop, before: int) -> list[Exchange]:
    """What changed anything on a tracker since then."""
    return [
        one
        for one in made.served.log[before:]
        if one.method in ("POST", "PUT", "PATCH", "DELETE")
        and not one.path.endswith(("/graphql", "/search", "/search/jql", "/bulkfetch"))
    ]


def test_a_label_that_another_tool_puts_back_each_time_is_written_three_times_and_no_more(
    made: Shop,
) -> None:
    made.configure(SETTINGS)
    for round in range(ROUNDS + 3):
        tool(made, "github", "high")
        before = len(made.served.log)
        made.apply()
        assert bool(writes(made, before)) == (round < ROUNDS)
    [finding] = made.plan()["findings"]
    assert finding["rule"] == "second-writer"
    assert "priority of acme/shop#1 was set to “low” on github 3 times" in finding["message"]
    assert [one["field"] for one in made.plan()["conflicts"]] == ["priority"]
    # The rest of the item goes on.
    made.person("github").edit(made.records("github")["Pay"].id, "title", "Pay by card")
    made.apply()
    assert "Pay by card" in made.records("jira")
    # A person decides, and it is done.
    result = made.run("resolve", "SHOP-1", "priority", "--take", "github", "--yes")
    assert result.code == 0, result.err
    assert made.records("jira")["Pay by card"].shown["priority"] == "High"
    made.settled()


def test_two_tools_that_undo_each_other_through_us_are_stopped(made: Shop) -> None:
    for _ in range(ROUNDS + 2):
        for tracker, priority in (("github", "high"), ("jira", "low")):
            tool(made, tracker, priority)
            made.apply()
    before = len(made.served.log)
    tool(made, "github", "high")
    told = len(made.served.log)
    made.apply()
    assert writes(made, before)  # the tool's own
    assert writes(made, told) == []
    assert {one["rule"] for one in made.plan()["findings"]} == {"second-writer"}
