"""The rule priority-order, check by check."""

import time
from dataclasses import replace
from itertools import combinations
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.model import Item
from sync.rules import PriorityOrder, RuleSettings, View, judge
from sync.rules.priority_order import CHECKS, longest_run
from tests.sync.test_rules import item, messages, view_of

RULE = "priority-order"


def ranked(*priorities: str) -> list[Item]:
    """Items a, b, c … with these priorities, top first."""
    return [item(chr(97 + at), priority=priority) for at, priority in enumerate(priorities)]


def misplaced(name: str, priority: str, stands: str, other: str, its: str) -> str:
    move = {"above": "below", "below": "above"}[stands]
    return (
        f"“{name}” (KEY-{name}) has priority {priority} but stands {stands} “{other}” "
        f"(KEY-{other}), which has {its}: move it {move} that, or change one of the priorities."
    )


@pytest.mark.parametrize(
    ("priorities", "expected"),
    [
        pytest.param(["highest", "high", "high", "low"], [], id="order agrees with priority"),
        pytest.param(
            ["low", "high"],
            [misplaced("a", "low", "above", "b", "high")],
            id="low above high: the low one is to go down",
        ),
        pytest.param(
            ["low", "low", "low", "high"],
            [misplaced("d", "high", "below", "a", "low")],
            id="one high one below many low ones: it alone is to go up, above the first",
        ),
        pytest.param(
            ["low", "high", "high", "medium"],
            [misplaced("a", "low", "above", "d", "medium")],
            id="one low one above many: it alone is to go down, below the last",
        ),
        pytest.param(
            ["high", "low", "medium", "medium", "high"],
            [
                misplaced("b", "low", "above", "d", "medium"),
                misplaced("e", "high", "below", "c", "medium"),
            ],
            id="two out of place, one each way",
        ),
    ],
)
def test_order_agrees_with_priority(priorities: list[str], expected: list[str]) -> None:
    assert messages(view_of(*ranked(*priorities)), RULE) == expected


def test_levels_are_the_teams_own() -> None:
    options = PriorityOrder(levels=("p1", "p2"))
    view = view_of(*ranked("p2", "p1"))
    assert messages(view, RULE, RuleSettings(options=options)) == [
        misplaced("a", "p2", "above", "b", "p1")
    ]


def test_closed_items_and_other_kinds_do_not_count() -> None:
    view = view_of(
        item("a", priority="low", status="done"),
        item("b", priority="low", kind="epic"),
        item("c", priority="high"),
    )
    assert messages(view, RULE, RuleSettings(kinds=frozenset({"story"}))) == []


@pytest.mark.parametrize(
    ("priority", "options", "expected"),
    [
        pytest.param(None, PriorityOrder(), ["has no priority"], id="none where one is required"),
        pytest.param("urgent", PriorityOrder(), ["has the unknown priority “urgent”"], id="odd"),
        pytest.param(None, PriorityOrder(checks=()), [], id="none where none is required"),
    ],
)
def test_every_item_has_a_priority(
    priority: str | None, options: PriorityOrder, expected: list[str]
) -> None:
    found = judge(view_of(item("a", priority=priority)), {RULE: RuleSettings(options=options)})
    assert [(entry.severity, entry.message) for entry in found] == [
        ("warning", f"“a” (KEY-a) {said}: give it one of highest, high, medium, low, lowest.")
        for said in expected
    ]


def blocked(*names: str, status: str = "todo") -> View:
    """Item `a` at the top, blocked by all others."""
    others = [item(name, status=status) for name in names]
    return view_of(item("a", blocked_by=frozenset(names)), *others)


MOVE_IT = "further down: move what blocks it up, or take the block away."


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        pytest.param(
            blocked("b"),
            [f"“a” (KEY-a) is blocked by “b” (KEY-b), {MOVE_IT}"],
            id="the blocker stands below",
        ),
        pytest.param(
            blocked(*"bcdef"),
            [
                "“a” (KEY-a) is blocked by “b” (KEY-b), “c” (KEY-c), “d” (KEY-d) and 2 more, "
                + MOVE_IT
            ],
            id="many blockers are one finding",
        ),
        pytest.param(replace(blocked("b"), order=("b", "a")), [], id="the blocker stands above"),
        pytest.param(replace(blocked("b"), order=("b",)), [], id="the blocked one has no place"),
        pytest.param(replace(blocked("b"), order=("a",)), [], id="the blocker has no place"),
        pytest.param(blocked("b", status="done"), [], id="the blocker is done"),
        pytest.param(
            view_of(item("a", blocked_by=frozenset({"ghost"}))), [], id="the blocker is unknown"
        ),
    ],
)
def test_blockers_stand_above(view: View, expected: list[str]) -> None:
    assert messages(view, RULE) == expected


def family(parent: str | None, *children: str | None) -> View:
    """An epic below its children, which stand in an order that agrees with their priorities."""
    born: list[Item] = [
        item(f"c{at}", priority=priority, parent="p") for at, priority in enumerate(children)
    ]
    return view_of(*born, item("p", kind="epic", priority=parent))


