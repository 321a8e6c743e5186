"""Search: Cloud's pages by token, Data Center's by number, counting, checking, and boards."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from bisect import bisect_right
from collections.abc import Mapping, Sequence

from starlette.responses import Response

from adapters.sandbox.jira.agile import board_shown
from adapters.sandbox.jira.jql import JqlError
from adapters.sandbox.jira.matching import Compiled, compiled
from adapters.sandbox.jira.shapes import View
from adapters.sandbox.jira.state import Issue, Json, Site, User
from adapters.sandbox.jira.web import Ask, Refused, Route, answer, page, strings, whole

MOST_IDS, MOST_NARROW, MOST_WIDE = 5000, 1000, 100
"""Of issues on a page of Cloud: ids and keys alone; a few fields; many."""
FEW = 3
MOST_RECONCILED = 50
MOST_PROPERTIES = 5
MOST_SERVER = 1000
REMOVED = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A full"
    " migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)
UNBOUNDED = (
    "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."
)


def understood(site: Site, user: User, text: str, *, strict: bool = True) -> Compiled:
    """Refused: not a query or, if strict, one that names what does not exist."""
    try:
        query = compiled(site, user, text)
    except JqlError as error:
        raise Refused(400, str(error)) from None
    if strict and query.errors:
        raise Refused(400, *query.errors)
    return query


def found(site: Site, user: User, query: Compiled, fresh: Sequence[str] = ()) -> list[Issue]:
    """In the query's order."""
    seen = (issue for issue in site.indexed(fresh) if site.sees(user, issue))
    return sorted((issue for issue in seen if query.test(issue)), key=query.order)


def cloud(ask: Ask) -> Response:
    """No total, and no more than ids unless fields are named."""
    given = _given(ask)
    query = understood(ask.site, ask.user, str(given.get("jql") or ""))
    if not query.bounded:
        raise Refused(400, UNBOUNDED)
    names, properties = strings(given.get("fields")) or ["id"], strings(given.get("properties"))
    fresh = [str(id_) for id_ in strings(given.get("reconcileIssues"))]
    if len(fresh) > MOST_RECONCILED or len(properties) > MOST_PROPERTIES:
        told = f"At most {MOST_RECONCILED} issues can be reconciled, and"
        raise Refused(400, f"{told} {MOST_PROPERTIES} properties asked for.")
    asked = whole(50 if given.get("maxResults") is None else given["maxResults"], "maxResults")
    size = max(1, min(asked, _most(names, properties), ask.site.quirks.page))
    issues = found(ask.site, ask.user, query, fresh)
    start = 0
    if given.get("nextPageToken"):
        start = bisect_right(issues, _after(given), key=query.order)
    part = issues[start : start + size]
    expand = str(given.get("expand") or "")
    view = View.of(ask)
    shown: dict[str, Json] = {
        "issues": [_narrow(view, issue, names, properties, expand) for issue in part],
        "isLast": start + size >= len(issues),
    }
    if not shown["isLast"]:
        shown["nextPageToken"] = _token(given, query.order(part[-1]))
    return answer(shown)


def _given(ask: Ask) -> Mapping[str, Json]:
    """The parameters, from the body or the query."""
    if ask.body is not None:
        return ask.data()
    lists = ("fields", "properties", "reconcileIssues")
    return {
        name: ask.names(name) if name in lists else values[-1] for name, values in ask.query.items()
    }


def _most(names: Sequence[str], properties: Sequence[str]) -> int:
    if set(names) <= {"id", "key"} and not properties:
        return MOST_IDS
    starred = any(name.startswith(("*", "-")) for name in names)
    return MOST_WIDE if starred or len(names) + len(properties) > FEW else MOST_NARROW


def _narrow(
    view: View, issue: Issue, names: Sequence[str], properties: Sequence[str], expand: str
) -> Json:
    if set(names) <= {"id", "key"} and not properties and not expand:
        return {name: getattr(issue, name) for name in ("id", "key") if name in {*names, "id"}}
    return view.issue(issue, names, properties, expand)


def _digest(given: Mapping[str, Json]) -> str:
    return hashlib.sha256(str(given.get("jql")).encode()).hexdigest()[:16]


def _token(given: Mapping[str, Json], last: Sequence[int]) -> str:
    """Where the page ended, by what the query sorts by: not by number, as issues come and go."""
    return base64.urlsafe_b64encode(json.dumps([_digest(given), last]).encode()).decode()


def _after(given: Mapping[str, Json]) -> tuple[int, ...]:
    try:
        digest, last = json.loads(base64.urlsafe_b64decode(str(given["nextPageToken"])))
        after = tuple(int(part) for part in last)
    except (ValueError, TypeError, binascii.Error):
        digest, after = "", ()
    if digest != _digest(given):
        raise Refused(400, "The provided next page token is invalid for this query.")
    return after


