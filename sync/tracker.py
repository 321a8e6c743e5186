"""What the engine asks of a tracker, and what a tracker answers: types, protocol, errors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from sync.model import FieldName, ItemId, Json, TrackerName, Value

RecordId: TypeAlias = str
"""A tracker's own immutable id of one of its records: GitHub's node id, Jira's numeric id."""
Shown: TypeAlias = Json
"""One field as a tracker shows it, in the tracker's words.

By shape: LINE, ITEM a str or None (or a dict, where a carrier needs more than a name); NUMBER a
number or None; TEXT the raw markup as a str; SET, ITEMS a sorted list of str; CRITERIA a list of
[Markdown text, checked] pairs. ITEM and ITEMS name records of the same tracker, by id or by key.
"""
ID: FieldName = "id"
"""The field by which a record is given its mark after it was made: a file's `id`; and on any
tracker, where it bears the mark of another item than a person says it shows."""
LEAD = "lead"
"""What is owed to people who look at a record: the way to one elsewhere that came after it. So the
journal calls it, and an Outcome under what was refused."""
Cursor: TypeAlias = str
"""Where an incremental read goes on; only its adapter understands it."""


@dataclass(frozen=True, slots=True)
class Record:
    """One item as one tracker shows it now."""

    id: RecordId
    key: str
    """What people call it, and the tracker itself in references: `SHOP-7`, `acme/shop#12`."""
    version: str
    """Equal when nothing in the record changed: `updated`, a hash."""
    shown: Mapping[FieldName, Shown]
    """By field. A field without a carrier here is absent, which is not the same as empty."""
    url: str | None = None
    held: Json = None
    """The adapter's own: what it needs beside `shown` to write the record without loss."""
    mark: ItemId | None = None
    """The item that the record was made for, as it says itself."""
    twins: frozenset[str] = frozenset()
    """Addresses or keys on other trackers that the record names as its own twins."""
    updated_at: str | None = None
    """When a person or tool last changed it, ISO 8601 in UTC."""
    updated_by: str | None = None
    restricted: bool = False
    """Not everyone who sees the tracker may see it (security level)."""
    stranger: bool = field(default=False, compare=False)
    """Is it of somebody who may not write the tracker's other records? They may have forged what
    it says of itself. As read; not remembered."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a tracker, or a place in it, that a person should mend."""

    message: str
    """What is wrong and what to do about it, naming the place."""
    severity: Literal["error", "warning", "info"] = "error"
    key: str | None = None


Why: TypeAlias = Literal[
    "deleted",
    "hidden",
    "hidden or deleted",
    "moved",
    "archived",
    "out of scope",
    "made a discussion",
]


@dataclass(frozen=True, slots=True)
class Gone:
    """A linked record that is no longer to be followed, as its tracker tells it by its id."""

    why: Why
    """`out of scope`: it is there, and the tracker's `where` does not mean it any more."""
    where: str | None = None
    """For one that was moved, or made a discussion: the address where it is now."""
    now: Record | None = None
    """For one that is out of scope: as it is there now."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The records read from one tracker in one run."""

    records: tuple[Record, ...] = ()
    complete: bool = False
    """Are these all that there are in the tracker's scope?"""
    order: tuple[RecordId, ...] | None = None
    """All ids, top first; None where the tracker has no order, or it was not read."""
    cursor: Cursor | None = None
    gone: Mapping[RecordId, Gone] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    opened: bool = False
    """Is the tracker public, and was it not when it was read before?"""
    releases: tuple[Record, ...] | None = None
    """All releases that the tracker keeps, whether items name them or not, each showing its `name`
    as records show it in their field `release`, and `due` and `done` where these can be changed
    (a day or None; a bool). None where it keeps none, or they were not read."""
    vocabulary: tuple[Record, ...] | None = None
    """All labels that the tracker keeps which carry nothing but themselves, whether records have
    them or not, each showing its LABEL_FIELDS. None where it keeps none, or was not asked."""
    anew: bool = True
    """Was each of the records read anew? Else some were found not to have changed."""


