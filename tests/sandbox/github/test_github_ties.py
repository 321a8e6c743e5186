"""Sub-issues and dependencies on the stand-in GitHub."""

from typing import Any

import pytest

from tests.sandbox.github.conftest import Person, Site

SHOP = "/repos/acme/shop"
ISSUES = SHOP + "/issues"
BLOCKED_BY = ISSUES + "/1/dependencies/blocked_by"


def id_of(person: Person, number: int, repository: str = SHOP) -> int:
    return int(person.get(f"{repository}/issues/{number}").json()["id"])


def make(person: Person, *titles: str) -> list[int]:
    """New issues; their ids."""
    return [int(person.post(ISSUES, {"title": title}).json()["id"]) for title in titles]


def numbers(issues: list[dict[str, Any]]) -> list[int]:
    return [issue["number"] for issue in issues]


def test_a_sub_issue_is_added_listed_and_removed(github: Site) -> None:
    added = github.ada.post(f"{ISSUES}/1/sub_issues", {"sub_issue_id": id_of(github.ada, 2)})
    assert added.status_code == 201
    assert added.json()["number"] == 1
    assert added.json()["sub_issues_summary"]["total"] == 1
    assert numbers(github.ada.list(f"{ISSUES}/1/sub_issues")) == [2]
    assert github.ada.get(f"{ISSUES}/2/parent").json()["number"] == 1
    assert github.ada.get(f"{ISSUES}/2").json()["parent_issue_url"].endswith("/shop/issues/1")
    body = {"sub_issue_id": id_of(github.ada, 2)}
    removed = github.ada.delete(f"{ISSUES}/1/sub_issue", body)
    assert (removed.status_code, removed.json()["sub_issues_summary"]["total"]) == (200, 0)
    assert github.ada.get(f"{ISSUES}/2/parent").status_code == 404
    assert github.ada.delete(f"{ISSUES}/1/sub_issue", body).status_code == 404


def test_a_parent_sums_up_its_sub_issues(github: Site) -> None:
    github.ada.post(f"{ISSUES}/2/sub_issues", {"sub_issue_id": id_of(github.ada, 1)})
    summary = github.ada.get(f"{ISSUES}/2").json()["sub_issues_summary"]
    assert summary == {"total": 2, "completed": 1, "percent_completed": 50}


def test_an_issue_has_one_parent_and_takes_another_only_when_told(github: Site) -> None:
    body = {"sub_issue_id": id_of(github.ada, 4)}
    refused = github.ada.post(f"{ISSUES}/1/sub_issues", body)
    assert refused.status_code == 422
    assert "Sub issue may only have one parent" in refused.json()["message"]
    moved = github.ada.post(f"{ISSUES}/1/sub_issues", {**body, "replace_parent": True})
    assert moved.status_code == 201
    assert github.ada.get(f"{ISSUES}/4/parent").json()["number"] == 1
    assert github.ada.list(f"{ISSUES}/2/sub_issues") == []


def test_an_issue_is_never_below_itself(github: Site) -> None:
    two, four = id_of(github.ada, 2), id_of(github.ada, 4)
    for parent, sub in ((4, two), (2, two), (2, four)):
        answer = github.ada.post(f"{ISSUES}/{parent}/sub_issues", {"sub_issue_id": sub})
        assert answer.status_code == 422


def test_sub_issues_are_issues_of_the_same_owner_that_exist(github: Site) -> None:
    path = f"{ISSUES}/1/sub_issues"
    assert github.ada.post(path, {"sub_issue_id": id_of(github.ada, 3)}).status_code == 422
    other = id_of(github.eve, 1, "/repos/eve/home")
    assert github.ada.post(path, {"sub_issue_id": other}).status_code == 422
    assert github.ada.post(path, {"sub_issue_id": 1}).status_code == 404
    secret = id_of(github.ada, 1, "/repos/acme/vault")
    assert github.ada.post(path, {"sub_issue_id": secret}).status_code == 201


@pytest.mark.parametrize("body", [{}, {"sub_issue_id": "2"}, {"sub_issue_id": True}])
def test_a_sub_issue_is_named_by_its_id_as_a_number(github: Site, body: dict[str, Any]) -> None:
    assert github.ada.post(f"{ISSUES}/1/sub_issues", body).status_code == 422


def test_there_are_at_most_eight_levels(github: Site) -> None:
    ids = make(github.ada, *[f"Level {level}" for level in range(1, 10)])
    for number, sub in zip(range(5, 12), ids[1:8], strict=True):
        answer = github.ada.post(f"{ISSUES}/{number}/sub_issues", {"sub_issue_id": sub})
        assert answer.status_code == 201
    assert github.ada.post(f"{ISSUES}/12/sub_issues", {"sub_issue_id": ids[8]}).status_code == 422
    assert github.ada.post(f"{ISSUES}/1/sub_issues", {"sub_issue_id": ids[0]}).status_code == 422


def test_a_parent_has_at_most_a_hundred_sub_issues(github: Site) -> None:
    issues: list[Any] = ["Parent", *[{"title": f"{n}", "parent": 1} for n in range(100)], "Spare"]
    seed = {"users": {"t-ada": "ada"}, "repositories": {"ada/big": {"issues": issues}}}
    github.stand_in.load(seed)
    spare = id_of(github.ada, 102, "/repos/ada/big")
    path = "/repos/ada/big/issues/1/sub_issues"
    assert len(github.ada.list(path, per_page=100)) == 100
    assert github.ada.post(path, {"sub_issue_id": spare}).status_code == 422


