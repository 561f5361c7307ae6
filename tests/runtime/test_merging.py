"""Which late messages become one, which do not, and what the one that goes says of the others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.core.decision import Matter, Where
from bot.runtime.store.outbox.claim import Pace
from tests.runtime.conftest import MONDAY
from tests.runtime.test_claims import claim, settle, stored
from tests.runtime.test_holding_back import ELSEWHERE, pause, say, taken, waits
from tests.runtime.test_waiting import work

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LATE = MONDAY - HOUR


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'als.db'}"


def told(row: Any) -> list[str]:
    """The slots of all that a claimed message says, in order."""
    return [one.notice.slot for one in row.told]


def test_what_comes_late_for_one_reader_is_one_message_carried_by_the_newest(bot):
    say(bot, "s1:newer", "ben", meant=LATE + MINUTE)
    say(bot, "s1:oldest", "ben", meant=LATE - MINUTE)
    say(bot, "s1:older", "ben", meant=LATE)

    (row,) = claim(bot)

    assert row.slot == "s1:newer"
    assert told(row) == ["s1:oldest", "s1:older", "s1:newer"]
    assert [one.due_at for one in row.told] == [LATE - MINUTE, LATE, LATE + MINUTE]
    gone = stored(bot, slot="s1:older")
    assert (gone["state"], gone["last_error_class"]) == ("expired", "merged")
    assert (gone["merged_into"], gone["settled_at"]) == (row.seq, MONDAY)
    assert stored(bot, slot="s1:newer")["merged_into"] is None


def test_of_those_meant_at_one_moment_the_last_that_was_made_carries(bot):
    for slot in ("s1:a", "s1:b", "s1:c"):
        say(bot, slot, "ben", meant=LATE)

    (row,) = claim(bot)

    assert told(row) == ["s1:a", "s1:b", "s1:c"]


@pytest.mark.parametrize(("before", "number"), [(5 * MINUTE, 2), (5 * MINUTE + SECOND, 1)], ids=str)
def test_late_is_what_is_more_than_five_minutes_over(bot, before: timedelta, number: int):
    for slot in ("s1:a", "s1:b"):
        say(bot, slot, "ben", meant=MONDAY - before)

    assert len(claim(bot)) == number


def test_what_is_due_just_now_comes_with_what_is_late(bot):
    say(bot, "s1:late", "ben", meant=LATE)
    say(bot, "s1:now", "ben")

    (row,) = claim(bot)

    assert told(row) == ["s1:late", "s1:now"]


def test_two_readers_get_one_each_and_so_do_two_installations(bot):
    for who, installation in (("ben", "demo:story"), ("ana", "demo:story"), ("ben", ELSEWHERE)):
        for n in range(2):
            say(bot, f"{installation}:{who}:{n}", who, meant=LATE, installation=installation)

    assert {row.slot: len(row.told) for row in claim(bot)} == {
        "demo:story:ben:1": 2,
        "demo:story:ana:1": 2,
        f"{ELSEWHERE}:ben:1": 2,
    }


@pytest.mark.parametrize(
    "more",
    [
        {"matter": Matter.BOARD},
        {"until": MONDAY},
        {"until": MONDAY - SECOND},
    ],
    ids=["stands", "just over", "over"],
)
def test_what_stands_or_is_over_is_merged_with_nothing(bot, more: dict[str, Any]):
    say(bot, "s1:late", "ben", meant=LATE)
    say(bot, "s1:other", "ben", meant=LATE, **more)

    assert sorted(taken(bot)) == ["s1:late", "s1:other"]


def test_what_is_of_use_for_another_second_is_told_with_the_others(bot):
    say(bot, "s1:late", "ben", meant=LATE)
    say(bot, "s1:other", "ben", meant=LATE, until=MONDAY + SECOND)

    assert taken(bot) == ["s1:other"]


def test_what_may_be_on_its_way_is_merged_with_nothing(bot):
    say(bot, "s1:first", "ben", meant=LATE)
    (first,) = claim(bot)
    settle(bot, first, "unsure")
    say(bot, "s1:second", "ben", meant=LATE)

    taken_now = claim(bot, MONDAY + HOUR)

    assert {row.slot: told(row) for row in taken_now} == {
        "s1:first": ["s1:first"],
        "s1:second": ["s1:second"],
    }


def test_what_is_beyond_the_batch_is_told_with_it_but_nothing_of_other_readers(bot):
    for n in range(3):
        say(bot, f"s1:ben:{n}", "ben", meant=LATE)
    say(bot, "s1:ana", "ana", meant=LATE)
    say(bot, "s1:away", "ben", meant=LATE, installation=ELSEWHERE)
    say(bot, BOARD, matter=Matter.BOARD, where=Where.PLACE)

    rows = {row.slot: told(row) for row in claim(bot, limit=1)}

    assert rows["s1:ben:2"] == ["s1:ben:0", "s1:ben:1", "s1:ben:2"]
    assert set(rows) == {"s1:ben:2", BOARD}
    assert stored(bot, slot="s1:ana")["state"] == "due"


BOARD = "s1:board"


@pytest.mark.parametrize(
    ("aside", "number"), [(10 * MINUTE, 2), (10 * MINUTE + SECOND, 1)], ids=["near", "far"]
)
def test_what_was_put_aside_for_a_while_is_told_with_it(bot, aside: timedelta, number: int):
    say(bot, "s1:aside", "ben", meant=LATE)
    pause(bot, "person:ben", MONDAY + aside)
    assert taken(bot) == []
    work(bot, _over)
    say(bot, "s1:now", "ben", meant=LATE + MINUTE)

    (row,) = claim(bot)

    assert waits(bot, "s1:aside") == aside
    assert len(row.told) == number


def _over(unit: Any) -> None:
    unit.connection.exec_driver_sql("UPDATE destinations SET paused_until = NULL")


def test_what_was_merged_into_one_that_is_merged_itself_goes_along(bot):
    say(bot, "s1:a", "ben", meant=LATE)
    say(bot, "s1:b", "ben", meant=LATE + MINUTE)
    (first,) = claim(bot)
    settle(bot, first, "later")
    say(bot, "s1:c", "ben", meant=LATE + 2 * MINUTE)

    (row,) = claim(bot, MONDAY + MINUTE)

    assert told(row) == ["s1:a", "s1:b", "s1:c"]
    assert stored(bot, slot="s1:a")["merged_into"] == row.seq


def test_one_alone_that_is_late_goes_as_it_is(bot):
    say(bot, "s1:late", "ben", meant=LATE)

    (row,) = claim(bot, paces={"demo": Pace()})

    assert (told(row), row.merged) == (["s1:late"], ())
