"""Writing to issues: call by call, then read back, so that what GitHub dropped is seen."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TypeAlias

from adapters import notices
from adapters.comments import commented
from adapters.github import body
from adapters.github.codec import GitHubCodec
from adapters.github.comments import calls
from adapters.github.encode import MOST_ASSIGNEES, Ends, Writes, compose, remark
from adapters.github.places import Places
from adapters.github.project_board import Board
from adapters.github.project_changes import Values, set_values
from adapters.github.read import Reader
from adapters.github.shapes import Issue, shaped
from adapters.github.twins import Names, Twins, items_of
from sync.model import COMMENTS, NOTICE, FieldName, ItemId, Json, Shape
from sync.tracker import (
    ID,
    Change,
    Denied,
    NotFound,
    Outcome,
    Record,
    Rejected,
    RetryLater,
    Shown,
    Stale,
    TrackerError,
    Twin,
    Unavailable,
    Update,
)

MOST_CHILDREN = 100
MOST_LEVELS = 8
"""https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/adding-sub-issues"""
Changes: TypeAlias = Mapping[FieldName, Change]
Step: TypeAlias = tuple[Collection[FieldName], Callable[[], None]]
"""One call, and the fields that it is for."""
STOPS = (Denied, RetryLater, Unavailable)
"""After these the tracker is not asked for more by the same call of the adapter."""


@dataclass
class Work:
    """One issue that is being written."""

    item: ItemId
    changes: Changes
    writes: Writes
    twins: Twins
    issue: Issue
    """As last answered."""
    fresh: Record | None = None
    """As just read; None for a new one."""
    held: Record | None = None
    """As the engine holds it."""
    answered: bool = False
    """Is `issue` an answer to a write?"""
    elsewhere: tuple[Twin, ...] = ()
    """The item's records on other trackers that this one may name."""
    touched: bool = False
    """Was there a write since, which does not answer with the issue?"""
    error: TrackerError | None = None

    @property
    def number(self) -> int:
        return self.issue.number


