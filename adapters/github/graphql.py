"""GitHub's GraphQL API: one request, under the same policy as REST, and its errors by type.

https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from pyrate_limiter import Rate

from adapters.answers import parse
from adapters.http import Client, Raw, Send
from adapters.pace import Gate, Pace, Turns
from sync.model import Json
from sync.tracker import Allowance, Denied, NotFound, Rejected, TrackerError, Unavailable

CHANGES = 20
"""Mutations in one document: far below the 10 seconds that a request may take."""
PACE = Rate(2_000 // (5 * CHANGES), 60_000)
"""Documents of mutations a minute: GitHub counts 5 points for each mutation, of 2,000 a minute."""
COST = "{\n  rateLimit { cost }\n"
"""Asked first in each query."""
FORBIDDEN = frozenset({"FORBIDDEN", "INSUFFICIENT_SCOPES"})


@dataclass(frozen=True, slots=True)
class Trouble:
    """One error within an answer."""

    path: tuple[str | int, ...]
    """Where in the data something is missing; the first is a root field, or its alias."""
    error: TrackerError
    executed: bool = True
    """False where the whole document was refused, such as by a server that lacks a field."""


@dataclass(frozen=True, slots=True)
class Reply:
    """Data, of which some may be missing, and why."""

    data: Mapping[str, Json]
    troubles: tuple[Trouble, ...] = ()

    def error_of(self, *path: str) -> TrackerError | None:
        """What went wrong at this place, or in all."""
        found = (one for one in self.troubles if one.path[: len(path)] == path or not one.path)
        return next((one.error for one in found), None)


class GraphQL:
    """Not thread-safe. All that is sent may be sent twice: the second time it changes nothing."""

    def __init__(  # noqa: PLR0913 - by keyword, and most have their default
        self,
        send: Send,
        *,
        url: str,
        name: str,
        secrets: Sequence[str],
        paced: bool,
        turns: Turns | None = None,
        standing: Callable[[], None] | None = None,
    ) -> None:
        """`url` is absolute; `paced` where github.com's limits hold."""
        self._url, self._name = url, name
        sent, pace = _counted(send), Pace(PACE) if paced else None
        reads = Gate("graphql", turns=turns)
        writes = Gate("graphql", writes=pace, turns=turns, standing=standing)
        self._reads = Client(sent, name=name, secrets=secrets, gate=reads)
        self.points = 0
        """What all cost, as GitHub says of queries; of changes it says nothing: one each."""
        self._writes = Client(sent, name=name, secrets=secrets, gate=writes, posts="writes")

    @property
    def requests(self) -> int:
        return self._reads.requests + self._writes.requests

    @property
    def allowed(self) -> Allowance | None:
        """The one that was told last: both have the same."""
        told = [one.allowed for one in (self._reads, self._writes) if one.allowed]
        return min(told, key=lambda one: (-one.reset, one.left), default=None)

    def ask(self, query: str, variables: Mapping[str, Json]) -> Reply:
        """Reads. Raises TrackerErrors of the request as a whole alone."""
        return self._call(self._reads, query.replace("{\n", COST, 1), variables)

    def change(self, mutation: str, variables: Mapping[str, Json]) -> Reply:
        """Writes; what failed of it is in the reply."""
        return self._call(self._writes, mutation, variables)

    def _call(self, client: Client, text: str, variables: Mapping[str, Json]) -> Reply:
        body = {"query": text, "variables": dict(variables)}
        answer = client.call("POST", self._url, body=body, repeatable=True)
        said = answer.mapping()
        data, errors = said.get("data"), said.get("errors")
        self.points += _cost(data)
        listed = errors if isinstance(errors, list) else []
        if not isinstance(data, dict) and not listed:
            raise Unavailable(f"{self._name}: GraphQL answered in an unknown form")
        troubles = tuple(self._trouble(client, one, data is not None) for one in listed)
        return Reply(data if isinstance(data, dict) else {}, troubles)

    def _trouble(self, client: Client, error: Json, executed: bool) -> Trouble:
        entry = error if isinstance(error, dict) else {}
        path = entry.get("path") if executed else None
        said = f"{self._name}: {client.scrub(str(entry.get('message') or 'refused'), 500)}"
        place = tuple(part for part in path or () if isinstance(part, str | int))
        return Trouble(place, _error(entry, said), executed)


def _cost(data: Json) -> int:
    rate = data.get("rateLimit") if isinstance(data, dict) else None
    cost = rate.get("cost") if isinstance(rate, dict) else None
    return cost if isinstance(cost, int) and cost > 0 else 1


def _error(entry: Mapping[str, Json], said: str) -> TrackerError:
    """By the error's type. GitHub's own failures have neither a type nor a code."""
    type_ = entry.get("type")
    if type_ in FORBIDDEN:
        return Denied(f"{said} (the token may not do this)")
    if type_ == "NOT_FOUND":
        return NotFound(said)
    extensions = entry.get("extensions")
    coded = isinstance(extensions, dict) and "code" in extensions
    return Rejected(said) if type_ or coded else Unavailable(said)


def _counted(send: Send) -> Send:
    """Gives the answer that a limit was reached the status that REST gives it."""

    def sent(
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: Json,
        headers: Mapping[str, str],
    ) -> Raw:
        raw = send(method, path, params, body, headers)
        if raw.status != 200 or not _is_limit(parse(raw.body)):
            return raw
        told = {"retry-after", "x-ratelimit-reset"} & raw.headers.keys()
        exhausted = raw.headers.get("x-ratelimit-remaining") == "0"
        wait = {} if "retry-after" in told or (exhausted and told) else {"retry-after": "60"}
        return replace(raw, status=429, headers={**raw.headers, **wait})

    return sent


def _is_limit(body: Json) -> bool:
    errors = body.get("errors") if isinstance(body, dict) else None
    listed = errors if isinstance(errors, list) else []
    return any(isinstance(one, dict) and one.get("type") == "RATE_LIMITED" for one in listed)
