"""The digest: what changed, said in a few lines from which nobody is pinged."""

import json
from dataclasses import replace
from datetime import date

import pytest

from sync.plan import Conflict, Edit, Finding, Plan, ReleaseConflict
from sync.report.digest import (
    SHOWN,
    Changes,
    Digest,
    Done,
    Ending,
    Failing,
    digest_json,
    digest_markdown,
    digest_table,
    digest_text,
    marks,
    top_lines,
)
from sync.tracker import Change

TITLES = {"a": "Pay by card", "b": "Ship @all <!channel>"}
OLD = Finding("hygiene", "warning", "“Pay by card” (SHOP-1) lies there for 97 days.", "a")
NEW = Finding("labels", "error", "“Ship” has no label.", "b", {"jira": "SHOP-2"})
PLAN = Plan(
    "shop",
    edits=(Edit("a", "github", "update", "acme/shop#1", {"title": Change("x", "y")}, "because"),),
    conflicts=(Conflict("b", "priority", {"jira": "high", "github": "low"}, None),),
    release_conflicts=(ReleaseConflict("2.0", "due", {}, None),),
    findings=(NEW, OLD),
)
SINCE = "2026-03-01T12:00:00+00:00"
CHANGES = Changes(SINCE, (NEW,), (OLD,), ("a", "c", "b"), Done(12, 1, 3, 5, 0))
DIGEST = Digest(
    PLAN,
    TITLES,
    CHANGES,
    [Failing("jira", "b", "the field is not on its screen")],
    [Ending("SHOP-1", "labels", date(2026, 3, 9), "ada")],
    ("b", "a", "d"),
)


def test_it_says_all_that_a_product_owner_asks_of_a_day():
    text = digest_text(DIGEST)
    for words in (
        "Backlog shop since 2026-03-01 12:00:00 UTC",
        "1 error, 1 warning; 1 new, 1 settled",
        "New findings\n- error: “Ship” has no label.",
        "Settled findings\n- warning: “Pay by card”",
        "Conflicts that wait for `onebacklog resolve` (2)",
        "- release 2.0: due",
        "Failing\n- jira: Ship",
        "Drift, to be brought in line by the next apply\n- github: 1 update",
        "Waivers that end soon\n- labels for SHOP-1: until 2026-03-09, given by ada",
        "Top of the order (4)\n- 1. Ship",
        "12 runs, 1 with failures: 3 creates, 5 updates, 0 moves",
    ):
        assert words in text
    assert digest_table(DIGEST, 200).count("labels for SHOP-1: until 2026-03-09") == 1
    assert "### New findings" in digest_markdown(DIGEST)


@pytest.mark.parametrize("text", ["@all", "<!channel>", "<@U123>", "@everyone", "#1", "www.a.io"])
def test_nobody_is_pinged_by_a_title_that_is_sent_on(text):
    titles = {"b": text}
    for form in (digest_text, digest_markdown):
        assert text not in form(replace(DIGEST, titles=titles, changes=None))


def test_the_first_lines_of_a_long_list_are_shown_and_the_others_counted():
    many = tuple(replace(NEW, message=f"No. {at}.") for at in range(SHOWN + 3))
    text = digest_text(replace(DIGEST, changes=replace(CHANGES, new=many)))
    assert f"New findings ({SHOWN + 3})" in text
    assert f"No. {SHOWN - 1}.\n- and 3 more" in text


def test_without_a_memory_it_says_how_things_stand_and_where_memory_comes_from():
    text = digest_text(replace(DIGEST, changes=None))
    assert "once an apply has remembered its findings" in text
    assert "New findings" not in text
    assert json.loads(digest_json(replace(DIGEST, changes=None)))["since"] is None


def test_a_quiet_backlog_has_a_short_digest():
    quiet = Digest(Plan("shop", complete=False), {}, Changes(SINCE))
    assert digest_text(quiet).splitlines()[1] == "0 findings; 0 new, 0 settled"
    assert "Not every tracker could be read" in digest_text(quiet)


def test_programs_get_all_of_it():
    data = json.loads(digest_json(DIGEST))
    assert [one["rule"] for one in data["new"]] == ["labels"]
    assert [one["rule"] for one in data["settled"]] == ["hygiene"]
    assert data["waivers"] == [
        {"item": "SHOP-1", "rule": "labels", "until": "2026-03-09", "by": "ada"}
    ]
    assert (data["top"], data["top_before"]) == (["b", "a", "d"], ["a", "c", "b"])
    assert data["runs"] == {"runs": 12, "failed": 1, "create": 3, "update": 5, "move": 0}
    assert data["failing"][0]["tracker"] == "jira"


def test_the_top_says_what_came_what_moved_and_what_left():
    titles = {"a": "A", "b": "B", "c": "C", "d": "D"}
    assert top_lines(CHANGES, ("b", "a", "d"), titles) == [
        "1. B, was 3.",
        "2. A, was 1.",
        "3. D, new there",
        "C, not there any more",
    ]
    assert top_lines(CHANGES, ("a", "c", "b"), titles) == []
    assert top_lines(Changes(SINCE), ("a",), titles) == []


@pytest.mark.parametrize(
    ("message", "title", "same"),
    [
        ("“Pay by card” (SHOP-1) lies there for 98 days.", "Pay by card", True),
        ("“Pay by bank” (SHOP-1) lies there for 97 days.", "Pay by bank", True),
        ("“Pay by card” (items/pay.md) lies there for 97 days.", "Pay by card", True),
        ("“Pay by card” (SHOP-1) has nobody.", "Pay by card", False),
    ],
    ids=["a day later", "under another title", "by another key", "of another thing"],
)
def test_a_finding_is_the_same_one_tomorrow(message, title, same):
    known = marks([OLD], TITLES)
    found = marks([replace(OLD, message=message)], {"a": title})
    assert (known.keys() == found.keys()) == same


def test_two_findings_that_say_the_same_are_two():
    assert len(marks([OLD, OLD], TITLES)) == 2
