"""Sends events to hooks, on loopback only, and records how each delivery went.

https://docs.github.com/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import json
import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests

from adapters.sandbox.github.state import Delivery, Hook, Repository, State, stamp

logger = logging.getLogger(__name__)

TIMEOUT = 10.0
"""Seconds that a receiver has to answer, as on github.com."""
IDLE = 1.0
"""Seconds without an event after which the sending thread ends."""


def is_loopback(url: str) -> bool:
    """May a stand-in send to this address? Only to this very machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme not in ("http", "https"):
            return False
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def signature(secret: str, body: bytes) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


@dataclass(frozen=True, slots=True)
class _Letter:
    """What is to be sent, once."""

    repository: Repository
    hook: Hook
    event: str
    action: str | None
    payload: str
    guid: str
    redelivery: bool = False

    def encode(self) -> tuple[bytes, dict[str, str]]:
        """The body, and the headers that go with it."""
        body, content_type = self.payload.encode(), "application/json"
        if self.hook.content_type == "form":
            body = urlencode({"payload": self.payload}).encode()
            content_type = "application/x-www-form-urlencoded"
        headers = {
            "Accept": "*/*",
            "Content-Type": content_type,
            "User-Agent": "GitHub-Hookshot/stand-in",
            "X-GitHub-Delivery": self.guid,
            "X-GitHub-Event": self.event,
            "X-GitHub-Hook-ID": str(self.hook.id),
            "X-GitHub-Hook-Installation-Target-ID": str(self.repository.id),
            "X-GitHub-Hook-Installation-Target-Type": "repository",
        }
        if self.hook.secret:
            headers["X-Hub-Signature-256"] = signature(self.hook.secret, body)
        return body, headers


class Webhooks:
    """Sends one event after the other from a thread of its own, so that no answer waits for it."""

    def __init__(
        self, state: Callable[[], State], now: Callable[[], datetime], lock: threading.RLock
    ) -> None:
        self._state, self._now, self._lock = state, now, lock
        self._letters: queue.Queue[_Letter] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._settled = threading.Condition(lock)
        self._under_way = 0

    def send(
        self,
        repository: Repository,
        hooks: Iterable[Hook],
        event: str,
        payload: Mapping[str, Any],
    ) -> None:
        text = json.dumps(payload, ensure_ascii=False)
        for hook in hooks:
            guid = str(uuid.uuid4())
            self._post(_Letter(repository, hook, event, payload.get("action"), text, guid))

    def resend(self, repository: Repository, hook: Hook, past: Delivery) -> None:
        """Sends a delivery once more, with the GUID that it had."""
        self._post(
            _Letter(repository, hook, past.event, past.action, past.payload, past.guid, True)
        )

    def settle(self, timeout: float = TIMEOUT) -> bool:
        """Waits until everything is delivered, or has failed. False after `timeout` seconds."""
        with self._settled:
            return self._settled.wait_for(lambda: self._under_way == 0, timeout)

    def _post(self, letter: _Letter) -> None:
        with self._lock:
            self._under_way += 1
            self._letters.put(letter)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, daemon=True)
                self._thread.start()

    def _work(self) -> None:
        with requests.Session() as session:
            session.trust_env = False  # no proxy, no credentials: loopback only
            while letter := self._next():
                try:
                    self._record(letter, self._deliver(session, letter))
                except Exception:  # the next letter is sent all the same
                    logger.exception("%s was not sent to %s", letter.event, letter.hook.url)
                with self._settled:
                    self._under_way -= 1
                    self._settled.notify_all()

    def _next(self) -> _Letter | None:
        try:
            return self._letters.get(timeout=IDLE)
        except queue.Empty:
            with self._lock:
                if self._letters.empty():
                    self._thread = None
                    return None
                return self._letters.get()

    def _deliver(self, session: requests.Session, letter: _Letter) -> Delivery:
        body, headers = letter.encode()
        began, at = time.monotonic(), stamp(self._now())
        code, status, answered, text = 502, "failed to connect to host", {}, ""
        try:
            with session.post(
                letter.hook.url, body, headers=headers, timeout=TIMEOUT, allow_redirects=False
            ) as response:
                code, status, text = response.status_code, response.reason, response.text
                answered = dict(response.headers)
        except requests.Timeout:
            status = "timed out"
        except requests.RequestException:
            logger.info("%s did not reach %s", letter.event, letter.hook.url, exc_info=True)
        return Delivery(
            id=next(self._state().ids),
            guid=letter.guid,
            event=letter.event,
            action=letter.action,
            payload=letter.payload,
            delivered_at=at,
            redelivery=letter.redelivery,
            duration=round(time.monotonic() - began, 2),
            status_code=code,
            status=status,
            request_headers=headers,
            response_headers=answered,
            response=text,
        )

    def _record(self, letter: _Letter, delivery: Delivery) -> None:
        hooks, deliveries = letter.repository.hooks, letter.repository.deliveries
        with self._lock:
            if hook := hooks.get(letter.hook.id):
                code, status = delivery.status_code, delivery.status
                hooks[hook.id] = replace(hook, last_code=code, last_status=status)
                deliveries.setdefault(hook.id, []).append(delivery)
