"""The fence: who was overtaken writes nothing more, whatever it believes of its lock."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from sync.model import FIELDS, Item
from sync.state import Accepted, Answer, Entry, Fence, Fenced, Journal, Store, Told
from sync.state.fence import stand, take
from sync.state.pairs import Decided, decide_pairs
from sync.tracker import Intent

NOW = "2026-01-01T00:00:00+00:00"
ENTRY = Entry(NOW, "jira", "a1", None, "create", None, None, None, "new in files", "begun")


def test_numbers_rise_and_are_of_one_backlog(store: Store) -> None:
    taken = [take(store.engine, name, "host:1") for name in ("shop", "shop", "till", "shop")]
    assert taken == [Fence("shop", 1), Fence("shop", 2), Fence("till", 1), Fence("shop", 3)]


def test_of_many_who_take_at_once_each_has_a_number_of_its_own(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: take(store.engine, "shop", "host").number, range(24)))
    assert sorted(taken) == list(range(1, 25))


WRITES: dict[str, Callable[[Store], object]] = {
    "what a run takes over": lambda store: store.accept("shop", Accepted([Item("b2")], [])),
    "what is about to be written": lambda store: store.begin(
        "shop", "jira", 1, [ENTRY], {"a1": Intent(NOW)}
    ),
    "what a tracker answered": lambda store: store.answer("shop", Answer("jira", "a1")),
    "what was read of a tracker": lambda store: store.save_tracker("shop", "jira", cursor="c"),
    "the beginning of a run": lambda store: Journal(store.engine).begin("shop", NOW, {}),
    "the end of a run": lambda store: Journal(store.engine).end(1, NOW, "done"),
    "a line of the journal": lambda store: Journal(store.engine).write(1, [ENTRY]),
    "the end of a line": lambda store: Journal(store.engine).settle([Told(1, "done")]),
    "what a person decided": lambda store: decide_pairs(
        store, store.load("shop", FIELDS), Decided([]), NOW
    ),
}


@pytest.mark.parametrize("what", WRITES)
def test_who_was_overtaken_writes_nothing_more(store: Store, url: str, what: str) -> None:
    first = Store(url, take(store.engine, "shop", "host:1"))
    second = Store(url, take(store.engine, "shop", "host:2"))
    run = Journal(second.engine).begin("shop", NOW, {})
    Journal(second.engine).write(run, [ENTRY])
    before = store.load("shop", FIELDS), Journal(store.engine).entries("shop")
    with pytest.raises(Fenced, match=r"another run \(host:2\) has taken shop over, so this one"):
        WRITES[what](first)
    assert (store.load("shop", FIELDS), Journal(store.engine).entries("shop")) == before
    WRITES[what](second)
    first.close()
    second.close()


def test_right_before_a_request_who_was_overtaken_is_held_up(store: Store, url: str) -> None:
    first = take(store.engine, "shop", "host:1")
    stand(url, first)
    second = take(store.engine, "shop", "host:2")
    with pytest.raises(Fenced, match=r"another run \(host:2\) has taken shop over"):
        stand(url, first)
    stand(url, second)


def test_who_was_overtaken_may_still_look(store: Store, url: str) -> None:
    first = Store(url, take(store.engine, "shop", "host:1"))
    take(store.engine, "shop", "host:2")
    assert first.load("shop", FIELDS).items == {}
    first.close()


def test_a_backlog_is_not_fenced_by_another(store: Store, url: str) -> None:
    first = Store(url, take(store.engine, "shop", "host:1"))
    take(store.engine, "till", "host:2")
    first.accept("shop", Accepted([Item("a1")], []))
    assert list(store.load("shop", FIELDS).items) == ["a1"]
    first.close()


def test_a_number_that_was_never_taken_writes_nothing(store: Store, url: str) -> None:
    other = Store(url, Fence("shop", 1))
    with pytest.raises(Fenced, match="another run has taken shop over"):
        other.accept("shop", Accepted([], []))
    other.close()


def test_without_a_fence_none_is_asked_for(store: Store) -> None:
    take(store.engine, "shop", "host:1")
    store.accept("shop", Accepted([Item("a1")], []))
    assert list(store.load("shop", FIELDS).items) == ["a1"]
