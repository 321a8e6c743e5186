"""Labels themselves: held against the vocabulary, renamed once for all who have them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from adapters.base import Setup
from adapters.memory import MemoryTracker, MemoryVocabulary
from sync.engine import Engine, apply
from sync.engine.touched import read_touched
from sync.merge import Policy
from sync.model import FieldName
from sync.planner import Settings, TrackerSettings, decide
from sync.planner.narrow import about_touched, of_touched
from sync.planner.relabels import labelled_changes
from sync.planner.undo import Kept
from sync.planner.vocabulary import doubtful
from sync.rules import Labels, RuleSettings
from sync.state import Store
from sync.tracker import Change, Unavailable
from tests.sync.undoing import look_back, undo
from tests.sync.world import SILENT, World

Mode = Literal["off", "report", "fix"]
OPTIONS = Labels(
    vocabulary=("type:bug", "ui"),
    definitions={"type:bug": ("d73a4a", "It is broken"), "ui": (None, None)},
    aliases={"bug": "type:bug"},
)


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A place that keeps labels, and one that keeps their names on records alone."""
    places = {"jira": MemoryTracker(), "github": MemoryTracker(vocabulary=MemoryVocabulary())}
    found = World(tmp_path, places)
    found.setups = {name: Setup(name, vocabulary=True) for name in places}
    rule(found, "fix")
    return found


@pytest.fixture
def named(world: World) -> World:
    """Three items with the old name, one of them closed; the place keeps it, and no other."""
    for title, status in (("Pay", "todo"), ("Search", "todo"), ("Login", "done")):
        world.add("jira", title=title, labels=["bug"], status=status)
    world.add("jira", title="Ship")
    rule(world, "report")
    world.apply()
    labels(world).add("bug", "ffffff")
    labels(world).add("ui")
    rule(world, "fix")
    return world


def rule(
    world: World,
    mode: Mode,
    options: Labels | None = None,
    policies: Mapping[FieldName, Policy] | None = None,
) -> None:
    rules = {**SILENT, "labels": RuleSettings(mode=mode, options=options or OPTIONS)}
    trackers = {name: TrackerSettings("all", "all") for name in world.places}
    world.settings = Settings(trackers, policies or {}, rules)


def labels(world: World) -> MemoryVocabulary:
    kept = world.places["github"].vocabulary
    assert kept is not None
    return kept


def there(world: World) -> list[tuple[str, ...]]:
    return sorted(tuple(one.shown.values()) for one in labels(world).held.values())


def shown(world: World, tracker: str) -> list[list[str]]:
    """The labels of each record, in the order of its making."""
    return [one.shown["labels"] for one in world.places[tracker].all()]


def said(world: World) -> list[tuple[str, bool]]:
    return [(one.message, one.fix) for one in world.plan().plan.findings if one.rule == "labels"]


def planned(world: World) -> list[tuple[str, str, dict[str, tuple[object, object]], int]]:
    edits = world.plan().plan.vocabulary
    return [(one.action, one.label, dict(one.fields), one.items) for one in edits]


def settled(world: World) -> None:
    decision = world.plan()
    assert not decision.plan.pending, decision.plan.to_text()
    assert decision.verdicts == ()


def test_what_a_place_lacks_of_the_vocabulary_is_made_as_it_says(world: World) -> None:
    assert planned(world) == [
        (
            "create",
            "type:bug",
            {
                "name": (None, "type:bug"),
                "color": (None, "d73a4a"),
                "description": (None, "It is broken"),
            },
            0,
        ),
        ("create", "ui", {"name": (None, "ui")}, 0),
    ]
    assert said(world) == [
        ("github lacks labels of the vocabulary: “type:bug”, “ui”. Add them there.", True)
    ]
    applied = world.apply()
    assert applied is not None
    assert applied.defined == 2
    assert there(world) == [("type:bug", "d73a4a", "It is broken"), ("ui", "ededed", "")]
    assert said(world) == []
    settled(world)


