"""What persons decided on pairs, edits that failed, and runs that were taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _column(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def upgrade() -> None:
    op.create_table(
        "pair",
        *map(_column, ("backlog", "tracker", "record", "item", "verdict", "at")),
        sa.PrimaryKeyConstraint("backlog", "tracker", "record", "item"),
    )
    op.create_table(
        "failing",
        *map(_column, ("backlog", "tracker", "item", "edit", "message", "first", "last")),
        sa.Column("tries", sa.Integer, nullable=False),
        _column("next", null=True),
        sa.PrimaryKeyConstraint("backlog", "tracker", "item"),
    )
    op.add_column("run", sa.Column("undoes", sa.Integer, nullable=True))
    for table in ("link", "release_link"):
        op.add_column(table, _column("undone", null=True))
