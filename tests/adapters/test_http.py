import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
import requests
import responses
from pyrate_limiter import Rate
from structlog.testing import capture_logs

from adapters.http import LIMIT, Client, Raw, exchange
from adapters.pace import Gate, Pace
from adapters.scrub import Scrubber
from sync.tracker import (
    Denied,
    NotFound,
    Rejected,
    RetryLater,
    Stale,
    TrackerError,
    Unavailable,
)

HOST = "https://tracker.example"
SECRET = "s3cr3t-t0ken/+"
NOW = 1_700_000_000.0
DATE = "Tue, 14 Nov 2023 22:13:20 GMT"  # NOW


@dataclass
class Clock:
    """Time that passes only while somebody sleeps."""

    now: float = NOW
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def wire() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def clock() -> Clock:
    return Clock()


def make_client(clock: Clock, host: str = HOST, **options: object) -> Client:
    session = requests.Session()

    def send(method, path, params, body, headers):  # type: ignore[no-untyped-def]
        data = None if body is None else json.dumps(body)
        secret = {"Authorization": f"Bearer {SECRET}", **headers}
        return exchange(session, method, host + path, params=params, data=data, headers=secret)

    return Client(
        send,
        name="demo",
        secrets=[SECRET],
        sleep=clock.sleep,
        clock=clock,
        **options,  # type: ignore[arg-type]
    )


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, {"message": "Bad credentials"}, Denied, "has it expired?"),
        (401, "<html>log in</html>", Denied, "has it expired?"),
        (403, {"message": "Resource not accessible"}, Denied, "Resource not accessible"),
        (404, {"message": "Not Found"}, NotFound, "404: Not Found"),
        (404, "<html>dead link</html>", Unavailable, "not JSON: <html>dead link</html>"),
        (410, {"message": "This issue was deleted"}, NotFound, "This issue was deleted"),
        (409, {"errorMessages": ["conflicting update"]}, Stale, "conflicting update"),
        (412, "", Stale, "412"),
        (400, {"errors": {"summary": "is required"}}, Rejected, "summary: is required"),
        (418, {}, Rejected, "418"),
        (500, {"message": "oops"}, Unavailable, "500: oops"),
        (502, "<html>bad gateway</html>", Unavailable, "not JSON: <html>bad gateway</html>"),
        (301, "", NotFound, "it is at"),
    ],
)
def test_a_status_says_what_to_do_next(wire, clock, status, body, kind, words) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    wire.post(f"{HOST}/thing", status=status, body=text)
    with pytest.raises(TrackerError, match=r"demo: POST tracker\.example/thing answered") as caught:
        make_client(clock).call("POST", "/thing", body={})
    assert type(caught.value) is kind
    assert words in str(caught.value)
    assert len(wire.calls) == 1


def test_a_redirect_to_another_host_is_followed_by_nobody(wire, clock) -> None:
    wire.get(f"{HOST}/thing", status=302, headers={"Location": "https://login.example/?next=x"})
    with pytest.raises(Unavailable, match=r"it is at https://login\.example"):
        make_client(clock).call("GET", "/thing")
    assert len(wire.calls) == 1


def test_a_refusal_names_the_field_where_there_is_just_one(wire, clock) -> None:
    missing = {"resource": "Issue", "field": "title", "code": "missing_field"}
    wire.post(f"{HOST}/a", status=422, json={"message": "Validation Failed", "errors": [missing]})
    wire.post(f"{HOST}/b", status=400, json={"errorMessages": [], "errors": {"x": "1", "y": "2"}})
    client = make_client(clock)
    with pytest.raises(Rejected, match="Validation Failed; title: missing_field") as one:
        client.call("POST", "/a", body={})
    with pytest.raises(Rejected, match="x: 1; y: 2") as two:
        client.call("POST", "/b", body={})
    assert (one.value.name, two.value.name) == ("title", None)


