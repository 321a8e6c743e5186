"""What the settings say takes effect, seen from outside."""

from pathlib import Path

from sync.state import hold
from tests.acceptance.shop import shop


def test_jira_is_spoken_to_at_its_api_url_and_opened_at_its_url(tmp_path: Path) -> None:
    with shop(tmp_path, jira=[{"type": "Story", "summary": "Pay"}]) as made:
        here = f'url: "{made.served.url}/jira"'
        text = made.settings.read_text()
        elsewhere = f'url: "https://acme.example", api_url: "{made.served.url}/jira"'
        made.settings.write_text(text.replace(here, elsewhere))
        made.apply()
        assert made.github.call("GET", "/issues/1")["title"] == "Pay"
        made.settled()


def test_a_teams_own_priorities_are_the_levels_of_the_rule(tmp_path: Path) -> None:
    issues = [
        {"type": "Story", "summary": "Later", "priority": "Someday"},
        {"type": "Story", "summary": "First", "priority": "Now"},
    ]
    with shop(tmp_path, jira=issues, project={"priorities": ["Now", "Someday"]}) as made:
        made.configure("    fields: {priority: {values: [now, someday]}}")
        text = made.settings.read_text().replace('priority-order: "off"', "priority-order: report")
        made.settings.write_text(text)
        findings = [one for one in made.plan()["findings"] if one["severity"] != "info"]
        assert [one["rule"] for one in findings] == ["priority-order"]
        assert "Later" in findings[0]["message"]


def test_a_public_repository_receives_nothing_that_publish_does_not_name(tmp_path: Path) -> None:
    issues = [{"type": "Story", "summary": "Secret plan", "description": "Internal."}]
    public = {"private": False}
    with shop(tmp_path, jira=issues, repository=public) as made:
        plan = made.plan()
        assert [edit for edit in plan["edits"] if edit["tracker"] == "github"] == []
        [finding] = plan["findings"]
        assert finding["rule"] == "publish"
        assert "publish: all" in finding["message"]
        made.apply()
        assert made.github.call("GET", "/issues?state=all") == []
        made.configure(github=", publish: [title, status]")
        made.apply()
        [issue] = made.github.call("GET", "/issues?state=all")
        assert issue["title"] == "Secret plan"
        sent = b"".join(one.body for one in made.served.log if "/github" in one.path)
        assert b"Internal" not in sent
        assert b"SHOP-1" not in sent


def test_the_guard_refuses_too_much_at_once_with_the_numbers(tmp_path: Path) -> None:
    issues = [{"type": "Story", "summary": f"Story {number}"} for number in range(20)]
    with shop(tmp_path, jira=issues) as made:
        made.apply()
        for number in range(1, 16):
            made.github.call("PATCH", f"/issues/{number}", state="closed")
        made.served.log.clear()
        result = made.run("apply", "--yes")
        assert result.code == 5
        assert "15 of 20 records would be closed" in result.err
        assert made.served.writes() == []
        assert made.run("apply", "--yes", "--force").code == 0
        made.settled()


def test_a_second_writer_is_told_and_exits(tmp_path: Path) -> None:
    with shop(tmp_path, jira=[{"type": "Story", "summary": "Pay"}]) as made:
        made.apply()
        with hold(f"sqlite:///{tmp_path / 'state.db'}", 1):
            result = made.run("apply", "--yes", "--wait", "0.1")
        assert result.code == 1
        assert "another onebacklog is writing" in result.err
        assert made.run("plan").code == 0


def test_only_one_item_is_planned_and_applied_by_its_key(tmp_path: Path) -> None:
    issues = [{"type": "Story", "summary": "One"}, {"type": "Story", "summary": "Two"}]
    with shop(tmp_path, jira=issues) as made:
        plan = made.plan("--item", "SHOP-2")
        assert {edit["fields"]["title"]["to"] for edit in plan["edits"]} == {"Two"}
        made.apply("--item", "SHOP-2")
        assert [one["title"] for one in made.github.call("GET", "/issues")] == ["Two"]
        made.apply()
        assert len(made.github.call("GET", "/issues")) == 2
        made.settled()
        assert made.run("plan", "--item", "SHOP-99").code == 2


def test_history_and_explain_tell_what_a_run_did(tmp_path: Path) -> None:
    with shop(tmp_path, jira=[{"type": "Story", "summary": "Pay", "priority": "High"}]) as made:
        made.apply()
        made.github.edit(made.records("github")["Pay"].id, "priority", "low")
        made.apply()
        entries = made.run("history", "--run", "2", "--format", "json").json["edits"]
        assert [
            (one["tracker"], one["before"], one["after"], one["because"])
            for one in entries
            if one["field"] == "priority" and one["tracker"] == "jira"
        ] == [("jira", "high", "low", "github changed it")]
        explained = made.run("explain", "SHOP-1", "--format", "json").json
        assert {record["tracker"] for record in explained["records"]} == {
            "jira",
            "github",
            "files",
        }
        for key in ("acme/shop#1", "shop#1", "items/pay.md", explained["item"]):
            assert made.run("explain", key).code == 0
