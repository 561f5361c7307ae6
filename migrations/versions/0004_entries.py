"""Meetings in the platform's own calendar."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns are added; no set lists its meetings yet."""
    with op.batch_alter_table("learning_sets") as table:
        listed = sa.Column("listed", sa.Boolean(), nullable=False, server_default=sa.text("false"))
        table.add_column(listed)
    with op.batch_alter_table("meetings") as table:
        entry = sa.Column("entry", sa.String(length=64), nullable=False, server_default="")
        table.add_column(entry)


def downgrade() -> None:
    """Back to what was; entries that stand are left to their platform."""
    with op.batch_alter_table("meetings") as table:
        table.drop_column("entry")
    with op.batch_alter_table("learning_sets") as table:
        table.drop_column("listed")
