"""The stand-in as a whole: its routes, its front door, and what tests may do to it by hand."""

from __future__ import annotations

import base64
import binascii
import copy
import hashlib
import json
import re
import threading
import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.sandbox.github import (
    comments,
    fields,
    graphql,
    hooks,
    issues,
    labels,
    limits,
    milestones,
    moving,
    org_hooks,
    people,
    seed,
    ties,
)
from adapters.sandbox.github.answers import Answer, Refused, forbidden, not_found
from adapters.sandbox.github.calls import Call, Caller, Operation
from adapters.sandbox.github.editions import has
from adapters.sandbox.github.graphql_view import View
from adapters.sandbox.github.limits import Limits
from adapters.sandbox.github.state import Repository, State
from adapters.sandbox.github.webhooks import Webhooks
from adapters.sandbox.server import Switches, reads

OPERATIONS = (
    *people.OPERATIONS,
    *comments.OPERATIONS,  # before issues/{issue_number}, which would take issues/comments
    *fields.OPERATIONS,
    *issues.OPERATIONS,
    *labels.OPERATIONS,
    *milestones.OPERATIONS,
    *ties.OPERATIONS,
    *hooks.OPERATIONS,
    *org_hooks.OPERATIONS,
)
SERVER = re.compile(r"^/api/v3(?=/)|^/api(?=/graphql$)")
BY_ID = re.compile(r"/repositories/([0-9]{1,18})(?=/|$)")


