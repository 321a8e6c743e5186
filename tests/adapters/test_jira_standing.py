"""What became of issues in Jira, and who may read a project."""

from __future__ import annotations

from typing import Any

import pytest
import responses

from adapters.jira.decode import is_restricted
from adapters.sandbox.server import Fault
from sync.tracker import Gone, Twin
from tests.adapters.test_jira_exchanges import SITE, adapter, project, strangers, wire
from tests.adapters.test_jira_flows import Site, made, record, site, start

__all__ = ["project", "site", "start", "wire"]


def linked(site: Site, *ids: str, **options: Any) -> Any:
    one = site.adapter(**options)
    one.open()
    one.remember([Twin(id, f"SHOP-{id}") for id in ids])
    return one


def test_a_whole_read_tells_what_became_of_linked_issues(site: Site) -> None:
    held = record(made(site))
    site.standin.archive("SHOP-1")
    site.switches.skew = 3600.0
    snapshot = linked(site, held.id, "99").read(None)
    assert snapshot.records == ()
    assert snapshot.gone == {held.id: Gone("archived"), "99": Gone("hidden or deleted")}
    site.standin.archive("SHOP-1", archived=False)
    assert linked(site, held.id).read(None).gone == {}


def test_what_a_search_is_late_for_is_in_scope_all_the_same(site: Site) -> None:
    adapter = linked(site)
    adapter.read(None)
    site.switches.lag = 60.0
    held = record(made(site))
    snapshot = linked(site, held.id, where="summary ~ Old OR labels is EMPTY").read(None)
    assert [one.id for one in snapshot.records] == [held.id]
    assert snapshot.gone == {}


def test_an_issue_that_is_out_of_scope_is_told_as_it_is_now(site: Site) -> None:
    held = record(made(site))
    site.switches.skew = 3600.0
    [(id, gone)] = linked(site, held.id, where="labels = ours").read(None).gone.items()
    assert (id, gone.why) == (held.id, "out of scope")
    assert gone.now is not None
    assert gone.now.key == held.key


RESTRICTED = {
    "neither": ({}, False),
    "no level and no restriction": (
        {"security": None, "issuerestriction": {"issuerestrictions": {}, "shouldDisplay": True}},
        False,
    ),
    "a level": ({"security": {"id": "1"}}, True),
    "restricted to roles": (
        {"issuerestriction": {"issuerestrictions": {"projectrole": [{"value": "1"}]}}},
        True,
    ),
    "restricted in words that nobody knows": ({"issuerestriction": "some"}, True),
}


@pytest.mark.parametrize(("fields", "meant"), RESTRICTED.values(), ids=RESTRICTED.keys())
def test_what_restricts_an_issue(fields: dict[str, Any], meant: bool) -> None:
    assert is_restricted(fields) is meant


# Who may read

ANSWERS: dict[str, tuple[dict[str, Any], bool, bool]] = {
    "nothing is there for a stranger": ({"status": 404, "json": {}}, False, False),
    "a stranger must sign in": ({"status": 401, "json": {}}, False, False),
    "a stranger is led to a page to sign in on": (
        {"status": 302, "headers": {"Location": "https://login.example"}},
        False,
        False,
    ),
    "a stranger is shown a page to sign in on": (
        {"body": "<html>", "content_type": "text/html"},
        False,
        False,
    ),
    "a stranger is shown another project": ({"json": {"id": "2", "key": "SHOP"}}, False, False),
    "a stranger is shown the project": ({"json": {"id": "1", "key": "SHOP"}}, True, False),
    "an answer of an unknown form": ({"json": ["x"]}, True, True),
    "an answer that breaks off": (
        {"body": '{"id', "content_type": "application/json"},
        True,
        True,
    ),
    "a refusal of another kind": ({"status": 400, "json": {}}, True, True),
    "a server that is down": ({"status": 503, "json": {}}, True, True),
}


@pytest.mark.parametrize(("answer", "public", "doubt"), ANSWERS.values(), ids=ANSWERS.keys())
def test_who_may_read_a_project(
    project: responses.RequestsMock, answer: dict[str, Any], public: bool, doubt: bool
) -> None:
    where = f"{SITE}/rest/api/2/project/SHOP"
    project.replace("GET", where, match=[strangers], **answer)
    facts = adapter().open()
    assert facts.public is public
    assert any("could not be told" in one.message for one in facts.problems) is doubt
    asked = [one.request for one in project.calls if str(one.request.url) == where]
    assert [one.headers.get("Authorization") for one in asked] == [None]


def test_a_gateway_for_credentials_is_not_asked_who_may_read(
    project: responses.RequestsMock,
) -> None:
    """It lets nobody in without one, whoever may read."""
    where = f"{SITE}/rest/api/2/project/SHOP"
    project.replace("GET", where, match=[strangers], json={"id": "1", "key": "SHOP"})
    gateway = "https://api.example/ex/jira/7"
    for call in list(project.registered()):
        if "/rest/api/" in str(call.url) and not call.match:
            moved = str(call.url).replace(SITE, gateway)
            project.get(moved, body=call.body, content_type="application/json")
    assert adapter(api_url=gateway).open().public


def test_a_project_that_cannot_be_told_of_does_not_count_as_turned_public(site: Site) -> None:
    first = site.adapter().read(None)
    where, skip = "/rest/api/2/project/SHOP$", 0 if site.flavour == "cloud" else 1
    site.switches.faults.append(Fault("status", where, status=400, skip=skip))
    one = site.adapter()
    assert one.open().public
    one.remember([], first.cursor)
    assert not one.read(first.cursor).opened
    site.standin.open_project("SHOP")
    again = site.adapter()
    again.open()
    again.remember([], one.cursor())
    assert again.read(None).opened
