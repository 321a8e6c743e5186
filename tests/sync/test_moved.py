"""Records that moved within the backlog are followed; others are lost, and said to be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.base import Comments, Setup
from adapters.comments import own
from adapters.memory import Codec, Memory, MemoryTracker
from sync.backlog import Backlog, Link
from sync.model import COMMENTS, FIELDS, Comment, Item, Shape, as_comments
from sync.planner import Context, Decision, Reading, decide
from sync.tracker import Facts, Gone, Record, RecordId, Snapshot, Unavailable
from tests.sync.test_planner import context, pairs, said
from tests.sync.world import World, shown

SITE = "https://x.example/browse"


def held(id: RecordId, key: str, title: str = "Pay", site: str = SITE, **more: object) -> Record:
    return Record(id, key, "1", shown({"title": title, **more}), f"{site}/{key}")  # type: ignore[dict-item]


def lasting(*records: Record, complete: bool = False, **gone: Gone) -> Reading:
    """What a project of a Jira says, whose ids outlast a move."""
    codec = Codec(Setup("x"), MemoryTracker())
    facts = Facts("jira", codec, frozenset(FIELDS), lasting=True)
    return Reading(facts, Snapshot(records, complete, gone=gone))


def known(*links: Link, title: str = "Pay") -> Backlog:
    by_tracker: dict[str, dict[str, Link]] = {}
    for one in links:
        by_tracker.setdefault(one.tracker, {})[one.record.id] = one
    return Backlog(
        "shop", items={"a1": Item("a1", {"title": title})}, order=("a1",), links=by_tracker
    )


def link(tracker: str, one: Record, **more: object) -> Link:
    sent = {"title": str(one.shown["title"])}
    return Link("a1", tracker, one, sent=sent, **more)  # type: ignore[arg-type]


SHOP = held("r1", "SHOP-1")
OPS = held("r1", "OPS-1")


def decided(backlog: Backlog, **readings: Reading) -> Decision:
    return decide(context(*readings.items(), backlog=backlog))


def stored(decision: Decision) -> dict[str, tuple[str, str | None]]:
    """By tracker: the key of the item's link, and what became of it."""
    [verdict] = decision.verdicts
    return {one.tracker: (one.record.key, one.gone) for one in verdict.links}


def test_a_record_that_moved_is_known_by_its_id_where_only_changes_are_read() -> None:
    decision = decided(known(link("shop", SHOP)), shop=lasting(), ops=lasting(OPS))
    assert pairs(decision) == [("ops", "OPS-1", "link")]
    assert (decision.plan.edits, decision.plan.findings) == ((), ())
    where = f"moved to {SITE}/OPS-1"
    assert stored(decision) == {"ops": ("OPS-1", None), "shop": ("SHOP-1", where)}


def test_a_record_that_moved_is_followed_though_its_old_place_does_not_answer() -> None:
    backlog = known(link("shop", SHOP))
    one = context(("shop", lasting()), ("ops", lasting(OPS)), backlog=backlog)
    one = Context(backlog, one.settings, {"ops": lasting(OPS)}, {"shop": "down"}, one.now)
    decision = decide(one)
    assert pairs(decision) == [("ops", "OPS-1", "link")]
    assert list(stored(decision)) == ["ops", "shop"]


def test_what_was_edited_on_the_way_is_an_edit_and_what_the_place_lacks_is_none() -> None:
    before = held("r1", "SHOP-1", description="As it was.", labels=frozenset({"ui", "api"}))
    after = held("r1", "OPS-1", "Pay by card", labels=frozenset({"ui"}))
    backlog = known(link("shop", before))
    values = {"title": "Pay", "description": "As it was.", "labels": frozenset({"ui", "api"})}
    backlog = replace(backlog, items={"a1": Item("a1", values)})
    decision = decided(backlog, shop=lasting(), ops=lasting(after))
    [verdict] = decision.verdicts
    assert verdict.item.values == {**values, "title": "Pay by card"}
    [edit] = verdict.edits
    assert {name: change.after for name, change in edit.fields.items()} == {
        "description": "As it was.",
        "labels": frozenset({"ui", "api"}),
    }


