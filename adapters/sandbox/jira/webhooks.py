"""Webhooks: who listens to what, and the deliveries, from a thread of their own."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import threading
import time
import uuid
from collections import deque
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests
from starlette.responses import Response

from adapters.sandbox.jira.state import Json, Site, Webhook
from adapters.sandbox.jira.web import Ask, Refused, Route, answer, nothing, whole

logger = logging.getLogger(__name__)

LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
RETRIED = frozenset({408, 409, 425, 429})
"""And every 5xx. Other answers are final."""
PATIENCE = 10.0
ISSUES = "issue-related-events-section"


@dataclass(frozen=True)
class Delivery:
    """One event on its way to one listener."""

    url: str
    body: bytes
    secret: str | None
    identifier: str
    """The same when it is sent again."""
    attempts: int
    pause: float
    """Seconds before it is sent again."""
    cloud: bool

    def headers(self, attempt: int) -> dict[str, str]:
        """Data Center neither signs nor numbers what it sends."""
        headers = {"Content-Type": "application/json; charset=UTF-8"}
        if not self.cloud:
            return headers
        headers["X-Atlassian-Webhook-Identifier"] = self.identifier
        headers["X-Atlassian-Webhook-Flow"] = "Primary"
        if attempt:
            headers["X-Atlassian-Webhook-Retry"] = str(attempt)
        if self.secret:
            signature = hmac.new(self.secret.encode(), self.body, hashlib.sha256).hexdigest()
            headers["X-Hub-Signature"] = f"sha256={signature}"
        return headers


class Post:
    """Delivers, one after the other, from a thread that lives while there is something to send."""

    def __init__(self) -> None:
        self._waiting: deque[Delivery] = deque()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def send(self, delivery: Delivery) -> None:
        with self._lock:
            self._waiting.append(delivery)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()

    def _run(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            while True:
                with self._lock:
                    if not self._waiting:
                        self._thread = None
                        return
                    delivery = self._waiting.popleft()
                _deliver(session, delivery)


def _deliver(session: requests.Session, delivery: Delivery) -> None:
    for attempt in range(delivery.attempts):
        try:
            response = session.post(
                delivery.url,
                data=delivery.body,
                headers=delivery.headers(attempt),
                timeout=PATIENCE,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            logger.info("webhook to %s failed: %s", delivery.url, type(error).__name__)
        else:
            if response.status_code < 500 and response.status_code not in RETRIED:
                return
        if attempt + 1 < delivery.attempts:
            time.sleep(delivery.pause)


def deliveries(site: Site, event: dict[str, Json], hooks: list[Webhook]) -> list[Delivery]:
    body = json.dumps(event, ensure_ascii=False).encode()
    attempts = 1 + (site.quirks.retries if site.cloud else 0)
    pause = site.quirks.retry_after
    return [
        Delivery(hook.url, body, hook.secret, str(uuid.uuid4()), attempts, pause, site.cloud)
        for hook in hooks
    ]


def create(ask: Ask) -> Response:
    ask.require("ADMINISTER")
    return answer(_shown(ask.site, _held(ask, Webhook(ask.site.new_id(), "", "", ()))), 201)


def update(ask: Ask) -> Response:
    """A secret that is not said stays."""
    return answer(_shown(ask.site, _held(ask, _hook(ask))))


def _held(ask: Ask, hook: Webhook) -> Webhook:
    """Keeps it as the request says that it is to be."""
    sent = ask.data()
    url = sent.get("url")
    if not isinstance(url, str) or urlsplit(url).hostname not in LOOPBACK:
        raise Refused(400, "The url must be one of this machine's: http://127.0.0.1:PORT/….")
    events = sent.get("events")
    if not isinstance(events, list) or not all(isinstance(event, str) for event in events):
        raise Refused(400, "The events must be a list of names, such as jira:issue_updated.")
    filters = sent.get("filters")
    jql = str(filters.get(ISSUES, "")) if isinstance(filters, dict) else ""
    secret = sent.get("secret", hook.secret) if ask.site.cloud else None
    enabled = sent.get("enabled", True) is True
    hook = Webhook(
        hook.id, str(sent.get("name", "")), url, tuple(events), jql, secret, enabled=enabled
    )
    ask.site.webhooks[hook.id] = hook
    return hook


def _shown(site: Site, hook: Webhook) -> Json:
    return {
        "name": hook.name,
        "url": hook.url,
        "events": list(hook.events),
        "filters": {ISSUES: hook.jql},
        "excludeBody": False,
        "enabled": hook.enabled,
        "isSigned": hook.secret is not None,
        "self": f"{site.base}/rest/webhooks/1.0/webhook/{hook.id}",
    }


def listed(ask: Ask) -> Response:
    ask.require("ADMINISTER")
    return answer([_shown(ask.site, hook) for hook in ask.site.webhooks.values()])


def _hook(ask: Ask) -> Webhook:
    ask.require("ADMINISTER")
    hook = ask.site.webhooks.get(whole(ask.path["id"], "id"))
    if hook is None:
        raise Refused(404, "There is no such webhook.")
    return hook


def get(ask: Ask) -> Response:
    return answer(_shown(ask.site, _hook(ask)))


def delete(ask: Ask) -> Response:
    del ask.site.webhooks[_hook(ask).id]
    return nothing()


BASE = "/rest/webhooks/1.0/webhook"
ROUTES = (
    Route("POST", BASE, create),
    Route("GET", BASE, listed),
    Route("GET", BASE + "/{id}", get),
    Route("PUT", BASE + "/{id}", update),
    Route("DELETE", BASE + "/{id}", delete),
)
