"""Comments on issues: reading them, and keeping copies of those that were written elsewhere.

A copy says what it is a copy of twice: in the address of the link in its first line, which every
read shows, and in a property, for when a person takes that line away.
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-comments/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TypeAlias

from adapters import notices
from adapters.base import Comments, Setup
from adapters.comments import CommentCodec, Entry, Mark, Todo, copy, headline, origin, own, too_long
from adapters.jira.attachments import Files
from adapters.jira.client import Issue, JiraClient, Refusal
from adapters.jira.document import Cut, Unsayable, compose
from adapters.jira.markup import Markup
from adapters.jira.project import Project
from adapters.text import TextError
from sync.model import Comment, Json
from sync.tracker import Problem, Rejected, Twin

PROPERTY = "onebacklog-comment"
"""The name of the property, and of the anchor in the first line's link."""
LONGEST = 32_767
"""Characters that Jira takes in a comment."""
PAGE = 1000
"""Comments asked for at once."""
SERVICE_DESK = (
    "{key} is a service desk of Data Center, where internal comments cannot be told from others: "
    "none are read; take the tracker out of comments.from"
)
_ANCHOR = re.compile(rf"#{PROPERTY}=([^\s|\]\"]+?)(?=[|\]\"\s])")

Call: TypeAlias = partial[None]
"""A write, to be made when its turn comes."""


def comment_codec(tracker: str, comments: Comments, markup: Markup) -> CommentCodec:
    return CommentCodec(tracker, comments, lambda raw: markup.to_markdown(markup.load(raw)))


def permitted(setup: Setup, project: Project) -> tuple[Setup, tuple[Problem, ...]]:
    """The settings, but for comments that might not be meant for everyone; and why."""
    if project.cloud or not setup.comments.read or not project.desk:
        return setup, ()
    problem = Problem(SERVICE_DESK.format(key=project.key), "warning")
    return replace(setup, comments=replace(setup.comments, read=False)), (problem,)


def listen(client: JiraClient, markup: Markup, *, carried: bool, marked: bool) -> None:
    """Has the client's answers completed, where comments are `carried`. `marked`: are there any
    of our own among them?"""
    if not carried:
        client.complete = list
        return
    told = client.get("myself") if marked else {}
    me = told.get("accountId") or told.get("name")
    client.complete = Thread(client, markup, me).complete


def entries(markup: Markup, files: Files, told: Json) -> list[Entry]:
    """An issue's field `comment`. What not everyone may read is not there."""
    comments = (told or {}).get("comments") or ()
    return [_entry(markup, files, one) for one in comments if _is_open(one)]


def _is_open(comment: Mapping[str, Json]) -> bool:
    return not comment.get("visibility") and comment.get("jsdPublic") is not False


def _entry(markup: Markup, files: Files, comment: Mapping[str, Json]) -> Entry:
    id, at = str(comment["id"]), datetime.fromisoformat(str(comment["created"]))
    if mark := _mark(markup, comment):
        return copy(id, at, mark)
    by = comment.get("author") or {}
    author = by.get("displayName") or by.get("name")
    try:
        text = markup.dump(markup.blocks(files.named_out(comment.get("body"))))
    except TextError:
        text = None
    return own(id, author, at, text)


def _mark(markup: Markup, comment: Mapping[str, Json]) -> Mark | None:
    held = {one.get("key"): one.get("value") for one in comment.get("properties") or ()}
    value = held.get(PROPERTY)
    said = Mark.parse(value.get("mark")) if isinstance(value, dict) else None
    return said or _anchored(markup, comment)


def _anchored(markup: Markup, comment: Mapping[str, Json]) -> Mark | None:
    """What the link in the first line says."""
    try:
        blocks = markup.blocks(comment.get("body"))
    except TextError:
        return None
    first = next((block for block in blocks if not markup.is_blank(block)), "")
    line = first.lstrip().split("\n")[0] + "\n" if isinstance(first, str) else json.dumps(first)
    found = _ANCHOR.search(line)
    return Mark.parse(found[1]) if found else None


