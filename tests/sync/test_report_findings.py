"""Findings and drift, as a table, as Markdown and as JSON."""

import json
from dataclasses import replace

import pytest
from rich.text import Text

from sync.plan import Conflict, Edit, Finding, Placement, Plan
from sync.report import (
    FindingsDocument,
    Key,
    Report,
    Silent,
    findings_json,
    findings_markdown,
    findings_table,
)
from sync.report.where import link

FINDINGS = (
    Finding(
        "priority-order", "error", "“Pay” (SHOP-7) has priority low.", "i1", {"jira": "SHOP-7"}
    ),
    Finding("labels", "warning", "A | b\n@c.", "i2", {"github": "acme/shop#1"}),
    Finding("priority-order", "warning", "jira shows 2 of 9 items elsewhere."),
    Finding("publish", "info", "github is public."),
)
PLAN = Plan(
    "shop",
    False,
    (
        Edit("i1", "jira", "update", "SHOP-7", {}, "x"),
        Edit("i1", "github", "create", None, {}, "x"),
        Edit("i2", "github", "create", None, {}, "x"),
    ),
    moves=(Placement("i1", "files", "pay", None, None, None, None),),
    conflicts=(Conflict("i1", "title", {"jira": "Buy"}, None),),
    findings=FINDINGS,
)

TABLE = """\
Report on shop

priority-order: 1 error, 1 warning
  What stands above is done first, and priorities and blockers agree.
  error    “Pay” (SHOP-7) has priority low.
  warning  jira shows 2 of 9 items elsewhere.

labels: 1 warning
  A label says the same everywhere, so that all can search and count by it.
  warning  A | b @c.  acme/shop#1

publish: 1 for information
  A public tracker shows only what it is meant to show.
  info  github is public.

To be resolved: 1 conflict
  title  item i1
         before  —
         jira    Buy

Drift: what the next apply would bring in line
  files   1 move
  github  2 creates
  jira    1 update

Not every tracker could be read: items with a record there are neither changed
nor judged.
1 error, 2 warnings, 1 for information; 4 changes to apply, 1 conflict to
resolve
"""

MARKDOWN = """\
## Report on shop

1 error, 2 warnings, 1 for information; 4 changes to apply, 1 conflict to resolve

Not every tracker could be read: items with a record there are neither changed nor judged.

### priority-order: 1 error, 1 warning

What stands above is done first, and priorities and blockers agree.

| severity | keys | finding |
| --- | --- | --- |
| error | `SHOP-7` | “Pay” (SHOP-7) has priority low. |
| warning |  | jira shows 2 of 9 items elsewhere. |

### labels: 1 warning

A label says the same everywhere, so that all can search and count by it.

| severity | keys | finding |
| --- | --- | --- |
| warning | `acme/shop#1` | A &#124; b @\u200bc. |

### publish: 1 for information

A public tracker shows only what it is meant to show.

| severity | keys | finding |
| --- | --- | --- |
| info |  | github is public. |

### To be resolved: 1 conflict

| item | field | values |
| --- | --- | --- |
| item i1 | title | before: —<br>jira: Buy |

### Drift

| tracker | would get |
| --- | --- |
| files | 1 move |
| github | 2 creates |
| jira | 1 update |
"""


def test_the_table_goes_rule_by_rule_the_gravest_first() -> None:
    assert findings_table(Report(PLAN), 80) == TABLE


def test_color_changes_nothing_but_the_color() -> None:
    colored = findings_table(Report(PLAN), 80, color=True)
    assert "\x1b[1;31merror  \x1b[0m" in colored
    bare = Text.from_ansi(colored).plain
    assert [line.rstrip() for line in bare.splitlines()] == TABLE.splitlines()


def test_the_markdown_says_the_same() -> None:
    assert findings_markdown(Report(PLAN)) == MARKDOWN


@pytest.mark.parametrize(
    ("plan", "last"),
    [
        pytest.param(Plan("shop"), "0 findings; 0 changes to apply", id="nothing at all"),
        pytest.param(
            Plan("shop", findings=FINDINGS[3:]),
            "1 for information; 0 changes to apply",
            id="no drift",
        ),
        pytest.param(
            Plan("shop", waived=2), "0 findings, 2 waived; 0 changes to apply", id="some are waived"
        ),
        pytest.param(
            Plan("shop", edits=PLAN.edits[:1]), "0 findings; 1 change to apply", id="only drift"
        ),
    ],
)
def test_the_summary(plan: Plan, last: str) -> None:
    assert findings_table(Report(plan)).splitlines()[-1] == last
    assert findings_markdown(Report(plan)).splitlines()[2] == last


def test_the_json_is_as_its_schema_says() -> None:
    text = findings_json(Report(PLAN))
    document = FindingsDocument.model_validate_json(text)
    assert document.model_dump(mode="json") == json.loads(text)
    assert FindingsDocument.model_json_schema()["title"] == "report"


