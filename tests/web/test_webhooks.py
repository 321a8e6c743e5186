"""Webhooks: believed if signed, stored before they are acknowledged, and never a way in."""

from __future__ import annotations

import gzip
import json
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.load import load
from sync.web.body import Bodies
from tests.adapters.deliveries import BOMBS, HEADERS, NEW, OLD, PAYLOADS, dumped, sign
from tests.web.place import ENVIRONMENT, ISSUE, SETTINGS, Site, cloud, github, served

BODY = dumped(ISSUE)
PATH = "/webhooks/shop/github"


def test_a_signed_delivery_is_stored_then_acknowledged_and_the_backlog_woken(site: Site) -> None:
    answer = site.deliver()
    assert (answer.status_code, answer.json()) == (202, {"said": "accepted"})
    [heard] = site.waiting()
    assert (heard.tracker, heard.records) == ("github", frozenset({"I_1"}))
    assert site.awake.wait(10)
    assert site.woken == ["shop"]


def test_a_repeated_delivery_is_accepted_and_does_nothing(site: Site) -> None:
    site.deliver()
    assert site.awake.wait(10)
    assert site.deliver().status_code == 202
    assert len(site.waiting()) == 1
    assert site.woken == ["shop"]


def test_jira_cloud_signs_and_data_center_has_a_secret_in_its_path(site: Site) -> None:
    body = dumped({"webhookEvent": "jira:issue_updated", "issue": {"id": "7", "key": "SHOP-1"}})
    assert site.post("/webhooks/shop/jira", body, cloud(body)).status_code == 202
    assert site.post(f"/webhooks/shop/jira/{OLD}", body, {}).status_code == 202
    assert site.post("/webhooks/shop/jira/another", body, {}).status_code == 401
    assert [one.records for one in site.waiting()] == [frozenset({"7"})] * 2


def test_what_is_about_nothing_of_the_backlog_is_acknowledged_and_not_kept(site: Site) -> None:
    elsewhere = {**ISSUE, "repository": {"full_name": "acme/other"}}
    assert site.deliver(payload=elsewhere).status_code == 202
    assert site.waiting() == []


@pytest.mark.parametrize("secret", [OLD, NEW], ids=["the old one", "the new one"])
def test_two_secrets_are_good_while_one_takes_the_others_place(site: Site, secret: str) -> None:
    assert site.deliver(secret=secret).status_code == 202


def test_a_secret_that_is_taken_out_of_the_settings_is_good_no_more(
    site: Site, tmp_path: Path
) -> None:
    assert site.deliver("d-1").status_code == 202
    path = tmp_path / "onebacklog.yaml"
    path.write_text(SETTINGS.replace("[env/OLD, env/NEW]", "env/NEW"), encoding="utf-8")
    site.config = load(path)
    assert site.deliver("d-2").status_code == 401
    assert site.deliver("d-3", secret=NEW).status_code == 202


FORGED = {
    "no signature": ("/webhooks/shop/github", {}),
    "an empty one": (PATH, {"x-hub-signature-256": ""}),
    "one by another secret": (PATH, {"x-hub-signature-256": sign(BODY, "guessed")}),
    "one of another body": (PATH, {"x-hub-signature-256": sign(b"{}")}),
    "one by SHA-1": (PATH, {"x-hub-signature-256": "sha1=" + "0" * 40}),
    "one that is no text": (PATH, {"x-hub-signature-256": "sha256=\xe9\xff"}),
    "a backlog that there is not": ("/webhooks/none/github", github(BODY)),
    "a tracker that there is not": ("/webhooks/shop/none", github(BODY)),
    "a tracker without a secret": ("/webhooks/till/jira", cloud(BODY)),
    "a tracker that sends none": ("/webhooks/shop/files", github(BODY)),
    "a secret in the path of one that signs": (f"{PATH}/{OLD}", {}),
}


@pytest.mark.parametrize("case", FORGED)
def test_what_is_not_signed_is_answered_alike_and_kept_nowhere(site: Site, case: str) -> None:
    path, headers = FORGED[case]
    given = {name: value.encode("latin-1") for name, value in headers.items()}
    answer = site.post(path, BODY, given)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()) == (401, {"said": "no valid signature"})
    assert site.waiting() == []
    assert site.woken == []


def test_a_secret_that_cannot_be_had_believes_nobody_and_is_said(tmp_path: Path) -> None:
    with (
        served(
            tmp_path, SETTINGS.replace("webhook_secret: env/OLD", "webhook_secret: env/NONE")
        ) as site,
        structlog.testing.capture_logs() as logs,
    ):
        assert site.post("/webhooks/shop/jira", BODY, cloud(BODY)).status_code == 401
    assert [one["event"] for one in logs] == ["webhook.deaf"]


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
def test_what_is_signed_and_no_payload_is_said_to_be_none(site: Site, body: bytes) -> None:
    answer = site.post(PATH, body, github(body))
    assert answer.status_code in (202, 400)
    if answer.status_code == 400:
        assert answer.json() == {"said": "signed, and not what such a tracker sends"}
    assert site.waiting() == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_webhooks_are_posted_and_nothing_else(site: Site, method: str) -> None:
    with socket.create_connection(("127.0.0.1", site.port), 10) as wire:
        head = f"{method} {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        wire.sendall(head.encode())
        answer = wire.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 405 ")
    assert b"allow: POST" in answer


def test_a_packed_body_is_refused_unread(site: Site) -> None:
    packed = gzip.compress(BODY)
    answer = site.post(PATH, packed, {**github(packed), "content-encoding": "gzip"})
    assert answer.status_code == 415


# Too much, too slow, too many.


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Site]:
    """One that takes 1,000 bytes of a body within a second, and 1,500 of all."""
    with served(tmp_path, bodies=Bodies(limit=1_000, room=1_500, patience=1.0)) as one:
        yield one


