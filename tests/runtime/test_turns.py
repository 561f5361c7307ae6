"""Several processes over one PostgreSQL: who changes a set, and who waits meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from bot.app.bot import Bot
from bot.runtime.clock import MovableClock
from bot.runtime.process.postgres import lock_number
from bot.runtime.store.database import Database
from bot.runtime.writer import Job
from tests.runtime.conftest import KEY, Open, new_database

WAITS = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")


@pytest.fixture
def url(server: str) -> str:
    """SQLite has one process only."""
    return new_database(server)


@pytest.fixture
def threaded(database: Database, clock: MovableClock) -> Iterator[Bot]:
    bot = Bot(database, [KEY], clock, {})
    yield bot
    bot.writer.close()


async def test_while_one_process_changes_a_set_another_waits_for_it(threaded: Bot, reopen: Open):
    began: list[str] = []

    def change(name: str) -> Job:
        def run(unit: Any) -> None:
            began.append(name)

        return Job(run, about=lambda unit: name)

    elsewhere = reopen()
    with elsewhere.write() as connection:
        here = {"number": lock_number("aurora")}
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), here)
        threaded.writer.submit(change("borealis")).result(60)
        waiting = threaded.writer.submit(change("aurora"))
        for _ in range(3000):
            if connection.execute(WAITS).scalar_one() or waiting.done():
                break
            await asyncio.sleep(0.02)

        assert not waiting.done()
        assert began == ["borealis"]

    waiting.result(60)
    assert began == ["borealis", "aurora"]
