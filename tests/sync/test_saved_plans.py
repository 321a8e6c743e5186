"""Saved plans: what still fits is done, the rest is refused singly, and no file reaches further."""

import copy
import json
import os
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from adapters.memory import MemoryTracker
from config.schema import Backlog as BacklogConfig
from sync.app.build import Surroundings
from sync.app.runs import Fitted, Look, Shop
from sync.app.saved import LARGEST, Expired, NoPlan, fit, read_plan
from sync.engine import Applied, Engine, apply
from sync.plan import PlanDocument
from sync.state import Journal, Store
from sync.tracker import Unavailable
from tests.sync.world import World

SETTINGS = BacklogConfig.model_validate({"trackers": {"files": {"type": "files", "path": "x"}}})


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path, {"jira": MemoryTracker(), "github": MemoryTracker()})


def look(world: World) -> Look:
    shop = Shop("shop", SETTINGS, world.url, Surroundings({}, world.folder), lambda: world.now)
    return Look(shop, *world.look())


def save(world: World) -> PlanDocument:
    return PlanDocument.model_validate_json(look(world).plan.to_text())


def carry_out(world: World, fitted: Fitted) -> Applied:
    store = Store(world.url)
    try:
        one = fitted.look
        engine = Engine(one.context, one.adapters, store, lambda: world.now, lambda *_: None)
        return apply(engine, one.decision)
    finally:
        store.close()


def agreed(world: World, *titles: str) -> World:
    """Sides that agree on these items, in this order."""
    for title in titles:
        world.add("jira", title=title, status="todo", labels=frozenset({"ui"}))
    world.apply()
    assert not world.plan().plan.pending
    return world


# What still fits.


def test_a_plan_whose_records_are_as_it_saw_them_is_applied_whole(world: World) -> None:
    agreed(world, "Pay", "Ship")
    world.edit("jira", "r1", title="Pay by card")
    world.add("jira", title="Refund")
    world.places["jira"].place("r2", None)
    saved = save(world)
    fitted = fit(look(world), saved)
    assert (fitted.stale, fitted.look.decision.partial) == ((), False)
    carry_out(world, fitted)
    assert world.titles("github") == ["Ship", "Pay by card", "Refund"]
    assert not world.plan().plan.pending


def test_what_came_after_the_plan_waits_for_the_next_run(world: World) -> None:
    agreed(world, "Pay", "Ship")
    world.edit("jira", "r1", title="Pay by card")
    saved = save(world)
    world.edit("jira", "r2", title="Ship it")
    fitted = fit(look(world), saved)
    assert fitted.stale == ()
    carry_out(world, fitted)
    assert world.titles("github") == ["Pay by card", "Ship"]
    world.apply()
    assert world.titles("github") == ["Pay by card", "Ship it"]
    assert not world.plan().plan.pending


# What no longer does, and why.


def changed_here(world: World) -> None:
    world.edit("github", "r1", title="Pay by phone")


def done_already(world: World) -> None:
    world.edit("github", "r1", title="Pay by card")


def source_changed_again(world: World) -> None:
    world.edit("jira", "r1", title="Pay by cash")


def source_changed_back(world: World) -> None:
    world.edit("jira", "r1", title="Pay")


def other_field_too(world: World) -> None:
    world.edit("jira", "r1", status="done")


def other_field_here(world: World) -> None:
    world.edit("github", "r1", status="done")


def renamed(world: World) -> None:
    world.alter("github", "r1", key="NEW-9")


WHY: dict[Callable[[World], None], str] = {
    changed_here: "title was Pay, and is now Pay by phone",
    done_already: "title is Pay by card already",
    source_changed_again: "title would now become Pay by cash",
    source_changed_back: "nothing is to be changed there any more",
    other_field_too: "status would be changed too",
    other_field_here: "the record was edited since",
    renamed: "the item's record is NEW-9",
}


