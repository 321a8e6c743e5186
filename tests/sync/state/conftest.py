"""For the state's tests: a state database of its own, of each kind."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.state import Store


@pytest.fixture
def file_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture(params=["file_url", "postgres_url"], ids=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    address: str = request.getfixturevalue(request.param)
    return address


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    one = Store(url)
    one.migrate()
    yield one
    one.close()


@pytest.fixture
def file_store(file_url: str) -> Iterator[Store]:
    one = Store(file_url)
    one.migrate()
    yield one
    one.close()
