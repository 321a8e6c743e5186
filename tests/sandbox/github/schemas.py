"""GitHub's own JSON Schemas, where the optional data has them."""

import re
from functools import cache
from typing import Any

import requests
from jsonschema import Draft202012Validator

from tests.shared import ROOT, shared_json

NAME = "specs/github.jsonschema.json"
ERROR = {"$ref": "#/$defs/basic-error"}  # of what is answered but not documented


def available() -> bool:
    return (ROOT / NAME).exists()


@cache
def _operations() -> list[tuple[str, re.Pattern[str], str]]:
    """Method, pattern of the path, name. What has fewer variable parts comes first."""
    found = [
        (
            operation["method"],
            re.compile(re.sub(r"\{\w+\}", "[^/]+", operation["path"]).replace("/", "/")),
            name,
        )
        for name, operation in shared_json(NAME)["operations"].items()
    ]
    return sorted(found, key=lambda entry: entry[1].pattern.count("[^/]+"))


def operation(response: requests.Response) -> str:
    """The name of what was asked for, such as `issues/get`."""
    path = str(response.request.path_url).partition("?")[0].removeprefix("/github")
    for method, pattern, name in _operations():
        if method == response.request.method and pattern.fullmatch(path):
            return name
    raise AssertionError(f"GitHub documents no {response.request.method} {path}")


@cache
def _validator(name: str, status: int) -> Draft202012Validator:
    schema = shared_json(NAME)
    found = schema["operations"][name]["responses"].get(str(status), ERROR) or {"maxLength": 0}
    return Draft202012Validator({"$defs": schema["$defs"], **found})


def validate(response: requests.Response) -> None:
    """Fails where the answer is not of the form that GitHub documents for it."""
    name = operation(response)
    body = response.json() if response.content else ""
    _validator(name, response.status_code).validate(body)


@cache
def _event_validator(name: str) -> Draft202012Validator:
    schema = shared_json(NAME)
    return Draft202012Validator({"$defs": schema["$defs"], **schema["webhooks"][name]})


def validate_event(event: str, payload: dict[str, Any]) -> None:
    action = payload.get("action")
    name = f"{event}-{action}" if action else event
    _event_validator(name.replace("_", "-")).validate(payload)
