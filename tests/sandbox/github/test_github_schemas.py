"""That the checks against GitHub's schemas, which all tests here make in passing, do check."""

import json

import pytest
from jsonschema import ValidationError

from tests.sandbox.github import schemas
from tests.sandbox.github.conftest import Site
from tests.shared import shared


def test_an_answer_that_github_would_not_give_is_noticed(github: Site) -> None:
    shared(schemas.NAME)
    answer = github.ada.get("/repos/acme/shop/issues/1")
    for name in ("id", "title", "labels", "updated_at"):
        body = answer.json()
        del body[name]
        answer._content = json.dumps(body).encode()
        with pytest.raises(ValidationError, match=name):
            schemas.validate(answer)


def test_an_event_that_github_would_not_send_is_noticed() -> None:
    shared(schemas.NAME)
    with pytest.raises(ValidationError, match="issue"):
        schemas.validate_event("issues", {"action": "opened"})
