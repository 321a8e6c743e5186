"""The server held against its own OpenAPI document, with whatever may be sent to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from requests.auth import AuthBase
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from starlette.routing import Route

from sync.web.app import document
from tests.adapters.deliveries import CLOUD, GITHUB, OLD, sign
from tests.web.place import Site, served

DOCUMENT = json.loads(document())
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
api = schemathesis.openapi.from_dict(DOCUMENT)
few = settings(
    max_examples=40,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)


class Signed(AuthBase):
    """Signs what was made, so that it is believed and looked at."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        body = request.body or b""
        raw = body.encode() if isinstance(body, str) else body
        request.headers[GITHUB] = request.headers[CLOUD] = sign(raw, OLD)
        return request


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(Path(tmp_path_factory.mktemp("web"))) as one:
        yield one


@few
@api.parametrize()
def test_every_answer_is_one_that_the_document_has(case: schemathesis.Case, site: Site) -> None:
    case.call_and_validate(base_url=site.url, checks=CHECKS)


@few
@api.include(path_regex="^/webhooks/", method="POST").parametrize()
def test_what_is_signed_is_looked_at_and_accepted_or_refused(
    case: schemathesis.Case, site: Site
) -> None:
    if case.method != "POST":  # among the examples are other methods
        return
    case.headers.update({"X-GitHub-Event": "issues", "X-GitHub-Delivery": "d"})
    case.headers["X-Atlassian-Webhook-Identifier"] = "d"
    case.path_parameters |= {"backlog": "shop", "tracker": "jira", "token": OLD}
    answer = case.call_and_validate(base_url=site.url, checks=CHECKS, auth=Signed())
    assert answer.status_code in (202, 400)
    if "token" not in case.path:
        case.path_parameters["tracker"] = "github"
        answer = case.call_and_validate(base_url=site.url, checks=CHECKS, auth=Signed())
        assert answer.status_code in (202, 400)


def test_the_document_has_every_route_and_no_other(site: Site) -> None:
    routes = {
        (route.path, method.lower())
        for route in site.app.routes
        if isinstance(route, Route)
        for method in route.methods or ()
        if method != "HEAD"
    }
    described = {(path, key) for path, of in DOCUMENT["paths"].items() for key in of}
    assert {one for one in described if one[1] != "parameters"} == routes
    assert site.get("/openapi.json").json() == DOCUMENT
