"""The connection: the client, its shards, what is registered, and the way back after trouble."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any, Protocol, Self

import aiohttp
import discord
import structlog
import yarl
from discord.http import Route

from bot.adapters.discord import commands
from bot.adapters.discord.api import Api, trace
from bot.adapters.discord.inbound import Inbound
from bot.adapters.discord.outbound import DiscordOutbound, OutboundToCome, installation_of
from bot.adapters.discord.places import Rooms, invite_link
from bot.runtime.ports import Receiver, Signer

IDENTIFY_EVERY = 5.0
"""Seconds between two sessions that begin as they should."""

AFTER_FAILURE = 60.0
"""Seconds before another session is begun once one has failed: crash loops must not use up the day."""

MOST_RATE_WAIT = 30.0
SHARD_WAIT = 30.0
GUILDS_WITHIN = 2.0

INTENTS = discord.Intents(guilds=True, guild_reactions=True)
"""No privileged intent, and none that tells what people write."""

log = structlog.get_logger()


class CannotConnect(Exception):
    """Discord will not have us, and trying again does not help; one sentence says what would."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where Discord is; the settings may name a proxy or a stand-in."""

    token: str
    api_url: str = "https://discord.com/api/v10"
    gateway_url: str = "wss://gateway.discord.gg/"


class Life(Protocol):
    """What the rest of the bot wants to know about the connection."""

    async def back(self, platform: str) -> None:
        """A session was lost and nothing is replayed: count again whatever is open."""
        ...

    async def removed(self, installation: str) -> None:
        """The bot was taken off a server."""
        ...


class Owners(Protocol):
    """Who may connect a shard: one process only, where several share a database."""

    async def own(self, shard: int) -> bool:
        """Whether this process has the shard from now on."""
        ...


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
            guild_ready_timeout=platform.guilds_within,
            max_messages=None,
            max_ratelimit_timeout=MOST_RATE_WAIT,
            http_trace=trace(),
        )
        self.api = Api(self)
        self.rooms = Rooms(self, self.api)
        self.inbound = Inbound(self, self.api, self.rooms)
        self.outbound = DiscordOutbound(self, self.api, self.rooms)
        self._platform = platform
        self._begun: dict[int | None, float] = {}
        self._well: set[int | None] = set()
        self._lost = False
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
            await asyncio.sleep(max(self._platform.after_failure - (now - before), 0.0))
        elif not initial:
            await asyncio.sleep(self._platform.identify_every)
        self._begun[shard_id] = self.loop.time()
        self._well.discard(shard_id)

    # --- events ------------------------------------------------------------------------------------

    async def on_shard_ready(self, shard_id: int) -> None:
        """A session has begun anew: what happened meanwhile is not replayed."""
        self._well.add(shard_id)
        self._platform.ready.set()
        await self._platform.life_back()

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
        await self._platform.life_removed(installation_of(guild.id))

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
    """Discord as the app sees it: an outbound port at once, a connection once it is served."""

    def __init__(
        self,
        address: Address,
        *,
        identify_every: float = IDENTIFY_EVERY,
        after_failure: float = AFTER_FAILURE,
        guilds_within: float = GUILDS_WITHIN,
    ) -> None:
        """Nothing is asked of Discord before `serve`."""
        self._address = address
        self.identify_every = identify_every
        self.after_failure = after_failure
        self.guilds_within = guilds_within
        self.ready = asyncio.Event()
        self._life: Life | None = None
        self._owners: Owners | None = None
        self._closing = False
        self.outbound = OutboundToCome()
        self.client: Als | None = None

    async def serve(
        self,
        receiver: Receiver,
        signer: Signer,
        life: Life | None = None,
        owners: Owners | None = None,
    ) -> None:
        """Stay connected until `close`. Raises `CannotConnect` where trying again cannot help."""
        self._life, self._owners = life, owners
        Route.BASE = self._address.api_url.rstrip("/")
        gateway = yarl.URL(self._address.gateway_url)
        discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = gateway
        while not self._closing:
            client = self._made(receiver, signer)
            try:
                await client.start(self._address.token)
            except discord.LoginFailure:
                raise CannotConnect(
                    "Discord refuses the token; copy it again from the developer portal, under Bot."
                ) from None
            except discord.PrivilegedIntentsRequired:
                raise CannotConnect(
                    "Discord wants intents this bot does not ask for; please tell us."
                ) from None
            except (discord.DiscordException, aiohttp.ClientError, OSError, TimeoutError) as error:
                log.warning("connection_failed", error=type(error).__name__)
            finally:
                await client.close()
            await self._rest()

    def _made(self, receiver: Receiver, signer: Signer) -> Als:
        client = Als(self)
        client.inbound.receiver, client.inbound.signer = receiver, signer
        client.outbound.signer = signer
        self.client = client
        self.outbound.at = client.outbound
        return client

    async def _rest(self) -> None:
        if not self._closing:
            await asyncio.sleep(self.after_failure)

    async def close(self) -> None:
        """Leave; what was not answered yet is not."""
        self._closing = True
        if self.client is not None and not self.client.is_closed():
            await self.client.close()

    async def owned(self, count: int) -> list[int]:
        """The shards this process connects; waits until there is one nobody else has."""
        while True:
            mine = [n for n in range(count) if self._owners is None or await self._owners.own(n)]
            if mine:
                return mine
            await asyncio.sleep(SHARD_WAIT)

    async def life_back(self) -> None:
        """Tell the bot that reactions may have been missed."""
        if self._life is not None:
            await self._life.back("discord")

    async def life_removed(self, installation: str) -> None:
        """Tell the bot that a server is gone."""
        if self._life is not None:
            await self._life.removed(installation)


async def check(address: Address) -> tuple[str, str]:
    """The bot's name and its invite link. Raises `CannotConnect` where the token is refused."""
    Route.BASE = address.api_url.rstrip("/")
    client = discord.Client(intents=INTENTS)
    try:
        await client.login(address.token)
        assert client.user is not None
        return client.user.name, invite_link(client.application_id or client.user.id)
    except discord.LoginFailure:
        raise CannotConnect(
            "Discord refuses the token; copy it again from the developer portal, under Bot."
        ) from None
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        raise CannotConnect(
            f"I cannot reach Discord ({type(error).__name__}); look at the network and try again."
        ) from None
    finally:
        await client.close()
