"""What the deliveries of all trackers' webhooks have in common: signed, numbered, and JSON."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Mapping, Sequence

from sync.events import Garbled
from sync.model import Json

DIGESTS = ("sha256", "sha384", "sha512")
"""Methods of signing that are believed; SHA-1 is not."""
_NUMBER = re.compile(r"[\x21-\x7e]{1,200}")
_ID = re.compile(r"[A-Za-z0-9_=+/-]{1,200}")


def is_signed(body: bytes, signature: str, secrets: Sequence[str]) -> bool:
    """Is that `method=hex` of the body, by any of the secrets?"""
    method, _, digest = signature.partition("=")
    if method not in DIGESTS:
        return False
    made = [hmac.new(one.encode(), body, getattr(hashlib, method)).hexdigest() for one in secrets]
    return is_one_of(digest, made)


def is_one_of(given: str, secrets: Sequence[str]) -> bool:
    """What is none of them is told so in constant time."""
    said = given.encode("utf-8", "replace")
    return any(hmac.compare_digest(said, one.encode()) for one in secrets)


def delivery_id(said: str | None) -> str:
    """What the sender calls the delivery. Raises Garbled."""
    if said is None or not _NUMBER.fullmatch(said):
        raise Garbled("expected the delivery's own id in its header")
    return said


def record_id(said: Json, place: str) -> str:
    """An id that a payload gives. Raises Garbled."""
    text = str(said) if isinstance(said, int) and not isinstance(said, bool) else said
    if not isinstance(text, str) or not _ID.fullmatch(text):
        raise Garbled(f"expected an id at {place}")
    return text


def payload_of(text: bytes | str) -> Mapping[str, Json]:
    """Raises Garbled for what is no JSON object, however deep or large it is."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Garbled("expected a JSON object as the body") from None
    if not isinstance(found, dict):
        raise Garbled("expected a JSON object as the body")
    return found