@pytest.mark.parametrize(("happens", "why"), WHY.items(), ids=[one.__name__ for one in WHY])
def test_an_edit_that_no_longer_fits_is_refused_with_the_reason_and_the_others_are_made(
    world: World, happens: Callable[[World], None], why: str
) -> None:
    agreed(world, "Pay", "Ship")
    world.edit("jira", "r1", title="Pay by card")
    world.edit("github", "r2", title="Ship it")
    saved = save(world)
    happens(world)
    fitted = fit(look(world), saved)
    assert f"update of MEM-1 on github no longer fits: {why}" in fitted.stale
    before = world.titles("github")[0]
    carry_out(world, fitted)
    assert world.titles("jira")[1] == "Ship it"
    assert world.titles("github")[0] == before


def test_edits_of_a_tracker_that_does_not_answer_are_refused_with_the_reason(
    world: World,
) -> None:
    agreed(world, "Pay")
    world.edit("jira", "r1", title="Pay by card")
    saved = save(world)
    world.places["github"].down = Unavailable("github does not answer")
    fitted = fit(look(world), saved)
    assert fitted.stale == ("update of MEM-1 on github no longer fits: the tracker was not read",)
    assert fitted.look.plan.edits == ()


def test_a_record_that_is_gone_is_refused_with_the_reason(world: World) -> None:
    agreed(world, "Pay")
    world.edit("jira", "r1", title="Pay by card")
    saved = save(world)
    world.places["github"].remove("r1")
    shop = look(world).shop
    fitted = fit(Look(shop, *world.look(whole=True)), saved)
    assert fitted.stale == (
        "update of MEM-1 on github no longer fits: its record is no longer there",
    )
    assert fitted.look.plan.edits == ()


def test_a_create_is_refused_where_the_item_is_there_already_or_no_longer_wanted(
    world: World,
) -> None:
    for title in ("Pay", "Ship", "Refund"):
        world.add("jira", title=title)
    saved = save(world)
    world.add("github", title="Pay")
    world.places["jira"].remove("r2")
    world.edit("jira", "r3", title="Refunds")
    assert set(fit(look(world), saved).stale) >= {
        "create of " + entry.item + " on github no longer fits: " + why
        for entry, why in zip(
            saved.edits,
            (
                "a record that the plan does not know was found to show the item",
                "there is no such item any more",
                "title would now become Refunds",
            ),
            strict=True,
        )
    }


def test_a_create_that_was_made_meanwhile_is_refused(world: World) -> None:
    world.add("jira", title="Pay")
    saved = save(world)
    world.apply()
    assert fit(look(world), saved).stale == (
        f"create of {saved.edits[0].item} on github no longer fits: it is there already, as MEM-1",
    )


def test_a_create_that_the_settings_no_longer_want_is_refused(world: World) -> None:
    world.add("jira", title="Pay")
    saved = save(world)
    world.creates = "none"
    assert fit(look(world), saved).stale == (
        f"create of {saved.edits[0].item} on github no longer fits: "
        "it is no longer to be made there",
    )


def test_a_pairing_that_no_longer_stands_is_refused(world: World) -> None:
    world.add("jira", title="Pay")
    world.add("github", title="Pay", labels=frozenset({"ui"}))
    saved = save(world)
    world.add("github", title="Pay")
    stale = fit(look(world), saved).stale
    assert "pairing of MEM-1 on github: it no longer stands" in stale


def test_a_release_is_changed_with_the_whole_plan_only(world: World) -> None:
    agreed(world, "Pay")
    world.edit("jira", "r1", title="Pay by card")
    then = save(world)
    update = {
        "release": "1.0",
        "tracker": "github",
        "action": "update",
        "fields": {},
        "because": "",
    }
    saved = PlanDocument.model_validate({**then.model_dump(by_alias=True), "releases": [update]})
    assert fit(look(world), saved).stale == (
        "update of the release 1.0 on github: releases are changed with the whole plan only",
    )


def test_an_edit_of_which_a_part_is_wanted_no_more_is_refused_whole(world: World) -> None:
    agreed(world, "Pay")
    world.edit("jira", "r1", title="Pay by card", status="done")
    saved = save(world)
    world.edit("jira", "r1", status="todo")
    assert fit(look(world), saved).stale == (
        "update of MEM-1 on github no longer fits: status is not to be changed any more",
    )


