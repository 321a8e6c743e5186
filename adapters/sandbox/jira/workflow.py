"""Transitions: which lead from an issue's status, and taking one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from starlette.responses import Response

from adapters.sandbox.jira import changes, fields, screens
from adapters.sandbox.jira.shapes import View
from adapters.sandbox.jira.state import Field, Issue, Json, Site, Transition
from adapters.sandbox.jira.values import Stored, Writing
from adapters.sandbox.jira.web import Ask, Refused, Route, answer, nothing

DONE = "Done"


def open_to(issue: Issue) -> list[Transition]:
    """Those that lead from its status to one of its type, and that no condition hides."""
    status, held = issue.values["status"], issue.values
    type_ = next(one for one in issue.project.types if one.id == held["issuetype"])
    known = {one.id for one in issue.project.statuses_of(type_)}
    return [
        one
        for one in issue.project.transitions
        if one.leads_from(status) and one.to in known and one.needs <= held.keys()
    ]


def listed(ask: Ask) -> Response:
    issue, view = ask.issue(), View.of(ask)
    transitions = open_to(issue) if ask.user.may("TRANSITION_ISSUES") else []
    if ask.parameter("transitionId"):
        transitions = [one for one in transitions if one.id == ask.parameter("transitionId")]
    shown = []
    for transition in transitions:
        entry = view.transition(transition)
        if "transitions.fields" in ask.parameter("expand"):
            entry["fields"] = {
                field.id: screens.field_meta(
                    view, issue.project, field, required=field.id in transition.required
                )
                for field in screen(ask.site, transition)
            }
        shown.append(entry)
    return answer({"expand": "transitions", "transitions": shown})


def screen(site: Site, transition: Transition) -> list[Field]:
    return [site.fields[name] for name in transition.screen]


def take(ask: Ask) -> Response:
    issue, sent = ask.issue(), ask.data()
    taken(ask, issue, sent)
    return nothing()


def tried(ask: Ask, issue: Issue, transition: Mapping[str, Json]) -> Json:
    """Of a transition sent with a create: how it went. The issue stays either way."""
    try:
        taken(ask, issue, {"transition": transition})
    except Refused as error:
        return {"status": error.status, "errorCollection": error.body()}
    return {"status": 200, "errorCollection": {"errorMessages": [], "errors": {}}}


def taken(ask: Ask, issue: Issue, sent: Mapping[str, Json]) -> None:
    wanted = sent.get("transition")
    id_ = str(wanted.get("id", "")) if isinstance(wanted, dict) else ""
    if not id_:
        raise Refused(400, "Missing 'transition' identifier")
    known = open_to(issue) if ask.user.may("TRANSITION_ISSUES") else []
    transition = next((one for one in known if one.id == id_), None)
    if transition is None or issue.archived:
        told = "It looks like you don't have permission to perform this transition, or it is not"
        raise Refused(400, f"{told} available from the issue's status: {id_}.")
    given, update = sent.get("fields") or {}, sent.get("update") or {}
    if not isinstance(given, dict) or not isinstance(update, dict):
        raise Refused(400, "Invalid request payload. 'fields' and 'update' must be objects.")
    writing = Writing(ask, issue.project, ask.site.types[issue.values["issuetype"]], issue)
    shown = screen(ask.site, transition)
    new = fields.written(writing, shown, given, update)
    absent = _absent(shown, transition, issue, new)
    if absent:
        raise Refused(400, errors={field.id: fields.missing(field) for field in absent})
    unmet = [ask.site.fields[name] for name in sorted(transition.checks - _filled(issue, new))]
    if unmet:
        told = ", ".join(field.name for field in unmet)
        raise Refused(400, f"Please fill in {told} before you take {transition.name!r}.")
    moved = {"status": transition.to} | _closing(ask.site, issue, transition, new) | new
    changes.apply(ask.site, ask.user, issue, moved)


def _absent(
    shown: Iterable[Field], transition: Transition, issue: Issue, new: Mapping[str, Stored]
) -> list[Field]:
    values = issue.values | dict(new)
    required = (field for field in shown if field.id in transition.required)
    return [field for field in required if values.get(field.id) is None]


def _filled(issue: Issue, new: Mapping[str, Stored]) -> frozenset[str]:
    values = issue.values | dict(new)
    return frozenset(name for name, value in values.items() if value is not None)


def _closing(
    site: Site, issue: Issue, transition: Transition, new: Mapping[str, Stored]
) -> dict[str, Stored]:
    """What the post functions make of the resolution: usually it follows the status' category, as
    in Jira's simplified workflow. What was given on the screen is there already."""
    if transition.resolution != "auto":
        kept = new.get("resolution") or issue.values.get("resolution")
        resolution = kept if transition.resolution == "keep" else transition.resolution
        since = issue.values.get("resolutiondate") or site.now()
        return {"resolution": resolution, "resolutiondate": since if resolution else None}
    if site.statuses[transition.to].category != "done":
        return {"resolution": None, "resolutiondate": None}
    done = next((one.id for one in site.resolutions.values() if one.name == DONE), None)
    resolution = new.get("resolution") or issue.values.get("resolution") or done
    since = issue.values.get("resolutiondate") or site.now()
    return {"resolution": resolution, "resolutiondate": since}


ROUTES = (
    Route("GET", "/issue/{issue}/transitions", listed),
    Route("POST", "/issue/{issue}/transitions", take),
)
