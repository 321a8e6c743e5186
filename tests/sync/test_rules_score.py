"""Scores: what they say of items of one priority, and the order kept by them."""

import pytest

from sync.expression import ExpressionError
from sync.model import FIELDS, Shape
from sync.rules import PriorityOrder, RuleSettings, enforce, judge
from sync.rules.ranking import counted, ranked_by
from sync.score import FORMULAS, Score
from tests.sync.test_rules import item, view_of
from tests.sync.test_rules_custom import OFF

SCHEMA = (*FIELDS.items(), ("value", Shape.NUMBER))
VALUE = Score(expression="item.value", schema=SCHEMA)
KEEP = Score(expression="item.value", schema=SCHEMA, keep=True)


def backlog(*values, **more):
    """Items a, b, c … of these values, or of `(value, priority)`, top first."""
    items = []
    for at, one in enumerate(values):
        value, priority = one if isinstance(one, tuple) else (one, "medium")
        id_ = chr(97 + at)
        blocked = frozenset(more.get(id_, ""))
        items.append(item(id_, value=value, priority=priority, blocked_by=blocked or None))
    return view_of(*items)


def rule(score, mode="report", **options):
    said = RuleSettings(mode, options=PriorityOrder(score=score, **options))
    return OFF | {"priority-order": said}


def kept(view, **options):
    """The order as `fix` has it; again the same when it is run on that."""
    return enforce(view, rule(KEEP, "fix", **options), (), lambda item, name: True)


@pytest.mark.parametrize(
    ("formula", "values", "expected"),
    [
        ("wsjf", {"value": 3.0, "urgency": 5.0, "risk": 2.0, "estimate": 5.0}, 2.0),
        ("rice", {"reach": 10.0, "impact": 2.0, "confidence": 0.5, "estimate": 5.0}, 2.0),
        ("value-effort", {"value": 6.0, "estimate": 3.0}, 2.0),
        ("value-effort", {"value": 6.0}, None),
        ("value-effort", {"value": 6.0, "estimate": 0.0}, None),
        ("value-effort", {"value": 1e308, "estimate": 1e-300}, None),
    ],
)
def test_formulas(formula, values, expected):
    assert Score(formula).of(item("a", **values), lambda item: None) == expected


def test_a_part_of_a_formula_may_stand_in_another_field():
    one = item("a", worth=6.0, days=2.0)
    score = Score("value-effort", {"value": "worth", "effort": "days"})
    assert score.of(one, lambda item: None) == 3.0
    assert set(FORMULAS) == {"wsjf", "rice", "value-effort"}


def test_an_expression_that_is_none_is_refused():
    with pytest.raises(ExpressionError):
        judge(backlog(1.0), rule(Score(expression="item.title")))


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        pytest.param(backlog(3.0, 2.0, 2.0, 1.0), [], id="from the highest down"),
        pytest.param(
            backlog(1.0, 3.0),
            [
                "“a” (KEY-a) has a score of 1 but stands above “b” (KEY-b), which has a score of "
                "3, both of priority medium: move it below that, or correct a score."
            ],
            id="a lower one above a higher one",
        ),
        pytest.param(
            backlog(1.0, 1.0, 0.5, 3.0),
            [
                "“d” (KEY-d) has a score of 3 but stands below “a” (KEY-a), which has a score of "
                "1, both of priority medium: move it above that, or correct a score."
            ],
            id="one higher one below many",
        ),
        pytest.param(backlog((1.0, "high"), (3.0, "low")), [], id="priorities come first"),
        pytest.param(backlog(1.0, None, 0.5), [], id="without a score nothing is said"),
        pytest.param(
            backlog((1.0, None), (3.0, None)), [], id="without a priority nothing is said"
        ),
        pytest.param(
            backlog(1.0, 3.0, b="a"), [], id="what blocks a higher one counts as that does"
        ),
    ],
)
def test_what_is_proposed(view, expected):
    found = judge(view, rule(VALUE, checks=["order", "blockers"]))
    assert [(one.severity, one.message) for one in found] == [("info", one) for one in expected]
    rules = rule(VALUE, "fix", checks=["order", "blockers"])
    fixed = enforce(view, rules, (), lambda item, name: True)
    assert (fixed.order, [one.fix for one in fixed.findings]) == (view.order, [False] * len(found))


def test_what_counts_as_what_it_blocks_is_said_so():
    [found] = judge(backlog(2.0, 1.0, 3.0, c="b"), rule(VALUE, checks=["order", "blockers"]))
    assert found.message.startswith(
        "“a” (KEY-a) has a score of 2 but stands above “c” (KEY-c), which has a score of 3"
    )
    found = judge(backlog(2.0, 2.0, 2.0, 1.0, 3.0, e="d"), rule(VALUE, checks=["blockers"]))
    assert found[0].message.startswith(
        "“d” (KEY-d) counts as 3, the score of what it blocks, but stands below “a” (KEY-a), which "
    )


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        pytest.param(backlog(1.0, 3.0, 2.0), "bca", id="from the highest down"),
        pytest.param(backlog(2.0, 2.0, 1.0, 3.0), "dabc", id="equals stay as they are"),
        pytest.param(
            backlog((9.0, "low"), (1.0, "high"), (2.0, "high")), "cba", id="priorities come first"
        ),
        pytest.param(backlog(3.0, None, 2.0, 1.0), "abcd", id="what has no score stays"),
        pytest.param(backlog(1.0, None, 3.0, 2.0), "bcda", id="beside others that do not move"),
        pytest.param(backlog(None, None), "ab", id="none has a score"),
        pytest.param(
            backlog((1.0, None), (3.0, None)), "ab", id="without a priority there is no score"
        ),
        pytest.param(backlog(1.0, 3.0, b="a"), "ab", id="what blocks comes first"),
        pytest.param(backlog(1.0, None, 3.0, 2.0, c="b"), "bcda", id="without a score, too"),
        pytest.param(backlog(3.0, None, 1.0, b="c"), "acb", id="and what is blocked comes later"),
        pytest.param(
            backlog(5.0, (None, None), 2.0, 3.0, b="c", d="b"),
            "acbd",
            id="through what has no priority",
        ),
        pytest.param(
            backlog(5.0, None, (None, None), 2.0, 3.0, b="c", c="d"),
            "aedcb",
            id="through what has no priority, to what has no score",
        ),
    ],
)
def test_the_order_is_kept(view, expected):
    fixed = kept(view)
    assert "".join(fixed.order) == expected
    moved = [one for one in fixed.findings if not one.message.startswith("“")]
    assert moved == []
    again = kept(view_of(*(view.items[id_] for id_ in fixed.order)))
    assert again.order == fixed.order
    assert [one for one in again.findings if one.fix] == []


def test_what_is_out_of_order_is_a_warning_that_a_fix_ends():
    [found] = kept(backlog(1.0, 3.0), checks=["order"]).findings
    assert (found.severity, found.fix) == ("warning", True)


def test_blocks_in_a_circle_count_for_nothing():
    assert counted({"a": 1.0, "b": 2.0}, {"a": 0, "b": 0}, [("a", "b"), ("b", "a")]) == {
        "a": 1.0,
        "b": 2.0,
    }
    assert ranked_by("ab", {}, {"a": 0, "b": 1}, [("b", "a")]) == {"a": (0.0, 0.0), "b": (1.0, 0.0)}
