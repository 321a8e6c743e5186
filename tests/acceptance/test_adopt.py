"""Trackers that hold the same items already are paired, not doubled; a wrong pair is split."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.shop import Flavour, Shop, shop

SUBJECTS = (
    *("the basket", "the checkout", "the search", "the invoice", "the wish list"),
    *("the delivery date", "the product page", "the return label", "the gift card", "the newsletter"),
)
WORK = ("Show {} on small screens", "Let customers share {} by mail", "Translate {} into Dutch")
TITLES = [form.format(subject) for subject in SUBJECTS for form in WORK]
"""Thirty, of which each is like no other."""
PREFER = "    conflicts: {prefer: [jira, github]}"


def otherwise(title: str) -> str:
    """The same, as somebody else would have typed it."""
    at = TITLES.index(title) % 3
    return (title.replace(" on ", " for "), f"{title}!".replace("Let c", "C"), title.lower())[at]


@pytest.fixture(params=["cloud", "datacenter"])
def held(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    """Thirty items on Jira, the same on GitHub in other words, and one of each one's own."""
    flavour: Flavour = request.param
    jira = [{"summary": title} for title in (*TITLES, "Renew the certificate")]
    github = [{"title": otherwise(title)} for title in (*TITLES,)]
    with shop(
        tmp_path, flavour=flavour, jira=jira, github=[*github, {"title": "Pay by crypto"}]
    ) as made:
        made.configure(PREFER)
        yield made


def counts(one: Shop) -> dict[str, int]:
    return {name: len(one.records(name)) for name in ("jira", "github", "files")}


def test_what_is_alike_is_proposed_and_created_nowhere_until_it_is_decided(held: Shop) -> None:
    result = held.run("plan", "--format", "json")
    assert result.code == 3
    plan = result.json
    assert len(plan["proposals"]) == 30
    assert {one["by"] for one in plan["proposals"]} == {"likeness"}
    waiting = {one[part] for one in plan["proposals"] for part in ("item", "other")}
    created = {edit["item"] for edit in plan["edits"] if edit["action"] == "create"}
    assert len(waiting) == 60
    assert not waiting & created
    assert len(created) == 2
    adoption = [one for one in plan["findings"] if one["rule"] == "adoption"]
    assert len(adoption) == 30
    assert all("onebacklog adopt" in one["message"] for one in adoption)
    assert counts(held) == {"jira": 31, "github": 31, "files": 0}
    held.apply()
    assert counts(held) == {"jira": 32, "github": 32, "files": 2}
    again = held.run("plan", "--format", "json")
    assert again.code == 3
    assert again.json["edits"] == []
    assert again.json["proposals"] == plan["proposals"]


@pytest.mark.parametrize("first", [True, False], ids=["decided first", "after an apply"])
def test_pairs_that_a_person_accepts_are_made_and_nothing_is_doubled(
    held: Shop, tmp_path: Path, first: bool
) -> None:
    if not first:
        held.apply()
    file = tmp_path / "adopt.yaml"
    assert held.run("adopt", "--out", str(file)).code == 0
    text = file.read_text(encoding="utf-8")
    assert text.count("decision: '?'") == 30
    file.write_text(text.replace("decision: '?'", "decision: pair"), encoding="utf-8")
    before = counts(held)
    result = held.run("adopt", "--accept", str(file))
    assert result.code == 0, result.err
    assert counts(held) == before
    plan = held.plan()
    assert plan["proposals"] == []
    assert [one["by"] for one in plan["pairings"]] == ["person"] * 30
    held.apply()
    assert counts(held) == {"jira": 32, "github": 32, "files": 32}
    assert set(held.records("jira")) == set(held.records("github")) == set(held.records("files"))
    held.settled()
    assert held.run("state", "verify").code == 0
