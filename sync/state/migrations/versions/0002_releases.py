"""Releases, and what ties them to the trackers' own."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _column(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def upgrade() -> None:
    op.create_table(
        "release",
        *map(_column, ("backlog", "id", "values")),
        sa.PrimaryKeyConstraint("backlog", "id"),
    )
    op.create_table(
        "release_link",
        *map(_column, ("backlog", "tracker", "record", "item", "key")),
        *map(_column, ("shown", "behind", "sent", "refused")),
        _column("gone", null=True),
        sa.PrimaryKeyConstraint("backlog", "tracker", "record"),
    )