def test_what_a_forged_edit_says_of_the_record_is_held_against_the_record(world: World) -> None:
    agreed(world, "Pay")
    world.edit("jira", "r1", title="Pay by card", status="done")
    world.add("jira", title="New")
    then = save(world).model_dump(by_alias=True)
    by_action = {edit["action"]: edit for edit in then["edits"]}
    by_action["update"]["fields"]["zzz"] = {"from": None, "to": "x" * 99}
    by_action["create"]["key"] = "MEM-9"
    made = next(edit["item"] for edit in then["edits"] if edit["action"] == "create")
    stale = fit(look(world), PlanDocument.model_validate(then)).stale
    assert set(stale) == {
        "update of MEM-1 on github no longer fits: zzz is not to be changed any more",
        "create of MEM-9 on github no longer fits: it is not what would be done now",
    }, made


def test_a_value_without_a_counterpart_is_shown_as_the_tracker_has_it(world: World) -> None:
    agreed(world, "Pay", "Ship")
    world.edit("jira", "r1", parent="r2")
    saved = save(world)
    world.places["github"].write("r1", {"parent": "elsewhere"})
    [reason] = fit(look(world), saved).stale
    assert (
        reason == "update of MEM-1 on github no longer fits: parent was null, and is now elsewhere"
    )


# Moves.


def test_moves_that_are_still_the_same_are_made_beside_an_edit_that_no_longer_fits(
    world: World,
) -> None:
    agreed(world, *"ABCDEF")
    world.places["jira"].place("r6", None)
    world.edit("jira", "r1", title="A, new")
    saved = save(world)
    world.edit("jira", "r1", title="A, newer")
    fitted = fit(look(world), saved)
    assert [reason.split(":")[0] for reason in fitted.stale] == [
        "update of MEM-1 on github no longer fits"
    ]
    applied = carry_out(world, fitted)
    assert applied.moved == 1
    assert world.titles("github") == ["F", *"ABCDE"]
    world.apply()
    assert world.titles("github") == ["F", "A, newer", *"BCDE"]
    assert not world.plan().plan.pending
    assert not [one for one in world.plan().plan.findings if one.rule == "drift"]


def test_a_move_below_a_record_that_is_left_where_it_is_is_left_too(world: World) -> None:
    agreed(world, *"ABCDEF")
    world.places["jira"].place("r6", None)
    world.places["jira"].place("r5", "r6")
    saved = save(world)
    assert [move.key for move in saved.moves] == ["MEM-6", "MEM-5"]
    forged = saved.model_copy(update={"moves": saved.moves[1:]})
    fitted = fit(look(world), forged)
    assert fitted.look.plan.moves == ()
    assert [reason.split(":")[0] for reason in fitted.stale] == ["move of MEM-5 on github"]


def test_a_move_that_the_order_no_longer_asks_for_is_refused(world: World) -> None:
    agreed(world, *"ABCD")
    world.places["jira"].place("r4", None)
    saved = save(world)
    world.places["jira"].place("r4", "r1")
    fitted = fit(look(world), saved)
    assert fitted.stale == (
        "move of MEM-4 on github: the order, or what is to be its neighbour, is no longer as the "
        "plan saw it",
    )
    assert carry_out(world, fitted).moved == 0
    world.apply()
    assert world.titles("github") == ["A", "D", "B", "C"]
    assert not world.plan().plan.pending


# Time.


def test_a_plan_is_good_until_another_run_has_written_and_for_a_day_from_then(
    world: World,
) -> None:
    agreed(world, "Pay", "Ship")
    world.edit("jira", "r1", title="Pay by card")
    saved = save(world)
    assert saved.after_run == 1
    world.now += timedelta(days=30)
    assert fit(look(world), saved).stale == ()
    store = Store(world.url)
    Journal(store.engine).begin("shop", world.now.isoformat(), {})
    store.close()
    world.now += timedelta(hours=24)
    assert fit(look(world), saved).stale == ()
    world.now += timedelta(seconds=1)
    with pytest.raises(Expired, match=r"another run wrote at 2026.*more than 24 hours ago.*--out"):
        fit(look(world), saved)


