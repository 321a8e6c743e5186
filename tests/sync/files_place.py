"""A folder of files with the face of a place in memory: people's edits, for the state machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from adapters.base import Setup
from adapters.files import Files
from adapters.files.document import read as read_document
from sync.model import Criterion, FieldName
from sync.tracker import Record, RecordId, Shown


class FilesPlace:
    """One folder, edited as by a person with an editor. It knows no faults of its own."""

    open_closed = False
    ordered = True

    def __init__(self, path: Path) -> None:
        self.path = path
        self.faults: dict[int, Any] = {}
        self.lag = 0
        self.made = 0

    def adapter(self) -> Files:
        return Files(Setup("files"), path=self.path)

    def all(self) -> list[Record]:
        """As ORDER.md has them, and what is not in it last."""
        adapter = self.adapter()
        adapter.open()
        read = adapter.read(None)
        records = {record.id: record for record in read.records}
        return [records[one] for one in dict.fromkeys((*(read.order or ()), *records))]

    def shows(self, record: RecordId) -> Record | None:
        return next((one for one in self.all() if one.id == record), None)

    def add(self, shown: Mapping[FieldName, Shown]) -> Record:
        """A new file, without an id and without a line in ORDER.md."""
        self.made += 1
        file = self.path / "items" / f"by-hand-{self.made}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"---\nstatus: {shown['status']}\n---\n# {shown['title']}\n")
        return next(one for one in self.all() if one.key.endswith(file.name))

    def write(self, record: RecordId, shown: Mapping[FieldName, Shown]) -> Record:
        held = self.shows(record)
        assert held is not None
        file = self.path / held.key
        document = read_document(file.read_bytes())
        for name, value in shown.items():
            match name:
                case "title":
                    document = document.with_title(str(value))
                case "description":
                    document = document.with_text("Acceptance criteria", description=value)
                case "acceptance_criteria":
                    criteria = tuple(Criterion(*one) for one in value)
                    document = document.with_text("Acceptance criteria", criteria=criteria)
                case _:
                    document = document.with_values({name: value})
        file.write_text(str(document))
        after = self.shows(record)
        assert after is not None
        return after

    def place(self, record: RecordId, after: RecordId | None) -> None:
        """Moves the record's line in ORDER.md, if both are in it."""
        keys = {one.id: one.key for one in self.all()}
        order = self.path / "ORDER.md"
        lines = order.read_text().splitlines() if order.exists() else []
        mine = [line for line in lines if f"({keys[record]})" in line]
        if not mine:
            return
        lines.remove(mine[0])
        above = [at for at, line in enumerate(lines) if after and f"({keys[after]})" in line]
        lines.insert(above[0] + 1 if above else 0, mine[0])
        order.write_text("\n".join(lines) + "\n")
