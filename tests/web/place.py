"""A server on loopback, with a backlog of two trackers, for the tests of the web."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests
import uvicorn

from config.load import load
from config.schema import Config
from sync.app.build import Surroundings
from sync.state import Store, inbox
from sync.web import UVICORN, Serving, application
from sync.web.body import Bodies
from tests.adapters.deliveries import CLOUD, GITHUB, NEW, OLD, sign

SETTINGS = """
state: sqlite:///state.db
backlogs:
  shop:
    trackers:
      jira: {type: jira, url: "http://127.0.0.1:9", project: SHOP, auth: {token: env/TOKEN},
             webhook_secret: env/OLD}
      github: {type: github, url: "http://127.0.0.1:9", repository: acme/shop,
               auth: {token: env/TOKEN}, webhook_secret: [env/OLD, env/NEW]}
      files: {type: files, path: backlog}
  till:
    trackers:
      jira: {type: jira, url: "http://127.0.0.1:9", project: TILL, auth: {token: env/TOKEN}}
"""
ENVIRONMENT = {"TOKEN": "a-token-of-trackers", "OLD": OLD, "NEW": NEW, "PASSWORD": "open-sesame"}
ISSUE = {"action": "edited", "issue": {"node_id": "I_1"}, "repository": {"full_name": "acme/shop"}}


@dataclass
class Site:
    """What is served, and what the rest of the server is told."""

    config: Config
    url: str = ""
    woken: list[str] = field(default_factory=list)
    launched: bool = True
    now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)
    awake: threading.Event = field(default_factory=threading.Event)
    app: Any = None

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def wake(self, backlog: str) -> None:
        self.woken.append(backlog)
        self.awake.set()

    def get(self, path: str, **more: Any) -> requests.Response:
        return requests.get(self.url + path, timeout=20, allow_redirects=False, **more)

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> requests.Response:
        return requests.post(self.url + path, data=body, headers=dict(headers), timeout=20)

    def deliver(
        self, delivery: str = "d-1", payload: Any = ISSUE, secret: str = OLD
    ) -> requests.Response:
        """An event of the shop's repository, as GitHub sends it."""
        body = json.dumps(payload).encode()
        return self.post("/webhooks/shop/github", body, github(body, delivery, secret))

    def waiting(self, backlog: str = "shop") -> list[inbox.Heard]:
        store = Store(self.config.state)
        try:
            return inbox.waiting(store.engine, backlog)
        finally:
            store.close()


def github(body: bytes, delivery: str = "d-1", secret: str = OLD) -> dict[str, str]:
    return {
        "content-type": "application/json",
        "x-github-event": "issues",
        "x-github-delivery": delivery,
        GITHUB: sign(body, secret),
    }


def cloud(body: bytes, delivery: str = "d-1", secret: str = OLD) -> dict[str, str]:
    return {"x-atlassian-webhook-identifier": delivery, CLOUD: sign(body, secret)}


@contextmanager
def served(
    folder: Path,
    settings: str = SETTINGS,
    *,
    migrated: bool = True,
    bodies: Bodies | None = None,
    kind: type[Site] = Site,
) -> Iterator[Site]:
    """The web, until the block ends."""
    path = folder / "onebacklog.yaml"
    path.write_text(settings, encoding="utf-8")
    site = kind(load(path))
    if migrated:
        store = Store(site.config.state)
        store.migrate()
        store.close()
    serving = Serving(
        settings=lambda: site.config,
        around=Surroundings(ENVIRONMENT, folder),
        wake=site.wake,
        launched=lambda: site.launched,
        clock=lambda: site.now,
    )
    site.app = application(serving, bodies)
    with running(site.app) as port:
        site.url = f"http://127.0.0.1:{port}"
        yield site


@contextmanager
def running(app: Any, host: str = "127.0.0.1") -> Iterator[int]:
    """The port on which the app is served as `serve` does it."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind((host, 0))
    listener.listen(128)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, **UVICORN))  # type: ignore[arg-type]
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(timeout=20)
        listener.close()
        assert not thread.is_alive()
