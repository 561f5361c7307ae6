"""Who reads a set's room on Discord: asked afresh each time, never taken from what we were told."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import discord

from bot.adapters.discord.connection.api import Api
from bot.adapters.discord.places import PRIVATE_THREAD
from bot.runtime.ports.outgoing import Refused

THREADS = frozenset({10, 11, PRIVATE_THREAD})
NOT_IN_THREAD = frozenset({"10007", "10013"})
OF_A_PERSON = 1
"""The kind of a channel's permission that names a person and not a role."""

MOST_COUNTED = 50
"""Discord counts the people in a thread no further."""

VIEW = discord.Permissions(view_channel=True).value
MODERATE = discord.Permissions(manage_threads=True).value


class RoomReaders:
    """Whether a room is read by certain people alone. Who is in a role Discord does not tell."""

    def __init__(self, client: discord.Client, api: Api) -> None:
        """Asks by `api`; the client knows roles and who we are."""
        self._client = client
        self._api = api

    async def only(self, guild: str, room: int, members: Collection[str]) -> bool:
        """Whether nobody else can read that channel or thread now.

        The server's owner, roles with Administrator and the roles that come with a bot are left
        out. Any other role that can look in counts as others. Raises where it cannot be asked.
        """
        told = await self._channel(guild, room)
        where = told
        if told["type"] in THREADS:
            where = await self._channel(guild, int(told["parent_id"]))
        private = told["type"] == PRIVATE_THREAD
        known = {*members, self._me}
        right = MODERATE if private else VIEW
        if await self._a_role_has(right, guild, where) or _named(where, right) - known:
            return False
        return not private or await self._only_let_in(guild, told, known)

    @property
    def _me(self) -> str:
        return str(self._client.user.id) if self._client.user else ""

    async def _channel(self, guild: str, channel_id: int) -> dict[str, Any]:
        path = "/channels/{channel_id}"
        told: dict[str, Any] = await self._api.call("GET", path, guild=guild, channel_id=channel_id)
        return told

    async def _a_role_has(self, right: int, guild: str, told: dict[str, Any]) -> bool:
        server = await self._client.fetch_guild(int(guild))
        channel = await server.fetch_channel(int(told["id"]))
        return any(
            channel.permissions_for(role).value & right
            for role in server.roles
            if not role.is_bot_managed() and not role.permissions.administrator
        )

    async def _only_let_in(self, guild: str, thread: dict[str, Any], known: set[str]) -> bool:
        """Whether as many are in a thread as there are of these in it: Discord lists nobody."""
        there = [await self._is_in(guild, thread["id"], person) for person in sorted(known)]
        number: int = thread["member_count"]
        return sum(there) == number < MOST_COUNTED

    async def _is_in(self, guild: str, thread: str, person: str) -> bool:
        path = "/channels/{channel_id}/thread-members/{user_id}"
        try:
            await self._api.call("GET", path, guild=guild, channel_id=thread, user_id=person)
        except Refused as refused:
            if refused.code in NOT_IN_THREAD:
                return False
            raise
        return True


def _named(channel: dict[str, Any], right: int) -> set[str]:
    """The people to whom a channel gives that right by name."""
    return {
        str(one["id"])
        for one in channel.get("permission_overwrites", ())
        if int(one["type"]) == OF_A_PERSON and int(one["allow"]) & right
    }
