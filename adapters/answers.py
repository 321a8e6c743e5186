"""What an HTTP answer says: its JSON, the vendor's complaints, a rate limit, an error. Pure."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from adapters.scrub import Scrubber
from sync.model import Json
from sync.tracker import (
    Allowance,
    Denied,
    NotFound,
    Rejected,
    RetryLater,
    Stale,
    TrackerError,
    Unavailable,
)


@dataclass(frozen=True, slots=True)
class Raw:
    """One answer as it came; header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer that was good, or of a status that the caller accepts."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Json
    """Parsed; None where there was none."""
    url: str
    """Where it was answered from."""

    def mapping(self) -> Mapping[str, Json]:
        """The body as a JSON object; Unavailable where it is none."""
        if isinstance(self.body, dict):
            return self.body
        raise Unavailable(self._odd("an object"))

    def entries(self) -> Sequence[Json]:
        """The body as a JSON list; Unavailable where it is none."""
        if isinstance(self.body, list):
            return self.body
        raise Unavailable(self._odd("a list"))

    def _odd(self, due: str) -> str:
        at = urlsplit(self.url)
        kind = type(self.body).__name__
        return f"{at.hostname}{at.path} answered a JSON {kind} where {due} was due"


NOT_JSON = object()
"""What `parse` gives for a body that is not JSON."""
DEEPEST = 400
"""Levels that JSON may have: some more than a document of as many blocks as texts may have."""
LONGEST_PAUSE = 86_400.0
"""Seconds: a tracker that asks for more is taken to ask for a day."""
_HALVES = re.compile(rb"\\u[dD][89a-fA-F]|\xed[\xa0-\xbf]")
"""How JSON may hold half of a character, which no text may hold."""


def parse(body: bytes) -> Json:
    """The body's JSON; None where there is no body, NOT_JSON where it is something else.

    So is JSON that is too deep, and numbers that are none (`NaN`, `1e999`). Half a character
    becomes U+FFFD.
    """
    if not body.strip():
        return None
    try:
        said = _loads(body)
        if _HALVES.search(body):
            text = json.dumps(said, ensure_ascii=False)
            said = _loads(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))
    except (ValueError, RecursionError):
        return NOT_JSON
    return NOT_JSON if _is_too_deep(said) else said


def _loads(text: str | bytes) -> Json:
    return json.loads(text, parse_float=_finite, parse_constant=_finite)


def _finite(number: str) -> float:
    if math.isfinite(value := float(number)):
        return value
    raise ValueError("no number")


def _is_too_deep(said: Json) -> bool:
    level: list[Json] = [said]
    for _ in range(DEEPEST):
        inner = (
            node.values() if isinstance(node, dict) else node
            for node in level
            if isinstance(node, dict | list)
        )
        level = [
            child for children in inner for child in children if isinstance(child, dict | list)
        ]
        if not level:
            return False
    return True


def error_of(raw: Raw, said: str, scrub: Scrubber, after: float | None = None) -> TrackerError:
    """The error that an answer is; `said` names the tracker and the method.

    Raised by its status alone, never by the words in it; those are only shown.
    """
    at = urlsplit(raw.url)
    said = f"{said} {at.hostname}{at.path} answered {raw.status}"
    body = parse(raw.body)
    if is_limit(raw, body):
        return RetryLater(f"{said}: too many requests", after)
    if raw.status == 401:
        return Denied(f"{said}: the credential is not accepted; has it expired?")
    if 300 <= raw.status < 400:
        return _moved(raw, said, scrub)
    if body is NOT_JSON and raw.status != 403:
        text = scrub(raw.body[:20_000].decode("utf-8", "replace"))
        return Unavailable(f"{said} with something that is not JSON: {text}")
    complaints = complaints_of(body)
    words = scrub("; ".join(complaint.words for complaint in complaints), 500)
    said = f"{said}: {words}" if words else said
    match raw.status:
        case 403:
            return Denied(f"{said} (the credential may not do this)")
        case 404 | 410:
            return NotFound(said)
        case 409 | 412:
            return Stale(said)
        case status if 400 <= status < 500:
            names = {scrub(complaint.field) for complaint in complaints if complaint.field}
            return Rejected(said, names.pop() if len(names) == 1 else None)
    return Unavailable(said)


