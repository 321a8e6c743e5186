"""Values and changes in words, and text that cannot do harm."""

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.plain import STEERING, json_text, plain
from sync.report.wording import (
    called,
    change_words,
    count,
    cut,
    field_rank,
    side_words,
    value_words,
)

TITLES = {"i1": "Pay by card", "i2": "Refund\nit"}
TEXT = "First line\n\nSecond\n"
LONG_LINE = "word " * 30


def boxes(**checked: bool) -> list[dict[str, Any]]:
    return [{"text": text, "checked": is_checked} for text, is_checked in checked.items()]


def talk(**texts: str) -> list[dict[str, str]]:
    return [{"id": f"jira:{a}", "author": "Ada", "at": "", "text": t} for a, t in texts.items()]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        pytest.param("status", "todo", "todo", id="a line"),
        pytest.param("status", None, "—", id="no line"),
        pytest.param("description", "", "—", id="an empty text"),
        pytest.param("description", " \n ", "—", id="a text of blanks"),
        pytest.param("description", TEXT, "First line (3 lines)", id="a text of several lines"),
        pytest.param("title", LONG_LINE, "word " * 11 + "word…", id="a long line"),
        pytest.param("labels", ["ui", "pay"], "pay, ui", id="a set"),
        pytest.param("labels", [], "—", id="an empty set"),
        pytest.param("estimate", 3, "3", id="a number"),
        pytest.param("parent", "i1", "Pay by card", id="another item"),
        pytest.param("parent", "i9", "item i9", id="an item without a title"),
        pytest.param("blocked_by", ["i2", "i1"], "Pay by card, Refund it", id="other items"),
        pytest.param(
            "acceptance_criteria", boxes(a=True, b=False), "2 criteria, 1 checked", id="criteria"
        ),
        pytest.param(
            "acceptance_criteria", [["a", True]], "1 criterion, 1 checked", id="criteria as pairs"
        ),
        pytest.param("comments", talk(a="Yes"), "1 comment", id="a comment"),
        pytest.param("comments", talk(a="Yes", b="No"), "2 comments", id="comments"),
        pytest.param("comments", [], "—", id="no comments"),
        pytest.param("comments", None, "—", id="comments that were never read"),
        pytest.param("odd", [{"x": 1}, 2], '2, {"x": 1}', id="a list of anything"),
        pytest.param("odd", {"name": "x"}, '{"name": "x"}', id="anything"),
    ],
)
def test_a_value(name: str, value: Any, words: str) -> None:
    assert value_words(name, value, TITLES) == words


@pytest.mark.parametrize(
    ("name", "before", "after", "words"),
    [
        pytest.param("status", "todo", "done", "todo → done", id="a line"),
        pytest.param("priority", None, "high", "— → high", id="a line that was empty"),
        pytest.param("estimate", 3, None, "3 → —", id="a number taken away"),
        pytest.param(
            "comments",
            talk(a="Yes", b="No", c="Same"),
            talk(c="Same", b="\n\nMaybe\nnot", d="So?"),
            "~Ada “Maybe” +Ada “So?” −Ada “Yes”",
            id="comments that are new, reworded and gone",
        ),
        pytest.param("comments", [], [{"x": 1}], "+somebody “”", id="an odd comment"),
        pytest.param("comments", None, 3, "—", id="what are no comments"),
        pytest.param("parent", "i1", "i2", "Pay by card → Refund it", id="another item"),
        pytest.param("labels", ["a", "b"], ["b", "c", "d"], "+c +d −a", id="a set"),
        pytest.param("labels", None, ["a"], "+a", id="a set that was not there"),
        pytest.param("labels", ["a"], ["a"], "—", id="a set that stays"),
        pytest.param("blocked_by", [], ["i1"], "+Pay by card", id="a set of items"),
        pytest.param("description", TEXT, TEXT + "Third\n", "+1 −0 lines", id="a line more"),
        pytest.param(
            "description", TEXT, TEXT.replace("Second", "2nd"), "+1 −1 lines", id="a line changed"
        ),
        pytest.param("description", "a\na\nb", "b\na\nc", "+1 −1 lines", id="a line moved too"),
        pytest.param("description", "", TEXT, "+3 −0 lines", id="a text that was empty"),
        pytest.param("description", None, TEXT, "+3 −0 lines", id="a text that was not there"),
        pytest.param("description", "a", "b", "a → b", id="a text of one line"),
        pytest.param("title", LONG_LINE, LONG_LINE + "x", "+1 −1 lines", id="a very long line"),
        pytest.param(
            "acceptance_criteria",
            boxes(a=False, b=True, c=False),
            boxes(a=True, b=False, d=False, e=True),
            "+2 −1 criteria, 1 checked, 1 unchecked",
            id="criteria of all sorts",
        ),
        pytest.param(
            "acceptance_criteria", boxes(a=True, b=True), boxes(b=True, a=True), "reordered",
            id="criteria in another order",
        ),
        pytest.param(
            "acceptance_criteria", boxes(a=True), boxes(a=True), "—", id="criteria that stay"
        ),
        pytest.param("acceptance_criteria", boxes(a=True), [], "+0 −1 criteria", id="the last one"),
        pytest.param("acceptance_criteria", [["a", False]], [["a", True]], "1 checked", id="pairs"),
    ],
)  # fmt: skip
def test_a_change(name: str, before: Any, after: Any, words: str) -> None:
    assert change_words(name, before, after, TITLES) == words


