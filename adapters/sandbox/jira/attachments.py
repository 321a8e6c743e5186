"""Files attached to issues."""

from __future__ import annotations

import hashlib
from email import message_from_bytes, policy

from starlette.responses import Response

from adapters.sandbox.jira import changes
from adapters.sandbox.jira.shapes import View
from adapters.sandbox.jira.showing import attachment_shown
from adapters.sandbox.jira.state import Attachment, Issue, Json
from adapters.sandbox.jira.web import Ask, Refused, Route, answer, nothing


def limits(ask: Ask) -> Response:
    enabled = ask.site.quirks.attachments
    return answer(
        {"enabled": enabled, **({"uploadLimit": ask.site.quirks.largest} if enabled else {})}
    )


def get(ask: Ask) -> Response:
    """Its id is a number here, and a text within an issue, as with the real one."""
    one = _attachment(ask)[1]
    shown = attachment_shown(View.of(ask), one)
    return answer(shown | {"id": int(one.id)})


def content(ask: Ask) -> Response:
    one = _attachment(ask)[1]
    return Response(one.content, media_type=one.type)


def redirected(ask: Ask) -> Response:
    """Cloud keeps files on another host, and leads there by an address that needs no credential."""
    one = _attachment(ask)[1]
    if not ask.flag("redirect", default=True):
        return Response(one.content, media_type=one.type)
    media = ask.site.base.replace("//127.0.0.1", "//localhost")
    place = f"{media}/secure/media/{one.id}?token={_token(one)}"
    return Response(status_code=303, headers={"Location": place})


def media(ask: Ask) -> Response:
    """Takes no other credential than the address, and refuses any, as stores of files do."""
    for issue in ask.site.issues.values():
        for one in issue.attachments:
            if one.id == ask.path["id"] and ask.parameter("token") == _token(one):
                if "authorization" in ask.headers:
                    raise Refused(400, "Only one way to authenticate is allowed.")
                return Response(one.content, media_type=one.type)
    raise Refused(403, "The address has expired.")


def _token(one: Attachment) -> str:
    return hashlib.sha256(f"{one.id} {one.name}".encode()).hexdigest()


def remove(ask: Ask) -> Response:
    issue, one = _attachment(ask)
    ask.require("DELETE_ALL_ATTACHMENTS", "You do not have permission to delete this attachment.")
    _replaced(ask, issue, [other for other in issue.attachments if other is not one])
    return nothing()


def _attachment(ask: Ask) -> tuple[Issue, Attachment]:
    for issue in ask.site.issues.values():
        for one in issue.attachments:
            if one.id == ask.path["id"] and ask.site.sees(ask.user, issue):
                return issue, one
    raise Refused(404, f"The attachment with id '{ask.path['id']}' does not exist")


def upload(ask: Ask) -> Response:
    issue = ask.issue()
    if ask.headers.get("x-atlassian-token") not in ("no-check", "nocheck"):
        raise Refused(403, "XSRF check failed")
    ask.require("CREATE_ATTACHMENTS", "You do not have permission to create attachments.")
    if not ask.site.quirks.attachments:
        raise Refused(403, "Attachments are disabled.")
    files = list(_files(ask))
    if not files:
        raise Refused(400, "No file was sent under the name 'file'.")
    if any(len(body) > ask.site.quirks.largest for _, body, _ in files):
        raise Refused(413, "The attachment is too large.")
    made = [
        Attachment(str(ask.site.new_id()), name, ask.user.id, ask.site.now(), body, kind)
        for name, body, kind in files
    ]
    _replaced(ask, issue, [*issue.attachments, *made])
    return answer([attachment_shown(View.of(ask), one) for one in made])


def _files(ask: Ask) -> list[tuple[str, bytes, str]]:
    """Name, content and media type of each part called `file`."""
    head = f"Content-Type: {ask.headers.get('content-type', '')}\r\n\r\n".encode()
    message = message_from_bytes(head + ask.raw, policy=policy.HTTP)
    if not message.is_multipart():
        raise Refused(415, "Unsupported Media Type. Send multipart/form-data.")
    found = []
    for part in message.iter_parts():
        told = part.get("content-disposition")
        if told is not None and told.params.get("name") == "file" and part.get_filename():
            body = part.get_payload(decode=True)
            assert isinstance(body, bytes)  # noqa: S101 - it is with decode=True
            found.append((str(part.get_filename()), body, part.get_content_type()))
    return found


def _replaced(ask: Ask, issue: Issue, new: list[Attachment]) -> None:
    """Moves `updated`, and stands in the history."""
    site, old = ask.site, list(issue.attachments)
    site.before_write(issue)
    issue.attachments = new
    site.touch(issue)
    field = site.fields["attachment"]
    items: list[Json] = [
        changes.item(site, field, (None, None), (one.id, one.name)) for one in new if one not in old
    ]
    items += [
        changes.item(site, field, (one.id, one.name), (None, None)) for one in old if one not in new
    ]
    changes.record(site, ask.user, issue, items)


ROUTES = (
    Route("GET", "/attachment/meta", limits),
    Route("GET", "/attachment/{id}", get),
    Route("DELETE", "/attachment/{id}", remove),
    Route("GET", "/attachment/content/{id}", redirected, only="cloud"),
    Route("GET", "/secure/media/{id}", media, only="cloud", public=True),
    Route("GET", "/secure/attachment/{id}/{name}", content),
    Route("POST", "/issue/{issue}/attachments", upload),
)
