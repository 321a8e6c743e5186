"""Moves that failed, and when they are tried again."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    names = ("backlog", "tracker", "item", "edit", "message", "first", "last")
    op.create_table(
        "unmoved",
        *(sa.Column(name, sa.Text, nullable=False) for name in names),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.Column("next", sa.Text),
        sa.PrimaryKeyConstraint("backlog", "tracker", "item"),
    )
