"""What all stand-ins share: serving on loopback, the request log, the clock, latency and faults."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from types import MappingProxyType
from typing import Literal, TypeAlias

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.sandbox.unordered import shuffled

logger = logging.getLogger(__name__)

READS = frozenset({"GET", "HEAD", "OPTIONS"})
UNDONE = frozenset({"status", "html", "drop", "limit", "secondary"})
"""Faults in whose stead a request has no effect."""
HOSTS = ("127.0.0.1", "localhost")
"""How requests may call us."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer, as the request log keeps it."""

    method: str
    path: str
    """With the mount point, without the query: `/jira/rest/api/3/search/jql`."""
    query: str
    body: bytes
    status: int
    """0 where the answer was lost."""
    writes: bool
    """May it have changed anything? Searches by POST do not."""


Kind: TypeAlias = Literal[
    "status", "html", "drop", "lose", "truncate", "slow", "limit", "secondary"
]
KINDS: Mapping[Kind, str] = MappingProxyType(
    {
        "status": "answers with that status, without effect",
        "html": "answers with a page, without effect",
        "drop": "no effect, no answer",
        "lose": "takes effect, no answer",
        "truncate": "takes effect, half an answer",
        "slow": "takes effect, and answers after so many seconds",
        "limit": "429: too many requests, come back after so many seconds",
        "secondary": "403: GitHub's secondary rate limit, come back after so many seconds",
    }
)
SECONDARY = "You have exceeded a secondary rate limit. Please wait before you try again."
"""https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"""


@dataclass
class Fault:
    """Something that goes wrong with the next `times` requests that fit."""

    kind: Kind
    """One of KINDS, which says what each does."""
    path: str = ""
    """A regular expression, searched in the path."""
    method: str | None = None
    says: str = ""
    """A regular expression, searched in the request's body."""
    times: int = 1
    skip: int = 0
    """So many fitting requests pass unharmed first."""
    status: int = 503
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    after: float = 1.0
    """Seconds, of `slow`, `limit` and `secondary`."""
    then: Callable[[], None] | None = None
    """Called when it strikes, before anything is answered."""

    def fits(self, method: str, path: str, body: bytes) -> bool:
        named = self.method in (None, method) and re.search(self.path, path)
        return bool(named) and re.search(self.says.encode(), body) is not None


@dataclass
class Switches:
    """How the trackers misbehave; may be changed while they run."""

    latency: float = 0.0
    """Seconds before each answer."""
    lag: float = 0.0
    """Seconds until a search sees a write."""
    faults: list[Fault] = field(default_factory=list)
    skew: float = 0.0
    """Seconds that the trackers' clocks are ahead."""
    clocks: dict[str, float] = field(default_factory=dict)
    """Seconds that one tracker's clock is ahead of that, by its name: `github`, `jira`."""
    unordered: Random | None = None
    """Puts lists whose order no API promises in another one each time."""

    def now(self, tracker: str) -> datetime:
        """By that tracker's own clock."""
        ahead = self.skew + self.clocks.get(tracker, 0.0)
        return datetime.now(UTC) + timedelta(seconds=ahead)

    def take(self, method: str, path: str, body: bytes = b"") -> Fault | None:
        for fault in self.faults:
            if not fault.fits(method, path, body):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            fault.times -= 1
            if fault.times <= 0:
                self.faults.remove(fault)
            return fault
        return None


class Observer:
    """ASGI middleware around each request: latency, faults, the clock, the request log.

    What a stand-in did not foresee is a 500, with the traceback on the log.
    """

    def __init__(self, app: ASGIApp, switches: Switches, log: list[Exchange]) -> None:
        self.app, self.switches, self.log = app, switches, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request = Request(scope, receive)
        body = await request.body()
        if self.switches.latency:
            await asyncio.sleep(self.switches.latency)
        fault = self.switches.take(request.method, request.url.path, body)
        answer = _Held()
        if fault and fault.kind == "slow":
            await asyncio.sleep(fault.after)
        if fault and fault.kind in UNDONE:
            await _broken(fault)(scope, receive, answer.take)
        else:
            await self._ask(scope, body, answer)
        if fault and fault.then:
            fault.then()
        lost = fault is not None and fault.kind in ("lose", "drop", "truncate")
        writes = request.method not in READS and not scope.get("state", {}).get("reads", False)
        status = 0 if lost else answer.status
        path, query = request.url.path, request.url.query
        self.log.append(Exchange(request.method, path, query, body, status, writes))
        if lost:
            await answer.break_off(send, half=fault is not None and fault.kind == "truncate")
        else:
            if self.switches.unordered:
                answer.shuffle(request.url.path, self.switches.unordered)
            tracker = request.url.path.split("/")[1]
            await answer.release(send, self.switches.now(tracker))

    async def _ask(self, scope: Scope, body: bytes, answer: _Held) -> None:
        try:
            await self.app(scope, _replay(body), answer.take)
        except Exception:
            logger.exception("%s %s failed in the stand-in", scope["method"], scope["path"])
            if not answer.messages:
                await JSONResponse({"message": "Server Error"}, 500)(
                    scope, _replay(b""), answer.take
                )


