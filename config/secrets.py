"""Where credentials are, and fetching them: the settings hold references, never values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from config.values import misfit

REFERENCE = r"env/[A-Za-z_][A-Za-z0-9_]*|file/.+"
MAX_BYTES = 64 * 1024


class SecretError(Exception):
    """A credential that cannot be had; says where it was sought and what to do. Safe to show."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Where a credential is: `env/NAME`, or `file/PATH`. Never the credential itself."""

    source: Literal["env", "file"]
    name: str
    """The variable's name, or the file's path, which may be relative to the settings' folder."""

    def __str__(self) -> str:
        return f"{self.source}/{self.name}"

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, build: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._check, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: CoreSchema, build: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^(?:{REFERENCE})$"}

    @classmethod
    def _check(cls, data: object) -> Secret:
        if isinstance(data, cls):
            return data
        # What was written may be the credential: it must not be in the message.
        if not isinstance(data, str) or not re.fullmatch(REFERENCE, data) or "\0" in data:
            raise misfit(
                "a credential is only ever env/NAME or file/PATH",
                "keep it in an environment variable or a file, and name that here",
            )
        source, _, name = data.partition("/")
        return cls("env" if source == "env" else "file", name)


def resolve(secret: Secret, environment: Mapping[str, str], base_dir: Path) -> str:
    """The credential itself, without the line break at its end. Raises SecretError.

    `base_dir`: the folder that relative paths start from.
    """
    if secret.source == "env":
        text = environment.get(secret.name)
        if text is None:
            raise SecretError(f"{secret}: the environment variable is not set; set it")
    else:
        text = _read(secret, base_dir / secret.name)
    text = text.rstrip("\r\n")
    if not text:
        raise SecretError(f"{secret}: holds nothing; put the credential there")
    if "\n" in text or "\r" in text:
        raise SecretError(f"{secret}: holds several lines; leave only the credential")
    if not (text.isascii() and text.isprintable()):
        # It would not fit into a header, and what says so might show it.
        raise SecretError(f"{secret}: holds a character that no credential has; write it anew")
    return text


def references(settings: BaseModel, path: str = "") -> Iterator[tuple[str, Secret]]:
    """Each credential that the settings name, with its dotted path below `path`."""
    for name, value in settings:
        yield from _references(value, f"{path}.{name}" if path else name)


def _references(value: object, path: str) -> Iterator[tuple[str, Secret]]:
    if isinstance(value, Secret):
        yield path, value
    elif isinstance(value, BaseModel):
        yield from references(value, path)
    elif isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _references(entry, f"{path}.{key}")
    elif isinstance(value, tuple):
        for at, entry in enumerate(value):
            yield from _references(entry, f"{path}.{at}")


def _read(secret: Secret, path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SecretError(f"{secret}: {error.strerror}; make it a readable file") from None
    if len(data) > MAX_BYTES:
        raise SecretError(f"{secret}: over {MAX_BYTES} bytes; leave only the credential")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Unchained: the codec's error holds the file's bytes.
        raise SecretError(f"{secret}: not UTF-8 text; write it anew") from None
