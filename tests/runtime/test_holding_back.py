"""What holds a message back, for how long, and what does not: pauses, paces, what it hangs on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete

from bot.app.bot import Bot
from bot.core.decision import Matter, Notice, Where
from bot.runtime.store.outbox import resting
from bot.runtime.store.outbox import settle as rows
from bot.runtime.store.outbox.claim import Pace
from bot.runtime.store.tables.installed import data_keys
from tests.runtime.conftest import INSTALLATION, MONDAY
from tests.runtime.test_claims import change, claim, settle, stored, want
from tests.runtime.test_waiting import OTHER, paused, take_away, work

BOARD = "s1:board"
ELSEWHERE = "demo:elsewhere"
IS_ELSEWHERE = data_keys.c.installation_id == ELSEWHERE
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'als.db'}"


def say(bot: Bot, slot: str, who: str = "", **more: Any) -> None:
    """A notice to a person, or to the set's place, perhaps meant earlier, perhaps in another installation."""
    installation = more.pop("installation", INSTALLATION)
    session, meant = more.pop("session", ""), more.pop("meant", None)
    where = Where.DIRECT if who else Where.PLACE
    where, matter = more.pop("where", where), more.pop("matter", Matter.NOTICE)
    notice = Notice(matter, slot, "set", "s1", where, who or None, **more)

    def run(unit: Any) -> None:
        unit.installations.know(installation)
        intents = unit.changes.intents()
        intents.say(installation, "s1", session, notice, meant)
        intents.write()

    work(bot, run)


def pause(bot: Bot, place: str, until: datetime, installation: str = INSTALLATION) -> None:
    work(bot, lambda unit: resting.pause(unit.connection, installation, place, until, "full"))


def pause_all(bot: Bot, installation: str, until: datetime) -> None:
    work(bot, lambda unit: resting.pause_installation(unit.connection, installation, until, "away"))


def taken(bot: Bot, now: datetime = MONDAY, **more: Any) -> list[str]:
    """The slots of what goes now, in order."""
    return [row.slot for row in claim(bot, now, **more)]


def waits(bot: Bot, slot: str, op: str = "post") -> timedelta:
    """How long after Monday this row is looked at again."""
    until: datetime = stored(bot, op, slot)["not_before"]
    return until - MONDAY


# --- pauses ---


def test_a_place_at_rest_gets_nothing_until_the_very_instant_it_is_over(bot):
    say(bot, OTHER, "ben")
    pause(bot, "person:ben", MONDAY + MINUTE)

    assert taken(bot) == []
    assert waits(bot, OTHER) == MINUTE
    assert taken(bot, MONDAY + MINUTE - SECOND) == []
    assert taken(bot, MONDAY + MINUTE) == [OTHER]


def test_of_two_rests_the_longer_holds(bot):
    say(bot, OTHER, "ben")
    pause(bot, "person:ben", MONDAY + MINUTE)
    pause_all(bot, INSTALLATION, MONDAY + HOUR)

    assert taken(bot) == []
    assert waits(bot, OTHER) == HOUR


def test_the_rest_of_another_person_or_installation_is_nothing_to_it(bot):
    say(bot, "s1:away", "ben", installation=ELSEWHERE)
    say(bot, OTHER, "ben")
    pause(bot, "person:chidi", MONDAY + HOUR)
    pause(bot, "person:ben", MONDAY + HOUR, ELSEWHERE)
    pause_all(bot, ELSEWHERE, MONDAY + MINUTE)

    assert taken(bot) == [OTHER]
    assert waits(bot, "s1:away") == HOUR


def test_what_is_over_is_claimed_though_its_place_rests_so_that_it_can_be_ended(bot):
    say(bot, OTHER, "ben", until=MONDAY + MINUTE)
    say(bot, "s1:useful", "ben", until=MONDAY + HOUR)
    pause(bot, "person:ben", MONDAY + HOUR)
    assert taken(bot, MONDAY) == []
    work(bot, lambda unit: rows.settled(unit.connection, OTHER, MONDAY))
    work(bot, lambda unit: rows.settled(unit.connection, "s1:useful", MONDAY))

    assert taken(bot, MONDAY + MINUTE) == [OTHER]


def test_a_message_that_nobody_can_unseal_any_more_is_in_nobodys_way(bot):
    """Given an installation that was burnt with its key, then the others go on."""
    say(bot, "s1:away", "ben", installation=ELSEWHERE)
    (away,) = claim(bot)
    settle(bot, away, "sent")
    work(bot, lambda unit: unit.connection.execute(delete(data_keys).where(IS_ELSEWHERE)))
    bot.vault.forget(ELSEWHERE)
    say(bot, OTHER, "ben")

    assert taken(bot) == [OTHER]


