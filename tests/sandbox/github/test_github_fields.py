"""An organization's own fields, duplicates, and what Enterprise Servers have not."""

from copy import deepcopy
from typing import Any

import pytest

from tests.sandbox.github import schemas
from tests.sandbox.github.conftest import SEED, Site

VALUES = "/repos/acme/shop/issues/1/issue-field-values"


@pytest.fixture
def shop(github: Site) -> Site:
    """With fields, of which the first issue has two."""
    seed = deepcopy(SEED)
    seed["organizations"]["acme"]["issue_fields"] = [
        {"name": "Urgency", "type": "single_select", "options": ["High", "Low"]},
        {"name": "Area", "type": "multi_select", "options": ["Web", "Api"]},
        {"name": "Points", "type": "number"},
        {"name": "Due", "type": "date"},
        "Team",
    ]
    fields = {"Urgency": "High", "Points": 3.0}
    seed["repositories"]["acme/shop"]["issues"][0]["fields"] = fields
    github.stand_in.load(seed)
    return github


def ids(site: Site) -> dict[str, int]:
    return {one["name"]: one["id"] for one in site.ada.list("/orgs/acme/issue-fields")}


def held(site: Site) -> dict[str, Any]:
    return {one["issue_field_name"]: one["value"] for one in site.ada.list(VALUES)}


def said(site: Site, **values: Any) -> dict[str, Any]:
    known = ids(site)
    entries = [{"field_id": known[name], "value": value} for name, value in values.items()]
    return {"issue_field_values": entries}


def test_an_organization_lists_its_fields_with_their_options(shop: Site) -> None:
    fields = {one["name"]: one for one in shop.ada.list("/orgs/acme/issue-fields")}
    assert [option["name"] for option in fields["Urgency"]["options"]] == ["High", "Low"]
    assert fields["Team"]["data_type"] == "text"
    assert shop.ada.get("/orgs/eve/issue-fields").status_code == 404


def test_values_are_added_beside_those_that_there_are(shop: Site) -> None:
    more = said(shop, Area=["Web", "api"], Due="2026-11-24", Team="Checkout")
    assert shop.ada.post(VALUES, more).status_code == 200
    assert held(shop) == {
        "Urgency": "High",
        "Points": 3,
        "Area": "Web, Api",
        "Due": "2026-11-24",
        "Team": "Checkout",
    }


def test_an_empty_list_clears_them_all(shop: Site) -> None:
    assert shop.ada.post(VALUES, {"issue_field_values": []}).json() == []
    assert held(shop) == {}


def test_values_that_are_put_replace_all_others(shop: Site) -> None:
    assert shop.ada.put(VALUES, said(shop, Points=0.5)).status_code == 200
    assert held(shop) == {"Points": 0.5}


def test_one_value_is_deleted_once(shop: Site) -> None:
    path = f"{VALUES}/{ids(shop)['Points']}"
    assert shop.ada.delete(path).status_code == 204
    assert shop.ada.delete(path).status_code == 404
    assert held(shop) == {"Urgency": "High"}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Urgency", "Medium"),
        ("Area", "Web"),
        ("Area", ["Web", "Mobile"]),
        ("Points", "3"),
        ("Points", True),
        ("Due", "tomorrow"),
        ("Team", 7),
    ],
)
def test_a_value_that_does_not_fit_is_refused(shop: Site, name: str, value: Any) -> None:
    assert shop.ada.post(VALUES, said(shop, **{name: value})).status_code == 422
    assert held(shop) == {"Urgency": "High", "Points": 3}


@pytest.mark.parametrize("body", [{"issue_field_values": "x"}, {"issue_field_values": [{}]}])
def test_a_body_of_another_form_is_refused(shop: Site, body: Any) -> None:
    assert shop.ada.post(VALUES, body).status_code == 422


def test_a_field_of_another_id_is_refused(shop: Site) -> None:
    body = {"issue_field_values": [{"field_id": 1, "value": "x"}]}
    assert shop.ada.post(VALUES, body).status_code == 422


