"""What stands around all pages: headers that take their power, and an end for every error."""

from __future__ import annotations

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync.state import StateError
from sync.web import answers

log = structlog.get_logger(__name__)

NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
HEADERS = {
    "content-security-policy": NOTHING,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


class Outside:
    """ASGI middleware. An error that nobody foresaw is in the log, and not in the answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def sent(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except Exception as error:
            if isinstance(error, StateError):
                log.error("request.put-off", error=str(error))
                response = answers.later()
            else:
                # Not its path: the last part of one may be a secret.
                log.exception("request.failed", method=scope["method"])
                response = answers.failed()
            if not begun:
                await response(scope, receive, sent)