def test_in_report_mode_everything_is_said_and_nothing_is_written(named: World) -> None:
    labels(named).add("wip")
    labels(named).add("type:bug", "000000")
    rule(named, "report", replace(OPTIONS, vocabulary=(*OPTIONS.vocabulary, "api")))
    before = there(named)
    assert [message for message, fix in said(named) if "has the" in message or "lack" in message]
    assert [one for one in said(named) if one[0].startswith("github")] == [
        (
            "github has the label “type:bug” otherwise than the vocabulary: give it the color "
            "d73a4a instead of 000000, the description “It is broken”.",
            False,
        ),
        (
            "github has labels that are not in the vocabulary: “wip”. Delete there what nobody "
            "needs, or add it to the vocabulary. Nothing is deleted by itself.",
            False,
        ),
        (
            "github has the label “bug” beside “type:bug”, which took its place: give its issues "
            "the new one, then delete the old one there.",
            False,
        ),
        ("github lacks labels of the vocabulary: “api”. Add them there.", False),
    ]
    named.apply()
    assert there(named) == before
    assert planned(named) == []


def test_a_rule_that_is_off_or_has_no_vocabulary_asks_nothing_of_labels(named: World) -> None:
    for mode, options in (("off", OPTIONS), ("fix", Labels(aliases={"x": "y"}))):
        rule(named, mode, options)  # type: ignore[arg-type]
        assert (planned(named), said(named)) == ([], [])


def test_an_old_name_is_renamed_once_and_no_record_is_written_there(named: World) -> None:
    wanted = {
        "name": ("bug", "type:bug"),
        "color": ("ffffff", "d73a4a"),
        "description": ("", "It is broken"),
    }
    assert planned(named) == [("update", "bug", wanted, 3)]
    plan = named.plan().plan
    assert {edit.tracker for edit in plan.edits} == {"jira"}
    assert {edit.because for edit in plan.edits} == {"rule labels"}
    message = (
        "github has the label “bug”, which is “type:bug” by now: rename it there, with the color "
        "d73a4a instead of ffffff, the description “It is broken”; issues keep it."
    )
    assert said(named) == [(message, True)]
    named.apply()
    assert there(named) == [("type:bug", "d73a4a", "It is broken"), ("ui", "ededed", "")]
    assert shown(named, "github") == [["type:bug"], ["type:bug"], ["type:bug"], []]
    assert shown(named, "jira") == [["type:bug"], ["type:bug"], ["type:bug"], []]
    settled(named)
    named.apply(whole=True)
    settled(named)


def test_a_name_of_another_case_is_renamed_too(named: World) -> None:
    rule(named, "fix", Labels(vocabulary=("Bug", "ui")))
    assert planned(named) == [("update", "bug", {"name": ("bug", "Bug")}, 3)]
    named.apply()
    assert [name for name, _, _ in there(named)] == ["Bug", "ui"]
    assert shown(named, "jira")[0] == ["Bug"]
    settled(named)


def test_an_old_name_for_the_same_but_for_its_case_is_no_other_label(named: World) -> None:
    rule(named, "fix", Labels(vocabulary=("Bug", "ui"), aliases={"BUG": "Bug"}))
    assert [edit[:2] for edit in planned(named)] == [("update", "bug")]


def test_a_color_is_kept_where_the_vocabulary_says_one_and_else_let_be(named: World) -> None:
    named.apply()
    bug, ui = labels(named).named("type:bug"), labels(named).named("ui")
    assert bug
    assert ui
    labels(named).held[bug.id] = replace(bug, shown={**bug.shown, "color": "123456"})
    labels(named).held[ui.id] = replace(ui, shown={**ui.shown, "color": "123456"})
    assert planned(named) == [("update", "type:bug", {"color": ("123456", "d73a4a")}, 0)]
    named.apply()
    assert there(named) == [("type:bug", "d73a4a", "It is broken"), ("ui", "123456", "")]
    settled(named)


