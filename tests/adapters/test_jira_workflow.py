"""Workflows with screens, conditions, validators and resolutions, on Cloud and on Data Center."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from adapters.base import Setup
from sync.tracker import Outcome
from tests.adapters.test_jira_flows import (
    STEPS,
    TYPES,
    Site,
    Start,
    changed,
    made,
    record,
    site,
    start,
)

__all__ = ["site", "start"]  # fixtures
FIELDS = [
    {"name": "Team", "type": "select", "options": ["Red", "Deep Blue"]},
    {"name": "Areas", "type": "multiselect", "options": ["Shop", "Search, fast"]},
    {"name": "Reviewer", "type": "user"},
    {"name": "Notes", "type": "paragraph"},
    {"name": "Reason", "type": "text"},
    {"name": "Hours", "type": "number"},
    {"name": "Seen on", "type": "date"},
]
ALL = [one["name"] for one in FIELDS]
FILL = {
    "team": "deep blue",
    "Areas": "Shop, search, fast",
    "Reviewer": "ada",
    "Notes": "Looks **good**.",
    "Reason": "Because.",
    "Hours": "2.5",
    "Seen on": "2026-11-24",
    "fixVersions": "1.0",
    "Components": "Front",
}


def steps(close: Mapping[str, Any], *more: Mapping[str, Any], **project: Any) -> dict[str, Any]:
    """A project whose issues are closed by that last step."""
    last = {"name": "Close", "from": ["Checking"], "to": "Closed", **close}
    workflow = [*STEPS["workflow"][:3], last, *more]
    return {"projects": {"SHOP": {**STEPS, **project, "workflow": workflow}}}


def simple(**project: Any) -> dict[str, Any]:
    """A project of three statuses, of which each leads to each."""
    return {"projects": {"SHOP": {"types": TYPES, **project}}}


@pytest.fixture(params=["cloud", "datacenter"])
def flavour(request: pytest.FixtureRequest) -> Any:
    return request.param


def settings(**transitions: Mapping[str, str]) -> Setup:
    return Setup("jira", transitions=transitions)


def says(site: Site, outcome: Outcome, setup: Setup | None = None) -> tuple[Any, Any]:
    """The status and the resolution that a record shows, in the backlog's words."""
    codec, shown = site.adapter(setup).open().codec, record(outcome).shown
    status, resolution = (codec.decode(n, shown[n], None) for n in ("status", "resolution"))
    return status, resolution


# Screens


def test_a_required_field_that_nothing_fills_makes_the_transition_unusable(
    start: Start, flavour: Any
) -> None:
    site = start(flavour, steps({"required": ["Team", "Hours"]}), fields=FIELDS)
    outcome = made(site, settings(done={"Hours": "1"}), status="done")
    why = outcome.refused["status"]
    assert "'Close' asks for Team; say what to fill in" in why
    assert "fields.status.jira.transitions.done: {Team: one of 'Red', 'Deep Blue'}" in why
    assert "Hours" not in why
    assert "it is left in 'Checking': no way back was found either" in why


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"Team": "Green"}, "Team: Jira has no 'Green' there; it has 'Red', 'Deep Blue'"),
        ({"Team": "Red", "Hours": "many"}, "Hours: 'many' is no number"),
    ],
)
def test_what_the_settings_say_and_the_screen_does_not_take_is_said(
    start: Start, said: dict[str, str], why: str
) -> None:
    project = steps({"fields": ["Team", "Hours"], "required": ["Team"]})
    site = start("cloud", project, fields=FIELDS)
    outcome = made(site, settings(done=said), status="done")
    assert f"fields.status.jira.transitions: {why}" in outcome.refused["status"]


def test_a_validator_s_refusal_is_said_and_the_issue_goes_back(start: Start, flavour: Any) -> None:
    back = {"name": "Back", "from": ["Checking", "Doing"], "to": "Open"}
    site = start(flavour, steps({"checks": ["Team"]}, back), fields=FIELDS)
    outcome = made(site, status="done")
    assert "Jira refused 'Close': Please fill in Team before" in outcome.refused["status"]
    assert record(outcome).shown["status"] == "Open"