def test_sub_issues_are_moved_behind_and_before_each_other(github: Site) -> None:
    a, b, c = make(github.ada, "a", "b", "c")
    for sub in (a, b, c):
        github.ada.post(f"{ISSUES}/1/sub_issues", {"sub_issue_id": sub})
    path = f"{ISSUES}/1/sub_issues/priority"
    assert github.ada.patch(path, {"sub_issue_id": a, "after_id": c}).status_code == 200
    assert numbers(github.ada.list(f"{ISSUES}/1/sub_issues")) == [6, 7, 5]
    github.ada.patch(path, {"sub_issue_id": c, "before_id": b})
    assert numbers(github.ada.list(f"{ISSUES}/1/sub_issues")) == [7, 6, 5]
    wrong = [{}, {"after_id": b, "before_id": c}, {"after_id": a}, {"after_id": 1}]
    for body in wrong:
        assert github.ada.patch(path, {"sub_issue_id": a, **body}).status_code == 422


def test_a_dependency_is_added_listed_and_removed(github: Site) -> None:
    two = id_of(github.ada, 2)
    github.ada.delete(f"{ISSUES}/2/dependencies/blocked_by/{id_of(github.ada, 1)}")
    added = github.ada.post(BLOCKED_BY, {"issue_id": two})
    assert (added.status_code, added.json()["number"]) == (201, 1)
    summary = added.json()["issue_dependencies_summary"]
    assert (summary["blocked_by"], summary["total_blocked_by"], summary["blocking"]) == (1, 1, 0)
    assert numbers(github.ada.list(BLOCKED_BY)) == [2]
    assert numbers(github.ada.list(f"{ISSUES}/2/dependencies/blocking")) == [1]
    github.ada.patch(f"{ISSUES}/2", {"state": "closed"})
    summary = github.ada.get(f"{ISSUES}/1").json()["issue_dependencies_summary"]
    assert (summary["blocked_by"], summary["total_blocked_by"]) == (0, 1)
    assert github.ada.delete(f"{BLOCKED_BY}/{two}").status_code == 200
    assert github.ada.list(BLOCKED_BY) == []
    assert github.ada.delete(f"{BLOCKED_BY}/{two}").status_code == 200


def test_a_dependency_is_added_only_once_and_only_to_another_issue(github: Site) -> None:
    path = f"{ISSUES}/2/dependencies/blocked_by"
    answer = github.ada.post(path, {"issue_id": id_of(github.ada, 1)})
    assert answer.status_code == 422
    assert "Target issue has already been taken" in answer.json()["message"]
    for number in (2, 3):
        answer = github.ada.post(path, {"issue_id": id_of(github.ada, number)})
        assert answer.status_code == 422
    assert github.ada.post(path, {"issue_id": 1}).status_code == 404
    assert github.eve.post(path, {"issue_id": id_of(github.ada, 4)}).status_code == 403


def test_blockers_in_hidden_repositories_are_not_shown(github: Site) -> None:
    secret = id_of(github.ada, 1, "/repos/acme/vault")
    github.ada.post(BLOCKED_BY, {"issue_id": secret})
    assert len(github.ada.list(BLOCKED_BY)) == 1
    assert github.eve.list(BLOCKED_BY) == []


def test_an_issue_has_at_most_fifty_blockers(github: Site) -> None:
    issues: list[Any] = [*[f"{number}" for number in range(51)]]
    issues.append({"title": "Blocked", "blocked_by": list(range(1, 51))})
    seed = {"users": {"t-ada": "ada"}, "repositories": {"ada/big": {"issues": issues}}}
    github.stand_in.load(seed)
    one_more = id_of(github.ada, 51, "/repos/ada/big")
    path = "/repos/ada/big/issues/52/dependencies/blocked_by"
    assert github.ada.post(path, {"issue_id": one_more}).status_code == 422


def test_ties_are_updates_on_both_sides(github: Site) -> None:
    def updated() -> list[str]:
        paths = [f"{ISSUES}/{number}" for number in (1, 2)]
        return [github.ada.get(path).json()["updated_at"] for path in paths]

    before = updated()
    github.ada.post(f"{ISSUES}/1/sub_issues", {"sub_issue_id": id_of(github.ada, 2)})
    tied = updated()
    assert all(new > old for new, old in zip(tied, before, strict=True))
    github.switches.skew = 10
    github.ada.delete(f"{ISSUES}/2/dependencies/blocked_by/{id_of(github.ada, 1)}")
    assert all(new > old for new, old in zip(updated(), tied, strict=True))


def test_ties_take_push_access(github: Site) -> None:
    assert github.eve.post(f"{ISSUES}/1/sub_issues", {"sub_issue_id": 1}).status_code == 403
    assert github.eve.delete(f"{ISSUES}/2/sub_issue", {"sub_issue_id": 1}).status_code == 403
    assert github.eve.patch(f"{ISSUES}/2/sub_issues/priority", {}).status_code == 403
    assert github.eve.delete(f"{BLOCKED_BY}/1").status_code == 403
