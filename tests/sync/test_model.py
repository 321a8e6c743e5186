"""Values, their JSON, and items' ids."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sync.model import (
    CLOSED,
    EMPTY,
    EXPECTED,
    FIELDS,
    STATUSES,
    Comment,
    Criterion,
    Item,
    ItemDocument,
    Json,
    Shape,
    Value,
    derive_id,
    dump,
    load,
)

TEXT = st.text(max_size=8)
SET = st.frozensets(TEXT, max_size=3)
VALUES: dict[Shape, st.SearchStrategy[Value]] = {
    Shape.LINE: st.none() | st.text(min_size=1, max_size=8),
    Shape.TEXT: TEXT,
    Shape.NUMBER: st.none() | st.floats(allow_nan=False, allow_infinity=False),
    Shape.SET: SET,
    Shape.CRITERIA: st.lists(st.builds(Criterion, TEXT, st.booleans()), max_size=3).map(tuple),
    Shape.ITEM: st.none() | st.text(min_size=1, max_size=8),
    Shape.ITEMS: SET,
    Shape.DATE: st.none() | st.dates().map(str),
    Shape.COMMENTS: st.lists(st.builds(Comment, TEXT, TEXT, TEXT, TEXT), max_size=3).map(tuple),
}


@given(st.sampled_from(list(Shape)).flatmap(lambda one: st.tuples(st.just(one), VALUES[one])))
def test_a_value_survives_its_json(shaped: tuple[Shape, Value]) -> None:
    shape, value = shaped
    assert load(shape, json.loads(json.dumps(dump(value)))) == value


DUMPS: dict[str, tuple[Value, Json]] = {
    "nothing is null": (None, None),
    "a line is itself": ("todo", "todo"),
    "a whole number has no fraction": (3.0, 3),
    "another number keeps it": (2.5, 2.5),
    "a set is sorted": (frozenset({"b", "a"}), ["a", "b"]),
    "criteria keep their order": (
        (Criterion("b", True), Criterion("a")),
        [{"text": "b", "checked": True}, {"text": "a", "checked": False}],
    ),
    "a comment says who and when": (
        (Comment("jira:7", "Ada", "2026-11-24T10:00:00Z", "*Yes*"),),
        [{"id": "jira:7", "author": "Ada", "at": "2026-11-24T10:00:00Z", "text": "*Yes*"}],
    ),
}


@pytest.mark.parametrize(("value", "expected"), DUMPS.values(), ids=DUMPS)
def test_a_value_as_json(value: Value, expected: Json) -> None:
    dumped = dump(value)
    assert (dumped, type(dumped)) == (expected, type(expected))


@pytest.mark.parametrize("shape", list(Shape))
def test_null_is_the_shape_s_empty_value(shape: Shape) -> None:
    assert load(shape, None) == EMPTY[shape]
    assert load(shape, dump(EMPTY[shape])) == EMPTY[shape]


LOADS: dict[str, tuple[Shape, Json, Value]] = {
    "an empty line is none": (Shape.LINE, "", None),
    "an empty text is a text": (Shape.TEXT, "", ""),
    "an empty id is none": (Shape.ITEM, "", None),
    "a whole number is a float": (Shape.NUMBER, 3, 3.0),
    "a criterion without a box has none ticked": (
        Shape.CRITERIA,
        [{"text": "a"}],
        (Criterion("a"),),
    ),
    "a tuple of lines is a set": (Shape.SET, ("a", "a"), frozenset({"a"})),
    "an empty day is none": (Shape.DATE, "", None),
    "a set of ids is a set": (Shape.ITEMS, {"a"}, frozenset({"a"})),
}


@pytest.mark.parametrize(("shape", "data", "expected"), LOADS.values(), ids=LOADS)
def test_json_that_is_read_kindly(shape: Shape, data: Json, expected: Value) -> None:
    value = load(shape, data)
    assert (value, type(value)) == (expected, type(expected))


WRONG: dict[str, tuple[Shape, Json, str]] = {
    "a number for a line": (Shape.LINE, 3, "expected a line of text, got int"),
    "a list for a text": (Shape.TEXT, ["a"], "expected text, got list"),
    "a text for a number": (Shape.NUMBER, "3", "expected a number, got str"),
    "yes for a number": (Shape.NUMBER, True, "expected a number, got bool"),
    "a text for a set": (Shape.SET, "ab", "expected a list of texts, got str"),
    "numbers in a set": (Shape.SET, ["a", 1], "expected a list of texts, got list"),
    "a text for criteria": (Shape.CRITERIA, "ab", "expected a list of criteria, got str"),
    "a number for criteria": (Shape.CRITERIA, 3, "expected a list of criteria, got int"),
    "a text for a criterion": (
        Shape.CRITERIA,
        ["a"],
        "expected a criterion: {text: …, checked: true|false}",
    ),
    "a criterion without words": (
        Shape.CRITERIA,
        [{"checked": True}],
        "expected a criterion: {text: …, checked: true|false}",
    ),
    "a day that there is not": (Shape.DATE, "2026-02-30", "expected a day as YYYY-MM-DD, got str"),
    "a day in another spelling": (Shape.DATE, "20261124", "expected a day as YYYY-MM-DD, got str"),
    "a comment without an author": (
        Shape.COMMENTS,
        [{"id": "jira:7", "at": "", "text": ""}],
        "expected a comment: {id: …, author: …, at: …, text: …}",
    ),
    "a number for an id": (Shape.ITEM, 3, "expected an item's id, got int"),
    "one id for several": (Shape.ITEMS, "a", "expected a list of items' ids, got str"),
}


@pytest.mark.parametrize(("shape", "data", "message"), WRONG.values(), ids=WRONG)
def test_json_of_another_shape_is_refused_with_what_was_expected(
    shape: Shape, data: Json, message: str
) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        load(shape, data)


def test_every_shape_has_an_empty_value_and_a_name_for_people() -> None:
    assert set(EMPTY) == set(EXPECTED) == set(Shape)


FULL = Item(
    "a1",
    {
        "title": "Pay",
        "description": "By card",
        "acceptance_criteria": (Criterion("a"),),
        "kind": "story",
        "status": "todo",
        "priority": "high",
        "labels": frozenset({"ui"}),
        "assignees": frozenset({"ada"}),
        "estimate": 3.0,
        "parent": "b2",
        "blocked_by": frozenset({"c3"}),
        "release": "1.0",
        "sprint": "Sprint 7",
        "components": frozenset({"web"}),
        "due": "2026-11-24",
        "resolution": "duplicate",
        "relates_to": frozenset({"d4"}),
        "duplicates": frozenset({"e5"}),
        "attachments": frozenset({"[a](https://x.example/a)"}),
    },
)


def test_an_item_shows_every_field_as_an_attribute() -> None:
    assert {name: getattr(FULL, name) for name in FIELDS} == FULL.values


def test_an_item_without_values_shows_empty_ones() -> None:
    empty = Item("a1")
    shown = {name: getattr(empty, name) for name in FIELDS}
    assert shown == {name: EMPTY[shape] for name, shape in FIELDS.items()} | {"title": ""}


def test_values_of_another_shape_are_shown_as_empty() -> None:
    odd = Item("a1", {"acceptance_criteria": "a", "labels": "a", "estimate": "3", "parent": 1.0})
    assert (odd.acceptance_criteria, odd.labels, odd.estimate, odd.parent) == (
        (),
        frozenset(),
        None,
        None,
    )


@pytest.mark.parametrize("status", [*STATUSES, None])
def test_an_item_is_closed_when_its_status_says_so(status: str | None) -> None:
    assert Item("a1", {"status": status}).closed == (status in CLOSED)


def test_an_id_is_twelve_letters_and_digits_and_always_the_same() -> None:
    assert derive_id("shop", "jira", "10001") == derive_id("shop", "jira", "10001")
    assert re.fullmatch("[0-9a-hj-km-np-tv-z]{12}", derive_id("shop", "jira", "10001"))


def test_an_id_depends_on_every_part_and_on_where_they_part() -> None:
    ids = {
        derive_id(*parts)
        for parts in (("a", "b"), ("b", "a"), ("ab",), ("a", "", "b"), ("a", "b", ""), ("a", "c"))
    }
    assert len(ids) == 6


def test_ten_thousand_ids_are_all_different() -> None:
    ids = {derive_id("shop", "jira", str(number)) for number in range(10_000)}
    assert len(ids) == 10_000


def test_an_id_does_not_change_with_the_version() -> None:
    assert derive_id("shop", "jira", "10001") == "mjg3788zfqqx"


def test_an_item_document_takes_a_team_s_own_fields_and_refuses_a_bad_id() -> None:
    document = ItemDocument.model_validate({"id": "a1", "title": "Pay", "team": "red"})
    assert document.model_extra == {"team": "red"}
    with pytest.raises(ValidationError, match="id"):
        ItemDocument.model_validate({"id": "A 1", "title": "Pay"})
