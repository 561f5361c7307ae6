"""The connection: the client, its shards, what is registered, and the way back after trouble."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import aiohttp
import discord
import structlog
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot.adapters.conversation import Confirming
from bot.adapters.discord import commands
from bot.adapters.discord.connection import hearing
from bot.adapters.discord.connection.api import Api, trace
from bot.adapters.discord.connection.failures import meaning
from bot.adapters.discord.connection.lifecycle import Callbacks
from bot.adapters.discord.connection.sessions import MANY_IN_A_DAY, USUAL, RateLimits, Sessions
from bot.adapters.discord.connection.to_come import OutboundToCome
from bot.adapters.discord.dispatch import DiscordDesk
from bot.adapters.discord.outbound import DiscordOutbound
from bot.adapters.discord.places import NAME, Rooms, guild_of, installation_of
from bot.core.signals import Change, PersonGone, PlaceChanged
from bot.runtime.delivery.platform_time import PlatformClock
from bot.runtime.ports.incoming import Guide, Signer
from bot.runtime.ports.outgoing import Refused
from bot.runtime.ports.platform import Standing

MOST_RATE_WAIT = 30.0
START_WITHIN = 20.0

INTENTS = discord.Intents(guilds=True, guild_reactions=True)
"""No privileged intent, and none that tells what people write."""

log = structlog.get_logger()


NOT_IN_IT = frozenset({"10004", "50001"})
"""How Discord answers whoever asks for a server it is not in."""

LOST = (
    "Discord: the connection has been lost for a while; I try again by myself, less and less often."
)
TAKEN = "Discord: another process has the connection; I send, and take over when it stops."


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Where Discord is; the settings may name a proxy or a stand-in."""

    token: str
    api_url: str = "https://discord.com/api/v10"
    gateway_url: str = "wss://gateway.discord.gg/"


class ButtonPress(discord.ui.DynamicItem[discord.ui.Button[Any]], template=r"(?s)(?P<sealed>.+)"):
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
        await interaction.client.desk.press(interaction, self.sealed)


