"""The adapter alone on the stand-in: a receiver that only listens, and a signer that only spells."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bot.adapters.discord.connect import Als, DiscordPlatform, Endpoints
from bot.adapters.discord.connection.lifecycle import Callbacks
from bot.adapters.discord.connection.sessions import RateLimits
from bot.adapters.discord.connection.to_come import OutboundToCome
from bot.adapters.discord.places import installation_of
from bot.core.cards import Button, Card, Choice, Form
from bot.core.decision import Refusal
from bot.core.signals import Change, PersonGone, PlaceChanged, Pressed, Submitted
from bot.runtime.ports.incoming import Answer, Incoming, News
from bot.runtime.ports.outgoing import Destination, Op, Outgoing
from tests.standins.discord import Channel, Guild, Person, Server, person, until
from tests.standins.discord.schema import faults

KEY = "00112233445566778899aabbccddeeff"


class Speller:
    """Spells a button out and takes only its own spelling, for the same installation."""

    def seal(self, installation: str, card: Card, button: Button) -> str:
        subject = card.subject if button.subject is None else button.subject
        step = "" if card.step is None else str(card.step)
        return f"{installation}|{button.action}|{subject}|{step}|{button.value}"

    def open(self, installation: str, sealed: str) -> Pressed | None:
        parts = sealed.split("|")
        if len(parts) != 5 or parts[0] != installation:
            return None
        return Pressed(parts[1], parts[2], int(parts[3]) if parts[3] else None, parts[4])


class Listener:
    """Remembers what came, and answers as told."""

    def __init__(self) -> None:
        self.came: list[Incoming] = []
        self.answer = Answer(changed=True)
        self.opens: Form | Refusal | None = None
        self.takes = 0.0
        self.at_home: tuple[str, ...] = ()
        self.suggests: tuple[Choice, ...] = ()
        self.asked: list[tuple[Incoming, str]] = []
        self.backs = 0
        self.gone: list[str] = []
        self.let_in: list[str] = []
        self.places: list[tuple[str, Change]] = []
        self.left: list[str] = []

    async def receive(self, incoming: Incoming) -> Answer:
        self.came.append(incoming)
        await asyncio.sleep(self.takes)
        return self.answer

    async def form(self, incoming: Incoming) -> Form | Refusal | None:
        return self.opens

    async def homes(self, platform: str, person: str) -> tuple[str, ...]:
        return self.at_home

    async def suggest(self, incoming: Incoming, option: str) -> tuple[Choice, ...]:
        self.asked.append((incoming, option))
        return self.suggests

    async def back(self) -> None:
        self.backs += 1

    async def removed(self, installation: str, news: News) -> None:
        self.gone.append(installation)

    async def joined(self, installation: str, news: News) -> None:
        self.let_in.append(installation)

    async def place(self, installation: str, place: str, signal: PlaceChanged, news: News) -> None:
        self.places.append((place, signal.change))

    async def person(self, installation: str, signal: PersonGone) -> None:
        self.left.append(signal.person)


class Line:
    """A connected adapter, a server with one private and one open channel, and Ana."""

    def __init__(self) -> None:
        self.server = Server()
        self.guild: Guild = self.server.guild("Peers")
        self.ana: Person = person(self.server, "Ana", self.guild)
        self.place = self.server.channel(self.guild, "set")
        self.open = self.server.channel(self.guild, "general")
        view = 1 << 10
        self.place.overwrites = {
            self.guild.id: (0, 0, view),
            self.ana.user.id: (1, view, 0),
            self.server.bot.id: (1, view, 0),
        }
        self.listener = Listener()
        self.listener.at_home = (self.installation,)
        self.platform: DiscordPlatform

    @property
    def installation(self) -> str:
        return installation_of(self.guild.id)

    @property
    def outbound(self) -> OutboundToCome:
        return self.platform.outbound

    @property
    def client(self) -> Als:
        assert self.platform.client is not None
        return self.platform.client

    async def connect(self) -> None:
        address = Endpoints(self.server.token, self.server.api_url, self.server.gateway_url)
        self.platform = DiscordPlatform(
            address,
            self.listener,
            Speller(),
            Callbacks(
                back=self.listener.back,
                removed=self.listener.removed,
                joined=self.listener.joined,
                place=self.listener.place,
                person=self.listener.person,
            ),
            pace=RateLimits(0.0, 0.05, 0.05),
        )
        await self.platform.start()
        await until(lambda: self.client.is_ready() or None, "ready")

    def title(self) -> str:
        """What stood under `title` in the form that came last."""
        signal = self.listener.came[-1].signal
        assert isinstance(signal, Submitted)
        return signal.get("title")

    async def hang_up(self) -> None:
        await self.platform.stop()

    def out(
        self,
        card: Card | None = None,
        *,
        op: Op = Op.POST,
        place: Channel | None = None,
        person: str = "",
        parent: str = "",
        ref: str = "",
        key: str = KEY,
        reactions: tuple[str, ...] = (),
    ) -> Outgoing:
        where = "" if person else str((place or self.place).id)
        destination = Destination(where, parent, person)
        return Outgoing(op, self.installation, destination, key, card, ref, reactions)


@asynccontextmanager
async def connected() -> AsyncIterator[Line]:
    line = Line()
    await line.server.start()
    try:
        await line.connect()
        try:
            yield line
        finally:
            await line.hang_up()
    finally:
        await line.server.stop()
    assert faults(line.server) == []


NOW = datetime(2027, 3, 1, 18, tzinfo=UTC)