def test_screens_are_filled_in_from_the_settings_whatever_their_fields_are(
    start: Start, flavour: Any
) -> None:
    required = [*ALL, "fixVersions", "components"]
    project = steps({"required": required}, versions=["1.0"], components=["Front"])
    site = start(flavour, project, fields=FIELDS)
    outcome = made(site, settings(done=FILL), status="done")
    assert outcome.refused == {}
    issue = site.issue("SHOP-1")
    assert issue["status"] == "Closed"
    assert issue["fields"]["Team"] == "Deep Blue"
    assert issue["fields"]["Reviewer"] == "ada"
    assert (issue["fields"]["Hours"], issue["fields"]["Seen on"]) == (2.5, "2026-11-24")
    assert "good" in str(issue["fields"]["Notes"])
    assert "**" not in str(issue["fields"]["Notes"])
    assert (issue["fixVersions"], issue["components"]) == (["1.0"], ["Front"])


def test_screens_on_the_way_are_filled_in_too(start: Start, flavour: Any) -> None:
    project = steps({"required": ["Hours"]})
    check = {**STEPS["workflow"][2], "required": ["Reviewer", "Team"]}
    project["projects"]["SHOP"]["workflow"][2] = check
    site = start(flavour, project, fields=FIELDS)
    setup = settings(in_review={"Reviewer": "ada", "Team": "Red"}, done={"Hours": "3"})
    outcome = made(site, setup, status="done")
    assert outcome.refused == {}
    fields = site.issue("SHOP-1")["fields"]
    assert (fields["Reviewer"], fields["Team"], fields["Hours"]) == ("ada", "Red", 3.0)


def test_a_required_field_that_the_issue_has_already_is_in_nobody_s_way(
    start: Start, flavour: Any
) -> None:
    site = start(flavour, steps({"required": ["labels", "duedate"]}))
    outcome = made(site, labels=frozenset({"ux"}), due="2026-12-01", status="done")
    assert outcome.refused == {}
    assert site.issue("SHOP-1")["labels"][-1] == "ux"


def test_optional_fields_are_left_as_they_are_unless_the_settings_name_them(start: Start) -> None:
    site = start("cloud", steps({"fields": ["Team", "Hours"]}), fields=FIELDS)
    assert record(made(site, settings(done={"Hours": "3"}), status="done"))
    assert site.issue("SHOP-1")["fields"] == {"Hours": 3.0}


# Ways


def test_a_transition_that_a_condition_hides_is_gone_round(start: Start, flavour: Any) -> None:
    short = {"name": "Short cut", "from": ["Open"], "to": "Closed", "if": ["assignee"]}
    site = start(flavour, steps({}, short))
    setup = Setup("jira", users={"ada": "ada"})
    begun = len(site.served.log)
    made(site, setup, status="done", assignees=frozenset({"ada"}))
    taken = [path for path in site.sent(begun) if path[0] == "POST" and "/transitions" in path[1]]
    assert len(taken) == 1
    assert record(made(site, setup, status="done")).shown["status"] == "Closed"


def test_of_two_ways_the_one_that_is_called_so_is_taken(start: Start, flavour: Any) -> None:
    steps_ = [
        {"name": "Done", "to": "Closed", "from": ["Open"], "resolution": "Done"},
        {"name": "Won't fix", "to": "Closed", "from": ["Open"], "resolution": "Won't Do"},
    ]
    site = start(flavour, {"projects": {"SHOP": {**STEPS, "workflow": steps_}}})
    outcome = made(site, status="cancelled")
    assert outcome.refused == {}
    assert says(site, outcome) == ("cancelled", None)


