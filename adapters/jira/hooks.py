"""Webhooks of a Jira, which its administrators hang up for all of it.

https://developer.atlassian.com/cloud/jira/platform/webhooks,
https://developer.atlassian.com/server/jira/platform/webhooks
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from adapters.hooks import Hook, Wanted
from adapters.jira.client import SITE, Deployment, JiraClient
from adapters.jira.listen import EVENTS
from sync.model import Json
from sync.tracker import Denied, NotFound, Rejected, Unavailable

BASE = f"{SITE}/rest/webhooks/1.0/webhook"
FILTER = "issue-related-events-section"
PLAIN = re.compile(r"[A-Za-z0-9._~-]+")
"""What stands in an address as it is."""
RIGHT = (
    "only an administrator of Jira may manage its webhooks: let one run this, or make one under "
    "System, WebHooks, with the address, the secret and the events that docs/operate.md names"
)


class JiraHooks:
    """The webhooks of one Jira. One for each backlog's project, since it filters by project."""

    name = "Jira"
    events = tuple(sorted(EVENTS))

    def __init__(
        self, client: JiraClient, wanted: Wanted, *, project: str, told: Deployment | None
    ) -> None:
        """`told`: the deployment that the settings say; None: it is asked of the server."""
        self._client, self._wanted, self._project = client, wanted, project
        client.settle(told or _deployment(client))
        self.tells = not client.cloud
        """Data Center signs nothing: there the secret is the end of the address."""

    @property
    def _url(self) -> str:
        return (
            self._wanted.url if self._client.cloud else f"{self._wanted.url}/{self._wanted.secret}"
        )

    def find(self) -> Sequence[Hook]:
        try:
            told = self._client.get(BASE)
        except (Denied, NotFound) as error:
            raise Denied(f"{error}; {RIGHT}") from None
        if not isinstance(told, list):
            raise Unavailable("Jira answered its webhooks without a list")
        ours = [one for one in told if isinstance(one, dict) and self._is_ours(one.get("url"))]
        return [Hook(_id(one), tuple(self._flaws(one))) for one in ours]

    def _is_ours(self, url: Json) -> bool:
        """On Data Center also one with an older secret at its end."""
        if self._wanted.sends(url):
            return True
        above, _, last = str(url).rstrip("/").rpartition("/")
        older = not self._client.cloud and PLAIN.fullmatch(last)
        return bool(older) and self._wanted.sends(above)

    def _flaws(self, hook: Mapping[str, Json]) -> Iterator[str]:
        if hook.get("enabled") is False:
            yield "it is disabled"
        if lacking := sorted(set(self.events) - set(hook.get("events") or ())):
            yield f"it does not tell {', '.join(lacking)}"
        if hook.get("excludeBody") is True or hook.get("excludeIssueDetails") is True:
            yield "it leaves out what it is about"
        if (hook.get("filters") or {}).get(FILTER) not in (None, "", self._jql):
            yield "it filters by something else than the project"
        if self._client.cloud and hook.get("isSigned") is False:
            yield "it signs nothing"
        if not self._client.cloud and hook.get("url") != self._url:
            yield "its address does not end with the secret of the settings"

    @property
    def _jql(self) -> str:
        return f"project = {json.dumps(self._project)}"

    def make(self) -> None:
        self._client.call("POST", BASE, self._body())

    def renew(self, hook: Hook) -> None:
        self._client.call("PUT", f"{BASE}/{hook.id}", self._body())

    def remove(self, hook: Hook) -> None:
        self._client.call("DELETE", f"{BASE}/{hook.id}", accept=(404,))

    def _body(self) -> dict[str, Json]:
        if not self._client.cloud and not PLAIN.fullmatch(self._wanted.secret):
            message = "Data Center's webhook_secret stands in an address; take letters and digits"
            raise Rejected(f"{message}, as `openssl rand -hex 32` gives them")
        body: dict[str, Json] = {
            "name": f"onebacklog {self._project}",
            "url": self._url,
            "events": list(self.events),
            "filters": {FILTER: self._jql},
            "enabled": True,
        }
        if self._client.cloud:
            return body | {"secret": self._wanted.secret, "excludeBody": False}
        return body | {"excludeIssueDetails": False}


def _deployment(client: JiraClient) -> Deployment:
    client.settle("datacenter")  # all Jiras answer this in v2
    told = client.get("serverInfo")
    cloud = isinstance(told, dict) and told.get("deploymentType") == "Cloud"
    return "cloud" if cloud else "datacenter"


def _id(hook: Mapping[str, Json]) -> str:
    """It stands at the end of its own address, and nowhere else."""
    id_ = str(hook.get("self") or "").rstrip("/").rpartition("/")[2]
    if not id_.isdecimal():
        raise Unavailable("Jira answered a webhook without its address")
    return id_
