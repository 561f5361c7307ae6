"""The running process under a moved wall clock: each restart sends what is due then, nothing else."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import Bot, open_database
from bot.core.actions import ActionPoint
from bot.core.learning_set import Meeting, MeetingStatus, Member, SetState
from bot.core.room import Room
from bot.core.session import Facilitation
from bot.runtime.clock import MovableClock
from tests.processes.town import HANGS, INSTALLATION, KEY, BotProcess, Json, Town

MONDAY = datetime(2027, 3, 1, 18, tzinfo=UTC)
"""The meeting, in winter time; six weeks later clocks in London have gone forward."""

WALL = datetime.fromisoformat("2027-03-01T18:00")
LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
needs_faketime = pytest.mark.skipif(not LIBRARIES, reason="faketime is not installed")
PLACE = "#aurora"
REMINDER = "You asked me to ask about your action."
FOLLOW_UP = "Six weeks have passed since your meeting."


def planted(folder: Path) -> None:
    """A set that has met on Monday: Ben left with two actions, one of them shared; it meets in May."""
    path = folder / "als.db"
    database = open_database(f"sqlite:///{path}", MONDAY)
    bot = Bot(database, [KEY], MovableClock(MONDAY, seed=1), {}, threaded=False)
    people = tuple(Member(name.casefold(), name, MONDAY, MONDAY) for name in ("Ana", "Ben", "Eve"))
    act = ActionPoint(
        id="a1",
        owner="ben",
        what="Talk to Mia",
        due=WALL + timedelta(days=42),
        meeting_wall=WALL,
        made_at=MONDAY,
        changed_at=MONDAY,
        session="s1",
        visibility="set",
    )
    state = SetState(
        id="set1",
        place=PLACE,
        name="Aurora",
        zone="Europe/London",
        format="90",
        facilitation=Facilitation.LED,
        facilitator="ana",
        created_at=MONDAY,
        members=people,
        meetings=(
            Meeting("m1", WALL, "90", MeetingStatus.HELD, MONDAY, "s1", attended=3),
            Meeting("m2", WALL + timedelta(days=63), "90", planned_at=MONDAY),
        ),
        actions=(act, replace(act, id="a2", what="Sleep", visibility="me")),
    )
    with bot.store.transaction() as unit:
        unit.know_installation(INSTALLATION)
        unit.keep(INSTALLATION, Room(place=PLACE), Room(state, None, PLACE), ())
    bot.close()


def at_day(town: Town, folder: Path, day: int) -> BotProcess:
    """The bot as it starts that many days on, a minute after the meeting's clock time in London."""
    wall = WALL + timedelta(days=day, minutes=1)
    if wall >= datetime.fromisoformat("2027-03-28T01:00"):
        wall -= timedelta(hours=1)  # the machine's clock shows UTC, London's an hour more
    return town.bot(
        folder,
        LD_PRELOAD=str(LIBRARIES[0]),
        FAKETIME=f"@{wall:%Y-%m-%d %H:%M:%S}",
        FAKETIME_DONT_FAKE_MONOTONIC="1",
        TZ="UTC",
    )


async def lived(town: Town, bot: BotProcess, expected: int) -> list[Json]:
    """One life of the bot: what it has sent by the time it is connected and has nothing to do."""
    before = len(await town.messages(every=True))
    await bot.start()
    answer = await town.does("ana", PLACE, HANGS, type="home")
    assert answer

    async def all_sent() -> bool:
        return len(await town.messages(every=True)) >= before + expected

    assert await town.until(all_sent, HANGS), bot.log()
    await asyncio.sleep(1.5)
    await bot.stop()
    return (await town.messages(every=True))[before:]


def told(sent: list[Json]) -> list[tuple[str, str]]:
    """To whom, and what stands on the lock screen."""
    return sorted((m["person"] or m["place"], m["card"]["summary"]) for m in sent)


DAYS = {
    0: [],
    2: [("ben", REMINDER)],
    21: [("ben", REMINDER)],
    39: [("ben", REMINDER)],
    42: [(PLACE, FOLLOW_UP), ("ben", REMINDER)],
    43: [],
}


@needs_faketime
@pytest.mark.slow
async def test_each_restart_sends_what_is_due_then_and_nothing_else(tmp_path: Path) -> None:
    """Given a set that has met, when the bot is started on these days, then each day has its own."""
    planted(tmp_path)
    async with Town() as town:
        for day, expected in DAYS.items():
            bot = at_day(town, tmp_path, day)

            sent = await lived(town, bot, len(expected))

            assert told(sent) == expected, f"day {day}"
            assert not any(m["late"] for m in sent), f"day {day}"


@needs_faketime
@pytest.mark.slow
async def test_after_six_weeks_away_each_reader_gets_one_message(tmp_path: Path) -> None:
    """Given a bot that was away until the day, when it starts, then one message tells all of it."""
    planted(tmp_path)
    async with Town() as town:
        sent = await lived(town, at_day(town, tmp_path, 42), 2)

        assert {m["person"] or m["place"] for m in sent} == {PLACE, "ben"}
        assert len(sent) == 2
        again = await lived(town, at_day(town, tmp_path, 42), 0)
        assert again == []
