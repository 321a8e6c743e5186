"""How the stand-ins misbehave on demand: what takes effect, and what is answered."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import requests

from adapters.http import Client, Raw, exchange
from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.server import Fault, Kind, Served, Switches, serve
from sync.tracker import RetryLater

EFFECT: dict[Kind, int] = {"lose": 1, "truncate": 1, "slow": 1}
"""How many issues there are after one that makes one; none after the other kinds."""


@pytest.fixture
def served() -> Iterator[Served]:
    switches = Switches()
    stand_in = GitHubStandIn(switches)
    stand_in.load({"users": {"t": "ada"}, "repositories": {"acme/shop": {"push": ["ada"]}}})
    with serve({"/github": stand_in.app}, switches) as it:
        yield it


def make(served: Served, title: str = "x") -> requests.Response:
    return requests.post(
        f"{served.url}/github/repos/acme/shop/issues",
        json={"title": title},
        headers={"Authorization": "Bearer t"},
        timeout=10,
    )


def count(served: Served) -> int:
    address = f"{served.url}/github/repos/acme/shop/issues"
    return len(requests.get(address, headers={"Authorization": "Bearer t"}, timeout=10).json())


@pytest.mark.parametrize("kind", ["drop", "lose", "truncate"])
def test_an_answer_may_be_lost_with_and_without_its_effect(served: Served, kind: Kind) -> None:
    served.switches.faults = [Fault(kind, "/issues$", "POST")]
    with pytest.raises(requests.RequestException):
        make(served)
    assert count(served) == EFFECT.get(kind, 0)
    assert make(served).status_code == 201


@pytest.mark.parametrize(("kind", "status"), [("limit", 429), ("secondary", 403)])
def test_limits_say_when_to_come_back_and_are_read_as_such(
    served: Served, kind: Kind, status: int
) -> None:
    served.switches.faults = [Fault(kind, "/issues$", "POST", after=3000, times=2)]
    answer = make(served)
    assert (answer.status_code, answer.headers["Retry-After"]) == (status, "3000")
    session = requests.Session()

    def send(method: str, path: str, _: object, body: object, headers: object) -> Raw:
        address = f"{served.url}/github{path}"
        told = {"Authorization": "Bearer t"}
        return exchange(session, method, address, data=json.dumps(body), headers=told)

    client = Client(send, name="github", secrets=["t"])
    with pytest.raises(RetryLater) as raised:
        client.call("POST", "/repos/acme/shop/issues", body={"title": "y"})
    assert raised.value.after == 3000
    assert count(served) == 0


def test_a_slow_answer_comes(served: Served) -> None:
    served.switches.faults = [Fault("slow", "/issues$", "POST", after=0.01)]
    assert make(served).status_code == 201
    assert served.switches.faults == []


def test_a_fault_may_wait_for_what_a_request_says_and_tell_that_it_struck(served: Served) -> None:
    struck: list[int] = []
    fault = Fault("lose", "/issues$", "POST", says="bad", then=lambda: struck.append(count_of()))
    served.switches.faults = [fault]

    def count_of() -> int:
        return len(served.log)

    assert make(served, "good").status_code == 201
    assert struck == []
    with pytest.raises(requests.RequestException):
        make(served, "bad")
    assert struck == [1]
    assert count(served) == 2
