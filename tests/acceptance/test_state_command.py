"""The state command over real trackers: backup, verify, restore, and rebuild after a loss."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.sandbox.server import Fault
from tests.acceptance.shop import Flavour, Shop, shop

ROOT = Path(__file__).parents[2]
ONEBACKLOG = [sys.executable, "-c", "from sync.cli import main; main()"]
JIRA = (
    {"type": "Epic", "summary": "Checkout"},
    {"type": "Story", "summary": "Pay by card", "parent": "SHOP-1", "labels": ["pay"]},
    {"type": "Bug", "summary": "Rounded twice", "priority": "High"},
)
GITHUB = (
    {"title": "Ship it", "assignees": ["ada"], "labels": ["kind:task"]},
    {"title": "Twice", "labels": ["kind:task"]},
    {"title": "Twice", "labels": ["kind:task"]},
)
FILES = {
    "items/gift-cards.md": "---\nkind: story\nstatus: todo\n---\n# Gift cards\n\nFor everybody.\n",
    "ORDER.md": "1. [Gift cards](items/gift-cards.md)\n",
}


@pytest.fixture(params=["cloud", "datacenter"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shop]:
    """A shop whose sides agree."""
    flavour: Flavour = request.param
    with shop(tmp_path, flavour=flavour, jira=JIRA, github=GITHUB, files=FILES) as made:
        made.apply()
        made.settled()
        made.served.log.clear()
        yield made


def lose(made: Shop) -> None:
    for path in made.folder.glob("state.db*"):
        path.unlink()


def counts(made: Shop) -> list[int]:
    """How many records each tracker shows."""
    counted = []
    for name in ("jira", "github", "files"):
        adapter = made.person(name).adapter()
        adapter.open()
        counted.append(len(adapter.read(None).records))
    return counted


def damage(made: Shop) -> None:
    path = made.folder / "state.db"
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\x5a" * (size - 4096))


# After a loss.


@pytest.mark.parametrize("broken", [False, True], ids=["lost", "broken"])
def test_the_links_are_made_anew_and_nothing_is_doubled(kept: Shop, broken: bool) -> None:
    files = {path: path.read_bytes() for path in kept.items.glob("*.md")}
    if broken:
        damage(kept)
    else:
        lose(kept)
    result = kept.run("state", "rebuild")
    assert result.code == 0, result.err
    assert "7 items; 7 records on jira, 7 records on github, 7 records on files" in result.out
    assert "0 records to be created" in result.out
    assert kept.served.writes() == []
    assert {path: path.read_bytes() for path in kept.items.glob("*.md")} == files
    assert len(list(kept.folder.glob("state.db.old-*"))) == broken
    kept.settled()
    kept.apply()
    assert kept.served.writes() == []
    assert kept.run("state", "verify").code == 0


def test_items_of_one_title_stay_apart_by_the_marks_of_their_copies(kept: Shop) -> None:
    lose(kept)
    kept.run("state", "rebuild")
    plan = kept.plan()
    assert (plan["edits"], plan["pairings"]) == ([], [])
    for number in (2, 3):
        kept.github.call("PATCH", f"/issues/{number}", title=f"Twice, number {number}")
    kept.apply()
    kept.settled()
    for name in ("jira", "github", "files"):
        titles = [title for title in kept.records(name) if title.startswith("Twice")]
        assert sorted(titles) == ["Twice, number 2", "Twice, number 3"]


def test_what_differs_after_a_loss_is_a_conflict_and_no_side_is_overwritten(kept: Shop) -> None:
    """The first tracker that is read must not win by accident."""
    lose(kept)
    kept.github.call("PATCH", "/issues/1", title="Ship it today")
    result = kept.run("state", "rebuild")
    assert result.code == 0
    assert "1 field undecided: in conflict until a person decides" in result.out
    before = [sorted(kept.records(name)) for name in ("jira", "github", "files")]
    kept.apply()
    assert [sorted(kept.records(name)) for name in ("jira", "github", "files")] == before
    [conflict] = kept.plan()["conflicts"]
    assert conflict["field"] == "title"
    assert conflict["sides"] == {
        "jira": "Ship it",
        "github": "Ship it today",
        "files": "Ship it",
    }


def test_what_may_have_been_deleted_on_one_side_is_pointed_out(kept: Shop) -> None:
    lose(kept)
    (kept.items / "ship-it.md").unlink()
    result = kept.run("state", "rebuild")
    assert "1 record to be created:" in result.out
    assert "files: Ship it (new there, or deleted there before)" in result.out
    assert not (kept.items / "ship-it.md").exists()


def test_of_many_creations_the_first_are_listed(kept: Shop) -> None:
    for number in range(21):
        kept.jira.add({"title": f"Late {number}"})
    lose(kept)
    result = kept.run("state", "rebuild")
    assert result.out.count("(new there, or deleted there before)") == 20
    assert "    and 22 more\n" in result.out


def test_a_record_that_another_still_names_as_its_twin_is_said_to_be_gone(kept: Shop) -> None:
    kept.jira.remove("SHOP-2")
    lose(kept)
    [line] = [one for one in kept.run("state", "rebuild").out.splitlines() if "Pay by card" in one]
    url = f"{kept.served.url}/jira/browse/SHOP-2"
    assert line.startswith("    jira: Pay by card (it was ")
    assert url in line
    assert line.endswith("which is no longer shown)")


def test_a_rebuild_waits_for_all_trackers_and_else_leaves_all_as_it_was(kept: Shop) -> None:
    damage(kept)
    before = (kept.folder / "state.db").read_bytes()
    kept.environment["GITHUB_TOKEN"] = "wrong"
    result = kept.run("state", "rebuild")
    assert result.code == 1
    assert "shop was left as it is, for not all trackers answer: github:" in result.err
    assert (kept.folder / "state.db").read_bytes() == before
    assert sorted(path.name for path in kept.folder.glob("state.db*")) == [
        "state.db",
        "state.db.lock",
        "state.db.shop.lock",
    ]


def test_a_sound_state_is_not_made_anew_unless_forced_and_keeps_its_journal(kept: Shop) -> None:
    result = kept.run("state", "rebuild")
    assert result.code == 1
    assert "is sound: to make it anew would forget who changed what" in result.err
    assert kept.run("state", "rebuild", "--force").code == 0
    runs = kept.run("history", "--format", "json").json["runs"]
    assert [run["id"] for run in runs] == [2, 1]
    kept.settled()


def test_one_of_several_backlogs_is_made_anew_and_the_others_stay(kept: Shop) -> None:
    text = kept.settings.read_text()
    kept.settings.write_text(text + "  other: {trackers: {files: {type: files, path: other}}}\n")
    (kept.folder / "other" / "items").mkdir(parents=True)
    (kept.folder / "other" / "items" / "till.md").write_text("# Till\n")
    kept.apply("other")
    path = kept.folder / "state.db"

    def items() -> list[tuple[str, str]]:
        with closing(sqlite3.connect(path)) as connection:
            return connection.execute("SELECT backlog, id FROM item ORDER BY 1, 2").fetchall()

    before = items()
    assert kept.run("state", "rebuild", "shop", "--force").code == 0
    assert items() == before
    assert kept.run("plan", "other").code == 0
    damage(kept)
    result = kept.run("state", "rebuild", "shop")
    assert result.code == 1
    assert "name no backlog, so that all are made anew" in result.err
    assert kept.run("state", "rebuild").code == 0
    assert len(items()) == len(before)


def test_a_create_that_was_begun_before_the_loss_is_still_looked_for(kept: Shop) -> None:
    """Intents are kept where the old database can be read: a search may lag behind the create."""
    kept.jira.add({"title": "Late", "kind": "story"})
    kept.run("plan")
    reads = [one for one in kept.served.log if one.method == "GET" and "/issues" in one.path]
    kept.served.switches.faults += [
        Fault("lose", "/repos/acme/shop/issues$", "POST"),
        Fault("status", "/issues", "GET", times=99, skip=len(reads), status=500),
    ]
    assert kept.run("apply", "--yes").code == 1
    kept.served.switches.faults.clear()
    assert kept.run("state", "rebuild", "--force").code == 0
    kept.apply()
    kept.settled()
    titles = [one["title"] for one in kept.github.call("GET", "/issues?state=all&per_page=100")]
    assert titles.count("Late") == 1


# Broken.


@pytest.mark.parametrize(
    "command",
    [("apply", "--yes"), ("plan",), ("report",), ("explain", "SHOP-1"), ("history",)],
    ids=" ".join,
)
def test_every_command_says_that_the_state_is_broken_and_what_to_do(
    kept: Shop, command: tuple[str, ...]
) -> None:
    damage(kept)
    result = kept.run(*command)
    assert (result.code, result.out) == (1, "")
    assert "state.db" in result.err
    assert "onebacklog state rebuild" in result.err
    assert kept.served.writes() == []


def test_verify_tells_all_that_is_wrong_and_exits_with_1(kept: Shop) -> None:
    assert kept.run("state", "verify").out.endswith("state.db is sound\n")
    with closing(sqlite3.connect(kept.folder / "state.db")) as connection, connection:
        connection.execute("UPDATE link SET item = 'none' WHERE tracker = 'jira'")
    result = kept.run("state", "verify")
    assert result.code == 1
    assert len(result.out.splitlines()) > 1
    assert all(
        line.startswith("error ") and "onebacklog state" in line for line in result.out.splitlines()
    )
    applied = kept.run("apply", "--yes")
    assert (applied.code, kept.served.writes()) == (1, [])
    assert "shows no item that is known" in applied.err


def test_a_loss_is_made_good_from_a_backup_and_what_was_there_is_kept(kept: Shop) -> None:
    copy = kept.folder / "monday.db"
    assert kept.run("state", "backup", str(copy)).code == 0
    assert kept.run("state", "backup", str(copy)).code == 1
    assert kept.run("state", "backup", str(copy), "--force").code == 0
    kept.github.call("PATCH", "/issues/1", title="Ship it today")
    kept.apply()
    damage(kept)
    result = kept.run("state", "restore", str(copy))
    assert result.code == 0
    assert "state.db.old-" in result.out
    kept.served.log.clear()
    kept.apply()
    kept.settled()
    assert "Ship it today" in kept.records("jira")
    assert counts(kept) == [7, 7, 7]


# Several at once.


def test_of_two_applies_at_once_one_waits_for_the_other_and_nothing_is_doubled(
    kept: Shop,
) -> None:
    kept.jira.add({"title": "Late", "kind": "story"})
    command = [*ONEBACKLOG, "apply", "--yes", "--wait", "60"]
    processes = [
        subprocess.Popen(
            [*command, "--config", str(kept.settings)],
            env={**kept.environment, "PATH": ""},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    said = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], said
    assert sorted("1 created" in out or "2 created" in out for out, _ in said) == [False, True]
    kept.settled()
    assert counts(kept) == [8, 8, 8]


def test_dry_runs_while_another_run_writes_see_a_whole_state(kept: Shop) -> None:
    for number in range(4):
        kept.jira.add({"title": f"Late {number}", "kind": "story"})
    codes: list[int] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            process = subprocess.run(
                [*ONEBACKLOG, "plan", "--config", str(kept.settings)],
                env={**kept.environment, "PATH": ""},
                cwd=ROOT,
                capture_output=True,
                check=False,
                text=True,
            )
            codes.append(process.returncode)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        kept.apply()
    finally:
        stop.set()
        thread.join()
    assert set(codes) <= {0, 3}
    kept.settled()


def test_nothing_that_cares_for_the_state_shows_a_credential_or_writes_to_a_tracker(
    kept: Shop,
) -> None:
    for command in (
        ("backup", str(kept.folder / "copy.db")),
        ("verify",),
        ("rebuild", "--force"),
        ("restore", str(kept.folder / "copy.db")),
    ):
        result = kept.run("state", *command)
        assert result.code == 0, result.err
        assert "token" not in result.out + result.err
    assert kept.served.writes() == []
