"""Labels of the stand-in GitHub: in a repository, and on an issue."""

from typing import Any

import pytest

from tests.sandbox.github.conftest import Site

SHOP = "/repos/acme/shop"
LABELS = SHOP + "/labels"
ON_ISSUE = SHOP + "/issues/1/labels"


def names(labels: list[dict[str, Any]]) -> list[str]:
    return [label["name"] for label in labels]


def test_a_label_is_created_read_changed_and_deleted(github: Site) -> None:
    body = {"name": "area/check out", "color": "00AAFF", "description": "The till"}
    created = github.ada.post(LABELS, body)
    assert created.status_code == 201
    label = created.json()
    assert (label["color"], label["description"]) == ("00aaff", "The till")
    assert label["url"].endswith("/labels/area%2Fcheck%20out")
    one = f"{LABELS}/area%2Fcheck%20out"
    assert github.eve.get(f"{LABELS}/AREA%2Fcheck%20out").json() == label
    changed = github.ada.patch(one, {"color": "ffffff", "description": None}).json()
    assert (changed["id"], changed["color"], changed["description"]) == (
        label["id"],
        "ffffff",
        None,
    )
    assert github.ada.delete(one).status_code == 204
    assert github.ada.get(one).status_code == 404


def test_labels_are_listed_by_name(github: Site) -> None:
    github.ada.post(LABELS, {"name": "Epic", "color": "ffffff"})
    assert names(github.nobody.list(LABELS)) == ["bug", "Epic", "ui"]


@pytest.mark.parametrize(
    ("body", "field", "code"),
    [
        ({"name": "BUG", "color": "ffffff"}, "name", "already_exists"),
        ({"name": "  ", "color": "ffffff"}, "name", "missing_field"),
        ({"name": "x" * 51, "color": "ffffff"}, "name", "custom"),
        ({"name": "x", "color": "#fffff"}, "color", "invalid"),
        ({"name": "x", "color": "fff"}, "color", "invalid"),
        ({"name": "x", "description": "d" * 101}, "description", "custom"),
    ],
)
def test_a_wrong_label_is_refused_by_its_field(
    github: Site, body: dict[str, str], field: str, code: str
) -> None:
    answer = github.ada.post(LABELS, body)
    assert answer.status_code == 422
    error = answer.json()["errors"][0]
    assert (error["resource"], error["field"], error["code"]) == ("Label", field, code)


def test_a_label_needs_a_name(github: Site) -> None:
    answer = github.ada.post(LABELS, {"color": "ffffff"})
    assert answer.json()["message"] == 'Invalid request.\n\n"name" wasn\'t supplied.'


def test_names_and_descriptions_may_be_as_long_as_documented(github: Site) -> None:
    answer = github.ada.post(LABELS, {"name": "x" * 50, "description": "d" * 100})
    assert answer.status_code == 201


def test_a_renamed_label_stays_on_its_issues_which_do_not_count_as_updated(github: Site) -> None:
    before = github.ada.get(f"{SHOP}/issues/1").json()
    assert github.ada.patch(f"{LABELS}/bug", {"new_name": "Defect"}).status_code == 200
    after = github.ada.get(f"{SHOP}/issues/1").json()
    assert names(after["labels"]) == ["Defect", "ui"]
    assert after["labels"][0]["id"] == before["labels"][0]["id"]
    assert after["updated_at"] == before["updated_at"]


def test_a_label_is_not_renamed_to_another_but_may_change_its_case(github: Site) -> None:
    assert github.ada.patch(f"{LABELS}/bug", {"new_name": "UI"}).status_code == 422
    assert github.ada.patch(f"{LABELS}/bug", {"new_name": "BUG"}).json()["name"] == "BUG"


def test_a_deleted_label_leaves_its_issues_quietly(github: Site) -> None:
    before = github.ada.get(f"{SHOP}/issues/1").json()
    github.ada.delete(f"{LABELS}/bug")
    after = github.ada.get(f"{SHOP}/issues/1").json()
    assert names(after["labels"]) == ["ui"]
    assert after["updated_at"] == before["updated_at"]


def test_labels_are_added_to_an_issue_beside_what_it_has(github: Site) -> None:
    answer = github.ada.post(ON_ISSUE, {"labels": ["BUG", "new"]})
    assert (answer.status_code, names(answer.json())) == (200, ["bug", "new", "ui"])
    assert github.ada.get(f"{LABELS}/new").json()["color"] == "ededed"
    answer = github.ada.post(ON_ISSUE, ["newer"])  # the list alone, as client libraries send it
    assert names(answer.json()) == ["bug", "new", "newer", "ui"]
    assert names(github.eve.list(ON_ISSUE)) == ["bug", "new", "newer", "ui"]


def test_labels_of_an_issue_are_replaced_and_removed(github: Site) -> None:
    assert names(github.ada.put(ON_ISSUE, {"labels": ["ui", "new"]}).json()) == ["new", "ui"]
    assert names(github.ada.delete(f"{ON_ISSUE}/NEW").json()) == ["ui"]
    missing = github.ada.delete(f"{ON_ISSUE}/new")
    assert (missing.status_code, missing.json()["message"]) == (404, "Label does not exist")
    assert github.ada.delete(ON_ISSUE).status_code == 204
    assert github.ada.list(ON_ISSUE) == []


def test_a_changed_label_set_is_an_update_of_the_issue(github: Site) -> None:
    before = github.ada.get(f"{SHOP}/issues/1").json()["updated_at"]
    github.ada.post(ON_ISSUE, ["bug"])
    assert github.ada.get(f"{SHOP}/issues/1").json()["updated_at"] == before
    github.ada.delete(f"{ON_ISSUE}/bug")
    assert github.ada.get(f"{SHOP}/issues/1").json()["updated_at"] > before


def test_labels_take_push_access(github: Site) -> None:
    assert github.eve.post(LABELS, {"name": "mine", "color": "ffffff"}).status_code == 404
    assert github.eve.post(ON_ISSUE, ["bug"]).status_code == 404
    for method in ("patch", "delete"):
        assert getattr(github.eve, method)(f"{LABELS}/bug").status_code == 404
    assert names(github.ada.list(LABELS)) == ["bug", "ui"]
