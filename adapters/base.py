"""What every adapter is made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from adapters.pace import Turns
from sync.model import FIELDS, FieldName, Schema, TrackerName


@dataclass(frozen=True, slots=True)
class Carrier:
    """What holds a field on a tracker, as the settings name it: `label/priority`, `status`."""

    kind: str
    argument: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    """Canonical value → the tracker's own; empty: the adapter's defaults."""

    @classmethod
    def parse(cls, text: str, values: Mapping[str, str] | None = None) -> Carrier:
        kind, _, argument = text.partition("/")
        return cls(kind, argument or None, dict(values or {}))


@dataclass(frozen=True, slots=True)
class Comments:
    """What a tracker has to do with comments."""

    read: bool = False
    """Are those that are written here carried elsewhere?"""
    write: bool = False
    """Do those that are written elsewhere come here?"""
    sources: frozenset[TrackerName] | None = None
    """The trackers whose comments are carried elsewhere; None: all that there are."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What the settings say to any tracker."""

    name: TrackerName
    schema: Schema = field(default_factory=lambda: FIELDS)
    carriers: Mapping[FieldName, Carrier | None] = field(default_factory=dict)
    """Only what differs from the adapter's defaults; None: this field is not carried here."""
    values: Mapping[FieldName, Mapping[str, str]] = field(default_factory=dict)
    """Value maps for fields whose carrier is the default one: canonical → the tracker's own."""
    comments: Comments = Comments()
    copied: tuple[str, ...] | None = None
    """The beginnings of the addresses whose attachments this tracker gets copies of; None: the
    settings ask for none, and attachments stay links."""
    transitions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """On Jira: canonical status → what to fill in on the screens of the transitions that lead to
    it: name or id of Jira's field → the value's name."""
    vocabulary: bool = False
    """Are the labels that the tracker keeps to be read, with their color and description?"""
    users: Mapping[str, str] = field(default_factory=dict)
    """Canonical name of a person → login, accountId or user name on this tracker. People who are
    not in it: on GitHub and in files the login is the canonical name; on Jira likewise."""
    writes: int | None = None
    """So many a minute the tracker takes of the credential; None: as is known of it."""
    turns: Turns | None = None
    """Of the credential, where a state is shared."""
    standing: Callable[[], None] | None = None
    """Called right before each write; raises where another run has taken the backlog over."""