def test_of_two_transitions_that_lead_alike_the_one_that_works_is_taken(start: Start) -> None:
    strict = {"name": "Close strictly", "from": ["Checking"], "to": "Closed", "checks": ["Team"]}
    site = start("cloud", steps({"checks": ["Team"]}, {**strict, "checks": []}), fields=FIELDS)
    outcome = made(site, status="done")
    assert outcome.refused == {}
    assert record(outcome).shown["status"] == "Closed"


def test_a_closed_issue_is_reopened(site: Site) -> None:
    outcome = made(site, status="done")
    outcome = changed(site, record(outcome), status=("done", "todo"))
    assert says(site, outcome) == ("todo", None)


def test_a_workflow_that_goes_in_circles_is_left_again(start: Start) -> None:
    circle = [
        {"name": "On", "from": ["Open"], "to": "Doing"},
        {"name": "Round", "from": ["Doing"], "to": "Checking"},
        {"name": "Again", "from": ["Checking"], "to": "Open"},
        {"name": "Stay", "from": ["Doing"], "to": "Doing"},
    ]
    site = start("cloud", {"projects": {"SHOP": {**STEPS, "workflow": circle}}})
    begun = len(site.served.log)
    outcome = made(site, status="done")
    assert "no way from 'Open' to 'Closed' was found" in outcome.refused["status"]
    assert record(outcome).shown["status"] == "Open"
    assert len(site.served.log) - begun < 30


# Resolutions

SCREEN = {"edit": ["summary", "resolution"]}


def test_a_resolution_that_no_screen_asks_for_is_refused_with_the_remedy(site: Site) -> None:
    outcome = made(site, status="cancelled", resolution="duplicate")
    assert "it is closed as 'Done'" in outcome.refused["resolution"]
    assert "put the field Resolution on the screen" in outcome.refused["resolution"]
    assert "status" not in outcome.refused


def test_an_open_issue_has_no_resolution(site: Site) -> None:
    outcome = made(site, resolution="duplicate")
    assert outcome.refused == {"resolution": "what is open has none; close it"}


def test_a_resolution_that_jira_lacks_is_said_with_those_it_has(start: Start, flavour: Any) -> None:
    site = start(flavour, simple(screens=SCREEN))
    outcome = made(site, status="cancelled", resolution="declined")
    assert "Jira has no resolution for declined; name one" in outcome.refused["resolution"]
    assert "it has 'Done', 'Won't Do'" in outcome.refused["resolution"].replace('"', "'")


def test_a_resolution_that_says_the_contrary_of_the_status_is_refused(
    start: Start, flavour: Any
) -> None:
    site = start(flavour, simple(screens=SCREEN))
    outcome = made(site, status="done", resolution="duplicate")
    assert "says that it is cancelled" in outcome.refused["resolution"]
    assert says(site, outcome) == ("done", None)


@pytest.mark.parametrize(
    ("status", "resolution", "name"),
    [
        ("done", None, "Done"),
        ("cancelled", None, "Won't Do"),
        ("cancelled", "duplicate", "Duplicate"),
        ("cancelled", "cannot_reproduce", "Cannot Reproduce"),
    ],
)
@pytest.mark.parametrize("where", ["transition", "edit"])
def test_an_issue_is_closed_with_the_resolution_that_says_why(
    start: Start, flavour: Any, where: str, status: str, resolution: str | None, name: str
) -> None:
    project = (
        steps({"required": ["resolution"]}) if where == "transition" else simple(screens=SCREEN)
    )
    site = start(flavour, project)
    outcome = made(site, status=status, resolution=resolution)
    assert outcome.refused == {}
    assert says(site, outcome) == (status, resolution)
    assert site.issue("SHOP-1")["resolution"] == name


