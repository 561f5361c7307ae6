"""Rotation: every data key wrapped by the newest master key, in batches that may stop anywhere."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select, update

from bot.runtime.store.database import Database
from bot.runtime.store.tables.installed import data_keys
from bot.runtime.vault import Vault

BATCH = 50


def rotate(database: Database, vault: Vault, after_batch: Callable[[], object] = int) -> int:
    """Wrap again what an older master key wraps; how many. Stopped half-way, it goes on next time.

    Words stay as they are: what opens them is unchanged inside. Raises KeyMissing, with that batch
    undone, where a key is wrapped by a master key that is not here.
    """
    done, last = 0, ""
    while True:
        with database.write() as connection:
            rows = connection.execute(
                select(data_keys.c.id, data_keys.c.wrapped)
                .where(data_keys.c.id > last)
                .order_by(data_keys.c.id)
                .limit(BATCH)
            ).all()
            for row in rows:
                fresh = vault.wrapped_anew(row.wrapped)
                if fresh is not None:
                    same = (data_keys.c.id == row.id) & (data_keys.c.wrapped == row.wrapped)
                    connection.execute(update(data_keys).where(same).values(wrapped=fresh))
                    done += 1
        if not rows:
            return done
        last = rows[-1].id
        after_batch()
