"""Since when each rule is watched, and when it last matched anything."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watched",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("backlog", "rule", "terms")),
        sa.Column("since", sa.Text, nullable=False),
        sa.Column("matched", sa.Text),
        sa.PrimaryKeyConstraint("backlog", "rule"),
    )
