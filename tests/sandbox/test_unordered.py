"""Lists whose order means nothing come in another one; all else is as it was."""

import json
from random import Random

import pytest

from adapters.sandbox.unordered import shuffled

MANY = list(range(20))


@pytest.mark.parametrize(
    ("said", "path", "moves"),
    [
        ({"fields": {"labels": MANY}}, "/issue/7", True),
        (MANY, "/repos/a/b/labels", True),
        ({"issues": MANY}, "/rest/api/3/issue/bulk", True),
        ({"issues": MANY}, "/rest/api/3/search/jql", False),
        (MANY, "/repos/a/b/issues", False),
        ({"labels": "none"}, "/issue/7", False),
    ],
    ids=[
        "what an issue has several of",
        "a list that has no order",
        "what a bulk made",
        "a search keeps the order that it was asked for",
        "so does a list of issues",
        "what is no list",
    ],
)
def test_only_what_has_no_order_is_said_in_another(said: object, path: str, moves: bool) -> None:
    body = json.dumps(said).encode()
    other = shuffled(body, path, Random(1))
    assert (json.loads(other) != said) is moves
    assert sorted(other) == sorted(body)


def test_what_is_no_json_stays() -> None:
    assert shuffled(b"<html>", "/issue/7/labels", Random(1)) == b"<html>"
