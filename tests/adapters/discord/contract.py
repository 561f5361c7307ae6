"""Discord behind the face that the suite for all platforms knows."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.adapters.discord.keys import carries
from bot.adapters.plain import render as plain
from bot.core.cards import Card
from bot.runtime.ports.incoming import File
from bot.runtime.ports.outgoing import Outgoing
from tests.adapters.discord.line import Line, connected
from tests.standins.discord import DIRECT, PERMISSIONS, Message, No, Reaction, shown


class Recording:
    """The outbound port, remembering the private text of each neutral message."""

    def __init__(self, line: Line) -> None:
        self._at = line.outbound
        self.cards: list[tuple[str, Card]] = []

    def __getattr__(self, name: str):
        return getattr(self._at, name)

    async def post(self, out: Outgoing) -> str:
        """As the port says."""
        if out.card is not None:
            self.cards.append((out.key, out.card))
        return await self._at.post(out)


class OnDiscord:
    """The real library against the stand-in, in a channel of the set's own."""

    def __init__(self, line: Line) -> None:
        self.line, self.outbound = line, Recording(line)
        self.installation = line.installation
        self.place, self.person = str(line.place.id), str(line.ana.user.id)

    def _message(self, ref: str) -> Message | None:
        channel, _, message = ref.partition("/")
        try:
            return self.line.server.channels[int(channel)].message(int(message))
        except No:
            return None

    def _there(self, ref: str) -> Message:
        found = self._message(ref)
        assert found is not None
        return found

    def reads(self, ref: str) -> str | None:
        """The current post, and what `Show my words` would show."""
        message = self._message(ref)
        if message is None:
            return None
        behind = [c for key, c in self.outbound.cards if carries(message.json(), key)]
        neutral = "[Show my words]" in shown(message)
        return "\n".join([shown(message), *(plain(c, "UTC", {}) for c in behind if neutral)])

    def parent_of(self, ref: str) -> str:
        channel = self._there(ref).channel
        return f"{channel.parent.id}/{channel.id}" if channel.parent is not None else ""

    def direct(self, ref: str) -> bool:
        channel = self._there(ref).channel
        return channel.type == DIRECT and self.line.ana.user in channel.people

    def count(self) -> int:
        return len(self.line.server.messages())

    def marks(self, ref: str) -> list[str]:
        return [r.emoji for r in self._there(ref).reactions if r.user.bot]

    def react(self, ref: str, emoji: str, *, on: bool = True) -> None:
        reactions, ana = self._there(ref).reactions, self.line.ana.user
        kept = [r for r in reactions if (r.emoji, r.user) != (emoji, ana)]
        reactions[:] = [*kept, Reaction(emoji, ana)] if on else kept

    def archive(self) -> None:
        self.line.guild.roles[self.line.guild.id].permissions &= ~PERMISSIONS["send_messages"]

    def close_direct(self) -> None:
        self.line.ana.user.dms_closed = True

    async def bring(self, file: File) -> None:
        await self.line.outbound.bring(self.installation, self.person, file)

    def files(self) -> list[tuple[str, str]]:
        messages = self.line.server.direct(self.line.ana.user).messages
        return [(a.name, a.content.decode()) for m in messages for a in m.attachments]

    def lose_next_answer(self) -> bool:
        self.line.server.faults.add("POST", "/messages$", "lost")
        return True


@asynccontextmanager
async def on_discord() -> AsyncIterator[OnDiscord]:
    """Discord."""
    async with connected() as line:
        yield OnDiscord(line)
