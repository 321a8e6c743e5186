"""Webhooks at the trackers: hung up once, looked at, taken down; what failed is sent again."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests

from adapters.sandbox.server import Fault
from config.load import load
from sync.app.build import Surroundings
from sync.app.hooks import redeliver
from sync.app.runs import Shop as Backlog
from tests.acceptance.shop import Flavour, Shop, shop
from tests.sandbox.jira.test_webhooks import Ear

URL = "http://127.0.0.1:9/sync"
SECRET, NEW = "5e0b1d1c7f0a4c2e9d3b6a8f", "9d3b6a8f5e0b1d1c7f0a4c2e"
EITHER: list[Flavour] = ["cloud", "datacenter"]


@contextmanager
def hooked(folder: Path, flavour: Flavour = "cloud", **more: Any) -> Iterator[Shop]:
    """A shop whose settings name a secret for both trackers."""
    with shop(folder, flavour=flavour, **more) as made:
        made.environment["HOOKS"] = SECRET
        text = made.settings.read_text("utf-8")
        for place in ("project: SHOP,", "repository: acme/shop,"):
            text = text.replace(place, f"{place} webhook_secret: env/HOOKS,")
        made.settings.write_text(text, encoding="utf-8")
        yield made


def on_github(made: Shop) -> list[dict[str, Any]]:
    head = {"Authorization": "Bearer t-ada"}
    url = f"{made.served.url}/github/repos/acme/shop/hooks"
    found: list[dict[str, Any]] = requests.get(url, headers=head, timeout=9).json()
    return found


def on_jira(made: Shop) -> list[dict[str, Any]]:
    url = f"{made.served.url}/jira/rest/webhooks/1.0/webhook"
    cloud = made.flavour == "cloud"
    auth = ("ada@example.com", "ada-token") if cloud else None
    head = {} if cloud else {"Authorization": "Bearer ada-token"}
    found: list[dict[str, Any]] = requests.get(url, auth=auth, headers=head, timeout=9).json()
    return found


def by_hand(made: Shop, url: str, **more: Any) -> None:
    """A hook of acme/shop that somebody made."""
    body = {"config": {"url": url}, "events": ["issues"], **more}
    head = {"Authorization": "Bearer t-ada"}
    path = f"{made.served.url}/github/repos/acme/shop/hooks"
    assert requests.post(path, json=body, headers=head, timeout=9).status_code == 201
    assert made.github_stand_in.settle()


@pytest.mark.parametrize("flavour", EITHER)
def test_install_makes_one_webhook_on_each_tracker_and_a_second_time_none(
    tmp_path: Path, flavour: Flavour
) -> None:
    with hooked(tmp_path, flavour) as made:
        first = made.run("webhooks", "install", "--url", URL)
        assert first.code == 0, first.err
        assert first.out.count("made") == 2
        before = [*on_github(made), *on_jira(made)]
        assert made.run("webhooks", "install", "--url", URL).code == 0
        after = [*on_github(made), *on_jira(made)]
        for hook in (*before, *after):
            hook.pop("updated_at", None)
            hook.pop("last_response", None)
        assert after == before
        assert len(after) == 2


def test_github_is_told_the_address_the_secret_and_json(tmp_path: Path) -> None:
    with hooked(tmp_path) as made:
        made.run("webhooks", "install", "--url", f"{URL}/")
        [hook] = on_github(made)
        assert hook["config"]["url"] == f"{URL}/webhooks/shop/github"
        assert hook["config"]["content_type"] == "json"
        assert hook["config"]["secret"] == "********"
        assert {"issues", "issue_comment", "sub_issues", "label"} <= set(hook["events"])


def test_jira_is_told_of_its_project_alone(tmp_path: Path) -> None:
    with hooked(tmp_path) as made:
        made.run("webhooks", "install", "--url", URL)
        [hook] = on_jira(made)
        assert hook["url"] == f"{URL}/webhooks/shop/jira"
        assert hook["isSigned"] is True
        assert hook["filters"] == {"issue-related-events-section": 'project = "SHOP"'}


def test_data_center_signs_nothing_and_so_has_the_secret_in_its_address(tmp_path: Path) -> None:
    with hooked(tmp_path, "datacenter") as made:
        result = made.run("webhooks", "install", "--url", URL)
        assert on_jira(made)[0]["url"] == f"{URL}/webhooks/shop/jira/{SECRET}"
        assert SECRET not in result.out + result.err


def test_a_secret_that_was_changed_is_set_by_the_next_install(tmp_path: Path) -> None:
    with hooked(tmp_path, "datacenter") as made:
        made.run("webhooks", "install", "--url", URL)
        made.environment["HOOKS"] = NEW
        looked = made.run("webhooks", "check", "--url", URL)
        assert "does not end with the secret" in looked.out
        assert SECRET not in looked.out + looked.err
        assert made.run("webhooks", "install", "--url", URL).code == 0
        assert [hook["url"] for hook in on_jira(made)] == [f"{URL}/webhooks/shop/jira/{NEW}"]
        hooks = made.github_stand_in.state.repositories["acme/shop"].hooks
        assert [hook.secret for hook in hooks.values()] == [NEW]


def test_a_secret_that_no_address_can_hold_is_refused_on_data_center(tmp_path: Path) -> None:
    with hooked(tmp_path, "datacenter") as made:
        made.environment["HOOKS"] = "not/for an address, is it?"
        result = made.run("webhooks", "install", "--url", URL)
        assert result.code == 1
        assert "stands in an address" in result.err
        assert on_jira(made) == []


def test_a_webhook_of_ours_is_mended_and_those_of_others_are_left(tmp_path: Path) -> None:
    ours, other = f"{URL}/webhooks/shop/github", f"{URL}/webhooks/shop/github2"
    with hooked(tmp_path) as made:
        by_hand(made, ours, active=False)
        by_hand(made, other, active=False)
        looked = made.run("webhooks", "check", "--url", URL)
        assert looked.code == 1
        for flaw in ("disabled", "does not tell issue_comment", "forms", "signs nothing"):
            assert flaw in looked.out
        assert made.run("webhooks", "install", "--url", URL).code == 0
        mended, left = on_github(made)
        assert (mended["config"]["url"], mended["active"]) == (ours, True)
        assert {"issues", "label"} <= set(mended["events"])
        assert (left["config"]["url"], left["active"], left["events"]) == (other, False, ["issues"])
        assert made.run("webhooks", "remove", "--url", URL).code == 0
        assert [hook["config"]["url"] for hook in on_github(made)] == [other]
        assert on_jira(made) == []


def test_more_than_one_webhook_of_ours_become_one(tmp_path: Path) -> None:
    with hooked(tmp_path) as made:
        ours = f"{URL}/webhooks/shop/github"
        by_hand(made, ours)
        by_hand(made, ours, events=["label"])
        assert made.run("webhooks", "check", "--url", URL).code == 1
        assert made.run("webhooks", "install", "--url", URL).code == 0
        assert len(on_github(made)) == 1


def test_check_says_ok_of_what_stands_and_error_of_what_is_missing(tmp_path: Path) -> None:
    with hooked(tmp_path) as made:
        missing = made.run("webhooks", "check", "--url", URL)
        assert missing.code == 1
        assert missing.out.count("run `onebacklog webhooks install`") == 2
        ear = Ear()
        url = ear.url.removesuffix("/hook")
        made.run("webhooks", "install", "--url", url)
        assert made.github_stand_in.settle()
        found = made.run("webhooks", "check", "--url", url)
        ear.server.shutdown()
        ear.server.server_close()
        assert (found.code, found.out.count("ok ")) == (0, 2)


def test_check_tells_of_deliveries_that_fail(tmp_path: Path) -> None:
    with hooked(tmp_path) as made:
        made.run("webhooks", "install", "--url", URL)
        assert made.github_stand_in.settle()
        found = made.run("webhooks", "check", "--url", URL)
        assert (found.code, "its last delivery was answered 502" in found.out) == (1, True)


def test_a_dry_run_shows_and_writes_nothing(tmp_path: Path) -> None:
    with hooked(tmp_path) as made:
        result = made.run("webhooks", "install", "--url", URL, "--dry-run")
        assert (result.code, result.out.count("make ")) == (0, 2)
        assert made.served.writes() == []
        made.run("webhooks", "install", "--url", URL)
        writes = len(made.served.writes())
        result = made.run("webhooks", "remove", "--url", URL, "--dry-run")
        assert (result.code, result.out.count("remove ")) == (0, 2)
        assert len(made.served.writes()) == writes


def test_what_is_not_there_is_not_removed(tmp_path: Path) -> None:
    with hooked(tmp_path) as made:
        result = made.run("webhooks", "remove", "--url", URL)
        assert (result.code, result.out) == (0, "There is nothing to be done.\n")


def test_without_a_secret_in_the_settings_the_remedy_is_said(tmp_path: Path) -> None:
    with shop(tmp_path) as made:
        result = made.run("webhooks", "install", "--url", URL)
        assert result.code == 1
        assert "backlogs.shop.trackers.jira: make one with `openssl rand -hex 32`" in result.err
        assert made.served.writes() == []


@pytest.mark.parametrize(
    ("secret", "said"),
    [
        pytest.param("short", "can be guessed", id="a short one"),
        pytest.param("a" * 40, "can be guessed", id="one letter over and over"),
        pytest.param(None, "is not set", id="one that is not set"),
    ],
)
def test_a_secret_that_is_no_good_is_refused_and_said_by_check(
    tmp_path: Path, secret: str | None, said: str
) -> None:
    with hooked(tmp_path) as made:
        del made.environment["HOOKS"]
        made.environment |= {"HOOKS": secret} if secret else {}
        result = made.run("webhooks", "install", "--url", URL)
        assert (result.code, result.err.count(said)) == (1, 2)
        checked = made.run("check")
        assert checked.out.count(said) == 2
        assert checked.code == (0 if secret else 1)


def test_check_refuses_the_trackers_own_token_as_a_secret(tmp_path: Path) -> None:
    with hooked(tmp_path) as made:
        made.environment["HOOKS"] = made.environment["GITHUB_TOKEN"]
        checked = made.run("check")
        assert checked.code == 1
        assert "is the tracker's own credential" in checked.out


def test_who_may_not_manage_webhooks_is_told_who_may(tmp_path: Path) -> None:
    with hooked(tmp_path) as made:
        made.environment["GITHUB_TOKEN"] = "t-guest"
        made.served.switches.faults.append(Fault("status", "webhooks/1.0", status=403, times=9))
        result = made.run("webhooks", "install", "--url", URL)
        assert result.code == 1
        assert "need admin rights to the repository" in result.err
        assert "only an administrator of Jira" in result.err


def test_one_tracker_that_fails_holds_up_no_other(tmp_path: Path) -> None:
    with hooked(tmp_path) as made:
        made.served.switches.faults.append(
            Fault("status", "webhook", method="POST", status=422, body={"errorMessages": ["no"]})
        )
        result = made.run("webhooks", "install", "--url", URL)
        assert result.code == 1
        assert "shop.jira: Jira" in result.err
        assert (len(on_jira(made)), len(on_github(made))) == (0, 1)


def test_a_tracker_that_repeats_the_secret_brings_it_not_to_light(tmp_path: Path) -> None:
    with hooked(tmp_path) as made:
        said = {"message": f"bad {SECRET}", "errorMessages": [f"bad {SECRET}"]}
        made.served.switches.faults.append(
            Fault("status", "hook", method="POST", status=422, times=9, body=said)
        )
        result = made.run("webhooks", "install", "--url", URL)
        assert result.code == 1
        assert "bad ***" in result.err
        assert SECRET not in result.out + result.err


def test_a_jira_that_answers_no_list_is_said(tmp_path: Path) -> None:
    with hooked(tmp_path) as made:
        for body in ({"x": 1}, [{"url": f"{URL}/webhooks/shop/jira"}]):
            made.served.switches.faults.append(
                Fault("status", "webhooks/1.0", status=200, body=body)
            )
            assert "Jira answered" in made.run("webhooks", "check", "--url", URL).out


@pytest.mark.parametrize(
    "url",
    ["http://sync.acme.example", "sync.acme.example", "https://a:b@sync.acme.example"],
)
def test_an_address_that_others_could_read_or_that_is_none_is_refused(
    tmp_path: Path, url: str
) -> None:
    with hooked(tmp_path) as made:
        result = made.run("webhooks", "install", "--url", url)
        assert (result.code, result.out) == (2, "")


def with_project(made: Shop) -> None:
    text = made.settings.read_text("utf-8")
    made.settings.write_text(text.replace("acme/shop,", "acme/shop, project: 1,"), "utf-8")


def test_a_project_is_listened_to_by_a_hook_of_its_organization(tmp_path: Path) -> None:
    with hooked(tmp_path) as made:
        with_project(made)
        state = made.github_stand_in.state
        state.owners["acme"] = frozenset({"bot"})
        assert made.run("webhooks", "install", "--url", URL).code == 0
        assert made.run("webhooks", "install", "--url", URL).code == 0
        [hook] = state.hooks["acme"].values()
        assert hook.events == ("organization", "projects_v2", "projects_v2_item")
        assert made.run("webhooks", "remove", "--url", URL).code == 0
        assert state.hooks["acme"] == {}


def test_a_token_that_does_not_own_the_organization_still_gets_the_repositorys(
    tmp_path: Path,
) -> None:
    with hooked(tmp_path) as made:
        with_project(made)
        result = made.run("webhooks", "install", "--url", URL)
        assert result.code == 1
        assert "is seen when all is read" in result.err
        assert len(on_github(made)) == 1


def test_the_project_of_a_person_has_no_events_and_no_hook_is_tried(tmp_path: Path) -> None:
    with hooked(tmp_path) as made:
        with_project(made)
        accounts = made.github_stand_in.state.accounts
        object.__setattr__(accounts["acme"], "type", "User")
        result = made.run("webhooks", "check", "--url", URL)
        assert "organization" not in result.out + result.err


# Asking first


def at_a_terminal(made: Shop, answer: bytes, *args: str) -> tuple[int, str]:
    """The command with a person before it, who answers so."""
    main, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from sync.cli import main; main()", *args],
        env={**os.environ, **made.environment, "ONEBACKLOG_CONFIG": str(made.settings)},
        stdin=child,
        stdout=subprocess.PIPE,
        stderr=child,
        text=True,
    )
    os.close(child)
    os.write(main, answer)
    out, _ = process.communicate(timeout=60)
    os.close(main)
    return process.returncode, out


def test_at_a_terminal_it_is_asked_first(tmp_path: Path) -> None:
    with hooked(tmp_path) as made:
        code, out = at_a_terminal(made, b"n\n", "webhooks", "install", "--url", URL)
        assert (code, out.splitlines()[-1]) == (1, "Nothing was done.")
        assert made.served.writes() == []
        assert at_a_terminal(made, b"y\n", "webhooks", "install", "--url", URL)[0] == 0
        assert len(on_github(made)) == 1
        assert at_a_terminal(made, b"", "webhooks", "remove", "--yes", "--url", URL)[0] == 0
        assert on_github(made) == []


# Failed deliveries


def backlog(made: Shop, at: datetime | None = None) -> Backlog:
    config = load(made.settings)
    around = Surroundings(made.environment, made.folder)
    now = at or datetime.now(UTC)
    return Backlog("shop", config.backlogs["shop"], config.state, around, lambda: now)


@contextmanager
def listening(made: Shop) -> Iterator[tuple[Ear, str]]:
    """A server that hears the webhooks; they are installed."""
    ear = Ear()
    url = ear.url.removesuffix("/hook")
    assert made.run("webhooks", "install", "--url", url).code == 0
    assert made.github_stand_in.settle()
    ear.next()  # the ping
    try:
        yield ear, url
    finally:
        ear.server.shutdown()
        ear.server.server_close()


def new_issue(made: Shop) -> None:
    head = {"Authorization": "Bearer t-ada"}
    url = f"{made.served.url}/github/repos/acme/shop/issues"
    assert requests.post(url, json={"title": "A"}, headers=head, timeout=9).status_code == 201
    assert made.github_stand_in.settle()


def test_what_failed_is_sent_again_once_and_what_came_through_is_not(tmp_path: Path) -> None:
    with hooked(tmp_path) as made, listening(made) as (ear, url):
        new_issue(made)
        ear.next()
        ear.answers = [503]
        new_issue(made)
        lost, _ = ear.next()
        assert redeliver(backlog(made), url)["github"].sent == 1
        assert made.github_stand_in.settle()
        again, _ = ear.next()
        assert again["x-github-delivery"] == lost["x-github-delivery"]
        assert redeliver(backlog(made))["github"].sent == 0
        assert ear.silent()


def test_what_fails_again_is_left_to_the_full_read(tmp_path: Path) -> None:
    with hooked(tmp_path) as made, listening(made) as (ear, _):
        ear.answers = [503, 503]
        new_issue(made)
        assert redeliver(backlog(made))["github"].sent == 1
        assert made.github_stand_in.settle()
        assert redeliver(backlog(made))["github"].sent == 0


def test_only_the_last_hours_and_the_servers_own_address_are_looked_at(tmp_path: Path) -> None:
    with hooked(tmp_path) as made, listening(made) as (ear, _):
        ear.answers = [503]
        new_issue(made)
        later = datetime.now(UTC) + timedelta(hours=7)
        assert redeliver(backlog(made, later))["github"].sent == 0
        assert redeliver(backlog(made), "https://elsewhere.example")["github"].sent == 0


def test_no_more_than_so_many_are_sent_again_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.app.hooks.MOST", 1)
    with hooked(tmp_path) as made, listening(made) as (ear, _):
        ear.answers = [503, 503]
        new_issue(made)
        new_issue(made)
        done = redeliver(backlog(made))["github"]
        assert (done.sent, done.left) == (1, 1)
        assert redeliver(backlog(made))["github"].sent == 1


def test_what_cannot_be_sent_again_stops_no_server(tmp_path: Path) -> None:
    with hooked(tmp_path) as made:
        made.environment["GITHUB_TOKEN"] = "t-guest"
        assert redeliver(backlog(made)) == {}
    with shop(tmp_path) as plain:
        assert redeliver(backlog(plain)) == {}


def test_pages_of_deliveries_are_read_up_to_the_window(tmp_path: Path) -> None:
    with hooked(tmp_path) as made, listening(made):
        [hook] = made.github_stand_in.state.repositories["acme/shop"].hooks
        head = {"Authorization": "Bearer t-ada"}
        url = f"{made.served.url}/github/repos/acme/shop/hooks/{hook}/pings"
        for _ in range(101):
            requests.post(url, headers=head, timeout=9)
        began = time.monotonic()
        assert made.github_stand_in.settle(60), time.monotonic() - began
        asked = len(made.served.log)
        assert redeliver(backlog(made))["github"].sent == 0
        reads = [one.path for one in made.served.log[asked:]]
        assert sum("deliveries" in path for path in reads) == 2
        later = datetime.now(UTC) + timedelta(hours=7)
        asked = len(made.served.log)
        redeliver(backlog(made, later))
        reads = [one.path for one in made.served.log[asked:]]
        assert sum("deliveries" in path for path in reads) == 1
