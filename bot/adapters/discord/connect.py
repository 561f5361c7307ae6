"""The connection: the client, its shards, what is registered, and the way back after trouble."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
import discord
import structlog
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.adapters.discord import commands
from bot.adapters.discord.api import Api, trace
from bot.adapters.discord.inbound import Inbound
from bot.adapters.discord.outbound import DiscordOutbound, OutboundToCome, installation_of
from bot.adapters.discord.places import Rooms
from bot.runtime.ports import CannotConnect, Receiver, Signer

MOST_RATE_WAIT = 30.0
SHARD_WAIT = 30.0
START_WITHIN = 20.0

INTENTS = discord.Intents(guilds=True, guild_reactions=True)
"""No privileged intent, and none that tells what people write."""

log = structlog.get_logger()


REFUSED_TOKEN = "Discord refuses the token; copy it again from the developer portal, under Bot."


@dataclass(frozen=True, slots=True)
class Address:
    """Where Discord is; the settings may name a proxy or a stand-in."""

    token: str
    api_url: str = "https://discord.com/api/v10"
    gateway_url: str = "wss://gateway.discord.gg/"


async def _nothing(*_: object) -> None:
    """Nobody wants to know."""


async def _ours(shard: int) -> bool:
    """This process is alone, so every shard is its own."""
    return True


@dataclass(frozen=True, slots=True)
class Life:
    """What the rest of the bot wants to know about the connection, and who owns which shard.

    `back`: a session was lost and nothing is replayed, so whatever is open is to be counted again.
    `removed`: the bot was taken off a server. `own`: whether this process has a shard from now on;
    one process only may, where several share a database.
    """

    back: Callable[[], Awaitable[object]] = _nothing
    removed: Callable[[str], Awaitable[object]] = _nothing
    own: Callable[[int], Awaitable[bool]] = _ours


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds between sessions that begin as they should, after one that failed, and for servers
    to arrive at the start.
    """

    identify: float = 5.0
    after_failure: float = 60.0
    servers: float = 2.0


USUAL = Pace()
"""Crash loops must not use up the thousand sessions of a day: one a minute after a failure."""


class Press(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"(?s)(?P<sealed>.+)"):
    """Any button of ours, known by its id alone: it works after a restart as before it."""

    def __init__(self, button: discord.ui.Button[Any], sealed: str) -> None:
        """Holds nothing but the id."""
        super().__init__(button)
        self.sealed = sealed

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """The button that was pressed."""
        assert isinstance(item, discord.ui.Button)
        return cls(item, match["sealed"])

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """Hand the press in."""
        await interaction.client.inbound.press(interaction, self.sealed)


