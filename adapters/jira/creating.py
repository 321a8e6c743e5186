"""Making issues exactly once: marked in the call that makes them, and looked for by the mark."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count

from adapters.jira.client import FETCH, Issue, Refusal
from adapters.jira.codec import MARK_LABEL
from adapters.jira.decode import mark, number_of
from adapters.jira.desk import ROUNDS, STOPS, Desk, Job, minded
from adapters.jira.payload import Payload
from sync.model import ItemId
from sync.tracker import Create, Outcome, RecordId, Rejected, TrackerError, Twin, Unavailable

BATCH = 50
"""Issues that one call makes.
https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issues/"""
GAP = {True: FETCH, False: 10}
"""So many keys without an issue say that there are none above them: on Cloud, else."""
EARLIER = timedelta(minutes=5)
"""How far apart our clock and Jira's may have drifted since the try."""
NEEDED = frozenset({"project", "issuetype", "summary"})


def create(
    desk: Desk, creates: Sequence[Create], twins: Mapping[ItemId, Twin]
) -> Iterator[Outcome]:
    """One outcome for each create. What a batch made can be referred to in the next one."""
    known = dict(twins)
    batch: list[Create] = []
    for one in creates:
        waits = one.values.get("parent") in {other.item for other in batch}
        if batch and (waits or len(batch) == BATCH):
            yield from _batch(desk, batch, known)
            batch = []
        batch.append(one)
    if batch:
        yield from _batch(desk, batch, known)


def newest(desk: Desk) -> int:
    """The highest number of a key that was given, or a little less where others create, too."""
    if desk.newest is None:
        jql = f'project = "{desk.decoder.project.key}" ORDER BY key DESC'
        page = next(iter(desk.client.search(jql, ["summary"], size=1)), ())
        desk.newest = max((number_of(str(issue["key"])) for issue in page), default=0)
        for _ in _above(desk, desk.newest):  # the search lags; what is found there is counted
            pass
    return desk.newest


def _batch(desk: Desk, creates: Sequence[Create], known: dict[ItemId, Twin]) -> list[Outcome]:
    adopted = _look(desk, [one for one in creates if one.tried])
    jobs = [_job(desk, one, adopted.get(one.item), known) for one in creates]
    _send(desk, [job for job in jobs if job.id is None and job.error is None])
    _finish(desk, jobs, {one.item: one for one in creates}, known)
    return desk.outcomes(jobs)


def _job(desk: Desk, create: Create, made: Issue | None, known: Mapping[ItemId, Twin]) -> Job:
    job = Job(create.item, Payload(), create.values)
    if made is not None:
        job.id, job.adopted = str(made["id"]), True
        return job
    try:
        job.payload = desk.encoder.create(create, known)
    except Rejected as error:
        job.error = error
    return job


def _send(desk: Desk, jobs: Sequence[Job]) -> None:
    """Makes the issues; sets each job's id, or its error."""
    try:
        desk.make_versions(jobs)
        newest(desk)
    except TrackerError as error:
        for job in jobs:
            job.error = error
        return
    waiting = list(jobs)
    for _ in range(ROUNDS):
        if not waiting:
            return
        waiting = _post(desk, waiting)
    for job in waiting:
        job.error = Rejected("Jira minds other fields each time; see what was refused")


def _post(desk: Desk, jobs: Sequence[Job]) -> list[Job]:
    """One call. The jobs that are to be tried again, without what Jira minds."""
    body = {"issueUpdates": [desk.encoder.element(job.payload, job.item) for job in jobs]}
    try:
        answer = desk.client.call("POST", "issue/bulk", body, accept=(400,)).body
    except TrackerError as error:
        _recover(desk, jobs, error)
        return []
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if not isinstance(errors, list):  # the call as a whole was refused, for one of its elements
        if len(jobs) == 1:
            return _refused(desk, jobs[0], desk.client.refusal(answer))
        return [again for job in jobs for again in _post(desk, [job])]
    failed = {int(e["failedElementNumber"]): e.get("elementErrors") for e in errors}
    made = answer.get("issues") or ()
    left = [job for at, job in enumerate(jobs) if at not in failed]
    if len(made) != len(left):
        _recover(desk, jobs, Unavailable("Jira answered for other issues than were sent"))
        return []
    for job, issue in zip(left, made, strict=True):
        job.id = str(issue["id"])
    return [
        again
        for at, minds in failed.items()
        for again in _refused(desk, jobs[at], desk.client.refusal(minds))
    ]


