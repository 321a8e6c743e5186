"""The rule acceptance-criteria, check by check."""

import time
from typing import Any

import pytest

from sync.model import Criterion
from sync.rules import AcceptanceCriteria, RuleSettings
from tests.sync.test_rules import item, messages, view_of

RULE = "acceptance-criteria"


def said(options: AcceptanceCriteria | None = None, /, **values: Any) -> list[str]:
    """What the rule says of one story, without its name."""
    settings = RuleSettings(options=options)
    found = messages(view_of(item("a", **values)), RULE, settings)
    assert all(message.startswith("“a” (KEY-a) ") for message in found)
    return [message.removeprefix("“a” (KEY-a) ") for message in found]


def criteria(*texts: str, checked: bool = False) -> tuple[Criterion, ...]:
    return tuple(Criterion(text, checked) for text in texts)


@pytest.mark.parametrize(
    ("number", "minimum", "expected"),
    [
        pytest.param(0, 1, "has no acceptance criteria: write at least one", id="none"),
        pytest.param(0, 3, "has no acceptance criteria: write at least 3", id="none of several"),
        pytest.param(1, 2, "has only 1 acceptance criterion: write at least 2", id="one of two"),
        pytest.param(2, 3, "has only 2 acceptance criteria: write at least 3", id="two of three"),
        pytest.param(2, 2, None, id="enough"),
        pytest.param(0, 0, None, id="none are required"),
    ],
)
def test_the_number_of_criteria(number: int, minimum: int, expected: str | None) -> None:
    written = criteria(*(f"It does {what}" for what in range(number)))
    found = said(AcceptanceCriteria(minimum=minimum), acceptance_criteria=written)
    assert found == ([f"{expected} before work starts."] if expected else [])


@pytest.mark.parametrize(
    ("status", "statuses", "required"),
    [
        pytest.param("todo", None, True, id="an open status by default"),
        pytest.param("waiting", None, True, id="a team's own open status by default"),
        pytest.param(None, None, True, id="no status is open"),
        pytest.param("cancelled", None, False, id="a closed one is not"),
        pytest.param("todo", {"in_progress"}, False, id="only where it is said"),
        pytest.param("in_progress", {"in_progress"}, True, id="where it is said"),
        pytest.param("done", {"done"}, True, id="in a closed status where it is said"),
    ],
)
def test_statuses_where_criteria_are_required(
    status: str | None, statuses: set[str] | None, required: bool
) -> None:
    found = said(AcceptanceCriteria(statuses), status=status, acceptance_criteria=None)
    assert bool(found) == required


@pytest.mark.parametrize(
    "text",
    [
        "TBD",
        "tbd.",
        "**TODO**",
        "TODO: ask Ann",
        "Todo – ask Ann",
        "The answer comes within TBD ms",
        "…",
        "...",
        "???",
        "",
        " ",
        "[ ]",
        "[x]",
        "Criterion 1",
        "Acceptance criterion 2:",
        "Lorem ipsum dolor sit amet",
        "Given … when … then …",
        "Given ..., When ..., Then ...",
        "As a <role>, I want to pay by card",
        "As a buyer, I want <goal>",
        "As an [actor], I want to pay",
        "As a {type of user} I want to pay",
        r"As a \<role\> I want to pay",
        "As a &lt;role&gt; I want to pay",
        "Given the [context] when I pay",
        "I pay, so that <some reason>",
    ],
)
def test_a_placeholder_is_found(text: str) -> None:
    found = said(acceptance_criteria=criteria("It works", text))
    place = f"number 2 (“{text.strip()}”)" if text.strip() else "box 2"
    assert found == [
        "has an acceptance criterion that is still to be written: "
        f"{place}. Say what must hold, or remove it."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "The todo list is shown",
        "TODO-items move to DONE",
        "Items in TODO can be dragged",
        "Criterion 1: the buyer gets a receipt",
        "As a buyer, I get a receipt",
        "GET /api/users/<user>/orders answers 200",
        "Then [the result](https://example.org/result) is shown",
        "Then [Result](https://example.org/result) is shown",
        "When <b>Pay</b> is pressed, then the receipt is shown",
        "Wait… until it is paid",
        "Done",
        "支払いできる",
    ],
)
def test_a_criterion_is_no_placeholder(text: str) -> None:
    assert said(acceptance_criteria=criteria(text)) == []


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        pytest.param(["wip"], "WIP", True, id="the team's word"),
        pytest.param(["wip"], "TODO", False, id="instead of ours"),
        pytest.param(["a.c"], "abc", False, id="words are no patterns"),
        pytest.param([], "TODO", False, id="no words"),
        pytest.param([], "anything", False, id="no words match nothing"),
    ],
)
def test_the_words_that_are_placeholders(words: list[str], text: str, found: bool) -> None:
    options = AcceptanceCriteria(placeholders=words)
    assert bool(said(options, acceptance_criteria=criteria(text))) == found