class Codec(Protocol):
    """Pure: how one tracker shows values. ITEM and ITEMS fields never come here."""

    def decode(self, name: FieldName, shown: Shown, present: Value) -> Value:
        """The canonical value of what is shown.

        Where several values are shown alike, `present` if it is one of them. Raises Unmapped.
        """

    def encode(self, name: FieldName, value: Value, shown: Shown) -> Shown:
        """What the tracker is to show, in its own words; texts and criteria stay Markdown.

        Where several ways of showing it are right, `shown` if it is one of them; elements of a set
        that stand for no canonical element are kept. Raises Unmapped.
        """

    def shows(self, name: FieldName, value: Value, shown: Shown) -> bool:
        """Does what is shown already say this value, but for spelling that carries no meaning?"""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a tracker is and can do, as asked of it in this run."""

    type: str
    codec: Codec
    fields: frozenset[FieldName]
    """Fields that have a carrier here, in both directions."""
    cannot: Mapping[FieldName, str] = field(default_factory=dict)
    """Why a field has none: one sentence with the remedy."""
    order: bool = False
    releases: bool = False
    """Does it keep releases themselves, with their days, and not only their names on items?
    `cannot` says under `releases` why they cannot be changed."""
    public: bool = False
    """May everybody read it, or can it not be told that not everybody may?"""
    internal: bool = False
    """May the whole company read it, and nobody else?"""
    lasting: bool = False
    """Does a record that moves to another tracker at the same site keep its id?"""
    leads: bool = False
    """Can people be led from any record here to those elsewhere, and its text stay as it is?"""
    sealed: str | None = None
    """Why nothing at all can be written there now (it is archived), with the remedy."""
    ahead: float | None = None
    """Seconds that its clock is ahead of this machine's, to about one; None where it does not
    tell."""
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Twin:
    """An item's record on one tracker, as others refer to it."""

    id: RecordId
    key: str
    url: str | None = None
    tracker: TrackerName | None = field(default=None, compare=False)
    """Where it is, for a record elsewhere."""
    record: Record | None = field(default=None, compare=False, repr=False)
    """As it was last shown, where an adapter is told what is linked."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field's canonical value as the tracker shows it, and as it should be."""

    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Intent:
    """A create that was journalled: what must be looked for before it is tried again."""

    at: str
    """When it was first tried, ISO 8601 in UTC."""
    newest: str | None = None
    """The highest key or number that the tracker had given by then, where the adapter knew it."""


@dataclass(frozen=True, slots=True)
class Attached:
    """One attachment's file, as its tracker gave it."""

    name: str
    content: bytes = field(repr=False)


Fetch: TypeAlias = Callable[[str, int], Attached]
"""Gives the file of an attachment of the item at hand, for a copy: by its link as the backlog has
it, and the most bytes that are taken. Raises Rejected where there is no such file to be had, and
RetryLater where there is none now."""


@dataclass(frozen=True, slots=True)
class Create:
    """An item to be shown by a tracker that does not show it."""

    item: ItemId
    values: Mapping[FieldName, Value]
    tried: Intent | None = None
    """Set where an earlier try may have had its effect: look for the mark first, and adopt it."""
    elsewhere: tuple[Twin, ...] = ()
    """The item's records on other trackers that this one may name."""
    fetch: Fetch | None = field(default=None, compare=False, repr=False)
    """Where the files of attachments come from, for a tracker that makes copies of them."""


@dataclass(frozen=True, slots=True)
class Update:
    """Fields of a record to be changed: those, and nothing else of it.

    Without any, people are to be led from it to what is `elsewhere`, where that can be done.
    """

    item: ItemId
    record: Record
    """As it is now held."""
    changes: Mapping[FieldName, Change]
    elsewhere: tuple[Twin, ...] = ()
    """The item's records on other trackers that this one may name."""
    fetch: Fetch | None = field(default=None, compare=False, repr=False)
    """Where the files of attachments come from, for a tracker that makes copies of them."""


@dataclass(frozen=True, slots=True)
class Move:
    """A record to be placed right below `after` (at the top where that is None)."""

    item: ItemId
    record: RecordId
    after: RecordId | None
    before: RecordId | None
    """Its neighbours when this move and all earlier ones of the run are done."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one create, update or move."""

    item: ItemId
    record: Record | None = None
    """Read back after the write: also after one that failed halfway. None for a move."""
    refused: Mapping[FieldName, str] = field(default_factory=dict)
    """Fields that the tracker did not take, each with its reason; the others were taken."""
    error: TrackerError | None = None
    """Set where the write as a whole failed, or where it is not known whether it took effect."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom a tracker knows."""

    name: str
    """What the tracker itself calls them: a login, an accountId, a user name."""
    title: str = ""
    """What people call them."""
    email: str | None = None


@dataclass(frozen=True, slots=True)
class Touched:
    """Who last changed something, and when, as far as its tracker tells."""

    at: str | None
    """ISO 8601 in UTC."""
    by: str | None = None
    """What people call them there."""
    whole: bool = False
    """Is that of the record as a whole, whichever of its fields was changed?"""