@pytest.mark.parametrize(
    ("base", "side", "words"),
    [
        pytest.param(TEXT, "Short", "Short", id="a short one is shown"),
        pytest.param(TEXT, TEXT + "\n New \n", "+2 −0 lines, first “New”", id="the first new line"),
        pytest.param(TEXT, "First line\n\n", "First line", id="one line is left"),
        pytest.param("a\nb\nc", "a\nb", "+0 −1 lines", id="nothing is new"),
        pytest.param(None, "a\nb", "+2 −0 lines, first “a”", id="all is new"),
    ],
)
def test_a_side_of_a_conflict(base: Any, side: str, words: str) -> None:
    assert side_words("description", base, side, TITLES) == words


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(" a \t b\r\nc\u2028d\u00a0e ", "a b c d e", id="blanks of all sorts"),
        pytest.param("\x1b[31mred\x07\x9b0m", "[31mred 0m", id="escape sequences"),
        pytest.param("\u202eabc\u2066\ufeff\u00ad", "abc", id="direction and hidden characters"),
        pytest.param("a\ud800b", "ab", id="half a character"),
        pytest.param("می‌خواهم 👩‍💻", "می‌خواهم 👩‍💻", id="joiners stay"),
    ],
)
def test_text_in_one_safe_line(text: str, line: str) -> None:
    assert plain(text) == line


@settings(deadline=None)
@given(st.text(), st.integers(1, 9))
def test_cut_text_is_no_longer_than_its_room(text: str, room: int) -> None:
    assert len(cut(text, room)) <= room
    assert plain(cut(text, room)) == cut(text, room)


def test_an_item_is_called_by_its_title_or_its_id() -> None:
    assert called("i2", TITLES) == "Refund it"
    assert called("i\n3", {"i\n3": "\x1b"}) == "item i 3"


def test_counts_have_their_plural() -> None:
    assert [count(number, "move") for number in (0, 1, 2)] == ["0 moves", "1 move", "2 moves"]


def test_fields_stand_in_the_models_order_and_a_teams_own_last() -> None:
    names = ["zone", "area", "status", "title"]
    assert sorted(names, key=field_rank) == ["title", "status", "area", "zone"]


@settings(deadline=None)
@given(st.dictionaries(st.text(), st.lists(st.text() | st.integers() | st.none())))
def test_json_text_keeps_everything_and_steers_nothing(data: Any) -> None:
    text = json_text(data)
    assert json.loads(text) == data
    assert {unicodedata.category(char) for char in text.replace("\n", "")}.isdisjoint(STEERING)
