"""What people do on GitHub's pages: transfer, delete, convert to a discussion."""

import pytest

from adapters.sandbox.github.app import OPERATIONS
from adapters.sandbox.github.calls import Operation
from tests.sandbox.github.conftest import Site

SHOP = "/repos/acme/shop"
STOCK = "/repos/acme/stock"


ON_ISSUES = [operation for operation in OPERATIONS if "{issue_number}" in operation.path]

NAMED = {"owner": "acme", "repo": "shop", "name:path": "ui", "assignee": "ada", "issue_id": "1"}


@pytest.mark.parametrize(
    "operation", ON_ISSUES, ids=[f"{one.method} {one.path[29:]}" for one in ON_ISSUES]
)
def test_every_operation_says_where_an_issue_went(github: Site, operation: Operation) -> None:
    github.stand_in.transfer("acme/shop", 1, "acme/stock")
    github.stand_in.delete("acme/shop", 2)
    path = operation.path
    for name, value in NAMED.items():
        path = path.replace(f"{{{name}}}", value)
    for number, status in ((1, 301), (2, 410), (99, 404)):
        answer = github.ada.ask(operation.method, path.replace("{issue_number}", str(number)), {})
        assert answer.status_code == status


def test_a_redirect_names_an_address_that_works(github: Site) -> None:
    number = github.stand_in.transfer("acme/shop", 1, "acme/stock")
    answer = github.ada.get(f"{SHOP}/issues/1")
    assert (answer.status_code, answer.json()["message"]) == (301, "Moved Permanently")
    assert answer.json()["url"] == answer.headers["Location"]
    there = github.ada.get(answer.headers["Location"])
    assert there.json() == github.ada.get(f"{STOCK}/issues/{number}").json()
    assert [issue["number"] for issue in github.ada.list(f"{SHOP}/issues")] == [3, 2]


def test_a_transfer_keeps_what_the_other_repository_has_too(github: Site) -> None:
    before = github.ada.get(f"{SHOP}/issues/1").json()
    github.ada.patch(f"{SHOP}/issues/1", {"assignees": ["ben"]})
    github.stand_in.transfer("acme/shop", 1, "acme/stock")
    after = github.ada.get(f"{STOCK}/issues/1").json()
    for name in ("title", "body", "state", "created_at", "comments"):
        assert after[name] == before[name]
    for name in ("id", "node_id", "url"):
        assert after[name] != before[name]
    assert [label["name"] for label in after["labels"]] == ["Bug"]
    assert after["milestone"] is None
    assert after["assignees"][0]["login"] == "ben"
    [comment] = github.ada.list(f"{STOCK}/issues/1/comments")
    assert (comment["body"], comment["user"]["login"]) == ("Seen here too", "eve")


def test_a_milestone_goes_along_by_title_and_due_date(github: Site) -> None:
    github.ada.patch(f"{SHOP}/issues/1", {"milestone": 2})
    github.stand_in.transfer("acme/shop", 1, "acme/stock")
    assert github.ada.get(f"{STOCK}/issues/1").json()["milestone"]["title"] == "v2"


def test_ties_follow_a_transferred_issue(github: Site) -> None:
    github.stand_in.transfer("acme/shop", 2, "acme/stock")
    assert github.ada.get(f"{SHOP}/issues/4/parent").json()["url"].endswith("/stock/issues/1")
    [blocker] = github.ada.list(f"{STOCK}/issues/1/dependencies/blocked_by")
    assert blocker["number"] == 1
    [blocked] = github.ada.list(f"{SHOP}/issues/1/dependencies/blocking")
    assert blocked["repository_url"].endswith("/acme/stock")


def test_an_issue_that_moved_out_of_sight_is_not_found(github: Site) -> None:
    github.stand_in.transfer("acme/shop", 1, "acme/vault")
    assert github.ada.get(f"{SHOP}/issues/1").status_code == 301
    assert github.eve.get(f"{SHOP}/issues/1").status_code == 404