def test_a_description_that_is_not_to_be_is_taken_away(named: World) -> None:
    labels(named).add("api", description="Old")
    options = Labels(vocabulary=("bug", "ui", "api"), definitions={"api": (None, "")})
    rule(named, "fix", options)
    assert "github has the label “api” otherwise than the vocabulary: give it no description." in [
        message for message, _ in said(named)
    ]
    named.apply()
    assert there(named)[0] == ("api", "ededed", "")


def test_where_both_names_are_there_items_are_relabelled_and_nothing_is_deleted(
    named: World,
) -> None:
    labels(named).add("type:bug", "d73a4a", "It is broken")
    assert planned(named) == []
    named.apply()
    assert shown(named, "github")[:3] == [["type:bug"], ["type:bug"], ["bug"]]  # one is closed
    assert [name for name, _, _ in there(named)] == ["bug", "type:bug", "ui"]
    assert [fix for message, fix in said(named) if "beside" in message] == [False]
    settled(named)


def test_of_two_old_names_of_one_label_the_first_is_renamed(named: World) -> None:
    labels(named).add("defect")
    rule(named, "fix", replace(OPTIONS, aliases={"bug": "type:bug", "defect": "type:bug"}))
    assert [edit[1] for edit in planned(named)] == ["bug"]
    assert [m for m, _ in said(named) if "“defect” beside" in m]


def test_what_was_renamed_by_a_person_is_renamed_everywhere(named: World) -> None:
    held = labels(named).named("bug")
    assert held
    labels(named).held[held.id] = replace(held, shown={**held.shown, "name": "type:bug"})
    named.places["github"].rename_label("bug", "type:bug")
    assert {edit.tracker for edit in named.plan().plan.edits} == {"jira"}
    named.apply()
    assert shown(named, "jira")[:3] == [["type:bug"]] * 3
    settled(named)
    named.apply(whole=True)
    settled(named)


@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_rename_whose_answer_is_lost_is_made_or_found_by_the_next_run(
    named: World, fault: Literal["before", "after"]
) -> None:
    named.places["github"].faults = {0: fault}
    applied = named.apply()
    assert applied is not None
    assert [one.key for one in applied.failures if one.item is None] == ["label bug"]
    named.apply()
    assert shown(named, "github")[:3] == [["type:bug"]] * 3
    settled(named)


@pytest.mark.parametrize("die_after", range(4))
def test_a_run_that_is_killed_anywhere_is_finished_by_the_next(
    named: World, die_after: int
) -> None:
    named.apply(die_after=die_after)
    named.apply()
    assert shown(named, "github") == shown(named, "jira")
    assert [name for name, _, _ in there(named)] == ["type:bug", "ui"]
    settled(named)
    assert named.journal().open("shop") == []


def test_a_label_that_the_place_does_not_rename_stays_what_it_is_called_there(
    named: World,
) -> None:
    labels(named).refuse = True
    named.add("github", title="New", labels=["bug"])
    applied = named.apply()
    assert applied is not None
    assert {one.message for one in applied.failures} == {
        f"{part}: it cannot be set here" for part in ("name", "color", "description")
    }
    assert shown(named, "github")[:3] == [["bug"]] * 3
    assert shown(named, "jira")[:3] == [["type:bug"]] * 3
    labels(named).refuse = False
    named.apply()
    assert shown(named, "github")[:3] == [["type:bug"]] * 3
    settled(named)


def test_items_are_told_of_a_label_by_the_name_that_it_has_by_then(named: World) -> None:
    labels(named).refuse = True
    named.add("jira", title="New", labels=["type:bug", "ui"])
    named.edit("jira", "r1", labels=["bug", "ui"])
    named.apply()
    assert shown(named, "github")[0] == ["bug", "ui"]
    assert shown(named, "github")[-1] == ["bug", "ui"]
    assert [name for name, _, _ in there(named)] == ["bug", "ui"]


def test_a_label_that_cannot_be_made_is_a_failure_of_its_own(world: World) -> None:
    labels(world).refuse = True
    applied = world.apply()
    assert applied is not None
    assert [(one.key, one.message) for one in applied.failures] == [
        ("label type:bug", "the label type:bug is not made here"),
        ("label ui", "the label ui is not made here"),
    ]


