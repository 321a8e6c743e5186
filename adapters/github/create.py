"""Creating issues, each exactly once: what an earlier try made is found by its mark."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from graphlib import CycleError, TopologicalSorter

from adapters.github import body
from adapters.github.encode import UNMADE, Writes, compose
from adapters.github.shapes import Issue
from adapters.github.twins import Twins
from adapters.github.window import stamp, started
from adapters.github.write import STOPS, Changes, Work, Writer
from sync.model import EMPTY, ItemId, Json
from sync.tracker import Change, Create, Intent, Outcome, Rejected, TrackerError, Twin, Unavailable

SLACK = timedelta(minutes=5)
"""By how much our clock and GitHub's may have drifted apart since the try."""
NEWEST_FIRST = {"state": "all", "sort": "created", "direction": "desc"}
"""A list that does not lag behind writes, as searches do."""

PARTS = {
    "title": ("title",),
    "body": ("body",),
    "labels": ("labels", "label"),
    "assignees": ("assignees",),
    "milestone": ("milestone",),
    "type": ("issue-type",),
    "issue_field_values": ("issue-field",),
}
"""Parts of an issue as GitHub's errors name them → the carriers that they hold."""
OPTIONAL = frozenset(PARTS) - {"title", "body"}


@dataclass
class Creator:
    """Makes issues in one repository."""

    writer: Writer

    def create(self, creates: Sequence[Create], twins: Twins) -> Iterator[Outcome]:
        down: TrackerError | None = None
        awaited = {create.item for create in creates}
        for create in _referred_first(creates):
            if down is not None:
                yield Outcome(create.item, error=down)
                continue
            self.writer.awaited = frozenset(awaited)
            try:
                outcome = self._create(create, {**twins, **self.writer.made})
            except TrackerError as error:
                outcome = Outcome(create.item, error=error)
                down = error if isinstance(error, STOPS) else None
            awaited.discard(create.item)
            if (record := outcome.record) is not None:
                self.writer.made[create.item] = Twin(record.id, record.key, record.url)
                self.writer.reader.directory.linked.add(record.id)
            yield outcome
        self.writer.awaited = frozenset()

    def _create(self, create: Create, twins: Twins) -> Outcome:
        changes = self._changes(create)
        if create.tried is not None:
            made = self._made_since(create.item, create.tried)
            if made is not None:
                return self._adopt(create, made, twins)
        foot = body.foot(create.item, create.elsewhere)
        codec = self.writer.codec
        writes = compose(codec, replace(UNMADE, body=foot), None, changes, self.writer.ends(twins))
        if "title" not in writes.patch:
            why = writes.refused.get("title", "an issue needs a title: give the item one")
            return Outcome(create.item, refused=writes.refused, error=Rejected(why, "title"))
        try:
            issue = self._post(self._payload(writes, foot), writes)
        except Unavailable as error:
            found = self._just_made(create.item)
            if found is None:
                return Outcome(create.item, error=error)
            issue = found
        self.writer.reader.directory.learn(issue)
        work = Work(create.item, changes, _rest(writes), twins, issue, answered=True)
        work.elsewhere = create.elsewhere
        return self.writer.carry_out(work)

    def _changes(self, create: Create) -> Changes:
        shapes = self.writer.codec.carriers.shapes
        return {name: Change(EMPTY[shapes[name]], it) for name, it in create.values.items()}

    def _payload(self, writes: Writes, foot: str) -> dict[str, Json]:
        scope = self.writer.reader.scope.labels
        labels = [*scope, *self.writer.labels(writes)]
        parts: dict[str, Json] = {
            "title": writes.patch["title"],
            "body": writes.patch.get("body", foot),
            "labels": list({label.casefold(): label for label in labels}.values()),
            "assignees": writes.add_assignees,
            **self.writer.milestone(writes),
            "type": writes.patch.get("type"),
            "issue_field_values": self.writer.field_values(writes),
        }
        return {name: part for name, part in parts.items() if part}

    def _post(self, payload: dict[str, Json], writes: Writes) -> Issue:
        """The new issue. What it can do without is left out where GitHub refuses it."""
        while True:
            try:
                return self.writer.reader.client.create_issue(payload)
            except Rejected as error:  # so it was not executed
                part = error.name or ""
                fields = self.writer.fields_in(*PARTS.get(part, ()))
                if part not in OPTIONAL or payload.pop(part, None) is None:
                    raise Rejected(str(error), fields[0] if fields else None) from None
                writes.refused |= dict.fromkeys(fields, str(error))

    def _adopt(self, create: Create, issue: Issue, twins: Twins) -> Outcome:
        """An issue of ours, given what it lacks. What it says otherwise may be a person's edit,
        made since, and is left for the merge; so is all of it but what is empty, and its state."""
        record, codec = self.writer.reader.record(issue), self.writer.codec
        changes = {
            name: change
            for name, change in self._changes(create).items()
            if name not in record.shown
            or name == "status"
            or codec.shows(name, change.before, record.shown[name])
        }
        writes = compose(codec, issue, record, changes, self.writer.ends(twins))
        self.writer.reader.directory.learn(issue)
        work = Work(create.item, changes, writes, twins, issue, record, answered=True)
        work.elsewhere = create.elsewhere
        return self.writer.carry_out(work)

    # Finding what was made

    def _just_made(self, item: ItemId) -> Issue | None:
        """The issue, when the answer to its creation was lost just now."""
        for issues, _ in self.writer.reader.client.issue_pages(NEWEST_FIRST):
            return _marked(issues, item)
        return None

    def _made_since(self, item: ItemId, intent: Intent) -> Issue | None:
        newest = intent.newest or ""
        floor = int(newest) if newest.isascii() and newest.isdigit() else None
        since: str | None = None
        for issues, headers in self.writer.reader.client.issue_pages(NEWEST_FIRST):
            since = since or stamp(_by_its_clock(intent.at, headers) - SLACK)
            found = _marked(issues, item)
            if found is not None or not issues:
                return found
            last = issues[-1]
            # By number, where that is known: clocks may differ, numbers only grow.
            if floor is not None and last.number <= floor:
                return None
            if floor is None and last.created_at < since:
                return None
        return None