def _moved(raw: Raw, said: str, scrub: Scrubber) -> TrackerError:
    """A redirect that nobody asked for: followed, a POST would turn into a GET."""
    where = urljoin(raw.url, raw.headers.get("location", ""))
    message = f"{said}: it is at {scrub(where)}; name the right place in the settings"
    same = urlsplit(where).netloc == urlsplit(raw.url).netloc
    return NotFound(message) if same else Unavailable(message)


class Complaint(NamedTuple):
    """One thing that a tracker minds; `field` in the tracker's own words."""

    field: str | None
    words: str


def complaints_of(body: Json) -> list[Complaint]:
    """What an error's body says: GitHub's `message` and `errors`, Jira's two collections."""
    if not isinstance(body, dict):
        return []
    texts = [body.get("message"), *_listed(body.get("errorMessages"))]
    found = [Complaint(None, text) for text in texts if isinstance(text, str) and text]
    errors = body.get("errors")
    if isinstance(errors, dict):
        return found + [Complaint(str(name), f"{name}: {words}") for name, words in errors.items()]
    for entry in _listed(errors):
        if isinstance(entry, dict):
            name = entry["field"] if isinstance(entry.get("field"), str) else None
            words = entry.get("message") or entry.get("code") or "refused"
            found.append(Complaint(name, f"{name}: {words}" if name else str(words)))
        else:
            found.append(Complaint(None, str(entry)))
    return found


def _listed(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def is_limit(raw: Raw, body: Json) -> bool:
    """Was it refused for its rate alone, and so not executed?

    GitHub says so with 403, too: with `retry-after`, with no requests remaining, or with the
    documentation's page on limits.
    https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    if raw.status == 429:
        return True
    page = body.get("documentation_url") if isinstance(body, dict) else None
    return raw.status == 403 and (
        "retry-after" in raw.headers
        or raw.headers.get("x-ratelimit-remaining") == "0"
        or (isinstance(page, str) and "rate-limit" in page)
    )


def allowance(raw: Raw) -> Allowance | None:
    """What the tracker says is left until it begins anew; None where it says nothing whole.

    GitHub tells epoch seconds, Jira an ISO date.
    """
    told = [raw.headers.get(f"x-ratelimit-{name}", "") for name in ("limit", "remaining")]
    reset = epoch(raw.headers.get("x-ratelimit-reset"))
    if reset is None or not all(re.fullmatch(r"\d{1,12}", one) for one in told):
        return None
    return Allowance(int(told[0]), int(told[1]), reset)


def is_narrow(raw: Raw) -> bool:
    """Does the limit hold for one address or one issue alone, so that others may go on?

    https://developer.atlassian.com/cloud/jira/platform/rate-limiting
    """
    return raw.headers.get("ratelimit-reason") in ("jira-burst-based", "jira-per-issue-on-write")


def asked_pause(raw: Raw, body: Json, clock: Callable[[], float]) -> float | None:
    """The seconds that the tracker asks us to wait, on its own clock where it tells its time.

    At most LONGEST_PAUSE.
    """
    asked = _asked(raw, body, clock)
    return None if asked is None else min(asked, LONGEST_PAUSE)


def _asked(raw: Raw, body: Json, clock: Callable[[], float]) -> float | None:
    date = epoch(raw.headers.get("date"))
    now = clock() if date is None else date
    asked = raw.headers.get("retry-after")
    if asked is not None:
        if re.fullmatch(r"\d+(\.\d+)?", asked.strip()):
            return float(asked)
        until = epoch(asked)
        return None if until is None else max(0.0, until - now)
    if raw.headers.get("x-ratelimit-remaining") == "0":
        reset = epoch(raw.headers.get("x-ratelimit-reset"))
        return None if reset is None else max(0.0, reset - now) + 1
    # A limit that GitHub gives no time for: "wait for at least one minute".
    return 60.0 if raw.status == 403 and is_limit(raw, body) else None


def epoch(text: str | None) -> float | None:
    """Epoch seconds of an HTTP date, an ISO date, or epoch seconds; None of anything else."""
    for read in (float, _http_date, _iso_date):
        try:
            seconds = read(text or "")
        except (ValueError, OverflowError, OSError, TypeError, IndexError):  # a date of no calendar
            continue
        return seconds if math.isfinite(seconds) else None
    return None


def _http_date(text: str) -> float:
    return parsedate_to_datetime(text).timestamp()


def _iso_date(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()
