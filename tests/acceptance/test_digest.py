"""The digest by the command line: what changed since when, and sending it on."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from sync.app.digest import NotSince, since_of
from tests.acceptance.shop import Shop, shop

# What apprise imports on Python 3.11 warns; nothing of ours does.
pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

ISSUES = [
    {"type": "Story", "summary": "Pay by card", "priority": "High"},
    {"type": "Story", "summary": "Wishes", "priority": "Low"},
]
RULES = "    rules: {priority-order: report, labels: {forbidden: [misc]}}"


class Receiver(ThreadingHTTPServer):
    """Takes what apprise posts as JSON; `status` and `wait` (seconds) are what it answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.got: list[Any] = []
        self.status, self.wait = 200, 0.0

    @property
    def address(self) -> str:
        return f"json://user:s3cret-part@127.0.0.1:{self.server_address[1]}/hook?rto=0.5"


class Taking(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        server = self.server
        assert isinstance(server, Receiver)
        server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        time.sleep(server.wait)
        self.send_response(server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def receiver() -> Iterator[Receiver]:
    with Receiver() as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join(10)


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Shop]:
    with shop(tmp_path, jira=ISSUES) as one:
        settings = one.settings.read_text(encoding="utf-8")
        off = next(line for line in settings.splitlines() if line.startswith("    rules:"))
        one.settings.write_text(settings.replace(off, RULES), encoding="utf-8")
        yield one


def notify(made: Shop, *names: str) -> None:
    with made.settings.open("a", encoding="utf-8") as file:
        file.write(f"    notify: [{', '.join(names)}]\n")


def label(made: Shop, *labels: str) -> None:
    made.jira.ask("PUT", "issue/SHOP-2", {"fields": {"labels": list(labels)}})


def digest(made: Shop, *options: str) -> Any:
    options = ("--fail-on", "never", "--format", "json", *options)
    return made.run("report", "--digest", *options).json


def test_a_digest_tells_new_findings_from_those_that_runs_knew(made: Shop) -> None:
    made.apply()
    assert digest(made)["new"] == []
    label(made, "misc")
    first = digest(made)
    assert [one["rule"] for one in first["new"]] == ["labels"]
    made.apply()
    second = digest(made)
    assert second["new"] == first["new"]
    assert second["runs"]["runs"] == 1
    label(made)
    assert digest(made)["new"] == []  # it came and went
    assert digest(made)["settled"] == []


def test_what_was_found_before_that_time_and_is_no_more_is_settled(made: Shop) -> None:
    label(made, "misc")
    made.apply()
    assert [one["rule"] for one in digest(made)["settled"]] == []
    label(made)
    assert [one["rule"] for one in digest(made)["settled"]] == ["labels"]
    made.apply()
    assert [one["rule"] for one in digest(made)["settled"]] == ["labels"]
    label(made, "misc")
    assert digest(made)["settled"] == digest(made)["new"] == []


def test_a_run_for_one_item_forgets_nothing_of_the_others(made: Shop) -> None:
    label(made, "misc")
    made.apply()
    made.run("apply", "--yes", "--item", "SHOP-1")
    assert digest(made)["new"] == []


def test_a_tracker_that_cannot_be_read_settles_nothing(made: Shop) -> None:
    label(made, "misc")
    made.apply()
    made.environment["JIRA_TOKEN"] = "wrong"
    assert digest(made)["settled"] == []


def test_the_digest_shows_what_came_to_the_top(made: Shop) -> None:
    made.apply()
    made.run("order", "SHOP-2", "--top", "--yes")
    text = made.run("report", "--digest", "--fail-on", "never").out
    assert "1. Wishes, was 2." in text
    assert "1 run" in text


def test_a_digest_makes_no_database(made: Shop) -> None:
    data = digest(made, "--since", "2026-01-01")
    assert (data["since"], data["runs"], data["top_before"]) == (None, None, None)
    assert not (made.folder / "state.db").exists()
    assert made.run("report", "--digest", "--fail-on", "never", "--format", "markdown").code == 0


def test_a_digest_is_sent_to_all_and_the_next_one_begins_there(made: Shop) -> None:
    notify(made, "env/CHAT")
    with receiver() as chat:
        made.environment["CHAT"] = chat.address
        made.apply()
        label(made, "misc")
        result = made.run("report", "--digest", "--send", "--fail-on", "never")
        assert (result.code, len(chat.got)) == (0, 1)
        assert "shop: sent to 1 of 1" in result.err
        assert chat.got[0]["title"] == "onebacklog: shop"
        assert "misc" in chat.got[0]["message"]
        assert digest(made)["since"] > digest(made, "--since", "1d")["since"]


def test_it_is_sent_without_a_state_too(made: Shop) -> None:
    notify(made, "env/CHAT")
    with receiver() as chat:
        made.environment["CHAT"] = chat.address
        assert made.run("report", "--digest", "--send", "--fail-on", "never").code == 0
        assert len(chat.got) == 1
    assert not (made.folder / "state.db").exists()


@pytest.mark.parametrize(
    ("status", "wait"), [(500, 0.0), (200, 2.0)], ids=["it refuses", "it hangs"]
)
def test_who_does_not_take_it_is_named_and_its_address_is_not(
    made: Shop, status: int, wait: float
) -> None:
    notify(made, "env/CHAT", "env/OTHER")
    with receiver() as chat, receiver() as other:
        chat.status, chat.wait = status, wait
        made.environment |= {"CHAT": chat.address, "OTHER": other.address}
        result = made.run("report", "--digest", "--send", "--fail-on", "never")
        assert result.code == 1
        assert "env/CHAT of notify did not take the digest" in result.err
        assert "sent to 1 of 2" in result.err
        assert len(other.got) == 1
        for part in ("s3cret-part", "json://", str(chat.server_address[1])):
            assert part not in result.out + result.err


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("nonsense", "env/CHAT of notify holds no address that apprise knows"),
        (None, "env/CHAT: the environment variable is not set"),
    ],
    ids=["no address", "not set"],
)
def test_an_address_that_is_none_is_said(made: Shop, address: str | None, said: str) -> None:
    notify(made, "env/CHAT")
    made.environment |= {"CHAT": address} if address else {}
    result = made.run("report", "--digest", "--send", "--fail-on", "never")
    assert result.code == 1
    assert said in result.err