class GitHubStandIn:
    """github.com's API on the issues side, holding its state in memory: REST, and GraphQL for
    projects.

    Seed (`load`) and `dump` have this form; all but the names may be left out, and issues, which
    are numbered in their order, may say more: `user`, `type`, `locked`, `comments`, `number`.

        users: {TOKEN: login}                # or {login: …, issues: read, hooks: none}
        enterprise: "3.18"                   # an Enterprise Server of this version
        organizations:
          acme:
            issue_types: [Bug, Task]
            owners: [logins]                 # who manages its hooks
            issue_fields: [{name: Priority, type: single_select, options: [High, Low]}]
        repositories:
          acme/shop:
            private: false
            internal: false                  # private, but for the members of the enterprise
            archived: false
            push: [logins]                   # who may push, and with it everything else
            read: [logins]                   # who may only read; of use where it is private
            has_issues: true
            labels: [name]                   # or {name: …, color: …, description: …}
            milestones: [title]              # or {title: …, due_on: …, state: …}
            issues:
              - {title: …, body: …, state: closed, state_reason: completed, labels: [name],
                 assignees: [login], milestone: title, pull_request: false, created_at: …,
                 updated_at: …, parent: 1, blocked_by: [2, acme/other#3]}
        projects:
          - owner: acme                      # or a user
            number: 1
            title: …
            public: false
            write: [logins]                  # by default who may push to a repository of the owner
            fields: [{name: Status, type: single_select, options: [Todo, Done]},
                     {name: Sprint, type: iteration, iterations: [{title: …, start: 2026-11-02}]},
                     {name: Points, type: number}]    # or text, date
            items: [acme/shop#1, {issue: acme/shop#2, archived: true, values: {Status: Todo}},
                    {draft: …}]              # in position order

    What REST has no request for, people do through the methods below, as `by` (by default someone
    with push access).
    """

    def __init__(self, switches: Switches) -> None:
        self.switches = switches
        self.state = State()
        self.limits = Limits()
        self.points = Limits()
        """Of GraphQL; `budget` is points an hour there."""
        self._lock = threading.RLock()
        self._base = "http://127.0.0.1/github"  # until the first request says better
        self.webhooks = Webhooks(lambda: self.state, self._now, self._lock)
        routes = [self._route(operation) for operation in OPERATIONS]
        rate = Operation("GET", "/rate_limit", self._rate_limit, limits.PAGE, "nothing")
        inner = Starlette(
            routes=[*routes, self._route(rate), self._graphql_route()],
            exception_handlers={HTTPException: self._unrouted, Exception: self._failed},
        )
        self.app: ASGIApp = self._front(inner)

    def _now(self) -> datetime:
        return self.switches.now("github")

    def load(self, data: Mapping[str, Any]) -> None:
        """Replaces everything by the seed. ValueError names each place that is wrong, and why."""
        state = seed.build(data, self._now())
        with self._lock:
            self.state = state
            self.limits.forget()
            self.points.forget()

    def dump(self) -> dict[str, Any]:
        """What there is, in the form that `load` takes."""
        with self._lock:
            return seed.dump(self.state)

    def keep(self) -> object:
        """All there is, to be given to `put_back`: ids and times as they are, unlike a dump."""
        with self._lock:
            return copy.deepcopy(self.state)

    def put_back(self, kept: object) -> None:
        """As it was when that was kept. It can be put back as often as one likes."""
        assert isinstance(kept, State)  # noqa: S101 - what `keep` gave
        with self._lock:
            self.state = copy.deepcopy(kept)
            self.limits.forget()
            self.points.forget()

    @property
    def budget(self) -> int:
        """Requests that each caller may make within the hour; setting it starts a new hour."""
        return self.limits.budget

    @budget.setter
    def budget(self, requests: int) -> None:
        with self._lock:
            self.limits.budget = requests
            self.limits.forget()

    @property
    def creations_per_minute(self) -> int | None:
        """The secondary limit: what each caller may POST about issues in a minute; None: no limit.

        `limits.refusal` is the status of what is refused, 403 or 429.
        """
        return self.limits.creations_per_minute

    @creations_per_minute.setter
    def creations_per_minute(self, number: int | None) -> None:
        self.limits.creations_per_minute = number

    # What REST has no request for

    def transfer(self, repo: str, number: int, to_repo: str, by: str | None = None) -> int:
        """Moves an issue to another repository of the same owner; its number there."""
        with self._lock:
            return moving.transfer(self._call(repo, by, number), to_repo)

    def delete(self, repo: str, number: int, by: str | None = None) -> None:
        with self._lock:
            moving.delete(self._call(repo, by, number))

    def lock(
        self, repo: str, number: int, reason: str | None = None, by: str | None = None
    ) -> None:
        with self._lock:
            issues.lock(self._call(repo, by, number, {"lock_reason": reason}))

    def convert_to_discussion(self, repo: str, number: int, by: str | None = None) -> None:
        with self._lock:
            moving.convert_to_discussion(self._call(repo, by, number))

    def archive(self, repo: str, *, archived: bool = True) -> None:
        """Makes a whole repository read-only, or takes that back."""
        with self._lock:
            self._repository(repo).archived = archived

    def show_to(self, repo: str, visibility: Literal["public", "private", "internal"]) -> None:
        """Changes who may read a repository beside its own people."""
        with self._lock:
            repository = self._repository(repo)
            repository.private = visibility != "public"
            repository.internal = visibility == "internal"

    def settle(self, timeout: float = 10.0) -> bool:
        """Waits until all events so far are delivered, or have failed; False after `timeout` s."""
        return self.webhooks.settle(timeout)

    def _repository(self, repo: str) -> Repository:
        repository = self.state.repository(repo)
        if not repository:
            raise ValueError(f"there is no repository {repo}")
        return repository

    def _call(self, repo: str, by: str | None, number: int, body: Any = None) -> Call:
        repository = self._repository(repo)
        if number not in repository.issues:
            raise ValueError(f"there is no issue {repo}#{number}")
        login = by or min(repository.pushers, default=repository.owner)
        owner, name = repository.full_name.split("/")
        return Call(
            state=self.state,
            webhooks=self.webhooks,
            caller=Caller(login),
            base=self._base,
            path={"owner": owner, "repo": name, "issue_number": str(number)},
            query={},
            body=body or {},
            now=self._now(),
        )

    # The front door

    def _front(self, inner: ASGIApp) -> ASGIApp:
        """`/repositories/ID/…`, as in links and redirects, is `/repos/OWNER/NAME/…`; and an
        Enterprise Server's API is below `/api/v3`, its GraphQL at `/api/graphql`."""

        async def front(scope: Scope, receive: Receive, send: Send) -> None:
            root = scope.get("root_path", "")
            path = SERVER.sub("", scope["path"].removeprefix(root))
            scope = {**scope, "path": f"{root}{path}"}
            if found := BY_ID.match(path):
                known = {one.id: one.full_name for one in self.state.repositories.values()}
                if name := known.get(int(found[1])):
                    scope = {**scope, "path": f"{root}/repos/{name}{path[found.end() :]}"}
            await inner(scope, receive, send)

        return front

    def _route(self, operation: Operation) -> Route:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            with self._lock:
                there = has(self.state.version, operation.path)
                return self._answer(request, body, operation if there else UNKNOWN)

        return Route(operation.path, endpoint, methods=[operation.method])

    def _graphql_route(self) -> Route:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            with self._lock:
                return self._graphql(request, body)

        return Route("/graphql", endpoint, methods=["POST"])

    def _graphql(self, request: Request, body: bytes) -> Response:
        """Errors of GraphQL's own are a 200 as well."""
        now, login = self._now(), None
        try:
            caller = self._caller(request)
            login = caller.login
            if caller.token is None or login is None:
                raise Refused(401, "This endpoint requires you to be authenticated.")
            self._base = str(request.url.replace(path=request.scope["root_path"], query=""))
            view = View(self.state, login, caller.token.projects, self._base, now)
            done = graphql.perform(view, self.points, _parse(body))
            if not done.writes:
                reads(request)
            self.points.window(login, now).used += done.cost
            answer = Answer(done.body)
        except Refused as refused:
            answer = refused.answer(graphql.PAGE)
        response = _respond(request, answer)
        response.headers.update(self.points.headers(login, now))
        response.headers["X-RateLimit-Resource"] = "graphql"
        response.headers["X-GitHub-Request-Id"] = uuid.uuid4().hex.upper()
        return response

    async def _unrouted(self, request: Request, _: Exception) -> Response:
        with self._lock:
            return self._answer(request, b"", UNKNOWN)

    async def _failed(self, _: Request, __: Exception) -> Response:
        """The traceback is on the log: the exception goes on to the server."""
        body = {"message": "Server Error"}
        return Response(json.dumps(body), 500, media_type="application/json")

    def _answer(self, request: Request, body: bytes, operation: Operation) -> Response:
        now = self._now()
        request_id = uuid.uuid4().hex.upper()
        login: str | None = None
        try:
            caller = self._caller(request)
            login = caller.login
            free = operation.path == "/rate_limit"
            if not free:
                self.limits.refuse_exhausted(login, now, request_id)
            answer = self._perform(request, body, operation, caller, now)
        except Refused as refused:
            free = False
            answer = refused.answer(operation.documentation)
        response = _respond(request, answer)
        if not free and response.status_code != 304:
            self.limits.spend(login, now)
        response.headers.update(self.limits.headers(login, now))
        response.headers["X-GitHub-Request-Id"] = request_id
        if self.state.version:
            said = f"enterprise-server@{self.state.version}.2"
            response.headers["X-GitHub-Enterprise-Version"] = said
        response.headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        return response

    def _caller(self, request: Request) -> Caller:
        header = request.headers.get("authorization")
        if header is None:
            return Caller()
        scheme, _, credentials = header.partition(" ")
        if scheme.lower() == "basic":
            credentials = _password(credentials)
        token = self.state.tokens.get(credentials.strip())
        if not token:
            raise Refused(401, "Bad credentials")
        return Caller(token.login, token)

    def _perform(
        self, request: Request, body: bytes, operation: Operation, caller: Caller, now: datetime
    ) -> Answer:
        self._base = str(request.url.replace(path=request.scope["root_path"], query=""))
        if refusal := operation.refusal(caller.token):
            raise refusal
        creates = operation.method == "POST" and operation.needs == "issues"
        if creates:
            self.limits.refuse_hasty(caller.login, now)
        call = Call(
            state=self.state,
            webhooks=self.webhooks,
            caller=caller,
            base=self._base,
            path=request.path_params,
            query=request.query_params,
            body=_parse(body),
            now=now,
            lag=self.switches.lag,
            barred=operation.bars(caller.token),
        )
        if operation.method != "GET" and call.archived:
            raise forbidden("Repository was archived so is read-only.")
        answer = operation.endpoint(call)
        if creates:
            self.limits.created(caller.login, now)
        return answer

    def _rate_limit(self, call: Call) -> Answer:
        return Answer(self.limits.overview(call.caller.login, call.now))


