"""Who last changed each field of an issue, and when: by its timeline, asked for in bulk by GraphQL.

https://docs.github.com/graphql/reference/objects#issue
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from adapters.github.carriers import Carriers
from adapters.github.graphql import GraphQL
from adapters.nested import part, parts
from sync.model import FieldName, Json
from sync.tracker import RecordId, Touched

ASKED = 50
"""Issues that one query takes."""
NEWEST = 100
"""Events of an issue that are read: as many as one page gives."""
LABELS = ("LabeledEvent", "UnlabeledEvent")
STATES = ("ClosedEvent", "ReopenedEvent")
KINDS: Mapping[str, tuple[str, ...]] = {
    "RenamedTitleEvent": ("title",),
    "AssignedEvent": ("assignees",),
    "UnassignedEvent": ("assignees",),
    "MilestonedEvent": ("milestone",),
    "DemilestonedEvent": ("milestone",),
    **dict.fromkeys(STATES, ("state", "state-reason")),
}
"""Events that are about one kind of carrier, with what they are about."""
PARENTS = ("ParentIssueAddedEvent", "ParentIssueRemovedEvent")
"""Not every server knows these: they are asked for where sub-issues carry a field."""
BODY = ("body", "body-section", "checklist")
"""What stands in the body, which has one last editor."""


def query(*, parents: bool) -> str:
    """Asks for what happened to issues; `parents`: also to what they are sub-issues of."""
    kinds = [*KINDS, *(PARENTS if parents else ())]
    shown = [f"... on {kind} {{ createdAt actor {{ login }} }}" for kind in kinds]
    shown += [
        f"... on {kind} {{ createdAt actor {{ login }} label {{ name }} }}" for kind in LABELS
    ]
    types = ", ".join(map(_type, [*kinds, *LABELS]))
    return f"""
query Changes($ids: [ID!]!) {{
  nodes(ids: $ids) {{
    ... on Issue {{
      id
      lastEditedAt
      editor {{ login }}
      timelineItems(itemTypes: [{types}], last: {NEWEST}) {{
        nodes {{
          __typename
          {(chr(10) + " " * 10).join(shown)}
        }}
      }}
    }}
  }}
}}
"""


def changes(
    api: GraphQL, carriers: Carriers, ids: Sequence[RecordId]
) -> dict[RecordId, dict[FieldName, Touched]]:
    """By issue and field. What an issue had when it was made is nobody's change, and so is what
    its timeline does not tell: types, dependencies, fields of organizations and of Projects.

    Raises a TrackerError where the server refuses the query as a whole.
    """
    asked, found = query(parents=bool(carriers.of("sub-issue"))), {}
    for start in range(0, len(ids), ASKED):
        reply = api.ask(asked, {"ids": list(ids[start : start + ASKED])})
        if error := reply.error_of("nodes") if not parts(reply.data, "nodes") else None:
            raise error
        for node in parts(reply.data, "nodes"):
            if node.get("id"):
                found[str(node["id"])] = _by_field(carriers, node)
    return found


def _by_field(carriers: Carriers, issue: Mapping[str, Json]) -> dict[FieldName, Touched]:
    found: dict[FieldName, Touched] = {}
    for event in parts(issue, "timelineItems", "nodes"):
        touched = _touched(event.get("createdAt"), event.get("actor"))
        found |= dict.fromkeys(_fields(carriers, event), touched)
    if edited := issue.get("lastEditedAt"):
        found |= dict.fromkeys(carriers.all_of(*BODY), _touched(edited, issue.get("editor")))
    return found


def _fields(carriers: Carriers, event: Mapping[str, Json]) -> Iterator[FieldName]:
    """The fields that one event is about."""
    kind = str(event.get("__typename"))
    if kind in LABELS:
        name = str(part(event, "label", "name"))
        carried = carriers.field_of(name)
        yield from [carried] if carried else carriers.all_of("labels")
    elif kind in PARENTS:
        yield from carriers.all_of("sub-issue")
    else:
        yield from carriers.all_of(*KINDS.get(kind, ()))
    if kind in STATES and "status" in carriers.by_field:
        yield "status"  # whatever carries it, a closed issue is done


def _touched(at: Json, actor: Json) -> Touched:
    login = part(actor, "login")
    return Touched(str(at) if at else None, str(login) if login else None)


def _type(kind: str) -> str:
    """`LABELED_EVENT` of `LabeledEvent`."""
    return "".join(f"_{char}" if char.isupper() else char for char in kind).lstrip("_").upper()