@dataclass
class Thread:
    """Completes what searches and fetches answer about comments."""

    client: JiraClient
    markup: Markup
    me: str | None = None
    """Our own account, where copies are written; its comments without a first line are looked at
    more closely."""
    _known: dict[str, Json] = field(default_factory=dict)
    """Properties by the id of the comment, for those that were asked for."""

    def complete(self, issues: Sequence[Issue]) -> list[Issue]:
        """The issues with all their comments."""
        whole = [self._paged(issue) for issue in issues]
        bare = [one for issue in whole for one in _comments(issue) if self._is_bare(one)]
        self._ask([str(one["id"]) for one in bare if str(one["id"]) not in self._known])
        return [self._with_properties(issue) for issue in whole] if bare else whole

    def _paged(self, issue: Issue) -> Issue:
        told = issue["fields"].get("comment") if "fields" in issue else None
        if not told or len(told["comments"]) >= int(told.get("total") or 0):
            return issue
        found: dict[str, Json] = {}
        while True:
            asked = {"startAt": str(len(found)), "maxResults": str(PAGE), "orderBy": "created"}
            page = self.client.get(f"issue/{issue['id']}/comment", **asked)
            fresh = {str(one["id"]): one for one in page["comments"]}
            if not fresh.keys() - found.keys():
                break
            found |= fresh
            if len(found) >= int(page["total"]):
                break
        return _with(issue, list(found.values()))

    def _is_bare(self, comment: Mapping[str, Json]) -> bool:
        """Might it be a copy whose first line was taken away?"""
        by = comment.get("author") or {}
        ours = self.me is not None and self.me in (by.get("accountId"), by.get("name"))
        return ours and _anchored(self.markup, comment) is None

    def _ask(self, ids: Sequence[str]) -> None:
        if not self.client.cloud:
            for id in ids:
                path = f"comment/{id}/properties/{PROPERTY}"
                answer = self.client.call("GET", path, accept=(404,))
                self._known[id] = [answer.mapping()] if answer.status == 200 else []
            return
        for start in range(0, len(ids), PAGE):
            some = ids[start : start + PAGE]
            answer = self.client.call(
                "POST",
                "comment/list",
                {"ids": [int(id) for id in some]},
                params={"expand": "properties"},
                repeatable=True,
            )
            said = {str(one["id"]): one.get("properties") for one in answer.mapping()["values"]}
            self._known |= {id: said.get(id) or [] for id in some}

    def _with_properties(self, issue: Issue) -> Issue:
        comments = [
            {**one, "properties": self._known[str(one["id"])]}
            if str(one["id"]) in self._known
            else one
            for one in _comments(issue)
        ]
        return _with(issue, comments) if comments else issue


def _comments(issue: Issue) -> Sequence[Mapping[str, Json]]:
    return list(((issue.get("fields") or {}).get("comment") or {}).get("comments") or ())


def _with(issue: Issue, comments: Sequence[Json]) -> Issue:
    told = {**issue["fields"]["comment"], "comments": comments}
    return {**issue, "fields": {**issue["fields"], "comment": told}}


@dataclass(frozen=True, slots=True)
class Told:
    """What is to be written to one issue's comments."""

    todo: Todo = field(default_factory=Todo)
    elsewhere: tuple[Twin, ...] = ()
    """The item's records on other trackers that may be named."""


def calls(client: JiraClient, markup: Markup, here: Twin, told: Told) -> Iterator[Call]:
    """What brings an issue's copies up to date, call by call. `here`: the issue itself.

    Each may raise Rejected, which concerns its comment alone, and other TrackerErrors.
    """
    place = f"issue/{here.id}/comment"
    for id in told.todo.delete:
        yield partial(_delete, client, f"{place}/{id}")
    for id, comment in told.todo.edit:
        yield partial(_say, client, ("PUT", f"{place}/{id}"), markup, comment, (here, told))
    for comment in told.todo.create:
        yield partial(_say, client, ("POST", place), markup, comment, (here, told))


def _delete(client: JiraClient, path: str) -> None:
    answer = client.call("DELETE", path, accept=(400, 403, 404))
    if answer.status in (400, 403):
        raise Rejected(str(client.refusal(answer.body)))


def _say(
    client: JiraClient,
    call: tuple[str, str],
    markup: Markup,
    comment: Comment,
    where: tuple[Twin, Told],
) -> None:
    here, told = where
    try:
        native = copied(markup, comment, origin(comment, told.elsewhere), here)
    except (Unsayable, TextError) as error:
        raise Rejected(f"comment {comment.id} on {here.key}: {error}") from None
    if (length := size(native)) > LONGEST:
        raise Rejected(too_long(comment, here.key, length, LONGEST))
    said = {"key": PROPERTY, "value": {"mark": str(Mark.of(comment))}}
    answer = client.write(*call, {"body": native, "properties": [said]})
    if isinstance(answer, Refusal):
        raise Rejected(f"comment {comment.id} on {here.key}: {answer}")


def copied(markup: Markup, comment: Comment, where: Twin | None, here: Twin) -> Json:
    """A copy in Jira's markup. Where its origin may not be named, its link leads to the issue
    itself. Raises Unsayable, and TextError."""
    anchor = f"{PROPERTY}={Mark.of(comment)}"
    if comment.id == notices.ID:
        line = f"[onebacklog]({here.url}#{anchor}):"
    else:
        line = headline(comment, where, anchor, instead=here)
    return compose(Cut(markup, ()), "", description=f"{line}\n\n{comment.text}")


def size(native: Json) -> int:
    """Characters in a text of either markup."""
    if isinstance(native, str):
        return len(native)
    if not isinstance(native, dict):
        return 0
    text = len(native["text"]) if isinstance(native.get("text"), str) else 0
    return text + sum(map(size, native.get("content") or ()))
