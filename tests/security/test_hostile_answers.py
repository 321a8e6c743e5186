"""Whatever a tracker answers, a run ends, stays small, and shows its credential to nobody else."""

from __future__ import annotations

import gzip
import itertools
import json
import math
import random
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.answers import LONGEST_PAUSE, NOT_JSON, Raw, asked_pause, epoch, parse
from adapters.github.client import GitHubClient, issue_path
from adapters.http import STREAK, Client, bounded, exchange
from adapters.jira.client import JiraClient
from adapters.sandbox.server import serve
from adapters.wire import LIMIT, Insecure, TooLarge
from sync.tracker import NotFound, RetryLater, TrackerError, Unavailable
from tests.acceptance.shop import Flavour, shop
from tests.security.wire import Bytes, answer, wire

TOKEN = "canary-t0ken"
JSON = "Content-Type: application/json"


def asked(said: Callable[[bytes], Bytes], deadline: float = 60.0) -> Raw:
    """One exchange with a server that answers so."""
    with wire(said) as made, requests.Session() as session:
        bounded(session, made.url, deadline)
        return exchange(session, "GET", f"{made.url}/thing")


def dripping(start: bytes, drop: bytes) -> Callable[[bytes], Bytes]:
    """A byte now and then, for ever."""

    def said(_: bytes) -> Iterator[bytes]:
        yield start
        while True:
            threading.Event().wait(0.01)
            yield drop

    return said


DRIPS = {
    "its first line": (b"HTTP/1.1 200 O", b"K"),
    "its headers": (b"HTTP/1.1 200 OK\r\nX-", b"a"),
    "its body": (b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n", b" "),
    "the pieces of its body": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"1\r\n \r\n",
    ),
    "a packed body": (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 99999\r\n\r\n\x1f\x8b\x08",
        b"\0",
    ),
}


@pytest.mark.parametrize("drip", DRIPS.values(), ids=DRIPS)
def test_an_answer_that_drips_is_given_up(drip: tuple[bytes, bytes]) -> None:
    with pytest.raises(requests.RequestException):
        asked(dripping(*drip), deadline=0.5)


def test_a_body_without_an_end_is_not_read_to_it() -> None:
    def said(_: bytes) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
        yield from itertools.repeat(b" " * 1_000_000)

    with pytest.raises(TooLarge):
        asked(said)


@pytest.mark.parametrize("times", [1, 2])
def test_a_small_answer_that_unpacks_to_a_huge_one_is_not_unpacked_to_its_end(times: int) -> None:
    packed = b"".join(_packed(3 * LIMIT))
    coding = "gzip"
    if times == 2:
        packed, coding = gzip.compress(packed), "gzip, gzip"
    assert len(packed) < LIMIT / 100
    with pytest.raises(TooLarge):
        asked(lambda _: [answer(packed, f"Content-Encoding: {coding}")])


def _packed(size: int) -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(size // 1_000_000):
        yield packer.compress(b" " * 1_000_000)
    yield packer.flush()


def test_a_body_packed_again_and_again_is_refused() -> None:
    with pytest.raises(requests.RequestException):
        asked(lambda _: [answer(b"x", f"Content-Encoding: {', '.join(['gzip'] * 50)}")])


ODD = {
    "no HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
    "nothing": b"",
    "a status that is none": b"HTTP/1.1 abc OK\r\n\r\n",
    "headers without end": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    "a header without end": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2, 5\r\n\r\n{}",
    "a body that is not as packed as it says": answer(b"{}", "Content-Encoding: gzip"),
    "pieces of no length": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "half a body": b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}",
}


@pytest.mark.parametrize("said", ODD.values(), ids=ODD)
def test_what_is_no_http_is_a_tracker_that_is_down(said: bytes) -> None:
    with wire(lambda _: [said]) as made, requests.Session() as session:
        bounded(session, made.url)
        client = Client(
            lambda method, path, *_: exchange(session, method, made.url + path),
            name="demo",
            secrets=[],
            sleep=lambda _: None,
        )
        with pytest.raises(Unavailable):
            client.call("GET", "/thing")