def test_a_record_that_came_back_goes_on_with_what_was_last_seen_of_it() -> None:
    gone = f"moved to {SITE}/OPS-1"
    older = link("shop", held("r1", "SHOP-1", "Old"), gone=gone)
    backlog = known(older, link("ops", held("r1", "OPS-1", "Pay")))
    back = held("r1", "SHOP-9", "Pay")
    decision = decided(backlog, shop=lasting(back), ops=lasting())
    assert decision.plan.edits == decision.plan.conflicts == decision.plan.findings == ()
    where = f"moved to {SITE}/SHOP-9"
    assert stored(decision) == {"shop": ("SHOP-9", None), "ops": ("OPS-1", where)}


def test_where_it_was_followed_to_it_stays_followed() -> None:
    gone = link("shop", SHOP, gone=f"moved to {SITE}/OPS-1")
    backlog = known(gone, link("ops", OPS))
    decision = decided(backlog, shop=lasting(), ops=lasting(OPS))
    assert (decision.plan.pending, decision.plan.findings) == (False, ())


def test_the_same_id_at_another_site_is_another_record() -> None:
    far = held("r1", "OPS-1", "Other", site="https://y.example/browse")
    decision = decided(known(link("shop", SHOP)), shop=lasting(), ops=lasting(far))
    assert pairs(decision) == []
    assert len(decision.order) == 2


@pytest.mark.parametrize("remembered", [False, True], ids=["told now", "told by an earlier run"])
def test_a_record_that_has_another_id_where_it_went_is_known_by_its_address(
    remembered: bool,
) -> None:
    there = held("r7", "OPS-1", "Another title")
    gone = f"moved to {SITE}/OPS-1" if remembered else None
    told = {} if remembered else {"r1": Gone("moved", f"{SITE}/OPS-1")}
    backlog = known(link("shop", SHOP, gone=gone))
    decision = decided(backlog, shop=lasting(**told), ops=lasting(there))
    assert pairs(decision) == [("ops", "OPS-1", "link")]
    assert decision.plan.findings == ()


def test_a_record_that_went_there_and_back_under_another_id_is_the_same() -> None:
    back = held("r7", "SHOP-9", "Another title")
    there = lasting(back, r1=Gone("moved", f"{SITE}/SHOP-9"))
    decision = decided(known(link("shop", SHOP)), shop=there)
    assert pairs(decision) == [("shop", "SHOP-9", "link")]
    assert stored(decision) == {"shop": ("SHOP-9", None)}


def test_a_record_that_moved_to_where_its_item_is_shown_already_founds_no_other() -> None:
    backlog = known(link("shop", SHOP), link("ops", held("r5", "OPS-5")))
    decision = decided(backlog, shop=lasting(), ops=lasting(OPS))
    assert decision.order == ("a1",)
    assert decision.plan.edits == ()
    assert said(decision.plan, "missing-record") == [
        f"SHOP-1 of shop was moved to {SITE}/OPS-1, where OPS-5 shows the item already. Nothing "
        "was made of the two: close one of them by hand."
    ]


def test_a_record_that_moved_out_of_the_backlog_is_said_to_have() -> None:
    there = lasting(r1=Gone("moved", "https://x.example/browse/FAR-1"))
    [message] = said(decided(known(link("shop", SHOP)), shop=there).plan, "missing-record")
    assert "(moved to https://x.example/browse/FAR-1)" in message
    assert "make that place a tracker of this backlog" in message


