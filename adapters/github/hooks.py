"""Webhooks of a repository, and of its organization for the events of Projects.

https://docs.github.com/rest/repos/webhooks, https://docs.github.com/rest/orgs/webhooks
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from adapters.github.client import GitHubClient
from adapters.github.listen import EVENTS
from adapters.github.shapes import shaped
from adapters.hooks import Hook, Wanted
from sync.model import Json
from sync.tracker import Denied, NotFound

PROJECT_EVENTS = tuple(sorted(EVENTS.keys() & {"organization", "projects_v2", "projects_v2_item"}))
"""What only an organization's hook may tell; Projects of a person have none."""
REPOSITORY_EVENTS = tuple(sorted(EVENTS.keys() - set(PROJECT_EVENTS)))
MOST_PAGES = 20
"""So many pages of deliveries are looked at, the newest ones."""


@dataclass(frozen=True, slots=True)
class _Config:
    url: str = ""
    content_type: str = "form"
    insecure_ssl: Json = "0"
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class _Response:
    code: int | None = None
    status: str | None = None


@dataclass(frozen=True, slots=True)
class _Hook:
    id: int
    active: bool
    events: tuple[str, ...]
    config: _Config
    last_response: _Response = _Response()


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to tell one hook of one event."""

    id: int
    guid: str
    """The same for each attempt."""
    delivered_at: datetime
    redelivery: bool
    status_code: int
    event: str

    @property
    def good(self) -> bool:
        return 200 <= self.status_code < 300


class GitHubHooks:
    """The webhooks of one repository or organization."""

    tells = False
    """GitHub shows that there is a secret, and not which."""

    def __init__(
        self,
        client: GitHubClient,
        wanted: Wanted,
        *,
        name: str,
        path: str,
        events: tuple[str, ...],
        right: str,
    ) -> None:
        self.name, self.events = name, events
        self._client, self._wanted, self._path, self._right = client, wanted, path, right

    def find(self) -> Sequence[Hook]:
        return [Hook(str(one.id), tuple(self._flaws(one)), _failing(one)) for one in self._ours()]

    def _ours(self) -> Iterator[_Hook]:
        try:
            for answer in self._client.listed(self._path):
                for one in shaped(list[_Hook], answer):
                    if self._wanted.sends(one.config.url):
                        yield one
        except (Denied, NotFound) as error:  # GitHub hides from who may not manage them
            raise Denied(f"{error}; its webhooks need {self._right}") from None

    def _flaws(self, hook: _Hook) -> Iterator[str]:
        if not hook.active:
            yield "it is disabled"
        lacking = sorted(set(self.events) - set(hook.events))
        if lacking and "*" not in hook.events:
            yield f"it does not tell {', '.join(lacking)}"
        if hook.config.content_type != "json":
            yield "it sends forms instead of JSON"
        if str(hook.config.insecure_ssl) != "0":
            yield "it does not verify certificates"
        if not hook.config.secret:
            yield "it signs nothing"

    def make(self) -> None:
        body = {"name": "web", "active": True, "events": list(self.events)}
        self._client.http.call("POST", self._path, body={**body, "config": self._config()})

    def renew(self, hook: Hook) -> None:
        """Adds events and takes none away."""
        path = f"{self._path}/{hook.id}"
        now = shaped(_Hook, self._client.http.call("GET", path))
        events = list(dict.fromkeys((*now.events, *self.events)))
        body = {"active": True, "events": events, "config": self._config()}
        self._client.http.call("PATCH", path, body=body, repeatable=True)

    def remove(self, hook: Hook) -> None:
        self._client.http.call("DELETE", f"{self._path}/{hook.id}", accept=(404,))

    def _config(self) -> Mapping[str, Json]:
        return {
            "url": self._wanted.url,
            "content_type": "json",
            "insecure_ssl": "0",
            "secret": self._wanted.secret,
        }

    def failed(self, since: datetime) -> list[tuple[str, Delivery]]:
        """Hook and delivery, oldest first: what did not come through since then, by any attempt,
        and was not sent again yet."""
        return [
            (str(hook.id), one)
            for hook in self._ours()
            if hook.active
            for one in _lost(self._deliveries(hook, since))
        ]

    def _deliveries(self, hook: _Hook, since: datetime) -> list[Delivery]:
        """Newest first."""
        found: list[Delivery] = []
        pages = self._client.listed(f"{self._path}/{hook.id}/deliveries")
        for _, answer in zip(range(MOST_PAGES), pages, strict=False):
            page = shaped(list[Delivery], answer)
            found += [one for one in page if one.delivered_at >= since]
            if any(one.delivered_at < since for one in page):
                break
        return found

    def redeliver(self, hook: str, delivery: Delivery) -> None:
        """https://docs.github.com/rest/repos/webhooks#redeliver-a-delivery-for-a-repository-webhook"""
        self._client.http.call("POST", f"{self._path}/{hook}/deliveries/{delivery.id}/attempts")


def _failing(hook: _Hook) -> str | None:
    code = hook.last_response.code
    if code is None or 200 <= code < 300:
        return None
    return f"its last delivery was answered {code}"


def _lost(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Of the newest first, the oldest first: one each of those that no attempt brought, and that
    were tried but by GitHub itself."""
    settled = {one.guid for one in deliveries if one.good or one.redelivery}
    lost = {one.guid: one for one in deliveries if one.guid not in settled and one.event != "ping"}
    return list(reversed(lost.values()))


def hooks_at(client: GitHubClient, wanted: Wanted, *, project: bool) -> tuple[GitHubHooks, ...]:
    """Those of the repository; and of its organization where a Project is to be listened to.

    With a Project it asks what kind of account owns the repository.
    """
    repository = GitHubHooks(
        client,
        wanted,
        name=client.repository,
        path=f"/repos/{client.repository}/hooks",
        events=REPOSITORY_EVENTS,
        right="admin rights to the repository (a token's permission Webhooks: read and write)",
    )
    if not project or (owner := client.get_repository()).personal:
        return (repository,)
    organization = GitHubHooks(
        client,
        wanted,
        name=f"the organization {owner.organization}",
        path=f"/orgs/{owner.organization}/hooks",
        events=PROJECT_EVENTS,
        right="an owner of the organization (admin:org_hook, or Webhooks: read and write); without "
        "it, what is moved in the Project is seen when all is read",
    )
    return repository, organization
