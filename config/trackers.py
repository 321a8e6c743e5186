"""Settings of trackers, by type: where each is, its credentials, scope, what it may receive."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, ValidationInfo

from config.secrets import Secret
from config.values import (
    FieldKey,
    Line,
    Lines,
    Matching,
    Number,
    OneOrMore,
    Settings,
    Url,
    distinct,
    folder,
    misfit,
)

GITHUB = "https://api.github.com"
WORD, CONDITION, LIST = "<word>", "<condition>", "<list>"
FORMS = frozenset({WORD, CONDITION, LIST})
"""Which form a setting was written in; they stand in the places of pydantic's errors."""


def _github_url(url: str) -> str:
    if re.match(r"https://(www\.)?github\.com(/|$)", url):
        raise misfit("the address of the web site, not of its API", "leave url out")
    return url


def _anchored(path: str, info: ValidationInfo) -> str:
    return posixpath.normpath(folder(info) / path)


def _jql(text: str) -> str:
    if re.search(r"\border\s+by\b", re.sub(r"\"[^\"]*\"|'[^']*'", "", text), re.IGNORECASE):
        raise misfit("a scope has no order", "leave ORDER BY out")
    return text


def _creates_form(data: object) -> str | None:
    if isinstance(data, str):
        return WORD
    return CONDITION if isinstance(data, Mapping) else None


def _publish_form(data: object) -> str | None:
    if isinstance(data, str):
        return WORD
    return LIST if isinstance(data, list | tuple) else None


def _secret_form(data: object) -> str:
    return LIST if isinstance(data, list | tuple) else WORD


def _one_or_two(secrets: tuple[Secret, ...]) -> tuple[Secret, ...]:
    if not 1 <= len(secrets) <= 2:
        raise misfit("expected one secret or two", "keep the new one, and the old")
    return secrets


Condition = Annotated[Mapping[FieldKey, OneOrMore], Field(min_length=1)]
"""Field → the values that it may have; all fields must fit, and of a set any element."""
Creates = Annotated[
    Annotated[Literal["open", "all", "none"], Tag(WORD)] | Annotated[Condition, Tag(CONDITION)],
    Discriminator(
        _creates_form,
        custom_error_type="misfit",
        custom_error_message="expected open, all, none or a condition (field: value)",
    ),
]
Publish = Annotated[
    Annotated[Literal["all"], Tag(WORD)] | Annotated[Lines, Tag(LIST)],
    Discriminator(
        _publish_form,
        custom_error_type="misfit",
        custom_error_message="expected all or a list of fields, such as [title]",
    ),
]
WebhookSecret = Annotated[
    Annotated[Secret, Tag(WORD)]
    | Annotated[
        tuple[Secret, ...], AfterValidator(distinct), AfterValidator(_one_or_two), Tag(LIST)
    ],
    Discriminator(_secret_form),
]


class Tracker(Settings):
    """What every tracker takes."""

    creates: Creates = "open"
    """Which items are created here when they are missing: `open` ones, `all`, `none`, or those
    that fit a condition (field → value or list of values). Must be said where a backlog has two
    trackers of one type."""
    publish: Publish | None = None
    """The fields that a public tracker may receive from elsewhere: a list, or `all`. Without it
    a public one receives nothing from elsewhere."""


class JiraAuth(Settings):
    """Credentials for Jira: an e-mail address and API token (Cloud), or a token alone."""

    email: Secret | None = None
    """The account's e-mail address, as env/NAME or file/PATH; without it the token is a personal
    access token."""
    token: Secret
    """The API token or personal access token, as env/NAME or file/PATH."""


class GitHubAuth(Settings):
    """Credentials for GitHub."""

    token: Secret
    """A personal access token, as env/NAME or file/PATH."""


class JiraSettings(Tracker):
    """A Jira project."""

    type: Literal["jira"]
    """What kind of tracker this is."""
    url: Url
    """The site as people open it: https://acme.atlassian.net, https://jira.acme.example/path."""
    project: Annotated[str, Matching("[A-Z][A-Z0-9_]*", "a project's key, such as SHOP")]
    """The project's key, in capitals: SHOP."""
    deployment: Literal["cloud", "datacenter"] | None = None
    """Cloud or Data Center. Default: asked of the server."""
    auth: JiraAuth
    """Credentials: {email: env/NAME, token: env/NAME}, or {token: env/NAME}."""
    where: Annotated[Line, AfterValidator(_jql)] | None = None
    """The scope within the project, in JQL, without ORDER BY. Default: all of it."""
    webhook_secret: WebhookSecret | None = None
    """What webhooks are signed with, as env/NAME or file/PATH; where nothing is signed (Data
    Center), the last part of the path that they are sent to. A list of two: both are good, and
    webhooks are installed with the first."""
    api_url: Url | None = None
    """Where the API is, if not at `url`: https://api.atlassian.com/ex/jira/CLOUD-ID."""
    board: Number | None = None
    """The number of the board whose sprints issues go into. Default: the project's first one."""
    writes_per_minute: Number | None = None
    """How many writes a minute the tracker takes from this credential, over all processes that
    share the state. Default: any number."""


class GitHubScope(Settings):
    """Which issues of a repository belong to the backlog."""

    labels: Lines = ()
    """Labels that an issue must have, all of them."""
    state: Literal["open", "closed", "all"] = "all"
    """Open issues, closed ones, or all."""


class GitHubSettings(Tracker):
    """The issues of a GitHub repository."""

    type: Literal["github"]
    """What kind of tracker this is."""
    repository: Annotated[
        str,
        Matching(
            r"[A-Za-z0-9][A-Za-z0-9_-]*/(?!\.\.?$)[A-Za-z0-9._-]+",
            "owner/name",
            "write it as in acme/shop",
        ),
    ]
    """The repository: owner/name."""
    url: Annotated[Url, AfterValidator(_github_url)] = GITHUB
    """An Enterprise Server's address, https://github.acme.example, or that of another API.
    Default: github.com's API."""
    auth: GitHubAuth
    """Credentials: {token: env/NAME}."""
    where: GitHubScope = GitHubScope()
    """The scope within the repository: {labels: […], state: open|closed|all}. Default: all."""
    webhook_secret: WebhookSecret | None = None
    """What webhooks are signed with, as env/NAME or file/PATH. A list of two: both are good, and
    webhooks are installed with the first."""
    project: Number | None = None
    """The number of the Project that carries the order, and fields. Default: none."""
    writes_per_minute: Number | None = None
    """How many writes a minute the tracker takes from this credential, over all processes that
    share the state. Default: 80 on github.com, and
    elsewhere any number."""


class FilesSettings(Tracker):
    """A folder of backlog files."""

    type: Literal["files"]
    """What kind of tracker this is."""
    path: Annotated[
        str, Matching(r"[^\x00]*[^\x00\s][^\x00]*", "a path"), AfterValidator(_anchored)
    ]
    """The folder; where it is relative, from the settings file's folder."""


TrackerSettings = Annotated[
    JiraSettings | GitHubSettings | FilesSettings, Field(discriminator="type")
]
