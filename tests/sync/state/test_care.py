"""Care of the state database: sound or not, copied, put back; and what a broken file comes to."""

import random
import sqlite3
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sync.backlog import Backlog, TrackerOrder
from sync.model import FIELDS, Item
from sync.state import Accepted, Journal, StateError, Store, hold
from sync.state.care import backup, be_sound, faults, restore
from sync.state.database import BESIDE, reading
from sync.state.verify import muddles, verify
from tests.sync.state.test_store import FULL, LINK, NOW, entry

ROOT = Path(__file__).parents[3]
AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SCHEMAS = {"shop": FIELDS}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    one = Store(f"sqlite:///{path}")
    one.migrate()
    fill(one)
    yield one
    one.close()


def fill(store: Store) -> None:
    """Something in every table that a run reads."""
    links = [replace(LINK, gone=None), replace(LINK, tracker="github")]
    orders = {"jira": TrackerOrder(("10001",), ("a1",))}
    store.accept(
        "shop", Accepted([FULL, Item("b2", {"title": "Ship"})], links, ["a1", "b2"], orders)
    )
    store.save_tracker("shop", "jira", cursor="c1", read_whole=NOW)
    journal = Journal(store.engine)
    run = journal.begin("shop", NOW, {"update": 1})
    journal.write(run, [entry("a1"), entry("b2", before={"x": 1})])
    journal.end(run, NOW, "done")


