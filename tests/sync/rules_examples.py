"""What breaks each rule, and what mends it: the examples of docs/rules.md."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sync.model import Criterion, Item

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Example:
    """A small backlog that breaks a rule, and how that is mended."""

    rule: str
    title: str
    settings: str
    """Of the rule, as they stand under `rules`."""
    items: Sequence[Item]
    """Top first."""
    by_hand: Sequence[Item] | None = None
    """The items after a person mended them; None: `fix` does."""
    how: str = ""
    """What the person did."""
    touched: datetime | None = None
    releases: Mapping[str, tuple[str | None, bool]] = field(default_factory=dict)


def item(number: int, title: str, **values: Any) -> Item:
    return Item(f"SHOP-{number}", {"title": title, **values})


def criteria(*texts: str) -> tuple[Criterion, ...]:
    """`x ` before a text is a checked box."""
    return tuple(Criterion(one.removeprefix("x "), one.startswith("x ")) for one in texts)


def setting(rule: str, *lines: str) -> str:
    return f"{rule}:\n" + "".join(f"  {line}\n" for line in lines or ("severity: error",))


def labelled(*labels: str) -> Item:
    return item(1, "The basket is empty after login", kind="bug", labels=frozenset(labels))


ORDER, CRITERIA = "priority-order", "acceptance-criteria"
PAY, GUEST = "Pay by card", "Guest checkout"
STORY = {"kind": "story", "status": "todo"}
BUYER = "As a buyer, I want to pay by card"

EXAMPLES: tuple[Example, ...] = (
    Example(
        CRITERIA,
        "A story without criteria",
        setting(CRITERIA, "minimum: 1"),
        [item(1, PAY, **STORY)],
        [item(1, PAY, **STORY, acceptance_criteria=criteria("A receipt is sent"))],
        "a criterion was written.",
    ),
    Example(
        CRITERIA,
        "Criteria that are still to be written",
        setting(CRITERIA, "placeholders: [TBD, to come]"),
        [item(1, PAY, **STORY, acceptance_criteria=criteria("A receipt is sent", "TBD"))],
        [item(1, PAY, **STORY, acceptance_criteria=criteria("A receipt is sent"))],
        "what said nothing was removed.",
    ),
    Example(
        CRITERIA,
        "The same criterion twice",
        setting(CRITERIA, "minimum: 1"),
        [
            item(
                1,
                PAY,
                **STORY,
                acceptance_criteria=criteria("A receipt is sent", "x a receipt is sent."),
            )
        ],
    ),
    Example(
        CRITERIA,
        "Done with an unchecked box",
        setting(CRITERIA, "done_checked: true"),
        [
            item(
                1,
                PAY,
                kind="story",
                status="done",
                acceptance_criteria=criteria("x A receipt is sent", "A refund can be made"),
            )
        ],
        [
            item(
                1,
                PAY,
                kind="story",
                status="done",
                acceptance_criteria=criteria("x A receipt is sent", "x A refund can be made"),
            )
        ],
        "the box was checked.",
    ),
    Example(
        "custom",
        "The most urgent items have an owner",
        "custom:\n  owned:\n"
        "    expect: 'item.priority != \"highest\" || size(item.assignees) > 0'\n"
        '    message: "has nobody: assign somebody."\n',
        [item(1, PAY, priority="highest"), item(2, GUEST, priority="low")],
        [
            item(1, PAY, priority="highest", assignees=frozenset({"ada"})),
            item(2, GUEST, priority="low"),
        ],
        "somebody was assigned.",
    ),
    Example(
        "custom",
        "No large stories",
        "custom:\n  small:\n    kinds: [story]\n"
        "    expect: '!has(item.estimate) || item.estimate <= 8.0'\n"
        '    message: "is larger than 8 points: split it."\n',
        [item(1, PAY, kind="story", estimate=13.0)],
        [
            item(1, "Pay by credit card", kind="story", estimate=5.0),
            item(2, "Pay by debit card", kind="story", estimate=8.0),
        ],
        "it was split.",
    ),
    Example(
        "hygiene",
        "Nobody works on it",
        setting("hygiene", "checks: [owner]"),
        [item(1, PAY, status="in_progress")],
        [item(1, PAY, status="in_progress", assignees=frozenset({"ada"}))],
        "who does it was assigned.",
    ),
    Example(
        "hygiene",
        "A day that has passed",
        setting("hygiene", "checks: [due]"),
        [item(1, PAY, status="todo", due="2026-02-27")],
        [item(1, PAY, status="todo", due="2026-03-13")],
        "another day was agreed on.",
    ),
    Example(
        "hygiene",
        "A story that does not say who wants what",
        setting("hygiene", "checks: [story]"),
        [item(1, PAY, **STORY)],
        [item(1, BUYER, **STORY)],
        "it was written as a story.",
    ),
    Example(
        "hygiene",
        "Done, with something below that is not",
        setting("hygiene", "checks: [children]"),
        [
            item(1, PAY, kind="story", status="done"),
            item(2, "Send the receipt", kind="subtask", status="todo", parent="SHOP-1"),
        ],
        [
            item(1, PAY, kind="story", status="done"),
            item(2, "Send the receipt", kind="subtask", status="done", parent="SHOP-1"),
        ],
        "the part was done as well.",
    ),
    Example(
        "hygiene",
        "Two that read alike",
        setting("hygiene", "checks: [duplicates]"),
        [item(1, "Pay by credit card"), item(2, "Pay by credit cards")],
        [
            item(1, "Pay by credit card"),
            item(
                2,
                "Pay by credit cards",
                status="cancelled",
                duplicates=frozenset({"SHOP-1"}),
            ),
        ],
        "one was closed as a duplicate.",
    ),
    Example(
        "hygiene",
        "Nobody touched it",
        setting("hygiene", "checks: [stale]", "stale_days: 60"),
        [item(1, PAY, status="todo")],
        [item(1, PAY, status="cancelled")],
        "it was closed.",
        touched=datetime(2025, 12, 1, tzinfo=UTC),
    ),
    Example(
        "hygiene",
        "A release that is late",
        setting("hygiene", "checks: [release]"),
        [item(1, PAY, status="todo", release="1.0")],
        [item(1, PAY, status="todo", release="1.1")],
        "the item went to a later release.",
        releases={"1.0": ("2026-02-27", False), "1.1": ("2026-05-01", False)},
    ),
    Example(
        "labels",
        "A label that there is not",
        setting("labels", "vocabulary: {bug: , checkout: }"),
        [labelled("bug", "chekout")],
        [labelled("bug", "checkout")],
        "it was spelled as the vocabulary has it.",
    ),
    Example(
        "labels",
        "An old name, and a label that is not to be used",
        setting("labels", "aliases: {defect: bug}", "forbidden: [misc]"),
        [labelled("defect", "misc")],
    ),
    Example(
        "labels",
        "Two labels of a namespace that allows one",
        setting("labels", "namespaces: {area: at-most-one}"),
        [labelled("area:basket", "area:login")],
        [labelled("area:basket")],
        "one was kept.",
    ),
    Example(
        "labels",
        "A label that follows from a field",
        setting("labels", 'implied: {kind: {bug: "type:bug"}}'),
        [labelled("basket")],
    ),
    Example(
        "labels",
        "A component by its old name, and one that is not to be used",
        setting(
            "labels",
            "components:",
            "  vocabulary: [Checkout, Search]",
            "  aliases: {Basket: Checkout}",
            "  forbidden: [Other]",
        ),
        [item(1, PAY, components=frozenset({"Basket", "Other"}))],
    ),
    Example(
        ORDER,
        "A low priority above a high one",
        setting(ORDER, "checks: [order]"),
        [item(1, PAY, priority="low"), item(2, GUEST, priority="high")],
    ),
    Example(
        ORDER,
        "No priority",
        setting(ORDER, "default: medium"),
        [item(1, PAY, priority="high"), item(2, GUEST)],
    ),
    Example(
        ORDER,
        "What blocks stands below what it blocks",
        setting(ORDER, "checks: [blockers]"),
        [item(1, PAY, blocked_by=frozenset({"SHOP-2"})), item(2, "Sign with the bank")],
    ),
    Example(
        ORDER,
        "Order, priority and a block contradict each other",
        setting(ORDER, "checks: [order, blockers]"),
        [
            item(1, PAY, priority="high", blocked_by=frozenset({"SHOP-2"})),
            item(2, "Sign with the bank", priority="low"),
        ],
        [
            item(2, "Sign with the bank", priority="high"),
            item(1, PAY, priority="high", blocked_by=frozenset({"SHOP-2"})),
        ],
        "the blocker got the priority of what waits for it, and was moved up.",
    ),
    Example(
        ORDER,
        "A parent lower than its child",
        setting(ORDER, "checks: [parents]"),
        [
            item(1, "Payment", kind="epic", priority="low"),
            item(2, PAY, kind="story", priority="high", parent="SHOP-1"),
        ],
    ),
    Example(
        ORDER,
        "A lower score above a higher one",
        setting(ORDER, "score: {formula: value-effort, fields: {value: worth}, mode: keep}"),
        [
            item(1, PAY, priority="high", worth=3.0, estimate=3.0),
            item(2, GUEST, priority="high", worth=8.0, estimate=2.0),
        ],
    ),
    Example(
        ORDER,
        "Too many of the highest",
        setting(ORDER, "limits: {highest: 1}"),
        [item(1, PAY, priority="highest"), item(2, GUEST, priority="highest")],
        [item(1, PAY, priority="highest"), item(2, GUEST, priority="high")],
        "one of them was found to be less urgent.",
    ),
)
