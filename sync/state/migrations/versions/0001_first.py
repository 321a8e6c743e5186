"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _column(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def upgrade() -> None:
    op.create_table("backlog", sa.Column("name", sa.Text, primary_key=True), _column("order"))
    op.create_table(
        "item",
        *map(_column, ("backlog", "id", "values")),
        sa.PrimaryKeyConstraint("backlog", "id"),
    )
    op.create_table(
        "link",
        *map(_column, ("backlog", "tracker", "record", "item", "key", "shown", "behind", "sent")),
        _column("refused"),
        _column("gone", null=True),
        sa.PrimaryKeyConstraint("backlog", "tracker", "record"),
    )
    op.create_index("link_item", "link", ["backlog", "item"])
    op.create_table(
        "tracker",
        *map(_column, ("backlog", "name")),
        *(_column(n, null=True) for n in ("cursor", "read_whole", "order_seen", "order_sent")),
        sa.PrimaryKeyConstraint("backlog", "name"),
    )
    op.create_table(
        "intent",
        *map(_column, ("backlog", "tracker", "item", "at")),
        _column("newest", null=True),
        sa.PrimaryKeyConstraint("backlog", "tracker", "item"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        *map(_column, ("backlog", "started")),
        *(_column(name, null=True) for name in ("ended", "outcome")),
        _column("counts"),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("run", sa.Integer, sa.ForeignKey("run.id"), nullable=False),
        *map(_column, ("at", "tracker", "item")),
        _column("key", null=True),
        _column("action"),
        *(_column(name, null=True) for name in ("field", "before", "after")),
        *map(_column, ("because", "outcome")),
        _column("error", null=True),
    )
    op.create_index("journal_run", "journal", ["run"])
    op.create_index("journal_item", "journal", ["item"])
