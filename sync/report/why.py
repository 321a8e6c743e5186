"""Why something is a finding: what each rule is there for, in a product owner's words."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

OWN = "A rule of the team's own: its condition is under rules.custom in the settings."
WHY: Mapping[str, str] = MappingProxyType(
    {
        # Rules.
        "acceptance-criteria": "Whoever builds or checks an item knows when it is done.",
        "hygiene": "What the backlog says is still so, and somebody sees to it.",
        "labels": "A label says the same everywhere, so that all can search and count by it.",
        "priority-order": "What stands above is done first, and priorities and blockers agree.",
        # What a run itself has to say.
        "adoption": "An item that is on two trackers is one item, and is made nowhere twice.",
        "capability": "A tracker cannot show this; elsewhere it is kept.",
        "drift": "A field has an owner: what others change of it is put back.",
        "failing": "A change that a tracker does not take is known to who can help.",
        "mapping": "A value that has no counterpart is carried nowhere, rather than guessed.",
        "mark": "A copy of a record is taken for an item of its own.",
        "missing-record": "What is not seen any more is not closed elsewhere: a person decides.",
        "publish": "A public tracker shows only what it is meant to show.",
        "refused": "What a tracker did not take is told, and tried again once it changes.",
        "release": "A release is called the same, and due on the same day, on every tracker.",
        "restricted": "What only some may read stays where only they read it.",
        "rules": "What two rules demand against each other can never be met.",
        "second-writer": "Two tools that write one field against each other never end.",
        "tracker": "Only what can be read is judged.",
        "undone": "What was taken back stays so until somebody edits it.",
    }
)


def why(rule: str) -> str:
    return WHY.get(rule, OWN)
