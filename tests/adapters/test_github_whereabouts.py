"""What became of issues: asked in bulk by id, and told apart."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.github.shapes import Repository
from adapters.visibility import Visibility
from sync.tracker import Gone, Record, Snapshot, Twin
from tests.adapters.test_github_runs import Place, create, keys, place, served, stand_in, update

__all__ = ["place", "served", "stand_in"]

TEAM = {"labels": ["team"]}


def remembered(place: Place, *records: Record, **options: Any) -> Any:
    adapter = place.adapter(**options)
    adapter.open()
    adapter.remember([Twin(one.id, one.key, one.url) for one in records])
    place.sent()
    return adapter


def test_a_whole_read_tells_what_became_of_linked_issues(place: Place) -> None:
    place.seed(*({"title": f"Issue {n}"} for n in range(5)))
    records = place.adapter().read(None).records
    place.stand_in.transfer("acme/shop", 1, "acme/stock")
    place.stand_in.delete("acme/shop", 2)
    place.stand_in.convert_to_discussion("acme/shop", 3)
    unknown = Record("I_kwDOAAAAAA", "no key", "1", {})
    adapter = remembered(place, *records, unknown)
    snapshot = adapter.read(None)
    assert keys(snapshot.records) == ["acme/shop#4", "acme/shop#5"]
    base = f"{place.served.url}/github/acme"
    assert snapshot.gone == {
        records[0].id: Gone("moved", f"{base}/stock/issues/1"),
        records[1].id: Gone("deleted"),
        records[2].id: Gone("made a discussion", f"{base}/shop/discussions/6"),
        unknown.id: Gone("hidden"),
    }
    assert adapter.get([records[2].id]).gone.keys() == {records[2].id}


def test_a_read_that_misses_nothing_asks_nothing_more(place: Place) -> None:
    place.seed({"title": "One"}, {"title": "Locked", "locked": True})
    records = place.adapter().read(None).records
    remembered(place, *records).read(None)
    assert [line for line in place.sent() if "graphql" in line or "/issues/" in line] == []


def test_many_that_lost_the_label_of_the_scope_are_one_question(place: Place) -> None:
    """None of them costs a request of its own."""
    issues = [{"title": f"Issue {n}", "labels": ["team"]} for n in range(12)]
    place.seed(*issues, labels=["team"])
    records = place.adapter(where=TEAM).read(None).records
    place.ada("DELETE", "shop/labels/team")
    snapshot = remembered(place, *records, where=TEAM).read(None)
    assert set(snapshot.gone.values()) == {Gone("out of scope")}
    assert len(snapshot.gone) == 12
    assert len([line for line in place.sent() if "graphql" in line or "/issues/" in line]) == 1


def test_the_label_of_the_scope_is_missed_in_a_read_of_changes_too(place: Place) -> None:
    place.seed({"title": "In", "labels": ["team"]}, labels=["team"])
    first = place.adapter(where=TEAM).read(None)
    [record] = first.records
    place.ada("DELETE", "shop/issues/1/labels/team")
    later = remembered(place, record, where=TEAM)
    snapshot = later.read(first.cursor)
    assert (snapshot.records, snapshot.gone) == ((), {record.id: Gone("out of scope")})
    place.ada("POST", "shop/issues/1/labels", labels=["TEAM"])
    back = remembered(place, record, where=TEAM).read(later.cursor())
    assert (keys(back.records), back.gone) == (["acme/shop#1"], {})


def test_an_issue_that_closes_stays_in_a_scope_of_open_ones(place: Place) -> None:
    """Its closing is news, and not its end."""
    place.seed({"title": "In"})
    open_ones = {"state": "open"}
    first = place.adapter(where=open_ones).read(None)
    place.ada("PATCH", "shop/issues/1", state="closed")
    for since in (first.cursor, None):
        snapshot = remembered(place, *first.records, where=open_ones).read(since)
        assert [one.shown["status"] for one in snapshot.records] == ["completed"]


def test_an_issue_that_the_pages_skipped_is_there_all_the_same(place: Place) -> None:
    place.seed({"title": "One"}, {"title": "Two"})
    records = place.adapter().read(None).records
    adapter = remembered(place, *records)
    page = place.ada("GET", "shop/issues?state=all")[:1]
    place.fail("status", "/shop/issues$", "GET", status=200, body=page)
    snapshot = adapter.read(None)
    assert keys(snapshot.records) == ["acme/shop#1", "acme/shop#2"]
    assert snapshot.gone == {}


def test_an_issue_that_was_transferred_often_is_found_where_it_is(place: Place) -> None:
    place.seed({"title": "One"})
    [record] = place.adapter().read(None).records
    place.stand_in.transfer("acme/shop", 1, "acme/stock")
    place.stand_in.transfer("acme/stock", 1, "acme/shop")
    place.stand_in.transfer("acme/shop", 2, "acme/stock")
    where = f"{place.served.url}/github/acme/stock/issues/2"
    assert remembered(place, record).get([record.id]).gone == {record.id: Gone("moved", where)}


def test_an_id_that_outlasts_a_transfer_says_where_it_went(place: Place) -> None:
    place.seed({"title": "One"})
    [record] = place.adapter().read(None).records
    place.stand_in.transfer("acme/shop", 1, "acme/stock")
    node = {"id": record.id, "url": "https://x/2", "repository": {"nameWithOwner": "acme/stock"}}
    adapter = remembered(place, record)
    body = {"data": {"nodes": [node]}}
    place.fail("status", "/graphql$", "POST", status=200, body=body)
    assert adapter.read(None).gone == {record.id: Gone("moved", "https://x/2")}


def test_what_is_left_of_a_new_discussion_is_no_new_record(place: Place) -> None:
    place.seed({"title": "One"})
    place.stand_in.convert_to_discussion("acme/shop", 1)
    snapshot = remembered(place).read(None)
    assert (snapshot.records, snapshot.gone) == ((), {})


def test_a_discussion_is_not_written_to(place: Place) -> None:
    place.seed({"title": "One"})
    [record] = place.adapter().read(None).records
    place.stand_in.convert_to_discussion("acme/shop", 1)
    adapter = remembered(place, record)
    assert "made a discussion" in str(update(adapter, record, title=("One", "Two")).error)


def test_switched_off_issues_are_neither_listed_nor_lost(place: Place) -> None:
    place.seed({"title": "One"})
    first = place.adapter().read(None)
    place.seed(has_issues=False)
    adapter = remembered(place, *first.records)
    facts = adapter.open()
    assert "switched off" in str(facts.sealed)
    snapshot = adapter.read(None)
    assert (snapshot.complete, snapshot.gone, snapshot.cursor) == (False, {}, None)


def test_an_archived_repository_is_read_and_says_that_it_takes_nothing(place: Place) -> None:
    place.seed({"title": "One"})
    place.stand_in.archive("acme/shop")
    adapter = place.adapter()
    facts = adapter.open()
    assert "unarchive it" in str(facts.sealed)
    assert [one.message for one in facts.problems] == [facts.sealed]
    assert len(adapter.read(None).records) == 1
    assert create(adapter).error is not None


# Who may read

VISIBLE = {
    "private": ({"private": True, "visibility": "private"}, (False, False)),
    "internal": ({"private": True, "visibility": "internal"}, (False, True)),
    "public": ({"private": False, "visibility": "public"}, (True, False)),
    "private, on a server that says no more": ({"private": True}, (False, False)),
    "public, on a server that says no more": ({"private": False}, (True, False)),
    "a word that nobody knows": ({"private": True, "visibility": "galactic"}, (True, False)),
}


@pytest.mark.parametrize(("said", "meant"), VISIBLE.values(), ids=VISIBLE.keys())
def test_who_may_read_a_repository(said: dict[str, Any], meant: tuple[bool, bool]) -> None:
    repository = Repository("acme/shop", has_issues=True, **said)
    assert (repository.public, repository.internal) == meant


def test_a_cursor_remembers_who_could_read() -> None:
    private = Visibility().now(False).into('{"since": "x"}')
    assert private == '{"opened": false, "public": false, "since": "x"}'
    opened = Visibility.of(private).now(True)
    assert opened == Visibility(True, opened=True)
    assert Visibility.of(opened.into(private)).now(True).opened
    assert not Visibility.of(opened.into(private)).now(False).opened
    assert Visibility.of(private).now(None) == Visibility(False)
    assert not Visibility().now(True).opened  # nothing is known of before


@pytest.mark.parametrize("cursor", [None, "", "no JSON", "[1]", '{"public": "yes"}'])
def test_a_cursor_that_says_nothing_of_it_is_passed_over(cursor: str | None) -> None:
    assert Visibility.of(cursor) == Visibility()
    assert Visibility().into(cursor) == cursor


# Asked for by their ids


def test_a_new_issue_is_got_by_its_id_alone_however_many_there_are(place: Place) -> None:
    place.seed(*({"title": f"Issue {number}"} for number in range(120)))
    first = place.adapter().read(None).records[0]
    adapter = place.adapter()
    adapter.open()
    before = adapter.requests
    [record] = adapter.get([first.id]).records
    assert record.id == first.id
    assert adapter.requests - before == 2


def test_what_is_out_of_scope_is_told_so_when_it_is_asked_for(place: Place) -> None:
    place.seed({"title": "In", "labels": ["team"]}, {"title": "Out"}, labels=["team"])
    ids = {record.shown["title"]: record.id for record in place.adapter().read(None).records}
    adapter = place.adapter(where=TEAM)
    adapter.open()
    found = adapter.get(list(ids.values()))
    assert [record.id for record in found.records] == [ids["In"]]
    assert {id: one.why for id, one in found.gone.items()} == {ids["Out"]: "out of scope"}


def test_while_issues_are_switched_off_none_of_them_is_told_to_be_gone(place: Place) -> None:
    place.seed({"title": "One"})
    [record] = place.adapter().read(None).records
    place.seed(has_issues=False)
    adapter = remembered(place, record)
    adapter.open()
    assert adapter.get([record.id]) == Snapshot()
