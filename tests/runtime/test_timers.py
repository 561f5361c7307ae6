"""Deadlines are derived, replaced with what they came from, and ring once."""

from datetime import timedelta

from sqlalchemy import select

from bot.app.bot import Bot
from bot.core import engine
from bot.core.signals import Submitted
from bot.runtime.store.tables.sets import timers
from tests.runtime.people import action, begin, found, gesture, press, running, the_set


def waiting(bot: Bot) -> set[tuple[str, str]]:
    """What is still to ring: its name and when."""
    query = select(timers.c.what, timers.c.due_at).where(timers.c.done_at.is_(None))
    with bot.store.database.read() as connection:
        return {(row.what, row.due_at.isoformat()) for row in connection.execute(query)}


def derived(bot: Bot) -> set[tuple[str, str]]:
    states = (the_set(bot), running(bot))
    return {(d.what, d.at.isoformat()) for s in states for d in engine.deadlines(s)}


async def test_what_waits_is_exactly_what_follows_from_the_state(bot):
    await begin(bot, "Ana", "Ben", "Chidi")
    assert waiting(bot) == derived(bot) != set()

    for who in ("Ana", "Ben", "Chidi"):
        await press(bot, who, "spoken")
    assert waiting(bot) == derived(bot)


async def test_a_moved_meeting_takes_its_deadlines_with_it(bot):
    await found(bot.service, "Ana", "Ben", "Chidi")
    for when in ("2027-03-20T18:00", "2027-03-27T18:00"):
        await bot.service.receive(gesture("Ana", Submitted("schedule", (("when", when),))))

    assert ("start", "2027-03-27T18:00:00+00:00") in waiting(bot)
    assert not any(
        at.startswith("2027-03-20T18:00") for what, at in waiting(bot) if what == "start"
    )


async def test_a_deadline_that_no_longer_applies_rings_without_effect(bot, clock):
    await begin(bot, "Ana", "Ben", "Chidi")
    clock.move_by(timedelta(minutes=8))
    due = bot.store.due_timers(clock.now())
    for who in ("Ana", "Ben", "Chidi"):
        await press(bot, who, "spoken")
    before = running(bot)

    for timer in due:
        await bot.service.rang(timer)

    assert due != ()
    assert running(bot) == before


async def test_a_deadline_that_is_delivered_twice_is_one(bot, clock):
    await found(bot.service, "Ana", "Ben", "Chidi")
    await bot.service.receive(gesture("Ana", action("I will call.", due="2027-03-20")))
    at = min(t for _, t in waiting(bot))
    (timer,) = bot.store.due_timers(clock.now().fromisoformat(at))
    clock.move_to(timer.due_at)

    await bot.service.rang(timer)
    await bot.service.rang(timer)
    await bot.settle()

    log = bot.platforms["demo"].log
    assert [what for what, message in log if message.destination.person == "ana"].count("post") == 2


async def test_sleeping_through_many_deadlines_rings_each_once(bot, clock):
    await begin(bot, "Ana", "Ben", "Chidi")
    clock.move_by(timedelta(days=3))

    rung = await bot.alarms.run_due()

    assert rung > 0
    assert await bot.alarms.run_due() == 0
    assert running(bot).closed_at is not None or not bot.store.due_timers(clock.now())
