"""A certain no, and what of it is written down; what is of no use is not sent at all."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.app.bot import Bot
from bot.core.decision import Matter
from bot.core.signals import Change
from bot.runtime.ports.outgoing import (
    NotSent,
    Refused,
    Trouble,
)
from bot.runtime.store.tables.installed import installations, people
from bot.runtime.store.tables.messages import destinations, outbox
from tests.runtime.delivery.rows import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    row,
    say,
    take_away,
    words,
)
from tests.runtime.people import the_set

# --- how much was done ---


async def test_it_says_how_many_rows_it_worked_on(bot):
    assert await bot.outbox.step() == 0
    for slot in "abc":
        say(bot, slot)

    assert await bot.outbox.drain() == 3
    assert await bot.outbox.drain() == 0
    assert bot.outbox.now() == bot.clock.now()


async def test_an_edit_leaves_the_message_where_it_stands(bot):
    slot = say(bot)
    await bot.outbox.drain()
    say(bot)

    await bot.outbox.drain()

    post, edit = row(bot, slot), row(bot, slot, "edit")
    assert edit["state"] == "sent"
    assert bot.vault.unseal(edit["message_ref"]) == bot.vault.unseal(post["message_ref"])


# --- not sent for certain ---


async def test_what_did_not_leave_is_tried_again_after_two_four_and_eight_seconds(
    bot, platform, clock
):
    slot = say(bot)
    platform.moods = [NotSent(), NotSent(), NotSent()]
    waits = []
    for attempt in (1, 2, 3):
        await bot.outbox.drain()
        kept = row(bot, slot)
        assert (kept["state"], kept["attempts"]) == ("due", attempt)
        assert (kept["last_error_class"], kept["again"]) == ("not_sent", False)
        waits.append((kept["not_before"] - clock.now()).total_seconds())
        clock.move_to(kept["not_before"])

    spread = 1 + int(row(bot, slot)["key"][:4], 16) / 0xFFFF / 4
    assert waits == pytest.approx([2 * spread, 4 * spread, 8 * spread], abs=0.001)
    assert 1 <= spread <= 1.25

    assert await bot.outbox.drain() == 1
    assert row(bot, slot)["state"] == "sent"


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [(7, 7.0), (0, 0.0), (-3, 0.0), (None, None)], ids=str
)
async def test_who_is_asked_to_wait_waits_as_long_as_was_said(
    bot, platform, clock, retry_after, seconds
):
    slot = say(bot)
    platform.moods = [Refused(Trouble.WAIT, "slow_down", retry_after)]

    await bot.outbox.step()

    kept = row(bot, slot)
    wait = (kept["not_before"] - clock.now()).total_seconds()
    assert kept["last_error_class"] == "slow_down"
    assert wait == seconds if seconds is not None else 2 <= wait <= 2.5


async def test_an_edit_is_given_up_after_twelve_tries_and_a_post_never(bot, platform, clock):
    standing = say(bot)
    await bot.outbox.drain()
    say(bot)
    post = say(bot, "posted")
    platform.moods = [Refused(Trouble.WAIT, "slow_down", 1)] * 26

    for _ in range(12):
        clock.move_by(2 * SECOND)
        await bot.outbox.drain()

    edit = row(bot, standing, "edit")
    assert (edit["state"], edit["attempts"]) == ("dead", 12)
    assert (row(bot, post)["state"], row(bot, post)["attempts"]) == ("due", 12)
    assert words(bot) == []


async def test_a_form_that_is_refused_goes_once_more_in_plain_words_then_not_at_all(
    bot, platform, clock
):
    slot = say(bot)
    platform.moods = [Refused(Trouble.FORM, "too_long"), Refused(Trouble.FORM, "too_long")]

    await bot.outbox.step()
    assert row(bot, slot)["not_before"] == clock.now() + SECOND
    clock.move_by(SECOND)
    await bot.outbox.step()

    assert [out.plain for out in platform.asked] == [False, True]
    kept = row(bot, slot)
    assert (kept["state"], kept["last_error_class"]) == ("dead", "too_long")
    assert words(bot) == ["person:ana"]


@pytest.mark.parametrize(("op", "state"), [("edit", "expired"), ("delete", "sent")])
async def test_what_is_gone_needs_no_edit_and_no_deletion(bot, platform, op: str, state: str):
    slot = say(bot)
    await bot.outbox.drain()
    say(bot) if op == "edit" else take_away(bot, slot)
    platform.moods = [Refused(Trouble.GONE, "message_not_found")]

    await bot.outbox.drain()

    kept = row(bot, slot, op)
    assert (kept["state"], kept["last_error_class"]) == (state, "message_not_found")
    assert words(bot) == []


async def test_a_person_who_takes_none_is_left_alone_for_a_week_and_the_facilitator_told(
    bot, platform, clock
):
    heard: list[tuple[str, bool]] = []

    async def reached(set_id: str, person: str, ok: bool) -> None:
        heard.append((person, ok))

    bot.outbox.reached = reached
    slot = say(bot, who="ben", matter=Matter.NOTICE)
    platform.moods = [Refused(Trouble.PERSON, "dm_closed")]

    await bot.outbox.step()

    kept = row(bot, slot)
    assert (kept["state"], kept["last_error_class"]) == ("dead", "dm_closed")
    assert _pause(bot, "person:ben") == (clock.now() + 7 * DAY, "dm_closed")
    with bot.store.database.read() as connection:
        direct = select(people.c.direct).where(people.c.person == "ben")
        assert connection.execute(direct).scalar_one() == "closed"
    assert words(bot) == ["person:ana"]
    assert heard == [("ben", False)]


async def test_of_a_welcome_that_is_refused_nobody_is_told_and_of_one_that_came_it_is_heard(
    bot, platform
):
    heard: list[tuple[str, bool]] = []

    async def reached(set_id: str, person: str, ok: bool) -> None:
        heard.append((person, ok))

    bot.outbox.reached = reached
    say(bot, "w1", who="ben", matter=Matter.WELCOME)
    say(bot, "n1", who="ana", matter=Matter.NOTICE)
    await bot.outbox.drain()
    say(bot, "w2", who="ben", matter=Matter.WELCOME)
    platform.moods = [Refused(Trouble.PERSON, "dm_closed")]
    await bot.outbox.drain()

    assert heard == [("ben", True), ("ben", False)]
    assert words(bot) == []


async def test_a_place_that_takes_none_rests_for_an_hour_and_the_facilitator_is_told_once_a_day(
    bot, platform, clock
):
    slot = say(bot)
    platform.moods = [Refused(Trouble.DESTINATION, "locked")]
    await bot.outbox.step()

    kept = row(bot, slot)
    assert (kept["state"], kept["attempts"], kept["paused_reason"]) == ("due", 0, "locked")
    assert kept["not_before"] == clock.now() + HOUR
    assert _pause(bot, "set:" + the_set(bot).id) == (clock.now() + HOUR, "locked")
    assert words(bot) == ["person:ana"]

    await bot.outbox.drain()
    for hours in (1, 25):
        clock.move_to(kept["not_before"] + (hours - 1) * HOUR)
        platform.moods = [Refused(Trouble.DESTINATION, "is_archived", change=Change.ARCHIVED)]
        await bot.outbox.step()
        assert len(words(bot)) == (1 if hours == 1 else 2)
    assert _pause(bot, "set:" + the_set(bot).id)[1] == Change.ARCHIVED


async def test_an_installation_without_rights_rests_for_a_day(bot, platform, clock):
    slot = say(bot)
    platform.moods = [Refused(Trouble.INSTALLATION, "token_revoked")]

    await bot.outbox.step()

    kept = row(bot, slot)
    assert (kept["state"], kept["attempts"], kept["paused_reason"]) == ("due", 0, "token_revoked")
    assert kept["not_before"] == clock.now() + DAY
    with bot.store.database.read() as connection:
        query = select(installations.c.paused_until, installations.c.status)
        assert connection.execute(query).one() == (clock.now() + DAY, "token_revoked")


def _pause(bot: Bot, place: str) -> Any:
    query = select(destinations.c.paused_until, destinations.c.reason)
    with bot.store.database.read() as connection:
        return tuple(connection.execute(query.where(destinations.c.destination == place)).one())


async def test_the_word_that_some_did_not_arrive_is_not_told_of_itself(bot, platform):
    say(bot, who="ben", matter=Matter.NOTICE)
    platform.moods = [Refused(Trouble.PERSON, "dm_closed"), Refused(Trouble.FORM, "no")]

    await bot.outbox.drain()
    bot.clock.move_by(SECOND)
    platform.moods = [Refused(Trouble.FORM, "no")]
    await bot.outbox.drain()

    assert words(bot) == ["person:ana"]


async def test_where_the_facilitator_takes_none_either_the_sets_own_place_is_told(bot, platform):
    closed = Refused(Trouble.PERSON, "dm_closed")
    say(bot, who="ben", matter=Matter.NOTICE)
    platform.moods = [closed, closed]

    await bot.outbox.drain()

    here = "set:" + the_set(bot).id
    assert sorted(words(bot)) == ["person:ana", here]
    aloud = platform.asked[-1]
    assert aloud.destination.place
    assert not aloud.destination.person


async def test_the_word_is_of_use_for_two_weeks_and_after_a_restore_looked_for_since_midnight(
    bot, platform, clock
):
    clock.move_by(timedelta(minutes=2, seconds=3, microseconds=4))
    bot.store.restored_at = clock.now()
    say(bot)
    platform.moods = [Refused(Trouble.DESTINATION, "locked")]

    await bot.outbox.step()

    with bot.store.database.read() as connection:
        (word,) = connection.execute(select(outbox).where(outbox.c.card == "undelivered"))
    midnight = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    assert word.slot == f"{the_set(bot).id}:undelivered:{midnight.date()}"
    assert (word.state, word.claimed_at) == ("unsure", midnight)
    assert word.expires_at == clock.now() + 14 * DAY


async def test_an_edit_is_not_given_up_for_want_of_a_platform(bot, platform):
    slot = say(bot)
    await bot.outbox.drain()
    say(bot)
    tried = update(outbox).where(outbox.c.op == "edit").values(attempts=12)
    bot.writer.do(lambda unit: unit.connection.execute(tried)).result()
    bot.platforms.clear()

    await bot.outbox.step()

    kept = row(bot, slot, "edit")
    assert (kept["state"], kept["last_error_class"]) == ("due", "no_platform")


# --- of no use, or not to be sent here ---


async def test_what_comes_too_late_is_not_sent_and_the_facilitator_told(bot, platform, clock):
    slot = say(bot, matter=Matter.NOTICE, until=clock.now() + MINUTE)
    clock.move_by(MINUTE)

    await bot.outbox.step()

    kept = row(bot, slot)
    assert (kept["state"], kept["last_error_class"]) == ("expired", "too_late")
    assert platform.asked == []
    assert words(bot) == ["person:ana"]


async def test_until_its_last_second_it_is_sent(bot, platform, clock):
    say(bot, matter=Matter.NOTICE, until=clock.now() + MINUTE)
    clock.move_by(MINUTE - SECOND)

    await bot.outbox.step()

    assert len(platform.asked) == 1


async def test_what_says_nothing_any_more_ends_and_nobody_is_told(bot, platform):
    slot = say(bot, card="post", session="over")

    await bot.outbox.step()

    kept = row(bot, slot)
    assert (kept["state"], kept["last_error_class"]) == ("expired", "of_no_use")
    assert platform.asked == []
    assert words(bot) == []


async def test_where_a_platform_is_not_connected_it_waits_a_minute_at_a_time(bot, platform, clock):
    slot = say(bot)
    here = bot.platforms.pop("demo")
    for _ in range(2):
        await bot.outbox.step()
        kept = row(bot, slot)
        assert (kept["state"], kept["attempts"]) == ("due", 0)
        assert (kept["last_error_class"], kept["not_before"]) == (
            "no_platform",
            clock.now() + MINUTE,
        )
        clock.move_by(MINUTE)

    bot.platforms["demo"] = here
    await bot.outbox.step()
    assert row(bot, slot)["state"] == "sent"