def test_an_account_that_may_not_change_labels_is_said_once(named: World) -> None:
    labels(named).barred = "the token has no push access"
    assert planned(named) == []
    assert ("The vocabulary is not kept on github: the token has no push access.", False) in said(
        named
    )


def test_a_public_place_is_told_of_labels_only_where_the_settings_publish_them(
    named: World,
) -> None:
    named.places["github"].public = True
    assert named.settings is not None
    trackers = {"jira": TrackerSettings("all"), "github": TrackerSettings("all")}
    named.settings = replace(named.settings, trackers=trackers)
    assert planned(named) == []
    message = (
        "The vocabulary is not kept on github: it is public: name labels under "
        "trackers.github.publish, if everybody may know."
    )
    assert (message, False) in said(named)


def test_labels_that_belong_to_a_tracker_are_not_renamed_for_it(named: World) -> None:
    rule(named, "fix", policies={"labels": Policy("jira")})
    assert [list(fields) for _, _, fields, _ in planned(named)] == [["color", "description"]]
    assert ("No label is renamed on github: labels belong to jira: rename it there.", False) in (
        said(named)
    )


def test_while_a_tracker_does_not_answer_no_label_is_renamed(named: World) -> None:
    named.places["jira"].down = Unavailable("jira is down")
    assert [list(fields) for _, _, fields, _ in planned(named)] == [["color", "description"]]
    assert [message for message, _ in said(named) if "did not answer" in message]


def test_only_a_name_is_left_where_only_that_may_not_be_written(named: World) -> None:
    bug = labels(named).named("bug")
    assert bug
    rule(named, "fix", Labels(("type:bug", "ui"), aliases={"bug": "type:bug"}))
    named.places["jira"].down = Unavailable("jira is down")
    assert planned(named) == []


def test_a_part_of_a_plan_leaves_labels_as_they_are(named: World) -> None:
    decision = named.plan()
    item = next(iter(named.items()))
    narrowed = decision.only([one for one in decision.plan.edits if one.item == item], {item})
    assert narrowed.plan.vocabulary == ()
    assert narrowed.vocabulary.edits == ()


def test_a_run_of_what_was_touched_leaves_a_label_that_is_still_to_be_renamed(
    named: World,
) -> None:
    named.edit("jira", "r1", labels=["bug", "ui"])
    context, _, adapters = named.look()
    readings, _ = read_touched(adapters, context.backlog, {"jira": ["r1"]}, order=False)
    context = about_touched(replace(context, readings=readings))
    decision = of_touched(context, decide(context), order=False)
    assert decision.plan.vocabulary == ()
    store = Store(named.url)
    apply(Engine(context, adapters, store, lambda: named.now, lambda *_: None), decision)
    store.close()
    assert (shown(named, "jira")[0], shown(named, "github")[0]) == (
        ["type:bug", "ui"],
        ["bug", "ui"],
    )
    assert [name for name, _, _ in there(named)] == ["bug", "ui"]
    named.apply()
    assert shown(named, "github")[:2] == [["type:bug", "ui"], ["type:bug"]]
    settled(named)


def test_vocabularies_of_kinds_are_one_for_the_places(named: World) -> None:
    rule(named, "fix")
    assert named.settings is not None
    apart = RuleSettings(kinds=frozenset({"bug"}), options=Labels(vocabulary=("bug", "api")))
    usual = RuleSettings("fix", options=Labels(vocabulary=("ui",)))
    off = RuleSettings("off", options=Labels(vocabulary=("never",)))
    rules = {**SILENT, "labels": (off, apart, usual)}
    named.settings = replace(named.settings, rules=rules)
    assert [edit[1] for edit in planned(named)] == ["api"]


