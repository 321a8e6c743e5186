"""Trackers that hold the same items already are paired, not doubled; a wrong pair is split."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.tracker import Record
from tests.acceptance.shop import Flavour, Shop, shop

SUBJECTS = (
    *("the basket", "the checkout", "the search", "the invoice", "the wish list"),
    *(
        "the delivery date",
        "the product page",
        "the return label",
        "the gift card",
        "the newsletter",
    ),
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


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Shop]:
    """One sure pair, one that is alike, and one of each tracker's own; then nothing decided."""
    jira = [{"summary": one} for one in ("Pay by card", "Refund", "Ship")]
    github = [{"title": one} for one in ("Pay by cards", "Refund", "Sell")]
    with shop(tmp_path, jira=jira, github=github) as made:
        made.configure(PREFER)
        yield made


def review(one: Shop) -> Path:
    file = one.folder / "adopt.yaml"
    assert one.run("adopt", "--out", str(file)).code == 0
    return file


def test_adopt_alone_shows_all_pairs_and_writes_nothing(small: Shop) -> None:
    result = small.run("adopt")
    assert result.code == 0
    for words in ("acme/shop#1", "may be SHOP-1", "0.96", "by title", "1 proposal", "1 pairing"):
        assert words in result.out
    assert "Ship" not in result.out
    assert not (small.folder / "state.db").exists()
    data = small.run("adopt", "--format", "json").json
    [proposal] = data["proposals"]
    assert (proposal["keys"], proposal["tracker"], proposal["key"], proposal["score"]) == (
        {"jira": "SHOP-1"},
        "github",
        "acme/shop#1",
        0.96,
    )
    assert "may be SHOP" in small.run("plan", "--format", "markdown").out


def test_the_file_to_decide_in_is_the_same_each_time_and_names_all(small: Shop) -> None:
    text = review(small).read_text(encoding="utf-8")
    assert review(small).read_text(encoding="utf-8") == text
    for words in ("decision: '?'", "decision: pair", "score: 0.96", "by: likeness", "by: title"):
        assert text.count(words) >= 1
    for words in (
        "SHOP-1",
        "acme/shop#1",
        "Pay by cards",
        f"{small.served.url}/jira/browse/SHOP-1",
    ):
        assert words in text


def test_undecided_pairs_stay_so_and_nothing_else_waits(small: Shop) -> None:
    assert small.run("adopt", "--accept", str(review(small))).code == 0
    plan = small.plan()
    assert len(plan["proposals"]) == 1
    assert [one["by"] for one in plan["pairings"]] == ["person"]
    small.apply()
    assert {name: len(read(small, name)) for name in ("jira", "github")} == {"jira": 4, "github": 4}


def test_a_pair_by_title_may_be_held_apart(small: Shop) -> None:
    file = review(small)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("decision: pair", "decision: apart"), encoding="utf-8")
    assert small.run("adopt", "--accept", str(file)).code == 0
    assert small.plan()["pairings"] == []
    small.apply()
    titles = [one.shown["title"] for one in read(small, "jira")]
    assert titles.count("Refund") == 2
    plan = small.run("plan", "--format", "json", "--full").json
    assert plan["edits"] == plan["pairings"] == []


def test_a_proposal_that_is_held_apart_is_two_items_for_good(small: Shop) -> None:
    file = review(small)
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace("decision: '?'", "decision: apart"), encoding="utf-8")
    assert small.run("adopt", "--accept", str(file)).code == 0
    small.apply()
    small.settled()
    assert {"Pay by card", "Pay by cards"} <= small.records("jira").keys()
    assert small.run("adopt", "--format", "json").json["proposals"] == []