def test_a_service_that_breaks_is_said_and_no_more_of_it(
    made: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    notify(made, "env/CHAT")
    made.environment["CHAT"] = "json://127.0.0.1:9/"

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("json://127.0.0.1:9/ is a secret")

    monkeypatch.setattr("apprise.Apprise.notify", broken)
    result = made.run("report", "--digest", "--send", "--fail-on", "never")
    assert result.code == 1
    assert "did not take the digest (RuntimeError)" in result.err
    assert "is a secret" not in result.err


def test_an_address_itself_has_no_place_in_the_settings(made: Shop) -> None:
    notify(made, '"json://user:s3cret-part@127.0.0.1/"')
    result = made.run("report", "--digest")
    assert result.code == 2
    assert "a credential is only ever env/NAME or file/PATH" in result.err
    assert "s3cret-part" not in result.err


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--digest", "--format", "html"), "--digest has no format html"),
        (("--since", "1d"), "--since goes with --digest"),
        (("--send",), "give --digest too"),
        (("--digest", "--send"), "there is nobody to send it to"),
        (("--digest", "--since", "yesterday"), "is no time: give 36h"),
    ],
    ids=lambda given: " ".join(given) if isinstance(given, tuple) else "",
)
def test_options_that_do_not_go_together_are_refused_before_anything_is_read(
    made: Shop, options: tuple[str, ...], said: str
) -> None:
    before = len(made.served.log)
    result = made.run("report", *options)
    assert result.code == 2
    assert said in result.err
    assert len(made.served.log) == before


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("36h", "2026-02-28T00:00:00+00:00"),
        ("1d", "2026-02-28T12:00:00+00:00"),
        ("2w", "2026-02-15T12:00:00+00:00"),
        ("2026-01-01", "2026-01-01T00:00:00+00:00"),
        ("2026-01-01T10:00:00+02:00", "2026-01-01T08:00:00+00:00"),
        ("last", None),
    ],
)
def test_a_time_is_read_as_people_give_it(text: str, at: str | None) -> None:
    found = since_of(text, datetime(2026, 3, 1, 12, tzinfo=UTC))
    assert (found and found.isoformat()) == at


def test_what_is_no_time_is_refused() -> None:
    with pytest.raises(NotSince):
        since_of("99999d", datetime(2026, 3, 1, 12, tzinfo=UTC))
