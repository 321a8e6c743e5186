"""Jira, Cloud and Data Center, as a tracker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from adapters.base import Setup
from adapters.careful import careful
from adapters.jira import (
    changelog,
    comments,
    copies,
    creating,
    moving,
    offers,
    openness,
    remote,
    updating,
    versions,
)
from adapters.jira.carriers import Slot, locate
from adapters.jira.client import Deployment, Issue, JiraClient
from adapters.jira.closing import Closing
from adapters.jira.codec import JiraCodec
from adapters.jira.converting import Converter
from adapters.jira.copies import Copier
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
from adapters.visibility import Visibility
from sync.model import COMMENTS, NOTICE, FieldName, ItemId
from sync.tracker import (
    Allowance,
    Attached,
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
    Touched,
    Twin,
    Update,
)

SEALED = "{key} is archived and takes no changes: restore it, or leave it out"


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
        self._client = JiraClient(
            name=setup.name,
            url=api_url or url,
            email=email,
            token=token,
            writes=setup.writes,
            turns=setup.turns,
            standing=setup.standing,
        )
        self._ids: dict[str, RecordId] = {}
        """Ids by key, for the epics that Data Center names by key."""
        self._linked: set[RecordId] = set()
        """Those that items are tied to."""
        self._visibility = Visibility()
        self._state: _Open | None = None

    @property
    def requests(self) -> int:
        """How many were sent."""
        return self._client.requests

    @property
    def allowed(self) -> Mapping[str, Allowance]:
        """What is left of its limits, where it has told."""
        return {"rest": self._client.allowed} if self._client.allowed else {}

    def open(self) -> Facts:
        project = survey(self._client, self._project, self._url, self._told)
        setup, deaf = comments.permitted(self._setup, project)
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
        copier = self._copier(project, slots)
        public, unsure = openness.ask(self._url, project, self.name)
        self._visibility = self._visibility.now(public)
        facts = Facts(
            type="jira",
            codec=codec,
            fields=frozenset(slots),
            cannot=cannot,
            order="order" not in cannot,
            releases=versions.is_carried(slots),
            public=public is not False,
            lasting=True,
            leads="LINK_ISSUES" in project.allowed and not project.archived,
            sealed=SEALED.format(key=project.key) if project.archived else None,
            ahead=self._client.ahead,
            problems=(
                *self._problems(project, codec, unsure),
                *deaf,
                *self._copying(project, copier),
            ),
        )
        copying = COMMENTS in slots and setup.comments.write
        comments.listen(
            self._client,
            markup,
            carried=not slots.keys().isdisjoint((COMMENTS, NOTICE)),
            marked=copying or NOTICE in slots,
        )
        if copier:
            copies.listen(self._client)
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
            copier,
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

    def _copier(self, project: Project, slots: Mapping[FieldName, Slot]) -> Copier | None:
        """None where attachments are not copied."""
        carried = any(slot.place == "attachments" for slot in slots.values())
        if self._setup.copied is None or not carried:
            return None
        return Copier.survey(self._client, project)

    def fetch(self, link: str, most: int) -> Attached:
        return copies.download(self._client, self._opened().project.site, link, most)

    def people(self) -> Sequence[Person]:
        return people(self._client, self._project)

    def remember(self, twins: Iterable[Twin], last: Cursor | None = None) -> None:
        self._ids |= (told := {twin.key: twin.id for twin in twins})
        self._linked |= set(told.values())
        self._visibility = Visibility.of(last).now(self._visibility.public)

    def read(self, since: Cursor | None) -> Snapshot:
        reader = self._opened().reader
        if self._opened().facts.sealed:  # no search finds its issues, which are there
            return Snapshot()
        if since is not None:
            reader.memory = Memory.load(since)
        whole = reader.memory.since is None or since is None
        ordered = self._opened().facts.order
        order = reader.order() if ordered or (whole and self._client.cloud) else None
        issues, gone = self._all(order or ()) if whole else self._changed(order)
        snapshot = self._snapshot(issues, complete=whole, order=order if ordered else None)
        return replace(
            snapshot,
            gone={**snapshot.gone, **gone},
            opened=self._visibility.opened,
            releases=self._versions().read(),
        )

    def _changed(
        self, order: Sequence[RecordId] | None
    ) -> tuple[list[Issue], dict[RecordId, Gone]]:
        """The issues that changed, and what became of linked ones that the order lacks by now."""
        reader = self._opened().reader
        issues = reader.changed()
        if order is None:
            return issues, {}
        read = {str(issue["id"]) for issue in issues}
        return issues, reader.missing(self._linked - read - set(order))[1]

    def _all(self, ids: Sequence[RecordId]) -> tuple[list[Issue], dict[RecordId, Gone]]:
        """All issues in scope, and what became of linked ones that are not."""
        reader = self._opened().reader
        issues = reader.all(ids)
        late, gone = reader.missing(self._linked - {str(issue["id"]) for issue in issues})
        return [*issues, *late], gone

    def get(self, ids: Sequence[RecordId]) -> Snapshot:
        if not ids or self._opened().facts.sealed:
            return Snapshot()
        reader = self._opened().reader
        issues = self._client.fetch(list(dict.fromkeys(ids)), reader.decoder.fields)
        found = {str(issue["id"]): issue for issue in issues}
        reader.memory.moved |= dict.fromkeys(found, self._client.now())  # the order may lag
        outside = reader.outside(found, self._linked)
        here = [issue for id, issue in found.items() if id not in outside]
        snapshot = self._snapshot(here, complete=False)
        # Jira says of an issue that is hidden from us just what it says of a deleted one.
        lost = {id: Gone("hidden or deleted") for id in ids if id not in found}
        gone = {**snapshot.gone, **outside, **lost}
        return Snapshot(snapshot.records, gone=gone, problems=snapshot.problems)

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

    def told(self, ids: Sequence[RecordId]) -> Mapping[RecordId, frozenset[str]]:
        return remote.linked(self._client, ids)

    def changes(self, ids: Sequence[RecordId]) -> Mapping[RecordId, Mapping[FieldName, Touched]]:
        return changelog.changes(self._client, self._opened().reader.decoder, ids)

    def newest(self) -> str | None:
        opened = self._opened()
        return f"{opened.project.key}-{creating.newest(opened.desk)}"

    def order(self) -> tuple[RecordId, ...] | None:
        opened = self._opened()
        return opened.reader.order() if opened.facts.order else None

    def cursor(self) -> Cursor | None:
        return self._visibility.into(self._opened().reader.memory.dump())

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
        fates = {str(issue["id"]): reader.fate(issue) for issue in issues}
        here = [issue for issue in issues if fates[str(issue["id"])] is None]
        self._ids |= {str(issue["key"]): str(issue["id"]) for issue in here}
        records = tuple(decoder.record(issue) for issue in here)
        return Snapshot(
            records=records,
            complete=complete,
            order=order,
            cursor=self._visibility.into(reader.memory.dump()),
            gone={id: fate for id, fate in fates.items() if fate},
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

    def _copying(self, project: Project, copier: Copier | None) -> Iterator[Problem]:
        """Why attachments are not copied here, or not from here."""
        if copier and copier.barred:
            yield Problem(f"attachments are not copied here: {copier.barred}", "warning")
        if copier and project.site != self._url.rstrip("/"):
            yield Problem(copies.SAYS_OTHERWISE.format(site=project.site), "warning")

    def _problems(self, project: Project, codec: JiraCodec, unsure: str) -> Iterator[Problem]:
        if project.archived:
            yield Problem(SEALED.format(key=project.key))
        if unsure:
            yield Problem(openness.UNSURE.format(key=project.key, why=unsure), "warning")
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
