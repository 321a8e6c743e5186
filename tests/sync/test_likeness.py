"""Titles that read alike are found; others are not, and not all are compared with all."""

from __future__ import annotations

import random

import pytest

from sync.likeness import MOST, Likeness, told_apart
from tests.shared import shared_lines

LEAST = 0.85


def alike(one: str, other: str, least: float = LEAST) -> float | None:
    return Likeness(least).pairs([one], [other]).get((one, other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Pay by card", "pay by CARD!"),
        ("Pay by card", "Pay by cards"),
        ("Pay by card", "Pay by credit card"),
        ("Pay by card", "Card: pay by"),
        ("Guest checkout", "Guest check-out"),
        ("Reset the password", "Password reset"),
        ("Export orders as CSV", "CSV export of orders"),
        ("Show the delivery date", "Show delivery date"),
        ("Don't lose the basket", "Dont lose the basket"),
        ("Überblick über Bestellungen", "Uberblick uber Bestellungen"),
        ("Story 12: refund", "Story 12, refunds"),
        ("支払いをカードで行う機能", "支払いをカードで行なう機能"),
        ("🎉🎉🎉", "🎉🎉🎉"),
    ],
)
def test_titles_that_say_the_same_in_other_words_are_alike(one: str, other: str) -> None:
    score = alike(one, other)
    assert score is not None
    assert LEAST <= score <= 1
    assert alike(other, one) == score


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Pay by card", "Pay by invoice"),
        ("Add login", "Add logout"),
        ("Story 12", "Story 13"),
        ("Upgrade to Java 17", "Upgrade to Java 21"),
        ("Support TLS 1.2 everywhere", "Support TLS 1.3 everywhere"),
        ("Release 2.0 checklist", "Release checklist"),
        ("Phase A of the migration", "Phase B of the migration"),
        ("The migration, part I", "The migration, part II"),
        ("Checkout", "Check"),
        ("Pay", "Pay by card"),
        ("", ""),
        ("   ", "   "),
    ],
)
def test_titles_that_differ_by_a_word_or_a_number_are_not(one: str, other: str) -> None:
    assert alike(one, other) is None


def test_how_alike_is_enough_may_be_said() -> None:
    assert alike("Pay by invoice", "Pay by card", 0.5) is not None
    assert alike("Pay by cards", "Pay by card", 1.0) is None
    assert alike("PAY by card", "Pay by card", 1.0) == 1.0


def some_titles(count: int, seed: int) -> list[str]:
    """Of a vocabulary such as a project has: few words are common, and many rare."""
    pick = random.Random(seed)
    words = [f"{a}{b}{c}" for a in "bdfklmnprst" for b in "aeiou" for c in ("n", "rt", "st", "lk")]
    return [" ".join(pick.choices(words, k=pick.randint(4, 9))) for _ in range(count)]


def test_ten_thousand_titles_a_side_are_not_all_compared() -> None:
    likeness = Likeness(LEAST)
    ours, theirs = some_titles(10_000, 1), some_titles(9_000, 2)
    theirs += [f"{title}!" for title in ours[:1000]]
    found = likeness.pairs(ours, theirs)
    assert all((title, f"{title}!") in found for title in ours[:1000])
    assert likeness.comparisons < 2_000_000  # of 100,000,000


def test_what_thousands_share_does_not_make_them_compared() -> None:
    likeness = Likeness(LEAST)
    form = "As a customer I want to {} so that I save time"
    ours = [form.format(title) for title in some_titles(2000, 1)]
    theirs = [form.format(title) for title in some_titles(2000, 2)] + [form.format("pay by card")]
    found = likeness.pairs([*ours, form.format("pay by cards")], theirs)
    assert (form.format("pay by cards"), form.format("pay by card")) in found
    assert likeness.comparisons <= MOST * 2001


def test_the_same_title_many_times_is_one_comparison() -> None:
    likeness = Likeness(LEAST)
    assert likeness.pairs(["Untitled"] * 5000, ["Untitled"] * 5000) == {("Untitled", "Untitled"): 1}
    assert likeness.comparisons == 1


def test_of_a_real_project_cut_in_two_halves_hardly_any_are_alike() -> None:
    """1,499 issues, none of which is another: what is held back for nothing is under 2 %."""
    titles = [issue["summary"] for issue in shared_lines("data/jira-project.jsonl.gz")]
    for seed in range(3):
        mixed = random.Random(seed).sample(titles, len(titles))
        half = len(mixed) // 2
        found = Likeness(LEAST).pairs(mixed[:half], mixed[half:])
        held = {title for pair in found for title in pair}
        assert len(held) < 0.02 * len(titles)


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("Enable binding for the button bar", "Enable binding for the tool bar", True),
        ("Improve the docs readme", "Improve the drafts readme", True),
        ("Show subtasks in the TUI", "Show subtasks in the Web UI", True),
        ("Pay by credit card", "Pay by credit cards", False),
        ("Create unit tests", "Create unti tests", False),
        ("Support external style sheets", "Support external stylesheets", False),
        ("Data binding no longer works", "Model data binding no longer works", False),
        ("Reset the password", "Password: reset it", False),
        ("Überblick", "UBERBLICK", False),
        ("", "", False),
    ],
)
def test_titles_are_told_apart_where_each_has_a_word_of_its_own(
    one: str, other: str, apart: bool
) -> None:
    assert told_apart(one, other) is apart
    assert told_apart(other, one) is apart
