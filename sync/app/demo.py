"""The stand-in trackers as people start them: filled, served, and with settings to try."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from adapters.sandbox.github import GitHubStandIn
from adapters.sandbox.jira import JiraStandIn
from adapters.sandbox.server import Served, Switches, serve

TOKEN, EMAIL = "demo-token", "demo@example.com"
_OWN = files("adapters.sandbox") / "demo"


class SeedError(Exception):
    """A seed that cannot be read; says where and why."""


def read_seed(path: Path | None) -> dict[str, Any]:
    """`{github: …, jira: …}` from a YAML or JSON file; None: the built-in shop."""
    text = (_OWN / "seed.yaml").read_text("utf-8") if path is None else _read(path)
    try:
        seed = YAML(typ="safe", pure=True).load(text)
    except YAMLError as error:
        raise SeedError(f"{path}: {error}") from None
    if not isinstance(seed, dict) or not seed.keys() <= {"github", "jira"}:
        raise SeedError(f"{path}: expected the keys github and jira")
    return seed


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SeedError(f"{path}: {error}") from None


@contextmanager
def stand_ins(
    seed: Mapping[str, Any],
    flavour: Literal["cloud", "datacenter"] = "cloud",
    switches: Switches | None = None,
    port: int = 0,
) -> Iterator[Served]:
    """GitHub below `/github`, Jira below `/jira`, until the block ends. Raises SeedError."""
    switches = switches or Switches()
    github, jira = GitHubStandIn(switches), JiraStandIn(switches, flavour)
    try:
        github.load(seed.get("github") or {})
        jira.load(_of_flavour(seed.get("jira") or {}, flavour))
    except ValueError as error:
        raise SeedError(str(error)) from None
    with serve({"/github": github.app, "/jira": jira.app}, switches, port) as served:
        yield served


def _of_flavour(seed: Mapping[str, Any], flavour: str) -> Mapping[str, Any]:
    """Data Center knows people by name, and signs them in with a token alone."""
    if flavour == "cloud":
        return seed
    users = {
        login.rpartition(":")[2]: {"name" if k == "accountId" else k: v for k, v in user.items()}
        for login, user in (seed.get("users") or {}).items()
    }
    return {**seed, "users": users}


def furnish(folder: Path, url: str) -> Path:
    """Puts the demo's settings, credentials and backlog folder there; returns the settings."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = folder / "onebacklog.yaml"
    text = (_OWN / "onebacklog.yaml").read_text("utf-8").replace("URL/", f"{url}/")
    settings.write_text(text, encoding="utf-8")
    (folder / "token").write_text(TOKEN, encoding="utf-8")
    (folder / "jira-email").write_text(EMAIL, encoding="utf-8")
    with as_file(_OWN / "backlog") as backlog:
        shutil.copytree(backlog, folder / "backlog", dirs_exist_ok=True)
    return settings
