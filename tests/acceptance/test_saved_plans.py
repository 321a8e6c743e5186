"""Saved plans over real trackers: half of the world changes between the plan and its apply."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.shop import Flavour, Shop, shop

COUNT = 6
JIRA = [
    {"type": "Story", "summary": f"Story {number}", "priority": "Medium"} for number in range(COUNT)
]


@pytest.fixture(params=["cloud", "datacenter"])
def agreed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    flavour: Flavour = request.param
    with shop(tmp_path, flavour=flavour, jira=JIRA) as made:
        made.apply()
        made.settled()
        yield made


def numbers(made: Shop) -> dict[str, int]:
    return {
        one["title"]: one["number"]
        for one in made.github.call("GET", "/issues?state=all&per_page=100")
    }


def saved(made: Shop) -> Path:
    path = made.folder / "plan.json"
    assert made.run("plan", "--out", str(path)).code == 3
    return path


def drift(made: Shop) -> Path:
    """People change each story's title on GitHub; the plan of it is saved."""
    for title, number in numbers(made).items():
        made.github.call("PATCH", f"/issues/{number}", title=f"{title}, new")
    made.github.call("POST", "/issues", title="Refund", labels=["kind:story", "priority:medium"])
    return saved(made)


def test_half_of_a_plan_is_done_where_half_of_the_world_changed_meanwhile(agreed: Shop) -> None:
    path, there = drift(agreed), numbers(agreed)
    for number in range(0, COUNT, 2):
        agreed.github.call("PATCH", f"/issues/{there[f'Story {number}, new']}", title=f"{number}")
    agreed.served.log.clear()
    result = agreed.run("apply", "--yes", "--plan", str(path), "--format", "json")
    assert result.code == 6
    said = result.json
    assert (said["created"], said["updated"]) == (2, COUNT)  # on Jira and in files
    for number in range(0, COUNT, 2):
        key = next(
            edit["key"]
            for edit in json.loads(path.read_text())["edits"]
            if edit["tracker"] == "jira"
            and edit["fields"].get("title", {}).get("to") == f"Story {number}, new"
        )
        assert (
            f"update of {key} on jira no longer fits: title would now become {number}"
            in said["stale"]
        )
    titles = agreed.records("jira")
    expected = {
        f"Story {number}" if number % 2 == 0 else f"Story {number}, new" for number in range(COUNT)
    }
    assert set(titles) == {*expected, "Refund"}
    agreed.apply()
    agreed.settled()
    for name in ("jira", "github", "files"):
        expected = {f"{n}" if n % 2 == 0 else f"Story {n}, new" for n in range(COUNT)}
        assert set(agreed.records(name)) == {*expected, "Refund"}


def test_what_a_person_did_on_the_other_side_since_is_not_overwritten(agreed: Shop) -> None:
    path = drift(agreed)
    person = agreed.jira
    [issue] = [r for title, r in agreed.records("jira").items() if title == "Story 1"]
    person.edit(issue.id, "title", "Story 1, by Ada")
    result = agreed.run("apply", "--yes", "--plan", str(path))
    assert result.code == 6
    assert "title was Story 1, and is now Story 1, by Ada" in result.err
    assert "Story 1, by Ada" in agreed.records("jira")
    assert "Story 2, new" in agreed.records("jira")


def test_a_plan_that_was_applied_already_does_nothing_more(agreed: Shop) -> None:
    path = drift(agreed)
    assert agreed.run("apply", "--yes", "--plan", str(path)).code == 0
    agreed.settled()
    agreed.served.log.clear()
    result = agreed.run("apply", "--yes", "--plan", str(path))
    assert result.code == 6
    assert "already" in result.err
    assert agreed.served.writes() == []


def test_a_comment_of_a_person_makes_the_edit_of_that_issue_wait(agreed: Shop) -> None:
    """Who reviewed the plan did not read it."""
    number = numbers(agreed)["Story 3"]
    [issue] = [r for title, r in agreed.records("jira").items() if title == "Story 3"]
    agreed.jira.edit(issue.id, "status", "done")
    path = saved(agreed)
    agreed.github.call("PATCH", f"/issues/{number}", title="Story 3, not done at all")
    result = agreed.run("apply", "--yes", "--plan", str(path))
    assert result.code == 6
    assert "the record was edited since" in result.err
    assert agreed.github.call("GET", f"/issues/{number}")["state"] == "open"


def forged(made: Shop, path: Path, change: Any) -> Path:
    plan = json.loads(path.read_text())
    change(plan)
    path.write_text(json.dumps(plan))
    return path


def to_another_value(plan: dict[str, Any]) -> None:
    for edit in plan["edits"]:
        for one in edit["fields"].values():
            one["to"] = "PWNED"


