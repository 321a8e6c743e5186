"""GitHub's GraphQL API, as far as projects need it: one request, executed and answered.

https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    IntValueNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    build_schema,
    execute,
    parse,
    validate,
)

from adapters.sandbox.github.answers import Refused
from adapters.sandbox.github.graphql_changes import Changes
from adapters.sandbox.github.graphql_view import View
from adapters.sandbox.github.limits import Limits
from adapters.sandbox.github.projects import Refusal
from adapters.sandbox.github.state import stamp

PAGE = "graphql"


@cache
def schema() -> GraphQLSchema:
    return build_schema(files(__package__).joinpath("schema.graphql").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Executed:
    """What a request came to."""

    body: Mapping[str, Any]
    cost: int = 1
    """In points."""
    writes: bool = False


def perform(view: View, limits: Limits, request: Any) -> Executed:
    """The answer to one request's body. Refused where that is no request at all."""
    if not isinstance(request, dict) or not isinstance(request.get("query"), str):
        raise Refused(400, "A query attribute must be specified and must be a string.")
    variables = request.get("variables") or {}
    try:
        document = parse(request["query"])
    except (GraphQLError, RecursionError) as error:
        return Executed({"errors": [{"message": f"Parse error: {error}"}]})
    if wrong := validate(schema(), document):
        return Executed({"errors": [_invalid(error) for error in wrong]})
    operation = _operation(document, request.get("operationName"))
    if operation is None or not isinstance(variables, dict):
        return Executed({"errors": [{"message": "An operation name is required"}]})
    if limits.remaining(view.login, view.now) <= 0:
        said = f"API rate limit exceeded for user {view.login}."
        return Executed({"errors": [{"type": "RATE_LIMITED", "message": said}]}, cost=0)
    writes = operation.operation is OperationType.MUTATION
    cost = cost_of(document, operation, variables)
    root = Changes(view).resolvers if writes else _root(view, limits, cost)
    result = execute(
        schema(),
        document,
        root,
        variable_values=variables,
        operation_name=request.get("operationName"),
    )
    assert isinstance(result, ExecutionResult)  # noqa: S101 - no resolver is a coroutine
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [_error(error) for error in result.errors]
    return Executed(body, cost, writes)


def _root(view: View, limits: Limits, cost: int) -> dict[str, Any]:
    return {
        "node": view.node,
        "nodes": view.nodes,
        "organization": view.organization,
        "user": view.user,
        "repository": view.repository,
        "repositoryOwner": view.owner,
        "viewer": lambda _: view.account(view.state.account(view.login)),
        "rateLimit": lambda _, **__: _rate(view.login, limits, cost, view.now),
    }


def _rate(login: str, limits: Limits, cost: int, now: datetime) -> dict[str, Any]:
    """As it is once this request is paid for."""
    rate, window = limits.rate(login, now), limits.window(login, now)
    return {
        "limit": rate["limit"],
        "cost": cost,
        "remaining": max(0, rate["remaining"] - cost),
        "used": min(rate["used"] + cost, rate["limit"]),
        "resetAt": stamp(window.reset),
    }


def _operation(document: DocumentNode, name: object) -> OperationDefinitionNode | None:
    found = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    named = [one for one in found if name is None or (one.name and one.name.value == name)]
    return named[0] if len(named) == 1 else None


def _invalid(error: GraphQLError) -> dict[str, Any]:
    """The document does not fit the schema; nothing was executed."""
    code = "undefinedField" if "Cannot query field" in error.message else "invalidDocument"
    return {**error.formatted, "extensions": {"code": code}}


def _error(error: GraphQLError) -> dict[str, Any]:
    """With its type beside the message, where GitHub puts it."""
    formatted: dict[str, Any] = {**error.formatted}
    if isinstance(error.original_error, Refusal):
        return {"type": error.original_error.type, **formatted}
    if error.original_error is None:
        return formatted  # a variable, say, of another type than is declared
    raise error.original_error  # ours: the front door answers 500


def cost_of(
    document: DocumentNode, operation: OperationDefinitionNode, variables: Mapping[str, Any]
) -> int:
    """Points: the requests that all connections need, at their page sizes, by the hundred."""
    fragments = {
        d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)
    }

    def size(field: FieldNode) -> int | None:
        for argument in field.arguments:
            if argument.name.value in ("first", "last"):
                value = argument.value
                if isinstance(value, IntValueNode):
                    return int(value.value)
                known = variables.get(value.name.value) if isinstance(value, VariableNode) else None
                return known if isinstance(known, int) else 1
        return None

    def requests(selected: SelectionSetNode | None, times: int) -> int:
        total = 0
        for one in selected.selections if selected else ():
            if isinstance(one, FragmentSpreadNode):
                total += requests(fragments[one.name.value].selection_set, times)
            elif isinstance(one, FieldNode):
                page = size(one)
                total += 0 if page is None else times
                total += requests(one.selection_set, times * (page or 1))
            else:
                total += requests(getattr(one, "selection_set", None), times)
        return total

    return max(1, round(requests(operation.selection_set, 1) / 100))
