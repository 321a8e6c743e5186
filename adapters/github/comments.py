"""Comments on issues: reading them, and keeping copies of those that were written elsewhere.

https://docs.github.com/rest/issues/comments
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import islice
from typing import TypeAlias

from adapters import notices
from adapters.comments import (
    Entry,
    Mark,
    Todo,
    copy,
    headline,
    origin,
    own,
    too_long,
)
from adapters.github.body import MOST
from adapters.github.client import PAGE, GitHubClient
from adapters.github.mentions import Speech, still
from adapters.github.shapes import NOBODY, Author, Issue, shaped
from adapters.github.window import stamp, started
from sync.model import Comment
from sync.tracker import Rejected, Twin

FEW = 3
"""For fewer issues, their comments are read singly."""
_MARK = re.compile(r"\s*<!-- onebacklog comment (?P<mark>\S+) -->")
_NUMBER = re.compile(r"/issues/(\d+)$")

Call: TypeAlias = partial[None]
"""A write, to be made when its turn comes."""


@dataclass(frozen=True, slots=True)
class Said:
    """A comment as GitHub answers it. REST does not tell which ones are hidden ("minimized")."""

    id: int
    created_at: datetime
    issue_url: str
    body: str | None = None
    user: Author | None = None
    author_association: str = "NONE"

    @property
    def number(self) -> int:
        """The issue's."""
        found = _NUMBER.search(self.issue_url)
        return int(found[1]) if found else 0

    def entry(self, login: str | None) -> Entry:
        """`login`: our own, where it is known."""
        body, by = self.body or "", self.user or NOBODY
        found = _MARK.match(body)
        mark = Mark.parse(found["mark"]) if found else None
        if mark is None:
            return own(str(self.id), by.login, self.created_at, body)
        trusted = by.login == login or by.trusted(self.author_association)
        return copy(str(self.id), self.created_at, mark, trusted=trusted)


@dataclass
class Thread:
    """Reads the comments of one repository's issues; of those alone that have any."""

    client: GitHubClient
    marked: bool = False
    """Is there anything of our own among them?"""
    _login: str | None = None
    _asked: bool = False
    _ahead: dict[int, list[Said]] = field(default_factory=dict)
    """Of several issues, by number, where that took fewer requests."""
    _read_at: dict[int, str] = field(default_factory=dict)
    """When, by GitHub's clock; by number."""
    _now: str = ""

    def of(self, issue: Issue) -> list[Entry]:
        """An issue's comments, whatever they are."""
        if issue.comments == 0:
            self._read_at.pop(issue.number, None)
            return []
        known = self._ahead.get(issue.number, ())
        if len(known) != issue.comments:
            known = list(self._listed(f"/issues/{issue.number}/comments"))
            self._read_at[issue.number] = self._now
        login = self._own_login()
        return [one.entry(login) for one in known]

    def expect(self, issues: Sequence[Issue], since: str | None = None) -> None:
        """Before all of these are read: looks whether one list for all is the shorter way.

        `since`: when the first of them changed; None: ever, and they are all that there are.
        """
        single = [issue for issue in issues if issue.comments and issue.pull_request is None]
        total = sum(issue.comments for issue in issues)
        if len(single) < FEW or (since is None and total // PAGE >= len(single)):
            return
        query = {"since": since} if since else {}
        listed = islice(self._listed("/issues/comments", query), len(single) * PAGE)
        for one in listed:
            self._ahead.setdefault(one.number, []).append(one)
            self._read_at.setdefault(one.number, self._now)

    def forget(self) -> None:
        """What was read ahead is of no use any more."""
        self._ahead = {}

    def is_sure(self, number: int, updated_at: str | None) -> bool:
        """Would a later edit of a comment be seen by the time of the issue's change?

        That is in whole seconds: not where the comments were read within the same one.
        """
        read_at = self._read_at.get(number)
        return read_at is None or (updated_at or "") < read_at

    def _listed(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[Said]:
        for at, page in enumerate(self.client.pages(path, query)):
            if at == 0:
                now = started(page.headers)
                self._now = stamp(now) if now else ""
            yield from shaped(list[Said], page)

    def _own_login(self) -> str | None:
        """Asked once. An app's token has no user; its copies are a bot's, which can be told."""
        if self.marked and not self._asked:
            answer = self.client.http.call("GET", "/user", accept=(403, 404))
            self._login = shaped(Author, answer).login if answer.status == 200 else None
            self._asked = True
        return self._login


def to_markdown(speech: Speech, raw: str) -> str:
    """What people wrote, with its line ends made one kind."""
    return speech.read(raw.replace("\r\n", "\n"))


def copied(comment: Comment, where: Twin | None) -> str:
    """The body of a copy: its mark, who said it (of a notice, nobody did), and what. It calls
    nobody and closes nothing."""
    ours = comment.id == notices.ID
    said = comment.text if ours else f"{headline(comment, where)}\n\n{comment.text}"
    return f"<!-- onebacklog comment {Mark.of(comment)} -->\n{still(said)}"


def calls(
    client: GitHubClient, todo: Todo, issue: Issue, elsewhere: Sequence[Twin]
) -> Iterator[Call]:
    """What brings an issue's copies up to date, call by call. Each may raise TrackerErrors."""
    one_by_id = f"/repos/{client.repository}/issues/comments"
    for id in todo.delete:
        yield partial(_send, client, "DELETE", f"{one_by_id}/{id}")
    for id, comment in todo.edit:
        yield partial(_say, client, ("PATCH", f"{one_by_id}/{id}"), comment, issue, elsewhere)
    on_issue = f"/repos/{client.repository}/issues/{issue.number}/comments"
    for comment in todo.create:
        yield partial(_say, client, ("POST", on_issue), comment, issue, elsewhere)


def _say(
    client: GitHubClient,
    call: tuple[str, str],
    comment: Comment,
    issue: Issue,
    elsewhere: Sequence[Twin],
) -> None:
    body = copied(comment, origin(comment, elsewhere))
    if len(body) > MOST:
        raise Rejected(too_long(comment, issue.key, len(body), MOST))
    _send(client, *call, body)


def _send(client: GitHubClient, method: str, path: str, body: str | None = None) -> None:
    """A refusal of this one says nothing about the others: an issue may be locked."""
    accept = (403, 404) if method == "DELETE" else (403,)
    payload = None if body is None else {"body": body}
    again = method != "POST"
    answer = client.http.call(method, path, body=payload, repeatable=again, accept=accept)
    if answer.status == 403:
        why = "is the issue locked, and may the token write to issues?"
        raise Rejected(f"GitHub takes no comment there ({method} answered 403): {why}")
