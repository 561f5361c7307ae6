"""A COMMIT that failed may have happened all the same: the next connection is asked."""

from __future__ import annotations

import secrets
import sqlite3
from datetime import datetime
from functools import cache

from sqlalchemy import Connection, Executable, bindparam, delete
from sqlalchemy.exc import DBAPIError, OperationalError

from bot.runtime.store.database import CommitFailed, Database
from bot.runtime.store.tables.installed import meta
from bot.runtime.store.transaction import upsert_of

MARK = "commit:"
"""How the keys of these rows begin in the table of what the bot knows of itself."""

ANSWER_SECONDS = 1
"""How long one question may wait for a transaction that is still under way."""


class NotStored(Exception):
    """The commit failed, and it is certain that nothing of it was stored, nor ever will be."""


class InDoubt(Exception):
    """The commit failed, and nobody could find out whether it happened."""


def away(error: Exception) -> bool:
    """Whether the database could not be asked at all, or nobody knows what became of it."""
    broken = isinstance(error, DBAPIError) and error.connection_invalidated
    return broken or isinstance(error, OperationalError | InDoubt)


class Marker:
    """One row of each process, which every transaction changes: its current value was committed.

    A later transaction of the same process cannot begin before this one is known, so one row is
    enough.
    """

    def __init__(self) -> None:
        """A row of its own, under a name that no other process has."""
        self._key = f"{MARK}{secrets.token_hex(16)}"
        self._count = 0

    def put(self, connection: Connection, now: datetime) -> str:
        """Mark this transaction, as the last thing it does; gives its mark."""
        self._count += 1
        mark = f"{now.isoformat()} {self._count}"
        connection.execute(_put(connection.dialect.name), {"row": self._key, "mark": mark})
        return mark

    def happened(self, database: Database, mark: str, failed: CommitFailed) -> bool:
        """Whether that transaction was committed; raises where the database cannot say so now.

        The question is a write to the same row, so that it waits for a transaction still under way.
        """
        with database.engine.connect() as connection:
            if not database.is_sqlite:
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = '{ANSWER_SECONDS}s'")
            ask = _ask(connection.dialect.name)
            found = connection.execute(ask, {"row": self._key, "mark": ""}).scalar_one()
            if found != mark and _lingers(failed):
                connection.commit()
        return bool(found == mark)


def sweep_marks(connection: Connection, before: datetime) -> None:
    """Delete the rows of processes that wrote nothing since; a living one writes a new row."""
    old = meta.c.key.startswith(MARK, autoescape=True) & (meta.c.value < before.isoformat())
    connection.execute(delete(meta).where(old))


def _lingers(failed: CommitFailed) -> bool:
    """Whether SQLite's log may hold what it could not make safe, until it is written over."""
    code = getattr(failed.reason, "sqlite_errorcode", 0)
    return bool(code & 0xFF == sqlite3.SQLITE_IOERR)


@cache
def _put(dialect: str) -> Executable:
    statement = upsert_of(dialect, meta).values(key=bindparam("row"), value=bindparam("mark"))
    put: Executable = statement.on_conflict_do_update(
        index_elements=["key"], set_={"value": statement.excluded.value}
    )
    return put


@cache
def _ask(dialect: str) -> Executable:
    statement = upsert_of(dialect, meta).values(key=bindparam("row"), value=bindparam("mark"))
    as_it_is = statement.on_conflict_do_update(index_elements=["key"], set_={"value": meta.c.value})
    ask: Executable = as_it_is.returning(meta.c.value)
    return ask
