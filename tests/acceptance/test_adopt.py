"""Trackers that hold the same items already are paired, not doubled; a wrong pair is split."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.tracker import Record
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
    return {name: len(read(one, name)) for name in ("jira", "github", "files")}


def read(one: Shop, tracker: str) -> tuple[Record, ...]:
    adapter = one.person(tracker).adapter()
    adapter.open()
    return adapter.read(None).records


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


MARKED = "<!-- onebacklog:"


@pytest.fixture(params=["cloud", "datacenter"])
def wrong(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Shop]:
    """Two different items of one title, paired as one, and shown by a file too."""
    flavour: Flavour = request.param
    jira = [{"summary": "Refund"}, {"summary": "Ship"}]
    github = [{"title": "Refund"}, {"title": "Sell"}]
    with shop(tmp_path, flavour=flavour, jira=jira, github=github) as made:
        made.configure(PREFER)
        made.apply()
        assert counts(made) == {"jira": 3, "github": 3, "files": 3}
        yield made


@pytest.mark.parametrize("tracker", ["jira", "github", "files"])
@pytest.mark.parametrize("apart", ["Money back", None], ids=["retitled since", "all the same"])
def test_a_wrong_pair_is_split_and_never_paired_again(
    wrong: Shop, tracker: str, apart: str | None
) -> None:
    old = wrong.records(tracker)["Refund"]
    result = wrong.run("adopt", "--split", old.key)
    assert result.code == 0, result.err
    assert "undo" in result.out
    assert wrong.run("state", "verify").code == 0
    if apart:
        wrong.person(tracker).edit(old.id, "title", apart)
    plan = wrong.plan()
    assert plan["proposals"] == []
    created = sorted(edit["tracker"] for edit in plan["edits"] if edit["action"] == "create")
    assert created == sorted(["jira", "github", "files"])
    wrong.apply()
    assert counts(wrong) == {"jira": 4, "github": 4, "files": 4}
    wrong.settled()
    full = wrong.run("plan", "--full", "--format", "json")
    assert full.json["edits"] == full.json["pairings"] == full.json["proposals"] == []
    assert full.code == 0
