"""Where a set lives: in a channel only it can read, or in one private thread of a wider one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

import discord

from bot.adapters.discord.connection.api import Api
from bot.runtime.ports.outgoing import Refused

NAME = "discord"
ROOM_NAME = "Action learning set"
MEETING_NAME = "Action learning meeting"
"""Thread names carry no issue: other people may read them."""

WEEK = 10080
PRIVATE_THREAD = 12
ARCHIVED = "50083"
MOST_SERVERS = 200
SERVERS_KEPT = 600.0
"""Seconds for which a list of the bot's servers is believed."""

NOT_HERE = (
    "A set cannot live here. Type /als start in an ordinary text channel, best in a private one."
)
NEEDED = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    create_public_threads=True,
    create_private_threads=True,
    add_reactions=True,
    read_message_history=True,
    attach_files=True,
)
"""The least the bot needs; nothing here lets it read what people write."""


def installation_of(guild_id: int | str) -> str:
    """A server, as the rest of the bot names it."""
    return f"{NAME}:{guild_id}"


def guild_of(installation: str) -> str:
    """The server's own id."""
    return installation.removeprefix(f"{NAME}:")


@dataclass(frozen=True, slots=True)
class Spot:
    """Where something was done: the set's `place`, and the channel it was done in."""

    place: str
    channel: int = 0
    direct: bool = False
    possible: bool = True


@dataclass(frozen=True, slots=True)
class Door:
    """A private thread whose parent may still lack the line that leads there."""

    guild: str
    parent: int
    room: int
    fresh: bool


