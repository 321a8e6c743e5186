"""Lists of other issues in sections of Jira's description."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from adapters.base import Carrier, Setup
from adapters.jira import Jira
from adapters.sandbox.jira import JiraStandIn
from adapters.sandbox.server import Switches, serve
from adapters.text import markdown_to_adf, markdown_to_wiki
from sync.tracker import Change, Create, Outcome, Record, Twin, Update
from tests.acceptance.shop import Flavour
from tests.adapters.test_jira import JiraTracker, jira, seed

SETUP = Setup("jira", carriers={"blocked_by": Carrier("body-section", "Blocked by")})


class OnJira(JiraTracker):
    def setup(self) -> Setup:
        return SETUP


@pytest.fixture(params=["cloud", "datacenter"])
def site(request: pytest.FixtureRequest) -> Iterator[OnJira]:
    flavour: Flavour = request.param
    switches = Switches()
    standin = JiraStandIn(switches, flavour)
    standin.load(seed(flavour))
    with serve({"/jira": standin.app}, switches) as served:
        yield OnJira(served, flavour)


def opened(site: OnJira) -> Jira:
    adapter = jira(site.served, site.flavour, SETUP)
    assert "blocked_by" in adapter.open().fields
    return adapter


def others(site: OnJira) -> dict[str, Twin]:
    creates = [Create(name, {"title": name, "kind": "task"}) for name in ("one", "two")]
    made = {one.item: one.record for one in opened(site).create(creates, {})}
    return {item: Twin(r.id, r.key, r.url) for item, r in made.items() if r}


def write(site: OnJira, record: Record, markdown: str) -> Record:
    """A person writes the description."""
    native = markdown_to_adf(markdown) if site.cloud else markdown_to_wiki(markdown)
    site.ask("PUT", f"issue/{record.id}", {"fields": {"description": native}})
    [found] = opened(site).get([record.id]).records
    return found


def linked(site: OnJira, before: set[str], after: set[str], record: Record) -> Outcome:
    changes = {"blocked_by": Change(frozenset(before), frozenset(after))}
    [outcome] = opened(site).update([Update("x", record, changes)], site_twins[site.served.url])
    return outcome


site_twins: dict[str, Mapping[str, Twin]] = {}


def made(
    site: OnJira, description: str = "Text.", blocked_by: frozenset[str] = frozenset()
) -> Record:
    twins = site_twins[site.served.url] = others(site)
    values: dict[str, Any] = {"title": "x", "kind": "story", "blocked_by": blocked_by}
    [outcome] = opened(site).create([Create("x", {**values, "description": description})], twins)
    assert outcome.record
    assert not outcome.refused
    return outcome.record


def test_a_list_is_written_read_and_emptied_and_the_text_beside_it_stays(site: OnJira) -> None:
    record = made(site, blocked_by=frozenset({"one", "two"}))
    keys = sorted(twin.key for twin in site_twins[site.served.url].values())
    assert record.shown["blocked_by"] == keys
    codec = opened(site).open().codec
    assert codec.decode("description", record.shown["description"], "") == "Text."
    outcome = linked(site, {"one", "two"}, {"two"}, record)
    assert outcome.record
    assert outcome.record.shown["blocked_by"] == keys[1:]
    outcome = linked(site, {"two"}, set(), outcome.record)
    assert outcome.record
    assert (outcome.record.shown["blocked_by"], dict(outcome.refused)) == ([], {})
    assert codec.decode("description", outcome.record.shown["description"], "") == "Text."


def test_entries_that_name_no_issue_of_ours_stay(site: OnJira) -> None:
    record = made(site)
    keys = sorted(twin.key for twin in site_twins[site.served.url].values())
    url = f"{site.served.url}/jira/browse"
    record = write(
        site,
        record,
        f"Text.\n\n## Blocked by\n\n- the weather\n- [{keys[0]}]({url}/{keys[0]})\n"
        f"- [OPS-9]({url}/OPS-9)",
    )
    assert record.shown["blocked_by"] == sorted([keys[0], "OPS-9"])
    outcome = linked(site, {"one"}, {"two"}, record)
    assert outcome.record
    assert outcome.record.shown["blocked_by"] == sorted([keys[1], "OPS-9"])
    native = site.ask("GET", f"issue/{record.id}")["fields"]["description"]
    assert "the weather" in str(native)


def test_an_address_alone_names_an_issue(site: OnJira) -> None:
    record = made(site)
    [key, _] = sorted(twin.key for twin in site_twins[site.served.url].values())
    url = f"{site.served.url}/jira/browse/{key}"
    if site.cloud:
        card = {"type": "inlineCard", "attrs": {"url": url}}
        item = {"type": "listItem", "content": [{"type": "paragraph", "content": [card]}]}
        heading = {"type": "heading", "attrs": {"level": 2}}
        native: Any = {
            "type": "doc",
            "version": 1,
            "content": [
                {**heading, "content": [{"type": "text", "text": "Blocked by"}]},
                {"type": "bulletList", "content": [item]},
            ],
        }
    else:
        native = f"h2. Blocked by\n\n* {url}\n"
    site.ask("PUT", f"issue/{record.id}", {"fields": {"description": native}})
    [found] = opened(site).get([record.id]).records
    assert found.shown["blocked_by"] == [key]
