"""Findings and drift, as a table, as Markdown and as JSON."""

import json

import pytest
from rich.text import Text

from sync.plan import Conflict, Edit, Finding, Placement, Plan
from sync.report import FindingsDocument, findings_json, findings_markdown, findings_table

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
  warning  A | b @c.

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
    assert findings_table(PLAN, 80) == TABLE


def test_color_changes_nothing_but_the_color() -> None:
    colored = findings_table(PLAN, 80, color=True)
    assert "\x1b[1;31merror  \x1b[0m" in colored
    bare = Text.from_ansi(colored).plain
    assert [line.rstrip() for line in bare.splitlines()] == TABLE.splitlines()


def test_the_markdown_says_the_same() -> None:
    assert findings_markdown(PLAN) == MARKDOWN


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
    assert findings_table(plan).splitlines()[-1] == last
    assert findings_markdown(plan).splitlines()[2] == last


def test_the_json_is_as_its_schema_says() -> None:
    text = findings_json(PLAN)
    document = FindingsDocument.model_validate_json(text)
    assert document.model_dump(mode="json") == json.loads(text)
    assert FindingsDocument.model_json_schema()["title"] == "report"


def test_the_json_counts_findings_and_drift() -> None:
    data = json.loads(findings_json(PLAN))
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
    }
    assert data["drift"] == {
        "files": {"create": 0, "update": 0, "move": 1},
        "github": {"create": 2, "update": 0, "move": 0},
        "jira": {"create": 0, "update": 1, "move": 0},
    }


def test_the_number_of_waived_findings_is_data_too() -> None:
    assert json.loads(findings_json(Plan("shop", waived=2)))["waived"] == 2