@pytest.mark.parametrize(
    ("gone", "words"),
    [
        (Gone("moved"), "(moved). Nothing was closed for it elsewhere: move it back"),
        (Gone("archived"), "(archived). Nothing was closed for it elsewhere: restore it"),
        (Gone("out of scope", now=SHOP), "(out of scope)"),
        (Gone("out of scope", now=held("r1", "SHOP-1", kind="bug")), "(of another type, bug)"),
        (Gone("made a discussion", "https://x.example/d/3"), "at https://x.example/d/3)"),
    ],
    ids=["moved to no one knows where", "archived", "out of scope", "another type", "discussion"],
)
def test_what_became_of_a_record_is_said_with_what_to_do(gone: Gone, words: str) -> None:
    decision = decided(known(link("shop", SHOP)), shop=lasting(r1=gone))
    [message] = said(decision.plan, "missing-record")
    assert words in message
    again = decided(known(*decision.verdicts[0].links), shop=lasting())
    assert said(again.plan, "missing-record") == [message]


def test_words_of_an_earlier_release_are_told_as_they_are() -> None:
    gone = link("shop", SHOP, gone="lost at sea")
    [message] = said(decided(known(gone), shop=lasting()).plan, "missing-record")
    assert "(lost at sea)" in message
    assert "bring it back" in message


# Comments

TALK = {**FIELDS, COMMENTS: Shape.COMMENTS}
AT = datetime(2026, 1, 1, tzinfo=UTC)


def speaking(name: str, *records: Record, **gone: Gone) -> Reading:
    setup = Setup(name, schema=TALK, comments=Comments(read=True))
    facts = Facts("jira", Codec(setup, MemoryTracker()), frozenset(TALK), lasting=True)
    return Reading(facts, Snapshot(records, gone=gone))


def commented(one: Record, text: str | None) -> Record:
    entries = [] if text == "" else [dict(own("c1", "Ada", AT, text))]
    return replace(one, shown={**one.shown, COMMENTS: entries})


@pytest.mark.parametrize(
    ("text", "ids"),
    [("Hello", ["ops:c1"]), ("", ["shop:c1"]), (None, ["shop:c1"])],
    ids=["they are its own there", "it has none there", "they cannot be read there"],
)
def test_comments_of_a_record_that_moved_are_those_of_where_it_is(
    text: str | None, ids: list[str]
) -> None:
    said = Comment("shop:c1", "Ada", "2026-01-01T00:00:00.000Z", "Hello")
    github = commented(held("r9", "acme/shop#1", site="https://y.example"), "")
    backlog = known(link("github", github), link("shop", commented(SHOP, "Hello")))
    items = {"a1": Item("a1", {"title": "Pay", COMMENTS: (said,)})}
    backlog = replace(backlog, items=items, schema=TALK)
    there = commented(OPS, text)
    places = {"shop": speaking("shop"), "ops": speaking("ops", there)}
    decision = decided(backlog, github=speaking("github"), **places)
    [verdict] = decision.verdicts
    assert [one.id for one in as_comments(verdict.item.values.get(COMMENTS))] == ids


# What looks like a new record


class Watched(Memory):
    """Notes for which records it was asked singly; or breaks then."""

    def __init__(self, place: MemoryTracker, *, down: bool = False) -> None:
        super().__init__(Setup("jira"), place)
        self.asked: list[RecordId] = []
        self.down = down

    def get(self, ids: Sequence[RecordId]) -> Snapshot:
        if self.down:
            raise Unavailable("no answer")
        self.asked += ids
        return super().get(ids)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, {"jira": MemoryTracker(), "github": MemoryTracker()})


def test_a_new_record_of_a_title_that_there_is_has_the_other_asked_for(world: World) -> None:
    world.add("jira", title="Pay")
    world.add("jira", title="Ship")
    world.apply()
    place = world.places.pop("jira")
    watched = Watched(place)
    world.extra["jira"] = lambda: watched
    world.plan()
    assert watched.asked == []  # nothing is new
    place.remove("r1")
    place.moved["r1"] = "https://memory.example/r3"
    world.places["github"].add(shown({"title": "Pay"}), mark=None)
    decision = world.plan()
    assert watched.asked == ["r1"]
    assert "moved to" in said(decision.plan, "missing-record")[0]
    down = Watched(place, down=True)
    world.extra["jira"] = lambda: down
    assert said(world.plan().plan, "tracker") == [
        "jira could not be read, so its items are neither changed nor judged: no answer"
    ]
