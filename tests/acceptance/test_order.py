"""The order is shown and changed by the command, through real HTTP, on every kind of tracker."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.acceptance.shop import Flavour, Shop, shop
from tests.acceptance.test_github_project import on_github, on_jira, project_shop

ABCDE = [f"Story {n}" for n in range(5)]
MOVES: dict[str, tuple[Sequence[str], list[int]]] = {
    "to the top": (["SHOP-4", "--top"], [3, 0, 1, 2, 4]),
    "to the bottom": (["SHOP-2", "--bottom"], [0, 2, 3, 4, 1]),
    "above another": (["SHOP-5", "--above", "SHOP-2"], [0, 4, 1, 2, 3]),
    "below another": (["SHOP-1", "--below", "SHOP-3"], [1, 2, 0, 3, 4]),
    "above the top": (["SHOP-3", "--above", "SHOP-1"], [2, 0, 1, 3, 4]),
    "above its neighbour": (["SHOP-2", "--above", "SHOP-1"], [1, 0, 2, 3, 4]),
}


def in_files(made: Shop) -> list[str]:
    lines = (made.folder / "backlog" / "ORDER.md").read_text().splitlines()
    return [line.split("[")[1].split("]")[0] for line in lines]


@pytest.fixture(params=["cloud", "datacenter"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    flavour: Flavour = request.param
    issues = [{"type": "Story", "summary": title} for title in ABCDE]
    with shop(tmp_path, flavour=flavour, jira=issues) as one:
        one.apply()
        yield one


@pytest.mark.parametrize(("args", "expected"), MOVES.values(), ids=MOVES)
def test_an_item_is_moved_everywhere_at_once_with_one_move_each(
    made: Shop, args: Sequence[str], expected: list[int]
) -> None:
    made.person("github").edit(made.records("github")["Story 4"].id, "title", "Renamed")
    result = made.run("order", *args, "--yes")
    assert (result.code, result.out) == (0, "shop: 0 created, 0 updated, 2 moved (run 2)\n")
    titles = [ABCDE[number] for number in expected]
    assert on_jira(made) == titles
    assert in_files(made) == titles  # nothing but the order was written
    edits = made.run("history", "--run", "2", "--format", "json").json["edits"]
    where = f"{args[1][2:]} {args[2]}" if len(args) > 2 else f"to the {args[1][2:]}"
    assert {(one["action"], one["because"]) for one in edits} == {
        ("move", f"a person moved it {where}")
    }
    assert sorted(one["tracker"] for one in edits) == ["backlog", "files", "jira"]
    made.apply()
    made.settled()


def test_an_item_is_moved_on_a_github_project_too(tmp_path: Path) -> None:
    with project_shop(tmp_path, 4) as made:
        assert made.run("order", "acme/shop#4", "--below", "items/story-0.md", "--yes").code == 0
        titles = ["Story 0", "Story 3", "Story 1", "Story 2"]
        assert on_github(made) == on_jira(made) == in_files(made) == titles
        made.settled()


def test_other_people_s_moves_meet_the_person_s(made: Shop) -> None:
    path = made.folder / "backlog" / "ORDER.md"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[4], *lines[:4]]) + "\n")  # Story 4 to the top, in the files
    assert made.run("order", "SHOP-3", "--top", "--yes").code == 0
    titles = ["Story 2", "Story 4", "Story 0", "Story 1", "Story 3"]
    assert (on_jira(made), in_files(made)) == (titles, titles)
    made.settled()


def test_what_stands_there_already_is_not_moved(made: Shop) -> None:
    result = made.run("order", "SHOP-1", "--top", "--yes")
    assert (result.code, result.out) == (0, "shop: 0 created, 0 updated, 0 moved (run 2)\n")
    assert on_jira(made) == ABCDE


def test_the_order_is_shown_with_what_stands_elsewhere(made: Shop) -> None:
    made.apply()
    made.configure("    fields: {order: {authority: jira}}")
    path = made.folder / "backlog" / "ORDER.md"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[4], *lines[:4]]) + "\n")
    listed = made.run("order", "--format", "json").json["order"]
    assert [one["title"] for one in listed] == ABCDE
    assert [one["number"] for one in listed] == [1, 2, 3, 4, 5]
    assert [one["elsewhere"] for one in listed] == [{}, {}, {}, {}, {"files": None}]
    assert listed[0]["keys"] == {
        "files": "items/story-0.md",
        "github": "acme/shop#1",
        "jira": "SHOP-1",
    }
    out = made.run("order", "shop").out
    assert "Order of shop: 5 items, 1 of them elsewhere on a tracker" in out
    assert "files has it at the top" in out
    path.write_text("\n".join([*lines[1:4], lines[0], lines[4]]) + "\n")
    assert "files has it below “Story 3”" in made.run("order").out


WRONG: dict[str, tuple[Sequence[str], str]] = {
    "no such item": (["SHOP-9", "--top"], "SHOP-9 names no item"),
    "no such other item": (["SHOP-1", "--above", "SHOP-9"], "SHOP-9 names no item"),
    "itself": (["SHOP-1", "--above", "acme/shop#1"], "SHOP-1 and acme/shop#1 are one item"),
    "two places": (["SHOP-1", "--top", "--bottom"], "give one of --top"),
    "no item": (["--top"], "name what is to be moved"),
    "no place": (["SHOP-1"], "To move an item, say where"),
    "an item that is new": (["SHOP-6", "--top"], "SHOP-6 is new, and not in the backlog yet"),
}


def test_what_cannot_be_moved_is_said_and_nothing_is_moved(made: Shop) -> None:
    fields = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "New"}
    made.jira.ask("POST", "issue", {"fields": fields})
    for name, (args, words) in WRONG.items():
        result = made.run("order", *args, "--yes")
        assert (result.code, result.out) == (2, ""), name
        assert words in " ".join(result.err.split()), (name, result.err)
    assert on_jira(made) == [*ABCDE, "New"]


def test_an_order_that_belongs_to_a_tracker_is_changed_there(made: Shop) -> None:
    made.configure("    fields: {order: {authority: jira}}")
    result = made.run("order", "SHOP-3", "--top", "--yes")
    assert result.code == 2
    assert "the order belongs to jira (fields.order.authority): move the item there" in result.err
    assert on_jira(made) == in_files(made) == ABCDE
    made.configure("    fields: {order: {authority: backlog}}")
    assert made.run("order", "SHOP-3", "--top", "--yes").code == 0
    assert on_jira(made) == in_files(made) == ["Story 2", "Story 0", "Story 1", *ABCDE[3:]]
    made.settled()


def test_nothing_is_moved_while_a_tracker_cannot_be_read(made: Shop) -> None:
    made.environment["GITHUB_TOKEN"] = "t-nobody"
    result = made.run("order", "SHOP-3", "--top", "--yes")
    assert result.code == 2
    assert "nothing is moved while github cannot be read" in result.err
    assert on_jira(made) == in_files(made) == ABCDE


def test_new_records_wait_where_they_are_while_an_item_is_moved(made: Shop) -> None:
    fields = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "New"}
    made.jira.ask("POST", "issue", {"fields": fields})
    assert made.run("order", "SHOP-5", "--top", "--yes").code == 0
    assert on_jira(made) == ["Story 4", *ABCDE[:4], "New"]
    assert in_files(made) == ["Story 4", *ABCDE[:4]]
    made.apply()
    assert on_jira(made) == in_files(made) == ["Story 4", *ABCDE[:4], "New"]
    made.settled()


def test_the_guard_holds_for_moves_too(made: Shop) -> None:
    made.configure("    guard: {moves: 0, minimum: 0}")
    assert made.run("order", "SHOP-5", "--top", "--yes").code == 5
    assert on_jira(made) == ABCDE
    assert made.run("order", "SHOP-5", "--top", "--yes", "--force").code == 0
    assert on_jira(made) == in_files(made) == ["Story 4", *ABCDE[:4]]
