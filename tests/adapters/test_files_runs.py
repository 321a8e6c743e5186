"""Whole runs over a folder of files and a tracker in memory."""

import random
import re
from pathlib import Path

import pytest

from adapters.base import Setup
from adapters.files import Files
from adapters.memory import MemoryTracker
from sync.model import Criterion
from tests.sync.world import World


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "backlog/items").mkdir(parents=True)
    return tmp_path / "backlog"


@pytest.fixture
def world(tmp_path: Path, folder: Path) -> World:
    files = {"files": lambda: Files(Setup("files"), path=folder)}
    return World(tmp_path, {"jira": MemoryTracker()}, extra={**files})


def settled(world: World) -> bool:
    """Has a second run nothing to do?"""
    return not world.plan().plan.pending


def test_new_files_become_items_and_are_given_their_ids(world: World, folder: Path) -> None:
    (folder / "items/pay.md").write_text("---\nkind: story\nparent: shop\n---\n# Pay\n\nWhy.\n")
    (folder / "items/shop.md").write_text("# Shop\n")
    (folder / "ORDER.md").write_text("1. [Shop](items/shop.md)\n2. [Pay](items/pay.md)\n")
    world.apply()
    assert settled(world)
    ids = {item.title: item.id for item in world.items().values()}
    assert (folder / "items/pay.md").read_text() == (
        f"---\nid: {ids['Pay']}\nkind: story\nparent: shop\n---\n# Pay\n\nWhy.\n"
    )
    shop, pay = world.record("jira", "Shop"), world.record("jira", "Pay")
    assert pay.shown["parent"] == shop.id
    assert world.places["jira"].order == [shop.id, pay.id]
    (folder / "items/pay.md").rename(folder / "items/pay-by-card.md")
    (folder / "ORDER.md").write_text("1. [Pay](items/pay-by-card.md)\n2. [Shop](items/shop.md)\n")
    world.apply()
    assert settled(world)
    assert len(world.items()) == 2
    assert world.places["jira"].order == [pay.id, shop.id]


def test_items_from_elsewhere_become_files_and_edits_go_both_ways(
    world: World, folder: Path
) -> None:
    parent = world.add("jira", title="Shop", kind="epic")
    child = world.add(
        "jira",
        title="Pay",
        description="Why.\n\n- a",
        parent=parent.id,
        acceptance_criteria=(Criterion("charged"),),
        labels=frozenset({"ux"}),
    )
    world.apply()
    assert settled(world)
    file = folder / "items/pay.md"
    assert "- [ ] charged" in file.read_text()
    file.write_text(file.read_text().replace("[ ] charged", "[x] charged").replace("ux]", "ux, b]"))
    world.edit("jira", child.id, description="Why not.\n\n- a", status="done")
    world.apply()
    assert settled(world)
    record = world.record("jira", "Pay")
    assert record.shown["acceptance_criteria"] == [["charged", True]]
    assert record.shown["labels"] == ["b", "ux"]
    assert "Why not." in file.read_text()
    assert re.search("^status: done$", file.read_text(), re.MULTILINE)
    world.places["jira"].place(child.id, None)
    world.apply()
    assert settled(world)
    assert (folder / "ORDER.md").read_text() == "1. [Pay](items/pay.md)\n2. [Shop](items/shop.md)\n"


def test_a_file_that_breaks_stops_nothing_else(world: World, folder: Path) -> None:
    world.add("jira", title="Pay")
    shop = world.add("jira", title="Shop")
    world.apply()
    good = (folder / "items/pay.md").read_text()
    (folder / "items/pay.md").write_text("---\nid: [\n---\n# Pay\n")
    world.edit("jira", shop.id, priority="high")
    world.apply()
    assert "priority: high" in (folder / "items/shop.md").read_text()
    assert len(world.items()) == 2
    assert len(world.places["jira"].all()) == 2
    findings = [finding.message for finding in world.plan().plan.findings]
    assert any("items/pay.md:2" in message or "items/pay.md:3" in message for message in findings)
    (folder / "items/pay.md").write_text(good)
    world.apply()
    assert settled(world)


@pytest.mark.parametrize("seed", range(4))
def test_histories_on_both_sides_converge(world: World, folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    words = ["Pay", "Refund", "Search", "Cart", "Ship"]
    for step in range(12):
        files = sorted(folder.glob("items/*.md"))
        records = world.places["jira"].all()
        match chance.randrange(6):
            case 0:
                world.add("jira", title=f"{chance.choice(words)} {step}")
            case 1:
                text = f"# {chance.choice(words)} {step}\n\n## Acceptance criteria\n* a\n"
                (folder / f"items/new-{step}.md").write_text(text)
            case 2 if files:
                file = chance.choice(files)
                file.write_text(file.read_text() + f"\n# More {step}\n")
            case 3 if records:
                labels = frozenset({f"l{step}", "ux"})
                world.edit("jira", chance.choice(records).id, labels=labels)
            case 4 if records:
                world.places["jira"].place(chance.choice(records).id, None)
            case 5 if (folder / "ORDER.md").exists():
                lines = (folder / "ORDER.md").read_text().splitlines(keepends=True)
                chance.shuffle(lines)
                (folder / "ORDER.md").write_text("".join(lines))
        if chance.random() < 0.6:
            world.apply()
    world.apply()
    assert settled(world)
    assert len(world.items()) == len(list(folder.glob("items/*.md")))
    assert len(world.items()) == len(world.places["jira"].all())


@pytest.mark.parametrize("edits", range(1, 5))
def test_a_run_that_dies_makes_no_twins(world: World, folder: Path, edits: int) -> None:
    for title in ("Pay", "Refund"):
        world.add("jira", title=title)
        (folder / f"items/{title}-file.md").write_text(f"# {title} from a file\n")
    world.apply(die_after=edits)
    world.apply()
    assert settled(world)
    assert len(world.items()) == len(list(folder.glob("items/*.md"))) == 4
    assert len(world.places["jira"].all()) == 4
