"""What rules do about what they find: fixes, labels, comments, statuses that are put back."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.expression import Expression
from sync.model import FIELDS, Criterion, Item, Shape
from sync.notice import Told
from sync.rules import (
    AcceptanceCriteria,
    Hygiene,
    Labels,
    PriorityOrder,
    RuleSettings,
    View,
    Waiver,
    enforce,
)
from sync.score import Score

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
OFF = RuleSettings("off")


def item(id_, **values):
    usual = {"title": id_, "kind": "story", "status": "todo", "priority": "medium"}
    criteria = {"acceptance_criteria": (Criterion("The buyer gets a receipt"),)}
    return Item(id_, {k: v for k, v in {**usual, **criteria, **values}.items() if v})


def view_of(*items, **more):
    ids = tuple(one.id for one in items)
    return View({one.id: one for one in items}, ids, {}, {}, NOW, **more)


def enforced(view, free=lambda item, name: True, waivers=(), *, moves=True, **settings):
    rules = {"priority-order": OFF, "acceptance-criteria": OFF, "labels": OFF}
    rules |= {name.replace("_", "-"): one for name, one in settings.items()}
    return enforce(view, rules, waivers, free, moves=moves)


def test_what_is_only_reported_changes_nothing():
    view = view_of(item("a", priority="low"), item("b", priority="high"))
    found = enforced(view, priority_order=RuleSettings())
    assert (found.items, found.order) == ({}, ("a", "b"))
    assert [one.fix for one in found.findings] == [False]


def test_a_fix_of_the_order_moves_the_fewest():
    view = view_of(item("a", priority="low"), item("b", priority="high"), item("c"))
    found = enforced(view, priority_order=RuleSettings("fix"))
    assert found.order == ("b", "c", "a")
    assert [(one.item, one.fix) for one in found.findings] == [("a", True)]


def test_nothing_is_moved_where_the_rules_may_not():
    view = view_of(item("a", priority="low"), item("b", priority="high"))
    assert enforced(view, moves=False, priority_order=RuleSettings("fix")).order == ("a", "b")


def test_items_of_a_running_sprint_do_not_move():
    view = view_of(item("a", priority="low", sprint="7"), item("b", priority="high", sprint="7"))
    found = enforced(view, priority_order=RuleSettings("fix", options=PriorityOrder(frozen=["7"])))
    assert found.order == ("a", "b")
    assert [one.fix for one in found.findings] == [False]


def test_only_so_many_items_move_in_one_run():
    view = view_of(item("a", priority="low"), item("b"), item("c", priority="high"))
    found = enforced(view, priority_order=RuleSettings("fix", options=PriorityOrder(most=1)))
    assert found.order == ("a", "c", "b")
    assert [(one.item, one.fix) for one in found.findings] == [("a", False), ("b", True)]


def test_a_parent_gets_its_highest_childs_priority():
    view = view_of(item("p", priority="low"), item("c", priority="high", parent="p"))
    found = enforced(
        view, priority_order=RuleSettings("fix", options=PriorityOrder(checks=["parents"]))
    )
    assert {id_: one.priority for id_, one in found.items.items()} == {"p": "high"}
    assert found.because == {("p", "priority"): "rule priority-order"}


def test_a_fix_may_call_for_another_one():
    view = view_of(
        item("g", priority="low"),
        item("p", priority="low", parent="g"),
        item("c", priority="high", parent="p"),
    )
    found = enforced(view, priority_order=RuleSettings("fix"))
    assert [found.items[id_].priority for id_ in "gp"] == ["high", "high"]
    assert found.order == ("g", "p", "c")


def test_a_contradiction_is_explained_and_not_guessed():
    view = view_of(
        item("a", priority="high", blocked_by=frozenset({"b"})), item("b", priority="low")
    )
    found = enforced(view, priority_order=RuleSettings("fix"))
    assert found.order == ("a", "b")
    assert [(one.fix, one.message) for one in found.findings] == [
        (
            False,
            "“a” (item a) is blocked by “b” (item b), further down: moving cannot mend it, for “b” "
            "(item b) has priority low and what it blocks has high: change one of the priorities, "
            "or take the block away.",
        )
    ]


def test_items_that_block_each_other_are_explained():
    both = [item("a", blocked_by=frozenset({"b"})), item("b", blocked_by=frozenset({"a"}))]
    [finding] = enforced(view_of(*both), priority_order=RuleSettings("fix")).findings
    assert "other items block them in a circle" in finding.message
    assert not finding.fix


def test_an_old_label_is_renamed_and_a_forbidden_one_goes():
    options = Labels(aliases={"defect": "bug"}, forbidden=["misc"])
    view = view_of(item("a", labels=frozenset({"Defect", "misc", "cart"})))
    found = enforced(view, labels=RuleSettings("fix", options=options))
    assert found.items["a"].labels == {"bug", "cart"}


def test_a_field_that_is_not_free_is_left_and_stays_a_finding():
    view = view_of(item("a", labels=frozenset({"misc"})))
    settings = RuleSettings("fix", options=Labels(forbidden=["misc"]))
    found = enforced(view, lambda item, name: False, labels=settings)
    assert found.items == {}
    assert [one.rule for one in found.findings] == ["labels"]


def test_a_waived_item_is_not_fixed():
    view = view_of(item("a", labels=frozenset({"misc"})))
    settings = RuleSettings("fix", options=Labels(forbidden=["misc"]))
    waiver = Waiver("a", "labels", "it is used by an export", NOW.date())
    found = enforced(view, waivers=[waiver], labels=settings)
    assert (found.items, found.waived) == ({}, 1)


@pytest.mark.parametrize(
    ("labels", "criteria", "expected"),
    [
        pytest.param(
            set(), (), {"needs:acceptance-criteria"}, id="an item that breaks the rule gets it"
        ),
        pytest.param(
            {"needs:acceptance-criteria", "x"},
            (Criterion("Done"),),
            {"x"},
            id="one that no longer does loses it",
        ),
        pytest.param({"x"}, (Criterion("Done"),), None, id="one that never did is left alone"),
    ],
)
def test_a_label_is_kept_in_step_with_the_finding(labels, criteria, expected):
    view = view_of(item("a", labels=frozenset(labels), acceptance_criteria=criteria))
    found = enforced(view, acceptance_criteria=RuleSettings("label"))
    assert ("a" in found.items and found.items["a"].labels) == (expected or False)


def test_a_label_of_the_rules_own_is_no_unknown_label():
    view = view_of(item("a", labels=frozenset({"triage"}), acceptance_criteria=()))
    found = enforced(
        view,
        acceptance_criteria=RuleSettings("label", label="triage"),
        labels=RuleSettings(options=Labels(vocabulary=["bug"])),
    )
    assert found.items == {}
    assert [one.rule for one in found.findings] == ["acceptance-criteria"]


def test_an_item_that_could_not_be_read_keeps_its_label():
    view = view_of(
        item("a", labels=frozenset({"needs:acceptance-criteria"})), unread=frozenset({"a"})
    )
    assert enforced(view, acceptance_criteria=RuleSettings("label")).items == {}


def test_what_breaks_a_rule_with_comments_is_said_in_one_comment():
    bare = item("a", acceptance_criteria=(), labels=frozenset({"misc"}))
    settings = RuleSettings("comment", options=Labels(forbidden=["misc"]))
    found = enforced(view_of(bare), acceptance_criteria=RuleSettings("comment"), labels=settings)
    assert [len(lines) for lines in found.comments.values()] == [2]
    assert found.items == {}


DONE = item("a", status="done")
HOLD = RuleSettings("hold", options=AcceptanceCriteria(placeholders=["TBD"]))


def test_a_status_that_breaks_a_rule_is_put_back_and_the_reason_said():
    view = view_of(DONE, statuses_before={"a": "in_progress"})
    found = enforced(view, acceptance_criteria=HOLD)
    assert found.items["a"].status == "in_progress"
    assert found.because == {("a", "status"): "rule acceptance-criteria"}
    said = "The status was put back: rule acceptance-criteria holds it."
    assert found.comments["a"][0] == Told(said, "acceptance-criteria")


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="that was no change of this run"),
        pytest.param(
            {"statuses_before": {"a": "todo"}, "held": frozenset({"a"})},
            id="that was put back within the last day",
        ),
        pytest.param({"statuses_before": {"a": "done"}}, id="that broke the rule before as well"),
    ],
)
def test_a_status_is_left_alone(more):
    found = enforced(view_of(DONE, **more), acceptance_criteria=HOLD)
    assert found.items == {}
    assert [one.rule for one in found.findings] == ["acceptance-criteria"]


def test_a_status_without_a_value_before_is_put_back_to_none():
    view = view_of(DONE, statuses_before={"a": None})
    assert enforced(view, acceptance_criteria=HOLD).items["a"].status is None


def test_a_status_that_is_not_the_backlogs_to_change_is_left():
    view = view_of(DONE, statuses_before={"a": "todo"})
    found = enforced(view, lambda item, name: name != "status", acceptance_criteria=HOLD)
    assert (found.items, found.comments) == ({}, {})


def test_a_rule_may_be_set_by_kinds():
    view = view_of(item("a", acceptance_criteria=()), item("b", kind="bug", acceptance_criteria=()))
    bug = frozenset({"bug"})
    kinds = frozenset({"story", "bug"})
    by_kind = (RuleSettings("label", kinds=bug), RuleSettings("report", kinds=kinds, but=bug))
    found = enforced(view, acceptance_criteria=by_kind)
    assert list(found.items) == ["b"]
    assert [one.item for one in found.findings] == ["a", "b"]


def test_fixes_that_undo_each_other_are_said():
    view = view_of(item("a", labels=frozenset({"x"})))
    options = Labels(aliases={"x": "y", "y": "x"})
    found = enforced(view, labels=RuleSettings("fix", options=options))
    assert "labels undo each other" in found.findings[0].message


SCHEMA = (*FIELDS.items(), ("value", Shape.NUMBER))
Expression("true")  # CEL raises the recursion limit, which hypothesis minds within a test
PRIORITIES = st.sampled_from([None, "highest", "high", "medium", "low", "odd"])
IDS = "abcdef"


@st.composite
def backlogs(draw):
    ids = draw(st.permutations(IDS))
    items = [
        item(
            id_,
            priority=draw(PRIORITIES),
            status=draw(st.sampled_from(["todo", "in_progress", "done"])),
            parent=draw(st.sampled_from([None, *(set(IDS) - {id_})])),
            blocked_by=draw(st.frozensets(st.sampled_from(IDS), max_size=2)),
            labels=draw(
                st.frozensets(st.sampled_from(["bug", "Defect", "misc", "area:a", "area:b"]))
            ),
            acceptance_criteria=draw(
                st.sampled_from([(), (Criterion("TBD"),), (Criterion("Pays"), Criterion("Pays"))])
            ),
            sprint=draw(st.sampled_from([None, "now"])),
            value=draw(st.sampled_from([None, 1.0, 2.0, 3.0])),
            estimate=draw(st.sampled_from([None, 1.0, 2.0])),
        )
        for id_ in ids
    ]
    return view_of(*items)


ALL = {
    "priority-order": RuleSettings("fix", options=PriorityOrder(default="medium", frozen=["now"])),
    "acceptance-criteria": RuleSettings("fix", options=AcceptanceCriteria(template=["Given …"])),
    "labels": RuleSettings(
        "fix",
        options=Labels(
            ["bug"],
            aliases={"defect": "bug"},
            forbidden=["misc"],
            implied={"kind": {"story": "type:story"}, "sprint": {"now": "running"}},
        ),
    ),
}


KEPT = replace(ALL["priority-order"].options, frozen=[], score=Score("value-effort", keep=True))
SCORES = st.sampled_from(
    [
        ALL["priority-order"].options,
        KEPT,
        replace(KEPT, frozen=["now"]),
        replace(KEPT, score=Score(expression="item.value * 2.0", keep=True, schema=SCHEMA)),
        replace(KEPT, score=Score("value-effort")),
    ]
)


@given(backlogs(), SCORES)
def test_all_fixes_together_leave_nothing_to_fix_and_do_nothing_twice(view, options):
    rules = {**ALL, "priority-order": RuleSettings("fix", options=options)}
    first = enforce(view, rules, (), lambda item, name: True)
    mended = replace(view, items={**view.items, **first.items}, order=first.order)
    second = enforce(mended, rules, (), lambda item, name: True)
    assert (second.items, second.order) == ({}, first.order)
    assert [one for one in second.findings if one.fix or one.rule == "rules"] == []


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        pytest.param(
            (), (Criterion("Given …"), Criterion("It is …")), id="a template where there are none"
        ),
        pytest.param(
            (Criterion("Pays"), Criterion("pays.", True)),
            (Criterion("Pays", True),),
            id="what is said twice is said once, and stays checked",
        ),
        pytest.param(
            (Criterion(""), Criterion(""), Criterion("A"), Criterion("a")),
            (Criterion(""), Criterion(""), Criterion("A")),
            id="empty boxes are no repetition",
        ),
    ],
)
def test_criteria_are_mended(criteria, expected):
    options = AcceptanceCriteria(template=["Given …", "It is …"])
    found = enforced(
        view_of(item("a", acceptance_criteria=criteria)),
        acceptance_criteria=RuleSettings("fix", options=options),
    )
    assert found.items["a"].acceptance_criteria == expected


def test_what_a_rule_that_reports_would_change_is_counted():
    view = view_of(
        item("a", labels=frozenset({"misc", "defect"})),
        item("b", priority="low", labels=frozenset({"misc"})),
        item("c", priority="high"),
        item("d", kind="bug", priority="low", labels=frozenset({"misc"})),
    )
    options = Labels(forbidden=["misc"], aliases={"defect": "bug"})
    rules = {"priority_order": RuleSettings(), "labels": RuleSettings(options=options)}
    found = enforced(view, **rules)
    assert found.would_fix == {"labels": 3, "priority-order": 1}
    assert found.items == {}
    waiver = Waiver("a", "labels", "it is used by an export", NOW.date())
    assert enforced(view, waivers=[waiver], **rules).would_fix["labels"] == 2
    free = {("d", "labels")}
    some = enforced(view, lambda item, name: (item, name) in free, moves=False, **rules)
    assert some.would_fix == {"labels": 1}


def test_what_a_rule_would_change_is_what_it_changes_with_fix():
    view = view_of(item("a", labels=frozenset({"misc"})), item("b", labels=frozenset({"ok"})))
    options = Labels(forbidden=["misc"])
    would = enforced(view, labels=RuleSettings(options=options)).would_fix
    did = enforced(view, labels=RuleSettings("fix", options=options))
    assert would == {"labels": len(did.items)}
    assert did.would_fix == {}


def test_a_rule_matches_also_where_all_it_found_is_waived():
    view = view_of(item("a", labels=frozenset({"misc"})))
    settings = RuleSettings(options=Labels(forbidden=["misc"]))
    waiver = Waiver("a", "labels", "it is used by an export", NOW.date())
    found = enforced(view, waivers=[waiver], labels=settings, hygiene=RuleSettings())
    assert found.matched == {"labels"}
    idle = RuleSettings(kinds=frozenset({"epic"}), options=Labels(forbidden=["misc"]))
    assert enforced(view, labels=idle).matched == frozenset()


def test_a_status_is_put_back_where_the_item_breaks_the_rule_more_gravely_than_before():
    written = (Criterion("A receipt is sent"), Criterion("It is paid", checked=True))
    one = item("a", status="done", acceptance_criteria=written)
    view = view_of(one, statuses_before={"a": "in_progress"})
    options = AcceptanceCriteria(form="given-when-then")
    found = enforced(view, acceptance_criteria=RuleSettings("hold", options=options))
    assert found.items["a"].status == "in_progress"
    reopened = replace(one, values={**one.values, "status": "in_progress"})
    view = view_of(reopened, statuses_before={"a": "done"})
    found = enforced(view, acceptance_criteria=RuleSettings("hold", options=options))
    assert found.items == {}  # that is what the finding asks for


def test_a_status_is_not_put_back_where_the_item_broke_the_rule_so_before():
    view = view_of(item("a", status="in_review"), statuses_before={"a": "in_progress"})
    settings = RuleSettings("hold", options=Hygiene(checks=["owner"]))
    found = enforced(view, hygiene=settings)
    assert [one.rule for one in found.findings] == ["hygiene"]
    assert found.items == {}
