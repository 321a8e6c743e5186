"""Order as a sequence: moves found, replayed, and sent in the fewest steps."""

from collections.abc import Sequence
from itertools import combinations
from random import Random

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sync.order import Step, merge_order, moved, neighbours, placed, position, steps

SOME = st.lists(st.sampled_from("abcdefg"), unique=True, max_size=7)


def arrange(shown: Sequence[str], moves: Sequence[Step]) -> list[str]:
    """What a tracker shows after the moves, each right below `after`, or at the top."""
    order = list(shown)
    for move in moves:
        if move.item in order:
            order.remove(move.item)
        order.insert(0 if move.after is None else order.index(move.after) + 1, move.item)
    return order


def fewest(old: Sequence[str], new: Sequence[str]) -> int:
    """By trying: how many items have to move, so that the others keep their order."""
    common = [item for item in new if item in old]
    for count in range(len(common) + 1):
        for movers in combinations(common, count):
            stay = [item for item in common if item not in movers]
            if stay == [item for item in old if item in stay]:
                return count
    raise AssertionError("moving all of them is always enough")


MOVED = {
    "nothing moved": ("abcd", "abcd", ""),
    "one moved up": ("abcd", "dabc", "d"),
    "one moved down": ("abcd", "bcda", "a"),
    "two neighbours changed places: one of them moved": ("abcd", "acbd", "c"),
    "what is new, and what is gone, did not move": ("abcd", "axcd", ""),
    "from nothing": ("", "abc", ""),
    "to nothing": ("abc", "", ""),
    "two blocks changed places: the smaller moved": ("abcde", "deabc", "de"),
}


@pytest.mark.parametrize(("old", "new", "expected"), MOVED.values(), ids=MOVED)
def test_moved_names_the_fewest_that_can_have_moved(old: str, new: str, expected: str) -> None:
    assert moved(old, new) == frozenset(expected)


BY_PERSON: dict[str, tuple[str, str, str | None, Step]] = {
    "nobody moved it: the one that comes first": ("ab", "ba", None, Step("b", None, "a")),
    "the upper one of two was moved down": ("ab", "ba", "a", Step("a", "b", None)),
    "the lower one of two was moved up": ("ab", "ba", "b", Step("b", None, "a")),
    "what was moved, and is below others": ("abc", "acb", "b", Step("b", "c", None)),
    "another has to move in any case: no more than that": (
        "abcd",
        "dabc",
        "a",
        Step("d", None, "a"),
    ),
    "what was moved stands, and another does not": ("abc", "acb", "a", Step("c", "a", "b")),
}
"""What is shown, what is wanted, what a person moved, and the one step."""


@pytest.mark.parametrize(("shown", "wanted", "person", "step"), BY_PERSON.values(), ids=BY_PERSON)
def test_what_a_person_moved_moves_where_that_takes_no_more_steps(
    shown: str, wanted: str, person: str | None, step: Step
) -> None:
    assert steps(shown, wanted, person) == (step,)


PLACED = {
    "to the top": ("abc", "b", None, "bac"),
    "below another": ("abc", "a", "b", "bac"),
    "below the last": ("abc", "a", "c", "bca"),
    "where it is": ("abc", "b", "a", "abc"),
    "what is not there yet is put in": ("abc", "x", "a", "axbc"),
}


@pytest.mark.parametrize(("order", "item", "below", "expected"), PLACED.values(), ids=PLACED)
def test_one_item_is_placed_and_the_others_keep_their_order(
    order: str, item: str, below: str | None, expected: str
) -> None:
    assert "".join(placed(order, item, below)) == expected


