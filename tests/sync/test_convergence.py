"""The law of the whole: random edits on all sides, faults and restarts; it converges, loses
nothing, and makes no twin."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from adapters.base import Setup
from adapters.files.codec import FilesCodec
from adapters.memory import Codec, MemoryReleases, MemoryTracker, shown_as
from sync.model import FIELDS, Criterion, FieldName, Item, Shape, TrackerName, Value
from sync.plan import Conflict, Plan
from sync.state import Store
from sync.tracker import Codec as AnyCodec
from sync.tracker import Denied, RecordId, RetryLater, TrackerError, Unavailable
from tests.sync.files_place import FilesPlace
from tests.sync.world import World
from tests.sync.world import shown as whole

WORDS = st.sampled_from(["Pay", "Ship", "Refund", "log in", "Größe ", "  trim me"])
LINES = st.lists(st.sampled_from(["one", "two", "", "three ", "- four", "- five"]), max_size=6)
VALUES: dict[FieldName, st.SearchStrategy[Value]] = {
    "title": WORDS.map(lambda word: word.strip() + "!"),
    "description": LINES.map("\n".join),
    "acceptance_criteria": st.lists(
        st.builds(Criterion, st.sampled_from(["a", "b", "c", "d"]), st.booleans()),
        max_size=4,
        unique_by=lambda criterion: criterion.text,
    ).map(tuple),
    "kind": st.sampled_from(["story", "bug"]),
    "status": st.sampled_from(["todo", "in_progress", "done", "cancelled"]),
    "priority": st.sampled_from([None, "high", "low"]),
    "labels": st.frozensets(st.sampled_from(["ui", "UX", "api"])),
    "assignees": st.frozensets(st.sampled_from(["ada", "bob"]), max_size=2),
    "estimate": st.sampled_from([None, 1.0, 2.5]),
    "release": st.sampled_from([None, "1.0", "2.0"]),
    "sprint": st.sampled_from([None, "Sprint 1", "Sprint 2"]),
    "components": st.frozensets(st.sampled_from(["web", "back office"])),
    "due": st.sampled_from([None, "2026-11-24", "2027-02-28"]),
    "resolution": st.sampled_from([None, "duplicate"]),
}
SCALARS = ("title", "kind", "status", "priority", "estimate", "release", "sprint", "due")
REFERENCES = ("parent", "blocked_by", "relates_to", "duplicates")
NAMES: tuple[TrackerName, ...] = ("jira", "github", "files")


@dataclass(frozen=True)
class Made:
    """One field that a person edited since the last run."""

    tracker: TrackerName
    record: RecordId
    name: FieldName
    before: object
    shown: object


class Convergence(RuleBasedStateMachine):
    """Three places: one that normalises, one that also knows little, one that is exact."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="onebacklog-"))
        shutil.copy(_empty_state(), self.folder / "state.db")
        self.places: dict[TrackerName, MemoryTracker | FilesPlace] = {
            "jira": MemoryTracker(normalise=True, releases=MemoryReleases()),
            "github": MemoryTracker(
                normalise=True,
                open_closed=True,
                single_assignee=True,
                ordered=False,
                releases=MemoryReleases(),
            ),
            "files": self.third_place(),
        }
        self.world = World(self.folder, {})
        for name, place in self.places.items():
            if isinstance(place, MemoryTracker):
                self.world.places[name] = place
            else:
                self.world.extra[name] = place.adapter
        self.edits: list[Made] = []
        self.added = 0

    def third_place(self) -> MemoryTracker | FilesPlace:
        return MemoryTracker()

    def codec(self, tracker: TrackerName) -> AnyCodec:
        place = self.places[tracker]
        return (
            Codec(Setup(tracker), place)
            if isinstance(place, MemoryTracker)
            else FilesCodec(FIELDS, {})
        )

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @initialize(titles=st.lists(WORDS, max_size=3), tracker=st.sampled_from(NAMES))
    def begin(self, titles: list[str], tracker: TrackerName) -> None:
        for title in titles:
            self.add(tracker, title)

    @rule(tracker=st.sampled_from(NAMES), title=WORDS)
    def add(self, tracker: TrackerName, title: str) -> None:
        self.added += 1
        place = self.places[tracker]
        status = "open" if place.open_closed else "todo"
        unique = f"{title.strip()} {self.added}"
        record = place.add(whole({"title": unique, "status": "todo"}))
        place.write(record.id, {"status": status})

    @rule(data=st.data(), tracker=st.sampled_from(NAMES), name=st.sampled_from(list(VALUES)))
    def edit(self, data: st.DataObject, tracker: TrackerName, name: FieldName) -> None:
        place = self.places[tracker]
        records = place.all()
        if not records:
            return
        record = data.draw(st.sampled_from(records), label="record")
        shown = shown_as(data.draw(VALUES[name], label="value"))
        if name == "status" and place.open_closed:
            shown = "closed" if shown in ("done", "cancelled") else "open"
        if name == "release" and isinstance(place, MemoryTracker) and place.releases:
            place.releases.ensure(shown)
        after = place.write(record.id, {name: shown})
        self.edits = [
            made
            for made in self.edits
            if (made.tracker, made.record, made.name) != (tracker, record.id, name)
        ]
        if after.shown[name] != record.shown[name]:
            made = Made(tracker, record.id, name, record.shown[name], after.shown[name])
            self.edits.append(made)

    @rule(data=st.data(), tracker=st.sampled_from(["jira", "files"]))
    def refer(self, data: st.DataObject, tracker: TrackerName) -> None:
        place = self.places[tracker]
        records = place.all()
        if len(records) < 2:
            return
        child, other = data.draw(st.permutations(records), label="records")[:2]
        name = data.draw(st.sampled_from(REFERENCES))
        place.write(child.id, {name: other.id if name == "parent" else [other.id]})

    @rule(data=st.data(), tracker=st.sampled_from(["jira", "files"]))
    def move(self, data: st.DataObject, tracker: TrackerName) -> None:
        place = self.places[tracker]
        if len(place.all()) < 2:
            return
        moved, after = data.draw(st.permutations([r.id for r in place.all()]))[:2]
        place.place(moved, data.draw(st.sampled_from([None, after])))

    @rule(
        data=st.data(),
        tracker=st.sampled_from(["jira", "github"]),
        due=st.sampled_from([None, "2026-05-01", "2026-06-01"]),
        done=st.booleans(),
    )
    def change_a_release(
        self, data: st.DataObject, tracker: TrackerName, due: str | None, done: bool
    ) -> None:
        releases = self._releases(tracker)
        if releases.held:
            id = data.draw(st.sampled_from(sorted(releases.held)), label="release")
            releases.set(id, {"due": due, "done": done})

    @rule(data=st.data(), tracker=st.sampled_from(["jira", "github"]))
    def rename_a_release(self, data: st.DataObject, tracker: TrackerName) -> None:
        releases, place = self._releases(tracker), self.places[tracker]
        assert isinstance(place, MemoryTracker)
        if not releases.held or any(made.name == "release" for made in self.edits):
            return
        id = data.draw(st.sampled_from(sorted(releases.held)), label="release")
        old = releases.held[id].shown["name"]
        self.added += 1
        new = f"R{self.added}"
        releases.set(id, {"name": new})
        place.rename_release(old, new)

    def _releases(self, tracker: TrackerName) -> MemoryReleases:
        place = self.places[tracker]
        assert isinstance(place, MemoryTracker)
        assert place.releases is not None
        return place.releases

    @rule(
        faults=st.dictionaries(st.integers(0, 6), st.sampled_from(["before", "after", "halfway"])),
        tracker=st.sampled_from(NAMES),
    )
    def break_a_run(self, faults: dict[int, str], tracker: TrackerName) -> None:
        self.places[tracker].faults = dict(faults)  # type: ignore[arg-type]
        self._run(die_after=None)
        for place in self.places.values():
            place.faults = {}

    @rule(die_after=st.integers(0, 6))
    def kill_a_run(self, die_after: int) -> None:
        self._run(die_after=die_after)

    @rule(
        tracker=st.sampled_from(["jira", "github"]),
        error=st.sampled_from([RetryLater("429", after=60.0), Unavailable("503"), Denied("401")]),
    )
    def run_while_one_is_down(self, tracker: TrackerName, error: TrackerError) -> None:
        """Nothing is judged from its absence: what it shows stays as it is, on all sides."""
        place = self.places[tracker]
        assert isinstance(place, MemoryTracker)
        before = {record.id: record.version for record in place.all()}
        place.down = error
        self.world.apply()
        place.down = None
        assert {record.id: record.version for record in place.all()} == before
        self._run(die_after=None)

    @rule(data=st.data(), tracker=st.sampled_from(["jira", "github"]))
    def delete(self, data: st.DataObject, tracker: TrackerName) -> None:
        place = self.places[tracker]
        assert isinstance(place, MemoryTracker)
        if records := place.all():
            gone = data.draw(st.sampled_from([record.id for record in records]), label="record")
            place.remove(gone)
            self.world.whole = True
            self.edits = [it for it in self.edits if (it.tracker, it.record) != (tracker, gone)]

    @rule(lag=st.integers(1, 3), tracker=st.sampled_from(NAMES))
    def lag(self, lag: int, tracker: TrackerName) -> None:
        self.places[tracker].lag = lag

    @precondition(lambda self: not any(place.lag for place in self.places.values()))
    @rule()
    def run(self) -> None:
        """After a run without mishap there is nothing left to do, and all sides agree."""
        # What an earlier fault left undone, the first run does, however often that failed.
        self._run(die_after=None, retry=True)
        decision = self.world.plan()
        assert decision.plan.edits == ()
        assert decision.plan.moves == ()
        assert decision.plan.pairings == ()
        assert decision.plan.releases == ()
        self._releases_agree(decision.plan)
        self._no_twins()
        self._agree(decision.plan.conflicts)

    @rule()
    def catch_up(self) -> None:
        for place in self.places.values():
            place.lag = 0

    def _run(self, *, die_after: int | None, retry: bool = False) -> None:
        lagging = any(place.lag for place in self.places.values())
        planned = self.world.plan().plan
        self.world.apply(die_after=die_after, retry=retry)
        if not lagging:
            self._nothing_lost(planned.conflicts)

    def _nothing_lost(self, conflicts: tuple[Conflict, ...]) -> None:
        """What people did since the last run is in the backlog, or in a conflict."""
        items = self.world.items()
        held = {(conflict.item, conflict.field) for conflict in conflicts}
        store = Store(self.world.url)
        backlog = store.load("shop", FIELDS)
        store.close()
        for made in self.edits:
            [link] = [
                one
                for one in backlog.links_of(made.tracker)
                if made.record in (one.record.id, f"path:{one.record.key}")
            ]
            if (link.item, made.name) not in held:
                self._taken(items[link.item], made)
        self.edits = []

    def _taken(self, item: Item, made: Made) -> None:
        codec = self.codec(made.tracker)
        value = item.values.get(made.name)
        if made.name in SCALARS:
            rivals = [
                other for other in self.edits if other.name == made.name and other is not made
            ]
            if not rivals:
                empty: Value = None
                assert codec.shows(made.name, value if value is not None else empty, made.shown)
        elif FIELDS[made.name] is Shape.SET and isinstance(value, frozenset | None):
            spelt = {entry.lower() for entry in value or ()}
            added = set(made.shown) - set(made.before)  # type: ignore[call-overload]
            assert {entry.lower() for entry in added} <= spelt

    def _no_twins(self) -> None:
        """Each item once on each side, but where people deleted its record."""
        items = set(self.world.items())
        store = Store(self.world.url)
        backlog = store.load("shop", FIELDS)
        store.close()
        for tracker, place in self.places.items():
            gone = {link.item for link in backlog.links_of(tracker) if link.gone}
            there = [backlog.links[tracker][record.id].item for record in place.all()]
            assert sorted(there) == sorted(items - gone), tracker
            marks = Counter(record.mark for record in place.all() if record.mark)
            assert all(count == 1 for count in marks.values())

    def _releases_agree(self, plan: Plan) -> None:
        """Each field that no conflict holds is the same wherever the release is."""
        held = {(one.release, one.field) for one in plan.release_conflicts}
        said: dict[tuple[str, str], set[object]] = {}
        for tracker in ("jira", "github"):
            names = [one.shown["name"] for one in self._releases(tracker).held.values()]
            assert len(names) == len(set(names)), tracker
            for one in self._releases(tracker).held.values():
                for field in ("due", "done"):
                    said.setdefault((one.shown["name"], field), set()).add(one.shown[field])
        assert all(len(values) == 1 or key in held for key, values in said.items())

    def _agree(self, conflicts: tuple[Conflict, ...]) -> None:
        held = {(conflict.item, conflict.field) for conflict in conflicts}
        if any(one.field == "name" for one in self.world.plan().plan.release_conflicts):
            held |= {(item, "release") for item in self.world.items()}  # each has its own name
        store = Store(self.world.url)
        backlog = store.load("shop", FIELDS)
        store.close()
        for tracker, place in self.places.items():
            codec = self.codec(tracker)
            for link in backlog.links_of(tracker):
                record = place.shows(link.record.id)
                if link.gone:
                    assert record is None
                    continue
                assert record is not None
                item = backlog.items[link.item]
                for name in VALUES:
                    if (link.item, name) in held:
                        continue
                    value = item.values.get(name)
                    if value is None:
                        value = {"description": "", "acceptance_criteria": ()}.get(
                            name, frozenset() if FIELDS[name] is Shape.SET else None
                        )
                    assert codec.shows(name, value, record.shown[name]), (tracker, name, value)
        for tracker, place in self.places.items():
            if place.ordered:
                order = [backlog.links[tracker][record.id].item for record in place.all()]
                assert order == [item for item in backlog.order if item in set(order)], tracker
        for item in backlog.items.values():  # a relation is said from both its ends
            assert all(item.id in backlog.items[other].relates_to for other in item.relates_to)


_TEMPLATE: list[Path] = []


def _empty_state() -> Path:
    """A migrated state database, made once: migrating takes most of an example's time."""
    if not _TEMPLATE:
        path = Path(tempfile.mkdtemp(prefix="onebacklog-")) / "state.db"
        store = Store(f"sqlite:///{path}")
        store.migrate()
        store.close()
        _TEMPLATE.append(path)
    return _TEMPLATE[0]


class ConvergenceWithFiles(Convergence):
    """The same with a real folder of files as the third."""

    def third_place(self) -> MemoryTracker | FilesPlace:
        return FilesPlace(self.folder / "backlog")


TestConvergence = Convergence.TestCase
TestConvergence.settings = settings(
    max_examples=60,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestConvergenceWithFiles = ConvergenceWithFiles.TestCase
TestConvergenceWithFiles.settings = settings(TestConvergence.settings, max_examples=25)
