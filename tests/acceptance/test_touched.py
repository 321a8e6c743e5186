"""Webhooks over real HTTP: from what the stand-ins send to what a narrowed run writes."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from config.load import load
from sync.app.build import Surroundings, listener
from sync.app.runs import Look, carry_out, look
from sync.app.runs import Shop as Backlog
from sync.app.touched import look_at_touched
from sync.events import Event
from sync.model import TrackerName
from tests.acceptance.shop import Flavour, Shop, shop
from tests.adapters.deliveries import dumped, sign
from tests.sandbox.jira.test_webhooks import EVENTS, Ear

SECRET = "hush-hush-hush-hush"
GITHUB_EVENTS = ["issues", "issue_comment", "label", "milestone", "sub_issues", "repository"]
FLAVOURS = pytest.mark.parametrize("flavour", ["cloud", "datacenter"])


def backlog(made: Shop) -> Backlog:
    config = load(made.settings)
    around = Surroundings({**made.environment, "SECRET": SECRET}, made.folder)
    return Backlog("shop", config.backlogs["shop"], config.state, around, lambda: datetime.now(UTC))


def ids(made: Shop, tracker: str, *titles: str) -> dict[TrackerName, list[str]]:
    records = made.records(tracker)
    return {tracker: [records[title].id for title in titles]}


def stories(count: int, **more: Any) -> list[dict[str, Any]]:
    return [{"type": "Story", "summary": f"Story {n}", **more} for n in range(1, count + 1)]


def write(looked: Look) -> None:
    applied = carry_out(looked, force=False, progress=lambda *_: None)
    assert applied.failures == []


@FLAVOURS
@pytest.mark.parametrize("tracker", ["jira", "github"])
def test_a_narrowed_run_plans_what_a_look_at_everything_plans(
    tmp_path: Path, flavour: Flavour, tracker: str
) -> None:
    with shop(tmp_path, flavour=flavour, jira=stories(3)) as made:
        made.apply()
        made.settled()
        [record] = ids(made, tracker, "Story 2")[tracker]
        person = made.person(tracker)
        person.edit(record, "title", "Story 2, renamed")
        person.edit(record, "labels", frozenset({"ui"}))
        full = look(backlog(made), full=True)
        narrow = look_at_touched(backlog(made), {tracker: [record]})
        assert narrow.decision.partial
        assert narrow.plan.edits == full.plan.edits
        assert {one.tracker for one in narrow.plan.edits} == {"jira", "github", "files"} - {tracker}
        write(narrow)
        made.settled()
        assert all("Story 2, renamed" in made.records(name) for name in ("jira", "github"))


def test_a_backlog_that_was_never_read_is_looked_at_as_usual(tmp_path: Path) -> None:
    with shop(tmp_path, jira=stories(2)) as made:
        touched = ids(made, "jira", "Story 1")
        for looked in (look_at_touched(backlog(made), touched), look_at_touched(backlog(made), {})):
            assert not looked.decision.partial
            assert len(looked.plan.edits) == 4


def _requests_for_one_touched(folder: Path, flavour: Flavour, count: int) -> int:
    folder.mkdir()
    with shop(folder, flavour=flavour, jira=stories(count)) as made:
        made.apply()
        record = made.records("github")["Story 7"]
        number = record.key.rpartition("#")[2]
        made.github.call("PATCH", f"/issues/{number}", title="Story 7, renamed")
        made.served.log.clear()
        narrow = look_at_touched(backlog(made), {"github": [record.id]})
        assert len(narrow.plan.edits) == 2
        write(narrow)
        return len(made.served.log)


@FLAVOURS
def test_requests_grow_with_what_was_touched_and_not_with_the_backlog(
    tmp_path: Path, flavour: Flavour
) -> None:
    few = _requests_for_one_touched(tmp_path / "few", flavour, 10)
    many = _requests_for_one_touched(tmp_path / "many", flavour, 200)
    assert many == few <= 30


@FLAVOURS
def test_what_was_deleted_left_the_scope_or_moved_is_told_by_its_id(
    tmp_path: Path, flavour: Flavour
) -> None:
    with shop(tmp_path, flavour=flavour, jira=stories(3, labels=["ours"])) as made:
        made.settings.write_text(
            made.settings.read_text()
            .replace("project: SHOP,", 'project: SHOP, where: "labels = ours",')
            .replace("repository: acme/shop,", "repository: acme/shop, where: {labels: [ours]},")
        )
        made.apply()
        made.settled()
        for tracker in ("jira", "github"):
            touched = ids(made, tracker, "Story 1")
            made.person(tracker).edit(touched[tracker][0], "labels", frozenset({"out"}))
            if flavour == "datacenter" and tracker == "jira":
                continue  # its search may be late for what was written just now: it is where it was
            full = look(backlog(made), full=True)
            narrow = look_at_touched(backlog(made), touched)
            [gone] = narrow.context.readings[tracker].snapshot.gone.values()
            assert gone.why == "out of scope"
            assert narrow.plan.edits == full.plan.edits


@FLAVOURS
def test_a_new_issue_is_seen_though_no_search_finds_it_yet(
    tmp_path: Path, flavour: Flavour
) -> None:
    with shop(tmp_path, flavour=flavour, jira=stories(2)) as made:
        made.apply()
        made.served.switches.lag = 3600
        record = made.jira.add({"title": "New", "kind": "story"})
        issue = made.github.call("POST", "/issues", title="Newer")
        touched = {"jira": [record], "github": [issue["node_id"]]}
        widened = look_at_touched(backlog(made), touched)
        assert not widened.decision.partial
        assert {one.fields["title"].after for one in widened.plan.edits} == {"New", "Newer"}


@pytest.fixture
def ear() -> Iterator[Ear]:
    made = Ear()
    yield made
    made.server.shutdown()
    made.server.server_close()


def install(made: Shop, ear: Ear) -> None:
    """As a person would, by hand; Data Center is given the secret in the address."""
    made.settings.write_text(
        made.settings.read_text()
        .replace("project: SHOP,", "project: SHOP, webhook_secret: env/SECRET,")
        .replace("repository: acme/shop,", "repository: acme/shop, webhook_secret: env/SECRET,")
    )
    config = {"url": f"{ear.url}/github", "secret": SECRET, "content_type": "json"}
    made.github.call("POST", "/hooks", config=config, events=GITHUB_EVENTS)
    cloud = made.flavour == "cloud"
    requests.post(
        f"{made.served.url}/jira/rest/webhooks/1.0/webhook",
        json={"name": "ours", "url": f"{ear.url}/jira", "events": EVENTS, "secret": SECRET},
        auth=("ada@example.com", "ada-token") if cloud else None,
        headers={} if cloud else {"Authorization": "Bearer ada-token"},
        timeout=10,
    ).raise_for_status()


def heard(made: Shop, ear: Ear) -> list[tuple[TrackerName, Event]]:
    """What the listeners make of all that is sent, until nothing comes any more."""
    ours, found = backlog(made), list[tuple[TrackerName, Event]]()
    while True:
        try:
            headers, body = ear.heard.get(timeout=0.5)
        except queue.Empty:
            return found
        tracker = "github" if "x-github-event" in headers else "jira"
        made_for = listener(ours.settings, tracker, ours.around)
        assert made_for is not None
        event = made_for.hear(headers, body, SECRET)
        found += [(tracker, event)] if event else []


def run(made: Shop, events: list[tuple[TrackerName, Event]]) -> Look:
    """The one run that all these events are for."""
    touched: dict[TrackerName, set[str]] = {}
    for tracker, event in events:
        touched.setdefault(tracker, set()).update(event.records)
    if any(event.whole for _, event in events):
        looked = look(backlog(made), full=True)
    else:
        order = any(event.order for _, event in events)
        looked = look_at_touched(backlog(made), touched, order=order)
    write(looked)
    return looked


@FLAVOURS
def test_edits_are_carried_by_what_the_webhooks_say(
    tmp_path: Path, flavour: Flavour, ear: Ear
) -> None:
    epic = {"type": "Epic", "summary": "Epic"}
    with shop(tmp_path, flavour=flavour, jira=[*stories(3), epic]) as made:
        install(made, ear)
        made.apply()
        heard(made, ear)
        records = {name: made.records(name) for name in ("jira", "github")}
        made.jira.edit(records["jira"]["Story 1"].id, "title", "From Jira")
        made.github.edit(records["github"]["Story 2"].id, "title", "From GitHub")
        made.github.edit(records["github"]["Story 3"].id, "parent", records["github"]["Epic"].id)
        looked = run(made, heard(made, ear))
        assert looked.decision.partial
        made.settled()
        assert {"From Jira", "From GitHub"} <= made.records("jira").keys()
        echo = run(made, heard(made, ear))  # our own writes come back, and are nothing new
        assert not echo.plan.pending


def test_an_issue_that_is_ranked_takes_the_order_along(tmp_path: Path, ear: Ear) -> None:
    files = {"ORDER.md": ""}
    with shop(tmp_path, jira=stories(3), files=files) as made:
        install(made, ear)
        made.apply()
        heard(made, ear)
        first, _, last = ids(made, "jira", "Story 1", "Story 2", "Story 3")["jira"]
        body = {"issues": [last], "rankBeforeIssue": first}
        made.jira.ask("PUT", "agile:issue/rank", body)
        looked = run(made, heard(made, ear))
        assert looked.decision.with_order
        made.settled()
        order = (made.folder / "backlog" / "ORDER.md").read_text()
        assert order.index("Story 3") < order.index("Story 1")


def test_a_label_a_milestone_and_a_version_that_are_renamed_are_renames(
    tmp_path: Path, ear: Ear
) -> None:
    with shop(tmp_path, jira=stories(3, labels=["ui"], fixVersions=["1.0"])) as made:
        install(made, ear)
        made.apply()
        made.settled()
        heard(made, ear)
        made.github.call("PATCH", "/labels/ui", new_name="ux")
        [milestone] = made.github.call("GET", "/milestones")
        made.github.call("PATCH", f"/milestones/{milestone['number']}", title="2.0")
        looked = run(made, heard(made, ear))
        assert {one.tracker for one in looked.plan.edits} >= {"jira"}
        made.settled()
        shown = made.records("jira").values()
        assert {tuple(one.shown["labels"]) for one in shown} == {("ux",)}
        assert {one.shown["release"] for one in shown} == {"2.0"}
        [version] = made.jira.ask("GET", "project/SHOP/versions")
        heard(made, ear)
        made.jira.ask("PUT", f"version/{version['id']}", {"name": "3.0"})
        run(made, heard(made, ear))
        made.settled()
        assert {one.shown["release"] for one in made.records("github").values()} == {"3.0"}


def test_a_repository_that_is_archived_is_said_and_nothing_is_lost(
    tmp_path: Path, ear: Ear
) -> None:
    payload = {"action": "archived", "repository": {"full_name": "acme/shop"}}
    with shop(tmp_path, jira=stories(2)) as made:
        install(made, ear)
        made.apply()
        touched = ids(made, "github", "Story 1")
        made.github_stand_in.archive("acme/shop")
        body, ours = dumped(payload), backlog(made)
        hears = listener(ours.settings, "github", ours.around)
        said = {"x-github-event": "repository", "x-github-delivery": "1"}
        said["x-hub-signature-256"] = sign(body, SECRET)
        assert hears is not None
        assert hears.hear(said, body) == Event("1", whole=True)
        for looked in (look(ours, full=True), look_at_touched(ours, touched)):
            assert looked.plan.edits == ()
            assert all(not one.snapshot.gone for one in looked.context.readings.values())
            assert "archived" in str(looked.context.readings["github"].facts.sealed)
