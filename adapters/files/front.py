"""The YAML front matter of a file: read as it is written, changed in place. Pure.

YAML's parser says where each key's value stands; only those characters are ever replaced. So
comments, unknown keys, order and quoting stay to the byte. What a change leads to is read again,
and a change that would touch anything else is refused.
"""

from __future__ import annotations

import json
import re
import warnings
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, ReusedAnchorWarning, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

LIMIT = 65_536
"""Characters of front matter; YAML's parser is slow."""
MOST = 40_000
"""Values in it, counted again each time an alias repeats them: more than LIMIT has room for."""
DEEPEST = 100
"""Brackets that may be open at once; the parser's time grows with the square of their number."""
_NULL, _TEXT = "tag:yaml.org,2002:null", "tag:yaml.org,2002:str"
_NUMBERS = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "timestamp"))
_COLON = re.compile(r"[ \t]*:")
_ALIAS = re.compile(r"[ \t]*\*[^\s,]+")
_ITEM = re.compile(r"[ \t]*-[ \t]+")
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")

Plain = str | float | Sequence[str] | None
"""A key's value: a text, a number, several texts, or none."""
_Edit = tuple[int, int, str]


class Mistake(Exception):
    """Something in a file that a person should mend."""

    def __init__(self, message: str, line: int = 1) -> None:
        """`line` counts from 1."""
        super().__init__(message)
        self.message, self.line = message, line


@dataclass(frozen=True, slots=True)
class _Entry:
    """One key and its value, by place in the text."""

    value: Node
    line: int
    end_of_key: int
    """Right behind the colon."""


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What stands between the lines `---`."""

    raw: str = ""
    entries: Mapping[str, _Entry] = field(default_factory=dict, compare=False)

    def line(self, key: str) -> int:
        """The line in the file, where the first `---` is line 1."""
        return self.entries[key].line if key in self.entries else 1

    def text(self, key: str) -> str | None:
        """The value as it is written; None where there is none. Raises Mistake."""
        node = self._node(key)
        if node is None:
            return None
        if not isinstance(node, ScalarNode):
            raise Mistake(f"{key} must be one value; write `{key}: …` in one line", self.line(key))
        return str(node.value)

    def texts(self, key: str) -> list[str]:
        """The elements of a YAML list, or of a text with commas. Raises Mistake."""
        node = self._node(key)
        if node is None:
            return []
        if isinstance(node, ScalarNode):
            return _split(str(node.value))
        if isinstance(node, SequenceNode) and all(isinstance(n, ScalarNode) for n in node.value):
            return [str(entry.value) for entry in node.value if entry.tag != _NULL]
        raise Mistake(f"{key} must be a list; write `{key}: [one, two]`", self.line(key))

    def with_values(self, values: Mapping[str, Plain], newline: str) -> FrontMatter:
        """With these keys' values, and nothing else changed. Raises Mistake."""
        values = {key: None if value in ("", [], ()) else value for key, value in values.items()}
        text = _lined(self.raw)
        edits: list[_Edit] = []
        added = {True: "", False: ""}
        for key, value in values.items():
            if key in self.entries:
                edits += _edits(text, self.entries[key], value)
            elif value is not None:
                added[key == "id"] += f"{key}: {_value(value)}\n"
        edits = [(0, 0, added[True]), *edits, (len(text), len(text), added[False])]
        raw = _apply(self.raw, edits, newline)
        key = next(iter(values), "front matter")
        try:
            changed = parse(raw)
            wrong = self._differences(changed, values)
        except Mistake:
            changed, wrong = self, [key]
        if wrong:
            remedy = "write every key and its value in one line of its own, without anchors"
            raise Mistake(f"{wrong[0]} cannot be changed in place; {remedy}", self.line(wrong[0]))
        return changed

    def _node(self, key: str) -> Node | None:
        entry = self.entries.get(key)
        return None if entry is None or entry.value.tag == _NULL else entry.value

    def _differences(self, changed: FrontMatter, values: Mapping[str, Plain]) -> list[str]:
        """Keys that are now other than they should be."""
        wrong = []
        for key in {*self.entries, *changed.entries, *values}:
            value = values.get(key)
            if key not in values:
                fine = _meaning(self._node(key)) == _meaning(changed._node(key))
            elif value is None:
                fine = changed._node(key) is None
            elif isinstance(value, str):
                fine = changed.text(key) == value
            elif isinstance(value, float | int):
                fine = changed.text(key) == _number(value)
            else:
                fine = sorted(changed.texts(key)) == sorted(value)
            wrong += [] if fine else [key]
        return sorted(wrong)


