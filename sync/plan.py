"""The plan: every edit, move, conflict and finding of one run, as plain, sorted data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from sync.model import FieldName, ItemId, Json, TrackerName, dump
from sync.plain import json_text
from sync.tracker import Change

Severity: TypeAlias = Literal["error", "warning", "info"]
By: TypeAlias = Literal["mark", "link", "title", "person"]


@dataclass(frozen=True, slots=True)
class Edit:
    """One create or update of one record, all its fields together."""

    item: ItemId
    tracker: TrackerName
    action: Literal["create", "update"]
    key: str | None
    fields: Mapping[FieldName, Change]
    because: str
    seen: str | None = field(default=None, compare=False)
    """A digest of the record as it was planned for; None for one that is to be made."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """A record that is taken to show an item it was not linked to before."""

    item: ItemId
    tracker: TrackerName
    key: str
    by: By


@dataclass(frozen=True, slots=True)
class Proposal:
    """A record that may show an item, and shows another so far: a person decides."""

    item: ItemId
    keys: Mapping[TrackerName, str]
    """Of the item's records."""
    tracker: TrackerName
    key: str
    other: ItemId
    """The item that the record shows so far."""
    score: float
    """How alike the titles are, up to 1."""
    by: Literal["title", "likeness"]
    """`title`: they are the same, but there are several such, or of other kinds."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A record to be moved in its tracker's order, between two keys (None: the end of it)."""

    item: ItemId
    tracker: TrackerName
    key: str | None
    after: ItemId | None
    before: ItemId | None
    after_key: str | None
    before_key: str | None


@dataclass(frozen=True, slots=True)
class Conflict:
    """One field of one item that several sides changed differently, and no rule decides."""

    item: ItemId
    field: FieldName
    sides: Mapping[TrackerName, Json]
    base: Json


@dataclass(frozen=True, slots=True)
class ReleaseEdit:
    """One create or update of one release on one tracker, all its fields together."""

    release: str
    """Its name in the backlog."""
    tracker: TrackerName
    action: Literal["create", "update"]
    fields: Mapping[FieldName, tuple[Json, Json]]
    """`name`, `due` (a day) and `done` (a bool): as it is there, and as it should be."""
    because: str


@dataclass(frozen=True, slots=True)
class ReleaseConflict:
    """One field of one release that several sides changed differently."""

    release: str
    field: FieldName
    sides: Mapping[TrackerName, Json]
    base: Json


@dataclass(frozen=True, slots=True)
class LabelEdit:
    """One label to be made or changed on one tracker: the label itself, not a record's."""

    label: str
    """Its name there."""
    tracker: TrackerName
    action: Literal["create", "update"]
    fields: Mapping[FieldName, tuple[Json, Json]]
    """`name`, `color` and `description`: as it is there, and as it should be."""
    items: int
    """So many items have it there, and will have it by its new name."""
    because: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that one item (or, without one, the backlog) breaks."""

    rule: str
    severity: Severity
    message: str
    item: ItemId | None = None
    keys: Mapping[TrackerName, str] = field(default_factory=dict)
    fix: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run would do. The same state gives the same plan, to the byte."""

    backlog: str
    complete: bool = True
    """False where a tracker could not be read whole: its items are neither changed nor judged."""
    edits: tuple[Edit, ...] = ()
    pairings: tuple[Pairing, ...] = ()
    moves: tuple[Placement, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    findings: tuple[Finding, ...] = ()
    releases: tuple[ReleaseEdit, ...] = ()
    release_conflicts: tuple[ReleaseConflict, ...] = ()
    vocabulary: tuple[LabelEdit, ...] = ()
    after_run: int = 0
    """The last run of the backlog that was begun before; 0 if there was none."""
    proposals: tuple[Proposal, ...] = ()
    """Nothing is created for these items until they are decided. The likest first."""
    waived: int = 0
    """Findings that waivers left out; reports say so, and what follows."""
    would_fix: Mapping[str, int] = field(default_factory=dict)
    """Of rules that only report: how many items each would change with `fix`."""

    @property
    def summary(self) -> dict[str, int]:
        return {
            "create": sum(edit.action == "create" for edit in self.edits),
            "update": sum(edit.action == "update" for edit in self.edits),
            "move": len(self.moves),
            "conflict": len(self.conflicts) + len(self.release_conflicts),
            "finding": len(self.findings),
            "release": len(self.releases),
            "label": len(self.vocabulary),
        }

    @property
    def pending(self) -> bool:
        """Is there anything for `apply` or a person to do, findings aside?"""
        todo = (self.edits, self.moves, self.conflicts, self.pairings, self.proposals)
        return any((*todo, self.releases, self.release_conflicts, self.vocabulary))

    def to_json(self) -> dict[str, Json]:
        """As `onebacklog schema plan` describes it."""
        return {
            "version": 1,
            "backlog": self.backlog,
            "complete": self.complete,
            "after_run": self.after_run,
            "summary": self.summary,
            "edits": [_edit(edit) for edit in self.edits],
            "pairings": [
                {"item": p.item, "tracker": p.tracker, "key": p.key, "by": p.by}
                for p in self.pairings
            ],
            "proposals": [_proposal(one) for one in self.proposals],
            "moves": [
                {
                    "item": m.item,
                    "tracker": m.tracker,
                    "key": m.key,
                    "before": m.before_key,
                    "after": m.after_key,
                }
                for m in self.moves
            ],
            "conflicts": [
                {"item": c.item, "field": c.field, "sides": dict(c.sides), "base": c.base}
                for c in self.conflicts
            ],
            "findings": [finding_to_json(finding) for finding in self.findings],
            "releases": [_release(edit) for edit in self.releases],
            "release_conflicts": [
                {"release": c.release, "field": c.field, "sides": dict(c.sides), "base": c.base}
                for c in self.release_conflicts
            ],
            "vocabulary": [_label(edit) for edit in self.vocabulary],
        }

    def to_text(self) -> str:
        return json_text(self.to_json())


def _proposal(one: Proposal) -> dict[str, Json]:
    return {
        "item": one.item,
        "keys": dict(one.keys),
        "tracker": one.tracker,
        "key": one.key,
        "other": one.other,
        "score": one.score,
        "by": one.by,
    }


def finding_to_json(finding: Finding) -> dict[str, Json]:
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "item": finding.item,
        "keys": dict(finding.keys),
        "message": finding.message,
        "fix": finding.fix,
    }


