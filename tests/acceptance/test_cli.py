"""The command line from outside: what starts, what is said, and how it ends."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path

import jsonschema
import pytest
import requests
from click.testing import CliRunner

from sync.cli import main
from tests.acceptance.shop import shop

ONEBACKLOG = [sys.executable, "-c", "from sync.cli import main; main()"]
STORY = {"type": "Story", "summary": "Pay by card"}


def _run(*args: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, args)
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.exit_code, result.output


def test_the_demo_ends_with_an_empty_second_plan(tmp_path: Path) -> None:
    code, out = _run("demo")
    assert code == 0
    assert out.index("$ onebacklog plan") < out.index("$ onebacklog apply --yes")
    assert re.search(r"The second plan: 0 changes\n$", out)


def _start(args: Sequence[str], folder: Path) -> tuple[subprocess.Popen[str], str]:
    """The process, and the first address that it names."""
    process = subprocess.Popen(
        [*ONEBACKLOG, *args], cwd=folder, stdout=subprocess.PIPE, text=True, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    for line in process.stdout:
        if found := re.search(r"GitHub: (http://\S+)/github", line):
            return process, found[1]
    raise AssertionError("it named no address")


def _stop(process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 0
    process.communicate()


def test_the_demo_can_be_kept_and_tried_by_hand(tmp_path: Path) -> None:
    process, url = _start(["demo", "--keep", "--folder", "here"], tmp_path)
    try:
        settings = tmp_path / "here" / "onebacklog.yaml"
        assert url in settings.read_text()
        assert _run("plan", "--config", str(settings))[0] == 0
        assert "Pay by card" in _run("explain", "SHOP-2", "--config", str(settings))[1]
    finally:
        _stop(process)


@pytest.mark.parametrize("flavour", ["cloud", "datacenter"])
def test_the_sandbox_serves_both_trackers_with_faults(tmp_path: Path, flavour: str) -> None:
    seed = tmp_path / "seed.json"
    data = {"github": {"users": {"t": "ada"}, "repositories": {"a/b": {"push": ["ada"]}}}}
    seed.write_text(json.dumps(data))
    faults = "status,path=/repos/a/b$,method=GET,times=1,status=502"
    options = ["--jira", flavour, "--seed", str(seed), "--latency", "1", "--faults", faults]
    options += ["--clock", "github=-3600", "--clock", "jira=90"]
    process, url = _start(["sandbox", *options], tmp_path)
    try:
        headers = {"Authorization": "Bearer t"}
        answers = [
            requests.get(f"{url}/github/repos/a/b", headers=headers, timeout=9) for _ in "12"
        ]
        assert [answer.status_code for answer in answers] == [502, 200]
        info = requests.get(f"{url}/jira/rest/api/2/serverInfo", timeout=9, headers=headers)
        assert info.status_code in (200, 401)
        github, jira = (parsedate_to_datetime(one.headers["Date"]) for one in (answers[1], info))
        assert (jira - github).total_seconds() == pytest.approx(3690, abs=9)
    finally:
        _stop(process)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["--faults", "explode"], "no such kind 'explode'"),
        (["--faults", "status,times=often"], "times takes a number"),
        (["--faults", "status,colour=red"], "cannot read 'colour=red'"),
        (["--clock", "jira=fast"], "a number of seconds"),
        (["--seed", "absent.yaml"], "absent.yaml"),
        (["--seed", "list.yaml"], "expected the keys github and jira"),
        (["--seed", "broken.yaml"], "broken.yaml"),
        (["--seed", "wrong.yaml"], "repositories"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_sandbox_that_cannot_be_had(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, args: list[str], says: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("list.yaml").write_text("[1]\n")
    Path("broken.yaml").write_text("github: [\n")
    Path("wrong.yaml").write_text("github: {repositories: 7}\n")
    code, out = _run("sandbox", *args)
    assert (code, says in out) == (2, True), out


@pytest.mark.parametrize("what", ["config", "item", "plan"])
def test_the_schemas_are_schemas(what: str) -> None:
    code, out = _run("schema", what)
    assert code == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(out))


def test_a_plan_is_as_its_schema_says(tmp_path: Path) -> None:
    schema = json.loads(_run("schema", "plan")[1])
    with shop(tmp_path, jira=[STORY]) as made:
        jsonschema.validate(made.plan(), schema)


def test_every_format_of_plan_and_report_is_written(tmp_path: Path) -> None:
    with shop(tmp_path, jira=[STORY]) as made:
        assert "Plan for shop" in made.run("plan").out
        assert made.run("plan", "--format", "markdown").out.startswith("## Plan for shop")
        assert made.run("report", "--format", "markdown").out.startswith("## ")
        assert made.run("report", "--format", "json").json["backlog"] == "shop"
        report = tmp_path / "report.txt"
        assert made.run("report", "--output", str(report)).out == ""
        assert "shop" in report.read_text()
        assert made.run("report", "--output", str(tmp_path)).code == 2


def test_a_report_fails_on_what_it_is_told_to(tmp_path: Path) -> None:
    with shop(tmp_path, jira=[STORY]) as made:
        text = made.settings.read_text()
        rule = "acceptance-criteria: {mode: report, severity: warning}"
        made.settings.write_text(text.replace('acceptance-criteria: "off"', rule))
        codes = [made.run("report", "--fail-on", on).code for on in ("error", "warning", "never")]
        assert codes == [0, 4, 0]


def test_several_backlogs_are_one_document(tmp_path: Path) -> None:
    with shop(tmp_path, jira=[STORY]) as made:
        text = made.settings.read_text()
        second = "  other:\n    trackers: {files: {type: files, path: elsewhere}}\n"
        made.settings.write_text(text + second)
        plans = made.run("plan", "--format", "json").json
        assert [plan["backlog"] for plan in plans] == ["shop", "other"]
        assert made.run("plan", "other").code == 0
        assert made.run("plan", "--out", str(tmp_path / "p")).code == 2
        assert made.run("plan", "none").code == 2
        assert made.run("explain", "SHOP-1").code == 2
        assert made.run("explain", "SHOP-1", "shop").code == 0
        assert made.run("apply", "--yes", "--format", "json").code == 0
        made.run("plan", "shop", "--out", str(tmp_path / "p"))
        assert made.run("apply", "other", "--plan", str(tmp_path / "p")).code == 2


def test_an_apply_tells_programs_what_it_did(tmp_path: Path) -> None:
    with shop(tmp_path, jira=[STORY]) as made:
        result = made.run("apply", "--yes", "--format", "json").json
        assert (result["created"], result["failed"], result["conflicts"]) == (2, [], 0)
        assert made.run("history", "--run", "99").code == 2
        assert "1 run" in made.run("history").out


def test_the_log_for_programs_is_json_without_credentials(tmp_path: Path) -> None:
    with shop(tmp_path, jira=[STORY]) as made:
        made.environment["GITHUB_TOKEN"] = "t-wrong-and-secret"
        result = made.run("plan", "--log-format", "json")
        lines = [json.loads(line) for line in result.err.splitlines()]
        assert [line["event"] for line in lines] == ["tracker.unread"]
        assert "t-wrong-and-secret" not in result.err + result.out


def test_a_state_that_is_no_database_is_named(tmp_path: Path) -> None:
    with shop(tmp_path, jira=[STORY]) as made:
        (tmp_path / "state.db").write_text("no database at all, but long enough to be one" * 30)
        result = made.run("plan")
        assert (result.code, "state.db" in result.err) == (1, True)


def _on_a_terminal(args: Sequence[str], answer: bytes, environment: dict[str, str]) -> str:
    """What a person sees who runs it and types the answer."""
    child, screen = pty.fork()
    if child == 0:
        os.environ.update(environment, COVERAGE_PROCESS_START="", TERM="xterm", COLUMNS="100")
        os.execv(ONEBACKLOG[0], [*ONEBACKLOG, *args])  # noqa: S606 - this very interpreter
    seen = b""
    try:
        while chunk := os.read(screen, 65_536):
            seen += chunk
            if answer and b"Apply this?" in seen:
                os.write(screen, answer)
                answer = b""
    except OSError:  # the terminal is gone: the process has ended
        pass
    _, status = os.waitpid(child, 0)
    return f"{os.waitstatus_to_exitcode(status)}\n{seen.decode(errors='replace')}"


@pytest.mark.parametrize(("answer", "there"), [(b"n\n", 0), (b"y\n", 1)], ids=["no", "yes"])
def test_apply_asks_on_a_terminal(tmp_path: Path, answer: bytes, there: int) -> None:
    with shop(tmp_path, jira=[STORY]) as made:
        args = ["apply", "--config", str(made.settings)]
        seen = _on_a_terminal(args, answer, made.environment)
        assert "Plan for shop" in seen
        assert "Apply this?" in seen
        assert len(made.github.call("GET", "/issues")) == there
        assert seen.startswith("0\n" if there else "1\n")


def test_a_bar_shows_on_a_terminal_when_it_takes_long(tmp_path: Path) -> None:
    issues = [{"type": "Story", "summary": f"Story {number}"} for number in range(40)]
    with shop(tmp_path, jira=issues) as made:
        made.served.switches.latency = 0.04
        args = ["apply", "--yes", "--config", str(made.settings)]
        seen = _on_a_terminal(args, b"", made.environment)
        assert "Writing github" in seen
        made.served.switches.latency = 0
        assert "Writing" not in made.run("apply", "--yes").err