# Where the credential goes


def ask_github(url: str) -> object:
    client = GitHubClient(name="github", repository="acme/shop", url=f"{url}/api/v3", token=TOKEN)
    return [*client.labels()]


def ask_github_graphql(url: str) -> object:
    client = GitHubClient(name="github", repository="acme/shop", url=f"{url}/api/v3", token=TOKEN)
    return client.graphql.ask("query { viewer { login } }", {})


def ask_jira(url: str) -> object:
    return JiraClient(name="jira", url=url, email=None, token=TOKEN).get("serverInfo")


def ask_jira_as_a_person(url: str) -> object:
    return JiraClient(name="jira", url=url, email="a@example.com", token=TOKEN).get("serverInfo")


CLIENTS = [ask_github, ask_github_graphql, ask_jira, ask_jira_as_a_person]


@pytest.mark.parametrize("ask", CLIENTS)
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 x"])
def test_a_redirect_to_another_host_is_never_followed(
    ask: Callable[[str], object], status: str
) -> None:
    with wire(lambda _: [answer(b"{}", JSON)]) as other:
        moved = answer(b"", f"Location: {other.url}/thing", status=status)
        with wire(lambda _: [moved]) as made:
            with pytest.raises(TrackerError, match="name the right place in the settings"):
                ask(made.url)
            assert b"uthorization" in made.asked[0]
    assert other.asked == []


@pytest.mark.parametrize("ask", CLIENTS)
def test_what_a_netrc_says_of_the_host_is_not_sent(
    ask: Callable[[str], object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "netrc").write_text("default login mallory password of-somebody-else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with wire(lambda _: [answer(b"[]", JSON)]) as made:
        with suppress(TrackerError):
            ask(made.url)
        with requests.Session() as session:
            bounded(session, made.url)
            exchange(session, "GET", made.url)
    *ours, plain = made.asked
    assert b"Basic bWFsbG9yeTpvZi1zb21lYm9keS1lbHNl" in plain  # so the file was there to be read
    assert [head for head in ours if b"bWFsbG9yeTpvZi" in head] == []


@pytest.mark.parametrize(
    "url",
    [
        "http://tracker.example/",
        "https://tracker.example.evil.example/",
        "https://tracker.example:8443/",
        "https://tracker.example@evil.example/",
        "https://evil.example/https://tracker.example/",
        "HTTPS://evil.example#tracker.example",
    ],
)
def test_a_session_goes_to_the_host_of_the_settings_alone(url: str) -> None:
    with requests.Session() as session:
        bounded(session, "https://tracker.example/jira")
        with pytest.raises(Insecure):
            exchange(session, "GET", url)


def test_the_certificate_is_always_checked() -> None:
    jira = JiraClient(name="jira", url="https://tracker.example", email=None, token=TOKEN)
    github = GitHubClient(name="x", repository="acme/shop", url=None, token=TOKEN)
    assert jira._jira._session.verify is True
    assert github._connection.session.verify is True
    code = [path for top in ("adapters", "sync", "config") for path in Path(top).rglob("*.py")]
    assert len(code) > 200
    turned_off = ("verify=False", "CERT_NONE", "_create_unverified_context", "disable_warnings")
    assert [
        path for path in code if any(word in path.read_text("utf-8") for word in turned_off)
    ] == []


# Pages


def test_the_next_page_is_asked_of_the_same_host_whatever_its_link_says() -> None:
    with wire(lambda _: [answer(b"[]", JSON)]) as other:

        def said(head: bytes) -> Bytes:
            link = f'Link: <{other.url}/evil?page=2>; rel="next"'
            return [answer(b"[]", JSON, *([] if b"page=2" in head else [link]))]

        with wire(said) as made:
            assert ask_github(made.url) == []
    assert other.asked == []
    _, second = (head.split(b"\r\n")[0] for head in made.asked)
    assert second == b"GET /api/v3/repos/acme/shop/labels?page=2 HTTP/1.1"


def test_pages_of_github_that_lead_in_a_circle_are_an_error() -> None:
    def said(head: bytes) -> Bytes:
        page = 1 if b"page=2" in head else 2
        return [answer(b"[]", JSON, f'Link: <https://x.example/?page={page}>; rel="next"')]

    with wire(said) as made, pytest.raises(Unavailable, match="do not come to an end"):
        ask_github(made.url)
    assert len(made.asked) == 3


def test_pages_without_end_are_an_error() -> None:
    numbers = itertools.count()

    def send(*_: object) -> Raw:
        return Raw(200, {}, json.dumps({"next": next(numbers)}).encode(), "https://x.example/")

    client = Client(send, name="demo", secrets=[])
    for _ in range(STREAK):
        client.call("POST", "search", body={}, repeatable=True)
    with pytest.raises(Unavailable, match="does not come to an end"):
        client.call("POST", "search", body={}, repeatable=True)
    assert client.requests == STREAK


def test_searches_of_jira_that_repeat_their_token_are_an_error() -> None:
    issue = {"id": "1", "key": "A-1", "fields": {}}
    page = json.dumps({"issues": [issue], "nextPageToken": "again"}).encode()
    with wire(lambda _: [answer(page, JSON)]) as made:
        client = JiraClient(name="jira", url=made.url, email="a@example.com", token=TOKEN)
        client.settle("cloud")
        with pytest.raises(Unavailable, match="do not come to an end"):
            list(client.search("project = A", ["summary"]))
    assert len(made.asked) == 2


# Data


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b"[" * 500 + b"]" * 500,
        b"[" * 1_000_000,
        b'{"points": NaN}',
        b'{"points": -Infinity}',
        b'{"points": 1e999}',
        b"9" * 5_000,
        b'{"a": "\xff\xfe"}',
        b"\x00\x00",
        b"<html>",
    ],
    ids=lambda body: body[:16].decode("latin-1"),
)
def test_what_is_too_deep_or_no_number_or_no_text_is_no_json(body: bytes) -> None:
    assert parse(body) is NOT_JSON


