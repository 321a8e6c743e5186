"""GitHub Issues as a tracker."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial

from adapters.base import Setup
from adapters.comments import CommentCodec
from adapters.github import timeline
from adapters.github.carriers import OFFERED, Carriers, resolve
from adapters.github.client import GitHubClient
from adapters.github.codec import GitHubCodec
from adapters.github.comments import Thread, to_markdown
from adapters.github.create import Creator
from adapters.github.decode import Decoder
from adapters.github.mentions import Speech
from adapters.github.milestones import Milestones, is_carried
from adapters.github.offers import Survey
from adapters.github.people import people
from adapters.github.places import Directory, Places
from adapters.github.project import OUTSIDE, Project, find, offers
from adapters.github.project_board import Board
from adapters.github.project_changes import add, move
from adapters.github.project_read import read_with
from adapters.github.read import Reader, Scope
from adapters.github.shapes import WEB, Issue, Repository
from adapters.github.vocabulary import Vocabulary, are_labels
from adapters.github.window import Window
from adapters.github.write import Writer
from adapters.visibility import Visibility
from sync.model import FieldName, ItemId, Json
from sync.tracker import (
    Allowance,
    Create,
    Cursor,
    Facts,
    Move,
    Outcome,
    Person,
    Problem,
    Record,
    RecordId,
    Rejected,
    Snapshot,
    Touched,
    Twin,
    Update,
)

NO_FILES = "GitHub's API takes no files; here attachments stay links"


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
        project: int | None = None,
    ) -> None:
        """`url`: the API's address, github.com's where it is None. `where`: `labels`, all of which
        an issue has, and `state`: open, closed or all. `project`: the number of the owner's Project
        that has the order, and fields."""
        self.name = setup.name
        self._number = project
        self._board: Board | None = None
        self._setup, self._scope = setup, Scope.of(where or {})
        self._client = GitHubClient(
            name=setup.name,
            repository=repository,
            url=url,
            token=token,
            writes=setup.writes,
            turns=setup.turns,
            standing=setup.standing,
        )
        self._directory, self._places = Directory(), Places(self._client)
        self._opened = self._hidden = self._discussions = False
        self._visibility = Visibility()
        self._web = WEB
        self._equip(resolve(setup))

    def _equip(self, carriers: Carriers) -> None:
        """Makes the parts that speak of these carriers."""
        speech = Speech(self._client.repository, self._web, self._setup.users)
        comments = CommentCodec(self.name, self._setup.comments, partial(to_markdown, speech))
        self._codec = GitHubCodec(carriers, self._setup.users, self._scope.folded, comments, speech)
        decoder = Decoder(self._client.repository, self._codec)
        self._reader = Reader(
            self._client,
            decoder,
            self._scope,
            self._directory,
            board=self._board,
            thread=self._thread(carriers),
            discussions=self._discussions,
        )
        self._writer = Writer(self._reader, self._places, self._codec)

    def _thread(self, carriers: Carriers) -> Thread | None:
        """None where nothing is to be known of comments."""
        notices, talk = carriers.of("notice"), carriers.of("comments")
        ours = bool(notices or (talk and self._setup.comments.write))
        return Thread(self._client, ours) if notices or talk else None

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._client.http.requests + self._client.graphql.requests

    @property
    def points(self) -> int:
        """What they cost of the hourly limits."""
        return self._client.http.points + self._client.graphql.points

    @property
    def allowed(self) -> Mapping[str, Allowance]:
        """What is left of these, by API, where it was told."""
        told = {"rest": self._client.http.allowed, "graphql": self._client.graphql.allowed}
        return {api: one for api, one in told.items() if one}

    def open(self) -> Facts:
        repository = self._client.get_repository()
        self._client.repository, self._web = repository.full_name, repository.web
        self._discussions, self._hidden = repository.has_discussions, not repository.has_issues
        self._visibility = self._visibility.now(repository.public)
        sample = self._sample() if repository.has_issues else None
        carriers = Survey(self._client, repository, sample).offered(resolve(self._setup))
        found = self._find_project(repository)
        carriers = carriers.offering(offers(found, carriers))
        self._board = None
        if isinstance(found, Project):
            self._board = Board.of(self._client.graphql, found, repository.full_name, carriers)
        self._equip(carriers)
        self._opened = True
        outside = {} if isinstance(found, Project) else {"order": found or OUTSIDE}
        if self._keeps_vocabulary() and (why := carriers.cannot.get("labels")):
            outside["vocabulary"] = why
        if self._setup.copied is not None:
            outside["copies of attachments"] = NO_FILES
        return Facts(
            type="github",
            codec=self._codec,
            fields=frozenset(carriers.by_field),
            cannot={**carriers.cannot, **outside},
            order=self._board is not None,
            releases=is_carried(self._codec),
            public=repository.public,
            internal=repository.internal,
            sealed=repository.sealed,
            ahead=self._client.http.ahead,
            problems=tuple(self._problems(repository)),
        )

    def _find_project(self, repository: Repository) -> Project | str | None:
        """Why it cannot be used, where it cannot; None where none is named."""
        if self._number is None:
            return None
        owner = repository.full_name.partition("/")[0]
        return find(self._client.graphql, owner, self._number)

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
        if repository.sealed:
            yield Problem(repository.sealed)
        for label in self._scope.labels:
            if label.casefold() not in self._places.labels:
                text = f"{name} has no label {label!r}, which where.labels asks for: "
                yield Problem(f"{text}no issue is in scope", "warning")

    def people(self) -> Sequence[Person]:
        return people(self._client, self._setup.users.values())

    def remember(self, twins: Iterable[Twin], last: Cursor | None = None) -> None:
        """The records that items are tied to: their numbers, and who could read them before."""
        self._directory.remember(twins)
        self._visibility = Visibility.of(last).now(self._visibility.public)

    def read(self, since: Cursor | None) -> Snapshot:
        self._ask()
        if self._hidden:  # its issues are not listed, which does not mean that they are gone
            return Snapshot()
        if self._board is None:
            snapshot = self._reader.read(Window.parse(since))
        else:
            snapshot = read_with(self._reader, self._board, since)
        cursor, opened = self._visibility.into(snapshot.cursor), self._visibility.opened
        labels = self.vocabulary()
        snapshot = replace(snapshot, cursor=cursor, opened=opened, vocabulary=labels)
        if not is_carried(self._codec):
            return snapshot
        return replace(snapshot, releases=self._milestones().read())

    def cursor(self) -> Cursor | None:
        """Where the next read goes on, with what was written since the last one."""
        cursor = str(self._reader.window) if self._reader.window else None
        return self._visibility.into(self._board.into(cursor) if self._board else cursor)

    def get(self, ids: Sequence[RecordId]) -> Snapshot:
        self._ask()
        if self._hidden:  # as above
            return Snapshot()
        if self._board and self._board.fields:
            self._board.look_up(ids)
        return self._reader.in_scope(self._reader.get(ids))

    def create(self, creates: Sequence[Create], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        self._ask()
        made: list[RecordId] = []
        for outcome in Creator(self._writer).create(creates, twins):
            made += [outcome.record.id] if outcome.record else []
            yield outcome
        if self._board:  # what cannot be added now is added where it is moved
            add(self._board, [id_ for id_ in made if not self._board.knows(id_)])

    def update(self, updates: Sequence[Update], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        self._ask()
        return self._writer.update(updates, twins)

    def _ask(self) -> None:
        """What is written by id, or only where it is offered, has to be known before."""
        asked = self._number is not None or self._codec.carriers.all_of(*OFFERED)
        if not self._opened and asked:
            self.open()

    def move(self, moves: Sequence[Move]) -> Iterator[Outcome]:
        self._ask()
        if self._board is None:
            return (Outcome(one.item, error=Rejected(OUTSIDE)) for one in moves)
        return move(self._board, moves)

    def order(self) -> tuple[RecordId, ...] | None:
        self._ask()
        if self._board is None:
            return None
        self._board.read()
        return self._board.order()

    def release(self, writes: Sequence[Create | Update]) -> Iterator[Outcome]:
        return self._milestones().write(writes)

    def _milestones(self) -> Milestones:
        return Milestones(self._client, self._places, self._codec)

    def vocabulary(self) -> tuple[Record, ...] | None:
        return self._vocabulary().read() if self._keeps_vocabulary() else None

    def define(self, writes: Sequence[Create | Update]) -> Iterator[Outcome]:
        return self._vocabulary().write(writes)

    def _keeps_vocabulary(self) -> bool:
        return self._setup.vocabulary and are_labels(resolve(self._setup))

    def _vocabulary(self) -> Vocabulary:
        return Vocabulary(self._client, self._places, resolve(self._setup), self._scope.folded)

    def changes(self, ids: Sequence[RecordId]) -> Mapping[RecordId, Mapping[FieldName, Touched]]:
        self._ask()
        return timeline.changes(self._client.graphql, self._codec.carriers, ids)

    def newest(self) -> str | None:
        return str(self._directory.newest) if self._directory.newest else None