@pytest.mark.parametrize(
    "errors", [["plain words"], [{"field": ["title"]}], [None], "words", {"a": {"b": 1}}, 7]
)
def test_errors_of_any_form_are_refusals(wire, clock, errors) -> None:
    wire.post(f"{HOST}/a", status=422, json={"message": None, "errors": errors})
    with pytest.raises(Rejected):
        make_client(clock).call("POST", "/a", body={})


@pytest.mark.parametrize("body", ['{"id": 1', "<html>we'll be right back</html>", "\x00"])
def test_a_good_status_without_json_is_a_tracker_that_is_down(wire, clock, body) -> None:
    wire.get(f"{HOST}/thing", body=body)
    with pytest.raises(Unavailable, match=r"demo: GET tracker\.example/thing answered 200 with"):
        make_client(clock).call("GET", "/thing")


def test_json_of_another_form_than_due_is_a_tracker_that_is_down(wire, clock) -> None:
    wire.get(f"{HOST}/list", json=[1])
    wire.get(f"{HOST}/object", json={"a": 1})
    client = make_client(clock)
    assert client.call("GET", "/list").entries() == [1]
    assert client.call("GET", "/object").mapping() == {"a": 1}
    with pytest.raises(Unavailable, match=r"tracker\.example/list answered a JSON list"):
        client.call("GET", "/list").mapping()
    with pytest.raises(Unavailable, match=r"tracker\.example/object answered a JSON dict"):
        client.call("GET", "/object").entries()


def test_what_may_be_repeated_is_repeated_at_growing_distances(wire, clock) -> None:
    wire.get(f"{HOST}/thing", status=500)
    wire.get(f"{HOST}/thing", body=requests.ConnectionError("reset by peer"))
    wire.get(f"{HOST}/thing", body=requests.ReadTimeout("slow"))
    wire.get(f"{HOST}/thing", json={"ok": True})
    client = make_client(clock)
    assert client.call("GET", "/thing").body == {"ok": True}
    assert client.requests == 4
    assert clock.slept == sorted(clock.slept)
    assert 7 <= sum(clock.slept) <= 10


def test_after_four_attempts_it_is_down(wire, clock) -> None:
    wire.put(f"{HOST}/thing", status=503)
    with pytest.raises(Unavailable, match="503"):
        make_client(clock).call("PUT", "/thing", body={})
    assert len(wire.calls) == 4


@pytest.mark.parametrize("method", ["POST", "PATCH"])
@pytest.mark.parametrize(
    "failure", [requests.ConnectionError("reset"), requests.ReadTimeout("slow"), 500, 502, 503]
)
def test_a_write_of_unknown_outcome_is_never_repeated(wire, clock, method, failure) -> None:
    how = {"status": failure} if isinstance(failure, int) else {"body": failure}
    wire.add(method, f"{HOST}/thing", **how)
    with pytest.raises(Unavailable):
        make_client(clock).call(method, "/thing", body={})
    assert len(wire.calls) == 1


def test_a_search_by_post_may_be_declared_repeatable(wire, clock) -> None:
    wire.post(f"{HOST}/search", status=502)
    wire.post(f"{HOST}/search", json=[])
    assert make_client(clock).call("POST", "/search", body={}, repeatable=True).body == []


