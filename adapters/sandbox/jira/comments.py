"""Comments on issues, and the properties of comments.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from starlette.responses import Response

from adapters.sandbox.jira import changes, issues, values
from adapters.sandbox.jira.related import room
from adapters.sandbox.jira.shapes import View
from adapters.sandbox.jira.state import Comment, Issue, Json
from adapters.sandbox.jira.web import Ask, Refused, Route, answer, nothing, page, whole

MOST_LISTED = 1000
"""Ids that one list of comments takes."""


def comments(ask: Ask) -> Response:
    issue, view = ask.issue(), View.of(ask)
    shown = [view.comment(one, issue, ask.parameter("expand")) for one in issue.comments]
    if ask.parameter("orderBy") in ("-created", "created DESC"):
        shown.reverse()
    return answer(page(ask, shown, "comments", 5000 if ask.site.cloud else 1_048_576))


def add_comment(ask: Ask) -> Response:
    issue = ask.issue()
    ask.require("ADD_COMMENTS", "You do not have the permission to comment on this issue.")
    room(ask, "comments", len(issue.comments))
    body, now = _body(ask), ask.site.now()
    id_ = str(ask.site.new_id())
    comment = Comment(
        id_, ask.user.id, body, now, now, ask.user.id, _visibility(ask), _properties(ask, {})
    )
    ask.site.before_write(issue)
    issue.comments.append(comment)
    _commented(ask, issue, comment, "comment_created")
    return answer(View.of(ask).comment(comment, issue), 201)


def _body(ask: Ask) -> Json:
    try:
        body = values.markup(ask, ask.data().get("body", ""))
    except values.Wrong as error:
        raise Refused(400, errors={"comment": str(error)}) from None
    if body is None:
        raise Refused(400, errors={"comment": "Comment body can not be empty!"})
    return body


def _visibility(ask: Ask) -> Mapping[str, Json] | None:
    """The role or group that alone may read a comment."""
    sent = ask.data().get("visibility")
    if sent is not None and not isinstance(sent, dict):
        raise Refused(400, errors={"visibility": "data was not an object"})
    return sent or None


def _properties(ask: Ask, held: Mapping[str, Json]) -> Mapping[str, Json]:
    """What it has, with what is sent."""
    sent = issues.sent_properties(ask.data())
    return held if ask.site.quirks.drop_properties else {**held, **sent}


def _commented(ask: Ask, issue: Issue, comment: Comment, name: str) -> None:
    ask.site.touch(issue)
    changes.publish_comment(ask.site, ask.user, name, issue, comment)


def _comment(ask: Ask, permission: str) -> tuple[Issue, Comment]:
    """The path's comment, which its author may always change."""
    issue = ask.issue()
    comment = next((one for one in issue.comments if one.id == ask.path["id"]), None)
    if comment is None:
        raise Refused(404, f"Can not find a comment for the id: {ask.path['id']}.")
    if permission and comment.author != ask.user.id:
        ask.require(permission)
    return issue, comment


def get_comment(ask: Ask) -> Response:
    issue, comment = _comment(ask, "")
    return answer(View.of(ask).comment(comment, issue, ask.parameter("expand")))


def edit_comment(ask: Ask) -> Response:
    issue, comment = _comment(ask, "EDIT_ALL_COMMENTS")
    visibility = _visibility(ask) if "visibility" in ask.data() else comment.visibility
    edited = replace(
        comment,
        body=_body(ask),
        editor=ask.user.id,
        updated=ask.site.now(),
        visibility=visibility,
        properties=_properties(ask, comment.properties),
    )
    ask.site.before_write(issue)
    issue.comments[issue.comments.index(comment)] = edited
    _commented(ask, issue, edited, "comment_updated")
    return answer(View.of(ask).comment(edited, issue))


def delete_comment(ask: Ask) -> Response:
    issue, comment = _comment(ask, "DELETE_ALL_COMMENTS")
    ask.site.before_write(issue)
    issue.comments.remove(comment)
    _commented(ask, issue, comment, "comment_deleted")
    return nothing()


def listed(ask: Ask) -> Response:
    """Comments by their ids, wherever they are. Cloud alone has it."""
    sent = ask.data().get("ids")
    if not isinstance(sent, list) or not 0 < len(sent) <= MOST_LISTED:
        raise Refused(400, f"Between 1 and {MOST_LISTED} ids must be given.")
    wanted, view = {str(whole(id_, "ids")) for id_ in sent}, View.of(ask)
    found = [
        view.comment(comment, issue, ask.parameter("expand"))
        for issue in ask.site.issues.values()
        if ask.site.sees(ask.user, issue)
        for comment in issue.comments
        if comment.id in wanted
    ]
    shown = {"maxResults": MOST_LISTED, "startAt": 0, "total": len(found), "isLast": True}
    return answer({**shown, "values": found})


def _anywhere(ask: Ask) -> tuple[Issue, Comment]:
    """The comment of the path's id, on whatever issue it is."""
    for issue in ask.site.issues.values():
        for comment in issue.comments:
            if comment.id == ask.path["id"] and ask.site.sees(ask.user, issue):
                return issue, comment
    raise Refused(404, f"Can not find a comment for the id: {ask.path['id']}.")


def property_keys(ask: Ask) -> Response:
    _, comment = _anywhere(ask)
    base = f"{View.of(ask).api}/comment/{comment.id}/properties"
    return answer({"keys": [{"key": key, "self": f"{base}/{key}"} for key in comment.properties]})


def get_property(ask: Ask) -> Response:
    _, comment = _anywhere(ask)
    key = ask.path["key"]
    if key not in comment.properties:
        raise Refused(404, f"The property {key} does not exist.")
    return answer({"key": key, "value": comment.properties[key]})


def put_property(ask: Ask) -> Response:
    """It is no change of the issue."""
    issue, comment = _anywhere(ask)
    key = ask.path["key"]
    if len(key) > 255:
        raise Refused(400, "The property key is too long: at most 255 characters.")
    issues.check_property(ask.body)
    _set_properties(issue, comment, {**comment.properties, key: ask.body})
    return answer(None, 200 if key in comment.properties else 201)


def delete_property(ask: Ask) -> Response:
    issue, comment = _anywhere(ask)
    key = ask.path["key"]
    if key not in comment.properties:
        raise Refused(404, f"The property {key} does not exist.")
    left = {name: value for name, value in comment.properties.items() if name != key}
    _set_properties(issue, comment, left)
    return nothing()


def _set_properties(issue: Issue, comment: Comment, properties: Mapping[str, Json]) -> None:
    issue.comments[issue.comments.index(comment)] = replace(comment, properties=properties)


COMMENT = "/issue/{issue}/comment"
PROPERTY = "/comment/{id}/properties"
ROUTES = (
    Route("GET", COMMENT, comments),
    Route("POST", COMMENT, add_comment),
    Route("GET", COMMENT + "/{id}", get_comment),
    Route("PUT", COMMENT + "/{id}", edit_comment),
    Route("DELETE", COMMENT + "/{id}", delete_comment),
    Route("POST", "/comment/list", listed, reads=True, only="cloud"),
    Route("GET", PROPERTY, property_keys),
    Route("GET", PROPERTY + "/{key}", get_property),
    Route("PUT", PROPERTY + "/{key}", put_property),
    Route("DELETE", PROPERTY + "/{key}", delete_property),
)
