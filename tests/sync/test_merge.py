"""Merging one field: a table for each shape, and what holds of any change of any text."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.merge import Merged, Policy, Side, merge, settle
from sync.model import CLOSED, EMPTY, Comment, Criterion, Shape, Value
from sync.texts import Region, agreed, disputed, replay, said

HOLD = Policy()


def side(tracker: str, old: Value, new: Value, at: str | None = None) -> Side:
    """A change on a tracker that shows exactly what it is given."""
    return Side(tracker, old, new, lambda value: value == new, at)


def closed(tracker: str, new: Value) -> Side:
    """Closed, on a tracker that knows only open and closed."""
    return Side(tracker, "todo", new, lambda value: value in CLOSED)


def prefer(*trackers: str) -> Policy:
    return Policy(prefer=trackers)


def belongs(to: str) -> Policy:
    return Policy(authority=to)


def newest(*prefer: str) -> Policy:
    return Policy(prefer=prefer, strategy="newest")


def merged(value: Value, *by: str, overruled: Sequence[str] = ()) -> Merged:
    return Merged(value, overruled=frozenset(overruled), changed_by=by)


def held(value: Value) -> Merged:
    return Merged(value, conflict=True)


@dataclass(frozen=True)
class Row:
    """One line of a table: what was, who changed it, by which rules, and what comes of it."""

    base: Value
    sides: Sequence[Side]
    policy: Policy
    expected: Merged


EARLY, LATE = "2026-01-01T08:00:00+00:00", "2026-01-02T08:00:00+00:00"
HIGH, LOW = side("jira", "medium", "high"), side("github", "medium", "low")

SCALARS = {
    "no side changed it: it stays": Row("medium", [], HOLD, merged("medium")),
    "no side changed it, and one is preferred: it stays": Row(
        "medium", [], prefer("jira"), merged("medium")
    ),
    "no side changed it, and the newest wins: it stays": Row(
        "medium", [], newest(), merged("medium")
    ),
    "one side changed it: its value is taken": Row("medium", [HIGH], HOLD, merged("high", "jira")),
    "one side emptied it: it is empty": Row(
        "medium", [side("jira", "medium", None)], HOLD, merged(None, "jira")
    ),
    "two sides changed it alike: they agree": Row(
        "medium",
        [HIGH, side("github", "medium", "high")],
        HOLD,
        merged("high", "jira", "github"),
    ),
    "two sides changed it back to what it was: nothing was taken": Row(
        "medium",
        [side("jira", "high", "medium"), side("github", "low", "medium")],
        HOLD,
        merged("medium"),
    ),
    "two sides changed it differently: it is held": Row(
        "medium", [HIGH, LOW], HOLD, held("medium")
    ),
    "two of three sides agree: it is held all the same": Row(
        "medium",
        [HIGH, LOW, side("files", "medium", "low")],
        HOLD,
        held("medium"),
    ),
    "the preferred of two sides wins, the other is overruled": Row(
        "medium", [HIGH, LOW], prefer("github", "jira"), merged("low", "github", overruled=["jira"])
    ),
    "the preferred of two sides wins, whichever comes first": Row(
        "medium",
        [HIGH, LOW],
        prefer("jira", "github"),
        merged("high", "jira", overruled=["github"]),
    ),
    "a side that is preferred to sides that are not named wins": Row(
        "medium", [LOW, HIGH], prefer("jira"), merged("high", "jira", overruled=["github"])
    ),
    "a preferred side that says nothing decides nothing": Row(
        "medium", [HIGH, LOW], prefer("files"), held("medium")
    ),
    "a side that agrees with the winner is not overruled": Row(
        "medium",
        [HIGH, LOW, side("files", "medium", "high")],
        prefer("jira"),
        merged("high", "jira", "files", overruled=["github"]),
    ),
    "the newest change wins": Row(
        "medium",
        [side("jira", "medium", "high", LATE), side("github", "medium", "low", EARLY)],
        newest(),
        merged("high", "jira", overruled=["github"]),
    ),
    "the newest change wins, whichever comes first": Row(
        "medium",
        [side("jira", "medium", "high", EARLY), side("github", "medium", "low", LATE)],
        newest(),
        merged("low", "github", overruled=["jira"]),
    ),
    "where one side does not tell the time, the newest is not known: it is held": Row(
        "medium", [side("jira", "medium", "high", LATE), LOW], newest(), held("medium")
    ),
    "changes of the same time are both the newest: it is held": Row(
        "medium",
        [side("jira", "medium", "high", LATE), side("github", "medium", "low", LATE)],
        newest(),
        held("medium"),
    ),
    "a preference goes before the time": Row(
        "medium",
        [side("jira", "medium", "high", EARLY), side("github", "medium", "low", LATE)],
        newest("jira"),
        merged("high", "jira", overruled=["github"]),
    ),
    "where no preferred side changed it, the time decides": Row(
        "medium",
        [side("jira", "medium", "high", LATE), side("github", "medium", "low", EARLY)],
        newest("files"),
        merged("high", "jira", overruled=["github"]),
    ),
    "a field that belongs to a tracker takes its change, and overrules the other": Row(
        "medium", [HIGH, LOW], belongs("jira"), merged("high", "jira", overruled=["github"])
    ),
    "a change against the owner is overruled": Row(
        "medium", [LOW], belongs("jira"), merged("medium", overruled=["github"])
    ),
    "a change that agrees with the owner's is not overruled": Row(
        "medium",
        [side("github", "medium", "high"), HIGH],
        belongs("jira"),
        merged("high", "jira"),
    ),
    "a field that belongs to the backlog takes no tracker's change": Row(
        "medium", [HIGH, LOW], belongs("backlog"), merged("medium", overruled=["jira", "github"])
    ),
    "an owner goes before a preference": Row(
        "medium",
        [HIGH, LOW],
        Policy(authority="github", prefer=("jira",)),
        merged("low", "github", overruled=["jira"]),
    ),
    "closed on a tracker that knows no more agrees with cancelled": Row(
        "todo",
        [side("jira", "todo", "cancelled"), closed("github", "done")],
        HOLD,
        merged("cancelled", "jira", "github"),
    ),
    "cancelled agrees with closed on a tracker that knows no more and comes first": Row(
        "todo",
        [closed("github", "done"), side("jira", "todo", "cancelled")],
        HOLD,
        merged("cancelled", "github", "jira"),
    ),
    "closed on two trackers that know no more is closed": Row(
        "todo",
        [closed("github", "done"), closed("gitlab", "done")],
        HOLD,
        merged("done", "github", "gitlab"),
    ),
    "closed on a tracker that knows no more differs from in progress": Row(
        "todo",
        [side("jira", "todo", "in_progress"), closed("github", "done")],
        HOLD,
        held("todo"),
    ),
    "the preferred cancelled leaves the tracker that shows closed as it is": Row(
        "todo",
        [
            side("jira", "todo", "cancelled"),
            closed("github", "done"),
            side("files", "todo", "in_review"),
        ],
        prefer("jira"),
        merged("cancelled", "jira", "github", overruled=["files"]),
    ),
    "where it belongs to jira, a tracker that already shows it is not overruled": Row(
        "todo",
        [side("jira", "todo", "cancelled"), closed("github", "done")],
        belongs("jira"),
        merged("cancelled", "jira"),
    ),
}


@pytest.mark.parametrize("row", SCALARS.values(), ids=SCALARS)
def test_a_line_merges_as_a_whole(row: Row) -> None:
    assert merge(Shape.LINE, row.base, row.sides, row.policy) == row.expected


@pytest.mark.parametrize(
    ("shape", "base", "one", "other"),
    [
        (Shape.LINE, "a", "b", "c"),
        (Shape.NUMBER, 1.0, 2.0, 3.0),
        (Shape.ITEM, None, "a1", "b2"),
        (Shape.DATE, None, "2026-11-24", "2026-11-25"),
    ],
)
def test_lines_numbers_and_items_merge_alike(
    shape: Shape, base: Value, one: Value, other: Value
) -> None:
    sides = [side("jira", base, one), side("github", base, other)]
    assert merge(shape, base, sides[:1], HOLD) == merged(one, "jira")
    assert merge(shape, base, sides, HOLD) == held(base)
    assert merge(shape, base, sides, prefer("github")) == merged(
        other, "github", overruled=["jira"]
    )


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


SETS = {
    "no side changed it: it stays": Row(names("a b"), [], HOLD, merged(names("a b"))),
    "one side adds, another removes": Row(
        names("a b"),
        [side("jira", names("a b"), names("a b c")), side("github", names("a b"), names("b"))],
        HOLD,
        merged(names("b c"), "jira", "github"),
    ),
    "both sides add": Row(
        names(""),
        [side("jira", names(""), names("a")), side("github", names(""), names("b"))],
        HOLD,
        merged(names("a b"), "jira", "github"),
    ),
    "both sides remove": Row(
        names("a b c"),
        [side("jira", names("a b c"), names("b c")), side("github", names("a b c"), names("a c"))],
        HOLD,
        merged(names("c"), "jira", "github"),
    ),
    "both sides remove the same": Row(
        names("a b"),
        [side("jira", names("a b"), names("a")), side("github", names("a b"), names("a"))],
        HOLD,
        merged(names("a"), "jira", "github"),
    ),
    "what one side adds stays, though another, that had it, removes it": Row(
        names(""),
        [side("jira", names("a"), names("")), side("github", names(""), names("a"))],
        HOLD,
        merged(names("a"), "jira", "github"),
    ),
    "a side that never showed an element does not remove it": Row(
        names("a b"),
        [side("github", names("a"), names("a c"))],
        HOLD,
        merged(names("a b c"), "github"),
    ),
    "a preference does not keep the others' elements out": Row(
        names(""),
        [side("jira", names(""), names("a")), side("github", names(""), names("b"))],
        prefer("jira"),
        merged(names("a b"), "jira", "github"),
    ),
    "a set that belongs to jira takes nothing from elsewhere": Row(
        names("a"),
        [side("jira", names("a"), names("a b")), side("github", names("a"), names("a c"))],
        belongs("jira"),
        merged(names("a b"), "jira", overruled=["github"]),
    ),
    "a set that belongs to the backlog stays": Row(
        names("a"),
        [side("github", names("a"), names(""))],
        belongs("backlog"),
        merged(names("a"), overruled=["github"]),
    ),
}


@pytest.mark.parametrize("shape", [Shape.SET, Shape.ITEMS])
@pytest.mark.parametrize("row", SETS.values(), ids=SETS)
def test_a_set_merges_element_by_element(row: Row, shape: Shape) -> None:
    assert merge(shape, row.base, row.sides, row.policy) == row.expected


def criteria(text: str) -> tuple[Criterion, ...]:
    """`+pay refund`: two criteria, the first ticked; `~` stands for a blank."""
    return tuple(
        Criterion(word.removeprefix("+").replace("~", " "), word.startswith("+"))
        for word in text.split()
    )


def listed(value: Value) -> str:
    assert isinstance(value, tuple)
    words = [("+" if checked else "") + text.replace(" ", "~") for text, checked in value]
    return " ".join(words)


CRITERIA: dict[str, tuple[str, str, str, str]] = {
    "one side adds at the end": ("a b", "a b c", "a b", "a b c"),
    "one side adds at the top": ("a b", "c a b", "a b", "c a b"),
    "one side adds in the middle": ("a b", "a c b", "a b", "a c b"),
    "one side removes": ("a b c", "a c", "a b c", "a c"),
    "one side removes all": ("a b", "", "a b", ""),
    "one side rewords": ("a b c", "a x c", "a b c", "a x c"),
    "one side ticks": ("a b", "+a b", "a b", "+a b"),
    "one side takes a tick away": ("+a b", "a b", "+a b", "a b"),
    "one side moves": ("a b c", "c a b", "a b c", "c a b"),
    "one side respells": ("see~*it* b", "see~~*it* b", "see~*it* b", "see~~*it* b"),
    "both add, in different places": ("a", "x a", "a y", "x a y"),
    "both add in one place: both are kept": ("a", "a x", "a y", "a y x"),
    "both add the same: it is there once": ("a", "a x", "a x", "a x"),
    "both add the same, one with a tick: it is ticked": ("a", "a x", "a +x", "a +x"),
    "both add the same, the other with a tick: it is ticked": ("a", "a +x", "a x", "a +x"),
    "one adds, the other removes": ("a b", "a b x", "b", "b x"),
    "one adds below what the other removes": ("a b", "a b x", "a", "a x"),
    "one ticks, the other takes a tick away": ("a +b", "+a +b", "a b", "+a b"),
    "both tick the same": ("a b", "+a b", "+a b", "+a b"),
    "one ticks, the other rewords: both stand": ("a b", "+a b", "x b", "+x b"),
    "one rewords, the other ticks: both stand": ("a b", "x b", "+a b", "+x b"),
    "one ticks, the other moves: both stand": ("a b c", "+a b c", "b c a", "b c +a"),
    "one ticks, the other removes: it is removed": ("a b", "+a b", "b", "b"),
    "one rewords, the other removes: the new words stay": ("a b c", "a x c", "a c", "a x c"),
    "one removes, the other rewords: the new words stay": ("a b c", "a c", "a x c", "a x c"),
    "both reword alike: they agree": ("a b", "x b", "x b", "x b"),
    "both reword different ones": ("a b c", "x b c", "a b y", "x b y"),
    "one moves, the other adds": ("a b c", "c a b", "a b c x", "c x a b"),
    "one rewords what the other moves": ("a b c", "x b c", "b c a", "b c x"),
    "one rewords, the other respells: the new words stand": ("*a* b", "x b", "_a_ b", "x b"),
    "one respells, the other rewords: the new words stand": ("*a* b", "_a_ b", "x b", "x b"),
    "one respells, the other ticks: both stand": ("*a* b", "_a_ b", "+*a* b", "+_a_ b"),
    "two that say the same are two": ("a a", "a +a", "a a b", "a +a b"),
    "one of two that say the same is removed": ("a a b", "a b", "a a b", "a b"),
    "from nothing to something on both sides": ("", "a b", "c", "c a b"),
    "one rewords two that are apart, the other ticks both": (
        "a b c",
        "x b y",
        "+a b +c",
        "+x b +y",
    ),
    "one rewords, the other takes the tick away: both stand": ("+a b", "a b", "+x b", "x b"),
    "one adds what the other makes of another and ticks: it is there once, ticked": (
        "a b",
        "a b x",
        "+x b",
        "+x b",
    ),
    "one adds with a tick above what the other makes of another: it is there once, ticked": (
        "a b",
        "+x a b",
        "x b",
        "+x b",
    ),
    "one adds at the top, the other moves: the new one stays there": (
        "a b c",
        "z a b c",
        "b a c",
        "z b a c",
    ),
    "one puts a new one in the place of one that moves into that of a third: no words are lost": (
        "a b k c",
        "c x k d",
        "+a b k c",
        "c x k d",
    ),
    "several are reworded at once": ("a b c d", "a x y d", "a b c d", "a x y d"),
    "two become three: old ones go, new ones come": ("a b", "x y z", "a b", "x y z"),
}


@pytest.mark.parametrize(("base", "jira", "github", "expected"), CRITERIA.values(), ids=CRITERIA)
def test_criteria_merge_one_by_one(base: str, jira: str, github: str, expected: str) -> None:
    old = criteria(base)
    sides = [
        side(tracker, old, new)
        for tracker, new in (("jira", criteria(jira)), ("github", criteria(github)))
        if new != old
    ]
    result = merge(Shape.CRITERIA, old, sides, HOLD)
    assert (listed(result.value), result.conflict) == (expected, False)


THREE: dict[str, tuple[tuple[str, str], tuple[str, str], tuple[str, str], str | None]] = {
    "a box is ticked of what the first reworded, and not the second": (
        ("a b", "x b"),
        ("a b", "a y"),
        ("a b", "+a b"),
        "+x y",
    ),
    "the first and the last reword the same: held": (
        ("a b", "x b"),
        ("a b", "a y"),
        ("a b", "z b"),
        None,
    ),
    "the first ticks what the last takes the tick from: held": (
        ("a b", "+a b"),
        ("a b", "a +b"),
        ("+a b", "a b"),
        None,
    ),
}
"""Of each of three sides, what was and what is."""


@pytest.mark.parametrize(("jira", "github", "files", "expected"), THREE.values(), ids=THREE)
def test_criteria_of_three_sides(
    jira: tuple[str, str], github: tuple[str, str], files: tuple[str, str], expected: str | None
) -> None:
    changes = {"jira": jira, "github": github, "files": files}
    sides = [side(name, criteria(old), criteria(new)) for name, (old, new) in changes.items()]
    result = merge(Shape.CRITERIA, criteria("a b"), sides, HOLD)
    assert (result.conflict, listed(result.value)) == (expected is None, expected or "a b")


REWORDED = [
    side("jira", criteria("a b"), criteria("x b")),
    side("github", criteria("a b"), criteria("y b")),
]
CONTRARY = [
    side("jira", criteria("a"), criteria("+a")),
    side("github", criteria("+a"), criteria("a")),
]

CRITERIA_POLICIES = {
    "reworded differently: held": Row(criteria("a b"), REWORDED, HOLD, held(criteria("a b"))),
    "reworded differently: the preferred words stand": Row(
        criteria("a b"),
        REWORDED,
        prefer("jira"),
        merged(criteria("x b"), "jira", overruled=["github"]),
    ),
    "ticked on one side, unticked on one that was behind: held": Row(
        criteria("a"), CONTRARY, HOLD, held(criteria("a"))
    ),
    "ticked on one side, unticked on one that was behind: the preferred box stands": Row(
        criteria("a"),
        CONTRARY,
        prefer("jira"),
        merged(criteria("+a"), "jira", overruled=["github"]),
    ),
    "no side heard: they stay": Row(
        criteria("a"),
        [side("github", criteria("a"), criteria(""))],
        belongs("jira"),
        merged(criteria("a"), overruled=["github"]),
    ),
    "what the preferred side did not touch is the other's": Row(
        criteria("a b"),
        [
            side("jira", criteria("a b"), criteria("x b")),
            side("github", criteria("a b"), criteria("a +b")),
        ],
        prefer("jira"),
        merged(criteria("x +b"), "jira", "github"),
    ),
}


@pytest.mark.parametrize("row", CRITERIA_POLICIES.values(), ids=CRITERIA_POLICIES)
def test_criteria_that_differ_are_settled_by_the_policy(row: Row) -> None:
    assert merge(Shape.CRITERIA, row.base, row.sides, row.policy) == row.expected


def text(words: str) -> str:
    """`one | two`: two lines."""
    return "\n".join(word.strip() for word in words.split("|")) if words else ""


TEXTS: dict[str, tuple[str, str, str, str | None]] = {
    "different blocks: both stand": (
        "one || two || three",
        "ONE || two || three",
        "one || two || THREE",
        "ONE || two || THREE",
    ),
    "the same line, differently: held": ("one", "two", "three", None),
    "the same line, alike: they agree": ("one || two", "ONE || two", "ONE || two", "ONE || two"),
    "lines with one between them: both stand": (
        "one | two | three",
        "ONE | two | three",
        "one | two | THREE",
        "ONE | two | THREE",
    ),
    "adjacent lines: both stand": ("one | two", "ONE | two", "one | TWO", "ONE | TWO"),
    "lines that overlap: held": ("one | two | three", "ONE | TWO | three", "one | 2 | 3", None),
    "lines that overlap below one that nobody changed: held": (
        "zero | same | one | two",
        "ZERO | same | ONE | TWO",
        "zero | same | one | TWO",
        None,
    ),
    "one changes the last block, the other adds one below": (
        "one",
        "ONE",
        "one || two",
        "ONE || two",
    ),
    "one changes a block, the other adds one between it and the next": (
        "one || end",
        "ONE || end",
        "one || two || end",
        "ONE || two || end",
    ),
    "one changes the first block, the other adds one above": (
        "one",
        "zero || one",
        "ONE",
        "zero || ONE",
    ),
    "one removes a block, the other adds one below": (
        "one || two",
        "one",
        "one || two || three",
        "one || three",
    ),
    "one replaces two blocks, the other adds one between them: held": (
        "one || two",
        "new",
        "one || and || two",
        None,
    ),
    "one adds above, one below": ("one", "zero | one", "one | two", "zero | one | two"),
    "both add in one place: held": ("one", "one | two", "one | three", None),
    "both add the same": ("one", "one | two", "one | two", "one | two"),
    "one changes what the other removes: held": ("one || two", "one || TWO", "one", None),
    "one removes, one changes elsewhere": (
        "one || two || three",
        "one || three",
        "one || two || THREE",
        "one || THREE",
    ),
    "from nothing, alike": ("", "one", "one", "one"),
    "from nothing, differently: held": ("", "one", "two", None),
    "one empties, the other changed nothing": ("one | two", "", "one | two", ""),
    "one empties, the other changes: held": ("one | two", "", "one | TWO", None),
    "one changes only the marks of a line, one another line": (
        "- one || two",
        "* one || two",
        "- one || TWO",
        "* one || TWO",
    ),
    "both change a line alike but for its marks": (
        "one || two",
        "- new || two",
        "* new || TWO",
        "- new || TWO",
    ),
    "one changes the words of a line, the other its marks: the words stand": (
        "- a || b",
        "- A || b",
        "* a || b",
        "- A || b",
    ),
    "one removes a block, the other changes the next one": (
        "one || two || three || four",
        "one || three || four",
        "one || two || THREE || four",
        "one || THREE || four",
    ),
    "in one block, different lines": (
        "one || a | b | c || two",
        "one || A | b | c || two",
        "one || a | b | C || TWO",
        "one || A | b | C || TWO",
    ),
    "one changes a line, the other adds one between it and the next": (
        "one | end",
        "ONE | end",
        "one | two | end",
        "ONE | two | end",
    ),
    "between them, two take all lines of a block away: it goes": (
        "one || a | b || two",
        "one || a || two",
        "one || b || two",
        "one || two",
    ),
    "one empties a block that the other cut short: the rest stays": (
        "one || a | b || two",
        "one || b || two",
        "one || a | b || TWO",
        "one || b || TWO",
    ),
    "one changes the marks of a line, the other its words: the words stand": (
        "- a || b",
        "* a || b",
        "- A || b",
        "- A || b",
    ),
}


@pytest.mark.parametrize(("base", "jira", "github", "expected"), TEXTS.values(), ids=TEXTS)
def test_text_merges_by_lines(base: str, jira: str, github: str, expected: str | None) -> None:
    old = text(base)
    changed = [("jira", text(jira)), ("github", text(github))]
    sides = [side(tracker, old, new) for tracker, new in changed if new != old]
    result = merge(Shape.TEXT, old, sides, HOLD)
    if expected is None:
        assert result == held(old)
    else:
        assert result == merged(text(expected), *(one.tracker for one in sides))


def test_a_line_changed_on_two_sides_is_the_preferred_one_s_and_the_rest_is_both_s() -> None:
    old = text("one || two || three")
    jira = side("jira", old, text("ONE || two || three"))
    github = side("github", old, text("1 || two || 3"))
    for sides in permutations([jira, github]):
        result = merge(Shape.TEXT, old, sides, prefer("jira"))
        expected = merged(text("ONE || two || 3"), "jira", overruled=["github"])
        assert result == expected


def test_a_side_alone_is_the_newest_also_where_it_did_not_see_what_it_changed() -> None:
    late = side("jira", "one", "two", LATE)
    assert merge(Shape.TEXT, "three", [late], newest()) == merged("two", "jira")
    assert merge(Shape.TEXT, "three", [late], HOLD) == held("three")


def test_the_newest_change_of_a_line_stands() -> None:
    sides = [side("jira", "a", "b", LATE), side("github", "a", "c", EARLY)]
    assert merge(Shape.TEXT, "a", sides, newest()) == merged("b", "jira", overruled=["github"])


REPLAYS: dict[str, tuple[str, str, str, str | None]] = {
    "lines that were left alone stay as the text spells them": (
        "* one || two",
        "- one || two",
        "- one || TWO",
        "* one || TWO",
    ),
    "numbers of a list do not count": (
        "1. one | 1. two || end",
        "1. one | 2. two || end",
        "1. one | 2. two || END",
        "1. one | 1. two || END",
    ),
    "emphasis is the same in either mark": (
        "__one__ || two",
        "**one** || two",
        "**one** || TWO",
        "__one__ || TWO",
    ),
    "a line that both changed alike is taken once": (
        "ONE || two",
        "one || two",
        "ONE || TWO",
        "ONE || TWO",
    ),
    "a block that both changed alike stays beside one that only the text changed": (
        "A || two || new",
        "a || two || x",
        "a || two || new",
        "A || two || new",
    ),
    "a line that was broken in two is changed": ("A B", "a b", "a | b", None),
    "a line put into an empty text, and a break: both are something": ("a", "", " | ", None),
    "a line that the text no longer has cannot be changed": (
        "two",
        "one || two",
        "ONE || two",
        None,
    ),
    "a new line finds its place between others that differ": (
        "zero | one | two",
        "one | two",
        "one | and | two",
        "zero | one | and | two",
    ),
    "a line of words that were never there is only taken out where it is": (
        "a | b | c",
        "a | x | c",
        "a | c",
        None,
    ),
}


@pytest.mark.parametrize(("now", "old", "new", "expected"), REPLAYS.values(), ids=REPLAYS)
def test_a_change_is_replayed_on_a_text_that_differs(
    now: str, old: str, new: str, expected: str | None
) -> None:
    assert replay(text(now), text(old), text(new)) == (None if expected is None else text(expected))


def test_lines_that_a_long_text_repeats_are_lines_as_all_others() -> None:
    """A difference that skips what is frequent would find both changes in one place."""
    old = [line for n in range(150) for line in (f"line {n}", "--")]
    mine, yours = list(old), list(old)
    mine[20], mine[22] = "changed", "changed too"
    yours[21] = "=="
    both = [*mine[:21], "==", *mine[22:]]
    assert replay("\n".join(mine), "\n".join(old), "\n".join(yours)) == "\n".join(both)


SAID: dict[str, tuple[str, str]] = {
    "any bullet": ("* a", "- a"),
    "a plus, too": ("+ a", "- a"),
    "any number, however it ends": ("12) a", "1. a"),
    "a number is no bullet": ("1. a", "1. a"),
    "what is indented stays so": ("   * a", "   - a"),
    "blanks at the end": ("a  ", "a"),
    "blanks within": ("a \t b", "a b"),
    "blanks after a bullet": ("*   a", "- a"),
    "emphasis": ("__a__ _b_", "**a** *b*"),
    "what is escaped": ("a\\_b", "a*b"),
    "no bullet without a blank": ("*a*", "*a*"),
}


@pytest.mark.parametrize(("line", "same"), SAID.values(), ids=SAID)
def test_what_a_line_says_is_told_whatever_its_spelling(line: str, same: str) -> None:
    assert said(line) == said(same) == same


def test_a_replay_that_insists_wins_only_where_both_changed() -> None:
    now, old, new = text("A | b | C"), text("a | b | c"), text("x | b | c")
    assert replay(now, old, new) is None
    assert replay(now, old, new, insist=True) == text("x | b | C")


def test_a_replay_that_insists_leaves_a_line_that_already_says_it() -> None:
    now, old, new = text("* new | b | C"), text("one | b | c"), text("- new | b | x")
    assert replay(now, old, new, insist=True) == text("* new | b | x")


LINES = ["one", "two", "", "three four", "- five", "> six"]
ANY = st.text(st.characters(exclude_characters="\r"), max_size=40)
SPELLINGS = ANY | st.text("ab-*_1. \\\n", max_size=30)
PLAIN = st.lists(st.sampled_from(LINES), max_size=6).map("\n".join)
LABELS = st.frozensets(st.sampled_from("abcde"))
BOXES = st.lists(
    st.builds(Criterion, st.sampled_from(["a", "b", "c", "d", "*e*", "_e_"]), st.booleans()),
    max_size=6,
).map(tuple)
VALUES: dict[Shape, st.SearchStrategy[Value]] = {
    Shape.LINE: st.none() | st.sampled_from("abc"),
    Shape.NUMBER: st.none() | st.floats(0, 9),
    Shape.DATE: st.none() | st.sampled_from(["2026-11-24", "2026-11-25"]),
    Shape.ITEM: st.none() | st.sampled_from("abc"),
    Shape.SET: LABELS,
    Shape.ITEMS: LABELS,
    Shape.TEXT: SPELLINGS,
    Shape.CRITERIA: BOXES,
}


def changes(count: int, plain: bool = False) -> st.SearchStrategy[tuple[Shape, list[Value]]]:
    """A shape, and so many of its values: the base, and what sides made of it."""
    known = {**VALUES, Shape.TEXT: PLAIN} if plain else VALUES
    return st.sampled_from(list(known)).flatmap(
        lambda shape: st.tuples(
            st.just(shape), st.lists(known[shape], min_size=count, max_size=count)
        )
    )


@given(changes(2))
def test_the_change_of_one_side_arrives_whole(change: tuple[Shape, list[Value]]) -> None:
    shape, (base, new) = change
    taken = ("jira",) if new != base else ()
    assert merge(shape, base, [side("jira", base, new)], HOLD) == merged(new, *taken)


@given(changes(2))
def test_what_two_sides_changed_alike_is_no_conflict(change: tuple[Shape, list[Value]]) -> None:
    shape, (base, new) = change
    sides = [side("jira", base, new), side("github", base, new)]
    taken = ("jira", "github") if new != base else ()
    assert merge(shape, base, sides, HOLD) == merged(new, *taken)


@given(changes(3, plain=True))
def test_without_a_policy_it_does_not_matter_which_side_comes_first(
    change: tuple[Shape, list[Value]],
) -> None:
    shape, (base, one, other) = change
    sides = [side("jira", base, one), side("github", base, other)]
    first, second = (merge(shape, base, order, HOLD) for order in (sides, sides[::-1]))
    assert first.conflict == second.conflict
    if shape is Shape.CRITERIA and not first.conflict:  # two that were added stand in some order
        assert sorted(_told(first.value)) == sorted(_told(second.value))
    else:
        assert first.value == second.value


def _told(value: Value) -> list[tuple[str, bool]]:
    assert isinstance(value, tuple)
    return [(text.replace("_", "*"), checked) for text, checked in value]


@given(changes(3), st.sampled_from([HOLD, prefer("jira"), prefer("github")]))
def test_a_conflict_keeps_what_was_and_overrules_no_one(
    change: tuple[Shape, list[Value]], policy: Policy
) -> None:
    shape, (base, one, other) = change
    result = merge(shape, base, [side("jira", base, one), side("github", base, other)], policy)
    if result.conflict:
        assert policy == HOLD
        assert result == held(base)


@given(LABELS, LABELS, LABELS)
def test_a_set_has_what_any_side_added_and_not_what_any_removed(
    base: frozenset[str], one: frozenset[str], other: frozenset[str]
) -> None:
    result = merge(Shape.SET, base, [side("jira", base, one), side("github", base, other)], HOLD)
    assert result.value == (base & one & other) | (one - base) | (other - base)


@given(BOXES, BOXES, BOXES, st.sampled_from([HOLD, prefer("jira"), prefer("github")]))
def test_no_criterion_that_anyone_added_is_lost(
    base: tuple[Criterion, ...],
    one: tuple[Criterion, ...],
    other: tuple[Criterion, ...],
    policy: Policy,
) -> None:
    sides = [side("jira", base, one), side("github", base, other)]
    result = merge(Shape.CRITERIA, base, sides, policy)
    if result.conflict or result.overruled:
        return
    now = Counter(text for text, _ in _told(result.value))
    before = Counter(text for text, _ in _told(base))
    for value in (one, other):
        added = Counter(text for text, _ in _told(value)) - before
        assert all(now[entry] >= count for entry, count in added.items())


@given(PLAIN, PLAIN, PLAIN, st.sampled_from([HOLD, prefer("jira"), prefer("github")]))
def test_no_line_that_anyone_added_is_lost(base: str, one: str, other: str, policy: Policy) -> None:
    sides = [side("jira", base, one), side("github", base, other)]
    result = merge(Shape.TEXT, base, sides, policy)
    if result.conflict or result.overruled:
        return
    now, before = _lines(result.value), _lines(base)
    for value in (one, other):
        assert set(_lines(value) - before) <= set(now)


def _lines(value: Value) -> Counter[str]:
    return Counter(line for line in str(value).split("\n") if line)


@given(SPELLINGS, SPELLINGS)
def test_no_change_replayed_changes_nothing(now: str, old: str) -> None:
    assert replay(now, old, old) == now


@given(SPELLINGS, SPELLINGS)
def test_a_change_replayed_on_its_own_start_gives_its_end(old: str, new: str) -> None:
    assert replay(old, old, new) == new


def test_a_change_of_the_very_text_is_taken_without_a_look_at_its_lines() -> None:
    old, new = text("one || two"), text("one || three")
    assert replay(old, old, new) is new


@given(SPELLINGS, SPELLINGS, SPELLINGS)
def test_a_replay_that_insists_always_has_an_answer(now: str, old: str, new: str) -> None:
    gentle, insistent = replay(now, old, new), replay(now, old, new, insist=True)
    assert insistent is not None
    assert gentle is None or gentle == insistent


@pytest.mark.parametrize("shape", list(Shape))
def test_every_shape_merges_from_its_empty_value(shape: Shape) -> None:
    full: dict[Shape, Value] = {
        Shape.LINE: "a",
        Shape.TEXT: "a",
        Shape.NUMBER: 1.0,
        Shape.SET: names("a"),
        Shape.CRITERIA: criteria("a"),
        Shape.ITEM: "a",
        Shape.ITEMS: names("a"),
        Shape.DATE: "2026-11-24",
        Shape.COMMENTS: (comment("jira:1"),),
    }
    empty, new = EMPTY[shape], full[shape]
    assert merge(shape, empty, [side("jira", empty, new)], HOLD) == merged(new, "jira")
    assert merge(shape, new, [side("jira", new, empty)], HOLD) == merged(empty, "jira")


def test_a_field_that_was_never_set_merges_as_empty() -> None:
    for shape, new in ((Shape.TEXT, "a"), (Shape.SET, names("a")), (Shape.CRITERIA, criteria("a"))):
        assert merge(shape, None, [side("jira", None, new)], HOLD) == merged(new, "jira")


# Comments: each tracker says what its own are


def comment(id: str, text: str = "Yes", at: str = "2026-11-24T10:00:00Z") -> Comment:
    return Comment(id, "Ada", at, text)


FIRST, SECOND = comment("jira:1"), comment("github:9", at="2026-11-24T11:00:00Z")
COMMENTS: dict[str, tuple[list[Side], tuple[Comment, ...]]] = {
    "a new one takes its place by time": (
        [side("github", (FIRST,), (FIRST, SECOND))],
        (FIRST, SECOND),
    ),
    "of two written at once, both stay": (
        [
            side("jira", (FIRST,), (FIRST, comment("jira:2"))),
            side("github", (FIRST,), (FIRST, comment("github:2"))),
        ],
        (comment("github:2"), FIRST, comment("jira:2")),
    ),
    "one that its tracker reworded is reworded": (
        [side("jira", (FIRST,), (comment("jira:1", "No"),))],
        (comment("jira:1", "No"),),
    ),
    "one that its tracker deleted is gone": ([side("jira", (FIRST,), ())], ()),
    "one that its tracker deleted, and the backlog did not have, is not missed": (
        [side("github", (SECOND,), ())],
        (FIRST,),
    ),
    "one that nobody changed does not come back with a new one": (
        [side("github", (SECOND,), (SECOND, comment("github:2")))],
        (comment("github:2"), FIRST),
    ),
    "a copy that was deleted or reworded elsewhere says nothing": (
        [side("github", (FIRST,), ()), side("files", (FIRST,), (comment("jira:1", "No"),))],
        (FIRST,),
    ),
}


@pytest.mark.parametrize(("sides", "expected"), COMMENTS.values(), ids=COMMENTS)
def test_each_tracker_speaks_for_its_own_comments(
    sides: list[Side], expected: tuple[Comment, ...]
) -> None:
    result = merge(Shape.COMMENTS, (FIRST,), sides, HOLD)
    assert result.value == expected
    assert not result.conflict


# A person takes a side.

OLD_TEXT = "Top.\n\nMiddle.\n\nBottom."
TEXT_SIDES = (
    side("jira", OLD_TEXT, "Top by jira.\n\nMiddle.\n\nBottom by jira."),
    side("github", OLD_TEXT, "Top by github.\n\nMiddle.\n\nBottom.\n\nMore by github."),
)
OWN = "Bottom by jira.\n\nMore by github."
OLD_CRITERIA = criteria("a b c")
CRITERIA_SIDES = (
    side("jira", OLD_CRITERIA, criteria("x b c d")),
    side("github", OLD_CRITERIA, criteria("y +b c")),
)
BOX_SIDES = (
    side("jira", criteria("+a b"), criteria("+a x")),
    side("github", criteria("a b"), criteria("+a b")),
    side("files", criteria("+a b"), criteria("a b")),
)
TAKEN: dict[str, tuple[Shape, Value, Sequence[Side], str, Value]] = {
    "a value: the side's": (Shape.LINE, "medium", (HIGH, LOW), "github", "low"),
    "a value, of no side: as it was": (Shape.LINE, "medium", (HIGH, LOW), "backlog", "medium"),
    "a set: nothing was in conflict": (
        Shape.SET,
        names("a"),
        (side("jira", names("a"), names("a b")), side("github", names("a"), names(""))),
        "jira",
        names("b"),
    ),
    "a text: the side's lines, and all others": (
        Shape.TEXT,
        OLD_TEXT,
        TEXT_SIDES,
        "jira",
        f"Top by jira.\n\nMiddle.\n\n{OWN}",
    ),
    "a text: the other side's lines, and all others": (
        Shape.TEXT,
        OLD_TEXT,
        TEXT_SIDES,
        "github",
        f"Top by github.\n\nMiddle.\n\n{OWN}",
    ),
    "a text, of no side: the lines as they were, and all others": (
        Shape.TEXT,
        OLD_TEXT,
        TEXT_SIDES,
        "backlog",
        f"Top.\n\nMiddle.\n\n{OWN}",
    ),
    "a text, of no side, where all made the same of it: that": (
        Shape.TEXT,
        "w\n\nx\ny",
        (side("jira", "x\ny", "x\nz"), side("github", "x\ny", "x\nz")),
        "backlog",
        "w\n\nx\nz",
    ),
    "a text that there was not: as it was": (
        Shape.TEXT,
        None,
        (side("jira", "", "a"), side("github", "", "b")),
        "backlog",
        "",
    ),
    "criteria: the side's words, and all else": (
        Shape.CRITERIA,
        OLD_CRITERIA,
        CRITERIA_SIDES,
        "github",
        criteria("y +b c d"),
    ),
    "criteria, of no side: the words as they were, and all else": (
        Shape.CRITERIA,
        OLD_CRITERIA,
        CRITERIA_SIDES,
        "backlog",
        criteria("a +b c d"),
    ),
    "criteria, of no side: as they were, also where a third side removed them": (
        Shape.CRITERIA,
        OLD_CRITERIA,
        (*CRITERIA_SIDES, side("files", OLD_CRITERIA, criteria("b c"))),
        "backlog",
        criteria("a +b c d"),
    ),
    "criteria, of no side: as they were, also where a third side never had them": (
        Shape.CRITERIA,
        OLD_CRITERIA,
        (*CRITERIA_SIDES, side("files", criteria("b c"), criteria("b"))),
        "backlog",
        criteria("a +b d"),
    ),
    "criteria, of no side: as they were, beside a new one that says what a side made of them": (
        Shape.CRITERIA,
        criteria("a"),
        (
            side("jira", criteria("a"), criteria("x")),
            side("github", criteria("a"), criteria("y")),
            side("files", criteria("a"), criteria("a x")),
        ),
        "backlog",
        criteria("a x"),
    ),
    "criteria, of no side: all words and boxes that nobody disputes": (
        Shape.CRITERIA,
        criteria("a b"),
        (
            side("jira", criteria("a b"), criteria("x b")),
            side("github", criteria("a b"), criteria("a y")),
            side("files", criteria("a b"), criteria("+a b")),
        ),
        "backlog",
        criteria("+x y"),
    ),
    "criteria, of no side: the box as it was, and all else": (
        Shape.CRITERIA,
        criteria("+a b"),
        BOX_SIDES,
        "backlog",
        criteria("+a x"),
    ),
}


@pytest.mark.parametrize(("shape", "base", "sides", "take", "expected"), TAKEN.values(), ids=TAKEN)
def test_a_person_decides_what_is_in_conflict_and_nothing_else(
    shape: Shape, base: Value, sides: Sequence[Side], take: str, expected: Value
) -> None:
    for order in permutations(sides):
        assert settle(shape, base, order, take) == expected


DISPUTES: dict[str, tuple[str, Sequence[str], list[Region]]] = {
    "nobody changed anything": ("a\nb", ["a\nb", "a\nb"], []),
    "one side alone": ("a\nb", ["x\nb", "a\nb"], []),
    "different lines": ("a\n\nb", ["x\n\nb", "a\n\ny"], []),
    "the same line alike": ("a\nb", ["x\nb", "x\nb"], []),
    "the same line alike but for its spelling": ("a\n- b", ["a\n- x _y_", "a\n* x *y*"], []),
    "the same line differently": (
        "a\nb\nc",
        ["a\nx\nc", "a\ny\nc"],
        [Region(1, ("b",), (("x",), ("y",)))],
    ),
    "a line that one changed and another removed": (
        "a\nb\nc",
        ["a\nx\nc", "a\nc"],
        [Region(1, ("b",), (("x",), ()))],
    ),
    "different lines put in at one place": (
        "a",
        ["a\nx", "a\ny"],
        [Region(1, (), (("x",), ("y",)))],
    ),
    "two of three sides": (
        "a\nb\nc",
        ["x\nb\nc", "a\nb\nc", "y\nb\nz"],
        [Region(0, ("a",), (("x",), ("a",), ("y",)))],
    ),
    "from nothing": ("", ["x", "y"], [Region(0, (), (("x",), ("y",)))]),
}


@pytest.mark.parametrize(("old", "texts", "expected"), DISPUTES.values(), ids=DISPUTES)
def test_lines_are_disputed_where_two_sides_made_different_things_of_them(
    old: str, texts: Sequence[str], expected: list[Region]
) -> None:
    assert disputed(old, texts) == expected


def test_what_texts_agree_on_is_spelt_as_the_first_has_it() -> None:
    assert agreed("a\n- b", ["a\n- x", "a\n* x"]) == "a\n- x"


@given(st.text("ab\n"), st.text("ab\n"), st.text("ab\n"))
def test_texts_agree_with_themselves_and_else_on_what_was_there(
    old: str, one: str, other: str
) -> None:
    assert agreed(old, [one, one]) == one
    assert agreed(old, [old, old]) == old
    assert agreed(old, [one, other]) == agreed(old, [other, one])
