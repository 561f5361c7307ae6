"""What is stored of a set's meetings: rhythm, place, answers, questions, reasons."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import text, update

from bot.core.learning_set import MeetingStatus, Reply
from bot.core.signals import Pressed, Submitted, Typed
from bot.runtime.store import Store
from bot.runtime.store.tables import learning_sets
from tests.runtime.people import found, gesture, the_set

PLAN = (("when", "2027-04-12T18:00"), ("every", "monthly"), ("where", "Room 2"))


def forgotten(bot):
    """The set as another process would read it: from its rows alone."""
    store = Store(bot.store.database, bot.vault, bot.clock)
    return store.room(the_set(bot).id).set


async def test_rhythm_place_and_answers_come_back_as_they_were(bot):
    await found(bot.service, "Ana", "Ben", "Chidi")
    await bot.service.receive(gesture("Ana", Submitted("schedule", PLAN)))
    meeting = the_set(bot).planned()[0].id
    for who, reply in (("Ben", "coming"), ("Chidi", "maybe"), ("Ben", "away")):
        await bot.service.receive(gesture(who, Pressed(reply, value=meeting)))

    stored = forgotten(bot)

    assert stored == the_set(bot)
    assert stored.rhythm == "FREQ=MONTHLY;INTERVAL=1;BYDAY=2MO"
    assert stored.link == "Room 2"
    assert stored.planned()[0].replied(Reply.AWAY) == ("ben",)
    assert stored.planned()[0].replied(Reply.MAYBE) == ("chidi",)


async def test_a_question_outlives_a_restart_and_a_move_forgets_the_answers(bot):
    await found(bot.service, "Ana", "Ben", "Chidi")
    await bot.service.receive(gesture("Ana", Submitted("schedule", PLAN)))
    meeting = the_set(bot).planned()[0].id
    await bot.service.receive(gesture("Ben", Pressed("coming", value=meeting)))
    words = (("when", "tuesday 6pm"),)
    asked = await bot.service.receive(gesture("Ana", Submitted("schedule", words)))
    assert forgotten(bot).proposal == the_set(bot).proposal is not None

    right = asked.told[0].buttons()[0]
    await bot.service.receive(gesture("Ana", Pressed(right.action, value=right.value)))

    (moved,) = the_set(bot).planned()
    assert (moved.sequence, moved.rsvps) == (1, ())
    assert forgotten(bot) == the_set(bot)


async def test_why_it_was_cancelled_is_sealed(bot):
    await found(bot.service, "Ana", "Ben")
    await bot.service.receive(gesture("Ana", Submitted("schedule", PLAN)))
    typed = Typed("cancel", (("reason", "CANARY"),))
    sure = (await bot.service.receive(gesture("Ana", typed))).told[0].buttons()[0]

    await bot.service.receive(gesture("Ana", Pressed(sure.action, value=sure.value)))

    cancelled = the_set(bot).meetings[0]
    assert (cancelled.status, cancelled.reason) == (MeetingStatus.CANCELLED, "CANARY")
    assert forgotten(bot) == the_set(bot)
    with bot.store.database.read() as connection:
        kept = connection.execute(text("SELECT * FROM meetings")).all()
    assert "CANARY" not in str(kept)


async def test_a_set_from_before_there_were_rules_meets_every_so_many_weeks(bot):
    await found(bot.service, "Ana", "Ben")
    with bot.store.database.write() as connection:
        connection.execute(update(learning_sets).values(rhythm=None, rhythm_weeks=4))

    assert forgotten(bot) == replace(the_set(bot), rhythm="FREQ=WEEKLY;INTERVAL=4")
