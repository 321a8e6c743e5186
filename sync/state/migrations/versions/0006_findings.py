"""The findings that runs came to, how the backlog stood then, and when digests were sent."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def _column(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def upgrade() -> None:
    op.create_table(
        "finding",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        *map(_column, ("backlog", "mark", "finding", "since")),
        _column("until", null=True),
    )
    op.create_index("finding_backlog", "finding", ["backlog", "until"])
    op.create_table(
        "standing",
        _column("backlog"),
        sa.Column("run", sa.Integer, nullable=False),
        _column("at"),
        sa.Column("items", sa.Integer, nullable=False),
        sa.Column("agreeing", sa.Integer, nullable=False),
        _column("top"),
        sa.PrimaryKeyConstraint("backlog", "run"),
    )
    op.create_table("digest", sa.Column("backlog", sa.Text, primary_key=True), _column("sent"))
