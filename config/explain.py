"""Turns pydantic's errors into misfits: words for people, and nothing of what was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.problems import UNKNOWN_KEY, Misfit, Path, closest, did_you_mean
from config.trackers import FORMS
from config.values import listing

JsonSchema: TypeAlias = Mapping[str, Any]

_KINDS = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping (key: value)",
    "mapping_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
}
"""What pydantic calls a value of the wrong kind → what was expected."""


def explain(error: ValidationError, schema: JsonSchema) -> Iterator[Misfit]:
    """One misfit an error. `schema` is the JSON Schema of what was validated.

    A key that is missing because it is misspelt is one problem, not two.
    """
    errors = error.errors(include_url=False)
    misspelt = {
        (*_path(details["loc"][:-1]), closest(str(details["loc"][-1]), known))
        for details in errors
        if details["type"] == "extra_forbidden" and (known := _keys(schema, details["loc"][:-1]))
    }
    for details in errors:
        if details["type"] != "missing" or _path(details["loc"]) not in misspelt:
            yield _explain(details, schema)


def _explain(error: ErrorDetails, schema: JsonSchema) -> Misfit:
    place = error["loc"]
    path = _path(place)
    match error["type"]:
        case "missing":
            return Misfit(path, "missing", f"add it: {_description(schema, place)}")
        case "extra_forbidden":
            known = _keys(schema, place[:-1])
            return Misfit(path, UNKNOWN_KEY, did_you_mean(str(place[-1]), known))
        case "union_tag_not_found":
            return Misfit((*path, "type"), "missing", f"add it: {_types(schema, place)}")
        case "union_tag_invalid":
            return Misfit((*path, "type"), f"expected {_types(schema, place)}")
        case "literal_error":
            return _word(path, error)
        case "too_short":
            return Misfit(path, "holds nothing", "give it an entry, or remove it")
        case kind if kind in _KINDS:
            return _wrong_kind(path, _KINDS[kind], error["input"])
    context = error.get("ctx", {})
    message = str(context.get("message", error["msg"])).replace("Input should be", "must be")
    return Misfit(path, message, str(context.get("remedy", "")))


def _path(place: Path) -> Path:
    """The keys as the file has them: without the types and forms of unions that pydantic adds."""
    parts = [
        part
        for depth, part in enumerate(place)
        if part not in FORMS and not (depth == 4 and place[2] == "trackers")
    ]
    if parts and parts[-1] == "[key]":
        del parts[-1]
    return tuple(parts)


def _word(path: Path, error: ErrorDetails) -> Misfit:
    # pydantic writes the words as 'a', 'b' or 'c'.
    words = error["ctx"]["expected"].replace(" or ", ", ").split(", ")
    known = [word.strip("'") for word in words]
    given = error["input"]
    close = closest(given, known) if isinstance(given, str) else None
    return Misfit(path, f"expected {listing(known)}", f"did you mean {close}?" if close else "")


def _wrong_kind(path: Path, expected: str, given: object) -> Misfit:
    message = f"expected {expected}"
    if given is None:
        return Misfit(path, f"empty; {message}", "give it a value, or remove it")
    if expected == "text" and isinstance(given, bool | int | float):
        return Misfit(path, message, "write it in quotes")
    return Misfit(path, message)


def _types(schema: JsonSchema, place: Path) -> str:
    (node,) = _nodes(schema, place)
    return listing(sorted(node["discriminator"]["mapping"]))


def _keys(schema: JsonSchema, place: Path) -> frozenset[str]:
    return frozenset(key for node in _nodes(schema, place) for key in node.get("properties", {}))


def _description(schema: JsonSchema, place: Path) -> str:
    entries = (node.get("properties", {}).get(place[-1]) for node in _nodes(schema, place[:-1]))
    said = next((entry["description"] for entry in entries if entry), "")
    return " ".join(said.split()).rstrip(".")


def _nodes(schema: JsonSchema, place: Path) -> list[JsonSchema]:
    """The parts of the schema that may describe that place: one for each form it may have."""
    nodes = list(_forms(schema, schema))
    for part in place:
        if part not in FORMS:
            below = [child for node in nodes for child in _below(node, part)]
            nodes = [form for child in below for form in _forms(schema, child)]
    return nodes


def _below(node: JsonSchema, part: str | int) -> Iterator[JsonSchema]:
    if "discriminator" in node:
        yield {"$ref": node["discriminator"]["mapping"][part]}
    elif isinstance(part, int):
        yield node.get("items", {})
    elif part in node.get("properties", {}):
        yield node["properties"][part]
    else:
        yield from node.get("patternProperties", {}).values()
        others = node.get("additionalProperties")
        yield from [others] if isinstance(others, Mapping) else []


def _forms(schema: JsonSchema, node: JsonSchema) -> Iterator[JsonSchema]:
    if "$ref" in node:
        yield from _forms(schema, schema["$defs"][node["$ref"].rpartition("/")[2]])
    elif "discriminator" in node:
        yield node
    elif forms := node.get("anyOf", node.get("oneOf")):
        for form in forms:
            yield from _forms(schema, form)
    else:
        yield node
