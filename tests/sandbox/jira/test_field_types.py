"""Fields of a team's own, of every type: what is sent, shown, offered and refused."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.jira.conftest import Jira, Start

FIELDS: list[dict[str, Any]] = [
    {"name": "Team", "type": "select", "options": ["Red", {"name": "Old", "disabled": True}]},
    {"name": "Markets", "type": "multiselect", "options": ["DE", "FR"]},
    {"name": "Area", "type": "cascading", "options": [{"name": "Web", "children": ["Shop", "X"]}]},
    {"name": "Meeting", "type": "datetime"},
    {"name": "Homepage", "type": "url"},
    {"name": "Reviewer", "type": "user"},
    {"name": "Watchers", "type": "users"},
    {"name": "Found in", "type": "version"},
    {"name": "Seen in", "type": "versions"},
    {"name": "Group", "type": "group"},
    {"name": "Bugs only", "type": "text", "types": ["Bug"]},
]
SEED: dict[str, Any] = {
    "fields": FIELDS,
    "projects": {"SHOP": {"versions": ["1.0", "2.0"]}},
    "issues": [{"key": "SHOP-1", "summary": "A", "fields": {"Team": "Old"}}],
}


@pytest.fixture(params=["cloud", "datacenter"])
def site(request: pytest.FixtureRequest, start: Start) -> Jira:
    return start(SEED, request.param)


def at(site: Jira, name: str) -> str:
    return str(next(one["id"] for one in site.bot.get("/field") if one["name"] == name))


def put(site: Jira, name: str, value: Any) -> Any:
    site.bot.put("/issue/SHOP-1", {"fields": {at(site, name): value}})
    return site.bot.issue("SHOP-1")[at(site, name)]


def minded(site: Jira, name: str, value: Any) -> str:
    told = site.bot.errors("PUT", "/issue/SHOP-1", {"fields": {at(site, name): value}})
    return str(told[at(site, name)])


def test_options_are_set_by_value_or_id_and_shown_whole(site: Jira) -> None:
    shown = put(site, "Team", {"value": "Red"})
    assert (shown["value"], "disabled" in shown) == ("Red", not site.cloud)
    assert put(site, "Team", {"id": shown["id"]}) == shown
    assert [one["value"] for one in put(site, "Markets", [{"value": "FR"}, {"value": "DE"}])] == [
        "DE",
        "FR",
    ]
    changed = {"update": {at(site, "Markets"): [{"remove": {"value": "DE"}}]}}
    site.bot.put("/issue/SHOP-1", changed)
    assert [one["value"] for one in site.bot.issue("SHOP-1")[at(site, "Markets")]] == ["FR"]
    assert put(site, "Markets", []) is None


def test_a_disabled_option_stays_and_is_not_given_anew(site: Jira) -> None:
    assert site.bot.issue("SHOP-1")[at(site, "Team")]["value"] == "Old"
    assert put(site, "Team", {"value": "Old"})["value"] == "Old"
    put(site, "Team", {"value": "Red"})
    assert minded(site, "Team", {"value": "Old"}) == "Option value 'Old' is not valid"
    offered = site.bot.get("/issue/SHOP-1/editmeta")["fields"][at(site, "Team")]["allowedValues"]
    assert [one["value"] for one in offered] == ["Red"]


def test_a_cascading_option_has_its_child(site: Jira) -> None:
    shown = put(site, "Area", {"value": "Web", "child": {"value": "Shop"}})
    assert (shown["value"], shown["child"]["value"]) == ("Web", "Shop")
    assert "child" not in put(site, "Area", {"value": "Web"})
    assert minded(site, "Area", {"value": "Web", "child": {"value": "Y"}})
    meta = site.bot.get("/issue/SHOP-1/editmeta")["fields"][at(site, "Area")]
    assert meta["schema"]["type"] == "option-with-child"
    assert [one["value"] for one in meta["allowedValues"][0]["children"]] == ["Shop", "X"]


def test_times_have_an_offset_and_addresses_are_whole(site: Jira) -> None:
    assert put(site, "Meeting", "2026-01-31T10:00:00.000+0200") == "2026-01-31T08:00:00.000+0000"
    assert "yyyy-MM-dd" in minded(site, "Meeting", "2026-01-31")
    assert put(site, "Homepage", "https://a.example/b") == "https://a.example/b"
    assert minded(site, "Homepage", "a.example") == "Not a valid URL"


def test_people_and_versions_are_objects(site: Jira) -> None:
    who = "accountId" if site.cloud else "name"
    assert put(site, "Reviewer", {who: "bot"})[who] == "bot"
    assert [one[who] for one in put(site, "Watchers", [{who: "bot"}])] == ["bot"]
    assert "does not exist" in minded(site, "Watchers", [{who: "zoe"}])
    assert put(site, "Found in", {"name": "1.0"})["name"] == "1.0"
    assert [one["name"] for one in put(site, "Seen in", [{"name": "2.0"}])] == ["2.0"]
    assert "Version name '9' is not valid" in minded(site, "Found in", {"name": "9"})


def test_a_field_is_there_only_for_the_types_of_its_context(site: Jira) -> None:
    assert "cannot be set" in minded(site, "Bugs only", "x")
    assert at(site, "Bugs only") not in site.bot.issue("SHOP-1")
    site.bot.create(issuetype={"name": "Bug"}, **{at(site, "Bugs only"): "x"})


def test_values_of_every_type_survive_a_dump(site: Jira) -> None:
    who = "accountId" if site.cloud else "name"
    for name, value in (
        ("Markets", [{"value": "FR"}]),
        ("Area", {"value": "Web", "child": {"value": "X"}}),
        ("Meeting", "2026-01-31T10:00:00.000+0000"),
        ("Watchers", [{who: "bot"}]),
        ("Found in", {"name": "1.0"}),
        ("Seen in", [{"name": "1.0"}, {"name": "2.0"}]),
    ):
        put(site, name, value)
    data, before = site.standin.dump(), site.bot.issue("SHOP-1")
    site.standin.load(data)
    assert site.standin.dump() == data
    after = site.bot.issue("SHOP-1")
    names = ("Team", "Markets", "Area", "Meeting", "Watchers")
    assert [after[at(site, name)] for name in names] == [before[at(site, name)] for name in names]
