"""People: who is asking, who may be assigned, and who is assigned to an issue.

https://docs.github.com/rest/issues/assignees
"""

from __future__ import annotations

from collections.abc import Sequence

from adapters.sandbox.github.answers import (
    NO_CONTENT,
    Answer,
    Refused,
    invalid,
    not_found,
    unique,
)
from adapters.sandbox.github.calls import Call, Operation
from adapters.sandbox.github.changes import change
from adapters.sandbox.github.state import Issue, Repository

MOST_ASSIGNEES = 10


def get_user(call: Call) -> Answer:
    login = call.caller.login
    if login is None:
        raise Refused(401, "Requires authentication")
    return Answer(call.shapes.profile(login, call.stamp))


def get_profile(call: Call) -> Answer:
    account = call.state.accounts.get(call.path["username"].lower())
    if account is None:
        raise not_found()
    return Answer(call.shapes.profile(account.login, call.stamp))


def get_repository(call: Call) -> Answer:
    return Answer(call.shapes.repository(call.repository(), call.caller.login))


def assignees_named(call: Call, repository: Repository, names: Sequence[str]) -> tuple[str, ...]:
    """The logins of an issue's new assignees, all of whom must be assignable."""
    logins = [call.state.login(name) for name in unique(names)]
    for login in logins:
        if not repository.pushable(login):
            raise invalid("Issue", "assignees", value=login)
    return _few(logins)


def _few(logins: Sequence[str]) -> tuple[str, ...]:
    if len(logins) > MOST_ASSIGNEES:
        message = f"no more than {MOST_ASSIGNEES} people can be assigned"
        raise invalid("Issue", "assignees", "custom", message=message)
    return tuple(logins)


def list_assignees(call: Call) -> Answer:
    repository = call.repository()
    logins = sorted(repository.pushers, key=str.lower)
    return call.page(logins, call.shapes.account, "/assignees", repository)


def check_assignee(call: Call) -> Answer:
    """Also below an issue, where the answer is the same."""
    repository = call.issue()[0] if "issue_number" in call.path else call.repository()
    if not repository.pushable(call.state.login(call.path["assignee"])):
        raise not_found()
    return NO_CONTENT


def add_assignees(call: Call) -> Answer:
    """Who cannot be assigned is left out without a word; without push access, everyone is."""
    repository, issue = call.issue()
    logins = [call.state.login(name) for name in call.names("assignees")]
    new = [login for login in logins if repository.pushable(login)]
    return _set(call, repository, issue, unique((*issue.assignees, *new)), 201)


def remove_assignees(call: Call) -> Answer:
    repository, issue = call.issue()
    leaving = {call.state.login(name) for name in call.names("assignees")}
    staying = [login for login in issue.assignees if login not in leaving]
    return _set(call, repository, issue, staying, 200)


def _set(
    call: Call, repository: Repository, issue: Issue, logins: Sequence[str], status: int
) -> Answer:
    if repository.pushable(call.actor):
        issue = change(call, repository, issue, assignees=_few(logins))
    return Answer(call.shapes.issue(repository, issue), status)


REPO = "/repos/{owner}/{repo}"
ISSUE = REPO + "/issues/{issue_number}"
PAGE = "issues/assignees"

OPERATIONS = (
    Operation("GET", "/user", get_user, "users/users#get-the-authenticated-user", "nothing"),
    Operation("GET", REPO, get_repository, "repos/repos#get-a-repository", "nothing"),
    Operation("GET", "/users/{username}", get_profile, "users/users#get-a-user", "nothing"),
    Operation("GET", f"{REPO}/assignees", list_assignees, f"{PAGE}#list-assignees", "nothing"),
    Operation(
        "GET",
        f"{REPO}/assignees/{{assignee}}",
        check_assignee,
        f"{PAGE}#check-if-a-user-can-be-assigned",
        "nothing",
    ),
    Operation(
        "GET",
        f"{ISSUE}/assignees/{{assignee}}",
        check_assignee,
        f"{PAGE}#check-if-a-user-can-be-assigned-to-a-issue",
    ),
    Operation("POST", f"{ISSUE}/assignees", add_assignees, f"{PAGE}#add-assignees-to-an-issue"),
    Operation(
        "DELETE", f"{ISSUE}/assignees", remove_assignees, f"{PAGE}#remove-assignees-from-an-issue"
    ),
)