def test_an_undo_gives_labels_their_names_back(named: World) -> None:
    named.apply()
    run = named.journal().runs("shop")[0].id
    _, found = look_back(named, run)
    assert [(one.label, dict(one.fields)) for one in found.decision.plan.vocabulary] == [
        (
            "type:bug",
            {
                "name": ("type:bug", "bug"),
                "color": ("d73a4a", "ffffff"),
                "description": ("It is broken", ""),
            },
        )
    ]
    applied, _ = undo(named, run)
    assert applied.failures == []
    assert there(named) == [("bug", "ffffff", ""), ("ui", "ededed", "")]
    assert shown(named, "jira")[:3] == [["bug"]] * 3
    assert shown(named, "github")[:3] == [["bug"]] * 3
    rule(named, "report")
    settled(named)


def test_an_undo_leaves_what_was_changed_since_and_what_was_made(named: World) -> None:
    rule(named, "fix", replace(OPTIONS, vocabulary=(*OPTIONS.vocabulary, "api")))
    named.apply()
    run = named.journal().runs("shop")[0].id
    bug = labels(named).named("type:bug")
    assert bug
    labels(named).held[bug.id] = replace(bug, shown={**bug.shown, "color": "123456"})
    _, found = look_back(named, run)
    assert told(found.kept) == [("label api", None), ("label type:bug", "color")]
    labels(named).remove("type:bug")
    _, found = look_back(named, run)
    assert told(found.kept)[:2] == [("label api", None), ("label type:bug", None)]
    named.setups["github"] = Setup("github")
    _, found = look_back(named, run)
    assert found.decision.plan.vocabulary == ()
    del named.places["github"]
    _, found = look_back(named, run)
    assert found.decision.plan.vocabulary == ()


def test_an_undo_leaves_a_name_that_is_another_labels_by_now(named: World) -> None:
    named.apply()
    run = named.journal().runs("shop")[0].id
    bug = labels(named).named("type:bug")
    assert bug
    labels(named).held[bug.id] = replace(bug, shown={**bug.shown, "name": "defect"})
    labels(named).add("bug")
    _, found = look_back(named, run)
    assert ("label type:bug", "name") in told(found.kept)


def test_an_undo_of_a_name_alone_leaves_it_where_it_is_taken(named: World) -> None:
    rule(named, "fix", Labels(("type:bug", "ui"), aliases={"bug": "type:bug"}))
    named.apply()
    run = named.journal().runs("shop")[0].id
    labels(named).add("bug")
    _, found = look_back(named, run)
    assert found.decision.plan.vocabulary == ()


def test_what_is_no_set_of_labels_is_called_what_it_is() -> None:
    changes = {"labels": Change(None, frozenset({"a", "b"})), "title": Change(None, "a")}
    told = labelled_changes(changes, {"a": "z"})
    assert told["labels"] == Change(None, frozenset({"z", "b"}))
    assert told["title"] == Change(None, "a")


def told(kept: tuple[Kept, ...]) -> list[tuple[str | None, str | None]]:
    return sorted((one.key, one.field) for one in kept if (one.key or "").startswith("label"))


def tick(world: World, minutes: float) -> None:
    """The next run is so much later than the last one."""
    world.now += timedelta(minutes=minutes) - timedelta(minutes=5)


def failing(world: World) -> Mapping[str, object]:
    """What waits on the place that keeps labels."""
    store = Store(world.url)
    try:
        return store.load("shop", world.schema).failing.get("github", {})
    finally:
        store.close()


def tried(world: World) -> list[str]:
    applied = world.apply()
    assert applied is not None
    return [one.message for one in applied.failures]


def waits(world: World) -> list[str]:
    return [one.message for one in world.plan().plan.findings if one.rule == "failing"]


