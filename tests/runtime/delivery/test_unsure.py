"""Of what may have left nobody knows: it rests, is looked up, and sent again only where it must."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from bot.core.decision import Matter
from bot.runtime.ports.outgoing import (
    Absent,
    Found,
    Outgoing,
    Unknown,
)
from tests.runtime.delivery.rows import (
    DAY,
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
    assert (kept["state"], kept["last_error_class"]) == ("unsure", "ConnectionResetError")
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
    clock.move_to(began + patience + MINUTE)
    await bot.outbox.step()

    kept = row(bot, slot)
    assert (kept["state"], kept["last_error_class"], kept["again"]) == ("due", "cannot_know", True)
    await bot.outbox.step()
    assert [out.again for out in platform.asked] == [False, True]


@pytest.mark.parametrize("op", ["edit", "delete"])
async def test_an_edit_or_deletion_of_which_nobody_knows_is_simply_done_again(
    bot, platform, clock, op: str
):
    slot = say(bot)
    await bot.outbox.drain()
    say(bot) if op == "edit" else take_away(bot, slot)
    platform.moods = [TimeoutError()]

    await bot.outbox.step()

    kept = row(bot, slot, op)
    assert (kept["state"], kept["attempts"]) == ("due", 1)
    assert 2 <= (kept["not_before"] - clock.now()).total_seconds() <= 2.5
    clock.move_by(3 * SECOND)
    await bot.outbox.step()
    assert row(bot, slot, op)["state"] == "sent"
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
