"""The rule hygiene, check by check."""

from dataclasses import replace
from datetime import timedelta

import pytest

from sync.rules import RuleSettings
from sync.rules.hygiene import CHECKS, Hygiene
from tests.sync.test_rules import NOW, item, messages, view_of

RULE = "hygiene"


def said(view, *checks, **options):
    return messages(view, RULE, RuleSettings(options=Hygiene(checks or CHECKS, **options)))


CLEAN = {
    "title": "As a buyer, I want to pay by card",
    "assignees": frozenset({"ada"}),
    "estimate": 3.0,
}
WORK = {**CLEAN, "status": "in_progress"}


def changed(values, **more):
    return {**values, **more}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param(CLEAN, [], id="a story in good order says nothing"),
        pytest.param(WORK, [], id="work in good order says nothing"),
        pytest.param(
            changed(WORK, assignees=None),
            ["is in progress and nobody is assigned: assign who does it, or put it back."],
            id="work without anybody",
        ),
        pytest.param(changed(CLEAN, assignees=None), [], id="what nobody works on needs nobody"),
        pytest.param(
            changed(WORK, estimate=None),
            ["is in progress without an estimate: give it one."],
            id="work without an estimate",
        ),
        pytest.param(changed(WORK, estimate=0.0), [], id="an estimate of nothing is one"),
        pytest.param(
            changed(CLEAN, due="2026-02-28"),
            ["was due on 2026-02-28: do it, or agree on another day."],
            id="a day that has passed",
        ),
        pytest.param(changed(CLEAN, due="2026-03-01"), [], id="today has not passed"),
        pytest.param(
            changed(CLEAN, due="2026-02-28", status="done"), [], id="what is done is not late"
        ),
        pytest.param(
            changed(CLEAN, title="Pay by card"),
            ["does not say who wants what: write it as “As a …, I want …, so that …”."],
            id="a story that is none",
        ),
        pytest.param(
            changed(CLEAN, title="Pay by card", kind="task"), [], id="only stories are stories"
        ),
        pytest.param(
            changed(CLEAN, title="Pay", description="AS A buyer\nI NEED to pay\n"),
            [],
            id="in the text, over lines",
        ),
        pytest.param(
            changed(CLEAN, title="Als Kundin möchte ich mit Karte zahlen"), [], id="in German"
        ),
        pytest.param(
            changed(CLEAN, title="En tant qu’acheteur, je veux payer"), [], id="in French"
        ),
        pytest.param(changed(CLEAN, title="Como cliente quiero pagar"), [], id="in Spanish"),
    ],
)
def test_one_item(values, expected):
    view = view_of(item("a", **values))
    assert [message.partition("(KEY-a) ")[2] for message in said(view)] == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param(90, [], id="ninety days are not too long"),
        pytest.param(
            91,
            ["“a” (KEY-a) was last touched 91 days ago: do it, say why it waits, or close it."],
            id="a day more is",
        ),
    ],
)
def test_a_stale_item_is_one_that_nobody_touched(days, expected):
    view = replace(view_of(item("a")), touched={"a": NOW - timedelta(days=days)})
    assert said(view, "stale") == expected


def test_an_item_of_which_no_tracker_says_when_it_was_touched_is_not_stale():
    assert said(view_of(item("a")), "stale", stale_days=1) == []


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        pytest.param((None, False), [], id="one without a day is never late"),
        pytest.param(("2026-03-01", False), [], id="one of today is not late"),
        pytest.param(
            ("2026-02-28", False),
            [
                "The release “1.0” was due on 2026-02-28 and has 2 open items: “a” (KEY-a), “b” "
                "(KEY-b). Release it without them, or move its day."
            ],
            id="one of yesterday is late",
        ),
        pytest.param(
            ("2026-02-28", True),
            [
                "The release “1.0” is done with 2 open items: “a” (KEY-a), “b” (KEY-b). "
                "Close them, or give them another release."
            ],
            id="one that is done has no open items",
        ),
    ],
)
def test_releases(release, expected):
    items = [
        item("a", release="1.0"),
        item("b", release="1.0"),
        item("c", status="done", release="1.0"),
    ]
    view = replace(view_of(*items, item("d", release="ghost")), releases={"1.0": release})
    assert said(view, "release") == expected


def test_a_closed_item_has_no_open_children():
    view = view_of(
        item("p", status="done"),
        item("c", parent="p"),
        item("d", parent="p", status="done"),
        item("q"),
        item("e", parent="q"),
    )
    assert said(view, "children") == [
        "“p” (KEY-p) is done with 1 of its children still open: “c” (KEY-c). "
        "Close it or move it elsewhere, or reopen the parent."
    ]


CARD, CARDS = {"title": "Pay by credit card"}, {"title": "pay by credit cards"}


@pytest.mark.parametrize(
    ("one", "other", "said_of_b"),
    [
        pytest.param(CARD, CARDS, True, id="titles that read alike"),
        pytest.param(CARD, CARD, True, id="the same title"),
        pytest.param(CARD, {"title": "Pay by invoice"}, False, id="titles that do not"),
        pytest.param(
            {"title": "Import, part 1"}, {"title": "Import, part 2"}, False, id="other numbers"
        ),
        pytest.param(
            {"title": "Export the orders as CSV"},
            {"title": "Export the orders as PDF"},
            False,
            id="each has a word that tells it from the other",
        ),
        pytest.param(CARD, {**CARDS, "status": "done"}, False, id="one is done"),
        pytest.param(CARD, {**CARDS, "relates_to": frozenset("a")}, False, id="related"),
        pytest.param({**CARD, "duplicates": frozenset("b")}, CARDS, False, id="said already"),
        pytest.param({**CARD, "blocked_by": frozenset("b")}, CARDS, False, id="one blocks another"),
        pytest.param(CARD, {**CARDS, "parent": "a"}, False, id="one is a part of the other"),
        pytest.param(
            {**CARD, "kind": "subtask", "parent": "p"},
            {**CARD, "kind": "subtask", "parent": "q"},
            False,
            id="parts of different items, which each have it to do",
        ),
        pytest.param(
            {**CARD, "kind": "subtask", "parent": "p"},
            {**CARD, "kind": "subtask", "parent": "p"},
            True,
            id="parts of the same item",
        ),
    ],
)
def test_likely_duplicates_are_said_at_the_lower_item(one, other, said_of_b):
    found = said(view_of(item("a", **one), item("b", **other)), "duplicates")
    title = other["title"]
    assert (
        found
        == [
            f"“{title}” (KEY-b) reads like “{one['title']}” (KEY-a): "
            "close one as a duplicate, or relate them if they are not the same."
        ]
        * said_of_b
    )


def test_each_pair_of_duplicates_is_said_once():
    view = view_of(*(item(id_, title="Pay by card") for id_ in "abc"))
    assert [message.partition(": ")[0] for message in said(view, "duplicates")] == [
        "“Pay by card” (KEY-b) reads like “Pay by card” (KEY-a)",
        "“Pay by card” (KEY-c) reads like “Pay by card” (KEY-a), “Pay by card” (KEY-b)",
    ]


def test_duplicates_are_looked_for_only_where_told():
    view = view_of(item("a", title="Pay by card"), item("b", title="Pay by card"))
    assert messages(view, RULE) == []
    assert said(view, "duplicates", alike=1.0)


def test_thousands_of_items_of_one_title_take_no_square_of_time():
    view = view_of(*(item(f"i{at}", title="Untitled") for at in range(3000)))
    assert len(said(view, "duplicates")) == 2999
