"""Calendar addresses that can be renewed, and end when somebody leaves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column is added; the addresses that were given out before have the number nought."""
    with op.batch_alter_table("members") as table:
        table.add_column(sa.Column("feed", sa.Integer(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Back to one address for each member and set."""
    with op.batch_alter_table("members") as table:
        table.drop_column("feed")
