"""People: the one who asks, one by id, and those whom a few letters find."""

from __future__ import annotations

from starlette.responses import Response

from adapters.sandbox.jira.shapes import View, key_of
from adapters.sandbox.jira.state import Json, User
from adapters.sandbox.jira.web import Ask, Refused, Route, answer


def myself(ask: Ask) -> Response:
    return answer(View.of(ask).person(ask.user.id))


def user(ask: Ask) -> Response:
    names = ("accountId",) if ask.site.cloud else ("username", "key")
    given = next((ask.parameter(name) for name in names if ask.parameter(name)), "")
    for known in ask.site.users.values():
        if given in (known.id, *([] if ask.site.cloud else [key_of(known)])):
            return answer(View.of(ask).person(known.id))
    raise Refused(404, f"The user '{given}' does not exist.")


def find_users(ask: Ask) -> Response:
    users = list(ask.site.users.values())
    if not any(ask.parameter(name) for name in ("accountId", "query", "username")):
        raise Refused(
            400, "Give a query, or an accountId." if ask.site.cloud else "Give a username."
        )
    return answer(_people(ask, users))


def find_assignable(ask: Ask) -> Response:
    place = ask.parameter("project")
    if place:
        ask.project(place)
    elif ask.parameter("issueKey") or ask.parameter("issueId"):
        ask.issue(ask.parameter("issueKey") or ask.parameter("issueId"))
    else:
        raise Refused(400, "Either a project or an issue must be given.")
    can = [known for known in ask.site.users.values() if known.may("ASSIGNABLE_USER")]
    return answer(_people(ask, can))


def _people(ask: Ask, users: list[User]) -> list[Json]:
    """Cloud: by accountId, or by how a name's words or the address begin. Data Center: likewise."""
    exact, query = ask.parameter("accountId"), ask.parameter("query").casefold()
    if not ask.site.cloud:
        exact, query = "", ask.parameter("username").casefold()

    def fits(known: User) -> bool:
        if exact:
            return known.id == exact
        words = [known.name, *known.name.split(), known.email or ""]
        if not ask.site.cloud:
            words.append(known.id)
        return query in ("", ".") or any(word.casefold().startswith(query) for word in words)

    start, size = ask.number("startAt", 0), ask.number("maxResults", 50)
    fitting = [known for known in users if known.active and fits(known)]
    return [View.of(ask).person(known.id) for known in fitting[start : start + size]]


ROUTES = (
    Route("GET", "/myself", myself),
    Route("GET", "/user", user),
    Route("GET", "/user/search", find_users),
    Route("GET", "/user/assignable/search", find_assignable),
)
