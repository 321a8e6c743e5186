"""Trackers that hold the same items already: what is paired, what is proposed, and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from adapters.memory import MemoryTracker
from sync.backlog import Backlog
from sync.merge import Policy
from sync.model import FIELDS, Item, derive_id
from sync.plan import Plan
from sync.planner import Decision
from sync.planner.joining import rejoined
from sync.state import Store
from sync.state.pairs import Decided, Judged, decide_pairs
from sync.state.verify import muddles
from tests.sync.world import World

PREFER: Mapping[str, Policy] = {"": Policy(prefer=("jira", "github", "files"))}


@pytest.fixture
def world(tmp_path: Path) -> World:
    places = {name: MemoryTracker() for name in ("jira", "github")}
    return World(tmp_path, places, PREFER)


@pytest.fixture
def three(tmp_path: Path) -> World:
    places = {name: MemoryTracker() for name in ("jira", "github", "files")}
    return World(tmp_path, places, PREFER)


def proposed(plan: Plan) -> list[tuple[str, str, str, float, str]]:
    return [
        (*sorted(one.keys.items())[0], f"{one.tracker} {one.key}", one.score, one.by)
        for one in plan.proposals
    ]


def paired(plan: Plan) -> list[tuple[str, str, str]]:
    return [(one.tracker, one.key, one.by) for one in plan.pairings]


def created(decision: Decision) -> list[tuple[str, str]]:
    titles = {verdict.item.id: verdict.item.title for verdict in decision.verdicts}
    return [
        (edit.tracker, titles[edit.item]) for edit in decision.plan.edits if edit.action == "create"
    ]


def decide(world: World, *judged: Judged, **more: object) -> None:
    store = Store(world.url)
    store.migrate()
    known = store.load("shop", FIELDS)
    decide_pairs(store, known, Decided(judged, **more), "2026-01-01T00:00:00+00:00")  # type: ignore[arg-type]
    assert muddles(store.load("shop", FIELDS)) == []
    store.close()


def settled(world: World, *, whole: bool = False) -> None:
    world.apply(whole=whole)
    plan = world.look(whole=True)[1].plan
    assert (plan.edits, plan.moves, plan.pairings) == ((), (), ())


# What is proposed


def test_items_that_read_alike_are_proposed_and_made_nowhere_and_all_else_goes(
    world: World,
) -> None:
    world.add("jira", title="Pay by card")
    world.add("jira", title="Refund")
    world.add("github", title="Pay by cards")
    decision = world.plan()
    assert proposed(decision.plan) == [("jira", "MEM-1", "github MEM-1", 0.96, "likeness")]
    assert created(decision) == [("github", "Refund")]
    assert decision.plan.pending
    [finding] = [one for one in decision.plan.findings if one.rule == "adoption"]
    assert finding.severity == "warning"
    assert "onebacklog adopt" in finding.message
    world.apply()
    again = world.plan()
    assert proposed(again.plan) == proposed(decision.plan)
    assert created(again) == []


def test_more_than_one_candidate_on_either_side_and_all_are_proposed_the_likest_first(
    world: World,
) -> None:
    world.add("jira", title="Pay by card")
    world.add("github", title="Pay by the card")
    world.add("github", title="Pay by cards")
    plan = world.plan().plan
    assert proposed(plan) == [
        ("jira", "MEM-1", "github MEM-2", 0.96, "likeness"),
        ("jira", "MEM-1", "github MEM-1", 0.88, "likeness"),
    ]
    assert plan.edits == ()


def test_what_is_far_behind_two_that_are_each_other_s_best_is_not_held_for_them(
    world: World,
) -> None:
    world.add("jira", title="Show the invoice on screens")
    world.add("github", title="Show the invoice on screens!")
    world.add("github", title="Show the voucher on screens")
    decision = world.plan()
    assert proposed(decision.plan) == [("jira", "MEM-1", "github MEM-1", 1.0, "likeness")]
    assert created(decision) == [("jira", "Show the voucher on screens")]


@pytest.mark.parametrize("times", [(2, 1), (1, 2), (2, 2)])
def test_a_title_that_several_have_is_proposed_and_not_guessed(
    world: World, times: tuple[int, int]
) -> None:
    for tracker, count in zip(("jira", "github"), times, strict=True):
        for _ in range(count):
            world.add(tracker, title="Fix it")
    decision = world.plan()
    assert len(decision.plan.proposals) == times[0] * times[1]
    assert {(one.score, one.by) for one in decision.plan.proposals} == {(1.0, "title")}
    assert created(decision) == []
    assert paired(decision.plan) == []


def test_the_same_title_of_another_kind_is_proposed_and_of_likeness_it_is_not(
    world: World,
) -> None:
    world.add("jira", title="Checkout for guests", kind="epic")
    world.add("github", title="Checkout for guests", kind="story")
    assert [one.by for one in world.plan().plan.proposals] == ["title"]
    world.edit("github", "r1", title="Checkout for a guest")
    assert world.plan().plan.proposals == ()


def test_of_each_kind_one_of_a_title_are_paired_by_it(world: World) -> None:
    for kind in ("epic", "story"):
        world.add("jira", title="Checkout", kind=kind)
        world.add("github", title="Checkout", kind=kind)
    plan = world.plan().plan
    assert paired(plan) == [("github", "MEM-1", "title"), ("github", "MEM-2", "title")]
    assert plan.proposals == ()


def test_a_thousand_of_one_title_on_both_sides_make_no_plan_of_a_million(world: World) -> None:
    for _ in range(200):
        world.add("jira", title="Untitled")
        world.add("github", title="Untitled")
    plan = world.plan().plan
    assert len(plan.proposals) <= 10 * 200
    assert len({id for one in plan.proposals for id in (one.item, one.other)}) == 400
    assert plan.edits == ()


def test_what_is_not_to_be_made_where_the_other_is_holds_nothing_back(world: World) -> None:
    world.add("jira", title="Pay by card", status="todo")
    world.add("github", title="Pay by cards", status="done")
    world.creates = "open"
    decision = world.plan()
    assert decision.plan.proposals == ()
    assert created(decision) == [("github", "Pay by card")]


def test_new_items_of_other_titles_are_never_held(world: World) -> None:
    for at in range(50):
        world.add("jira", title=f"Story {at}")
        world.add("github", title=f"Story {at + 50}")
    decision = world.plan()
    assert decision.plan.proposals == ()
    assert len(created(decision)) == 100


def test_how_alike_titles_must_be_is_the_settings_to_say(world: World) -> None:
    world.add("jira", title="Pay by card")
    world.add("github", title="Pay by cards")
    world.settings = replace(world.chosen(), likeness=1.0)
    assert world.plan().plan.proposals == ()


def test_an_item_shown_by_two_trackers_is_proposed_with_both_its_records(three: World) -> None:
    three.add("jira", title="Pay by card")
    three.add("github", title="Pay by cards")
    three.add("files", title="Pay by cards")
    plan = three.plan().plan
    assert proposed(plan) == [
        ("jira", "MEM-1", "files MEM-1", 0.96, "likeness"),
        ("jira", "MEM-1", "github MEM-1", 0.96, "likeness"),
    ]
    assert len([one for one in plan.findings if one.rule == "adoption"]) == 1
    assert plan.edits == ()


def test_the_same_trackers_give_the_same_proposals_in_whatever_order_they_are_read(
    three: World,
) -> None:
    for tracker in ("files", "jira", "github"):
        for title in ("Pay by card", "Refund", "Refunds", "Pay by cards"):
            three.add(tracker, title=f"{title} {tracker[0] * 2}")
    assert three.plan().plan.to_text() == three.plan().plan.to_text()
    assert three.plan().plan.proposals


def test_two_that_one_tracker_shows_are_two(three: World) -> None:
    for tracker in ("jira", "files"):
        three.add(tracker, title="Pay by card")
    for tracker in ("github", "files"):
        three.add(tracker, title="Pay by cards")
    decision = three.plan()
    assert decision.plan.proposals == ()
    assert sorted(created(decision)) == [("github", "Pay by card"), ("jira", "Pay by cards")]


# What people say in titles and texts


@pytest.mark.parametrize(
    "title", ["[MEM-1] Anything", "MEM-1: Anything", "Anything (MEM-1)", "MEM-1 - Anything"]
)
@pytest.mark.parametrize("namer", ["jira", "github"])
def test_a_key_at_the_end_of_a_title_pairs_whatever_else_it_says(
    world: World, title: str, namer: str
) -> None:
    named = "github" if namer == "jira" else "jira"
    world.add(named, title="Pay by card")
    world.places[namer].history["r0"] = []  # its keys start elsewhere
    world.add(namer, title=title)
    assert paired(world.plan().plan) == [
        ("github", "MEM-1" if namer == "jira" else "MEM-2", "link")
    ]


@pytest.mark.parametrize("title", ["MEM-1 is broken", "Follow up on MEM-1", "Undo [MEM-1] again"])
def test_a_key_within_a_title_is_only_talked_about(world: World, title: str) -> None:
    world.add("jira", title="Pay by card")
    world.places["github"].history["r0"] = []
    world.add("github", title=title)
    assert paired(world.plan().plan) == []


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("Some words.\n\nJira: https://mem.example/1", True),
        ("**Jira issue:** [MEM-1](https://mem.example/1)", True),
        ("<https://mem.example/1>", True),
        ("Synced from https://mem.example/1/", True),
        ("Blocked by https://mem.example/1", False),
        ("As https://mem.example/1 says, it is slow.", False),
        ("https://mem.example/1 https://mem.example/7", False),
        ("https://mem.example/17", False),
        ("https://mem.example/1 is" + " this" * 200, False),
    ],
)
@pytest.mark.parametrize("namer", ["jira", "github"])
def test_an_address_on_a_line_of_its_own_pairs_and_one_in_a_sentence_does_not(
    world: World, text: str, pairs: bool, namer: str
) -> None:
    named = "github" if namer == "jira" else "jira"
    world.add(named, title="Pay by card")
    world.places[namer].history["r0"] = []
    world.add(namer, title="Something else", description=text)
    assert bool(paired(world.plan().plan)) is pairs


@pytest.mark.parametrize("namer", ["jira", "github"])
def test_what_two_say_they_are_is_neither(world: World, namer: str) -> None:
    named = "github" if namer == "jira" else "jira"
    world.add(named, title="Pay by card")
    world.places[namer].history["r0"] = []
    world.add(namer, title="[MEM-1] The backend")
    world.add(namer, title="[MEM-1] The frontend")
    assert paired(world.plan().plan) == []


def test_what_says_it_is_two_is_neither(world: World) -> None:
    world.add("jira", title="Pay")
    world.add("jira", title="Refund")
    world.places["github"].history |= {"r0": [], "r-1": []}
    world.add("github", title="[MEM-1] Money (MEM-2)")
    assert paired(world.plan().plan) == []


def test_an_item_that_is_known_is_found_by_what_it_says(world: World) -> None:
    """The second tracker came later, and the first one's texts name its records."""
    world.creates = "none"
    world.add("jira", title="Pay", description="GitHub: https://hub.example/7")
    world.apply()
    record = world.add("github", title="Something else")
    world.alter("github", record.id, url="https://hub.example/7", key="acme#7")
    assert paired(world.plan().plan) == [("github", "acme#7", "link")]


