"""The fewest moves after which an order agrees with ranks and pairs."""

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.order import moved
from sync.rules import reorder as reordering
from sync.rules.reorder import reorder

ROWS = [
    ("what agrees already stays", "abc", {"a": 0, "b": 1, "c": 1}, "", None, "abc"),
    (
        "one that has to come up comes last of its equals",
        "abxc",
        {**dict.fromkeys("abc", 1), "x": 0},
        "",
        None,
        "xabc",
    ),
    ("of its equals it comes last", "azbx", {"a": 0, "z": 1, "b": 1, "x": 0}, "", None, "axzb"),
    (
        "one that has to go down comes first of the lower ones",
        "xabc",
        {"x": 1, "a": 0, "b": 0, "c": 1},
        "",
        None,
        "abxc",
    ),
    ("an item without a rank keeps its neighbour", "aub", {"a": 1, "b": 0}, "", None, "uba"),
    ("a blocker goes up to what it blocks", "abc", dict.fromkeys("abc", 0), "ca", None, "cab"),
    (
        "a blocker without a rank goes as high as what it blocks",
        "abu",
        {"a": 0, "b": 1},
        "ua",
        None,
        "uab",
    ),
    (
        "items tied to no ranked one move only among themselves",
        "auvb",
        {"a": 0, "b": 1},
        "vu",
        None,
        "avub",
    ),
    ("a blocker of a lower rank contradicts, and stays", "ab", {"a": 0, "b": 1}, "ba", None, "ab"),
    ("items that block each other contradict, and stay", "ab", {}, "ab ba", None, "ab"),
    ("an item that blocks itself is a contradiction", "ab", {}, "aa", None, "ab"),
    (
        "pairs with an item that is not there do not count",
        "ab",
        {"a": 0, "z": 0},
        "ba za",
        None,
        "ba",
    ),
    (
        "not more than so many move, the topmost first",
        "dcba",
        {"a": 0, "b": 1, "c": 2, "d": 3},
        "",
        1,
        "dcab",
    ),
    ("none may move", "ba", {"a": 0, "b": 1}, "", 0, "ba"),
]


@pytest.mark.parametrize(
    ("order", "ranks", "pairs", "most", "expected"),
    [row[1:] for row in ROWS],
    ids=[row[0] for row in ROWS],
)
def test_the_order_agrees_by_the_fewest_moves(order, ranks, pairs, most, expected):
    pairs = [tuple(pair) for pair in pairs.split()]
    found = reorder(tuple(order), _ranks(ranks), pairs, most=most)
    assert "".join(found.order) == expected
    assert len(found.moved) == len(moved(tuple(order), found.order))


def test_what_contradicts_is_named():
    found = reorder(tuple("abc"), _ranks({"a": 0, "b": 1}), [("b", "a"), ("c", "a")])
    assert found.contradictions == (("b", "a"),)
    assert found.order == ("c", "a", "b")


def test_priorities_that_contradict_through_an_item_without_one_are_named():
    found = reorder(tuple("hul"), _ranks({"h": 0, "l": 1}), [("l", "u"), ("u", "h")])
    assert found.contradictions == (("u", "h"),)
    assert found.order == ("h", "l", "u")


@pytest.mark.parametrize(
    ("order", "fixed", "expected"),
    [
        pytest.param("lxh", "l", "hxl", id="others move around it"),
        pytest.param("lxh", "h", "hxl", id="it is the one that others go below"),
        pytest.param("lh", "lh", "lh", id="fixed ones that disagree stay"),
        pytest.param("lhx", "lh", "lhx", id="fixed ones that disagree demand nothing of others"),
    ],
)
def test_a_fixed_item_does_not_move(order, fixed, expected):
    ranks = {"h": 0, "x": 1, "l": 2}
    found = reorder(tuple(order), _ranks(ranks), [], fixed=fixed)
    assert "".join(found.order) == expected
    assert found.moved.isdisjoint(fixed)


def test_what_blocks_a_fixed_item_goes_above_it():
    found = reorder(tuple("fb"), {}, [("b", "f")], fixed="f")
    assert ("".join(found.order), found.moved) == ("bf", {"b"})


def test_what_a_fixed_item_blocks_goes_below_it():
    found = reorder(tuple("bf"), {}, [("f", "b")], fixed="f")
    assert ("".join(found.order), found.moved) == ("fb", {"b"})


letters = st.sampled_from("abcdef")


@given(
    st.permutations("abcdef"),
    st.dictionaries(letters, st.integers(0, 2)),
    st.sets(st.tuples(letters, letters), max_size=6),
)
def test_no_order_that_agrees_needs_fewer_moves(order, ranks, pairs):
    found = reorder(order, _ranks(ranks), pairs)
    fitting = pairs - set(found.contradictions)
    assert _agrees(found.order, ranks, fitting)
    agreeing = (one for one in permutations(order) if _agrees(one, ranks, fitting))
    assert len(found.moved) == min(len(moved(order, one)) for one in agreeing)
    assert reorder(found.order, _ranks(ranks), pairs).moved == frozenset()


@given(
    st.permutations("abcdef"),
    st.dictionaries(letters, st.integers(0, 2)),
    st.sets(st.tuples(letters, letters), max_size=6),
)
def test_where_clashes_are_too_many_to_count_the_order_agrees_all_the_same(order, ranks, pairs):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reordering, "EXACT", 0)
        found = reorder(order, _ranks(ranks), pairs)
    assert _agrees(found.order, ranks, pairs - set(found.contradictions))


def _ranks(ranks):
    return {item: (rank,) for item, rank in ranks.items()}


def _agrees(order, ranks, pairs):
    place = {item: at for at, item in enumerate(order)}
    shown = [ranks[item] for item in order if item in ranks]
    return shown == sorted(shown) and all(place[upper] < place[lower] for upper, lower in pairs)