def parse(raw: str) -> FrontMatter:
    """Raises Mistake, its line in the file."""
    if len(raw) > LIMIT:
        raise Mistake(f"the front matter has over {LIMIT} characters; move text to the body")
    text = _lined(raw)
    root = _compose(text)
    if root is None:
        return FrontMatter(raw, {})
    if _size(root, {}) > MOST:
        raise Mistake("the front matter repeats itself without end; write it without aliases", 2)
    if not isinstance(root, MappingNode):
        raise Mistake("the front matter must be keys with values; write `key: value` lines", 2)
    entries: dict[str, _Entry] = {}
    for key, value in root.value:
        line = 2 + text.count("\n", 0, key.start_mark.index)
        if not isinstance(key, ScalarNode):
            raise Mistake("a key of the front matter must be a word", line)
        if key.value in entries:
            raise Mistake(f"{key.value!r} stands here twice; remove one", line)
        colon = _COLON.match(text, key.end_mark.index)
        entries[key.value] = _Entry(value, line, colon.end() if colon else -1)
    return FrontMatter(raw, entries)


def _compose(text: str) -> Node | None:
    if _depth(text) > DEEPEST:
        raise Mistake("the front matter is not YAML: it is too deep", 2)
    try:
        with warnings.catch_warnings():  # an anchor may be given anew
            warnings.simplefilter("ignore", ReusedAnchorWarning)
            root: Node | None = YAML(typ="rt", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark
        line = 2 + text.count("\n", 0, mark.index) if mark else 2
        raise Mistake(f"the front matter is not YAML: {error.problem}", line) from error
    except (YAMLError, RecursionError, ValueError) as error:
        reason = "it is too deep" if isinstance(error, RecursionError) else "a character is illegal"
        raise Mistake(f"the front matter is not YAML: {reason}", 2) from error
    return root


def _depth(text: str) -> int:
    """How many brackets are open at once; those in quotes are counted, too."""
    depth = most = 0
    for found in re.finditer(r"[\[\]{}]", text):
        depth = max(0, depth + (1 if found[0] in "[{" else -1))
        most = max(most, depth)
    return most


def _size(node: Node, known: dict[int, int]) -> int:
    """How many values it is with all aliases followed; over MOST where it holds itself."""
    if id(node) not in known:
        known[id(node)] = MOST + 1  # while it is counted: who meets it then is within it
        pairs = isinstance(node, MappingNode)
        inner = [one for pair in node.value for one in pair] if pairs else node.value
        within = () if isinstance(node, ScalarNode) else inner
        known[id(node)] = 1 + sum(_size(one, known) for one in within)
    return known[id(node)]


def _edits(text: str, entry: _Entry, value: Plain) -> Iterator[_Edit]:
    """What to replace for a key to have the value."""
    node = entry.value
    block = isinstance(node, SequenceNode) and not node.flow_style
    if isinstance(node, SequenceNode) and block and not isinstance(value, str | float | int):
        lines = [_item_line(text, element) for element in node.value]
        if all(lines):
            yield from _list_edits(text, node, [line for line in lines if line], value or ())
            return
    start, end = _span(text, entry)
    new = "" if value is None else _restyled(text, node, value)
    if block or not new:
        start = entry.end_of_key
    yield start, end, (" " if new and start == entry.end_of_key else "") + new


def _span(text: str, entry: _Entry) -> tuple[int, int]:
    """Where the value stands; for none, right behind the colon."""
    node, behind = entry.value, entry.end_of_key
    start, end = node.start_mark.index, node.end_mark.index
    if start < behind:
        alias = _ALIAS.match(text, behind)
        return behind, alias.end() if alias else behind
    if isinstance(node, SequenceNode) and not node.flow_style and node.value:
        end = node.value[-1].end_mark.index
    if start == end:
        return behind, behind
    return start, start + len(text[start:end].rstrip("\n"))


def _item_line(text: str, element: Node) -> tuple[int, int, int] | None:
    """Begin, text and end of the line of a block list's element; None for anything unusual."""
    at = element.start_mark.index
    begin = text.rfind("\n", 0, at) + 1
    end = text.find("\n", max(at, element.end_mark.index - 1)) + 1
    usual = isinstance(element, ScalarNode) and _ITEM.fullmatch(text[begin:at])
    return (begin, at, end) if usual and end and not element.anchor else None


def _list_edits(
    text: str, node: SequenceNode, lines: Sequence[tuple[int, int, int]], wanted: Sequence[str]
) -> Iterator[_Edit]:
    missing = list(wanted)
    for element, (begin, _, end) in zip(node.value, lines, strict=True):
        if element.value in missing:
            missing.remove(element.value)
        else:
            yield begin, end, ""
    begin, at, end = lines[-1]
    prefix = text[begin:at]
    yield end, end, "".join(f"{prefix}{_scalar(value)}\n" for value in missing)


def _restyled(text: str, node: Node, value: Plain) -> str:
    """The value in the style of what it replaces."""
    style = (node.style or "plain") if isinstance(node, ScalarNode) and node.tag != _NULL else None
    if isinstance(value, str) and style:
        return _scalar(value, style=style)
    if isinstance(value, str | float | int) or value is None:
        return _value(value)
    if style and _split(", ".join(value)) == list(value):
        return _scalar(", ".join(value), style=style)
    held = {}
    if isinstance(node, SequenceNode) and node.flow_style:
        held = {
            entry.value: text[entry.start_mark.index : entry.end_mark.index]
            for entry in node.value
            if isinstance(entry, ScalarNode) and not entry.anchor
        }
    return "[" + ", ".join(held.get(v) or _scalar(v, flow=True) for v in value) + "]"


def _value(value: Plain) -> str:
    if isinstance(value, str) or value is None:
        return _scalar(value or "")
    if isinstance(value, float | int):
        return _number(value)
    return "[" + ", ".join(_scalar(entry, flow=True) for entry in value) + "]"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(value)


def _scalar(value: str, *, flow: bool = False, style: str | None = None) -> str:
    """A text in YAML, quoted as it was, or where YAML would read something else.

    What looks like a number stays without quotes only where the old value (`plain`) had none.
    """
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if style != '"' and _is_plain(value, flow=flow, numbers=style == "plain"):
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match.group()):04x}", quoted)


