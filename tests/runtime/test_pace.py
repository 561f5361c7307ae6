"""Pace, pauses and leases: how fast it goes out, who waits for whom, and what may not leave at all."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.core.decision import Matter, Notice, Where
from bot.core.signals import Change, PlaceChanged
from bot.runtime.clock import MovableClock
from bot.runtime.ports.outgoing import NotSent, Outgoing, Refused, Trouble
from bot.runtime.store.database import Database
from bot.runtime.store.outbox import overview
from bot.runtime.store.outbox.claim import Pace
from tests.runtime.conftest import INSTALLATION, KEY
from tests.runtime.people import action, found, gesture, the_set

Made = Callable[..., Bot]


class Recording(MemoryPlatform):
    """A platform that writes down when each post came."""

    def __init__(self, clock: MovableClock) -> None:
        super().__init__()
        self.clock = clock
        self.came: list[tuple[datetime, Outgoing]] = []
        self.trouble: Refused | None = None

    async def post(self, out: Outgoing) -> str:
        if self.trouble is not None:
            raise self.trouble
        out.check_lease()
        self.came.append((self.clock.now(), out))
        return await super().post(out)


@pytest.fixture
def recording(clock: MovableClock) -> Recording:
    return Recording(clock)


@pytest.fixture
def paced(database: Database, clock: MovableClock, recording: Recording) -> Made:
    """A bot whose waiting moves the clock on instead."""

    def make(pace: Pace) -> Bot:
        bot = Bot(database, [KEY], clock, {"demo": recording}, paces={"demo": pace}, threaded=False)

        async def sleep(seconds: float) -> None:
            clock.move_by(timedelta(seconds=seconds))

        bot.outbox.sleep = sleep
        return bot

    return make


def say(bot: Bot, *people: str, number: int = 1, matter: Matter = Matter.NOTICE) -> None:
    """Notices to people (or to the set's place), each in a slot of its own."""
    set_id = the_set(bot).id

    def work(unit: object) -> None:
        intents = unit.changes.intents()  # type: ignore[attr-defined]
        for n in range(number):
            for who in people or ("",):
                where = Where.DIRECT if who else Where.PLACE
                slot = f"{set_id}:said:{who}:{n}"
                intents.say(
                    INSTALLATION,
                    set_id,
                    "",
                    Notice(matter, slot, "set", set_id, where, who or None),
                )
        intents.write()

    bot.writer.do(work).result()


async def drained(bot: Bot, clock: MovableClock) -> None:
    """Everything goes out, the clock moved on to each next row."""
    while (due := bot.next_due()) is not None and due < clock.now() + timedelta(hours=1):
        clock.move_to(due)
        await bot.outbox.drain()


async def test_a_place_takes_one_message_a_second(paced, recording, clock):
    bot = paced(Pace(place=1.0))
    await found(bot.service, "Ana", "Ben", "Chidi")
    await drained(bot, clock)
    recording.came.clear()

    say(bot, number=5)
    await drained(bot, clock)

    times = [at for at, _ in recording.came]
    assert len(times) == 5
    assert all(b - a >= timedelta(seconds=1) for a, b in pairwise(times))


async def test_the_pace_of_the_whole_is_kept_to_the_second(paced, recording, clock):
    bot = paced(Pace(whole=1 / 10, shared=True))
    people = tuple(f"p{n}" for n in range(6))
    await found(bot.service, "Ana", *people)
    await drained(bot, clock)
    recording.came.clear()

    say(bot, *people, number=14)
    await drained(bot, clock)

    times = sorted(at for at, _ in recording.came)
    assert len(times) == 84
    assert all(b - a >= timedelta(seconds=1) for a, b in zip(times, times[10:], strict=False))
    assert times[-1] - times[0] < timedelta(seconds=8.5)


async def test_who_meets_now_does_not_wait_behind_a_backlog(paced, recording, clock):
    bot = paced(Pace(whole=0.1))
    people = tuple(f"p{n}" for n in range(6))
    await found(bot.service, "Ana", *people)
    await drained(bot, clock)
    recording.came.clear()
    say(bot, *people, number=60)
    await bot.outbox.step()
    say(bot, matter=Matter.BOARD)
    began = clock.now()

    await drained(bot, clock)

    board = next(at for at, out in recording.came if out.destination.place)
    assert board - began < timedelta(seconds=6)
    assert len(recording.came) == 361


async def test_what_an_outage_left_behind_goes_out_slowly(paced, recording, clock):
    bot = paced(Pace())
    people = ("p1", "p2", "p3")
    await found(bot.service, "Ana", *people)
    await drained(bot, clock)
    recording.came.clear()
    say(bot, *people)
    clock.move_by(timedelta(hours=3))
    after = paced(Pace(late=3.0))

    await drained(after, clock)

    times = [at for at, _ in recording.came]
    assert len(times) == 3
    assert times[-1] - times[0] >= timedelta(seconds=6)
    assert all(out.late_since is not None for _, out in recording.came)


async def test_one_catch_up_for_each_reader_however_much_there_is(paced, recording, clock):
    bot = paced(Pace(place=1.0, person=1.0))
    people = ("p1", "p2", "p3")
    await found(bot.service, "Ana", *people)
    await drained(bot, clock)
    recording.came.clear()
    say(bot, *people, number=150)
    say(bot, number=90)
    clock.move_by(timedelta(days=8))

    await drained(bot, clock)

    readers = Counter(out.destination.person for _, out in recording.came)
    assert readers == {"p1": 1, "p2": 1, "p3": 1, "": 1}
    assert all(out.card.title == "Here's what you missed" for _, out in recording.came if out.card)


async def test_two_processes_share_one_pace(paced, recording, clock, database):
    one, other = paced(Pace(place=1.0)), paced(Pace(place=1.0))
    await found(one.service, "Ana", "Ben", "Chidi")
    await drained(one, clock)
    clock.move_by(timedelta(seconds=5))
    recording.came.clear()
    say(one, number=3)

    await one.outbox.drain()
    await other.outbox.drain()

    assert len(recording.came) == 1


async def test_a_process_that_slept_after_claiming_does_not_send(paced, recording, clock):
    bot = paced(Pace())
    await found(bot.service, "Ana", "Ben", "Chidi")
    await drained(bot, clock)
    recording.came.clear()
    say(bot)
    (row,) = bot.writer.do(bot.outbox._claim).result()
    clock.move_by(timedelta(seconds=21))

    await bot.outbox._work(row)

    assert recording.came == []
    await drained(bot, clock)
    assert len(recording.came) == 1


async def test_a_message_whose_lease_is_over_must_not_leave() -> None:
    out = Outgoing(op=None, installation="x", destination=None, key="k")
    now = asyncio.get_running_loop().time()

    replace(out, leave_by=now + 60).check_lease()
    with pytest.raises(NotSent):
        replace(out, leave_by=now - 1).check_lease()


async def test_a_place_that_refuses_is_paused_and_the_facilitator_told(paced, recording, clock):
    bot = paced(Pace())
    await found(bot.service, "Ana", "Ben", "Chidi")
    await drained(bot, clock)
    recording.archived.add("#aurora")
    recording.came.clear()
    say(bot, number=3)

    await bot.outbox.drain()
    await bot.outbox.drain()

    told = [out for _, out in recording.came if out.destination.person == "ana"]
    assert [out.card.title for out in told if out.card] == ["Some messages didn't arrive"]
    assert "invite me again" in str(told[0].card)
    recording.archived.clear()
    clock.move_by(timedelta(hours=2))
    await drained(bot, clock)
    assert sum(out.destination.place != "" for _, out in recording.came) >= 1
    with bot.store.database.read() as connection:
        assert overview.undelivered(connection, the_set(bot).id, clock.now())[2] == 0


async def test_a_place_that_refused_is_tried_at_once_when_it_is_open_again(paced, recording, clock):
    bot = paced(Pace())
    await found(bot.service, "Ana", "Ben", "Chidi")
    await drained(bot, clock)
    recording.archived.add("#aurora")
    say(bot, number=3)
    await bot.outbox.drain()
    recording.archived.clear()
    recording.came.clear()

    await bot.service.place_changed(INSTALLATION, "#aurora", PlaceChanged(Change.OPENED))
    await bot.outbox.drain()

    assert [out for _, out in recording.came if out.destination.place]


async def test_a_facilitator_who_takes_no_messages_is_told_in_the_place(paced, recording, clock):
    bot = paced(Pace())
    await found(bot.service, "Ana", "Ben", "Chidi")
    await bot.service.receive(gesture("Ben", action("I will call.")))
    await drained(bot, clock)
    recording.came.clear()
    recording.closed |= {"ana", "ben"}
    say(bot, "ben")

    await drained(bot, clock)

    (told,) = [out for _, out in recording.came if out.destination.place]
    assert told.card is not None
    assert told.card.title == "Some messages didn't arrive"


async def test_an_installation_without_rights_stops_at_once(paced, recording, clock):
    bot = paced(Pace())
    await found(bot.service, "Ana", "Ben", "Chidi")
    await drained(bot, clock)
    recording.came.clear()
    say(bot)
    recording.trouble = Refused(Trouble.INSTALLATION, "token_revoked")
    await bot.outbox.drain()
    recording.trouble = None

    say(bot, "ben", "chidi")
    await bot.outbox.drain()

    assert recording.came == []
    clock.move_by(timedelta(days=1, minutes=1))
    await drained(bot, clock)
    assert {out.destination.person for _, out in recording.came} == {"", "ben", "chidi"}
