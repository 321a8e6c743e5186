"""Every field by every carrier of every flavour: what is written is read, as the page says."""

import pytest

from sync.model import COMMENTS
from tests.acceptance import carriers_page
from tests.acceptance.carriers_page import FLAVOURS, PAGE, part, parts_of, place, usual
from tests.acceptance.round_trip import NOT_HERE, SCHEMA, rows

KNOWN = {
    ("attachments", "label/NS"): "would have 55 characters, and GitHub takes 50: shorten it",
    ("team_address", "field/NAME (cascading)"): "'https://acme.example/' reads",
}
"""Field and carrier → what is said of a loss that is documented."""
ABSENT = {"enterprise": {"issue-type", "issue-field", "dependency", "sub-issue"}}
"""Carriers that a flavour's API does not give."""


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_what_is_written_is_read_again_and_the_page_says_what_is_not(flavour: str) -> None:
    with place(flavour) as one:
        tried = tuple(rows(one))
    nowhere = {COMMENTS} if flavour == "files" else set()
    assert {row.field for row in tried} == set(SCHEMA) - nowhere
    lost = {(row.field, row.carrier): row.result for row in tried if row.result != "equal"}
    absent = {pair: why for pair, why in lost.items() if why.startswith(NOT_HERE)}
    assert {carrier.partition("/")[0] for _, carrier in absent} == ABSENT.get(flavour, set())
    assert all("GHES 3.18 has no" in why for why in absent.values())
    lost = {pair: why for pair, why in lost.items() if pair not in absent}
    assert {pair: why for pair, why in lost.items() if KNOWN.get(pair, "-") not in why} == {}
    written = parts_of(PAGE.read_text(encoding="utf-8"))
    assert part(one.title, tried) == written[one.title], (
        f"docs/carriers.md is out of date: run python -m {carriers_page.__name__}"
    )


def test_the_page_says_each_fields_usual_carrier() -> None:
    carriers = {}
    for flavour in FLAVOURS:
        with place(flavour) as one:
            if one.usual:
                carriers[one.title] = one.usual
    written = parts_of(PAGE.read_text(encoding="utf-8"))
    assert usual(carriers) == written["Without settings"]
