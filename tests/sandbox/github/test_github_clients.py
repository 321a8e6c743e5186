"""The stand-in GitHub as PyGithub sees it."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from github import Auth, BadCredentialsException, Github, GithubException, UnknownObjectException
from github.Repository import Repository

from tests.sandbox.github.conftest import Site


def connect(github: Site, token: str) -> Github:
    return Github(
        auth=Auth.Token(token),
        base_url=f"{github.served.url}/github",
        per_page=2,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
    )


@pytest.fixture
def shop(github: Site) -> Iterator[Repository]:
    with connect(github, "t-ada") as client:
        yield client.get_repo("acme/shop")


def test_it_pages_through_issues(shop: Repository) -> None:
    issues = list(shop.get_issues(state="all"))
    assert [issue.number for issue in issues] == [4, 3, 2, 1]
    since = datetime(2026, 1, 3, 10, tzinfo=UTC)
    assert shop.get_issues(state="all", since=since).totalCount == 2


def test_it_creates_and_edits_an_issue(shop: Repository) -> None:
    milestone = shop.get_milestone(1)
    issue = shop.create_issue("New", "Text", milestone=milestone, labels=["ui"], assignees=["ben"])
    assert (issue.number, issue.milestone.title) == (5, "v1")
    assert [person.login for person in issue.assignees] == ["ben"]
    issue.edit(title="Newer", state="closed", state_reason="not_planned", milestone=None)
    again = shop.get_issue(5)
    assert (again.title, again.state_reason) == ("Newer", "not_planned")
    assert again.raw_data["milestone"] is None
    again.add_to_labels("bug")
    again.remove_from_labels("ui")
    assert [label.name for label in shop.get_issue(5).labels] == ["bug"]
    again.create_comment("Done")
    assert [comment.body for comment in again.get_comments()] == ["Done"]


def test_it_ties_issues(shop: Repository) -> None:
    one, two = shop.get_issue(1), shop.get_issue(2)
    one.add_sub_issue(two)
    assert [sub.number for sub in one.get_sub_issues()] == [2]
    one.remove_sub_issue(two)
    assert list(one.get_sub_issues()) == []
    assert [blocker.number for blocker in two.get_blocked_by()] == [1]
    two.remove_blocked_by(one)
    assert list(one.get_blocking()) == []
    two.add_blocked_by(one)
    assert [blocked.number for blocked in one.get_blocking()] == [2]


def test_it_renames_a_label(shop: Repository) -> None:
    shop.get_label("ui").edit("front", "ffffff", "What people see")
    assert [label.name for label in shop.get_issue(1).labels] == ["bug", "front"]


def test_it_follows_a_transferred_issue(github: Site, shop: Repository) -> None:
    github.stand_in.transfer("acme/shop", 1, "acme/stock")
    assert shop.get_issue(1).url.endswith("/acme/stock/issues/1")


def test_it_manages_hooks(shop: Repository) -> None:
    config = {"url": "http://127.0.0.1:9/", "content_type": "json"}
    hook = shop.create_hook("web", config, ["issues"], active=False)
    assert [each.id for each in shop.get_hooks()] == [hook.id]
    hook.delete()
    assert list(shop.get_hooks()) == []


def test_it_understands_what_is_refused(github: Site, shop: Repository) -> None:
    with pytest.raises(UnknownObjectException):
        shop.get_issue(99)
    with pytest.raises(GithubException) as refused:
        shop.create_issue("t" * 257)
    assert refused.value.status == 422
    with connect(github, "wrong") as client, pytest.raises(BadCredentialsException):
        client.get_user().login  # noqa: B018  # reading it asks the server