def test_what_is_alike_enough_is_accepted_at_once_where_it_is_clear(small: Shop) -> None:
    small.person("github").add({"title": "Refunds wanted", "kind": "task", "status": "todo"})
    small.person("jira").add({"title": "Refund wanted", "kind": "task", "status": "todo"})
    small.person("jira").add({"title": "Refunds, wanted", "kind": "task", "status": "todo"})
    file = review(small)
    assert len(small.plan()["proposals"]) == 3
    assert small.run("adopt", "--accept", str(file), "--all-above", "0.9").code == 0
    plan = small.plan()
    assert {one["key"] for one in plan["proposals"]} == {"acme/shop#4"}  # two are alike to it
    assert len(plan["proposals"]) == 2
    assert "acme/shop#1" in {one["key"] for one in plan["pairings"] if one["by"] == "person"}


FORGED = {
    "no YAML": ("version", "version: [", ": not valid YAML"),
    "another version": ("version: 1", "version: 2", "version"),
    "another backlog": ("backlog: shop", "backlog: other", "it is of the backlog 'other'"),
    "an unknown key": ("  by: likeness", "  buy: likeness", "buy"),
    "no decision": ("decision: '?'", "decision: yes", "write ?, pair or apart"),
    "a tracker that is none": ("tracker: jira", "tracker: jra", "no tracker jra"),
    "a record that is none": ("key: SHOP-1", "key: SHOP-99", "jira shows no SHOP-99 now"),
    "a tag": ("version: 1", "version: !!python/name:os.system 1", "a tag"),
    "an alias": ("version: 1", "version: *one", "an alias"),
}


@pytest.mark.parametrize(("old", "new", "words"), FORGED.values(), ids=FORGED)
def test_a_file_that_makes_no_sense_decides_nothing_and_names_the_line(
    small: Shop, old: str, new: str, words: str
) -> None:
    file = review(small)
    text = file.read_text(encoding="utf-8").replace("decision: pair", "decision: apart")
    lines = text.replace(old, new, 1).replace("decision: '?'", "decision: pair")
    file.write_text(lines, encoding="utf-8")
    result = small.run("adopt", "--accept", str(file))
    assert result.code == 2
    assert words in result.err
    assert f"{file}:" in result.err
    assert "Traceback" not in result.err
    assert len(small.plan()["pairings"]) == 1  # apart was not remembered either


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"- 1\n", b"version: 1\n", None])
def test_a_file_that_is_none_decides_nothing(small: Shop, data: bytes | None) -> None:
    file = small.folder / "adopt.yaml"
    if data is not None:
        file.write_bytes(data)
    result = small.run("adopt", "--accept", str(file))
    assert result.code == 2
    assert "nothing was decided" in result.err
    assert not (small.folder / "state.db").exists()


ENTRY = """\
- decision: {decision}
  one: [{{tracker: jira, key: {jira}}}]
  other: [{{tracker: github, key: "acme/shop#{number}"}}]
"""


def by_hand(one: Shop, *entries: tuple[str, str, int]) -> Path:
    file = one.folder / "mine.yaml"
    parts = [ENTRY.format(decision=d, jira=j, number=n) for d, j, n in entries]
    file.write_text("version: 1\nbacklog: shop\npairs:\n" + "".join(parts), encoding="utf-8")
    return file


def test_a_pair_that_nobody_proposed_may_be_made_by_hand(small: Shop) -> None:
    assert small.run("adopt", "--accept", str(by_hand(small, ("pair", "SHOP-3", 3)))).code == 0
    small.apply()
    assert small.records("github")["Ship"].key == "acme/shop#3"


@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ([("pair", "SHOP-1", 1), ("pair", "SHOP-1", 3)], "cannot both show one item"),
        ([("pair", "SHOP-1", 1), ("pair", "SHOP-3", 1)], "cannot both show one item"),
        ([("pair", "SHOP-1", 1), ("apart", "SHOP-1", 1)], "held apart here"),
        ([("pair", "SHOP-2", 2), ("apart", "SHOP-2", 2)], "held apart here"),
        ([("pair", "SHOP-1", 2)], "cannot both show one item"),
    ],
)
def test_what_contradicts_itself_decides_nothing_and_names_both_places(
    small: Shop, entries: list[tuple[str, str, int]], words: str, applied: bool
) -> None:
    if applied:
        small.apply()
    before = small.plan()
    result = small.run("adopt", "--accept", str(by_hand(small, *entries)))
    assert result.code == 2
    assert words in result.err
    assert "mine.yaml:" in result.err
    assert small.plan() == before


