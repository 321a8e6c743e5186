"""Webhooks: read within bounds, believed if signed, stored, and only then acknowledged."""

from __future__ import annotations

import asyncio
import time
from functools import partial

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from sync.events import Forged, Garbled
from sync.state import StateError
from sync.web import answers
from sync.web.body import Bodies, Full, TooLarge, TooSlow
from sync.web.deliveries import Deliveries, Delivery
from sync.web.listeners import Listeners
from sync.web.metrics import Metrics

log = structlog.get_logger(__name__)

SMALL = 65_536
"""Bytes of a body that is looked at in less time than a thread takes to be asked. The digest of a
large one would hold up all others."""


class Intake:
    """`POST /webhooks/BACKLOG/TRACKER`, and the same with a secret at its end."""

    def __init__(
        self, listeners: Listeners, deliveries: Deliveries, bodies: Bodies, metrics: Metrics
    ) -> None:
        self._listeners, self._deliveries = listeners, deliveries
        self._bodies, self._metrics = bodies, metrics

    async def hear(self, request: Request) -> Response:
        begun = time.monotonic()
        result, response = await self._answer(request)
        self._metrics.webhook(result, time.monotonic() - begun)
        return response

    async def _answer(self, request: Request) -> tuple[str, Response]:
        """How it is counted, and what is answered."""
        if request.headers.get("content-encoding", "identity").lower() != "identity":
            return "refused", answers.refused(415, "a packed body; send it as it is")
        with self._bodies.holding() as body:
            try:
                await self._bodies.read(request, body)
                return await self._take(request, bytes(body))
            except TooLarge:
                most = self._bodies.limit // 1_000_000
                return "refused", answers.refused(413, f"over {most} MB")
            except TooSlow:
                return "refused", answers.refused(408, "the body did not come in time")
            except ClientDisconnect:
                return "refused", answers.refused(400, "the body did not come to its end")
            except Full:
                log.warning("webhook.full")
                return "put off", answers.later()
            except StateError as error:
                log.error("webhook.not-stored", error=str(error))
                return "put off", answers.later()

    async def _take(self, request: Request, body: bytes) -> tuple[str, Response]:
        names = request.path_params
        backlog, tracker, token = names["backlog"], names["tracker"], names.get("token")
        listener = self._listeners.of(backlog, tracker)
        heard = partial(listener.hear, dict(request.headers), body, token)
        try:
            event = heard() if len(body) <= SMALL else await asyncio.to_thread(heard)
        except Forged:
            return "forged", answers.unsigned()
        except Garbled as error:
            log.warning("webhook.garbled", backlog=backlog, tracker=tracker, expected=str(error))
            return "garbled", answers.refused(400, "signed, and not what such a tracker sends")
        if event is None:
            return "passed over", answers.accepted()
        new = await self._deliveries.put(Delivery(backlog, tracker, event))
        return "accepted" if new else "repeated", answers.accepted()
