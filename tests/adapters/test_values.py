"""Canonical values and the names that trackers have for them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.values import Vocabulary, slug, usual
from sync.tracker import Unmapped

CATEGORIES = {"new": ["todo"], "busy": ["in_progress", "in_review"], "done": ["done", "cancelled"]}


def statuses(configured: dict[str, str] | None = None, **names: str) -> Vocabulary:
    groups = {name: CATEGORIES[group] for name, group in names.items()}
    return Vocabulary("status", list(names), configured, groups)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("New Feature", "new-feature", id="words are joined in lower case"),
        pytest.param("Won't Do", "wont-do", id="an apostrophe parts no words"),
        pytest.param("  Sub_task ", "sub-task", id="an underscore parts words"),
        pytest.param("Ошибка", "ошибка", id="letters of any script are kept"),
        pytest.param("🐞", "🐞", id="a name without letters stays"),
    ],
)
def test_a_slug(name: str, expected: str) -> None:
    assert slug(name) == expected


@given(st.text(), st.sampled_from("-_"))
def test_a_slug_of_a_slug_is_itself(name: str, separator: str) -> None:
    once = slug(name, separator)
    assert slug(once, separator) == once


@pytest.mark.parametrize(
    ("field", "native", "expected"),
    [
        ("kind", "Sub-task", "subtask"),
        ("kind", "User Story", "story"),
        ("kind", "Improvement", "improvement"),
        ("priority", "Blocker", "highest"),
        ("priority", "P4", "lowest"),
        ("status", "To Do", "todo"),
        ("status", "Won’t Fix", "cancelled"),
        ("size", "Very Large", "very-large"),
    ],
)
def test_the_usual_meaning_of_a_name(field: str, native: str, expected: str) -> None:
    assert usual(field, native) == expected


def test_an_unknown_name_is_a_value_of_its_own_and_is_written_back_as_it_was() -> None:
    kinds = Vocabulary("kind", ["Story", "Improvement"])
    assert kinds.decode("Improvement") == "improvement"
    assert kinds.encode("improvement") == "Improvement"


def test_a_configured_name_goes_before_the_exact_one() -> None:
    priorities = Vocabulary("priority", ["Highest", "Critical"], {"highest": "critical"})
    assert priorities.encode("highest") == "Critical"
    assert priorities.decode("Critical") == "highest"


def test_an_exact_name_goes_before_another_usual_one() -> None:
    assert Vocabulary("priority", ["Critical", "Highest"]).encode("highest") == "Highest"


def test_what_is_shown_is_kept_where_it_says_the_value() -> None:
    priorities = Vocabulary("priority", ["Highest", "Critical", "Low"])
    assert priorities.encode("highest", "Critical") == "Critical"
    assert priorities.encode("highest", "Low") == "Highest"


def test_a_value_without_a_name_is_unmapped_and_the_names_are_said() -> None:
    with pytest.raises(Unmapped, match=r"fields\.priority\.values; the tracker has 'High'"):
        Vocabulary("priority", ["High"]).encode("medium")


def test_a_tracker_that_takes_any_name_is_given_the_value_itself() -> None:
    sizes = Vocabulary("size", None, {"s": "Small"})
    assert (sizes.encode("s"), sizes.encode("xl")) == ("Small", "xl")
    assert (sizes.decode("small"), sizes.decode("Extra Large")) == ("s", "Extra Large")


def test_several_values_under_one_configured_name_keep_the_present_one() -> None:
    values = {"in_progress": "Busy", "in_review": "Busy"}
    busy = statuses(values, Busy="busy")
    assert busy.decode("Busy", "in_review") == "in_review"
    assert busy.decode("Busy", "todo") == "in_progress"


@pytest.mark.parametrize(
    ("native", "present", "expected"),
    [
        pytest.param("Blocked", "in_review", "in_review", id="a silent name keeps the present"),
        pytest.param("Blocked", "todo", "in_progress", id="a silent name is of its group"),
        pytest.param("In Progress", "in_review", "in_progress", id="a name that says it wins"),
        pytest.param("Done", "cancelled", "cancelled", id="no name says cancelled: Done may be"),
        pytest.param("Resolved", "in_review", "in_review", id="an alias must fit its group"),
        pytest.param("Code Review", "in_progress", "in_review", id="an alias that fits is heard"),
    ],
)
def test_a_status_is_read_by_name_and_then_by_group(
    native: str, present: str, expected: str
) -> None:
    names = {"In Progress": "busy", "Blocked": "busy", "Code Review": "busy", "Resolved": "busy"}
    assert statuses(**names, Done="done").decode(native, present) == expected


def test_where_a_name_says_cancelled_done_is_done() -> None:
    both = statuses(Done="done", Rejected="done")
    assert both.decode("Done", "cancelled") == "done"
    assert both.decode("Rejected", "done") == "cancelled"
    assert both.encode("cancelled") == "Rejected"


def test_a_configured_name_that_the_tracker_lacks_is_told() -> None:
    priorities = Vocabulary("priority", ["High"], {"highest": "Top", "high": "high"})
    assert priorities.missing() == {"highest": "Top"}


@given(st.lists(st.text(min_size=1), min_size=1, unique=True), st.data())
def test_what_is_written_says_the_value_again(natives: list[str], data: st.DataObject) -> None:
    words = Vocabulary("kind", natives)
    native = data.draw(st.sampled_from(natives))
    value = words.decode(native)
    assert words.decode(words.encode(value)) == value
    assert words.encode(value, native) == native