@pytest.mark.parametrize(
    ("source", "target", "why"),
    [
        ("acme/shop", "eve/home", "another repository of acme"),
        ("acme/shop", "acme/shop", "another repository of acme"),
        ("acme/shop", "acme/nowhere", "another repository of acme"),
        ("acme/vault", "acme/shop", "private repository to a public one"),
        ("acme/nowhere", "acme/shop", "there is no repository acme/nowhere"),
    ],
)
def test_an_issue_moves_only_where_github_lets_it(
    github: Site, source: str, target: str, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        github.stand_in.transfer(source, 1, target)


def test_what_is_no_issue_does_not_move(github: Site) -> None:
    with pytest.raises(ValueError, match="a pull request does not move"):
        github.stand_in.transfer("acme/shop", 3, "acme/stock")
    with pytest.raises(ValueError, match="there is no issue acme/shop#99"):
        github.stand_in.transfer("acme/shop", 99, "acme/stock")


def test_a_deleted_issue_is_gone_for_good(github: Site) -> None:
    github.stand_in.delete("acme/shop", 2)
    answer = github.ada.get(f"{SHOP}/issues/2")
    assert (answer.status_code, answer.json()["message"]) == (410, "This issue was deleted")
    assert github.ada.patch(f"{SHOP}/issues/2", {"title": "t"}).status_code == 410
    assert [issue["number"] for issue in github.ada.list(f"{SHOP}/issues")] == [3, 1]
    assert github.ada.get(f"{SHOP}/issues/4/parent").status_code == 404
    assert github.ada.list(f"{SHOP}/issues/1/dependencies/blocking") == []
    assert github.ada.post(f"{SHOP}/issues", {"title": "t"}).json()["number"] == 5


def test_comments_go_with_a_deleted_issue(github: Site) -> None:
    [comment] = github.ada.list(f"{SHOP}/issues/1/comments")
    github.stand_in.delete("acme/shop", 1)
    assert github.ada.get(f"{SHOP}/issues/comments/{comment['id']}").status_code == 404


def test_an_issue_that_became_a_discussion_is_left_closed_and_locked(github: Site) -> None:
    github.stand_in.convert_to_discussion("acme/shop", 1)
    issue = github.ada.get(f"{SHOP}/issues/1").json()
    assert (issue["state"], issue["locked"]) == ("closed", True)


def test_an_event_says_which_discussion_an_issue_was_made(github: Site) -> None:
    assert not github.ada.get(SHOP).json()["has_discussions"]
    github.stand_in.convert_to_discussion("acme/shop", 2)
    issue = github.ada.get(f"{SHOP}/issues/2").json()
    assert (issue["state"], issue["locked"]) == ("closed", True)
    assert github.ada.get(SHOP).json()["has_discussions"]
    query = """
      query Made($ids: [ID!]!) { nodes(ids: $ids) { ... on Issue {
        timelineItems(itemTypes: [CONVERTED_TO_DISCUSSION_EVENT], last: 1) {
          nodes { ... on ConvertedToDiscussionEvent { discussion { number } } } } } } }
    """
    ids = [github.ada.get(f"{SHOP}/issues/{n}").json()["node_id"] for n in (1, 2)]
    body = {"query": query, "variables": {"ids": ids}}
    url = f"{github.ada.url}/graphql"
    nodes = github.ada.session.post(url, json=body, timeout=10).json()["data"]["nodes"]
    events = [node["timelineItems"]["nodes"] for node in nodes]
    assert events == [[], [{"discussion": {"number": 5}}]]
    assert github.ada.post(f"{SHOP}/issues", {"title": "Next"}).json()["number"] == 6


def test_an_archived_repository_is_read_only_until_that_is_taken_back(github: Site) -> None:
    github.stand_in.archive("acme/shop")
    assert github.ada.get(SHOP).json()["archived"]
    assert github.ada.get(f"{SHOP}/issues/1").status_code == 200
    answer = github.ada.patch(f"{SHOP}/issues/1", {"title": "x"})
    assert (answer.status_code, "read-only" in answer.json()["message"]) == (403, True)
    assert github.stand_in.dump()["repositories"]["acme/shop"]["archived"]
    github.stand_in.archive("acme/shop", archived=False)
    assert github.ada.patch(f"{SHOP}/issues/1", {"title": "x"}).status_code == 200


def test_who_may_read_a_repository_can_be_changed(github: Site) -> None:
    for visibility, status in (("private", 404), ("internal", 404), ("public", 200)):
        github.stand_in.show_to("acme/shop", visibility)
        assert github.nobody.get(SHOP).status_code == status
        said = github.ada.get(SHOP).json()
        assert (said["visibility"], said["private"]) == (visibility, status == 404)
    github.stand_in.show_to("acme/shop", "internal")
    github.stand_in.load(github.stand_in.dump())
    assert github.ada.get(SHOP).json()["visibility"] == "internal"
    with pytest.raises(ValueError, match="there is no repository acme/none"):
        github.stand_in.archive("acme/none")
