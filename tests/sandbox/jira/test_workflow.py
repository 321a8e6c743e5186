"""Transitions and the order."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.sandbox.jira import Quirks
from adapters.sandbox.jira.rank import FOOT, foot, ordered, place
from adapters.sandbox.jira.seed import site_from
from adapters.sandbox.server import Switches
from tests.sandbox.jira.conftest import Jira, Person, Start

WORKFLOW = {
    "projects": {
        "SHOP": {
            "statuses": {"To Do": "new", "Doing": "indeterminate", "Done": "done"},
            "workflow": [
                {"name": "Start", "from": "To Do", "to": "Doing"},
                {
                    "name": "Finish",
                    "from": ["Doing"],
                    "to": "Done",
                    "fields": ["resolution", "labels"],
                    "required": ["resolution", "estimate"],
                },
                {"name": "Reopen", "to": "To Do"},
            ],
        }
    },
    "issues": [{"summary": "A"}, {"summary": "B", "status": "Doing"}],
}


@pytest.fixture(params=["cloud", "datacenter"])
def jira(request: pytest.FixtureRequest, start: Start) -> Jira:
    return start(WORKFLOW, request.param)


def transitions(person: Person, key: str, **query: Any) -> dict[str, dict[str, Any]]:
    found = person.get(f"/issue/{key}/transitions", **query)["transitions"]
    return {entry["name"]: entry for entry in found}


def test_only_transitions_from_the_issue_s_status_are_offered(jira: Jira) -> None:
    assert set(transitions(jira.bot, "SHOP-1")) == {"Start"}
    offered = transitions(jira.bot, "SHOP-2")
    assert set(offered) == {"Finish", "Reopen"}
    assert offered["Finish"]["to"]["name"] == "Done"
    assert offered["Finish"]["to"]["statusCategory"]["key"] == "done"
    assert offered["Finish"]["hasScreen"]
    assert "fields" not in offered["Finish"]


def test_any_status_leads_to_any_other_if_nothing_else_is_said(either: Jira) -> None:
    assert set(transitions(either.bot, "SHOP-2")) == {"In Progress", "Done"}
    assert set(transitions(either.bot, "SHOP-3")) == {"To Do", "In Progress"}


def test_a_transition_is_taken(jira: Jira) -> None:
    before = jira.bot.issue("SHOP-1")["updated"]
    id_ = transitions(jira.bot, "SHOP-1")["Start"]["id"]
    assert jira.bot.post("/issue/SHOP-1/transitions", {"transition": {"id": id_}}) is None
    after = jira.bot.issue("SHOP-1")
    assert after["status"]["name"] == "Doing"
    assert after["updated"] > before


@pytest.mark.parametrize("sent", [{}, {"transition": {"id": "21"}}, {"transition": {"id": "99"}}])
def test_what_does_not_lead_from_here_is_refused(jira: Jira, sent: dict[str, Any]) -> None:
    assert jira.bot.errors("POST", "/issue/SHOP-1/transitions", sent)
    assert jira.bot.issue("SHOP-1")["status"]["name"] == "To Do"


def test_a_screen_tells_its_fields_and_wants_those_required(jira: Jira) -> None:
    offered = transitions(jira.bot, "SHOP-2", expand="transitions.fields")
    fields = offered["Finish"]["fields"]
    required = {name: field["required"] for name, field in fields.items()}
    assert required == {"resolution": True, "labels": False, "customfield_10026": True}
    assert "Done" in [value["name"] for value in fields["resolution"]["allowedValues"]]
    assert offered["Reopen"]["fields"] == {}
    path, transition = "/issue/SHOP-2/transitions", {"id": offered["Finish"]["id"]}
    told = jira.bot.errors("POST", path, {"transition": transition})
    assert told == {
        "resolution": "Resolution is required.",
        "customfield_10026": "Story Points is required.",
    }
    given_ = {"resolution": {"name": "Duplicate"}, "customfield_10026": 1}
    told = jira.bot.errors(
        "POST", path, {"transition": transition, "fields": given_ | {"summary": "X"}}
    )
    assert "It is not on the appropriate screen" in told["summary"]
    jira.bot.post(path, {"transition": transition, "fields": given_})
    shown = jira.bot.issue("SHOP-2")
    assert (shown["status"]["name"], shown["resolution"]["name"]) == ("Done", "Duplicate")


def test_the_resolution_follows_the_status(either: Jira) -> None:
    to = {name: entry["id"] for name, entry in transitions(either.bot, "SHOP-2").items()}
    either.bot.post("/issue/SHOP-2/transitions", {"transition": {"id": to["Done"]}})
    closed = either.bot.issue("SHOP-2")
    assert closed["resolution"]["name"] == "Done"
    assert closed["resolutiondate"]
    either.bot.post("/issue/SHOP-2/transitions", {"transition": {"id": to["In Progress"]}})
    opened = either.bot.issue("SHOP-2")
    assert (opened["resolution"], opened["resolutiondate"]) == (None, None)


RANK = "/rest/agile/1.0/issue/rank"


def order(jira: Jira) -> str:
    return "".join(issue["key"][-1] for issue in jira.standin.dump()["issues"])


@pytest.mark.parametrize(
    ("issues", "anchor", "result"),
    [
        ("5", {"rankBeforeIssue": "SHOP-1"}, "51234"),
        ("1", {"rankAfterIssue": "SHOP-5"}, "23451"),
        ("1", {"rankAfterIssue": "SHOP-3"}, "23145"),
        ("51", {"rankAfterIssue": "SHOP-3"}, "23514"),
        ("15", {"rankBeforeIssue": "SHOP-3"}, "21534"),
        ("2", {"rankAfterIssue": "SHOP-1"}, "12345"),
    ],
)
def test_listed_issues_stand_together_at_the_anchor(
    either: Jira, issues: str, anchor: dict[str, str], result: str
) -> None:
    sent = {"issues": [f"SHOP-{number}" for number in issues], **anchor}
    assert either.bot.ask("PUT", RANK, json=sent).status_code == 204
    assert order(either) == result


def test_ids_rank_as_keys_do(either: Jira) -> None:
    id_ = either.bot.get("/issue/SHOP-5")["id"]
    sent = {"issues": [id_], "rankBeforeIssue": "SHOP-1", "rankCustomFieldId": 10019}
    either.bot.put(RANK, sent)
    assert order(either) == "51234"


def test_ranking_does_not_move_updated_and_shows_in_the_rank_field(either: Jira) -> None:
    before = [either.bot.issue(f"SHOP-{number}") for number in (4, 5)]
    either.bot.put(RANK, {"issues": ["SHOP-5"], "rankBeforeIssue": "SHOP-4"})
    after = [either.bot.issue(f"SHOP-{number}") for number in (4, 5)]
    assert [issue["updated"] for issue in after] == [issue["updated"] for issue in before]
    ranks = [issue["customfield_10019"] for issue in (after[1], after[0])]
    assert ranks == sorted(ranks)
    assert all(rank.startswith("0|") and rank.endswith(":") and len(rank) == 9 for rank in ranks)


def test_issues_that_cannot_be_ranked_are_told_and_the_others_are(either: Jira) -> None:
    either.standin.quirks.rank_fails.add("SHOP-4")
    sent = {"issues": ["SHOP-4", "SHOP-5"], "rankBeforeIssue": "SHOP-1"}
    response = either.bot.ask("PUT", RANK, json=sent)
    assert response.status_code == 207
    failed, done = response.json()["entries"]
    assert (failed["issueKey"], failed["status"], len(failed["errors"])) == ("SHOP-4", 503, 1)
    assert (done["issueKey"], done["status"]) == ("SHOP-5", 200)
    assert order(either) == "51234"


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"issues": [], "rankBeforeIssue": "SHOP-1"},
        {"issues": ["SHOP-2"]},
        {"issues": ["SHOP-2"], "rankBeforeIssue": "SHOP-1", "rankAfterIssue": "SHOP-3"},
        {"issues": ["SHOP-2"], "rankBeforeIssue": "SHOP-2"},
        {"issues": ["SHOP-99"], "rankBeforeIssue": "SHOP-1"},
        {"issues": ["SHOP-2"], "rankBeforeIssue": "SHOP-99"},
        {"issues": ["SHOP-2"], "rankBeforeIssue": "SHOP-1", "rankCustomFieldId": 1},
        {"issues": [str(number) for number in range(51)], "rankBeforeIssue": "SHOP-1"},
    ],
)
def test_a_rank_that_cannot_be_is_refused(either: Jira, sent: dict[str, Any]) -> None:
    assert either.bot.errors("PUT", RANK, sent)
    assert order(either) == "12345"


def test_ranking_needs_its_permission(start: Start) -> None:
    users = {"a@example.com:b": {"permissions": ["BROWSE_PROJECTS"]}}
    jira = start({"users": users, "issues": [{"summary": "A"}, {"summary": "B"}]})
    sent = {"issues": ["SHOP-2"], "rankBeforeIssue": "SHOP-1"}
    assert jira.person("a@example.com:b").refused("PUT", RANK, sent)[0] == 403


def test_the_rank_field_s_name_follows_the_site_s_language(start: Start) -> None:
    jira = start()
    jira.standin.quirks.rank_name = "Rang"
    jira.standin.load({"issues": [{"summary": "A"}]})
    fields = {field["id"]: field for field in jira.bot.get("/field")}
    rank = fields["customfield_10019"]
    assert rank["name"] == "Rang"
    assert rank["schema"]["custom"] == "com.pyxis.greenhopper.jira:gh-lexo-rank"
    answer = jira.bot.post("/search/jql", {"jql": "project = SHOP ORDER BY Rank ASC"})
    assert len(answer["issues"]) == 1


def test_a_crowded_place_is_spread_anew_and_the_order_stays(either: Jira) -> None:
    either.served.switches.lag = 60
    for _ in range(12):
        for key in ("SHOP-4", "SHOP-5"):
            either.bot.put(RANK, {"issues": [key], "rankAfterIssue": "SHOP-1"})
    assert order(either) == "15423"
    shown = [either.bot.issue(f"SHOP-{number}")["customfield_10019"] for number in (1, 5, 4)]
    assert {rank[0] for rank in shown} == {"1"}, "the bucket has changed"
    jql, path = "project = SHOP ORDER BY rank ASC", "/search/jql" if either.cloud else "/search"
    found = either.bot.post(path, {"jql": jql, "fields": ["key"]})["issues"]
    assert [issue["key"] for issue in found] == [f"SHOP-{n}" for n in range(1, 6)], "it lags"


def test_a_site_that_is_full_at_the_foot_is_spread_anew() -> None:
    issues = [{"summary": str(number)} for number in range(3)]
    site = site_from({"issues": issues}, "cloud", Switches(), Quirks())
    first, second, third = ordered(site)
    third.rank = FOOT - 1
    below = foot(site)
    assert third.rank < below < FOOT
    assert ordered(site) == [first, second, third]
    assert site.bucket == 1


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_the_order_is_that_of_a_list(data: st.DataObject) -> None:
    issues = [{"summary": str(number)} for number in range(8)]
    site = site_from({"issues": issues}, "cloud", Switches(), Quirks())
    expected = [issue.key for issue in ordered(site)]
    for _ in range(40):
        count = data.draw(st.integers(1, 5))
        moved = data.draw(st.permutations(expected))[:count]
        anchor = data.draw(st.sampled_from([key for key in expected if key not in moved]))
        above = data.draw(st.booleans())
        found = {key: site.issue(key) for key in expected}
        place(
            site,
            [issue for key in moved if (issue := found[key])],
            next(issue for key, issue in found.items() if key == anchor and issue),
            above=above,
        )
        expected = [key for key in expected if key not in moved]
        at = expected.index(anchor) + (0 if above else 1)
        expected[at:at] = moved
        assert [issue.key for issue in ordered(site)] == expected
        assert all(a.rank < b.rank for a, b in pairwise(ordered(site)))


STRICT = {
    "projects": {
        "SHOP": {
            "statuses": {"To Do": "new", "Done": "done"},
            "screens": {"edit": ["summary", "resolution"]},
            "workflow": [
                {"name": "Finish", "from": ["To Do"], "to": "Done", "if": ["duedate"]},
                {"name": "Close", "from": ["To Do"], "to": "Done", "checks": ["labels"]},
                {"name": "Drop", "from": ["To Do"], "to": "Done", "resolution": "Won't Do"},
                {"name": "Leave", "from": ["To Do"], "to": "Done", "resolution": None},
                {"name": "Reopen", "from": ["Done"], "to": "To Do", "resolution": "keep"},
            ],
        }
    },
    "issues": [{"summary": "A"}, {"summary": "B", "duedate": "2026-01-01", "labels": ["x"]}],
}


@pytest.fixture(params=["cloud", "datacenter"])
def strict(request: pytest.FixtureRequest, start: Start) -> Jira:
    return start(STRICT, request.param)


def take(jira: Jira, key: str, name: str) -> None:
    id_ = transitions(jira.bot, key)[name]["id"]
    jira.bot.post(f"/issue/{key}/transitions", {"transition": {"id": id_}})


def resolution(jira: Jira, key: str) -> str | None:
    shown = jira.bot.issue(key)
    assert bool(shown["resolution"]) == bool(shown["resolutiondate"])
    return shown["resolution"]["name"] if shown["resolution"] else None


def test_a_condition_hides_a_transition(strict: Jira) -> None:
    assert "Finish" not in transitions(strict.bot, "SHOP-1")
    id_ = transitions(strict.bot, "SHOP-2")["Finish"]["id"]
    path = "/issue/SHOP-1/transitions"
    assert strict.bot.errors("POST", path, {"transition": {"id": id_}})
    take(strict, "SHOP-2", "Finish")


def test_a_validator_refuses_what_the_screen_says_nothing_of(strict: Jira) -> None:
    entry = transitions(strict.bot, "SHOP-1", expand="transitions.fields")["Close"]
    assert entry["fields"] == {}
    sent = {"transition": {"id": entry["id"]}}
    [told] = strict.bot.errors("POST", "/issue/SHOP-1/transitions", sent)
    assert "Labels" in told
    take(strict, "SHOP-2", "Close")
    assert resolution(strict, "SHOP-2") == "Done"


def test_post_functions_set_the_resolution_clear_it_or_leave_it(strict: Jira) -> None:
    take(strict, "SHOP-1", "Drop")
    assert resolution(strict, "SHOP-1") == "Won't Do"
    take(strict, "SHOP-1", "Reopen")
    assert resolution(strict, "SHOP-1") == "Won't Do"
    take(strict, "SHOP-1", "Leave")
    assert resolution(strict, "SHOP-1") is None


def test_a_resolution_is_edited_where_its_field_is_on_the_screen(
    strict: Jira, either: Jira
) -> None:
    take(strict, "SHOP-1", "Drop")
    strict.bot.put("/issue/SHOP-1", {"fields": {"resolution": {"name": "Duplicate"}}})
    assert resolution(strict, "SHOP-1") == "Duplicate"
    strict.bot.put("/issue/SHOP-1", {"fields": {"resolution": None}})
    assert resolution(strict, "SHOP-1") is None
    sent = {"fields": {"resolution": {"name": "Duplicate"}}}
    assert "not on the appropriate screen" in str(either.bot.errors("PUT", "/issue/SHOP-3", sent))
