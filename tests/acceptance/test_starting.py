"""What a command does not need is not imported for it: most of it is slow to import."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path

import click
import pytest

from sync.cli import COMMANDS, main
from tests.acceptance.shop import shop

CALL = """
import json, sys
from sync.cli import main
try:
    main()
except SystemExit as end:
    print("\\n" + json.dumps([end.code, sorted(sys.modules)]))
"""
SLOW = {
    *("alembic", "apprise", "celpy", "croniter", "fastapi", "graphql", "psycopg", "starlette"),
    *("uvicorn", "adapters.sandbox", "sync.app.demo", "sync.app.hooks", "sync.web", "sync.work"),
}
"""What few commands need."""
TRACKERS = {
    "jira": {"jira", "adapters.jira"},
    "github": {"github", "adapters.github"},
    "files": {"adapters.files"},
}
"""What each type of tracker needs."""


def imported(*words: str, folder: Path) -> set[str]:
    """The modules that a call of the command has loaded when it has ended."""
    run = subprocess.run(
        [sys.executable, "-c", CALL, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    code, names = json.loads(run.stdout.splitlines()[-1])
    assert code in (0, 3), run.stderr
    return set(names)


def test_the_help_imports_no_command(tmp_path: Path) -> None:
    needless = SLOW | {"sqlalchemy", "pydantic", "rich", "jinja2", "ruamel", "structlog"}
    needless = needless.union(*TRACKERS.values(), (f"sync.cli.{it}" for it, _ in COMMANDS.values()))
    assert not imported("--help", folder=tmp_path) & needless


@pytest.mark.parametrize("state", ["none", "empty"])
def test_a_plan_imports_no_tracker_but_its_own(tmp_path: Path, state: str) -> None:
    (tmp_path / "onebacklog.yaml").write_text(
        "backlogs: {shop: {trackers: {files: {type: files, path: backlog}}}}\n"
    )
    if state == "empty":
        imported("apply", "--yes", folder=tmp_path)
    names = imported("plan", folder=tmp_path)
    assert TRACKERS["files"] <= names
    assert not names & (SLOW | TRACKERS["jira"] | TRACKERS["github"])


def test_a_plan_over_all_trackers_imports_nothing_but_them(tmp_path: Path) -> None:
    with shop(tmp_path, jira=[]) as made:
        run = subprocess.run(
            [sys.executable, "-c", CALL, "plan", "--config", str(made.settings)],
            env=made.environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        )
    code, names = json.loads(run.stdout.splitlines()[-1])
    assert code in (0, 3), run.stderr
    assert set().union(*TRACKERS.values()) <= set(names)
    assert not set(names) & SLOW


@pytest.mark.parametrize("module", sorted({module for module, _ in COMMANDS.values()}))
def test_the_table_has_every_command_of_a_module(module: str) -> None:
    found = importlib.import_module(f"sync.cli.{module}")
    own = {
        name
        for name, one in vars(found).items()
        if isinstance(one, click.Command) and one.callback.__module__ == found.__name__
    }
    named = {name for name, (where, _) in COMMANDS.items() if where == module}
    under = {
        each
        for name in named
        if isinstance(group := main.get_command(click.Context(main), name), click.Group)
        for each in group.commands
    }
    assert named == {name for name in own if vars(found)[name].name not in under}
