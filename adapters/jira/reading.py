"""Reading a project: whole, or what changed since; never twice what is known."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from adapters.jira.client import Issue, JiraClient
from adapters.jira.decode import Decoder, instant, is_archived
from sync.tracker import Cursor, Gone, Record, RecordId

OVERLAP = 120.0
"""Seconds for which a search may lag behind the writes."""
RECONCILED = 50
"""Ids whose latest writes one search of Cloud can be told to see.
https://developer.atlassian.com/cloud/jira/platform/search-and-reconcile/"""


@dataclass(slots=True)
class Memory:
    """Up to when all changes were seen, and what was seen after that."""

    since: float | None = None
    """Epoch seconds; None: nothing was read yet."""
    known: dict[RecordId, str] = field(default_factory=dict)
    """Versions of the records changed since then."""
    moved: dict[RecordId, float] = field(default_factory=dict)
    """When records were moved in the order: a search may still show them where they were."""

    @classmethod
    def load(cls, cursor: Cursor) -> Memory:
        """What `dump` wrote; an empty one where it is not of this form."""
        try:
            held = json.loads(cursor)
            return cls(
                float(held["since"]),
                {str(id): str(version) for id, version in held["known"].items()},
                {str(id): float(at) for id, at in held["moved"].items()},
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return cls()

    def dump(self) -> Cursor | None:
        if self.since is None:
            return None
        held = {"since": self.since, "known": self.known, "moved": self.moved}
        return json.dumps(held, sort_keys=True)

    def learn(self, records: Iterable[Record]) -> None:
        self.known |= {record.id: record.version for record in records}

    def settle(self, now: float) -> None:
        """All changes up to OVERLAP ago were seen: forgets what is older."""
        self.since = max(now - OVERLAP, self.since or 0.0)
        self.known = {id: v for id, v in self.known.items() if _time(v) >= self.since}
        self.moved = {id: at for id, at in self.moved.items() if at >= self.since}

    def reconcile(self) -> list[int]:
        """Ids that a search may not have seen the latest of, the newest first."""
        ids = [*sorted(self.moved, key=self.moved.__getitem__, reverse=True), *reversed(self.known)]
        return [int(id) for id in dict.fromkeys(ids) if id.isdecimal()][:RECONCILED]


@dataclass(slots=True)
class Reader:
    """Reads one project."""

    client: JiraClient
    decoder: Decoder
    where: str | None
    rank: str | None
    """What JQL calls the order; None: the project has none that it shows."""
    memory: Memory = field(default_factory=Memory)

    def order(self) -> tuple[RecordId, ...]:
        """The ids of all issues in scope, top first (by key, where there is no order)."""
        order = f"{self.rank} ASC" if self.rank else "key ASC"
        jql = self._jql(order=order, where=self.where)
        reconcile = self.memory.reconcile() if self.client.cloud else ()
        pages = self.client.search(jql, ["id"], reconcile=reconcile)
        return tuple(dict.fromkeys(str(issue["id"]) for page in pages for issue in page))

    def all(self, ids: Sequence[RecordId]) -> list[Issue]:
        """All issues in scope. `ids` are theirs: on Cloud they are fetched past the search,
        which lags; Data Center has no such read for many."""
        begun = self.client.now()
        if self.client.cloud:
            issues = self.client.fetch(ids, self.decoder.fields)
        else:
            jql = self._jql(order="key ASC", where=self.where)
            pages = self.client.search(jql, self.decoder.fields)
            issues = self._latest([issue for page in pages for issue in page])
        known = {str(issue["id"]): _updated(issue) for issue in issues}
        self.memory = Memory(None, self.memory.known | known, self.memory.moved)
        self.memory.settle(begun)
        return issues

    def changed(self) -> list[Issue]:
        """The issues that are not as they are known, newest first.

        While there are changes that a search may lag behind, it need not read down to the last
        sure moment each time: a page on which all is known says that the rest is, too.
        """
        since, begun = self.memory.since or 0.0, self.client.now()
        found: list[str] = []
        whole = True
        newest = 0.0
        for page in self._since(since):
            versions = {str(issue["id"]): _updated(issue) for issue in page}
            newest = max([newest, *map(_time, versions.values())])
            fresh = [id for id, version in versions.items() if self.memory.known.get(id) != version]
            found += fresh
            if not fresh and newest >= self.client.now() - OVERLAP:
                whole = False
                break
        issues = [
            issue
            for issue in self._fetched(found)
            if self.memory.known.get(str(issue["id"])) != _updated(issue)
        ]
        self.memory.known |= {str(issue["id"]): _updated(issue) for issue in issues}
        if whole:
            self.memory.settle(begun)
        return issues

    def again(self, ids: Sequence[RecordId]) -> list[Record]:
        """These as they are after they were written to, many in one request; the search may be
        late for some, which the next read then finds changed."""
        for id in ids:
            self.memory.known.pop(id, None)
        return [self.decoder.record(it) for it in self._fetched(ids) if self.decoder.here(it)]

    def missing(self, ids: Collection[RecordId]) -> tuple[list[Issue], dict[RecordId, Gone]]:
        """What became of linked issues that a whole read did not find: those that are in scope
        all the same, which the search was late for, and the others. Asked for by id, in bulk."""
        issues = self.client.fetch(sorted(ids), self.decoder.fields) if ids else []
        told: dict[RecordId, Gone] = {id: Gone("hidden or deleted") for id in ids}
        there: dict[RecordId, Issue] = {}
        for issue in issues:
            id = str(issue["id"])
            if gone := self.fate(issue):
                told[id] = gone
            else:
                there[id] = issue
        meant = self._found(there, self.where)
        late = [id for id in there if id in meant or self._is_late(there[id])]
        rest = there.keys() - late
        shown = self._found(rest, None) if self.where else set[RecordId]()
        for id in rest:
            now = self.decoder.record(there[id])
            told[id] = Gone("out of scope", now=now) if id in shown else Gone("archived")
        return [there[id] for id in late], {id: told[id] for id in ids if id not in late}

    def outside(
        self, issues: Mapping[RecordId, Issue], linked: Collection[RecordId]
    ) -> dict[RecordId, Gone]:
        """Those of the project's that the scope does not mean. One that a search may be late for
        is where it was."""
        here = [id for id, issue in issues.items() if self.fate(issue) is None]
        meant = self._found(here, self.where) if self.where and here else set(here)
        return {
            id: Gone("out of scope", now=self.decoder.record(issues[id]))
            for id in here
            if id not in meant and not (id in linked and self._is_late(issues[id]))
        }

    def fate(self, issue: Issue) -> Gone | None:
        """What became of an issue, as it says itself; None where it is in the project."""
        if not self.decoder.here(issue):
            return Gone("moved", self.decoder.url(str(issue["key"])))
        return Gone("archived") if is_archived(issue) else None

    def _is_late(self, issue: Issue) -> bool:
        """Was it written so lately that a search of Data Center may not know?"""
        return not self.client.cloud and _time(_updated(issue)) >= self.client.now() - OVERLAP

    def _found(self, ids: Collection[RecordId], where: str | None) -> set[RecordId]:
        """Those of them that a search of this scope finds."""
        found: set[RecordId] = set()
        listed = sorted(ids)
        for start in range(0, len(listed), RECONCILED):
            some = listed[start : start + RECONCILED]
            jql = self._jql(f"id in ({', '.join(some)})", order="key ASC", where=where)
            fresh = [int(id) for id in some] if self.client.cloud else []
            pages = self.client.search(jql, ["id"], reconcile=fresh)
            found |= {str(issue["id"]) for page in pages for issue in page}
        return found

    def _since(self, since: float) -> Iterator[Sequence[Issue]]:
        # Unquoted epoch milliseconds are absolute; dates are in the user's own time zone.
        changed = f"updated >= {int(since * 1000)}"
        jql = self._jql(changed, order="updated DESC", where=self.where)
        return self.client.search(jql, ["updated"])

    def _fetched(self, ids: Sequence[RecordId]) -> list[Issue]:
        ids = list(dict.fromkeys(ids))
        if self.client.cloud:
            return self.client.fetch(ids, self.decoder.fields)
        issues: list[Issue] = []
        for start in range(0, len(ids), 100):
            jql = f"id in ({', '.join(ids[start : start + 100])}) ORDER BY key ASC"
            issues += [i for page in self.client.search(jql, self.decoder.fields) for i in page]
        return self._latest(issues)

    def _latest(self, found: list[Issue]) -> list[Issue]:
        """What a search found; where another version is known, it may be the later one: read."""
        known = self.memory.known
        ids = [str(issue["id"]) for issue in found]
        odd = {
            id
            for id, i in zip(ids, found, strict=True)
            if known.get(id, "") not in ("", _updated(i))
        }
        latest = {
            str(issue["id"]): issue for issue in self.client.fetch(sorted(odd), self.decoder.fields)
        }
        return [latest.get(id, issue) for id, issue in zip(ids, found, strict=True)]

    def _jql(self, *clauses: str, order: str, where: str | None) -> str:
        scope = [f'project = "{self.decoder.project.key}"']
        scope += [f"({where})"] if where else []
        return f"{' AND '.join([*scope, *clauses])} ORDER BY {order}"


def _updated(issue: Issue) -> str:
    return str(issue["fields"].get("updated"))


def _time(version: str) -> float:
    return instant(version).timestamp()