def test_once_linked_neither_title_nor_key_nor_text_mean_anything(world: World) -> None:
    world.add("jira", title="Pay")
    world.add("jira", title="Refund")
    settled(world)
    links = {title: world.record("github", title).id for title in ("Pay", "Refund")}
    world.edit("github", links["Pay"], title="Refund", description="https://mem.example/2")
    world.edit("github", links["Refund"], title="[MEM-1] Pay")
    world.alter("github", links["Pay"], key="MEM-99")
    settled(world)
    assert world.record("jira", "Refund").id == "r1"
    assert world.record("jira", "[MEM-1] Pay").id == "r2"
    assert len(world.places["jira"].all()) == len(world.places["github"].all()) == 2


# What persons decide


def both_new(world: World) -> tuple[str, str]:
    jira = world.add("jira", title="Pay by card", description="From jira")
    github = world.add("github", title="Pay by cards", labels=frozenset({"web"}))
    return derive_id("shop", "jira", jira.id), derive_id("shop", "github", github.id)


def test_a_pair_that_a_person_made_is_a_pairing_and_then_one_item(world: World) -> None:
    one, _ = both_new(world)
    together = [Judged(name, "r1", one, "together") for name in ("jira", "github")]
    decide(world, *together)
    plan = world.plan().plan
    assert paired(plan) == [("github", "MEM-1", "person")]
    assert plan.proposals == ()
    settled(world)
    assert [*world.items()] == [one]
    assert world.titles("jira") == world.titles("github") == ["Pay by card"]