def removed(ask: Ask) -> Response:
    raise Refused(410, REMOVED)


def count(ask: Ask) -> Response:
    query = understood(ask.site, ask.user, str(ask.data().get("jql") or ""))
    if not query.bounded:
        raise Refused(400, UNBOUNDED)
    return answer({"count": len(found(ask.site, ask.user, query))})


def parsed(ask: Ask) -> Response:
    """Whether queries can be asked: each with its errors, or what is only warned of."""
    how = ask.parameter("validation", "strict")
    queries = ask.data().get("queries")
    if how not in ("strict", "warn", "none") or not isinstance(queries, list) or not queries:
        raise Refused(400, "Give a list of queries, and strict, warn or none as the validation.")
    shown = []
    for text in map(str, queries):
        entry: dict[str, Json] = {"query": text}
        try:
            doubts = compiled(ask.site, ask.user, text).errors
            if doubts and how != "none":
                entry["errors" if how == "strict" else "warnings"] = doubts
        except JqlError as error:
            entry["errors"] = [str(error)]
        shown.append(entry)
    return answer({"queries": shown})


def server(ask: Ask) -> Response:
    """By startAt and maxResults, over a set that may move meanwhile."""
    given = _given(ask)
    strict = str(given.get("validateQuery", "true")).lower() in ("true", "strict")
    query = understood(ask.site, ask.user, str(given.get("jql") or ""), strict=strict)
    issues = found(ask.site, ask.user, query)
    start = whole(given.get("startAt") or 0, "startAt")
    asked = whole(50 if given.get("maxResults") is None else given["maxResults"], "maxResults")
    size = min(asked, MOST_SERVER, ask.site.quirks.page)
    names, view = strings(given.get("fields")) or ["*navigable"], View.of(ask)
    expand = ",".join(strings(given.get("expand")))
    properties = strings(given.get("properties"))
    shown: dict[str, Json] = {
        "expand": "schema,names",
        "startAt": start,
        "maxResults": size,
        "total": len(issues),
        "issues": [
            view.issue(issue, names, properties, expand) for issue in issues[start : start + size]
        ],
    }
    return answer(shown | ({"warningMessages": query.errors} if query.errors else {}))


def boards(ask: Ask) -> Response:
    """Each project has one, with the project's id."""
    wanted = ask.parameter("projectKeyOrId")
    projects = [ask.project(wanted)] if wanted else list(ask.site.projects.values())
    types = ask.names("type") or BOARDS
    projects = [project for project in projects if project.board in types]
    shown = page(ask, [board_shown(ask.site, project) for project in projects], "values")
    last = shown["startAt"] + len(shown["values"]) >= shown["total"]
    return answer(shown | {"isLast": last})


def board_issues(ask: Ask) -> Response:
    return _ranked(ask, "")


def backlog(ask: Ask) -> Response:
    """What is not done, without epics."""
    return _ranked(ask, "statusCategory != Done")


def _ranked(ask: Ask, which: str) -> Response:
    project = ask.site.project(ask.path["board"])
    if project is None or not ask.user.may("BROWSE_PROJECTS"):
        raise Refused(404, "Requested board cannot be viewed because it does not exist.")
    query = understood(ask.site, ask.user, f"{which} ORDER BY rank ASC")
    levels = {type_.id: type_.level for type_ in project.types}
    issues = [
        issue
        for issue in found(ask.site, ask.user, query)
        if issue.project is project and not (which and levels[issue.values["issuetype"]] > 0)
    ]
    names = ask.names("fields") or ["*navigable"]
    shown = page(ask, issues, "issues")
    shown["issues"] = [View.of(ask).issue(issue, names) for issue in shown["issues"]]
    return answer(shown)


BOARDS = ("scrum", "kanban", "simple")
AGILE = "/rest/agile/1.0/board"
ROUTES = (
    Route("GET", "/search/jql", cloud, only="cloud"),
    Route("POST", "/search/jql", cloud, reads=True, only="cloud"),
    Route("POST", "/search/approximate-count", count, reads=True, only="cloud"),
    Route("POST", "/jql/parse", parsed, reads=True, only="cloud"),
    Route("GET", "/search", removed, only="cloud"),
    Route("POST", "/search", removed, reads=True, only="cloud"),
    Route("GET", "/search", server, only="datacenter"),
    Route("POST", "/search", server, reads=True, only="datacenter"),
    Route("GET", AGILE, boards),
    Route("GET", AGILE + "/{board}/backlog", backlog),
    Route("GET", AGILE + "/{board}/issue", board_issues),
)
