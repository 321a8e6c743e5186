"""How a request reaches its function: who asks, what for, and the answers all paths share."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from adapters.sandbox.jira.state import Flavour, Issue, Json, Project, Site, User

MOST_BYTES = 10 * 1024 * 1024
ANONYMOUS = User("", "", "", permissions=frozenset())


class Refused(Exception):
    """An answer in Jira's form for errors: messages, and messages by field id."""

    def __init__(
        self, status: int, *messages: str, errors: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, messages, errors)
        self.status, self.messages, self.errors = status, messages, dict(errors or {})

    def body(self) -> dict[str, Json]:
        return {"errorMessages": list(self.messages), "errors": self.errors}


@dataclass(frozen=True)
class Ask:
    """One request."""

    site: Site
    user: User
    version: Literal["2", "3"]
    path: Mapping[str, str]
    query: Mapping[str, list[str]]
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""
    """The body as it came: a form with files."""

    def parameter(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[-1]

    def names(self, name: str) -> list[str] | None:
        """A list parameter, repeated or with commas; None where it is absent."""
        if name not in self.query:
            return None
        return [part.strip() for given in self.query[name] for part in given.split(",") if part]

    def number(self, name: str, default: int) -> int:
        return whole(self.parameter(name) or default, name)

    def flag(self, name: str, *, default: bool = False) -> bool:
        return self.parameter(name, str(default)).lower() == "true"

    def data(self) -> dict[str, Json]:
        """The body, which has to be an object."""
        if not isinstance(self.body, dict):
            raise Refused(400, "Invalid request payload. Refer to the REST API documentation.")
        return self.body

    def require(self, permission: str, message: str = "") -> None:
        if not self.user.may(permission):
            told = message or "You do not have the permission to perform this operation."
            raise Refused(403, told)

    def issue(self, ref: str | None = None) -> Issue:
        """The issue of that id or key (the path's, if none is given), where the user sees it."""
        found = self.site.issue(self.path["issue"] if ref is None else ref)
        if found is None or not self.site.sees(self.user, found):
            told = "Issue does not exist or you do not have permission to see it."
            raise Refused(404, told)
        return found

    def project(self, ref: str) -> Project:
        found = self.site.project(ref)
        browses = self.user.may("BROWSE_PROJECTS") or (found is not None and found.open)
        if found is None or not browses:
            raise Refused(404, f"No project could be found with key '{ref}'.")
        return found


Handler = Callable[[Ask], Response]


class Route(NamedTuple):
    method: str
    path: str
    """Below `/rest/api/VERSION`, if it does not start with `/rest/` or `/secure/` itself."""
    handler: Handler
    reads: bool = False
    """A POST that changes nothing."""
    only: Flavour | None = None
    public: bool = False
    """For people who are not signed in, too."""


def answer(content: Json, status: int = 200) -> Response:
    return JSONResponse(content, status)


def nothing() -> Response:
    return Response(status_code=204)


def refused(error: Refused) -> Response:
    return JSONResponse(error.body(), error.status)


def page(ask: Ask, entries: list[Json], key: str, most: int = 50) -> dict[str, Json]:
    """A part of a list in Jira's older form: startAt, maxResults, total."""
    start, size = ask.number("startAt", 0), min(ask.number("maxResults", most), 1000)
    part = entries[start : start + size]
    return {"startAt": start, "maxResults": size, "total": len(entries), key: part}


def whole(value: Json, name: str) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError):
        raise Refused(400, f"The value '{value}' of '{name}' is not a number.") from None
    if number < 0:
        raise Refused(400, f"The value of '{name}' must not be negative.")
    return number


def strings(sent: Json) -> list[str]:
    """A list, or a text with commas; none for null."""
    if isinstance(sent, str):
        return [name for name in sent.split(",") if name]
    if sent is not None and not isinstance(sent, list):
        raise Refused(400, "Invalid request payload: a list was expected.")
    return [str(name) for name in sent or ()]


def signed_in(site: Site, request: Request) -> User | None:
    """Cloud: `email:token` as Basic. Data Center: a personal access token as Bearer."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if site.cloud:
        if scheme.lower() != "basic":
            return None
        try:
            given = base64.b64decode(given, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            return None
    elif scheme.lower() != "bearer":
        return None
    known = (user for user in site.users.values() if user.credential == given and user.active)
    return next(known, None) if given else None


def parse(request: Request, body: bytes) -> Json:
    """The JSON sent, or None. Refused: too large, no JSON."""
    if not body or request.method in ("GET", "DELETE"):
        return None
    if len(body) > MOST_BYTES:
        raise Refused(413, "The request is too large.")
    if request.url.path.endswith("/attachments"):
        return None  # a form with files
    if "json" not in request.headers.get("content-type", ""):
        raise Refused(415, "Unsupported Media Type. Send application/json.")
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        told = "There was an error parsing JSON. Check that your request body is valid."
        raise Refused(400, told) from None


def asked(site: Site, request: Request, body: bytes, *, public: bool) -> Ask:
    """Refused: 401 where nobody is signed in, or as `parse`."""
    user = signed_in(site, request)
    if user is None and (not public or "authorization" in request.headers):
        raise Refused(401, "Client must be authenticated to access this resource.")
    old = "/rest/api/" not in request.url.path or "/rest/api/2/" in request.url.path
    version: Literal["2", "3"] = "3" if site.cloud and not old else "2"
    path: dict[str, str] = dict(request.path_params)
    query = parse_qs(request.url.query, keep_blank_values=True)
    sent, headers = parse(request, body), dict(request.headers)
    return Ask(site, user or ANONYMOUS, version, path, query, sent, headers, body)
