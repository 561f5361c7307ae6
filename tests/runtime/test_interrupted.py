"""The bot is killed in a meeting, and comes back: by the note of when it was last there."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import cast

import pytest

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.core.learning_set.place import Room
from bot.core.signals import Typed
from bot.runtime.clock import Clock, MovableClock, SystemClock
from bot.runtime.process.pulse import Pulse
from bot.runtime.store import alive
from bot.runtime.store.unit.loaded import Corrupt
from tests.runtime.conftest import KEY, MONDAY, Open
from tests.runtime.people import begin, gesture, press, running, the_set

NAMES = ("Ana", "Ben", "Chidi", "Dana")
ELSEWHERE = "demo:elsewhere"
KEPT = "From your meeting"
TITLE = "This meeting was interrupted"


class Machine(SystemClock):
    """A machine whose clock runs on while the bot sleeps; nobody moves it for the bot."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


class Town:
    """One database and one platform; bots come and go."""

    def __init__(self, open_: Open, clock: Clock | None = None) -> None:
        self.open, self.platform = open_, MemoryPlatform()
        self.clock = clock or MovableClock(MONDAY, seed=1)
        self.bot = self.born()

    def born(self) -> Bot:
        """A fresh process over the same database; the one before was killed."""
        self.bot = Bot(self.open(), [KEY], self.clock, {"demo": self.platform}, threaded=False)
        return self.bot

    async def killed_for(self, **length: float) -> Bot:
        """Killed now, and started again so much later."""
        cast(MovableClock, self.clock).move_by(timedelta(**length))
        self.born()
        await self.bot.settle()
        return self.bot

    def messages(self) -> list[str]:
        """The titles of what was posted, in order."""
        return [m.card.title for m in self.platform.messages.values()]


@pytest.fixture
async def town(reopen: Open) -> Town:
    """A meeting in its check-in, with what there is to say said."""
    town = Town(reopen)
    await begin(town.bot, *NAMES)
    await town.bot.settle()
    return town


async def test_killed_for_ten_minutes_the_part_has_the_time_it_had(town: Town):
    ends_at = running(town.bot).clock.ends_at

    bot = await town.killed_for(minutes=10)

    assert running(bot).clock.ends_at == ends_at + timedelta(minutes=10)
    assert running(bot).step.phase == "check_in"
    assert TITLE not in town.messages()


@pytest.mark.parametrize("days", [3, 200])
async def test_killed_in_check_in_a_meeting_does_not_walk_again(town: Town, days: int):
    bot = await town.killed_for(days=days)

    assert running(bot).step.phase == "check_in"
    assert town.messages().count(TITLE) == 1
    answer = await bot.service.receive(gesture("Ben", Typed("start")))
    assert getattr(answer.told[0], "title", "") == TITLE
    assert (await press(bot, "Ben", "go_on_meeting")).refusal is None
    await bot.settle()
    assert running(bot).interrupted is None
    assert town.messages()[-1] == "Check-in"


async def test_unanswered_for_a_day_it_closes_and_everyone_gets_what_is_theirs(town: Town):
    bot = await town.killed_for(days=3)

    await bot.move_to(bot.now() + timedelta(days=1, minutes=1))

    assert not running(bot).live
    assert the_set(bot).session == ""
    kept = [m for m in town.platform.messages.values() if m.card.title.startswith(KEPT)]
    assert len(kept) == len(NAMES)


async def test_killed_again_while_it_waits_it_still_asks_once(town: Town):
    await town.killed_for(days=3)
    bot = await town.killed_for(days=3)

    assert running(bot).interrupted is not None
    assert town.messages().count(TITLE) == 1
    assert (await press(bot, "Ben", "go_on_meeting")).refusal is None


async def test_killed_while_telling_a_meeting_the_time_is_given_back_once(town: Town):
    ends_at = running(town.bot).clock.ends_at
    since = town.bot.now()
    bot = await town.killed_for(minutes=10)

    await bot.service.was_away(the_set(bot).id, since)

    assert running(bot).clock.ends_at == ends_at + timedelta(minutes=10)


async def test_a_press_before_anything_else_finds_the_meeting_told(town: Town):
    cast(MovableClock, town.clock).move_by(timedelta(days=3))
    bot = town.born()

    answer = await press(bot, "Ana", "spoken")

    assert answer.refusal is not None
    assert answer.refusal.code == "interrupted"


async def test_where_another_process_was_there_nobody_was_away(town: Town):
    before = running(town.bot)
    other = Bot(town.open(), [KEY], town.clock, {"demo": town.platform}, threaded=False)
    await other.settle()
    for _ in range(3):
        cast(MovableClock, town.clock).move_by(timedelta(minutes=1))
        await other.settle()

    bot = await town.killed_for(seconds=30)

    assert running(bot).clock == before.clock


async def test_a_clock_moved_by_hand_is_no_outage(town: Town):
    await town.bot.move_to(town.bot.now() + timedelta(weeks=6))

    assert running(town.bot).interruptions == ()
    assert running(town.bot).lost == timedelta(0)
    assert not running(town.bot).live


async def test_a_machine_that_slept_tells_its_meetings_before_they_ring(reopen: Open):
    machine = Machine(MONDAY)
    town = Town(reopen, machine)
    await begin(town.bot, *NAMES)
    await town.bot.settle()
    ends_at = running(town.bot).clock.ends_at

    machine.at += timedelta(minutes=20)
    answer = await press(town.bot, "Ana", "spoken")

    assert answer.refusal is None
    assert running(town.bot).clock.ends_at == ends_at + timedelta(minutes=20)

    machine.at += timedelta(hours=9)
    await town.bot.settle()
    assert running(town.bot).interrupted is not None


async def test_a_clock_that_was_put_back_is_no_outage_and_is_followed(reopen: Open):
    machine = Machine(MONDAY)
    town = Town(reopen, machine)
    await begin(town.bot, *NAMES)
    await town.bot.settle()
    before = running(town.bot).clock

    machine.at -= timedelta(hours=2)
    await town.bot.settle()

    assert running(town.bot).clock == before
    with town.bot.store.reading() as unit:
        assert alive.last(unit.connection) == machine.at


async def test_one_meeting_that_cannot_be_read_costs_the_others_nothing(town: Town):
    told: list[str] = []

    async def tell(set_id: str, since: datetime) -> None:
        told.append(set_id)
        if len(told) == 1:
            raise Corrupt("ValidationError", "session 1")

    with town.bot.store.transaction() as unit:
        unit.installations.know(ELSEWHERE)
        whole = Room(replace(the_set(town.bot), id="zzz", session="another"), None, "#elsewhere")
        unit.changes.keep(ELSEWHERE, Room(place="#elsewhere"), whole, ())
    cast(MovableClock, town.clock).move_by(timedelta(days=3))

    await Pulse(town.bot.store, town.bot.writer, town.clock, tell).look()

    assert len(told) == 2


async def test_between_meetings_nothing_is_noted(reopen: Open):
    town = Town(reopen)

    await town.bot.settle()

    with town.bot.store.reading() as unit:
        assert alive.last(unit.connection) is None
