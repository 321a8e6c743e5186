"""Judging: modes, kinds, severities, waivers, and that findings are the same every time."""

import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.model import Criterion, Item
from sync.plan import Finding
from sync.rules import (
    RULES,
    AcceptanceCriteria,
    Labels,
    PriorityOrder,
    RuleSettings,
    View,
    Waiver,
    judge,
)

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def item(id_: str, **values: Any) -> Item:
    """An item called by its id, with nothing to find, unless told otherwise."""
    usual = {"title": id_, "kind": "story", "status": "todo", "priority": "medium"}
    criteria = {"acceptance_criteria": (Criterion("The buyer gets a receipt"),)}
    given_values = {**usual, **criteria, **values}
    return Item(id_, {name: value for name, value in given_values.items() if value is not None})


def view_of(*items: Item, **shown_orders: tuple[str, ...]) -> View:
    """A backlog of these items, top first, each with the key `KEY-<id>` on jira."""
    ids = tuple(entry.id for entry in items)
    keys = {id_: {"jira": f"KEY-{id_}"} for id_ in ids}
    return View({entry.id: entry for entry in items}, ids, keys, shown_orders, NOW)


def messages(view: View, rule: str, settings: RuleSettings | None = None) -> list[str]:
    """What one rule says, in the order of the findings."""
    chosen = {name: RuleSettings(mode="off") for name in RULES}
    findings = judge(view, {**chosen, rule: settings or RuleSettings()})
    return [finding.message for finding in findings]


BARE = item("a", acceptance_criteria=None)
"""A story that breaks the rule acceptance-criteria, once."""
SAID = "“a” (KEY-a) has no acceptance criteria: write at least one before work starts."


def test_a_finding_names_rule_severity_item_and_keys_sorted() -> None:
    view = replace(view_of(BARE), keys={"a": {"jira": "KEY-a", "github": "acme/shop#1"}})
    assert judge(view, {}) == (
        Finding(
            "acceptance-criteria",
            "error",
            SAID,
            "a",
            {"github": "acme/shop#1", "jira": "KEY-a"},
        ),
    )


def test_a_backlog_with_nothing_wrong_has_no_findings() -> None:
    assert judge(view_of(item("a"), item("b")), {}) == ()


def test_an_empty_backlog_has_no_findings() -> None:
    assert judge(view_of(), {"labels": RuleSettings(kinds=frozenset({"bug"}))}) == ()


@pytest.mark.parametrize(
    ("changes", "settings", "expected"),
    [
        pytest.param({}, RuleSettings(), ["error"], id="a rule reports by its own severity"),
        pytest.param({}, RuleSettings(mode="off"), [], id="a rule that is off says nothing"),
        pytest.param(
            {}, RuleSettings(severity="info"), ["info"], id="the settings' severity replaces it"
        ),
        pytest.param({"status": "done"}, RuleSettings(), [], id="a closed item is not judged"),
        pytest.param({"kind": "task"}, RuleSettings(), [], id="a kind not asked for is not judged"),
        pytest.param(
            {"kind": "task"},
            RuleSettings(kinds=frozenset({"task"})),
            ["error"],
            id="the settings' kinds replace the rule's",
        ),
        pytest.param(
            {},
            RuleSettings(options=AcceptanceCriteria(minimum=0)),
            [],
            id="the settings' options replace the rule's",
        ),
    ],
)
def test_settings(changes: dict[str, str], settings: RuleSettings, expected: list[str]) -> None:
    view = view_of(item("a", **{"acceptance_criteria": None, **changes}))
    assert [found.severity for found in judge(view, {"acceptance-criteria": settings})] == expected


def test_items_that_could_not_be_read_are_not_judged() -> None:
    assert judge(replace(view_of(BARE), unread=frozenset({"a"})), {}) == ()


def test_an_item_that_the_order_lacks_is_judged_last() -> None:
    view = view_of(item("b", priority=None), item("a", priority=None), item("z", priority=None))
    found = judge(replace(view, order=("z", "b", "ghost")), {})
    assert [finding.item for finding in found] == ["z", "b", "a"]


