"""Issues: list, get, create, update, lock. https://docs.github.com/rest/issues/issues"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from adapters.sandbox.github.answers import (
    NO_CONTENT,
    Answer,
    digits,
    forbidden,
    gone,
    invalid,
    malformed,
    not_found,
    too_long,
)
from adapters.sandbox.github.calls import Call, Operation
from adapters.sandbox.github.changes import change, tell_carried
from adapters.sandbox.github.fields import NAME as FIELD_VALUES
from adapters.sandbox.github.fields import values_said
from adapters.sandbox.github.labels import labels_named
from adapters.sandbox.github.people import assignees_named
from adapters.sandbox.github.state import Issue, Repository

LONGEST_TITLE = 256
LONGEST_BODY = 65_536
REASONS = ("completed", "not_planned", "duplicate", "reopened", None)
LOCK_REASONS = ("off-topic", "too heated", "resolved", "spam", None)
SORTS: Mapping[str, Callable[[Issue], Any]] = {
    "created": lambda issue: (issue.created_at, issue.number),
    "updated": lambda issue: (issue.updated_at, issue.number),
    "comments": lambda issue: (issue.comments, issue.number),
}


def list_issues(call: Call) -> Answer:
    """Issues and pull requests, newest first; where issues are disabled, only the latter."""
    repository = call.repository()
    since = call.since("Issue")
    issues: Iterable[Issue] = repository.issues.values()
    if since:
        shown = repository.as_of(call.visible_since())
        issues = [issue for issue in shown if issue.updated_at >= since]
    tests = _filters(call, repository)
    found = [issue for issue in issues if all(test(issue) for test in tests)]
    key = SORTS[_choice(call, "sort", tuple(SORTS))]
    found.sort(key=key, reverse=_choice(call, "direction", ("desc", "asc")) == "desc")
    shapes = call.shapes
    return call.page(found, lambda one: shapes.issue(repository, one), "/issues", repository)


def _choice(call: Call, name: str, choices: tuple[str, ...]) -> str:
    """A query parameter that must be one of these; without it, the first."""
    value = call.query.get(name) or choices[0]
    if value not in choices:
        raise invalid("Issue", name, value=value)
    return value


Test = Callable[[Issue], bool]


def _filters(call: Call, repository: Repository) -> list[Test]:
    tests: list[Test] = []
    state = _choice(call, "state", ("open", "closed", "all"))
    if state != "all":
        tests.append(lambda issue: issue.state == state)
    if not repository.has_issues:
        tests.append(lambda issue: issue.pull_request)
    if creator := call.query.get("creator"):
        tests.append(lambda issue: issue.author.lower() == creator.lower())
    if wanted := call.query.get("labels"):
        found = [repository.label(name.strip()) for name in wanted.split(",") if name.strip()]
        ids = frozenset(label.id if label else 0 for label in found)
        tests.append(lambda issue: issue.labels >= ids)
    tests += _milestone_filter(call, repository)
    if assignee := call.query.get("assignee"):
        login = call.state.login(assignee)
        tests.append(_among(assignee, lambda issue: issue.assignees, login))
    if type_ := call.query.get("type"):
        tests.append(_among(type_, lambda issue: (issue.type,) if issue.type else (), type_))
    return tests


def _milestone_filter(call: Call, repository: Repository) -> list[Test]:
    text = call.query.get("milestone")
    if not text:
        return []
    number = digits(text)
    if text not in ("*", "none") and number is None:
        raise invalid("Issue", "milestone", value=text)
    return [_among(text, lambda issue: (issue.milestone,) if issue.milestone else (), number)]


def _among(text: str, values: Callable[[Issue], tuple[Any, ...]], wanted: object) -> Test:
    """`*` wants any value, `none` wants none, and everything else that very one."""
    if text == "*":
        return lambda issue: bool(values(issue))
    if text == "none":
        return lambda issue: not values(issue)
    return lambda issue: wanted in values(issue)


def get_issue(call: Call) -> Answer:
    return _answer(call, *call.issue())


def _answer(call: Call, repository: Repository, issue: Issue, status: int = 200) -> Answer:
    """A single issue also says who closed it."""
    shapes = call.shapes
    closer = shapes.account(issue.closed_by) if issue.closed_by else None
    return Answer({**shapes.issue(repository, issue), "closed_by": closer}, status)


def create_issue(call: Call) -> Answer:
    repository = call.repository()
    if not repository.has_issues:
        raise gone("Issues has been disabled in this repository.")
    fields = _text(call, new=True) | _carried(call, repository)
    repository.last_issue += 1
    issue = Issue(
        id=next(call.state.ids),
        number=repository.last_issue,
        author=call.actor,
        created_at=call.stamp,
        updated_at=call.stamp,
        **fields,
    )
    call.state.add(repository, issue, call.now)
    call.tell(repository, "issues", "opened", issue=call.shapes.issue(repository, issue))
    bare = replace(issue, labels=frozenset(), assignees=(), milestone=None, type=None, fields=())
    tell_carried(call, repository, bare, issue)
    return _answer(call, repository, issue, 201)


def update_issue(call: Call) -> Answer:
    """Authors may edit text and state of their own issue; all else takes push access."""
    repository, issue = call.issue()
    if not repository.pushable(call.actor) and issue.author != call.actor:
        raise forbidden()
    fields = _text(call) | _state(call, repository, issue) | _carried(call, repository)
    return _answer(call, repository, change(call, repository, issue, **fields))


def _text(call: Call, *, new: bool = False) -> dict[str, Any]:
    """Title and body, where they are said; a new issue needs a title."""
    fields: dict[str, Any] = {}
    body = call.object()
    if new and "title" not in body:
        raise malformed('"title" wasn\'t supplied.')
    if new or body.get("title") is not None:
        fields["title"] = _title(call, body["title"])
    if "body" in body:
        fields["body"] = call.text("body")
        if len(fields["body"] or "") > LONGEST_BODY:
            raise too_long("Issue", "body", LONGEST_BODY)
    return fields


def _title(call: Call, value: Any) -> str:
    whole = isinstance(value, int) and not isinstance(value, bool)
    title = str(value) if whole else call.text("title") or ""
    if not title.strip():
        raise invalid("Issue", "title", "missing_field")
    if len(title.strip()) > LONGEST_TITLE:
        raise too_long("Issue", "title", LONGEST_TITLE)
    return title.strip()


def _state(call: Call, repository: Repository, issue: Issue) -> dict[str, Any]:
    """The new state; the reason is ignored unless the state changes.

    Authors without push access reopen only what they closed themselves.
    """
    state, reason = call.text("state"), call.text("state_reason")
    if state not in ("open", "closed", None):
        raise invalid("Issue", "state", value=state)
    if reason not in REASONS:
        raise invalid("Issue", "state_reason", value=reason)
    if state in (None, issue.state):
        return {}
    if state == "closed":
        reason = reason if reason not in ("reopened", None) else "completed"
        closing = {"closed_at": call.stamp, "closed_by": call.actor}
        if reason == "duplicate" and not issue.pull_request:
            closing |= _original(call, issue)
        return {"state": state, "state_reason": None if issue.pull_request else reason, **closing}
    if not repository.pushable(call.actor) and issue.closed_by != call.actor:
        return {}
    reason = None if issue.pull_request else "reopened"
    return {"state": state, "state_reason": reason, "closed_at": None, "closed_by": None}


def _original(call: Call, issue: Issue) -> dict[str, Any]:
    """The issue that a duplicate is one of, where that is said."""
    if call.object().get("duplicate_issue_id") is None:
        return {}
    found = call.state.find(call.id("duplicate_issue_id"))
    if not found or not found[0].readable(call.caller.login) or found[1].id == issue.id:
        raise invalid("Issue", "duplicate_issue_id")
    return {"duplicate_of": found[1].id}


def _carried(call: Call, repository: Repository) -> dict[str, Any]:
    """Labels, assignees, milestone, type, fields. Without push access they are silently dropped.

    Labels come last: they are made where there are none yet, and a refusal must leave no trace.
    """
    body = call.object()
    fields: dict[str, Any] = {}
    if not repository.pushable(call.actor):
        return fields
    if "assignees" in body or "assignee" in body:
        fields["assignees"] = assignees_named(call, repository, _assignees(call))
    if "milestone" in body:
        fields["milestone"] = _milestone(repository, body["milestone"])
    if "type" in body and call.state.types_of(repository):
        fields["type"] = _type(call, repository)
    if FIELD_VALUES in body and call.state.fields_of(repository):
        # Whether others would stay is not documented; so nobody is to count on it.
        fields["fields"] = tuple(values_said(call, repository).items())
    if "labels" in body:
        fields["labels"] = labels_named(call, repository, call.names("labels"))
    return fields


def _assignees(call: Call) -> list[str]:
    if "assignees" in call.object():
        return call.names("assignees")
    one = call.text("assignee")
    return [one] if one else []


def _milestone(repository: Repository, value: Any) -> int | None:
    """A milestone by number, also where that is written as a text."""
    if value in (None, ""):
        return None
    number = digits(value) if isinstance(value, str) else value
    if not isinstance(number, int) or number not in repository.milestones:
        raise invalid("Issue", "milestone", value=str(value))
    return number


def _type(call: Call, repository: Repository) -> str | None:
    name = call.text("type")
    known = {type_.name.lower(): type_.name for type_ in call.state.types_of(repository)}
    if name and name.lower() not in known:
        raise invalid("Issue", "type", value=name)
    return known[name.lower()] if name else None


def list_types(call: Call) -> Answer:
    """The organization's issue types; where there are none, the address is not there either."""
    if "org" in call.path:
        types = call.state.types.get(call.path["org"].lower(), ())
    else:
        types = call.state.types_of(call.repository())
    if not types:
        raise not_found()
    return Answer([call.shapes.issue_type(type_) for type_ in types])


