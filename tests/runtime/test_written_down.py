"""A row as it is written and as it is claimed: whose it is, when it goes, what it is for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.app.bot import Bot
from bot.core.decision import Matter, Notice, Where
from bot.runtime.ports.outgoing import Op
from bot.runtime.store.outbox import claim as claiming
from bot.runtime.store.outbox.write import Intents
from bot.runtime.store.tables.messages import outbox
from tests.runtime.conftest import INSTALLATION, MONDAY
from tests.runtime.test_claims import SLOT, claim, settle, stored, want
from tests.runtime.test_holding_back import say
from tests.runtime.test_waiting import take_away, work

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'als.db'}"


def number(bot: Bot) -> int:
    """How many rows there are in all."""
    with bot.store.database.read() as connection:
        return connection.execute(select(func.count()).select_from(outbox)).scalar_one()


# --- written ---


def test_a_post_is_written_with_all_that_is_known_of_it(bot):
    say(bot, "s1:a", "ben", session="m1", after=MONDAY + MINUTE, until=MONDAY + HOUR)

    row = stored(bot, slot="s1:a")
    assert (row["installation_id"], row["set_id"], row["session_id"]) == (INSTALLATION, "s1", "m1")
    assert (row["destination"], row["person"], row["parent_slot"]) == ("person:ben", "ben", "")
    assert (row["kind"], row["op"], row["card"]) == ("notice", "post", "set")
    assert (row["subject_id"], row["dedupe_key"]) == ("s1", "post:s1:a")
    assert row["key"] == bot.vault.blind(INSTALLATION, "post:s1:a")[:32]
    assert row["due_at"] == row["not_before"] == MONDAY + MINUTE
    assert (row["expires_at"], row["made_at"]) == (MONDAY + HOUR, MONDAY)
    assert (row["state"], row["attempts"], row["claimed_at"]) == ("due", 0, None)


@pytest.mark.parametrize(
    ("where", "session", "parent"),
    [(Where.THREAD, "m1", "m1:board"), (Where.THREAD, "", ""), (Where.PLACE, "m1", "")],
    ids=["in a thread", "in no meeting", "in the place"],
)
def test_only_a_reply_hangs_on_the_board(bot, where: Where, session: str, parent: str):
    say(bot, "s1:a", where=where, session=session)

    row = stored(bot, slot="s1:a")
    assert (row["destination"], row["person"]) == ("set:s1", "")
    assert row["parent_slot"] == parent


def test_a_deletion_hangs_on_nothing_and_has_a_key_of_its_own(bot):
    want(bot)
    (post,) = claim(bot)
    settle(bot, post, "sent")

    take_away(bot, SLOT)

    row = stored(bot, "delete")
    assert (row["parent_slot"], row["dedupe_key"]) == ("", f"delete:{SLOT}")
    assert row["key"] != stored(bot)["key"]
    assert (row["kind"], row["state"], row["claim_id"]) == ("phase", "due", None)


def test_whoever_writes_hears_whether_there_was_anything(bot):
    def wrote(unit: Any, *slots: str, gone: str = "") -> bool:
        unit.installations.know(INSTALLATION)
        intents = unit.changes.intents()
        for slot in slots:
            notice = Notice(Matter.NOTICE, slot, "set", "s1", Where.PLACE)
            intents.say(INSTALLATION, "s1", "", notice)
        if gone:
            intents.take_away(INSTALLATION, "s1", "", gone)
        return bool(intents.write())

    assert work(bot, wrote) is False
    assert work(bot, lambda unit: wrote(unit, "s1:a", "s1:b")) is True
    assert work(bot, lambda unit: wrote(unit, gone="s1:a")) is True
    assert number(bot) == 2


def test_what_is_taken_back_in_the_same_breath_was_never_said(bot):
    def run(unit: Any) -> None:
        unit.installations.know(INSTALLATION)
        intents = unit.changes.intents()
        notice = Notice(Matter.BOARD, SLOT, "set", "s1", Where.PLACE)
        intents.say(INSTALLATION, "s1", "", notice)
        intents.take_away(INSTALLATION, "s1", "", SLOT)
        intents.write()

    work(bot, run)

    assert number(bot) == 0


@pytest.mark.parametrize("state", ["sending", "unsure", "sent"])
def test_what_may_stand_already_is_edited_and_taken_away_by_a_row_of_its_own(bot, state: str):
    want(bot)
    (post,) = claim(bot)
    if state != "sending":
        settle(bot, post, state)

    want(bot)
    take_away(bot, SLOT)

    assert stored(bot)["state"] == state
    assert stored(bot, "edit")["state"] == stored(bot, "delete")["state"] == "due"


def test_what_has_ended_is_neither_edited_nor_taken_away(bot):
    want(bot)
    (post,) = claim(bot)
    settle(bot, post, "ended")

    want(bot)
    take_away(bot, SLOT)

    assert number(bot) == 1


def test_a_newer_wish_changes_what_is_on_its_way_in_what_it_says_alone(bot, clock):
    want(bot)
    (post,) = claim(bot)
    settle(bot, post, "sent")
    want(bot)
    (edit,) = claim(bot)
    before = stored(bot, "edit")
    clock.move_by(MINUTE)

    want(bot, until=MONDAY + HOUR)

    row = stored(bot, "edit")
    assert (row["state"], row["attempts"]) == ("sending", 1)
    assert row["wanted_rev"] == edit.wanted_rev + 1
    assert row["not_before"] == before["not_before"]
    assert (row["due_at"], row["expires_at"]) == (MONDAY + MINUTE, MONDAY + HOUR)


def test_a_newer_wish_after_the_last_was_done_goes_at_once_and_from_the_start(bot, clock):
    want(bot)
    (post,) = claim(bot)
    settle(bot, post, "sent")
    want(bot)
    (edit,) = claim(bot)
    settle(bot, edit, "sent")
    clock.move_by(MINUTE)

    def other_card(unit: Any) -> None:
        intents = unit.changes.intents()
        notice = Notice(Matter.BOARD, SLOT, "other", "s2", Where.PLACE)
        intents.say(INSTALLATION, "s1", "", notice)
        intents.write()

    work(bot, other_card)

    row = stored(bot, "edit")
    assert (row["state"], row["attempts"]) == ("due", 0)
    assert row["due_at"] == row["not_before"] == MONDAY + MINUTE
    assert (row["card"], row["subject_id"]) == ("other", "s2")


def test_what_may_have_been_said_since_this_morning_is_looked_up_after_a_restore(bot):
    def run(unit: Any) -> None:
        unit.installations.know(INSTALLATION)
        intents = Intents(unit.connection, unit.vault, MONDAY, MONDAY)
        notice = Notice(Matter.NOTICE, SLOT, "set", "s1", Where.PLACE)
        meant, said_from = MONDAY + HOUR, MONDAY - HOUR
        intents.say(INSTALLATION, "s1", "", notice, meant, said_from=said_from)
        intents.write()

    work(bot, run)

    row = stored(bot)
    assert (row["state"], row["claimed_at"]) == ("unsure", MONDAY - HOUR)
    assert row["due_at"] == MONDAY + HOUR


# --- claimed ---


def test_what_is_claimed_is_told_whole(bot):
    say(bot, "m1:board", matter=Matter.BOARD)
    (board,) = claim(bot)
    settle(bot, board, "sent")
    more = {"until": MONDAY + HOUR, "where": Where.THREAD, "session": "m1"}
    say(bot, "s1:reply", **more)

    (row,) = claim(bot)

    assert (row.claim, row.claimed_at, row.platform_at) == ("me", MONDAY, None)
    assert (row.installation, row.set_id, row.session_id) == (INSTALLATION, "s1", "m1")
    assert (row.destination, row.person, row.op) == ("set:s1", "", Op.POST)
    assert (row.slot, row.key) == ("s1:reply", stored(bot, slot="s1:reply")["key"])
    assert (row.attempts, row.wanted_rev, row.unsure, row.again) == (1, 1, False, False)
    assert (row.due_at, row.expires_at, row.start) == (MONDAY, MONDAY + HOUR, MONDAY)
    assert (row.ref, row.parent, row.reactions, row.last_error) == ("", "ref1", "", "")
    assert row.notice == Notice(
        Matter.NOTICE, "s1:reply", "set", "s1", Where.THREAD, None, MONDAY + HOUR
    )


@pytest.mark.parametrize(("who", "where"), [("ben", Where.DIRECT), ("", Where.PLACE)])
def test_who_it_is_for_is_told_with_it(bot, who: str, where: Where):
    say(bot, "s1:a", who)

    (row,) = claim(bot)

    assert (row.notice.where, row.notice.to, row.person) == (where, who or None, who)


def test_the_row_keeps_who_claimed_it_when_and_how_often(bot, clock):
    there = MONDAY + 3 * SECOND
    want(bot)

    def run(unit: Any) -> Any:
        return claiming.claim(
            unit.connection,
            unit.vault,
            MONDAY,
            "me",
            {},
            lambda seq: 0.0,
            MONDAY,
            lambda installation: there if installation == INSTALLATION else None,
        )

    (row,) = work(bot, run)

    kept = stored(bot)
    assert (kept["state"], kept["claim_id"], kept["attempts"]) == ("sending", "me", 1)
    assert (kept["claimed_at"], kept["platform_at"]) == (MONDAY, there)
    assert row.platform_at == there
    assert kept["not_before"] == MONDAY + MINUTE

    settle(bot, row, "unsure")
    (again,) = claim(bot, MONDAY + HOUR, chance="you")

    kept = stored(bot)
    assert (kept["state"], kept["claim_id"], kept["attempts"]) == ("sending", "you", 1)
    assert (kept["claimed_at"], kept["platform_at"]) == (MONDAY, there)
    assert kept["not_before"] == MONDAY + HOUR + MINUTE
    assert (again.claimed_at, again.platform_at, again.attempts) == (MONDAY, there, 1)
    assert (again.unsure, again.last_error) == (True, "TimeoutError")


def test_nothing_is_claimed_where_nothing_waits(bot):
    assert bot.writer.do(bot.outbox._claim).result() == ()
