"""What befalls a shop by and by: people edit on all sides, and everything goes wrong at times."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from random import Random
from typing import Any

from adapters.sandbox.server import KINDS, Fault
from sync.backlog import Backlog
from sync.model import FIELDS
from sync.state import Store
from tests.acceptance.shop import Shop
from tests.crash.scene import Mortal

LAGS = (0.0, 0.0, 120.0)
REFUSED = 5
"""By the guard."""
ATTIC = "acme/attic"
"""A repository beside the backlog's own; Jira has a project of that name."""


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
    other: Mortal
    """Who runs at the same time."""
    random: Random
    edits: list[Made] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    """What was done, for whoever looks into a failure."""
    items: int = 0
    said: dict[str, str] = field(default_factory=dict)
    """Comments, and the key that each was made at on GitHub."""
    brought: set[str] = field(default_factory=set)
    """Keys of Jira's that people gave another status."""
    stored: dict[int, str] = field(default_factory=dict)
    """Numbers of GitHub's issues in the attic, and the keys that they had."""
    count: int = 0

    def word(self, about: str) -> str:
        """One that was never used before."""
        self.count += 1
        return f"{about}{self.count}"

    def step(self) -> None:
        people = [self.add, self.retitle, self.retitle, self.label, self.say, self.status]
        lost = [self.take_away, self.bring_back]
        runs = [self.run, self.run, self.killed_run, self.two_runs]
        trouble = [self.trouble, self.trouble, self.forget]
        act = self.random.choice([*people, *lost, *trouble, *runs, self.move])
        self.story.append(act.__name__)
        act()

    # What people do.

    def keys(self, tracker: str) -> list[str]:
        if tracker == "jira":
            return [str(issue["key"]) for issue in self.on_jira()]
        if tracker == "github":
            return [f"acme/shop#{one['number']}" for one in self.on_github()]
        return [f"items/{path.name}" for path in sorted(self.made.items.glob("[!.]*.md"))]

    def _all_on_jira(self) -> list[Any]:
        return list(self.made.jira_stand_in.dump().get("issues", ()))

    def on_jira(self) -> list[Any]:
        return [issue for issue in self._all_on_jira() if issue["key"].startswith("SHOP-")]

    def on_github(self) -> list[Any]:
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
            self.said[text] = chosen[1]

    def status(self) -> None:
        if chosen := self.some("jira"):
            path = f"issue/{chosen[1]}/transitions"
            offered = self._calmly(lambda: self.made.jira.ask("GET", path))["transitions"]
            self._jira("POST", path, {"transition": {"id": self.random.choice(offered)["id"]}})
            self.brought.add(chosen[1])

    def move(self) -> None:
        keys = self.keys("jira")
        if len(keys) > 1:
            first, second = self.random.sample(keys, 2)
            body = {"issues": [first], "rankBeforeIssue": second}
            self._jira("PUT", "agile:issue/rank", body)

    def take_away(self) -> None:
        """Somebody deletes a record, or moves it to where it is none of the backlog's."""
        tracker = self.random.choice(("jira", "github"))
        known = [link.record.key for link in self.backlog().links_of(tracker) if not link.gone]
        if not (here := sorted(set(self.keys(tracker)) & set(known))):
            return
        key, deletes = self.random.choice(here), self.random.random() < 0.5
        self.edits = [one for one in self.edits if (one.tracker, one.key) != (tracker, key)]
        if tracker == "jira" and deletes:
            self.made.jira_stand_in.delete(key)
        elif tracker == "jira":
            self._moved(key, "ATTIC")
        elif deletes:
            self.made.github_stand_in.delete("acme/shop", int(key.partition("#")[2]))
        else:
            number = int(key.partition("#")[2])
            self.stored[self.made.github_stand_in.transfer("acme/shop", number, ATTIC)] = key

    def bring_back(self) -> None:
        """Somebody moves an issue to where it came from."""
        on_jira = [one["key"] for one in self._all_on_jira() if one["key"].startswith("ATTIC-")]
        if not (away := [*on_jira, *self.stored]):
            return
        chosen = self.random.choice(away)
        if isinstance(chosen, str):
            self._moved(chosen, "SHOP")
            return
        was = self.stored.pop(chosen)
        became = f"acme/shop#{self.made.github_stand_in.transfer(ATTIC, chosen, 'acme/shop')}"
        self.said = {text: became if key == was else key for text, key in self.said.items()}

    def _moved(self, key: str, project: str) -> None:
        became = self.made.jira_stand_in.move(key, project)
        if key in self.brought:
            self.brought.add(became)

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
        code = self.apply()
        self.story[-1] += f" → {code}"
        assert code in (0, 1), self.log()

    def apply(self, *options: str) -> int:
        """Where all of a tracker's records are gone the guard refuses, and a person who knows that
        they are says that it may."""
        code = self.mortal.run(self.made, "apply", "--yes", *options)
        if code == REFUSED:
            assert self.emptied(), self.log()
            self.story.append("forced")
            code = self.mortal.run(self.made, "apply", "--yes", "--force", *options)
        return code

    def emptied(self) -> list[str]:
        """Trackers that show nothing of what they showed when it was last read."""
        backlog = self.backlog()
        return [
            name
            for name in ("jira", "github")
            if any(not link.gone for link in backlog.links_of(name)) and not self.keys(name)
        ]

    def killed_run(self) -> None:
        at = self.random.randrange(0, 12)
        self.mortal.run(self.made, "apply", "--yes", kind="commit", at=at)

    def two_runs(self) -> None:
        """At once: one waits for the other."""
        with ThreadPoolExecutor(2) as pool:
            both = [
                pool.submit(one.run, self.made, "apply", "--yes", "--wait", "60")
                for one in (self.mortal, self.other)
            ]
            codes = [run.result() for run in both]
        self.story[-1] += f" → {codes}"
        assert set(codes) <= {0, 1} or self.emptied(), self.log()

    def backlog(self) -> Backlog:
        store = Store(f"sqlite:///{self.made.folder / 'state.db'}")
        try:
            store.migrate()  # there may have been no run yet
            return store.load("shop", FIELDS)
        finally:
            store.close()

    def log(self) -> str:
        return (self.made.folder / "run.log").read_text()[-4000:]
