"""Values as the files show them: nearly as they are. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.base import Setup
from sync.model import EMPTY, Criterion, FieldName, Shape, Value
from sync.tracker import Shown


class FilesCodec:
    """Canonical values ↔ front matter and Markdown; people and values by the settings' maps."""

    def __init__(self, setup: Setup) -> None:
        self.schema = setup.schema
        maps = {name: dict(values) for name, values in setup.values.items()}
        maps |= {name: dict(c.values) for name, c in setup.carriers.items() if c and c.values}
        maps["assignees"] = dict(setup.users)
        self._there: Mapping[FieldName, Mapping[str, str]] = maps
        self._back = {
            name: {native: canonical for canonical, native in values.items()}
            for name, values in maps.items()
        }

    def decode(self, name: FieldName, shown: Shown, present: Value) -> Value:
        if shown is None:
            return EMPTY[self.schema[name]]
        match self.schema[name]:
            case Shape.NUMBER:
                return float(shown)
            case Shape.SET:
                return frozenset(self._mapped(self._back, name, entry) for entry in shown)
            case Shape.CRITERIA:
                return tuple(Criterion(text, checked) for text, checked in shown)
            case Shape.LINE:
                return self._mapped(self._back, name, shown) or None
        return str(shown)

    def encode(self, name: FieldName, value: Value, shown: Shown) -> Shown:
        if self.shows(name, value, shown):
            return shown
        if isinstance(value, frozenset):
            return sorted(self._mapped(self._there, name, entry) for entry in value)
        if isinstance(value, tuple):
            return [[text, checked] for text, checked in value]
        return self._mapped(self._there, name, value) if isinstance(value, str) else value

    def shows(self, name: FieldName, value: Value, shown: Shown) -> bool:
        decoded = self.decode(name, shown, value)
        if self.schema[name] is Shape.TEXT:
            return _lines(str(decoded or "")) == _lines(str(value or ""))
        return decoded == value

    def _mapped(
        self, maps: Mapping[FieldName, Mapping[str, str]], name: FieldName, entry: str
    ) -> str:
        return maps.get(name, {}).get(entry, entry)


def _lines(text: str) -> list[str]:
    """A text's lines, but for line ends and blank lines around them."""
    return text.replace("\r\n", "\n").strip("\n").split("\n")
