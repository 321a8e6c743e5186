"""What has changed since a time, in a few lines: to be read on a phone, or sent on."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import NamedTuple

from rich.console import RenderableType
from rich.text import Text

from sync.model import ItemId, Json, TrackerName
from sync.plain import json_text, plain
from sync.plan import Finding, Plan, finding_to_json
from sync.report.findings import INCOMPLETE, drift_of, drift_words, grades
from sync.report.history import time
from sync.report.layout import heading, rendered
from sync.report.markdown import APART, LINKING, headed, safe
from sync.report.wording import Titles, called, count
from sync.rules.view import quote

KEYS = re.compile(r" \([^()]*\)")
"""What stands behind the names of items in messages."""
SHOWN = 10
"""Lines of one kind that are written out; the others are counted."""
STEERS = re.compile(r"(?<=[@<!])(?=\S)")
"""Where Slack, Teams and Discord find a mention of somebody, or of all."""


@dataclass(frozen=True, slots=True)
class Failing:
    """One write that failed, and waits."""

    tracker: TrackerName
    item: ItemId
    message: str


@dataclass(frozen=True, slots=True)
class Ending:
    """One waiver that soon lets nobody off any more."""

    item: str
    rule: str
    until: date
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What the runs did, as they set out to."""

    runs: int = 0
    failed: int = 0
    """Runs of which something was not done."""
    create: int = 0
    update: int = 0
    move: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """How the backlog differs from what it was at a time."""

    since: str
    """ISO 8601 in UTC."""
    new: tuple[Finding, ...] = ()
    settled: tuple[Finding, ...] = ()
    top_before: tuple[ItemId, ...] | None = None
    """The topmost open items at that time; None: not known."""
    done: Done = Done()


@dataclass(frozen=True, slots=True)
class Digest:
    """One backlog, as it stands and as it has changed."""

    plan: Plan
    titles: Titles
    changes: Changes | None = None
    """None: no run has stored its findings yet."""
    failing: Sequence[Failing] = ()
    ending: Sequence[Ending] = ()
    top: Sequence[ItemId] = ()
    """The topmost open items."""


def marks(findings: Sequence[Finding], titles: Titles) -> dict[str, Finding]:
    """Each finding by what makes it the same one tomorrow: its rule, its item, and what it says
    without numbers (`12 days`), without the item's title, which people may change, and without
    keys, of which there may be shorter ones once another tracker shows the items."""
    seen = Counter[str]()
    found = {}
    for one in findings:
        said = one.message.replace(quote(titles.get(one.item or "", "")), "")
        said = re.sub(r"\d+", "", KEYS.sub("", said))
        text = "\n".join((one.rule, one.item or "", said))
        seen[text] += 1
        digest = hashlib.sha256(f"{text}\n{seen[text]}".encode()).hexdigest()
        found[digest[:32]] = one
    return found


def digest_text(digest: Digest) -> str:
    """For messages: nothing in it mentions anybody or links to anything."""
    lines = [_heading(digest), _summary(digest)]
    for section in _sections(digest):
        lines += ["", section.heading, *(f"- {line}" for line in section.lines)]
    apart = (STEERS.sub(APART, LINKING.sub(APART, line)) for line in lines)
    return "\n".join(apart) + "\n"


def digest_table(digest: Digest, width: int | None = None, color: bool = False) -> str:
    """For a terminal."""
    return rendered(_parts(digest), width, color)


def digest_markdown(digest: Digest) -> str:
    """For a comment or a page; nothing in it is a mention, a reference or markup of others."""
    lines = [f"## {safe(_heading(digest))}", "", safe(_summary(digest))]
    for section in _sections(digest):
        lines += [*headed(3, section.heading), "", *(f"- {safe(line)}" for line in section.lines)]
    return "\n".join(lines) + "\n"


def digest_json(digest: Digest) -> str:
    """All of it, for programs."""
    changes, plan = digest.changes, digest.plan
    graded = Counter(finding.severity for finding in plan.findings)
    data: dict[str, Json] = {
        "version": 1,
        "backlog": plan.backlog,
        "complete": plan.complete,
        "summary": {"error": graded["error"], "warning": graded["warning"], "info": graded["info"]},
        "since": changes.since if changes else None,
        "new": _findings(changes.new if changes else ()),
        "settled": _findings(changes.settled if changes else ()),
        "drift": drift_of(plan),
        "conflicts": [{"item": one.item, "field": one.field} for one in plan.conflicts],
        "release_conflicts": [
            {"release": one.release, "field": one.field} for one in plan.release_conflicts
        ],
        "failing": [asdict(one) for one in digest.failing],
        "waivers": [{**asdict(one), "until": one.until.isoformat()} for one in digest.ending],
        "top": list(digest.top),
        "top_before": list(changes.top_before) if changes and changes.top_before else None,
        "runs": asdict(changes.done) if changes else None,
    }
    return json_text(data)