def test_two_items_that_a_person_made_one_take_all_references_along(world: World) -> None:
    one, other = both_new(world)
    world.apply()
    assert {*world.items()} == {one, other}
    child = world.add("github", title="A child", parent="MEM-1", blocked_by=frozenset({"MEM-1"}))
    settled(world)
    own = derive_id("shop", "github", child.id)
    assert world.items()[own].parent == other
    together = [Judged(name, "r1", one, "together") for name in ("jira", "github")]
    decide(world, *together, into={other: one}, parted=frozenset({("github", "r1")}))
    assert {*world.items()} == {one, own}
    assert world.items()[own].parent == one
    assert world.items()[own].blocked_by == {one}
    assert paired(world.plan().plan) == [("github", "MEM-1", "person")]
    settled(world)
    assert world.record("jira", "A child").shown["parent"] == "r1"
    assert world.record("github", "A child").shown["parent"] in ("r1", "MEM-1")
    assert len(world.places["jira"].all()) == len(world.places["github"].all()) == 2


def test_what_a_person_holds_apart_is_never_paired_whatever_says_so(three: World) -> None:
    one, other = both_new(three)
    three.edit("github", "r1", title="Pay by card", description="https://mem.example/1")
    three.alter("github", "r1", twins=frozenset({"MEM-1"}))
    decide(three, Judged("github", "r1", one, "apart"))
    decision = three.plan()
    assert paired(decision.plan) == []
    assert decision.plan.proposals == ()
    assert len(created(decision)) == 4
    settled(three)
    assert len(three.items()) == 2
    assert other in three.items()