def test_the_json_counts_findings_and_drift() -> None:
    data = json.loads(findings_json(Report(PLAN)))
    assert data["version"] == 1
    assert (data["backlog"], data["complete"]) == ("shop", False)
    assert data["summary"] == {"error": 1, "warning": 2, "info": 1}
    assert data["findings"][0] == {
        "rule": "priority-order",
        "severity": "error",
        "item": "i1",
        "keys": {"jira": "SHOP-7"},
        "message": "“Pay” (SHOP-7) has priority low.",
        "fix": False,
        "urls": {},
    }
    assert data["drift"] == {
        "files": {"create": 0, "update": 0, "move": 1},
        "github": {"create": 2, "update": 0, "move": 0},
        "jira": {"create": 0, "update": 1, "move": 0},
    }


def test_the_number_of_waived_findings_is_data_too() -> None:
    assert json.loads(findings_json(Report(Plan("shop", waived=2))))["waived"] == 2


GITHUB = Key("github", "acme/shop#1", "https://github.com/acme/shop/issues/1")
KEYS = {
    "i1": (GITHUB, Key("jira", "SHOP-7", "https://acme.example/browse/SHOP-7?a=1&b=2")),
    "i2": (GITHUB, Key("files", "items/a.md", "items/a.md")),
}
BOTH = {"github": "acme/shop#1", "jira": "SHOP-7"}
LINKED = Report(Plan("shop", findings=(replace(FINDINGS[0], keys=BOTH),)), keys=KEYS)


def test_a_finding_leads_to_each_tracker() -> None:
    cell = (
        "[`acme/shop#1`](<https://redirect.github.com/acme/shop/issues/1>), "
        "[`SHOP-7`](<https://acme.example/browse/SHOP-7?a=1&amp;b=2>)"
    )
    assert f"| error | {cell} |" in findings_markdown(LINKED)
    [finding] = json.loads(findings_json(LINKED))["findings"]
    assert finding["urls"] == {key.tracker: key.url for key in KEYS["i1"]}
    assert "error  “Pay” (SHOP-7) has priority low.  acme/shop#1\n" in findings_table(LINKED, 80)
    colored = findings_table(LINKED, 80, color=True)
    for key in KEYS["i1"]:
        assert f";{key.url}\x1b\\" in colored  # a terminal's link, OSC 8


def test_a_key_that_is_no_page_of_the_web_is_no_link() -> None:
    keys = {"i2": (Key("github", "acme/shop#1", "javascript:alert(1)"),)}
    report = Report(Plan("shop", findings=FINDINGS[1:2]), keys=keys)
    assert "| warning | `acme/shop#1` |" in findings_markdown(report)
    assert json.loads(findings_json(report))["findings"][0]["urls"] == {}
    assert "javascript" not in findings_table(report, color=True)


@pytest.mark.parametrize(
    ("url", "to"),
    [
        ("https://a.example/x>) [me](y", "https://a.example/x%3E%29%20[me]%28y"),
        ("https://a.example/|`<b>\\", "https://a.example/%7C%60%3Cb%3E%5C"),
        ("https://a.example/\nx\x1b]8;;", "https://a.example/%0Ax%1B]8;;"),
        ("https://a.example/%20ü&copy;", "https://a.example/%20%C3%BC&amp;copy;"),
        ("http://[::1]:8080/1#2", "http://[::1]:8080/1#2"),
        ("https://github.com.evil.example/1", "https://github.com.evil.example/1"),
    ],
    ids=["ends the link", "ends the cell", "a line, an escape", "an entity", "an address", "alike"],
)
def test_nothing_in_an_address_can_end_its_link(url: str, to: str) -> None:
    assert link(Key("jira", "A-1", url)) == f"[`A-1`](<{to}>)"


def test_what_a_rule_would_do_is_said_beside_what_it_is_for() -> None:
    report = Report(Plan("shop", findings=FINDINGS, would_fix={"priority-order": 1, "labels": 3}))
    table, markdown = findings_table(report, 120), findings_markdown(report)
    assert table.count("It would change 1 item with `fix`.") == 1
    assert table.count("It would change 3 items with `fix`.") == 1
    assert markdown.count("It would change 3 items with &#96;fix&#96;.") == 1
    assert json.loads(findings_json(report))["would_fix"] == {"labels": 3, "priority-order": 1}


def test_rules_that_nothing_matched_are_listed_with_since_when() -> None:
    silent = (
        Silent("labels", "2026-01-02T12:00:00+00:00"),
        Silent("_small_", "2026-01-02T12:00:00+00:00", "2026-01-09T12:00:00+00:00"),
    )
    report = Report(Plan("shop"), silent=silent)
    table = findings_table(report, 100)
    assert "Rules that nothing matched for 30 days\n" in table
    assert "  labels   2026-01-02, since when it is judged as it is now\n" in table
    assert "  _small_  2026-01-09, when it last matched\n" in table
    markdown = findings_markdown(report)
    assert "### Rules that nothing matched for 30 days\n" in markdown
    assert "| &#95;small&#95; | 2026-01-09, when it last matched |" in markdown
    text = findings_json(report)
    assert json.loads(text)["silent"][0] == {
        "rule": "labels",
        "since": "2026-01-02T12:00:00+00:00",
        "matched": None,
    }
    FindingsDocument.model_validate_json(text)
