"""Optional data beside the checkout: the vendors' schemas, real backlogs, a markup corpus.

A test that needs it is skipped, and says so, where it is absent. ONEBACKLOG_SHARED names another
place than `../shared`.
"""

import gzip
import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(os.environ.get("ONEBACKLOG_SHARED", Path(__file__).parents[2] / "shared"))


def shared(name: str) -> Path:
    """The path of one optional file or folder; skips the test where there is none."""
    path = ROOT / name
    if not path.exists():
        pytest.skip(f"needs {name} of the optional data (ONEBACKLOG_SHARED)")
    return path


@cache
def shared_json(name: str) -> Any:
    return json.loads(shared(name).read_text(encoding="utf-8"))


def shared_lines(name: str) -> Iterator[Any]:
    """The entries of a `.jsonl.gz` file."""
    with gzip.open(shared(name), "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)
