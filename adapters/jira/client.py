"""Jira's REST API, as far as the adapter speaks it: addresses, pages, refusals.

The `jira` package gives the session, its authentication and the addresses; its private members are
used for that here, and only here.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias
from urllib.parse import urljoin, urlsplit

import requests
from jira import JIRA
from pyrate_limiter import Rate

from adapters.http import Answer, Client, Raw, bounded, exchange
from adapters.jira.attached import PROPERTY as COPIES
from adapters.pace import Gate, Pace, Turns
from sync.model import Json
from sync.tracker import Allowance, Rejected, Unavailable

Issue: TypeAlias = Mapping[str, Json]
"""One issue as Jira answers it: id, key, fields, properties."""
Deployment: TypeAlias = Literal["cloud", "datacenter"]

MARK = "onebacklog"
"""The entity property that says which item an issue was made for."""
FETCH = 100
"""Issues that one bulk fetch takes."""
PAGE = 5000
"""Issues of ids alone that Cloud gives in one page; it gives fewer as it likes."""
PAGE_DATACENTER = 1000
AGILE = "agile:"
"""Before the paths of Jira Software's own API."""
SITE = "site:"
"""Before paths that people open, too: below the site's address, and beside its API."""
UNTAKEN = (400, 403, 404, 413)
"""How Jira answers an upload that it does not take."""
REDIRECTS = (301, 302, 303, 307, 308)
HOPS = 4
"""So often one download may lead elsewhere."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What Jira minds about one write."""

    fields: Mapping[str, str]
    """By the id of Jira's field."""
    words: tuple[str, ...] = ()
    """What it names no field for."""

    def __str__(self) -> str:
        return "; ".join([*self.words, *(f"{name}: {text}" for name, text in self.fields.items())])


