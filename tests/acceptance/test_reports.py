"""Reports by the command line: what a rule would do, where findings are, which rules are silent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from adapters.sandbox.server import Fault
from sync.state import Store, tables
from tests.acceptance.shop import Shop, shop

ISSUES = [
    {"type": "Story", "summary": "Pay by card", "priority": "High", "labels": ["misc", "defect"]},
    {"type": "Story", "summary": "Wishes", "priority": "Low", "labels": ["misc"]},
]
RULES = """    rules:
      priority-order: off
      acceptance-criteria: off
      hygiene: off
      labels: {forbidden: [misc], aliases: {defect: bug}}
      custom: {small: {expect: '!("huge" in item.labels)', message: "is huge: split it."}}
"""


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Shop]:
    with shop(tmp_path, jira=ISSUES) as one:
        settings = one.settings.read_text(encoding="utf-8")
        off = next(line for line in settings.splitlines() if line.startswith("    rules:"))
        one.settings.write_text(settings.replace(off, RULES), encoding="utf-8")
        yield one


def report(made: Shop, form: str) -> str:
    return made.run("report", "--fail-on", "never", "--format", form).out


def test_each_finding_leads_to_each_tracker_in_each_format(made: Shop) -> None:
    made.apply()
    found = json.loads(report(made, "json"))["findings"]
    first = next(one for one in found if "Wishes" in one["message"])
    assert first["keys"].keys() == {"jira", "github", "files"}
    urls = first["urls"]
    assert urls.keys() == {"jira", "github"}
    markdown = report(made, "markdown")
    for tracker, url in urls.items():
        key = first["keys"][tracker]
        assert f"[`{key}`](<{url}>)" in markdown
        assert f'<a href="{url}"' in report(made, "html")
        assert f"{tracker} {key} {url}" in report(made, "junit")
    results = json.loads(report(made, "sarif"))["runs"][0]["results"]
    assert sorted(urls.values()) in [sorted(one["workItemUris"]) for one in results]
    assert f"[`{key}`](<{url}>)" in made.run("plan", "--format", "markdown").out


def test_a_report_says_what_a_rule_would_change_and_fix_changes_just_that(made: Shop) -> None:
    made.apply()
    assert json.loads(report(made, "json"))["would_fix"] == {"labels": 2}
    assert "It would change 2 items with `fix`." in report(made, "table")
    text = made.settings.read_text(encoding="utf-8")
    made.settings.write_text(text.replace("labels: {", "labels: {mode: fix, "), encoding="utf-8")
    assert json.loads(report(made, "json"))["would_fix"] == {}
    assert len({one["item"] for one in made.plan()["edits"]}) == 2
    made.apply()
    assert json.loads(report(made, "json"))["findings"] == []


def long_ago(made: Shop) -> None:
    """The state as it is 40 days after the last run."""
    store = Store(f"sqlite:///{made.folder / 'state.db'}")
    then = datetime.now(UTC) - timedelta(days=40)
    with store.engine.begin() as connection:
        past = {"since": then.isoformat(timespec="seconds"), "matched": None}
        connection.execute(update(tables.watched).values(**past))
    store.close()


def test_rules_that_nothing_matched_are_listed_with_since_when(made: Shop) -> None:
    assert json.loads(report(made, "json"))["silent"] == []
    assert not (made.folder / "state.db").exists()
    made.apply()
    assert json.loads(report(made, "json"))["silent"] == []
    long_ago(made)
    [silent] = json.loads(report(made, "json"))["silent"]  # labels matches now
    assert (silent["rule"], silent["matched"]) == ("small", None)
    for form in ("table", "markdown", "html"):
        said = report(made, form)
        assert "Rules that nothing matched for 30 days" in said
        assert silent["since"][:10] in said
    made.run("apply", "--yes", "--item", "SHOP-1")
    assert len(json.loads(report(made, "json"))["silent"]) == 1
    made.jira.ask("PUT", "issue/SHOP-2", {"fields": {"labels": ["misc", "huge"]}})
    assert json.loads(report(made, "json"))["silent"] == []


def of_orders(made: Shop) -> list[str]:
    found = json.loads(report(made, "json"))["findings"]
    return [one["message"] for one in found if one["rule"] == "priority-order"]


def test_a_report_says_which_tracker_does_not_keep_the_order_and_why(made: Shop) -> None:
    text = made.settings.read_text(encoding="utf-8")
    made.settings.write_text(
        text.replace("priority-order: off", "priority-order: {checks: [trackers]}"),
        encoding="utf-8",
    )
    made.apply()
    orderless = (
        "github is not kept in the backlog's order: GitHub keeps no order of issues outside of a "
        "Project; name the Project that has it, by its number under `project`."
    )
    assert of_orders(made) == [orderless]
    fault = Fault("status", "/issue/rank", method="PUT", times=99, status=400)
    made.jira_stand_in.switches.faults.append(fault)
    assert made.run("order", "SHOP-2", "--top", "--yes").code == 1
    [said, *_] = of_orders(made)
    assert said.startswith("jira shows 1 of 2 items elsewhere than the backlog has them: ")
    assert "It did not let “Wishes” (SHOP-2) be moved: " in said
    assert said.endswith("Mend that, then run `apply --retry`.")
    made.jira_stand_in.switches.faults.clear()
    made.apply("--retry")
    assert "jira" not in "".join(of_orders(made))


def test_components_are_mended_on_jira_as_labels_are(tmp_path: Path) -> None:
    issues = [{"type": "Bug", "summary": "Pay", "components": ["Basket", "Other", "Web"]}]
    project = {"components": ["Basket", "Checkout", "Other", "Web"]}
    rule = """labels: {mode: fix, components: {vocabulary: [Checkout, Web],
      aliases: {basket: Checkout}, forbidden: [other]}}"""
    with shop(tmp_path, jira=issues, project=project) as one:
        settings = one.settings.read_text(encoding="utf-8")
        one.settings.write_text(settings.replace('labels: "off"', rule), encoding="utf-8")
        [finding, other] = [f for f in one.plan()["findings"] if f["rule"] == "labels"]
        assert "has a component by an old name: rename “Basket” to “Checkout”" in finding["message"]
        assert "has a component that is not to be used: “Other”" in other["message"]
        one.apply()
        one.settled()
        assert one.records("jira")["Pay"].shown["components"] == ["Checkout", "Web"]
