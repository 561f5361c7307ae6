"""A bot over a database file, on a platform made of lists, with a clock moved by hand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.runtime.clock import MovableClock
from bot.runtime.rate_limit import Manners
from bot.runtime.store.database import Database
from tests.databases import begin
from tests.runtime.conftest import KEY, MONDAY


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "als.db"


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(MONDAY, seed=1)


@pytest.fixture
def platform() -> MemoryPlatform:
    return MemoryPlatform()


@pytest.fixture
def bot(file: Path, clock: MovableClock, platform: MemoryPlatform) -> Iterator[Bot]:
    database = Database(begin(file))
    demo = {"demo": platform}
    manners = Manners(operator="Mia")
    bot = Bot(database, [KEY], clock, demo, grace=0, threaded=False, manners=manners)
    yield bot
    bot.close()