@pytest.mark.parametrize(
    ("status", "headers", "body", "slept"),
    [
        (429, {"Retry-After": "7"}, {}, 7),
        (429, {"Retry-After": "1.5"}, {}, 1.5),
        (429, {"Retry-After": "Tue, 14 Nov 2023 22:13:29 GMT", "Date": DATE}, {}, 9),
        (429, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "2023-11-14T22:13:25Z"}, {}, 6),
        (403, {"Retry-After": "3", "X-RateLimit-Remaining": "0"}, {}, 3),
        (403, {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{NOW + 20:.0f}"}, {}, 21),
        (403, {}, {"documentation_url": "https://docs.example/rate-limits-for-the-api"}, 60),
        (503, {"Retry-After": "4"}, "<html>busy</html>", 4),
    ],
)
def test_even_a_post_is_sent_again_where_it_was_not_executed(
    wire, clock, status, headers, body, slept
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    wire.post(f"{HOST}/thing", status=status, headers=headers, body=text)
    wire.post(f"{HOST}/thing", status=201, json={"id": 1})
    assert make_client(clock).call("POST", "/thing", body={}).status == 201
    assert clock.slept == [slept]


def test_how_far_the_trackers_clock_is_ahead_is_told_by_its_answers(wire, clock) -> None:
    wire.get(f"{HOST}/thing", json={})
    wire.get(f"{HOST}/thing", json={}, headers={"Date": DATE})
    client = make_client(clock)
    client.call("GET", "/thing")
    assert client.ahead is None
    clock.now -= 90
    client.call("GET", "/thing")
    assert client.ahead == 90.5


def test_the_trackers_own_clock_says_how_long_until_its_reset(wire, clock) -> None:
    clock.now -= 3600  # ours is an hour slow
    headers = {"Date": DATE, "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": f"{NOW + 5:.0f}"}
    wire.get(f"{HOST}/thing", status=403, headers=headers)
    wire.get(f"{HOST}/thing", json={})
    make_client(clock).call("GET", "/thing")
    assert clock.slept == [6]


def test_a_limit_without_a_time_is_waited_for_at_growing_distances(wire, clock) -> None:
    wire.get(f"{HOST}/thing", status=429, headers={"Retry-After": "soon"})
    with pytest.raises(RetryLater, match="too many requests") as caught:
        make_client(clock).call("GET", "/thing")
    assert caught.value.after is None
    assert len(clock.slept) == 3


@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_that_is_too_long_is_left_to_the_caller(wire, clock, status) -> None:
    wire.get(f"{HOST}/thing", status=status, headers={"Retry-After": "3600"})
    with pytest.raises(RetryLater) as caught:
        make_client(clock).call("GET", "/thing")
    assert (caught.value.after, clock.slept) == (3600, [])


def test_waits_add_up_against_the_patience(wire, clock) -> None:
    wire.get(f"{HOST}/thing", status=429, headers={"Retry-After": "25"})
    with pytest.raises(RetryLater):
        make_client(clock, patience=60).call("GET", "/thing")
    assert clock.slept == [25, 25]


def test_a_limit_is_no_answer_though_its_status_is_accepted(wire, clock) -> None:
    wire.get(f"{HOST}/thing", status=403, headers={"Retry-After": "1"})
    wire.get(f"{HOST}/thing", status=403, body="<html>no</html>")
    answer = make_client(clock).call("GET", "/thing", accept=(403,))
    assert (answer.status, answer.body, len(wire.calls)) == (403, None, 2)


def test_an_accepted_status_is_an_answer_with_its_headers(wire, clock) -> None:
    wire.get(f"{HOST}/thing", status=301, headers={"Location": "/other"}, json={"url": "x"})
    answer = make_client(clock).call("GET", "/thing", accept={301})
    assert (answer.status, answer.headers["location"]) == (301, "/other")
    assert answer.url == f"{HOST}/thing"


def test_a_refused_connection_is_tried_again_even_for_a_post(clock) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]  # bound, but not listening
        client = make_client(clock, f"http://127.0.0.1:{port}")
        with pytest.raises(Unavailable, match=r"127\.0\.0\.1 to POST /thing .it cannot be reached"):
            client.call("POST", "/thing", body={})
    assert client.requests == 4


def test_an_answer_broken_off_is_no_answer(clock) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = make_client(clock, f"http://127.0.0.1:{listener.getsockname()[1]}", patience=0)
        with pytest.raises(Unavailable, match="no whole answer"):
            _answer_half(listener, client)


def _answer_half(listener: socket.socket, client: Client) -> None:
    from threading import Thread  # noqa: PLC0415 - only here

    def answer() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}")

    thread = Thread(target=answer)
    thread.start()
    try:
        client.call("GET", "/thing")
    finally:
        thread.join()


