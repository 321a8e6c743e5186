"""No credential is left anywhere: not in what is said, stored, saved or logged, nor by a crash."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import time
import traceback
from pathlib import Path
from urllib.parse import quote

import pytest
import requests
import responses
import structlog

from adapters.http import Client, exchange
from adapters.sandbox.server import Fault
from adapters.scrub import Scrubber
from sync.cli.log import set_up_log
from sync.tracker import Unavailable
from tests.acceptance.shop import Result, Shop
from tests.security.canaries import (
    AUTHS,
    EMAIL,
    GITHUB_TOKEN,
    JIRA_TOKEN,
    PARTS,
    STAYING,
    Auth,
    canary_shop,
    commands,
    echo,
    forms,
    leaks,
)

TRACKERS = ("jira", "github")
BOTH = " ".join(map(echo, TRACKERS))
FAILURES = {
    "credentials that are refused, and repeated": 401,
    "rights that are missing": 403,
    "a redirect with a token in its address": 302,
    "a request that is refused, and shown": 400,
    "a limit": 429,
}


def _fail(made: Shop, status: int, path: str = "", method: str | None = None) -> None:
    """From now on both trackers answer so, and repeat what they were sent."""
    for tracker in TRACKERS:
        said = echo(tracker)
        made.served.switches.faults.append(
            Fault(
                "status",
                f"^/{tracker}/.*{path}",
                method,
                times=999,
                status=status,
                body={"message": said, "errorMessages": [said], "errors": {"summary": said}},
                headers={
                    "Location": f"https://login.example/?{quote(said)}",
                    **({"Retry-After": "9999"} if status == 429 else {}),
                },
            )
        )


@pytest.mark.parametrize("auth", AUTHS.values(), ids=AUTHS)
def test_no_command_leaves_a_credential_where_all_goes_well(tmp_path: Path, auth: Auth) -> None:
    with canary_shop(tmp_path, auth) as made:
        results = {" ".join(one): made.run(*one) for one in commands(tmp_path)}
    assert [name for name, one in results.items() if name.startswith("apply") and one.code] == []
    assert (tmp_path / "state.db").stat().st_size > 0
    assert (tmp_path / "saved.json").stat().st_size > 0
    assert (tmp_path / "report.md").stat().st_size > 0
    assert leaks(tmp_path, results) == []


@pytest.mark.parametrize("auth", AUTHS.values(), ids=AUTHS)
@pytest.mark.parametrize("status", FAILURES.values(), ids=FAILURES)
def test_a_tracker_that_fails_each_request_with(tmp_path: Path, auth: Auth, status: int) -> None:
    """… and says what it was sent, brings no credential to light."""
    with canary_shop(tmp_path, auth) as made:
        _fail(made, status)
        results = {" ".join(one): made.run(*one) for one in commands(tmp_path)}
        assert results["apply --yes"].code == 1
    assert leaks(tmp_path, results) == []


@pytest.mark.parametrize("auth", AUTHS.values(), ids=AUTHS)
@pytest.mark.parametrize("status", [403, 409, 422])
def test_writes_that_fail_leave_none_in_the_journal(
    tmp_path: Path, auth: Auth, status: int
) -> None:
    with canary_shop(tmp_path, auth) as made:
        for method, path in (("POST", "/issues?(/bulk)?$"), ("PUT", "$"), ("PATCH", "$")):
            _fail(made, status, path, method)
        results = {" ".join(one): made.run(*one) for one in commands(tmp_path)}
        assert results["apply --yes"].code == 1
        results["history"] = made.run("history", "--run", "1")
        assert "failed" in results["history"].out
    assert leaks(tmp_path, results) == []


@pytest.mark.parametrize("name", STAYING)
def test_what_stays_leaves_none_where_each_request_fails(tmp_path: Path, name: str) -> None:
    story = tmp_path / "story"
    with canary_shop(tmp_path, Auth()) as made, story.open("wb") as file:
        _fail(made, 401)
        settings = ("--config", str(made.settings), "--log-format", "json", "--drain", "5")
        process = subprocess.Popen(
            [sys.executable, "-c", STAY, name, *STAYING[name], *settings],
            env={**os.environ, **made.environment},
            stdout=file,
            stderr=file,
        )
        end = time.monotonic() + 90
        while b"tracker.unread" not in story.read_bytes() and time.monotonic() < end:
            time.sleep(0.1)
        process.terminate()
        process.wait(timeout=60)
    assert b"tracker.unread" in story.read_bytes()
    assert leaks(tmp_path, {}) == []


@pytest.mark.parametrize("tracker", TRACKERS)
def test_what_is_no_json_is_scrubbed_too(tracker: str) -> None:
    wire = responses.RequestsMock()
    with wire:
        wire.post("https://tracker.example/issues", status=502, body=f"<p>{echo(tracker)}</p>")
        session = requests.Session()
        client = Client(
            lambda method, path, *_: exchange(session, method, f"https://tracker.example{path}"),
            name=tracker,
            secrets=[JIRA_TOKEN, EMAIL] if tracker == "jira" else [GITHUB_TOKEN],
        )
        with pytest.raises(Unavailable, match="502") as caught:
            client.call("POST", "/issues")
    said = "".join(traceback.format_exception(caught.value))
    assert [name for name, secret in {**forms(), **PARTS}.items() if secret in said] == []


STAY = "from sync.cli import main; main()"
CRASH = """
import sys
import sync.app.runs as runs
from sync.cli import main

