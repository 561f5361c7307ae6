"""What waits in the outbox: taken back before it went, at rest until something happens, counted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from bot.app.bot import Bot
from bot.core.decision import Matter, Notice, Where
from bot.core.signals import Change
from bot.runtime.store.outbox import overview, resting
from bot.runtime.store.outbox import settle as rows
from bot.runtime.store.outbox.write import Intents
from bot.runtime.store.tables.messages import destinations, outbox
from tests.runtime.conftest import INSTALLATION, MONDAY
from tests.runtime.test_claims import claim, settle, stored, want

OTHER = "s1:other"


def work(bot: Bot, run: Callable[[Any], Any]) -> Any:
    return bot.writer.do(run).result()


def take_away(bot: Bot, slot: str) -> None:
    def run(unit: Any) -> None:
        intents = unit.changes.intents()
        intents.take_away(INSTALLATION, "s1", "", slot)
        intents.write()

    work(bot, run)


def paused(bot: Bot, place: str) -> Any:
    query = select(destinations.c.paused_until, destinations.c.reason)
    with bot.store.database.read() as connection:
        return connection.execute(query.where(destinations.c.destination == place)).one()


def _rest(place: str, unit: Any) -> None:
    resting.rest(unit.connection, INSTALLATION, place, MONDAY, "shut")


def _pause(until: datetime, unit: Any) -> None:
    resting.pause(unit.connection, INSTALLATION, "p", until, str(until))


# --- taken back ---


def test_what_was_not_sent_yet_is_withdrawn_and_nothing_else(bot):
    want(bot)
    want(bot, OTHER)

    take_away(bot, "s1:board")

    row = stored(bot)
    assert (row["state"], row["last_error_class"]) == ("expired", "withdrawn")
    assert row["settled_at"] == MONDAY
    assert stored(bot, slot=OTHER)["state"] == "due"
    assert [row.slot for row in claim(bot)] == [OTHER]


def test_a_current_post_is_deleted_and_one_that_never_was_is_not(bot):
    want(bot)
    (post,) = claim(bot)
    settle(bot, post, "sent")

    take_away(bot, "s1:board")
    take_away(bot, "s1:never")

    (gone,) = claim(bot)
    assert (gone.op, gone.slot, gone.ref) == ("delete", "s1:board", "ref1")
    settle(bot, gone, "sent")
    assert claim(bot) == ()


def test_a_notice_is_said_once_however_often_it_is_wanted(bot):
    want(bot, matter=Matter.NOTICE)
    (post,) = claim(bot)
    settle(bot, post, "sent")

    want(bot, matter=Matter.NOTICE)

    assert claim(bot) == ()


def test_what_is_for_later_waits_until_then_and_what_is_for_earlier_goes_now(bot):
    want(bot, after=MONDAY + timedelta(hours=1))
    want(bot, OTHER, after=MONDAY - timedelta(hours=1))

    assert stored(bot)["due_at"] == stored(bot)["not_before"] == MONDAY + timedelta(hours=1)
    assert stored(bot, slot=OTHER)["due_at"] == MONDAY


# --- put back from a copy ---


@pytest.mark.parametrize(
    ("after", "state"), [(-60, "unsure"), (0, "unsure"), (15, "unsure"), (16, "due"), (None, "due")]
)
def test_what_was_meant_before_a_restore_is_looked_up_first(bot, after: int | None, state: str):
    """The copy is put back now; a clock that was ahead may have sent up to 15 minutes later."""
    meant = None if after is None else MONDAY + timedelta(minutes=after)

    def run(unit: Any) -> None:
        unit.installations.know(INSTALLATION)
        intents = Intents(unit.connection, unit.vault, MONDAY, MONDAY)
        notice = Notice(Matter.NOTICE, "s1:board", "set", "s1", Where.PLACE)
        intents.say(INSTALLATION, "s1", "", notice, meant)
        intents.write()

    work(bot, run)

    row = stored(bot)
    unsure = state == "unsure"
    assert (row["state"], row["claim_id"]) == (state, "restored" if unsure else None)
    assert row["claimed_at"] == (min(meant, MONDAY) if unsure and meant else None)
    assert row["due_at"] == (meant or MONDAY)


# --- at rest ---


def test_a_place_rests_until_the_very_reason_is_over(bot):
    want(bot)
    here, now = "set:s1", MONDAY
    work(bot, lambda unit: resting.rest(unit.connection, INSTALLATION, here, now, Change.SHARED))
    work(bot, lambda unit: resting.rest(unit.connection, INSTALLATION, here, now, "archived"))
    assert paused(bot, here) == (MONDAY + resting.REST, Change.SHARED)
    assert claim(bot) == ()
    until = stored(bot)["not_before"]

    work(bot, lambda unit: resting.wake(unit.connection, INSTALLATION, here, now, ["archived"]))
    work(bot, lambda unit: resting.wake(unit.connection, INSTALLATION, "x", now, [Change.SHARED]))
    assert stored(bot)["not_before"] == until > MONDAY

    work(bot, lambda unit: resting.wake(unit.connection, INSTALLATION, here, now, [Change.SHARED]))
    assert paused(bot, here) == (None, None)
    assert stored(bot)["not_before"] == MONDAY
    assert len(claim(bot)) == 1


def test_waking_one_place_leaves_what_waits_elsewhere(bot):
    want(bot)
    elsewhere = Notice(Matter.NOTICE, OTHER, "set", "s1", Where.DIRECT, "ben")

    def say(unit: Any) -> None:
        intents = unit.changes.intents()
        intents.say(INSTALLATION, "s1", "", elsewhere)
        intents.write()

    work(bot, say)
    for place in ("set:s1", "person:ben"):
        work(bot, partial(_rest, place))
    assert claim(bot) == ()

    work(bot, lambda unit: resting.wake(unit.connection, INSTALLATION, "set:s1", MONDAY, ["shut"]))

    assert stored(bot, slot=OTHER)["not_before"] > MONDAY
    assert [row.slot for row in claim(bot)] == ["s1:board"]


def test_the_longer_rest_counts(bot):
    for days in (2, 1):
        until = MONDAY + timedelta(days=days)
        work(bot, partial(_pause, until))

    assert paused(bot, "p")[0] == MONDAY + timedelta(days=2)


# --- counted ---


def test_what_came_too_late_was_refused_or_waits_is_counted_apart(bot):
    for n in range(4):
        want(bot, f"s1:{n}")
    taken = {row.slot: row for row in claim(bot)}

    def end(unit: Any) -> None:
        to = unit.connection
        rows.ended(to, taken["s1:0"], MONDAY, "expired", "too_late")
        rows.ended(to, taken["s1:1"], MONDAY, "dead", "gone")
        rows.ended(to, taken["s1:2"], MONDAY, "expired", "of_no_use")
        rows.later(to, taken["s1:3"], MONDAY, "archived", paused=True)

    assert _counts(bot) == (0, 0, 0)
    work(bot, end)

    assert _counts(bot) == (1, 1, 1)
    with bot.store.database.read() as connection:
        assert overview.undelivered(connection, "s2", MONDAY) == (0, 0, 0)
        assert overview.undelivered(connection, "s1", MONDAY + timedelta(seconds=1)) == (0, 0, 1)
        newest = overview.rows_of(connection, "s1", 2)
        assert [row["slot"] for row in newest] == ["s1:3", "s1:2"]
        assert overview.rows_of(connection, "s2") == []


def _counts(bot: Bot) -> tuple[int, int, int]:
    with bot.store.database.read() as connection:
        assert connection.execute(select(outbox.c.seq)).first() is not None
        return overview.undelivered(connection, "s1", MONDAY)