def test_apart_holds_from_either_side(world: World) -> None:
    _, other = both_new(world)
    world.edit("github", "r1", title="Pay by card")
    decide(world, Judged("jira", "r1", other, "apart"))
    decision = world.plan()
    assert paired(decision.plan) == []
    assert len(created(decision)) == 2


def test_a_person_s_word_goes_before_a_record_that_comes_first_by_its_title(world: World) -> None:
    jira = world.add("jira", title="Pay")
    world.add("github", title="Pay")
    world.add("github", title="Payment")
    one = derive_id("shop", "jira", jira.id)
    decide(world, Judged("jira", "r1", one, "together"), Judged("github", "r2", one, "together"))
    assert paired(world.plan().plan) == [("github", "MEM-2", "person")]


def test_a_word_on_an_item_that_is_taken_is_passed_over(world: World) -> None:
    jira = world.add("jira", title="Pay")
    one = derive_id("shop", "jira", jira.id)
    settled(world)
    world.add("github", title="Another")
    decide(world, Judged("github", "r2", one, "together"))
    decision = world.plan()
    assert paired(decision.plan) == []
    assert created(decision) == [("jira", "Another")]


def split(world: World, tracker: str, record: str, item: str) -> str:
    own = derive_id("shop", tracker, record)
    own = derive_id("shop", tracker, record, own) if own == item else own
    named = (tracker, record)
    words = [Judged(*named, item, "apart"), Judged(*named, own, "together")]
    decide(world, *words, parted=frozenset({named}))
    return own


@pytest.mark.parametrize("tracker", ["jira", "github", "files"])
@pytest.mark.parametrize("first", ["jira", "files"])
def test_a_split_record_is_an_item_of_its_own_with_all_that_it_shows(
    three: World, tracker: str, first: str
) -> None:
    three.add(first, title="Pay", description="Text", labels=frozenset({"web"}))
    settled(three)
    [item] = three.items()
    record = three.record(tracker, "Pay")
    before = {name: place.all() for name, place in three.places.items()}
    own = split(three, tracker, record.id, item)
    three.apply()
    assert {*three.items()} == {item, own}
    assert three.items()[own].values == three.items()[item].values
    for name, records in before.items():  # of what was there nothing is overwritten
        now = [three.places[name].shows(one.id) for one in records]
        assert [one.shown for one in now if one] == [one.shown for one in records]
    settled(three, whole=True)
    assert {len(place.all()) for place in three.places.values()} == {2}
    marks = {place.shows(one.id).mark for place in three.places.values() for one in place.all()}  # type: ignore[union-attr]
    assert marks <= {item, own, None}
    assert three.places[tracker].shows(record.id).mark in (own, None)  # type: ignore[union-attr]