def lock(call: Call) -> Answer:
    repository, issue = call.pushable_issue(forbidden)
    reason = call.text("lock_reason")
    if reason not in LOCK_REASONS:
        raise malformed(f"{reason!r} is not a possible value for 'properties/lock_reason'.")
    change(call, repository, issue, locked=True, lock_reason=reason)
    return NO_CONTENT


def unlock(call: Call) -> Answer:
    repository, issue = call.pushable_issue(forbidden)
    change(call, repository, issue, locked=False, lock_reason=None)
    return NO_CONTENT


REPO = "/repos/{owner}/{repo}"
ISSUE = REPO + "/issues/{issue_number}"

OPERATIONS = (
    Operation("GET", f"{REPO}/issues", list_issues, "issues/issues#list-repository-issues"),
    Operation("POST", f"{REPO}/issues", create_issue, "issues/issues#create-an-issue"),
    Operation("GET", ISSUE, get_issue, "issues/issues#get-an-issue"),
    Operation("PATCH", ISSUE, update_issue, "issues/issues#update-an-issue"),
    Operation("PUT", f"{ISSUE}/lock", lock, "issues/issues#lock-an-issue"),
    Operation("DELETE", f"{ISSUE}/lock", unlock, "issues/issues#unlock-an-issue"),
    Operation("GET", "/orgs/{org}/issue-types", list_types, "orgs/issue-types", "nothing"),
    Operation("GET", f"{REPO}/issue-types", list_types, "repos/issue-types", "nothing"),
)
