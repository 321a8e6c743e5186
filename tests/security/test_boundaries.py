"""Who may reach what: the sandbox, what is left on disk, the lint that holds it, and the page."""

from __future__ import annotations

import http.client
import os
import re
import stat
import subprocess
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest
from click.testing import CliRunner

from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.server import Switches, serve
from sync.cli import main
from tests.acceptance.shop import shop
from tests.commands import commands_of

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 401),
        ("localhost", 401),
        ("evil.example", 400),
        ("127.0.0.1.evil.example", 400),
        ("localhost.evil.example:80", 400),
        ("", 400),
    ],
)
def test_the_sandbox_answers_only_who_calls_it_by_a_name_of_loopback(
    host: str, status: int
) -> None:
    with serve({"/github": GitHubStandIn(Switches()).app}) as served:
        at = urlsplit(served.url)
        assert at.hostname == "127.0.0.1"
        connection = http.client.HTTPConnection("127.0.0.1", at.port)
        connection.putrequest("GET", "/github/user", skip_host=True)
        connection.putheader("Host", host)
        connection.endheaders()
        assert connection.getresponse().status == status
        connection.close()


@pytest.mark.parametrize("port", ["0.0.0.0:8080", "192.0.2.1:80", "-1", "65536", "::"])
def test_the_sandbox_takes_a_port_and_no_address(port: str) -> None:
    result = CliRunner().invoke(main, ["sandbox", "--port", port])
    assert result.exit_code == 2
    options = {
        name
        for one in commands_of(main)["sandbox"].params
        if isinstance(one, click.Option)
        for name in one.opts
    }
    assert not options & {"--host", "--bind", "--address"}


def test_the_state_is_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        with shop(tmp_path, github=[{"title": "Log in"}]) as made:
            made.apply()
            left = [path for path in tmp_path.iterdir() if path.name.startswith("state.db")]
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in left}
    finally:
        os.umask(before)
    assert "state.db" in modes
    assert {name for name, mode in modes.items() if mode & 0o077} == set()


def test_every_finding_of_bandit_that_is_passed_over_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    for name in PROJECT["tool"]["bandit"]["skips"]:
        assert re.search(rf'"{name}",\s+# \S', text), name
    ruff = PROJECT["tool"]["ruff"]["lint"]
    assert "S" in ruff["select"]
    assert not {one for one in ruff["ignore"] if one.startswith("S")}
    for where, passed in ruff["per-file-ignores"].items():
        assert where in ("tests/**", "bench/**") or "S101" not in passed
    for top in ("sync", "adapters", "config"):
        for path in (ROOT / top).rglob("*.py"):
            for line in path.read_text("utf-8").splitlines():
                if "nosec" in line:
                    assert re.search(r"# [^#]*\w+[^#]*# nosec B\d+$", line), f"{path.name}: {line}"


def test_the_audit_says_that_it_was_skipped_where_there_is_no_network(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    proxies = dict.fromkeys(("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY"), nowhere)
    tool = tmp_path / "pip-audit"
    tool.write_text("#!/bin/sh\necho 'ConnectionError: no route' >&2\nexit 1\n", "utf-8")
    tool.chmod(0o755)
    done = subprocess.run(
        [str(ROOT / ".ci/audit")],
        env={**os.environ, **proxies, "BIN": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")
    assert "SKIPPED" in done.stderr


def test_the_audit_fails_where_a_vulnerability_is_known(tmp_path: Path) -> None:
    tool = tmp_path / "pip-audit"
    tool.write_text(
        "#!/bin/sh\n"
        'while [ "$1" != "--output" ]; do shift; done\n'
        'echo \'{"vulns": ["CVE-1"]}\' >"$2"\nexit 1\n',
        "utf-8",
    )
    tool.chmod(0o755)
    done = subprocess.run(
        [str(ROOT / ".ci/audit")],
        env={**os.environ, "BIN": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "CVE-1" in done.stderr


# The page on security


def _tests() -> set[str]:
    found = set()
    for path in (ROOT / "tests").rglob("*.py"):
        found |= set(re.findall(r"^\s*def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))
    return found


def test_every_test_that_the_page_names_is_there() -> None:
    named = set(re.findall(r"`(test_\w+)`", PAGE))
    assert len(named) > 40
    assert named - _tests() == set()


def test_every_threat_of_the_page_has_a_test_or_says_that_nothing_is_done() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for line in PAGE.splitlines()
        if line.startswith("| ") and not line.startswith("| threat") and "---" not in line
    ]
    assert len(rows) > 30
    for threat, does, shown in rows:
        assert does
        assert re.search(r"`test_\w+`", shown) or shown in ("not defended", "not there yet"), threat


def test_every_test_of_this_folder_is_on_the_page() -> None:
    own: set[str] = set()
    for path in Path(__file__).parent.glob("test_*.py"):
        own |= set(re.findall(r"^def (test_\w+)", path.read_text("utf-8"), re.MULTILINE))
    assert {name for name in own if f"`{name}`" not in PAGE} == set()
