"""Single exchanges with GitHub, at the wire; what goes wrong comes first."""

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import responses

from adapters.base import Setup
from adapters.github.adapter import GitHub
from adapters.github.client import GitHubClient
from sync.tracker import Create, NotFound, RetryLater, Twin, Unavailable

API = "https://api.github.com"
SHOP = f"{API}/repos/acme/shop"
REPOSITORY = {
    "full_name": "acme/shop",
    "has_issues": True,
    "archived": False,
    "private": True,
    "visibility": "private",
    "permissions": {"pull": True, "push": True},
}
ISSUE = {
    "node_id": "I_1",
    "id": 3_000_000_001,
    "number": 1,
    "title": "Pay by card",
    "body": None,
    "state": "open",
    "labels": [],
    "assignees": [],
    "milestone": None,
    "repository_url": SHOP,
    "html_url": "https://github.com/acme/shop/issues/1",
    "created_at": "2026-11-24T09:30:00Z",
    "updated_at": "2026-11-24T09:30:00Z",
}
OFFERED = {"sub_issues_summary": {}, "issue_dependencies_summary": {}}


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(re.compile(r"https://[^?]*/milestones"), json=[])
        yield mock


@pytest.fixture
def github() -> GitHub:
    return GitHub(Setup("github"), repository="acme/shop", token="ghp_secret")


def make_issues(count: int, first: int = 1) -> list[dict[str, Any]]:
    numbers = range(first, first + count)
    return [{**ISSUE, "node_id": f"I_{n}", "number": n, "id": n} for n in numbers]


def test_a_create_is_sent_once_whatever_comes_back(wire: Any, github: GitHub) -> None:
    wire.get(f"{SHOP}/issues", json=[])
    for status in (500, 502, 504):
        wire.post(f"{SHOP}/issues", status=status)
    (outcome,) = github.create([Create("item1", {"title": "x"})], {})
    assert isinstance(outcome.error, Unavailable)
    assert [call.request.method for call in wire.calls] == ["POST", "GET"]


def test_a_long_rate_limit_stops_the_run(wire: Any, github: GitHub) -> None:
    headers = {"Retry-After": "1800"}
    wire.post(f"{SHOP}/issues", status=403, headers=headers, json={"message": "secondary"})
    outcomes = list(github.create([Create(f"item{n}", {"title": "x"}) for n in range(2)], {}))
    errors = [outcome.error for outcome in outcomes]
    assert all(isinstance(error, RetryLater) and error.after == 1800 for error in errors)
    assert len(wire.calls) == 1


def test_a_redirect_is_never_followed_by_the_library(wire: Any) -> None:
    client = GitHubClient(name="github", repository="acme/shop", url=None, token="ghp_secret")
    elsewhere = f"{API}/repositories/7/issues/1"
    wire.patch(f"{SHOP}/issues/1", status=301, headers={"Location": elsewhere}, json={})
    with pytest.raises(NotFound, match=r"it is at https://api\.github\.com/repositories/7"):
        client.patch_issue(1, {"title": "x"})
    assert len(wire.calls) == 1


def test_a_renamed_repository_is_said_by_its_new_name(wire: Any, github: GitHub) -> None:
    wire.get(SHOP, status=301, headers={"Location": f"{API}/repositories/7"}, json={})
    wire.get(f"{API}/repositories/7", json={**REPOSITORY, "full_name": "acme/store"})
    with pytest.raises(NotFound, match="acme/shop is now acme/store: name it so"):
        github.open()


def test_a_transferred_issue_that_we_may_not_read_is_said_by_its_redirect(
    wire: Any, github: GitHub
) -> None:
    elsewhere = f"{API}/repositories/7/issues/5"
    github.remember([Twin("I_1", "acme/shop#1")])
    wire.get(f"{SHOP}/issues/1", status=301, headers={"Location": elsewhere}, json={})
    wire.get(elsewhere, status=404, json={"message": "Not Found"})
    gone = github.get(["I_1"]).gone["I_1"]
    assert (gone.why, gone.where) == ("moved", elsewhere)


def test_an_issue_of_the_same_number_is_not_taken_for_the_old_one(
    wire: Any, github: GitHub
) -> None:
    github.remember([Twin("I_1", "acme/shop#1")])
    wire.get(f"{SHOP}/issues/1", json={**ISSUE, "node_id": "I_other"})
    assert github.get(["I_1"]).gone["I_1"].why == "deleted"


