"""What is done by the clock beside runs."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from sync.app.due import Tick
from sync.app.runs import Shop
from sync.work import errands
from sync.work.errands import Errands, run
from tests.work.place import Place, now, place, until

NOTIFY = """    notify: [env/NOTIFY]
    schedule: {report: "0 8 * * 1-5"}
"""


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    with place(tmp_path, NOTIFY) as made:
        made.made.environment["NOTIFY"] = f"{made.made.served.url.replace('http', 'json')}/nobody"
        yield made


def test_a_digest_that_nobody_takes_is_said(here: Place) -> None:
    with capture_logs() as lines:
        run(here.backlog, Tick("report", now()))
    said = [line for line in lines if line["event"].startswith("digest")]
    assert [line["event"] for line in said] == ["digest.failed", "digest.sent"]
    assert said[1]["services"] == 0


def test_deliveries_that_failed_are_asked_for_each_hour(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()
    monkeypatch.setattr(errands, "redeliver", lambda shop: asked.append(shop.name))
    mine = Errands(here.current)
    mine.start()
    mine.take("gone", Tick("hourly", now()), now())
    mine.take("shop", Tick("every", now()), now())
    mine.take("shop", Tick("report", now() - timedelta(hours=2)), now())  # too late by now
    mine.take("shop", Tick("hourly", now()), now())
    until(lambda: asked)
    assert asked == ["shop"]


def test_what_goes_wrong_is_said_and_the_others_go_on(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(_: Shop) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(errands, "redeliver", crash)
    with capture_logs() as lines:
        run(here.backlog, Tick("hourly", now()))
    assert [line["event"] for line in lines] == ["errand.crashed"]
