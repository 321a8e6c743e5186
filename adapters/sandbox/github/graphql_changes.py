"""GraphQL's mutations of projects. None of them is an update of the issue itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

from adapters.sandbox.github.graphql_view import Node, View, connection, no_node, parse_id
from adapters.sandbox.github.projects import Field, Held, Item, Project, Refusal
from adapters.sandbox.github.shapes import node_id
from adapters.sandbox.github.state import stamp

Input: TypeAlias = Mapping[str, Any]
KEYS = {
    "text": "text",
    "number": "number",
    "date": "date",
    "single_select": "singleSelectOptionId",
    "iteration": "iterationId",
}
"""By kind of field: how a value of it is given."""
MOST_TEXT = 1024


@dataclass(frozen=True)
class Changes:
    view: View

    @property
    def resolvers(self) -> dict[str, Callable[..., Node]]:
        """By the mutation's name."""
        changes: dict[str, Callable[[Project, Input], Node]] = {
            "addProjectV2ItemById": self._add,
            "addProjectV2DraftIssue": self._add_draft,
            "archiveProjectV2Item": lambda project, input_: self._archive(project, input_, True),
            "unarchiveProjectV2Item": lambda project, input_: self._archive(project, input_, False),
            "deleteProjectV2Item": self._delete,
            "updateProjectV2ItemPosition": self._move,
            "updateProjectV2ItemFieldValue": self._set,
            "clearProjectV2ItemFieldValue": self._clear,
        }
        return {name: self._guarded(name, change) for name, change in changes.items()}

    def _guarded(self, name: str, change: Callable[[Project, Input], Node]) -> Callable[..., Node]:
        def resolve(_: Any, input: Input) -> Node:
            if self.view.projects != "write":
                raise Refusal("FORBIDDEN", "Resource not accessible by personal access token")
            project = self.view.project_by(input["projectId"])
            if not self.view.may_write(project):
                shown = name[0].upper() + name[1:]
                said = f"does not have the correct permissions to execute `{shown}`"
                raise Refusal("FORBIDDEN", f"{self.view.login} {said}")
            return {**change(project, input), "clientMutationId": input.get("clientMutationId")}

        return resolve

    @property
    def _now(self) -> str:
        return stamp(self.view.now)

    def _item(self, project: Project, id_: str) -> Item:
        prefix, number = parse_id(id_)
        for item in self.view.items(project):
            if prefix == "PVTI" and item.id == number:
                return item
        raise no_node(id_)

    def _add(self, project: Project, input_: Input) -> Node:
        prefix, number = parse_id(input_["contentId"])
        place = self.view.state.find(number)
        if prefix not in ("I", "PR") or not place or not place[0].readable(self.view.login):
            raise no_node(input_["contentId"])
        line = Item(next(self.view.state.ids), self._now, self._now, number)
        return {"item": self.view.item(project, project.add(line))}

    def _add_draft(self, project: Project, input_: Input) -> Node:
        line = Item(next(self.view.state.ids), self._now, self._now, None, input_["title"])
        return {"projectItem": self.view.item(project, project.add(line))}

    def _archive(self, project: Project, input_: Input, archived: bool) -> Node:
        item = self._item(project, input_["itemId"])
        return {"item": self.view.item(project, project.archive(item.id, archived, self._now))}

    def _delete(self, project: Project, input_: Input) -> Node:
        item = self._item(project, input_["itemId"])
        project.remove(item.id)
        return {"deletedItemId": node_id("PVTI", item.id)}

    def _move(self, project: Project, input_: Input) -> Node:
        item = self._item(project, input_["itemId"])
        after = input_.get("afterId")
        project.move(item.id, self._item(project, after).id if after else None)
        view = self.view

        def items(_: Any, **page: Any) -> Node:
            return connection(
                view.items(project),
                lambda one: one.id,
                lambda one: view.item(project, one),
                "items",
                page,
            )

        return {"items": items}

    def _set(self, project: Project, input_: Input) -> Node:
        item, field = self._item(project, input_["itemId"]), _field(project, input_["fieldId"])
        value = _value(field, input_["value"])
        return {"projectV2Item": self._put(project, item, field, value)}

    def _clear(self, project: Project, input_: Input) -> Node:
        item, field = self._item(project, input_["itemId"]), _field(project, input_["fieldId"])
        return {"projectV2Item": self._put(project, item, field, None)}

    def _put(self, project: Project, item: Item, field: Field, value: Held | None) -> Node:
        changed = project.set(item.id, field.id, value, self._now)
        return self.view.item(project, changed)


def _field(project: Project, id_: str) -> Field:
    _, number = parse_id(id_)
    field = project.fields.get(number)
    if field is None:
        raise no_node(id_)
    if field.kind not in KEYS:
        said = f"The field of type {field.kind.lower()} is currently not supported."
        raise Refusal("UNPROCESSABLE", said)
    return field


def _value(field: Field, said: Input) -> Held:
    """The one value of an input that has a place for each kind."""
    given = {key: value for key, value in said.items() if value is not None}
    key = KEYS[field.kind]
    if list(given) != [key]:
        raise Refusal("UNPROCESSABLE", f"Did not receive a {field.kind} value to update: {key}")
    value: Held = given[key]
    if field.kind == "single_select" and field.option(value) is None:
        raise Refusal("UNPROCESSABLE", "The single select option Id does not belong to the field")
    if field.kind == "iteration" and field.iteration(value) is None:
        raise Refusal("UNPROCESSABLE", "The iteration Id does not belong to the field")
    if field.kind == "text" and len(str(value)) > MOST_TEXT:
        raise Refusal("UNPROCESSABLE", f"Text is too long (maximum is {MOST_TEXT} characters)")
    if field.kind == "date":
        try:
            return date.fromisoformat(str(value)).isoformat()
        except ValueError:
            raise Refusal("UNPROCESSABLE", f"{value} is no date") from None
    return value
