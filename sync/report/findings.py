"""The rules' findings and the drift, for people (table, Markdown) and programs (JSON)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from rich.console import RenderableType
from rich.style import Style
from rich.text import Text

from sync.model import Json, TrackerName
from sync.plain import json_text, plain
from sync.plan import (
    ConflictDocument,
    Finding,
    FindingDocument,
    Plan,
    ReleaseConflictDocument,
    finding_to_json,
)
from sync.report.conflicts import (
    Touches,
    conflict_lines,
    conflict_parts,
    release_lines,
    release_parts,
)
from sync.report.history import time
from sync.report.layout import heading, rendered, rows, word
from sync.report.markdown import headed, safe, table
from sync.report.where import NO_KEYS, Keys, address, link, where
from sync.report.why import why
from sync.report.wording import Titles, count

NO_COUNTS: Mapping[str, int] = MappingProxyType({})
INCOMPLETE = (
    "Not every tracker could be read: items with a record there are neither changed nor judged."
)
SILENT = "Rules that nothing matched for 30 days"
Drift: TypeAlias = Mapping[TrackerName, Mapping[str, int]]
"""For each tracker that is behind: the number of its creates, updates and moves."""


@dataclass(frozen=True, slots=True)
class Silent:
    """A rule that has matched nothing for long; times in ISO 8601 in UTC."""

    rule: str
    since: str
    """When it was first judged as it is in the settings."""
    matched: str | None = None
    """When it last matched anything; None: never."""


@dataclass(frozen=True, slots=True)
class Report:
    """One backlog's findings and drift, and what to say beside them."""

    plan: Plan
    titles: Titles = field(default_factory=dict)
    """Of the items in conflict."""
    touches: Touches = field(default_factory=dict)
    keys: Keys = field(default_factory=dict)
    """Where to look at findings."""
    silent: Sequence[Silent] = ()


def findings_table(report: Report, width: int | None = None, color: bool = False) -> str:
    """For a terminal; `width` in columns."""
    return rendered(_parts(report), width, color)


def findings_markdown(report: Report) -> str:
    """For a comment or a page; nothing in it is a mention, a reference or markup of others."""
    plan = report.plan
    lines = [f"## Report on {safe(plan.backlog)}", "", _summary(plan)]
    if not plan.complete:
        lines += ["", INCOMPLETE]
    lines += finding_lines(plan.findings, plan.would_fix, report.keys)
    if report.silent:
        lines += headed(3, SILENT)
        entries = ((safe(one.rule), silence(one)) for one in report.silent)
        lines += table(("rule", "since"), entries)
    lines += conflict_lines(plan, report.titles, report.touches)
    lines += release_lines(plan)
    if drift := drift_of(plan):
        lines += headed(3, "Drift")
        entries = ((safe(tracker), drift_words(number)) for tracker, number in drift.items())
        lines += table(("tracker", "would get"), entries)
    return "\n".join(lines) + "\n"


def findings_json(report: Report) -> str:
    """As FindingsDocument describes it. The same state gives the same bytes."""
    plan = report.plan
    graded = Counter(finding.severity for finding in plan.findings)
    data: dict[str, Json] = {
        "version": 1,
        "backlog": plan.backlog,
        "complete": plan.complete,
        "summary": {"error": graded["error"], "warning": graded["warning"], "info": graded["info"]},
        "findings": [_finding(finding, report.keys) for finding in plan.findings],
        "waived": plan.waived,
        "would_fix": dict(plan.would_fix),
        "silent": [asdict(one) for one in report.silent],
        "drift": drift_of(plan),
        **{part: plan.to_json()[part] for part in ("conflicts", "release_conflicts")},
    }
    return json_text(data)


def _finding(finding: Finding, keys: Keys) -> dict[str, Json]:
    found = {key.tracker: address(key) for key in where(finding, keys)}
    urls: dict[str, Json] = {tracker: url for tracker, url in found.items() if url}
    return {**finding_to_json(finding), "urls": urls}


def drift_of(plan: Plan) -> Drift:
    changes = [(edit.tracker, str(edit.action)) for edit in plan.edits]
    changes += [(move.tracker, "move") for move in plan.moves]
    number = Counter(changes)
    trackers = sorted({tracker for tracker, _ in changes})
    return {
        tracker: {action: number[tracker, action] for action in ("create", "update", "move")}
        for tracker in trackers
    }


def finding_parts(
    findings: Sequence[Finding], would_fix: Mapping[str, int] = NO_COUNTS, keys: Keys = NO_KEYS
) -> Iterator[RenderableType]:
    """The findings rule by rule, each in the order of the plan: the gravest first."""
    for rule, found in _by_rule(findings).items():
        yield from heading(f"{plain(rule)}: {grades(found)}")
        yield Text(f"  {about(rule, would_fix)}", "dim")
        yield from rows((word(one.severity), _said(one, keys)) for one in found)


