"""When a process of this bot was last there while a meeting ran: one row."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.runtime.store.tables.installed import meta
from bot.runtime.store.tables.sets import learning_sets

ALIVE = "alive_at"


def last(connection: Connection) -> datetime | None:
    """When it was last noted, zone-aware UTC; None where it never was."""
    found = connection.execute(select(meta.c.value).where(meta.c.key == ALIVE)).scalar()
    return datetime.fromisoformat(found) if found is not None else None


def any_live(connection: Connection) -> bool:
    """Whether any meeting runs now."""
    live = select(learning_sets.c.id).where(learning_sets.c.session_id != "").limit(1)
    return connection.execute(live).first() is not None


def note(connection: Connection, now: datetime) -> None:
    """Somebody is there now. The latest word counts, also where it is earlier: a clock went back."""
    insert = sqlite_insert if connection.dialect.name == "sqlite" else pg_insert
    row = insert(meta).values(key=ALIVE, value=now.isoformat())
    connection.execute(
        row.on_conflict_do_update(index_elements=["key"], set_={"value": row.excluded.value})
    )