def _refused(desk: Desk, job: Job, refusal: Refusal) -> list[Job]:
    """The job, where it can be tried again without what Jira minds."""
    slots = desk.decoder.slots.values()
    label = MARK_LABEL + job.item
    marked = label in job.payload.fields.get("labels", ())
    kind = desk.decoder.project.type(str(job.payload.fields["issuetype"]["id"]))
    kept = NEEDED | ({"parent"} if kind and kind.subtask else set())
    below = desk.encoder.below_its_parent(job.wanted, kind, refusal.fields)
    if below is not None:
        job.payload.fields["issuetype"] = {"id": below.id}
        return [job]
    if not minded(job.payload, refusal, frozenset(kept)):
        names = [s for s in slots if s.field in refusal.fields]
        job.error = Rejected(str(refusal), names[0].label if len(names) == 1 else None)
        return []
    if marked and "labels" not in job.payload.fields:
        if not job.payload.names.get("labels"):
            job.error = Rejected(f"{refusal}; put labels on the screen: they mark what we make")
            return []
        job.payload.fields["labels"] = [label]
        job.payload.names.pop("labels")
    return [job]


def _recover(desk: Desk, jobs: Sequence[Job], error: TrackerError) -> None:
    """After a call of which nobody knows whether it took effect: looks for what it made."""
    found: Mapping[ItemId, Issue] = {}
    if isinstance(error, Unavailable):
        try:
            titles = {job.item: str(job.payload.fields.get("summary")) for job in jobs}
            found = _made(desk, _above(desk, newest(desk)), titles)
        except TrackerError as later:
            error = later if isinstance(later, STOPS) else error
    for job in jobs:
        if job.item in found:
            job.id = str(found[job.item]["id"])
        else:
            job.error = error


def _finish(
    desk: Desk, jobs: Sequence[Job], creates: Mapping[ItemId, Create], known: dict[ItemId, Twin]
) -> None:
    """What the call itself cannot give: status, links, a mark that was dropped; and reads back."""
    made = {job.id: job for job in jobs if job.id is not None}
    try:
        issues = desk.fetch(list(made))
    except TrackerError as error:
        for job in made.values():
            job.error = error
        return
    made = _sorted_out(list(made.values()), issues)
    for id, issue in issues.items():
        record = desk.decoder.record(issue)
        known[made[id].item] = Twin(record.id, record.key, record.url)
    before = desk.client.requests
    for id, issue in issues.items():
        _complete(desk, made[id], creates[made[id].item], issue, known)
    desk.plan(jobs)
    if desk.client.requests != before:
        issues = {}
    desk.read_back(made.values(), issues)
    desk.reader.memory.learn(job.record for job in made.values() if job.record)


def _sorted_out(jobs: Sequence[Job], issues: Mapping[RecordId, Issue]) -> dict[RecordId, Job]:
    """Whose each issue is: Jira does not say that it names new ones in the order in which they were
    asked for. The mark decides; where Jira dropped it, the title, and only then that order."""
    left = {job.item: job for job in jobs}
    whose: dict[RecordId, Job] = {}
    for id, issue in issues.items():
        item = mark(issue)
        if item in left:
            whose[id] = left.pop(item)
    for alike in (_same_title, _same_place):
        for id in issues.keys() - whose.keys():
            found = next((job for job in left.values() if alike(job, issues[id])), None)
            if found is not None:
                whose[id] = left.pop(found.item)
    for id, job in whose.items():
        job.id = id
    return whose | {str(job.id): job for job in left.values() if job.id not in whose}


