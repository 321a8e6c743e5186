"""The state on PostgreSQL: what goes wrong there is said with what to do, and without a secret."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from sync.model import FIELDS, Item
from sync.state import Accepted, Journal, StateError, Store, Unwritable, hold
from sync.state.database import looking
from sync.state.store import HEAD
from sync.state.transaction import transaction
from sync.state.verify import verify
from tests.postgres import Server
from tests.sync.state.test_care import BAD, SCHEMAS, fill
from tests.sync.state.test_store import FULL, LINK, entry

ROOT = Path(__file__).parents[3]
UNREACHED = "see that it runs and is reached from here, that the database is made"


@pytest.fixture
def store(postgres_url: str) -> Store:
    one = Store(postgres_url)
    one.migrate()
    fill(one)
    one.close()
    return one


def refusal(url: str) -> str:
    """What is said at the first use, and at the first write."""
    said = set[str]()
    tries: list[Callable[[Store], object]] = [
        lambda store: store.migrate(),
        lambda store: store.load("shop", FIELDS),
        lambda store: store.exists(),
        lambda _: hold(url, 0).__enter__(),
    ]
    for attempt in tries:
        one = Store(url)
        with pytest.raises(StateError) as raised:
            attempt(one)
        one.close()
        said.add(str(raised.value))
    assert len(said) == 1
    return said.pop()


def test_a_server_that_does_not_answer_is_said(postgres: Server) -> None:
    said = refusal(f"postgresql://ada@127.0.0.1:1/shop?application_name={'x' * 10}")
    assert said.startswith("the PostgreSQL database shop on 127.0.0.1:1 cannot be used (")
    assert UNREACHED in said


def test_a_database_that_is_not_made_is_said(postgres: Server) -> None:
    assert 'database "nowhere" does not exist' in refusal(postgres.url("nowhere"))


def test_a_password_that_is_missing_or_wrong_is_said_and_never_shown(
    postgres: Server, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = postgres_url.rsplit("/", 1)[1]
    postgres.execute(
        "DROP ROLE IF EXISTS guarded",
        "CREATE ROLE guarded LOGIN PASSWORD 'right-s3cret'",
        f"ALTER DATABASE {name} OWNER TO guarded",
    )
    url = postgres.url(name, "guarded")
    monkeypatch.delenv("PGPASSWORD", raising=False)
    assert "no password supplied" in refusal(url)
    monkeypatch.setenv("PGPASSWORD", "wrong-s3cret")
    said = refusal(url)
    assert "password authentication failed" in said
    assert "its password is taken from PGPASSWORD" in said
    assert "s3cret" not in said
    monkeypatch.setenv("PGPASSWORD", "right-s3cret")
    one = Store(url)
    one.migrate()
    assert one.exists()
    one.close()


def test_the_password_may_be_in_a_file(postgres: Server, postgres_url: str, tmp_path: Path) -> None:
    name = postgres_url.rsplit("/", 1)[1]
    postgres.execute(
        "DROP ROLE IF EXISTS guarded",
        "CREATE ROLE guarded LOGIN PASSWORD 'filed'",
        f"ALTER DATABASE {name} OWNER TO guarded",
    )
    file = tmp_path / "pgpass"
    file.write_text("*:*:*:guarded:filed\n")
    file.chmod(0o600)
    one = Store(f"{postgres.url(name, 'guarded')}?passfile={file}")
    one.migrate()
    assert one.exists()
    one.close()


def test_an_account_that_may_make_no_tables_is_told_so(postgres: Server, postgres_url: str) -> None:
    name = postgres_url.rsplit("/", 1)[1]
    postgres.execute("DROP ROLE IF EXISTS reader", "CREATE ROLE reader LOGIN")
    postgres.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC", database=name)
    one = Store(postgres.url(name, "reader"))
    with pytest.raises(StateError, match="let this account use and create tables in its schema"):
        one.migrate()
    one.close()


def test_a_standby_is_not_written(postgres: Server, store: Store, postgres_url: str) -> None:
    name = postgres_url.rsplit("/", 1)[1]
    postgres.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    with pytest.raises(Unwritable, match="name the primary server, and not a standby, and apply"):
        store.accept("shop", Accepted([Item("c3")], []))
    assert "a1" in store.load("shop", FIELDS).items
    store.close()


def test_a_server_that_goes_within_a_write_leaves_nothing_half_stored(
    postgres: Server, store: Store, postgres_url: str
) -> None:
    name = postgres_url.rsplit("/", 1)[1]
    store.load("shop", FIELDS)

    def write() -> None:
        with transaction(store.engine) as connection:
            connection.execute(text("DELETE FROM item"))
            postgres.end_sessions(name)
            connection.execute(text("DELETE FROM link"))

    with pytest.raises(Unwritable, match=rf"the PostgreSQL database {name} on .* and apply again"):
        write()
    assert set(store.load("shop", FIELDS).items) == {"a1", "b2"}
    store.accept("shop", Accepted([Item("c3")], []))
    store.close()


def test_a_lock_whose_session_the_server_ends_is_let_go_quietly(
    postgres: Server, postgres_url: str
) -> None:
    name = postgres_url.rsplit("/", 1)[1]
    with hold(postgres_url, 0, "shop"):
        postgres.end_sessions(name)
    with hold(postgres_url, 5, "shop"):
        pass


@pytest.mark.parametrize(
    "setting",
    [
        "tcp_keepalives_idle",
        "tcp_user_timeout",
        "idle_in_transaction_session_timeout",
        "synchronous_commit",
    ],
)
def test_the_server_is_told_how_to_treat_us(store: Store, setting: str) -> None:
    asked = {
        "tcp_keepalives_idle": "3",
        "tcp_user_timeout": "6000",  # ms; it ends what keepalives ask for, not their count
        "idle_in_transaction_session_timeout": "1min",
        "synchronous_commit": "on",
    }
    with looking(store.engine) as connection:
        assert connection.execute(text(f"SHOW {setting}")).scalar_one() == asked[setting]
    store.close()


def test_what_the_address_says_of_the_session_is_kept(postgres: Server, postgres_url: str) -> None:
    name = postgres_url.rsplit("/", 1)[1]
    postgres.execute("CREATE SCHEMA ours", database=name)
    one = Store(f"{postgres_url}?options=-csearch_path%3Dours&connect_timeout=9")
    one.migrate()
    one.close()
    made = "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'ours'"
    assert postgres.execute(made, database=name)[0][0] > 10


def test_a_text_that_postgresql_cannot_hold_is_stored_as_near_as_can_be(store: Store) -> None:
    odd = entry("a1", key="a\0b", error="not\0this", before="\0")
    run = store.load("shop", FIELDS).last_run
    store.begin("shop", "jira", run, [odd])
    (found, *_) = Journal(store.engine).entries("shop")
    assert (found.key, found.error, found.before) == ("a\ufffdb", "not\ufffdthis", "\0")
    store.close()


MIGRATES = """
import sys
from sync.state import Store
store = Store(sys.argv[1])
sys.stdin.readline()
store.migrate()
print("done")
store.close()
"""


def test_processes_that_make_the_tables_at_once_all_find_them_made(postgres_url: str) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", MIGRATES, postgres_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for _ in range(3)
    ]
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    assert [process.communicate(timeout=120) for process in processes] == [("done\n", "")] * 3
    assert verify(postgres_url, SCHEMAS) == []
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]


# Sound or not.


def test_a_database_without_tables_is_none_yet_and_stays_so(postgres_url: str) -> None:
    one = Store(postgres_url)
    assert not one.exists()
    one.close()
    with pytest.raises(StateError, match="holds no state; the first apply makes it"):
        verify(postgres_url, SCHEMAS)


def test_a_sound_state_has_no_flaws(store: Store, postgres_url: str) -> None:
    assert verify(postgres_url, SCHEMAS) == []


@pytest.mark.parametrize(
    "what",
    [
        "an item that is no JSON",
        "an item that is not in the order",
        "two records of an item on one tracker",
        "a create that was begun at no time",
        "no version",
        "a newer version",
    ],
)
def test_what_does_not_fit_together_is_said_with_its_place_and_a_remedy(
    postgres: Server, store: Store, postgres_url: str, what: str
) -> None:
    statement, says = BAD[what]
    postgres.execute(statement, database=postgres_url.rsplit("/", 1)[1])
    found = verify(postgres_url, SCHEMAS)
    assert any(flaw.message.startswith(says) for flaw in found), found
    assert all("onebacklog" in flaw.remedy for flaw in found)


def test_tables_that_are_gone_are_said(postgres: Server, store: Store, postgres_url: str) -> None:
    postgres.execute("DROP TABLE item", database=postgres_url.rsplit("/", 1)[1])
    with pytest.raises(StateError, match="its tables are not those of onebacklog"):
        verify(postgres_url, SCHEMAS)


def test_all_kinds_of_values_come_back(store: Store) -> None:
    backlog = store.load("shop", FIELDS)
    assert backlog.items["a1"] == FULL
    assert backlog.links["github"]["10001"].record == LINK.record
    store.close()
