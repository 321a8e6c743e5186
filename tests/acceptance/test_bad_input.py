"""Bad input gets a clear error that names the place and the remedy; nothing is lost by it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.sandbox.server import Fault
from tests.acceptance.shop import Shop, shop

JIRA = ({"type": "Story", "summary": "Pay by card", "priority": "High"},)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Shop]:
    with shop(tmp_path, jira=JIRA) as one:
        yield one


def _findings(made: Shop, rule: str) -> list[str]:
    return [one["message"] for one in made.plan()["findings"] if one["rule"] == rule]


SETTINGS = {
    "an unknown key, with its place and the key that was meant": (
        ("project: SHOP", "projekt: SHOP"),
        [":7: backlogs.shop.trackers.jira.projekt: unknown key; did you mean project?"],
    ),
    "a value of the wrong type": (
        ("creates: all,\n         auth: {email", "creates: [],\n         auth: {email"),
        ["backlogs.shop.trackers.jira.creates:", "expected open, all, none or a condition"],
    ),
    "a literal credential, without showing it": (
        ("token: env/GITHUB_TOKEN", "token: ghp_verysecretindeed"),
        ["auth.token: a credential is only ever env/NAME or file/PATH"],
    ),
}


@pytest.mark.parametrize(("change", "says"), SETTINGS.values(), ids=SETTINGS)
def test_settings_with(made: Shop, change: tuple[str, str], says: list[str]) -> None:
    text = made.settings.read_text()
    assert change[0] in text
    made.settings.write_text(text.replace(*change, 1))
    result = made.run("plan")
    assert result.code == 2
    assert result.out == ""
    assert [one for one in says if one not in result.err] == []
    assert "ghp_" not in result.err
    assert made.served.log == []


def test_a_settings_file_that_is_not_there(made: Shop) -> None:
    made.settings.unlink()
    result = made.run("plan")
    assert (result.code, "there is no such file" in result.err) == (2, True)


def test_a_credential_that_is_missing_stops_its_tracker_only(made: Shop) -> None:
    made.environment["GITHUB_TOKEN"] = ""
    result = made.run("plan", "--format", "json")
    assert result.code == 1
    assert result.json["complete"] is False
    assert "env/GITHUB_TOKEN" in result.err
    [line] = [one for one in made.run("check").out.splitlines() if "github" in one]
    assert line.startswith("error")
    assert "env/GITHUB_TOKEN" in line


def test_a_status_that_does_not_exist_is_found_by_check(made: Shop) -> None:
    made.configure(
        "    fields:\n      status:\n"
        "        values: [todo, in_progress, in_review, done, cancelled]\n"
        "        jira: {carrier: status, values: {in_review: Peer Review}}\n"
    )
    result = made.run("check")
    assert result.code == 1
    assert "Peer Review" in result.out


def test_a_status_without_a_counterpart_harms_no_other_field(made: Shop) -> None:
    made.apply()
    path = next(made.items.glob("*.md"))
    text = path.read_text().replace("status: todo", "status: someday")
    path.write_text(text.replace("priority: high", "priority: low"))
    made.run("apply", "--yes")
    [issue] = made.jira_stand_in.dump()["issues"]
    assert issue["priority"] == "Low"
    assert any(
        "someday" in message for message in _findings(made, "refused") + _findings(made, "mapping")
    )


def test_a_broken_file_is_named_by_line_and_the_others_still_flow(made: Shop) -> None:
    made.apply()
    (made.items / "broken.md").write_text("---\nlabels: [unclosed\n---\n# Broken\n")
    (made.items / "good.md").write_text("# Good\n")
    made.run("apply", "--yes")
    titles = {one["summary"] for one in made.jira_stand_in.dump()["issues"]}
    assert titles == {"Pay by card", "Good"}
    [message] = _findings(made, "tracker")
    assert "items/broken.md:" in message
    assert made.run("report").code == 4
    assert (made.items / "broken.md").read_text().startswith("---\nlabels: [unclosed")


DOWN: dict[str, tuple[Fault, str]] = {
    "that is down": (Fault("status", "/github/repos", times=99, status=503), "503"),
    "that answers HTML": (Fault("html", "/github/repos", times=99), "not JSON"),
    "that takes no credential": (
        Fault("status", "/github", times=99, status=401, body={"message": "Bad credentials"}),
        "401",
    ),
    "whose page is cut off": (Fault("truncate", "/issues$", "GET", times=99), ""),
}


@pytest.mark.parametrize(("fault", "says"), DOWN.values(), ids=DOWN)
def test_a_tracker(made: Shop, fault: Fault, says: str) -> None:
    """… is said by name, its items are left alone, and a later run does it all."""
    made.apply()
    made.jira.edit(made.records("jira")["Pay by card"].id, "priority", "low")
    made.served.log.clear()
    made.served.switches.faults.append(fault)
    result = made.run("apply", "--yes")
    assert result.code == 1
    assert "github" in result.err
    assert says in result.err
    assert made.served.writes() == []
    assert "t-bot" not in result.out + result.err
    made.served.switches.faults.clear()
    made.apply()
    labels = {label["name"] for label in made.github.call("GET", "/issues/1/labels")}
    assert "priority:low" in labels
    made.settled()


def test_a_token_without_push_access_takes_nothing_away(tmp_path: Path) -> None:
    issues: tuple[dict[str, Any], ...] = (
        {"title": "Pay by card", "labels": ["ui"], "assignees": ["ada"]},
    )
    with shop(tmp_path, jira=JIRA, github=issues) as made:
        made.environment["GITHUB_TOKEN"] = "t-guest"
        check = made.run("check").out
        assert "push access" in check
        made.run("apply", "--yes")
        made.run("apply", "--yes")
        [issue] = made.jira_stand_in.dump()["issues"]
        assert issue["priority"] == "High"
        [github] = made.github.call("GET", "/issues")
        assert [label["name"] for label in github["labels"]] == ["ui"]
        assert [one["login"] for one in github["assignees"]] == ["ada"]


def test_a_text_that_is_too_long_is_a_finding_and_never_cut(made: Shop) -> None:
    made.apply()
    path = next(made.items.glob("*.md"))
    path.write_text(path.read_text() + "\n" + "long " * 13_107 + "\n")
    result = made.run("apply", "--yes")
    assert result.code == 1
    assert "description" in result.err
    assert made.github.call("GET", "/issues/1")["body"].count("long") == 0
    assert made.jira_stand_in.dump()["issues"][0].get("description") in (None, "")
    made.settled()
    assert len(_findings(made, "refused")) == 2
    assert path.read_text().count("long") == 13_107


def test_a_long_text_on_github_is_not_lost_where_jira_takes_no_more(tmp_path: Path) -> None:
    body = "x" * 65_536
    with shop(tmp_path, github=({"title": "Long", "body": body},)) as made:
        made.run("apply", "--yes")
        assert made.github.call("GET", "/issues/1")["body"] == body
        assert [one["summary"] for one in made.jira_stand_in.dump()["issues"]] == ["Long"]
        assert body in next(made.items.glob("*.md")).read_text()
        made.settled()
