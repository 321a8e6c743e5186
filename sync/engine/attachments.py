"""Where the files of an item's attachments come from, for trackers that make copies of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync.backlog import Link
from sync.model import TrackerName
from sync.tracker import (
    Adapter,
    Attached,
    Fetch,
    NotFound,
    Rejected,
    RetryLater,
    Source,
    TrackerError,
    Unavailable,
)

ATTACHMENTS = "attachments"


def fetching(adapters: Mapping[TrackerName, Adapter], links: Sequence[Link]) -> Fetch:
    """Gives the files that the item's own records show, and no others.

    Who writes a link to another item's file into this one has it copied nowhere: they might not be
    allowed to see it. What is wrong with the source does not stop the tracker that copies.
    """

    def fetch(link: str, most: int) -> Attached:
        for one in links:
            adapter = adapters.get(one.tracker)
            shown = () if one.gone else one.record.shown.get(ATTACHMENTS) or ()
            if link in shown and isinstance(adapter, Source):
                try:
                    return adapter.fetch(link, most)
                except NotFound:
                    continue
                except (RetryLater, Unavailable) as error:
                    raise RetryLater(f"its file cannot be had now: {error}") from error
                except TrackerError as error:
                    raise Rejected(str(error)) from error
        raise Rejected("its file is on no record of this item any more")

    return fetch
