"""Who understands which tracker's webhooks, by the settings as they are now."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping

import structlog

from config.schema import Config
from config.secrets import SecretError
from sync.app.build import listener
from sync.events import Event, Forged, Listener
from sync.model import TrackerName
from sync.web.serving import Serving

log = structlog.get_logger(__name__)


class Nobody:
    """Hears for names that there are not, and for trackers without a secret.

    It believes nobody, and takes as long about it as the others: whoever cannot sign learns from
    the answer neither which backlogs there are, nor which of their trackers have a secret.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def hear(
        self, headers: Mapping[str, str], body: bytes, token: str | None = None
    ) -> Event | None:
        hmac.digest(self._key, body, "sha256")
        raise Forged


class Listeners:
    """Made when they are first needed, and anew when the settings were read anew: so is a secret
    that was changed in its file."""

    def __init__(self, serving: Serving) -> None:
        self._serving, self._nobody = serving, Nobody()
        self._of: Config | None = None
        self._known: dict[tuple[str, TrackerName], Listener] = {}

    def of(self, backlog: str, tracker: TrackerName) -> Listener:
        config = self._serving.settings()
        if config is not self._of:
            self._of, self._known = config, {}
        settings = config.backlogs.get(backlog)
        if settings is None or tracker not in settings.trackers:
            return self._nobody
        name = backlog, tracker
        if name not in self._known:
            self._known[name] = self._made(config, backlog, tracker)
        return self._known[name]

    def _made(self, config: Config, backlog: str, tracker: TrackerName) -> Listener:
        try:
            made = listener(config.backlogs[backlog], tracker, self._serving.around)
        except SecretError as error:
            log.error("webhook.deaf", backlog=backlog, tracker=tracker, error=str(error))
            made = None
        return made or self._nobody
