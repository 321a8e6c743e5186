"""People who work on the trackers of a fleet, and the webhooks that tell of it, until accepted."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from queue import SimpleQueue
from random import Random
from typing import Any, Literal

import requests

from tests.adapters.deliveries import CLOUD, GITHUB, sign
from tests.work.fleet import SECRET, SEEDED, Fleet
from tests.work.place import until

Kind = Literal["new", "comment", "rename"]
PATIENCE = 3.0
"""Seconds for an answer, after which the same delivery is sent again, to another process."""
SENDERS = 4


@dataclass(frozen=True)
class Deed:
    """Something that a person did, and the delivery that tells of it."""

    backlog: str
    kind: Kind
    word: str
    """What is seen of it: a title, or a comment's text. No other deed has it."""
    item: int
    """The number on GitHub of the issue that it is about."""
    delivery: str
    tracker: Literal["github", "jira"]
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Accepted:
    """When a delivery was sent, and when it was answered."""

    deed: Deed
    begun: float
    ended: float


@dataclass
class Story:
    """What happened."""

    deeds: list[Deed] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)
    answers: Counter[object] = field(default_factory=Counter)
    """How often a delivery was answered with which status, or with what instead."""


class People:
    """Each deed is unlike all others, so that each can be looked for on the other tracker."""

    def __init__(self, fleet: Fleet, random: Random) -> None:
        self.fleet, self.random, self.story = fleet, random, Story()
        self._numbers = count(1)
        self._letters: SimpleQueue[Deed | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._under_way = 0
        self._keys = dict[tuple[str, int], Any]()

    def learn(self) -> None:
        """Which issue on Jira is the copy of which on GitHub; to be called once all agree."""
        for backlog in self.fleet.backlogs:
            ids = {one["fields"]["summary"]: one["id"] for one in self.fleet.on_jira(backlog)}
            for issue in self.fleet.on_github(backlog):
                self._keys[backlog, issue["number"]] = ids[issue["title"]]

    def act(self, backlog: str | None = None, kind: Kind | None = None) -> Deed:
        """Does something, and has it told."""
        backlog = backlog or self.random.choice(self.fleet.backlogs)
        kind = kind or self.random.choices(("new", "comment", "rename"), (2, 5, 3))[0]
        deed = getattr(self, f"_{kind}")(backlog, f"{kind}-{next(self._numbers)}")
        with self._lock:
            self.story.deeds.append(deed)
            self._under_way += 1
        self._letters.put(deed)
        return deed

    def key(self, deed: Deed) -> Any:
        """The id on Jira of what it was done to."""
        return self._keys[deed.backlog, deed.item]

    def _new(self, backlog: str, word: str) -> Deed:
        issue = self.fleet.github(backlog, "POST", "/issues", title=word)
        return self._on_github(backlog, "new", word, issue, "issues", "opened")

    def _comment(self, backlog: str, word: str) -> Deed:
        number = self.random.randint(1, SEEDED // 2)
        rest = f"/issues/{number}"
        self.fleet.github(backlog, "POST", f"{rest}/comments", body=word)
        issue = self.fleet.github(backlog, "GET", rest)
        return self._on_github(backlog, "comment", word, issue, "issue_comment", "created")

    def _rename(self, backlog: str, word: str) -> Deed:
        """Of the items' second half, each is renamed on one tracker alone: nobody disagrees."""
        number = self.random.randint(SEEDED // 2 + 1, SEEDED)
        if number % 2:
            issue = self.fleet.github(backlog, "PATCH", f"/issues/{number}", title=word)
            return self._on_github(backlog, "rename", word, issue, "issues", "edited")
        record = self._keys[backlog, number]
        self.fleet.jira("PUT", f"issue/{record}", {"fields": {"summary": word}})
        payload = {
            "webhookEvent": "jira:issue_updated",
            "issue": {"id": record, "fields": {"project": {"key": backlog.upper()}}},
        }
        body, delivery = json.dumps(payload).encode(), f"d-{word}"
        headers = {"x-atlassian-webhook-identifier": delivery, CLOUD: sign(body, SECRET)}
        return Deed(backlog, "rename", word, number, delivery, "jira", body, headers)

    def _on_github(
        self, backlog: str, kind: Kind, word: str, issue: Any, event: str, action: str
    ) -> Deed:
        payload = {
            "action": action,
            "issue": issue,
            "repository": {"full_name": f"acme/{backlog}"},
        }
        body, delivery = json.dumps(payload).encode(), f"d-{word}"
        headers = {
            "content-type": "application/json",
            "x-github-event": event,
            "x-github-delivery": delivery,
            GITHUB: sign(body, SECRET),
        }
        return Deed(backlog, kind, word, issue["number"], delivery, "github", body, headers)

    def wait(self, seconds: float = 60) -> None:
        """Until all is accepted."""
        until(lambda: self._under_way == 0, seconds)
        refused = [said for said in self.story.answers if said in range(400, 500)]
        assert not refused, self.story.answers

    @contextmanager
    def telling(self) -> Iterator[None]:
        threads = [threading.Thread(target=self._tell, daemon=True) for _ in range(SENDERS)]
        for one in threads:
            one.start()
        try:
            yield
        finally:
            for _ in threads:
                self._letters.put(None)

    def _tell(self) -> None:
        with requests.Session() as session:
            while (deed := self._letters.get()) is not None:
                begun = time.monotonic()
                while not self._send(session, deed):
                    time.sleep(0.1)
                with self._lock:
                    self.story.accepted.append(Accepted(deed, begun, time.monotonic()))
                    self._under_way -= 1

    def _send(self, session: requests.Session, deed: Deed) -> bool:
        """Once, to any of the servers. Is it settled, so that nobody would send it again?"""
        port = Random().choice(self.fleet.web).port
        url = f"http://127.0.0.1:{port}/webhooks/{deed.backlog}/{deed.tracker}"
        said: object
        try:
            said = session.post(url, deed.body, headers=deed.headers, timeout=PATIENCE).status_code
        except requests.RequestException as error:
            said = type(error).__name__
        with self._lock:
            self.story.answers[said] += 1
        return said in range(200, 500)
