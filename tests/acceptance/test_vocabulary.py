"""Labels of a repository, kept as the vocabulary has them, over the command line and real HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from adapters.base import Carrier, Setup
from adapters.github.adapter import GitHub
from adapters.sandbox.server import Fault
from sync.model import derive_id
from sync.tracker import Change, Create, NotFound, Outcome, Record, Rejected, Stale, Update
from tests.acceptance.shop import Shop, shop

RULE = """labels: {mode: MODE, aliases: {defect: "type:bug"}, vocabulary:
      {"type:bug": {color: "#D73", description: It is broken}, ui: , api: {color: "00ff00"}}}"""
LABELS = [
    {"name": "defect", "color": "ffffff"},
    {"name": "ui", "color": "123456"},
    {"name": "wip"},
    {"name": "priority:high"},
]
BUGS = [
    {"type": "Bug", "summary": "Pay", "labels": ["defect"]},
    {"type": "Bug", "summary": "Ship", "labels": ["defect"], "status": "Done"},
]


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Shop]:
    """Two items with an old label, everywhere."""
    with shop(tmp_path, jira=BUGS, repository={"labels": LABELS}) as built:
        built.apply()
        configure(built, "fix")
        yield built


def configure(made: Shop, mode: str) -> None:
    made.configure()
    text = made.settings.read_text(encoding="utf-8")
    rule = RULE.replace("MODE", mode)
    made.settings.write_text(text.replace('labels: "off"', rule), encoding="utf-8")


def kept(made: Shop) -> dict[str, tuple[str, str | None]]:
    listed = made.github.call("GET", "/labels?per_page=100")
    return {one["name"]: (one["color"], one["description"]) for one in listed}


def worn(made: Shop) -> list[list[str]]:
    issues = made.github.call("GET", "/issues?state=all&sort=created&direction=asc")
    named = ([label["name"] for label in issue["labels"]] for issue in issues)
    return [[name for name in names if ":" not in name or "type" in name] for names in named]


def test_labels_are_kept_as_the_vocabulary_has_them_and_issues_keep_theirs(made: Shop) -> None:
    plan = made.plan()
    schema = made.run("schema", "plan").json
    jsonschema.validate(plan, schema)
    assert (plan["summary"]["label"], plan["summary"]["update"]) == (2, 4)
    assert [edit["tracker"] for edit in plan["edits"]] == ["files", "files", "jira", "jira"]
    assert plan["vocabulary"] == [
        {
            "label": "defect",
            "tracker": "github",
            "action": "update",
            "fields": {
                "color": {"from": "ffffff", "to": "dd7733"},
                "description": {"from": "", "to": "It is broken"},
                "name": {"from": "defect", "to": "type:bug"},
            },
            "items": 2,
            "because": "rule labels",
        },
        {
            "label": "api",
            "tracker": "github",
            "action": "create",
            "fields": {
                "color": {"from": None, "to": "00ff00"},
                "name": {"from": None, "to": "api"},
            },
            "items": 0,
            "because": "rule labels",
        },
    ]
    said = " ".join(made.run("plan").out.split())
    assert "Labels themselves: 2 edits" in said
    assert "color ffffff → dd7733, description — → It is broken, name defect → type:bug" in said
    assert "on 2 items, because rule labels" in said
    assert "2 labels" in made.apply().out
    assert kept(made)["type:bug"] == ("dd7733", "It is broken")
    assert kept(made)["ui"] == ("123456", None)
    assert {"defect", "api", "wip"} & kept(made).keys() == {"api", "wip"}
    assert worn(made) == [["type:bug"], ["type:bug"]]
    made.settled()
    made.apply("--full")
    made.settled()
    assert "github label" in made.run("history", "--run", "2").out
    said = made.run("undo", "2", "--yes", "--format", "json").json
    assert [edit["label"] for edit in said["vocabulary"]] == ["type:bug"]
    assert kept(made)["defect"] == ("ffffff", None)
    assert worn(made) == [["defect"], ["defect"]]


def test_reports_say_what_is_not_as_the_vocabulary_has_it(made: Shop) -> None:
    configure(made, "report")
    messages = {
        "github lacks labels of the vocabulary: “api”. Add them there.",
        "github has the label “defect”, which is “type:bug” by now: rename it there, with the "
        "color dd7733 instead of ffffff, the description “It is broken”; issues keep it.",
        "github has labels that are not in the vocabulary: “wip”. Delete there what nobody needs, "
        "or add it to the vocabulary. Nothing is deleted by itself.",
    }
    report = made.run("report", "--format", "json").json
    found = [one for one in report["findings"] if one["message"].startswith("github")]
    assert {one["message"] for one in found} == messages
    assert {(one["rule"], one["item"], one["fix"]) for one in found} == {("labels", None, False)}
    for form in ("table", "markdown", "html", "junit", "sarif"):
        out = " ".join(made.run("report", "--format", form).out.split())
        assert "which is “type:bug” by now" in out, form
    made.apply()
    assert "defect" in kept(made)


def test_a_label_that_a_person_renames_is_followed_by_its_items_and_made_again(
    made: Shop,
) -> None:
    made.apply()
    made.github.call("PATCH", "/labels/type:bug", new_name="kaputt")
    made.apply("--full")
    assert worn(made) == [["kaputt"], ["kaputt"]]
    assert made.records("jira")["Ship"].shown["labels"] == ["kaputt"]
    assert {"kaputt", "type:bug"} <= kept(made).keys()
    made.settled()


def test_a_saved_plan_writes_labels_with_the_whole_only(made: Shop) -> None:
    path = made.folder / "plan.json"
    made.run("plan", "--out", str(path))
    made.github.call("POST", "/labels", name="api", color="00ff00")
    result = made.run("apply", "--plan", str(path), "--yes")
    assert result.code == 6
    assert "update of the label defect on github: labels themselves are written" in result.err
    assert "defect" in kept(made)


# Single exchanges


def tracker(made: Shop, who: str = "bot", **setup: Any) -> GitHub:
    found = GitHub(
        Setup("github", vocabulary=True, **setup),
        repository="acme/shop",
        url=f"{made.served.url}/github",
        token=f"t-{who}",
        where={"labels": ["UI"], "state": "all"},
    )
    found.open()
    return found


def held(adapter: GitHub) -> dict[str, Record]:
    return {one.shown["name"]: one for one in adapter.read(None).vocabulary or ()}


def define(adapter: GitHub, record: Record, **changes: tuple[str, str]) -> Outcome:
    ends = {part: Change(*both) for part, both in changes.items()}
    (outcome,) = adapter.define([Update(derive_id("a"), record, ends)])
    return outcome


def test_labels_that_carry_more_than_themselves_are_none_of_the_vocabulary(made: Shop) -> None:
    assert {"defect", "wip"} <= held(tracker(made)).keys()
    assert {"ui", "priority:high"}.isdisjoint(held(tracker(made)))
    assert tracker(made, carriers={"labels": None}).read(None).vocabulary is None
    other = tracker(made, carriers={"labels": Carrier("body-section", "Labels")})
    assert other.read(None).vocabulary is None


def test_a_token_that_may_not_write_reads_labels_and_says_why_it_keeps_none(made: Shop) -> None:
    adapter = tracker(made, "guest")
    assert "no push access" in adapter.open().cannot["vocabulary"]
    found = held(adapter)
    assert "defect" in found
    outcome = define(adapter, found["defect"], color=("ffffff", "000000"))
    assert isinstance(outcome.error, NotFound)


def test_a_label_that_is_not_as_it_was_read_is_left(made: Shop) -> None:
    adapter = tracker(made)
    record = held(adapter)["defect"]
    made.github.call("PATCH", "/labels/defect", color="000000")
    outcome = define(adapter, record, color=("ffffff", "111111"))
    assert isinstance(outcome.error, Stale)
    made.github.call("DELETE", "/labels/defect")
    assert isinstance(define(adapter, record, color=("ffffff", "111111")).error, NotFound)
    made.github.call("POST", "/labels", name="defect", color="ffffff")
    assert isinstance(define(adapter, record, color=("ffffff", "111111")).error, NotFound)
    made_twice = Create(derive_id("b"), {"name": "defect"})
    (outcome,) = adapter.define([made_twice])
    assert isinstance(outcome.error, Rejected)


def test_a_label_of_an_old_name_that_a_person_deletes_comes_back_on_no_item(made: Shop) -> None:
    made.github.call("POST", "/labels", name="type:bug", color="dd7733")
    made.github.call("DELETE", "/labels/defect")
    assert worn(made) == [[], []]
    made.apply()
    assert worn(made) == [[], []]
    assert [one.shown["labels"] for one in made.records("jira").values()] == [[], []]
    made.settled()
    assert made.run("plan", "--full").code == 0


def test_a_label_that_github_refuses_to_change_waits_and_is_said(made: Shop) -> None:
    made.github_stand_in.switches.faults.append(
        Fault("status", "/labels/", method="PATCH", times=99, status=422)
    )
    for _ in range(2):
        assert made.run("apply", "--yes").code == 1
    [finding] = [one for one in made.plan()["findings"] if one["rule"] == "failing"]
    assert finding["message"].startswith("The update of label defect on github failed 2 times")
    assert made.run("apply", "--yes").code == 0
    [failing] = made.run("history", "--failed", "--format", "json").json["failing"]
    assert (failing["key"], failing["tries"]) == ("label defect", 2)
    made.github_stand_in.switches.faults.clear()
    made.apply("--retry")
    assert worn(made) == [["type:bug"], ["type:bug"]]
    made.settled()
