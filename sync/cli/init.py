"""The command init: settings for a start."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from adapters.scrub import Scrubber
from config.values import NAME
from sync.app.init import (
    Answers,
    Exists,
    GitHubAnswers,
    JiraAnswers,
    Unfit,
    looks_secret,
    secrets_of,
)
from sync.app.init import init as write
from sync.app.survey import Found
from sync.cli.common import Exit, common, say, surroundings
from sync.cli.log import set_up_log
from sync.cli.progress import waiting
from sync.plain import plain

NOWHERE = "name at least one tracker: --jira-url with --jira-project, --github-repository, --files"


class Variable(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions only
    """The name of an environment variable."""

    name = "variable"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:
        text = str(value)
        if looks_secret(text):
            self.fail("that is a credential; put it into a variable and name that", param, ctx)
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", text):
            self.fail("expected the name of a variable, such as GITHUB_TOKEN", param, ctx)
        return text


def _credential(option: str, what: str) -> Callable[..., Any]:
    """Where a credential is: in a variable, or in a file. Never the credential."""

    def both(command: Callable[..., Any]) -> Callable[..., Any]:
        variable = click.option(
            f"--{option}-env", type=Variable(), metavar="NAME", help=f"The variable with {what}."
        )
        file = click.option(f"--{option}-file", metavar="PATH", help=f"The file with {what}.")
        return variable(file(command))

    return both


@click.command()
@click.option("--backlog", metavar="NAME", help="What the backlog is called. Default: backlog.")
@click.option("--state", metavar="ADDRESS", help="Default: sqlite:///onebacklog.db.")
@click.option("--jira-url", metavar="URL", help="The site, such as https://acme.atlassian.net.")
@click.option("--jira-project", metavar="KEY", help="The project's key, such as SHOP.")
@_credential("jira-email", "the account's e-mail address, of Jira Cloud")
@_credential("jira-token", "Jira's token")
@click.option("--github-repository", metavar="OWNER/NAME", help="The repository.")
@click.option("--github-url", metavar="URL", help="An Enterprise Server's address.")
@click.option("--github-project", type=click.IntRange(min=1), metavar="NUMBER", help="Its Project.")
@_credential("github-token", "GitHub's token")
@click.option("--files", metavar="PATH", help="The folder of backlog files.")
@click.option("--force", is_flag=True, help="Write over settings that are there.")
@common
def init(config: Path, log_format: str, force: bool, **given: Any) -> None:
    """Write settings to start from; asks at a terminal for what no option says.

    With the credentials in their variables or files it reads the trackers, and proposes how values
    are called and who is who. No credential is asked for, nor written: only where it is.
    """
    if config.exists() and not force:
        raise click.UsageError(f"{config} is there already; --force writes over it")
    if not config.absolute().parent.is_dir():
        raise click.UsageError(f"there is no folder {config.absolute().parent}; make it first")
    asked = sys.stdin.isatty() and sys.stderr.isatty()
    answers = _answers(_Given(given, asked))
    set_up_log(log_format, Scrubber(secrets_of(answers, surroundings(config))))
    try:
        with waiting("Reading the trackers"):
            found = write(answers, config, surroundings(config), force=force)
    except (Unfit, Exists) as error:
        click.echo(str(error), err=True)
        raise SystemExit(Exit.USAGE) from None
    except OSError as error:
        say(f"{config} cannot be written: {error.strerror}")
        raise SystemExit(Exit.FAILED) from None
    _tell(config, found)


class _Given:
    """What options say, and what a person at a terminal is asked for beside."""

    def __init__(self, said: dict[str, Any], asked: bool) -> None:
        self._said, self._asked = said, asked
        self.bare = not any(said[key] for key in ("jira_url", "github_repository", "files"))
        self.missing: list[str] = []

    def get(self, key: str) -> Any:
        return self._said[key]

    def tracker(self, key: str, prompt: str) -> str | None:
        """What names a tracker; asked only of who named none."""
        said: str | None = self._said[key]
        if said or not (self._asked and self.bare):
            return said
        return click.prompt(f"{prompt} (empty: none)", default="", err=True, show_default=False)

    def needed(self, key: str, prompt: str) -> str:
        said: str | None = self._said[key]
        if said is None and self._asked:
            said = str(click.prompt(prompt, err=True))
        if said is None:
            self.missing.append(f"--{key.replace('_', '-')}")
        return said or ""

    def credential(self, key: str, usual: str, what: str) -> str:
        """env/NAME or file/PATH; without a word the usual variable."""
        if file := self._said[f"{key}_file"]:
            return f"file/{file}"
        name: str | None = self._said[f"{key}_env"]
        if name is None and self._asked:
            prompt = f"The variable with {what} (its name, not what it holds)"
            name = click.prompt(prompt, default=usual, type=Variable(), err=True)
        return f"env/{name or usual}"


def _answers(given: _Given) -> Answers:
    answers = Answers(
        given.get("backlog") or "backlog",
        given.get("state") or "sqlite:///onebacklog.db",
        _jira(given),
        _github(given),
        given.tracker("files", "Folder of backlog files") or None,
    )
    if given.missing:
        raise click.UsageError(f"missing: {', '.join(given.missing)}")
    if not (answers.jira or answers.github or answers.files):
        raise click.UsageError(NOWHERE)
    if not re.fullmatch(NAME, answers.backlog):
        expected = "expected lower-case letters, digits and -, a letter first"
        raise click.UsageError(f"--backlog: {expected}")
    return answers


def _jira(given: _Given) -> JiraAnswers | None:
    url = given.tracker("jira_url", "Jira's address, such as https://acme.atlassian.net")
    if not url:
        return None
    project = given.needed("jira_project", "The project's key, such as SHOP")
    token = given.credential("jira_token", "JIRA_TOKEN", "Jira's token")
    answers = JiraAnswers(url, project, token)
    cloud = re.match(r"https://[^/]+\.atlassian\.net(?:/|$)", url, re.IGNORECASE)
    if cloud or given.get("jira_email_env") or given.get("jira_email_file"):
        email = given.credential("jira_email", "JIRA_EMAIL", "the account's e-mail address")
        return replace(answers, email=email)
    return answers


def _github(given: _Given) -> GitHubAnswers | None:
    repository = given.tracker("github_repository", "GitHub repository, such as acme/shop")
    if not repository:
        return None
    token = given.credential("github_token", "GITHUB_TOKEN", "GitHub's token")
    return GitHubAnswers(repository, token, given.get("github_url"), given.get("github_project"))


def _tell(config: Path, found: Found) -> None:
    for tracker, why in found.unread.items():
        say(plain(f"{tracker} was not read, and no values of it are proposed: {why}"))
    click.echo(f"{config} is written; go on with `onebacklog check --config {config}`")
