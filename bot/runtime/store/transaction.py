"""One transaction: its connection, and what is written in it in one go."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import insert as pg_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.runtime.vault import Vault


class Transaction:
    """Nothing is visible to others before it is committed."""

    def __init__(self, connection: Connection, vault: Vault, now: datetime) -> None:
        """`now` is the instant of everything in it."""
        self._connection = connection
        self.vault = vault
        self.now = now
        self._together: dict[Write, list[Any]] = {}

    @property
    def connection(self) -> Connection:
        """What is read in it shows everything that was decided before."""
        if self._together:
            self.write_together()
        return self._connection

    def together(self, write: Write, what: Any) -> None:
        """Write this in one go with others of its kind: at the latest before anything else is read."""
        self._together.setdefault(write, []).append(what)

    def write_together(self) -> None:
        """Write what waits to be written in one go."""
        waiting, self._together = self._together, {}
        for write, many in waiting.items():
            write(self, many)


Write: TypeAlias = Callable[[Transaction, list[Any]], None]


def upsert(connection: Connection, table: Table) -> Any:
    """An INSERT of this database's own kind, which knows ON CONFLICT."""
    return upsert_of(connection.dialect.name, table)


def upsert_of(dialect: str, table: Table) -> Any:
    """The same by the name of the dialect, for statements that are made once."""
    return (sqlite_insert if dialect == "sqlite" else pg_insert)(table)
