"""A whole bot on the Discord stand-in, with six people in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bot.adapters.discord.connect import DiscordPlatform, Endpoints
from bot.adapters.discord.connection.lifecycle import Callbacks
from bot.adapters.discord.connection.sessions import RateLimits
from bot.app.bot import Bot
from bot.app.opening import open_database
from bot.core.learning_set.place import Room
from bot.runtime.clock import RunningClock
from bot.runtime.installs import Installs
from bot.runtime.vault import new_master_key
from tests.databases import begin
from tests.standins.discord import Channel, Guild, Message, Person, Server, person, shown, until
from tests.standins.discord.schema import faults

NAMES = ("Ana", "Ben", "Chidi", "Dana", "Eve", "Farid")
BEGINS = datetime(2027, 3, 1, 18, 0, tzinfo=UTC)


class Hall:
    """The stand-in, the bot, and the people. The bot can be restarted over the same database."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = Server()
        self.guild: Guild = self.server.guild("Peers")
        self.people = {name: person(self.server, name, self.guild) for name in NAMES}
        self.key = new_master_key()
        self.clock = RunningClock(BEGINS)
        self.recounted = 0
        self.platform: DiscordPlatform
        self.bot: Bot

    def __getitem__(self, name: str) -> Person:
        return self.people[name]

    async def private(self, name: str = "set") -> Channel:
        """A channel that only the people named in it, and the bot, can read."""
        made = self.server.channel(self.guild, name)
        made.close_to_all_but((*(p.user for p in self.people.values()), self.server.bot))
        await self.server.changed(made)
        return made

    def wide(self, name: str = "general") -> Channel:
        """A channel that everybody in the server can read."""
        return self.server.channel(self.guild, name)

    # --- the bot's life ----------------------------------------------------------------------------

    async def open(self) -> None:
        """Start the bot and wait until it is connected."""
        address = Endpoints(self.server.token, self.server.api_url, self.server.gateway_url)
        database = open_database(begin(self.folder / "als.db"), self.clock.now())
        self.bot = Bot(database, [self.key], self.clock, {}, grace=0)
        bot = self.bot
        self.platform = DiscordPlatform(
            address, bot.service, bot.signer, self.life(), pace=RateLimits(0.0, 0.05, 0.05)
        )
        bot.platforms["discord"] = self.platform.outbound
        await bot.start()
        await self.platform.start()
        client = self.platform.client
        await until(lambda: (client and client.is_ready()) or None, "the bot")

    def life(self) -> Callbacks:
        """The same as in production, and the recounts are counted."""
        installs, service = Installs(self.bot.store, self.bot.writer), self.bot.service
        return Callbacks(
            back=self.back,
            present=installs.present,
            joined=installs.welcome,
            removed=installs.removed,
            confirm=installs.confirm,
            place=service.place_changed,
            person=service.person_gone,
        )

    async def close(self) -> None:
        """Stop the bot."""
        await self.platform.stop()
        await self.bot.stop()

    async def restart(self) -> None:
        """Stop the bot and start another over the same database."""
        await self.close()
        await self.open()

    async def back(self) -> None:
        """A session was lost: what counts now is counted again."""
        self.recounted += await self.bot.service.reconcile("discord")

    async def pass_time(self, length: timedelta) -> None:
        """The bot's clock moves on, ringing what is due."""
        await self.bot.move_to(self.clock.now() + length)

    # --- looking ------------------------------------------------------------------------------------

    def phase_card(self, title: str) -> Message | None:
        """The newest of the bot's messages with that title."""
        for channel in self.server.channels.values():
            for message in reversed(channel.messages):
                lines = shown(message).split("\n")
                if not message.deleted and not message.ephemeral and lines[0].startswith(title):
                    return message
        return None

    @property
    def installation(self) -> str:
        """The server, as the bot names it."""
        return f"discord:{self.guild.id}"

    def room(self, name: str = "set") -> Room:
        """What is stored of the set in that channel."""
        place = next(c for c in self.guild.channels.values() if c.name == name)
        with self.bot.store.reading() as unit:
            return unit.room_of_place(self.installation, str(place.id))

    def cast(self) -> set[tuple[str, int]]:
        """Who has voted by reaction for which number, as stored; names of strangers are ids."""
        session = self.room().live
        ballot: Any = None if session is None else session.memories[session.at]
        if ballot is None or not hasattr(ballot, "reactions"):
            return set()
        names = {str(p.user.id): n for n, p in self.people.items()}
        return {(names.get(v, v), bid) for v, bid in (*ballot.reactions, *ballot.unordered)}

    def pressed(self) -> set[tuple[str, int]]:
        """Who has voted by button for which number, as stored."""
        session = self.room().live
        ballot: Any = None if session is None else session.memories[session.at]
        names = {str(p.user.id): n for n, p in self.people.items()}
        return {(names[v], bid) for v, bid in ballot.pressed}

    def votes(self) -> set[str]:
        """Who has voted by reaction, as stored."""
        return {voter for voter, _ in self.cast()}

    def faults(self) -> list[str]:
        """What Discord's published file has against the requests that were made."""
        return faults(self.server)


@asynccontextmanager
async def meeting_hall(folder: Path) -> AsyncIterator[Hall]:
    """A running hall; at the end every request must have been as Discord's file says."""
    hall = Hall(folder)
    await hall.server.start()
    try:
        await hall.open()
        try:
            yield hall
        finally:
            await hall.close()
    finally:
        await hall.server.stop()
    assert hall.faults() == []
