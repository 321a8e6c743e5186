"""Reports for people and programs: pure functions from plans, findings and journals to text."""

from sync.report.explain import (
    Explanation,
    FieldLine,
    RecordLine,
    SideLine,
    explain_json,
    explain_table,
)
from sync.report.findings import (
    FindingsDocument,
    Report,
    Silent,
    findings_json,
    findings_markdown,
    findings_table,
)
from sync.report.history import (
    EditLine,
    FailingLine,
    RunLine,
    failing_table,
    history_json,
    history_table,
)
from sync.report.machine import findings_junit, findings_sarif
from sync.report.page import Page, Past, Row, page_html
from sync.report.plan import plan_markdown, plan_summary, plan_table
from sync.report.undo import Back, Stay, UndoReport, undo_json, undo_table
from sync.report.where import Key
from sync.report.wording import Titles

__all__ = [
    "Back",
    "EditLine",
    "Explanation",
    "FailingLine",
    "FieldLine",
    "FindingsDocument",
    "Key",
    "Page",
    "Past",
    "RecordLine",
    "Report",
    "Row",
    "RunLine",
    "SideLine",
    "Silent",
    "Stay",
    "Titles",
    "UndoReport",
    "explain_json",
    "explain_table",
    "failing_table",
    "findings_json",
    "findings_junit",
    "findings_markdown",
    "findings_sarif",
    "findings_table",
    "history_json",
    "history_table",
    "page_html",
    "plan_markdown",
    "plan_summary",
    "plan_table",
    "undo_json",
    "undo_table",
]