def top_lines(changes: Changes, top: Sequence[ItemId], titles: Titles) -> list[str]:
    """What came to the top of the order, moved there, or left it."""
    before = changes.top_before
    if before is None or tuple(before) == tuple(top):
        return []
    places: Mapping[ItemId, int] = {item: at for at, item in enumerate(before, 1)}
    lines = []
    for at, item in enumerate(top, 1):
        if item not in places:
            lines.append(f"{at}. {called(item, titles)}, new there")
        elif places[item] != at:
            lines.append(f"{at}. {called(item, titles)}, was {places[item]}.")
    gone = [item for item in before if item not in top]
    return lines + [f"{called(item, titles)}, not there any more" for item in gone]


def done_words(done: Done) -> str:
    """`12 runs, 1 with failures: 3 creates, 5 updates, 0 moves`."""
    failed = f", {done.failed} with failures" if done.failed else ""
    written = [count(getattr(done, name), name) for name in ("create", "update", "move")]
    return f"{count(done.runs, 'run')}{failed}: {', '.join(written)}"


class _Section(NamedTuple):
    heading: str
    lines: list[str]


def _findings(findings: Sequence[Finding]) -> Json:
    return [finding_to_json(one) for one in findings]


def _heading(digest: Digest) -> str:
    since = f" since {time(digest.changes.since)} UTC" if digest.changes else ""
    return f"Backlog {plain(digest.plan.backlog)}{since}"


def _summary(digest: Digest) -> str:
    """`2 errors, 3 warnings; 1 new, 4 settled`."""
    found = grades(digest.plan.findings) or "0 findings"
    changes = digest.changes
    if changes is None:
        return f"{found}. What changed is known once an apply has remembered its findings."
    return f"{found}; {len(changes.new)} new, {len(changes.settled)} settled"


def _sections(digest: Digest) -> Iterator[_Section]:
    plan, titles, changes = digest.plan, digest.titles, digest.changes
    if not plan.complete:
        yield _Section("Not complete", [INCOMPLETE])
    if changes:
        yield from _some("New findings", [_said(one) for one in changes.new])
        yield from _some("Settled findings", [_said(one) for one in changes.settled])
    conflicts = [f"{called(one.item, titles)}: {plain(one.field)}" for one in plan.conflicts]
    conflicts += [
        f"release {plain(one.release)}: {plain(one.field)}" for one in plan.release_conflicts
    ]
    yield from _some("Conflicts that wait for `onebacklog resolve`", conflicts)
    failing = [
        f"{plain(one.tracker)}: {called(one.item, titles)}: {plain(one.message)}"
        for one in digest.failing
    ]
    yield from _some("Failing", failing)
    drift = [f"{plain(name)}: {drift_words(number)}" for name, number in drift_of(plan).items()]
    yield from _some("Drift, to be brought in line by the next apply", drift)
    ending = [
        f"{plain(one.rule)} for {plain(one.item)}: until {one.until}"
        + (f", given by {plain(one.by)}" if one.by else "")
        for one in digest.ending
    ]
    yield from _some("Waivers that end soon", ending)
    if changes:
        yield from _some("Top of the order", top_lines(changes, digest.top, titles))
        yield _Section("Runs", [done_words(changes.done)])


def _some(heading: str, lines: Sequence[str], most: int = SHOWN) -> Iterator[_Section]:
    """A section of the first few; none where there is nothing to say."""
    if lines:
        more = [f"and {len(lines) - most} more"] if len(lines) > most else []
        number = f" ({len(lines)})" if len(lines) > 1 else ""
        yield _Section(f"{heading}{number}", [*lines[:most], *more])


def _said(finding: Finding) -> str:
    return f"{finding.severity}: {plain(finding.message)}"


def _parts(digest: Digest) -> Iterator[RenderableType]:
    yield Text(_heading(digest), "bold")
    yield Text(_summary(digest))
    for section in _sections(digest):
        yield from heading(section.heading)
        yield from (Text(f"  {line}") for line in section.lines)
