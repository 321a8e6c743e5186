"""The state database: what is stored comes back, and what is none is refused; one writes."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config as AlembicConfig
from alembic.migration import MigrationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import inspect, text

import sync.state
from sync.backlog import Backlog, Failing, Link, Refusal, TrackerOrder
from sync.model import FIELDS, Criterion, Item, Shape, Value
from sync.state import (
    KILLED,
    Accepted,
    Answer,
    Busy,
    Entry,
    Journal,
    Run,
    StateError,
    Store,
    Told,
    Unwritable,
    hold,
)
from sync.state.database import looking
from sync.state.store import HEAD
from sync.state.tables import metadata
from sync.tracker import Intent, Record

NOW = "2026-01-01T00:00:00+00:00"


FULL = Item(
    "a1",
    {
        "title": "Größe \u202e\x00 'quoted'",
        "description": "One\n\nTwo\r",
        "acceptance_criteria": (Criterion("x", True), Criterion("y")),
        "labels": frozenset({"ui", "api"}),
        "estimate": 2.5,
        "parent": "b2",
    },
)
RECORD = Record(
    id="10001",
    key="SHOP-7",
    version="3",
    shown={
        "title": "Größe",
        "labels": ["a"],
        "acceptance_criteria": [["x", True]],
        "estimate": None,
    },
    url="https://x.example/browse/SHOP-7",
    held={"raw": [1, {"two": None}]},
    mark="a1",
    twins=frozenset({"acme/shop#12", "acme/shop#3"}),
    updated_at=NOW,
    updated_by="ada",
    restricted=True,
)
LINK = Link(
    "a1",
    "jira",
    RECORD,
    behind={"title": "Grösse", "labels": None},
    sent={"title": "Größe", "labels": ["a"]},
    refused={"priority": Refusal(sent="High", why="not on the screen", version="3")},
    gone="moved",
    undone={"estimate": 7},
)


def test_all_that_is_stored_comes_back(store: Store) -> None:
    orders = {"jira": TrackerOrder(("10001",), ("a1",)), "files": TrackerOrder()}
    store.accept("shop", Accepted([FULL, Item("b2")], [LINK], ["a1", "b2"], orders))
    store.save_tracker("shop", "jira", cursor="c1")
    store.begin("shop", "github", 0, [], {"a1": Intent(NOW, "7"), "b2": Intent(NOW)})
    assert store.load("shop", FIELDS) == Backlog(
        name="shop",
        schema=FIELDS,
        items={"a1": FULL, "b2": Item("b2")},
        order=("a1", "b2"),
        links={"jira": {"10001": LINK}},
        orders=orders,
        intents={"github": {"a1": Intent(NOW, "7"), "b2": Intent(NOW)}},
        cursors={"jira": "c1"},
    )


def test_a_backlog_that_was_never_stored_is_empty(store: Store) -> None:
    assert store.load("shop", FIELDS) == Backlog("shop")
    assert store.read_whole("shop") == {}


def test_two_backlogs_of_one_database_do_not_mix(store: Store) -> None:
    store.accept("shop", Accepted([FULL], [LINK], ["a1"], {"jira": TrackerOrder(("1",))}))
    store.save_tracker("shop", "jira", cursor="c1", read_whole=NOW)
    store.begin("shop", "jira", 0, [], {"a1": Intent(NOW)})
    before = store.load("shop", FIELDS)
    assert store.load("till", FIELDS) == Backlog("till")
    other = replace(LINK, gone=None)
    store.accept("till", Accepted([Item("a1")], [other], ["a1"], {"jira": TrackerOrder(("2",))}))
    store.save_tracker("till", "jira", cursor="c2")
    store.begin("till", "jira", 0, [], {"a1": Intent(NOW)})
    store.answer("till", Answer("jira", "a1", unmade=True))
    assert store.load("shop", FIELDS) == before
    assert (store.read_whole("shop"), store.read_whole("till")) == ({"jira": NOW}, {})


def test_what_is_stored_again_takes_the_place_of_what_was(store: Store) -> None:
    store.accept("shop", Accepted([FULL], [LINK], ["a1"], {"jira": TrackerOrder(("1",))}))
    later = replace(LINK, record=replace(RECORD, key="NEW-1"), gone=None)
    store.accept(
        "shop",
        Accepted([Item("a1", {"title": "Pay"})], [later], ["b2", "a1"], {"jira": TrackerOrder()}),
    )
    backlog = store.load("shop", FIELDS)
    assert backlog.items == {"a1": Item("a1", {"title": "Pay"})}
    assert backlog.order == ("b2", "a1")
    assert backlog.links == {"jira": {"10001": later}}
    assert backlog.orders == {"jira": TrackerOrder()}


def test_an_order_that_is_not_given_stays(store: Store) -> None:
    store.accept("shop", Accepted([], [], ["a1"]))
    store.accept("shop", Accepted([FULL], []))
    assert store.load("shop", FIELDS).order == ("a1",)


def test_values_of_fields_that_are_no_longer_declared_are_left_out(store: Store) -> None:
    store.accept("shop", Accepted([FULL], []))
    [item] = store.load("shop", {"title": Shape.LINE}).items.values()
    assert item.values == {"title": FULL.title}


def test_an_item_has_one_link_on_each_tracker_and_a_record_one_item(store: Store) -> None:
    moved = replace(LINK, record=replace(RECORD, id="10002"))
    elsewhere = replace(LINK, tracker="github")
    store.accept("shop", Accepted([], [LINK, elsewhere]))
    store.answer("shop", Answer("jira", moved.item, moved))
    assert store.load("shop", FIELDS).links == {
        "jira": {"10002": moved},
        "github": {"10001": elsewhere},
    }
    taken = replace(moved, item="b2")
    store.answer("shop", Answer("jira", taken.item, taken))
    assert store.load("shop", FIELDS).links["jira"] == {"10002": taken}


def test_a_link_ends_the_intent_of_its_item_on_its_tracker_alone(store: Store) -> None:
    both = {"a1": Intent(NOW), "b2": Intent(NOW)}
    store.begin("shop", "jira", 0, [], both)
    store.begin("shop", "github", 0, [], both)
    store.answer("shop", Answer("jira", LINK.item, LINK))
    assert store.load("shop", FIELDS).intents == {"jira": {"b2": Intent(NOW)}, "github": both}


def test_an_intent_that_is_dropped_is_gone_and_one_that_is_saved_again_is_one(
    store: Store,
) -> None:
    store.begin("shop", "jira", 0, [], {"a1": Intent(NOW), "b2": Intent(NOW)})
    store.begin("shop", "jira", 0, [], {"a1": Intent(NOW, "9")})
    for item in ("b2", "c3"):
        store.answer("shop", Answer("jira", item, unmade=True))
    assert store.load("shop", FIELDS).intents == {"jira": {"a1": Intent(NOW, "9")}}


def test_of_a_tracker_only_what_is_given_is_changed(store: Store) -> None:
    store.save_tracker("shop", "jira", cursor="c1", order=TrackerOrder(("1",), ("a1",)))
    store.save_tracker("shop", "jira", read_whole=NOW)
    store.save_tracker("shop", "jira", cursor="c2")
    store.save_tracker("shop", "jira")
    backlog = store.load("shop", FIELDS)
    assert backlog.cursors == {"jira": "c2"}
    assert backlog.orders == {"jira": TrackerOrder(("1",), ("a1",))}
    assert store.read_whole("shop") == {"jira": NOW}


def test_what_a_run_takes_over_is_stored_whole_or_not_at_all(store: Store) -> None:
    store.accept("shop", Accepted([FULL], [LINK], ["a1"]))
    before = store.load("shop", FIELDS)
    bad = replace(LINK, record=replace(RECORD, held=object()))
    with pytest.raises(TypeError):
        store.accept("shop", Accepted([Item("b2")], [bad], ["b2"]))
    assert store.load("shop", FIELDS) == before


WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | WORDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(WORDS, inner, max_size=2),
    max_leaves=4,
)
BY_SHAPE: dict[Shape, st.SearchStrategy[Value]] = {
    Shape.LINE: st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6),
    Shape.TEXT: WORDS,
    Shape.NUMBER: st.floats(allow_nan=False, allow_infinity=False),
    Shape.SET: st.frozensets(WORDS, max_size=2),
    Shape.CRITERIA: st.lists(st.builds(Criterion, WORDS, st.booleans()), max_size=2).map(tuple),
    Shape.ITEM: st.just("b2"),
    Shape.ITEMS: st.frozensets(st.just("b2")),
    Shape.DATE: st.dates().map(str),
}
ITEMS = st.fixed_dictionaries(
    {}, optional={name: BY_SHAPE[shape] for name, shape in FIELDS.items()}
).map(lambda values: Item("a1", values))
NAMES = WORDS.map(lambda words: words.replace("\0", ""))
"""What stands in a column of its own, where PostgreSQL can hold no NUL."""
RECORDS = st.builds(
    Record,
    st.just("10001"),
    NAMES,
    WORDS,
    st.dictionaries(WORDS, JSON, max_size=3),
    st.none() | WORDS,
    JSON,
    st.none() | WORDS,
    st.frozensets(WORDS, max_size=2),
    st.none() | WORDS,
    st.none() | WORDS,
    st.booleans(),
)
FIELD_VALUES = st.dictionaries(WORDS, JSON, max_size=2)
REFUSED = st.dictionaries(WORDS, st.builds(Refusal, JSON, WORDS, WORDS), max_size=2)
LINKS = st.builds(
    Link,
    st.just("a1"),
    NAMES,
    RECORDS,
    FIELD_VALUES,
    FIELD_VALUES,
    REFUSED,
    st.none() | NAMES,
    st.dictionaries(WORDS, st.integers(1, 9), max_size=2),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(ITEMS, LINKS)
def test_any_item_and_any_link_come_back(store: Store, item: Item, link: Link) -> None:
    store.accept("shop", Accepted([item], [link]))
    backlog = store.load("shop", FIELDS)
    assert backlog.items == {"a1": item}
    assert backlog.links[link.tracker] == {link.record.id: link}


# The journal.


def entry(item: str, **attributes: object) -> Entry:
    usual = Entry(NOW, "jira", item, "SHOP-7", "update", "labels", ["a"], None, "github changed it")
    return replace(usual, **attributes)  # type: ignore[arg-type]


def test_a_run_is_listed_from_its_beginning_the_newest_first(store: Store) -> None:
    journal = Journal(store.engine)
    other = journal.begin("till", NOW, {})
    first = journal.begin("shop", NOW, {"update": 2})
    journal.end(first, "2026-01-01T00:01:00+00:00", "done")
    second = journal.begin("shop", NOW, {}, 1)
    assert journal.runs("shop") == [
        Run(second, "shop", NOW, None, None, {}, 1),
        Run(first, "shop", NOW, "2026-01-01T00:01:00+00:00", "done", {"update": 2}),
    ]
    assert [run.id for run in journal.runs("shop", limit=1)] == [second]
    assert [run.id for run in journal.runs("till")] == [other]


def test_entries_are_found_by_run_and_by_item_the_newest_first(store: Store) -> None:
    journal = Journal(store.engine)
    first, second = journal.begin("shop", NOW, {}), journal.begin("shop", NOW, {})
    other = journal.begin("till", NOW, {})
    failed = entry("b2", outcome="failed", error="no answer", key=None, field=None, before={"x": 1})
    journal.write(first, [entry("a1"), failed])
    journal.write(second, [entry("a1", after="after")])
    journal.write(other, [entry("a1")])
    journal.write(first, [])
    one, two = entry("a1", run=first), replace(failed, run=first)
    three = entry("a1", after="after", run=second)
    assert journal.entries("shop") == [three, two, one]
    assert journal.entries("shop", run=first) == [two, one]
    assert journal.entries("shop", item="a1") == [three, one]
    assert journal.entries("shop", run=first, item="a1") == [one]
    assert journal.entries("shop", limit=1) == [three]
    assert journal.entries("till", run=first) == []


def test_a_run_that_never_ended_was_killed_once_another_begins(store: Store) -> None:
    journal = Journal(store.engine)
    run = journal.begin("shop", NOW, {})
    journal.begin("till", NOW, {})  # another backlog's runs go side by side with it
    assert journal.runs("shop") == [Run(run, "shop", NOW, None, None, {})]
    journal.begin("shop", NOW, {})
    killed = Run(run, "shop", NOW, None, KILLED, {})
    assert journal.runs("shop")[1] == killed
    assert journal.run("shop", run) == killed
    assert journal.run("till", run) is None


def test_what_was_begun_is_told_its_end_together_with_the_link(store: Store) -> None:
    journal = Journal(store.engine)
    run = journal.begin("shop", NOW, {})
    begun = [
        entry("a1", field=name, key=None, outcome="begun") for name in ("title", "due", "kind")
    ]
    numbers = store.begin("shop", "jira", run, begun)
    assert [one.outcome for one in journal.entries("shop")] == ["begun"] * 3
    told = [
        Told(numbers[0], "done", None, "SHOP-9"),
        Told(numbers[1], "refused", "not on the screen", "SHOP-9"),
        Told(numbers[2], "failed", "no answer"),
    ]
    store.answer("shop", Answer("jira", "a1", LINK, told))
    ends = [(one.field, one.outcome, one.error, one.key) for one in journal.entries("shop")[::-1]]
    assert ends == [
        ("title", "done", None, "SHOP-9"),
        ("due", "refused", "not on the screen", "SHOP-9"),
        ("kind", "failed", "no answer", None),
    ]
    assert store.load("shop", FIELDS).links == {"jira": {"10001": LINK}}


def test_a_key_that_was_known_stays_where_the_answer_gives_none(store: Store) -> None:
    journal = Journal(store.engine)
    numbers = journal.write(journal.begin("shop", NOW, {}), [entry("a1"), entry("b2")])
    journal.settle([Told(numbers[0], "failed"), Told(numbers[1], "done", key="SHOP-9")])
    assert [one.key for one in journal.entries("shop")] == ["SHOP-9", "SHOP-7"]


def test_link_and_journal_never_disagree(store: Store) -> None:
    journal = Journal(store.engine)
    [number] = store.begin("shop", "jira", journal.begin("shop", NOW, {}), [entry("a1")])
    with store.engine.begin() as connection:
        connection.execute(text("DROP TABLE journal"))
    with pytest.raises(Unwritable):
        store.answer("shop", Answer("jira", "a1", LINK, [Told(number, "failed")]))
    assert store.load("shop", FIELDS).links == {}


def test_what_killed_runs_left_open_is_found_and_that_of_others_is_not(store: Store) -> None:
    journal = Journal(store.engine)
    ended = journal.begin("shop", NOW, {})
    journal.write(ended, [entry("a1", outcome="begun")])
    journal.end(ended, NOW, "failed")
    killed = journal.begin("shop", NOW, {})
    [open, _] = journal.write(killed, [entry("b2", outcome="begun"), entry("b2")])
    other = journal.begin("till", NOW, {})
    [elsewhere] = journal.write(other, [entry("c3", outcome="begun")])
    journal.begin("till", NOW, {})
    running = journal.begin("shop", NOW, {})
    journal.write(running, [entry("d4", outcome="begun")])
    assert [(one.id, one.item) for one in journal.open("shop")] == [(open, "b2")]
    assert [(one.id, one.item) for one in journal.open("till")] == [(elsewhere, "c3")]
    journal.settle([Told(open, "lost")])
    journal.settle([])
    assert journal.open("shop") == []


def test_a_run_takes_over_what_killed_runs_and_the_last_one_owe_and_nothing_else(
    store: Store,
) -> None:
    journal = Journal(store.engine)
    owed = entry("a1", action="lead", field=None, outcome="begun")
    old = journal.begin("shop", NOW, {})
    journal.write(old, [replace(owed, item="old")])
    journal.end(old, NOW, "done")
    killed = journal.begin("shop", NOW, {})
    journal.write(killed, [replace(owed, item="killed"), entry("edit", outcome="begun")])
    till = journal.begin("till", NOW, {})
    journal.write(till, [replace(owed, item="till")])
    last = journal.begin("shop", NOW, {})
    journal.write(last, [replace(owed, item="last"), replace(owed, item="was", outcome="done")])
    journal.end(last, NOW, "failed")
    journal.begin("till", NOW, {})  # the one before was killed too
    run = journal.begin("shop", NOW, {})
    journal.write(run, [replace(owed, item="own"), entry("edit", outcome="begun")])
    journal.take_leads("shop", run, last)
    assert [one.item for one in journal.leads(run)] == ["killed", "last", "own"]
    assert [one.item for one in journal.leads(old)] == ["old"]
    assert [one.item for one in journal.leads(till)] == ["till"]
    assert [one.item for one in journal.leads(killed) + journal.leads(last)] == []


FAILING = Failing("abc", "no answer", NOW, NOW, 2, None)


def test_an_edit_that_fails_is_remembered_until_one_succeeds_or_nobody_wants_it(
    store: Store,
) -> None:
    for item in ("a1", "b2"):
        store.answer("shop", Answer("jira", item, failing=FAILING))
    store.answer("shop", Answer("github", "a1", failing=FAILING))
    later = replace(FAILING, tries=3, next=NOW)
    store.answer("shop", Answer("jira", "a1", failing=later))
    both = {"jira": {"a1": later, "b2": FAILING}, "github": {"a1": FAILING}}
    assert store.load("shop", FIELDS).failing == both
    store.answer("shop", Answer("jira", "a1", replace(LINK)))
    store.accept("shop", Accepted([], [], mended=[("github", "a1")]))
    assert store.load("shop", FIELDS).failing == {"jira": {"b2": FAILING}}


def test_a_move_that_fails_is_remembered_beside_the_items_edits(store: Store) -> None:
    store.answer("shop", Answer("jira", "a1", failing=FAILING))
    store.save_moves("shop", "jira", [], {"a1": replace(FAILING, tries=2), "b2": FAILING})
    store.save_moves("shop", "jira", [], {"b2": None})
    known = store.load("shop", FIELDS)
    assert known.failing == {"jira": {"a1": FAILING}}
    assert known.unmoved == {"jira": {"a1": replace(FAILING, tries=2)}}
    store.accept("shop", Accepted([], [], moved=[("jira", "a1")]))
    assert store.load("shop", FIELDS).unmoved == {}


@pytest.mark.parametrize("lock", [False, True], ids=["full", "locked"])
def test_a_state_that_cannot_be_written_says_so_and_what_to_do(
    file_store: Store, lock: bool
) -> None:
    store = file_store
    store.accept("shop", Accepted([FULL], []))
    other = Store(f"sqlite:///{store.path}")
    with store.engine.connect() as connection:
        size = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(
            text("PRAGMA busy_timeout=0" if lock else f"PRAGMA max_page_count={size}")
        )
    with other.engine.connect() as rival:
        if lock:
            rival.execute(text("DELETE FROM intent"))
        long = replace(FULL, values={"title": "x" * 100_000})
        with pytest.raises(Unwritable, match=r"state\.db cannot be written .*(full|locked).*again"):
            store.accept("shop", Accepted([long], []))
        if lock:
            rival.rollback()
    other.close()
    assert store.load("shop", FIELDS).items == {"a1": FULL}


# Files.


@pytest.mark.parametrize("existing", [False, True], ids=["no file", "an empty file"])
def test_a_new_file_is_made_into_a_state(file_url: str, existing: bool) -> None:
    store = Store(file_url)
    assert store.path
    if existing:
        store.path.touch()
    assert store.exists() is existing
    store.migrate()
    assert store.exists()
    store.close()


def test_the_migrations_make_the_tables_as_they_are_known(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        found = inspect(connection)
        keys = {
            name: found.get_pk_constraint(name)["constrained_columns"] for name in metadata.tables
        }
    assert keys == {
        name: [c.name for c in table.primary_key.columns] for name, table in metadata.tables.items()
    }


def test_a_folder_that_is_not_there_is_made(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'new' / 'deep' / 'state.db'}")
    store.migrate()
    assert store.load("shop", FIELDS) == Backlog("shop")
    store.close()


def test_migrating_again_keeps_everything(store: Store, url: str) -> None:
    store.accept("shop", Accepted([FULL], [LINK], ["a1"]))
    before = store.load("shop", FIELDS)
    store.migrate()
    again = Store(url)
    again.migrate()
    assert again.load("shop", FIELDS) == before
    again.close()


def test_a_file_that_is_no_database_is_refused_by_name_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to be looked at " * 20)
    before = path.read_bytes()
    store = Store(f"sqlite:///{path}")
    with pytest.raises(StateError, match=r"notes\.txt is not a state database of onebacklog"):
        store.migrate()
    store.close()
    assert path.read_bytes() == before


def test_a_database_of_something_else_is_refused_by_name_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE item (name TEXT)")
    connection.close()
    store = Store(f"sqlite:///{path}")
    with pytest.raises(StateError, match=r"other\.db is not a state database"):
        store.migrate()
    assert inspect(store.engine).get_table_names() == ["item"]
    store.close()


def test_a_state_of_a_newer_version_is_refused_with_the_remedy(store: Store) -> None:
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StateError, match=r"was made by a newer onebacklog .*update this"):
        store.migrate()


def test_a_state_without_a_version_is_refused_rather_than_made_anew(store: Store) -> None:
    store.accept("shop", Accepted([FULL], []))
    with store.engine.begin() as connection:
        connection.execute(text("DELETE FROM alembic_version"))
    with pytest.raises(StateError):
        store.migrate()
    assert list(store.load("shop", FIELDS).items) == ["a1"]


def test_the_newest_migration_is_the_one_that_the_store_looks_for(store: Store) -> None:
    with store.engine.connect() as connection:
        [version] = connection.execute(text("SELECT version_num FROM alembic_version")).scalars()
    assert version == HEAD


def test_a_state_without_a_name_is_kept_here() -> None:
    store = Store("sqlite://")
    assert store.path == Path("onebacklog.db")
    store.close()


# Processes.

HOLDS = """
import sys, time
from sync.state import hold
with hold(sys.argv[1], 0):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(url: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the state."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, url],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_while_one_process_holds_the_state_no_other_may(
    url: str, holder: subprocess.Popen[str]
) -> None:
    with (
        pytest.raises(Busy, match=r"another onebacklog is writing .*(state\.db|127\..*); .*--wait"),
        hold(url, 0),
    ):
        pass
    assert holder.poll() is None


