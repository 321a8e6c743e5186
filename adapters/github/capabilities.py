"""What each part of a GitHub issue can hold, and what that needs: one table, for code and pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from sync.model import FieldName, Shape


class Need(StrEnum):
    """What a place may be without."""

    PUSH = "push access"
    ORGANIZATION = "an organization's repository"
    SUB_ISSUES = "the API of sub-issues"
    DEPENDENCIES = "the API of dependencies"
    ISSUE_TYPES = "the API of issue types"
    ISSUE_FIELDS = "the API of issue fields"
    PROJECT = "a Project"


@dataclass(frozen=True, slots=True)
class Capability:
    """One kind of carrier."""

    holds: tuple[Shape, ...] = ()
    """It carries any field of these shapes, but those that have a carrier of their own."""
    only: FieldName | None = None
    """It carries this field and no other."""
    argument: str | None = None
    """What stands behind the `/` of its name, where it takes something."""
    needs: tuple[Need, ...] = ()
    loss: str = ""
    """What does not survive; empty: nothing."""


_WORDS = (Shape.LINE, Shape.NUMBER, Shape.DATE, Shape.SET)
_SECTIONS = (Shape.CRITERIA, Shape.ITEMS, Shape.TEXT, *_WORDS)
_CASE = "what differs by case alone is one"

CAPABILITIES: Mapping[str, Capability] = MappingProxyType(
    {
        "title": Capability(only="title"),
        "body": Capability(only="description"),
        "state": Capability(only="status", loss="statuses of open issues look alike"),
        "state-reason": Capability(
            only="resolution",
            loss="`duplicate` is told, of cancelled items; what else there is stays as it is",
        ),
        "labels": Capability(only="labels", needs=(Need.PUSH,), loss=_CASE),
        "assignees": Capability(
            only="assignees",
            needs=(Need.PUSH,),
            loss="people who cannot be assigned there; more than 10",
        ),
        "label": Capability(
            _WORDS,
            argument="NS",
            needs=(Need.PUSH,),
            loss=f"{_CASE}; what is over 50 characters with its namespace is refused",
        ),
        "milestone": Capability((Shape.LINE,), needs=(Need.PUSH,), loss=_CASE),
        "issue-type": Capability(
            (Shape.LINE,),
            needs=(Need.PUSH, Need.ORGANIZATION, Need.ISSUE_TYPES),
            loss="what is not among the organization's types is refused",
        ),
        "issue-field": Capability(
            _WORDS,
            argument="NAME",
            needs=(Need.PUSH, Need.ORGANIZATION, Need.ISSUE_FIELDS),
            loss="what is not among the options of a select is refused",
        ),
        "project-field": Capability(
            (Shape.LINE, Shape.NUMBER, Shape.DATE),
            argument="NAME",
            needs=(Need.PROJECT,),
            loss="what is not among a field's options or iterations is refused; so is all of what "
            "stands in the project's archive",
        ),
        "sub-issue": Capability(
            (Shape.ITEM,),
            needs=(Need.SUB_ISSUES,),
            loss="more than 100 below one, or 8 levels, are refused; all are of one owner",
        ),
        "dependency": Capability(
            (Shape.ITEMS,), needs=(Need.DEPENDENCIES,), loss="more than 50 are refused"
        ),
        "body-section": Capability(_SECTIONS, argument="HEADING"),
        "checklist": Capability((Shape.CRITERIA,)),
        "comments": Capability(
            only="comments", loss="what is over 65,536 characters with its first line is refused"
        ),
        "notice": Capability(only="notice"),
    }
)
"""By kind of carrier."""

DATA_TYPES: Mapping[str, Shape] = MappingProxyType(
    {
        "text": Shape.LINE,
        "single_select": Shape.LINE,
        "number": Shape.NUMBER,
        "date": Shape.DATE,
        "multi_select": Shape.SET,
    }
)
"""The types of an organization's issue fields → what they hold."""

LACKS: Mapping[Need, str] = MappingProxyType(
    {
        Need.PROJECT: "no Project is named: name its number under `project`, or {instead}",
        Need.PUSH: "the token has no push access to {repository}: labels, assignees, milestones, "
        "types and fields would be dropped without a word; give it Issues: write",
        Need.ORGANIZATION: "{repository} belongs to a user, and only organizations have issue "
        "types and fields: {instead}",
        Need.SUB_ISSUES: "{server} has no sub-issue API: {repository} needs a newer one",
        Need.DEPENDENCIES: "{server} has no dependency API: {repository} needs a newer one, or "
        "carry {name} by body-section/NAME",
        Need.ISSUE_TYPES: "{server} has no issue types for {repository}, or the token may not "
        "read them: {instead}",
        Need.ISSUE_FIELDS: "{server} has no issue fields for {repository}, or the token may not "
        "read them (Issue fields: read): {instead}",
    }
)
"""Why a field has no carrier where something is lacking: what is wrong, and the remedy.

With `{name}` of the field, `{repository}`, `{server}` as `GHES 3.18`, and what to do `{instead}`.
"""
