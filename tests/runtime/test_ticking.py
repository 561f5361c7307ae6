"""One loop wakes at deadlines; the scheduler has only jobs that come round again, without data."""

import asyncio
from datetime import timedelta

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.runtime.clock import RunningClock
from bot.runtime.store.database import Database
from tests.runtime.conftest import KEY, MONDAY
from tests.runtime.people import begin

HANGS = 240.0


async def started(database: Database, platform: MemoryPlatform) -> tuple[Bot, RunningClock]:
    """A bot that rings by itself, in the middle of a meeting."""
    clock = RunningClock(MONDAY)
    bot = Bot(database, [KEY], clock, {"demo": platform}, grace=0, threaded=False)
    await bot.start()
    await begin(bot, "Ana", "Ben", "Chidi")
    return bot, clock


async def test_a_deadline_rings_though_the_scheduler_is_gone(database, platform, monkeypatch):
    """Given a meeting and no scheduler, when a deadline comes, then it rings."""
    bot, clock = await started(database, platform)
    assert bot._ticking is not None
    bot._ticking.stop()
    rung = asyncio.Event()
    real = bot.service.rang

    async def rang(timer):
        await real(timer)
        rung.set()

    monkeypatch.setattr(bot.service, "rang", rang)
    due, _ = bot.store.next_due()
    assert due is not None
    clock.move_to(max(due - timedelta(milliseconds=200), clock.now()))
    bot._kicked.set()

    async with asyncio.timeout(HANGS):
        await rung.wait()

    await bot.stop()


async def test_the_scheduler_has_nothing_that_belongs_to_a_meeting(database, platform):
    """Given a deadline within seconds, then no job of the scheduler is for it, and none has data."""
    bot, clock = await started(database, platform)
    due, _ = bot.store.next_due()
    assert due is not None
    clock.move_to(max(due - timedelta(seconds=5), clock.now()))
    await bot.settle()

    assert bot._ticking is not None
    jobs = bot._ticking._scheduler.get_jobs()
    assert {job.id for job in jobs} <= {"sweep", "purge", "backup"}
    assert all(not job.args and not job.kwargs for job in jobs)

    await bot.stop()
