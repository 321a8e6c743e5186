"""Reads YAML into plain data that knows its lines: no tags, no objects, bounded, no key twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    ScalarEvent,
    StreamEndEvent,
    StreamStartEvent,
)
from ruamel.yaml.reader import ReaderError

from config.problems import Misfit, Path
from sync.model import Json

MAX_NODES = 50_000
"""Values in one file, counted again each time an alias repeats them."""
MAX_DEPTH = 20
Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Node:
    """One value, and the line (1-based) where it, or its key, stands."""

    line: int
    value: Scalar | dict[str, Node] | list[Node]
    size: int = 1
    """How many values it is when all aliases are followed."""

    def plain(self) -> Json:
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def locate(self, path: Path) -> tuple[Path, int]:
        """The path as far as the file goes, and the line of the nearest value that is there.

        A last key that is missing stays in the path; what a shorthand stands for does not.
        """
        node = self
        for depth, part in enumerate(path):
            if isinstance(node.value, dict):
                if part not in node.value:
                    return path, node.line
                node = node.value[str(part)]
            elif isinstance(node.value, list) and isinstance(part, int) and part < len(node.value):
                node = node.value[part]
            else:
                return path[:depth], node.line
        return path, node.line


class _Stop(Exception):
    """Reading cannot go on; says why."""

    def __init__(self, misfit: Misfit) -> None:
        self.misfit = misfit


def read(text: str, most: int = MAX_NODES) -> tuple[Node | None, tuple[Misfit, ...]]:
    """The document (None where it cannot be read), and what is wrong with it as YAML.

    `most`: how many values it may have, with all aliases followed.
    """
    reader = _Reader(_events(text), most)
    try:
        return reader.document(), tuple(reader.misfits)
    except _Stop as stop:
        return None, (*reader.misfits, stop.misfit)


def _events(text: str) -> Iterator[Event]:
    """The pure parser's events, lazily: whoever stops asking stops the work."""
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise _Stop(Misfit((), "a control character", "remove it", line)) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _Stop(_syntax(error.problem, mark.line + 1 if mark else 1)) from None
    except (YAMLError, ValueError, OverflowError):  # the last two: escapes such as "\UFFFFFFFF"
        raise _Stop(_syntax(None, 1)) from None


def _syntax(problem: str | None, line: int) -> Misfit:
    # The parser quotes what it found, which may be a credential. Single characters and
    # the names of its tokens ('<block end>') may stay.
    first = (problem or "").partition("\n")[0]
    said = re.sub(r"'((?:[^'\\]|\\.)*)'", _unquoted, first)
    message = f"not valid YAML: {said}" if said else "not valid YAML"
    return Misfit((), message, "look at this line and the one above", line)


def _unquoted(found: re.Match[str]) -> str:
    return found[0] if len(found[1]) <= 2 or found[1].startswith("<") else "'…'"


@dataclass
class _Reader:
    """Builds the nodes from the parser's events; keeps what is wrong on the way."""

    events: Iterator[Event]
    most: int
    misfits: list[Misfit] = field(default_factory=list)
    anchors: dict[str, Node] = field(default_factory=dict)

    def document(self) -> Node | None:
        root: Node | None = None
        for event in self.events:
            match event:
                case StreamStartEvent() | StreamEndEvent() | DocumentEndEvent():
                    pass
                case DocumentStartEvent():
                    if root is not None:
                        self._report((), event, "a second document", "keep one, without ---")
                        return root
                case _:
                    root = self._node(event, ())
        return root

    def _node(self, event: Event, path: Path, line: int | None = None) -> Node:
        line = line or _line(event)
        if isinstance(event, AliasEvent):
            return self._repeated(event, path, line)
        assert isinstance(event, CollectionStartEvent | ScalarEvent)  # noqa: S101 - YAML's grammar
        if event.tag is not None:
            self._report(path, event, "a tag (!…) is not allowed", "remove it, or quote the text")
        match event:
            case ScalarEvent():
                node = Node(line, _scalar(event))
            case MappingStartEvent():
                node = self._mapping(path, line)
            case _:
                node = self._sequence(path, line)
        if event.anchor is not None:  # only now: an alias cannot name what it stands in
            self.anchors[event.anchor] = node
        return self._bounded(node, path)

    def _mapping(self, path: Path, line: int) -> Node:
        self._not_too_deep(path, line)
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self.events), CollectionEndEvent):
            key = self._key(event, path)
            place = (*path, key) if key is not None else path
            node = self._node(next(self.events), place, _line(event))
            if key is None:
                continue
            if key in entries:
                first = f"first on line {entries[key].line}"
                self._report(place, event, f"said twice ({first})", "keep one")
            else:
                entries[key] = node
        return Node(line, entries, 1 + sum(node.size for node in entries.values()))

    def _key(self, event: Event, path: Path) -> str | None:
        if isinstance(event, ScalarEvent):
            if event.value == "<<" and event.implicit[0]:
                message = "merging with << is not supported"
                self._report(path, event, message, "repeat the keys, or alias the whole value")
                return None
            return str(event.value)
        self._node(event, path)
        self._report(path, event, "a key that is not text", "write key: value")
        return None

    def _sequence(self, path: Path, line: int) -> Node:
        self._not_too_deep(path, line)
        entries: list[Node] = []
        while not isinstance(event := next(self.events), CollectionEndEvent):
            entries.append(self._node(event, (*path, len(entries))))
        return Node(line, entries, 1 + sum(node.size for node in entries))

    def _repeated(self, event: AliasEvent, path: Path, line: int) -> Node:
        known = self.anchors.get(event.anchor)
        if known is None:
            self._report(path, event, "an alias (*…) of nothing", "quote it, or define it (&…)")
            return Node(line, None)
        return self._bounded(Node(line, known.value, known.size), path)

    def _bounded(self, node: Node, path: Path) -> Node:
        if node.size > self.most:
            message = f"over {self.most} values with all aliases followed"
            raise _Stop(Misfit(path, message, "make it smaller", node.line))
        return node

    def _not_too_deep(self, path: Path, line: int) -> None:
        if len(path) >= MAX_DEPTH:
            message = f"nested more than {MAX_DEPTH} deep"
            raise _Stop(Misfit(path[:4], message, "make it flatter", line))

    def _report(self, path: Path, event: Event, message: str, remedy: str) -> None:
        self.misfits.append(Misfit(path, message, remedy, _line(event)))


def _line(event: Event) -> int:
    return int(event.start_mark.line) + 1


_WORDS: Mapping[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


def _scalar(event: ScalarEvent) -> Scalar:
    """By the core schema of YAML 1.2 (yaml.org/spec/1.2.2, 10.3.2): `yes`, `off` are text."""
    text = str(event.value)
    if not event.implicit[0]:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if re.fullmatch(r"[-+]?[0-9]{1,18}", text):
        return int(text)
    if re.fullmatch(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", text):
        return float(text)
    return text
