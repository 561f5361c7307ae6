"""The database of a run: each call is a point, and the answer to a COMMIT may get lost."""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bot.runtime.store.database import Database
from tests.simulation.world import World, living, touch

LOST_COMMITS = 0.02
"""How often the line to the database breaks at a commit, where that may happen."""


class LineLost(sqlite3.OperationalError):
    """The server has closed the line: what became of the commit, nobody says."""


class SharedDatabase(Database):
    """One file that may stand for a server of several processes.

    SQLite lets one writer in at a time, so a claim is as exclusive as on a server. What a process
    remembers between its transactions is the difference: with `shared`, the store believes in no
    memory of its own, as on PostgreSQL. Transactions are never interleaved statement by statement:
    what only that shows, `tests/processes/test_several.py` tries on a real server.
    """

    world: World | None = None

    def share(self, shared: bool) -> None:
        """Whether more than one process uses it."""
        self.is_sqlite = not shared


@cache
def database_at(path: Path) -> SharedDatabase:
    """The database of that file. What it keeps between runs is compiled SQL only."""
    database = SharedDatabase(f"sqlite:///{path}")
    dialect = database.engine.dialect
    commit, lost = dialect.do_commit, dialect.is_disconnect
    event.listen(
        database.engine, "before_cursor_execute", lambda *call: touch(f"sql {call[2][:12]}")
    )

    def do_commit(connection: Any) -> None:
        touch("commit")
        world = database.world
        breaks = world is not None and living.get() is not None and _breaks(world)
        if breaks and world is not None and world.chance(0.5):
            world.note("commit lost, not stored")
            connection.rollback()
            raise LineLost("server closed the connection unexpectedly")
        commit(connection)
        touch("committed")
        if breaks and world is not None:
            world.note("commit lost, stored")
            raise LineLost("server closed the connection unexpectedly")

    def is_disconnect(error: Any, *where: Any) -> bool:
        return isinstance(error, LineLost) or lost(error, *where)

    dialect.do_commit = do_commit  # type: ignore[assignment, method-assign]
    dialect.is_disconnect = is_disconnect  # type: ignore[assignment, method-assign]
    return database


def _breaks(world: World) -> bool:
    return world.on("uncertain commit") and bool(world.rate) and world.chance(LOST_COMMITS)
