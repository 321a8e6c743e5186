"""GitHub Issues as a tracker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from adapters.base import Setup
from adapters.github.carriers import OFFERED, Carriers, resolve
from adapters.github.client import GitHubClient
from adapters.github.codec import GitHubCodec
from adapters.github.create import Creator
from adapters.github.decode import Decoder
from adapters.github.offers import Survey
from adapters.github.people import people
from adapters.github.places import Directory, Places
from adapters.github.read import Reader, Scope
from adapters.github.shapes import Issue, Repository
from adapters.github.window import Window
from adapters.github.write import Writer
from sync.model import ItemId, Json
from sync.tracker import (
    Create,
    Cursor,
    Facts,
    Move,
    Outcome,
    Person,
    Problem,
    RecordId,
    Rejected,
    Snapshot,
    Twin,
    Update,
)


class GitHub:
    """The issues of one repository. `open` comes first; not thread-safe."""

    def __init__(
        self,
        setup: Setup,
        *,
        repository: str,
        token: str,
        url: str | None = None,
        where: Mapping[str, Json] | None = None,
    ) -> None:
        """`url`: the API's address, github.com's where it is None. `where`: `labels`, all of which
        an issue has, and `state`: open, closed or all."""
        self.name = setup.name
        self._setup, self._scope = setup, Scope.of(where or {})
        self._client = GitHubClient(name=setup.name, repository=repository, url=url, token=token)
        self._directory, self._places = Directory(), Places(self._client)
        self._opened = False
        self._equip(resolve(setup))

    def _equip(self, carriers: Carriers) -> None:
        """Makes the parts that speak of these carriers."""
        self._codec = GitHubCodec(carriers, self._setup.users, self._scope.folded)
        decoder = Decoder(self._client.repository, self._codec)
        self._reader = Reader(self._client, decoder, self._scope, self._directory)
        self._writer = Writer(self._reader, self._places, self._codec)

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._client.http.requests

    def open(self) -> Facts:
        repository = self._client.get_repository()
        self._client.repository = repository.full_name
        sample = self._sample() if repository.has_issues else None
        carriers = Survey(self._client, repository, sample).offered(resolve(self._setup))
        self._equip(carriers)
        self._opened = True
        return Facts(
            type="github",
            codec=self._codec,
            fields=frozenset(carriers.by_field),
            cannot=carriers.cannot,
            public=repository.public,
            problems=tuple(self._problems(repository)),
        )

    def _sample(self) -> Issue | None:
        """One of the newest issues; the highest number is learnt by the way."""
        query = {"state": "all", "sort": "created", "direction": "desc", "per_page": "10"}
        for issues, _ in self._client.issue_pages(query):
            for issue in issues:
                self._directory.learn(issue)
            return next((issue for issue in issues if issue.pull_request is None), None)
        return None

    def _problems(self, repository: Repository) -> Iterator[Problem]:
        name = repository.full_name
        if not repository.has_issues:
            yield Problem(f"{name} has its issues switched off: switch them on in its settings")
        if repository.archived:
            yield Problem(f"{name} is archived and takes no changes: unarchive it, or leave it out")
        for label in self._scope.labels:
            if label.casefold() not in self._places.labels:
                text = f"{name} has no label {label!r}, which where.labels asks for: "
                yield Problem(f"{text}no issue is in scope", "warning")

    def people(self) -> Sequence[Person]:
        return people(self._client, self._setup.users.values())

    def remember(self, twins: Iterable[Twin]) -> None:
        """The records that items are tied to: their numbers, and that they are in scope."""
        self._directory.remember(twins)

    def read(self, since: Cursor | None) -> Snapshot:
        return self._reader.read(Window.parse(since))

    def cursor(self) -> Cursor | None:
        """Where the next read goes on, with what was written since the last one."""
        return str(self._reader.window) if self._reader.window else None

    def get(self, ids: Sequence[RecordId]) -> Snapshot:
        return self._reader.get(ids)

    def create(self, creates: Sequence[Create], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        self._ask()
        return Creator(self._writer).create(creates, twins)

    def update(self, updates: Sequence[Update], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        self._ask()
        return self._writer.update(updates, twins)

    def _ask(self) -> None:
        """What is written by id, or only where it is offered, has to be known before."""
        if not self._opened and self._codec.carriers.all_of(*OFFERED):
            self.open()

    def move(self, moves: Sequence[Move]) -> Iterator[Outcome]:
        why = "GitHub keeps no order of issues outside of a Project"
        return (Outcome(move.item, error=Rejected(why)) for move in moves)

    def order(self) -> tuple[RecordId, ...] | None:
        return None

    def newest(self) -> str | None:
        return str(self._directory.newest) if self._directory.newest else None