MERGES = {
    "no side moved anything": ("abcd", [("abcd", "abcd")], "abcd"),
    "no side is there": ("abcd", [], "abcd"),
    "one side moves one up": ("abcd", [("abcd", "dabc")], "dabc"),
    "two sides move different items: both moves stand": (
        "abcdef",
        [("abcdef", "fabcde"), ("abcdef", "abdcef")],
        "fabdce",
    ),
    "moved below what another side moved: it goes below what no one moved": (
        "abcd",
        [("abcd", "dabc"), ("abcd", "bcda")],
        "dbca",
    ),
    "moved below what the same side moved: both go together": (
        "abcdef",
        [("abcdef", "abcdfe"), ("abcdef", "cdabef")],
        "cdabfe",
    ),
    "two sides move the same item: the first side's place stands": (
        "abcd",
        [("abcd", "dabc"), ("abcd", "adbc")],
        "dabc",
    ),
    "what is new on both sides goes where the first shows it, and the next one with it": (
        "abc",
        [("abc", "xabc"), ("abc", "abcxy")],
        "xyabc",
    ),
    "what is new goes with what moved above it on the same side": (
        "abcd",
        [("abcd", "bcdax")],
        "bcdax",
    ),
    "what is new goes where it is shown beside what another side moved": (
        "abcd",
        [("abcd", "dabc"), ("abcd", "abcdx")],
        "dabcx",
    ),
    "two sides that meet with nothing ordered are woven": (
        "",
        [("", "ab"), ("", "xay")],
        "xayb",
    ),
    "the first and the last of three sides move the same item: the first side's place stands": (
        "abcd",
        [("abcd", "dabc"), ("abcd", "acbd"), ("abcd", "adbc")],
        "dacb",
    ),
    "two sides move the same item alike": ("abcd", [("abcd", "dabc"), ("abcd", "dabc")], "dabc"),
    "what a side does not show keeps its neighbours": ("axbyc", [("abc", "cab")], "caxby"),
    "what a side shows, and the backlog does not order yet, goes where it is shown": (
        "abc",
        [("", "axbc")],
        "axbc",
    ),
    "what is new at the top is at the top": ("abc", [("abc", "xabc")], "xabc"),
    "new items keep their order": ("a", [("", "xayz")], "xayz"),
    "new items of two sides below the same item: the later side's come first": (
        "a",
        [("a", "ax"), ("a", "ay")],
        "ayx",
    ),
    "from nothing": ("", [("", "bca")], "bca"),
    "a side that was only read anew moves nothing": (
        "bca",
        [("bca", "bca"), ("abc", "abc")],
        "bca",
    ),
    "what moved below something that the backlog does not hold goes below the next above": (
        "abc",
        [("xabc", "bxac")],
        "bxac",
    ),
    "what is gone from a side stays where it was": ("abc", [("abc", "ca")], "cab"),
}


@pytest.mark.parametrize(("base", "sides", "expected"), MERGES.values(), ids=MERGES)
def test_orders_merge_by_what_each_side_moved(
    base: str, sides: list[tuple[str, str]], expected: str
) -> None:
    assert "".join(merge_order(base, sides)) == expected


STEPS: dict[str, tuple[str, str, list[Step]]] = {
    "nothing to move": ("abc", "abc", []),
    "one to the top": ("abc", "cab", [Step("c", None, "a")]),
    "one to the end": ("abc", "bca", [Step("a", "c", None)]),
    "one between two": ("abcd", "acbd", [Step("c", "a", "b")]),
    "two that go to one place, from above": (
        "abcde",
        "deabc",
        [Step("d", None, "a"), Step("e", "d", "a")],
    ),
    "what is not shown yet is moved to its place": ("ab", "axb", [Step("x", "a", "b")]),
    "what is shown beside stays": ("aybz", "ba", [Step("b", None, "a")]),
    "nothing is wanted": ("abc", "", []),
}


@pytest.mark.parametrize(("shown", "wanted", "expected"), STEPS.values(), ids=STEPS)
def test_steps_name_both_neighbours_top_first(
    shown: str, wanted: str, expected: list[Step]
) -> None:
    assert steps(shown, wanted) == tuple(expected)


