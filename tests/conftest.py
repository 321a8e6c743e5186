"""For all tests: the same examples in every run of the checks, new ones in every run by hand; and
the log as it is at the start of a process."""

import os
import sys
import threading
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

from tests.postgres import NONE, Server, serving

os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # hundreds of processes would compile all

settings.register_profile("ci", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("hand", deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "hand")


@pytest.fixture(autouse=True)
def _a_log_of_its_own() -> Iterator[None]:
    """What a command sets up for its process ends with the test."""
    hooks = sys.excepthook, threading.excepthook
    yield
    sys.excepthook, threading.excepthook = hooks
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """One for all tests of a process that ask for it."""
    with serving() as server:
        if server is None:
            pytest.skip(NONE)
        yield server


@pytest.fixture
def postgres_url(postgres: Server) -> Iterator[str]:
    """An empty database."""
    with postgres.database() as url:
        yield url