def test_the_mark_of_a_split_record_is_rewritten_so_that_a_lost_state_finds_each(
    world: World,
) -> None:
    world.add("jira", title="Pay")
    settled(world)
    [item] = world.items()
    record = world.record("github", "Pay")
    assert record.mark == item
    own = split(world, "github", record.id, item)
    [edit] = [one for one in world.plan().plan.edits if one.action == "update"]
    assert edit.because == "it bears the mark of another item"
    settled(world)
    marks = {one.id: one.mark for one in world.places["github"].all()}
    assert marks == {"r1": own, "r2": item}


def test_a_split_pair_may_be_paired_again_by_a_person(world: World) -> None:
    world.add("jira", title="Pay")
    settled(world)
    [item] = world.items()
    own = split(world, "github", "r1", item)
    assert created(world.plan()) == [("github", "Pay"), ("jira", "Pay")]
    revoked = [("github", "r1", own), ("github", "r1", item)]
    decide(world, Judged("github", "r1", item, "together"), revoked=revoked)
    assert paired(world.plan().plan) == [("github", "MEM-1", "person")]
    settled(world)
    assert [*world.items()] == [item]


def test_joining_keeps_what_is_known_of_a_lost_record_where_there_is_no_other() -> None:
    from tests.sync.state.test_store import LINK  # noqa: PLC0415

    gone = replace(LINK, item="b2", tracker="files", gone="deleted")
    items = {id: Item(id, {"title": id}) for id in ("a1", "b2")}
    backlog = Backlog("shop", items=items, order=("b2", "a1"), links={"files": {"r9": gone}})
    joined = rejoined(backlog, {"b2": "a1"}, ())
    assert joined.order == ("a1",)
    assert joined.links["files"]["r9"].item == "a1"
    taken = replace(gone, item="a1", gone=None)
    both = replace(backlog, links={"files": {"r9": gone, "r8": taken}})
    assert [*rejoined(both, {"b2": "a1"}, ()).links["files"]] == ["r8"]


# What other tools were complained of


def test_an_issue_created_twice_in_one_minute_is_still_one_item(world: World) -> None:
    """Sync2Jira#421, tmt#4669: nothing but the link says whether a record exists already."""
    world.add("jira", title="Pay")
    world.apply()
    world.places["github"].lag = 5  # what was just made is not seen by reads
    for _ in range(3):
        world.apply()
    assert len(world.places["github"].all()) == 1


def test_a_change_of_type_does_not_hide_the_twin(world: World) -> None:
    """waypoint#4477: a look-up that included the issue's type missed, and made another."""
    world.add("jira", title="Pay", kind="story")
    settled(world)
    world.edit("github", "r1", kind="bug")
    settled(world)
    assert len(world.places["github"].all()) == len(world.places["jira"].all()) == 1


def test_what_was_just_pushed_is_not_pulled_as_something_new(world: World) -> None:
    """git-bug#690: own creations are adopted by their mark before anything is imported."""
    world.add("jira", title="Pay")
    world.apply(die_after=0)
    world.apply()
    assert len(world.places["github"].all()) == len(world.places["jira"].all()) == 1
    assert len(world.items()) == 1


def test_closing_or_deleting_a_duplicate_closes_nothing_else(world: World) -> None:
    """open-source-pledge#105: a record shows one item, and its end is the end of no other."""
    world.add("jira", title="Pay")
    settled(world)
    twin = world.add("github", title="Pay")
    settled(world)
    world.edit("github", twin.id, status="done")
    world.apply()
    world.places["github"].remove(twin.id)
    world.apply(whole=True)
    real = world.items()[derive_id("shop", "jira", "r1")]
    assert not real.closed
    assert world.places["jira"].shows("r1").shown["status"] != "done"  # type: ignore[union-attr]


def test_what_existed_before_the_first_run_is_part_of_its_plan(world: World) -> None:
    """jira-bugzilla-integration#976: nobody closes and opens old items for them to be taken."""
    for title in ("Old", "Older"):
        world.add("jira", title=title)
    assert sorted(created(world.plan())) == [("github", "Old"), ("github", "Older")]
