"""What holds of every rule there is, of any backlog."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.rules import (
    RULES,
    AcceptanceCriteria,
    Custom,
    Hygiene,
    PriorityOrder,
    RuleSettings,
    enforce,
)
from sync.rules.hygiene import CHECKS
from sync.rules.judge import breaches
from sync.score import Score
from tests.sync.test_rules_enforce import ALL, SCHEMA, backlogs

ORDER = ALL["priority-order"].options
OPTIONS = {
    "acceptance-criteria": AcceptanceCriteria(
        template=["Given …"], minimum=2, form="given-when-then", ready=3
    ),
    "custom": Custom("owned", "size(item.assignees) > 0", "has nobody.", SCHEMA),
    "hygiene": Hygiene(CHECKS),
    "labels": replace(ALL["labels"].options, namespaces={"area": "exactly-one"}),
    "priority-order": PriorityOrder(
        limits={"high": 1},
        default="medium",
        frozen=["now"],
        score=Score("value-effort", keep=True),
    ),
}
"""Each rule with every check that it has: a rule that is missing here fails."""
EVERY = {rule: RuleSettings("fix", options=options) for rule, options in OPTIONS.items()}
OFF = {rule: RuleSettings("off") for rule in RULES}


def enforced(view, rules):
    return enforce(view, {**OFF, **rules}, (), lambda item, name: True)


def mended(view, found):
    return replace(view, items={**view.items, **found.items}, order=found.order)


def fixable(found):
    return [one for one in found.findings if one.fix or one.rule == "rules"]


def test_every_rule_stands_in_these_laws():
    assert OPTIONS.keys() == RULES.keys()


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_table_whose_rows_are_sentences(rule):
    page = Path(__file__).with_name(f"test_rules_{rule.replace('-', '_')}.py")
    rows = [
        str(word.value.value)
        for node in ast.walk(ast.parse(page.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "param"
        for word in node.keywords
        if word.arg == "id" and isinstance(word.value, ast.Constant)
    ]
    assert sum(" " in row for row in rows) >= 5


@pytest.mark.parametrize("rule", RULES)
@given(view=backlogs())
def test_what_has_no_fix_is_all_that_mending_leaves_out(rule, view):
    whole = [one for one in breaches(view, rule, EVERY[rule]) if one.fix]
    mending = [one for one in breaches(replace(view, mending=True), rule, EVERY[rule]) if one.fix]
    assert mending == whole


@pytest.mark.parametrize("rule", RULES)
@given(view=backlogs())
def test_the_fixes_of_a_rule_leave_no_finding_that_has_one_and_do_nothing_twice(rule, view):
    first = enforced(view, {rule: EVERY[rule]})
    second = enforced(mended(view, first), {rule: EVERY[rule]})
    assert fixable(second) == []
    assert (second.items, second.order) == ({}, first.order)


@given(view=backlogs(), order=st.sampled_from([OPTIONS["priority-order"], ORDER]))
def test_all_rules_at_once_come_to_rest_in_two_runs(view, order):
    rules = {**EVERY, "priority-order": RuleSettings("fix", options=order)}
    first = enforced(view, rules)
    second = enforced(mended(view, first), rules)
    assert fixable(second) == []
    assert (second.items, second.order) == ({}, first.order)