def test_a_label_that_a_place_does_not_take_waits_longer_and_longer_and_is_given_up(
    named: World,
) -> None:
    labels(named).refuse = True
    for minutes in (0, 1, 2, 4, 8, 16, 32):
        assert len(tried(named)) == 3  # its name, its color and its description
        if minutes:
            tick(named, minutes - 0.5)
            assert tried(named) == []
            [finding] = waits(named)
            assert finding.startswith("The update of label bug on github failed ")
            assert planned(named) == []
        tick(named, 0.5 if minutes else 0)
    assert len(tried(named)) == 3
    tick(named, 60 * 24 * 365)
    assert tried(named) == []
    [finding] = waits(named)
    assert "failed 8 times, and is not tried any more: color: it cannot be set here" in finding
    assert shown(named, "github")[0] == ["bug"]  # its items are told it by that name
    assert shown(named, "jira")[0] == ["type:bug"]
    settled(named)


def test_a_label_that_was_given_up_is_renamed_when_a_person_says_so(named: World) -> None:
    labels(named).refuse = True
    for _ in range(8):
        tried(named)
        tick(named, 60 * 24)
    assert tried(named) == []
    labels(named).refuse = False
    named.apply(retry=True)
    assert shown(named, "github")[0] == ["type:bug"]
    assert failing(named) == {}
    settled(named)


def test_another_color_for_a_label_that_waits_does_not_wait(named: World) -> None:
    labels(named).refuse = True
    tried(named)
    tried(named)
    tick(named, 0.5)
    assert tried(named) == []
    rule(named, "fix", replace(OPTIONS, definitions={"type:bug": ("00ff00", None)}))
    assert len(tried(named)) == 2


def test_an_edit_of_a_label_that_nobody_wants_any_more_is_forgotten(named: World) -> None:
    labels(named).refuse = True
    tried(named)
    assert len(failing(named)) == 1
    rule(named, "report")
    named.apply()
    assert failing(named) == {}


def test_a_label_that_waits_is_kept_so_by_a_run_of_one_item(named: World) -> None:
    labels(named).refuse = True
    tried(named)
    tried(named)
    tick(named, 0.2)
    context, decision, adapters = named.look()
    store = Store(named.url)
    engine = Engine(context, adapters, store, lambda: named.now, lambda tracker, number: None)
    apply(engine, decision.only([], set()))
    store.close()
    assert len(failing(named)) == 1
    tick(named, 0.2)
    assert tried(named) == []


def delete(world: World, name: str) -> None:
    """As GitHub does: it is on no record any more, and none counts as changed."""
    labels(world).remove(name)
    place = world.places["github"]
    for id, past in place.history.items():
        place.history[id] = [
            (at, replace(one, shown={**one.shown, "labels": without(one.shown["labels"], name)}))
            for at, one in past
        ]


def without(worn: list[str], name: str) -> list[str]:
    return [one for one in worn if one != name]


def test_a_label_of_an_old_name_that_was_deleted_is_no_rename(named: World) -> None:
    labels(named).add("type:bug", "d73a4a", "It is broken")
    delete(named, "bug")
    assert doubtful(named.look()[0]) == {"github"}  # only its records can tell
    context, decision, _ = named.look(whole=True)
    assert doubtful(context) == frozenset()
    assert {(one.tracker, one.because) for one in decision.plan.edits} == {
        ("jira", "github changed it")
    }
    named.apply(whole=True)
    assert shown(named, "github") == [[], [], [], []]
    assert shown(named, "jira") == [[], [], [], []]
    settled(named)


def test_a_person_who_renames_a_label_is_not_taken_to_delete_it(named: World) -> None:
    held = labels(named).named("bug")
    assert held
    labels(named).held[held.id] = replace(held, shown={**held.shown, "name": "type:bug"})
    named.places["github"].rename_label("bug", "type:bug")
    named.apply(whole=True)
    assert shown(named, "jira")[:3] == [["type:bug"]] * 3
    assert doubtful(named.look()[0]) == frozenset()


def test_of_a_label_that_no_record_had_nothing_is_in_doubt(named: World) -> None:
    labels(named).add("type:bug")
    rule(named, "report")
    assert doubtful(named.look()[0]) == frozenset()
    rule(named, "fix", replace(OPTIONS, aliases={"ancient": "type:bug"}))
    assert doubtful(named.look()[0]) == frozenset()