def test_two_that_are_one_item_already_are_not_held_apart_but_split(small: Shop) -> None:
    small.apply()
    result = small.run("adopt", "--accept", str(by_hand(small, ("apart", "SHOP-2", 2))))
    assert result.code == 2
    assert "adopt --split acme/shop#2" in result.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--split", "SHOP-99"], "names no record"),
        (["--split", "SHOP-3", "--from", "nowhere"], "names no record on nowhere"),
        (["--split", "SHOP-1"], "the only record"),
        (["--from", "jira"], "--from with --split"),
        (["--all-above", "0.9"], "--all-above goes with --accept"),
        (["--split", "SHOP-3", "--out", "x"], "give one of"),
        (["other"], "no backlog"),
        (["--out", "/nowhere/x.yaml"], "No such file"),
    ],
)
def test_what_adopt_cannot_do_is_said(small: Shop, arguments: list[str], words: str) -> None:
    small.apply()
    result = small.run("adopt", *arguments)
    assert result.code == 2
    assert words in result.err


def test_a_record_is_split_by_its_item_s_other_key_and_its_tracker(small: Shop) -> None:
    small.apply()
    result = small.run("adopt", "--split", "SHOP-2", "--from", "github")
    assert result.code == 0
    assert result.out.startswith("acme/shop#2 is an item of its own")
    assert "SHOP-2" in result.out


def test_where_a_tracker_is_down_nothing_is_decided(small: Shop) -> None:
    file = review(small)
    small.environment["GITHUB_TOKEN"] = "t-wrong"
    assert small.run("adopt").code == 1
    result = small.run("adopt", "--accept", str(file))
    assert result.code == 1
    assert "nothing was decided" in result.err


def test_titles_that_are_markup_of_any_kind_come_back_as_they_are(tmp_path: Path) -> None:
    title = '\'}]: - "[red]*x &y !!python/none #{}" \x1b[31m? @all'
    jira, github = [{"summary": title}], [{"title": f"{title}!"}]
    with shop(tmp_path, jira=jira, github=github) as one:
        one.configure(PREFER)
        file = review(one)
        assert "\x1b" not in file.read_text(encoding="utf-8")
        assert "\x1b" not in one.run("adopt").out
        text = file.read_text(encoding="utf-8").replace("decision: '?'", "decision: pair")
        file.write_text(text, encoding="utf-8")
        assert one.run("adopt", "--accept", str(file)).code == 0
        assert len(one.plan()["pairings"]) == 1


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
def test_remote_links_of_unpaired_issues_are_read_where_a_person_asks_and_only_there(
    tmp_path: Path, flavour: Flavour
) -> None:
    jira = [{"summary": "Pay"}, {"summary": "Refund"}, {"summary": "Ship"}]
    github = [{"title": "Money"}, {"title": "Refund"}, {"title": "Boxes"}]
    with shop(tmp_path, flavour=flavour, jira=jira, github=github) as one:
        one.configure(PREFER)
        issues = {str(it.shown["title"]): it.url or "" for it in read(one, "github")}
        for key, title in (("SHOP-1", "Money"), ("SHOP-3", "Boxes"), ("SHOP-2", "Boxes")):
            link(one, key, issues[title])
        plan = one.run("plan", "--format", "json")
        assert "remotelink" not in paths(one)
        assert [it["key"] for it in plan.json["pairings"]] == ["acme/shop#2"]
        file = review(one)
        asked = [path for path in paths(one).split() if "remotelink" in path]
        assert len(asked) == 2  # of the two issues that show an item alone
        text = file.read_text(encoding="utf-8")
        assert "by: link" in text
        assert one.run("adopt", "--accept", str(file)).code == 0
        found = {it["key"]: it["by"] for it in one.plan()["pairings"]}
        assert found["acme/shop#1"] == "person"


