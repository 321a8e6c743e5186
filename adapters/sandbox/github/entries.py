"""What entries of the seed have in common."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, BeforeValidator, ConfigDict


def named(key: str) -> BeforeValidator:
    """A bare text stands for an entry of that name."""

    def entry(data: Any) -> Any:
        return {key: data} if isinstance(data, str) else data

    return BeforeValidator(entry)


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