class JiraClient:
    """One Jira's API. Not thread-safe."""

    def __init__(  # noqa: PLR0913 - by keyword, and most have their default
        self,
        *,
        name: str,
        url: str,
        email: str | None,
        token: str,
        secrets: Sequence[str] = (),
        writes: int | None = None,
        turns: Turns | None = None,
        standing: Callable[[], None] | None = None,
    ) -> None:
        """Without an email the token is a personal access token. Sends nothing yet.

        `secrets`: what else no message may hold. `writes`: so many a minute; None: any number.
        """
        self.url = url.rstrip("/")
        self._credentials = (email, token)
        self.cloud = False
        self._connect()
        self._secrets = [secret for secret in (token, email, *secrets) if secret]
        pace = Pace(Rate(writes, 60_000)) if writes else None
        gate = Gate(writes=pace, turns=turns, standing=standing)
        self._http = Client(self._send, name=name, secrets=self._secrets, gate=gate)
        self._downloads = 0
        self.complete: Callable[[Sequence[Issue]], list[Issue]] = list
        """What issues are given that the answers they come in leave out."""
        self._name = name

    def settle(self, deployment: Deployment) -> None:
        """Goes on in the API of this deployment: v3 on Cloud, else v2."""
        if self.cloud != (deployment == "cloud"):
            self.cloud = deployment == "cloud"
            self._connect()

    @property
    def requests(self) -> int:
        """How many were sent."""
        return self._http.requests + self._downloads

    @property
    def allowed(self) -> Allowance | None:
        return self._http.allowed

    def now(self) -> float:
        """Jira's own time as its answers tell it, in epoch seconds."""
        return time.time() + (self.ahead or 0.0)

    @property
    def ahead(self) -> float | None:
        """Seconds that Jira's clock is ahead of ours, where it has told."""
        return self._http.ahead

    def call(
        self,
        method: str,
        path: str,
        body: Json = None,
        *,
        params: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        accept: Sequence[int] = (),
    ) -> Answer:
        """One request below the API's base address. Raises TrackerErrors only."""
        return self._http.call(
            method, path, params=params, body=body, repeatable=repeatable, accept=accept
        )

    def get(self, path: str, **params: str) -> Json:
        return self.call("GET", path, params=params or None).body

    def write(
        self, method: str, path: str, body: Json = None, *, repeatable: bool | None = None
    ) -> Answer | Refusal:
        """A write to one issue; a refusal of that one is an answer."""
        answer = self.call(method, path, body, repeatable=repeatable, accept=(400, 403))
        return self.refusal(answer.body) if answer.status >= 400 else answer

    def upload(self, path: str, form: bytes, kind: str) -> Answer | Refusal:
        """Posts a form with a file; `kind` is its content type."""
        headers = {"Content-Type": kind, "X-Atlassian-Token": "no-check"}
        answer = self._http.call("POST", path, body=form, headers=headers, accept=UNTAKEN)
        if answer.status == 413:
            return Refusal({}, ("it is too large for this Jira",))
        return self.refusal(answer.body) if answer.status >= 400 else answer

    def download(self, path: str) -> bytes:
        """The bytes there. Another host that Jira leads to is shown no credential."""
        address, hops = self._address(path), 0
        while True:
            status, headers, content = self._bytes(address)
            if status not in REDIRECTS:
                return content
            address, hops = urljoin(address, headers.get("location", "")), hops + 1
            begins = urlsplit(address).scheme
            if hops > HOPS or begins not in ("https", urlsplit(self.url).scheme):
                raise Unavailable(f"{self._name}: a download leads to no file")

    def _bytes(self, address: str) -> tuple[int, Mapping[str, str], bytes]:
        own = urlsplit(address)[:2] == urlsplit(self.url)[:2]
        got: list[bytes] = []

        def send(method: str, path: str, params: Json, body: Json, headers: Json) -> Raw:
            session = self._jira._session if own else _anonymous(path)
            raw = exchange(session, method, path, headers=headers)
            got[:] = [raw.body]
            return replace(raw, body=b"") if raw.status in (200, *REDIRECTS) else raw

        client = Client(send, name=self._name, secrets=self._secrets)
        try:
            answer = client.call("GET", address, accept=REDIRECTS)
        finally:
            self._downloads += client.requests
        return answer.status, answer.headers, got[0]

    def refusal(self, body: Json) -> Refusal:
        """What an error's body, or one element's of it, says."""
        errors = body.get("errors") if isinstance(body, dict) else None
        messages = body.get("errorMessages") if isinstance(body, dict) else None
        fields = errors if isinstance(errors, dict) else {}
        words = [str(text) for text in messages if text] if isinstance(messages, list) else []
        if not fields and not words:
            words = ["Jira refuses it without a reason; may this account edit the issue?"]
        scrub = self._http.scrub
        return Refusal(
            {str(name): scrub(str(text)) for name, text in fields.items()},
            tuple(map(scrub, words)),
        )

    def search(
        self,
        jql: str,
        fields: Sequence[str],
        *,
        reconcile: Sequence[int] = (),
        size: int | None = None,
    ) -> Iterator[Sequence[Issue]]:
        """The pages of a search. `reconcile`: up to 50 ids whose latest writes it must see."""
        most = size or (PAGE if self.cloud else PAGE_DATACENTER)
        asked: dict[str, Json] = {"jql": jql, "fields": list(fields), "maxResults": most}
        if not self.cloud:
            return map(self.complete, self._by_number(asked))
        asked |= {"reconcileIssues": list(reconcile)} if reconcile else {}
        return map(self.complete, self._by_token(asked))

    def fetch(self, ids: Sequence[str], fields: Sequence[str]) -> list[Issue]:
        """These issues by id or key, from reads that do not lag; absent ones are left out."""
        if not self.cloud:
            single = (self._one(key, fields) for key in ids)
            return self.complete([issue for issue in single if issue is not None])
        found: list[Issue] = []
        for start in range(0, len(ids), FETCH):
            asked = {
                "issueIdsOrKeys": list(ids[start : start + FETCH]),
                "fields": list(fields),
                "properties": [MARK, COPIES],
            }
            answer = self.call("POST", "issue/bulkfetch", asked, repeatable=True)
            found += _issues(answer)
        return self.complete(found)

    def _one(self, key: str, fields: Sequence[str]) -> Issue | None:
        params = {"fields": ",".join(fields), "properties": f"{MARK},{COPIES}"}
        answer = self.call("GET", f"issue/{key}", params=params, accept=(404,))
        return answer.mapping() if answer.status != 404 else None

    def _by_token(self, asked: dict[str, Json]) -> Iterator[Sequence[Issue]]:
        tokens: set[str] = set()
        while True:
            answer = self._searched("search/jql", asked)
            page, token = _issues(answer), answer.mapping().get("nextPageToken")
            if token and (not page or token in tokens):
                raise Unavailable(f"{self._name}: the pages of a search do not come to an end")
            yield page
            if not token:
                return
            tokens.add(token)
            asked["nextPageToken"] = token

    def _by_number(self, asked: dict[str, Json]) -> Iterator[Sequence[Issue]]:
        start, seen = 0, set[str]()
        while True:
            answer = self._searched("search", {**asked, "startAt": start})
            page = _issues(answer)
            yield [issue for issue in page if issue["id"] not in seen]
            seen |= {issue["id"] for issue in page}
            start += len(page)
            total = answer.mapping().get("total")
            if not page or not isinstance(total, int) or start >= total:
                if isinstance(total, int) and len(seen) < total:
                    raise Unavailable(
                        f"{self._name}: the search found {total} issues and gave {len(seen)}: "
                        "they changed meanwhile, or are capped; read again"
                    )
                return

    def _searched(self, path: str, asked: Json) -> Answer:
        try:
            return self.call("POST", path, asked, repeatable=True)
        except Rejected as error:
            raise Rejected(f"{error} (is the tracker's `where` valid JQL?)") from None

    def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: Json,
        headers: Mapping[str, str],
    ) -> Raw:
        plain = body is None or isinstance(body, bytes)
        data = body if plain else json.dumps(body)
        return exchange(
            self._jira._session,
            method,
            self._address(path),
            params=params,
            data=data,
            headers=headers,
        )

    def _address(self, path: str) -> str:
        if path.startswith(SITE):
            return self.url + path.removeprefix(SITE)
        if path.startswith(AGILE):
            return self._jira._get_url(path.removeprefix(AGILE), base=JIRA.AGILE_BASE_URL)
        return self._jira._get_url(path)

    def _connect(self) -> None:
        email, token = self._credentials
        self._jira = JIRA(
            self.url,
            options={"rest_api_version": "3" if self.cloud else "2"},
            basic_auth=(email, token) if email else None,
            token_auth=None if email else token,
            get_server_info=False,
            max_retries=0,
            logging=False,
        )
        bounded(self._jira._session, self.url)


def _anonymous(address: str) -> requests.Session:
    """A session for that host without any credential, `.netrc` included."""
    session = requests.Session()
    bounded(session, address)
    session.auth = lambda request: request
    return session


def _issues(answer: Answer) -> list[Issue]:
    issues = answer.mapping().get("issues")
    if not isinstance(issues, list) or not all(
        isinstance(issue, dict) and isinstance(issue.get("id"), str) for issue in issues
    ):
        raise Unavailable(f"{answer.url} answered without a list of issues")
    return issues
