"""The state database's tables, as SQLAlchemy Core knows them; migrations/ makes them."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    TypeDecorator,
    UniqueConstraint,
    text,
    types,
)


class Text(TypeDecorator[str]):
    """Any text. PostgreSQL can hold no NUL: there it is the sign for what cannot be shown."""

    impl = types.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None or dialect.name == "sqlite":
            return value
        return value.replace("\0", "\ufffd")


metadata = MetaData()

backlog = Table(
    "backlog",
    metadata,
    Column("name", Text, primary_key=True),
    Column("order", Text, nullable=False),  # JSON: items' ids, top first
)

item = Table(
    "item",
    metadata,
    Column("backlog", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("values", Text, nullable=False),  # JSON: field → value, as sync.model.dump writes it
    PrimaryKeyConstraint("backlog", "id"),
)

link = Table(
    "link",
    metadata,
    Column("backlog", Text, nullable=False),
    Column("tracker", Text, nullable=False),
    Column("record", Text, nullable=False),  # the tracker's immutable id
    Column("item", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("shown", Text, nullable=False),  # JSON: the record as last shown
    Column("behind", Text, nullable=False),  # JSON: what was last merged, where that is older
    Column("sent", Text, nullable=False),  # JSON: what was last asked for, by field
    Column("refused", Text, nullable=False),  # JSON: field → [what was sent, why, version]
    Column("gone", Text),
    Column("undone", Text),  # JSON: field → the run that was taken back; null: none
    PrimaryKeyConstraint("backlog", "tracker", "record"),
    Index("link_item", "backlog", "item"),
)

tracker = Table(
    "tracker",
    metadata,
    Column("backlog", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("cursor", Text),
    Column("read_whole", Text),  # when all its records were last read, ISO 8601 in UTC
    Column("order_seen", Text),  # JSON: record ids; null: never merged
    Column("order_sent", Text),  # JSON: items' ids
    PrimaryKeyConstraint("backlog", "name"),
)

release = Table(
    "release",
    metadata,
    Column("backlog", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("values", Text, nullable=False),  # JSON: name, due, done, as sync.model.dump writes it
    PrimaryKeyConstraint("backlog", "id"),
)

release_link = Table(
    "release_link",
    metadata,
    Column("backlog", Text, nullable=False),
    Column("tracker", Text, nullable=False),
    Column("record", Text, nullable=False),  # the tracker's own id of the release
    Column("item", Text, nullable=False),  # the release's
    Column("key", Text, nullable=False),
    Column("shown", Text, nullable=False),  # this and what follows: as in link
    Column("behind", Text, nullable=False),
    Column("sent", Text, nullable=False),
    Column("refused", Text, nullable=False),
    Column("gone", Text),
    Column("undone", Text),
    PrimaryKeyConstraint("backlog", "tracker", "record"),
)

intent = Table(
    "intent",
    metadata,
    Column("backlog", Text, nullable=False),
    Column("tracker", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("newest", Text),
    PrimaryKeyConstraint("backlog", "tracker", "item"),
)

pair = Table(
    "pair",
    metadata,
    Column("backlog", Text, nullable=False),
    Column("tracker", Text, nullable=False),
    Column("record", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("verdict", Text, nullable=False),  # together: the record shows the item; or apart
    Column("at", Text, nullable=False),
    PrimaryKeyConstraint("backlog", "tracker", "record", "item"),
)


def _failing(name: str) -> Table:
    """What failed, and when it is tried again."""
    return Table(
        name,
        metadata,
        Column("backlog", Text, nullable=False),
        Column("tracker", Text, nullable=False),
        Column("item", Text, nullable=False),
        Column("edit", Text, nullable=False),  # what was tried: a fingerprint, or where to
        Column("message", Text, nullable=False),
        Column("first", Text, nullable=False),
        Column("last", Text, nullable=False),
        Column("tries", Integer, nullable=False),
        Column("next", Text),  # not before this time; null: not before a person says so
        PrimaryKeyConstraint("backlog", "tracker", "item"),
    )


failing = _failing("failing")
unmoved = _failing("unmoved")

run = Table(
    "run",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("backlog", Text, nullable=False),
    Column("started", Text, nullable=False),
    Column("ended", Text),
    Column("outcome", Text),  # null: still running, or killed just before
    Column("counts", Text, nullable=False),  # JSON: the plan's summary
    Column("undoes", Integer),  # the run that this one takes back
    Index("run_backlog", "backlog", "id"),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run", Integer, ForeignKey("run.id"), nullable=False),
    Column("at", Text, nullable=False),
    Column("tracker", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("key", Text),
    Column("action", Text, nullable=False),  # create, update, move, lead, merge, release
    Column("field", Text),
    Column("before", Text),  # JSON
    Column("after", Text),  # JSON
    Column("because", Text, nullable=False),
    Column("outcome", Text, nullable=False),  # begun, done, refused, failed, lost
    Column("error", Text),
    Index("journal_run", "run"),
    Index("journal_item", "item"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("backlog", Text, nullable=False),
    Column("tracker", Text, nullable=False),
    Column("delivery", Text, nullable=False),  # the sender's own id of it
    Column("records", Text, nullable=False),  # JSON: ids, sorted
    Column("order", Boolean, nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("received", Text, nullable=False),  # ISO 8601 in UTC
    Column("tries", Integer, nullable=False),
    Column("done", Text),  # null: waits
    UniqueConstraint("backlog", "tracker", "delivery", name="inbox_delivery"),
    Index(
        "inbox_waiting",
        "backlog",
        sqlite_where=text("done IS NULL"),
        postgresql_where=text("done IS NULL"),
    ),
)

fence = Table(
    "fence",
    metadata,
    Column("backlog", Text, primary_key=True),
    Column("number", Integer, nullable=False),  # the highest that was taken
    Column("holder", Text, nullable=False),  # by whom
)

pace = Table(
    "pace",
    metadata,
    Column("credential", Text, primary_key=True),  # what it is called; nothing can be read from it
    Column("due", Float, nullable=False),  # seconds since 1970: of a call without any burst
    Column("shut", Float, nullable=False),  # seconds since 1970: nothing goes before
)

pulse = Table(
    "pulse",
    metadata,
    Column("backlog", Text, nullable=False),
    Column("tracker", Text, nullable=False),  # empty: the guard
    Column("well", Text),  # when a run last had nothing to say of it, ISO 8601 in UTC
    Column("wrong", Text),  # what the last run had to say; null: nothing
    Column("requests", BigInteger, nullable=False),  # that runs have sent to it
    Column("points", BigInteger, nullable=False, server_default="0"),  # that these cost
    Column("allowed", Text, nullable=False, server_default="{}"),  # JSON: by API, as last told
    PrimaryKeyConstraint("backlog", "tracker"),
)

finding = Table(
    "finding",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("backlog", Text, nullable=False),
    Column("mark", Text, nullable=False),  # what makes it the same finding in the next run
    Column("finding", Text, nullable=False),  # JSON: as plans write it
    Column("since", Text, nullable=False),  # when a run first came to it, ISO 8601 in UTC
    Column("until", Text),  # when a run no longer did; null: the last one did
    Index("finding_backlog", "backlog", "until"),
)

standing = Table(
    "standing",
    metadata,
    Column("backlog", Text, nullable=False),
    Column("run", Integer, nullable=False),
    Column("at", Text, nullable=False),
    Column("items", Integer, nullable=False),
    Column("agreeing", Integer, nullable=False),  # items that all trackers showed alike
    Column("top", Text, nullable=False),  # JSON: ids of the topmost open items
    PrimaryKeyConstraint("backlog", "run"),
)

digest = Table(
    "digest",
    metadata,
    Column("backlog", Text, primary_key=True),
    Column("sent", Text, nullable=False),  # when the last one was, ISO 8601 in UTC
)

watched = Table(
    "watched",
    metadata,
    Column("backlog", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("terms", Text, nullable=False),  # what it demands: a fingerprint of its settings
    Column("since", Text, nullable=False),  # when a run first judged by these, ISO 8601 in UTC
    Column("matched", Text),  # when a run last found something by it, to the day
    PrimaryKeyConstraint("backlog", "rule"),
)
