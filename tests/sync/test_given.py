"""Values that a person gives on the command line, by the field's shape."""

import pytest

from config.schema import Backlog
from sync.app.given import parse, parse_release, vocabulary
from sync.app.runs import Unknown
from sync.model import FIELDS, PRIORITIES, STATUSES, Criterion, FieldName, Value

KEYS = {"SHOP-1": "a1", "acme/shop#2": "b2"}


def find(key: str) -> str:
    if key in KEYS:
        return KEYS[key]
    raise Unknown(f"{key} names no item")


def given(name: FieldName, text: str) -> Value:
    known = {"status": STATUSES, "priority": PRIORITIES}.get(name, ())
    return parse(name, FIELDS[name], text, known, find)


GOOD: dict[str, tuple[FieldName, str, Value]] = {
    "a line, without the blanks around it": ("title", " Pay by card ", "Pay by card"),
    "a word of a fixed set": ("status", "in_progress", "in_progress"),
    "nothing": ("sprint", "", None),
    "nothing, by name": ("resolution", "None", None),
    "a number": ("estimate", "2.5", 2.5),
    "no number": ("estimate", "none", None),
    "a day": ("due", "2027-02-28", "2027-02-28"),
    "no day": ("due", "—", None),
    "a text, as it is but for the end": ("description", " One\r\n\r\nTwo\n", " One\n\nTwo"),
    "a text that is a word for nothing": ("description", "none", "none"),
    "no text": ("description", "", ""),
    "a set": ("labels", "ui, legal,, ", frozenset({"ui", "legal"})),
    "an empty set": ("labels", "none", frozenset()),
    "an item": ("parent", "acme/shop#2", "b2"),
    "no item": ("parent", "none", None),
    "items": ("blocked_by", "SHOP-1,acme/shop#2", frozenset({"a1", "b2"})),
    "no items": ("blocked_by", "", frozenset()),
    "criteria": (
        "acceptance_criteria",
        "- [ ] It works\n- [x] It is quick",
        (Criterion("It works"), Criterion("It is quick", True)),
    ),
    "criteria without boxes": ("acceptance_criteria", "- It works", (Criterion("It works"),)),
    "no criteria": ("acceptance_criteria", "", ()),
}


@pytest.mark.parametrize(("name", "text", "value"), GOOD.values(), ids=GOOD)
def test_a_value_is_read_by_the_field_s_shape(name: FieldName, text: str, value: Value) -> None:
    assert given(name, text) == value


BAD: dict[str, tuple[FieldName, str, str]] = {
    "an unknown status": ("status", "in-progress", "there is no value 'in-progress'; did you mean"),
    "an unknown priority": ("priority", "P1", "priority: there is no value 'P1'; known here: "),
    "no title": ("title", "", "title: expected a title, got ''"),
    "two lines for one": ("sprint", "a\nb", "sprint: expected a line of text, got 'a b'"),
    "a word for a number": ("estimate", "three", "estimate: expected a number, got 'three'"),
    "less than nothing": ("estimate", "-1", "estimate: expected a number, got '-1'"),
    "no number of anything": ("estimate", "nan", "expected a number"),
    "more than any number": ("estimate", "1e999", "expected a number"),
    "a day in other words": ("due", "28.2.2027", "due: expected a day as YYYY-MM-DD"),
    "a day that there is not": ("due", "2027-02-30", "expected a day as YYYY-MM-DD"),
    "an item that there is not": ("parent", "SHOP-9", "SHOP-9 names no item"),
    "an item among others that there is not": ("blocked_by", "SHOP-1,x", "x names no item"),
    "words for criteria": ("acceptance_criteria", "It works", "expected a Markdown task list"),
    "words beside criteria": ("acceptance_criteria", "So:\n\n- [ ] a\n\nx", "a Markdown task list"),
    "a long word, cut": ("estimate", "x" * 100, f"got '{'x' * 59}…'"),
    "a word that steers the terminal": ("estimate", "\x1b[2J1", "got '[2J1'"),
}


@pytest.mark.parametrize(("name", "text", "message"), BAD.values(), ids=BAD)
def test_what_does_not_fit_is_said_with_what_is_expected(
    name: FieldName, text: str, message: str
) -> None:
    with pytest.raises(Unknown) as error:
        given(name, text)
    assert message in str(error.value)


RELEASES: dict[str, tuple[FieldName, str, Value]] = {
    "a name": ("name", " 2.0 ", "2.0"),
    "a day": ("due", "2027-02-28", "2027-02-28"),
    "no day": ("due", "none", None),
    "done": ("done", "Yes", "done"),
    "not done": ("done", "no", None),
}


@pytest.mark.parametrize(("name", "text", "value"), RELEASES.values(), ids=RELEASES)
def test_a_release_s_value_is_read(name: FieldName, text: str, value: Value) -> None:
    assert parse_release(name, text) == value


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [("name", " ", "a name"), ("name", "none", "a name"), ("done", "soon", "yes or no")],
)
def test_a_release_s_value_that_does_not_fit_is_said(
    name: FieldName, text: str, message: str
) -> None:
    with pytest.raises(Unknown, match=message):
        parse_release(name, text)


def test_the_values_of_a_field_are_those_of_the_settings() -> None:
    trackers = {"files": {"type": "files", "path": "backlog"}}
    fields = {"priority": {"values": ["now", "later"]}, "kind": {"authority": "files"}}
    settings = Backlog.model_validate({"trackers": trackers, "fields": fields})
    assert tuple(vocabulary(settings, "priority")) == ("now", "later")
    assert tuple(vocabulary(settings, "status")) == STATUSES
    assert tuple(vocabulary(settings, "kind")) == ()
