"""What webhooks said, who may write a backlog, and the pace of each credential."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer, "sqlite")
UNDONE = sa.text("done IS NULL")


def _column(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=null)


def upgrade() -> None:
    op.create_table(
        "inbox",
        sa.Column("id", BIG, primary_key=True, autoincrement=True),
        *map(_column, ("backlog", "tracker", "delivery", "records")),
        sa.Column("order", sa.Boolean, nullable=False),
        sa.Column("whole", sa.Boolean, nullable=False),
        _column("received"),
        sa.Column("tries", sa.Integer, nullable=False),
        _column("done", null=True),
        sa.UniqueConstraint("backlog", "tracker", "delivery", name="inbox_delivery"),
    )
    op.create_index(
        "inbox_waiting", "inbox", ["backlog"], sqlite_where=UNDONE, postgresql_where=UNDONE
    )
    op.create_table(
        "fence",
        sa.Column("backlog", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, nullable=False),
        _column("holder"),
    )
    op.create_table(
        "pace",
        sa.Column("credential", sa.Text, primary_key=True),
        sa.Column("due", sa.Float, nullable=False),
        sa.Column("shut", sa.Float, nullable=False),
    )
