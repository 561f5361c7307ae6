"""Meetings as the server's own events: only in a voice or stage channel that the set alone sees."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, TypeAlias

import discord

from bot.adapters.discord.connection.api import Api
from bot.adapters.discord.places import open_roles
from bot.core.cards import Entry
from bot.runtime.ports.outgoing import Absent, Found, LookedUp, Outgoing, Refused, Trouble

NAME = "Meeting"
"""An event is shown to people and in places we do not know: it says nothing of the set."""

EVENT = "event/"
"""How the reference of an event begins; a message's begins with its channel."""

KEY_SHOWN = 12
"""How much of a post's key stands in its event, so that it is found again: 48 random bits."""

MEMBERS_ONLY, STAGE, VOICE = 2, 1, 2
EVENTS = "/guilds/{guild_id}/scheduled-events"
ONE_EVENT = EVENTS + "/{event_id}"

NO_CHANNEL = (
    "I list meetings only in a voice or stage channel; copy its link into Where by /als schedule."
)
OTHERS = "Others can see that channel; give one under Where that only your set and I can see."
NO_RIGHT = (
    "I may not create events there; "
    "give me Create Events and Connect, then switch it off and on again."
)

Hall: TypeAlias = discord.VoiceChannel | discord.StageChannel

_LINK = re.compile(r"(?:/channels/\d+/|<#)(\d{1,20})\b")


class Events:
    """The events of meetings, as the outbox asks for them."""

    def __init__(self, client: discord.Client, api: Api) -> None:
        """Knows nothing by heart: Discord lists them all."""
        self._client = client
        self._api = api

    async def post(self, guild: str, out: Outgoing) -> str:
        """A new event; its reference. Refused for good where the set is not alone there."""
        body = {**await self._body(guild, out), "description": out.key[:KEY_SHOWN]}
        out.check_lease()
        made = await self._call("POST", EVENTS, guild, json=body)
        return f"{EVENT}{made['id']}"

    async def edit(self, guild: str, out: Outgoing) -> None:
        """Another time or channel; taken out where the set is not alone there any more."""
        try:
            body = await self._body(guild, out)
        except Refused as refused:
            if refused.trouble is Trouble.GONE:
                await self.delete(guild, out.ref)
            raise
        await self._call("PATCH", ONE_EVENT, guild, out.ref, json=body)

    async def delete(self, guild: str, ref: str) -> None:
        """Taken out; one that is gone is fine."""
        try:
            await self._call("DELETE", ONE_EVENT, guild, ref)
        except Refused as refused:
            if refused.trouble is not Trouble.GONE:
                raise

    async def look_up(self, guild: str, key: str) -> LookedUp:
        """Whether an event of ours holds that key: a server lists at most a hundred."""
        for event in await self._call("GET", EVENTS, guild):
            ours = self._client.user is not None and event["creator_id"] == str(
                self._client.user.id
            )
            if ours and event.get("description") == key[:KEY_SHOWN]:
                return Found(f"{EVENT}{event['id']}")
        return Absent()

    async def in_the_way(self, guild: str, where: str, members: Collection[str]) -> str:
        """Why meetings held there cannot be listed, in one sentence; nothing where they can be."""
        channel = await self._meant(guild, where)
        if channel is None:
            return NO_CHANNEL
        if not self._alone(channel, members):
            return OTHERS
        return "" if _allowed(channel) else NO_RIGHT

    # --- where ----------------------------------------------------------------------------------

    async def _body(self, guild: str, out: Outgoing) -> dict[str, Any]:
        entry = out.entry
        assert entry is not None, "only what is still to stand is put there or changed"
        return _body(await self._channel(guild, entry), entry)

    async def _channel(self, guild: str, entry: Entry) -> Hall:
        channel = await self._meant(guild, entry.where)
        if channel is None or not self._alone(channel, entry.members):
            raise Refused(Trouble.GONE, "not_the_sets_own")
        if not _allowed(channel):
            # Asking all the same would count against us.
            raise Refused(Trouble.GONE, "no_right")
        return channel

    async def _meant(self, guild: str, where: str) -> Hall | None:
        """The voice or stage channel that the set has written, by its link or by its name."""
        linked = _LINK.search(where)
        for channel in await self._halls(guild):
            if linked is not None and channel.id == int(linked[1]):
                return channel
            if linked is None and channel.name.casefold() == where.strip().casefold():
                return channel
        return None

    async def _halls(self, guild: str) -> list[Hall]:
        server = self._client.get_guild(int(guild))
        if server is not None:
            return [*server.voice_channels, *server.stage_channels]
        fetched = await self._client.fetch_guild(int(guild))
        kinds = (discord.VoiceChannel, discord.StageChannel)
        return [c for c in await fetched.fetch_channels() if isinstance(c, kinds)]

    def _alone(self, channel: Hall, members: Collection[str]) -> bool:
        """Whether nobody sees it but the set, ourselves, and administrators."""
        if open_roles(channel):
            return False
        me = str(self._client.user.id) if self._client.user else ""
        let_in = {
            str(who.id)
            for who, given in channel.overwrites.items()
            if given.view_channel and not _is_role(who)
        }
        return let_in <= {*members, me}

    # --- how ------------------------------------------------------------------------------------

    async def _call(
        self, method: str, path: str, guild: str, ref: str = "", json: Any = None
    ) -> Any:
        """A refusal here is the event's alone: the set's own messages go on."""
        ids: dict[str, Any] = {
            "guild_id": guild,
            **({"event_id": ref.removeprefix(EVENT)} if ref else {}),
        }
        try:
            return await self._api.call(method, path, guild=guild, json=json, **ids)
        except Refused as refused:
            if refused.trouble is Trouble.DESTINATION:
                raise Refused(Trouble.GONE, refused.code) from None
            raise


def _is_role(who: object) -> bool:
    return isinstance(who, discord.Role) or getattr(who, "type", None) is discord.Role


def _allowed(channel: Hall) -> bool:
    me: discord.Member | None = channel.guild.me
    if me is None:
        # Not told of this server: Discord itself says.
        return True
    mine = channel.permissions_for(me)
    stage = isinstance(channel, discord.StageChannel)
    moderates = mine.manage_channels and mine.mute_members and mine.move_members
    return mine.create_events and mine.view_channel and mine.connect and (not stage or moderates)


def _body(channel: Hall, entry: Entry) -> dict[str, Any]:
    stage = isinstance(channel, discord.StageChannel)
    return {
        "name": NAME,
        "privacy_level": MEMBERS_ONLY,
        "entity_type": STAGE if stage else VOICE,
        "channel_id": str(channel.id),
        "scheduled_start_time": entry.starts_at.isoformat(),
        "scheduled_end_time": entry.ends_at.isoformat(),
    }