def test_half_a_character_is_shown_as_one_that_cannot_be_shown() -> None:
    assert parse(rb'{"a\ud800": ["\udc00b", "\ud83d\ude00"]}') == {
        "a\ufffd": ["\ufffdb", "\U0001f600"]
    }
    assert parse(b'["\xed\xa0\x80"]') == ["\ufffd"]


@pytest.mark.parametrize("text", ["nan", "inf", "1e999", "Tue, 99 Nov 9999999 99:99:99 GMT", "0 0"])
def test_a_moment_that_is_none_is_none(text: str) -> None:
    assert epoch(text) is None


@pytest.mark.parametrize("seconds", ["9" * 400, "1e999", "Tue, 14 Nov 9999 22:13:20 GMT"])
def test_a_pause_is_no_longer_than_a_day(seconds: str) -> None:
    pause = asked_pause(Raw(429, {"retry-after": seconds}, b"", ""), None, lambda: 0.0)
    assert pause is None or (math.isfinite(pause) and pause <= LONGEST_PAUSE)


def test_nothing_is_sent_while_a_tracker_asks_for_a_pause() -> None:
    sent: list[str] = []

    def send(method: str, path: str, *_: object) -> Raw:
        sent.append(f"{method} {path}")
        limited = method == "POST" and path == "/issues"
        headers = {"retry-after": "3600"} if limited else {}
        return Raw(403 if limited else 200, headers, b"{}", "https://x.example/")

    now = [0.0]
    client = Client(send, name="demo", secrets=[], clock=lambda: now[0])
    for path in ("/issues", "/issues", "/labels"):
        with pytest.raises(RetryLater):
            client.call("POST", path)
    assert sent == ["POST /issues"]  # GitHub bans those who go on
    client.call("GET", "/issues")  # the limit was one of writes
    now[0] = 3601.0
    client.call("POST", "/labels")
    assert sent == ["POST /issues", "GET /issues", "POST /labels"]


