"""How migrations run: on the connection that is handed in, in batches on SQLite."""

from __future__ import annotations

from alembic import context

from bot.runtime.store.tables.columns import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=context.config.attributes.get("batch", True),
    transactional_ddl=True,
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
