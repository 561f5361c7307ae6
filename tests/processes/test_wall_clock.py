"""The running process under a moved wall clock: each restart sends what is due then, nothing else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app.bot import Bot
from bot.app.opening import open_database
from bot.core.learning_set.actions.action import ActionPoint
from bot.core.learning_set.place import Room
from bot.core.learning_set.state import Meeting, MeetingStatus, Member, SetState
from bot.core.meeting.session import Facilitation
from bot.runtime.clock import MovableClock
from tests.processes.town import HANGS, INSTALLATION, KEY, BotProcess, Json, Town
from tests.standins import slack, slack_world
from tests.standins.discord import Channel, Server, person, shown, until

MONDAY = datetime(2027, 3, 1, 18, tzinfo=UTC)
"""The meeting, in winter time; six weeks later clocks in London have gone forward."""

WALL = datetime.fromisoformat("2027-03-01T18:00")
LIBRARIES = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))
needs_faketime = pytest.mark.skipif(not LIBRARIES, reason="faketime is not installed")
PLACE = "#aurora"
REMINDER = "You asked me to ask about your action."
FOLLOW_UP = "It's 6 weeks since your meeting."


NAMES = ("Ana", "Ben", "Eve")


@dataclass(frozen=True)
class Home:
    """Where a set lives: an installation, a channel there, and the ids of its three people."""

    installation: str = INSTALLATION
    place: str = PLACE
    ids: tuple[str, ...] = ("ana", "ben", "eve")


def planted(folder: Path, *homes: Home) -> None:
    """Sets that have met on Monday: Ben left with two actions, one shared; they meet again in May."""
    path = folder / "als.db"
    database = open_database(f"sqlite:///{path}", MONDAY)
    bot = Bot(database, [KEY], MovableClock(MONDAY, seed=1), {}, threaded=False)
    with bot.store.transaction() as unit:
        for number, home in enumerate(homes):
            unit.installations.know(home.installation)
            room = Room(the_set(home, str(number)), None, home.place)
            unit.changes.keep(home.installation, Room(place=home.place), room, ())
    bot.close()


def the_set(home: Home, mark: str) -> SetState:
    """One of them; `mark` sets its ids apart."""
    ana, ben, _ = home.ids
    named = zip(home.ids, NAMES, strict=True)
    people = tuple(Member(person, name, MONDAY, MONDAY) for person, name in named)
    act = ActionPoint(
        id=f"a{mark}",
        owner=ben,
        what="Talk to Mia",
        due=WALL + timedelta(days=42),
        meeting_wall=WALL,
        made_at=MONDAY,
        changed_at=MONDAY,
        session=f"s{mark}",
        visibility="set",
    )
    return SetState(
        id=f"set{mark}",
        place=home.place,
        name="Aurora",
        zone="Europe/London",
        format="90",
        facilitation=Facilitation.LED,
        facilitator=ana,
        created_at=MONDAY,
        members=people,
        meetings=(
            Meeting(f"m{mark}", WALL, "90", MeetingStatus.HELD, MONDAY, f"s{mark}", attended=3),
            Meeting(f"n{mark}", WALL + timedelta(days=63), "90", planned_at=MONDAY),
        ),
        actions=(act, replace(act, id=f"b{mark}", what="Sleep", visibility="me")),
    )


def starts_at(day: int) -> datetime:
    """So many days on, a minute after the meeting's clock time in London, as a UTC clock shows it."""
    wall = WALL + timedelta(days=day, minutes=1)
    if wall >= datetime.fromisoformat("2027-03-28T01:00"):
        wall -= timedelta(hours=1)
    return wall.replace(tzinfo=UTC)


def clock_at(day: int) -> dict[str, str]:
    """The environment in which a process believes that it is that day."""
    return {
        "LD_PRELOAD": str(LIBRARIES[0]),
        "FAKETIME": f"@{starts_at(day):%Y-%m-%d %H:%M:%S}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "TZ": "UTC",
    }


def at_day(town: Town, folder: Path, day: int) -> BotProcess:
    """The bot as it starts that many days on."""
    return town.bot(folder, **clock_at(day))


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
async def test_after_six_weeks_away_each_reader_gets_one_message(tmp_path: Path) -> None:
    """Given a bot that was away until the day, when it starts, then one message tells all of it."""
    planted(tmp_path, Home())
    async with Town() as town:
        sent = await lived(town, at_day(town, tmp_path, 42), 2)

        assert {m["person"] or m["place"] for m in sent} == {PLACE, "ben"}
        assert len(sent) == 2
        again = await lived(town, at_day(town, tmp_path, 42), 0)
        assert again == []


