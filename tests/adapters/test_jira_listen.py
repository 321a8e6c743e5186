"""Jira's webhooks: who sent them, and which issues they say to read again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.jira.listen import EVENTS, JiraListener
from sync.events import Event, Forged, Garbled
from tests.adapters.deliveries import BOMBS, CLOUD, HEADERS, NEW, OLD, PAYLOADS, dumped, sign
from tests.shared import shared

NUMBER = "e6f9a8c0-1"
WHOLE = Event(NUMBER, whole=True)


def listener(*secrets: str, project: str = "SHOP") -> JiraListener:
    return JiraListener(project=project, secrets=secrets or (OLD,))


def headers(body: bytes, secret: str = OLD) -> dict[str, str]:
    return {CLOUD: sign(body, secret), "x-atlassian-webhook-identifier": NUMBER}


def hear(payload: Any, **change: Any) -> Event | None:
    body = dumped(payload)
    return listener(**change).hear(headers(body), body)


def touched(*records: str, order: bool = False) -> Event:
    return Event(NUMBER, frozenset(records), order=order)


def issue(key: str = "SHOP-1") -> dict[str, Any]:
    return {"id": "10001", "key": key, "fields": {"project": {"key": key.partition("-")[0]}}}


def changed(*items: Mapping[str, Any], key: str = "SHOP-1") -> dict[str, Any]:
    return {
        "webhookEvent": "jira:issue_updated",
        "issue": issue(key),
        "changelog": {"items": list(items)},
    }


ROWS: list[tuple[str, Mapping[str, Any], Event | None]] = [
    (
        "an issue was edited: read it",
        changed({"field": "summary", "fieldId": "summary", "fieldtype": "jira"}),
        touched("10001"),
    ),
    ("an issue of another project: nothing", changed(key="ELSE-1"), None),
    (
        "an issue came from another project: read it",
        changed({"field": "Key", "fromString": "ELSE-9", "toString": "SHOP-1"}),
        touched("10001"),
    ),
    (
        "an issue left for another project: read what became of it",
        changed({"field": "Key", "fromString": "SHOP-1", "toString": "ELSE-9"}, key="ELSE-9"),
        touched("10001"),
    ),
    (
        "an issue went from one other project to another: nothing",
        changed({"field": "Key", "fromString": "A-1", "toString": "ELSE-9"}, key="ELSE-9"),
        None,
    ),
    (
        "an issue has another project, and it is not said which it had: read it",
        changed({"field": "project", "from": "10000", "to": "10001"}, key="ELSE-9"),
        touched("10001"),
    ),
    (
        "an issue of which only the key is known",
        {"webhookEvent": "jira:issue_deleted", "issue": {"id": "10001", "key": "SHOP-1"}},
        touched("10001"),
    ),
    (
        "an issue of which only the id is known may be ours",
        {"webhookEvent": "jira:issue_deleted", "issue": {"id": 10001}},
        touched("10001"),
    ),
    (
        "an issue was ranked: read the order too",
        changed({"field": "Rank", "fieldId": "customfield_10019", "toString": "Ranked higher"}),
        touched("10001", order=True),
    ),
    (
        "an issue was ranked in another language",
        changed({"field": "Rang", "fieldtype": "custom", "from": "", "toString": "Höher"}),
        touched("10001", order=True),
    ),
    (
        "a field of the team's own got another value: not the order",
        changed({"field": "Team", "fieldtype": "custom", "fromString": "A", "toString": "B"}),
        touched("10001"),
    ),
    (
        "a comment on Cloud: read the issue",
        {"webhookEvent": "comment_created", "comment": {}, "issue": issue()},
        touched("10001"),
    ),
    (
        "a comment in another project: nothing",
        {"webhookEvent": "comment_created", "comment": {}, "issue": issue("ELSE-1")},
        None,
    ),
    (
        "a comment on Data Center: the issue in its address",
        {
            "webhookEvent": "comment_deleted",
            "comment": {"self": "https://j.example/rest/api/2/issue/10013/comment/10082"},
        },
        touched("10013"),
    ),
    (
        "a link: read both ends",
        {
            "webhookEvent": "issuelink_created",
            "issueLink": {"sourceIssueId": 10001, "destinationIssueId": 10002},
        },
        touched("10001", "10002"),
    ),
    (
        "a version was merged into another: any issue may have had it",
        {"webhookEvent": "jira:version_deleted", "version": {}, "mergedTo": {}},
        WHOLE,
    ),
    ("a sprint was renamed", {"webhookEvent": "sprint_updated", "sprint": {"id": 1}}, WHOLE),
    ("a new sprint: nothing", {"webhookEvent": "sprint_created", "sprint": {"id": 1}}, None),
    ("a board: nothing", {"webhookEvent": "board_configuration_changed", "board": {}}, None),
    (
        "the project was archived",
        {"webhookEvent": "project_archived", "project": {"key": "SHOP"}},
        WHOLE,
    ),
    (
        "another project was archived",
        {"webhookEvent": "project_archived", "project": {"key": "ELSE"}},
        None,
    ),
    (
        "a person has another name on Data Center, which is what records show",
        {"webhookEvent": "user_updated", "user": {"name": "ada", "key": "ada"}},
        WHOLE,
    ),
    (
        "a person has another name on Cloud, where records show an id",
        {"webhookEvent": "user_updated", "user": {"accountId": "5b1"}},
        None,
    ),
    ("a property, such as our own mark", {"webhookEvent": "issue_property_set"}, None),
    ("a worklog", {"webhookEvent": "worklog_created", "worklog": {}}, None),
    ("an event that is not known yet", {"webhookEvent": "jira:issue_polished"}, None),
]


@pytest.mark.parametrize(
    ("payload", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_an_event_says_what_to_read_again(
    payload: Mapping[str, Any], expected: Event | None
) -> None:
    assert hear(payload) == expected


def test_the_signature_is_the_one_that_atlassian_documents() -> None:
    digest = "a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    with pytest.raises(Garbled, match="JSON"):  # it is signed, though it is no event
        listener().hear({CLOUD: f"sha256={digest}"}, b"Hello World!")


def test_the_method_of_signing_is_read_from_the_header() -> None:
    body = dumped(changed())
    for method in ("sha256", "sha384", "sha512"):
        assert listener().hear({CLOUD: sign(body, method=method)}, body)
    for method in ("sha1", "md5", "sha3_256", "new", "__doc__", ""):
        known = method in ("sha1", "md5", "sha3_256")
        signature = sign(body, method=method) if known else f"{method}=00"
        with pytest.raises(Forged):
            listener().hear({CLOUD: signature}, body)


def test_data_center_is_known_by_the_token_alone_and_numbered_by_the_body() -> None:
    body = dumped(changed())
    expected = Event(hashlib.sha256(body).hexdigest(), frozenset(["10001"]))
    assert listener().hear({}, body, OLD) == expected
    assert listener(NEW, OLD).hear({}, body, OLD) == expected
    for token in (None, "", NEW, OLD[:-1], f"{OLD} ", "é\udcff"):
        with pytest.raises(Forged):
            listener().hear({}, body, token)


def test_a_signature_that_is_there_must_be_right_whatever_the_token() -> None:
    body = dumped(changed())
    assert listener().hear(headers(body), body, "anything") == touched("10001")
    for signature in ("", "sha256=", sign(body, NEW), sign(body + b" ")):
        with pytest.raises(Forged):
            listener().hear({CLOUD: signature}, body, OLD)


def test_while_a_secret_is_replaced_both_are_good() -> None:
    body = dumped(changed())
    for secret in (OLD, NEW):
        assert listener(NEW, OLD).hear(headers(body, secret), body) == touched("10001")


def test_a_delivery_that_is_numbered_with_what_is_no_number_is_garbled() -> None:
    body = dumped(changed())
    for number in ("", "x" * 201, "a\nb"):
        with pytest.raises(Garbled):
            listener().hear(headers(body) | {"x-atlassian-webhook-identifier": number}, body)


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"webhookEvent": 1},
        {"webhookEvent": "jira:issue_updated"},
        {"webhookEvent": "jira:issue_updated", "issue": {"id": "../10001"}},
        {"webhookEvent": "jira:issue_updated", "issue": {"id": True, "key": "SHOP-1"}},
        {"webhookEvent": "comment_created", "comment": {"self": "https://j.example/comment/1"}},
        {"webhookEvent": "issuelink_created", "issueLink": {"sourceIssueId": 1}},
    ],
)
def test_an_event_without_what_such_events_have_is_garbled(payload: object) -> None:
    with pytest.raises(Garbled, match="expected"):
        hear(payload)


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
def test_a_signed_body_that_no_jira_sends_is_garbled(body: bytes) -> None:
    with pytest.raises(Garbled):
        listener().hear(headers(body), body)


@given(PAYLOADS, st.sampled_from(sorted(EVENTS)))
def test_whatever_is_signed_comes_out_as_an_event_or_garbled(payload: Any, event: str) -> None:
    if isinstance(payload, dict):
        payload = {"webhookEvent": event, **payload}
    with suppress(Garbled):
        found = hear(payload)
        assert found is None or found.delivery == NUMBER


@given(HEADERS, st.binary(max_size=60), st.none() | st.text(max_size=10))
def test_whatever_comes_unsigned_is_forged(
    said: dict[str, str], body: bytes, token: str | None
) -> None:
    with pytest.raises(Forged):
        listener().hear(said, body, token)


def payloads() -> list[tuple[str, dict[str, Any]]]:
    found = sorted(shared("webhooks/jira").glob("*.json"))
    return [(one.name, json.loads(one.read_text())) for one in found]


def test_every_payload_that_jira_sent_names_its_issue() -> None:
    for name, payload in payloads():
        body = dumped(payload)
        on_cloud = "server" not in name
        said, token = (headers(body), None) if on_cloud else ({}, OLD)
        number = NUMBER if on_cloud else hashlib.sha256(body).hexdigest()
        if "issue" in payload:
            project = payload["issue"]["fields"]["project"]["key"]
            expected = frozenset([payload["issue"]["id"]])
            assert listener(project="NONE").hear(said, body, token) is None, name
        else:
            project, expected = "SHOP", frozenset(["10013"])
        found = listener(project=project).hear(said, body, token)
        assert found is not None, name
        assert (found.delivery, found.records, found.whole) == (number, expected, False), name
        assert found.order or "rank" not in name, name


def test_every_payload_is_refused_unsigned_misdirected_and_cut() -> None:
    for _, payload in payloads():
        body = dumped(payload)
        for said, token in (({}, None), ({}, NEW), (headers(body, NEW), OLD)):
            with pytest.raises(Forged):
                listener().hear(said, body, token)
        cut = body[: len(body) // 2]
        with pytest.raises(Forged):
            listener().hear(headers(body), cut)
        with pytest.raises(Garbled):
            listener().hear(headers(cut), cut)
