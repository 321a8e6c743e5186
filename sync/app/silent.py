"""Rules that matched nothing for long: what runs have left of them, beside what is read now."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from config.rules import Rules, RuleSettings
from sync.plain import json_text
from sync.report.findings import Silent
from sync.state.watched import Watched

LONG = timedelta(days=30)
"""After so long a rule that matched nothing is told."""
BESIDE = ("mode", "severity", "label")
"""What a rule does about what it finds; the rest of its settings says what that is."""


def terms_of(rules: Rules) -> dict[str, str]:
    """What each rule that is not off demands, as a fingerprint of what its settings say."""
    named = {**dict(rules.each()), **rules.custom}
    return {
        name: _fingerprint(rule)
        for name, rule in named.items()
        if any(one.mode != "off" for one in rule.each())
    }


def _fingerprint(rule: RuleSettings) -> str:
    said = rule.model_dump(mode="json", exclude_unset=True)
    every = (said, *said.get("by_kind", {}).values())
    for one in every:
        for name in BESIDE:
            one.pop(name, None)
    return hashlib.sha256(json_text(said).encode()).hexdigest()[:16]


def silent(
    known: Mapping[str, Watched],
    terms: Mapping[str, str],
    matched: Collection[str],
    now: datetime,
) -> Sequence[Silent]:
    """Rules that matched nothing for LONG, by name. `known`: as runs have left them; `matched`:
    those that match by now."""
    before = (now - LONG).astimezone(UTC)
    return [
        Silent(rule, one.since, one.matched)
        for rule, one in sorted(known.items())
        if one.terms == terms.get(rule) and rule not in matched
        if datetime.fromisoformat(one.matched or one.since) <= before
    ]
