"""Very many messages to come cost nothing: counted in steps of the database and in memory, not in time."""

from __future__ import annotations

import asyncio
import tracemalloc
from pathlib import Path
from typing import Any

from sqlalchemy import event

from bench.pending import NOW, fill, new_database
from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.runtime.clock import MovableClock
from bot.runtime.store.database import Database

KEY = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
FEW, MANY = 1_000, 20_000


class Steps:
    """Counts what SQLite's own machine does, in tens of instructions."""

    def __init__(self, database: Database) -> None:
        self.taken = 0
        event.listen(database.engine, "checkout", self._count)

    def _count(self, connection: Any, record: Any, proxy: Any) -> None:
        connection.set_progress_handler(self._step, 10)

    def _step(self) -> int:
        self.taken += 1
        return 0


def bot_with(folder: Path, pending: int, overdue: int = 0) -> tuple[Bot, Steps]:
    database = new_database(folder)
    fill(database, pending, overdue)
    steps = Steps(database)
    bot = Bot(database, [KEY], MovableClock(NOW), {"bench": MemoryPlatform()}, threaded=False)
    return bot, steps


def idle(bot: Bot, steps: Steps) -> int:
    """Steps of ten looks that find nothing."""

    async def look() -> None:
        for _ in range(10):
            assert await bot.alarms.run_due() == 0
            assert await bot.outbox.drain() == 0
            assert bot.next_due() is not None

    asyncio.run(look())
    steps.taken = 0
    asyncio.run(look())
    return steps.taken


def test_an_idle_look_costs_the_same_however_much_is_to_come(tmp_path: Path) -> None:
    """Given twenty times as many messages and deadlines, when nothing is due, then it costs no more."""
    few, lots = bot_with(tmp_path / "few", FEW), bot_with(tmp_path / "many", MANY)

    assert 0 < idle(*lots) <= 1.5 * idle(*few)

    few[0].close()
    lots[0].close()


def test_what_is_due_costs_the_same_however_much_is_to_come(tmp_path: Path) -> None:
    """Given twenty times as many to come, when a hundred are due, then each costs no more."""

    def drained(folder: Path, pending: int) -> int:
        bot, steps = bot_with(folder, pending, overdue=100)
        worked = asyncio.run(bot.outbox.drain())
        bot.close()
        assert worked >= 100
        return steps.taken

    assert drained(tmp_path / "many", MANY) <= 1.5 * drained(tmp_path / "few", FEW)


def test_what_is_to_come_takes_no_memory(tmp_path: Path) -> None:
    """Given twenty times as many, when the bot looks at what is due, then it holds none of the rest."""

    def peak(folder: Path, pending: int) -> int:
        bot, steps = bot_with(folder, pending)
        idle(bot, steps)
        tracemalloc.start()
        idle(bot, steps)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        bot.close()
        return most

    assert peak(tmp_path / "many", MANY) <= peak(tmp_path / "few", FEW) + (1 << 18)
