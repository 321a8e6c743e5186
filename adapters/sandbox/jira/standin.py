"""The stand-in itself: a Jira site as an ASGI app, filled from plain data and read by tests."""

from __future__ import annotations

import copy
import threading
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as Routed
from starlette.types import ASGIApp

from adapters.sandbox.jira import (
    agile,
    attachments,
    bulk,
    comments,
    issues,
    meta,
    moving,
    people,
    rank,
    related,
    screens,
    search,
    versions,
    webhooks,
    workflow,
)
from adapters.sandbox.jira.dump import dumped
from adapters.sandbox.jira.jql import JqlError
from adapters.sandbox.jira.matching import compiled
from adapters.sandbox.jira.quirks import Quirks
from adapters.sandbox.jira.seed import site_from
from adapters.sandbox.jira.state import Flavour, Issue, Json, Site, User, Webhook
from adapters.sandbox.jira.web import Refused, Route, asked, refused
from adapters.sandbox.server import Switches, reads

PARTS = (
    comments,
    meta,
    people,
    screens,
    issues,
    workflow,
    related,
    versions,
    search,
    rank,
    webhooks,
    agile,
    attachments,
    bulk,
)


class JiraStandIn:
    """One Jira site, to be mounted below `/jira`.

    People act through HTTP, as with the real one; the methods do what has no request of its own.
    """

    def __init__(self, switches: Switches, flavour: Flavour = "cloud") -> None:
        self.switches = switches
        self.quirks = Quirks()
        self._lock = threading.RLock()  # requests run on the server's thread, methods on a test's
        self._post = webhooks.Post()
        self._site = site_from({}, flavour, switches, self.quirks)
        self.app: ASGIApp = Starlette(
            routes=self._routes(),
            exception_handlers={HTTPException: _no_path},
        )

    def load(self, data: Mapping[str, Any]) -> None:
        """Replaces all there is, but for webhooks. The form: `adapters.sandbox.jira.seed`.

        SeedError (a ValueError): names the place; the site stays as it was.
        """
        with self._lock:
            site = site_from(data, self._site.flavour, self.switches, self.quirks)
            self._site = replace(site, webhooks=self._site.webhooks, base=self._site.base)

    def dump(self) -> dict[str, Any]:
        """Everything, in the form that `load` takes; issues in rank order."""
        with self._lock:
            return dumped(self._site)

    def keep(self) -> object:
        """All there is, to be given to `put_back`: ids and times as they are."""
        with self._lock:
            return self._copied(self._site)

    def put_back(self, kept: object) -> None:
        """As it was when that was kept. It can be put back as often as one likes."""
        assert isinstance(kept, Site)  # noqa: S101 - what `keep` gave
        with self._lock:
            self._site = self._copied(kept)

    def _copied(self, site: Site) -> Site:
        return copy.deepcopy(site, {id(one): one for one in (self.switches, self.quirks)})

    def move(self, key: str, to_project: str) -> str:
        """Moves an issue to another project. Its new key; the old one goes on leading to it."""
        with self._lock:
            moved = moving.move(self._site, self._user(), self._issue(key), to_project)
            self._send()
            return moved.key

    def delete(self, key: str) -> None:
        with self._lock:
            issues.deleted(self._site, self._user(), self._issue(key))
            self._send()

    def archive(self, key: str, *, archived: bool = True) -> None:
        """Takes an issue out of search, and lets nobody edit it."""
        with self._lock:
            issue = self._issue(key)
            self._site.before_write(issue)
            issue.archived = archived
            issue.values.pop("archiveddate", None)
            if archived:
                issue.values["archiveddate"] = self._site.now()

    def archive_project(self, key: str, *, archived: bool = True) -> None:
        """Takes all its issues out of search, and lets nobody edit them."""
        with self._lock:
            self._site.projects[key].archived = archived

    def open_project(self, key: str, *, open: bool = True) -> None:
        """Lets everybody browse a project, without signing in."""
        with self._lock:
            self._site.projects[key].open = open

    def restrict(self, key: str, *roles: str) -> None:
        """Shows an issue of a team-managed project to these roles alone; none: to all again."""
        with self._lock:
            issue = self._issue(key)
            self._site.before_write(issue)
            issue.values["issuerestriction"] = roles
            self._site.touch(issue)

    def show_levels(self, person: str, levels: Collection[str] | None) -> None:
        """Shows a person issues of these security levels alone; None: of all."""
        with self._lock:
            seen = None if levels is None else frozenset(levels)
            self._site.users[person] = replace(self._site.users[person], levels=seen)

    def _issue(self, key: str) -> Issue:
        issue = self._site.issue(key)
        if issue is None:
            raise KeyError(key)
        return issue

    def _user(self) -> User:
        return next(iter(self._site.users.values()))

    def _routes(self) -> list[Routed]:
        routes = [route for part in PARTS for route in part.ROUTES]
        flavour = self._site.flavour
        versions_ = ("2", "3", "latest") if flavour == "cloud" else ("2", "latest")
        bases = [f"/rest/api/{version}" for version in versions_]
        made = []
        for route in routes:
            if route.only not in (None, flavour):
                continue
            absolute = route.path.startswith(("/rest/", "/secure/"))
            paths = [route.path] if absolute else [base + route.path for base in bases]
            made += [Routed(path, self._endpoint(route), methods=[route.method]) for path in paths]
        return sorted(made, key=_words_first)

    def _endpoint(self, route: Route) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            if route.reads:
                reads(request)
            with self._lock:
                self._site.base = _base(request)
                try:
                    response = route.handler(asked(self._site, request, body, public=route.public))
                except Refused as error:
                    response = refused(error)
                self._send()
            return response

        return endpoint

    def _send(self) -> None:
        """Hands what happened to those who listen."""
        site = self._site
        for event, issue in site.outbox:
            hooks = [hook for hook in site.webhooks.values() if self._listens(hook, event, issue)]
            for delivery in webhooks.deliveries(site, event, hooks):
                self._post.send(delivery)
        site.outbox.clear()

    def _listens(self, hook: Webhook, event: Mapping[str, Json], issue: Issue | None) -> bool:
        if not hook.enabled or event["webhookEvent"] not in hook.events:
            return False
        if issue is None or not hook.jql:
            return True
        try:
            return compiled(self._site, self._user(), hook.jql).test(issue)
        except JqlError:
            return False


def _base(request: Request) -> str:
    """The address that the site is mounted at."""
    return f"{request.url.scheme}://{request.url.netloc}{request.scope.get('root_path', '')}"


def _words_first(route: Routed) -> list[bool]:
    """So that `/issue/bulk` is not taken for an issue."""
    return [part.startswith("{") for part in route.path.split("/")]


async def _no_path(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    told = f"null for uri: {request.url.path}"
    return JSONResponse({"message": told, "status-code": status}, status)
