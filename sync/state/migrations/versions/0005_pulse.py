"""How each tracker, and the guard, did in the last run; and a way to a backlog's last run."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "pulse",
        *(sa.Column(name, sa.Text, nullable=False) for name in ("backlog", "tracker")),
        *(sa.Column(name, sa.Text, nullable=True) for name in ("well", "wrong")),
        sa.Column("requests", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("backlog", "tracker"),
    )
    op.create_index("run_backlog", "run", ["backlog", "id"])
