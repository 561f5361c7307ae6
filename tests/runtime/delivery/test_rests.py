"""How long a claim may still leave, must rest and is looked for, by two clocks of which one may jump."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.core.decision import Matter, Notice, Where
from bot.runtime.delivery.rests import MOST_REMEMBERED, Rests
from bot.runtime.ports.outgoing import Op
from bot.runtime.store.outbox.take import Claimed
from tests.runtime.conftest import INSTALLATION, MONDAY
from tests.runtime.delivery.rows import DAY, HOUR, MINUTE, SECOND
from tests.runtime.test_platform_time import Jumping


def claimed(seq: int = 1, matter: Matter = Matter.NOTICE, **more: Any) -> Claimed:
    """A post that was claimed at six on Monday."""
    row = Claimed(
        seq=seq,
        claim="me",
        claimed_at=MONDAY,
        platform_at=None,
        installation=INSTALLATION,
        set_id="s1",
        session_id="",
        destination="set:s1",
        person="",
        op=Op.POST,
        slot="s1:said",
        key="0" * 32,
        attempts=1,
        wanted_rev=1,
        due_at=MONDAY,
        expires_at=None,
        notice=Notice(matter, "s1:said", "set", "s1", Where.PLACE),
        ref="",
        parent="",
        again=False,
        reactions="",
        last_error="",
        unsure=False,
        start=MONDAY,
    )
    return replace(row, **more)


@pytest.fixture
def clock() -> Jumping:
    return Jumping(MONDAY)


@pytest.fixture
def rests(clock: Jumping) -> Rests:
    return Rests(clock)


# --- the lease, and the rest ---


def test_of_a_lease_as_much_is_gone_as_by_the_clock_that_went_further(rests, clock):
    row = claimed()
    rests.claimed([row])
    assert rests.lease(row, clock.now()) == 20.0
    clock.move_by(5 * SECOND)
    assert rests.lease(row, clock.now()) == 15.0

    clock.jump(10 * SECOND)
    assert rests.lease(row, clock.now()) == 5.0
    assert rests.lease(row, MONDAY) == 15.0


def test_a_post_rests_a_minute_from_its_claim_or_from_the_start_whatever_the_wall_says(
    rests, clock
):
    clock.move_by(10 * SECOND)
    ours, anothers = claimed(1), claimed(2)
    rests.claimed([ours])
    clock.jump(HOUR)
    clock.move_by(20 * SECOND)

    assert rests.rest_of(ours.seq) == 40.0
    assert rests.rest_of(anothers.seq) == 30.0
    assert rests.up_for() == 30 * SECOND


def test_what_is_unsure_keeps_its_first_claim_until_it_is_forgotten(rests, clock):
    row = claimed()
    clock.move_by(5 * SECOND)
    rests.claimed([row])
    clock.move_by(50 * SECOND)
    rests.claimed([replace(row, unsure=True)])
    assert rests.rest_of(row.seq) == 10.0

    rests.forget(row)
    rests.forget(row)
    assert rests.rest_of(row.seq) == 5.0
    rests.claimed([row])
    assert rests.rest_of(row.seq) == 60.0


def test_of_very_many_those_of_a_day_ago_are_forgotten(rests, clock):
    rests.claimed(claimed(seq) for seq in range(MOST_REMEMBERED))
    clock.move_by(SECOND)
    rests.claimed([claimed(MOST_REMEMBERED)])
    clock.move_by(DAY - SECOND)

    rests.claimed([])

    assert rests.rest_of(MOST_REMEMBERED) == 60.0 - (DAY - SECOND).total_seconds()
    assert len(rests._claimed) == 1


# --- looking up ---


@pytest.mark.parametrize(
    ("looked", "rest"),
    [(MINUTE, MINUTE), (8 * MINUTE, 2 * MINUTE), (HOUR, 15 * MINUTE), (DAY, 15 * MINUTE)],
    ids=str,
)
def test_the_next_look_is_made_after_a_quarter_of_the_time_so_far(
    rests, clock, looked: timedelta, rest: timedelta
):
    row = claimed()
    rests.claimed([row])
    clock.move_by(looked)

    assert rests.next_look(replace(row, unsure=True)) == rest
    assert rests.next_look(row) == MINUTE


BOARD = claimed(session_id="m1", matter=Matter.BOARD)
PATIENCE = {
    "a board in a meeting": (BOARD, 2 * MINUTE),
    "a board that is of use for an hour": (replace(BOARD, expires_at=MONDAY + HOUR), 2 * MINUTE),
    "a board elsewhere": (claimed(matter=Matter.BOARD), DAY),
    "a notice": (claimed(session_id="m1"), DAY),
    "of use for an hour": (claimed(expires_at=MONDAY + HOUR), HOUR / 2),
    "due in half of it": (claimed(due_at=MONDAY + HOUR / 2, expires_at=MONDAY + HOUR), HOUR / 4),
    "due long before": (claimed(due_at=MONDAY - HOUR, expires_at=MONDAY + HOUR), HOUR / 2),
    "of use for three minutes": (claimed(expires_at=MONDAY + 3 * MINUTE), 2 * MINUTE),
    "of use for a week": (claimed(expires_at=MONDAY + 7 * DAY), DAY),
}


@pytest.mark.parametrize("kind", PATIENCE)
def test_what_cannot_be_looked_up_is_given_up_when_its_time_is_over(rests, clock, kind: str):
    row, patience = PATIENCE[kind]
    rests.claimed([row])

    clock.move_by(patience - SECOND)
    assert not rests.looked_long_enough(row, None)
    clock.move_by(SECOND)
    assert rests.looked_long_enough(row, None)


def test_where_the_wall_clock_jumps_the_process_looks_for_ten_minutes_itself(rests, clock):
    row = claimed()
    rests.claimed([row])
    clock.jump(2 * DAY)

    clock.move_by(10 * MINUTE - SECOND)
    assert not rests.looked_long_enough(row, None)
    clock.move_by(SECOND)
    assert rests.looked_long_enough(row, None)


def test_and_for_the_two_minutes_where_a_meeting_waits(rests, clock):
    rests.claimed([BOARD])
    clock.jump(2 * DAY)

    clock.move_by(2 * MINUTE - SECOND)
    assert not rests.looked_long_enough(BOARD, None)
    clock.move_by(SECOND)
    assert rests.looked_long_enough(BOARD, None)


def test_after_a_restore_the_day_counts_from_there(rests, clock):
    row = claimed()
    rests.claimed([row])
    clock.jump(2 * DAY)
    clock.move_by(10 * MINUTE)
    a_day_ago = clock.now() - DAY

    assert not rests.looked_long_enough(row, a_day_ago + SECOND)
    assert rests.looked_long_enough(row, a_day_ago)
    assert rests.looked_long_enough(row, MONDAY - DAY)
