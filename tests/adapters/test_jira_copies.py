"""Copies of files in Jira: odd answers, bounds, and what a person attaches meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import responses

from adapters.attachments import fingerprint
from adapters.base import Setup
from adapters.files import Files
from adapters.files.attachments import BESIDE
from adapters.jira import Jira
from adapters.jira.attached import AT, Begun, Ledger
from adapters.jira.client import JiraClient
from adapters.sandbox.jira import JiraStandIn
from adapters.sandbox.server import Fault, Switches, serve
from sync.tracker import (
    Attached,
    Change,
    Create,
    NotFound,
    Rejected,
    RetryLater,
    Source,
    Unavailable,
    Update,
)
from tests.acceptance.shop import Flavour
from tests.adapters.test_jira import JiraTracker, jira, seed

NORTH = f"https://north.example{AT}"
LINK = f"[a.txt]({NORTH}7/a.txt)"
SETUP = Setup("jira", copied=(NORTH, BESIDE))


@pytest.fixture(params=["cloud", "datacenter"])
def site(request: pytest.FixtureRequest) -> Iterator[JiraTracker]:
    flavour: Flavour = request.param
    switches = Switches()
    standin = JiraStandIn(switches, flavour)
    standin.load(seed(flavour))
    with serve({"/jira": standin.app}, switches) as served:
        yield JiraTracker(served, flavour)


def opened(site: JiraTracker) -> Jira:
    adapter = jira(site.served, site.flavour, SETUP)
    adapter.open()
    return adapter


def made(site: JiraTracker) -> Any:
    [outcome] = opened(site).create([Create("x", {"title": "x", "kind": "story"})], {})
    return outcome.record


def attach(site: JiraTracker, id: str, name: str, content: bytes) -> None:
    """Ada attaches a file."""
    answer = requests.post(
        f"{site.served.url}/jira/rest/api/2/issue/{id}/attachments",
        files={"file": (name, content)},
        auth=("ada@example.com", "ada-token") if site.cloud else None,
        headers={"X-Atlassian-Token": "no-check"}
        | ({} if site.cloud else {"Authorization": "Bearer ada-token"}),
        timeout=10,
    )
    assert answer.status_code == 200


def change(*links: str) -> dict[str, Change]:
    return {"attachments": Change(frozenset(), frozenset(links))}


def test_what_a_person_attaches_while_we_copy_is_left_for_the_next_read(site: JiraTracker) -> None:
    record = made(site)
    adapter = opened(site)
    cursor = adapter.read(None).cursor

    def fetch(link: str, most: int) -> Attached:
        attach(site, record.id, "meanwhile.txt", b"theirs")
        return Attached("a.txt", b"a")

    [outcome] = adapter.update([Update("x", record, change(LINK), fetch=fetch)], {})
    assert outcome.record
    assert (dict(outcome.refused), outcome.error) == ({}, None)
    [shown] = outcome.record.shown["attachments"]
    assert shown.startswith("[a.txt](")
    snapshot = opened(site).read(adapter.cursor() or cursor)
    [found] = [one for one in snapshot.records if one.id == record.id]
    names = {one.partition("]")[0] for one in found.shown["attachments"]}
    assert names == {"[a.txt", "[meanwhile.txt"}


def test_a_file_that_a_person_attached_with_the_name_of_a_copy_keeps_its_name(
    site: JiraTracker,
) -> None:
    record = made(site)
    attach(site, record.id, "a.txt", b"theirs")
    adapter = opened(site)
    [record] = adapter.get([record.id]).records
    update = Update("x", record, change(LINK), fetch=lambda link, most: Attached("a.txt", b"a"))
    [outcome] = adapter.update([update], {})
    assert outcome.record
    held = site.ask("GET", f"issue/{record.id}")["fields"]["attachment"]
    assert [one["filename"] for one in held] == ["a.txt", "a-2.txt"]
    codec = adapter.open().codec
    said = codec.decode("attachments", outcome.record.shown["attachments"], frozenset({LINK}))
    assert said == {LINK, *record.shown["attachments"]}


def test_without_a_source_a_link_stays_one_with_its_reason(site: JiraTracker) -> None:
    record = made(site)
    [outcome] = opened(site).update([Update("x", record, change(LINK))], {})
    assert "not at hand" in outcome.refused["attachments"]
    assert outcome.record
    assert outcome.record.shown["attachments"] == []


def test_a_refused_upload_leaves_no_trace_and_the_others_are_made(site: JiraTracker) -> None:
    record = made(site)
    site.served.switches.faults.append(Fault("status", "/attachments$", "POST", status=413))
    other = f"[b.txt]({NORTH}8/b.txt)"
    update = Update(
        "x", record, change(LINK, other), fetch=lambda link, most: Attached(link[1:6], b"x")
    )
    [outcome] = opened(site).update([update], {})
    assert outcome.refused["attachments"].startswith("a.txt: it is too large for this Jira")
    held = site.ask("GET", f"issue/{record.id}")["fields"]["attachment"]
    assert [one["filename"] for one in held] == ["b.txt"]
    held = site.ask("GET", f"issue/{record.id}/properties/onebacklog-attachments")["value"]
    assert (list(held["copies"].values()), held["begun"]) == ([fingerprint(other)], {})


def test_an_answer_that_names_no_attachment_is_looked_after_by_the_next_run(
    site: JiraTracker,
) -> None:
    record = made(site)
    fault = Fault("status", "/attachments$", "POST", status=200, body=[{"id": "x"}])
    site.served.switches.faults.append(fault)
    update = Update("x", record, change(LINK), fetch=lambda link, most: Attached("a.txt", b"a"))
    [outcome] = opened(site).update([update], {})
    assert isinstance(outcome.error, RetryLater)


def test_a_link_to_elsewhere_gives_no_file(site: JiraTracker) -> None:
    adapter = opened(site)
    assert isinstance(adapter, Source)
    for link in (LINK, "no link", f"[x]({site.served.url}/jira{AT}../../x)"):
        with pytest.raises(NotFound):
            adapter.fetch(link, 10)
    with pytest.raises(NotFound):
        adapter.fetch(f"[x]({site.served.url}/jira{AT}999/x)", 10)


def test_no_more_is_read_than_is_asked_for(site: JiraTracker) -> None:
    record = made(site)
    attach(site, record.id, "ü (1).txt", b"four")
    adapter = opened(site)
    [record] = adapter.get([record.id]).records
    [link] = record.shown["attachments"]
    assert adapter.fetch(link, 4) == Attached("ü (1).txt", b"four")
    with pytest.raises(Rejected, match="4 bytes, and 3 are the most"):
        adapter.fetch(link, 3)
    before = len(site.served.log)
    with pytest.raises(Rejected):
        adapter.fetch(link, 3)
    assert len(site.served.log) == before + 1  # what it is, and not the file


def test_a_download_is_led_on_with_no_credential_and_never_to_plain_http() -> None:
    client = JiraClient(name="jira", url="https://acme.example", email="bot@a", token="hush")
    client.settle("cloud")
    api = "https://acme.example/rest/api/3/attachment/content/7"
    with responses.RequestsMock() as wire:
        for to in ("https://acme.example/again", "https://media.example/f?token=secret"):
            wire.get(api, status=303, headers={"Location": to})
            if "again" in to:
                wire.get(to, status=302, headers={"Location": "https://media.example/f"})
        wire.get("https://media.example/f", body=b"bytes")
        assert client.download("attachment/content/7") == b"bytes"
        said = {str(one.request.url): "Authorization" in one.request.headers for one in wire.calls}
        assert said == {
            api: True,
            "https://acme.example/again": True,
            "https://media.example/f": False,
        }
        assert client.download("attachment/content/7") == b"bytes"
        assert client.requests == 5
    for to in ("http://media.example/f", "file:///etc/passwd", ""):
        with responses.RequestsMock(assert_all_requests_are_fired=False) as wire:
            wire.get(api, status=303, headers={"Location": to})
            with pytest.raises(Unavailable, match="leads to no file"):
                client.download("attachment/content/7")


def test_an_error_of_the_store_of_files_does_not_tell_its_address() -> None:
    client = JiraClient(name="jira", url="https://acme.example", email="bot@a", token="hush")
    client.settle("cloud")
    with responses.RequestsMock() as wire:
        api = "https://acme.example/rest/api/3/attachment/content/7"
        wire.get(api, status=303, headers={"Location": "https://media.example/f?token=secret"})
        wire.get("https://media.example/f", status=403, body="<Error/>")
        with pytest.raises(Exception, match=r"media\.example/f") as caught:
            client.download("attachment/content/7")
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "held",
    [None, "x", [], {"copies": [], "begun": 1}, {"begun": {"a": ["n", "no size", 1], "b": 3}}],
)
def test_a_property_that_we_did_not_write_says_nothing(held: Any) -> None:
    assert Ledger.of({"properties": {"onebacklog-attachments": held}}) == Ledger()


def test_an_upload_that_was_begun_is_found_by_what_it_was_to_be_and_by_nothing_else() -> None:
    ledger = Ledger({"5": "gone"}, {"mark": Begun("a.txt", 1, 10)})

    def told(id: str, name: str = "a.txt", size: int = 1) -> dict[str, Any]:
        return {"id": id, "filename": name, "size": size}

    assert ledger.settled([told("9"), told("11", "b.txt"), told("12", size=2)]).copies == {}
    settled = ledger.settled([told("14"), told("13", "A.TXT")])
    assert settled == Ledger({"13": "mark"}, {})
    assert Ledger.of({"properties": {"onebacklog-attachments": ledger.dump()}}) == ledger


def test_files_give_what_is_beside_the_items_alone(tmp_path: Path) -> None:
    files = Files(Setup("files"), path=tmp_path)
    (tmp_path / "attachments").mkdir()
    (tmp_path / "attachments" / "a b.txt").write_bytes(b"four")
    assert isinstance(files, Source)
    assert files.fetch("[a](../attachments/a%20b.txt)", 4) == Attached("a b.txt", b"four")
    assert files.fetch("[a](<../attachments/a b.txt>)", 4) == Attached("a b.txt", b"four")
    with pytest.raises(Rejected, match="over 3 bytes"):
        files.fetch("[a](../attachments/a%20b.txt)", 3)
    for other in (LINK, "[a](../attachments/none.txt)", "[a](../items/a.md)"):
        with pytest.raises(NotFound):
            files.fetch(other, 4)
