"""The team's rules: what they find in a backlog, and what they do about it; without I/O."""

from sync.rules.acceptance_criteria import AcceptanceCriteria
from sync.rules.custom import Custom
from sync.rules.enforce import Enforced, enforce
from sync.rules.hygiene import Hygiene
from sync.rules.judge import GRAVITY, Chosen, Mode, RuleSettings, Waiver, judge
from sync.rules.labels import Labels, Terms
from sync.rules.priority_order import PriorityOrder
from sync.rules.table import RULES, Options, Rule, RuleType
from sync.rules.view import Breach, View

__all__ = [
    "GRAVITY",
    "RULES",
    "AcceptanceCriteria",
    "Breach",
    "Chosen",
    "Custom",
    "Enforced",
    "Hygiene",
    "Labels",
    "Mode",
    "Options",
    "PriorityOrder",
    "Rule",
    "RuleSettings",
    "RuleType",
    "Terms",
    "View",
    "Waiver",
    "enforce",
    "judge",
]