def test_a_plan_of_another_state_is_refused(world: World) -> None:
    agreed(world, "Pay")
    saved = save(world).model_copy(update={"after_run": 7})
    with pytest.raises(Expired, match=r"after run 7, and the last one here is 1"):
        fit(look(world), saved)


def test_a_plan_from_before_the_first_run_is_good(world: World) -> None:
    world.add("jira", title="Pay")
    saved = save(world)
    assert saved.after_run == 0
    Path(world.folder / "state.db").unlink()
    shop = look(world).shop
    Path(world.folder / "state.db").unlink()
    one = Look(shop, *world.look())
    Path(world.folder / "state.db").unlink()
    assert fit(one, saved).stale == ()


def test_a_plan_has_no_times_in_it(world: World) -> None:
    world.add("jira", title="Pay")
    first = look(world).plan.to_text()
    world.now += timedelta(days=400)
    assert look(world).plan.to_text() == first
    assert "2026" not in first


# Files that are no plans.

GOOD: dict[str, Any] = {
    "version": 1,
    "backlog": "shop",
    "complete": True,
    "summary": {"create": 0, "update": 0, "move": 0, "conflict": 0, "finding": 0},
    "edits": [],
    "pairings": [],
    "moves": [],
    "conflicts": [],
    "findings": [],
}
TEXT = json.dumps(GOOD)
DEEP = '{"a":' * 100_000 + "1" + "}" * 100_000
NO_PLANS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "is no saved plan"),
    "half a plan": (TEXT[:-9].encode(), "is no saved plan"),
    "a list": (b"[]", "is no saved plan"),
    "binary": (bytes(range(256)) * 9, "is no saved plan"),
    "another encoding": (TEXT.encode("utf-16"), "is no saved plan"),
    "of another version": (TEXT.replace("1", "2", 1).encode(), "is no saved plan (version"),
    "deep": (DEEP.encode(), "is no saved plan"),
    "deep within a value": (
        TEXT.replace('"conflicts": []', f'"conflicts": [{DEEP}]').encode(),
        "is no saved plan",
    ),
    "an unknown key": (
        TEXT.replace('"backlog"', '"also\\u001b[31m": 1, "backlog"').encode(),
        "is no saved plan (also [31m: Extra inputs",
    ),
    "a key twice": (
        TEXT.replace('"backlog": "shop"', '"backlog": "till", "backlog": "shop"').encode(),
        "is no saved plan (backlog is said twice)",
    ),
    "a number for a list": (TEXT.replace('"edits": []', '"edits": 7').encode(), "(edits: "),
    "a very long number": (
        TEXT.replace("true", "9" * 99_999).encode(),
        "is no saved plan (Invalid JSON: number out of range",
    ),
    "half a character": (TEXT.replace("shop", "\\ud800").encode(), "is no saved plan"),
}