def to_another_tracker(plan: dict[str, Any]) -> None:
    for edit in plan["edits"]:
        edit["tracker"] = "github"


def to_another_record(plan: dict[str, Any]) -> None:
    for edit in plan["edits"]:
        edit["key"] = "SHOP-99"


def to_another_item(plan: dict[str, Any]) -> None:
    items = [edit["item"] for edit in plan["edits"]]
    for edit, item in zip(plan["edits"], [*items[1:], "000000000000"], strict=True):
        edit["item"] = item


def to_another_field(plan: dict[str, Any]) -> None:
    for edit in plan["edits"]:
        edit["fields"] = {"description": {"from": "", "to": "PWNED"}}


@pytest.mark.parametrize(
    "change",
    [to_another_value, to_another_tracker, to_another_record, to_another_item, to_another_field],
    ids=lambda one: one.__name__,
)
def test_a_plan_that_was_edited_by_hand_reaches_nothing_else(agreed: Shop, change: Any) -> None:
    path = forged(agreed, drift(agreed), change)
    before = {name: set(agreed.records(name)) for name in ("jira", "github", "files")}
    agreed.served.log.clear()
    result = agreed.run("apply", "--yes", "--plan", str(path))
    assert result.code == 6
    assert agreed.served.writes() == []
    assert {name: set(agreed.records(name)) for name in before} == before


def test_a_plan_whose_words_were_edited_says_nothing_else(agreed: Shop) -> None:
    """Reasons and findings are for people: they choose nothing."""

    def change(plan: dict[str, Any]) -> None:
        for edit in plan["edits"]:
            edit["because"] = "\x1b[2Jthe boss says so"
        plan["summary"]["create"] = 99

    path = forged(agreed, drift(agreed), change)
    result = agreed.run("apply", "--yes", "--plan", str(path))
    assert result.code == 0
    assert "\x1b" not in result.out + result.err
    history = agreed.run("history", "--run", "2", "--format", "json").out
    assert "the boss" not in history
    agreed.settled()


def test_a_plan_that_is_out_of_date_is_refused_whole(agreed: Shop) -> None:
    text = agreed.settings.read_text()
    agreed.settings.write_text(text + "    plans: {expire: 0.0000001}\n")
    path = drift(agreed)
    agreed.apply()
    agreed.served.log.clear()
    result = agreed.run("apply", "--yes", "--plan", str(path))
    assert result.code == 6
    assert "the plan is out of date: another run wrote at" in result.err
    assert "nothing was written" in result.err
    assert agreed.served.writes() == []


def test_a_plan_of_another_state_is_refused_whole(agreed: Shop) -> None:
    path = drift(agreed)
    (agreed.folder / "state.db").unlink()
    result = agreed.run("apply", "--yes", "--plan", str(path))
    assert result.code == 6
    assert "it is of another state" in result.err


def test_a_saved_plan_is_held_to_the_guard_with_the_numbers_of_what_is_left_of_it(
    agreed: Shop,
) -> None:
    path = drift(agreed)
    text = agreed.settings.read_text()
    agreed.settings.write_text(text + f"    guard: {{at_most: {{changes: {COUNT - 1}}}}}\n")
    agreed.served.log.clear()
    refused = agreed.run("apply", "--yes", "--plan", str(path))
    assert refused.code == 5
    assert f"jira: {COUNT} records would be changed" in refused.err
    assert f"files: {COUNT} records would be changed" in refused.err
    assert agreed.served.writes() == []
    there = numbers(agreed)
    agreed.github.call("PATCH", f"/issues/{there['Story 0, new']}", title="0")
    assert agreed.run("apply", "--yes", "--plan", str(path)).code == 6


def test_a_plan_of_one_item_is_saved_and_applied_and_no_other_is_touched(agreed: Shop) -> None:
    drift(agreed)
    path = agreed.folder / "one.json"
    number = numbers(agreed)["Story 4, new"]
    assert agreed.run("plan", "--item", f"acme/shop#{number}", "--out", str(path)).code == 3
    both = agreed.run("apply", "--plan", str(path), "--item", f"acme/shop#{number}")
    assert both.code == 2
    assert agreed.run("apply", "--yes", "--plan", str(path)).code == 0
    titles = set(agreed.records("jira"))
    assert titles == {f"Story {n}, new" if n == 4 else f"Story {n}" for n in range(COUNT)}
    agreed.apply()
    agreed.settled()


def test_a_file_that_is_no_plan_is_a_usage_error_with_its_place(agreed: Shop) -> None:
    path = agreed.folder / "plan.json"
    path.write_text('{"version": 1, "backlog": "shop", "backlog": "shop"}')
    result = agreed.run("apply", "--yes", "--plan", str(path))
    assert result.code == 2
    assert "plan.json is no saved plan" in result.err