def crash(context):
    header = {"Authorization": "Basic " + basic}
    try:
        raise ValueError(f"cannot send {header}")
    except ValueError as error:
        raise RuntimeError(f"it was sent with {token!r}") from error

runs.decide = crash
*arguments, basic, token = sys.argv[1:]
main(arguments)
"""


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_a_crash_shows_where_it_was_and_no_credential(tmp_path: Path, log_format: str) -> None:
    with canary_shop(tmp_path, Auth()) as made:
        done = subprocess.run(
            [
                *(sys.executable, "-X", "dev", "-W", "ignore", "-c", CRASH),
                *("plan", "--config", str(made.settings), "--log-format", log_format),
                *(forms()["the Basic header"], JIRA_TOKEN),
            ],
            env={**os.environ, **made.environment, "TMPDIR": str(tmp_path), "HOME": str(tmp_path)},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
    result = Result(done.returncode, done.stdout, done.stderr)
    assert result.code == 1
    assert "it was sent with" in result.err
    assert "in crash" in result.err
    if log_format == "json":
        assert [json.loads(line)["event"] for line in result.err.splitlines()] == ["crash"]
    assert leaks(tmp_path, {"plan": result}) == []


@pytest.mark.parametrize("log_format", ["console", "json"])
def test_an_event_is_one_line_without_credentials_wherever_they_are_in_it(
    log_format: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_log(log_format, Scrubber([JIRA_TOKEN, EMAIL, GITHUB_TOKEN]))
    log = structlog.get_logger("test")
    log.warning("told\n2026-01-01 [error] forged", words=BOTH, deep={"a": [{GITHUB_TOKEN: BOTH}]})
    log.warning("bytes", body=BOTH.encode(), error=ValueError(BOTH))
    try:
        raise ValueError(BOTH)
    except ValueError:
        log.exception("chained")
    logging.getLogger("urllib3.connectionpool").warning("Retrying %s\nforged", BOTH)
    err = capsys.readouterr().err
    assert len(err.splitlines()) == 4
    assert [name for name, secret in forms().items() if secret in err] == []
    assert "\x1b" not in err


@pytest.mark.parametrize("most", [200, 2000])
def test_a_credential_that_is_cut_in_two_is_not_left_in_part(most: int) -> None:
    scrub = Scrubber([JIRA_TOKEN])
    for gap in range(20 * most - 100, 20 * most + 200):
        assert "ATATT" not in scrub(" " * gap + JIRA_TOKEN, most)


def test_a_credential_that_no_header_could_carry_is_refused_unseen(tmp_path: Path) -> None:
    with canary_shop(tmp_path, Auth()) as made:
        made.environment["GITHUB_TOKEN"] = "ghp_canaryGithub\u20ac"
        made.environment["JIRA_TOKEN"] = "canary+jira\x1b[2J"
        results = {name: made.run(name) for name in ("check", "plan")}
        assert results["plan"].code == 1
        assert "env/GITHUB_TOKEN: holds a character that no credential has" in results["plan"].err
    assert leaks(tmp_path, results) == []