@pytest.mark.parametrize(
    "path",
    ["issue/../../admin", "issue/..", "a/%2e%2E/b", "issue/1\r\nX: y", "issue\\1", "a/./b", "a b"],
)
def test_an_id_that_makes_another_address_of_a_path_is_sent_nowhere(path: str) -> None:
    sent: list[str] = []

    def send(*asked: object) -> Raw:
        sent.append(str(asked))
        return Raw(200, {}, b"{}", "https://x.example/")

    with pytest.raises(NotFound, match="is no address"):
        Client(send, name="demo", secrets=[]).call("GET", path)
    assert sent == []


@pytest.mark.parametrize(
    "key", ["../user#1", "a/b/c#1", "a/b#1/../2", "a/b?x#1", "a/b#x", "", "#1", "a/..#1"]
)
def test_a_key_that_is_none_has_no_path(key: str) -> None:
    with pytest.raises(NotFound):
        issue_path(key)


VALUES: list[Any] = [
    *(None, [], {}, "x", 5, -1, True, [[]], [None], {"a": {}}, "", 1e300, ["x"], {"content": [5]}),
    *("2026-13-45T99:99:99Z", "\x00\x1b[31m", [{"id": {}}], {"name": []}),
]
"""What may stand in the place of anything."""


class Odd:
    """An app whose answers hold something else in one place, about every other time."""

    def __init__(self, app: ASGIApp, chance: random.Random) -> None:
        self.app, self.chance, self.on = app, chance, False
        self.changed = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self.on or self.chance.random() < 0.5:
            await self.app(scope, receive, send)
            return
        messages: list[Message] = []

        async def take(message: Message) -> None:
            messages.append(message)

        await self.app(scope, receive, take)
        body = b"".join(message.get("body", b"") for message in messages[1:])
        if body.strip():
            data = json.loads(body)
            place = self.chance.choice(list(_places(data)))
            body = json.dumps(_put(data, place, self.chance.choice(VALUES))).encode()
            self.changed += 1
        headers = [pair for pair in messages[0]["headers"] if pair[0] != b"content-length"]
        length = (b"content-length", str(len(body)).encode())
        await send({**messages[0], "headers": [*headers, length]})
        await send({"type": "http.response.body", "body": body})


def _places(data: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield above
    inner: Any = data.items() if isinstance(data, dict) else ()
    for name, value in enumerate(data[:3]) if isinstance(data, list) else inner:
        yield from _places(value, (*above, name))


def _put(data: Any, place: tuple[Any, ...], value: Any) -> Any:
    if not place:
        return value
    name, *rest = place
    copied = data.copy()
    copied[name] = _put(data[name], tuple(rest), value)
    return copied


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
@pytest.mark.parametrize("tracker", ["jira", "github"])
def test_answers_of_any_form_stop_that_tracker_at_most(
    tmp_path: Path, flavour: Flavour, tracker: str
) -> None:
    issue = {"type": "Story", "summary": "Pay by card", "priority": "High", "labels": ["ui"]}
    other = {"title": "Log in", "labels": ["ui"], "assignees": ["ada"], "body": "hello"}
    with shop(tmp_path, flavour=flavour, jira=[issue], github=[other]) as made:
        made.apply()
        app: Any = getattr(made, f"{tracker}_stand_in").app
        odd = Odd(app, random.Random(f"{flavour} {tracker}"))
        with serve({f"/{tracker}": odd}) as served:
            text = made.settings.read_text("utf-8")
            here = f"{made.served.url}/{tracker}"
            made.settings.write_text(text.replace(here, f"{served.url}/{tracker}"), "utf-8")
            odd.on = True
            codes = {made.run("plan", "--full").code for _ in range(25)}
    assert odd.changed > 25
    assert 1 in codes
    assert codes <= {0, 1, 3}