def test_only_who_may_push_sets_values(shop: Site) -> None:
    assert shop.eve.post(VALUES, said(shop, Points=1)).status_code == 403
    assert shop.eve.patch("/repos/acme/shop/issues/2", said(shop, Points=1)).status_code == 200
    assert shop.ada.list("/repos/acme/shop/issues/2/issue-field-values") == []


def test_an_issue_is_made_with_its_values_and_shows_them(shop: Site) -> None:
    made = shop.ada.post("/repos/acme/shop/issues", {"title": "New", **said(shop, Urgency="low")})
    [value] = made.json()["issue_field_values"]
    assert value["single_select_option"]["name"] == "Low"
    listed = {one["title"]: one for one in shop.ada.list("/repos/acme/shop/issues")}
    assert listed["New"]["issue_field_values"] == [value]


def test_what_is_dumped_is_loaded_again_with_its_fields(shop: Site) -> None:
    dumped = shop.stand_in.dump()
    assert dumped["repositories"]["acme/shop"]["issues"][0]["fields"]["Urgency"] == "High"
    shop.stand_in.load(dumped)
    assert shop.stand_in.dump() == dumped


@pytest.mark.parametrize(
    "fields", [{"Nothing": "x"}, {"Urgency": "Medium"}, {"Area": "Web"}, {"Urgency": ["High"]}]
)
def test_a_seed_with_a_value_that_there_is_not_is_refused(shop: Site, fields: Any) -> None:
    seed = shop.stand_in.dump()
    seed["repositories"]["acme/shop"]["issues"][0]["fields"] = fields
    with pytest.raises(ValueError, match=r"repositories\.acme/shop\.issues\[0\]\.fields\."):
        shop.stand_in.load(seed)


# Duplicates


def test_a_duplicate_names_the_issue_that_it_is_one_of(github: Site) -> None:
    first = github.ada.get("/repos/acme/shop/issues/1").json()["id"]
    closing = {"state": "closed", "state_reason": "duplicate", "duplicate_issue_id": first}
    answer = github.ada.patch("/repos/acme/shop/issues/2", closing)
    assert (answer.status_code, answer.json()["state_reason"]) == (200, "duplicate")


@pytest.mark.parametrize("other", [7, "itself"])
def test_a_duplicate_of_nothing_is_refused(github: Site, other: Any) -> None:
    issue = github.ada.get("/repos/acme/shop/issues/2").json()
    closing = {"state": "closed", "state_reason": "duplicate"}
    closing["duplicate_issue_id"] = issue["id"] if other == "itself" else other
    assert github.ada.patch("/repos/acme/shop/issues/2", closing).status_code == 422
    assert github.ada.get("/repos/acme/shop/issues/2").json()["state"] == "open"


# Enterprise Servers


@pytest.mark.parametrize(("version", "dependencies"), [("3.18", 404), ("3.19", 200)])
def test_an_enterprise_server_has_what_its_version_has(
    shop: Site, version: str, dependencies: int
) -> None:
    shop.stand_in.load({**shop.stand_in.dump(), "enterprise": version})
    answer = shop.ada.get("/repos/acme/shop/issues/2")
    assert answer.headers["X-GitHub-Enterprise-Version"] == f"enterprise-server@{version}.2"
    shown = answer.json().keys()
    assert not shown & {"type", "issue_field_values", "sub_issues_summary", "parent_issue_url"}
    assert ("issue_dependencies_summary" in shown) == (dependencies == 200)
    below = "/repos/acme/shop/issues/2"
    for path, status in {
        f"{below}/sub_issues": 404,
        f"{below}/parent": 404,
        f"{below}/dependencies/blocked_by": dependencies,
        "/orgs/acme/issue-types": 404,
        "/repos/acme/shop/issue-types": 404,
        "/orgs/acme/issue-fields": 404,
        f"{below}/comments": 200,
    }.items():
        assert shop.ada.get(path).status_code == status, path
    assert shop.stand_in.dump()["enterprise"] == version


def test_github_com_says_no_version(github: Site) -> None:
    assert "X-GitHub-Enterprise-Version" not in github.ada.get("/repos/acme/shop").headers
    assert schemas.operation(github.ada.get("/repos/acme/shop")) == "repos/get"
