"""A team's own conditions on an item."""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.expression import Expression, ExpressionError, Place, Surroundings
from sync.model import FIELDS, Criterion, Item, Shape

NOW = datetime(2026, 3, 1, tzinfo=UTC)
ITEM = Item(
    "a",
    {
        "title": "Pay by card",
        "status": "todo",
        "labels": frozenset({"cart"}),
        "estimate": 3.0,
        "acceptance_criteria": (Criterion("Pays", True),),
    },
)
PARENT = Item("p", {"title": "Checkout", "priority": "high"})
DONE = Item("c", {"status": "done"})


def holds(text, item=ITEM, parent=None, children=()):
    around = Surroundings(
        Place(item, "SHOP-1", 2), parent and Place(parent), [Place(one) for one in children], NOW
    )
    return Expression(text).holds(around)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('item.title == "Pay by card"', True),
        ('item.key == "SHOP-1" && item.id == "a" && item.position == 2 && item.open', True),
        ('"cart" in item.labels', True),
        ("item.estimate > 3.0", False),
        ("has(item.estimate) && item.estimate == 3.0", True),
        ("!has(item.estimate)", False),
        ("!has(item.estimate) || item.estimate > 3.0", False),
        ("has(item.estimate) ? item.estimate > 2.0 : false", True),
        (
            'item.priority == "" && item.due == "" && item.parent == "" && item.description == ""',
            True,
        ),
        ("item.acceptance_criteria.all(one, one.checked)", True),
        ('item.acceptance_criteria.exists(one, one.text.startsWith("x"))', False),
        ("size(children) == 0", True),
        ('parent.priority == "" && size(parent.labels) == 0', True),
        ('now > timestamp("2026-02-28T00:00:00Z")', True),
        ('item.title.matches("^[A-Z]")', True),
        ('item.open ? item.status == "todo" : true', True),
    ],
)
def test_what_an_item_has(text, expected):
    assert holds(text) is expected


def test_parents_and_children():
    assert holds('parent.priority == "high"', parent=PARENT)
    assert holds("children.exists(one, !one.open)", children=[ITEM, DONE])
    assert not holds('children.all(one, one.status == "done")', children=[ITEM, DONE])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("item == parent", False),
        ("children.exists(one, one == item)", False),
        ("children.all(one, one == children[0])", False),
        ("item == item", True),
        ('children[0].status == "todo"', True),
    ],
)
def test_items_of_which_nothing_is_asked_are_still_others(text, expected):
    twin = Item("b", ITEM.values)
    assert holds(text, parent=PARENT, children=[twin, DONE]) is expected


def test_an_answer_is_kept_for_items_that_are_alike_in_what_is_asked():
    alike = Expression('item.priority == "high"')
    answers = [
        alike.holds(Surroundings(Place(Item(str(at), {"priority": one})), None, (), NOW))
        for at, one in enumerate(["high", "low", "high", "low"])
    ]
    assert answers == [True, False, True, False]
    late = Expression('now > timestamp("2026-02-28T00:00:00Z")')
    here = Surroundings(Place(ITEM), None, (), NOW)
    assert late.holds(here)
    assert not late.holds(replace(here, now=NOW - timedelta(days=9)))


def test_a_number_that_is_not_there_is_asked_for_first():
    assert not holds("has(item.estimate)", DONE)
    with pytest.raises(ExpressionError, match="a number is not there"):
        holds("item.estimate > 3.0", DONE)


def test_what_is_not_there_can_be_allowed():
    assert holds("!has(item.estimate) || item.estimate <= 3.0", DONE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("item.estimate * 2.0", 6.0, id="a number of a number"),
        pytest.param("item.position", 2.0, id="a whole number"),
        pytest.param("has(item.estimate) ? item.estimate : 0.0", 3.0, id="one or another"),
        pytest.param("1.0 / (item.estimate - 3.0)", None, id="divided by nothing"),
        pytest.param("1e308 * item.estimate", None, id="larger than any number"),
    ],
)
def test_a_number_from_an_item(text, expected):
    around = Surroundings(Place(ITEM, "SHOP-1", 2), None, [], NOW)
    assert Expression(text, gives="number").number(around) == expected


def test_a_number_from_one_that_is_not_there_is_none():
    around = Surroundings(Place(DONE), None, [], NOW)
    assert Expression("item.estimate * 2.0", gives="number").number(around) is None


@pytest.mark.parametrize("text", ["item.open", "item.title", "size(children) > 0"])
def test_what_gives_no_number_is_refused(text):
    with pytest.raises(ExpressionError, match="it gives no number"):
        Expression(text, gives="number")


def test_what_has_no_answer_is_not_logged_as_an_error(caplog):
    with pytest.raises(ExpressionError):
        holds("item.estimate > 3.0", DONE)
    assert caplog.records == []


def test_fields_of_the_teams_own():
    schema = {**FIELDS, "team_value": Shape.NUMBER}
    item = Item("a", {"team_value": 5.0})
    around = Surroundings(Place(item), None, [], NOW)
    assert Expression("item.team_value >= 5.0", schema).holds(around)
    with pytest.raises(ExpressionError, match="a name that there is not"):
        Expression("item.team_value >= 5.0")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 +", "no expression at column 3: correct it"),
        ("", "no expression at column 1: correct it"),
        ('itm.title == "x"', "a name that there is not: did you mean item?"),
        ('item.titel == "x"', "a name that there is not: did you mean title?"),
        ("item.title > 3", "string and int do not go together: compare like with like"),
        ("item.title == 1 || true", "string and int do not go together"),
        ("true || item.title > 3", "string and int do not go together"),
        ("size(children) == 0 ? true : item.title > 3", "string and int do not go together"),
        ("item.due == null", 'nothing is null here: compare texts with ""'),
        ("item.title", "it gives a value, and must give true or false: compare it"),
        (
            "children.all(a, children.all(b, children.all(c, a.id == b.id && b.id == c.id)))",
            "more than 2 loops in each other",
        ),
        ("true" + " " * 2000, "over 2000 characters"),
    ],
)
def test_what_is_wrong_with_an_expression_is_said_when_it_is_read(text, expected):
    with pytest.raises(ExpressionError, match=expected):
        Expression(text)


@pytest.mark.parametrize(
    "text",
    ["(" * 900 + "true" + ")" * 900, "!" * 1900 + "true", "-" * 600 + "1 < 2", "[" * 60 + "]" * 60],
    ids=["brackets", "denials", "signs", "lists"],
)
def test_what_stands_in_each_other_too_deeply_is_refused(text):
    with pytest.raises(ExpressionError, match="too deeply"):
        Expression(text)


def test_no_room_left_for_an_answer_is_an_answer_that_is_not_there():
    expression = Expression("!" * 80 + '(item.id == "a")')

    def below(frames: int, around: Surroundings) -> bool:
        return below(frames - 1, around) if frames else expression.holds(around)

    def ever_deeper() -> None:
        for frames in range(0, sys.getrecursionlimit(), 5):  # of each item anew: answers are kept
            below(frames, Surroundings(Place(Item(str(frames))), None, [], NOW))

    with pytest.raises(ExpressionError, match="too deeply"):
        ever_deeper()


def test_two_loops_in_each_other_are_right():
    assert holds("item.labels.all(one, item.labels.exists(two, one == two))")


@given(st.text(max_size=40))
def test_no_text_gives_another_error(text):
    try:
        read = Expression(text)
    except ExpressionError:
        return
    assert read.text == text
