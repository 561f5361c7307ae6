"""What is held up between claim and request: by the lease, a database that is away, a claim in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from bot.app.bot import Bot
from bot.runtime.delivery import compose
from bot.runtime.ports.outgoing import (
    Found,
)
from bot.runtime.store.unit.loaded import Corrupt
from tests.runtime.delivery.rows import (
    MINUTE,
    SECOND,
    row,
    say,
)

# --- the lease ---


async def test_what_was_held_up_for_twenty_seconds_does_not_leave(bot, platform, clock):
    slot = say(bot)
    (claimed,) = bot.writer.do(bot.outbox._claim).result()
    clock.move_by(20 * SECOND)

    await bot.outbox._work(claimed)

    kept = row(bot, slot)
    assert (kept["state"], kept["last_error_class"]) == ("due", "lease_over")
    assert (kept["attempts"], kept["not_before"]) == (0, clock.now())
    assert platform.asked == []


async def test_what_was_held_up_for_less_leaves(bot, platform, clock):
    slot = say(bot)
    (claimed,) = bot.writer.do(bot.outbox._claim).result()
    clock.move_by(19.5 * SECOND)

    await bot.outbox._work(claimed)

    assert row(bot, slot)["state"] == "sent"


async def test_what_leaves_says_by_when_it_has_to(bot, platform, clock):
    say(bot)
    (claimed,) = bot.writer.do(bot.outbox._claim).result()
    clock.move_by(15 * SECOND)
    now = asyncio.get_running_loop().time()

    await bot.outbox._work(claimed)

    (out,) = platform.asked
    assert now + 4.5 < out.leave_by < now + 25


# --- a database that is away ---


def _fails_to_draw(monkeypatch, times: int, error: Exception) -> list[int]:
    tried: list[int] = []

    def draw(*args: Any) -> Any:
        tried.append(1)
        if len(tried) <= times:
            raise error
        return compose.draw(*args)

    monkeypatch.setattr("bot.runtime.delivery.outbox.draw", draw)
    return tried


async def test_a_database_that_is_away_is_waited_for_before_a_card_is_drawn(
    bot, platform, naps, monkeypatch
):
    _fails_to_draw(monkeypatch, 3, OperationalError("", {}, Exception()))
    slot = say(bot)

    await bot.outbox.step()

    assert naps.taken == [0.1, 1.0, 5.0]
    assert row(bot, slot)["state"] == "sent"


async def test_a_card_that_cannot_be_drawn_is_not_tried_again_and_again(bot, naps, monkeypatch):
    tried = _fails_to_draw(monkeypatch, 9, ValueError("wrong"))
    say(bot)

    with pytest.raises(ValueError, match="wrong"):
        await bot.outbox.step()

    assert (len(tried), naps.taken) == (1, [])


@pytest.mark.parametrize("state", ["due", "unsure"])
async def test_what_cannot_be_read_waits_for_ten_minutes_as_what_it_was(
    bot, platform, clock, monkeypatch, state: str
):
    slot, other = say(bot), say(bot, "other", who="ben")
    if state == "unsure":
        platform.moods = [TimeoutError(), TimeoutError()]
        await bot.outbox.step()
        clock.move_by(MINUTE)
        platform.seen = Found("there")
    _fails_to_draw(monkeypatch, 1, Corrupt("sets", "ValueError"))

    await bot.outbox.step()

    states = sorted(row(bot, each)["state"] for each in (slot, other))
    assert states == sorted([state, "sent"])
    kept = next(r for r in (row(bot, slot), row(bot, other)) if r["state"] == state)
    assert kept["last_error_class"] == "unreadable"
    assert kept["not_before"] == clock.now() + 10 * MINUTE
    assert kept["attempts"] == (1 if state == "unsure" else 0)


# --- a claim in doubt ---


@pytest.fixture
def in_doubt(bot: Bot) -> Iterator[list[int]]:
    """The next COMMITs of which nobody will know what became: as many as there are in the list."""
    left: list[int] = []

    def commit(connection: Any) -> None:
        bot.store.asks_after = ()
        if left:
            left.pop()
            connection.connection.driver_connection.execute("COMMIT")
            raise ConnectionError

    event.listen(bot.store.database.engine, "commit", commit)
    yield left
    event.remove(bot.store.database.engine, "commit", commit)


async def test_a_claim_of_which_nobody_knows_is_given_back_and_made_anew(
    bot, platform, naps, in_doubt
):
    slot = say(bot)
    in_doubt.append(1)

    await bot.outbox.step()

    assert naps.taken == [0.02]
    kept = row(bot, slot)
    assert (kept["state"], kept["attempts"]) == ("sent", 1)
    assert len(platform.asked) == 1


async def test_what_was_unsure_before_such_a_claim_is_so_after_it(bot, platform, clock, in_doubt):
    slot = say(bot)
    platform.moods = [TimeoutError()]
    await bot.outbox.step()
    clock.move_by(MINUTE)
    before = row(bot, slot)
    platform.seen = Found("there")
    in_doubt.append(1)

    assert await bot.outbox._take() is None

    kept = row(bot, slot)
    assert (kept["state"], kept["last_error_class"]) == ("unsure", "TimeoutError")
    assert kept["claimed_at"] == before["claimed_at"]
    await bot.outbox.step()
    assert row(bot, slot)["state"] == "sent"


async def test_where_another_process_chooses_there_is_nothing_to_give_back(
    bot, in_doubt, monkeypatch
):
    slot = say(bot)
    monkeypatch.setattr("bot.runtime.store.outbox.claim._my_turn", lambda connection: False)
    in_doubt.append(1)

    assert await bot.outbox._take() is None

    assert (row(bot, slot)["state"], row(bot, slot)["attempts"]) == ("due", 0)


async def test_a_settlement_of_which_nobody_knows_is_written_again(bot, platform, naps, in_doubt):
    slot = say(bot)
    (claimed,) = bot.writer.do(bot.outbox._claim).result()
    in_doubt.append(1)

    await bot.outbox._work(claimed)

    assert naps.taken == [0.1]
    assert row(bot, slot)["state"] == "sent"
    assert len(platform.asked) == 1