@pytest.mark.parametrize(
    "answer",
    [{}, [1], [{"number": 1}], [{**ISSUE, "updated_at": None}], [{**ISSUE, "labels": ["x"]}]],
)
def test_a_list_of_an_unknown_form_is_a_tracker_that_is_down(
    wire: Any, github: GitHub, answer: Any
) -> None:
    wire.get(f"{SHOP}/issues", json=answer)
    with pytest.raises(Unavailable):
        github.read(None)


def test_a_repository_of_an_unknown_form_is_a_tracker_that_is_down(
    wire: Any, github: GitHub
) -> None:
    wire.get(SHOP, json={"message": "hello"})
    with pytest.raises(Unavailable, match="unknown form"):
        github.open()


def test_a_server_without_sub_issues_says_so_once_asked(wire: Any, github: GitHub) -> None:
    wire.get(SHOP, json=REPOSITORY)
    wire.get(f"{SHOP}/issues", json=[{**ISSUE, "pull_request": {}}, {**ISSUE, "number": 2}])
    wire.get(f"{SHOP}/issues/2/sub_issues", status=404, json={"message": "Not Found"})
    wire.get(f"{SHOP}/issues/2/dependencies/blocked_by", json=[])
    facts = github.open()
    assert set(facts.cannot) == {"due", "order", "parent"}
    assert "GitHub has no sub-issue API" in facts.cannot["parent"]
    assert not facts.public
    assert github.newest() == "2"


def test_what_an_issue_shows_needs_no_asking(wire: Any, github: GitHub) -> None:
    wire.get(SHOP, json={**REPOSITORY, "archived": True})
    wire.get(f"{SHOP}/issues", json=[{**ISSUE, **OFFERED}])
    facts = github.open()
    assert set(facts.cannot) == {"due", "order"}
    assert "archived" in facts.problems[0].message
    assert len(wire.calls) == 2


def test_an_app_is_not_said_to_lack_what_it_has(wire: Any, github: GitHub) -> None:
    may = {"pull": False, "push": False}
    wire.get(SHOP, json={**REPOSITORY, "permissions": may})
    wire.get(f"{SHOP}/issues", json=[])
    assert set(github.open().cannot) == {"due", "order"}


def test_the_next_page_is_the_one_that_github_names(wire: Any, github: GitHub) -> None:
    following = f'<{API}/repositories/7/issues?after=Y3Vyc29y&per_page=100>; rel="next"'
    wire.get(f"{SHOP}/issues", json=make_issues(2), headers={"Link": following})
    wire.get(f"{SHOP}/issues", json=make_issues(2, first=2))
    snapshot = github.read(None)
    assert [record.id for record in snapshot.records] == ["I_1", "I_2", "I_3"]
    assert wire.calls[1].request.url == f"{SHOP}/issues?after=Y3Vyc29y&per_page=100"


def test_without_a_date_the_cursor_stays_where_it_is(wire: Any, github: GitHub) -> None:
    wire.get(f"{SHOP}/issues", json=make_issues(1))
    assert github.read(None).cursor is None
    cursor = '{"known": {}, "since": "2026-11-24T09:00:00Z"}'
    later = github.read(cursor)
    assert [record.id for record in later.records] == ["I_1"]
    assert later.cursor is not None
    assert "2026-11-24T09:00:00Z" in later.cursor


def test_an_enterprise_server_is_spoken_to_below_its_own_path(wire: Any) -> None:
    base = "https://github.acme.example"
    github = GitHub(Setup("github"), repository="acme/shop", token="ghp_secret", url=base)
    wire.get(f"{base}/api/v3/repos/acme/shop/issues", json=[])
    assert github.read(None).complete
    sent = wire.calls[0].request
    assert sent.headers["Authorization"] == "token ghp_secret"
    assert sent.headers["X-GitHub-Api-Version"] == "2022-11-28"


def test_neither_token_nor_text_reaches_a_log(
    wire: Any, github: GitHub, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wire.post(f"{SHOP}/issues", status=422, json={"message": "no ghp_secret"})
    wire.get(f"{SHOP}/labels", json=[])
    (outcome,) = github.create([Create("item1", {"title": "A private matter"})], {})
    assert "no ***" in str(outcome.error)
    assert "ghp_secret" not in caplog.text
    assert "A private matter" not in caplog.text


def test_github_com_is_written_to_at_its_pace_and_others_as_they_take_it() -> None:
    public = GitHubClient(name="github", repository="acme/shop", url=None, token="t")
    local = GitHubClient(
        name="github", repository="acme/shop", url="http://127.0.0.1:1/x", token="t"
    )
    assert public.http.gate.writes is not None
    assert local.http.gate.writes is None
    assert [public.http.gate.writes.reserve() for _ in range(80)] == [0.0] * 80
    assert public.http.gate.writes.reserve() > 50