@dataclass
class Writer:
    """Writes to one repository."""

    reader: Reader
    places: Places
    codec: GitHubCodec
    made: dict[ItemId, Twin] = field(default_factory=dict)
    """The issues of this run."""
    awaited: frozenset[ItemId] = frozenset()
    """Items whose issues are still to be made by the same call."""

    @property
    def names(self) -> Names:
        return Names(self.reader.client, self.reader.directory)

    def update(self, updates: Sequence[Update], twins: Twins) -> Iterator[Outcome]:
        down: TrackerError | None = None
        for update in updates:
            if down is None:
                try:
                    yield self._update(update, {**twins, **self.made})
                except TrackerError as error:
                    down = error if isinstance(error, STOPS) else None
                    yield Outcome(update.item, error=error)
            else:
                yield Outcome(update.item, error=down)

    def _update(self, update: Update, twins: Twins) -> Outcome:
        record = update.record
        self.reader.directory.remember([Twin(record.id, record.key, record.url)])
        self._freshen(record, update.changes)
        found = self.reader.get([record.id])
        if not found.records:
            gone = found.gone[record.id]
            where = f" to {gone.where}" if gone.where else ""
            raise NotFound(f"{record.key} is not there any more ({gone.why}{where})")
        fresh = found.records[0]
        changes = {name: change for name, change in update.changes.items() if name != ID}
        if moved := sorted(filter(partial(self._moved, record, fresh), changes)):
            said = f"{fresh.key} was changed meanwhile ({', '.join(moved)}): read it again"
            return Outcome(update.item, fresh, error=Stale(said))
        issue = self.reader.issues[record.id]
        writes = compose(self.codec, issue, fresh, changes, self.ends(twins))
        leads = not update.changes and body.read(issue.body).mark == update.item
        if ID in update.changes or leads:
            remark(writes, issue, body.foot(update.item, update.elsewhere))
        work = Work(update.item, changes, writes, twins, issue, fresh, record)
        work.elsewhere = update.elsewhere
        return self.carry_out(work)

    def _freshen(self, record: Record, changes: Changes) -> None:
        """What the Project says of the issue is asked anew where it is to be changed."""
        if self.reader.board and not self.reader.board.fields.keys().isdisjoint(changes):
            self.reader.board.look_up([record.id])

    def ends(self, twins: Twins) -> Ends:
        """What references may name."""
        own = self.reader.client.repository
        return Ends(own, lambda value: self.names.keys(twins, value))

    def _moved(self, held: Record, fresh: Record, name: FieldName) -> bool:
        """Did somebody change the field? Sets do not mind: they change by their elements."""
        if self.codec.carriers.shapes[name] in (Shape.SET, Shape.ITEMS, Shape.COMMENTS):
            return False
        both = name in held.shown and name in fresh.shown
        return both and held.shown[name] != fresh.shown[name]

    def carry_out(self, work: Work) -> Outcome:
        """All its calls, as far as they go, and the issue as it is then."""
        for names, step in self._steps(work):
            try:
                step()
            except (Rejected, NotFound) as error:
                work.writes.refused |= dict.fromkeys(names, str(error))
            except TrackerError as error:
                work.error = error
                break
        return self._outcome(work)

    def _steps(self, work: Work) -> Iterator[Step]:
        writes, client, number = work.writes, self.reader.client, work.number
        if writes.patch or writes.milestone:
            yield {*writes.patched, *writes.milestone}, partial(self._patch, work)
        if labels := self.labels(writes):
            names = set(writes.add_labels.values())
            yield names, partial(self._touch, work, client.add_labels, number, labels)
        for label, name in writes.remove_labels.items():
            yield (name,), partial(self._touch, work, client.remove_label, number, label)
        changes = [
            (writes.add_assignees, client.add_assignees),
            (writes.remove_assignees, client.remove_assignees),
        ]
        # Nobody is taken off before another is on, but where there is no room for both.
        if len(work.issue.logins) + len(writes.add_assignees) > MOST_ASSIGNEES:
            changes.reverse()
        for logins, call in changes:
            if logins:
                names = set(self.fields_in("assignees"))
                yield names, partial(self._touch, work, call, number, logins)
        yield from self._fields(work)
        if writes.values and self.reader.board:
            yield (*writes.values,), partial(self._set_values, work, self.reader.board)
        yield from self._references(work)
        yield from self._comments(work)

    def _comments(self, work: Work) -> Iterator[Step]:
        """Brings copies of comments, and the notice, up to date, by what is shown just now."""
        for kind, todo_of in (("comments", self.codec.comments.todo), ("notice", notices.todo)):
            name = self.codec.carriers.of(kind)
            if name is None or name not in work.changes:
                continue
            held = work.fresh.shown[name] if work.fresh else []
            todo = todo_of(work.changes[name].after, held)
            for call in calls(self.reader.client, todo, work.issue, work.elsewhere):
                yield (name,), partial(self._touch, work, call)

    def _fields(self, work: Work) -> Iterator[Step]:
        """The organization's fields: set together, emptied one by one."""
        writes, client, offers = work.writes, self.reader.client, self.codec.carriers.offers
        if values := self.field_values(writes):
            call = partial(self._touch, work, client.set_fields, work.number, values)
            yield (*writes.set_fields,), call
        for name in writes.clear_fields:
            call = partial(self._touch, work, client.clear_field, work.number, offers[name].id)
            yield (name,), call

    def _set_values(self, work: Work, board: Board) -> None:
        """The Project's fields. They are no part of the issue, which stays as it was answered."""
        work.writes.refused |= set_values(board, Values(work.issue.node_id, work.writes.values))
        work.answered = True

    def field_values(self, writes: Writes) -> list[Json]:
        """What is to be set in the organization's fields, as GitHub takes it."""
        offers = self.codec.carriers.offers
        values = writes.set_fields.items()
        return [{"field_id": offers[name].id, "value": value} for name, value in values]

    def _touch(self, work: Work, call: Callable[..., None], *arguments: object) -> None:
        work.touched = True
        call(*arguments)

    def _patch(self, work: Work) -> None:
        parts = {**work.writes.patch, **self.milestone(work.writes), **self._original(work)}
        if not parts:
            return
        client, reason = self.reader.client, parts.get("state_reason")
        work.touched = True
        issue = client.patch_issue(work.number, parts)
        if reason and issue.standing != reason:  # it is taken only where the state changes
            client.patch_issue(work.number, {"state": "open"})
            again = ("state", "state_reason", "duplicate_issue_id")
            closing = {part: parts[part] for part in again if part in parts}
            issue = client.patch_issue(work.number, closing)
        work.issue, work.answered, work.touched = issue, True, False

    def _original(self, work: Work) -> dict[str, Json]:
        """Of an issue that is closed as a duplicate: which one of here it duplicates."""
        if work.writes.patch.get("state_reason") != "duplicate":
            return {}
        change = work.changes.get("duplicates")
        keys = self.names.keys(work.twins, change.after) if change else set[str]()
        keys = keys or set((work.fresh.shown.get("duplicates") if work.fresh else None) or ())
        near = f"{self.reader.client.repository}#"
        key = min((key for key in keys if key.startswith(near)), default=None)
        return {} if key is None else {"duplicate_issue_id": self.names.id(key)}

    def labels(self, writes: Writes) -> list[str]:
        """The labels to add, all of which there are by then."""
        names: list[str] = []
        for label, name in list(writes.add_labels.items()):
            carrier = self.codec.carriers.by_field[name]
            try:
                names.append(self.places.label(label, name if carrier.kind == "label" else None))
            except Rejected as error:
                writes.refused[name] = str(error)
        return names

    def milestone(self, writes: Writes) -> dict[str, Json]:
        """The part of a write that sets the milestone, where one is to be set."""
        for name, title in writes.milestone.items():
            try:
                return {"milestone": self.places.milestone(title) if title else None}
            except Rejected as error:
                writes.refused[name] = str(error)
        return {}

    def fields_in(self, *kinds: str) -> list[FieldName]:
        """The fields that carriers of these kinds carry."""
        carriers = self.codec.carriers.by_field
        return [name for name, carrier in carriers.items() if carrier.kind in kinds]

    # References

    def _references(self, work: Work) -> Iterator[Step]:
        for name, change in work.changes.items():
            carrier = self.codec.carriers.by_field.get(name)
            if carrier is None or carrier.kind not in ("sub-issue", "dependency"):
                continue
            if waiting := items_of(change.after) & self.awaited - work.twins.keys():
                count = f"{len(waiting)} of its issues" if len(waiting) > 1 else "its issue"
                work.writes.refused[name] = f"{count} is made only after this: run again"
            if carrier.kind == "sub-issue":
                yield (name,), partial(self._set_parent, work, change)
            else:
                yield from self._set_blockers(work, name, change)

    def _set_parent(self, work: Work, change: Change) -> None:
        wanted, held = self._wanted_parent(work, change), work.issue.parent
        client, child = self.reader.client, work.issue.id
        if wanted and wanted != held:
            try:
                self._touch(work, client.add_sub_issue, wanted, child)
            except Rejected as error:
                own = f"{client.repository}#{work.number}"
                raise Rejected(
                    f"{own} cannot go below {wanted}, which takes {MOST_CHILDREN} sub-issues of "
                    f"its own owner, in {MOST_LEVELS} levels: {error}"
                ) from None
        elif held and not wanted:
            self._touch(work, client.remove_sub_issue, held, child)

    def _wanted_parent(self, work: Work, change: Change) -> str | None:
        return next(iter(self.names.keys(work.twins, change.after)), None)

    def _set_blockers(self, work: Work, name: FieldName, change: Change) -> Iterator[Step]:
        added, removed = self._moved_blockers(work, name, change)
        client = self.reader.client
        for key in sorted(added):
            call = partial(self.names.with_id, key, client.add_blocker, work.number)
            yield (name,), partial(self._touch, work, call)
        for key in sorted(removed):
            call = partial(self.names.with_id, key, client.remove_blocker, work.number)
            yield (name,), partial(self._touch, work, call)

    def _moved_blockers(
        self, work: Work, name: FieldName, change: Change
    ) -> tuple[set[str], set[str]]:
        shown = set(work.fresh.shown.get(name) or ()) if work.fresh else set()
        before, after = (
            self.names.keys(work.twins, change.before),
            self.names.keys(work.twins, change.after),
        )
        return after - shown, (before - after) & shown

    def _ends(self, work: Work, change: Change) -> tuple[set[str], set[str]]:
        """The keys of what a reference names before and after."""
        before, after = (self.names.keys(work.twins, it) for it in (change.before, change.after))
        return before, after

    # Reading back

    def _outcome(self, work: Work) -> Outcome:
        lost = work.error
        record = self._read_back(work)
        refused = dict(work.writes.refused)
        if record is None:
            return Outcome(work.item, None, refused, work.error)
        dropped = self._dropped(work, record)
        if isinstance(lost, Unavailable) and work.error is lost and not dropped:
            work.error = None  # the answer was lost, but not the write
        if work.error is None:
            refused = {**dropped, **refused}
            if not refused and self._is_ours(work, record):
                self.reader.note(record)
        return Outcome(work.item, self._unheard(work, record), refused, work.error)

    def _unheard(self, work: Work, record: Record) -> Record:
        """What people commented while we wrote is left for the next read to find."""
        if COMMENTS not in work.changes or work.held is None or COMMENTS not in record.shown:
            return record
        shown = self.codec.comments.undisturbed(
            work.held.shown.get(COMMENTS), record.shown[COMMENTS]
        )
        return replace(record, shown={**record.shown, COMMENTS: shown})

    def _read_back(self, work: Work) -> Record | None:
        read = False
        if work.touched or work.error:
            try:
                answer = self.reader.client.find(work.number)
                if answer.status == 200:
                    work.issue, read = shaped(Issue, answer), True
            except TrackerError as error:
                work.error = work.error or error
        elif not work.answered and work.fresh:
            return work.fresh  # there was nothing to do
        if not (read or work.answered):
            return None
        try:
            return self.reader.record(work.issue)
        except TrackerError as error:
            work.error = work.error or error
            names = self.fields_in("dependency")
            blockers = work.fresh.shown.get(names[0]) if work.fresh and names else None
            held = work.fresh.shown if work.fresh else {}
            said = [*(held.get(COMMENTS) or ()), *(held.get(NOTICE) or ())]
            return self.reader.dressed(work.issue, blockers or (), said)

    def _dropped(self, work: Work, record: Record) -> dict[FieldName, str]:
        """Fields that do not show what was written, though GitHub did not mind."""
        dropped: dict[FieldName, str] = {}
        for name, change in work.changes.items():
            if name in work.writes.refused or name not in record.shown:
                continue
            missing = self._missing(work, name, change, record.shown[name])
            if missing:
                dropped[name] = f"GitHub accepted it without a word, and {missing}"
        return dropped

    def _missing(self, work: Work, name: FieldName, change: Change, shown: Shown) -> str | None:
        """What of a change is not shown, as the end of a sentence."""
        match self.codec.carriers.shapes[name]:
            case Shape.ITEM:
                wanted = self._wanted_parent(work, change)
                return None if shown == wanted else f"shows {shown} as its {name}"
            case Shape.ITEMS:
                before, after = self._ends(work, change)
            case Shape.SET:
                before = set(self.codec.encode(name, change.before, shown))
                after = set(self.codec.encode(name, change.after, shown))
            case Shape.COMMENTS:
                todo = self.codec.comments.todo(change.after, shown)
                return "does not show the copies as they were written" if todo else None
            case _:
                right = self.codec.shows(name, change.after, shown)
                return None if right else f"does not show it: {self._remedy(name)}"
        lost, kept = sorted(after - set(shown)), sorted((before - after) & set(shown))
        if lost:
            return f"left out {', '.join(lost)}: {self._remedy(name)}"
        return f"kept {', '.join(kept)}: {self._remedy(name)}" if kept else None

    def _remedy(self, name: FieldName) -> str:
        if name in self.fields_in("assignees"):
            return f"only people with access to {self.reader.client.repository} can be assigned"
        return "see whether the token may write it, and whether an automation changed it back"

    def _is_ours(self, work: Work, record: Record) -> bool:
        """Does nothing else differ from what the engine holds? Else it must be read again."""
        state = set(self.fields_in("state", "state-reason"))  # what changes one shows in the other
        ours = work.changes.keys() | (state if state & work.changes.keys() else set())
        others = {name: shown for name, shown in record.shown.items() if name not in ours}
        if work.held is not None and commented(work.held.shown, record.shown):
            return False
        if work.held is None:
            return all(not shown or shown == "open" for shown in others.values())
        return all(shown == work.held.shown.get(name) for name, shown in others.items())
