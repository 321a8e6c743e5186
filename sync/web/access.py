"""Who may see the dashboard: people at the machine itself, or with the password."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections import Counter
from ipaddress import ip_address

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from config.secrets import SecretError
from sync.web.serving import Serving

log = structlog.get_logger(__name__)

HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""How a browser at the machine itself calls it. A page of another site whose name leads to loopback
(DNS rebinding) calls it by that name."""
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
"""What a proxy adds: then who asks is not at the machine."""
REMEDY = (
    "The dashboard is shown on loopback alone. To show it here, set a password in the settings: "
    "server: {password: env/NAME}\n"
)
WRONG = 10
"""Passwords that may be wrong in a minute, from one address; behind a proxy all have the same."""


class Access:
    """Decides by the settings as they are now."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._minute, self._wrong = 0, Counter[str]()

    def refusal(self, request: Request) -> Response | None:
        """None: the page may be shown."""
        secret = self._serving.settings().server.password
        if secret is None:
            return None if _is_local(request) else PlainTextResponse(REMEDY, 403)
        try:
            password = self._serving.around.fetch(secret)
        except SecretError as error:
            log.error("dashboard.shut", error=str(error))
            return PlainTextResponse(
                "The server's password cannot be had; its log says why.\n", 403
            )
        given, address = _given(request), request.client.host if request.client else ""
        minute = int(self._serving.clock().timestamp() // 60)
        if minute != self._minute:
            self._minute, self._wrong = minute, Counter()
        if self._wrong[address] >= WRONG:
            return PlainTextResponse("Too many wrong passwords.\n", 429, {"retry-after": "60"})
        if hmac.compare_digest(given, password.encode()):
            return None
        self._wrong[address] += bool(given)
        ask = {"www-authenticate": 'Basic realm="onebacklog", charset="UTF-8"'}
        return PlainTextResponse("Any user name, and the server's password.\n", 401, ask)


def _is_local(request: Request) -> bool:
    """Did it come over loopback, not through a proxy, and by loopback's own name?"""
    at = request.scope.get("server")
    try:
        over_loopback = at is not None and ip_address(at[0]).is_loopback
    except ValueError:  # a socket in the file system, say
        over_loopback = False
    host = request.headers.get("host", "").lower()
    name = host[: host.index("]") + 1] if "]" in host else host.partition(":")[0]
    passed_on = any(name in request.headers for name in FORWARDED)
    return over_loopback and not passed_on and name in HOSTS


def _given(request: Request) -> bytes:
    """The password of HTTP's basic authentication; nothing where none is given."""
    scheme, _, coded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(coded, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return b""
