"""GitHub's JSON as far as it is read, checked once where it comes in.

https://docs.github.com/rest/issues/issues
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from adapters.http import Answer
from sync.model import Json
from sync.tracker import Unavailable

WEB = "https://github.com"
"""Where repositories have their pages, but for GitHub Enterprise Server."""
CLOSURES = ("completed", "not_planned", "duplicate")
"""Why an issue is closed, as far as it is told apart here."""
TRUSTED = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
"""What the author of something is to the repository, where they are no stranger to it.
https://docs.github.com/graphql/reference/enums#commentauthorassociation"""
_ISSUE_URL = re.compile(r"/repos/([^/]+/[^/]+)/issues/(\d+)$")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Label:
    name: str
    node_id: str = ""
    color: str = ""
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    login: str


@dataclass(frozen=True, slots=True)
class Author:
    login: str
    type: str = "User"

    def trusted(self, association: str) -> bool:
        """May they write what others wrote there? A stranger could have forged a mark."""
        return self.type == "Bot" or association in TRUSTED


NOBODY = Author("ghost")
"""Who wrote what the account of is gone."""


@dataclass(frozen=True, slots=True)
class Milestone:
    title: str
    number: int
    state: str = "open"
    due_on: str | None = None
    html_url: str | None = None


@dataclass(frozen=True, slots=True)
class Dependencies:
    blocked_by: int = 0
    """By open issues."""
    total_blocked_by: int | None = None
    """By closed ones too."""


@dataclass(frozen=True, slots=True)
class IssueType:
    name: str
    is_enabled: bool = True


@dataclass(frozen=True, slots=True)
class Option:
    """One of those of a select field."""

    name: str
    priority: int | None = None
    """Its place in the field's list."""


@dataclass(frozen=True, slots=True)
class IssueField:
    """A field that an organization has for its issues.

    https://docs.github.com/rest/orgs/issue-fields
    """

    id: int
    name: str
    data_type: str
    options: tuple[Option, ...] | None = None

    @property
    def choices(self) -> tuple[str, ...] | None:
        """The names of its options; None where it is no select."""
        if not self.data_type.endswith("select"):
            return None
        ranked = sorted(self.options or (), key=lambda one: (one.priority is None, one.priority))
        return tuple(option.name for option in ranked)


@dataclass(frozen=True, slots=True)
class FieldValue:
    """What one issue has in such a field."""

    issue_field_id: int
    data_type: str
    value: Json = None
    issue_field_name: str | None = None
    single_select_option: Option | None = None
    multi_select_options: tuple[Option, ...] | None = None

    @property
    def shown(self) -> Json:
        """By the field's type: a text, a number, a day, an option's name, sorted names."""
        match self.data_type:
            case "multi_select":
                return sorted(option.name for option in self.multi_select_options or ())
            case "single_select" if self.single_select_option:
                return self.single_select_option.name
            case "date" if isinstance(self.value, str):
                return self.value[:10]  # a day, whatever time may stand behind it
        return self.value


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue, or a pull request, which GitHub lists among them."""

    node_id: str
    id: int
    """What references are written by."""
    number: int
    title: str
    state: str
    repository_url: str
    html_url: str
    created_at: str
    updated_at: str
    body: str | None = None
    state_reason: str | None = None
    labels: tuple[Label, ...] = ()
    assignees: tuple[Account, ...] | None = None
    milestone: Milestone | None = None
    parent_issue_url: str | None = None
    sub_issues_summary: Mapping[str, Json] | None = None
    issue_dependencies_summary: Dependencies | None = None
    comments: int = 0
    """How many there are."""
    locked: bool = False
    pull_request: Mapping[str, Json] | None = None
    type: IssueType | None = None
    issue_field_values: tuple[FieldValue, ...] | None = None
    user: Author | None = None
    author_association: str | None = None

    @property
    def stranger(self) -> bool:
        """Is it of somebody who may not write the repository's other issues? Not where GitHub does
        not say."""
        told = self.author_association
        return told is not None and not (self.user or NOBODY).trusted(told)

    @property
    def key(self) -> str:
        """`acme/shop#12`, by the repository that it names itself."""
        return _key(f"{self.repository_url}/issues/{self.number}") or self.html_url

    @property
    def parent(self) -> str | None:
        """The parent's key."""
        return _key(self.parent_issue_url)

    @property
    def blocker_count(self) -> int:
        summary = self.issue_dependencies_summary or Dependencies()
        total = summary.total_blocked_by
        return summary.blocked_by if total is None else total

    @property
    def label_names(self) -> list[str]:
        return [label.name for label in self.labels]

    @property
    def logins(self) -> list[str]:
        return sorted(account.login for account in self.assignees or ())

    @property
    def standing(self) -> str:
        """`open`, or why it is closed."""
        if self.state == "open":
            return "open"
        return self.state_reason if self.state_reason in CLOSURES else "completed"

    @property
    def fields(self) -> list[tuple[int, Json]]:
        """What it has in its organization's fields, by their ids."""
        return sorted((one.issue_field_id, one.shown) for one in self.issue_field_values or ())

    def field(self, name: str) -> Json:
        """What it has in the organization's field of this name."""
        wanted = name.casefold()
        found = (it for it in self.issue_field_values or () if it.issue_field_name)
        return next(
            (it.shown for it in found if (it.issue_field_name or "").casefold() == wanted), None
        )

    @property
    def version(self) -> str:
        """When it was last changed; and a hash, as that is in whole seconds."""
        milestone = self.milestone.title if self.milestone else None
        texts = [self.title, self.body, self.state, self.state_reason, self.parent_issue_url]
        counts = [self.blocker_count, self.comments]
        sets = [sorted(self.label_names), self.logins, milestone, counts]
        typed = [self.type.name if self.type else None, self.fields]
        digest = hashlib.sha256(json.dumps([texts, sets, typed]).encode()).hexdigest()
        return f"{self.updated_at}-{digest[:12]}"


