"""Random histories over real HTTP: people edit on all sides, and everything goes wrong at times."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from adapters.sandbox.server import KINDS, Fault
from sync.backlog import Backlog
from sync.model import FIELDS, Item, dump
from sync.state import Journal, Store
from tests.acceptance.shop import Flavour, Shop, shop
from tests.crash.scene import Mortal

LAGS = (0.0, 0.0, 120.0)
SKEWS = (0.0, 90.0, -90.0)
MORE = """
    comments: {from: [jira, github], to: [jira, github]}
    guard: {changes: 1, moves: 1, closes: 1}
"""


@dataclass(frozen=True)
class Made:
    """What a person made of one field of one record."""

    tracker: str
    key: str
    name: str
    value: str


@dataclass
class History:
    """One shop, and what is done to it. The same seed does the same."""

    made: Shop
    mortal: Mortal
    random: Random
    edits: list[Made] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    """What was done, for whoever looks into a failure."""
    items: int = 0
    said: set[str] = field(default_factory=set)
    count: int = 0

    def word(self, about: str) -> str:
        """One that was never used before."""
        self.count += 1
        return f"{about}{self.count}"

    def step(self) -> None:
        acts: list[Callable[[], None]] = [
            *[self.add, self.retitle, self.retitle, self.label, self.say, self.status],
            *[
                self.trouble,
                self.trouble,
                self.forget,
                self.run,
                self.run,
                self.killed_run,
                self.move,
            ],
        ]
        act = self.random.choice(acts)
        self.story.append(act.__name__)
        act()

    # What people do.

    def keys(self, tracker: str) -> list[str]:
        if tracker == "jira":
            return [str(issue["key"]) for issue in self._on_jira()]
        if tracker == "github":
            return [f"acme/shop#{one['number']}" for one in self._on_github()]
        return [f"items/{path.name}" for path in sorted(self.made.items.glob("[!.]*.md"))]

    def _on_jira(self) -> list[Any]:
        return list(self.made.jira_stand_in.dump().get("issues", ()))

    def _on_github(self) -> list[Any]:
        repository = self.made.github_stand_in.dump()["repositories"]["acme/shop"]
        return list(repository.get("issues", ()))

    def some(self, *trackers: str) -> tuple[str, str] | None:
        tracker = self.random.choice(trackers)
        keys = self.keys(tracker)
        return (tracker, self.random.choice(keys)) if keys else None

    def add(self) -> None:
        tracker = self.random.choice(("jira", "github", "files"))
        title = self.word("Item ")
        self.items += 1
        if tracker == "jira":
            place = {"project": {"key": "SHOP"}, "issuetype": {"name": "Story"}}
            self._jira("POST", "issue", {"fields": {**place, "summary": title}})
        elif tracker == "github":
            self._github("POST", "/issues", title=title)
        else:
            self.made.items.mkdir(parents=True, exist_ok=True)
            (self.made.items / f"{self.word('new-')}.md").write_text(f"# {title}\n")

    def retitle(self) -> None:
        if chosen := self.some("jira", "github", "files"):
            title = self.word("Called ")
            self.call(*chosen, title)
            self._note(Made(*chosen, "title", title))

    def call(self, tracker: str, key: str, title: str) -> None:
        if tracker == "jira":
            self._jira("PUT", f"issue/{key}", {"fields": {"summary": title}})
        elif tracker == "github":
            self._github("PATCH", f"/issues/{key.partition('#')[2]}", title=title)
        else:
            path = self.made.folder / "backlog" / key
            lines = path.read_text().split("\n")
            at = next(n for n, line in enumerate(lines) if line.startswith("# "))
            lines[at] = f"# {title}"
            path.write_text("\n".join(lines))

    def label(self) -> None:
        if chosen := self.some("jira", "github"):
            tracker, key = chosen
            label = self.word("label")
            if tracker == "jira":
                self._jira("PUT", f"issue/{key}", {"update": {"labels": [{"add": label}]}})
            else:
                number = key.partition("#")[2]
                self._github("POST", f"/issues/{number}/labels", labels=[label])
            self._note(Made(tracker, key, "labels", label))

    def say(self) -> None:
        if chosen := self.some("github"):
            text = self.word("Words ")
            self._github("POST", f"/issues/{chosen[1].partition('#')[2]}/comments", body=text)
            self.said.add(text)

    def status(self) -> None:
        if chosen := self.some("jira"):
            path = f"issue/{chosen[1]}/transitions"
            offered = self._calmly(lambda: self.made.jira.ask("GET", path))["transitions"]
            self._jira("POST", path, {"transition": {"id": self.random.choice(offered)["id"]}})

    def move(self) -> None:
        keys = self.keys("jira")
        if len(keys) > 1:
            first, second = self.random.sample(keys, 2)
            body = {"issues": [first], "rankBeforeIssue": second}
            self._jira("PUT", "agile:issue/rank", body)

    def _note(self, made: Made) -> None:
        """A person who edits again what was never read since has changed their mind."""
        same = (made.tracker, made.key, made.name)
        if made.name == "title":
            self.edits = [it for it in self.edits if (it.tracker, it.key, it.name) != same]
        self.edits.append(made)

    def _jira(self, method: str, path: str, body: Any) -> None:
        self._calmly(lambda: self.made.jira.ask(method, path, body))

    def _github(self, method: str, path: str, **data: Any) -> None:
        self._calmly(lambda: self.made.github.call(method, path, **data))

    def _calmly(self, act: Callable[[], Any]) -> Any:
        """What befalls us, befalls no person."""
        switches = self.made.served.switches
        faults, switches.faults = switches.faults, []
        try:
            return act()
        finally:
            switches.faults = faults

    # What goes wrong, and what we do.

    def trouble(self) -> None:
        switches, random = self.made.served.switches, self.random
        switches.lag = random.choice(LAGS)
        for _ in range(random.randrange(1, 4)):
            kind = random.choice(list(KINDS))
            path = random.choice(("/jira/", "/github/", "/issue", "/issues", "bulk", "/comments"))
            times, skip = random.randrange(1, 6), random.randrange(0, 6)
            fault = Fault(
                kind, path, times=times, skip=skip, after=random.choice((0.0, 1.0, 900.0))
            )
            if kind == "slow":
                fault.after = 0.0
            switches.faults.append(fault)

    def forget(self) -> None:
        """Jira says of a write that it is done, and does nothing."""
        path = self.random.choice(("/issue/[^/]+$", "/transitions$", "/issue/rank$"))
        skip, times = self.random.randrange(0, 3), self.random.randrange(1, 4)
        fault = Fault("status", path, skip=skip, times=times, status=204)
        fault.method = "POST" if "transitions" in path else "PUT"
        self.made.served.switches.faults.append(fault)

    def run(self) -> None:
        code = self.mortal.run(self.made, "apply", "--yes")
        self.story[-1] += f" → {code}"
        assert code in (0, 1), self.log()

    def killed_run(self) -> None:
        at = self.random.randrange(0, 12)
        self.mortal.run(self.made, "apply", "--yes", kind="commit", at=at)

    def log(self) -> str:
        return (self.made.folder / "run.log").read_text()[-4000:]

    # The law.

    def settle(self) -> None:
        """Nothing goes wrong any more: two runs, and there is nothing left to do. What is in
        conflict is so until people agree; then one run more, and all sides do."""
        switches = self.made.served.switches
        switches.faults.clear()
        switches.lag = 0.0
        for _ in range(2):
            code = self.mortal.run(self.made, "apply", "--yes", "--retry")
        assert code == 0, self.log()
        plan = self._settled()
        self._nothing_lost(plan)
        if plan["conflicts"]:
            self._agree(plan)
            assert self.mortal.run(self.made, "apply", "--yes") == 0, self.log()
            plan = self._settled()
            assert not plan["conflicts"], json.dumps(plan["conflicts"])
        for tracker in ("jira", "github", "files"):
            assert len(self.keys(tracker)) == self.items, tracker
        self._heard()

    def _settled(self) -> Any:
        plan = self.made.run("plan", "--format", "json").json
        left = {name: plan[name] for name in ("edits", "moves", "pairings") if plan[name]}
        assert not left, json.dumps(left)
        return plan

    def _agree(self, plan: Any) -> None:
        """On each side that is in conflict somebody writes the same: what the backlog has, where
        it stands against a tracker by itself."""
        links = self._backlog().links
        for conflict in plan["conflicts"]:
            assert conflict["field"] == "title", conflict
            title = conflict["sides"].get("backlog") or self.word("Agreed ")
            for tracker in conflict["sides"].keys() - {"backlog"}:
                [key] = [
                    link.record.key
                    for link in links[tracker].values()
                    if link.item == conflict["item"]
                ]
                self.call(tracker, key, title)

    def _backlog(self) -> Backlog:
        store = Store(f"sqlite:///{self.made.folder / 'state.db'}")
        try:
            return store.load("shop", FIELDS)
        finally:
            store.close()

    def _nothing_lost(self, plan: Any) -> None:
        backlog = self._backlog()
        store = Store(f"sqlite:///{self.made.folder / 'state.db'}")
        entries = Journal(store.engine).entries("shop", limit=100_000)
        store.close()
        in_conflict = {(one["item"], one["field"]) for one in plan["conflicts"]}
        for made in self.edits:
            links = [one for one in backlog.links_of(made.tracker) if one.record.key == made.key]
            assert links, f"{made.key} is tied to nothing"
            item = links[0].item
            journal = [
                text
                for one in entries
                if one.item == item and one.field == made.name
                for text in (json.dumps(one.before), json.dumps(one.after))
            ]
            there = _shows(backlog.items[item], made) or (item, made.name) in in_conflict
            assert there or any(json.dumps(made.value) in text for text in journal), made

    def _heard(self) -> None:
        """Each comment is there once, and its copy is."""
        jira = json.dumps([one.get("comments") for one in self._on_jira()])
        github = json.dumps([one.get("comments") for one in self._on_github()])
        for text in self.said:
            for shown in (jira, github):
                assert shown.count(f'{text}"') + shown.count(f"{text}\\n") == 1, text


def _shows(item: Item, made: Made) -> bool:
    value = dump(item.values.get(made.name))
    return made.value in value if isinstance(value, list) else made.value == value


def play(folder: Path, flavour: Flavour, seed: int, steps: int, mortal: Mortal) -> None:
    """One random history; AssertionError, with its story, where the law does not hold."""
    with shop(folder, flavour=flavour) as made:
        made.configure(MORE)
        history = History(made, mortal, Random(seed))
        made.served.switches.skew = history.random.choice(SKEWS)  # a clock is wrong, and stays so
        try:
            for _ in range(3):
                history.add()
            for _ in range(steps):
                history.step()
            history.settle()
        except AssertionError as error:
            error.add_note(f"seed {seed} on {flavour}: {', '.join(history.story)}")
            raise
