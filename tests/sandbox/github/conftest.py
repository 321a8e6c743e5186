"""A stand-in GitHub with a few issues in it, and people who speak to it by HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.server import Served, Switches, serve
from tests.sandbox.github import schemas

SEED: dict[str, Any] = {
    "users": {
        "t-ada": "ada",
        "t-ben": "ben",
        "t-eve": "eve",
        "t-reader": {"login": "ada", "issues": "read", "hooks": "read"},
        "t-blind": {"login": "ada", "issues": "none", "hooks": "none"},
    },
    "organizations": {"acme": {"issue_types": ["Bug", "Task"]}},
    "repositories": {
        "acme/shop": {
            "push": ["ada", "ben"],
            "labels": [{"name": "bug", "color": "d73a4a", "description": "Not working"}, "ui"],
            "milestones": [
                {"title": "v1", "due_on": "2027-01-31T00:00:00Z"},
                "v2",
            ],
            "issues": [
                {
                    "title": "Cart loses items",
                    "body": "Steps:\r\n- add",
                    "labels": ["ui", "bug"],
                    "assignees": ["ada"],
                    "milestone": "v1",
                    "type": "Bug",
                    "created_at": "2026-01-01T10:00:00Z",
                    "comments": [{"body": "Seen here too", "user": "eve"}],
                },
                {
                    "title": "Pay by invoice",
                    "user": "eve",
                    "created_at": "2026-01-02T10:00:00Z",
                    "blocked_by": [1],
                },
                {
                    "title": "Refactor the cart",
                    "pull_request": True,
                    "created_at": "2026-01-03T10:00:00Z",
                },
                {
                    "title": "Old story",
                    "state": "closed",
                    "locked": True,
                    "parent": 2,
                    "created_at": "2026-01-04T10:00:00Z",
                    "updated_at": "2026-01-05T10:00:00Z",
                },
            ],
        },
        "acme/stock": {"push": ["ada"], "labels": ["Bug"], "milestones": ["v2"]},
        "acme/vault": {"private": True, "push": ["ada"], "read": ["ben"], "issues": ["A secret"]},
        "acme/quiet": {
            "push": ["ada"],
            "has_issues": False,
            "issues": ["Left over", {"title": "A pull request", "pull_request": True}],
        },
        "eve/home": {"issues": ["Paint the fence"]},
    },
}


class Person:
    """Speaks HTTP with one token; every answer is checked against GitHub's schema of it."""

    def __init__(self, url: str, token: str | None) -> None:
        self.url = f"{url}/github"
        self.session = requests.Session()
        self.session.trust_env = False
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> requests.Response:
        address = path if path.startswith("http") else self.url + path
        response = self.session.request(
            method, address, json=body, allow_redirects=False, timeout=10, **more
        )
        documented = "/repositories/" not in address
        if schemas.available() and documented and response.status_code != 304:
            schemas.validate(response)
        return response

    def get(self, path: str, **query: Any) -> requests.Response:
        return self.ask("GET", path, params=query)

    def list(self, path: str, **query: Any) -> list[Any]:
        response = self.get(path, **query)
        assert response.status_code == 200
        found: list[Any] = response.json()
        return found

    def post(self, path: str, body: Any = None) -> requests.Response:
        return self.ask("POST", path, body)

    def patch(self, path: str, body: Any = None) -> requests.Response:
        return self.ask("PATCH", path, body)

    def put(self, path: str, body: Any = None) -> requests.Response:
        return self.ask("PUT", path, body)

    def delete(self, path: str, body: Any = None) -> requests.Response:
        return self.ask("DELETE", path, body)


@dataclass
class Site:
    """The served stand-in."""

    stand_in: GitHubStandIn
    served: Served
    ada: Person
    ben: Person
    eve: Person
    reader: Person
    blind: Person
    nobody: Person

    @property
    def switches(self) -> Switches:
        return self.served.switches


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    switches = Switches()
    stand_in = GitHubStandIn(switches)
    with serve({"/github": stand_in.app}, switches) as served:
        tokens = ("t-ada", "t-ben", "t-eve", "t-reader", "t-blind", None)
        people = [Person(served.url, token) for token in tokens]
        yield Site(stand_in, served, *people)
        for person in people:
            person.session.close()


@pytest.fixture
def github(site: Site) -> Site:
    """As seeded, with nothing switched on."""
    site.switches.lag = site.switches.skew = 0.0
    site.stand_in.budget, site.stand_in.creations_per_minute = 5_000, None
    site.stand_in.limits.refusal = 403
    site.stand_in.load(SEED)
    return site
