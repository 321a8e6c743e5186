"""Is the process alive, and is the server ready: for whatever starts and watches it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sync.app.dashboard import UNKNOWN
from sync.model import Json
from sync.state.pulse import Pulse
from sync.web.metrics import Metrics
from sync.web.serving import Serving
from sync.web.watch import Watch


class Health:
    """`/healthz`, `/readyz`, `/metrics`: open to all, and no text of a tracker is in them."""

    def __init__(self, serving: Serving, watch: Watch, metrics: Metrics) -> None:
        self._serving, self._watch, self._metrics = serving, watch, metrics
        self._scraping = asyncio.Lock()

    async def alive(self, _: Request) -> Response:
        return JSONResponse({"alive": True})

    async def ready(self, _: Request) -> Response:
        """A tracker that does not answer makes the server no less ready: it is told, with its age,
        and another server would not do better."""
        view = await asyncio.to_thread(self._watch.look)
        launched, now = self._serving.launched(), self._serving.clock()
        ready = view.current and launched
        trackers: Mapping[str, Json] = {
            sight.name: {
                one.name: {
                    "last_success": one.pulse.well,
                    "age_seconds": _age(one.pulse.well, now),
                    "answers": _answers(one.pulse),
                }
                for one in sight.trackers
            }
            for sight in view.sights
        }
        said: dict[str, Json] = {
            "ready": ready,
            "database": view.reachable,
            "migrated": view.current,
            "queue": launched,
            "trackers": dict(trackers),
        }
        return JSONResponse(said, 200 if ready else 503)

    async def metrics(self, _: Request) -> Response:
        async with self._scraping:
            text = await asyncio.to_thread(self._metrics.text)
        return Response(text, media_type=CONTENT_TYPE_LATEST)


def _age(at: str | None, now: datetime) -> int | None:
    return None if at is None else max(0, round((now - datetime.fromisoformat(at)).total_seconds()))


def _answers(pulse: Pulse) -> bool | None:
    """None: no run has asked it yet."""
    return None if pulse == UNKNOWN else pulse.wrong is None
