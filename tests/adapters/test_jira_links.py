"""Links between issues, of several types, on Cloud and on Data Center."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from adapters.base import Carrier, Setup
from sync.model import FIELDS, Shape
from sync.tracker import Change, Create, Outcome, Record, Twin, Update
from tests.adapters.test_jira_flows import SHOP, Site, Start, record, site, start

__all__ = ["site", "start"]  # fixtures
ISSUES: Mapping[str, Any] = {
    **SHOP,
    "issues": [{"key": f"SHOP-{n}", "summary": f"{n}"} for n in (1, 2, 3)]
    + [{"key": "OPS-1", "summary": "Elsewhere"}],
}
NONE: frozenset[str] = frozenset()


@pytest.fixture(params=["cloud", "datacenter"])
def shop(request: pytest.FixtureRequest, start: Start) -> Site:
    return start(request.param, ISSUES)


def read(shop: Site, setup: Setup | None = None) -> dict[str, Record]:
    """By item: issue SHOP-1 is item1."""
    records = shop.adapter(setup).read(None).records
    return {f"item{one.key.rpartition('-')[2]}": one for one in records}


def twins(records: Mapping[str, Record]) -> dict[str, Twin]:
    return {item: Twin(one.id, one.key) for item, one in records.items()}


def change(
    shop: Site, changes: Mapping[str, Mapping[str, Any]], setup: Setup | None = None
) -> dict[str, Outcome]:
    """Of each item the fields, each as a pair of sets of items."""
    records = read(shop, setup)
    updates = [
        Update(item, records[item], {n: Change(*map(frozenset, v)) for n, v in fields.items()})
        for item, fields in changes.items()
    ]
    outcomes = shop.adapter(setup).update(updates, twins(records))
    return {one.item: one for one in outcomes}


def linked(shop: Site) -> list[tuple[str, str, str]]:
    """The links there are: the inward issue, what it says of the outward one, that one."""
    return sorted(
        (issue["key"], link["type"], link["outward"])
        for issue in shop.standin.dump()["issues"]
        for link in issue.get("links", ())
    )


def test_a_link_to_an_issue_that_is_gone_is_refused_alone(shop: Site) -> None:
    records = read(shop)
    shop.standin.delete("SHOP-2")
    fields = {
        "relates_to": Change(NONE, frozenset({"item2", "item3"})),
        "title": Change("1", "New"),
    }
    [outcome] = shop.adapter().update([Update("item1", records["item1"], fields)], twins(records))
    assert "does not exist" in outcome.refused["relates_to"]
    assert record(outcome).shown["title"] == "New"
    assert linked(shop) == [("SHOP-1", "Relates", "SHOP-3")]


def test_an_issue_that_holds_no_more_links_is_said_so(shop: Site) -> None:
    shop.standin.quirks.limits["links"] = 0
    outcome = change(shop, {"item1": {"duplicates": ((), {"item2"})}})["item1"]
    assert "reached its limit of links" in outcome.refused["duplicates"]


def test_a_link_type_that_jira_lacks_is_said_with_those_it_has(start: Start) -> None:
    types = [{"name": "Hinders", "inward": "is hindered by", "outward": "hinders"}]
    facts = start("cloud", ISSUES, link_types=types).adapter().open()
    for name in ("blocked_by", "relates_to", "duplicates"):
        assert "name one as link/TYPE, it has Hinders" in facts.cannot[name]


def test_each_type_of_link_is_carried_beside_the_others(shop: Site) -> None:
    fields = ("blocked_by", "duplicates", "relates_to")
    outcome = change(shop, {"item1": {name: ((), {"item2"}) for name in fields}})["item1"]
    assert outcome.refused == {}
    other = read(shop)["item2"]
    for name in fields:
        assert record(outcome).shown[name] == [other.id]
    assert linked(shop) == [
        ("SHOP-1", "Duplicate", "SHOP-2"),
        ("SHOP-1", "Relates", "SHOP-2"),
        ("SHOP-2", "Blocks", "SHOP-1"),
    ]
    assert (other.shown["blocked_by"], other.shown["duplicates"]) == ([], [])
    assert other.shown["relates_to"] == [record(outcome).id]


def test_a_new_issue_has_all_its_links(site: Site) -> None:
    values = {name: frozenset({"item1"}) for name in ("blocked_by", "duplicates", "relates_to")}
    creates = [Create("item1", {"title": "One"}), Create("item2", {"title": "Two", **values})]
    outcomes = {one.item: record(one) for one in site.adapter().create(creates, {})}
    for name in values:
        assert outcomes["item2"].shown[name] == [outcomes["item1"].id]


@pytest.mark.parametrize("by", [("item1", "item2"), ("item2", "item1"), ("item2",)])
def test_issues_that_relate_are_linked_once_whoever_asks(shop: Site, by: tuple[str, ...]) -> None:
    other = {"item1": "item2", "item2": "item1"}
    outcomes = change(shop, {item: {"relates_to": ((), {other[item]})} for item in by})
    assert [one.refused for one in outcomes.values()] == [{}] * len(by)
    assert linked(shop) == [("SHOP-1", "Relates", "SHOP-2")]
    again = {item: {"relates_to": ((), {other[item]})} for item in reversed(by)}
    change(shop, again)
    assert linked(shop) == [("SHOP-1", "Relates", "SHOP-2")]


def test_issues_that_were_related_twice_are_parted_by_one_removal(start: Start) -> None:
    links = [[{"type": "Relates", "outward": key}] for key in ("SHOP-2", "SHOP-1")]
    issues = [{"key": f"SHOP-{n}", "summary": "x", "links": links[n - 1]} for n in (1, 2)]
    shop = start("cloud", ISSUES, issues=issues)
    assert len(linked(shop)) == 2
    both = {"item1": ({"item2"}, ()), "item2": ({"item1"}, ())}
    outcomes = change(shop, {item: {"relates_to": pair} for item, pair in both.items()})
    assert [one.error for one in outcomes.values()] == [None, None]
    assert linked(shop) == []


def test_links_from_elsewhere_stay(start: Start) -> None:
    links = [
        {"type": "Relates", "outward": "OPS-1"},
        {"type": "Relates", "outward": "SHOP-2"},
        {"type": "Cloners", "outward": "SHOP-2"},
    ]
    issues = [
        {**issue, **({"links": links} if issue["key"] == "SHOP-1" else {})}
        for issue in [*ISSUES["issues"]]
    ]
    shop = start("cloud", ISSUES, issues=issues)
    change(shop, {"item1": {"relates_to": ({"item2"}, {"item3"})}})
    assert linked(shop) == [
        ("SHOP-1", "Cloners", "SHOP-2"),
        ("SHOP-1", "Relates", "OPS-1"),
        ("SHOP-1", "Relates", "SHOP-3"),
    ]


def test_a_type_that_was_renamed_is_known_by_its_words(start: Start) -> None:
    types = [
        {"name": "Hindernis", "inward": "is blocked by", "outward": "blocks"},
        {"name": "Dublette", "inward": "is duplicated by", "outward": "duplicates"},
        {"name": "Bezug", "inward": "relates to", "outward": "relates to"},
    ]
    shop = start("cloud", ISSUES, link_types=types)
    fields = ("blocked_by", "duplicates", "relates_to")
    change(shop, {"item1": {name: ((), {"item2"}) for name in fields}})
    assert linked(shop) == [
        ("SHOP-1", "Bezug", "SHOP-2"),
        ("SHOP-1", "Dublette", "SHOP-2"),
        ("SHOP-2", "Hindernis", "SHOP-1"),
    ]


@pytest.mark.parametrize(
    ("carrier", "expected"),
    [
        ("Cloners", ("SHOP-1", "Cloners", "SHOP-2")),
        ("is cloned by", ("SHOP-2", "Cloners", "SHOP-1")),
        ("clones", ("SHOP-1", "Cloners", "SHOP-2")),
        ("is blocked by", ("SHOP-2", "Blocks", "SHOP-1")),
    ],
)
def test_a_field_of_a_team_s_own_names_the_type_or_its_words(
    start: Start, carrier: str, expected: tuple[str, str, str]
) -> None:
    shop = start("cloud", ISSUES)
    setup = Setup(
        "jira",
        schema={**FIELDS, "origin": Shape.ITEMS},
        carriers={"origin": Carrier("link", carrier)},
    )
    outcome = change(shop, {"item1": {"origin": ((), {"item2"})}}, setup)["item1"]
    assert record(outcome).shown["origin"] == [read(shop)["item2"].id]
    assert linked(shop) == [expected]
    change(shop, {"item1": {"origin": ({"item2"}, ())}}, setup)
    assert linked(shop) == []