class Als(discord.AutoShardedClient):
    """The library's client with our events. Holds no state of any meeting."""

    def __init__(self, platform: DiscordPlatform) -> None:
        """Quiet by default: nobody is pinged, no member list is kept, no message is remembered."""
        super().__init__(
            intents=INTENTS,
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=platform.pace.servers,
            max_messages=None,
            max_ratelimit_timeout=MOST_RATE_WAIT,
            http_trace=trace(),
        )
        self.api = Api(self)
        self.rooms = Rooms(self, self.api)
        self.inbound = Inbound(self, self.api, self.rooms)
        self.outbound = DiscordOutbound(self, self.api, self.rooms)
        self.inbound.bring = self.outbound.bring
        self._platform = platform
        self._begun: dict[int | None, float] = {}
        self._well: set[int | None] = set()
        self.add_dynamic_items(Press)

    async def setup_hook(self) -> None:
        """Register what has changed, and see how many shards there are to be."""
        await self._register()
        count, _, limit = await self.http.get_bot_gateway()
        if limit["remaining"] < 1:
            raise CannotConnect(
                "Discord allows no further connection today; it says when under Bot > Gateway."
            )
        self.shard_count = count
        self.shard_ids = await self._platform.owned(count)

    async def _register(self) -> None:
        """Overwrite the commands where they differ from what Discord has, and only there."""
        path = "/applications/{application_id}/commands"
        ids: dict[str, Any] = {"application_id": self.application_id}
        wanted = commands.commands()
        there = await self.http.request(Route("GET", path, **ids))
        if commands.digest(there) != commands.digest(wanted):
            await self.http.request(Route("PUT", path, **ids), json=wanted)
            log.info("commands_registered", number=len(wanted))

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """One session at a time, and after a failed one never more than one a minute."""
        now = self.loop.time()
        before = self._begun.get(shard_id)
        if before is not None and shard_id not in self._well:
            await asyncio.sleep(max(self._platform.pace.after_failure - (now - before), 0.0))
        elif not initial:
            await asyncio.sleep(self._platform.pace.identify)
        self._begun[shard_id] = self.loop.time()
        self._well.discard(shard_id)

    # --- events ------------------------------------------------------------------------------------

    async def on_shard_ready(self, shard_id: int) -> None:
        """A session has begun anew: what happened meanwhile is not replayed."""
        self._well.add(shard_id)
        self._platform.ready.set()
        await self._platform.life.back()

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Commands, suggestions and forms; buttons come through `Press`."""
        await self.inbound.interaction(interaction)

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """A reaction, normal or burst."""
        await self.inbound.reaction(event, on=True)

    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        """A reaction taken back."""
        await self.inbound.reaction(event, on=False)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was taken off a server."""
        await self._platform.life.removed(installation_of(guild.id))

    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        """Permissions may have been given: a server that rested is tried again."""
        self.api.breaker.forgive(str(after.guild.id))

    async def on_guild_channel_update(self, before: object, after: Any) -> None:
        """The same, for one channel."""
        self.api.breaker.forgive(str(after.guild.id))

    async def on_guild_channel_delete(self, channel: Any) -> None:
        """A channel is gone."""
        self.rooms.forget(channel.id)

    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        """A thread is gone."""
        self.rooms.forget(event.thread_id)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Names the event, never what was in it."""
        log.error("event_failed", handler=event_method)


class DiscordPlatform:
    """Discord as the app sees it: an outbound port at once, a connection once it is started."""

    name = "discord"

    def __init__(
        self,
        address: Address,
        receiver: Receiver,
        signer: Signer,
        life: Life | None = None,
        *,
        pace: Pace = USUAL,
    ) -> None:
        """Nothing is asked of Discord before `start`."""
        self._address = address
        self._receiver = receiver
        self._signer = signer
        self.life = life or Life()
        self.pace = pace
        self.ready = asyncio.Event()
        self.outbound = OutboundToCome()
        self.client: Als | None = None
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> str:
        """Connect, and stay connected. Raises `CannotConnect` where trying again cannot help."""
        self._task = asyncio.create_task(self._serve())
        ready = asyncio.create_task(self.ready.wait())
        try:
            await asyncio.wait(
                {self._task, ready},
                timeout=START_WITHIN,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            ready.cancel()
        if self._task.done():
            await self._task
        if not self.ready.is_set() or self.client is None or self.client.user is None:
            return "Discord: not reached yet; I go on trying."
        number = len(self.client.guilds)
        servers = f"{number} server{'' if number == 1 else 's'}"
        return f"Discord: connected as {self.client.user.name}, in {servers}."

    async def stop(self) -> None:
        """Leave; what is under way is answered first."""
        self._closing = True
        if self.client is not None:
            await self.client.inbound.quiet()
            await self.client.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _serve(self) -> None:
        Route.BASE = self._address.api_url.rstrip("/")
        address = type(DiscordWebSocket.DEFAULT_GATEWAY)
        DiscordWebSocket.DEFAULT_GATEWAY = address(self._address.gateway_url)
        while not self._closing:
            try:
                await self._connected()
            except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
                log.warning("connection_failed", error=type(error).__name__)
            if not self._closing:
                await asyncio.sleep(self.pace.after_failure)

    async def _connected(self) -> None:
        client = self._made()
        try:
            await client.start(self._address.token)
        except discord.LoginFailure:
            raise CannotConnect(REFUSED_TOKEN) from None
        except discord.PrivilegedIntentsRequired:
            raise CannotConnect("Discord says that this bot asks for too much.") from None
        finally:
            await client.close()

    def _made(self) -> Als:
        client = Als(self)
        client.inbound.receiver, client.inbound.signer = self._receiver, self._signer
        client.outbound.signer = self._signer
        self.client = client
        self.outbound.at = client.outbound
        return client

    async def owned(self, count: int) -> list[int]:
        """The shards this process connects; waits until there is one nobody else has."""
        while True:
            mine = [n for n in range(count) if await self.life.own(n)]
            if mine:
                return mine
            await asyncio.sleep(SHARD_WAIT)
