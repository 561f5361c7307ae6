"""What becomes of a message: each answer of a platform, and none, with the row it leaves behind."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import OperationalError

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.core.decision import Matter, Notice, Where
from bot.core.signals import Change
from bot.runtime.clock import MovableClock
from bot.runtime.delivery import compose
from bot.runtime.ports.outgoing import (
    Absent,
    Found,
    LookedUp,
    NotSent,
    Outgoing,
    Refused,
    Trouble,
    Unknown,
)
from bot.runtime.store.tables.installed import installations, people
from bot.runtime.store.tables.messages import destinations, outbox
from bot.runtime.store.unit.loaded import Corrupt
from tests.runtime.conftest import INSTALLATION, KEY
from tests.runtime.people import found, the_set

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
DAY = 24 * HOUR


class Moody(MemoryPlatform):
    """Answers as it is told to, then well; knows what it was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.moods: list[Exception | None] = []
        self.asked: list[Outgoing] = []
        self.seen: LookedUp | Exception = Unknown()
        self.looked: list[tuple[Outgoing, datetime]] = []

    def _ask(self, out: Outgoing) -> None:
        self.asked.append(out)
        mood = self.moods.pop(0) if self.moods else None
        if mood is not None:
            raise mood

    async def post(self, out: Outgoing) -> str:
        self._ask(out)
        return await super().post(out)

    async def edit(self, out: Outgoing) -> None:
        self._ask(out)
        await super().edit(out)

    async def delete(self, out: Outgoing) -> None:
        self._ask(out)
        await super().delete(out)

    async def look_up(self, out: Outgoing, since: datetime) -> LookedUp:
        self.looked.append((out, since))
        if isinstance(self.seen, Exception):
            raise self.seen
        return self.seen


@pytest.fixture
def url(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'als.db'}"


@pytest.fixture
def platform() -> Moody:
    return Moody()


class Naps:
    """Waiting that moves the clock on instead."""

    def __init__(self, clock: MovableClock) -> None:
        self.taken: list[float] = []
        self._clock = clock

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        self._clock.move_by(timedelta(seconds=seconds))


@pytest.fixture
def naps(clock: MovableClock) -> Naps:
    return Naps(clock)


@pytest.fixture
async def bot(database, clock, platform, naps) -> Any:
    """A bot that has sent all it had to, of a set of two."""
    bot = Bot(database, [KEY], clock, {"demo": platform}, grace=0, threaded=False)
    bot.outbox.sleep = naps
    await found(bot.service, "Ana", "Ben")
    await bot.settle()
    platform.asked.clear()
    yield bot
    bot.writer.close()


def say(bot: Bot, slot: str = "said", who: str = "", **more: Any) -> str:
    """Something to be said in the set's place or to a person; the whole slot's name."""
    set_id, matter = the_set(bot).id, more.pop("matter", Matter.BOARD)
    session = more.pop("session", "")
    where = Where.DIRECT if who else Where.PLACE
    slot = f"{set_id}:{slot}"
    notice = Notice(matter, slot, more.pop("card", "set"), set_id, where, who or None, **more)

    def run(unit: Any) -> None:
        intents = unit.changes.intents()
        intents.say(INSTALLATION, set_id, session, notice)
        intents.write()

    bot.writer.do(run).result()
    return slot


def take_away(bot: Bot, slot: str) -> None:
    def run(unit: Any) -> None:
        intents = unit.changes.intents()
        intents.take_away(INSTALLATION, the_set(bot).id, "", slot)
        intents.write()

    bot.writer.do(run).result()


def row(bot: Bot, slot: str, op: str = "post") -> Any:
    """The row as it stands."""
    query = select(outbox).where(outbox.c.slot == slot, outbox.c.op == op)
    with bot.store.database.read() as connection:
        return connection.execute(query).mappings().one()


def words(bot: Bot) -> list[str]:
    """What the rows of the word about undelivered messages are for, by destination."""
    query = select(outbox.c.destination).where(outbox.c.card == "undelivered")
    with bot.store.database.read() as connection:
        return list(connection.execute(query).scalars())


# --- how much was done ---


async def test_it_says_how_many_rows_it_worked_on(bot):
    assert await bot.outbox.step() == 0
    for slot in "abc":
        say(bot, slot)

    assert await bot.outbox.drain() == 3
    assert await bot.outbox.drain() == 0
    assert bot.outbox.now() == bot.clock.now()


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
        assert kept["last_error_class"] == "not_sent"
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


# --- nobody knows ---


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


async def test_a_settlement_of_which_nobody_knows_is_written_again(bot, platform, naps, in_doubt):
    slot = say(bot)
    (claimed,) = bot.writer.do(bot.outbox._claim).result()
    in_doubt.append(1)

    await bot.outbox._work(claimed)

    assert naps.taken == [0.1]
    assert row(bot, slot)["state"] == "sent"
    assert len(platform.asked) == 1