# --- what it hangs on ---


def test_a_reply_waits_for_the_message_it_hangs_on_and_goes_when_that_stands(bot):
    say(bot, BOARD, matter=Matter.BOARD)
    say(bot, "s1:reply", session="s1", where=Where.THREAD)

    (board,) = claim(bot)
    assert board.slot == BOARD
    assert waits(bot, "s1:reply") == 2 * MINUTE
    settle(bot, board, "sent")

    (reply,) = claim(bot)
    assert (reply.slot, reply.parent, reply.notice.where) == ("s1:reply", "ref1", Where.THREAD)


def test_an_edit_waits_where_nothing_stands_yet(bot):
    want(bot)
    (post,) = claim(bot)
    want(bot)
    settle(bot, post, "later")
    work(bot, lambda unit: rows.settled(unit.connection, "nothing", MONDAY))

    assert taken(bot) == []
    assert waits(bot, BOARD, "edit") == 2 * MINUTE


def test_of_two_wishes_for_one_slot_the_first_goes_and_the_second_after_it(bot):
    want(bot)
    (post,) = claim(bot)
    settle(bot, post, "sent")
    want(bot)
    take_away(bot, BOARD)

    (edit,) = claim(bot)
    assert edit.op == "edit"
    assert waits(bot, BOARD, "delete") == 2 * MINUTE
    settle(bot, edit, "sent")

    assert [row.op for row in claim(bot)] == ["delete"]


# --- unsure ---


def test_what_is_unsure_rests_to_its_last_half_second(bot):
    want(bot)
    (row,) = claim(bot)
    settle(bot, row, "unsure")

    assert taken(bot, MONDAY + HOUR, rested=lambda seq: 0.5) == []
    assert waits(bot, BOARD) == HOUR + SECOND / 2


def test_what_may_have_left_half_a_minute_ago_rests_for_the_other_half(bot):
    """Given a post that was perhaps on its way when a copy was put back, then it has time to land."""
    want(bot)
    change(bot, state="unsure", claim_id="restored", claimed_at=MONDAY - MINUTE / 2)

    assert taken(bot) == []
    assert taken(bot, MONDAY + MINUTE / 2 - SECOND) == []
    assert taken(bot, MONDAY + MINUTE / 2) == [BOARD]


def test_what_is_unsure_is_looked_up_though_its_place_rests(bot):
    want(bot)
    (row,) = claim(bot)
    settle(bot, row, "unsure")
    pause(bot, "set:s1", MONDAY + 2 * HOUR)

    assert taken(bot, MONDAY + HOUR) == [BOARD]


# --- paces ---


def crowd(bot: Bot, *people: str, **more: Any) -> None:
    for n, who in enumerate(people):
        say(bot, f"s1:{n}", who, **more)


def test_to_a_person_and_to_a_place_it_goes_in_steps_of_their_own(bot):
    paces = {"demo": Pace(place=5.0, person=2.0)}
    crowd(bot, "ben", "", "ben", "", "ben", "")

    assert taken(bot, paces=paces) == ["s1:0", "s1:1"]

    steps = [waits(bot, f"s1:{n}").total_seconds() for n in (2, 4, 3, 5)]
    assert steps == [2, 4, 5, 10]
    assert paused(bot, "person:ben") == (None, None)
    assert taken(bot, MONDAY + 2 * SECOND, paces=paces) == ["s1:2"]
    assert taken(bot, MONDAY + 3 * SECOND, paces=paces) == []


def test_the_whole_is_planned_two_seconds_ahead_and_the_rest_stands_in_line(bot):
    paces = {"demo": Pace(whole=1.0)}
    crowd(bot, "a", "b", "c", "d", "e")

    claimed = claim(bot, paces=paces)

    assert [row.start - MONDAY for row in claimed] == [0 * SECOND, SECOND, 2 * SECOND]
    assert [waits(bot, f"s1:{n}") for n in (3, 4)] == [3 * SECOND, 4 * SECOND]


def test_each_installation_has_a_pace_of_its_own_unless_it_is_shared(bot):
    crowd(bot, "a", "b", "c", "d")
    say(bot, "s1:elsewhere", "a", installation=ELSEWHERE)

    own = {row.slot: row.start for row in claim(bot, paces={"demo": Pace(whole=1.0)})}

    assert own["s1:elsewhere"] == MONDAY
    assert len(own) == 4


def test_a_shared_pace_is_kept_by_all_installations_together(bot):
    crowd(bot, "a", "b", "c", "d")
    say(bot, "s1:elsewhere", "a", installation=ELSEWHERE)

    assert len(claim(bot, paces={"demo": Pace(whole=1.0, shared=True)})) == 3

    assert waits(bot, "s1:elsewhere") == 4 * SECOND


