"""Stand-in sites on loopback, and people who use them through HTTP."""

import base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from adapters.sandbox.jira import JiraStandIn
from adapters.sandbox.server import Served, Switches, serve


@dataclass
class Person:
    """Somebody with a credential. Paths are below `/rest/api/VERSION`, or begin with `/rest/`."""

    base: str
    headers: Mapping[str, str]
    version: str
    session: requests.Session = field(default_factory=requests.Session)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        place = path if path.startswith("/rest/") else f"/rest/api/{self.version}{path}"
        headers = dict(self.headers) | options.pop("headers", {})
        return self.session.request(
            method, self.base + place, headers=headers, timeout=10, **options
        )

    def get(self, path: str, **query: Any) -> Any:
        return self._good(self.ask("GET", path, params=query))

    def post(self, path: str, body: Any, **query: Any) -> Any:
        return self._good(self.ask("POST", path, json=body, params=query))

    def put(self, path: str, body: Any, **query: Any) -> Any:
        return self._good(self.ask("PUT", path, json=body, params=query))

    def delete(self, path: str, **query: Any) -> Any:
        return self._good(self.ask("DELETE", path, params=query))

    def refused(self, method: str, path: str, body: Any = None, **query: Any) -> tuple[int, Any]:
        """The status and body of what must not succeed."""
        response = self.ask(method, path, json=body, params=query)
        assert response.status_code >= 400, response.text
        return response.status_code, response.json()

    def errors(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Of a 400: the messages by field, or else the plain ones."""
        status, told = self.refused(method, path, body, **query)
        assert status == 400
        return told["errors"] or told["errorMessages"]

    def issue(self, key: str) -> dict[str, Any]:
        return dict(self.get(f"/issue/{key}")["fields"])

    def create(self, **fields: Any) -> str:
        """A story of SHOP, if nothing else is said; its key."""
        usual = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}, "summary": "New"}
        return str(self.post("/issue", {"fields": usual | fields})["key"])

    @staticmethod
    def _good(response: requests.Response) -> Any:
        assert response.status_code < 400, response.text
        return response.json() if response.content else None


@dataclass
class Jira:
    standin: JiraStandIn
    served: Served
    cloud: bool

    def person(self, credential: str, version: str = "") -> Person:
        if self.cloud:
            scheme = "Basic " + base64.b64encode(credential.encode()).decode()
        else:
            scheme = f"Bearer {credential}"
        base = self.served.url + "/jira"
        return Person(base, {"Authorization": scheme}, version or ("3" if self.cloud else "2"))

    @property
    def bot(self) -> Person:
        return self.person("bot@example.com:token" if self.cloud else "token")


Start = Callable[..., Jira]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts sites: `start({…}, "datacenter")`."""
    with ExitStack() as stack:

        def started(seed: Mapping[str, Any] | None = None, flavour: Any = "cloud") -> Jira:
            switches = Switches()
            standin = JiraStandIn(switches, flavour)
            if seed is not None:
                standin.load(seed)
            served = stack.enter_context(serve({"/jira": standin.app}, switches))
            return Jira(standin, served, flavour == "cloud")

        yield started


def words(jira: Jira, text: str) -> Any:
    """A text as that Jira takes it."""
    if not jira.cloud:
        return text
    paragraph = {"type": "paragraph", "content": [{"type": "text", "text": text}]}
    return {"type": "doc", "version": 1, "content": [paragraph] if text else []}


SHOP = {
    "projects": {
        "SHOP": {
            "name": "Shop",
            "versions": ["1.0", "2.0"],
            "components": ["Front"],
            "levels": ["Internal"],
        },
        "OPS": {},
    },
    "issues": [
        {"key": "SHOP-1", "type": "Epic", "summary": "Checkout"},
        {"key": "SHOP-2", "summary": "Card", "parent": "SHOP-1", "labels": ["pay"]},
        {"key": "SHOP-3", "summary": "Cash", "status": "Done", "priority": "High"},
        {"key": "SHOP-4", "type": "Bug", "summary": "Crash", "priority": None},
        {"key": "SHOP-5", "type": "Sub-task", "summary": "Form", "parent": "SHOP-2"},
    ],
}


@pytest.fixture
def cloud(start: Start) -> Jira:
    return start(SHOP)


@pytest.fixture
def datacenter(start: Start) -> Jira:
    return start(SHOP, "datacenter")


@pytest.fixture(params=["cloud", "datacenter"])
def either(request: pytest.FixtureRequest, start: Start) -> Jira:
    return start(SHOP, request.param)
