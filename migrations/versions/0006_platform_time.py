"""When a message was claimed by its platform's own clock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A column is added; of what is on its way now, only our own clock knows when."""
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("platform_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    """Back to our own clock."""
    with op.batch_alter_table("outbox") as table:
        table.drop_column("platform_at")
