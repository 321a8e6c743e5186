"""What is asked of GraphQL about a project, and told it. Names and values go in variables only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

PAGE = 100
LOOKUP = 50
"""Issues that are asked for at once; each may be in as many projects."""

FIND = """
query Project($owner: String!, $number: Int!) {
  repositoryOwner(login: $owner) {
    ... on ProjectV2Owner {
      projectV2(number: $number) {
        id
        title
        closed
        viewerCanUpdate
        fields(first: 100) {
          nodes {
            __typename
            ... on ProjectV2FieldCommon { id name dataType }
            ... on ProjectV2SingleSelectField { options { id name } }
            ... on ProjectV2IterationField {
              configuration {
                iterations { id title }
                completedIterations { id title }
              }
            }
          }
        }
      }
    }
  }
}
"""

LIST = """
query Projects($owner: String!) {
  repositoryOwner(login: $owner) {
    ... on ProjectV2Owner { projectsV2(first: 50) { nodes { number title closed } } }
  }
}
"""

_LINE = """
fragment Line on ProjectV2Item {
  id
  isArchived
  content { __typename ... on Issue { id number repository { nameWithOwner } } }
  %s
}
"""

_VALUE = """
fragment Value on ProjectV2ItemFieldValue {
  __typename
  ... on ProjectV2ItemFieldSingleSelectValue { name }
  ... on ProjectV2ItemFieldTextValue { text }
  ... on ProjectV2ItemFieldNumberValue { number }
  ... on ProjectV2ItemFieldDateValue { date }
  ... on ProjectV2ItemFieldIterationValue { title }
}
"""

_ITEMS = """
query Items($project: ID!, $after: String%s) {
  node(id: $project) {
    ... on ProjectV2 {
      items(first: 100, after: $after, orderBy: {field: POSITION, direction: ASC}) {
        pageInfo { hasNextPage endCursor }
        nodes { ...Line }
      }
    }
  }
}
"""

_ISSUES = """
query Issues($ids: [ID!]!%s) {
  nodes(ids: $ids) {
    ... on Issue {
      id
      projectItems(first: 50, includeArchived: true) { nodes { project { id } ...Line } }
    }
  }
}
"""


def items(fields: int) -> str:
    """A page of the project's items in their order, with the values of so many fields: `$f0` is
    the first one's name, `f0` its value."""
    return _ITEMS % _names(fields) + _line(fields)


def issues(fields: int) -> str:
    """Where issues stand in their projects, likewise."""
    return _ISSUES % _names(fields) + _line(fields)


def _names(fields: int) -> str:
    return "".join(f", $f{at}: String!" for at in range(fields))


def _line(fields: int) -> str:
    asked = (f"f{at}: fieldValueByName(name: $f{at}) {{ ...Value }}" for at in range(fields))
    return _LINE % "\n  ".join(asked) + (_VALUE if fields else "")


def add(count: int) -> str:
    """Adds `$content0` and so on; what is there already stays where it is."""
    declared = "".join(f", $content{at}: ID!" for at in range(count))
    calls = (
        f"m{at}: addProjectV2ItemById(input: {{projectId: $project, contentId: $content{at}}}) "
        "{ item { id isArchived } }"
        for at in range(count)
    )
    return _mutation("Add", declared, calls)


def move(count: int) -> str:
    """Places `$item0` below `$after0` (null: at the top), and so on, one after the other.

    Asks for nothing of the items: without a page's size their list would be an error, though the
    move took effect.
    """
    declared = "".join(f", $item{at}: ID!, $after{at}: ID" for at in range(count))
    calls = (
        f"m{at}: updateProjectV2ItemPosition(input: {{projectId: $project, itemId: $item{at}, "
        f"afterId: $after{at}}}) {{ clientMutationId }}"
        for at in range(count)
    )
    return _mutation("Move", declared, calls)


def set_values(sets: Sequence[bool]) -> str:
    """Of `$item`: gives `$field0` the value `$value0`, or none, as `sets` says, and so on."""
    declared, calls = ", $item: ID!", []
    for at, gives in enumerate(sets):
        declared += f", $field{at}: ID!"
        where = f"projectId: $project, itemId: $item, fieldId: $field{at}"
        name = "clearProjectV2ItemFieldValue"
        if gives:
            declared += f", $value{at}: ProjectV2FieldValue!"
            where += f", value: $value{at}"
            name = "updateProjectV2ItemFieldValue"
        calls.append(f"m{at}: {name}(input: {{{where}}}) {{ clientMutationId }}")
    return _mutation("Values", declared, calls)


def _mutation(name: str, declared: str, calls: Iterable[str]) -> str:
    lines = "\n  ".join(calls)
    return f"mutation {name}($project: ID!{declared}) {{\n  {lines}\n}}\n"
