"""What a repository has beside its issues: labels and milestones, made where they are missing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from adapters.github.client import GitHubClient
from adapters.github.labels import value_of
from adapters.github.shapes import Issue, Milestone
from sync.model import FieldName
from sync.tracker import RecordId, Rejected, Twin

COLORS = {
    "kind": "1d76db",
    "priority": "d93f0b",
    "status": "fbca04",
    "estimate": "c2e0c6",
}
"""Of new labels, by the field that they carry, in the web's six digits."""
PLAIN = "ededed"


@dataclass
class Places:
    """Labels and milestones by name, listed when the first of them is needed.

    GitHub takes "Bug" and "bug" for the same label.
    """

    client: GitHubClient
    _labels: dict[str, str] | None = None
    """Folded name → name."""
    _milestones: dict[str, int] | None = None
    """Folded title → number."""

    @property
    def labels(self) -> dict[str, str]:
        if self._labels is None:
            found = self.client.labels()
            self._labels = {label.name.casefold(): label.name for label in found}
        return self._labels

    @property
    def milestones(self) -> dict[str, int]:
        if self._milestones is None:
            found = self.client.milestones()
            self._milestones = {one.title.casefold(): one.number for one in found}
        return self._milestones

    def learn_labels(self, names: Iterable[str]) -> None:
        """Takes over all that there are."""
        self._labels = {name.casefold(): name for name in names}

    def learn_label(self, name: str, instead_of: str | None = None) -> None:
        """Takes over one that was made, or that has another name now."""
        if self._labels is not None:
            self._labels.pop((instead_of or name).casefold(), None)
            self._labels[name.casefold()] = name

    def learn_milestones(self, found: Iterable[Milestone], *, whole: bool) -> None:
        """Takes over what was read or written. `whole`: these are all that there are."""
        fresh = {one.title.casefold(): one.number for one in found}
        if whole:
            self._milestones = fresh
        elif self._milestones is not None:
            numbers = set(fresh.values())
            held = {t: n for t, n in self._milestones.items() if n not in numbers}
            self._milestones = held | fresh

    def label(self, name: str, carries: FieldName | None) -> str:
        """The label's name as the repository spells it. Made where it is missing."""
        folded = name.casefold()
        if folded not in self.labels:
            about = f"{carries}: {value_of(name)}" if carries else ""
            try:
                self.client.create_label(name, COLORS.get(carries or "", PLAIN), about[:100])
            except Rejected:
                self._labels = None  # has somebody else just made it?
                if folded not in self.labels:
                    raise
            self.labels.setdefault(folded, name)
        return self.labels[folded]

    def milestone(self, title: str) -> int:
        """The milestone's number. Made where it is missing."""
        folded = title.casefold()
        if folded not in self.milestones:
            try:
                self.milestones[folded] = self.client.create_milestone(title).number
            except Rejected:
                self._milestones = None  # as above
                if folded not in self.milestones:
                    raise
        return self.milestones[folded]


@dataclass
class Directory:
    """Under which numbers and ids the issues go that were seen in this run."""

    numbers: dict[RecordId, int] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    """Key → the id that references are written by."""
    linked: set[RecordId] = field(default_factory=set)
    """Those that items are tied to."""
    newest: int = 0
    """The highest number; pull requests have theirs from the same row."""

    def learn(self, issue: Issue) -> None:
        self.newest = max(self.newest, issue.number)
        if issue.pull_request is None:
            self.numbers[issue.node_id] = issue.number
            self.ids[issue.key] = issue.id

    def key(self, twin: Twin, repository: str) -> str:
        """What references name it by now: the repository may have another name than then."""
        number = self.numbers.get(twin.id)
        return f"{repository}#{number}" if number else twin.key

    def remember(self, twins: Iterable[Twin]) -> None:
        for twin in twins:
            self.linked.add(twin.id)
            number = twin.key.rpartition("#")[2]
            if number.isascii() and number.isdigit():
                self.numbers.setdefault(twin.id, int(number))
                self.newest = max(self.newest, int(number))
