"""For the state's tests: a state database of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.state import Store


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    one = Store(url)
    one.migrate()
    yield one
    one.close()
