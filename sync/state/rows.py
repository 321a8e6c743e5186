"""Items, links and records as the database's JSON, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sync.backlog import Link, Refusal
from sync.model import Item, Json, Schema, dump, load
from sync.tracker import Record


def to_text(data: Json) -> str:
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def item_values(item: Item) -> str:
    return to_text({name: dump(value) for name, value in item.values.items()})


def load_item(row: Any, schema: Schema) -> Item:
    """Values of fields that the settings no longer declare are left out."""
    stored = json.loads(row.values)
    values = {name: load(schema[name], data) for name, data in stored.items() if name in schema}
    return Item(row.id, values)


def link_row(backlog: str, link: Link) -> dict[str, Any]:
    return {
        "backlog": backlog,
        "tracker": link.tracker,
        "record": link.record.id,
        "item": link.item,
        "key": link.record.key,
        "shown": to_text(_record(link.record)),
        "behind": to_text(dict(link.behind)),
        "sent": to_text(dict(link.sent)),
        "refused": to_text({n: [r.sent, r.why, r.version] for n, r in link.refused.items()}),
        "gone": link.gone,
        "undone": to_text(dict(link.undone)) if link.undone else None,
    }


def load_link(row: Any) -> Link:
    record = _load_record(row.record, row.key, json.loads(row.shown))
    behind, sent = json.loads(row.behind), json.loads(row.sent)
    refused = {name: Refusal(*parts) for name, parts in json.loads(row.refused).items()}
    undone = json.loads(row.undone) if row.undone else {}
    return Link(row.item, row.tracker, record, behind, sent, refused, row.gone, undone)


def _record(record: Record) -> dict[str, Json]:
    return {
        "version": record.version,
        "shown": dict(record.shown),
        "url": record.url,
        "held": record.held,
        "mark": record.mark,
        "twins": sorted(record.twins),
        "updated_at": record.updated_at,
        "updated_by": record.updated_by,
        "restricted": record.restricted,
    }


def _load_record(record_id: str, key: str, data: Mapping[str, Json]) -> Record:
    fields = {**data, "twins": frozenset(data["twins"])}
    return Record(id=record_id, key=key, **fields)