def test_why_a_closed_issue_is_closed_can_be_changed(start: Start, flavour: Any) -> None:
    site = start(flavour, simple(screens=SCREEN))
    held = record(made(site, status="cancelled"))
    held = record(changed(site, held, resolution=(None, "duplicate")))
    assert site.issue("SHOP-1")["resolution"] == "Duplicate"
    outcome = changed(site, held, status=("cancelled", "done"), resolution=("duplicate", None))
    assert outcome.refused == {}
    assert says(site, outcome) == ("done", None)
    outcome = changed(site, record(outcome), status=("done", "cancelled"))
    assert says(site, outcome) == ("cancelled", None)


def test_a_closed_issue_whose_resolution_cannot_be_changed_stays_and_it_is_said(
    site: Site,
) -> None:
    held = record(made(site, status="done"))
    outcome = changed(site, held, status=("done", "cancelled"), resolution=(None, "duplicate"))
    assert sorted(outcome.refused) == ["resolution", "status"]
    assert says(site, outcome) == ("done", None)


def test_a_resolution_that_a_workflow_leaves_on_what_it_reopens_says_nothing(
    start: Start, flavour: Any
) -> None:
    reopen = {"name": "Reopen", "from": ["Closed"], "to": "Open", "resolution": "keep"}
    site = start(flavour, steps({"required": ["resolution"]}, reopen))
    held = record(made(site, status="cancelled", resolution="duplicate"))
    both = {"status": ("cancelled", "todo"), "resolution": ("duplicate", None)}
    outcome = changed(site, held, **both)
    assert outcome.refused == {}
    assert site.issue("SHOP-1")["resolution"] == "Duplicate"
    assert says(site, outcome) == ("todo", None)


def test_names_of_another_language_are_told_by_the_settings(start: Start, flavour: Any) -> None:
    names = ["Erledigt", "Verworfen", "Dublette"]
    project = steps({"required": ["resolution"]})
    site = start(flavour, project, resolutions=names)
    outcome = made(site, status="done")
    assert "one of 'Erledigt', 'Verworfen', 'Dublette'" in outcome.refused["status"]
    setup = Setup(
        "jira",
        transitions={
            "done": {"resolution": "Erledigt"},
            "cancelled": {"Resolution": "Verworfen"},
        },
        values={"resolution": {"duplicate": "Dublette"}},
    )
    for status, resolution in (("done", None), ("cancelled", None), ("cancelled", "duplicate")):
        outcome = made(site, setup, status=status, resolution=resolution)
        assert outcome.refused == {}
        assert says(site, outcome, setup) == (status, resolution)


def test_a_workflow_with_a_status_for_what_is_cancelled_needs_no_resolution(site: Site) -> None:
    codec = site.adapter().open().codec
    assert codec.decode("status", "Done", "cancelled") == "done"


def test_where_the_resolution_is_not_carried_closed_says_what_the_backlog_says(site: Site) -> None:
    setup = Setup("jira", carriers={"resolution": None})
    outcome = made(site, setup, status="cancelled")
    assert outcome.refused == {}
    codec = site.adapter(setup).open().codec
    assert codec.decode("status", record(outcome).shown["status"], "cancelled") == "cancelled"


def test_a_type_with_a_status_of_its_own_for_cancelled_keeps_done_as_done(start: Start) -> None:
    statuses = {"To Do": "new", "Done": "done", "Rejected": "done"}
    types = ["Story", {"name": "Task", "statuses": ["To Do", "Done"]}]
    issues = [
        {"key": f"SHOP-{n}", "type": kind, "summary": "x", "status": "Done"}
        | {"resolution": "Duplicate"}
        for n, kind in ((1, "Story"), (2, "Task"))
    ]
    site = start("cloud", simple(statuses=statuses, types=types), issues=issues)
    codec = site.adapter().open().codec
    records = {one.key: one.shown for one in site.adapter().read(None).records}
    read = {key: codec.decode("status", shown["status"], None) for key, shown in records.items()}
    assert read == {"SHOP-1": "done", "SHOP-2": "cancelled"}
    assert {shown["resolution"] for shown in records.values()} == {"Duplicate"}
