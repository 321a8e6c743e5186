"""Findings for GitHub Actions: annotations as workflow commands, and what is no command.

How a runner reads commands: docs.github.com, "Workflow commands for GitHub Actions"; of values it
takes back `%25`, `%0D`, `%0A`, and in properties `%3A` and `%2C` (actions/toolkit, command.ts).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from sync.plain import plain
from sync.plan import Finding, Severity
from sync.report.machine import PlaceOf
from sync.report.markdown import APART

MOST = 10
"""Annotations of one level that GitHub shows of a step."""
SUMMARY_BYTES = 1024 * 1024
"""A step's summary that is longer is not shown at all."""
CUT = "\n\nThe rest does not fit in here: see the report itself.\n"
COMMANDS: Mapping[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}
_STARTING = re.compile(r"^(\s*:)(?=:)", re.MULTILINE)
_OLD = re.compile(r"#(?=#\[)")


def annotated(findings: Sequence[Finding], place: PlaceOf) -> Iterator[str]:
    """A line for each, the gravest first, those in files before others; ten of each level."""
    seen = Counter[str]()
    placed = [(one, place(one)) for one in findings]
    for finding, at in sorted(placed, key=lambda one: one[1] is None):
        seen[finding.severity] += 1
        if seen[finding.severity] <= MOST:
            properties = {"title": plain(finding.rule)}
            if at is not None:
                properties |= {"file": at.path, "line": str(at.line)}
            yield annotation(finding.severity, finding.message, properties)


def annotation(
    severity: Severity, message: str, properties: Mapping[str, str] | None = None
) -> str:
    """One command. Nothing of the text can end it, or begin another."""
    told = ",".join(f"{name}={_property(text)}" for name, text in (properties or {}).items())
    return f"::{COMMANDS[severity]}{' ' if told else ''}{told}::{_data(harmless(plain(message)))}"


def harmless(text: str, form: str = "table") -> str:
    """The text without what a runner would take for a command: a line that starts with one, or
    an old one (`##[…]`) anywhere. For people by a space that is not seen, for programs by an
    escape that stands for the same."""
    if form in ("json", "sarif"):
        return text.replace("##[", "##\\u005b")
    if form in ("html", "junit"):
        return text.replace("##[", "##&#91;")
    return _OLD.sub(f"#{APART}", _STARTING.sub(rf"\1{APART}", text))


def fitted(summary: str, room: int) -> str:
    """As many whole lines of it as fit, in bytes of UTF-8, and a word where it was cut."""
    data = summary.encode()
    if len(data) <= room:
        return summary
    kept = data[: max(room - len(CUT.encode()), 0)].rpartition(b"\n")[0].decode()
    return kept + CUT if kept else ""


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    line = "".join(char if char.isprintable() else " " for char in text)
    return _data(line).replace(":", "%3A").replace(",", "%2C")
