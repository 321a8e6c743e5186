"""Health, metrics and the dashboard: what they say, to whom, and that nothing in them has power."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import Request

from sync.app.build import Surroundings
from sync.backlog import Failing
from sync.events import Event
from sync.state import Answer, Entry, Journal, Store, inbox
from sync.state.pulse import GUARD, Felt, note
from sync.tracker import Allowance
from sync.web import Serving
from sync.web.access import Access
from sync.web.watch import FRESH
from tests.acceptance.shop import shop
from tests.sync.test_report_page import HOSTILE, Reader
from tests.web.place import SETTINGS, Site, served

START, END = "2026-03-01T11:58:00+00:00", "2026-03-01T11:58:12+00:00"
COUNTS = {
    "create": 1,
    "update": 2,
    "move": 3,
    "conflict": 4,
    "finding": 5,
    "release": 0,
    "label": 0,
}


SPENT = Felt(
    requests=7,
    points=12,
    allowed={"rest": Allowance(5000, 40, 9e9), "graphql": Allowance(5000, 0, 1e9)},
)
"""Of the second one a new hour has begun."""


@pytest.fixture
def store(site: Site) -> Iterator[Store]:
    one = Store(site.config.state)
    yield one
    one.close()


@pytest.fixture
def lived(site: Site, store: Store) -> Site:
    """After a run in which Jira did not answer, an item failed, and an event came."""
    finished(store)
    note(store.engine, "shop", {"github": SPENT, GUARD: Felt()}, END)
    note(store.engine, "shop", {"jira": Felt("it is down", 2)}, END)
    fails(store, "a", None)
    fails(store, "b", END)
    inbox.put(store.engine, "shop", "github", Event("d-1"), "2026-03-01T11:59:00+00:00")
    return site


def finished(store: Store, outcome: str = "done") -> int:
    journal = Journal(store.engine)
    run = journal.begin("shop", START, COUNTS)
    entry = Entry(START, "github", "a", "acme/shop#1", "update", "title", "x", "y", "jira")
    journal.write(run, [entry, replace(entry, field="status"), replace(entry, tracker="backlog")])
    journal.end(run, END, outcome)
    return run


def fails(store: Store, item: str, next: str | None, why: str = "no such status") -> None:
    store.answer("shop", Answer("jira", item, failing=Failing("e", why, START, END, 8, next)))


def samples(text: str) -> dict[str, float]:
    """`name{label=value,…}` → what it is."""
    return {
        one.name + "".join(f"{{{k}={v}}}" for k, v in sorted(one.labels.items())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


# Health.


def test_a_process_that_answers_is_alive_whatever_the_state_is(tmp_path: Path) -> None:
    with served(tmp_path, migrated=False) as site:
        answer = site.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"alive": True})


def test_it_is_ready_with_its_state_and_its_queue_and_says_how_trackers_are(lived: Site) -> None:
    answer = lived.get("/readyz")
    assert answer.status_code == 200
    said = answer.json()
    assert all(said[name] is True for name in ("ready", "database", "migrated", "queue"))
    assert said["trackers"]["shop"]["github"] == {
        "last_success": END,
        "age_seconds": 108,
        "answers": True,
    }
    assert said["trackers"]["shop"]["jira"] == {
        "last_success": None,
        "age_seconds": None,
        "answers": False,
    }
    assert said["trackers"]["till"]["jira"]["answers"] is None


def test_it_is_not_ready_before_the_queue_runs(site: Site) -> None:
    site.launched = False
    answer = site.get("/readyz")
    assert (answer.status_code, answer.json()["queue"]) == (503, False)


def test_it_is_not_ready_before_the_state_is_migrated(tmp_path: Path) -> None:
    with served(tmp_path, migrated=False) as site:
        answer = site.get("/readyz")
        metrics, page = samples(site.get("/metrics").text), site.get("/").text
    assert answer.status_code == 503
    assert (answer.json()["database"], answer.json()["migrated"]) == (True, False)
    assert metrics["onebacklog_state_up"] == 0
    assert "The state database cannot be read now" in page


def test_it_is_not_ready_where_the_state_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"no database, and no secret either" * 50)
    with served(tmp_path, migrated=False) as site:
        answer = site.get("/readyz")
        assert site.get("/metrics").status_code == 200
    assert (answer.status_code, answer.json()["database"]) == (503, False)


# Metrics.


def test_metrics_say_how_each_backlog_and_tracker_is(lived: Site) -> None:
    found = samples(lived.get("/metrics").text)
    assert found["onebacklog_state_up"] == found["onebacklog_queue_up"] == 1
    expected = {
        "onebacklog_conflicts{backlog=shop}": 4,
        "onebacklog_drift{backlog=shop}": 6,
        "onebacklog_queue_depth{backlog=shop}": 1,
        "onebacklog_oldest_event_age_seconds{backlog=shop}": 60,
        "onebacklog_queue_depth{backlog=till}": 0,
        "onebacklog_oldest_event_age_seconds{backlog=till}": 0,
        "onebacklog_refused{backlog=shop}": 0,
        "onebacklog_last_success_timestamp_seconds{backlog=shop}": 1772366292,
        "onebacklog_tracker_up{backlog=shop}{tracker=github}": 1,
        "onebacklog_tracker_up{backlog=shop}{tracker=jira}": 0,
        "onebacklog_requests_total{backlog=shop}{tracker=github}": 7,
        "onebacklog_points_total{backlog=shop}{tracker=github}": 12,
        "onebacklog_rate_limit{api=rest}{backlog=shop}{tracker=github}": 5000,
        "onebacklog_rate_limit_remaining{api=rest}{backlog=shop}{tracker=github}": 40,
        "onebacklog_rate_limit_remaining{api=graphql}{backlog=shop}{tracker=github}": 5000,
        "onebacklog_failing{backlog=shop}{tracker=jira}": 1,
        "onebacklog_dead_letters{backlog=shop}{tracker=jira}": 1,
    }
    assert {name: found[name] for name in expected} == expected
    assert "onebacklog_last_success_timestamp_seconds{backlog=till}" not in found


def test_runs_of_all_processes_are_counted_once_from_when_this_one_began(
    site: Site, store: Store
) -> None:
    finished(store)
    assert "onebacklog_runs_total{backlog=shop}{outcome=done}" not in samples(
        site.get("/metrics").text
    )
    open = Journal(store.engine).begin("shop", START, COUNTS)
    finished(store)  # with it the open one is known to be killed
    Journal(store.engine).begin("gone", START, COUNTS)
    last = Journal(store.engine).begin("shop", START, COUNTS)
    found = samples(site.get("/metrics").text)
    assert found["onebacklog_runs_total{backlog=shop}{outcome=done}"] == 1
    assert found["onebacklog_runs_total{backlog=shop}{outcome=killed}"] == 1
    assert found["onebacklog_run_seconds_sum{backlog=shop}"] == 12
    update = "{action=update}{backlog=shop}{outcome=done}{tracker=github}"
    assert found[f"onebacklog_edits_total{update}"] == 1  # one record, whatever its fields
    assert open < last
    Journal(store.engine).end(last, END, "failed")
    found = samples(site.get("/metrics").text)
    assert found["onebacklog_runs_total{backlog=shop}{outcome=failed}"] == 1
    assert found["onebacklog_runs_total{backlog=shop}{outcome=done}"] == 1
    assert not any("gone" in name for name in found)


def test_webhooks_are_counted_by_what_became_of_them(site: Site) -> None:
    site.deliver()
    site.deliver()
    site.deliver(secret="guessed")
    found = samples(site.get("/metrics").text)
    results = {"accepted": 1, "repeated": 1, "forged": 1, "garbled": 0}
    assert {name: found[f"onebacklog_webhooks_total{{result={name}}}"] for name in results} == (
        results
    )
    assert found["onebacklog_webhook_seconds_count"] == 3


# The dashboard.


def test_the_dashboard_says_what_a_person_is_to_look_at(lived: Site, store: Store) -> None:
    note(store.engine, "till", {GUARD: Felt("60 % of jira would be closed")}, END)
    page = Reader(lived.get("/").text)
    for words in (
        "Last run: run 1, 2 minutes ago, done. All was done: 108 seconds ago.",
        "Next look: 2026-03-01 12:05:00 UTC.",
        "0 findings 4 in conflict 2 failing items 6 due at the last run 1 waiting event",
        "1 item given up: onebacklog history --failed says why",
        "jira (jira) does not answer it is down never 2",
        "github (github) answers 108 seconds ago 0",
        "files (files) not asked yet never 0",
        "The guard refuses what is due: 60 % of jira would be closed",
        "Last run: never.",
    ):
        assert words in page.said
    assert [one["href"] for one in page.all("a")] == ["/backlogs/shop", "/backlogs/till"]


def test_hostile_text_on_the_dashboard_is_shown_and_does_nothing(site: Site, store: Store) -> None:
    text = " ".join(HOSTILE)
    note(store.engine, "shop", {"jira": Felt("usual"), GUARD: Felt("usual")}, END)
    usual = Reader(site.get("/").text).tags
    note(store.engine, "shop", {"jira": Felt(text), GUARD: Felt(text)}, END)
    page = Reader(refreshed(site))
    assert [tag for tag, _ in page.tags] == [tag for tag, _ in usual]
    assert not {"\u202e", "\u2066", "\x1b"} & set(page.said)


def refreshed(site: Site) -> str:
    """The dashboard, once what was read before is good no more."""
    time.sleep(FRESH + 0.1)
    return site.get("/").text


def test_the_dashboard_runs_nothing_and_fetches_nothing(site: Site) -> None:
    answer = site.get("/")
    page = Reader(answer.text)
    assert not any(
        name in ("script", "link", "img", "iframe", "object", "form") for name, _ in page.tags
    )
    assert not any(name in ("style", "on") for _, attrs in page.tags for name in attrs)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/metrics", "/none", "/webhooks/a/b"])
def test_every_answer_has_headers_that_take_its_power(site: Site, path: str) -> None:
    headers = site.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "server" not in headers


# Who may see it.


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("localhost:8080", 200),
        ("[::1]:8080", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost@evil.example", 403),
        ("", 403),
    ],
)
def test_without_a_password_it_is_shown_to_who_calls_it_by_a_name_of_loopback(
    site: Site, host: str, status: int
) -> None:
    assert site.get("/", headers={"Host": host}).status_code == status


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_without_a_password_it_is_not_shown_through_a_proxy(site: Site, header: str) -> None:
    answer = site.get("/", headers={header: "127.0.0.1"})
    assert answer.status_code == 403
    assert "server: {password: env/NAME}" in answer.text


def test_health_and_metrics_are_open_to_who_watches_from_elsewhere(site: Site) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert site.get(path, headers={"Host": "10.0.0.7:8080"}).status_code == 200


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Site]:
    with served(tmp_path, f"{SETTINGS}server: {{password: env/PASSWORD}}\n") as one:
        yield one


def test_with_a_password_it_is_shown_to_who_knows_it_from_anywhere(locked: Site) -> None:
    answer = locked.get("/", auth=("anybody", "open-sesame"), headers={"Host": "ob.example"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "given",
    [
        None,
        "Basic",
        "Basic !!!",
        "Basic " + base64.b64encode(b"open-sesame").decode(),
        "Basic " + base64.b64encode(b"x:open-sesam").decode(),
        "Basic " + base64.b64encode(b"x:").decode(),
        "Bearer open-sesame",
    ],
)
def test_with_a_password_nothing_else_opens_it(locked: Site, given: str | None) -> None:
    answer = locked.get("/", headers={"Authorization": given} if given else {})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Basic ")
    assert "shop" not in answer.text


def test_who_guesses_passwords_is_put_off_and_who_gives_none_is_not(locked: Site) -> None:
    for _ in range(12):
        assert locked.get("/").status_code == 401
    said = [locked.get("/", auth=("x", f"guess-{n}")).status_code for n in range(12)]
    assert said == [401] * 10 + [429] * 2
    assert locked.get("/backlogs/shop", auth=("x", "open-sesame")).status_code == 429
    locked.now += timedelta(minutes=1)
    assert locked.get("/", auth=("x", "open-sesame")).status_code == 200


def test_a_password_that_cannot_be_had_shuts_it(tmp_path: Path) -> None:
    with served(tmp_path, f"{SETTINGS}server: {{password: env/NONE}}\n") as site:
        assert site.get("/").status_code == 403


@pytest.mark.parametrize("server", [None, ("/run/web.sock", None), ("10.0.0.7", 8080)])
def test_without_a_password_it_is_shown_on_loopback_alone(
    site: Site, server: tuple[str, int | None] | None
) -> None:
    scope = {"type": "http", "headers": [(b"host", b"127.0.0.1")], "server": server}
    around = Surroundings({}, Path())
    access = Access(Serving(lambda: site.config, around, site.wake, lambda: True))
    refusal = access.refusal(Request(scope))
    assert refusal is not None
    assert refusal.status_code == 403
    scope["server"] = ("::1", 8080)
    assert access.refusal(Request(scope)) is None


# The reports.


def test_a_report_is_what_runs_have_left_and_no_tracker_is_asked(tmp_path: Path) -> None:
    files = {"items/pay.md": "---\nkind: story\nstatus: todo\n---\n# Pay <b>by</b> card\n"}
    with shop(tmp_path, files=files) as one:
        text = one.settings.read_text("utf-8").replace('acceptance-criteria: "off", ', "")
        one.settings.write_text(text, "utf-8")
        one.apply()
        asked = len(one.served.log)
        with served(tmp_path, text) as site:
            site.now = datetime.now(UTC)
            page = Reader(site.get("/backlogs/shop").text)
            metrics = samples(site.get("/metrics").text)
            told = site.get("/readyz").json()["trackers"]["shop"]
        assert len(one.served.log) == asked
    assert "As run 1 left it, begun" in page.said
    assert "Pay <b>by</b> card story todo" in page.said
    assert "Drift" not in page.said
    assert metrics["onebacklog_requests_total{backlog=shop}{tracker=jira}"] > 0
    spent = metrics["onebacklog_points_total{backlog=shop}{tracker=github}"]
    left = metrics["onebacklog_rate_limit_remaining{api=rest}{backlog=shop}{tracker=github}"]
    assert 0 < spent == 5000 - left
    assert (
        metrics["onebacklog_findings{backlog=shop}{rule=acceptance-criteria}{severity=error}"] > 0
    )
    assert {name: one["answers"] for name, one in told.items()} == dict.fromkeys(told, True)


def test_a_backlog_without_a_run_has_no_report_and_says_so(site: Site) -> None:
    answer = site.get("/backlogs/shop")
    assert answer.status_code == 404
    assert "No run has left a report on shop yet" in answer.text


def test_a_backlog_that_there_is_not_has_no_report(site: Site) -> None:
    assert site.get("/backlogs/none").json() == {"said": "Not Found"}


def test_a_report_is_shown_to_whom_the_dashboard_is(locked: Site) -> None:
    assert locked.get("/backlogs/shop").status_code == 401
    assert locked.get("/backlogs/none").status_code == 401


def test_a_report_that_cannot_be_read_is_put_off(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"no database" * 500)
    with structlog.testing.capture_logs() as logs, served(tmp_path, migrated=False) as site:
        answer = site.get("/backlogs/shop")
    assert answer.status_code == 503
    assert "state.db" not in answer.text
    assert [one["event"] for one in logs] == ["request.put-off"]
