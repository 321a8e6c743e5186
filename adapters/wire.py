"""One HTTP exchange: no redirect, no retry, bounded in size and in time."""

from __future__ import annotations

import http.client
import io
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from adapters.answers import Raw

TIMEOUTS = (5.0, 30.0)
"""Seconds to connect, and between two bytes of an answer."""
DEADLINE = 120.0
"""Seconds that one answer may take in all, however its bytes come."""
LIMIT = 50_000_000
"""Bytes that an answer may have, unpacked."""


class TooLarge(requests.RequestException):
    """An answer of more than LIMIT bytes; it was not read to its end."""


class Insecure(requests.RequestException):
    """A request that would carry a credential to another host; it was not sent."""


def exchange(
    session: requests.Session,
    method: str,
    url: str,
    *,
    params: Mapping[str, str] | None = None,
    data: str | bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Raw:
    """One attempt through a library's session, past what the library adds to `request`.

    The session must be `bounded`.
    """
    with requests.Session.request(
        session,
        method,
        url,
        params=params,
        data=data,
        headers=headers,
        timeout=TIMEOUTS,
        allow_redirects=False,
        stream=True,
        verify=None,  # as the session has it: `bounded` keeps that on
    ) as response:
        held = bytearray()
        for chunk in response.iter_content(65_536):
            held += chunk
            if len(held) > LIMIT:
                raise TooLarge(f"more than {LIMIT} bytes")
        names = {name.lower(): value for name, value in response.headers.items()}
        return Raw(response.status_code, names, bytes(held), response.url)


def bounded(session: requests.Session, base: str, deadline: float = DEADLINE) -> None:
    """Makes the session go to the host of `base` alone, with TLS checked, and not wait for ever."""
    session.verify = True
    adapter = _Adapter(base, deadline)
    for scheme in list(session.adapters):
        session.mount(scheme, adapter)


class _Adapter(HTTPAdapter):
    """Without retries; its connections give up when an answer has taken too long in all."""

    def __init__(self, base: str, deadline: float) -> None:
        self._origin, self._deadline = _origin(base), deadline
        super().__init__(max_retries=0)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Any:
        if _origin(request.url or "") != self._origin:
            raise Insecure("this is another host than that of the settings", request=request)
        return super().send(request, *args, **kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = _pools(self._deadline)

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = _pools(self._deadline)
        return manager


def _origin(url: str) -> tuple[str, str | None, int | None]:
    at = urlsplit(url)
    return at.scheme, at.hostname, at.port or {"https": 443, "http": 80}.get(at.scheme)


def _pools(deadline: float) -> dict[str, Any]:
    class Answer(_Timed):
        seconds = deadline

    class Plain(HTTPConnection):
        response_class = Answer

    class Secure(HTTPSConnection):
        response_class = Answer

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class _Timed(http.client.HTTPResponse):
    """An answer, head and body, that must be whole in so many seconds."""

    seconds = DEADLINE

    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_Until(self.fp.detach(), sock, self.seconds))


class _Until(io.RawIOBase):
    """A socket's bytes, up to a moment."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, seconds: float) -> None:
        self._raw, self._sock = raw, sock
        self._end = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer takes too long in all")
        each = self._sock.gettimeout()
        if each is not None and left < each:
            self._sock.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        with suppress(OSError):
            self._raw.close()
        super().close()
