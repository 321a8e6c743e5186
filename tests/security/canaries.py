"""Shops whose credentials are easy to find again, and finding them in all that a run leaves."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import click

from sync.cli import main
from tests.acceptance.shop import Flavour, Result, Shop, shop
from tests.commands import commands_of

EMAIL = "canary-mail@example.com"
JIRA_TOKEN = "ATATT3canary+jira/t0ken=\"'&<"
GITHUB_TOKEN = "ghp_canaryGithubT0ken0123456789"
ISSUES = (
    {"type": "Story", "summary": "Pay by card", "priority": "High"},
    {"type": "Task", "summary": "Renew the certificate"},
)


@dataclass(frozen=True)
class Auth:
    """How the settings name the credentials, and how they are sent."""

    flavour: Flavour = "cloud"
    in_files: bool = False
    """With the line break that editors leave at the end."""


AUTHS = {
    "an e-mail address and an API token, from the environment": Auth(),
    "a personal access token": Auth("datacenter"),
    "tokens in files with a line break at the end": Auth(in_files=True),
}


def forms() -> dict[str, str]:
    """What must be nowhere: the credentials as they stand, and as they are sent."""
    found: dict[str, str] = {}
    for name, secret in {"jira": JIRA_TOKEN, "github": GITHUB_TOKEN}.items():
        found[name] = secret
        found[f"{name} in an address"] = quote(secret, safe="")
        found[f"{name} in base64"] = base64.b64encode(secret.encode()).decode().rstrip("=")
    basic = base64.b64encode(f"{EMAIL}:{JIRA_TOKEN}".encode()).decode()
    found["the Basic header"] = basic.rstrip("=")
    return found


PARTS = {"a part of the Jira token": "canary+jira", "a part of the GitHub token": "canaryGithub"}


def echo(tracker: str) -> str:
    """What a tracker, or a proxy before it, says of a request that it minds: all it was sent."""
    token = {"jira": JIRA_TOKEN, "github": GITHUB_TOKEN}[tracker]
    basic = forms()["the Basic header"]
    return " ".join(
        [
            f"Authorization: {'Basic ' + basic if tracker == 'jira' else 'token ' + token}",
            f"Bearer {token}",
            f"https://x:{quote(token, safe='')}@tracker.example/?access_token={token}",
            *(secret for form, secret in forms().items() if form.startswith(tracker)),
        ]
    )


@contextmanager
def canary_shop(folder: Path, auth: Auth) -> Iterator[Shop]:
    with shop(folder, flavour=auth.flavour, jira=ISSUES) as made:
        github: dict[str, Any] = {"push": ["bot"], "private": True, "issues": [{"title": "Log in"}]}
        made.github_stand_in.load(
            {
                "users": {GITHUB_TOKEN: "bot"},
                "organizations": {"acme": {}},
                "repositories": {"acme/shop": github},
            }
        )
        cloud = auth.flavour == "cloud"
        made.jira_stand_in.load(
            {
                "users": {
                    f"{EMAIL}:{JIRA_TOKEN}" if cloud else JIRA_TOKEN: {
                        "accountId" if cloud else "name": "bot"
                    }
                },
                "projects": {"SHOP": {"types": ["Epic", "Story", "Task"]}},
                "issues": list(ISSUES),
            }
        )
        credentials = {
            "JIRA_EMAIL": EMAIL,
            "JIRA_TOKEN": JIRA_TOKEN,
            "GITHUB_TOKEN": GITHUB_TOKEN,
        }
        made.environment.clear()
        if auth.in_files:
            text = made.settings.read_text(encoding="utf-8")
            for name, secret in credentials.items():
                text = text.replace(f"env/{name}", f"file/{name}")
                (folder / name).write_text(f"{secret}\n", encoding="utf-8")
            made.settings.write_text(text, encoding="utf-8")
        else:
            made.environment |= credentials
        yield made


STAYING = {"serve": ("--port", "0"), "worker": ()}
"""Commands that do not end by themselves, each with its options."""


def commands(folder: Path) -> Iterator[tuple[str, ...]]:
    """A call of every command that reads the settings and ends by itself, saved plans and reports
    included."""
    usual: Mapping[str, tuple[tuple[str, ...], ...]] = {
        "plan": (("--format", "json"), ("--out", str(folder / "saved.json"))),
        "apply": (("--yes",), ("--yes", "--format", "json", "--log-format", "json")),
        "report": (("--output", str(folder / "report.md"), "--format", "markdown"),),
        "explain": (("SHOP-1",),),
    }
    for name, command in commands_of(main).items():
        if name not in STAYING and any(
            isinstance(one, click.Option) and one.name == "config" for one in command.params
        ):
            for options in usual.get(name, ((),)):
                yield (name, *options)


def leaks(folder: Path, results: Mapping[str, Result]) -> list[str]:
    """Where a credential was left: in what was said, or in any file, the database included."""
    texts = {f"stdout of {name}": one.out.encode() for name, one in results.items()}
    texts |= {f"stderr of {name}": one.err.encode() for name, one in results.items()}
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in ("JIRA_EMAIL", "JIRA_TOKEN", "GITHUB_TOKEN"):
            texts[str(path)] = path.read_bytes()
    return [
        f"{form} in {where}"
        for where, data in texts.items()
        for form, secret in {**forms(), **PARTS}.items()
        if secret.encode() in data
    ]
