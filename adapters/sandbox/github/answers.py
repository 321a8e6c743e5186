"""Answers as GitHub words them: bodies, pages with their Link header, and refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

DOCUMENTATION = "https://docs.github.com/rest"
PER_PAGE = 30
MOST_PER_PAGE = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
    body: Any = None
    """What `json.dumps` takes; None for an answer without a body."""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


NO_CONTENT = Answer(status=204)


class Refused(Exception):
    """The request is answered with an error."""

    def __init__(self, status: int, message: str, **more: Any) -> None:
        super().__init__(message)
        self.status, self.message, self.more = status, message, more
        self.headers: dict[str, str] = {}

    def answer(self, documentation: str) -> Answer:
        """`documentation`: the operation's page below the REST documentation."""
        body = {
            "message": self.message,
            "documentation_url": f"{DOCUMENTATION}/{documentation}".rstrip("/"),
            "status": str(self.status),
            **self.more,
        }
        return Answer(body, self.status, self.headers)


def not_found() -> Refused:
    return Refused(404, "Not Found")


def gone(message: str) -> Refused:
    return Refused(410, message)


def forbidden(message: str = "Must have admin rights to Repository.") -> Refused:
    return Refused(403, message)


def moved(url: str) -> Refused:
    refused = Refused(301, "Moved Permanently", url=url)
    refused.headers["Location"] = url
    return refused


def malformed(what: str) -> Refused:
    """The body is not of the documented form; `what` says where and why."""
    return Refused(422, f"Invalid request.\n\n{what}")


def invalid(resource: str, field_: str, code: str = "invalid", **more: Any) -> Refused:
    """One field's value is refused. `code`: missing_field, invalid, already_exists, custom …

    See https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api
    """
    error = {"resource": resource, "field": field_, "code": code, **more}
    return Refused(422, "Validation Failed", errors=[error])


def too_long(resource: str, field_: str, most: int) -> Refused:
    message = f"{field_} is too long (maximum is {most} characters)"
    return invalid(resource, field_, "custom", message=message)


def digits(text: str | None) -> int | None:
    """The number that a text is; None where it is none, or larger than any id."""
    plain = text is not None and text.isascii() and text.isdigit() and len(text) < 19
    return int(text) if text and plain else None


def page(
    items: Sequence[T], shape: Callable[[T], Any], query: Mapping[str, str], url: str
) -> Answer:
    """One page of a list, of which only this page is shaped; `url` is for the Link header."""
    size = min(digits(query.get("per_page")) or PER_PAGE, MOST_PER_PAGE)
    here = digits(query.get("page")) or 1
    last = max(1, -(-len(items) // size))
    links: dict[str, int] = {}
    if here > 1:
        links |= {"prev": min(here - 1, last)}
    if here < last:
        links |= {"next": here + 1, "last": last}
    if here > 1:
        links |= {"first": 1}
    shown = [shape(item) for item in items[(here - 1) * size : here * size]]
    return Answer(shown, headers={"Link": _link(url, query, links)} if links else {})


def _link(url: str, query: Mapping[str, str], links: Mapping[str, int]) -> str:
    def one(relation: str, page_: int) -> str:
        return f'<{url}?{urlencode({**query, "page": page_})}>; rel="{relation}"'

    return ", ".join(one(relation, page_) for relation, page_ in links.items())


def unique(names: Iterable[str]) -> list[str]:
    """Each once, however it is spelt; the first spelling stays."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(name.lower(), name)
    return list(found.values())
