"""The plan as JSON: everything that it holds, under the names that the contract gives it."""

from sync.plan import (
    Conflict,
    Edit,
    Finding,
    LabelEdit,
    Pairing,
    Placement,
    Plan,
    PlanDocument,
    Proposal,
    ReleaseConflict,
    ReleaseEdit,
)
from sync.tracker import Change

WHOLE = Plan(
    "shop",
    complete=False,
    edits=(
        Edit("a1", "github", "create", None, {"title": Change(None, "Pay")}, "new on jira"),
        Edit(
            "a2",
            "jira",
            "update",
            "SHOP-2",
            {"labels": Change(frozenset({"b", "a"}), frozenset())},
            "github changed it",
            seen="0123",
        ),
    ),
    pairings=(Pairing("a3", "jira", "SHOP-3", "mark"),),
    moves=(Placement("a2", "jira", "SHOP-2", "a1", "a3", "SHOP-1", "SHOP-3"),),
    conflicts=(Conflict("a2", "title", {"jira": "Pay", "github": "Buy"}, "Sell"),),
    findings=(
        Finding("hygiene", "warning", "SHOP-2 is stale", "a2", {"jira": "SHOP-2"}, fix=True),
    ),
    releases=(ReleaseEdit("1.0", "jira", "update", {"done": (False, True)}, "github changed it"),),
    release_conflicts=(
        ReleaseConflict("2.0", "due", {"jira": "2027-01-01", "github": None}, None),
    ),
    vocabulary=(
        LabelEdit("bug", "github", "update", {"name": ("bug", "type:bug")}, 3, "rule labels"),
    ),
    after_run=7,
    proposals=(Proposal("a4", {"jira": "SHOP-4"}, "github", "acme/shop#4", "a5", 0.9, "likeness"),),
)
TOLD = {
    "version": 1,
    "backlog": "shop",
    "complete": False,
    "after_run": 7,
    "summary": {
        "create": 1,
        "update": 1,
        "move": 1,
        "conflict": 2,
        "finding": 1,
        "release": 1,
        "label": 1,
    },
    "edits": [
        {
            "item": "a1",
            "tracker": "github",
            "action": "create",
            "key": None,
            "fields": {"title": {"from": None, "to": "Pay"}},
            "because": "new on jira",
            "seen": None,
        },
        {
            "item": "a2",
            "tracker": "jira",
            "action": "update",
            "key": "SHOP-2",
            "fields": {"labels": {"from": ["a", "b"], "to": []}},
            "because": "github changed it",
            "seen": "0123",
        },
    ],
    "pairings": [{"item": "a3", "tracker": "jira", "key": "SHOP-3", "by": "mark"}],
    "proposals": [
        {
            "item": "a4",
            "keys": {"jira": "SHOP-4"},
            "tracker": "github",
            "key": "acme/shop#4",
            "other": "a5",
            "score": 0.9,
            "by": "likeness",
        }
    ],
    "moves": [
        {"item": "a2", "tracker": "jira", "key": "SHOP-2", "before": "SHOP-3", "after": "SHOP-1"}
    ],
    "conflicts": [
        {
            "item": "a2",
            "field": "title",
            "sides": {"jira": "Pay", "github": "Buy"},
            "base": "Sell",
        }
    ],
    "findings": [
        {
            "rule": "hygiene",
            "severity": "warning",
            "item": "a2",
            "keys": {"jira": "SHOP-2"},
            "message": "SHOP-2 is stale",
            "fix": True,
        }
    ],
    "releases": [
        {
            "release": "1.0",
            "tracker": "jira",
            "action": "update",
            "fields": {"done": {"from": False, "to": True}},
            "because": "github changed it",
        }
    ],
    "release_conflicts": [
        {
            "release": "2.0",
            "field": "due",
            "sides": {"jira": "2027-01-01", "github": None},
            "base": None,
        }
    ],
    "vocabulary": [
        {
            "label": "bug",
            "tracker": "github",
            "action": "update",
            "fields": {"name": {"from": "bug", "to": "type:bug"}},
            "items": 3,
            "because": "rule labels",
        }
    ],
}


def test_everything_that_a_plan_holds_is_in_its_json() -> None:
    assert WHOLE.to_json() == TOLD


def test_a_plan_as_json_has_the_form_that_is_published() -> None:
    PlanDocument.model_validate_json(WHOLE.to_text())


def test_findings_alone_leave_nothing_pending() -> None:
    assert not Plan("shop", findings=WHOLE.findings).pending
    for part in ("edits", "moves", "conflicts", "pairings", "proposals"):
        assert Plan("shop", **{part: getattr(WHOLE, part)}).pending, part
    assert Plan("shop", releases=WHOLE.releases).pending
    assert Plan("shop", release_conflicts=WHOLE.release_conflicts).pending
