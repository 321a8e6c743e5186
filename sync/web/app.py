"""The routes, and what stands behind each."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC
from importlib.resources import files
from types import MappingProxyType

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sync.state import inbox
from sync.state.database import connect
from sync.web.access import Access
from sync.web.body import Bodies
from sync.web.dashboard import dashboard_html, policy
from sync.web.deliveries import Deliveries, Delivery
from sync.web.health import Health
from sync.web.intake import Intake
from sync.web.listeners import Listeners
from sync.web.metrics import Metrics
from sync.web.outside import Outside
from sync.web.reports import Reports
from sync.web.serving import Serving
from sync.web.watch import Watch

UVICORN: Mapping[str, object] = MappingProxyType(
    {
        "access_log": False,  # the last part of a webhook's path may be a secret
        "server_header": False,
        "proxy_headers": False,  # who is at the machine itself is told by the socket alone
        "limit_concurrency": 1000,
        "timeout_keep_alive": 15,
        "h11_max_incomplete_event_size": 65_536,
        "ws": "none",
    }
)
"""What uvicorn is to be given beside its address."""


def application(serving: Serving, bodies: Bodies | None = None) -> Starlette:
    """The whole web. It opens the state's database, and closes it at its end."""
    engine = connect(serving.settings().state)
    watch = Watch(serving, engine)
    metrics = Metrics(serving, engine, watch)
    health, access = Health(serving, watch, metrics), Access(serving)
    reports = Reports(serving)

    def store(several: Sequence[Delivery]) -> Sequence[bool]:
        now = serving.clock().astimezone(UTC).isoformat(timespec="seconds")
        return inbox.put_all(engine, [(d.backlog, d.tracker, d.event) for d in several], now)

    deliveries = Deliveries(store, serving.wake)
    intake = Intake(Listeners(serving), deliveries, bodies or Bodies(), metrics)

    async def report(request: Request) -> Response:
        return access.refusal(request) or await reports.show(request)

    async def dashboard(request: Request) -> Response:
        refusal = access.refusal(request)
        if refusal is not None:
            return refusal
        view = await asyncio.to_thread(watch.look)
        page = dashboard_html(view, serving.clock())
        return HTMLResponse(page, headers={"content-security-policy": policy()})

    async def openapi(_: Request) -> Response:
        return Response(document(), media_type="application/json")

    @asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await deliveries.settle()
            engine.dispose()

    app = Starlette(
        routes=[
            Route("/", dashboard),
            Route("/backlogs/{backlog}", report),
            Route("/healthz", health.alive),
            Route("/readyz", health.ready),
            Route("/metrics", health.metrics),
            Route("/openapi.json", openapi),
            Route("/webhooks/{backlog}/{tracker}", intake.hear, methods=["POST"]),
            Route("/webhooks/{backlog}/{tracker}/{token}", intake.hear, methods=["POST"]),
        ],
        middleware=[Middleware(Outside)],
        exception_handlers={HTTPException: _refused},
        lifespan=life,
    )
    app.router.redirect_slashes = False
    return app


def document() -> str:
    """The OpenAPI document of these routes."""
    return files("sync.web").joinpath("openapi.json").read_text(encoding="utf-8")


async def _refused(_: Request, error: Exception) -> Response:
    """No such path, or no such method."""
    assert isinstance(error, HTTPException)  # noqa: S101  (it is registered for nothing else)
    return JSONResponse({"said": error.detail}, error.status_code, error.headers)
