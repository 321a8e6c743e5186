"""The stand-in GitHub's seed: what it may say, and what is said of its mistakes."""

from typing import Any

import pytest

from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.server import Switches
from tests.sandbox.github.conftest import SEED, Site


def test_a_dump_loads_to_the_same_dump() -> None:
    first, second = GitHubStandIn(Switches()), GitHubStandIn(Switches())
    first.load(SEED)
    first.delete("acme/shop", 3)
    first.transfer("acme/shop", 1, "acme/stock")
    second.load(first.dump())
    assert second.dump() == first.dump()


def test_a_dump_says_what_was_seeded_and_leaves_out_defaults(github: Site) -> None:
    dump = github.stand_in.dump()
    shop = dump["repositories"]["acme/shop"]
    assert dump["users"]["t-reader"] == {"login": "ada", "issues": "read", "hooks": "read"}
    assert shop["labels"][1] == {"name": "ui"}
    assert shop["milestones"] == [
        {"title": "v1", "due_on": "2027-01-31T00:00:00Z"},
        {"title": "v2"},
    ]
    assert shop["issues"][1] == {
        "number": 2,
        "title": "Pay by invoice",
        "user": "eve",
        "created_at": "2026-01-02T10:00:00Z",
        "updated_at": "2026-01-02T10:00:00Z",
        "blocked_by": [1],
    }
    assert (shop["issues"][3]["parent"], shop["issues"][3]["state_reason"]) == (2, "completed")


def test_a_dump_shows_what_people_did(github: Site) -> None:
    github.ada.patch("/repos/acme/shop/issues/2", {"labels": ["new"], "milestone": 2})
    issue = github.stand_in.dump()["repositories"]["acme/shop"]["issues"][1]
    assert (issue["labels"], issue["milestone"]) == (["new"], "v2")


def test_issues_of_other_repositories_are_named_in_full() -> None:
    stand_in = GitHubStandIn(Switches())
    seed = {
        "repositories": {
            "acme/a": {
                "issues": [{"title": "t", "parent": "acme/b#1", "blocked_by": ["acme/b#1"]}]
            },
            "acme/b": {"issues": ["u"]},
        }
    }
    stand_in.load(seed)
    [issue] = stand_in.dump()["repositories"]["acme/a"]["issues"]
    assert (issue["parent"], issue["blocked_by"]) == ("acme/b#1", ["acme/b#1"])


def repository(**entry: Any) -> dict[str, Any]:
    return {"repositories": {"acme/shop": entry}}


@pytest.mark.parametrize(
    ("seed", "place"),
    [
        ({"people": {}}, "people: Extra inputs are not permitted"),
        ({"users": {"t": 1}}, "users.t: "),
        ({"repositories": {"shop": {}}}, "repositories.shop: String should match"),
        (repository(open=True), "repositories.acme/shop.open: Extra inputs"),
        (
            repository(issues=[{"body": "b"}]),
            "repositories.acme/shop.issues[0].title: Field required",
        ),
        (repository(labels=[{"name": "x", "color": "red"}]), "acme/shop.labels[0].color: "),
        (
            repository(issues=["a", {"title": "t", "parent": 9}]),
            "issues[1].parent: there is no issue 9",
        ),
        (repository(issues=[{"title": "t", "blocked_by": ["acme/x#1"]}]), "issues[0].blocked_by: "),
        (repository(issues=[{"title": "t", "milestone": "v9"}]), "issues[0].milestone: "),
        (repository(issues=[{"title": "t", "assignees": ["who"]}]), "issues[0].assignees: "),
        (repository(issues=[{"title": "t", "type": "Bug"}]), "issues[0].type: "),
        (
            repository(issues=["a", {"title": "t", "number": 1}]),
            "issues[1].number: 1 is not above 1",
        ),
    ],
)
def test_a_mistake_is_named_with_its_place(seed: dict[str, Any], place: str) -> None:
    with pytest.raises(ValueError) as raised:  # noqa: PT011  # the text is compared below
        GitHubStandIn(Switches()).load(seed)
    assert place in str(raised.value)


def test_all_mistakes_of_form_are_named_at_once() -> None:
    seed = repository(private="maybe", issues=[{"title": ""}])
    with pytest.raises(ValueError, match=r"private(.|\n)*issues\[0\]\.title"):
        GitHubStandIn(Switches()).load(seed)


def test_a_mistake_leaves_what_was_there(github: Site) -> None:
    before = github.stand_in.dump()
    with pytest.raises(ValueError, match="people"):
        github.stand_in.load({"people": {}})
    assert github.stand_in.dump() == before
