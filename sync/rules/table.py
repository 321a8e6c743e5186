"""The table of rules: what each judges, by which options, how gravely."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Generic, TypeAlias, TypeVar

from sync.model import ItemId
from sync.plan import Severity
from sync.rules.acceptance_criteria import AcceptanceCriteria, acceptance_criteria
from sync.rules.custom import Custom, custom
from sync.rules.hygiene import Hygiene, hygiene
from sync.rules.labels import Labels, labels
from sync.rules.priority_order import PriorityOrder, mended_order, priority_order
from sync.rules.view import Breach, View

OptionsT = TypeVar("OptionsT")
Rule: TypeAlias = Callable[[View, OptionsT], Iterator[Breach]]
Order: TypeAlias = Callable[[View, OptionsT], Sequence[ItemId]]
Options: TypeAlias = PriorityOrder | AcceptanceCriteria | Labels | Hygiene | Custom


@dataclass(frozen=True, slots=True)
class RuleType(Generic[OptionsT]):
    """One line of the table of rules."""

    rule: Rule[OptionsT]
    options: type[OptionsT]
    severity: Severity
    kinds: frozenset[str] | None = None
    """The kinds that it judges where the settings name none; None: all."""
    order: Order[OptionsT] | None = None
    """The order as the rule would have it, for breaches that moves would end."""


RULES: Mapping[str, RuleType[Any]] = MappingProxyType(
    {
        "acceptance-criteria": RuleType(
            acceptance_criteria, AcceptanceCriteria, "error", frozenset({"story"})
        ),
        "custom": RuleType(custom, Custom, "warning"),
        "hygiene": RuleType(hygiene, Hygiene, "warning"),
        "labels": RuleType(labels, Labels, "warning"),
        "priority-order": RuleType(priority_order, PriorityOrder, "error", order=mended_order),
    }
)