def test_errors_come_first_then_rules_then_the_order() -> None:
    view = view_of(
        item("z", labels=frozenset({"x:1", "x:2"}), acceptance_criteria=None),
        item("a", priority=None, labels=frozenset({"x:1", "x:2"}), acceptance_criteria=None),
    )
    labels = RuleSettings(options=Labels(namespaces={"x": "at-most-one"}))
    found = [(entry.severity, entry.rule, entry.item) for entry in judge(view, {"labels": labels})]
    assert found == [
        ("error", "acceptance-criteria", "z"),
        ("error", "acceptance-criteria", "a"),
        ("warning", "labels", "z"),
        ("warning", "labels", "a"),
        ("warning", "priority-order", "a"),
    ]


def test_an_unknown_rule_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="no such rule: label; there are acceptance-criteria, cu"):
        judge(view_of(), {"label": RuleSettings()})


def test_another_rules_options_are_refused() -> None:
    with pytest.raises(TypeError, match="labels takes Labels, not PriorityOrder"):
        judge(view_of(), {"labels": RuleSettings(options=PriorityOrder())})


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        pytest.param({"bugs", "epics"}, "bugs, epics", id="kinds that no item has"),
        pytest.param(set(), "no kind", id="no kinds at all"),
    ],
)
def test_a_rule_that_never_matches_is_reported(kinds: set[str], said: str) -> None:
    found = judge(view_of(item("a")), {"labels": RuleSettings(kinds=frozenset(kinds))})
    assert [(entry.rule, entry.severity, entry.item, entry.message) for entry in found] == [
        (
            "labels",
            "info",
            None,
            f"The rule labels is set for {said}, and no item is of such a kind: "
            "correct its kinds in the settings, or remove them.",
        )
    ]


def test_a_rule_that_never_matches_by_its_own_kinds_is_not_reported() -> None:
    stories = RuleSettings(kinds=RULES["acceptance-criteria"].kinds)
    assert judge(view_of(item("a", kind="bug")), {"acceptance-criteria": stories}) == ()


def waiver(**changes: Any) -> Waiver:
    usual = {"item": "KEY-a", "rule": "acceptance-criteria", "reason": "a spike"}
    return Waiver(**{**usual, "until": date(2026, 3, 16), **changes})


def ends(day: str) -> str:
    return (
        f"The waiver of acceptance-criteria for “a” (KEY-a) ends on {day}: mend what it is for "
        "by then, or renew it if “a spike” holds on, or remove it."
    )


ENDED = (
    "The waiver of acceptance-criteria for “a” (KEY-a) ended on 2026-02-28: "
    "renew it if “a spike” still holds, or remove it."
)


@pytest.mark.parametrize(
    ("waived", "expected"),
    [
        pytest.param(waiver(), [], id="one that ends in more than 14 days says nothing"),
        pytest.param(
            waiver(until=date(2026, 3, 15)),
            [("info", "a", ends("2026-03-15"))],
            id="one that ends in 14 days is reported",
        ),
        pytest.param(
            waiver(until=date(2026, 3, 1)),
            [("info", "a", ends("2026-03-01"))],
            id="it holds on its last day",
        ),
        pytest.param(
            waiver(until=date(2026, 3, 1), by="Ada\x1b[1m"),
            [("info", "a", ends("2026-03-01").replace(" ends on", ", given by Ada [1m, ends on"))],
            id="it says who gave it",
        ),
        pytest.param(waiver(item="a"), [], id="it may name the id"),
        pytest.param(waiver(item="key-A"), [], id="case does not matter"),
        pytest.param(
            waiver(until=date(2026, 2, 28)),
            [("error", "a", SAID), ("info", "a", ENDED)],
            id="one that has ended waives nothing, and is reported",
        ),
        pytest.param(
            waiver(rule="labels"), [("error", "a", SAID)], id="it waives no other rule than its own"
        ),
        pytest.param(
            waiver(item="KEY-9"),
            [
                ("error", "a", SAID),
                (
                    "info",
                    None,
                    "The waiver of acceptance-criteria for “KEY-9” names no item of this backlog: "
                    "correct it, or remove it.",
                ),
            ],
            id="one for an item that is not there is reported",
        ),
        pytest.param(
            waiver(rule="criteria"),
            [
                ("error", "a", SAID),
                (
                    "info",
                    "a",
                    "The waiver of criteria for “a” (KEY-a) names no rule there is "
                    "(acceptance-criteria, hygiene, labels, priority-order): correct it, or "
                    "remove it.",
                ),
            ],
            id="one for a rule that is not there is reported",
        ),
    ],
)
def test_waivers(waived: Waiver, expected: list[tuple[str, str | None, str]]) -> None:
    found = judge(view_of(BARE), {}, [waived])
    assert [(entry.severity, entry.item, entry.message) for entry in found] == expected


