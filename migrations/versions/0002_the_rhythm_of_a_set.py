"""The rhythm of a set: proposals, reasons, turns, waiting and invited people, what can be undone."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Columns are added, none is changed; what a database holds stays as it is."""
    with op.batch_alter_table("learning_sets") as table:
        table.add_column(sa.Column("frozen_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("proposal", sa.Text()))
    with op.batch_alter_table("members") as table:
        table.add_column(sa.Column("turn_at", sa.DateTime(timezone=True)))
        table.add_column(sa.Column("waits_since", sa.DateTime(timezone=True)))
    with op.batch_alter_table("meetings") as table:
        table.add_column(sa.Column("reason", sa.Text()))
    with op.batch_alter_table("actions") as table:
        table.add_column(sa.Column("reminded", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "deeds",
        sa.Column("set_id", sa.String(length=64), nullable=False),
        sa.Column("person", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["set_id"],
            ["learning_sets.id"],
            name=op.f("fk_deeds_set_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("set_id", "person", name=op.f("pk_deeds")),
    )


def downgrade() -> None:
    """Back to the first tables; what the new columns held goes."""
    op.drop_table("deeds")
    for name, columns in (
        ("actions", ("reminded",)),
        ("meetings", ("reason",)),
        ("members", ("turn_at", "waits_since")),
        ("learning_sets", ("frozen_at", "proposal")),
    ):
        with op.batch_alter_table(name) as table:
            for column in columns:
                table.drop_column(column)