# --- the same on Slack and Discord, both in one process -------------------------------------------


@dataclass
class Both:
    """A Slack and a Discord, each with a channel where a set meets, and what was said there."""

    slack: slack.Slack
    discord: Server
    homes: tuple[Home, ...]
    began: tuple[float, float] = field(default=(0.0, 0.0))

    def now(self) -> float:
        """What Slack's own clock shows: the day on which the bot believes to be."""
        at, since = self.began
        return at + time.monotonic() - since

    def bot(self, folder: Path, day: int) -> BotProcess:
        """`als run` with the tokens of both, on that day."""
        self.began = (starts_at(day).timestamp(), time.monotonic())
        settings = {
            "ALS_MEMORY_URL": "",
            "SLACK_BOT_TOKEN": slack_world.BOT_TOKEN,
            "SLACK_APP_TOKEN": slack_world.APP_TOKEN,
            "SLACK_API_URL": self.slack.api_url,
            "DISCORD_TOKEN": self.discord.token,
            "DISCORD_API_URL": self.discord.api_url,
            "DISCORD_GATEWAY_URL": self.discord.gateway_url,
        }
        return BotProcess("", folder, {**settings, **clock_at(day)})

    def said(self) -> list[tuple[str, str]]:
        """Everything the bot has posted so far: to whom, and the first line of it."""
        in_slack = [
            (channel.im or channel.id, message.text)
            for channel in self.slack.world.channels.values()
            for message in channel.messages
            if message.user == slack_world.BOT
        ]
        in_discord = [
            (reader(channel), shown(message).partition("\n")[0])
            for channel in self.discord.channels.values()
            for message in channel.messages
            if message.author is self.discord.bot
        ]
        return in_slack + in_discord

    def late(self) -> bool:
        """Whether any message says of itself that it comes late."""
        in_slack = (m.blocks for c in self.slack.world.channels.values() for m in c.messages)
        in_discord = (shown(m) for c in self.discord.channels.values() for m in c.messages)
        return "Late, sorry. Due" in str(list(in_slack)) or "comes late" in str(list(in_discord))

    def connected(self) -> bool:
        """Whether the bot hears from both."""
        return bool(self.slack.delivery.sockets) and bool(self.discord.gateway.connected)


def reader(channel: Channel) -> str:
    """Who reads a channel of Discord: a person's id where it is a direct message."""
    others = [u for u in channel.people if not u.bot]
    return str(others[0].id) if channel.guild is None else str(channel.id)


@asynccontextmanager
async def both() -> AsyncIterator[Both]:
    """Both platforms, for as long as the block runs."""
    server = Server()
    await server.start()
    async with slack.running(lambda: platforms.now()) as workspace:
        people = [workspace.person(name) for name in NAMES]
        room = workspace.channel("aurora", people)
        guild = server.guild("Peers")
        channel = server.channel(guild, "aurora")
        members = [person(server, name, guild) for name in NAMES]
        channel.close_to_all_but((*(p.user for p in members), server.bot))
        homes = (
            Home(f"slack:{slack_world.TEAM}", room.id, tuple(p.id for p in people)),
            Home(f"discord:{guild.id}", str(channel.id), tuple(str(p.user.id) for p in members)),
        )
        platforms = Both(workspace, server, homes)
        try:
            yield platforms
        finally:
            await server.stop()


async def lived_on_both(platforms: Both, bot: BotProcess, expected: int) -> list[tuple[str, str]]:
    """One life of the bot: what it has posted by the time it has nothing more to do."""
    before = platforms.said()
    await bot.start()
    try:
        await until(lambda: platforms.connected() or None, "the bot", HANGS)
        enough = len(before) + expected
        await until(lambda: len(platforms.said()) >= enough or None, "the messages", HANGS)
        await asyncio.sleep(1.5)
    finally:
        await bot.stop()
    after = platforms.said()
    for known in before:
        after.remove(known)
    return sorted(after)


@needs_faketime
@pytest.mark.slow
async def test_on_slack_and_discord_each_restart_sends_what_is_due_then(tmp_path: Path) -> None:
    """Given a set on each, when the bot is started on these days, then each day has its own."""
    async with both() as platforms:
        planted(tmp_path, *platforms.homes)
        for day, wanted in DAYS.items():
            expected = sorted(
                (home.ids[1] if who == "ben" else home.place, summary)
                for home in platforms.homes
                for who, summary in wanted
            )
            bot = platforms.bot(tmp_path, day)

            sent = await lived_on_both(platforms, bot, len(expected))

            assert sent == expected, f"day {day}"
            assert not platforms.late(), f"day {day}"
            assert '"level": "error"' not in bot.log()
