"""Deliveries of webhooks as their senders make them, for the tests of those who listen."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from hypothesis import strategies as st

OLD, NEW = "It's a Secret to Everybody", "another-secret"
GITHUB, CLOUD = "x-hub-signature-256", "x-hub-signature"
BOMBS = {
    "a list in a list, 100,000 deep": b"[" * 100_000,
    "an object in an object, 100,000 deep": b'{"issue":' * 100_000 + b"1" + b"}" * 100_000,
    "a number of 10,000 digits": b'{"issue": {"id": ' + b"9" * 10_000 + b"}}",
    "a number that no float holds": b'{"issue": {"id": 1e999}}',
    "no JSON": b"<html>",
    "nothing": b"",
    "bytes that are no text": b"\xff\xfe\x00",
    "a list": b"[1]",
    "a text": b'"issue"',
    "an object that ends early": b'{"issue": {"id": "1"',
    "a text that is half of a pair": b'{"issue": {"node_id": "\\ud800"}}',
}


def sign(body: bytes, secret: str = OLD, method: str = "sha256") -> str:
    return f"{method}={hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()}"


def dumped(payload: Any) -> bytes:
    return json.dumps(payload).encode()


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(["acme/shop", "SHOP", "SHOP-1", "Issue", "renamed", "I_1", "", "Rank"])
    | st.text(max_size=8)
)
NAMES = st.sampled_from(
    [
        *("action", "issue", "node_id", "id", "key", "fields", "project", "changelog", "items"),
        *("repository", "full_name", "repository_url", "changes", "new_issue", "new_repository"),
        *("parent_issue", "sub_issue", "blocked_issue", "blocking_issue", "label", "name", "from"),
        *("projects_v2_item", "content_type", "content_node_id", "organization", "login", "owner"),
        *("projects_v2", "number", "comment", "self", "issueLink", "sourceIssueId", "user"),
        *("destinationIssueId", "field", "fieldId", "fromString", "toString", "pull_request"),
    ]
)
PAYLOADS = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)
"""What is formed like payloads, and is none."""
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            *(GITHUB, CLOUD, "x-github-delivery", "x-github-event", "content-type"),
            "x-atlassian-webhook-identifier",
        ]
    ),
    st.text(max_size=20) | st.sampled_from(["issues", "sha256=", "sha256=00", "sha512=é"]),
    max_size=6,
)
