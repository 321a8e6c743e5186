"""The fields of the create and edit screens, as people and programs ask for them beforehand."""

from __future__ import annotations

from starlette.responses import Response

from adapters.sandbox.jira import fields
from adapters.sandbox.jira.shapes import View, schema
from adapters.sandbox.jira.state import Field, IssueType, Json, Option, Project, Site, find
from adapters.sandbox.jira.web import Ask, Refused, Route, answer, page

MOST_META = 200


def create_types(ask: Ask) -> Response:
    one, view = _creating(ask), View.of(ask)
    shown = [view.issue_type(type_) for type_ in one.types]
    return _meta_page(ask, shown, "issueTypes")


def create_fields(ask: Ask) -> Response:
    one, view = _creating(ask), View.of(ask)
    type_ = find(one.types, ask.path["type"])
    if type_ is None or type_.id != ask.path["type"]:
        raise Refused(400, "The issue type does not exist in this project.")
    shown = []
    for field in _creatable(ask.site, one, type_):
        required = field.id == "project" or fields.is_required(one, type_, field)
        shown.append(field_meta(view, one, field, required=required) | {"fieldId": field.id})
    return _meta_page(ask, shown, "fields")


def _creating(ask: Ask) -> Project:
    one = ask.site.project(ask.path["project"])
    if one is None or not ask.user.may("CREATE_ISSUES"):
        told = "The project does not exist, or you may not create issues in it."
        raise Refused(404, told)
    return one


def _creatable(site: Site, one: Project, type_: IssueType) -> list[Field]:
    return [site.fields["project"], *fields.screen(site, one, type_, "create")]


def _meta_page(ask: Ask, entries: list[Json], key: str) -> Response:
    if ask.number("maxResults", 50) > MOST_META:
        raise Refused(400, f"Parameter 'maxResults' must not exceed the limit '{MOST_META}'")
    if ask.site.cloud:
        return answer(page(ask, entries, key))
    shown = page(ask, entries, "values")
    return answer(shown | {"isLast": shown["startAt"] + len(shown["values"]) >= shown["total"]})


def edit_fields(ask: Ask) -> Response:
    issue, view = ask.issue(), View.of(ask)
    if not ask.user.may("EDIT_ISSUES") or issue.archived:
        return answer({"fields": {}})
    type_ = ask.site.types[issue.values["issuetype"]]
    return answer(
        {
            "fields": {
                field.id: field_meta(
                    view,
                    issue.project,
                    field,
                    required=fields.is_required(issue.project, type_, field),
                )
                for field in fields.screen(ask.site, issue.project, type_, "edit")
            }
        }
    )


def field_meta(view: View, of: Project, field: Field, *, required: bool) -> dict[str, Json]:
    """A field of a screen: whether it is required, and the values it takes."""
    kind = fields.KINDS[field.kind]
    shown: dict[str, Json] = {
        "required": required,
        "schema": schema(field),
        "name": field.name,
        "key": field.id,
        "hasDefaultValue": field.id in ("priority", "reporter"),
        "operations": list(kind.operations) or ["set"],
    }
    allowed = _allowed(view, of, field)
    if allowed is not None:
        shown["allowedValues"] = allowed
    if field.kind == "user":
        shown["autoCompleteUrl"] = f"{view.api}/user/assignable/search?project={of.key}&query="
    return shown


def _allowed(view: View, of: Project, field: Field) -> list[Json] | None:
    match field.kind:
        case "project":
            return [view.project(of)]
        case "type":
            return [view.issue_type(type_) for type_ in of.types]
        case "priority":
            return [view.label("priority", one) for one in of.priorities]
        case "resolution":
            return [view.label("resolution", one) for one in view.site.resolutions.values()]
        case "security":
            return [view.label("securitylevel", one) for one in of.levels]
        case "components":
            return [view.label("component", one) for one in of.components]
        case "versions" | "version":
            return [view.version_of(one) for one in of.versions if not one.archived]
        case "option" | "options":
            return [view.option(one) for one in field.options if not one.disabled]
        case "cascade":
            return [_with_children(view, one) for one in field.options if not one.disabled]
    return None


def _with_children(view: View, option: Option) -> dict[str, Json]:
    children = [view.option(one) for one in option.children if not one.disabled]
    return view.option(option) | ({"children": children} if children else {})


CREATE = "/issue/createmeta/{project}/issuetypes"
ROUTES = (
    Route("GET", CREATE, create_types),
    Route("GET", CREATE + "/{type}", create_fields),
    Route("GET", "/issue/{issue}/editmeta", edit_fields),
)
