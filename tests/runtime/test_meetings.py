"""What is stored of a set's meetings: rhythm, place, answers, questions, reasons."""

from __future__ import annotations

from dataclasses import replace
from datetime import time, timedelta

from sqlalchemy import text, update

from bot.app.story import INSTALLATION
from bot.core.learning_set.meetings.held import RECOUNTED_BEFORE
from bot.core.learning_set.state import MeetingStatus, Reply
from bot.core.meeting.session import Facilitation
from bot.core.preferences import Preferences
from bot.core.signals import Pressed, Submitted, Typed
from bot.runtime.store.store import Store
from bot.runtime.store.tables.sets import learning_sets
from tests.runtime.people import action, found, founding, gesture, the_set

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


async def test_who_answered_by_reaction_while_the_bot_was_off_comes(bot, platform, clock):
    """Given an invitation that got a mark in an outage, when it is over, then it is an answer."""
    await found(bot.service, "Ana", "Ben")
    await bot.service.receive(gesture("Ana", Submitted("schedule", PLAN)))
    await bot.settle()
    invitation = next(m for m in platform.messages.values() if "✅" in m.card.reactions)
    platform.put_reaction(invitation.ref, "ben", "✅")
    starts = the_set(bot).starts_at(the_set(bot).planned()[0])

    clock.move_to(starts - RECOUNTED_BEFORE - timedelta(hours=1))
    assert await bot.service.reconcile() == 0
    clock.move_to(starts - timedelta(days=2))
    assert await bot.service.reconcile("slack:") == 0
    assert await bot.service.reconcile("demo:") >= 1

    assert the_set(bot).planned()[0].reply_of("ben") is Reply.COMING
    assert forgotten(bot) == the_set(bot)


async def test_a_set_from_before_there_were_rules_meets_every_so_many_weeks(bot):
    await found(bot.service, "Ana", "Ben")
    with bot.store.database.write() as connection:
        connection.execute(update(learning_sets).values(rhythm=None, rhythm_weeks=4))

    assert forgotten(bot) == replace(the_set(bot), rhythm="FREQ=WEEKLY;INTERVAL=4")


# --- how people want to be written to -------------------------------------------------------------

PREFERENCES = (("zone", "Asia/Kolkata"), ("quiet", "22-7"), ("direct", "on"))
OTHER = "#borealis"


async def test_settings_hold_in_every_set_of_a_person_and_in_those_to_come(bot):
    await found(bot.service, "Ana", "Ben")
    await bot.service.receive(gesture("Ana", founding(name="Borealis"), place=OTHER))
    await bot.service.receive(gesture("Ben", Pressed("agree"), place=OTHER))

    await bot.service.receive(gesture("Ben", Submitted("settings", PREFERENCES)))

    wanted = Preferences("Asia/Kolkata", time(22), time(7), language="en")
    with bot.store.reading() as unit:
        other = unit.room_of_place(INSTALLATION, OTHER).set
    assert the_set(bot).preferences_of("ben") == other.preferences_of("ben") == wanted
    assert forgotten(bot) == the_set(bot)
    assert the_set(bot).preferences_of("ana") == Preferences("Europe/London")

    await bot.service.receive(gesture("Ana", founding(name="Corona"), place="#corona"))
    await bot.service.receive(gesture("Ben", Pressed("agree"), place="#corona"))
    with bot.store.reading() as unit:
        third = unit.room_of_place(INSTALLATION, "#corona").set
    assert third.preferences_of("ben") == wanted


async def test_in_a_direct_message_settings_need_no_set_named(bot):
    await found(bot.service, "Ana", "Ben")
    await bot.service.receive(gesture("Ana", founding(name="Borealis"), place=OTHER))
    await bot.service.receive(gesture("Ben", Pressed("agree"), place=OTHER))

    form = await bot.service.form(gesture("Ben", Typed("settings"), place="", direct=True))

    assert form.title == "Your settings"
    handed = replace(Submitted("settings", PREFERENCES), subject=form.subject)
    answer = await bot.service.receive(gesture("Ben", handed, place="", direct=True))
    assert answer.refusal is None
    assert the_set(bot).preferences_of("ben").zone == "Asia/Kolkata"


# --- what can be taken back -----------------------------------------------------------------------


async def test_what_was_done_last_outlives_a_restart_and_is_purged_after_ten_minutes(bot, clock):
    await found(bot.service, "Ana", "Ben")
    await bot.service.receive(gesture("Ben", action("CANARY")))
    (kept,) = the_set(bot).actions
    await bot.service.receive(gesture("Ben", Pressed("partly", value=kept.id)))
    stored = forgotten(bot)
    assert stored == the_set(bot)
    assert stored.deeds[0].action == kept
    with bot.store.database.read() as connection:
        assert "CANARY" not in str(connection.execute(text("SELECT * FROM deeds")).all())

    clock.move_by(timedelta(minutes=11))
    counts = await bot.alarms.purge()

    assert counts["deeds"] == 1
    assert forgotten(bot).deeds == the_set(bot).deeds == ()


async def test_undo_through_the_service(bot):
    await found(bot.service, "Ana", "Ben")
    await bot.service.receive(gesture("Ben", action("Talk to Mia")))

    answer = await bot.service.receive(gesture("Ben", Typed("undo")))

    assert answer.told == ("Undone: the action is gone.",)
    assert forgotten(bot).actions == ()


async def test_turns_and_a_waiting_list_come_back_as_they_were(bot):
    await found(bot.service, "Ana", "Ben")
    await bot.service.receive(gesture("Ana", Pressed("skip_turn")))
    with bot.store.transaction() as unit:
        room = unit.room(the_set(bot).id)
        small = replace(room.set, size=2, facilitation=Facilitation.ROTATING)
        unit.changes.keep(INSTALLATION, room, replace(room, set=small), ())
    await bot.service.receive(gesture("Ana", Pressed("skip_turn")))
    await bot.service.receive(gesture("Zoe", Pressed("wait_for_place")))

    assert forgotten(bot) == the_set(bot)
    assert [m.person for m in the_set(bot).waiting] == ["zoe"]
    assert the_set(bot).member("ana").turn_at is not None


async def test_where_a_set_has_ended_another_can_be_founded(bot):
    await found(bot.service, "Ana", "Ben")
    first = the_set(bot)
    await bot.service.receive(gesture("Ana", Pressed("freeze")))
    assert forgotten(bot) == the_set(bot)
    await bot.service.receive(gesture("Ana", Pressed("end_set_sure")))

    await found(bot.service, "Zoe")

    assert the_set(bot).id != first.id
    assert forgotten(bot) == the_set(bot)
    assert bot.store.room(first.id).set.archived_at is not None


async def test_what_can_wait_is_sent_after_the_readers_quiet_hours(bot, clock, platform):
    await found(bot.service, "Ana", "Ben", facilitation="led")
    clock.move_by(timedelta(hours=4))
    invite = Typed("set people", (("add", "zoe"),))
    await bot.service.receive(gesture("Ana", invite))
    await bot.settle()
    assert not [m for m in platform.messages.values() if m.destination.person == "zoe"]

    clock.move_by(timedelta(hours=10, seconds=1))
    await bot.settle()

    (sent,) = (m for m in platform.messages.values() if m.destination.person == "zoe")
    assert sent.late_since is None
