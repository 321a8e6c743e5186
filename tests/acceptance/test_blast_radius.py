"""How much one run may write, over real trackers: the lessons of tools that wrote too much."""

from collections import Counter
from pathlib import Path

import pytest

from tests.acceptance.shop import Shop, shop

GUARD = "    guard: {minimum: 10}"


def stories(count: int, name: str = "Story") -> list[dict[str, str]]:
    return [{"type": "Story", "summary": f"{name} {number}"} for number in range(count)]


def test_the_first_sync_makes_all_that_the_plan_says(tmp_path: Path) -> None:
    with shop(tmp_path, jira=stories(45)) as made:
        made.apply()
        assert len(made.records("github")) == len(made.records("files")) == 45
        made.settled()


def test_a_mass_creation_in_an_established_backlog_is_refused_with_the_numbers(
    tmp_path: Path,
) -> None:
    with shop(tmp_path, jira=stories(12)) as made:
        made.configure(GUARD)
        made.apply()
        for number in range(7):
            made.github.call("POST", "/issues", title=f"Imported {number}")
        made.served.log.clear()
        result = made.run("apply", "--yes")
        assert result.code == 5
        for name in ("jira", "files"):
            assert (
                f"{name}: 7 of 12 records would be created, more than guard.creates (50%) allows"
            ) in result.err
        assert "--force" in result.err
        assert made.served.writes() == []
        forced = made.run("apply", "--yes", "--force")
        assert forced.code == 0
        assert "forced: jira: 7 of 12 records would be created" in forced.err
        made.settled()


def test_a_dry_run_says_what_apply_would_refuse(tmp_path: Path) -> None:
    with shop(tmp_path, jira=stories(3)) as made:
        made.configure("    guard: {at_most: {creates: 2}}")
        planned = made.run("plan")
        assert planned.code == 3
        assert "apply would be refused: github: 3 records would be created" in planned.err
        assert made.run("apply", "--yes").code == 5


def test_a_credential_that_now_sees_less_stops_the_run_and_nothing_is_closed_or_made_anew(
    tmp_path: Path,
) -> None:
    with shop(tmp_path, jira=stories(12)) as made:
        made.configure(GUARD)
        made.apply()
        hide(made, 5)
        made.served.log.clear()
        result = made.run("apply", "--yes", "--full")
        assert result.code == 5
        assert "jira: 5 of 12 records would no longer be seen" in result.err
        assert made.served.writes() == []
        plan = made.plan("--full")
        assert plan["edits"] == []


def hide(made: Shop, count: int) -> None:
    for number in range(1, count + 1):
        made.jira.remove(f"SHOP-{number}")


def test_one_item_is_held_to_the_same_numbers(tmp_path: Path) -> None:
    with shop(tmp_path, jira=stories(3)) as made:
        made.apply()
        made.configure("    guard: {at_most: {closes: 0}}")
        made.github.call("PATCH", "/issues/1", state="closed")
        made.served.log.clear()
        result = made.run("apply", "--yes", "--item", "acme/shop#1")
        assert result.code == 5
        assert "jira: 1 records would be closed, more than guard.at_most.closes (0)" in result.err
        assert made.served.writes() == []


# Peers' complaints.


@pytest.mark.parametrize("settings", ["    fields: {labels: {authority: jira}}", ""])
def test_what_the_settings_do_not_name_is_not_deleted(tmp_path: Path, settings: str) -> None:
    """A label tool took a missing list for an empty one, and deleted all labels."""
    labels = ["bug", "customer", "zzz"]
    with shop(tmp_path, jira=stories(1), github=[{"title": "Other", "labels": labels}]) as made:
        made.configure(settings)
        made.github.call("POST", "/labels", name="of our own", color="ededed")
        before = {one["name"] for one in made.github.call("GET", "/labels?per_page=100")}
        made.apply()
        after = {one["name"] for one in made.github.call("GET", "/labels?per_page=100")}
        assert before <= after
        [issue] = [r for title, r in made.records("github").items() if title == "Other"]
        assert set(labels) <= set(issue.shown["labels"])
        assert not [one for one in made.served.writes() if one.method == "DELETE"]


def test_a_tracker_that_is_taken_out_of_the_settings_is_left_as_it_is(tmp_path: Path) -> None:
    with shop(tmp_path, jira=stories(3)) as made:
        made.apply()
        text = made.settings.read_text()
        start = text.index("      files:")
        end = text.index("    users:")
        made.settings.write_text(
            text[:start] + text[end:].replace(", files: ada", "").replace(", files: bob", "")
        )
        before = {path: path.read_bytes() for path in made.items.glob("*.md")}
        made.served.log.clear()
        made.apply("--full")
        assert made.served.writes() == []
        assert {path: path.read_bytes() for path in made.items.glob("*.md")} == before


def test_a_dry_run_counts_each_kind_of_change_as_apply_then_makes_it(tmp_path: Path) -> None:
    """Dry runs of others hid deletions, counted drift as correct, or called all an update."""
    with shop(tmp_path, jira=stories(4)) as made:
        made.apply()
        made.github.call("PATCH", "/issues/1", title="Story 0, new")
        made.github.call("PATCH", "/issues/2", state="closed")
        made.github.call("POST", "/issues", title="Story 5")
        made.served.log.clear()
        planned = made.plan()
        assert made.served.writes() == []
        counted = Counter((edit["tracker"], edit["action"]) for edit in planned["edits"])
        assert counted[("jira", "create")] == counted[("files", "create")] == 1
        assert planned["summary"]["create"] == 2
        assert (
            planned["summary"]["update"]
            == counted[("jira", "update")]
            + counted[("files", "update")]
            + counted[("github", "update")]
        )
        done = made.run("apply", "--yes", "--format", "json").json
        assert (done["created"], done["updated"]) == (
            planned["summary"]["create"],
            planned["summary"]["update"],
        )
        made.settled()