def _unknown(_: Call) -> Answer:
    raise not_found()


UNKNOWN = Operation("GET", "/", _unknown, "", "nothing")


def _password(credentials: str) -> str:
    """Basic authentication: the token stands where the password would."""
    try:
        return base64.b64decode(credentials).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _parse(body: bytes) -> Any:
    if not body:
        return {}
    try:
        parsed = json.loads(body, parse_constant=_no_constant)
        json.dumps(parsed, ensure_ascii=False).encode()  # half a surrogate pair is no text
        return parsed
    except (ValueError, RecursionError):
        raise Refused(400, "Problems parsing JSON") from None


def _no_constant(name: str) -> Any:
    """NaN and Infinity are not JSON, though Python reads them."""
    raise ValueError(name)


def _respond(request: Request, answer: Answer) -> Response:
    """The answer in bytes; 304 where the caller says that it has just these."""
    if answer.body is None:
        return Response(status_code=answer.status, headers=answer.headers)
    body = json.dumps(answer.body, ensure_ascii=False).encode()
    headers = dict(answer.headers)
    if request.method in ("GET", "HEAD") and answer.status == 200:
        etag = f'W/"{hashlib.sha256(body).hexdigest()}"'
        headers |= {"ETag": etag, "Cache-Control": "private, max-age=60, s-maxage=60"}
        known = [one.strip() for one in request.headers.get("if-none-match", "").split(",")]
        if etag in known or etag.removeprefix("W/") in known or "*" in known:
            return Response(status_code=304, headers=headers)
    return Response(body, answer.status, headers, "application/json; charset=utf-8")