def sql(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for statement in statements:
            connection.execute(statement)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def loaded(path: Path) -> Backlog:
    one = Store(f"sqlite:///{path}")
    try:
        return one.load("shop", FIELDS)
    finally:
        one.close()


# For its owner alone.


def test_the_database_and_all_that_lies_beside_it_are_for_its_owner_alone(
    path: Path, store: Store
) -> None:
    with hold(f"sqlite:///{path}", 0), store.engine.connect():
        beside = sorted(one.name for one in path.parent.iterdir())
        assert beside == ["state.db", "state.db-shm", "state.db-wal", "state.db.lock"]
        assert {mode(one) for one in path.parent.iterdir()} == {0o600}


def test_a_database_that_a_team_shares_keeps_its_mode(path: Path) -> None:
    path.touch()
    path.chmod(0o660)
    one = Store(f"sqlite:///{path}")
    one.migrate()
    one.close()
    assert mode(path) == 0o660


# Copies.


def test_a_copy_is_one_file_for_its_owner_alone_that_holds_all(
    path: Path, store: Store, tmp_path: Path
) -> None:
    target = tmp_path / "copy" / "monday.db"
    target.parent.mkdir()
    backup(path, target)
    assert [one.name for one in target.parent.iterdir()] == ["monday.db"]
    assert mode(target) == 0o600
    assert loaded(target) == store.load("shop", FIELDS)


def test_a_copy_overwrites_nothing_unless_forced_and_never_the_state(
    path: Path, store: Store, tmp_path: Path
) -> None:
    target = tmp_path / "notes.txt"
    target.write_text("mine")
    with pytest.raises(StateError, match=r"notes\.txt is there already; .*--force"):
        backup(path, target)
    assert target.read_text() == "mine"
    backup(path, target, force=True)
    assert loaded(target).items
    link = tmp_path / "link.db"
    link.symlink_to(path)
    for itself in (path, link):
        with pytest.raises(StateError, match=r"is the state itself; name another file"):
            backup(path, itself, force=True)
    assert loaded(path).items


def test_a_copy_over_an_old_one_takes_nothing_of_what_lay_beside_it(
    path: Path, store: Store, tmp_path: Path
) -> None:
    target = tmp_path / "old.db"
    for ending in ("", *BESIDE):
        Path(f"{target}{ending}").write_bytes(b"of another database" * 99)
    backup(path, target, force=True)
    assert sorted(one.name for one in tmp_path.glob("old.db*")) == ["old.db"]
    assert loaded(target).items


@pytest.mark.parametrize("what", ["nothing", "a folder"])
def test_what_is_no_file_is_not_copied(path: Path, tmp_path: Path, what: str) -> None:
    if what == "a folder":
        path.mkdir()
    with pytest.raises(StateError, match=r"state\.db is not there; the first apply makes it"):
        backup(path, tmp_path / "copy.db")
    assert not (tmp_path / "copy.db").exists()


def test_a_copy_to_where_nothing_can_be_written_is_refused_by_name(
    path: Path, store: Store, tmp_path: Path
) -> None:
    with pytest.raises(StateError, match=r"none/copy\.db.* cannot be opened"):
        backup(path, tmp_path / "none" / "copy.db")


def test_a_copy_that_is_made_while_a_run_writes_is_of_one_moment(
    path: Path, store: Store, tmp_path: Path
) -> None:
    """The writer always stores two items together: no copy has one without the other."""
    stop = threading.Event()

    def write() -> None:
        writer = Store(f"sqlite:///{path}")
        number = 0
        while not stop.is_set():
            number += 1
            text = {"description": "x" * 3000}
            pair = [Item(f"{end}{number}", text) for end in "xy"]
            writer.accept("shop", Accepted(pair, []))
        writer.close()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        for number in range(8):
            target = tmp_path / f"copy{number}.db"
            backup(path, target)
            items = loaded(target).items
            assert {one[1:] for one in items if one[0] == "x"} == {
                one[1:] for one in items if one[0] == "y"
            }
    finally:
        stop.set()
        thread.join()


def test_a_damaged_state_is_not_copied_as_if_it_were_sound(
    path: Path, store: Store, tmp_path: Path
) -> None:
    store.close()
    break_pages(path)
    with pytest.raises(StateError, match=r"damaged|cannot be read|not a state"):
        backup(path, tmp_path / "copy.db")
    assert sorted(one.name for one in tmp_path.glob("copy*")) == []


def break_pages(path: Path) -> None:
    """Overwrites every page but the first."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\x5a" * (size - 4096))


# Put back.


def test_a_backup_is_put_back_and_what_was_there_is_kept(path: Path, store: Store) -> None:
    before = store.load("shop", FIELDS)
    target = path.with_name("monday.db")
    backup(path, target)
    store.accept("shop", Accepted([Item("c3")], [], ["a1", "b2", "c3"]))
    later = store.load("shop", FIELDS)
    kept = restore(path, target, AT)
    store.close()
    assert loaded(path) == before
    assert kept == path.with_name("state.db.old-20260102T030405Z")
    assert loaded(kept) == later
    assert mode(path) == mode(kept) == 0o600
    assert not path.with_name("state.db.new").exists()


def test_a_backup_is_put_back_where_the_state_is_lost_or_broken(path: Path, store: Store) -> None:
    target = path.with_name("monday.db")
    backup(path, target)
    before = store.load("shop", FIELDS)
    store.close()
    break_pages(path)
    broken = path.read_bytes()
    kept = restore(path, target, AT)
    assert kept is not None
    assert kept.read_bytes() == broken
    assert loaded(path) == before
    path.unlink()
    kept.unlink()
    assert restore(path, target, AT) is None
    assert loaded(path) == before


def test_nothing_is_put_in_the_place_of_the_state_that_is_none(
    path: Path, store: Store, tmp_path: Path
) -> None:
    notes, other, newer = (tmp_path / name for name in ("notes.txt", "other.db", "newer.db"))
    notes.write_text("mine" * 999)
    sql(other, "CREATE TABLE mine (x)")
    backup(path, newer)
    sql(newer, "UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    for source, why in (
        (notes, r"notes\.txt is not a state database"),
        (other, r"other\.db is no backup of a state"),
        (newer, r"made by a newer onebacklog"),
        (tmp_path / "none.db", r"none\.db is not there"),
    ):
        with pytest.raises(StateError, match=why):
            restore(path, source, AT)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("state.db.old*"))


LATER = (
    *("unmoved", "inbox", "fence", "pace", "pulse", "finding", "standing", "digest", "pair"),
    "watched",
)
"""Tables that later versions brought."""


def test_a_backup_from_before_an_update_is_put_back_and_brought_up_to_date(tmp_path: Path) -> None:
    old, path = tmp_path / "old.db", tmp_path / "state.db"
    one = Store(f"sqlite:///{old}")
    one.migrate()
    one.close()
    sql(
        old,
        "DROP INDEX run_backlog",
        *(f"DROP TABLE {table}" for table in LATER),
        "DROP TABLE failing",
        "ALTER TABLE run DROP COLUMN undoes",
        "ALTER TABLE link DROP COLUMN undone",
        "ALTER TABLE release_link DROP COLUMN undone",
        "UPDATE alembic_version SET version_num = '0002'",
        """INSERT INTO item VALUES ('shop', 'a1', '{"title":"Pay"}')""",
    )
    assert verify(f"sqlite:///{old}", SCHEMAS) == []
    restore(path, old, AT)
    assert loaded(path).items["a1"].title == "Pay"


# Sound or not.


def test_a_sound_state_has_no_faults_and_no_flaws_and_is_left_as_it_is(
    path: Path, store: Store
) -> None:
    store.close()
    before = path.read_bytes()
    assert faults(path) == []
    assert faults(path, quick=True) == []
    be_sound(path)
    assert verify(f"sqlite:///{path}", SCHEMAS) == []
    assert path.read_bytes() == before


def test_a_state_that_is_not_there_is_sound_for_a_first_run(path: Path) -> None:
    be_sound(path)
    assert not path.exists()


def test_a_damaged_state_stops_a_run_before_it_has_done_anything(path: Path, store: Store) -> None:
    store.close()
    break_pages(path)
    with pytest.raises(StateError, match=r"state\.db .*(verify|rebuild)"):
        be_sound(path)


def test_an_index_that_disagrees_with_its_table_is_found(path: Path, store: Store) -> None:
    store.close()
    sql(
        path,
        "PRAGMA writable_schema=ON",
        "DELETE FROM sqlite_master WHERE name = 'link_item'",
    )
    sql(path, "UPDATE link SET item = 'b2'", "PRAGMA writable_schema=ON")
    found = verify(f"sqlite:///{path}", SCHEMAS)
    assert found
    assert "state restore" in found[0].remedy or "rebuild" in found[0].remedy


BAD: dict[str, tuple[str, str]] = {
    "an item that is no JSON": (
        "UPDATE item SET \"values\" = '{' WHERE id = 'a1'",
        "item (shop, a1)",
    ),
    "a value of the wrong form": (
        """UPDATE item SET "values" = '{"labels": 7}' WHERE id = 'a1'""",
        "item (shop, a1): ValueError('expected a list of texts",
    ),
    "an order that is none": ("""UPDATE backlog SET "order" = '{}'""", "backlog (shop)"),
    "an item that is not in the order": (
        """UPDATE backlog SET "order" = '["a1"]'""",
        "shop: the item b2 is not in the order",
    ),
    "an item twice in the order": (
        """UPDATE backlog SET "order" = '["a1","b2","a1"]'""",
        "shop: the order has a1 twice",
    ),
    "an item in the order that is none": (
        """UPDATE backlog SET "order" = '["a1","b2","c3"]'""",
        "shop: the order has c3, which is no item",
    ),
    "a link to no item": (
        "UPDATE link SET item = 'c3' WHERE tracker = 'jira'",
        "shop: SHOP-7 on jira shows no item that is known",
    ),
    "two records of an item on one tracker": (
        "INSERT INTO link SELECT backlog, tracker, '10002', item, key, shown, behind, sent, "
        "refused, gone, undone FROM link WHERE tracker = 'jira'",
        "shop: 2 records on jira show the item a1",
    ),
    "a link whose record cannot be read": (
        "UPDATE link SET shown = '{}' WHERE tracker = 'jira'",
        "link (shop, jira, 10001): KeyError('twins')",
    ),
    "a link whose fields are none": (
        "UPDATE link SET sent = '[]' WHERE tracker = 'jira'",
        "link (shop, jira, 10001)",
    ),
    "a tracker's order that is none": (
        "UPDATE tracker SET order_seen = '[1]'",
        "tracker (shop, jira): ValueError('expected a list of ids')",
    ),
    "a time that is none": (
        "UPDATE tracker SET read_whole = 'yesterday'",
        "tracker (shop, jira): ValueError(",
    ),
    "a create that was begun at no time": (
        "INSERT INTO intent VALUES ('shop', 'jira', 'b2', 'soon', NULL)",
        "intent (shop, jira, b2)",
    ),
    "a release that is none": (
        "INSERT INTO release VALUES ('shop', 'v1', '[]')",
        "release (shop, v1)",
    ),
    "a link of a release to none": (
        "INSERT INTO release_link SELECT * FROM link WHERE tracker = 'jira'",
        "shop: SHOP-7 on jira shows no release that is known",
    ),
    "a verdict that is none": (
        "INSERT INTO pair VALUES ('shop', 'jira', '10001', 'a1', 'perhaps', 'now')",
        "pair (shop, jira, 10001, a1)",
    ),
    "a failure at no time": (
        "INSERT INTO failing VALUES ('shop', 'jira', 'a1', 'e', 'm', 'then', 'now', 1, NULL)",
        "failing (shop, jira, a1)",
    ),
    "a run whose counts are none": ("UPDATE run SET counts = '7'", "run (1)"),
    "a journal that cannot be read": (
        "UPDATE journal SET before = 'x' WHERE id = 1",
        "journal (1)",
    ),
    "a row that names none": (
        "UPDATE journal SET run = 99",
        "row 1 of journal names a run that is not there",
    ),
    "no version": ("DELETE FROM alembic_version", "the database has no version"),
    "a newer version": (
        "UPDATE alembic_version SET version_num = '9999'",
        "the database was made by a newer onebacklog (9999)",
    ),
}


@pytest.mark.parametrize(("statement", "says"), BAD.values(), ids=BAD)
def test_what_does_not_fit_together_is_said_with_its_place_and_a_remedy(
    path: Path, store: Store, statement: str, says: str
) -> None:
    store.close()
    sql(path, statement)
    before = path.read_bytes()
    found = verify(f"sqlite:///{path}", SCHEMAS)
    assert any(flaw.message.startswith(says) for flaw in found), found
    assert all("onebacklog" in flaw.remedy for flaw in found)
    assert path.read_bytes() == before


def test_other_backlogs_of_the_database_are_looked_at_too(path: Path, store: Store) -> None:
    store.accept("till", Accepted([Item("a1")], [], []))
    store.close()
    assert [flaw.message for flaw in verify(f"sqlite:///{path}", SCHEMAS)] == [
        "till: the item a1 is not in the order"
    ]


def test_a_sound_backlog_is_no_muddle(store: Store) -> None:
    backlog = store.load("shop", FIELDS)
    assert muddles(backlog) == []
    assert muddles(Backlog("shop")) == []


# Broken in any way: an error with a name and a remedy, and never a traceback.


def use(path: Path) -> None:
    """What a run does with a state."""
    one = Store(f"sqlite:///{path}")
    try:
        be_sound(path)
        one.migrate()
        muddles(one.load("shop", FIELDS))
        one.read_whole("shop")
        one.next_run("shop", 0)
        journal = Journal(one.engine)
        journal.runs("shop")
        journal.entries("shop")
    finally:
        one.close()


def refusal(path: Path) -> str:
    """Why the state is refused; empty where it is not. Whatever else is raised fails the test."""
    said = ""
    try:
        use(path)
    except StateError as error:
        said = str(error)
    for beside in BESIDE:
        Path(f"{path}{beside}").unlink(missing_ok=True)
    return said


def test_a_file_that_is_cut_anywhere_is_refused_unless_nothing_of_it_is_lost(
    path: Path, store: Store
) -> None:
    """Of the last page, what is cut may have been empty."""
    before = store.load("shop", FIELDS)
    store.close()
    whole = path.read_bytes()
    for size in range(1, len(whole), 1531):
        path.write_bytes(whole[:size])
        if said := refusal(path):
            assert str(path) in said
            assert "rebuild" in said
        else:
            assert len(whole) - size < 4096
            assert loaded(path) == before


def test_a_file_with_a_part_that_is_overwritten_is_refused_or_read(
    path: Path, store: Store
) -> None:
    store.close()
    whole, chance = path.read_bytes(), random.Random(7)
    said = []
    for _ in range(150):
        at, length = chance.randrange(len(whole)), chance.choice([1, 1, 16, 512, 4096])
        noise = chance.randbytes(length)
        path.write_bytes((whole[:at] + noise + whole[at + length :])[: len(whole)])
        said.append(refusal(path))
    refused = [one for one in said if one]
    assert len(refused) > 20
    assert all(str(path) in one and "onebacklog" in one for one in refused)


def test_what_a_database_says_of_itself_is_not_believed(path: Path, store: Store) -> None:
    store.close()
    whole = path.read_bytes()
    said = []
    for at in range(100):
        for value in (0, 0xFF):
            path.write_bytes(whole[:at] + bytes([value]) + whole[at + 1 :])
            said.append(refusal(path))
    assert len([one for one in said if one]) > 20


TABLES = ("backlog", "item", "link", "tracker", "run", "journal")


@pytest.mark.parametrize("table", TABLES)
def test_a_table_that_is_not_there_is_said(path: Path, store: Store, table: str) -> None:
    store.close()
    sql(path, "PRAGMA foreign_keys=OFF", f'DROP TABLE "{table}"')
    assert str(path) in refusal(path)
    try:
        said = " ".join(flaw.message for flaw in verify(f"sqlite:///{path}", SCHEMAS))
    except StateError as error:
        said = str(error)
    assert "no such table" in said or "row 1 of journal names a run" in said


# Where it cannot be written.


@pytest.mark.parametrize("place", ["/proc/none/state.db", "/dev/null/state.db"])
def test_a_place_that_cannot_be_written_is_said_with_the_remedy(place: str) -> None:
    one = Store(f"sqlite:///{place}")
    try:
        with pytest.raises(StateError, match=rf"{place} cannot be opened .*name another"):
            one.migrate()
        with (
            pytest.raises(StateError, match=r"state\.db(\.lock)? cannot be opened"),
            hold(f"sqlite:///{place}", 0),
        ):
            pass
    finally:
        one.close()


def test_a_folder_in_the_place_of_the_file_is_said(path: Path) -> None:
    path.mkdir()
    one = Store(f"sqlite:///{path}")
    with pytest.raises(StateError, match=r"state\.db cannot be opened \(Is a directory\)"):
        one.migrate()
    one.close()


FULL_DISK = """
    import resource, signal, sys
    from sync.state import Accepted, StateError, Store
    from sync.model import Item
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    store = Store(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
    try:
        store.migrate()
        store.accept("shop", Accepted([Item("z9", {"description": "x" * 900_000})], [], ["z9"]))
    except StateError as error:
        print(error)
"""


@pytest.mark.parametrize("room", [0, 20_000, 200_000])
def test_a_disk_without_room_is_said_and_nothing_is_half_stored(path: Path, room: int) -> None:
    """The kernel lets no file grow beyond the room: what a full disk does to a process."""
    if room > 100_000:
        one = Store(f"sqlite:///{path}")
        one.migrate()
        one.close()
    said = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(FULL_DISK), f"sqlite:///{path}", str(room)],
        capture_output=True,
        check=False,
        text=True,
        cwd=ROOT,
    )
    assert (said.returncode, said.stderr) == (0, "")
    assert str(path) in said.stdout
    if room > 100_000:
        assert loaded(path) == Backlog("shop")


# Several processes.

MIGRATES = """
    import sys
    from sync.state import Store
    store = Store(sys.argv[1])
    sys.stdin.readline()
    store.migrate()
    print("done")
"""


def test_processes_that_make_the_tables_at_once_all_find_them_made(path: Path) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(MIGRATES), f"sqlite:///{path}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate(timeout=60) for process in processes] == [("done\n", "")] * 4
    assert verify(f"sqlite:///{path}", SCHEMAS) == []


def test_a_lock_that_a_killed_process_left_is_no_lock(path: Path) -> None:
    lock = Path(f"{path}.lock")
    lock.write_text("12345")
    with hold(f"sqlite:///{path}", 0):
        pass


WRITES = """
    import os, sys
    from sync.state import Accepted, Store
    from sync.model import Item
    store = Store(sys.argv[1])
    number = 0
    while True:
        number += 1
        items = [Item(f"{end}{number}", {"description": "x" * 5000}) for end in "xy"]
        store.accept("shop", Accepted(items, []))
        print(number, flush=True)
"""


@pytest.mark.parametrize("after", [1, 7, 40])
def test_a_writer_that_is_killed_at_any_moment_leaves_a_sound_state(
    path: Path, store: Store, after: int
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITES), f"sqlite:///{path}"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert process.stdout is not None
    for _ in range(after):
        process.stdout.readline()
    process.kill()
    process.wait()
    process.stdout.close()
    be_sound(path)
    items = store.load("shop", FIELDS).items
    stored = {one[1:] for one in items if one[0] == "x"}
    assert stored == {one[1:] for one in items if one[0] == "y"}
    assert {str(number) for number in range(1, after + 1)} <= stored


def test_a_state_that_another_program_locks_is_said(path: Path, store: Store) -> None:
    impatient = sqlite3.connect(path, timeout=0, isolation_level=None)
    with (
        closing(impatient),
        store.engine.execution_options(alone=True).begin(),
        pytest.raises(StateError, match=r"state\.db cannot be used .*another program keeps it"),
        reading(path),
    ):
        impatient.execute("BEGIN IMMEDIATE")


SAID: dict[int, str] = {
    sqlite3.SQLITE_FULL: "there is no room left on its disk",
    sqlite3.SQLITE_CANTOPEN: "let this account read and write it",
    sqlite3.SQLITE_READONLY: "let this account read and write it",
    sqlite3.SQLITE_IOERR: "look after the disk first",
    sqlite3.SQLITE_IOERR | 10 << 8: "look after the disk first",
    sqlite3.SQLITE_CORRUPT: "is damaged",
    sqlite3.SQLITE_NOTADB: "is not a state database of onebacklog",
}


@pytest.mark.parametrize(("code", "says"), SAID.items())
def test_each_error_of_the_database_is_said_with_what_to_do_next(
    path: Path, code: int, says: str
) -> None:
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorcode = code
    with (
        pytest.raises(StateError, match=r"state\.db .*\(as SQLite says it\).*") as raised,
        reading(path),
    ):
        raise error
    assert says in str(raised.value)


def test_what_persons_decided_and_what_fails_is_sound_as_it_is_stored(
    path: Path, store: Store
) -> None:
    store.close()
    at = "2026-01-01T00:00:00+00:00"
    sql(
        path,
        "INSERT INTO pair VALUES ('shop', 'jira', '10001', 'a1', 'apart', 'AT')".replace("AT", at),
        "INSERT INTO failing VALUES ('shop', 'jira', 'a1', 'e', 'm', 'AT', 'AT', 8, NULL)".replace(
            "AT", at
        ),
        "INSERT INTO intent VALUES ('shop', 'files', 'b2', 'AT', NULL)".replace("AT", at),
        "INSERT INTO tracker VALUES ('shop', 'files', NULL, NULL, NULL, NULL)",
    )
    assert verify(f"sqlite:///{path}", SCHEMAS) == []
