"""A file's document with other values. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from adapters.attachments import COPYABLE
from adapters.files.codec import FilesCodec, one_line
from adapters.files.document import Document
from adapters.files.front import Mistake
from adapters.files.shelf import ID, Form, Shelf, enter
from sync.model import EMPTY, FieldName, ItemId, Shape, Value, as_criteria
from sync.tracker import Change, RecordId, Twin


@dataclass(frozen=True, slots=True)
class Editor:
    """What a change of a file depends on beside the file."""

    form: Form
    codec: FilesCodec
    shelf: Shelf
    twins: Mapping[ItemId, Twin]
    """Items that may be referred to."""
    copies: Mapping[str, str] = field(default_factory=dict)
    """Entries for files that were copied here, by the links that they are copies of."""

    def blank(self, item: ItemId, title: Value) -> Document:
        """A new file. Raises Mistake for a title that none can have."""
        document = self._titled(Document().with_values({ID: item}), title)
        return self._readable("title", document)

    def apply(
        self, document: Document, changes: Mapping[FieldName, Change]
    ) -> tuple[Document, dict[FieldName, str]]:
        """The document with the changes, and why some fields do not take theirs."""
        refused: dict[FieldName, str] = {}
        for name, change in changes.items():
            try:
                document = self._readable(name, self._with(document, name, change))
            except Mistake as mistake:
                refused[name] = mistake.message
        return document, refused

    def _readable(self, name: FieldName, document: Document) -> Document:
        """Raises Mistake for a document that could not be read again."""
        text = str(document)
        try:
            data = text.encode()
        except UnicodeEncodeError:
            raise Mistake(f"{name} holds half a character; write it anew") from None
        if "\0" in text:
            raise Mistake(f"{name} holds a character that no text may; take it out")
        enter("", data, self.form)
        return document

    def _with(self, document: Document, name: FieldName, change: Change) -> Document:
        after = change.after
        shape = self.form.schema.get(name)
        match name:
            case "id":
                return document.with_values({ID: str(after)})
            case "title":
                return self._titled(document, after)
            case "description":
                return document.with_text(self.form.heading, description=str(after or ""))
            case "acceptance_criteria":
                return document.with_text(self.form.heading, criteria=as_criteria(after))
        match shape:
            case None:
                raise Mistake(f"{name} is not carried by files")
            case Shape.ITEM:
                return self._referring(document, name, after)
            case Shape.ITEMS:
                return self._linked(document, name, change)
            case Shape.SET:
                return self._merged(document, name, change)
        shown = document.front.text(name)
        held = float(shown) if shown and shape is Shape.NUMBER else shown
        new = self.codec.encode(name, after, held)
        return document if new == held else document.with_values({name: new})

    def _titled(self, document: Document, after: Value) -> Document:
        title = one_line(after) if isinstance(after, str) else ""
        if not title:
            raise Mistake("a file needs a title; give the item one")
        return document if title == document.title else document.with_title(title)

    def _referring(self, document: Document, name: FieldName, after: Value) -> Document:
        item = after if isinstance(after, str) and after in self.twins else None
        held = document.front.text(name)
        if (held and self._item(held)) == item:
            return document
        return document.with_values({name: item})

    def _linked(self, document: Document, name: FieldName, change: Change) -> Document:
        before, after = _elements(change.before), _elements(change.after)
        held = document.front.texts(name)
        kept = [one for one in held if self._item(one) not in before - after]
        new = (after - before - {self._item(one) for one in kept}) & set(self.twins)
        return self._listed(document, name, kept + sorted(new))

    def _merged(self, document: Document, name: FieldName, change: Change) -> Document:
        before, after = _elements(change.before), _elements(change.after)
        held = document.front.texts(name)
        meant = {one: self.codec.means(name, one) for one in held}
        kept = [self.copies.get(one, one) for one in held if meant[one] not in before - after]
        new = after - before - set(meant.values())
        added = sorted(new) if name == COPYABLE else self.codec.encode(name, new, None)
        lines = [one_line(self.copies.get(one, one)) for one in added]
        return self._listed(document, name, kept + lines)

    def _listed(self, document: Document, name: FieldName, wanted: list[str]) -> Document:
        same = wanted == document.front.texts(name)
        return document if same else document.with_values({name: list(dict.fromkeys(wanted))})

    def _item(self, reference: str) -> ItemId | RecordId:
        """The item that a reference in a file means."""
        record = self.shelf.means(reference)
        items = {twin.id: item for item, twin in self.twins.items()}
        return items.get(record, record)


def changes_of(values: Mapping[FieldName, Value], form: Form) -> dict[FieldName, Change]:
    """What makes an empty file show these values."""
    return {
        name: Change(EMPTY[shape], values[name])
        for name, shape in form.schema.items()
        if name != "title" and name in values
    }


def _elements(value: Value) -> frozenset[str]:
    return value if isinstance(value, frozenset) else frozenset()