class Rooms:
    """Finds the channel or thread that a set's messages go to, and makes it where there is none."""

    def __init__(self, client: discord.Client, api: Api) -> None:
        """Knows nothing by heart that it could not find again after a restart."""
        self._client = client
        self._api = api
        self._private: dict[int, int] = {}
        self._public: set[int] = set()
        self._locks: dict[int, asyncio.Lock] = {}
        self._servers: tuple[float, tuple[str, ...]] = (-SERVERS_KEPT, ())
        self._shut: set[int] = set()
        self.doors: list[Door] = []

    # --- servers -------------------------------------------------------------------------------

    def tells_us(self, guild: str) -> bool:
        """Whether Discord tells this process of that server, or another that has its shard."""
        ours = getattr(self._client, "shard_ids", None)
        return ours is None or (int(guild) >> 22) % (self._client.shard_count or 1) in ours

    async def servers(self) -> tuple[str, ...]:
        """Every server the bot is in; where shards are shared out, Discord is asked now and then."""
        ours = getattr(self._client, "shard_ids", None)
        if ours is None or len(ours) >= (self._client.shard_count or 1):
            return tuple(installation_of(guild.id) for guild in self._client.guilds)
        now = asyncio.get_running_loop().time()
        if now - self._servers[0] > SERVERS_KEPT:
            self._servers = (now, tuple([installation_of(g) async for g in self._listed()]))
        return self._servers[1]

    async def _listed(self) -> AsyncIterator[str]:
        after = "0"
        while True:
            params = {"limit": MOST_SERVERS, "after": after}
            page = await self._api.call("GET", "/users/@me/guilds", params=params)
            for listed in page:
                yield listed["id"]
            if len(page) < MOST_SERVERS:
                return
            after = page[-1]["id"]

    # --- coming in -----------------------------------------------------------------------------

    def spot(self, channel: object) -> Spot:
        """The place that a channel or thread stands for."""
        match channel:
            case discord.DMChannel():
                return Spot("", channel.id, direct=True)
            case discord.Thread():
                return self._of_thread(channel)
            case discord.TextChannel():
                return Spot(str(channel.id), channel.id)
            case discord.PartialMessageable() if channel.type is discord.ChannelType.private:
                return Spot("", channel.id, direct=True)
        return Spot("", getattr(channel, "id", 0), possible=False)

    def _of_thread(self, thread: discord.Thread) -> Spot:
        """A thread of a place is that place; a private one that people made is a place itself."""
        parent = thread.guild.get_channel(thread.parent_id)
        if parent is not None and not isinstance(parent, discord.TextChannel):
            return Spot("", thread.id, possible=False)
        own = thread.is_private() and thread.owner_id != self._me
        return Spot(str(thread.id if own else thread.parent_id), thread.id)

    @property
    def _me(self) -> int:
        return self._client.user.id if self._client.user else 0

    # --- going out -----------------------------------------------------------------------------

    async def wide(self, guild: str, place: str) -> bool:
        """Whether people who are not named there can read the channel.

        Discord says which roles may read, never who has them: a role means others.
        """
        channel = self._client.get_channel(int(place)) or await self._fetched(guild, place)
        if not isinstance(channel, discord.TextChannel):
            return False
        return open_roles(channel)

    async def _fetched(self, guild: str, place: str) -> object:
        """A channel we have not been told of, with its server's roles; never guessed to be private."""
        await self._api.call("GET", "/channels/{channel_id}", guild=guild, channel_id=place)
        server = await self._client.fetch_guild(int(guild))
        return await server.fetch_channel(int(place))

    async def home(self, guild: str, place: str) -> int:
        """The channel or thread where the set at `place` meets; made where there is none."""
        if not await self.wide(guild, place):
            return int(place)
        parent = int(place)
        async with self._locks.setdefault(parent, asyncio.Lock()):
            known = self._private.get(parent)
            if known is None:
                found = await self._found(guild, parent)
                known = found or await self._made(guild, parent)
                self.doors.append(Door(guild, parent, known, fresh=not found))
            self._private[parent] = known
            return known

    async def known_home(self, guild: str, place: str) -> int:
        """As `home`, but 0 where there is none yet."""
        if not await self.wide(guild, place):
            return int(place)
        return self._private.get(int(place)) or await self._found(guild, int(place))

    async def _found(self, guild: str, parent: int) -> int:
        server = self._client.get_guild(int(guild))
        for thread in server.threads if server is not None else ():
            if self._is_ours(thread.parent_id, thread.owner_id, thread.is_private(), parent):
                return thread.id
        active = await self._api.call(
            "GET", "/guilds/{guild_id}/threads/active", guild=guild, guild_id=guild
        )
        return self._first(active["threads"], parent) or await self._archived(guild, parent)

    async def _archived(self, guild: str, parent: int) -> int:
        listed = await self._api.call(
            "GET",
            "/channels/{channel_id}/users/@me/threads/archived/private",
            guild=guild,
            channel_id=parent,
        )
        return self._first(listed["threads"], parent)

    def _first(self, threads: Iterable[dict[str, Any]], parent: int) -> int:
        for t in threads:
            private = t["type"] == PRIVATE_THREAD
            if self._is_ours(int(t["parent_id"]), int(t["owner_id"]), private, parent):
                return int(t["id"])
        return 0

    def _is_ours(self, parent_id: int, owner_id: int, private: bool, parent: int) -> bool:
        return parent_id == parent and owner_id == self._me and private

    async def _made(self, guild: str, parent: int) -> int:
        body = {
            "name": ROOM_NAME,
            "type": PRIVATE_THREAD,
            "invitable": False,
            "auto_archive_duration": WEEK,
        }
        made = await self._api.call(
            "POST", "/channels/{channel_id}/threads", guild=guild, json=body, channel_id=parent
        )
        return int(made["id"])

    async def under(self, guild: str, ref: str, *, make: bool = True) -> int:
        """The thread below a board: in a thread, the thread itself; 0 where there is none yet."""
        channel_id, _, message_id = ref.partition("/")
        if self.is_thread(int(channel_id)):
            return int(channel_id)
        thread = int(message_id)
        if thread not in self._public and not self.is_thread(thread):
            if not make:
                return 0
            await self._start(guild, channel_id, message_id)
        self._public.add(thread)
        return thread

    def is_thread(self, channel_id: int) -> bool:
        """Whether that id is known as a thread's."""
        found = self._client.get_channel(channel_id)
        return isinstance(found, discord.Thread) or channel_id in self._private.values()

    async def _start(self, guild: str, channel_id: str, message_id: str) -> None:
        body = {"name": MEETING_NAME, "auto_archive_duration": WEEK}
        path = "/channels/{channel_id}/messages/{message_id}/threads"
        try:
            await self._api.call(
                "POST", path, guild=guild, json=body, channel_id=channel_id, message_id=message_id
            )
        except Refused as refused:
            if refused.code != "160004":  # somebody was quicker: there is one already
                raise

    async def let_in(self, guild: str, place: str, person: str) -> str:
        """Add somebody to the set's private thread; the address of the room they may enter."""
        room = await self.home(guild, place)
        path = "/channels/{channel_id}/thread-members/{user_id}"
        try:
            await self._api.call("PUT", path, guild=guild, channel_id=room, user_id=person)
        except Refused as refused:
            if refused.code != ARCHIVED:
                raise
            await self.wake(guild, room)
            await self._api.call("PUT", path, guild=guild, channel_id=room, user_id=person)
        return f"https://discord.com/channels/{guild}/{room}"

    async def wake(self, guild: str, thread: int) -> None:
        """Bring an archived thread back."""
        body = {"archived": False}
        await self._api.call(
            "PATCH", "/channels/{channel_id}", guild=guild, json=body, channel_id=thread
        )

    def shut(self, channel_id: int) -> None:
        """Posts there were refused; whoever opens it again is worth hearing."""
        self._shut.add(channel_id)

    def opened(self, server: discord.Guild) -> tuple[str, ...]:
        """The places of that server where posts were refused and nothing stands against them now."""
        places: list[str] = []
        for channel_id in tuple(self._shut):
            channel = server.get_channel_or_thread(channel_id)
            locked = isinstance(channel, discord.Thread) and channel.locked
            if channel is not None and not locked and not missing(channel):
                self._shut.discard(channel_id)
                places.append(self.spot(channel).place)
        return tuple(dict.fromkeys(p for p in places if p))

    async def roles_that_read(self, guild: str, place: str) -> tuple[str, ...]:
        """The roles that can look into the set's room without being let in, administrators aside."""
        channel = self._client.get_channel(int(place)) or await self._fetched(guild, place)
        where = channel.parent if isinstance(channel, discord.Thread) else channel
        if not isinstance(where, discord.TextChannel):
            return ()
        private = isinstance(channel, discord.Thread) or await self.wide(guild, place)
        may = "manage_threads" if private else "view_channel"
        return tuple(
            "Everybody in the server" if role.is_default() else f"The role {role.name}"
            for role in where.guild.roles
            if not role.is_bot_managed()
            and not role.permissions.administrator
            and getattr(where.permissions_for(role), may)
        )

    def forget(self, channel_id: int) -> None:
        """That channel or thread is gone."""
        self._public.discard(channel_id)
        self._private.pop(channel_id, None)
        for parent, thread in tuple(self._private.items()):
            if thread == channel_id:
                del self._private[parent]


def open_roles(channel: discord.abc.GuildChannel) -> bool:
    """Whether some role may see the channel: then people who are not named there may."""
    return any(
        channel.permissions_for(role).view_channel
        for role in channel.guild.roles
        if not role.is_bot_managed() and not role.permissions.administrator
    )


def missing(channel: object) -> tuple[str, ...]:
    """The permissions the bot lacks in a channel, by the names Discord shows."""
    where = channel.parent if isinstance(channel, discord.Thread) else channel
    if not isinstance(where, discord.TextChannel) or where.guild.me is None:
        return ()
    has = where.permissions_for(where.guild.me)
    lacks = [name for name, needed in NEEDED if needed and not getattr(has, name)]
    return tuple(name.replace("_", " ").title() for name in lacks)


def invite_link(application_id: int) -> str:
    """The address that adds the bot to a server with the least permissions."""
    return discord.utils.oauth_url(
        application_id, permissions=NEEDED, scopes=("bot", "applications.commands")
    )
