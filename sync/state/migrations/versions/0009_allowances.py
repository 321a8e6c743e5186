"""What trackers have been paid in points, and what they still allow."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pulse", sa.Column("points", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("pulse", sa.Column("allowed", sa.Text, nullable=False, server_default="{}"))
