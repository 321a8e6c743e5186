"""Whatever a file holds, loading gives settings or problems: no other error, no echo of values."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.document import read
from config.load import load
from config.problems import ConfigError
from config.schema import Config
from sync.expression import Expression
from tests.config.test_examples import EXAMPLES

TEXTS = [path.read_text(encoding="utf-8") for path in EXAMPLES]
MARKER = "Zq7-marker"
YAMLISH = st.text(st.sampled_from("ab1~ \n\t:-,?&*!|>'\"%@`{}[]#<\\é\0\x85\u2028"), max_size=60)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda below: (
        st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3)
    ),
    max_leaves=6,
)


def plain(text: str) -> Any:
    document, _ = read(text)
    assert document is not None
    return document.plain()


def places(data: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in the data, the top not among them."""
    entries = data.items() if isinstance(data, dict) else enumerate(data)
    for key, entry in entries:
        yield (*above, key)
        if isinstance(entry, dict | list):
            yield from places(entry, (*above, key))


def put(data: Any, place: tuple[Any, ...], value: Any) -> Any:
    """A copy of the data with another value in that place."""
    if not place:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[place[0]] = put(data[place[0]], place[1:], value)
    return copy


DATA = [plain(text) for text in TEXTS]
PLACES = [(data, place) for data in DATA for place in places(data)]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    # celpy sets the recursion limit, for good, which hypothesis does not like to see in between.
    Expression("true")
    return tmp_path_factory.mktemp("settings") / "onebacklog.yaml"


def outcome(path: Path, data: bytes) -> Config | ConfigError:
    path.write_bytes(data)
    try:
        return load(path)
    except ConfigError as error:
        found = error
    assert found.problems
    assert all(problem.line >= 1 and problem.message for problem in found.problems)
    assert all(line.isprintable() for line in str(found).split("\n"))
    return found


@settings(max_examples=200, deadline=None)
@given(data=st.binary(max_size=60) | st.text(max_size=60).map(str.encode) | YAMLISH.map(str.encode))
def test_any_bytes_are_settings_or_problems(path: Path, data: bytes) -> None:
    assert isinstance(outcome(path, data), ConfigError)


@settings(max_examples=200, deadline=None)
@given(text=st.sampled_from(TEXTS), at=st.floats(0, 1), cut=st.integers(0, 30), more=YAMLISH)
def test_an_example_with_anything_typed_into_it_is_settings_or_problems(
    path: Path, text: str, at: float, cut: int, more: str
) -> None:
    place = int(at * len(text))
    assert outcome(path, (text[:place] + more + text[place + cut :]).encode())


@settings(max_examples=200, deadline=None)
@given(place=st.sampled_from(PLACES), value=PLAIN)
def test_an_example_with_anything_in_any_place_is_settings_or_problems(
    path: Path, place: tuple[Any, tuple[Any, ...]], value: Any
) -> None:
    assert outcome(path, json.dumps(put(*place, value)).encode())


def test_no_value_is_ever_shown_in_a_problem(path: Path) -> None:
    refused = 0
    for data, place in PLACES:
        if "values" in place[-2:]:  # the words of a field, which problems may suggest
            continue
        for value in (MARKER, {"x": MARKER}):
            found = outcome(path, json.dumps(put(data, place, value)).encode())
            if isinstance(found, ConfigError):
                refused += 1
                assert MARKER not in str(found) + repr(found), place
    assert refused > len(PLACES)
