"""Loads a settings file: all of it is right, or all that is wrong is said at once.

`load(Path("onebacklog.yaml"))` gives a Config, or raises a ConfigError that prints one line for
each problem.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from config.checks import check
from config.document import Node, read
from config.explain import JsonSchema, explain
from config.problems import UNKNOWN_KEY, ConfigError, Misfit, Problem, dotted
from config.problems import Path as Place
from config.schema import Config

MAX_BYTES = 1_000_000
_SETTING = r"[a-z_]{1,24}"
_CREDENTIAL = r"(?i:token|email|password|secret|webhook_secret)\W"


def load(path: Path) -> Config:
    """The settings in that file. Raises ConfigError with every problem, by line.

    Relative paths of files and of the state database start from the file's folder.
    """
    text, found = _text(path)
    document: Node | None = None
    if text is not None:
        document, found = read(text)
    if text is not None and document is None and not found:
        found = (Misfit((), "empty", "start from the one in the README"),)
    config: Config | None = None
    if document is not None:
        config, more = _fit(document, path.absolute().parent)
        found = (*found, *more)
    if config is None or found:
        raise ConfigError(_placed(str(path), found, document)) from None
    return config


def _text(path: Path) -> tuple[str | None, tuple[Misfit, ...]]:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return None, (Misfit((), "there is no such file", "start from the one in the README"),)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        said = error.strerror if isinstance(error, OSError) else "not a path"
        return None, (Misfit((), f"cannot be read: {said}", "make it a readable file"),)
    if len(data) > MAX_BYTES:
        return None, (Misfit((), f"over {MAX_BYTES} bytes", "make it smaller"),)
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return None, (Misfit((), "not UTF-8 text", "save it as UTF-8", line),)


def _fit(document: Node, base: Path) -> tuple[Config | None, list[Misfit]]:
    """The settings where each key is right, and all that is wrong in or between keys."""
    data = document.plain()
    if not isinstance(data, dict):
        return None, [Misfit((), "expected a mapping", "begin with state: and backlogs:")]
    found = list(check(data, base))
    try:
        return Config.model_validate(data, context={"base": base}), found
    except ValidationError as error:
        wrong_keys = {misfit.path for misfit in found if misfit.message == UNKNOWN_KEY}
        return None, found + [
            misfit
            for misfit in explain(error, _schema())
            if not any(misfit.path[: len(path)] == path for path in wrong_keys)
        ]


@cache
def _schema() -> JsonSchema:
    return Config.model_json_schema()


def _placed(file: str, found: Iterable[Misfit], document: Node | None) -> tuple[Problem, ...]:
    placed = (_place(file, misfit, document) for misfit in found)
    unique = dict.fromkeys(sorted(placed, key=lambda each: (each.line, each.path, each.message)))
    return tuple(unique)


def _place(file: str, misfit: Misfit, document: Node | None) -> Problem:
    path, line = document.locate(misfit.path) if document else (misfit.path, 1)
    return Problem(
        file, misfit.line or line, dotted(_discreet(path)), misfit.message, misfit.remedy
    )


def _discreet(path: Place) -> Place:
    """Without a credential that stands where a key should, as after a forgotten colon."""
    *above, last = path or ("",)
    in_auth = bool(above) and above[-1] == "auth" and not re.fullmatch(_SETTING, str(last))
    return (*above, "…") if in_auth or re.match(_CREDENTIAL, str(last)) else path
