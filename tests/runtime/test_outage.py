"""After an outage each reader gets one message, of all their sets, and what it stands for is known."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.app.story import INSTALLATION, PLACE
from bot.core.cards import Quote
from bot.core.signals import Pressed
from bot.runtime.clock import MovableClock
from bot.runtime.ports.outgoing import Outgoing, Refused, Trouble
from bot.runtime.store.tables.messages import outbox
from bot.runtime.store.upkeep.sweeping import delete_set
from tests.adapters.promises import promised
from tests.runtime.people import found, founding, gesture

OTHER = "#borealis"


async def test_reminders_that_were_overtaken_are_gone_and_counted(bot, clock, platform, database):
    await found(bot.service, "Ana", "Ben")
    for what in ("Talk to Mia", "Ask Tom"):
        await promised(bot, INSTALLATION, PLACE, "ben", what, clock.now())
    await bot.settle()
    before = len(platform.log)
    clock.move_by(timedelta(weeks=6, days=1))

    await bot.settle()

    late = [m for _, m in platform.log[before:] if m.destination.person == "ben"]
    assert [m.card.title for m in late] == ["While I was away"]
    quoted = [b.words for b in late[0].card.blocks if isinstance(b, Quote)]
    assert quoted == ["Talk to Mia", "Ask Tom"]
    with database.read() as connection:
        query = select(outbox.c.state, outbox.c.last_error_class).where(outbox.c.card == "reminder")
        ends = [tuple(row) for row in connection.execute(query.order_by(outbox.c.due_at))]
    assert ends == [("expired", "overtaken")] * 3 + [("sent", None)]


async def of_two_sets(bot: Bot, clock: MovableClock) -> None:
    """Ben has promised something in each of two sets; then nobody sends anything for six weeks."""
    await found(bot.service, "Ana", "Ben")
    await bot.service.receive(replace(gesture("Ana", founding()), place=OTHER))
    await bot.service.receive(replace(gesture("Ben", Pressed("agree")), place=OTHER))
    await promised(bot, INSTALLATION, PLACE, "ben", "Talk to Mia", clock.now())
    await promised(bot, INSTALLATION, OTHER, "ben", "Ask Tom", clock.now())
    await bot.settle()
    clock.move_by(timedelta(weeks=6, days=1))


def told_ben(platform: MemoryPlatform) -> list[str]:
    """What the newest message to Ben quotes."""
    *_, newest = (m for _, m in platform.log if m.destination.person == "ben")
    return sorted(b.words for b in newest.card.blocks if isinstance(b, Quote))


async def test_what_comes_late_of_two_sets_is_one_message_and_loses_none(bot, clock, platform):
    await of_two_sets(bot, clock)
    before = len(platform.log)

    await bot.settle()

    assert sum(m.destination.person == "ben" for _, m in platform.log[before:]) == 1
    assert told_ben(platform) == ["Ask Tom", "Talk to Mia"]


async def test_what_waits_with_a_set_that_is_deleted_still_comes(bot, clock, platform, monkeypatch):
    async def full(self: object, out: Outgoing) -> str:
        raise Refused(Trouble.WAIT, "ratelimited", 60)

    await of_two_sets(bot, clock)
    with monkeypatch.context() as busy:
        busy.setattr(MemoryPlatform, "post", full)
        await bot.settle()
    with bot.store.reading() as unit:
        other = unit.room_of_place(INSTALLATION, OTHER).set
    await asyncio.wrap_future(bot.writer.do(lambda unit: delete_set(unit, other.id)))
    await bot.move_to(clock.now() + timedelta(hours=1))

    assert told_ben(platform) == ["Talk to Mia"]
