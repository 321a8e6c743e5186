"""Every finding has its why."""

import ast
from importlib import import_module
from pathlib import Path

import pytest

import sync
from sync.report.why import OWN, WHY, why
from sync.rules.judge import CUSTOM
from sync.rules.table import RULES

PACKAGE = Path(sync.__file__).parent


def named():
    """What findings are called: the first argument of each Finding that is made."""
    for path in (*PACKAGE.joinpath("planner").rglob("*.py"), *PACKAGE.joinpath("rules").iterdir()):
        if path.suffix != ".py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding":
                first = node.args[0] if node.args else None
                if isinstance(first, ast.Constant):
                    yield first.value
                elif isinstance(first, ast.Name) and first.id.isupper():
                    name = path.relative_to(PACKAGE.parent).with_suffix("").as_posix()
                    yield getattr(import_module(name.replace("/", ".")), first.id)


@pytest.mark.parametrize("rule", sorted({*RULES, *named()} - {CUSTOM}))
def test_every_rule_says_what_it_is_there_for(rule):
    assert rule in WHY


def test_a_rule_of_the_teams_own_says_where_it_is_written():
    assert why("has-an-owner") == OWN
