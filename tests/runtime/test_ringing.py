"""What wakes the bot: the nearest deadline, and nothing that could not be read a moment ago."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from bot.app.bot import Bot
from bot.runtime.alarms import Alarms, Ticking
from bot.runtime.clock import MovableClock, SystemClock
from bot.runtime.store.unit_of_work import Corrupt
from tests.runtime.conftest import MONDAY
from tests.runtime.people import begin

SECOND = timedelta(seconds=1)


class Nearest:
    """Alarms of which one knows when the next is due."""

    def __init__(self, due: datetime | None) -> None:
        self.due = due

    def next_due(self) -> datetime | None:
        return self.due

    def next_purge(self) -> timedelta:
        return timedelta(hours=1)

    async def purge(self) -> None:
        """Nothing is over."""


Woken = Callable[[Nearest], tuple[Any, asyncio.Event]]


@pytest.fixture
async def woken() -> AsyncIterator[Woken]:
    """A clock work that runs, and what says that it has rung."""
    running: list[Ticking] = []

    def make(alarms: Nearest) -> tuple[Any, asyncio.Event]:
        rang = asyncio.Event()

        async def work() -> None:
            alarms.due = None
            rang.set()

        clock = MovableClock(MONDAY, seed=1)
        running.append(Ticking(cast(Alarms, alarms), clock, work, back_up=work))
        running[-1].start()
        return running[-1]._scheduler, rang

    yield make
    for ticking in running:
        ticking.stop()


async def test_it_wakes_at_the_nearest_deadline(woken: Woken):
    before = SystemClock().now()

    scheduler, _ = woken(Nearest(MONDAY + 20 * SECOND))

    planned = scheduler.get_job("next").next_run_time
    assert before + 20 * SECOND <= planned <= SystemClock().now() + 20 * SECOND


async def test_what_is_further_off_than_the_next_sweep_needs_no_waking(woken: Woken):
    last, _ = woken(Nearest(MONDAY + 30 * SECOND))
    further, _ = woken(Nearest(MONDAY + 31 * SECOND))
    nothing, _ = woken(Nearest(None))

    assert last.get_job("next") is not None
    assert further.get_job("next") is None
    assert nothing.get_job("next") is None


async def test_what_is_due_already_is_done_at_once_and_then_the_next_is_planned(woken: Woken):
    alarms = Nearest(MONDAY - SECOND)
    scheduler, rang = woken(alarms)

    await asyncio.wait_for(rang.wait(), 60)

    assert scheduler.get_job("next") is None


async def test_what_is_due_before_the_last_waking_has_ended_is_not_forgotten(
    woken: Woken, monkeypatch: pytest.MonkeyPatch
):
    """Given a machine so busy that the next deadline comes while the last one is being seen to."""
    plan, times = Ticking.wake_at_next, []

    def slowly(self: Ticking) -> None:
        times.append(len(times))
        cast(Nearest, self._alarms).due = MONDAY if len(times) < 4 else None
        plan(self)
        time.sleep(0.05)

    monkeypatch.setattr(Ticking, "wake_at_next", slowly)
    monkeypatch.setattr("bot.runtime.alarms.SWEEP_SECONDS", 3600)
    woken(Nearest(MONDAY))

    async with asyncio.timeout(120):
        while len(times) < 4:  # noqa: ASYNC110  (nothing else tells)
            await asyncio.sleep(0.01)


async def test_it_sweeps_every_half_minute_and_asks_every_hour_for_a_copy(woken: Woken):
    before = SystemClock().now()
    scheduler, _ = woken(Nearest(None))

    assert scheduler.get_job("sweep").trigger.interval == 30 * SECOND
    copy = scheduler.get_job("backup")
    assert copy.trigger.interval == timedelta(hours=1)
    assert before + timedelta(minutes=1) <= copy.next_run_time
    assert copy.next_run_time <= SystemClock().now() + timedelta(minutes=1)


async def test_a_deadline_that_cannot_be_read_is_left_alone_for_a_minute(
    bot: Bot, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
):
    await begin(bot, "Ana", "Ben", "Chidi")
    await bot.settle()
    due = bot.next_due()
    assert due is not None
    clock.move_to(due)
    first, *_ = bot.store.due_timers(clock.now())
    tried: list[str] = []
    rang = bot.service.rang

    async def breaks(timer: Any) -> Any:
        tried.append(timer.key)
        if timer.key == first.key:
            raise Corrupt("timers", "ValueError")
        return await rang(timer)

    monkeypatch.setattr(bot.service, "rang", breaks)
    await bot.alarms.run_due()
    assert tried.count(first.key) == 1

    clock.move_by(59 * SECOND)
    await bot.alarms.run_due()
    assert tried.count(first.key) == 1

    clock.move_by(SECOND)
    await bot.alarms.run_due()
    assert tried.count(first.key) == 2


async def test_it_rings_what_is_due_by_the_time_it_is_told_and_says_how_many(
    bot: Bot, clock: MovableClock
):
    await begin(bot, "Ana", "Ben", "Chidi")
    await bot.settle()
    due = bot.next_due()
    assert due is not None

    assert await bot.alarms.run_due(due - SECOND) == 0
    assert await bot.alarms.run_due(due) == 1


async def test_the_next_due_is_the_nearest_of_deadlines_and_messages(bot: Bot):
    await begin(bot, "Ana", "Ben", "Chidi")
    timer, message = bot.store.next_due()
    assert timer is not None
    assert message is not None
    assert timer > message

    assert bot.alarms.next_due() == message
    assert bot.alarms.what_is_due(message) == (False, True)
    assert bot.alarms.what_is_due(message - SECOND) == (False, False)
