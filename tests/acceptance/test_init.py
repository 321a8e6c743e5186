"""Settings for a start: written once, whole, loadable, with what the trackers hold proposed."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.load import load
from config.schema import Backlog
from sync.app.init import Answers, GitHubAnswers, JiraAnswers, render
from sync.app.people import Proposal
from sync.app.survey import Found, Space, Words
from sync.cli import main
from tests.acceptance.shop import Flavour, Result, Shop, shop

STORY = {"type": "Story", "summary": "Pay by card"}
EITHER: list[Flavour] = ["cloud", "datacenter"]


def options(made: Shop) -> list[str]:
    more = ["--jira-email-env", "JIRA_EMAIL"] if made.flavour == "cloud" else []
    return [
        *("--backlog", "shop", "--files", "backlog"),
        *("--jira-url", f"{made.served.url}/jira", "--jira-project", "SHOP", *more),
        *("--github-repository", "acme/shop", "--github-url", f"{made.served.url}/github"),
    ]


def init(made: Shop, *more: str) -> Result:
    made.settings.unlink()
    return made.run("init", *options(made), *more)


def written(made: Shop) -> Backlog:
    return load(made.settings).backlogs["shop"]


def cli(*args: str, folder: Path) -> Result:
    path = folder / "onebacklog.yaml"
    env = {"JIRA_TOKEN": "", "GITHUB_TOKEN": ""}
    result = CliRunner().invoke(main, ["init", *args, "--config", str(path)], env=env)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return Result(result.exit_code, result.stdout, result.stderr)


@pytest.mark.parametrize("flavour", EITHER)
def test_what_init_writes_passes_check_and_can_be_planned_and_applied(
    tmp_path: Path, flavour: Flavour
) -> None:
    issue = {"title": "Speed up", "labels": ["priority:high", "kind:bug"]}
    with shop(tmp_path, flavour=flavour, jira=[STORY], github=[issue]) as made:
        result = init(made)
        assert (result.code, result.err) == (0, "")
        assert made.served.writes() == []
        checked = made.run("check")
        assert (checked.code, "error" in checked.out) == (0, False)
        assert made.run("plan").code == 3
        made.apply()
        made.settled()


def test_statuses_priorities_and_types_are_proposed_by_what_they_mean(tmp_path: Path) -> None:
    with shop(tmp_path) as made:
        init(made)
        fields = written(made).fields
        assert fields["status"].carriers["jira"].values["in_progress"] == "In Progress"
        assert fields["priority"].carriers["jira"].values["highest"] == "Highest"
        assert fields["kind"].carriers["jira"].values["subtask"] == "Sub-task"


def test_labels_of_another_namespace_are_proposed_as_what_they_carry(tmp_path: Path) -> None:
    labels = ["prio:urgent", "prio:low", "area:cart"]
    issue = {"title": "A", "labels": labels}
    with shop(tmp_path, github=[issue]) as made:
        init(made)
        on_github = written(made).fields["priority"].carriers["github"]
        assert on_github.carrier == "label/prio"
        assert on_github.values == {"highest": "urgent", "low": "low"}
        assert "# GitHub has the labels area: cart" in made.settings.read_text("utf-8")
        assert made.run("check").code == 0


def test_names_that_mean_nothing_known_stand_there_to_be_decided(tmp_path: Path) -> None:
    project = {"types": ["Story", "Improvement"]}
    with shop(tmp_path, project=project) as made:
        init(made)
        text = made.settings.read_text("utf-8")
        assert "# Jira also has Improvement; say what it means: VALUE: Improvement" in text
        assert made.run("check").code == 0


def test_names_that_no_settings_can_hold_are_left_out(tmp_path: Path) -> None:
    issue = {"title": "A", "labels": ["prio:urgent", "prio:low"]}
    with shop(tmp_path, github=[issue], project={"types": ["Story", "Bug\nrules: {}"]}) as made:
        assert init(made).code == 0
        assert written(made).fields["kind"].carriers["jira"].values == {"story": "Story"}


def test_releases_and_projects_are_told(tmp_path: Path) -> None:
    repository = {"milestones": ["2.0"]}
    with shop(tmp_path, repository=repository, project={"versions": ["1.9"]}) as made:
        seed = made.github_stand_in.dump()
        seed["projects"] = [
            {"owner": "acme", "number": 3, "title": "Shop plan", "write": ["bot"]},
            {"owner": "acme", "number": 4, "title": "Old", "closed": True},
        ]
        made.github_stand_in.load(seed)
        init(made)
        text = made.settings.read_text("utf-8")
        assert "# Releases on jira: 1.9" in text
        assert "# Releases on github: 2.0" in text
        assert "# project: 3  # Shop plan" in text
        assert "Old" not in text
        result = init(made, "--github-project", "3")
        assert result.code == 0
        assert "project: 3  # this" in made.settings.read_text("utf-8")
        assert made.run("check").code == 0


def test_a_public_repository_is_said_to_be_one(tmp_path: Path) -> None:
    with shop(tmp_path, repository={"private": False}) as made:
        init(made)
        assert "The repository is public" in made.settings.read_text("utf-8")


def test_people_of_one_address_are_one_and_those_of_one_name_are_a_proposal(
    tmp_path: Path,
) -> None:
    with shop(tmp_path) as made:
        jira, github = made.jira_stand_in, made.github_stand_in
        seed = jira.dump()
        for login, person in seed["users"].items():
            if login.startswith("ada@"):
                person |= {"accountId": "5b10a", "emailAddress": "ada@acme.example"}
            if login.startswith("bob@"):
                person |= {"accountId": "5b10b", "displayName": "Bob Hope"}
        jira.load(seed)
        on_github = github.dump()
        on_github["users"]["t-ada"] = {"login": "ada", "email": "Ada@acme.example"}
        on_github["users"]["t-bob"] = {"login": "bob", "name": "Bob Hope"}
        github.load(on_github)
        init(made)
        users = written(made).users
        assert {"jira": "5b10a", "github": "ada"} in users.values()
        assert not any("5b10b" in names.values() for names in users.values())
        assert "# Bob Hope: the same name" in made.settings.read_text("utf-8").replace(
            "  # Bob", "# Bob"
        )


def test_what_cannot_be_read_is_said_and_the_settings_are_written_all_the_same(
    tmp_path: Path,
) -> None:
    with shop(tmp_path) as made:
        made.environment["GITHUB_TOKEN"] = "wrong"
        del made.environment["JIRA_TOKEN"]
        result = init(made)
        assert result.code == 0
        assert "jira was not read" in result.err
        assert "github was not read" in result.err
        assert set(written(made).trackers) == {"jira", "github", "files"}
        assert "wrong" not in made.settings.read_text("utf-8")


def test_credentials_may_be_in_files(tmp_path: Path) -> None:
    more = ["--jira-token-file", "/run/secrets/jira", "--github-token-file", "token"]
    with shop(tmp_path) as made:
        assert init(made, *more).code == 0
        text = made.settings.read_text("utf-8")
        assert "token: file//run/secrets/jira" in text
        assert "token: file/token" in text


# What it is not given, or must not do


def test_settings_that_are_there_are_not_written_over_but_by_force(tmp_path: Path) -> None:
    with shop(tmp_path) as made:
        before = made.settings.read_text("utf-8")
        refused = made.run("init", *options(made))
        assert (refused.code, "--force" in refused.err) == (2, True)
        assert made.settings.read_text("utf-8") == before
        assert made.run("init", *options(made), "--force").code == 0
        assert made.settings.read_text("utf-8") != before


@pytest.mark.parametrize(
    ("args", "said"),
    [
        pytest.param([], "name at least one tracker", id="no tracker"),
        pytest.param(["--jira-url", "https://a.example"], "--jira-project", id="no project"),
        pytest.param(["--files", "b", "--backlog", "My shop"], "lower-case", id="a bad name"),
        pytest.param(
            ["--files", "b", "--state", "mysql://x"], "state: expected", id="a state of no kind"
        ),
        pytest.param(
            ["--github-repository", "shop"], "repository: expected owner/name", id="no owner"
        ),
        pytest.param(
            ["--jira-url", "http://a.example", "--jira-project", "S"], "https", id="unencrypted"
        ),
        pytest.param(
            ["--github-repository", "a/b", "--github-token-env", "NOT A NAME"],
            "expected the name of a variable",
            id="no variable's name",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_named_without_a_terminal(
    tmp_path: Path, args: list[str], said: str
) -> None:
    result = cli(*args, folder=tmp_path)
    assert (result.code, result.out) == (2, "")
    assert said in result.err
    assert list(tmp_path.iterdir()) == []


def test_a_credential_given_for_its_name_is_neither_written_nor_shown(tmp_path: Path) -> None:
    token = "ghp_" + "a1B2" * 9
    result = cli("--github-repository", "a/b", "--github-token-env", token, folder=tmp_path)
    assert result.code == 2
    assert "that is a credential" in result.err
    assert token not in result.out + result.err
    assert list(tmp_path.iterdir()) == []


def test_the_folder_must_be_there_and_writable(tmp_path: Path) -> None:
    result = cli("--files", "b", folder=tmp_path / "absent")
    assert (result.code, "make it first" in result.err) == (2, True)


def test_a_folder_that_takes_no_file_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    result = cli("--files", "b", folder=tmp_path)
    assert result.code == 1
    assert "No space left on device" in result.err


def test_settings_that_come_to_be_there_meanwhile_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "onebacklog.yaml"

    def other(*_: object) -> Found:
        path.write_text("another's", "utf-8")
        return Found()

    monkeypatch.setattr("sync.app.init.look_around", other)
    result = cli("--files", "b", folder=tmp_path)
    assert result.code == 2
    assert path.read_text("utf-8") == "another's"


# Asking


def at_a_terminal(made: Shop, lines: list[str], *args: str) -> tuple[int, str]:
    """The command with a person before it, who types these lines."""
    main_, child = pty.openpty()
    made.settings.unlink(missing_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-c", "from sync.cli import main; main()", "init", *args],
        env={**os.environ, **made.environment, "ONEBACKLOG_CONFIG": str(made.settings)},
        stdin=child,
        stdout=subprocess.PIPE,
        stderr=child,
        text=True,
        cwd=made.folder,
    )
    os.close(child)
    os.write(main_, "".join(f"{line}\n" for line in lines).encode())
    out, _ = process.communicate(timeout=60)
    os.close(main_)
    return process.returncode, out


def test_at_a_terminal_it_asks_for_the_trackers_and_never_for_a_credential(
    tmp_path: Path,
) -> None:
    with shop(tmp_path, flavour="datacenter") as made:
        answers = [
            f"{made.served.url}/jira",
            "SHOP",
            "not a name!",  # is asked again
            "JIRA_TOKEN",
            "",  # no repository
            "backlog",
        ]
        code, out = at_a_terminal(made, answers, "--backlog", "shop")
        assert (code, "is written" in out) == (0, True)
        assert set(written(made).trackers) == {"jira", "files"}
        assert made.run("check").code == 0


def test_at_a_terminal_a_tracker_that_options_name_is_the_only_one_asked_about(
    tmp_path: Path,
) -> None:
    with shop(tmp_path, flavour="datacenter") as made:
        args = ("--backlog", "shop", "--jira-url", f"{made.served.url}/jira")
        code, _ = at_a_terminal(made, ["SHOP", ""], *args)
        assert code == 0
        assert set(written(made).trackers) == {"jira"}


# Whatever things are called

NAMES = st.from_regex(r"\A\S(?:.{0,20}\S)?\Z")
HOSTILE = st.sampled_from(
    [
        'x"    rules: {}',
        "# not a comment",
        "- a",
        "{a: b}",
        "*alias",
        "&anchor",
        "yes",
        "null",
        "1e3",
        "a: b",
        "'",
        '\\"',
        "a\u2028state: x",
        "{{ 7 * 7 }}",
        "{% raw %}",
        "!!python/object:os.system",
        "ends #here",
        "🙂\x7f",
    ]
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(NAMES | HOSTILE, min_size=3, max_size=3, unique=True),
    comment=HOSTILE | st.text(),
)
def test_no_name_on_a_tracker_breaks_out_of_its_place(
    tmp_path: Path, names: list[str], comment: str
) -> None:
    one, other, third = names
    answers = Answers(
        "shop",
        "sqlite:///onebacklog.db",
        JiraAnswers("https://a.example", "SHOP", "env/T", "env/E"),
        GitHubAnswers("acme/shop", "env/T"),
        "backlog",
    )
    found = Found(
        words={"status": Words({"todo": one, "done": other}, (third, comment))},
        spaces={"priority": Space("prio", {"high": one})},
        labels={comment: names},
        releases={"jira": [*names, comment]},
        projects={1: comment},
        criteria=(comment,),
        users=(
            Proposal(one, {"jira": other, "github": third}, comment, "the same e-mail address"),
            Proposal(other, {"jira": one, "github": third}, comment, "the same name"),
        ),
        public=True,
        unread={"jira": comment, "github": one},
    )
    path = tmp_path / "onebacklog.yaml"
    path.write_text(render(answers, found), "utf-8")
    backlog = load(path).backlogs["shop"]
    assert backlog.fields["status"].carriers["jira"].values == {"todo": one, "done": other}
    assert backlog.fields["priority"].carriers["github"].values == {"high": one}
    assert backlog.users == {one: {"jira": other, "github": third}}
    assert set(backlog.trackers) == {"jira", "github", "files"}


def test_a_line_break_in_a_comment_begins_no_setting() -> None:
    answers = Answers("shop", "sqlite:///a.db", files="backlog")
    found = Found(labels={"a": ["b\n    rules: {}", "c\u2028state: x", "d\rstate: y"]})
    assert render(answers, found).count("\n") == render(answers, Found(labels={"a": ["b"]})).count(
        "\n"
    )


def test_an_answer_of_any_text_breaks_out_of_nothing(tmp_path: Path) -> None:
    hostile = 'backlog"}\n    rules: {hygiene: "off"}\n#'
    result = cli("--files", hostile, folder=tmp_path)
    assert result.code == 0
    backlog = load(tmp_path / "onebacklog.yaml").backlogs["backlog"]
    assert backlog.trackers["files"].path == str(tmp_path / hostile)  # type: ignore[union-attr]
    assert backlog.rules.hygiene.mode == "report"
