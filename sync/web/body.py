"""Reads a request's body: so large at most, in so many seconds, and so much of all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from starlette.requests import Request

LIMIT = 25_000_000
"""Bytes of one body: what GitHub sends at most,
https://docs.github.com/webhooks/webhook-events-and-payloads#payload-cap."""
ROOM = 8 * LIMIT
"""Bytes of all bodies that are held at once."""
PATIENCE = 10.0
"""Seconds for a whole body; GitHub itself waits 10 for the answer."""


class TooLarge(Exception):
    """A body of more bytes than the limit; it was not read to its end."""


class TooSlow(Exception):
    """A body that did not come in time."""


class Full(Exception):
    """Others hold all the room there is."""


class Bodies:
    """All that are being read or looked at."""

    def __init__(self, limit: int = LIMIT, room: int = ROOM, patience: float = PATIENCE) -> None:
        self.limit, self.room, self.patience = limit, room, patience
        self.held = 0
        """Bytes of all of them now."""

    @contextmanager
    def holding(self) -> Iterator[bytearray]:
        """One body, whose room is given back at the end."""
        body = bytearray()
        try:
            yield body
        finally:
            self.held -= len(body)

    async def read(self, request: Request, body: bytearray) -> None:
        """Raises TooLarge, TooSlow, Full, and ClientDisconnect."""
        if _declared(request) > self.limit:
            raise TooLarge
        try:
            async with asyncio.timeout(self.patience):
                async for chunk in request.stream():
                    if len(body) + len(chunk) > self.limit:
                        raise TooLarge
                    if self.held + len(chunk) > self.room:
                        raise Full
                    body += chunk
                    self.held += len(chunk)
        except TimeoutError:
            raise TooSlow from None


def _declared(request: Request) -> int:
    """What the sender says of its length; 0 where that is no length."""
    length = request.headers.get("content-length", "")
    return int(length) if length.isdecimal() and len(length) < 20 else 0
