"""Webhooks of the trackers: hung up, looked at, taken down; and what was not delivered, sent again.

Only ours are ever touched: those that send to this server's address of the very tracker.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, TypeAlias

import structlog

from adapters.github.client import GitHubClient
from adapters.github.hooks import GitHubHooks, hooks_at
from adapters.hooks import Hook, Hooks, Wanted
from adapters.jira.client import JiraClient
from adapters.jira.hooks import JiraHooks
from config.secrets import Secret, SecretError
from config.trackers import GitHubSettings, JiraSettings
from sync.app.build import turns_of
from sync.app.runs import Shop, sharing
from sync.model import TrackerName
from sync.tracker import TrackerError

log = structlog.get_logger(__name__)

Action: TypeAlias = Literal["keep", "make", "renew", "remove"]
SHORTEST = 20
"""Characters of a secret that nobody guesses: of hex digits, 80 bits."""
FEWEST = 8
"""Different characters in it."""
MOST = 200
"""So many deliveries of one tracker are asked for again at once: some two minutes of writes."""
REMEDY = "make one with `openssl rand -hex 32`, and keep it where the settings name it"


class NoSecret(Exception):
    """A tracker whose webhooks cannot be set up, with the remedy."""


@dataclass(frozen=True, slots=True)
class Step:
    """What is to become of one webhook, or of a place without one."""

    shop: str
    tracker: TrackerName
    hooks: Hooks
    action: Action
    hook: Hook | None = None
    why: str = ""

    @property
    def place(self) -> str:
        return f"{self.shop}.{self.tracker}: {self.hooks.name}"

    def do(self) -> None:
        """Raises TrackerError."""
        if self.action == "make":
            self.hooks.make()
        elif self.hook and self.action == "renew":
            self.hooks.renew(self.hook)
        elif self.hook and self.action == "remove":
            self.hooks.remove(self.hook)


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why nothing can be done about one tracker's webhooks."""

    place: str
    message: str


def address(url: str, shop: str, tracker: TrackerName) -> str:
    """Where a tracker is to send to."""
    return f"{url}/webhooks/{shop}/{tracker}"


def weakness(secret: str, token: str | None = None) -> str | None:
    """Why this is no good as a webhook's secret; None where it is good enough."""
    if token is not None and secret == token:
        return f"is the tracker's own credential, which whoever signs would know: {REMEDY}"
    if len(secret) < SHORTEST or len(set(secret)) < FEWEST:
        return f"can be guessed, and with it deliveries forged: {REMEDY}"
    return None


def installing(shop: Shop, url: str) -> Iterator[Step | Trouble]:
    """What would give each tracker its webhook, just one, that tells all it should."""
    for tracker, hooks in _each(shop, url):
        if isinstance(hooks, Trouble):
            yield hooks
            continue
        try:
            found = hooks.find()
        except TrackerError as error:
            yield Trouble(f"{shop.name}.{tracker}: {hooks.name}", str(error))
            continue
        yield _wanted(shop.name, tracker, hooks, found[0] if found else None)
        for twin in found[1:]:
            yield Step(shop.name, tracker, hooks, "remove", twin, "there is another one of ours")


def _wanted(shop: str, tracker: TrackerName, hooks: Hooks, hook: Hook | None) -> Step:
    if hook is None:
        return Step(shop, tracker, hooks, "make", None, f"tells {', '.join(hooks.events)}")
    if hook.flaws:
        return Step(shop, tracker, hooks, "renew", hook, "; ".join(hook.flaws))
    if not hooks.tells:
        return Step(shop, tracker, hooks, "renew", hook, "its secret, which cannot be read, is set")
    return Step(shop, tracker, hooks, "keep", hook)


def looking(shop: Shop, url: str) -> Iterator[Step | Trouble]:
    """How each tracker's webhook stands: to be kept as it is, or why not."""
    for step in installing(shop, url):
        if isinstance(step, Trouble) or step.action in ("make", "remove"):
            yield step
        elif step.hook is not None:
            faults = (*step.hook.flaws, *((step.hook.failing,) if step.hook.failing else ()))
            action: Action = "renew" if faults else "keep"
            yield Step(shop.name, step.tracker, step.hooks, action, step.hook, "; ".join(faults))


def removing(shop: Shop, url: str) -> Iterator[Step | Trouble]:
    """What would take down all that are ours."""
    for tracker, hooks in _each(shop, url, weak=True):
        if isinstance(hooks, Trouble):
            yield hooks
            continue
        try:
            for hook in hooks.find():
                yield Step(shop.name, tracker, hooks, "remove", hook)
        except TrackerError as error:
            yield Trouble(f"{shop.name}.{tracker}: {hooks.name}", str(error))