@dataclass(frozen=True, slots=True)
class Permissions:
    pull: bool = False
    push: bool = False


@dataclass(frozen=True, slots=True)
class Owner:
    login: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Repository:
    full_name: str
    has_issues: bool
    private: bool
    visibility: str | None = None
    """`public`, `private` or `internal`; older servers do not tell."""
    archived: bool = False
    has_discussions: bool = False
    permissions: Permissions | None = None
    owner: Owner | None = None
    html_url: str = ""

    @property
    def web(self) -> str:
        """The address that pages of repositories are below."""
        return self.html_url.removesuffix(f"/{self.full_name}") or WEB

    @property
    def organization(self) -> str:
        """Whose it is."""
        return self.owner.login if self.owner else self.full_name.partition("/")[0]

    @property
    def personal(self) -> bool:
        """Does it belong to a user?"""
        return self.owner is not None and self.owner.type == "User"

    @property
    def public(self) -> bool:
        """Also where a word is used for it that is not known."""
        told = self.visibility or ("private" if self.private else "public")
        return told not in ("private", "internal")

    @property
    def internal(self) -> bool:
        """May all members of the enterprise read it?
        https://docs.github.com/repositories/creating-and-managing-repositories/about-repositories"""
        return self.visibility == "internal"

    @property
    def sealed(self) -> str | None:
        """Why nothing can be written to its issues."""
        if not self.has_issues:
            return f"{self.full_name} has its issues switched off: switch them on in its settings"
        if self.archived:
            why = "is archived and takes no changes: unarchive it, or leave it out"
            return f"{self.full_name} {why}"
        return None


def shaped(shape: type[T], answer: Answer) -> T:
    """The answer's body in this shape. Unavailable where it has another."""
    found: T | None = _validated(shape, answer.body)
    if found is None:
        at = urlsplit(answer.url)
        raise Unavailable(f"{at.hostname}{at.path} answered in an unknown form")
    return found


def _validated(shape: Any, body: Json) -> Any:
    try:
        return _validator(shape).validate_python(body)
    except ValidationError:
        return None  # so that the answer's text is in no chained error


@cache
def _validator(shape: Any) -> TypeAdapter[Any]:
    return TypeAdapter(shape)


def _key(url: str | None) -> str | None:
    found = _ISSUE_URL.search(url) if url else None
    return f"{found[1]}#{found[2]}" if found else None
