"""GitHub's REST API, call by call, as far as issues need it.

https://docs.github.com/rest, version 2022-11-28.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from urllib.parse import parse_qsl, quote, urlsplit

from github import Auth, Github
from github.Requester import HTTPSRequestsConnectionClass, RequestsResponse
from pyrate_limiter import Rate

from adapters.github.graphql import GraphQL
from adapters.github.shapes import (
    Issue,
    IssueField,
    IssueType,
    Label,
    Milestone,
    Repository,
    shaped,
)
from adapters.http import TIMEOUTS, Answer, Client, Raw, bounded, exchange
from adapters.pace import Gate, Pace, Turns
from sync.model import Json
from sync.tracker import NotFound, Unavailable

PUBLIC = "https://api.github.com"
PAGE = 100
"""Entries that GitHub gives in one page at most."""
ABSENT = (301, 404, 410)
"""An issue that was transferred, is hidden, or was deleted."""
HOPS = 8
"""So often one issue may have been transferred since it was linked, to be found again."""
MINUTE = 60_000
"""Milliseconds."""
WRITES = 80
"""A minute. What github.com takes:
https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api.
The longer limit, 500 an hour, is left to its own answers: not every write counts for it."""
READS = Rate(480, MINUTE)
"""What it takes beside so many writes: 900 points a minute, of which a write is 5."""


class GitHubClient:
    """The API of one repository. Not thread-safe."""

    def __init__(  # noqa: PLR0913 - by keyword, and most have their default
        self,
        *,
        name: str,
        repository: str,
        url: str | None,
        token: str,
        secrets: Sequence[str] = (),
        writes: int | None = None,
        turns: Turns | None = None,
        standing: Callable[[], None] | None = None,
    ) -> None:
        """Sends nothing yet. `secrets`: what else no message may hold. `writes`: so many a minute;
        None: as many as github.com takes, there, and elsewhere any number."""
        self.repository = repository
        self.server = "GitHub"
        """What it calls itself: `GHES 3.18` where it is an Enterprise Server."""
        base = api_url(url)
        self._requester = Github(
            auth=Auth.Token(token),
            base_url=base,
            user_agent="onebacklog",
            per_page=PAGE,
            retry=None,
            seconds_between_requests=None,
            seconds_between_writes=None,
            lazy=True,
            api_version="2022-11-28",
        ).requester
        self._connection = _Connection(base)
        public = base == PUBLIC
        number = writes or (WRITES if public else None)
        self.http = Client(
            self._send,
            name=f"{name} ({repository})",
            secrets=[token, *secrets],
            gate=Gate(
                writes=Pace(Rate(number, MINUTE)) if number else None,
                reads=READS if public else None,
                turns=turns,
                standing=standing,
            ),
            posts="writes",
        )
        self.graphql = GraphQL(
            self._send,
            url=self._requester.graphql_url,
            name=f"{name} ({repository})",
            secrets=[token],
            paced=public,
            turns=turns,
            standing=standing,
        )

    def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: Json,
        headers: Mapping[str, str],
    ) -> Raw:
        try:
            self._requester.requestJson(
                method, path, dict(params or {}), dict(headers), body, cnx=self._connection
            )
        except _Answered as answered:
            return answered.raw
        raise AssertionError("an answer leaves by _Answered")  # pragma: no cover

    def _path(self, rest: str = "") -> str:
        return f"/repos/{self.repository}{rest}"

    def pages(self, rest: str, params: Mapping[str, str] | None = None) -> Iterator[Answer]:
        """The pages of a list of the repository's."""
        yield from self.listed(self._path(rest), params)

    def listed(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[Answer]:
        """A list's pages. The next one's query is the one that GitHub says; not all are numbers."""
        query: Mapping[str, str] | None = {"per_page": str(PAGE), **(params or {})}
        asked: set[frozenset[tuple[str, str]]] = set()
        while query is not None:
            asked.add(frozenset(query.items()))
            answer = self.http.call("GET", path, params=query)
            yield answer
            query = _next_query(answer.headers.get("link", ""))
            if query is not None and frozenset(query.items()) in asked:
                raise Unavailable(f"{self.http.name}: the pages of {path} do not come to an end")

    def issue_pages(
        self, params: Mapping[str, str]
    ) -> Iterator[tuple[Sequence[Issue], Mapping[str, str]]]:
        """Issues and pull requests, and the headers that they came with, page by page."""
        for answer in self.pages("/issues", params):
            yield shaped(list[Issue], answer), answer.headers

    def count_issues(self, params: Mapping[str, str]) -> int:
        """How many there are, in one request: pages of one, and the number of the last."""
        answer = next(self.pages("/issues", {**params, "per_page": "1"}))
        last = re.search(r'[?&]page=(\d+)[^>]*>; rel="last"', answer.headers.get("link", ""))
        return int(last[1]) if last else len(shaped(list[Issue], answer))

    # The repository

    def get_repository(self) -> Repository:
        """Raises NotFound, with its new name where it was renamed or transferred."""
        answer = self.http.call("GET", self._path(), accept=(301,))
        if answer.status != 301:
            self.server = server_of(answer.headers) or self.server
            return shaped(Repository, answer)
        new = shaped(Repository, self._moved_to(answer)).full_name
        raise NotFound(f"{self.repository} is now {new}: name it so under repository")

    def labels(self) -> Iterator[Label]:
        for answer in self.pages("/labels"):
            yield from shaped(list[Label], answer)

    def milestones(self) -> Iterator[Milestone]:
        for answer in self.pages("/milestones", {"state": "all"}):
            yield from shaped(list[Milestone], answer)

    def issue_types(self) -> list[IssueType] | None:
        """None where there are none to be had."""
        answer = self.http.call("GET", self._path("/issue-types"), accept=(403, 404))
        return shaped(list[IssueType], answer) if answer.status == 200 else None

    def issue_fields(self, organization: str) -> list[IssueField] | None:
        """None where there are none to be had."""
        path = f"/orgs/{organization}/issue-fields"
        answer = self.http.call("GET", path, accept=(403, 404))
        return shaped(list[IssueField], answer) if answer.status == 200 else None

    def create_label(self, name: str, color: str, description: str) -> None:
        body = {"name": name, "color": color, "description": description}
        self.http.call("POST", self._path("/labels"), body=body)

    def create_milestone(self, title: str) -> Milestone:
        answer = self.http.call("POST", self._path("/milestones"), body={"title": title})
        return shaped(Milestone, answer)

    # Issues

    def find(self, number: int) -> Answer:
        """The issue; its status may be one of ABSENT."""
        return self.http.call("GET", self._path(f"/issues/{number}"), accept=ABSENT)

    def follow(self, moved: Answer) -> str:
        """Where a transferred issue is now, as an address for people where we may read it."""
        there, hops = self._moved_to(moved, ABSENT), 1
        while there.status == 301 and hops < HOPS:
            moved, there, hops = there, self._moved_to(there, ABSENT), hops + 1
        return shaped(Issue, there).html_url if there.status == 200 else moved.headers["location"]

    def _moved_to(self, moved: Answer, accept: Collection[int] = ()) -> Answer:
        """What is there now. Asked of the same host, whatever the redirect says."""
        found = re.search(
            r"/repo(?:sitorie)?s/.*", urlsplit(moved.headers.get("location", "")).path
        )
        return self.http.call("GET", found[0] if found else self._path(), accept=accept)

    def issue(self, key: str) -> Issue:
        """Any repository's issue."""
        return shaped(Issue, self.http.call("GET", issue_path(key)))

    def create_issue(self, body: Mapping[str, Json]) -> Issue:
        answer = self.http.call("POST", self._path("/issues"), body=dict(body))
        return shaped(Issue, answer)

    def patch_issue(self, number: int, body: Mapping[str, Json]) -> Issue:
        answer = self.http.call("PATCH", self._path(f"/issues/{number}"), body=dict(body))
        return shaped(Issue, answer)

    def add_labels(self, number: int, names: Sequence[str]) -> None:
        """May be sent twice: the second time it changes nothing."""
        path, body = self._path(f"/issues/{number}/labels"), {"labels": list(names)}
        self.http.call("POST", path, body=body, repeatable=True)

    def remove_label(self, number: int, name: str) -> None:
        path = self._path(f"/issues/{number}/labels/{quote(name, safe='')}")
        self.http.call("DELETE", path, accept=(404,))

    def add_assignees(self, number: int, logins: Sequence[str]) -> None:
        """GitHub leaves out, without a word, those that cannot be assigned."""
        path, body = self._path(f"/issues/{number}/assignees"), {"assignees": list(logins)}
        self.http.call("POST", path, body=body, repeatable=True)

    def remove_assignees(self, number: int, logins: Sequence[str]) -> None:
        path, body = self._path(f"/issues/{number}/assignees"), {"assignees": list(logins)}
        self.http.call("DELETE", path, body=body)

    def set_fields(self, number: int, values: Sequence[Json]) -> None:
        """Sets these of the organization's fields, and no other. There must be some: without any,
        GitHub would clear all that the issue has."""
        if not values:
            return
        path = self._path(f"/issues/{number}/issue-field-values")
        self.http.call("POST", path, body={"issue_field_values": list(values)}, repeatable=True)

    def clear_field(self, number: int, field_id: int) -> None:
        path = self._path(f"/issues/{number}/issue-field-values/{field_id}")
        self.http.call("DELETE", path, accept=(404,))

    # References; issues are named by their key where they are the place, and by id where they go.

    def blockers(self, number: int) -> list[str]:
        """The keys of the issues that block this one."""
        pages = self.pages(f"/issues/{number}/dependencies/blocked_by")
        return [issue.key for answer in pages for issue in shaped(list[Issue], answer)]

    def add_blocker(self, number: int, blocker: int) -> None:
        path = self._path(f"/issues/{number}/dependencies/blocked_by")
        self.http.call("POST", path, body={"issue_id": blocker})

    def remove_blocker(self, number: int, blocker: int) -> None:
        path = self._path(f"/issues/{number}/dependencies/blocked_by/{blocker}")
        self.http.call("DELETE", path, accept=(404,))

    def add_sub_issue(self, parent: str, child: int) -> None:
        body = {"sub_issue_id": child, "replace_parent": True}
        self.http.call("POST", f"{issue_path(parent)}/sub_issues", body=body)

    def remove_sub_issue(self, parent: str, child: int) -> None:
        path = f"{issue_path(parent)}/sub_issue"
        self.http.call("DELETE", path, body={"sub_issue_id": child}, accept=(404,))

    def has(self, rest: str) -> bool:
        """Is there such a list? An Enterprise Server may not have it yet."""
        answer = self.http.call("GET", self._path(rest), params={"per_page": "1"}, accept=(404,))
        return answer.status == 200


def api_url(url: str | None) -> str:
    """Where the API is: github.com's, or an Enterprise Server's, whose own address will do."""
    base = (url or PUBLIC).rstrip("/")
    at = urlsplit(base)
    bare_server = (
        at.scheme == "https" and not at.path and not (at.hostname or "").startswith("api.")
    )
    return f"{base}/api/v3" if bare_server else base


def server_of(headers: Mapping[str, str]) -> str | None:
    """`GHES 3.18`, of a server that says `enterprise-server@3.18.2`.

    https://docs.github.com/enterprise-server/rest/enterprise-admin#version-information
    """
    said = headers.get("x-github-enterprise-version")
    if said is None:
        return None
    found = re.search(r"\d+\.\d+", said)
    return f"GHES {found[0]}" if found else "GHES"


def issue_path(key: str) -> str:
    """`acme/shop#12` → its path. Raises NotFound for what is no key."""
    if not re.fullmatch(r"[\w-]+/(?!\.\.?#)[\w.-]+#\d+", key, re.ASCII):
        raise NotFound(f"{key[:100]!r} is no issue's key")
    repository, _, number = key.rpartition("#")
    return f"/repos/{repository}/issues/{number}"


def _next_query(link: str) -> dict[str, str] | None:
    found = re.search(r'<([^<>]*)>;\s*rel="next"', link)
    return dict(parse_qsl(urlsplit(found[1]).query)) if found else None


class _Answered(Exception):
    """Carries an answer past the library, which would follow redirects, wait, and log bodies."""

    def __init__(self, raw: Raw) -> None:
        super().__init__(raw.status)
        self.raw = raw


class _Connection(HTTPSRequestsConnectionClass):
    """The library's connection, so that our own limits hold: it neither retries nor redirects."""

    def __init__(self, base: str) -> None:
        at = urlsplit(base)
        super().__init__(at.hostname or "", at.port, timeout=int(TIMEOUTS[1]))
        self._origin = f"{at.scheme}://{at.netloc}"
        bounded(self.session, base)

    def getresponse(self) -> RequestsResponse:
        data = self.input if isinstance(self.input, str) else None
        url = f"{self._origin}{self.url}"
        raise _Answered(exchange(self.session, self.verb, url, data=data, headers=self.headers))
