"""Which tracker's file an attachment of an item is, and what is wrong when there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pytest

from sync.backlog import Link
from sync.engine.attachments import fetching
from sync.tracker import (
    Adapter,
    Attached,
    Denied,
    NotFound,
    Record,
    Rejected,
    RetryLater,
    TrackerError,
    Unavailable,
)

FILE = Attached("a", b"a")
X = "[x](https://jira/1)"


@dataclass
class Gives:
    """As much of a tracker as files are asked from."""

    answer: Attached | TrackerError

    def fetch(self, link: str, most: int) -> Attached:
        if isinstance(self.answer, TrackerError):
            raise self.answer
        return self.answer


def link(tracker: str, *shown: str, gone: bool = False) -> Link:
    record = Record("1", "K-1", "1", {"attachments": list(shown)})
    return Link("item", tracker, record, gone="deleted" if gone else None)


def fetched(links: list[Link], **trackers: Any) -> Attached:
    adapters = {name: cast(Adapter, one) for name, one in trackers.items()}
    return fetching(adapters, links)(X, 10)


def test_the_tracker_gives_it_whose_record_shows_it() -> None:
    links = [link("files", X), link("github", X), link("jira", X)]
    trackers = {"files": Gives(NotFound("not here")), "github": object(), "jira": Gives(FILE)}
    assert fetched(links, **trackers) == FILE


@pytest.mark.parametrize(
    "links",
    [
        pytest.param([], id="nowhere"),
        pytest.param([link("jira", "[y](https://jira/2)")], id="only another"),
        pytest.param([link("jira", X, gone=True)], id="on a record that is gone"),
        pytest.param([link("other", X)], id="on a tracker that did not answer"),
    ],
)
def test_what_no_record_of_the_item_shows_is_not_given(links: list[Link]) -> None:
    with pytest.raises(Rejected, match="on no record of this item"):
        fetched(links, jira=Gives(FILE))


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (Unavailable("down"), RetryLater),
        (RetryLater("busy"), RetryLater),
        (Denied("no"), Rejected),
        (Rejected("too large"), Rejected),
    ],
)
def test_what_is_wrong_with_the_source_does_not_stop_who_copies(
    error: TrackerError, said: type[TrackerError]
) -> None:
    with pytest.raises(said, match=str(error)):
        fetched([link("jira", X)], jira=Gives(error))
