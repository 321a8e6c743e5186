"""GitHub's webhooks: who sent them, and which issues they say to read again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from adapters.github.listen import EVENTS, GitHubListener
from sync.events import Event, Forged, Garbled
from tests.adapters.deliveries import BOMBS, GITHUB, HEADERS, NEW, OLD, PAYLOADS, dumped, sign
from tests.shared import shared, shared_json

GUID = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
HERE = {"full_name": "Acme/Shop", "name": "Shop", "owner": {"login": "Acme"}}
ELSEWHERE = {"full_name": "acme/other", "name": "other", "owner": {"login": "acme"}}
ACME = {"login": "acme"}
WHOLE = Event(GUID, whole=True)
API = "https://ghe.acme.example/api/v3/repos/"


def listener(**change: Any) -> GitHubListener:
    settings = {"repository": "acme/shop", "secrets": [OLD], "project": 7}
    return GitHubListener(**(settings | change))


def headers(event: str, body: bytes, **change: str | None) -> dict[str, str]:
    usual = {"x-github-event": event, "x-github-delivery": GUID, GITHUB: sign(body)}
    named = {name.replace("_", "-"): value for name, value in change.items()}
    return {name: value for name, value in (usual | named).items() if value is not None}


def hear(event: str, payload: Any, **change: Any) -> Event | None:
    body = dumped(payload)
    return listener(**change).hear(headers(event, body), body)


def touched(*records: str, order: bool = False) -> Event:
    return Event(GUID, frozenset(records), order=order)


def issue(node_id: str, repository: str | None = None) -> dict[str, Any]:
    return {"node_id": node_id, **({"repository_url": API + repository} if repository else {})}


def item(kind: str = "Issue") -> dict[str, Any]:
    return {"node_id": "PVTI_1", "content_node_id": "I_1", "content_type": kind}


ROWS: list[tuple[str, str, Mapping[str, Any], Event | None]] = [
    (
        "an issue was edited: read it",
        "issues",
        {"action": "edited", "issue": issue("I_1"), "repository": HERE},
        touched("I_1"),
    ),
    (
        "an action that is not known yet: read the issue",
        "issues",
        {"action": "polished", "issue": issue("I_1"), "repository": HERE},
        touched("I_1"),
    ),
    (
        "an issue of another repository of the organization: nothing",
        "issues",
        {"action": "edited", "issue": issue("I_1"), "repository": ELSEWHERE},
        None,
    ),
    (
        "an issue was transferred away: read what became of it",
        "issues",
        {
            "action": "transferred",
            "issue": issue("I_1"),
            "changes": {"new_issue": issue("I_2"), "new_repository": ELSEWHERE},
            "repository": HERE,
        },
        touched("I_1"),
    ),
    (
        "an issue was transferred here: read it where it is",
        "issues",
        {
            "action": "transferred",
            "issue": issue("I_1"),
            "changes": {"new_issue": issue("I_2"), "new_repository": HERE},
            "repository": ELSEWHERE,
        },
        touched("I_2"),
    ),
    (
        "a comment on an issue: read the issue",
        "issue_comment",
        {"action": "created", "issue": issue("I_1"), "repository": HERE},
        touched("I_1"),
    ),
    (
        "a comment on a pull request: nothing",
        "issue_comment",
        {
            "action": "created",
            "issue": issue("PR_1") | {"pull_request": {"url": "…"}},
            "repository": HERE,
        },
        None,
    ),
    (
        "a sub-issue: read both ends",
        "sub_issues",
        {
            "action": "sub_issue_added",
            "parent_issue": issue("I_1", "acme/shop"),
            "sub_issue": issue("I_2", "acme/shop"),
            "repository": HERE,
        },
        touched("I_1", "I_2"),
    ),
    (
        "a sub-issue of another repository: read our end alone",
        "sub_issues",
        {
            "action": "sub_issue_added",
            "parent_issue": issue("I_1", "acme/shop"),
            "sub_issue": issue("I_2", "acme/other"),
            "repository": HERE,
        },
        touched("I_1"),
    ),
    (
        "a sub-issue of ours, told of the other repository: read our end",
        "sub_issues",
        {
            "action": "sub_issue_removed",
            "parent_issue": issue("I_1", "acme/other"),
            "sub_issue": issue("I_2", "ACME/shop"),
            "repository": ELSEWHERE,
        },
        touched("I_2"),
    ),
    (
        "ends whose repository is not said are those of the event's",
        "sub_issues",
        {
            "action": "parent_issue_added",
            "parent_issue": issue("I_1"),
            "sub_issue": issue("I_2"),
            "repository": HERE,
        },
        touched("I_1", "I_2"),
    ),
    (
        "an end whose address is none is not ours",
        "sub_issues",
        {
            "action": "parent_issue_added",
            "parent_issue": {"node_id": "I_1", "repository_url": "http://["},
            "sub_issue": issue("I_2"),
            "repository": HERE,
        },
        touched("I_2"),
    ),
    (
        "what blocks an issue, without the issues: any may be meant",
        "issue_dependencies",
        {"action": "blocked_by_added", "blocked_issue_id": 1, "repository": HERE},
        WHOLE,
    ),
    (
        "what blocks an issue elsewhere: nothing",
        "issue_dependencies",
        {"action": "blocked_by_added", "blocked_issue_id": 1, "repository": ELSEWHERE},
        None,
    ),
    (
        "what blocks an issue: read both ends",
        "issue_dependencies",
        {
            "action": "blocked_by_removed",
            "blocked_issue": issue("I_1"),
            "blocking_issue": issue("I_2"),
            "repository": HERE,
        },
        touched("I_1", "I_2"),
    ),
    (
        "a new label, which is on no issue: nothing",
        "label",
        {"action": "created", "label": {"name": "bug"}, "repository": HERE},
        None,
    ),
    (
        "a label in another color: nothing",
        "label",
        {"action": "edited", "changes": {"color": {"from": "fff"}}, "repository": HERE},
        None,
    ),
    (
        "a label renamed: any issue may have it",
        "label",
        {"action": "edited", "changes": {"name": {"from": "bug"}}, "repository": HERE},
        WHOLE,
    ),
    (
        "a label deleted: any issue may have had it",
        "label",
        {"action": "deleted", "label": {"name": "bug"}, "repository": HERE},
        WHOLE,
    ),
    ("a label deleted elsewhere", "label", {"action": "deleted", "repository": ELSEWHERE}, None),
    ("a milestone renamed", "milestone", {"action": "edited", "repository": HERE}, WHOLE),
    ("a milestone elsewhere", "milestone", {"action": "edited", "repository": ELSEWHERE}, None),
    ("the repository archived", "repository", {"action": "archived", "repository": HERE}, WHOLE),
    ("another one archived", "repository", {"action": "archived", "repository": ELSEWHERE}, None),
    ("the repository made public", "public", {"repository": HERE}, WHOLE),
    (
        "the repository has another name than in the settings",
        "repository",
        {
            "action": "renamed",
            "changes": {"repository": {"name": {"from": "shop"}}},
            "repository": ELSEWHERE,
        },
        WHOLE,
    ),
    (
        "the repository was given away",
        "repository",
        {
            "action": "transferred",
            "changes": {"owner": {"from": {"organization": ACME}}},
            "repository": {"full_name": "else/shop", "name": "shop", "owner": {"login": "else"}},
        },
        WHOLE,
    ),
    (
        "the repository was given away by a person",
        "repository",
        {
            "action": "transferred",
            "changes": {"owner": {"from": {"user": ACME}}},
            "repository": {"full_name": "else/shop", "name": "shop", "owner": {"login": "else"}},
        },
        WHOLE,
    ),
    (
        "the owner has another name than in the settings",
        "organization",
        {"action": "renamed", "changes": {"login": {"from": "Acme"}}, "organization": {}},
        WHOLE,
    ),
    (
        "somebody joined the organization",
        "organization",
        {"action": "member_added", "organization": ACME},
        None,
    ),
    (
        "an issue moved in the Project: the order",
        "projects_v2_item",
        {"action": "reordered", "projects_v2_item": item(), "organization": ACME},
        touched(order=True),
    ),
    (
        "an issue got a value in the Project: the issue, without the order",
        "projects_v2_item",
        {"action": "edited", "projects_v2_item": item(), "organization": ACME},
        touched("I_1"),
    ),
    (
        "an issue was taken out of the Project: both",
        "projects_v2_item",
        {"action": "deleted", "projects_v2_item": item(), "organization": ACME},
        touched("I_1", order=True),
    ),
    (
        "a draft in the Project: nothing",
        "projects_v2_item",
        {"action": "created", "projects_v2_item": item("DraftIssue"), "organization": ACME},
        None,
    ),
    (
        "a Project of another organization: nothing",
        "projects_v2_item",
        {"action": "edited", "projects_v2_item": item(), "organization": {"login": "else"}},
        None,
    ),
    (
        "the Project itself was closed",
        "projects_v2",
        {"action": "closed", "projects_v2": {"number": 7}, "organization": ACME},
        WHOLE,
    ),
    (
        "another Project was closed",
        "projects_v2",
        {"action": "closed", "projects_v2": {"number": 8}, "organization": ACME},
        None,
    ),
    ("a ping", "ping", {"zen": "…", "repository": HERE}, None),
    ("a push", "push", {"ref": "main", "repository": HERE}, None),
]


@pytest.mark.parametrize(
    ("event", "payload", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_an_event_says_what_to_read_again(
    event: str, payload: Mapping[str, Any], expected: Event | None
) -> None:
    assert hear(event, payload) == expected


def test_the_signature_is_the_one_that_github_documents() -> None:
    body = b"Hello, World!"
    digest = "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    said = headers("issues", b"", **{GITHUB: f"sha256={digest}"})
    with pytest.raises(Garbled, match="JSON"):  # it is signed, though it is no event
        listener().hear(said, body)


@pytest.mark.parametrize(
    "signature",
    [
        None,
        "",
        "sha256=",
        "sha256=00",
        sign(b"{}", NEW),
        sign(b"{} "),
        sign(b"{}")[:-1],
        sign(b"{}").removeprefix("sha256="),
        sign(b"{}", method="sha1"),
        sign(b"{}", method="sha512"),
        "sha256=é",
    ],
)
def test_what_is_not_signed_by_the_secret_is_forged(signature: str | None) -> None:
    said = {"x-github-event": "push", "x-github-delivery": GUID}
    with pytest.raises(Forged):
        listener().hear(said | ({GITHUB: signature} if signature is not None else {}), b"{}")


def test_nothing_of_what_is_forged_is_looked_into() -> None:
    for body in BOMBS.values():
        with pytest.raises(Forged, match=r"^$"):
            listener().hear({GITHUB: "sha256=00"}, body, OLD)


def test_while_a_secret_is_replaced_both_are_good() -> None:
    body = dumped({"action": "edited", "issue": issue("I_1"), "repository": HERE})
    both = listener(secrets=[NEW, OLD])
    for secret in (OLD, NEW):
        said = headers("issues", body, **{GITHUB: sign(body, secret)})
        assert both.hear(said, body) == touched("I_1")


def test_a_hook_may_send_a_form() -> None:
    text = json.dumps({"action": "edited", "issue": issue("I_1"), "repository": HERE})
    body = urlencode({"payload": text}).encode()
    form = "application/x-www-form-urlencoded; charset=utf-8"
    assert listener().hear(headers("issues", body, content_type=form), body) == touched("I_1")
    for other in (b"", b"payload=%7b", b"x=%7B%7D", b"payload=%7B%7D&payload=1", b"\xff"):
        with pytest.raises(Garbled):
            listener().hear(headers("issues", other, content_type=form), other)


def test_without_a_project_its_events_are_about_nothing() -> None:
    for name in ("projects_v2", "projects_v2_item"):
        payload = {"action": "reordered", "projects_v2_item": item(), "organization": ACME}
        assert hear(name, payload, project=None) is None


@pytest.mark.parametrize(
    "change",
    [
        {"x_github_event": None},
        {"x_github_delivery": None},
        {"x_github_delivery": ""},
        {"x_github_delivery": "x" * 201},
        {"x_github_delivery": "a\nb"},
    ],
)
def test_a_delivery_has_an_event_and_an_id(change: dict[str, str | None]) -> None:
    with pytest.raises(Garbled):
        listener().hear(headers("issues", b"{}", **change), b"{}")


@pytest.mark.parametrize("node_id", [None, 1.5, True, "", "x" * 201, "../1", {"id": 1}, "I 1"])
def test_an_id_that_is_none_is_not_believed(node_id: object) -> None:
    with pytest.raises(Garbled, match=r"issue\.node_id"):
        hear("issues", {"action": "edited", "issue": {"node_id": node_id}, "repository": HERE})


@pytest.mark.parametrize("body", BOMBS.values(), ids=BOMBS)
def test_a_signed_body_that_no_github_sends_is_garbled_or_nothing(body: bytes) -> None:
    for name in EVENTS:
        with suppress(Garbled):
            assert listener().hear(headers(name, body), body) is None


@given(PAYLOADS, st.sampled_from(sorted(EVENTS)), st.sampled_from(["renamed", "transferred", ""]))
def test_whatever_is_signed_comes_out_as_an_event_or_garbled(
    payload: Any, event: str, action: str
) -> None:
    if isinstance(payload, dict):
        payload = {"repository": HERE, "organization": ACME, "action": action, **payload}
    try:
        found = hear(event, payload)
    except Garbled:
        return
    assert found is None or found.delivery == GUID


@given(HEADERS, st.binary(max_size=60), st.none() | st.text(max_size=10))
def test_whatever_comes_unsigned_is_forged(
    said: dict[str, str], body: bytes, token: str | None
) -> None:
    with pytest.raises(Forged):
        listener().hear(said, body, token)


def payloads() -> list[tuple[str, str, dict[str, Any]]]:
    """The vendor's own: the file's name, the event, and what it sends."""
    found = sorted(shared("webhooks/github").glob("*.json"))
    return [(one.name, one.name.partition(".")[0], json.loads(one.read_text())) for one in found]


def test_a_label_in_another_color_is_looked_at_where_there_is_a_vocabulary() -> None:
    payload = {"action": "edited", "changes": {"color": {"from": "fff"}}, "repository": HERE}
    assert hear("label", payload, vocabulary=True) == WHOLE
    assert hear("label", {**payload, "action": "created"}, vocabulary=True) is None


def test_every_payload_that_github_shows_is_understood_or_passed_over() -> None:
    for name, event, payload in payloads():
        owner = (payload.get("organization") or {}).get("login", "none")
        here = (payload.get("repository") or {}).get("full_name", f"{owner}/none")
        found = hear(event, payload, repository=here.swapcase(), project=1)
        parts = name.split(".")
        quiet = event in ("ping", "installation", "installation_repositories")
        quiet |= bool(payload.get("issue", {}).get("pull_request"))
        if quiet or parts[:2] == ["label", "created"]:
            assert found is None, name
        elif parts[:2] == ["label", "edited"]:
            assert (found is not None) == ("name" in payload["changes"]), name
        elif event == "projects_v2_item":
            assert found is not None or payload[event]["content_type"] != "Issue", name
        elif event in ("issues", "issue_comment"):
            assert found == touched(payload["issue"]["node_id"]), name
        else:
            assert found == WHOLE, name
        if event in EVENTS and not event.startswith("projects"):
            assert hear(event, payload, repository="acme/none") is None, name


def test_every_payload_is_refused_unsigned_misdirected_and_cut() -> None:
    for _, event, payload in payloads():
        body = dumped(payload)
        for signature in (None, sign(body, NEW), sign(body + b" ")):
            with pytest.raises(Forged):
                listener().hear(headers(event, body, **{GITHUB: signature}), body)
        cut = body[: len(body) // 2]
        with pytest.raises(Forged):
            listener().hear(headers(event, body), cut)
        if event in EVENTS:
            with pytest.raises(Garbled):
                listener().hear(headers(event, cut), cut)


SYNTHETIC = {
    "sub-issues-sub-issue-added": ("sub_issues", ["parent_issue", "sub_issue"]),
    "sub-issues-parent-issue-removed": ("sub_issues", ["parent_issue", "sub_issue"]),
    "issue-dependencies-blocked-by-added": (
        "issue_dependencies",
        ["blocked_issue", "blocking_issue"],
    ),
    "issue-dependencies-blocking-removed": (
        "issue_dependencies",
        ["blocked_issue", "blocking_issue"],
    ),
    "issues-typed": ("issues", ["issue"]),
    "issues-untyped": ("issues", ["issue"]),
    "issues-field-added": ("issues", ["issue"]),
    "issues-field-removed": ("issues", ["issue"]),
}


@pytest.mark.parametrize("name", SYNTHETIC)
def test_what_github_shows_no_example_of_is_understood_as_its_schema_says(name: str) -> None:
    """Made from the schema: its examples, with issues as another event shows them."""
    schemas = shared_json("specs/github.jsonschema.json")
    example = json.loads(shared("webhooks/github/issues.opened.payload.json").read_text())
    event, ends = SYNTHETIC[name]
    schema = schemas["$defs"][schemas["webhooks"][name]["$ref"].rpartition("/")[2]]
    payload = {one: example[one] for one in ("repository", "sender")}
    payload["action"] = schema["properties"]["action"]["enum"][0]
    for at, end in enumerate(ends):
        payload[end] = example["issue"] | {"node_id": f"I_{at}"}
    assert set(ends) <= set(schema["properties"])
    missing = set(schema["required"]) - set(payload) - {"organization", "type", "issue_field"}
    assert all(one.endswith("_id") for one in missing)
    Draft202012Validator(schema["properties"]["action"]).validate(payload["action"])
    found = hear(event, payload, repository=example["repository"]["full_name"])
    assert found == touched(*(f"I_{at}" for at in range(len(ends))))
