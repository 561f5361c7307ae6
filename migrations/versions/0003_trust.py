"""Signposts, and wishes to burn a set."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Tables are added, none is changed."""
    op.create_table(
        "signposts",
        sa.Column("installation_id", sa.String(length=64), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("lead", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "country", name=op.f("pk_signposts")),
    )
    op.create_table(
        "burn_wishes",
        sa.Column("set_id", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"],
            ["learning_sets.id"],
            name=op.f("fk_burn_wishes_set_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("set_id", "person", name=op.f("pk_burn_wishes")),
    )


def downgrade() -> None:
    """Back to what was; signposts and wishes go."""
    op.drop_table("burn_wishes")
    op.drop_table("signposts")
