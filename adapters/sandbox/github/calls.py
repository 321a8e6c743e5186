"""One request as the endpoints see it: who asks, for what, with which body."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeAlias

from adapters.sandbox.github.answers import (
    Answer,
    Refused,
    digits,
    forbidden,
    gone,
    invalid,
    malformed,
    moved,
    not_found,
    page,
)
from adapters.sandbox.github.shapes import Shape, Shapes
from adapters.sandbox.github.state import Issue, Level, Repository, Stamp, State, Token, stamp
from adapters.sandbox.github.webhooks import Webhooks

NO_SCOPE = "Resource not accessible by personal access token"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks; nobody for an anonymous request."""

    login: str | None = None
    token: Token | None = None


@dataclass(frozen=True, slots=True)
class Call:
    state: State
    webhooks: Webhooks
    caller: Caller
    base: str
    """The API's own address, as the caller spelt it."""
    path: Mapping[str, str]
    """The variable parts of the path."""
    query: Mapping[str, str]
    body: Any
    """The body's JSON; {} where there is none."""
    now: datetime
    lag: float = 0.0
    """Seconds until a list since some time shows a write."""
    barred: bool = False
    """The token may not even read what is asked for, but for what is public."""

    @property
    def shapes(self) -> Shapes:
        return Shapes(self.state, self.base)

    @property
    def stamp(self) -> Stamp:
        return stamp(self.now)

    @property
    def actor(self) -> str:
        """Who changes something: never anonymous, as a write needs a token."""
        return self.caller.login or "ghost"

    # What the path names

    def repository(self) -> Repository:
        repository = self.state.repository(f"{self.path['owner']}/{self.path['repo']}")
        if not repository or not repository.readable(self.caller.login):
            raise not_found()
        if repository.private and self.barred:
            raise forbidden(NO_SCOPE)
        return repository

    @property
    def archived(self) -> bool:
        """Is the repository that the path names read-only, for who may read it?"""
        names = self.path.get("owner"), self.path.get("repo")
        repository = self.state.repository("/".join(map(str, names)))
        return bool(repository and repository.readable(self.caller.login) and repository.archived)

    def pushable(self, refusal: Callable[[], Refused] = not_found) -> Repository:
        """The repository, where the caller may push to it."""
        repository = self.repository()
        if not repository.pushable(self.caller.login):
            raise refusal()
        return repository

    def issue(self) -> tuple[Repository, Issue]:
        """The issue that the path names by number. Refuses as GitHub does where it is not there."""
        repository = self.repository()
        number = self.number("issue_number")
        if number in repository.moved:
            raise self._moved(*repository.moved[number])
        if number in repository.deleted:
            raise gone("This issue was deleted")
        issue = repository.issues.get(number)
        if not issue:
            raise not_found()
        if not repository.has_issues and not issue.pull_request:
            raise gone("Issues are disabled for this repo")
        return repository, issue

    def pushable_issue(
        self, refusal: Callable[[], Refused] = not_found
    ) -> tuple[Repository, Issue]:
        repository, issue = self.issue()
        self.pushable(refusal)
        return repository, issue

    def _moved(self, full_name: str, number: int) -> Refused:
        target = self.state.repository(full_name)
        if not target or not target.readable(self.caller.login):
            return not_found()
        return moved(f"{self.base}/repositories/{target.id}/issues/{number}")

    def number(self, name: str) -> int:
        """A number in the path. What is none names nothing."""
        number = digits(self.path[name])
        if number is None:
            raise not_found()
        return number

    # What the query and the body say

    def since(self, resource: str) -> Stamp | None:
        text = self.query.get("since")
        return time(text, resource, "since") if text else None

    def object(self) -> Mapping[str, Any]:
        if not isinstance(self.body, dict):
            raise Refused(400, "Body should be a JSON object")
        return self.body

    def text(self, name: str) -> str | None:
        """A text, or None where it is null or not said."""
        value = self.object().get(name)
        if value is not None and not isinstance(value, str):
            raise malformed(f"For 'properties/{name}', {_shown(value)} is not a string.")
        return value

    def needed(self, name: str) -> str:
        if name not in self.object():
            raise malformed(f'"{name}" wasn\'t supplied.')
        return self.text(name) or ""

    def flag(self, name: str, default: bool) -> bool:
        value = self.object().get(name, default)
        if not isinstance(value, bool):
            raise malformed(f"For 'properties/{name}', {_shown(value)} is not a boolean.")
        return value

    def id(self, name: str) -> int:
        """An id in the body: a JSON integer, and nothing that only looks like one."""
        if name not in self.object():
            raise malformed(f'"{name}" wasn\'t supplied.')
        value = self.object()[name]
        if not isinstance(value, int) or isinstance(value, bool):
            raise malformed(f"For 'properties/{name}', {_shown(value)} is not of type integer.")
        return value

    def names(self, name: str) -> list[str]:
        """A list of texts, or of objects with a `name` or `login`; also the body itself is one."""
        value = self.body if isinstance(self.body, list) else self.object().get(name, [])
        if not isinstance(value, list):
            raise malformed(f"For 'properties/{name}', {_shown(value)} is not an array.")
        return [_name(name, entry) for entry in value]

    # What becomes of it

    def page(
        self, items: list[Any], shape: Callable[[Any], Shape], below: str, repository: Repository
    ) -> Answer:
        """A list's page; `below` is the list's path in its repository.

        The Link header names the repository by id, as the real one does: addresses are followed,
        never put together.
        """
        url = f"{self.base}/repositories/{repository.id}{below}"
        return page(items, shape, self.query, url)

    def put(self, repository: Repository, issue: Issue, **changes: Any) -> Issue:
        """Replaces the issue by what it is now; it counts as updated."""
        issue = replace(issue, updated_at=self.stamp, **changes)
        repository.put(issue, self.now)
        return issue

    def tell(self, repository: Repository, event: str, action: str, **parts: Any) -> None:
        """Sends the event to the repository's hooks that want it."""
        hooks = [hook for hook in repository.hooks.values() if hook.wants(event)]
        if hooks:
            payload = {"action": action, **parts, **self.around(repository)}
            self.webhooks.send(repository, hooks, event, payload)

    def around(self, repository: Repository) -> Shape:
        """What stands in each event's payload beside its own parts."""
        shapes = self.shapes
        owner = self.state.account(repository.owner)
        of = {"organization": shapes.organization(owner.login)}
        return {
            "repository": shapes.repository(repository, None),
            **(of if owner.type == "Organization" else {}),
            "sender": shapes.account(self.actor),
        }

    def visible_since(self) -> datetime:
        """A list since some time shows what was written up to then."""
        return self.now - timedelta(seconds=self.lag)


