"""The order of issues: one over the whole site, as numbers with room between them.

The numbers show as LexoRank values. They are spread anew when there is no room left, as Jira does
when it rebalances: every value changes then, and the order does not. Ranking moves no `updated`.
"""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from adapters.sandbox.jira import changes, fields
from adapters.sandbox.jira.state import Issue, Json, Site, User
from adapters.sandbox.jira.web import Ask, Refused, Route, answer, nothing, strings

MOST_RANKED = 50
TOP, FOOT = 0, 36**6
GAP = 36**3
MIDDLE = FOOT // 2


def ordered(site: Site) -> list[Issue]:
    return sorted(site.issues.values(), key=lambda issue: issue.rank)


def foot(site: Site) -> int:
    """A place below all."""
    if not site.issues:
        return MIDDLE
    lowest = max(issue.rank for issue in site.issues.values())
    if lowest + GAP < FOOT:
        return lowest + GAP
    rebalance(site)
    return foot(site)


def rebalance(site: Site) -> None:
    """Spreads all issues evenly over the middle half."""
    issues = ordered(site)
    step = MIDDLE // (len(issues) + 1)
    if step < 1:
        raise ValueError(f"{len(issues)} issues are too many for this site")
    for number, issue in enumerate(issues):
        site.before_write(issue)
        issue.rank = FOOT // 4 + number * step
    site.next_bucket()


def place(site: Site, moved: Sequence[Issue], anchor: Issue, *, above: bool) -> None:
    """Puts the issues next to the anchor, in the order in which they are given."""
    ids = {issue.id for issue in moved}
    others = [issue for issue in ordered(site) if issue.id not in ids]
    at = others.index(anchor) + (0 if above else 1)
    before = others[at - 1].rank if at else None
    after = others[at].rank if at < len(others) else None
    low = max(TOP, (after or FOOT) - GAP * (len(moved) + 1)) if before is None else before
    high = min(FOOT, low + GAP * (len(moved) + 1)) if after is None else after
    step = (high - low) // (len(moved) + 1)
    if step < 1:
        rebalance(site)
        place(site, moved, anchor, above=above)
        return
    for number, issue in enumerate(moved, 1):
        site.before_write(issue)
        issue.rank = low + number * step


def put(ask: Ask) -> Response:
    ask.require("SCHEDULE_ISSUES", "You do not have permission to rank issues.")
    moved, anchor, above = _wanted(ask)
    failing = [issue for issue in moved if issue.key in ask.site.quirks.rank_fails]
    done = [issue for issue in moved if issue not in failing]
    before = {issue.id: issue.rank for issue in done}
    if done:
        place(ask.site, done, anchor, above=above)
    for issue in done:
        _tell(ask.site, ask.user, issue, higher=issue.rank < before[issue.id])
    if not failing:
        return nothing()
    entries = [_entry(issue, failed=issue in failing) for issue in moved]
    return answer({"entries": entries}, 207)


def _wanted(ask: Ask) -> tuple[list[Issue], Issue, bool]:
    """The issues, the anchor, and whether they go above it."""
    sent = ask.data()
    refs = strings(sent.get("issues"))
    if not 0 < len(refs) <= MOST_RANKED:
        raise Refused(400, f"Between 1 and {MOST_RANKED} issues can be ranked at once.")
    field = sent.get("rankCustomFieldId")
    if field is not None and f"customfield_{field}" != fields.RANK:
        raise Refused(400, f"The field with id {field} is not a rank field.")
    anchors = [name for name in ("rankBeforeIssue", "rankAfterIssue") if sent.get(name)]
    if len(anchors) != 1:
        raise Refused(400, "Give either rankBeforeIssue or rankAfterIssue.")
    try:
        moved = [ask.issue(ref) for ref in dict.fromkeys(refs)]
        anchor = ask.issue(str(sent[anchors[0]]))
    except Refused as error:
        raise Refused(400, *error.messages) from None
    if anchor in moved:
        raise Refused(400, f"The issue {anchor.key} cannot be ranked next to itself.")
    return moved, anchor, anchors == ["rankBeforeIssue"]


def _entry(issue: Issue, *, failed: bool) -> dict[str, Json]:
    entry = {"issueId": int(issue.id), "issueKey": issue.key, "status": 503 if failed else 200}
    told = "Jira Agile cannot execute the rank operation at this time. Please try again later."
    return entry | ({"errors": [told]} if failed else {})


def _tell(site: Site, user: User, issue: Issue, *, higher: bool) -> None:
    """A move stands in webhooks, without from and to; `updated` stays."""
    name = site.quirks.rank_name
    item = {
        "field": name,
        "fieldtype": "jira",
        "fieldId": "Rank",
        "from": None,
        "fromString": "",
        "to": None,
        "toString": f"ranked {'higher' if higher else 'lower'}",
    }
    changelog = {"id": str(site.new_id()), "items": [item]}
    changes.publish_issue(site, user, issue, ("jira:issue_updated", "issue_updated"), changelog)


ROUTES = (Route("PUT", "/rest/agile/1.0/issue/rank", put),)
