"""What hangs on an issue: links to other issues, links to other places."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from starlette.responses import Response

from adapters.sandbox.jira import changes, issues, values
from adapters.sandbox.jira.shapes import View
from adapters.sandbox.jira.state import Issue, Json, Link, RemoteLink, Site, User
from adapters.sandbox.jira.web import Ask, Refused, Route, answer, nothing, whole


def room(ask: Ask, what: str, count: int) -> None:
    if count >= ask.site.quirks.limits[what]:
        told = what.replace("_", " ")
        raise Refused(413, f"The issue has reached its limit of {told}.")


def link(ask: Ask) -> Response:
    """The inward issue blocks the outward one, where the type is Blocks. Twice is once."""
    sent = ask.data()
    wanted = sent.get("type")
    named = wanted if isinstance(wanted, dict) else {}
    type_ = values.pick(ask.site.link_types.values(), named)
    if type_ is None:
        told = named.get("name") or named.get("id")
        raise Refused(404, f"No issue link type with name '{told}' found.")
    source, target = _end(ask, sent.get("inwardIssue")), _end(ask, sent.get("outwardIssue"))
    ask.require("LINK_ISSUES", "You do not have permission to link issues in this project.")
    if source is target:
        raise Refused(400, "You cannot link an issue to itself.")
    for issue in (source, target):
        room(ask, "links", len(issue.links))
    made = Link(str(ask.site.new_id()), type_, source.id, target.id)
    if not any((one.type, one.target) == (type_, target.id) for one in source.links):
        linked(ask.site, ask.user, made)
    return Response(status_code=201)


def _end(ask: Ask, sent: Json) -> Issue:
    named: Mapping[str, Json] = sent if isinstance(sent, dict) else {}
    return ask.issue(str(named.get("id") or named.get("key") or ""))


def linked(site: Site, user: User, made: Link) -> None:
    for id_ in (made.source, made.target):
        issue = site.issues[id_]
        site.before_write(issue)
        issue.links.append(made)
        site.touch(issue)
        changes.record(site, user, issue, [_link_item(site, made, issue, come=True)])
    changes.publish_link(site, "issuelink_created", made)


def _link_item(site: Site, link: Link, of: Issue, *, come: bool) -> Mapping[str, Json]:
    outward = link.source == of.id
    other = site.issues[link.target if outward else link.source].key
    told = f"This issue {link.type.outward if outward else link.type.inward} {other}"
    there, gone = ("to", "from") if come else ("from", "to")
    ends = {there: other, f"{there}String": told, gone: None, f"{gone}String": None}
    return {"field": "Link", "fieldtype": "jira"} | ends


def get_link(ask: Ask) -> Response:
    found, view = _link(ask), View.of(ask)
    source, target = ask.site.issues[found.source], ask.site.issues[found.target]
    return answer(
        {
            "id": found.id,
            "self": f"{view.api}/issueLink/{found.id}",
            "type": view.link_type(found.type),
            "inwardIssue": view.reference(source),
            "outwardIssue": view.reference(target),
        }
    )


def _link(ask: Ask) -> Link:
    for issue in ask.site.issues.values():
        for one in issue.links:
            if one.id == ask.path["id"] and ask.site.sees(ask.user, issue):
                return one
    raise Refused(404, f"No issue link with id '{ask.path['id']}' exists.")


def delete_link(ask: Ask) -> Response:
    found = _link(ask)
    ask.require("LINK_ISSUES", "You do not have permission to link issues in this project.")
    issues.unlink(ask.site, found)
    for id_ in (found.source, found.target):
        issue = ask.site.issues[id_]
        ask.site.touch(issue)
        item = _link_item(ask.site, found, issue, come=False)
        changes.record(ask.site, ask.user, issue, [item])
    changes.publish_link(ask.site, "issuelink_deleted", found)
    return nothing()


def remote_links(ask: Ask) -> Response:
    """All of them or, by globalId, the one."""
    issue = ask.issue()
    wanted = ask.parameter("globalId")
    if not wanted:
        return answer([_remote(ask, issue, one) for one in issue.remote_links])
    return answer(_remote(ask, issue, _remote_by(issue, "global_id", wanted)))


def _remote(ask: Ask, issue: Issue, one: RemoteLink) -> dict[str, Json]:
    self_ = f"{View.of(ask).api}/issue/{issue.key}/remotelink/{one.id}"
    shown = {"id": one.id, "self": self_, "globalId": one.global_id, **one.content}
    return {name: value for name, value in shown.items() if value is not None}


def _remote_by(issue: Issue, attribute: str, wanted: object) -> RemoteLink:
    for one in issue.remote_links:
        if getattr(one, attribute) == wanted:
            return one
    raise Refused(404, f"The remote link '{wanted}' does not exist on this issue.")


def put_remote_link(ask: Ask) -> Response:
    """One for each globalId: sent again it replaces the first, with all that was not sent."""
    issue, sent = ask.issue(), ask.data()
    ask.require("LINK_ISSUES", "You do not have permission to link issues in this project.")
    content, global_id = _remote_content(sent)
    same = [one for one in issue.remote_links if global_id and one.global_id == global_id]
    if not same:
        room(ask, "remote_links", len(issue.remote_links))
    made = RemoteLink(same[0].id if same else ask.site.new_id(), global_id, content)
    ask.site.before_write(issue)
    if same:
        issue.remote_links[issue.remote_links.index(same[0])] = made
    else:
        issue.remote_links.append(made)
    ask.site.touch(issue)
    shown = _remote(ask, issue, made)
    return answer({"id": made.id, "self": shown["self"]}, 200 if same else 201)


def _remote_content(sent: Mapping[str, Json]) -> tuple[dict[str, Json], str | None]:
    linked_object, global_id = sent.get("object"), sent.get("globalId")
    target: Mapping[str, Json] = linked_object if isinstance(linked_object, dict) else {}
    errors = {name: f"'{name}' is required." for name in ("url", "title") if not target.get(name)}
    if not errors and not urlsplit(str(target["url"])).scheme:
        errors["url"] = "'url' is not a valid URL."
    if global_id is not None and (not isinstance(global_id, str) or len(global_id) > 255):
        errors["globalId"] = "'globalId' must be at most 255 characters."
    if errors:
        raise Refused(400, errors=errors)
    names = ("object", "application", "relationship")
    return {name: sent[name] for name in names if sent.get(name)}, global_id


def delete_remote_link(ask: Ask) -> Response:
    issue = ask.issue()
    ask.require("LINK_ISSUES", "You do not have permission to link issues in this project.")
    if "id" in ask.path:
        found = _remote_by(issue, "id", whole(ask.path["id"], "id"))
    elif ask.parameter("globalId"):
        found = _remote_by(issue, "global_id", ask.parameter("globalId"))
    else:
        raise Refused(400, "The globalId must be given.")
    ask.site.before_write(issue)
    issue.remote_links.remove(found)
    ask.site.touch(issue)
    return nothing()


REMOTE = "/issue/{issue}/remotelink"
ROUTES = (
    Route("POST", "/issueLink", link),
    Route("GET", "/issueLink/{id}", get_link),
    Route("DELETE", "/issueLink/{id}", delete_link),
    Route("GET", REMOTE, remote_links),
    Route("POST", REMOTE, put_remote_link),
    Route("DELETE", REMOTE, delete_remote_link),
    Route("DELETE", REMOTE + "/{id}", delete_remote_link),
)
