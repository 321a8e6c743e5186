"""Changing issues: read first, changed singly, read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from adapters.comments import commented
from adapters.jira import remote
from adapters.jira.attached import undisturbed
from adapters.jira.client import FETCH, Issue
from adapters.jira.desk import STOPS, Desk, Job
from adapters.jira.fill import Now
from sync.model import FieldName, ItemId, Shape
from sync.tracker import (
    LEAD,
    NotFound,
    Outcome,
    Record,
    RecordId,
    Stale,
    TrackerError,
    Twin,
    Update,
)

LOOSE = (Shape.SET, Shape.ITEMS, Shape.COMMENTS)
"""What is changed by its elements."""


def update(
    desk: Desk, updates: Sequence[Update], twins: Mapping[ItemId, Twin]
) -> Iterator[Outcome]:
    """One outcome for each update."""
    for start in range(0, len(updates), FETCH):
        batch = updates[start : start + FETCH]
        if changing := [one for one in batch if one.changes]:
            yield from _batch(desk, changing, twins)
        if leading := [one for one in batch if not one.changes]:
            yield from _lead(desk, leading)


def _lead(desk: Desk, updates: Sequence[Update]) -> Iterator[Outcome]:
    """Links issues to the item's other records, a request for each, and none to look before: it
    takes nothing of theirs away. Then all are read, so that the next run need not."""
    done: dict[RecordId, Outcome] = {}
    stopped: TrackerError | None = None
    for one in updates:
        outcome = Outcome(one.item, one.record)
        try:
            if stopped is None:
                why = remote.link(desk.client, one.record.id, one.elsewhere)
                outcome = replace(outcome, refused={LEAD: why} if why else {})
        except TrackerError as error:
            stopped = error if isinstance(error, STOPS) else None
            outcome = replace(outcome, error=error)
        else:
            outcome = replace(outcome, error=stopped)
        done[one.record.id] = outcome
    if stopped is None:
        held = {one.record.id: one.record.shown for one in updates}
        quiet = [one for one in _quietly(desk, done) if one.shown == held[one.id]]
        desk.reader.memory.learn(quiet)
        done |= {one.id: replace(done[one.id], record=one) for one in quiet}
    yield from sorted(done.values(), key=lambda one: one.error is not None)


def _quietly(desk: Desk, ids: Iterable[RecordId]) -> list[Record]:
    """These as they are now, or none where that cannot be read just now."""
    try:
        return desk.reader.again(list(ids))
    except TrackerError:
        return []


def _batch(desk: Desk, updates: Sequence[Update], twins: Mapping[ItemId, Twin]) -> list[Outcome]:
    issues = desk.fetch([update.record.id for update in updates])
    jobs: list[Job] = []
    others: list[Outcome] = []
    found: dict[ItemId, Now] = {}
    for update in updates:
        issue = issues.get(update.record.id)
        if issue is None:
            gone = f"{update.record.key} is not in the project any more, or hidden from us"
            others.append(Outcome(update.item, error=NotFound(gone)))
            continue
        now = Now(update.record, desk.decoder.record(issue), issue)
        if stale := _stale(desk, update, now):
            message = f"{now.record.key}: {', '.join(stale)} changed meanwhile; read it again"
            others.append(Outcome(update.item, now.record, error=Stale(message)))
            continue
        found[update.item] = now
        jobs.append(_job(desk, update, now, twins))
    _carry_out(desk, jobs, {item: now.issue for item, now in found.items()})
    desk.reader.memory.learn(
        job.record
        for job in jobs
        if job.record and _undisturbed(desk, job, found[job.item], job.record)
    )
    for job in jobs:
        _unheard(desk, job, found[job.item])
        _unseen(desk, job, found[job.item])
    return [*others, *desk.outcomes(jobs)]


def _carry_out(desk: Desk, jobs: Sequence[Job], issues: Mapping[ItemId, Issue]) -> None:
    try:
        desk.make_versions(jobs)
    except TrackerError as error:
        for job in jobs:
            job.error = error
        return
    for job in jobs:
        desk.attend(job, issues[job.item])
    desk.plan(jobs)
    desk.read_back(jobs)


def _job(desk: Desk, update: Update, now: Now, twins: Mapping[ItemId, Twin]) -> Job:
    payload = desk.encoder.update(update, now, twins)
    wanted = {name: change.after for name, change in update.changes.items()}
    return Job(update.item, payload, wanted, now.record.id, before=now.record)


def _stale(desk: Desk, update: Update, now: Now) -> list[str]:
    """The fields to be written that are not as they are taken to be.

    Sets may be: their elements are added and removed singly. But Jira has one assignee only.
    """
    slots = desk.decoder.slots
    return [
        name
        for name in update.changes
        if name in slots
        and (slots[name].shape not in LOOSE or slots[name].place == "assignee")
        and now.record.shown.get(name) != update.record.shown.get(name)
    ]


def _undisturbed(desk: Desk, job: Job, now: Now, record: Record) -> bool:
    """Did nobody else change the issue meanwhile? If so it must be read again."""
    as_held = now.record.shown == now.held.shown
    others = now.record.shown.keys() - job.wanted
    same = all(record.shown.get(name) == now.record.shown[name] for name in others)
    quiet = not commented(now.held.shown, record.shown) and not _attached(desk, now, record)
    return as_held and same and quiet


def _attached(desk: Desk, now: Now, record: Record) -> bool:
    """Did people attach files while we wrote?"""
    name = desk.decoder.at("attachments")
    return name is not None and _settled(name, now, record) != record.shown[name]


def _settled(name: FieldName, now: Now, record: Record) -> list[str]:
    return undisturbed(now.held.shown.get(name) or (), record.shown[name])


def _unheard(desk: Desk, job: Job, now: Now) -> None:
    """What people commented while we wrote is left for the next read to find."""
    name = desk.decoder.at("comments")
    if name and name in job.wanted and job.record and commented(now.held.shown, job.record.shown):
        shown = desk.decoder.codec.comments.undisturbed(
            now.held.shown[name], job.record.shown[name]
        )
        job.record = replace(job.record, shown={**job.record.shown, name: shown})


def _unseen(desk: Desk, job: Job, now: Now) -> None:
    """What people attached while we wrote is left for the next read to find."""
    name = desk.decoder.at("attachments")
    if name and name in job.wanted and job.record and _attached(desk, now, job.record):
        shown = {**job.record.shown, name: _settled(name, now, job.record)}
        job.record = replace(job.record, shown=shown)
