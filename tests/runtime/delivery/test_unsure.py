"""Of what may have left nobody knows: it rests, is looked up, and sent again only where it must."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import update

from bot.app.bot import Bot
from bot.core.decision import Matter
from bot.runtime.ports.outgoing import (
    Absent,
    Found,
    Outgoing,
    Unknown,
)
from bot.runtime.store.tables.messages import outbox
from tests.runtime.delivery.rows import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    row,
    say,
    take_away,
)


async def test_a_post_of_which_nobody_knows_rests_for_a_minute_then_is_looked_up(
    bot, platform, clock
):
    slot = say(bot)
    sent_at = clock.now()
    platform.moods = [ConnectionResetError()]
    await bot.outbox.step()
    kept = row(bot, slot)
    assert (kept["state"], kept["last_error_class"]) == ("unsure", "ConnectionResetError")
    assert kept["not_before"] == sent_at + MINUTE
    clock.move_by(MINUTE)
    platform.seen = Found("there")

    await bot.outbox.step()

    assert row(bot, slot)["state"] == "sent"
    assert len(platform.asked) == 1
    ((out, since),) = platform.looked
    assert out.key == platform.asked[0].key
    assert since <= sent_at


async def test_a_post_that_is_surely_absent_is_sent_and_one_that_may_be_is_looked_up_again(
    bot, platform, clock
):
    slot = say(bot)
    platform.moods = [TimeoutError()]
    await bot.outbox.step()
    for seen, last in ((Absent(sure=False), "not_seen_yet"), (Unknown(), "look_up_unknown")):
        clock.move_by(MINUTE)
        platform.seen = seen
        await bot.outbox.step()
        kept = row(bot, slot)
        assert (kept["state"], kept["last_error_class"]) == ("unsure", last)
        assert kept["not_before"] == clock.now() + MINUTE
    clock.move_by(MINUTE)
    platform.seen = Absent()

    await bot.outbox.step()

    kept = row(bot, slot)
    assert (kept["state"], kept["last_error_class"]) == ("due", "looked_up_absent")
    assert (kept["attempts"], kept["not_before"]) == (0, clock.now())
    await bot.outbox.step()
    assert len(platform.asked) == 2
    assert not platform.asked[1].again


async def test_twice_not_seen_is_absent(bot, platform, clock):
    slot = say(bot)
    platform.moods = [TimeoutError()]
    platform.seen = Absent(sure=False)
    await bot.outbox.step()
    for _ in range(2):
        clock.move_by(MINUTE)
        await bot.outbox.step()

    assert row(bot, slot)["last_error_class"] == "looked_up_absent"


async def test_a_look_up_that_fails_is_made_again(bot, platform, clock):
    slot = say(bot)
    platform.moods = [TimeoutError()]
    platform.seen = ConnectionResetError()
    await bot.outbox.step()
    clock.move_by(MINUTE)

    await bot.outbox.step()

    kept = row(bot, slot)
    assert (kept["state"], kept["last_error_class"]) == ("unsure", "look_up_unknown")
    assert len(platform.asked) == 1


@pytest.mark.parametrize(
    ("session", "matter", "patience"),
    [
        ("m1", Matter.BOARD, 2 * MINUTE),
        ("", Matter.BOARD, DAY),
        ("m1", Matter.NOTICE, DAY),
    ],
    ids=["in a meeting", "outside", "a notice"],
)
async def test_where_it_cannot_be_looked_up_it_is_sent_again_in_the_end_and_says_so(
    bot, platform, clock, session: str, matter: Matter, patience: timedelta
):
    slot = say(bot, session=session, matter=matter)
    began = clock.now()
    platform.moods = [TimeoutError()]
    await bot.outbox.step()

    clock.move_to(began + patience - SECOND)
    await bot.outbox.step()
    assert row(bot, slot)["state"] == "unsure"
    clock.move_to(row(bot, slot)["not_before"])
    await bot.outbox.step()

    kept = row(bot, slot)
    assert (kept["state"], kept["last_error_class"], kept["again"]) == ("due", "cannot_know", True)
    await bot.outbox.step()
    assert [out.again for out in platform.asked] == [False, True]


async def test_a_deletion_of_which_nobody_knows_is_simply_done_again(bot, platform, clock):
    slot = say(bot)
    await bot.outbox.drain()
    take_away(bot, slot)
    platform.moods = [TimeoutError()]

    await bot.outbox.step()

    kept = row(bot, slot, "delete")
    assert (kept["state"], kept["attempts"], kept["again"]) == ("due", 1, False)
    assert 2 <= (kept["not_before"] - clock.now()).total_seconds() <= 2.5
    clock.move_by(3 * SECOND)
    await bot.outbox.step()
    assert row(bot, slot, "delete")["state"] == "sent"
    assert platform.looked == []


async def test_an_edit_of_which_nobody_knows_is_done_again_and_once_more_when_it_can_land_no_more(
    bot, platform, clock
):
    slot = say(bot)
    await bot.outbox.drain()
    say(bot)
    platform.moods = [TimeoutError()]
    await bot.outbox.step()
    kept = row(bot, slot, "edit")
    assert (kept["state"], kept["attempts"], kept["again"]) == ("due", 1, True)
    assert 2 <= (kept["not_before"] - clock.now()).total_seconds() <= 2.5
    clock.move_by(3 * SECOND)

    await bot.outbox.drain()

    kept = row(bot, slot, "edit")
    assert (kept["state"], kept["last_error_class"]) == ("due", "may_land_yet")
    assert (kept["not_before"], kept["sent_rev"]) == (
        clock.now() + MINUTE,
        kept["wanted_rev"] - 1,
    )
    clock.move_by(MINUTE)
    await bot.outbox.drain()
    kept = row(bot, slot, "edit")
    assert (kept["state"], kept["again"]) == ("sent", False)
    assert kept["sent_rev"] == kept["wanted_rev"]
    assert [out.op.value for out in platform.asked] == ["post", "edit", "edit", "edit"]
    assert not any(out.again for out in platform.asked)
    assert platform.looked == []


async def test_an_edit_that_a_process_died_with_is_simply_done_again(bot, platform, clock):
    slot = say(bot)
    await bot.outbox.drain()
    say(bot)
    assert len(bot.writer.do(bot.outbox._claim).result()) == 1
    clock.move_by(MINUTE)

    await bot.outbox.drain()

    assert row(bot, slot, "edit")["state"] == "sent"
    assert platform.looked == []


async def test_a_request_without_an_answer_is_given_up_after_its_time(bot, platform, monkeypatch):
    monkeypatch.setattr("bot.runtime.delivery.outbox.SEND_TIMEOUT", 0.05)
    slot = say(bot)

    async def hangs(out: Outgoing) -> str:
        await asyncio.Event().wait()
        raise AssertionError("nobody wakes it")

    monkeypatch.setattr(platform, "post", hangs, raising=False)
    async with asyncio.timeout(20):
        await bot.outbox.step()

    assert row(bot, slot)["state"] == "unsure"


# --- how long, and how often ---


async def test_the_longer_nobody_can_say_the_less_often_it_is_looked_up(bot, platform, clock):
    slot = say(bot)
    began = clock.now()
    platform.moods = [TimeoutError()]
    await bot.outbox.step()
    rests = []

    for after in (MINUTE, 8 * MINUTE, 2 * HOUR):
        clock.move_to(began + after)
        await bot.outbox.step()
        rests.append(row(bot, slot)["not_before"] - clock.now())

    assert rests == [MINUTE, 2 * MINUTE, 15 * MINUTE]


@pytest.mark.parametrize(
    ("of_use", "patience"),
    [(3 * MINUTE, 2 * MINUTE), (HOUR, HOUR / 2), (4 * DAY, DAY)],
    ids=["for minutes", "for an hour", "for days"],
)
@pytest.mark.parametrize("early", [True, False], ids=["before that", "then"])
async def test_what_is_of_use_for_a_while_is_sent_again_at_half_of_it(
    bot, platform, clock, of_use: timedelta, patience: timedelta, early: bool
):
    slot = say(bot, until=clock.now() + of_use)
    began = clock.now()
    platform.moods = [TimeoutError()]
    await bot.outbox.step()

    clock.move_to(began + patience - (SECOND if early else 0 * SECOND))
    await bot.outbox.step()

    assert row(bot, slot)["state"] == ("unsure" if early else "due")


# --- what is found, drawn or not ---


def no_more_to_say(bot: Bot, slot: str) -> None:
    """What it said is over."""
    gone = update(outbox).where(outbox.c.slot == slot).values(card="post", session_id="over")
    bot.writer.do(lambda unit: unit.connection.execute(gone)).result()


async def test_what_says_nothing_any_more_is_looked_up_where_it_was_sent(bot, platform, clock):
    slot = say(bot)
    platform.moods = [TimeoutError()]
    await bot.outbox.step()
    no_more_to_say(bot, slot)
    bot.store.restored_at = clock.now()
    clock.move_by(MINUTE)
    platform.seen = Found("there")

    await bot.outbox.step()

    assert row(bot, slot)["state"] == "sent"
    ((out, _),) = platform.looked
    assert out.card is None
    assert out.destination.place == platform.asked[0].destination.place != ""
    assert len(platform.asked) == 1


async def test_what_is_looked_up_is_shown_as_it_would_be_now(bot, platform, clock):
    say(bot)
    platform.moods = [TimeoutError()]
    await bot.outbox.step()
    clock.move_by(MINUTE)

    await bot.outbox.step()

    ((out, _),) = platform.looked
    assert out.card == platform.asked[0].card is not None


# --- where another database may have sent it ---


@pytest.mark.parametrize(
    ("restored", "edited"),
    [(None, False), (-SECOND, False), (0 * SECOND, True), (SECOND, True)],
    ids=["never", "before", "just then", "after"],
)
async def test_what_a_lost_database_sent_is_made_to_say_what_is_true(
    bot, platform, clock, restored: timedelta | None, edited: bool
):
    slot = say(bot)
    platform.moods = [TimeoutError()]
    await bot.outbox.step()
    bot.store.restored_at = None if restored is None else clock.now() + restored
    clock.move_by(MINUTE)
    platform.messages["there"] = next(iter(platform.messages.values()))
    platform.seen = Found("there")

    await bot.outbox.step()

    assert row(bot, slot)["state"] == "sent"
    edits = [(out.op.value, out.ref) for out in platform.asked[1:]]
    assert edits == ([("edit", "there")] if edited else [])


@pytest.mark.parametrize(
    ("restored", "up_for", "found"),
    [
        (True, 2 * MINUTE, "looked_up_absent"),
        (True, 2 * MINUTE - SECOND, "not_seen_yet"),
        (False, 2 * MINUTE, "not_seen_yet"),
    ],
    ids=["long enough", "not yet", "not restored"],
)
async def test_a_history_is_believed_once_nothing_of_a_lost_database_can_come(
    bot, platform, clock, restored: bool, up_for: timedelta, found: str
):
    clock.move_by(up_for - MINUTE)
    slot = say(bot)
    platform.moods = [TimeoutError()]
    await bot.outbox.step()
    bot.store.restored_at = clock.now() if restored else None
    clock.move_by(MINUTE)
    platform.seen = Absent(sure=False)

    await bot.outbox.step()

    assert row(bot, slot)["last_error_class"] == found
