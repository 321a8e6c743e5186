"""In GitHub Actions: findings at their lines, the step's summary, and no command but ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.report.actions import SUMMARY_BYTES
from tests.acceptance.shop import Shop, shop
from tests.sync.test_report_actions import commands

HOSTILE = "::add-mask::x ##[add-mask]y " + "z" * 40 + " ::error::w"
ITEM = f"""---
kind: story
status: todo
labels: [misc]
---
# {HOSTILE}

Text.
"""
RULES = "    rules: {labels: {forbidden: [misc], severity: error}}"


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Shop]:
    with shop(tmp_path, files={"items/a b.md": ITEM}) as one:
        settings = one.settings.read_text(encoding="utf-8")
        off = next(line for line in settings.splitlines() if line.startswith("    rules:"))
        one.settings.write_text(settings.replace(off, RULES), encoding="utf-8")
        one.environment |= {
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(tmp_path),
            "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
        }
        yield one


@pytest.mark.parametrize("command", [("plan",), ("report",), ("report", "--digest")])
def test_findings_are_marked_at_their_lines_and_summed_up(
    made: Shop, command: tuple[str, ...]
) -> None:
    result = made.run(*command)
    marked = [line for line in result.err.splitlines() if line.startswith("::error title=labels")]
    assert marked[0].startswith("::error title=labels,file=backlog/items/a b.md,line=4::")
    assert (made.folder / "summary.md").read_text(encoding="utf-8").startswith("## ")
    assert commands(result.out) == []
    written = commands(result.err)
    assert {one[0] for one in written} <= {"error", "warning", "notice"}
    assert all(one[1].startswith("title=") for one in written)


@pytest.mark.parametrize("form", ["table", "json", "markdown", "html", "junit", "sarif"])
def test_no_format_has_a_command_in_it(made: Shop, form: str) -> None:
    assert commands(made.run("report", "--format", form).out) == []


def test_a_sarif_report_names_the_line_too(made: Shop) -> None:
    results = made.run("report", "--format", "sarif").json["runs"][0]["results"]
    places = [one["locations"] for one in results if one["ruleId"] == "labels"]
    assert places[0][0]["physicalLocation"]["region"] == {"startLine": 4}


def test_what_check_finds_is_marked_too(made: Shop) -> None:
    made.environment["JIRA_TOKEN"] = "wrong"
    result = made.run("check")
    assert "::error title=onebacklog check::shop.jira: " in result.err
    assert commands(result.out) == []


def test_what_goes_wrong_is_told_without_a_command(made: Shop) -> None:
    result = made.run("explain", "##[add-mask]x")
    assert result.code == 2
    assert commands(result.err) == []


def test_a_summary_that_is_full_gets_no_more(made: Shop) -> None:
    path = made.folder / "summary.md"
    path.write_text("x" * (SUMMARY_BYTES - 150), encoding="utf-8")
    made.run("report")
    assert path.stat().st_size <= SUMMARY_BYTES


def test_a_summary_that_cannot_be_written_is_an_error(made: Shop) -> None:
    made.environment["GITHUB_STEP_SUMMARY"] = str(made.folder)
    result = made.run("report")
    assert result.code == 1
    assert "the step's summary" in result.err


@pytest.mark.parametrize("value", ["", "false", "1"])
def test_anywhere_else_nothing_of_it_is_written(made: Shop, value: str) -> None:
    made.environment["GITHUB_ACTIONS"] = value
    result = made.run("report", "--format", "json")
    assert "::error" not in result.err
    assert HOSTILE[:20] in json.dumps(result.json)
    made.run("check")
    assert not (made.folder / "summary.md").exists()


def test_a_file_that_is_gone_by_now_is_marked_at_its_first_line(made: Shop) -> None:
    made.apply()
    item = made.items / "a b.md"
    text = item.read_text(encoding="utf-8")
    item.write_text(text.replace("labels: [misc]\n", "").replace("# ", "", 1), encoding="utf-8")
    item.unlink()
    lines = [line for line in made.run("report").err.splitlines() if "a b.md" in line]
    assert all("line=1::" in line for line in lines if "file=" in line)
