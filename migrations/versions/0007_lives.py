"""When what a platform tells of an installation or a place was last true, and what is doubted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns and a table are added; of what stood before nobody knows since when."""
    with op.batch_alter_table("installations") as table:
        table.add_column(sa.Column("state_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("doubted_at", sa.DateTime(timezone=True)))
    op.create_table(
        "newest",
        sa.Column("installation_id", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "about", name="pk_newest"),
    )
    op.create_index("ix_newest_at", "newest", ["at"])


def downgrade() -> None:
    """Back to what was."""
    op.drop_table("newest")
    with op.batch_alter_table("installations") as table:
        table.drop_column("doubted_at")
        table.drop_column("state_at")
