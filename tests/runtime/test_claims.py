"""A claimed message belongs to the process that claimed it last: what each may write, and when."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.app.bot import Bot
from bot.core.decision import Matter, Notice, Where
from bot.runtime.store.outbox import claim as claiming
from bot.runtime.store.outbox import settle as rows
from bot.runtime.store.outbox.take import Claimed
from bot.runtime.store.tables.messages import message_refs, outbox
from tests.runtime.conftest import INSTALLATION, MONDAY, Open

SLOT = "s1:board"
MINUTE = timedelta(minutes=1)


def want(bot: Bot, slot: str = SLOT, matter: Matter = Matter.BOARD, **more: Any) -> None:
    """A message is to stand in this slot; where it stands already, a newer one is."""

    def work(unit: Any) -> None:
        unit.installations.know(INSTALLATION)
        intents = unit.changes.intents()
        intents.say(INSTALLATION, "s1", "", Notice(matter, slot, "set", "s1", Where.PLACE, **more))
        intents.write()

    bot.writer.do(work).result()


def claim(bot: Bot, now: datetime = MONDAY, **more: Any) -> tuple[Claimed, ...]:
    """What a process takes that has just been started and claims once."""

    def work(unit: Any) -> Any:
        rested = more.get("rested", lambda seq: 0.0)
        paces = more.get("paces", {})
        chance, limit = more.get("chance", "me"), more.get("limit", claiming.BATCH)
        return claiming.claim(
            unit.connection, unit.vault, now, chance, paces, rested, MONDAY, limit=limit
        )

    return bot.writer.do(work).result() or ()


def settle(bot: Bot, row: Claimed, how: str) -> None:
    """What became of it, as its claimant writes it down."""

    def work(unit: Any) -> None:
        match how:
            case "sent":
                rows.sent(unit.transaction, [rows.Sent(row, "ref1")])
            case "later":
                rows.later(unit.connection, row, unit.now + MINUTE, "not_sent")
            case "unsure":
                rows.unsure(unit.connection, row, unit.now + MINUTE, "TimeoutError")
            case "ended":
                rows.ended(unit.connection, row, unit.now, "dead", "gone")

    bot.writer.do(work).result()


def stored(bot: Bot, op: str = "post", slot: str = SLOT) -> dict[str, Any]:
    """The row as it stands."""
    wanted = select(outbox).where(outbox.c.slot == slot, outbox.c.op == op)
    with bot.store.database.read() as connection:
        return dict(connection.execute(wanted).mappings().one())


def references(bot: Bot) -> int:
    with bot.store.database.read() as connection:
        return connection.execute(select(func.count()).select_from(message_refs)).scalar_one()


def change(bot: Bot, **values: Any) -> None:
    """Something that happened meanwhile, elsewhere."""
    statement = update(outbox).values(**values)
    bot.writer.do(lambda unit: unit.connection.execute(statement)).result()


def edited(bot: Bot) -> Claimed:
    """A post that stands, and an edit of it that is being sent."""
    want(bot)
    (post,) = claim(bot)
    settle(bot, post, "sent")
    want(bot)
    (edit,) = claim(bot)
    return edit


# --- a newer one is wanted ---


def test_an_edit_overtaken_while_it_was_sent_goes_once_more(bot):
    edit = edited(bot)
    want(bot)

    settle(bot, edit, "sent")

    row = stored(bot, "edit")
    assert (row["state"], row["wanted_rev"], row["sent_rev"]) == ("due", edit.wanted_rev + 1, 1)
    (again,) = claim(bot)
    settle(bot, again, "sent")
    assert stored(bot, "edit")["state"] == "sent"
    assert claim(bot) == ()


def test_an_edit_that_nobody_overtook_is_done(bot):
    settle(bot, edited(bot), "sent")

    assert stored(bot, "edit")["state"] == "sent"


def test_wanted_again_it_begins_anew_and_keeps_the_time_it_waits_until(bot):
    edit = edited(bot)
    settle(bot, edit, "later")
    waits = stored(bot, "edit")

    want(bot)

    row = stored(bot, "edit")
    assert (waits["attempts"], row["attempts"]) == (1, 0)
    assert row["not_before"] == waits["not_before"] == MONDAY + MINUTE


# --- whose it is ---


@pytest.mark.parametrize("how", ["sent", "later", "unsure", "ended"])
def test_what_another_process_has_claimed_since_is_left_to_it(bot, how: str):
    want(bot)
    (row,) = claim(bot)
    change(bot, claim_id="another")
    before = stored(bot)

    settle(bot, row, how)

    assert stored(bot) == before
    assert references(bot) == 0


@pytest.mark.parametrize(
    ("how", "state"),
    [("sent", "sent"), ("later", "due"), ("unsure", "unsure"), ("ended", "dead")],
)
def test_its_own_it_settles_and_no_other(bot, how: str, state: str):
    want(bot)
    want(bot, "s1:other")
    row = next(row for row in claim(bot) if row.slot == SLOT)
    other = stored(bot, slot="s1:other")

    settle(bot, row, how)

    assert stored(bot)["state"] == state
    assert stored(bot, slot="s1:other") == other
    assert references(bot) == (how == "sent")


# --- how long it is left alone ---


def test_what_is_on_its_way_is_left_alone_for_sixty_seconds(bot):
    want(bot)
    (first,) = claim(bot)

    assert claim(bot, MONDAY + timedelta(seconds=59), chance="you") == ()

    (second,) = claim(bot, MONDAY + timedelta(seconds=60), chance="you")
    assert (first.unsure, second.unsure) == (False, True)
    assert (first.attempts, second.attempts) == (1, 1)
    assert second.claimed_at == first.claimed_at == MONDAY
    assert (first.claim, second.claim) == ("me", "you")


def test_what_is_unsure_rests_by_the_clock_that_cannot_jump(bot):
    want(bot)
    (row,) = claim(bot)
    settle(bot, row, "unsure")
    later = MONDAY + timedelta(hours=1)

    assert claim(bot, later, rested=lambda seq: 7.0) == ()

    assert stored(bot)["not_before"] == later + timedelta(seconds=7)
    assert claim(bot, later + timedelta(seconds=6)) == ()
    (again,) = claim(bot, later + timedelta(seconds=7))
    assert again.unsure


def test_a_row_at_rest_is_not_looked_at_before_its_time(bot):
    want(bot)
    (row,) = claim(bot)
    settle(bot, row, "later")

    assert claim(bot, MONDAY + timedelta(seconds=59)) == ()
    assert len(claim(bot, MONDAY + MINUTE)) == 1


# --- what comes after what ---


def test_what_follows_in_a_slot_waits_until_it_is_settled(bot):
    want(bot)
    (post,) = claim(bot)
    want(bot)
    assert claim(bot) == ()
    assert stored(bot, "edit")["not_before"] == MONDAY + 2 * MINUTE

    settle(bot, post, "sent")

    assert stored(bot, "edit")["not_before"] == MONDAY
    (edit,) = claim(bot)
    assert edit.ref == "ref1"


def test_what_has_nothing_to_stand_on_ends_with_it(bot):
    want(bot)
    (post,) = claim(bot)
    want(bot)

    settle(bot, post, "ended")

    for op in ("post", "edit"):
        row = stored(bot, op)
        assert (row["state"], row["last_error_class"]) == ("dead", "gone")
        assert row["settled_at"] == MONDAY


def test_a_claim_is_counted_unless_it_was_no_try(bot):
    want(bot)
    (row,) = claim(bot)

    def not_counted(unit: Any) -> None:
        rows.later(unit.connection, row, MONDAY, "lease_over", count=False)

    bot.writer.do(not_counted).result()
    assert stored(bot)["attempts"] == 0

    (again,) = claim(bot)
    settle(bot, again, "later")
    assert stored(bot)["attempts"] == 1


def test_what_is_over_is_claimed_at_once_so_that_it_can_be_ended(bot):
    want(bot, matter=Matter.NOTICE, until=MONDAY + MINUTE)
    want(bot, "s1:other")
    claim(bot)
    change(bot, state="due", not_before=MONDAY)

    taken = claim(bot, MONDAY + MINUTE)

    assert {row.slot for row in taken} == {SLOT, "s1:other"}


# --- who chooses ---


def test_while_another_process_chooses_nobody_else_does(bot, reopen: Open):
    """On PostgreSQL two processes may ask at once: one of them is told to ask again.

    The other may be of another version, so the number of the lock never changes.
    """
    want(bot)
    other = reopen()

    if other.is_sqlite:
        assert len(claim(bot)) == 1
        return
    with other.write() as connection:
        connection.execute(select(func.pg_advisory_xact_lock(0x616C73)))
        taken = bot.writer.do(bot.outbox._claim).result()
        assert taken is None

    assert len(bot.writer.do(bot.outbox._claim).result()) == 1
