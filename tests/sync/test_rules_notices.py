"""The one comment that says on an item what it breaks: what it says, and when it changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.base import Setup
from adapters.memory import MemoryTracker, shown_as
from sync.model import EMPTY, FIELDS, NOTICE, Item, Shape
from sync.notice import MOST, ROOM, TEMPLATE, NoTemplate, Notices, Told, check, notice
from sync.planner import Settings, TrackerSettings
from sync.rules import Labels, PriorityOrder, RuleSettings, View, enforce
from tests.sync.world import SILENT, World

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LABELS = Labels(implied={"kind": {"story": "type:story"}})
SPOKEN = RuleSettings("comment", options=PriorityOrder(checks=["blockers"]))
TOLD = [Told("“Pay” (S-1) has no acceptance criteria: write at least one.", "acceptance-criteria")]
ITEM = Item("a", {"title": "Pay", "kind": "story"})


def test_what_is_broken_is_listed_with_its_rule():
    text = notice(TEMPLATE, ITEM, [*TOLD, Told("Late.", "hygiene")])
    lines = text.splitlines()
    assert (
        "- “Pay” \\(S-1\\) has no acceptance criteria: write at least one. (acceptance-criteria)"
        in lines
    )
    assert "- Late. (hygiene)" in lines
    assert "more" not in text


def test_what_is_beyond_the_first_is_counted():
    text = notice(TEMPLATE, ITEM, [Told(f"Number {n}.", "own") for n in range(MOST + 3)])
    assert "- and 3 more" in text
    assert text.count("Number") == MOST


def test_what_a_template_shows_stands_for_itself():
    bad = Told("*a* <img src=x> [b](http://evil) `c` \n# d", "own")
    text = notice("{% for finding in findings %}{{ finding.message }}{% endfor %}", ITEM, [bad])
    assert text == r"\*a\* \<img src=x\> \[b\]\(http://evil\) \`c\` \# d"


def test_a_template_asks_what_it_shows():
    template = (
        "{% if item.kind == 'story' and not more %}{{ item.title|upper ~ '!' }}{% endif %}"
        "{% for finding in findings %}{{ loop.index }}"
        "{% if loop.last %}{{ finding.rule }}{% endif %}{% endfor %}"
    )
    check(template)
    assert notice(template, ITEM, TOLD) == r"PAY\!1acceptance-criteria"


def test_a_template_that_fails_on_the_way_is_passed_over():
    template = "{% if item.title > more %}{% endif %}{% for finding in findings %}x{% endfor %}"
    assert notice(template, ITEM, TOLD) == notice(TEMPLATE, ITEM, TOLD)
    assert notice("{{ nothing.there }}", ITEM, TOLD) == notice(TEMPLATE, ITEM, TOLD)


def test_a_comment_ends_where_there_is_no_more_room():
    long = [Told("x" * ROOM, "own"), Told("y", "own")]
    assert "y" not in notice(
        "{% for finding in findings %}{{ finding.message }}{% endfor %}", ITEM, long
    )


@pytest.mark.parametrize(
    ("template", "why"),
    [
        pytest.param("{% for x in findings %}", "no Jinja2", id="it is not closed"),
        pytest.param("{{ config }}", "names what there is not", id="another name"),
        pytest.param("{{ finding.__class__ }}", "asks for what", id="an attribute of Python's"),
        pytest.param("{{ findings.append }}", "asks for what", id="a method"),
        pytest.param("{{ (item ~ more).title }}", "asks for what", id="of what is put together"),
        pytest.param("{{ findings|tojson }}", "uses a filter", id="an unknown filter"),
        pytest.param("{{ 'a' * 1000000000 }}", "does more", id="much at once"),
        pytest.param("{{ range(9) }}", "does more", id="a function"),
        pytest.param("{{ findings() }}", "does more", id="a call"),
        pytest.param("{% set item = item ~ item %}", "does more", id="what grows"),
        pytest.param("{% include 'x' %}", "does more", id="another file"),
        pytest.param("{% for finding in item %}{% endfor %}", "goes through", id="another loop"),
        pytest.param(
            "{% for finding in findings recursive %}{% endfor %}", "goes through", id="recursion"
        ),
        pytest.param(
            "{% for finding in findings %}{% for finding in findings %}{% endfor %}{% endfor %}",
            "loop in a loop",
            id="a loop in a loop",
        ),
        pytest.param("x" * 5000, "over 4000", id="a long one"),
        pytest.param("{# later #}", "says nothing", id="nothing"),
    ],
)
def test_a_template_is_refused(template: str, why: str):
    with pytest.raises(NoTemplate, match=why):
        check(template)


def test_the_usual_template_is_one():
    check(TEMPLATE)


# In runs

SCHEMA = {**FIELDS, NOTICE: Shape.TEXT}
RULES = {**SILENT, "acceptance-criteria": RuleSettings("comment")}
EMPTY_RECORD = {name: shown_as(EMPTY[shape]) for name, shape in SCHEMA.items()} | {NOTICE: []}
STORY = {**EMPTY_RECORD, "title": "Pay by card", "kind": "story", "status": "todo"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A story without criteria on two trackers, and rules that say so there."""
    made = World(tmp_path, {"one": MemoryTracker(), "two": MemoryTracker()}, schema=SCHEMA)
    made.setups = {name: Setup(name, SCHEMA) for name in made.places}
    made.settings = _settings()
    made.places["one"].add(STORY)
    return made