class Adapter(Protocol):
    """One tracker. Not thread-safe: one adapter a thread. There is no delete."""

    name: TrackerName

    def open(self) -> Facts:
        """Asks what the tracker is: a few requests, however many items there are."""

    def read(self, since: Cursor | None) -> Snapshot:
        """All records in scope, or those changed since the cursor; and the order, whole."""

    def get(self, ids: Sequence[RecordId]) -> Snapshot:
        """These records as they are now, from reads that do not lag; in `gone` those that are
        absent, or out of scope."""

    def create(self, creates: Sequence[Create], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        """Makes them, marked; adopts its own mark where a create was `tried`.

        One outcome for each, in any order. `twins` are the items that this tracker shows, for
        references; a reference to any other is left out. Parents come before their children.
        """

    def update(self, updates: Sequence[Update], twins: Mapping[ItemId, Twin]) -> Iterator[Outcome]:
        """Changes them. Elements of sets are added and removed singly. One outcome for each."""

    def move(self, moves: Sequence[Move]) -> Iterator[Outcome]:
        """Moves them, in this order. One outcome for each."""

    def release(self, writes: Sequence[Create | Update]) -> Iterator[Outcome]:
        """Makes and changes releases (RELEASE_FIELDS), before items name them.

        One outcome for each, with the release as it then is. A name that is taken is Rejected.
        """

    def newest(self) -> str | None:
        """The highest key or number given so far, for a create's Intent; None if unknown."""

    def order(self) -> tuple[RecordId, ...] | None:
        """The order as it is now, whole, top first; None where the tracker has none."""

    def cursor(self) -> Cursor | None:
        """Where to go on after this run's own writes; None: where the snapshot said."""

    def people(self) -> Sequence[Person]:
        """Who can be assigned here; nobody where the tracker keeps no list."""

    def remember(self, twins: Iterable[Twin], last: Cursor | None = None) -> None:
        """Told after `open`: records that are linked, for adapters that find them by key; and
        where the last run ended, also where all is read anew."""


@runtime_checkable
class Source(Protocol):
    """An adapter that gives the files which its records show as attachments."""

    def fetch(self, link: str, most: int) -> Attached:
        """The file of a link that a record here shows. Raises NotFound where the link leads
        elsewhere, Rejected for more bytes than `most`, and TrackerErrors."""


@runtime_checkable
class Definer(Protocol):
    """An adapter of a tracker that keeps labels with their color and description."""

    def vocabulary(self) -> tuple[Record, ...] | None:
        """As `Snapshot.vocabulary`; what `read` has of it."""

    def define(self, writes: Sequence[Create | Update]) -> Iterator[Outcome]:
        """Makes and changes labels themselves (LABEL_FIELDS), before records are given them. One
        that gets another name stays on its records. One outcome for each, with the label as it
        then is. A name that is taken is Rejected."""


@runtime_checkable
class Teller(Protocol):
    """An adapter that can be asked for the links that a record has beside what it shows."""

    def told(self, ids: Sequence[RecordId]) -> Mapping[RecordId, frozenset[str]]:
        """The addresses that these records are linked to: a request for each of them."""


@runtime_checkable
class Witness(Protocol):
    """An adapter that can be asked who last changed the single fields of a record."""

    def changes(self, ids: Sequence[RecordId]) -> Mapping[RecordId, Mapping[FieldName, Touched]]:
        """Of these records, as far as it is known; absent fields are not. Costs requests for each
        of them: for what a person is to decide. Raises TrackerErrors."""


class Unmapped(Exception):
    """A value that has no counterpart on the other side; reported, and never read as a change."""

    def __init__(self, name: FieldName, value: str, remedy: str) -> None:
        super().__init__(f"{name}: {value!r} has no counterpart; {remedy}")
        self.name, self.value, self.remedy = name, value, remedy


class TrackerError(Exception):
    """The root: what a tracker answered, said by what to do next. Safe to log and to show."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one API of a tracker takes of a credential until it begins anew, as it last told."""

    limit: int
    left: int
    reset: float
    """When it begins anew, epoch seconds."""


class RetryLater(TrackerError):
    """Nothing is wrong but the moment. `after`: seconds to wait, where the tracker said so."""

    def __init__(self, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.after = after


class Stale(TrackerError):
    """The record is not as it was read: read again."""


class NotFound(TrackerError):
    """The record, or the whole place, is not there (or not for this credential)."""


class Rejected(TrackerError):
    """The tracker refuses this item; `name` is the field where one is to blame."""

    def __init__(self, message: str, name: FieldName | None = None) -> None:
        super().__init__(message)
        self.name = name


class Denied(TrackerError):
    """The credential is not accepted, or may not do this: stops the tracker."""


class Unavailable(TrackerError):
    """The tracker is down or answers nonsense: its items are neither changed nor judged."""