Endpoint: TypeAlias = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing that can be asked for."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    endpoint: Endpoint
    documentation: str
    """Its page below https://docs.github.com/rest."""
    needs: Literal["issues", "hooks", "nothing"] = "issues"
    """Which of a token's permissions; to write where the method does."""

    def refusal(self, token: Token | None) -> Refused | None:
        """Why this token may not do this, whatever the repository; None where it may."""
        if self.method == "GET":
            hidden = self.needs == "hooks" and self.bars(token)
            return forbidden(NO_SCOPE) if hidden else None
        if token is None:
            return Refused(401, "Requires authentication")
        return forbidden(NO_SCOPE) if self._level(token) != "write" else None

    def bars(self, token: Token | None) -> bool:
        """May this token not even read, but for what is public?"""
        return token is not None and self._level(token) == "none"

    def _level(self, token: Token) -> Level:
        levels: dict[str, Level] = {"issues": token.issues, "hooks": token.hooks}
        return levels.get(self.needs, "write")


def time(text: str, resource: str, field: str) -> Stamp:
    """An ISO 8601 time as GitHub shows it; without an offset it is in UTC."""
    try:
        parsed = datetime.fromisoformat(text)
        return stamp(parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise invalid(resource, field, value=text) from None


def _name(name: str, entry: Any) -> str:
    if isinstance(entry, dict):
        entry = entry.get("name", entry.get("login"))
    if not isinstance(entry, str):
        raise malformed(f"For 'properties/{name}/items', {_shown(entry)} is not a string.")
    return entry


def _shown(value: Any) -> str:
    return "nil" if value is None else repr(value)[:80]