def about(rule: str, would_fix: Mapping[str, int]) -> str:
    """What the rule is there for, and what it would do if it were let."""
    number = would_fix.get(rule)
    return (
        f"{why(rule)} It would change {count(number, 'item')} with `fix`." if number else why(rule)
    )


def silence(one: Silent) -> str:
    """`2026-01-31, when it was last matched`."""
    if one.matched:
        return f"{time(one.matched)[:10]}, when it last matched"
    return f"{time(one.since)[:10]}, since when it is judged as it is now"


def _said(finding: Finding, keys: Keys) -> Text:
    """The message, and what other trackers call the item than it does; a click opens them."""
    message = plain(finding.message)
    said, apart = Text(message), "  "
    for key in where(finding, keys):
        name = plain(key.key)
        at = message.find(f"({name})") + 1
        if not at:
            said.append(apart, "dim")
            at, apart = len(said), ", "
            said.append(name, "dim")
        said.stylize(Style(link=address(key)), at, at + len(name))
    return said


def finding_lines(
    findings: Sequence[Finding], would_fix: Mapping[str, int] = NO_COUNTS, keys: Keys = NO_KEYS
) -> list[str]:
    """The same in Markdown."""
    lines = []
    for rule, found in _by_rule(findings).items():
        entries = (
            (one.severity, ", ".join(map(link, where(one, keys))), safe(one.message))
            for one in found
        )
        lines += [*headed(3, f"{rule}: {grades(found)}"), "", safe(about(rule, would_fix))]
        lines += table(("severity", "keys", "finding"), entries)
    return lines


def _parts(report: Report) -> Iterator[RenderableType]:
    plan = report.plan
    yield Text(f"Report on {plain(plan.backlog)}", "bold")
    yield from finding_parts(plan.findings, plan.would_fix, report.keys)
    if report.silent:
        yield from heading(SILENT)
        yield from rows((Text(plain(one.rule)), Text(silence(one))) for one in report.silent)
    yield from conflict_parts(plan, report.titles, report.touches)
    yield from release_parts(plan)
    if drift := drift_of(plan):
        yield from heading("Drift: what the next apply would bring in line")
        yield from rows(
            (Text(plain(tracker)), Text(drift_words(number))) for tracker, number in drift.items()
        )
    yield Text("")
    if not plan.complete:
        yield Text(INCOMPLETE, "yellow")
    yield Text(_summary(plan), "bold")


def _summary(plan: Plan) -> str:
    """`2 errors, 1 waived; 5 changes to apply, 1 conflict to resolve`."""
    findings = grades(plan.findings) if plan.findings else "0 findings"
    changes = f"{count(len(plan.edits) + len(plan.moves), 'change')} to apply"
    number = plan.summary["conflict"]
    conflicts = f", {count(number, 'conflict')} to resolve" if number else ""
    waived = f", {plan.waived} waived" if plan.waived else ""
    return f"{findings}{waived}; {changes}{conflicts}"


def _by_rule(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    groups: dict[str, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.rule, []).append(finding)
    return groups


def grades(findings: Sequence[Finding]) -> str:
    number = Counter(finding.severity for finding in findings)
    parts = [count(number[grade], grade) for grade in ("error", "warning") if number[grade]]
    if number["info"]:
        parts.append(f"{number['info']} for information")
    return ", ".join(parts)


def drift_words(number: Mapping[str, int]) -> str:
    return ", ".join(count(times, action) for action, times in number.items() if times)


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GradesDocument(_Document):
    error: int
    warning: int
    info: int


class DriftDocument(_Document):
    """What one tracker would get by an apply."""

    create: int
    update: int
    move: int


class LinkedFindingDocument(FindingDocument):
    urls: Annotated[
        dict[TrackerName, str], Field(description="where people read the item, by tracker")
    ]


class SilentDocument(_Document):
    """A rule that matched nothing for 30 days."""

    rule: str
    since: Annotated[str, Field(description="when it was first judged as it is now, in UTC")]
    matched: Annotated[str | None, Field(description="when it last matched; null: never")]


class FindingsDocument(_Document):
    """A report as `report --format json` writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="report")
    version: Literal[1]
    backlog: str
    complete: bool
    summary: GradesDocument
    findings: tuple[LinkedFindingDocument, ...]
    waived: Annotated[int, Field(description="findings that waivers left out")] = 0
    would_fix: Annotated[
        dict[str, int],
        Field(description="items that each rule which only reports would change with `fix`"),
    ] = {}
    silent: tuple[SilentDocument, ...] = ()
    drift: dict[TrackerName, DriftDocument]
    conflicts: tuple[ConflictDocument, ...] = ()
    release_conflicts: tuple[ReleaseConflictDocument, ...] = ()