def _settings(**more: Any) -> Settings:
    trackers = {"one": TrackerSettings("all"), "two": TrackerSettings("all")}
    return Settings(trackers, more.pop("policies", {}), RULES, **more)


def said(world: World, place: str = "one") -> list[Any]:
    """What its first record shows."""
    return list(world.places[place].all()[0].shown[NOTICE])


def write_criteria(world: World) -> None:
    one = world.places["one"]
    one.write(one.all()[0].id, {"acceptance_criteria": [["It pays", False]]})


def settled(world: World) -> bool:
    return not world.plan().plan.pending


def test_what_breaks_a_rule_is_said_once_on_every_tracker(world: World):
    plan = world.plan().plan
    assert [NOTICE in one.fields for one in plan.edits] == [True, True]
    world.apply()
    assert [len(said(world)), len(said(world, "two"))] == [1, 1]
    assert settled(world)
    before = said(world)
    world.apply()
    assert said(world) == before


def test_it_goes_with_what_it_is_about(world: World):
    world.apply()
    write_criteria(world)
    world.apply()
    world.apply()
    assert [said(world), said(world, "two")] == [[], []]
    assert NOTICE not in next(iter(world.items().values())).values


def test_it_says_that_it_is_settled_where_the_settings_want_that(world: World):
    world.settings = _settings(notices=Notices(settled="All rules are met."))
    world.apply()
    before = said(world)
    write_criteria(world)
    world.apply()
    world.apply()
    now = said(world)
    assert [one["id"] for one in now] == [one["id"] for one in before]
    assert now != before
    assert settled(world)


def test_another_finding_edits_it_in_place(world: World):
    world.apply()
    before = said(world)
    world.settings = replace(
        _settings(), rules={**RULES, "labels": RuleSettings("comment", options=LABELS)}
    )
    world.apply()
    assert [one["id"] for one in said(world)] == [one["id"] for one in before]
    assert said(world) != before


def test_it_is_known_again_where_the_state_is_lost(world: World):
    world.apply()
    before = said(world), said(world, "two")
    (world.folder / "state.db").unlink()
    world.apply()
    world.apply()
    assert (said(world), said(world, "two")) == before


def test_what_was_said_before_the_state_was_lost_goes_with_what_it_is_about(world: World):
    world.apply()
    (world.folder / "state.db").unlink()
    write_criteria(world)
    world.apply()
    world.apply()
    assert [said(world), said(world, "two")] == [[], []]


@pytest.mark.parametrize("fault", ["before", "after", "halfway"])
def test_a_lost_answer_makes_no_second_one(world: World, fault: Any):
    world.places["one"].faults[0] = fault
    world.apply()
    world.apply(retry=True)
    assert len(said(world)) == 1
    assert settled(world)


def test_a_person_who_removes_it_sees_it_again(world: World):
    world.apply()
    one = world.places["one"]
    one.write(one.all()[0].id, {NOTICE: []})
    world.apply()
    assert len(said(world)) == 1


def test_a_second_one_is_removed(world: World):
    world.apply()
    one = world.places["one"]
    first = said(world)[0]
    one.write(one.all()[0].id, {NOTICE: [first, {**first, "id": "later"}]})
    world.apply()
    assert said(world) == [first]


def test_a_public_tracker_is_told_nothing_unless_the_settings_publish_it(world: World):
    world.places["two"].public = True
    publish = frozenset({"title", "kind", "status"})
    quiet = {"one": TrackerSettings("all"), "two": TrackerSettings("all", publish)}
    world.settings = replace(_settings(), trackers=quiet)
    world.apply()
    world.apply()
    assert [len(said(world)), len(said(world, "two"))] == [1, 0]
    loud = {**quiet, "two": TrackerSettings("all", publish | {NOTICE})}
    world.settings = replace(_settings(), trackers=loud)
    world.apply()
    assert len(said(world, "two")) == 1


def test_rules_that_speak_from_now_on_speak_of_what_nobody_changes(tmp_path: Path):
    world = World(tmp_path, {"one": MemoryTracker(without=frozenset({NOTICE}))})
    world.places["one"].add({name: shown for name, shown in STORY.items() if name != NOTICE})
    world.apply()
    world.places["one"].without = frozenset()
    for past in world.places["one"].history.values():
        past[:] = [(at, replace(one, shown={**one.shown, NOTICE: []})) for at, one in past]
    world.schema, world.setups = SCHEMA, {"one": Setup("one", SCHEMA)}
    world.settings = replace(_settings(), trackers={"one": TrackerSettings("all")})
    world.apply()
    assert len(said(world)) == 1


def test_no_comment_says_which_restricted_item_it_is_about():
    below = Item("b", {"title": "Payroll", "kind": "story", "status": "todo"})
    above = Item(
        "a", {"title": "Pay", "kind": "story", "status": "todo", "blocked_by": frozenset({"b"})}
    )
    view = View(
        {"a": above, "b": below},
        ("a", "b"),
        {"a": {"jira": "S-1"}, "b": {"jira": "HR-9"}},
        {},
        NOW,
        restricted=frozenset({"b"}),
    )
    found = enforce(view, {**SILENT, "priority-order": SPOKEN}, (), lambda item, name: True)
    assert any("Payroll" in one.message for one in found.findings)
    messages = " ".join(told.message for told in found.comments["a"])
    assert "is blocked by a restricted item" in messages
    assert "Payroll" not in messages
    assert "HR-9" not in messages
