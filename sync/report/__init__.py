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
from sync.report.plan import plan_markdown, plan_summary, plan_table
from sync.report.undo import Back, Stay, UndoReport, undo_json, undo_table
from sync.report.wording import Titles

__all__ = [
    "Back",
    "EditLine",
    "Explanation",
    "FailingLine",
    "FieldLine",
    "FindingsDocument",
    "RecordLine",
    "RunLine",
    "SideLine",
    "Stay",
    "Titles",
    "UndoReport",
    "explain_json",
    "explain_table",
    "failing_table",
    "findings_json",
    "findings_markdown",
    "findings_table",
    "history_json",
    "history_table",
    "plan_markdown",
    "plan_summary",
    "plan_table",
    "undo_json",
    "undo_table",
]
