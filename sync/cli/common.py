"""What all commands share: the settings, the log, exit codes, and how errors end."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import IntEnum
from pathlib import Path
from typing import Any, TypeVar

import click
import structlog

from adapters.scrub import Scrubber
from config.load import load
from config.problems import ConfigError
from config.schema import Config
from config.secrets import SecretError, references
from sync.app.build import Surroundings
from sync.app.runs import Refused, Shop, Unknown
from sync.app.saved import Expired, NoPlan
from sync.cli.log import set_up_log
from sync.state import StateError

Command = TypeVar("Command", bound=Callable[..., Any])


class Exit(IntEnum):
    """How a command ends."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CHANGES = 3
    FINDINGS = 4
    GUARDED = 5
    STALE = 6


def common(command: Command) -> Command:
    """The options of every command that reads the settings; errors become exit codes."""
    options = (
        click.option(
            "--config",
            type=click.Path(path_type=Path),
            envvar="ONEBACKLOG_CONFIG",
            default=Path("onebacklog.yaml"),
            show_default=True,
            help="The settings; also from ONEBACKLOG_CONFIG.",
        ),
        log_format,
    )

    @functools.wraps(command)
    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return command(*args, **kwargs)
        except ConfigError as error:
            click.echo(str(error), err=True)  # one line a problem, as compilers do
            raise SystemExit(Exit.USAGE) from None
        except NoPlan as error:
            raise click.UsageError(str(error)) from None
        except (Unknown, SecretError) as error:
            say(str(error))
            raise SystemExit(Exit.USAGE) from None
        except Expired as error:
            say(f"stale: {error}; nothing was written")
            raise SystemExit(Exit.STALE) from None
        except Refused as error:
            for reason in error.reasons:
                say(f"refused: {reason}")
            say("nothing was written; look at the plan, and repeat with --force if it is meant")
            raise SystemExit(Exit.GUARDED) from None
        except StateError as error:
            say(str(error))
            raise SystemExit(Exit.FAILED) from None

    result: Any = run
    for option in reversed(options):
        result = option(result)
    return result  # type: ignore[no-any-return]  # click's decorators keep the function's type


log_format = click.option(
    "--log-format",
    type=click.Choice(["console", "json"]),
    default="console",
    show_default=True,
    help="The story on stderr.",
)


def say(text: str) -> None:
    """One line of the story that people must not miss."""
    structlog.get_logger().warning(text)


def open_settings(path: Path, log_format: str) -> Config:
    """The settings, and with them the log, which keeps their credentials out."""
    config = load(path)
    around = surroundings(path)
    secrets = []
    for _, secret in references(config):
        try:
            secrets.append(around.fetch(secret))
        except SecretError:
            continue  # said where it is needed
    secrets += filter(None, [os.environ.get("PGPASSWORD")])  # of the state, see Config.state
    set_up_log(log_format, Scrubber(secrets))
    return config


def surroundings(path: Path) -> Surroundings:
    return Surroundings(dict(os.environ), path.absolute().parent)


def shops(config: Config, path: Path, names: Sequence[str]) -> list[Shop]:
    """The backlogs named, or all. Ends the command where there is no such one."""
    for name in names:
        if name not in config.backlogs:
            there = ", ".join(config.backlogs)
            raise click.UsageError(f"no backlog {name!r} in {path}; there are: {there}")
    return [
        Shop(name, config.backlogs[name], config.state, surroundings(path), now)
        for name in (names or config.backlogs)
    ]


def now() -> datetime:
    return datetime.now(UTC)


def width() -> int | None:
    """Of the terminal; outside of one, lines are not folded for it."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else 120


def color() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")
