"""A site from plain data, as it is written by hand in YAML, and back.

Everything has a default; what is not declared is taken from the issues. In rank order:

    users:                                # by what they sign in with
      ann@example.com:secret:             # Data Center: a token alone
        {accountId: ann,                  # Data Center: name
         displayName: Ann, emailAddress: ann@example.com, timeZone: Europe/Berlin, active: true,
         permissions: [BROWSE_PROJECTS],  # default: all
         levels: []}                      # security levels whose issues she sees; default: all
    fields:                               # a team's own
      - {name: Team, type: select, options: [Red, {name: Blue, disabled: true}]}
      # text, paragraph, number, labels, date, datetime, url, select, radio, multiselect,
      # checkboxes, cascading, user, users, version, versions, group, project
      - {name: Area, type: cascading, options: [{name: Web, children: [Shop]}], types: [Story]}
    link_types: [{name: Blocks, inward: is blocked by, outward: blocks}]   # default: Jira's own
    resolutions: [Done, Won't Do]         # default: Jira's own, and those of the issues
    projects:
      SHOP:
        name: Shop
        types: [Epic, Story, {name: Technical task, level: -1},
                {name: Bug, statuses: [To Do, Done]}]                 # a workflow of its own
        statuses: {To Do: new, Doing: indeterminate, Done: done}      # the first is for new issues
        workflow:                         # default: from every status to every other
          - {name: Finish, from: [Doing], to: Done, fields: [resolution], required: [resolution],
             if: [assignee],              # hidden while it is empty
             checks: [Team],              # refused while it is empty
             resolution: auto}            # what it sets: a name, null, keep; auto: as usual
          - {name: Reopen, to: To Do, resolution: keep}
        priorities: [High, Low]
        versions: ["1.0", {name: "2.0", released: true, releaseDate: "2026-01-31"}]
        components: [Shop front]
        levels: [Internal]
        board: scrum                      # or kanban, which has no sprints
        sprints: [Sprint 1, {name: Sprint 2, state: active, startDate: "2026-01-01"}]
        screens: {create: [summary, description], edit: [summary]}    # default: all fields
        required: [Team]                  # besides those that Jira asks for itself
        open: false                       # to everybody, without signing in
        archived: false
    issues:
      - {key: SHOP-1, type: Epic, summary: Checkout}
      - key: SHOP-2                       # default: the next
        type: Story
        summary: Pay by card
        description: A text.              # Data Center: wiki. Cloud: a document, or plain text
        status: Doing
        priority: High                    # null for none; default: Medium, where there is one
        labels: [payment]
        assignee: ann                     # by accountId or name, as is `reporter`
        parent: SHOP-1                    # an epic too: on Data Center it becomes the Epic Link
        links: [{type: Blocks, outward: SHOP-3}]   # this blocks SHOP-3; `inward`: is blocked by it
        fixVersions: ["1.0"]
        components: [Shop front]
        versions: ["1.0"]                 # those that it affects
        environment: A text.
        estimate: 3                       # Story Points
        sprint: [Sprint 1, Sprint 2]      # or one alone
        security: Internal
        resolution: Done
        duedate: "2026-02-01"
        created: "2026-01-01T12:00:00Z"   # default: now; updated: as created
        updated: "2026-01-02T12:00:00Z"
        properties: {a.key: {any: json}}
        fields: {Team: Red, Area: [Web, Shop]}
        attachments: [{name: spec.txt, content: A text., author: ann, type: text/plain}]
        comments: [{author: ann, body: A text., created: …}]
        remote_links: [{globalId: …, object: {url: …, title: …}}]
        archived: false
        id: "10042"                       # default: the next
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from adapters.sandbox.jira import fields, own_fields, rank
from adapters.sandbox.jira.place import Place, SeedError, find_id
from adapters.sandbox.jira.projects import make_project
from adapters.sandbox.jira.quirks import Quirks
from adapters.sandbox.jira.state import (
    Attachment,
    Comment,
    Field,
    Flavour,
    Issue,
    Label,
    Link,
    LinkType,
    Project,
    RemoteLink,
    Site,
    User,
    find,
)
from adapters.sandbox.server import Switches

LINK_TYPES = (
    LinkType("10000", "Blocks", "is blocked by", "blocks"),
    LinkType("10001", "Cloners", "is cloned by", "clones"),
    LinkType("10002", "Duplicate", "is duplicated by", "duplicates"),
    LinkType("10003", "Relates", "relates to", "relates to"),
)
RESOLUTIONS = ("Done", "Won't Do", "Duplicate", "Cannot Reproduce")
USUAL_PROJECT = "SHOP"


def site_from(
    data: Mapping[str, Any], flavour: Flavour, switches: Switches, quirks: Quirks
) -> Site:
    """SeedError: names the place and what may stand there."""
    site = Site(flavour, switches, quirks)
    top = Place(data, "seed")
    top.only(["users", "fields", "link_types", "resolutions", "projects", "issues"])
    for credential, place in top.entries("users"):
        user = _user(site, credential, place)
        site.users[user.id] = user
    if not site.users:
        credential = "bot@example.com:token" if site.cloud else "token"
        site.users["bot"] = User("bot", "Bot", credential)
    _add_fields(site, top)
    site.link_types = {type_.id: type_ for type_ in _link_types(top)}
    issues = top.list_of("issues")
    known = [str(name) for name in top.items("resolutions")] or RESOLUTIONS
    names = [*known, *(one.text("resolution") for one in issues)]
    for number, name in enumerate(dict.fromkeys(filter(None, names)), 10_000):
        site.resolutions[str(number)] = Label(str(number), name)
    _add_projects(site, top, issues)
    own_fields.limit(site, top)
    _add_issues(site, issues)
    return site


def _link_types(top: Place) -> Iterable[LinkType]:
    given = top.list_of("link_types")
    for place in given:
        place.only(["name", "inward", "outward"])
    return [
        LinkType(str(number), *(place.needed(name) for name in ("name", "inward", "outward")))
        for number, place in enumerate(given, 10_000)
    ] or LINK_TYPES


def _user(site: Site, credential: str, place: Place) -> User:
    place.only(KNOWN_OF_USERS)
    id_ = place.text("accountId") or place.text("name") or credential.partition(":")[0]
    permissions, levels = place.data.get("permissions"), place.data.get("levels")
    user = User(
        id=id_,
        name=place.text("displayName") or id_,
        credential=credential,
        email=place.text("emailAddress"),
        zone=place.text("timeZone") or "UTC",
        active=bool(place.data.get("active", True)),
        permissions=None if permissions is None else frozenset(permissions),
        levels=None if levels is None else frozenset(levels),
    )
    if id_ in site.users:
        raise SeedError(f"{place.path}: the user {id_!r} is there twice")
    return user


def _add_fields(site: Site, top: Place) -> None:
    agile = [
        Field(field.id, site.quirks.rank_name, field.kind, field.custom)
        if field.id == fields.RANK
        else field
        for field in fields.AGILE
    ]
    own = own_fields.declared(top)
    sprints = (fields.SPRINTS if site.cloud else fields.SPRINTS_SERVER,)
    epics = () if site.cloud else fields.SERVER_EPICS
    software = [*agile, *sprints, *epics] if site.quirks.software else []
    system = [*fields.SYSTEM, *([fields.RESTRICTION] if site.cloud else ())]
    site.fields = {field.id: field for field in [*system, *software, *own]}


def _add_projects(site: Site, top: Place, issues: Iterable[Place]) -> None:
    declared = dict(top.entries("projects"))
    by_project: dict[str, list[Place]] = {key: [] for key in declared}
    for issue in issues:
        key = (issue.text("key") or "").rpartition("-")[0] or next(iter(by_project), USUAL_PROJECT)
        by_project.setdefault(key, []).append(issue)
    for key, own in (by_project or {USUAL_PROJECT: []}).items():
        place = declared.get(key, Place({}, f"projects.{key}"))
        site.projects[key] = make_project(site, key, place, own)


def _add_issues(site: Site, places: list[Place]) -> None:
    for place in places:
        place.only(KNOWN)
        project, number = _numbered(site, place)
        project.counter = max(project.counter, number)
    site.reserve(max([int(place.text("id") or 0) for place in places], default=0))
    step = min(rank.GAP, (rank.FOOT - rank.MIDDLE) // (len(places) + 2))
    made = []
    for at, place in enumerate(places):
        issue = _issue(site, place, rank.MIDDLE + at * step)
        if issue.id in site.issues or issue.key in site.keys:
            raise SeedError(f"{place.path}: the issue {issue.key} is there twice")
        site.issues[issue.id] = issue
        site.keys[issue.key] = issue.id
        made.append((issue, place))
    for issue, place in made:
        _connect(site, issue, place)


def _numbered(site: Site, place: Place) -> tuple[Project, int]:
    """The project, and the number in it; 0 where the seed gives none."""
    key = place.text("key")
    if not key:
        return next(iter(site.projects.values())), 0
    project, _, number = key.rpartition("-")
    if not number.isdigit() or project not in site.projects:
        raise SeedError(f"{place.path}.key: expected PROJECT-NUMBER, got {key!r}")
    return site.projects[project], int(number)


def _issue(site: Site, place: Place, position: int) -> Issue:
    project, number = _numbered(site, place)
    if not number:
        project.counter += 1
        number = project.counter
    created = place.time("created") or site.now()
    reporter = place.user(site, "reporter") or next(iter(site.users))
    issue = Issue(
        id=place.text("id") or str(site.new_id()),
        project=project,
        number=number,
        rank=position,
        values=_values(site, project, place) | {"reporter": reporter},
        creator=reporter,
        created=created,
        updated=place.time("updated") or created,
        properties=dict(place.data.get("properties", {})),
        archived=bool(place.data.get("archived", False)),
    )
    if issue.archived:
        issue.values["archiveddate"] = issue.updated
    for comment in place.list_of("comments"):
        issue.comments.append(_comment(site, comment, issue))
    for one in place.list_of("attachments"):
        issue.attachments.append(_attachment(site, one, issue))
    for one in place.list_of("remote_links"):
        content = {name: value for name, value in one.data.items() if name != "globalId"}
        issue.remote_links.append(RemoteLink(site.new_id(), one.text("globalId"), content))
    return issue


def _values(site: Site, project: Project, place: Place) -> dict[str, Any]:
    usual = next((one.name for one in project.priorities if one.name == "Medium"), None)
    priority = place.data.get("priority", usual)
    status = place.named("status", project.statuses) or project.statuses[0].id
    type_ = place.named("type", project.types) or _usual_type(project)
    values: dict[str, Any] = {
        "summary": place.needed("summary"),
        "description": own_fields.kept_markup(site, place.data.get("description"), place.path),
        "issuetype": type_,
        "status": status,
        "priority": find_id(project.priorities, priority, f"{place.path}.priority"),
        "resolution": place.named("resolution", site.resolutions.values()),
        "labels": tuple(sorted(set(place.data.get("labels") or ()))),
        "assignee": place.user(site, "assignee"),
        "fixVersions": place.all_named("fixVersions", project.versions),
        "versions": place.all_named("versions", project.versions),
        "components": place.all_named("components", project.components),
        "security": place.named("security", project.levels),
        "duedate": place.text("duedate"),
        "environment": own_fields.kept_markup(site, place.data.get("environment"), place.path),
        fields.STORY_POINTS: place.number("estimate"),
    }
    if site.statuses[status].category == "done":
        values["resolutiondate"] = place.time("updated") or place.time("created") or site.now()
    if not site.cloud and site.types[values["issuetype"]].level == 1:
        values[fields.EPIC_NAME] = values["summary"]
    for name, value in (place.data.get("fields") or {}).items():
        field = find(site.fields.values(), str(name))
        if field is None or not field.custom:
            raise SeedError(f"{place.path}.fields: there is no custom field {name!r}")
        values[field.id] = own_fields.value(
            site, project, field, value, f"{place.path}.fields.{name}"
        )
    if "sprint" in place.data:
        values[fields.SPRINT] = _sprints(site, project, place)
    return {name: value for name, value in values.items() if value not in (None, ())}


def _sprints(site: Site, project: Project, place: Place) -> tuple[str, ...]:
    """One, or several in the order in which the issue was in them."""
    known = [one for one in site.sprints.values() if one.board == project.id]
    given = place.data["sprint"]
    names = given if isinstance(given, list | tuple) else [given]
    ids = [find_id(known, name, f"{place.path}.sprint") for name in names]
    return tuple(id_ for id_ in ids if id_)


def _usual_type(project: Project) -> str:
    """The first that is neither an epic nor a sub-task."""
    return next((type_ for type_ in project.types if type_.level == 0), project.types[0]).id


def _attachment(site: Site, place: Place, issue: Issue) -> Attachment:
    place.only(["name", "content", "author", "created", "type", "id"])
    return Attachment(
        id=place.text("id") or str(site.new_id()),
        name=place.needed("name"),
        author=place.user(site, "author") or issue.creator,
        created=place.time("created") or issue.created,
        content=(place.text("content") or "").encode(),
        type=place.text("type") or "application/octet-stream",
    )


def _comment(site: Site, place: Place, issue: Issue) -> Comment:
    author = place.user(site, "author") or issue.creator
    created = place.time("created") or issue.created
    body = own_fields.kept_markup(site, place.data.get("body"), place.path)
    id_ = place.text("id") or str(site.new_id())
    updated = place.time("updated") or created
    return Comment(
        id_,
        author,
        body,
        created,
        updated,
        author,
        visibility=place.data.get("visibility"),
        properties=dict(place.data.get("properties", {})),
        internal=bool(place.data.get("internal")),
    )


def _connect(site: Site, issue: Issue, place: Place) -> None:
    """To its parent and its neighbours, once all issues are there."""
    if place.text("parent"):
        parent = place.issue(site, "parent")
        sub_task = site.types[issue.values["issuetype"]].level < 0
        name = "parent" if site.cloud or sub_task else fields.EPIC_LINK
        issue.values[name] = parent.id
    for link in place.list_of("links"):
        link.only(["type", "outward", "inward"])
        known = site.link_types
        type_ = known[link.named("type", known.values()) or next(iter(known))]
        outward = "outward" in link.data
        other = link.issue(site, "outward" if outward else "inward")
        ends = (issue.id, other.id) if outward else (other.id, issue.id)
        made = Link(str(site.new_id()), type_, *ends)
        if not any((one.type, one.source, one.target) == (type_, *ends) for one in issue.links):
            issue.links.append(made)
            other.links.append(made)


# fmt: off
KNOWN = (
    "key", "id", "type", "summary", "description", "status", "priority", "resolution", "labels",
    "assignee", "reporter", "parent", "links", "fixVersions", "components", "estimate",
    "security", "duedate", "versions", "environment", "sprint", "attachments", "created",
    "updated", "properties", "fields", "comments", "remote_links", "archived",
)
# fmt: on
# fmt: off
KNOWN_OF_USERS = (
    "accountId", "name", "displayName", "emailAddress", "timeZone", "active", "permissions",
    "levels",
)
# fmt: on
