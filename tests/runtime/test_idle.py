"""The outbox between messages: nothing is done where nothing is due, and nothing kept for ever."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.runtime.ports.outgoing import Outgoing, Refused, Trouble
from bot.runtime.store.outbox import claim as claiming
from bot.runtime.store.outbox.claim import Pace
from tests.runtime.conftest import KEY, MONDAY
from tests.runtime.delivery.rows import row, say
from tests.runtime.people import found, the_set
from tests.runtime.test_writer import Commits, Gate

SECOND, MINUTE, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'als.db'}"


class Busy(MemoryPlatform):
    """A platform that takes nothing for a while."""

    busy = False

    async def post(self, out: Outgoing) -> str:
        if self.busy:
            raise Refused(Trouble.WAIT, "slow_down", 1.0)
        return await super().post(out)


async def test_where_nothing_is_due_yet_nothing_is_written(bot, clock):
    await found(bot.service, "Ana", "Ben")
    await bot.settle()
    say(bot, after=clock.now() + MINUTE)
    commits = Commits(bot.store.database)

    assert await bot.outbox.step() == 0
    assert commits.count == 0
    clock.move_by(MINUTE)
    assert await bot.outbox.step() == 1


def test_before_its_first_claim_it_goes_by_the_clock(bot, clock):
    assert bot.outbox.now() == clock.now()


async def test_it_goes_by_the_servers_clock_where_that_is_another(bot, clock, monkeypatch):
    """Given a server whose clock is ahead, when something was claimed, then its time is known."""
    await found(bot.service, "Ana", "Ben")
    await bot.settle()
    monkeypatch.setattr(bot.store, "claim_time", lambda unit: unit.now + MINUTE)
    began: list[timedelta] = []
    real = claiming.claim

    def claim(*args, **more):
        began.append(args[6] - clock.now())
        return real(*args, **more)

    monkeypatch.setattr(claiming, "claim", claim)
    slot = say(bot)

    await bot.outbox.step()

    assert bot.outbox.now() == clock.now() + MINUTE
    assert row(bot, slot)["claimed_at"] == clock.now() + MINUTE
    assert began == [MINUTE]


class Telling(MemoryPlatform):
    """A platform that says what time it is there."""

    def time(self) -> datetime | None:
        return MONDAY + MINUTE


async def test_what_is_claimed_knows_the_platforms_own_time(bot):
    await found(bot.service, "Ana", "Ben")
    await bot.settle()
    slot = say(bot)
    bot.platforms["demo"] = Telling()

    (claimed,) = bot.writer.do(bot.outbox._claim).result()

    assert claimed.platform_at == row(bot, slot)["platform_at"] == MONDAY + MINUTE


async def paced(bot: Bot) -> Bot:
    """The same bot, but with three to say, one a second."""
    await found(bot.service, "Ana", "Ben")
    await bot.settle()
    pace = {"demo": Pace(whole=1.0)}
    slow = Bot(
        bot.store.database, [KEY], bot.clock, bot.platforms, grace=0, paces=pace, threaded=False
    )
    for slot in "abc":
        say(slow, slot)
    return slow


async def test_each_leaves_at_its_own_time(bot, clock):
    bot = await paced(bot)
    naps: list[float] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)
        clock.move_by(timedelta(seconds=seconds))

    bot.outbox.sleep = nap

    await bot.outbox.step()

    assert naps == [1.0, 1.0]


async def test_whoever_stops_while_it_waits_gives_back_what_waits(bot):
    bot = await paced(bot)
    sleeps = asyncio.Event()

    async def for_ever(seconds: float) -> None:
        sleeps.set()
        await asyncio.Event().wait()

    bot.outbox.sleep = for_ever
    sending = asyncio.ensure_future(bot.outbox.step())
    await sleeps.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)

    assert sending.cancelled()
    set_id = the_set(bot).id
    kept = [row(bot, f"{set_id}:{slot}") for slot in "abc"]
    assert [(one["state"], one["attempts"]) for one in kept] == [
        ("sent", 1),
        ("due", 0),
        ("due", 0),
    ]


async def test_while_another_process_chooses_it_waits_for_its_turn(bot, monkeypatch):
    await found(bot.service, "Ana", "Ben")
    await bot.settle()
    slot = say(bot)
    turns = iter([False, True])
    monkeypatch.setattr(claiming, "_my_turn", lambda connection: next(turns))
    naps: list[float] = []

    async def nap(seconds: float) -> None:
        naps.append(seconds)

    bot.outbox.sleep = nap

    assert await bot.outbox.step() == 1
    assert naps == [0.02]
    assert row(bot, slot)["attempts"] == 1


async def test_the_loop_goes_on_while_it_waits_for_the_writer(database, clock, platform):
    bot = Bot(database, [KEY], clock, {"demo": platform}, grace=0)
    await found(bot.service, "Ana", "Ben")
    gate = Gate(bot)
    sending = asyncio.ensure_future(bot.outbox.step())
    for _ in range(3):
        await asyncio.sleep(0)
    assert not gate.job.done()

    gate.open()

    assert await asyncio.wait_for(sending, 5) > 0
    bot.writer.close()


async def test_what_was_claimed_a_day_ago_is_not_remembered_where_there_is_much(
    bot, clock, monkeypatch
):
    busy = bot.platforms["demo"] = Busy()
    await found(bot.service, "Ana", "Ben")
    await bot.settle()
    monkeypatch.setattr("bot.runtime.delivery.rests.MOST_REMEMBERED", 2)
    busy.busy = True
    for slot in "abc":
        say(bot, slot, until=clock.now() + MINUTE)
    await bot.outbox.step()
    busy.busy = False
    assert len(bot.outbox._rests._claimed) == 3

    clock.move_by(DAY - SECOND)
    await bot.outbox.drain()
    assert len(bot.outbox._rests._claimed) >= 3

    clock.move_by(DAY)
    say(bot, "d")
    await bot.outbox.drain()

    assert bot.outbox._rests._claimed == {}