class _Held:
    """An answer kept back until it is decided what becomes of it."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def take(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"]) if self.messages else 500

    def shuffle(self, path: str, random: Random) -> None:
        """Gives the lists of the answer another order, where that has no meaning."""
        start, *parts = self.messages
        body = b"".join(part.get("body", b"") for part in parts)
        if body:
            body = shuffled(body, path, random)
            kept = [pair for pair in start["headers"] if pair[0] != b"content-length"]
            length = (b"content-length", str(len(body)).encode())
            self.messages = [
                {**start, "headers": [*kept, length]},
                {"type": "http.response.body", "body": body},
            ]

    async def release(self, send: Send, now: datetime) -> None:
        date = (b"date", format_datetime(now, usegmt=True).encode())
        for message in self.messages:
            starts = message["type"] == "http.response.start"
            await send({**message, "headers": [*message["headers"], date]} if starts else message)

    async def break_off(self, send: Send, *, half: bool) -> None:
        """Promises a body and closes the connection within it."""
        body = b"".join(m.get("body", b"") for m in self.messages[1:]) if half else b""
        length = str(max(len(body), 64)).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", length)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        kept = body[: len(body) // 2]
        await send({"type": "http.response.body", "body": kept, "more_body": True})
        # Returning with the body unfinished makes the server close the connection.


def _broken(fault: Fault) -> Response:
    headers = dict(fault.headers)
    if fault.kind == "html":
        page = "<!DOCTYPE html><html><body><h1>We'll be right back</h1></body></html>"
        return HTMLResponse(page, status_code=200, headers=headers)
    if fault.kind in ("limit", "secondary"):
        said = SECONDARY if fault.kind == "secondary" else "Rate limit exceeded."
        headers["Retry-After"] = str(round(fault.after))
        status = 403 if fault.kind == "secondary" else 429
        return JSONResponse({"message": said, "errorMessages": [said]}, status, headers)
    content = {"message": "fault"} if fault.body is None else fault.body
    return JSONResponse(content, status_code=fault.status, headers=headers)


def _replay(body: bytes) -> Receive:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


def reads(request: Request) -> None:
    """Says of a POST that it only reads, for the request log."""
    request.scope.setdefault("state", {})["reads"] = True


@dataclass
class Served:
    """Stand-ins that are being served."""

    url: str
    """`http://127.0.0.1:PORT`; the trackers are mounted below it."""
    log: list[Exchange]
    switches: Switches

    def writes(self) -> list[Exchange]:
        return [exchange for exchange in self.log if exchange.writes]


@contextmanager
def serve(
    apps: Mapping[str, ASGIApp], switches: Switches | None = None, port: int = 0
) -> Iterator[Served]:
    """Serves each app below its path (`/github`, `/jira`) on loopback until the block ends.

    Port 0 takes a free one. All apps share one event loop, so each request is atomic up to its
    first `await` after reading the body.
    """
    switches = switches or Switches()
    exchanges: list[Exchange] = []
    app = Starlette(
        routes=[Mount(path, app=app) for path, app in apps.items()],
        middleware=[
            # A page on the web that has its own name lead to loopback is not answered.
            Middleware(TrustedHostMiddleware, allowed_hosts=HOSTS, www_redirect=False),
            Middleware(Observer, switches=switches, log=exchanges),
        ],
    )
    logging.getLogger("uvicorn.error").addHandler(logging.NullHandler())  # faults are on purpose
    # Named as TCP, so that asyncio sets TCP_NODELAY: without it each answer waits 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen(128)
    config = uvicorn.Config(
        app,
        log_config=None,
        lifespan="off",
        timeout_keep_alive=60,
        access_log=False,
        date_header=False,  # the trackers' clock says it
        server_header=False,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield Served(f"http://127.0.0.1:{listener.getsockname()[1]}", exchanges, switches)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
