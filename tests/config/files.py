"""Settings files for tests, and what loading them says."""

from __future__ import annotations

from pathlib import Path

from config.load import load
from config.problems import ConfigError
from config.schema import Config

JIRA = 'jira: {type: jira, url: "https://acme.atlassian.net", project: SHOP, auth: {token: env/T}}'
GITHUB = "github: {type: github, repository: acme/shop, auth: {token: env/T}}"
SHOP = f"backlogs:\n  shop:\n    trackers:\n      {JIRA}\n      {GITHUB}\n"
"""Five lines; more keys of the backlog may follow, indented by four."""


def tracker(settings: str) -> str:
    """Settings with one tracker, on line 4."""
    return f"backlogs:\n  shop:\n    trackers:\n      {settings}\n"


def shop(*more: str) -> str:
    """Settings with two trackers, and more lines of the backlog from line 6."""
    return SHOP + "".join(f"    {line}\n" for line in more)


def write(folder: Path, text: str | bytes) -> Path:
    path = folder / "onebacklog.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def loaded(folder: Path, text: str) -> Config:
    return load(write(folder, text))


def problems(folder: Path, text: str | bytes) -> list[str]:
    """What loading says, without the file's name; nothing where it succeeds."""
    path = write(folder, text)
    try:
        load(path)
    except ConfigError as error:
        found, lines = error.problems, str(error).splitlines()
    else:
        return []
    assert len(lines) == len(found) > 0
    assert all(line.startswith(f"{path}:") for line in lines)
    return [line.removeprefix(f"{path}:") for line in lines]