def _is_plain(value: str, *, flow: bool, numbers: bool) -> bool:
    if not value.isprintable() or value != value.strip():
        return False
    try:
        root = YAML(typ="rt", pure=True).compose(f"[{value}]\n" if flow else f"k: {value}\n")
    except (YAMLError, RecursionError, ValueError):
        return False
    node = (root.value if flow else [node for _, node in root.value])[0] if root.value else None
    if not isinstance(node, ScalarNode) or node.style or node.anchor or len(root.value) != 1:
        return False
    return node.value == value and (node.tag == _TEXT or (numbers and node.tag in _NUMBERS))


def _split(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _lined(raw: str) -> str:
    return raw.replace("\r\n", "\n").replace("\r", "\n")


def _meaning(node: Node | None) -> object:
    """A node's content, for comparison."""
    if isinstance(node, MappingNode):
        return [(_meaning(key), _meaning(value)) for key, value in node.value]
    if isinstance(node, SequenceNode):
        return [_meaning(entry) for entry in node.value]
    return None if node is None else (str(node.tag), node.value)


def _apply(raw: str, edits: Sequence[_Edit], newline: str) -> str:
    """Makes the edits, whose places count each line ending as one character."""
    crlf = [at - n for n, at in enumerate(match.start() for match in re.finditer("\r\n", raw))]

    def place(at: int) -> int:
        return at + bisect_left(crlf, at)

    # The last first, and of two at one place too: each then finds its place as it was.
    ordered = sorted(edits, key=lambda edit: edit[:2])
    for start, end, new in ordered[::-1]:
        raw = raw[: place(start)] + new.replace("\n", newline) + raw[place(end) :]
    return raw
