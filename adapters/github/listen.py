"""GitHub's webhooks: which issues to read again.

https://docs.github.com/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeAlias
from urllib.parse import parse_qs, urlsplit

from adapters.deliveries import delivery_id, is_signed, payload_of, record_id
from adapters.nested import part
from sync.events import Event, Forged, Garbled
from sync.model import Json

Payload: TypeAlias = Mapping[str, Json]
WHOLE = Event("", whole=True)
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Place:
    """What the events are to be about."""

    repository: str
    """Owner and name, folded."""
    project: int | None = None
    """The number of the owner's Project that has the order, and fields."""
    vocabulary: bool = False
    """Are labels held against a vocabulary?"""

    @property
    def owner(self) -> str:
        return self.repository.partition("/")[0]

    def is_here(self, payload: Payload) -> bool:
        return self.means(part(payload, "repository", "full_name"))

    def means(self, repository: Json) -> bool:
        return isinstance(repository, str) and repository.casefold() == self.repository

    def owns(self, login: Json) -> bool:
        return isinstance(login, str) and login.casefold() == self.owner


class GitHubListener:
    """Hears the webhooks of one repository, its own and its organization's."""

    def __init__(
        self,
        *,
        repository: str,
        secrets: Sequence[str],
        project: int | None = None,
        vocabulary: bool = False,
    ) -> None:
        """`secrets`: each is good, so that one can be put in the other's place."""
        self._place = Place(repository.casefold(), project, vocabulary)
        self._secrets = tuple(secrets)

    def hear(
        self, headers: Mapping[str, str], body: bytes, token: str | None = None
    ) -> Event | None:
        signature = headers.get("x-hub-signature-256", "")
        if not signature.startswith("sha256=") or not is_signed(body, signature, self._secrets):
            raise Forged
        delivery = delivery_id(headers.get("x-github-delivery"))
        name = headers.get("x-github-event")
        if name is None:
            raise Garbled("expected the event's name in X-GitHub-Event")
        if name not in EVENTS:
            return None
        payload = payload_of(_text(headers, body))
        action = payload.get("action")
        found = EVENTS[name](self._place, action if isinstance(action, str) else "", payload)
        return replace(found, delivery=delivery) if found else None


def _text(headers: Mapping[str, str], body: bytes) -> bytes | str:
    """The JSON, which a hook may be told to send as a form."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        return body
    try:
        [text] = parse_qs(body.decode(), strict_parsing=True, max_num_fields=1)["payload"]
    except (ValueError, KeyError):
        raise Garbled("expected a form whose field `payload` is JSON") from None
    return text


def _issues(place: Place, action: str, payload: Payload) -> Event | None:
    """A transferred one has an event on either side; the old repository's names both."""
    if not place.is_here(payload):
        came = action == "transferred" and place.means(
            part(payload, "changes", "new_repository", "full_name")
        )
        return _records([_id(payload, "changes", "new_issue")]) if came else None
    if part(payload, "issue", "pull_request"):
        return None
    return _records([_id(payload, "issue")])


def _related(*names: str) -> Callable[[Place, str, Payload], Event | None]:
    """Of events about two issues, of which one may be another repository's."""

    def touched(place: Place, action: str, payload: Payload) -> Event | None:
        ours = [name for name in names if _is_ours(place, payload, name)]
        if ours:
            return _records(_id(payload, name) for name in ours)
        return WHOLE if place.is_here(payload) else None  # it names neither: it may be any

    return touched


def _is_ours(place: Place, payload: Payload, name: str) -> bool:
    """By its own address; https://api.github.com/repos/acme/shop, and with a path before it."""
    if not isinstance(payload.get(name), dict):
        return False
    address = part(payload, name, "repository_url")
    if not isinstance(address, str):
        return place.is_here(payload)
    try:
        path = urlsplit(address).path
    except ValueError:
        return False
    return place.means(path.rpartition("/repos/")[2])


def _label(place: Place, action: str, payload: Payload) -> Event | None:
    """A new one is on no issue yet; of its color, its description no record tells, but they may
    not be the vocabulary's."""
    renamed = place.vocabulary or part(payload, "changes", "name") is not None
    matters = action == "deleted" or (action == "edited" and renamed)
    return WHOLE if place.is_here(payload) and matters else None


def _all_of_it(place: Place, _: str, payload: Payload) -> Event | None:
    return WHOLE if place.is_here(payload) else None


def _repository(place: Place, action: str, payload: Payload) -> Event | None:
    """One that has a new name, or a new owner, had the one of the settings."""
    changes, name = payload.get("changes"), part(payload, "repository", "name")
    owner = part(payload, "repository", "owner", "login")
    old = part(changes, "repository", "name", "from")
    if action == "renamed" and place.means(f"{owner}/{old}"):
        return WHOLE
    for kind in ("user", "organization"):
        given = part(changes, "owner", "from", kind, "login")
        if action == "transferred" and place.means(f"{given}/{name}"):
            return WHOLE
    return WHOLE if place.is_here(payload) else None


def _organization(place: Place, action: str, payload: Payload) -> Event | None:
    renamed = action == "renamed" and place.owns(part(payload, "changes", "login", "from"))
    return WHOLE if renamed else None


def _project(place: Place, _: str, payload: Payload) -> Event | None:
    number = part(payload, "projects_v2", "number")
    return WHOLE if _has_project(place, payload) and number == place.project else None


def _project_item(place: Place, action: str, payload: Payload) -> Event | None:
    """These name neither the project's number nor the issue's repository."""
    item = payload.get("projects_v2_item")
    if not _has_project(place, payload) or part(item, "content_type") != "Issue":
        return None
    if action == "reordered":
        return Event("", order=True)
    issue = record_id(part(item, "content_node_id"), "projects_v2_item.content_node_id")
    return Event("", frozenset([issue]), order=action != "edited")


def _has_project(place: Place, payload: Payload) -> bool:
    return place.project is not None and place.owns(part(payload, "organization", "login"))


def _records(ids: Iterable[str]) -> Event:
    return Event("", frozenset(ids))


def _id(payload: Payload, *names: str) -> str:
    return record_id(part(payload, *names, "node_id"), ".".join([*names, "node_id"]))


EVENTS: Mapping[str, Callable[[Place, str, Payload], Event | None]] = MappingProxyType(
    {
        "issues": _issues,
        "issue_comment": _issues,
        "sub_issues": _related("parent_issue", "sub_issue"),
        "issue_dependencies": _related("blocked_issue", "blocking_issue"),
        "label": _label,
        "milestone": _all_of_it,
        "repository": _repository,
        "public": _all_of_it,
        "organization": _organization,
        "projects_v2": _project,
        "projects_v2_item": _project_item,
    }
)
"""What is understood; all others are about nothing of the backlog."""