@pytest.mark.parametrize(("content", "says"), NO_PLANS.values(), ids=NO_PLANS)
def test_what_is_no_plan_is_said_to_be_none(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(NoPlan) as error:
        read_plan(path)
    assert says in str(error.value)
    assert str(error.value).endswith("make one with plan --out")
    assert len(str(error.value)) < 600
    assert "\x1b" not in str(error.value)


def test_a_plan_is_a_plan(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(TEXT)
    assert read_plan(path).backlog == "shop"


def test_a_file_without_end_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.touch()
    os.truncate(path, LARGEST * 1000)  # sparse: no disk is used
    with pytest.raises(NoPlan, match=r"more than 64,000,000 bytes; make one with plan --out"):
        read_plan(path)


def test_a_plan_that_cannot_be_read_is_said_with_its_name(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.json"):
        with pytest.raises(NoPlan, match=str(path)):
            read_plan(path)


# Whatever is in the file.


def prepared(folder: Path) -> World:
    """A world with an edit, a create, a pairing, a conflict and a move to be made."""
    world = World(folder, {name: MemoryTracker() for name in ("jira", "github")})
    agreed(world, *"ABCDE")
    world.edit("jira", "r1", title="A, new", status="done")
    world.edit("github", "r2", title="B, here")
    world.edit("jira", "r2", title="B, there")
    world.edit("github", "r3", labels=frozenset({"ux"}))
    world.places["jira"].place("r5", None)
    world.add("jira", title="New")
    world.add("jira", title="Both")
    world.add("github", title="Both", labels=frozenset({"x"}))
    return world


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> World:
    return prepared(tmp_path_factory.mktemp("ready"))


def places(data: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all values in it."""
    if isinstance(data, dict):
        inner = [path for key in data for path in places(data[key], (*at, key))]
    elif isinstance(data, list):
        inner = [path for key in range(len(data)) for path in places(data[key], (*at, key))]
    else:
        inner = []
    return [at, *inner] if at else inner


def value_at(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        data = data[key]
    return data


VALUES = st.sampled_from(
    [None, True, 0, "", "PWNED", "jira", "github", "r1", "MEM-1", "title", "status", [], {}, ["x"]]
)


@st.composite
def mutations(draw: st.DrawFn, plan: dict[str, Any]) -> dict[str, Any]:
    """The plan, edited by hand: values replaced, dropped, repeated, or swapped with others."""
    plan = copy.deepcopy(plan)
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(places(plan)))
        holder, key = value_at(plan, path[:-1]), path[-1]
        match draw(st.sampled_from(["set", "drop", "repeat", "copy"])):
            case "set":
                holder[key] = draw(VALUES)
            case "drop":
                del holder[key]
            case "repeat" if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
            case _:
                other = draw(st.sampled_from(places(plan)))
                holder[key] = copy.deepcopy(value_at(plan, other))
    return plan


@settings(suppress_health_check=list(HealthCheck), max_examples=60, deadline=None)
@given(data=st.data())
def test_no_edit_of_a_saved_plan_makes_a_run_write_what_it_would_not_write_anyhow(
    ready: World, tmp_path: Path, data: st.DataObject
) -> None:
    original = look(ready).plan.to_json()
    forged = data.draw(mutations(original))
    try:
        saved = PlanDocument.model_validate(forged)
    except ValidationError:
        return
    folder = tmp_path / str(len(list(tmp_path.iterdir())))
    shutil.copytree(ready.folder, folder)
    world = World(folder, copy.deepcopy(ready.places), now=ready.now)
    one = look(world)
    try:
        fitted = fit(one, saved)
    except Expired:
        return
    fresh, narrowed = one.plan, fitted.look.plan
    assert all(edit in fresh.edits for edit in narrowed.edits)
    assert all(move in fresh.moves for move in narrowed.moves)
    assert all(pairing in fresh.pairings for pairing in narrowed.pairings)
    said = [edit.model_dump(by_alias=True, exclude={"because"}) for edit in saved.edits]
    for entry in narrowed.to_json()["edits"]:
        del entry["because"]
        assert entry in said
    before = {name: {r.id: r for r in place.all()} for name, place in world.places.items()}
    wanted = {(e.tracker, e.key): e for e in fresh.edits if e.action == "update"}
    made = {(e.tracker, e.fields["title"].after) for e in fresh.edits if e.action == "create"}
    carry_out(world, fitted)
    for tracker, place in world.places.items():
        for record in place.all():
            old = before[tracker].get(record.id)
            if old is None:
                assert (tracker, record.shown["title"]) in made
                continue
            changed = {name for name in record.shown if record.shown[name] != old.shown[name]}
            if changed:
                assert changed <= wanted[tracker, record.key].fields.keys()
            assert "PWNED" not in json.dumps(record.shown)
    world.apply()
    again = world.plan().plan
    assert (again.edits, again.moves, again.pairings) == ((), (), ())
