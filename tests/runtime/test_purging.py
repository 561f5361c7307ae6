"""What is over goes at the start, and whenever something is over: never by how long the bot has run."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy import func, insert, select

from bot.app.bot import Bot
from bot.core.learning_set.state import UNDO_WITHIN
from bot.core.person.retention import Data, span
from bot.runtime.alarms import PURGE_AT_LEAST, PURGE_REST
from bot.runtime.clock import MovableClock
from bot.runtime.store.store import Store
from bot.runtime.store.tables.installed import erasures
from tests.runtime.conftest import KEY, MONDAY
from tests.runtime.people import action, begin, found, gesture, running

MOMENT = timedelta(minutes=1)
TWENTY = timedelta(minutes=20)


async def until(what: Callable[[], bool]) -> None:
    """Wait until something is so, however busy the machine is."""
    for _ in range(3000):
        if what():
            return
        await asyncio.sleep(0.02)
    raise AssertionError("it never came to be")


def marks(bot: Bot) -> int:
    with bot.store.database.read() as connection:
        return connection.execute(select(func.count()).select_from(erasures)).scalar_one()


def holds(bot: Bot, number: int) -> bool:
    return marks(bot) == number


def keep_mark(bot: Bot) -> None:
    row = {"person_hash": str(bot.now()), "erased_at": bot.now()}
    bot.writer.do(lambda unit: unit.connection.execute(insert(erasures).values(row))).result()


async def test_a_host_that_restarts_every_twenty_minutes_deletes_all_the_same(reopen, platform):
    """Given lives of twenty minutes each, when something is over, then the next life deletes it."""
    clock = MovableClock(MONDAY, seed=1)
    for life in range(3):
        bot = Bot(reopen(), [KEY], clock, {"demo": platform})
        keep_mark(bot)
        assert marks(bot) == life + 1
        bot.close()
        clock.move_to(clock.now() + TWENTY)

    clock.move_to(MONDAY + span(Data.ERASURES) + MOMENT)
    for left in (2, 1, 0):
        bot = Bot(reopen(), [KEY], clock, {"demo": platform})
        await bot.start()
        await until(partial(holds, bot, left))
        await bot.stop()
        clock.move_to(clock.now() + TWENTY)


async def test_the_next_purge_comes_when_something_is_over(bot: Bot, clock):
    keep_mark(bot)
    await bot.alarms.purge()
    assert bot.alarms.next_purge() == PURGE_AT_LEAST

    clock.move_to(MONDAY + span(Data.ERASURES) - TWENTY)

    assert bot.alarms.next_purge() == TWENTY
    clock.move_to(clock.now() + TWENTY + MOMENT)
    assert (await bot.alarms.purge())["erasures"] == 1
    assert bot.alarms.next_purge() == PURGE_AT_LEAST


async def test_a_meeting_that_was_left_for_a_year_keeps_what_it_stands_on(bot: Bot, clock):
    await begin(bot, "Ana", "Ben", "Chidi")
    await bot.settle()
    board = running(bot).slot("board")

    clock.move_by(timedelta(days=400))
    await bot.alarms.purge()

    with bot.store.reading() as unit:
        assert unit.ref_of(board) is not None


async def test_it_rests_between_two(bot: Bot, clock):
    keep_mark(bot)

    clock.move_to(MONDAY + span(Data.ERASURES) - timedelta(seconds=3))

    assert bot.alarms.next_purge() == PURGE_REST


async def test_what_can_be_undone_no_more_goes_soon_after(bot: Bot, clock):
    await found(bot.service, "Ana")
    await bot.service.receive(gesture("Ana", action("Talk to Mia")))

    assert bot.alarms.next_purge() == UNDO_WITHIN


async def test_nothing_kept_is_looked_at_again_within_the_hour(bot: Bot):
    assert bot.alarms.next_purge() == PURGE_AT_LEAST


async def test_a_purge_that_fails_is_tried_again(bot: Bot, monkeypatch):
    """Given a purge that fails, then the next is planned all the same."""
    tries = []

    def breaks(store: Store) -> None:
        tries.append(store)
        raise RuntimeError

    monkeypatch.setattr("bot.runtime.alarms.PURGE_REST", timedelta(milliseconds=10))
    monkeypatch.setattr(bot.alarms, "purge", lambda: breaks(bot.store))
    await bot.start()
    await until(lambda: len(tries) > 2)
    await bot.stop()