def _edit(edit: Edit) -> dict[str, Json]:
    fields = {
        name: {"from": dump(change.before), "to": dump(change.after)}
        for name, change in edit.fields.items()
    }
    return {
        "item": edit.item,
        "tracker": edit.tracker,
        "action": edit.action,
        "key": edit.key,
        "fields": fields,
        "because": edit.because,
        "seen": edit.seen,
    }


def _release(edit: ReleaseEdit) -> dict[str, Json]:
    return {
        "release": edit.release,
        "tracker": edit.tracker,
        "action": edit.action,
        "fields": {name: {"from": old, "to": new} for name, (old, new) in edit.fields.items()},
        "because": edit.because,
    }


def _label(edit: LabelEdit) -> dict[str, Json]:
    return {
        "label": edit.label,
        "tracker": edit.tracker,
        "action": edit.action,
        "fields": {name: {"from": old, "to": new} for name, (old, new) in edit.fields.items()},
        "items": edit.items,
        "because": edit.because,
    }


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ChangeDocument(_Document):
    """One field's value on the tracker, and as it should be."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    before: Annotated[Json, Field(alias="from")]
    after: Annotated[Json, Field(alias="to")]


class EditDocument(_Document):
    item: ItemId
    tracker: TrackerName
    action: Literal["create", "update"]
    key: str | None
    fields: dict[FieldName, ChangeDocument]
    because: str
    seen: Annotated[
        str | None, Field(description="a digest of the record as it was; null for a new one")
    ] = None


class PairingDocument(_Document):
    item: ItemId
    tracker: TrackerName
    key: str
    by: By


class ProposalDocument(_Document):
    """A record that may show an item: decided with `onebacklog adopt`."""

    item: ItemId
    keys: dict[TrackerName, str]
    tracker: TrackerName
    key: str
    other: Annotated[ItemId, Field(description="the item that the record shows so far")]
    score: Annotated[float, Field(ge=0, le=1, description="how alike the titles are")]
    by: Literal["title", "likeness"]


class MoveDocument(_Document):
    item: ItemId
    tracker: TrackerName
    key: str | None
    before: Annotated[str | None, Field(description="the key right below it afterwards")]
    after: Annotated[str | None, Field(description="the key right above it afterwards")]


class ConflictDocument(_Document):
    item: ItemId
    field: FieldName
    sides: dict[TrackerName, Json]
    base: Json


class ReleaseDocument(_Document):
    release: Annotated[str, Field(description="its name in the backlog")]
    tracker: TrackerName
    action: Literal["create", "update"]
    fields: dict[FieldName, ChangeDocument]
    because: str


class ReleaseConflictDocument(_Document):
    release: str
    field: FieldName
    sides: dict[TrackerName, Json]
    base: Json


class LabelDocument(_Document):
    """A label itself, that is to be made or changed on a tracker."""

    label: Annotated[str, Field(description="its name there")]
    tracker: TrackerName
    action: Literal["create", "update"]
    fields: dict[FieldName, ChangeDocument]
    items: Annotated[int, Field(description="so many items have it, where it is renamed")]
    because: str


class FindingDocument(_Document):
    rule: str
    severity: Severity
    item: ItemId | None
    keys: dict[TrackerName, str]
    message: str
    fix: bool


class SummaryDocument(_Document):
    create: int
    update: int
    move: int
    conflict: Annotated[int, Field(description="of items and of releases")]
    finding: int
    release: Annotated[int, Field(description="edits of releases themselves")] = 0
    label: Annotated[int, Field(description="edits of labels themselves")] = 0


class PlanDocument(_Document):
    """A plan as `plan --out` saves it and `apply --plan` reads it."""

    model_config = ConfigDict(frozen=True, extra="forbid", title="plan")
    version: Literal[1]
    backlog: str
    complete: bool
    after_run: Annotated[
        int, Field(description="the last run of the backlog that was begun before; 0: none")
    ] = 0
    summary: SummaryDocument
    edits: tuple[EditDocument, ...]
    pairings: tuple[PairingDocument, ...]
    proposals: tuple[ProposalDocument, ...] = ()
    moves: tuple[MoveDocument, ...]
    conflicts: tuple[ConflictDocument, ...]
    findings: tuple[FindingDocument, ...]
    releases: tuple[ReleaseDocument, ...] = ()
    release_conflicts: tuple[ReleaseConflictDocument, ...] = ()
    vocabulary: tuple[LabelDocument, ...] = ()