def lags(child: str, its: str, more: str = "") -> str:
    return (
        f"“p” (KEY-p) has priority low, lower than its child “{child}” (KEY-{child}) with {its}"
        f"{more}: raise the parent, or lower the child."
    )


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        pytest.param(family("low", "low", "lowest"), 0, id="no child has a higher priority"),
        pytest.param(family("low", "high"), lags("c0", "high"), id="one child has"),
        pytest.param(
            family("low", "highest", "high", "low"),
            lags("c0", "highest", " (and 1 more)"),
            id="several have: the highest is named",
        ),
        pytest.param(family(None, "high"), 0, id="the parent has no priority"),
        pytest.param(family("low", None), 0, id="the child has no priority"),
        pytest.param(view_of(item("a", parent="ghost")), 0, id="the parent is unknown"),
    ],
)
def test_parents_do_not_lag(view: View, expected: str | int) -> None:
    options = PriorityOrder(checks={"parents"})
    found = [
        said for said in messages(view, RULE, RuleSettings(options=options)) if "child" in said
    ]
    assert found == ([expected] if expected else [])


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        pytest.param({}, [], id="any number is allowed"),
        pytest.param({"highest": 5, "high": 1}, [], id="as many as there are"),
        pytest.param({"low": 0}, [], id="none, and none is allowed"),
        pytest.param(
            {"highest": 4},
            [
                "5 open items have priority highest, where at most 4 may: change the priority of "
                "“e” (KEY-e), or of others."
            ],
            id="one too many: the last in order is proposed",
        ),
        pytest.param(
            {"highest": 0, "high": 0},
            [
                "1 open item has priority high, where at most 0 may: change the priority of "
                "“f” (KEY-f), or of others.",
                "5 open items have priority highest, where at most 0 may: change the priority of "
                "“a” (KEY-a), “b” (KEY-b), “c” (KEY-c) and 2 more, or of others.",
            ],
            id="all too many",
        ),
    ],
)
def test_only_so_many_of_a_priority(limits: dict[str, int], expected: list[str]) -> None:
    view = view_of(*ranked(*["highest"] * 5, "high"))
    assert messages(view, RULE, RuleSettings(options=PriorityOrder(limits=limits))) == expected


def test_only_what_is_asked_for_is_checked() -> None:
    view = view_of(
        item("a", priority="low", blocked_by=frozenset({"b"})),
        item("b", priority="high", parent="a"),
        item("c", priority=None),
        jira=("b", "a"),
    )
    assert len(messages(view, RULE)) == len(CHECKS)
    for check in CHECKS:
        options = PriorityOrder(checks={check})
        assert len(messages(view, RULE, RuleSettings(options=options))) == 1


ELSEWHERE = "The next apply moves them there."


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        pytest.param(("a", "b", "c"), [], id="the same order"),
        pytest.param(("c", "a"), ["c"], id="a tracker with some of the items"),
        pytest.param(("a", "c", "a"), [], id="an item twice counts once"),
        pytest.param(("ghost", "a"), [], id="an item that is not in the backlog"),
        pytest.param((), [], id="no items"),
    ],
)
def test_the_order_on_a_tracker(shown: tuple[str, ...], expected: list[str]) -> None:
    found = messages(view_of(item("a"), item("b"), item("c"), jira=shown), RULE)
    assert found == [
        f"jira shows 1 of {len(shown)} items elsewhere than the backlog has them: "
        f"“{name}” (KEY-{name}). {ELSEWHERE}"
        for name in expected
    ]


def test_each_tracker_that_differs_is_one_finding() -> None:
    down = ("d", "c", "b", "a")
    view = view_of(*ranked(*["high"] * 4), jira=down, github=down, files=("a", "b"))
    said = (
        " shows 3 of 4 items elsewhere than the backlog has them: "
        f"“d” (KEY-d), “c” (KEY-c), “b” (KEY-b). {ELSEWHERE}"
    )
    found = judge(view, {})
    assert [(entry.severity, entry.item, entry.message) for entry in found] == [
        ("warning", None, f"github{said}"),
        ("warning", None, f"jira{said}"),
    ]


def test_a_tracker_that_refused_a_move_is_told_with_its_reason() -> None:
    view = replace(
        view_of(*ranked(*["high"] * 3), jira=("c", "a", "b")),
        unmoved={"jira": {"c": "the issue is not on the board."}, "github": {"a": "no"}},
    )
    [said] = messages(view, RULE)
    assert said == (
        "jira shows 1 of 3 items elsewhere than the backlog has them: “c” (KEY-c). It did not let "
        "“c” (KEY-c) be moved: the issue is not on the board. Mend that, then run `apply --retry`."
    )


def test_a_tracker_that_does_not_get_the_order_is_told_once_and_why() -> None:
    view = replace(
        view_of(*ranked("high", "high"), github=("b", "a")),
        orderless={"github": "it is public; name order under trackers.github.publish"},
    )
    [found] = judge(view, {})
    assert (found.severity, found.item, found.message) == (
        "info",
        None,
        "github is not kept in the backlog's order: it is public; name order under "
        "trackers.github.publish.",
    )
    assert messages(replace(view, items={"a": view.items["a"]}, order=("a",)), RULE) == []
    assert messages(view, RULE, RuleSettings(options=PriorityOrder(checks=["order"]))) == []


@settings(deadline=None)
@given(st.lists(st.integers(0, 4), max_size=9))
def test_a_longest_run_never_falls_and_no_longer_one_does(ranks: list[int]) -> None:
    run = longest_run(ranks)
    assert run == sorted(set(run))
    assert is_rising(ranks[place] for place in run)
    assert not any(is_rising(longer) for longer in combinations(ranks, len(run) + 1))


def is_rising(ranks: Any) -> bool:
    values = list(ranks)
    return values == sorted(values)


def test_ten_thousand_items_take_seconds_at_most() -> None:
    random = Random(7)
    items = [
        item(
            f"i{at}", priority=random.choice(("high", "low")), blocked_by=frozenset({f"i{at - 1}"})
        )
        for at in range(10_000)
    ]
    ids = [entry.id for entry in items]
    view = view_of(*items, jira=tuple(random.sample(ids, len(ids))))
    start = time.process_time()
    assert len(messages(view, RULE)) > 1000
    assert time.process_time() - start < 5  # each pair compared would be fifty million