def _same_title(job: Job, issue: Issue) -> bool:
    return _plain(str(job.payload.fields.get("summary"))) == _plain(
        str(issue["fields"].get("summary"))
    )


def _same_place(job: Job, issue: Issue) -> bool:
    """Was it answered where this one was asked for?"""
    return job.id == str(issue["id"])


def _complete(
    desk: Desk, job: Job, create: Create, issue: Issue, known: Mapping[ItemId, Twin]
) -> None:
    payload = job.payload
    payload.fields.clear()
    payload.update.clear()
    if mark(issue) != job.item:  # Cloud did not keep the property
        payload.change("mark", "labels", [MARK_LABEL + job.item])
    payload.twins = create.elsewhere
    desk.encoder.finish(payload, create, known)
    desk.attend(job, issue)


def _look(desk: Desk, creates: Sequence[Create]) -> dict[ItemId, Issue]:
    """The issues that earlier tries of these made."""
    tried = {one.item: one.tried for one in creates if one.tried}
    if not tried:
        return {}
    titles = {one.item: str(one.values.get("title")) for one in creates}
    numbers = [number_of(one.newest) for one in tried.values() if one.newest]
    found: dict[ItemId, Issue] = {}
    if len(numbers) == len(tried):
        found = _made(desk, _above(desk, min(numbers)), titles)
    if missing := {item: title for item, title in titles.items() if item not in found}:
        ours = min(datetime.fromisoformat(one.at) for one in tried.values())
        skew = timedelta(seconds=desk.client.now() - time.time())
        found |= _made(desk, _created(desk, ours + skew - EARLIER), missing)
    return found


def _above(desk: Desk, number: int) -> Iterator[Issue]:
    """The issues with keys above a number, from reads that do not lag."""
    size = GAP[desk.client.cloud]
    for start in count(number + 1, size):
        keys = [f"{desk.decoder.project.key}-{n}" for n in range(start, start + size)]
        issues = desk.fetch(keys)
        yield from issues.values()
        if not issues:
            return


def _created(desk: Desk, begun: datetime) -> Iterator[Issue]:
    """The issues made since, as a search finds them."""
    since = int(begun.timestamp() * 1000)
    jql = f'project = "{desk.decoder.project.key}" AND created >= {since} ORDER BY key ASC'
    for page in desk.client.search(jql, ["id"]):
        yield from desk.fetch([str(issue["id"]) for issue in page]).values()


def _made(desk: Desk, issues: Iterable[Issue], titles: Mapping[ItemId, str]) -> dict[ItemId, Issue]:
    """The first issue of each item among these; `titles` by the item."""
    found: dict[ItemId, Issue] = {}
    bare: list[Issue] = []
    for issue in issues:
        item = mark(issue)
        if item is not None and item in titles:
            found.setdefault(item, issue)
        elif item is None:
            bare.append(issue)
    missing = {item: title for item, title in titles.items() if item not in found}
    return found | _unmarked(desk, bare, missing)


def _unmarked(
    desk: Desk, issues: Sequence[Issue], titles: Mapping[ItemId, str]
) -> dict[ItemId, Issue]:
    """Of a Jira that drops the mark: what our own account made, and called so."""
    called = [(_plain(str(issue["fields"].get("summary"))), str(issue["id"])) for issue in issues]
    wanted = {_plain(title) for title in titles.values()}
    ids = [id for title, id in called if title in wanted]
    if not ids:
        return {}
    who = "accountId" if desk.client.cloud else "name"
    me = desk.client.get("myself").get(who)
    makers = desk.client.fetch(ids, ["creator"])
    ours = {str(one["id"]) for one in makers if (one["fields"].get("creator") or {}).get(who) == me}
    left = {str(issue["id"]): issue for issue in issues if str(issue["id"]) in ours}
    found: dict[ItemId, Issue] = {}
    for item, title in titles.items():
        id = next((id for name, id in called if name == _plain(title) and id in left), None)
        if id is not None:
            found[item] = left.pop(id)
    return found


def _plain(title: str) -> str:
    return " ".join(title.split())
