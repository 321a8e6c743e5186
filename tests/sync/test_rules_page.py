"""docs/rules.md is what the rules do."""

import pytest

from sync.rules import RULES
from tests.sync import rules_page
from tests.sync.rules_examples import EXAMPLES


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.title)
def test_each_example_breaks_its_rule_and_is_mended(example):
    shown = rules_page.run(example)
    assert shown.found
    assert shown.left == ()


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_has_examples(rule):
    assert sum(one.rule == rule for one in EXAMPLES) >= 2


def test_the_page_is_what_the_rules_do():
    assert rules_page.PAGE.read_text(encoding="utf-8") == rules_page.page(), (
        "write it anew: python -m tests.sync.rules_page"
    )
