"""The small types that settings are made of: names, lines, lists, addresses."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    Strict,
    ValidationInfo,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_Hashable = TypeVar("_Hashable", bound=Hashable)


class Settings(BaseModel):
    """What every mapping of the settings is: frozen, closed, and never shown with its input."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )


def misfit(message: str, remedy: str = "") -> PydanticCustomError:
    """What a validator raises. Neither text may hold what the person wrote: it may be secret."""
    return PydanticCustomError("misfit", "{message}", {"message": message, "remedy": remedy})


@dataclass(frozen=True, slots=True)
class Matching:
    """A text that matches the pattern as a whole; `expected` says it in words."""

    pattern: str
    expected: str
    remedy: str = ""

    def __get_pydantic_core_schema__(
        self, source: object, build: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, build(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, build: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**build(schema), "pattern": f"^(?:{self.pattern})$"}

    def _check(self, text: str) -> str:
        if re.fullmatch(self.pattern, text):
            return text
        raise misfit(f"expected {self.expected}", self.remedy)


def folder(info: ValidationInfo) -> Path:
    """The folder that relative paths start from: the settings file's, when `load` reads it."""
    return Path((info.context or {}).get("base", ""))


def distinct(values: Sequence[_Hashable]) -> Sequence[_Hashable]:
    if len(set(values)) == len(values):
        return values
    raise misfit("says the same thing twice", "keep one of them")


def _listed(data: object) -> object:
    return [data] if isinstance(data, str) else data


NAME = r"[a-z][a-z0-9-]*"
Name = Annotated[
    str, Matching(NAME, "lower-case letters, digits and -, a letter first", "rename it")
]
"""What a backlog or a tracker is called."""
FIELD = r"[a-z][a-z0-9_]*"
FieldKey = Annotated[
    str, Matching(FIELD, "lower-case letters, digits and _, a letter first", "rename it")
]
"""What a field is called."""
Line = Annotated[
    str, Matching(r"\S(?:.*\S)?", "one line of text, without spaces around it", "trim it")
]
Lines = Annotated[tuple[Line, ...], AfterValidator(distinct)]
SomeLines = Annotated[Lines, Field(min_length=1)]
OneOrMore = Annotated[SomeLines, BeforeValidator(_listed, json_schema_input_type=Line | list[Line])]
"""A list; one text stands for a list of one."""
Count = Annotated[int, Strict(), Field(ge=0)]
Number = Annotated[int, Strict(), Field(ge=1)]
"""What a tracker numbers its boards and projects by."""
Share = Annotated[float, Strict(), Field(ge=0, le=1)]


def normal_url(text: str) -> str:
    """The address without a slash at its end, scheme and host in lower case.

    https only, but for loopback, where nothing leaves the machine. Raises a misfit.
    """
    if re.search(r"[\x00-\x20\x7f\\]", text):
        raise misfit("a space, control character or backslash in an address", "remove it")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise misfit("not an address", "write https://host/path") from None
    if parts.username is not None or parts.password is not None:
        raise misfit("a credential in an address", "remove it, and say it in auth")
    if parts.scheme not in ("http", "https") or not host:
        raise misfit("not an address", "write https://host/path")
    if parts.scheme == "http" and host not in LOOPBACK:
        raise misfit("not encrypted", "use https; http is for 127.0.0.1, localhost and ::1 only")
    if parts.query or parts.fragment:
        raise misfit("a query or fragment in an address", "end it before the ? or #")
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}"


@dataclass(frozen=True, slots=True)
class _Address:
    """An https address, as `normal_url` takes it."""

    def __get_pydantic_core_schema__(
        self, source: object, build: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(normal_url, build(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, build: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {**build(schema), "pattern": "^[hH][tT][tT][pP][sS]?://"}


Url = Annotated[str, _Address()]


def listing(words: Iterable[str]) -> str:
    """`a, b or c`."""
    *most, last = words
    return f"{', '.join(most)} or {last}" if most else last
