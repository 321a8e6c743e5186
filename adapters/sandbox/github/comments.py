"""Comments on issues. https://docs.github.com/rest/issues/comments"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from adapters.sandbox.github.answers import (
    NO_CONTENT,
    Answer,
    forbidden,
    invalid,
    not_found,
    too_long,
)
from adapters.sandbox.github.calls import Call, Operation
from adapters.sandbox.github.state import Comment, Issue, Repository

LONGEST_BODY = 65_536


def list_comments(call: Call) -> Answer:
    """Those on one issue, or on all of the repository, which may be sorted by their changes."""
    if "issue_number" in call.path:
        repository, issue = call.issue()
        found, below = repository.comments_of(issue), f"/issues/{issue.number}/comments"
    else:
        repository = call.repository()
        found, below = list(repository.comments.values()), "/issues/comments"
        if call.query.get("sort") == "updated":
            found.sort(key=lambda comment: (comment.updated_at, comment.id))
        # "Ignored without the sort parameter", says its page.
        if "sort" in call.query and call.query.get("direction") == "desc":
            found.reverse()
    since = call.since("IssueComment") or ""
    shapes = call.shapes
    return call.page(
        [comment for comment in found if comment.updated_at >= since],
        lambda one: shapes.comment(repository, one),
        below,
        repository,
    )


def _comment(call: Call, repository: Repository) -> Comment:
    comment = repository.comments.get(call.number("comment_id"))
    if not comment:
        raise not_found()
    return comment


def _own(call: Call) -> tuple[Repository, Comment]:
    """The comment, where the caller may change it: its author, and who may push."""
    repository = call.repository()
    comment = _comment(call, repository)
    if comment.author != call.actor and not repository.pushable(call.actor):
        raise forbidden()
    return repository, comment


def get_comment(call: Call) -> Answer:
    repository = call.repository()
    return Answer(call.shapes.comment(repository, _comment(call, repository)))


def _body(call: Call) -> str:
    body = call.needed("body")
    if not body.strip():
        message = "Body cannot be blank"
        raise invalid("IssueComment", "body", "unprocessable", message=message)
    if len(body) > LONGEST_BODY:
        raise too_long("IssueComment", "body", LONGEST_BODY)
    return body


def create_comment(call: Call) -> Answer:
    repository, issue = call.issue()
    if issue.locked and not repository.pushable(call.actor):
        raise forbidden("Unable to create comment because issue is locked.")
    comment = Comment(
        id=next(call.state.ids),
        issue=issue.number,
        author=call.actor,
        body=_body(call),
        created_at=call.stamp,
        updated_at=call.stamp,
    )
    repository.comments[comment.id] = comment
    issue = call.put(repository, issue, comments=issue.comments + 1)
    _tell(call, repository, issue, comment, "created")
    return Answer(call.shapes.comment(repository, comment), 201)


def update_comment(call: Call) -> Answer:
    repository, old = _own(call)
    new = replace(old, body=_body(call), updated_at=call.stamp)
    repository.comments[new.id] = new
    issue = call.put(repository, repository.issues[new.issue])
    _tell(call, repository, issue, new, "edited", changes={"body": {"from": old.body}})
    return Answer(call.shapes.comment(repository, new))


def delete_comment(call: Call) -> Answer:
    repository, comment = _own(call)
    del repository.comments[comment.id]
    old = repository.issues[comment.issue]
    issue = call.put(repository, old, comments=old.comments - 1)
    _tell(call, repository, issue, comment, "deleted")
    return NO_CONTENT


def _tell(
    call: Call, repository: Repository, issue: Issue, comment: Comment, action: str, **parts: Any
) -> None:
    shapes = call.shapes
    call.tell(
        repository,
        "issue_comment",
        action,
        issue=shapes.issue(repository, issue),
        comment=shapes.comment(repository, comment),
        **parts,
    )


REPO = "/repos/{owner}/{repo}"
ON_ISSUE = REPO + "/issues/{issue_number}/comments"
COMMENT = REPO + "/issues/comments/{comment_id}"
PAGE = "issues/comments"

OPERATIONS = (
    Operation("GET", ON_ISSUE, list_comments, f"{PAGE}#list-issue-comments"),
    Operation("POST", ON_ISSUE, create_comment, f"{PAGE}#create-an-issue-comment"),
    Operation(
        "GET",
        f"{REPO}/issues/comments",
        list_comments,
        f"{PAGE}#list-issue-comments-for-a-repository",
    ),
    Operation("GET", COMMENT, get_comment, f"{PAGE}#get-an-issue-comment"),
    Operation("PATCH", COMMENT, update_comment, f"{PAGE}#update-an-issue-comment"),
    Operation("DELETE", COMMENT, delete_comment, f"{PAGE}#delete-an-issue-comment"),
)
