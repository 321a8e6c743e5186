"""Comments on the stand-in GitHub."""

import pytest

from tests.sandbox.github.conftest import Site

SHOP = "/repos/acme/shop"
COMMENTS = SHOP + "/issues/1/comments"


def test_a_comment_is_created_read_changed_and_deleted(github: Site) -> None:
    created = github.eve.post(COMMENTS, {"body": "Me too\r\n"})
    assert created.status_code == 201
    comment = created.json()
    one = f"{SHOP}/issues/comments/{comment['id']}"
    assert github.nobody.get(one).json() == comment
    assert comment["html_url"].endswith(f"/acme/shop/issues/1#issuecomment-{comment['id']}")
    assert comment["body"] == "Me too\r\n"
    assert github.ada.get(f"{SHOP}/issues/1").json()["comments"] == 2
    assert github.eve.patch(one, {"body": "Not me"}).json()["body"] == "Not me"
    assert github.eve.delete(one).status_code == 204
    assert github.eve.get(one).status_code == 404
    assert github.ada.get(f"{SHOP}/issues/1").json()["comments"] == 1


def test_comments_are_listed_for_an_issue_and_for_all(github: Site) -> None:
    github.ada.post(f"{SHOP}/issues/2/comments", {"body": "Second"})
    bodies = [comment["body"] for comment in github.ada.list(COMMENTS)]
    assert bodies == ["Seen here too"]
    everywhere = github.ada.list(f"{SHOP}/issues/comments")
    assert [comment["body"] for comment in everywhere] == ["Seen here too", "Second"]
    assert github.ada.list(COMMENTS, since="2026-06-01T00:00:00Z") == []


def test_a_comment_is_an_update_of_its_issue(github: Site) -> None:
    before = github.ada.get(f"{SHOP}/issues/1").json()["updated_at"]
    github.eve.post(COMMENTS, {"body": "Me too"})
    assert github.ada.get(f"{SHOP}/issues/1").json()["updated_at"] > before


@pytest.mark.parametrize("body", ["", " \n", "x" * 65_537])
def test_a_comment_is_neither_blank_nor_endless(github: Site, body: str) -> None:
    answer = github.ada.post(COMMENTS, {"body": body})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body"


def test_comments_of_others_take_push_access(github: Site) -> None:
    comment = github.ada.post(COMMENTS, {"body": "Mine"}).json()["id"]
    one = f"{SHOP}/issues/comments/{comment}"
    assert github.eve.patch(one, {"body": "Yours"}).status_code == 403
    assert github.eve.delete(one).status_code == 403
    assert github.ben.patch(one, {"body": "Ours"}).json()["body"] == "Ours"


def test_a_locked_issue_takes_comments_only_from_who_may_push(github: Site) -> None:
    github.stand_in.lock("acme/shop", 1)
    answer = github.eve.post(COMMENTS, {"body": "But"})
    message = "Unable to create comment because issue is locked."
    assert (answer.status_code, answer.json()["message"]) == (403, message)
    assert github.ada.post(COMMENTS, {"body": "No"}).status_code == 201


def test_all_comments_are_sorted_by_their_changes_where_that_is_asked_for(github: Site) -> None:
    every = SHOP + "/issues/comments"
    first, _ = github.ada.list(every), github.ada.post(COMMENTS, {"body": "Later"})
    github.switches.skew += 5
    github.ada.patch(f"{every}/{first[0]['id']}", {"body": "Edited last"})
    said = [one["body"] for one in github.ada.list(every, sort="updated")]
    assert said == ["Later", "Edited last"]
    newest = github.ada.list(every, sort="updated", direction="desc")
    assert [one["body"] for one in newest] == said[::-1]
    assert [one["body"] for one in github.ada.list(every, direction="desc")] == said[::-1]
