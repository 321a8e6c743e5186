"""What people do to issues on GitHub's pages, for which REST has no request."""

from __future__ import annotations

from dataclasses import replace

from adapters.sandbox.github.calls import Call
from adapters.sandbox.github.changes import change
from adapters.sandbox.github.events import CONVERTED, note
from adapters.sandbox.github.state import Issue, Repository


def transfer(call: Call, target_name: str) -> int:
    """Moves the issue to another repository of its owner; its number there.

    It gets a new id. Comments and assignees go with it, labels by name and milestones by title and
    due date where the other repository has them.
    https://docs.github.com/issues/tracking-your-work-with-issues/administering-issues/transferring-an-issue-to-another-repository
    """
    source, old = call.issue()
    target = call.state.repository(target_name)
    if not target or target.owner != source.owner or target is source:
        raise ValueError(f"an issue moves only to another repository of {source.owner}")
    if old.pull_request:
        raise ValueError("a pull request does not move")
    if source.private and not target.private:
        raise ValueError("an issue does not move from a private repository to a public one")
    shapes = call.shapes
    left = shapes.issue(source, old)
    target.last_issue += 1
    new = replace(
        old,
        id=next(call.state.ids),
        number=target.last_issue,
        updated_at=call.stamp,
        labels=_labels(source, old, target),
        milestone=_milestone(source, old, target),
    )
    comments = [replace(one, issue=new.number) for one in source.comments_of(old)]
    source.drop(old.number)
    del call.state.places[old.id]
    source.moved[old.number] = (target.full_name, new.number)
    target.comments |= {comment.id: comment for comment in comments}
    call.state.add(target, new, call.now)
    for project in call.state.projects:
        project.follow(old.id, new.id)
    _retie(call, old, new)
    arrived = shapes.issue(target, new)
    there = {"new_issue": arrived, "new_repository": shapes.repository(target, None)}
    call.tell(source, "issues", "transferred", issue=left, changes=there)
    origin = {"old_issue": left, "old_repository": shapes.repository(source, None)}
    call.tell(target, "issues", "opened", issue=arrived, changes=origin)
    return new.number


def _labels(source: Repository, issue: Issue, target: Repository) -> frozenset[int]:
    found = [target.label(label.name) for label in source.labels_of(issue)]
    return frozenset(label.id for label in found if label)


def _milestone(source: Repository, issue: Issue, target: Repository) -> int | None:
    old = source.milestones.get(issue.milestone or 0)
    for new in target.milestones.values():
        if old and (new.title, new.due_on) == (old.title, old.due_on):
            return new.number
    return None


def _retie(call: Call, old: Issue, new: Issue | None) -> None:
    """Makes those that the issue was tied to refer to what it has become, or no longer to it."""

    def swap(ids: tuple[int, ...]) -> tuple[int, ...]:
        become = (new.id,) if new else ()
        return tuple(id_ for one in ids for id_ in (become if one == old.id else (one,)))

    tied = (*old.sub_issues, *old.blocked_by, *old.blocking, *([old.parent] if old.parent else ()))
    for repository, issue in call.state.found(dict.fromkeys(tied)):
        parent = (new.id if new else None) if issue.parent == old.id else issue.parent
        repository.put(
            replace(
                issue,
                parent=parent,
                sub_issues=swap(issue.sub_issues),
                blocked_by=swap(issue.blocked_by),
                blocking=swap(issue.blocking),
            ),
            call.now,
        )


def delete(call: Call) -> None:
    """From now on the issue is a 410, and no list has it."""
    repository, issue = call.issue()
    left = call.shapes.issue(repository, issue)
    repository.drop(issue.number)
    repository.deleted.add(issue.number)
    del call.state.places[issue.id]
    _retie(call, issue, None)
    call.tell(repository, "issues", "deleted", issue=left)


def convert_to_discussion(call: Call) -> None:
    """Leaves the issue behind closed and locked; an event of its says what it was made."""
    repository, issue = call.issue()
    repository.last_issue += 1  # discussions have their numbers from the same row
    change(
        call,
        repository,
        issue,
        state="closed",
        closed_at=issue.closed_at or call.stamp,
        closed_by=issue.closed_by or call.actor,
        locked=True,
        discussion=repository.last_issue,
    )
    note(call, issue, CONVERTED)
