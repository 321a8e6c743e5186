"""HTTP under one policy for every tracker: pace, retries, errors, and no credential in a word."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

import requests
import structlog
import tenacity
from urllib3.exceptions import NewConnectionError

from adapters.answers import (
    NOT_JSON,
    Answer,
    Raw,
    allowance,
    asked_pause,
    epoch,
    error_of,
    is_limit,
    is_narrow,
    parse,
)
from adapters.pace import Gate, Kind
from adapters.scrub import Scrubber
from adapters.wire import DEADLINE, LIMIT, TIMEOUTS, Insecure, TooLarge, bounded, exchange
from sync.model import Json
from sync.tracker import Allowance, NotFound, RetryLater, TrackerError, Unavailable

__all__ = [
    "LIMIT",
    "TIMEOUTS",
    "Answer",
    "Client",
    "Raw",
    "Send",
    "TooLarge",
    "bounded",
    "exchange",
]

ATTEMPTS = 4
REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE"})
"""Methods that may be sent again though it is not known what became of the first."""
READS = frozenset({"GET", "HEAD"})
ASTRAY = re.compile(r"[\x00-\x20\x7f\\]|(?:^|/)(?:\.|%2e){1,2}(?:[/?#]|$)", re.IGNORECASE)
"""What would make of a path the address of something else. Ids and keys are foreign text."""
STREAK = 10_000
"""Reads of one address in a row: as pages of a list, these are a million entries."""
Send: TypeAlias = Callable[[str, str, Mapping[str, str] | None, Json, Mapping[str, str]], Raw]
"""One attempt: method, path, query, body for JSON (None: no body), headers. It may raise what
`requests` raises, and nothing else; it neither retries nor follows redirects."""


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    path: str
    params: Mapping[str, str] | None
    body: Json
    headers: Mapping[str, str]
    repeatable: bool
    accept: Collection[int]

    def __str__(self) -> str:
        return f"{self.method} {urlsplit(self.path).path}"


@dataclass(frozen=True, slots=True)
class _Tried:
    """What one attempt came to. Kept as data, so that no exception is chained to a request."""

    answer: Answer | None = None
    error: TrackerError | None = None
    again: bool = False
    """May the request be sent again?"""
    after: float | None = None
    """In so many seconds, where the tracker said so."""


class Client:
    """One tracker's HTTP under our policy. Not thread-safe.

    `name` is how messages call the tracker; `secrets` never occur in them. `patience` is how many
    seconds one call may wait in all for its turn; what would take longer is a RetryLater. `posts`:
    what a POST is that may be sent twice.
    """

    def __init__(  # noqa: PLR0913 - by keyword, and most have their default
        self,
        send: Send,
        *,
        name: str,
        secrets: Sequence[str],
        gate: Gate | None = None,
        posts: Kind = "reads",
        patience: float = 60.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.requests = 0
        """How many were sent."""
        self.points = 0
        """Of these, how many were answered with anything new, which is what GitHub counts."""
        self.allowed: Allowance | None = None
        """As the last answer told."""
        self.ahead: float | None = None
        """Seconds that the tracker's clock is ahead of ours, to about one, as its last answer
        told; None: it has not."""
        self.scrub = Scrubber(secrets)
        self._send, self.name, self.gate, self._patience = send, name, gate or Gate(), patience
        self._posts = posts
        self._sleep, self._clock = sleep, clock
        self._streak = ("", 0)
        self._shut: dict[Kind, float] = {"reads": 0.0, "writes": 0.0}
        """Until when the tracker has asked us to send none."""
        self._log = structlog.get_logger(__name__)

    def call(  # noqa: PLR0913 - what a request is made of, by keyword
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        body: Json = None,
        headers: Mapping[str, str] | None = None,
        repeatable: bool | None = None,
        accept: Collection[int] = (),
    ) -> Answer:
        """The answer to one request, sent as often as may be. Raises TrackerErrors only, and what
        the gate does where nothing may be written any more.

        `repeatable`: the request may be sent twice; by default so for REPEATABLE methods. A status
        in `accept` is an answer and no error. Unavailable after a request that is not repeatable
        says that it is not known whether it took effect.
        """
        may = method in REPEATABLE if repeatable is None else repeatable
        request = _Request(method, path, params, body, headers or {}, may, accept)
        if ASTRAY.search(path):
            raise NotFound(f"{self.name}: {self.scrub(str(request))} is no address")
        kind = self._kind(request)
        if kind == "reads":
            self._count(request)
        self._keep_out(kind, request)
        self._await_turn(kind, request)
        tried: _Tried = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda tried: tried.again),
            stop=self._is_enough,
            wait=_pause,
            sleep=self._sleep,
            retry_error_callback=_last,
        )(self._attempt, request)
        if tried.answer is not None:
            return tried.answer
        if isinstance(tried.error, RetryLater) and tried.error.after is not None:
            self._shut["writes"] = until = self._clock() + tried.error.after
            self._shut["reads"] = until if kind == "reads" else self._shut["reads"]
        raise tried.error or Unavailable(f"{self.name}: no answer to {request}")

    def _kind(self, request: _Request) -> Kind:
        repeated = request.method == "POST" and request.repeatable
        return "reads" if request.method in READS else self._posts if repeated else "writes"

    def _keep_out(self, kind: Kind, request: _Request) -> None:
        """Raises RetryLater while the tracker has asked for a pause: who goes on is shut out."""
        left = self._shut[kind] - self._clock()
        if left > 0:
            said = f"{self.name}: {request} must wait {left:.0f} s, as the tracker has asked"
            raise RetryLater(said, left)

    def _count(self, request: _Request) -> None:
        """Raises Unavailable where the pages of one list do not come to an end."""
        path, times = self._streak
        times = times + 1 if path == request.path else 1
        self._streak = (request.path, times)
        if times > STREAK:
            raise Unavailable(f"{self.name}: {request} does not come to an end ({STREAK} pages)")

    def _is_enough(self, state: tenacity.RetryCallState) -> bool:
        waits = state.idle_for + state.upcoming_sleep > self._patience
        drips = (state.seconds_since_start or 0.0) - state.idle_for > DEADLINE
        return state.attempt_number >= ATTEMPTS or waits or drips

    def _await_turn(self, kind: Kind, request: _Request) -> None:
        waited = 0.0
        for wait in self.gate.waits(kind, self._patience):
            waited += wait
            if waited > self._patience:
                said = f"{self.name}: {request} must wait {wait:.0f} s, to keep our pace"
                raise RetryLater(said, wait)
            self._sleep(wait)

    def _attempt(self, request: _Request) -> _Tried:
        self.gate.stand(self._kind(request))
        self.requests += 1
        begun, at = time.perf_counter(), self._clock()
        came = self._sent(request)
        if isinstance(came, Raw):
            self.points += came.status != 304
            self.allowed = allowance(came) or self.allowed
            self._compare(came, (at + self._clock()) / 2)
        status = came.status if isinstance(came, Raw) else 0
        self._log.debug(
            "request",
            tracker=self.name,
            method=request.method,
            path=urlsplit(request.path).path,
            status=status,
            ms=round((time.perf_counter() - begun) * 1000),
        )
        return self._judge(request, came) if isinstance(came, Raw) else came

    def _compare(self, raw: Raw, at: float) -> None:
        """The tracker's clock with ours, which says `at`. It tells begun seconds."""
        if (date := epoch(raw.headers.get("date"))) is not None:
            self.ahead = date + 0.5 - at

    def _sent(self, request: _Request) -> Raw | _Tried:
        try:
            return self._send(
                request.method, request.path, request.params, request.body, request.headers
            )
        except requests.RequestException as error:
            # Only its kind and host are said: its text and its request may hold credentials.
            at = urlsplit(getattr(error.request, "url", None) or "").hostname or "the tracker"
            kind = "it cannot be reached" if _unsent(error) else type(error).__name__
            said = f"{self.name}: no whole answer from {at} to {request} ({kind})"
            if isinstance(error, TooLarge):
                return _Tried(error=Unavailable(f"{said}: over {LIMIT // 1_000_000} MB"))
            if isinstance(error, Insecure):
                return _Tried(error=Unavailable(f"{said}: it is not the host of the settings"))
            again = request.repeatable or _unsent(error)
            return _Tried(error=Unavailable(said), again=again)

    def _judge(self, request: _Request, raw: Raw) -> _Tried:
        body = parse(raw.body)
        limited = is_limit(raw, body)
        accepted = raw.status in request.accept
        if not limited and (accepted or (raw.status < 300 and body is not NOT_JSON)):
            parsed = None if body is NOT_JSON else body
            return _Tried(Answer(raw.status, raw.headers, parsed, raw.url))
        after = asked_pause(raw, body, self._clock)
        if (limited or raw.status == 503) and after is not None and not is_narrow(raw):
            self.gate.pause(self._kind(request), after)
        error = error_of(raw, f"{self.name}: {request.method}", self.scrub, after)
        again = limited or (raw.status >= 500 and request.repeatable)
        if raw.status == 503 and after is not None:  # busy, says the tracker: it was not executed
            patient = after <= self._patience
            return _Tried(
                error=error if patient else RetryLater(str(error), after),
                again=patient,
                after=after,
            )
        return _Tried(error=error, again=again, after=after)


_doubling = tenacity.wait_exponential_jitter(initial=1.0, max=20.0, jitter=1.0)


def _pause(state: tenacity.RetryCallState) -> float:
    """Seconds until the next attempt: as asked, or doubling."""
    tried = state.outcome.result() if state.outcome else None
    return tried.after if tried and tried.after is not None else _doubling(state)


def _last(state: tenacity.RetryCallState) -> _Tried:
    """What the last attempt came to."""
    return state.outcome.result() if state.outcome else _Tried()


def _unsent(error: requests.RequestException) -> bool:
    """Is it certain that the request never reached the tracker?"""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(getattr(cause, "reason", None), NewConnectionError)
