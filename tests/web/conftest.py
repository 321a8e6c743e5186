"""For the web's tests: a server of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.place import Site, served


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with served(tmp_path) as one:
        yield one
