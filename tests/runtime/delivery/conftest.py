"""A bot that has sent all it had to, to a platform with moods."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.app.bot import Bot
from bot.runtime.clock import MovableClock
from bot.runtime.store.database import Database
from tests.runtime.conftest import KEY
from tests.runtime.delivery.rows import Moody, Naps
from tests.runtime.people import found


@pytest.fixture
def url(tmp_path: Path) -> str:
    """What becomes of a message is the same on both kinds."""
    return f"sqlite:///{tmp_path / 'als.db'}"


@pytest.fixture
def platform() -> Moody:
    """Takes all, unless it is told not to."""
    return Moody()


@pytest.fixture
def naps(clock: MovableClock) -> Naps:
    """How the outbox waits."""
    return Naps(clock)


@pytest.fixture
async def bot(
    database: Database, clock: MovableClock, platform: Moody, naps: Naps
) -> AsyncIterator[Bot]:
    """A bot of a set of two."""
    bot = Bot(database, [KEY], clock, {"demo": platform}, grace=0, threaded=False)
    bot.outbox.sleep = naps
    await found(bot.service, "Ana", "Ben")
    await bot.settle()
    platform.asked.clear()
    yield bot
    bot.writer.close()