@dataclass(frozen=True, slots=True)
class Redelivered:
    """What became of one tracker's deliveries that had failed."""

    sent: int = 0
    """So many were asked for again."""
    left: int = 0
    """So many were not, to be asked for the next time."""


def redeliver(
    shop: Shop, url: str = "", within: timedelta = timedelta(hours=6)
) -> Mapping[TrackerName, Redelivered]:
    """Has GitHub send again, once each, what failed to reach us. To be called every hour or so.

    Without `url`, of all webhooks whose address ends as ours do, whatever the host is. What cannot
    be asked for is logged. Jira repeats by itself, and tells no failures to a token.
    """
    done: dict[TrackerName, Redelivered] = {}
    for tracker, settings in shop.settings.trackers.items():
        if not isinstance(settings, GitHubSettings) or settings.webhook_secret is None:
            continue
        try:
            done[tracker] = _redeliver(shop, tracker, settings, url, within)
        except (NoSecret, SecretError, TrackerError) as error:
            log.warning("redelivery", backlog=shop.name, tracker=tracker, error=str(error))
    return done


def _redeliver(
    shop: Shop, tracker: TrackerName, settings: GitHubSettings, url: str, within: timedelta
) -> Redelivered:
    since, sent, left = shop.clock() - within, 0, 0
    for hooks in _github(shop, tracker, settings, _secret(shop, tracker, weak=True), url):
        for hook, delivery in hooks.failed(since):
            if sent == MOST:
                left += 1
                continue
            hooks.redeliver(hook, delivery)
            sent += 1
    if sent or left:
        log.info("redelivery", backlog=shop.name, tracker=tracker, sent=sent, left=left)
    return Redelivered(sent, left)


def _each(
    shop: Shop, url: str, *, weak: bool = False
) -> Iterator[tuple[TrackerName, Hooks | Trouble]]:
    """The places where each tracker's webhooks hang. `weak`: whatever the secret is."""
    for tracker, settings in shop.settings.trackers.items():
        try:
            if isinstance(settings, GitHubSettings):
                secret = _secret(shop, tracker, weak=weak)
                for hooks in _github(shop, tracker, settings, secret, url):
                    yield tracker, hooks
            elif isinstance(settings, JiraSettings):
                secret = _secret(shop, tracker, weak=weak)
                yield tracker, _jira(shop, tracker, settings, secret, url)
        except (NoSecret, SecretError, TrackerError) as error:
            yield tracker, Trouble(f"{shop.name}.{tracker}", str(error))


def _secret(shop: Shop, tracker: TrackerName, *, weak: bool) -> str:
    """What deliveries are signed with: of two, the first. Raises NoSecret, SecretError."""
    settings = shop.settings.trackers[tracker]
    found: Secret | tuple[Secret, ...] | None = getattr(settings, "webhook_secret", None)
    said = found[0] if isinstance(found, tuple) else found
    if said is None:
        place = f"backlogs.{shop.name}.trackers.{tracker}"
        raise NoSecret(f"the settings name no webhook_secret under {place}: {REMEDY}")
    secret = shop.around.fetch(said)
    if not weak and (why := weakness(secret)):
        raise NoSecret(f"{said} {why}")
    return secret


def _github(
    shop: Shop, tracker: TrackerName, settings: GitHubSettings, secret: str, url: str
) -> Iterator[GitHubHooks]:
    client = GitHubClient(
        name=tracker,
        repository=settings.repository,
        url=settings.url,
        token=shop.around.fetch(settings.auth.token),
        secrets=[secret],
        turns=turns_of(settings, shop.around, sharing(shop)),
    )
    wanted = Wanted(address(url, shop.name, tracker), secret)
    yield from hooks_at(client, wanted, project=settings.project is not None)


def _jira(
    shop: Shop, tracker: TrackerName, settings: JiraSettings, secret: str, url: str
) -> JiraHooks:
    email = settings.auth.email
    client = JiraClient(
        name=tracker,
        url=settings.api_url or settings.url,
        email=shop.around.fetch(email) if email else None,
        token=shop.around.fetch(settings.auth.token),
        secrets=[secret],
        turns=turns_of(settings, shop.around, sharing(shop)),
    )
    wanted = Wanted(address(url, shop.name, tracker), secret)
    return JiraHooks(client, wanted, project=settings.project, told=settings.deployment)