def test_a_pace_is_shared_by_one_platform_and_not_with_another(bot):
    shared = Pace(whole=5.0, shared=True)
    say(bot, OTHER, "ben")
    say(bot, "s1:away", "ben", installation="second:one")

    assert taken(bot, paces={"demo": shared, "second": shared}) == [OTHER, "s1:away"]


def test_where_the_pace_is_shared_a_rest_still_counts(bot):
    say(bot, OTHER, "ben")
    pause(bot, "person:ben", MONDAY + MINUTE)

    assert taken(bot, paces={"demo": Pace(whole=1.0, shared=True)}) == []
    assert waits(bot, OTHER) == MINUTE


@pytest.mark.parametrize("rest", [1, 60])
def test_of_pace_and_rest_the_longer_holds(bot, rest: int):
    paces = {"demo": Pace(person=2.0)}
    crowd(bot, "ben", "ben")
    assert taken(bot, paces=paces) == ["s1:0"]
    pause(bot, "person:ben", MONDAY + rest * SECOND)

    work(bot, lambda unit: rows.settled(unit.connection, "s1:1", MONDAY))
    assert taken(bot, paces=paces) == []

    assert waits(bot, "s1:1") == max(rest, 2) * SECOND


def test_without_a_pace_everything_goes_at_once(bot):
    crowd(bot, "a", "a", "", "", "b")
    for who in "cde":
        say(bot, f"s1:late:{who}", who, meant=MONDAY - HOUR)

    assert len(taken(bot, paces={"demo": Pace(), "other": Pace(whole=9.0)})) == 8


# --- after an outage ---


@pytest.mark.parametrize(
    ("meant", "late", "at_once"),
    [(-60, 60.0, 1), (-60, 0.0, 3), (-4, 60.0, 3), (2, 60.0, 3), (0, 60.0, 3)],
    ids=["long ago", "no pace for it", "just now", "since it began", "as it began"],
)
def test_what_an_outage_left_behind_has_a_slower_pace(bot, meant: int, late: float, at_once: int):
    """Given three who wait, when it comes ten minutes after the start, then who was late goes slowly."""
    crowd(bot, "a", "b", "c", meant=MONDAY + meant * MINUTE)
    now = MONDAY + (0 * MINUTE if meant < 0 else 10 * MINUTE)

    assert len(claim(bot, now, paces={"demo": Pace(late=late)})) == at_once


def test_what_stands_is_not_slowed_down_after_an_outage(bot):
    crowd(bot, "a", "b", "c", meant=MONDAY - HOUR, matter=Matter.BOARD)

    assert len(taken(bot, paces={"demo": Pace(late=60.0)})) == 3


def test_the_next_that_was_left_behind_goes_a_step_later(bot):
    paces = {"demo": Pace(late=60.0)}
    crowd(bot, "a", "b", "c", meant=MONDAY - HOUR)
    say(bot, "s1:now", "d")

    assert taken(bot, paces=paces) == ["s1:0", "s1:now"]

    assert [waits(bot, f"s1:{n}") for n in (1, 2)] == [MINUTE, 2 * MINUTE]


# --- a backlog ---


def test_who_meets_now_goes_first_though_older_ones_fill_the_batch(bot):
    crowd(bot, "a", "b", "c")
    say(bot, BOARD, matter=Matter.BOARD)

    assert taken(bot, limit=2) == [BOARD, "s1:0", "s1:1"]


def test_who_meets_now_goes_first_where_the_batch_is_just_full(bot):
    crowd(bot, "a")
    say(bot, BOARD, matter=Matter.BOARD)

    assert taken(bot, limit=2) == [BOARD, "s1:0"]


def test_of_what_may_go_the_longest_due_is_taken_first(bot):
    say(bot, "s1:later", "a", after=MONDAY + MINUTE)
    crowd(bot, "b", "c")

    assert taken(bot, MONDAY + MINUTE, limit=2) == ["s1:0", "s1:1"]


def test_where_all_can_go_at_once_it_goes_in_the_order_of_its_making(bot):
    crowd(bot, "a", "b")
    say(bot, BOARD, matter=Matter.BOARD)

    assert taken(bot) == ["s1:0", "s1:1", BOARD]


def test_where_the_whole_has_a_pace_who_meets_now_comes_first(bot):
    crowd(bot, "a", "b")
    say(bot, BOARD, matter=Matter.BOARD)

    paces = {"demo": Pace(whole=0.01), "other": Pace()}
    assert taken(bot, paces=paces) == [BOARD, "s1:0", "s1:1"]
