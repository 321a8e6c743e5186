"""Rules of a team's own."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sync.expression import ExpressionError
from sync.rules import RULES, Custom, RuleSettings, Waiver, judge
from tests.sync.test_rules import NOW, item, view_of

OWNED = Custom("owned", "size(item.assignees) > 0", "has nobody: assign somebody.")
OFF = {name: RuleSettings("off") for name in RULES}


def judged(view, *options, waivers=(), **settings):
    custom = tuple(RuleSettings(options=one, **settings) for one in options)
    return judge(view, {**OFF, "custom": custom}, waivers)


def test_a_finding_bears_the_rules_name_and_message():
    [found] = judged(view_of(item("a"), item("b", assignees=frozenset({"ada"}))), OWNED)
    assert (found.rule, found.severity, found.item, found.message) == (
        "owned",
        "warning",
        "a",
        "“a” (KEY-a) has nobody: assign somebody.",
    )


FAMILY = (
    item("p", title="Checkout"),
    item("c", kind="bug", parent="p", priority="low"),
    item("d", kind="bug", status="done", parent="p"),
)


@pytest.mark.parametrize(
    ("expect", "settings", "broken"),
    [
        pytest.param("true", {}, [], id="what always holds nothing breaks"),
        pytest.param("item.title == item.id", {}, ["p"], id="an item is asked for its fields"),
        pytest.param("false", {}, ["p", "c"], id="closed items are not judged"),
        pytest.param(
            "false", {"kinds": frozenset({"bug"})}, ["c"], id="only the kinds that it is set for"
        ),
        pytest.param(
            "false", {"but": frozenset({"bug"})}, ["p"], id="not the kinds that are set apart"
        ),
        pytest.param(
            'parent.title == "Checkout"', {}, ["p"], id="of no parent the fields are empty"
        ),
        pytest.param("size(children) == 0", {}, ["p"], id="children are counted"),
        pytest.param(
            "children.all(one, !one.open)", {}, ["p"], id="children are asked for their fields"
        ),
        pytest.param("item.position < 2", {}, ["c"], id="the top of the order is the first place"),
        pytest.param('item.key == "KEY-p"', {}, ["c"], id="a key is the one that people know"),
    ],
)
def test_what_breaks_a_rule(expect, settings, broken):
    found = judged(view_of(*FAMILY), Custom("r", expect, "no"), **settings)
    assert [one.item for one in found] == broken


def test_what_has_no_answer_is_said_once():
    view = view_of(item("a"), item("b"), item("c", estimate=8.0))
    found = judged(view, Custom("small", "item.estimate < 5.0", "is too large: split it."))
    assert [(one.item, one.message.partition(":")[0]) for one in found] == [
        (None, "The rule small has no answer for 2 items, the first of them “a” (KEY-a)"),
        ("c", "“c” (KEY-c) is too large"),
    ]


def test_an_expression_that_is_none_is_refused():
    with pytest.raises(ExpressionError):
        judged(view_of(item("a")), Custom("r", "1 +", "no"))


def test_a_waiver_names_it_as_it_names_others():
    waiver = Waiver("a", "owned", "a spike", NOW.date() + timedelta(days=90))
    assert judged(view_of(item("a")), OWNED, waivers=[waiver]) == ()
    [found] = judged(view_of(item("a")), waivers=[replace(waiver, rule="other")])
    assert (
        "names no rule there is (acceptance-criteria, hygiene, labels, priority-order)"
        in found.message
    )


def test_without_rules_of_ones_own_there_are_none():
    assert judge(view_of(item("a")), OFF | {"custom": RuleSettings()}) == ()