class Als(discord.AutoShardedClient):
    """The library's client with our events. Holds no state of any meeting."""

    def __init__(self, platform: DiscordPlatform) -> None:
        """Quiet by default: nobody is pinged, no member list is kept, no message is remembered."""
        clock = PlatformClock()
        super().__init__(
            intents=INTENTS,
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            guild_ready_timeout=platform.pace.servers,
            max_messages=None,
            max_ratelimit_timeout=MOST_RATE_WAIT,
            http_trace=clock.listen(trace()),
        )
        self.api = Api(self)
        self.rooms = Rooms(self, self.api)
        self.desk = DiscordDesk(self, self.api, self.rooms)
        self.outbound = DiscordOutbound(self, self.api, self.rooms, clock)
        self.desk.bring = self.outbound.bring
        self.outbound.gone = platform.gone
        self._platform = platform
        self.add_dynamic_items(ButtonPress)
        hearing.guard(self)

    async def setup_hook(self) -> None:
        """Register what has changed, and see how many shards there are to be."""
        await self._register()
        count, _, limit = await self.http.get_bot_gateway()
        await self._platform.spent(
            limit["total"] - limit["remaining"],
            limit["remaining"],
            count,
            limit["reset_after"] / 1000,
        )
        self.shard_count = count
        self.shard_ids = await self._platform.owned(f"discord:{self.application_id}", count)

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
        sessions = self._platform.sessions
        wait = sessions.wait(shard_id, self.loop.time())
        await asyncio.sleep(wait if initial or wait else self._platform.pace.identify)
        sessions.begin(shard_id, self.loop.time())

    # --- events ------------------------------------------------------------------------------------

    async def on_shard_ready(self, shard_id: int) -> None:
        """A session has begun anew: what happened meanwhile is not replayed."""
        self._platform.sessions.well(shard_id)
        self._platform.is_ready(self)
        count = self.shard_count or 1

        def ours(installation: str) -> bool:
            return (int(guild_of(installation)) >> 22) % count == shard_id

        here = {installation_of(g.id) for g in self.guilds if g.shard_id == shard_id}
        await self._platform.life.present(NAME, here, ours)
        await self._platform.life.back()

    async def on_interaction(self, interaction: discord.Interaction[Any]) -> None:
        """Commands, suggestions and forms; buttons come through `Press`."""
        await self.desk.interaction(interaction)

    async def on_raw_reaction_add(self, event: discord.RawReactionActionEvent) -> None:
        """A reaction, normal or burst."""
        await self.desk.reaction(event, on=True)

    async def on_raw_reaction_remove(self, event: discord.RawReactionActionEvent) -> None:
        """A reaction taken back."""
        await self.desk.reaction(event, on=False)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was taken off a server."""
        await self._platform.life.removed(installation_of(guild.id), hearing.news())

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """The bot was let into a server, perhaps again."""
        await self._platform.life.joined(installation_of(guild.id), hearing.news())

    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        """Permissions may have been given: a server that rested is tried again."""
        if before.permissions != after.permissions:
            await self._perhaps_let_in(after.guild)

    async def on_guild_channel_update(self, before: object, after: Any) -> None:
        """The same, for one channel."""
        await self._perhaps_let_in(after.guild)

    async def on_raw_thread_update(self, event: discord.RawThreadUpdateEvent) -> None:
        """A thread that was locked may be open again."""
        guild = self.get_guild(event.guild_id)
        if guild is not None and not event.data["thread_metadata"].get("locked"):
            await self._perhaps_let_in(guild)

    async def _perhaps_let_in(self, guild: discord.Guild) -> None:
        """Where posts were refused and nothing is missing any more, they go on."""
        self.api.breaker.forgive(str(guild.id))
        for place in self.rooms.opened(guild):
            for change in (Change.BOT_JOINED, Change.OPENED):
                signal = PlaceChanged(change)
                news = hearing.news(place, change.value)
                await self._platform.life.place(installation_of(guild.id), place, signal, news)

    async def on_guild_channel_delete(self, channel: Any) -> None:
        """A channel is gone, and whatever set met there has to know."""
        await self._gone(channel.guild.id, channel.id)

    async def on_raw_thread_delete(self, event: discord.RawThreadDeleteEvent) -> None:
        """A thread is gone; one of ours is made again where it is wanted."""
        await self._gone(event.guild_id, event.thread_id)

    async def _gone(self, guild_id: int, channel_id: int) -> None:
        self.rooms.forget(channel_id)
        place, signal = str(channel_id), PlaceChanged(Change.GONE)
        await self._platform.life.place(installation_of(guild_id), place, signal, hearing.news())

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """Names the event, never what was in it."""
        log.error("event_failed", handler=event_method)


class DiscordPlatform:
    """Discord as the app sees it: an outbound port at once, a connection once it is started."""

    name = "discord"

    def __init__(
        self,
        address: Endpoints,
        receiver: Guide,
        signer: Signer,
        life: Callbacks | None = None,
        *,
        pace: RateLimits = USUAL,
    ) -> None:
        """Nothing is asked of Discord before `start`."""
        self._address = address
        self._receiver = receiver
        self._signer = signer
        self.life = life or Callbacks()
        self.pace = pace
        self.sessions = Sessions(pace)
        self.ready = asyncio.Event()
        self.outbound = OutboundToCome()
        self.client: Als | None = None
        self.waits = False
        self.tell: Callable[[str, bool], None] = lambda sentence, well: None
        self._started = False
        self._task: asyncio.Task[None] | None = None
        self._confirming = Confirming()

    async def start(self) -> str:
        """Connect. Raises `CannotConnect` or `CannotReach`; whoever is slow goes on in the background."""
        self.ready.clear()
        self._started = False
        self._confirming.begin(lambda: self.life.confirm(NAME, self.stands))
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
        self._started = True
        if not self.ready.is_set() or self.client is None or self.client.user is None:
            return TAKEN if self.waits else NOT_YET
        return connected_as(self.client)

    async def ended(self) -> None:
        """Wait until the library has given up; raises as `start`."""
        if self._task is not None:
            await asyncio.shield(self._task)

    async def hang_up(self) -> None:
        """Leave; what is under way is answered first."""
        if self.client is not None:
            await self.client.desk.quiet()
            await self.client.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def stop(self) -> None:
        """Leave for good."""
        await self._confirming.end()
        await self.hang_up()

    async def stands(self, installation: str) -> Standing:
        """Whether the bot is in a server, as Discord says when it is asked."""
        client, guild = self.client, guild_of(installation)
        if client is None or client.user is None:
            return Standing(None)
        try:
            await client.api.call("GET", "/guilds/{guild_id}", guild_id=guild)
        except Refused as no:
            return Standing(False if no.code in NOT_IN_IT else None)
        except Exception as error:
            log.info("server_unknown", error=type(error).__name__)
            return Standing(None)
        return Standing(True)

    def is_ready(self, client: Als) -> None:
        """A session has begun. Whoever was told that it takes long is told that it goes."""
        if self._started and not self.ready.is_set():
            self.tell(connected_as(client), True)
        self.ready.set()

    async def _serve(self) -> None:
        Route.BASE = self._address.api_url.rstrip("/")
        address = type(DiscordWebSocket.DEFAULT_GATEWAY)
        DiscordWebSocket.DEFAULT_GATEWAY = address(self._address.gateway_url)
        try:
            await self._connected()
        except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("connection_failed", error=type(error).__name__)
            raise meaning(error) from None

    async def _connected(self) -> None:
        client = self._made()
        watch = asyncio.create_task(self._watch(client))
        try:
            await client.start(self._address.token)
        finally:
            watch.cancel()
            await client.close()

    def _made(self) -> Als:
        client = Als(self)
        client.desk.receiver, client.desk.signer = self._receiver, self._signer
        client.outbound.signer = self._signer
        self.client = client
        self.outbound.at = client.outbound
        return client

    async def gone(self, installation: str, person: str) -> None:
        """Somebody is not in the server any more, as Discord says when it is asked."""
        await self.life.person(installation, PersonGone(person, Change.DEACTIVATED))

    async def spent(self, begun: int, left: int, count: int, reset_after: float) -> None:
        """Wait where Discord says that many sessions were begun today, by whatever process."""
        if left < 1:
            log.error("no_sessions_left", reset_after=int(reset_after))
            await asyncio.sleep(reset_after)
        elif begun >= MANY_IN_A_DAY * count:
            log.warning("many_sessions_today", begun=begun)
            await asyncio.sleep(self.pace.worn)

    async def owned(self, name: str, count: int) -> list[int]:
        """The shards this process connects; waits until there is one nobody else has."""
        while True:
            mine = [n for n in range(count) if await self.life.own(f"{name}:{n}")]
            self.waits = not mine
            if mine:
                return mine
            log.info("shards_taken", number=count)
            await asyncio.sleep(self.pace.shard)

    async def _watch(self, client: Als) -> None:
        """Whoever was cut off from the database stops what it owns: another has it by now."""
        lost = 0
        while True:
            await asyncio.sleep(self.pace.shard)
            if client.shard_ids and not await self.life.still():
                log.error("shards_lost")
                await client.close()
            lost = self._noticed(client, lost)

    def _noticed(self, client: Als, lost: int) -> int:
        """How often in a row a connection was found closed; the second time it is said."""
        if not self.ready.is_set() or client.is_closed():
            return 0
        if not any(shard.is_closed() for shard in client.shards.values()):
            if lost > 1:
                self.tell(connected_as(client), True)
            return 0
        if lost:
            self.tell(LOST, False)
        return lost + 1


NOT_YET = "Discord: not reached yet; I go on trying by myself, less and less often."


def connected_as(client: Als) -> str:
    """Who we are there, and where."""
    number = len(client.guilds)
    servers = f"{number} server{'' if number == 1 else 's'}"
    return f"Discord: connected as {client.user.name if client.user else '?'}, in {servers}."