def _by_its_clock(at: str, headers: Mapping[str, str]) -> datetime:
    """A moment of ours as GitHub's clock had it: one may go minutes before the other."""
    ours, theirs = datetime.now(UTC), started(headers)
    return datetime.fromisoformat(at) + ((theirs - ours) if theirs else timedelta())


def _marked(issues: Sequence[Issue], item: ItemId) -> Issue | None:
    own = (issue for issue in issues if issue.pull_request is None)
    return next((issue for issue in own if body.read(issue.body).mark == item), None)


def _rest(writes: Writes) -> Writes:
    """What a new issue still needs: it is made open."""
    state = {part: it for part, it in writes.patch.items() if part in ("state", "state_reason")}
    patched = {name: part for name, part in writes.patched.items() if part == "state"}
    return Writes(patch=state, patched=patched, values=writes.values, refused=writes.refused)


def _referred_first(creates: Sequence[Create]) -> list[Create]:
    """Those that others refer to before these, as far as they do not refer to each other."""
    by_item = {create.item: create for create in creates}
    graph = {item: _references(create) & by_item.keys() for item, create in by_item.items()}
    try:
        return [by_item[item] for item in TopologicalSorter(graph).static_order()]
    except CycleError:
        return list(creates)


def _references(create: Create) -> set[ItemId]:
    parent, blockers = create.values.get("parent"), create.values.get("blocked_by")
    found = {parent} if isinstance(parent, str) else set()
    return found | (set(blockers) if isinstance(blockers, frozenset) else set())
