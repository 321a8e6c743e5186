"""Is a project open to everybody? Jira is asked as somebody who is not signed in."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import requests

from adapters.http import Client, Raw, bounded, exchange
from adapters.jira.project import Project
from sync.model import Json
from sync.tracker import TrackerError

CLOSED = (301, 302, 303, 307, 308, 401, 403, 404)
"""A stranger is led to the door, or told that there is nothing."""
UNSURE = (
    "whether {key} is open to everybody could not be told ({why}), so it is taken to be: it "
    "receives only what `publish` names"
)


def ask(site: str, project: Project, name: str) -> tuple[bool | None, str]:
    """May everybody read it? None: it cannot be told, and why.

    `site` is the address that people open: a gateway for credentials lets nobody in without one.
    """
    session = requests.Session()
    session.auth = lambda request: request  # none, `.netrc` included
    bounded(session, site)

    def send(
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: Json,
        headers: Mapping[str, str],
    ) -> Raw:
        return exchange(session, method, path, params=params, headers=headers)

    address = f"{site.rstrip('/')}/rest/api/2/project/{quote(project.key, safe='')}"
    try:
        client = Client(send, name=name, secrets=(), patience=0.0)
        answer = client.call("GET", address, accept=(200, *CLOSED))
    except TrackerError as error:
        return None, str(error)
    if answer.status in CLOSED:
        return False, ""
    if isinstance(answer.body, dict):
        return str(answer.body.get("id")) == project.id, ""
    if "html" in answer.headers.get("content-type", ""):
        return False, ""  # a page to sign in on
    return None, "it answered in an unknown form"
