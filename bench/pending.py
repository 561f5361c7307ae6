"""Databases with very many messages and deadlines to come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, text

from bench.meetings import INSTALLATION
from bot.runtime.store.database import Database
from bot.runtime.store.tables.messages import outbox
from bot.runtime.store.tables.sets import timers
from bot.runtime.store.upkeep.migrating import upgrade

NOW = datetime(2027, 3, 1, 18, tzinfo=UTC)
CHUNK = 20_000
PLACES = 100


def new_database(folder: Path) -> Database:
    """An empty SQLite database at the newest revision."""
    folder.mkdir(parents=True, exist_ok=True)
    database = Database(f"sqlite:///{folder / 'als.db'}")
    upgrade(database, NOW)
    return database


def fill(database: Database, pending: int, overdue: int = 0) -> None:
    """So many messages and deadlines to come, and some that should have gone out already."""
    for table, rows in ((outbox, _messages(pending, overdue)), (timers, _timers(pending))):
        chunk: list[dict[str, Any]] = []
        for row in rows:
            chunk.append(row)
            if len(chunk) == CHUNK:
                _insert(database, table, chunk)
                chunk = []
        if chunk:
            _insert(database, table, chunk)
    with database.write() as connection:
        connection.execute(text("ANALYZE"))


def _insert(database: Database, table: Any, rows: list[dict[str, Any]]) -> None:
    with database.write() as connection:
        connection.execute(insert(table), rows)


def _messages(pending: int, overdue: int) -> Iterator[dict[str, Any]]:
    for n in range(pending + overdue):
        late = n >= pending
        at = NOW - timedelta(seconds=1) if late else NOW + timedelta(minutes=1 + n % 50_000)
        place = f"set:{n % PLACES}"
        yield {
            "installation_id": INSTALLATION,
            "set_id": str(n % PLACES),
            "session_id": "",
            "destination": place,
            "person": "",
            "kind": "prompt",
            "op": "post",
            "slot": f"slot:{n}",
            "card": "prompt",
            "subject_id": "",
            "parent_slot": "",
            "dedupe_key": f"post:slot:{n}",
            "key": f"{n:032x}",
            "due_at": at,
            "not_before": at,
            "state": "due",
            "made_at": NOW,
        }


def _timers(pending: int) -> Iterator[dict[str, Any]]:
    for n in range(pending):
        yield {
            "key": f"{n:040x}",
            "set_id": str(n % PLACES),
            "session_id": "",
            "what": "start",
            "subject": "",
            "step": None,
            "due_at": NOW + timedelta(minutes=1 + n % 50_000),
        }
