"""The page on complaints: each has an answer, and each test that it names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
ROWS = re.findall(r"^\| (\d+) \|(.*)\|$", (ROOT / "docs/complaints.md").read_text(), re.MULTILINE)
TESTS = {
    name
    for path in (ROOT / "tests").rglob("test_*.py")
    for name in re.findall(r"^ *def (test_\w+)", path.read_text(), re.MULTILINE)
}


def test_every_complaint_has_its_row():
    assert [int(number) for number, _ in ROWS] == list(range(1, 50))


def test_every_test_that_the_page_names_is_there():
    named = {name for _, row in ROWS for name in re.findall(r"`(test_\w+)`", row)}
    assert named - TESTS == set()
    assert all("`test_" in row for _, row in ROWS)