def test_a_process_that_is_killed_lets_the_state_go(
    url: str, holder: subprocess.Popen[str]
) -> None:
    os.kill(holder.pid, signal.SIGKILL)
    holder.wait()
    with hold(url, 0):
        pass


def test_a_process_that_waits_gets_the_state_when_the_other_ends(
    url: str, holder: subprocess.Popen[str]
) -> None:
    holder.terminate()
    with hold(url, 10):
        pass


def test_a_state_that_was_let_go_may_be_held_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new' / 'state.db'}"
    for _ in range(2):
        with hold(url, 0):
            pass
    with pytest.raises(ZeroDivisionError), hold(url, 0):
        _ = 1 // 0
    with hold(url, 0):
        pass


def test_a_reader_sees_one_moment(store: Store, url: str) -> None:
    store.accept("shop", Accepted([FULL], [], ["a1"]))
    reader = Store(url)
    with looking(reader.engine) as reading:
        query = text("SELECT count(*) FROM item")
        assert reading.execute(query).scalar_one() == 1
        store.accept("shop", Accepted([Item("b2")], [], ["a1", "b2"]))
        assert reading.execute(query).scalar_one() == 1
    assert list(reader.load("shop", FIELDS).items) == ["a1", "b2"]
    reader.close()


def test_a_dry_run_reads_while_another_writes(store: Store, url: str) -> None:
    store.accept("shop", Accepted([FULL], [], ["a1"]))
    reader = Store(url)
    with store.engine.begin() as writing:
        writing.execute(text("DELETE FROM item"))
        assert list(reader.load("shop", FIELDS).items) == ["a1"]
    assert reader.load("shop", FIELDS).items == {}
    reader.close()


def test_what_is_stored_survives_a_power_cut(file_store: Store) -> None:
    with file_store.engine.connect() as connection:
        modes = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        }
    assert modes == {
        "journal_mode": "wal",
        "synchronous": 2,  # FULL
        "foreign_keys": 1,
        "busy_timeout": 10_000,
    }


def test_a_state_from_before_releases_is_brought_up_to_date_and_keeps_all(url: str) -> None:
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(sync.state.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    one = Store(url)
    with one.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("""INSERT INTO item VALUES ('shop', 'a1', '{"title":"Pay"}')"""))
    one.migrate()
    backlog = one.load("shop", FIELDS)
    one.close()
    assert backlog.items["a1"].title == "Pay"
    assert (backlog.releases, backlog.release_links) == ({}, {})
