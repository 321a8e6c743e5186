"""Reading issues: all, those that changed, or single ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from adapters.comments import Entry
from adapters.github.client import GitHubClient
from adapters.github.comments import Thread
from adapters.github.decode import Decoder
from adapters.github.places import Directory
from adapters.github.project_board import Board
from adapters.github.shapes import Issue
from adapters.github.whereabouts import Whereabouts
from adapters.github.window import OVERLAP, RECENT, Window, stamp, started
from sync.model import Json
from sync.tracker import Gone, Problem, Record, RecordId, Snapshot


@dataclass(frozen=True, slots=True)
class Scope:
    """Which issues belong to the backlog."""

    labels: tuple[str, ...] = ()
    """An issue has them all."""
    state: str = "all"

    @classmethod
    def of(cls, where: Mapping[str, Json]) -> Scope:
        return cls(tuple(where.get("labels") or ()), str(where.get("state") or "all"))

    @property
    def folded(self) -> frozenset[str]:
        return frozenset(label.casefold() for label in self.labels)

    def means(self, issue: Issue) -> bool:
        """Has it the labels? Its state decides only what is taken up: a linked one may close."""
        return self.folded <= {name.casefold() for name in issue.label_names}

    def holds(self, issue: Issue) -> bool:
        return self.means(issue) and self.state in ("all", issue.state)


@dataclass
class Reader:
    """Reads one repository's issues, and keeps the window up to date."""

    client: GitHubClient
    decoder: Decoder
    scope: Scope
    directory: Directory = field(default_factory=Directory)
    window: Window | None = None
    issues: dict[RecordId, Issue] = field(default_factory=dict)
    """As the last `get` found them."""
    board: Board | None = None
    """The Project's; None where there is none."""
    thread: Thread | None = None
    """Their comments; None where they are not carried."""
    discussions: bool = False
    """Has the repository any, which issues can be made?"""
    gone: dict[RecordId, Gone] = field(default_factory=dict)
    """Linked issues that this read found to be no longer in scope, or no longer there."""

    def read(self, window: Window | None) -> Snapshot:
        self.window, self.gone = window, {}
        return self._read_all() if window is None else self._read_changes(window)

    @property
    def whereabouts(self) -> Whereabouts:
        return Whereabouts(self.client, self.discussions)

    def _read_all(self) -> Snapshot:
        """By creation, so that what changes meanwhile does not move between the pages."""
        query = {"state": "all", "sort": "created", "direction": "asc"}
        if self.scope.labels:
            query["labels"] = ",".join(self.scope.labels)
        found: dict[RecordId, Issue] = {}
        everything: list[Issue] = []
        for listed, headers in self.client.issue_pages(query):
            now = started(headers)
            if self.window is None and now is not None:
                self.window = Window(stamp(now - OVERLAP))
            found |= {issue.node_id: issue for issue in self._taken(listed)}
            everything += listed
        found |= self._missing(found)
        self._learn(found)
        found = self._still(found)
        if self.thread and not self.scope.labels:
            self.thread.expect(everything)
        return self._snapshot(list(found.values()), complete=True)

    def _all_known(self, query: Mapping[str, str], window: Window) -> bool:
        known = sum(version >= window.since for version in window.known.values())
        return self.client.count_issues(query) <= known

    def _read_changes(self, window: Window) -> Snapshot:
        """Newest first, so that a page on which all is known may be the last one to read.

        That page is the last only where it is known why it is there, as after a run that wrote
        much: something changed a short while ago, and no more issues changed than are known.
        What lies below is read by the first run that finds nothing so new, and only then does the
        window go on.
        """
        query = {"state": "all", "sort": "updated", "direction": "desc", "since": window.since}
        found: dict[RecordId, Issue] = {}
        all_known = bool(window.known) and self._all_known(query, window)
        edge = recent = newest = None
        for listed, headers in self.client.issue_pages(query):
            now = started(headers)
            edge = edge or (stamp(now - OVERLAP) if now else None)
            recent = recent or (stamp(now - RECENT) if now else None)
            page = {issue.node_id: issue for issue in self._taken(listed)}
            newest = newest or next((issue.updated_at for issue in page.values()), None)
            fresh = {id_ for id_, issue in page.items() if window.known.get(id_) != issue.version}
            found = {**page, **found}
            more = 'rel="next"' in headers.get("link", "")
            if more and all_known and page and not fresh and newest and newest >= (recent or "~"):
                edge = None
                break
        fresh_ones = {i: it for i, it in found.items() if window.known.get(i) != it.version}
        new = list(self._still(fresh_ones).values())
        self._learn(found)
        if self.thread:
            self.thread.expect(new, window.since)
        if edge and self.window:
            self.window = self.window.advance(edge)
        return self._snapshot(new, complete=False)

    def _taken(self, listed: Sequence[Issue]) -> Iterator[Issue]:
        for issue in listed:
            self.directory.learn(issue)
            if self.takes(issue):
                yield issue
            elif issue.node_id in self.directory.linked:
                self.gone[issue.node_id] = Gone("out of scope")

    def takes(self, issue: Issue) -> bool:
        """Is it in the backlog?"""
        linked = issue.node_id in self.directory.linked
        meant = self.scope.means(issue) if linked else self.scope.holds(issue)
        return issue.pull_request is None and meant

    def _missing(self, found: Mapping[RecordId, Issue]) -> dict[RecordId, Issue]:
        """Linked issues that were not listed: notes what became of them; those that are in scope
        all the same, since the pages moved while they were read."""
        numbers = self.directory.numbers
        missing = self.directory.linked - found.keys() - self.gone.keys()
        here: dict[RecordId, Issue] = {}
        for id_, told in self.whereabouts.missing({i: numbers.get(i) for i in missing}).items():
            fate = told
            if isinstance(fate, Gone) and fate.why == "out of scope" and not self.scope.labels:
                fate = self.whereabouts.single(id_, numbers.get(id_))
            if isinstance(fate, Gone):
                self.gone[id_] = fate
            else:
                here |= {issue.node_id: issue for issue in self._taken([fate])}
        return here

    def _still(self, found: Mapping[RecordId, Issue]) -> dict[RecordId, Issue]:
        """Without those that were made discussions."""
        converted = self.whereabouts.converted(found.values())
        self.gone |= {i: gone for i, gone in converted.items() if i in self.directory.linked}
        return {id_: issue for id_, issue in found.items() if id_ not in converted}

    def _learn(self, found: Mapping[RecordId, Issue]) -> None:
        if self.window:
            self.window = self.window.learn({id_: issue.version for id_, issue in found.items()})

    def _doubt(self, issues: Sequence[Issue], thread: Thread) -> None:
        """Reads again what may have changed within the second in which it was read."""
        if self.window:
            sure = {it.node_id for it in issues if thread.is_sure(it.number, it.updated_at)}
            unsure = {it.node_id for it in issues} - sure
            self.window = self.window.forget(unsure)

    def note(self, record: Record) -> None:
        """What was just written needs no reading."""
        number, at = record.held["number"], record.updated_at
        sure = self.thread is None or self.thread.is_sure(number, at)
        if self.window and sure:
            self.window = self.window.learn({record.id: record.version.partition("+")[0]})
        elif self.window:
            self.window = self.window.forget({record.id})
        if self.board:
            self.board.note(record)

    def _snapshot(self, issues: Sequence[Issue], *, complete: bool) -> Snapshot:
        records = tuple(self.record(issue) for issue in issues)
        if self.thread:
            self.thread.forget()
            self._doubt(issues, self.thread)
        problems = [problem for issue in issues for problem in self.decoder.problems(issue)]
        cursor = str(self.window) if self.window else None
        return Snapshot(
            records, complete, cursor=cursor, gone=dict(self.gone), problems=tuple(problems)
        )

    def record(self, issue: Issue) -> Record:
        """With what blocks it, which GitHub tells apart."""
        depends = self.decoder.carriers.of("dependency") is not None and issue.blocker_count > 0
        blockers = self.client.blockers(issue.number) if depends else ()
        return self.dressed(issue, blockers, self.thread.of(issue) if self.thread else ())

    def dressed(self, issue: Issue, blockers: Sequence[str], said: Sequence[Entry] = ()) -> Record:
        """With what the Project says of it, which is no part of the issue."""
        record = self.decoder.record(issue, blockers, said)
        return self.board.dress(record) if self.board else record

    def get(self, ids: Sequence[RecordId]) -> Snapshot:
        records: list[Record] = []
        problems: list[Problem] = []
        gone: dict[RecordId, Gone] = {}
        self.issues = {}
        known = self.directory.numbers
        fresh = self.whereabouts.numbers([id_ for id_ in dict.fromkeys(ids) if id_ not in known])
        for id_ in dict.fromkeys(ids):
            if id_ in fresh:
                issue = self.whereabouts.single(None, fresh[id_])
            else:
                issue = self.whereabouts.single(id_, known.get(id_))
            if isinstance(issue, Gone):
                gone[id_] = issue
            elif converted := self.whereabouts.converted([issue]):
                gone |= converted
            else:
                self.directory.learn(issue)
                self.issues[issue.node_id] = issue
                records.append(self.record(issue))
                problems += self.decoder.problems(issue)
        return Snapshot(tuple(records), gone=gone, problems=tuple(problems))

    def in_scope(self, found: Snapshot) -> Snapshot:
        """Of what was got just now, what is in the backlog."""
        out = {i: Gone("out of scope") for i, it in self.issues.items() if not self.takes(it)}
        records = tuple(record for record in found.records if record.id not in out)
        return replace(found, records=records, gone={**found.gone, **out})
