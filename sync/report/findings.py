"""The rules' findings and the drift, for people (table, Markdown) and programs (JSON)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field
from rich.console import RenderableType
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
    NOBODY,
    Touches,
    conflict_lines,
    conflict_parts,
    release_lines,
    release_parts,
)
from sync.report.layout import heading, rendered, rows, word
from sync.report.markdown import code, headed, safe, table
from sync.report.why import why
from sync.report.wording import Titles, count

NO_TITLES: Titles = MappingProxyType({})
INCOMPLETE = (
    "Not every tracker could be read: items with a record there are neither changed nor judged."
)
Drift: TypeAlias = Mapping[TrackerName, Mapping[str, int]]
"""For each tracker that is behind: the number of its creates, updates and moves."""


def findings_table(
    plan: Plan,
    width: int | None = None,
    color: bool = False,
    titles: Titles = NO_TITLES,
    touches: Touches = NOBODY,
) -> str:
    """For a terminal; `width` in columns, `titles` of the items in conflict."""
    return rendered(_parts(plan, titles, touches), width, color)


def findings_markdown(plan: Plan, titles: Titles = NO_TITLES, touches: Touches = NOBODY) -> str:
    """For a comment or a page; nothing in it is a mention, a reference or markup of others."""
    lines = [f"## Report on {safe(plan.backlog)}", "", _summary(plan)]
    if not plan.complete:
        lines += ["", INCOMPLETE]
    lines += finding_lines(plan.findings)
    lines += conflict_lines(plan, titles, touches)
    lines += release_lines(plan)
    if drift := drift_of(plan):
        lines += headed(3, "Drift")
        entries = ((safe(tracker), drift_words(number)) for tracker, number in drift.items())
        lines += table(("tracker", "would get"), entries)
    return "\n".join(lines) + "\n"


def findings_json(plan: Plan) -> str:
    """As FindingsDocument describes it. The same state gives the same bytes."""
    graded = Counter(finding.severity for finding in plan.findings)
    data: dict[str, Json] = {
        "version": 1,
        "backlog": plan.backlog,
        "complete": plan.complete,
        "summary": {"error": graded["error"], "warning": graded["warning"], "info": graded["info"]},
        "findings": [finding_to_json(finding) for finding in plan.findings],
        "waived": plan.waived,
        "drift": drift_of(plan),
        **{part: plan.to_json()[part] for part in ("conflicts", "release_conflicts")},
    }
    return json_text(data)


def drift_of(plan: Plan) -> Drift:
    changes = [(edit.tracker, str(edit.action)) for edit in plan.edits]
    changes += [(move.tracker, "move") for move in plan.moves]
    number = Counter(changes)
    trackers = sorted({tracker for tracker, _ in changes})
    return {
        tracker: {action: number[tracker, action] for action in ("create", "update", "move")}
        for tracker in trackers
    }


def finding_parts(findings: Sequence[Finding]) -> Iterator[RenderableType]:
    """The findings rule by rule, each in the order of the plan: the gravest first."""
    for rule, found in _by_rule(findings).items():
        yield from heading(f"{plain(rule)}: {grades(found)}")
        yield Text(f"  {why(rule)}", "dim")
        yield from rows((word(one.severity), Text(plain(one.message))) for one in found)


def finding_lines(findings: Sequence[Finding]) -> list[str]:
    """The same in Markdown."""
    lines = []
    for rule, found in _by_rule(findings).items():
        entries = (
            (one.severity, ", ".join(map(code, one.keys.values())), safe(one.message))
            for one in found
        )
        lines += [*headed(3, f"{rule}: {grades(found)}"), "", safe(why(rule))]
        lines += table(("severity", "keys", "finding"), entries)
    return lines


def _parts(plan: Plan, titles: Titles, touches: Touches) -> Iterator[RenderableType]:
    yield Text(f"Report on {plain(plan.backlog)}", "bold")
    yield from finding_parts(plan.findings)
    yield from conflict_parts(plan, titles, touches)
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


class FindingsDocument(_Document):
    """A report as `report --format json` writes it."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="report")
    version: Literal[1]
    backlog: str
    complete: bool
    summary: GradesDocument
    findings: tuple[FindingDocument, ...]
    waived: Annotated[int, Field(description="findings that waivers left out")] = 0
    drift: dict[TrackerName, DriftDocument]
    conflicts: tuple[ConflictDocument, ...] = ()
    release_conflicts: tuple[ReleaseConflictDocument, ...] = ()
