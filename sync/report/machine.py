"""Findings for the programs that show test results: JUnit, and SARIF."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, TypeAlias
from urllib.parse import quote

from junitparser import Failure, JUnitXml, TestCase, TestSuite

from sync.model import Json
from sync.plain import json_text, plain
from sync.plan import Finding, Plan
from sync.report.findings import Report
from sync.report.where import Key, Keys, address, where
from sync.report.why import why


class Place(NamedTuple):
    """Where a file shows what a finding is about."""

    path: str
    """Relative, with /."""
    line: int


PlaceOf: TypeAlias = Callable[[Finding], Place | None]
"""None: no file shows it."""
LEVELS: Mapping[str, str] = {"error": "error", "warning": "warning", "info": "note"}
"""What SARIF calls each severity (SARIF 2.1.0, section 3.27.10)."""
SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def findings_junit(reports: Sequence[Report]) -> str:
    """A suite for each backlog, a case for each finding, and one that passes where there is none.

    What is only told (`info`) passes, with its message as output.
    """
    whole, plans = JUnitXml(), [one.plan for one in reports]
    for report, plan in zip(reports, plans, strict=True):
        suite = TestSuite(plain(plan.backlog))
        cases = [_case(plan, finding, report.keys) for finding in plan.findings]
        passed = TestCase("all rules", f"{plain(plan.backlog)}.rules")
        suite.add_testcases(cases or [passed])  # one by one, it would count all of them each time
        whole.add_testsuite(suite)
    # Not by update_statistics, which also says what was skipped: the schema of Jenkins has no such
    # attribute of the whole.
    whole.tests = sum(max(len(plan.findings), 1) for plan in plans)
    whole.failures = sum(one.severity != "info" for plan in plans for one in plan.findings)
    whole.errors = 0
    text: bytes = whole.tostring()  # type: ignore[no-untyped-call]
    return text.decode() + "\n"


def _case(plan: Plan, finding: Finding, keys: Keys) -> TestCase:
    message = plain(finding.message)
    case = TestCase(message, f"{plain(plan.backlog)}.{plain(finding.rule)}")
    said = "\n".join([message, *_leads(where(finding, keys))])
    if finding.severity == "info":
        case.system_out = said
    else:
        failure = Failure(message, finding.severity)
        failure.text = said
        case.result = [failure]
    return case


def _leads(keys: Iterable[Key]) -> Iterator[str]:
    """`jira SHOP-7 https://acme.example/browse/SHOP-7`, a line each."""
    for key in keys:
        yield " ".join(filter(None, (plain(key.tracker), plain(key.key), address(key))))


def findings_sarif(reports: Sequence[Report], places: Mapping[str, PlaceOf]) -> str:
    """A run for each backlog; `places` by backlog.

    A finding on an item that a file shows is located there, others by their keys alone.
    """
    return json_text(
        {
            "$schema": SCHEMA,
            "version": "2.1.0",
            "runs": [_run(one, places[one.plan.backlog]) for one in reports],
        }
    )


def _run(report: Report, place: PlaceOf) -> Json:
    plan = report.plan
    rules = sorted({finding.rule for finding in plan.findings})
    return {
        "tool": {
            "driver": {
                "name": "onebacklog",
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "automationDetails": {"id": f"{plain(plan.backlog)}/"},
        "results": [
            _result(finding, rules, place(finding), report.keys) for finding in plan.findings
        ],
    }


def _rule(rule: str) -> Json:
    return {
        "id": plain(rule),
        "name": plain(rule),
        "shortDescription": {"text": why(rule)},
    }


def _result(finding: Finding, rules: Sequence[str], place: Place | None, keys: Keys) -> Json:
    names: list[Json] = [
        {"name": plain(key), "fullyQualifiedName": f"{plain(tracker)}/{plain(key)}"}
        for tracker, key in sorted(finding.keys.items())
    ]
    location: dict[str, Json] = {"logicalLocations": names} if names else {}
    if place is not None:
        artifact: Json = {"uri": _address(place.path)}
        region: Json = {"startLine": place.line}
        location["physicalLocation"] = {"artifactLocation": artifact, "region": region}
    urls: list[Json] = [to for key in where(finding, keys) if (to := address(key))]
    return {
        "ruleId": plain(finding.rule),
        "ruleIndex": rules.index(finding.rule),
        "level": LEVELS[finding.severity],
        "message": {"text": plain(finding.message)},
        "locations": [location] if location else [],
        # Of the work items that are associated with a result (SARIF 2.1.0, section 3.27.26).
        **({"workItemUris": urls} if urls else {}),
        "partialFingerprints": {"onebacklog/v1": f"{finding.rule}:{finding.item}"},
    }


def _address(path: str) -> str:
    """A path as a relative URI (RFC 3986)."""
    return quote(path)
