"""Settings of fields: their values, who has authority, what carries them on each tracker."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from pydantic import ConfigDict, Field

from config.values import Line, Name, Settings, SomeLines
from sync.model import COMMENTS, FIELDS, NOTICE, PRIORITIES, STATUSES, FieldName, Shape

NONE = "none"
"""The carrier of a field that a tracker does not show."""

CARRIERS: Mapping[str, Mapping[str, str | None]] = MappingProxyType(
    {
        "jira": {
            "status": None,
            "field": "NAME-OR-ID",
            "label": "NS",
            "fix-version": None,
            "parent": None,
            "link": "TYPE",
            "assignee": None,
            "body-section": "HEADING",
            "checklist": None,
            "sprint": None,
            "components": None,
            "resolution": None,
            "attachments": None,
        },
        "github": {
            "state": None,
            "label": "NS",
            "milestone": None,
            "issue-type": None,
            "sub-issue": None,
            "dependency": None,
            "assignees": None,
            "project-field": "NAME",
            "issue-field": "NAME",
            "body-section": "HEADING",
            "checklist": None,
            "state-reason": None,
        },
        "files": {},  # every field stands under its own name
    }
)
"""By type of tracker: each carrier's kind, and what its argument names where it takes one."""

TEAM_TYPES = ("line", "text", "number", "date", "set")
"""What a team's own field may hold."""

VOCABULARIES: Mapping[FieldName, tuple[str, ...]] = MappingProxyType(
    {"status": STATUSES, "priority": PRIORITIES}
)
"""The values of fields that have a fixed set of them, unless the settings give another."""

ORDER = "order"
"""What the fields call the order: it is none, but has an authority as they do."""


def carrier_forms(tracker_type: str) -> tuple[str, ...]:
    """How carriers of such a tracker are written: `status`, `label/NS`, …, `none`."""
    kinds = CARRIERS[tracker_type].items()
    return (*(f"{kind}/{argument}" if argument else kind for kind, argument in kinds), NONE)


class CarriedSettings(Settings):
    """How one tracker shows one field."""

    carrier: Line | None = None
    """What holds the field there, such as `label/priority` or `field/Priority`; `none` keeps the
    field off that tracker. Default: the tracker's usual carrier of this field."""
    values: Mapping[Line, Line] = {}
    """The backlog's value → the tracker's own. Values left out are called alike on both."""
    transitions: Mapping[Line, Mapping[Line, Line]] = {}
    """On Jira, for the status: its value → what to fill in on the screens of the transitions that
    lead to it, by field: {done: {resolution: Done}}."""


class FieldSettings(Settings):
    """One field. Beside the keys named here stand trackers, by name or type."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, CarriedSettings] = Field(init=False)

    values: SomeLines | None = None
    """The values that the field may have. Default: the built-in ones, or any."""
    authority: Name = "any"
    """Who may change the field: `any` side, the `backlog` itself, or the tracker of that name.
    Changes made elsewhere are reported, and put back."""
    type: Literal["line", "text", "number", "date", "set"] | None = None
    """What a team's own field holds; required there, and forbidden for built-in fields."""

    @property
    def carriers(self) -> Mapping[str, CarriedSettings]:
        """By tracker's name or type."""
        return self.__pydantic_extra__


def shape_of(name: FieldName, team_type: object) -> Shape | None:
    """The shape of a field by its name, and the `type` given to it; None where that says none."""
    if name == COMMENTS:
        return Shape.COMMENTS
    if name == NOTICE:
        return Shape.TEXT
    if name in FIELDS:
        return FIELDS[name]
    return Shape(team_type) if team_type in TEAM_TYPES else None
