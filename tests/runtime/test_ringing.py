"""What wakes the bot: the nearest deadline, and nothing that could not be read a moment ago."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from bot.app.bot import Bot
from bot.runtime.alarms import PURGE_AT_LEAST, Ticking
from bot.runtime.clock import MovableClock, SystemClock
from bot.runtime.store.unit.loaded import Corrupt
from tests.runtime.people import begin
from tests.runtime.test_purging import until

SECOND = timedelta(seconds=1)


async def test_it_sweeps_every_half_minute_and_asks_every_hour_for_a_copy(bot: Bot):
    before, copies = SystemClock().now(), []

    async def back_up() -> None:
        copies.append(1)

    ticking = Ticking(bot.alarms, lambda: None, back_up)
    ticking.start()
    scheduler = ticking._scheduler
    try:
        sweep = scheduler.get_job("sweep")
        assert sweep.trigger.interval == 30 * SECOND
        assert (sweep.coalesce, sweep.max_instances) == (True, 1)
        copy = scheduler.get_job("backup")
        assert copy.trigger.interval == timedelta(hours=1)
        assert before + timedelta(minutes=1) <= copy.next_run_time
        assert copy.next_run_time <= SystemClock().now() + timedelta(minutes=1)
    finally:
        ticking.stop()


async def test_each_sweep_wakes_the_loop_until_it_is_stopped(bot: Bot):
    woken: list[bool] = []
    ticking = Ticking(bot.alarms, lambda: woken.append(True))
    ticking.stop()  # nothing runs yet
    ticking.start()

    await ticking._scheduler.get_job("sweep").func()
    assert woken == [True]

    ticking.stop()
    await asyncio.sleep(0)
    assert not ticking._scheduler.running


async def test_after_a_purge_the_next_is_planned_for_when_something_is_over(bot: Bot):
    ticking = Ticking(bot.alarms, lambda: None)
    ticking.start()
    scheduler = ticking._scheduler

    def rests() -> bool:
        job = scheduler.get_job("purge")
        return job is not None and job.next_run_time > SystemClock().now() + 60 * SECOND

    try:
        await until(rests)
        planned = scheduler.get_job("purge").next_run_time
        assert planned <= SystemClock().now() + PURGE_AT_LEAST

        # Whoever plans it again does so in the place of the one that was planned.
        ticking._purge_at(planned + SECOND)
        assert scheduler.get_job("purge").next_run_time == planned + SECOND
    finally:
        ticking.stop()


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
    assert not bot.alarms.what_is_due(clock.now())[0]

    clock.move_by(59 * SECOND)
    await bot.alarms.run_due()
    assert tried.count(first.key) == 1

    clock.move_by(SECOND)
    assert bot.alarms.what_is_due(clock.now())[0]
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


async def test_what_is_due_is_due_from_its_very_instant_on(bot: Bot, clock: MovableClock):
    assert bot.alarms.what_is_due(clock.now()) == (False, False)
    await begin(bot, "Ana", "Ben", "Chidi")
    await bot.settle()
    timer, _ = bot.store.next_due()
    assert timer is not None

    clock.move_to(timer - SECOND)
    assert not bot.alarms.what_is_due(clock.now())[0]
    clock.move_to(timer)
    assert bot.alarms.what_is_due(clock.now())[0]