def head(length: str) -> bytes:
    return f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\n{length}\r\n\r\n".encode()


def asked(site: Site, *parts: bytes) -> bytes:
    """What is answered to these bytes, until the server ends the connection."""
    with socket.create_connection(("127.0.0.1", site.port), 20) as wire:
        for part in parts:
            wire.sendall(part)
        return wire.makefile("rb").read()


def test_more_than_25_mb_are_refused_before_they_are_read(site: Site) -> None:
    assert asked(site, head("Content-Length: 25000001")).startswith(b"HTTP/1.1 413 ")


def test_a_body_of_25_mb_is_taken(site: Site) -> None:
    payload = {**ISSUE, "more": ""}
    payload["more"] = "x" * (25_000_000 - len(dumped(payload)))
    body = dumped(payload)
    assert len(body) == 25_000_000
    assert site.post(PATH, body, github(body)).status_code == 202


def test_pieces_without_a_length_are_counted_while_they_come(small: Site) -> None:
    piece = b"190\r\n" + b"x" * 400 + b"\r\n"
    answer = asked(small, head("Transfer-Encoding: chunked"), piece * 3)
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert small.waiting() == []


def test_a_length_that_is_too_short_makes_of_the_rest_no_request_of_ours(small: Site) -> None:
    answer = asked(small, head("Content-Length: 10"), b"x" * 900)
    assert answer.startswith(b"HTTP/1.1 401 ")
    assert answer.count(b"HTTP/1.1") == 1


def test_a_body_that_does_not_come_is_not_waited_for(small: Site) -> None:
    begun = time.monotonic()
    assert asked(small, head("Content-Length: 10"), b"x").startswith(b"HTTP/1.1 408 ")
    assert time.monotonic() - begun < 10


def test_a_sender_that_goes_away_leaves_nothing(small: Site) -> None:
    with socket.create_connection(("127.0.0.1", small.port), 10) as wire:
        wire.sendall(head("Content-Length: 900") + b"x" * 800)
    wire.close()
    body = dumped({**ISSUE, "more": "x" * 700})
    for _ in range(50):  # its room is given back
        if small.post(PATH, body, github(body)).status_code == 202:
            return
        time.sleep(0.1)
    raise AssertionError("the room was not given back")


def test_bodies_share_a_room_and_who_finds_none_is_told_to_come_again(small: Site) -> None:
    with socket.create_connection(("127.0.0.1", small.port), 10) as wire:
        wire.sendall(head("Content-Length: 950") + b"x" * 900)
        time.sleep(0.2)
        body = dumped({**ISSUE, "more": "x" * 800})
        answer = small.post(PATH, body, github(body))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0


# What is stored, and what is not.


def test_many_at_once_are_each_stored_once(site: Site) -> None:
    with ThreadPoolExecutor(20) as pool:
        answers = [pool.submit(site.deliver, f"d-{at % 50}") for at in range(100)]
        assert {one.result().status_code for one in answers} == {202}
    assert len(site.waiting()) == 50


def test_a_state_that_cannot_be_written_is_no_acknowledgement(tmp_path: Path) -> None:
    with served(tmp_path, migrated=False) as site, structlog.testing.capture_logs() as logs:
        answer = site.deliver()
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "sqlite" not in answer.text
    assert [one["event"] for one in logs] == ["webhook.not-stored"]


def test_a_delivery_waits_for_whoever_holds_the_state(site: Site, tmp_path: Path) -> None:
    holder = sqlite3.connect(tmp_path / "state.db", isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.5, lambda: holder.execute("COMMIT"))
    release.start()
    assert site.deliver().status_code == 202
    release.join()
    holder.close()


def test_a_wake_that_fails_leaves_the_delivery_for_the_sweep(tmp_path: Path) -> None:
    class Broken(Site):
        def wake(self, backlog: str) -> None:
            super().wake(backlog)
            raise OSError("the queue is away")

    with structlog.testing.capture_logs() as logs, served(tmp_path, kind=Broken) as site:
        assert site.deliver().status_code == 202
        assert site.awake.wait(10)
        assert len(site.waiting()) == 1
    assert [one["event"] for one in logs] == ["wake.failed"]


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("web")) as one:
        yield one


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    payload=PAYLOADS.map(lambda one: json.dumps(one).encode()) | st.binary(max_size=60),
    headers=HEADERS,
    tracker=st.sampled_from(["jira", "github", "files", "nobody"]),
    signed=st.booleans(),
)
def test_whatever_comes_is_no_500(
    lasting: Site, payload: bytes, headers: dict[str, str], tracker: str, signed: bool
) -> None:
    sent = {name: value.encode("utf-8", "replace") for name, value in headers.items()}
    sent = {name: value for name, value in sent.items() if value.strip() == value}
    sent = {n: v for n, v in sent.items() if not any(byte < 32 or byte == 127 for byte in v)}
    if signed:
        made = {**github(payload), **cloud(payload)}
        sent = {**{name: value.encode() for name, value in made.items()}, **sent}
    answer = lasting.post(f"/webhooks/shop/{tracker}", payload, sent)  # type: ignore[arg-type]
    assert answer.status_code in (202, 400, 401)
    assert not any(secret in answer.text for secret in ENVIRONMENT.values())


def test_what_nobody_foresaw_is_in_the_log_and_not_in_the_answer(site: Site) -> None:
    del site.config  # no settings at all
    with structlog.testing.capture_logs() as logs:
        answer = site.deliver()
    said = {"said": "failed; the server's log says why"}
    assert (answer.status_code, answer.json()) == (500, said)
    assert [one["event"] for one in logs] == ["request.failed"]
    assert logs[0]["exc_info"]