def paths(one: Shop) -> str:
    return "\n".join(it.path for it in one.served.log if it.method == "GET")


def link(one: Shop, key: str, url: str) -> None:
    body = {"object": {"url": url, "title": "x"}}
    one.jira.ask("POST", f"issue/{key}/remotelink", body)


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
def test_addresses_in_texts_and_keys_in_titles_pair_over_both_markups(
    tmp_path: Path, flavour: Flavour
) -> None:
    with shop(tmp_path, flavour=flavour) as one:
        pay = one.person("jira").add({"title": "Pay", "kind": "task", "status": "todo"})
        key = next(it.key for it in read(one, "jira") if it.id == pay)
        url = f"{one.served.url}/jira/browse/{key}"
        money = {"title": "Money", "description": f"Text.\n\nJira: {url}"}
        one.person("github").add(money)
        ship = one.person("github").add({"title": "Boxes"})
        there = next(it for it in read(one, "github") if it.id == ship)
        text = f"Text.\n\nGitHub: {there.url}"
        sent = {"title": "Ship", "kind": "task", "status": "todo", "description": text}
        one.person("jira").add(sent)
        one.person("github").add({"title": "[SHOP-3] Refund"})
        one.person("jira").add({"title": "Back", "kind": "task", "status": "todo"})
        plan = one.plan()
        assert {it["key"]: it["by"] for it in plan["pairings"]} == {
            "acme/shop#1": "link",
            "acme/shop#2": "link",
            "acme/shop#3": "link",
        }


def test_of_two_that_meet_the_one_that_is_new_leaves_where_they_are_held_apart(small: Shop) -> None:
    small.configure(PREFER, creates="none")
    small.apply()
    small.person("jira").add({"title": "Sell", "kind": "task", "status": "todo"})
    assert [one["tracker"] for one in small.plan()["pairings"]] == ["jira"]
    assert small.run("adopt", "--accept", str(by_hand(small, ("apart", "SHOP-4", 3)))).code == 0
    assert small.plan()["pairings"] == []


def test_records_known_by_their_marks_alone_are_listed_beside_each_other(small: Shop) -> None:
    small.apply()
    with sqlite3.connect(small.folder / "state.db") as state:
        state.execute("DELETE FROM link")
    text = review(small).read_text(encoding="utf-8")
    assert "by: mark" in text
    (small.folder / "adopt.yaml").write_text(text, encoding="utf-8")
    assert small.run("adopt", "--accept", str(small.folder / "adopt.yaml")).code == 0


def test_a_key_that_two_trackers_have_must_be_told_apart(tmp_path: Path) -> None:
    with shop(tmp_path, files={"items/pay.md": "# Pay\n"}) as one:
        text = (
            "state: sqlite:///state.db\nbacklogs: {shop: {trackers: "
            "{one: {type: files, path: backlog, creates: all}, "
            "two: {type: files, path: other, creates: all}}}}\n"
        )
        one.settings.write_text(text, encoding="utf-8")
        one.apply()
        result = one.run("adopt", "--split", "items/pay.md")
        assert result.code == 2
        assert "items/pay.md on one, items/pay.md on two" in result.err
        assert one.run("adopt", "--split", "items/pay.md", "--from", "two").code == 0
        one.apply()
        one.settled()
        items = [
            *(tmp_path / "backlog" / "items").iterdir(),
            *(tmp_path / "other" / "items").iterdir(),
        ]
        assert len(items) == 4


def test_a_file_beyond_all_measure_is_not_read(small: Shop) -> None:
    file = small.folder / "huge.yaml"
    with file.open("wb") as out:
        out.truncate(64_000_001)
    result = small.run("adopt", "--accept", str(file))
    assert result.code == 2
    assert "over 64,000,000 bytes" in result.err