def test_a_finding_on_the_whole_backlog_is_not_waived() -> None:
    view = view_of(item("a"), item("b"), jira=("b", "a"))
    assert len(judge(view, {}, [waiver(rule="priority-order"), waiver(item="b")])) == 1


@pytest.mark.parametrize(
    ("title", "keys", "name"),
    [
        pytest.param("Pay", {"jira": "S-7", "files": "pay-by-card"}, "“Pay” (S-7)", id="short key"),
        pytest.param("Pay", {"b": "S-8", "a": "S-7"}, "“Pay” (S-7)", id="the first of equal keys"),
        pytest.param("Pay", {}, "“Pay” (item a)", id="without a key, the id"),
        pytest.param("", {"jira": "S-7"}, "“” (S-7)", id="without a title"),
        pytest.param("{0} %s [red]", {"jira": "S"}, "“{0} %s [red]” (S)", id="no template"),
        pytest.param("a\n\x1b[31mb\u202ec\ud800", {"jira": "S"}, "“a [31mbc” (S)", id="controls"),
        pytest.param("می‌خواهم", {"jira": "S"}, "“می‌خواهم” (S)", id="joiners stay"),
        pytest.param("word " * 30, {"jira": "S"}, f"“{'word ' * 11}word…” (S)", id="cut"),
    ],
)
def test_how_an_item_is_called(title: str, keys: dict[str, str], name: str) -> None:
    entry = item("a", title=title)
    assert replace(view_of(entry), keys={"a": keys}).name(entry) == name


LINES = st.text(max_size=8)
ITEMS = st.fixed_dictionaries(
    {
        "title": LINES,
        "kind": st.sampled_from(["story", "bug", None]),
        "status": st.sampled_from(["todo", "done", None]),
        "priority": st.sampled_from(["high", "low", "odd", None]),
        "labels": st.frozensets(st.sampled_from(["ui", "UI", "type:a", "type:b", "\x1b[2J"])),
        "acceptance_criteria": st.lists(st.builds(Criterion, LINES, st.booleans()), max_size=3).map(
            tuple
        ),
        "parent": st.sampled_from(["i0", "i1", "ghost", None]),
        "blocked_by": st.frozensets(st.sampled_from(["i0", "i1", "i2", "ghost"])),
    }
)
STRICT: dict[str, RuleSettings] = {
    "priority-order": RuleSettings(options=PriorityOrder(limits={"high": 0})),
    "acceptance-criteria": RuleSettings(options=AcceptanceCriteria(minimum=2)),
    "labels": RuleSettings(
        options=Labels(
            vocabulary={"ui", "type:a"},
            namespaces={"type": "exactly-one"},
            aliases={"\x1b[2J": "x\ny"},
            forbidden=["type:b"],
        )
    ),
}


@settings(deadline=None)
@given(st.lists(ITEMS, max_size=5), st.randoms(use_true_random=False))
def test_the_same_backlog_gives_the_same_findings_without_control_characters(
    entries: list[dict[str, Any]], random: Random
) -> None:
    items = [item(f"i{at}", **values) for at, values in enumerate(entries)]
    ids = [entry.id for entry in items]
    view = view_of(*items, jira=tuple(shuffled(ids, random)), github=tuple(ids[:2]))
    again = replace(
        view,
        items=dict(shuffled(view.items.items(), random)),
        keys=dict(shuffled(view.keys.items(), random)),
        shown_orders=dict(shuffled(view.shown_orders.items(), random)),
    )
    found = judge(view, STRICT)
    assert judge(again, STRICT) == found
    said = "".join(entry.message for entry in found)
    assert {unicodedata.category(char) for char in said}.isdisjoint({"Cc", "Cs", "Zl", "Zp"})


def shuffled(entries: Any, random: Random) -> list[Any]:
    return random.sample(list(entries), len(entries))


def test_every_rule_of_the_table_stands_in_alphabetical_order_and_takes_its_defaults() -> None:
    defaults: dict[str, Callable[[], object]] = {name: RULES[name].options for name in RULES}
    assert list(defaults) == sorted(defaults)
    assert all(make() == make() for make in defaults.values())
