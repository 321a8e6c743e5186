"""The report of one backlog as runs have left it. No tracker is asked for a page."""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from sync.app.pages import kept_page
from sync.app.runs import Shop
from sync.report.page import page_html
from sync.web.outside import NOTHING
from sync.web.serving import Serving

POLICY = f"{NOTHING}; style-src 'unsafe-inline'"
"""The bars of its charts are as wide as their style says."""
NONE = "No run has left a report on {} yet: the first one that reads all of it does.\n"


class Reports:
    """One is made at a time: of 10,000 items it takes seconds."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._turn = asyncio.Lock()

    async def show(self, request: Request) -> Response:
        """Raises StateError, and HTTPException where there is no such backlog."""
        name, config = request.path_params["backlog"], self._serving.settings()
        if name not in config.backlogs:
            raise HTTPException(404)
        around, clock = self._serving.around, self._serving.clock
        shop = Shop(name, config.backlogs[name], config.state, around, clock)
        async with self._turn:
            text = await asyncio.to_thread(_text, shop)
        if text is None:
            return PlainTextResponse(NONE.format(name), 404)
        return HTMLResponse(text, headers={"content-security-policy": POLICY})


def _text(shop: Shop) -> str | None:
    page = kept_page(shop)
    return None if page is None else page_html([page])