@given(SOME, st.permutations("abcdefg"))
def test_steps_are_the_fewest(shown: list[str], wanted: list[str]) -> None:
    missing = len(wanted) - len(shown)
    assert len(steps(shown, wanted)) == missing + fewest(shown, wanted)


@given(SOME, SOME)
def test_the_moved_are_the_fewest(old: list[str], new: list[str]) -> None:
    assert len(moved(old, new)) == fewest(old, new)


@given(SOME, SOME)
def test_the_steps_taken_give_what_is_wanted(shown: list[str], wanted: list[str]) -> None:
    result = arrange(shown, steps(shown, wanted))
    assert [item for item in result if item in wanted] == wanted


@given(SOME, SOME)
def test_each_step_names_its_neighbours_as_they_are_by_then(
    shown: list[str], wanted: list[str]
) -> None:
    taken = steps(shown, wanted)
    for count, step in enumerate(taken, 1):
        now = [item for item in arrange(shown, taken[:count]) if item in wanted]
        at = now.index(step.item)
        assert step.after == (now[at - 1] if at else None)
        assert step.before is None or now.index(step.before) > at


@given(st.permutations("abcdefg"), st.permutations("abcdefg"))
def test_one_side_s_order_arrives_whole(old: list[str], new: list[str]) -> None:
    assert merge_order(old, [(old, new)]) == tuple(new)


@given(SOME, st.lists(st.tuples(SOME, SOME), max_size=3))
def test_no_item_is_lost_or_doubled(
    base: list[str], sides: list[tuple[list[str], list[str]]]
) -> None:
    result = merge_order(base, sides)
    assert sorted(result) == sorted({*base, *(item for _, new in sides for item in new)})


@given(st.permutations("abcdefgh"), st.data())
def test_moves_of_two_sides_both_stand_where_they_do_not_touch(
    base: list[str], data: st.DataObject
) -> None:
    """One moves an item to the top, another moves another to the end, each past two at least."""
    up, down = data.draw(st.sampled_from(base[2:])), data.draw(st.sampled_from(base[:-2]))
    assume(up != down)
    rest = [item for item in base if item not in (up, down)]
    sides = [
        (base, [up, *(item for item in base if item != up)]),
        (base, [*(item for item in base if item != down), down]),
    ]
    for order in (sides, sides[::-1]):
        assert merge_order(base, order) == (up, *rest, down)


@given(st.permutations("abcdef"), st.permutations("abcdef"), st.permutations("abcdef"))
def test_what_no_side_moved_keeps_its_order(
    base: list[str], one: list[str], other: list[str]
) -> None:
    still = set(base) - moved(base, one) - moved(base, other)
    result = merge_order(base, [(base, one), (base, other)])
    assert [item for item in result if item in still] == [item for item in base if item in still]


def test_a_position_counts_from_the_top() -> None:
    assert position(("b", "a")) == {"b": 0, "a": 1}


def test_a_neighbour_is_what_is_right_above_or_right_below_and_none_at_the_ends() -> None:
    assert neighbours(("b", "a", "c")) == {
        "b": {"after": None, "before": "a"},
        "a": {"after": "b", "before": "c"},
        "c": {"after": "a", "before": None},
    }


class Counted(str):
    """An id that counts how often it is looked at."""

    looks = 0

    def __hash__(self) -> int:
        Counted.looks += 1
        return super().__hash__()

    def __eq__(self, other: object) -> bool:
        Counted.looks += 1
        return super().__eq__(other)


def test_items_are_looked_at_a_number_of_times_that_grows_with_them_and_no_faster() -> None:
    def looks(count: int) -> int:
        items = [Counted(number) for number in range(count)]
        shuffled = Random(7).sample(items, count)
        Counted.looks = 0
        steps(items, shuffled)
        merge_order(items, [(items, shuffled), (items, items[::-1])])
        return Counted.looks

    few, many = looks(200), looks(20_000)
    assert few > 200
    assert many < 110 * few  # a square law would make it 10,000 times as many