def test_many_placeholders_are_one_finding() -> None:
    assert said(acceptance_criteria=criteria("TBD", "TBA", "TBC", "TODO", "FIXME")) == [
        "has acceptance criteria that are still to be written: number 1 (“TBD”), number 2 (“TBA”), "
        "number 3 (“TBC”) and 2 more. Say what must hold, or remove them."
    ]


@pytest.mark.parametrize(
    ("texts", "twice"),
    [
        pytest.param(["Pays", "Ships"], None, id="all differ"),
        pytest.param(["Pays", "Ships", "pays."], "“pays.” (numbers 1 and 3)", id="but for case"),
        pytest.param(["*Pays*  now", "Pays now"], "“Pays now” (numbers 1 and 2)", id="emphasis"),
    ],
)
def test_the_same_criterion_twice(texts: list[str], twice: str | None) -> None:
    expected = f"has the same acceptance criterion twice: {twice}. Remove one, or say how they "
    assert said(acceptance_criteria=criteria(*texts)) == ([expected + "differ."] if twice else [])


def test_two_empty_boxes_are_no_duplicates() -> None:
    found = said(acceptance_criteria=criteria("It works", "", ""))
    assert ["still to be written: box 2, box 3." in message for message in found] == [True]


@pytest.mark.parametrize(
    ("status", "options", "expected"),
    [
        pytest.param("done", AcceptanceCriteria(), True, id="a done item with open boxes"),
        pytest.param("todo", AcceptanceCriteria(), False, id="an open item with open boxes"),
        pytest.param("cancelled", AcceptanceCriteria(), False, id="a cancelled item"),
        pytest.param("done", AcceptanceCriteria(done_checked=False), False, id="switched off"),
    ],
)
def test_a_done_item_has_all_boxes_checked(
    status: str, options: AcceptanceCriteria, expected: bool
) -> None:
    written = (*criteria("Pays"), *criteria("Ships", checked=True))
    assert said(options, status=status, acceptance_criteria=written) == (
        [
            "is done, but 1 of its 2 acceptance criteria is not checked: “Pays”. "
            "Check it, or reopen the item."
        ]
        if expected
        else []
    )


def test_a_done_item_with_all_boxes_checked_is_left_alone() -> None:
    assert said(status="done", acceptance_criteria=criteria("TBD", checked=True)) == []


@pytest.mark.parametrize("text", ["as a ", "given ", "criterion 1 ", "i want to ", ". [", "<a "])
def test_no_criterion_takes_long_however_long_it_is(text: str) -> None:
    start = time.process_time()
    said(acceptance_criteria=criteria(text * 20_000, text * 20_000 + "x"))
    assert time.process_time() - start < 5  # a pattern that tries again at each place takes hours


@pytest.mark.parametrize(
    ("text", "right"),
    [
        pytest.param("Given a cart, when I pay, then I get a receipt", True, id="all three"),
        pytest.param("**Given** a cart  \n**When** I pay  \n**Then** I get it", True, id="in bold"),
        pytest.param("When I pay, then I get a receipt", True, id="nothing is presupposed"),
        pytest.param("Angenommen, ich zahle, wenn es regnet, dann geht es", True, id="German"),
        pytest.param("Then I pay, when I get it", False, id="not in this order"),
        pytest.param("The buyer gets a receipt", False, id="none of them"),
    ],
)
def test_the_form_given_when_then(text: str, right: bool) -> None:
    found = said(AcceptanceCriteria(form="given-when-then"), acceptance_criteria=criteria(text))
    assert [message.partition(" Given")[0] for message in found] == (
        [] if right else ["has an acceptance criterion without"]
    )
    assert said(acceptance_criteria=criteria(text)) == []


def test_the_items_at_the_top_are_ready() -> None:
    view = view_of(
        item("a", estimate=1.0),
        item("b", blocked_by=frozenset({"c", "d", "ghost"})),
        item("c", acceptance_criteria=None),
        item("d", status="cancelled"),
    )
    options = AcceptanceCriteria(statuses=["in_progress"], ready=2)
    assert messages(view, RULE, RuleSettings(options=options)) == [
        "“b” (KEY-b) stands at the top and is not ready: it has no estimate and it is blocked by "
        "“c” (KEY-c). Make it ready, or move it down."
    ]
    options = AcceptanceCriteria(statuses=["in_progress"], ready=3)
    assert len(messages(view, RULE, RuleSettings(options=options))) == 3


def test_a_template_that_was_left_as_it_is_is_no_criterion() -> None:
    template = ["It works in the shop"]
    found = said(AcceptanceCriteria(template=template), acceptance_criteria=criteria(*template))
    assert [message.partition(":")[0] for message in found] == [
        "has an acceptance criterion that is still to be written"
    ]
