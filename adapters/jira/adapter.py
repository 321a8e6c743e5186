"""Jira, Cloud and Data Center, as a tracker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from adapters.base import Setup
from adapters.careful import careful
from adapters.jira import comments, creating, moving, offers, updating, versions
from adapters.jira.carriers import locate
from adapters.jira.client import Deployment, Issue, JiraClient
from adapters.jira.closing import Closing
from adapters.jira.codec import JiraCodec
from adapters.jira.converting import Converter
from adapters.jira.decode import Decoder
from adapters.jira.desk import Desk
from adapters.jira.encode import Encoder
from adapters.jira.linking import Linker
from adapters.jira.markup import Adf, Wiki
from adapters.jira.people import people
from adapters.jira.project import RANK, Project, survey
from adapters.jira.reading import Memory, Reader
from adapters.jira.resolving import Resolutions
from adapters.jira.screens import Form
from adapters.jira.speech import Speech, Spoken
from adapters.jira.sprints import Sprints
from adapters.jira.workflow import Workflows
from sync.model import COMMENTS, ItemId
from sync.tracker import (
    Create,
    Cursor,
    Facts,
    Gone,
    Move,
    Outcome,
    Person,
    Problem,
    Record,
    RecordId,
    Snapshot,
    Twin,
    Update,
)


@dataclass(frozen=True, slots=True)
class _Open:
    """The project as it was when it was opened, and what works on it."""

    project: Project
    facts: Facts
    reader: Reader
    desk: Desk


@careful
class Jira:
    """One project of one Jira. Not thread-safe."""

    def __init__(  # noqa: PLR0913 - the settings of one tracker, by keyword
        self,
        setup: Setup,
        *,
        url: str,
        project: str,
        token: str,
        email: str | None = None,
        deployment: Deployment | None = None,
        where: str | None = None,
        api_url: str | None = None,
        board: int | None = None,
    ) -> None:
        """Sends nothing yet. `where` is JQL; without an email the token is a personal one.

        `url` is what people open; `api_url` is spoken to, where that is another (scoped tokens:
        https://api.atlassian.com/ex/jira/CLOUD-ID). `board` is the number of the board whose
        sprints issues go into; without it, the project's first Scrum board.
        """
        self.name = setup.name
        self._setup, self._project, self._where = setup, project, where
        self._told = deployment
        self._url, self._board = url, board
        self._client = JiraClient(name=setup.name, url=api_url or url, email=email, token=token)
        self._ids: dict[str, RecordId] = {}
        """Ids by key, for the epics that Data Center names by key."""
        self._state: _Open | None = None

    @property
    def requests(self) -> int:
        """How many were sent."""
        return self._client.requests

    def open(self) -> Facts:
        project = survey(self._client, self._project, self._url, self._told)
        setup, deaf = comments.permitted(self._client, self._setup, project)
        slots, cannot = locate(setup, project)
        project = offers.completed(self._client, project, slots.values())
        setup = offers.named(self._client, setup)
        speech = Speech(project.key, project.site, setup.users, project.cloud)
        markup = Spoken(Adf() if project.cloud else Wiki(), speech)
        codec = JiraCodec(setup, project, slots, markup)
        rank = _rank(project)
        if rank is None:
            cannot["order"] = "Jira has no Rank field; install or enable Jira Software"
        elif "SCHEDULE_ISSUES" not in project.allowed:
            cannot["order"] = (
                f"this account may not move issues in {project.key}; "
                "give it the permission 'Schedule issues'"
            )
        if why := versions.barred(project):
            cannot["releases"] = why
        facts = Facts(
            type="jira",
            codec=codec,
            fields=frozenset(slots),
            cannot=cannot,
            order="order" not in cannot,
            releases=versions.is_carried(slots),
            problems=(*self._problems(project, codec), *deaf),
        )
        comments.listen(self._client, markup, setup.comments if COMMENTS in slots else None)
        decoder = Decoder(project, slots, codec, markup, self._id_of)
        encoder = Encoder(decoder)
        reader = Reader(self._client, decoder, self._where, rank)
        desk = Desk(
            self._client,
            decoder,
            encoder,
            self._closing(decoder),
            reader,
            set(project.versions),
            Linker(self._client),
            Converter(self._client, project),
            Sprints(self._client, project.key, self._board),
        )
        self._state = _Open(project, facts, reader, desk)
        return facts

    def _closing(self, decoder: Decoder) -> Closing:
        codec, setup = decoder.codec, self._setup
        form = Form(
            setup.name,
            self._client.cloud,
            codec.standing.resolutions if codec.standing else Resolutions(),
            setup.transitions,
            setup.users,
        )

        return Closing(self._client, decoder, Workflows(self._client, form, codec.meanings))

    def people(self) -> Sequence[Person]:
        return people(self._client, self._project)

    def remember(self, twins: Iterable[Twin]) -> None:
        self._ids |= {twin.key: twin.id for twin in twins}

    def read(self, since: Cursor | None) -> Snapshot:
        reader = self._opened().reader
        if since is not None:
            reader.memory = Memory.load(since)
        whole = reader.memory.since is None or since is None
        ordered = self._opened().facts.order
        order = reader.order() if ordered or (whole and self._client.cloud) else None
        issues = reader.all(order or ()) if whole else reader.changed()
        snapshot = self._snapshot(issues, complete=whole, order=order if ordered else None)
        return replace(snapshot, releases=self._versions().read())

    def get(self, ids: Sequence[RecordId]) -> Snapshot:
        if not ids:
            return Snapshot()
        decoder = self._opened().reader.decoder
        issues = self._client.fetch(list(dict.fromkeys(ids)), decoder.fields)
        found = {str(issue["id"]) for issue in issues}
        snapshot = self._snapshot(issues, complete=False)
        # Jira says of an issue that is hidden from us just what it says of a deleted one.
        gone = {id: Gone("hidden or deleted") for id in ids if id not in found}
        return Snapshot(
            snapshot.records, gone={**snapshot.gone, **gone}, problems=snapshot.problems
        )

    def create(self, creates: Sequence[Create], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        desk = self._opened().desk
        for outcome in creating.create(desk, creates, twins):
            self._learn(outcome.record)
            yield outcome

    def update(self, updates: Sequence[Update], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        yield from updating.update(self._opened().desk, updates, twins)

    def move(self, moves: Sequence[Move]) -> Iterator[Outcome]:
        reader = self._opened().reader
        records = {one.item: one.record for one in moves}
        for outcome in moving.move(self._client, moves, reader.order):
            if outcome.error is None:
                reader.memory.moved[records[outcome.item]] = self._client.now()
            yield outcome

    def release(self, writes: Sequence[Create | Update]) -> Iterator[Outcome]:
        return self._versions().write(writes)

    def _versions(self) -> versions.Versions:
        desk = self._opened().desk
        return versions.Versions(self._client, desk.decoder, desk.versions)

    def newest(self) -> str | None:
        opened = self._opened()
        return f"{opened.project.key}-{creating.newest(opened.desk)}"

    def order(self) -> tuple[RecordId, ...] | None:
        opened = self._opened()
        return opened.reader.order() if opened.facts.order else None

    def cursor(self) -> Cursor | None:
        return self._opened().reader.memory.dump()

    def _opened(self) -> _Open:
        if self._state is None:
            self.open()
        assert self._state is not None  # noqa: S101 - open() sets it
        return self._state

    def _snapshot(
        self, issues: Sequence[Issue], *, complete: bool, order: tuple[RecordId, ...] | None = None
    ) -> Snapshot:
        reader = self._opened().reader
        decoder = reader.decoder
        here = [issue for issue in issues if decoder.here(issue)]
        self._ids |= {str(issue["key"]): str(issue["id"]) for issue in here}
        records = tuple(decoder.record(issue) for issue in here)
        return Snapshot(
            records=records,
            complete=complete,
            order=order,
            cursor=reader.memory.dump(),
            gone={
                str(issue["id"]): Gone("moved", decoder.url(str(issue["key"])))
                for issue in issues
                if not decoder.here(issue)
            },
            problems=tuple(problem for r in records for problem in decoder.problems(r)),
        )

    def _learn(self, record: Record | None) -> None:
        if record:
            self._ids[record.key] = record.id

    def _id_of(self, key: str) -> RecordId:
        """Asks, once, for an issue that was not met yet."""
        if key not in self._ids:
            found = self._client.fetch([key], ["summary"])
            self._ids[key] = str(found[0]["id"]) if found else key
        return self._ids[key]

    def _problems(self, project: Project, codec: JiraCodec) -> Iterator[Problem]:
        if self._told and (self._told == "cloud") != project.cloud:
            told = "cloud" if project.cloud else "datacenter"
            yield Problem(f"this Jira is no {self._told}; set `deployment: {told}`", "warning")
        if "CREATE_ISSUES" not in project.allowed:
            yield Problem(
                f"this account may not create issues in {project.key}; give it the permission "
                "'Create issues', or say `creates: none`"
            )
        yield from (Problem(message) for message in codec.missing())


def _rank(project: Project) -> str | None:
    """What JQL calls the order: names of fields are translated, and there may be several."""
    field = project.special(RANK)
    if field is None:
        return None
    plain = next((clause for clause in field.clauses if clause == "Rank"), None)
    return plain or next((c for c in field.clauses if c.startswith("cf[")), "Rank")