def test_a_huge_answer_is_refused(wire, clock) -> None:
    wire.get(f"{HOST}/thing", body=b'"' + b"x" * LIMIT + b'"')
    with pytest.raises(Unavailable, match="over 50 MB"):
        make_client(clock).call("GET", "/thing")
    assert len(wire.calls) == 1


def test_no_credential_is_in_an_error_nor_in_what_it_is_chained_to(wire, clock) -> None:
    leaks = f"{SECRET} s3cr3t-t0ken%2F%2B Authorization: Bearer abc123def456 ?token=zzz"
    wire.post(f"{HOST}/a", status=422, json={"message": leaks})
    wire.post(f"{HOST}/b", status=502, body=leaks)
    wire.post(f"{HOST}/c?token=zzz", body=requests.ConnectionError(leaks))
    wire.post(f"{HOST}/d", status=302, headers={"Location": f"{HOST}/x?token=zzz"})
    client = make_client(clock)
    with capture_logs() as logs:
        for path in ("/a", "/b", "/c?token=zzz", "/d"):
            with pytest.raises(TrackerError) as caught:
                client.call("POST", path, body={"secret": SECRET})
            said = repr([caught.value, caught.value.__cause__, caught.value.__context__])
            for secret in ("s3cr3t", "abc123def456", "zzz"):
                assert secret not in said
    assert not {word for word in ("s3cr3t", "zzz") if word in repr(logs)}


def test_each_request_is_one_line_in_the_log(wire, clock) -> None:
    wire.get(f"{HOST}/thing", status=204)
    with capture_logs() as logs:
        make_client(clock).call("GET", "/thing", params={"q": "x"})
    (line,) = logs
    assert line.pop("ms") >= 0
    assert line == {
        "event": "request",
        "log_level": "debug",
        "tracker": "demo",
        "method": "GET",
        "path": "/thing",
        "status": 204,
    }


def test_foreign_text_is_cut_and_kept_on_one_line() -> None:
    scrub = Scrubber(["user@example.com", "password"])
    assert scrub("a\x1b[31m\r\nb") == "a [31m b"
    assert len(scrub("x" * 1000)) == 200
    assert scrub("Basic dXNlckBleGFtcGxlLmNvbTpwYXNzd29yZA==") == "Basic ***"
    assert scrub("said dXNlckBleGFtcGxlLmNvbTpwYXNzd29yZA== so") == "said *** so"
    assert scrub("the token permissions") == "the token permissions"


def test_writes_keep_their_pace_and_reads_do_not(clock) -> None:
    sent: list[tuple[float, str]] = []

    def send(method, path, params, body, headers):  # type: ignore[no-untyped-def]
        sent.append((clock.now - NOW, method))
        return Raw(200, {}, b"", HOST + path)

    pace = Pace(Rate(3, 10_000), clock=clock)
    client = Client(
        send,
        name="demo",
        secrets=[],
        gate=Gate(writes=pace),
        sleep=clock.sleep,
        clock=clock,
        patience=20,
    )
    for _ in range(7):
        client.call("POST", "/thing")
        client.call("GET", "/thing")
    at = [when for when, method in sent if method == "POST"]
    assert at[:3] == [0, 0, 0]
    assert all(later - earlier >= 10 for earlier, later in zip(at, at[3:], strict=False))
    assert at[-1] < 21


def test_a_pace_that_asks_for_too_much_patience_is_left_to_the_caller(clock) -> None:
    pace = Pace(Rate(1, 100_000), clock=clock)
    send = lambda method, path, params, body, headers: Raw(200, {}, b"", HOST)  # noqa: E731
    client = Client(
        send, name="demo", secrets=[], gate=Gate(writes=pace), sleep=clock.sleep, clock=clock
    )
    client.call("POST", "/thing")
    with pytest.raises(RetryLater, match="keep our pace") as caught:
        client.call("POST", "/thing")
    assert caught.value.after == pytest.approx(100, abs=1)
    assert clock.slept == []
