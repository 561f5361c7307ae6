"""What the outbox may ask of Discord: post, edit, delete, react, look up, count reactions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import discord

from bot.adapters.discord import render
from bot.adapters.discord.connection.api import DIRECT_PAUSE, Api
from bot.adapters.discord.connection.doors import DOOR, INSIDE, door_key
from bot.adapters.discord.events import EVENT, Events
from bot.adapters.discord.keys import carries, nonce
from bot.adapters.discord.markup import moment
from bot.adapters.discord.places import ARCHIVED, Door, Rooms, guild_of, installation_of
from bot.adapters.discord.readers import RoomReaders
from bot.core.cards import Button, Card
from bot.runtime.delivery.platform_time import PlatformClock
from bot.runtime.ports.incoming import File, Signer
from bot.runtime.ports.outgoing import (
    Absent,
    Found,
    LookedUp,
    NotSent,
    Outgoing,
    Reactions,
    Refused,
    Trouble,
    Unknown,
)

LOOK_BACK = timedelta(seconds=60)
PAGE = 100
MOST_PAGES = 20
MOST_VOTERS = 1000
LEFT = frozenset({"10007", "10013", "50278"})
"""Somebody is not in the server, or nowhere any more."""

STILL_A_MEMBER = 600.0
"""Seconds for which we believe that somebody is still in the server."""

TOO_FAST = "40003"
DIRECT_EVERY = 10.0
"""Seconds between opening two new direct conversations."""

MESSAGES = "/channels/{channel_id}/messages"
MESSAGE = "/channels/{channel_id}/messages/{message_id}"
REACTION = MESSAGE + "/reactions/{emoji}"


async def _nobody_asks(installation: str, person: str) -> None:
    """Nobody wants to know that somebody has left."""


class DiscordOutbound:
    """The outbound port over one logged-in client."""

    def __init__(
        self, client: discord.Client, api: Api, rooms: Rooms, clock: PlatformClock
    ) -> None:
        """`signer` is set once the vault is open, before anything is sent; `clock` hears all answers."""
        self._client = client
        self._api = api
        self.rooms = rooms
        self._discord = clock
        self._events = Events(client, api)
        self._readers = RoomReaders(client, api)
        self.signer: Signer | None = None
        self.gone: Callable[[str, str], Awaitable[None]] = _nobody_asks
        self._direct: dict[str, int] = {}
        self._members: dict[tuple[str, str], float] = {}
        self._opening = asyncio.Lock()
        self._opened_at = -DIRECT_EVERY
        self._rests_until = 0.0

    # --- the port -------------------------------------------------------------------------------

    async def post(self, out: Outgoing) -> str:
        """Send once, with our own nonce: sent again it is the same message."""
        if out.destination.calendar:
            return await self._events.post(self._guild(out), out)
        guild, channel = self._guild(out), await self._channel(out)
        body = self._drawn(out)
        body["nonce"] = nonce(out.installation, str(channel), out.key)
        body["enforce_nonce"] = True
        await self._open_doors()
        out.check_lease()
        made = await self._awake(
            guild,
            channel,
            lambda: self._api.call("POST", MESSAGES, guild=guild, json=body, channel_id=channel),
        )
        return f"{channel}/{made['id']}"

    async def edit(self, out: Outgoing) -> None:
        """Change a known message; one that was drawn silent once stays so."""
        if out.destination.calendar:
            await self._events.edit(self._guild(out), out)
            return
        body = render.edit_of(self._drawn(out))
        try:
            await self._on(out, "PATCH", MESSAGE, json=body)
        except Refused as refused:
            loud = not body["flags"]
            if refused.trouble is not Trouble.FORM or not loud or out.card is None:
                raise
            quiet = replace(out, card=replace(out.card, loud=False, calls=()))
            await self._on(out, "PATCH", MESSAGE, json=render.edit_of(self._board(quiet)))

    async def delete(self, out: Outgoing) -> None:
        """Delete a known message; one that is gone is fine."""
        if out.ref.startswith(EVENT):
            await self._events.delete(self._guild(out), out.ref)
            return
        try:
            await self._on(out, "DELETE", MESSAGE)
        except Refused as refused:
            if refused.trouble is not Trouble.GONE and refused.code != "10003":
                raise

    async def react(self, out: Outgoing) -> None:
        """Put the bot's own reactions on a message, in order."""
        for emoji in out.reactions:
            await self._on(out, "PUT", REACTION + "/@me", emoji=emoji)

    def time(self) -> datetime | None:
        """What time it is at Discord, as far as its answers have told."""
        return self._discord.now()

    async def look_up(self, out: Outgoing, since: datetime) -> LookedUp:
        """Look through our own newest messages there for the key that every post carries."""
        try:
            return await self._look(out, since)
        except (Refused, NotSent, ValueError):
            return Unknown()

    async def _look(self, out: Outgoing, since: datetime) -> LookedUp:
        if out.destination.calendar:
            return await self._events.look_up(self._guild(out), out.key)
        channel = await self._channel(out, make=False)
        if not channel:
            return Absent()
        after = discord.utils.time_snowflake(since - LOOK_BACK)
        for _ in range(MOST_PAGES):
            page = await self._page(self._guild(out), channel, after)
            for message in page:
                if message["author"]["id"] == self._me and carries(message, out.key):
                    return Found(f"{channel}/{message['id']}")
            if len(page) < PAGE:
                return Absent()
            after = max(int(m["id"]) for m in page)
        return Unknown()

    async def bring(self, installation: str, person: str, file: File) -> None:
        """A file by direct message, once. Raises as `post`, or anything where unsure."""
        guild = guild_of(installation)
        channel = await self._direct_channel(guild, person)
        body = render.handed(file, direct=True)
        await self._api.call(
            "POST", MESSAGES, guild=guild, json=body, file=file, channel_id=channel
        )

    async def readers(
        self, installation: str, place: str, known: Collection[str]
    ) -> tuple[tuple[str, str], ...]:
        """The roles that can read along: Discord names roles, never people.

        Asked for at the start of a meeting, when we also look who is not in the server any more.
        """
        guild = guild_of(installation)
        for person in known:
            await self._look_for(guild, person)
        roles = await self.rooms.roles_that_read(guild, place)
        return tuple(("", role) for role in roles)

    async def read_only_by(self, installation: str, place: str, members: Collection[str]) -> bool:
        """Whether the set's own room is read by these people alone, administrators aside."""
        guild = guild_of(installation)
        room = await self.rooms.known_home(guild, place)
        return bool(room) and await self._readers.only(guild, room, members)

    async def cannot_list(self, installation: str, where: str, members: Collection[str]) -> str:
        """Why meetings held there cannot be the server's events; nothing where they can be."""
        return await self._events.in_the_way(guild_of(installation), where, members)

    async def _look_for(self, guild: str, person: str) -> None:
        try:
            await self._still_a_member(guild, person, afresh=True)
        except Refused as refused:
            if refused.trouble is not Trouble.PERSON:
                raise

    async def reactions(self, installation: str, ref: str) -> Reactions:
        """Who reacted with what, super reactions included, as Discord knows it now."""
        guild = guild_of(installation)
        channel_id, _, message_id = ref.partition("/")
        ids: dict[str, Any] = {"channel_id": channel_id, "message_id": message_id}
        message = await self._api.call("GET", MESSAGE, guild=guild, **ids)
        votes: set[tuple[str, str]] = set()
        complete = True
        for counted in message.get("reactions", ()):
            emoji = counted["emoji"]
            if emoji["id"] is None:
                people = await self._reacted(guild, ids, emoji["name"])
                complete = complete and len(people) >= counted["count"]
                votes |= {(u["id"], emoji["name"]) for u in people if not u.get("bot")}
        return Reactions(frozenset(votes), complete)

    # --- where -----------------------------------------------------------------------------------

    def _guild(self, out: Outgoing) -> str:
        guild = guild_of(out.installation)
        told = self._client.is_ready() and self.rooms.tells_us(guild)
        if told and self._client.get_guild(int(guild)) is None:
            raise Refused(Trouble.INSTALLATION, "not_in_server")
        return guild

    async def _channel(self, out: Outgoing, *, make: bool = True) -> int:
        guild, to = self._guild(out), out.destination
        if to.person:
            return await self._direct_channel(guild, to.person)
        if to.parent:
            return await self.rooms.under(guild, to.parent, make=make)
        if make:
            return await self.rooms.home(guild, to.place)
        return await self.rooms.known_home(guild, to.place)

    async def _direct_channel(self, guild: str, person: str) -> int:
        await self._still_a_member(guild, person)
        if person not in self._direct:
            async with self._opening:
                await self._slowly()
                opened = await self._open(person)
            self._direct[person] = int(opened["id"])
        return self._direct[person]

    async def _slowly(self) -> None:
        """Discord takes fast openers of conversations for spammers: the outbox tries again."""
        now = asyncio.get_running_loop().time()
        if now < self._rests_until:
            raise Refused(Trouble.WAIT, TOO_FAST, self._rests_until - now)
        wait = self._opened_at + DIRECT_EVERY - now
        if wait > 0 and len(self._direct) >= PAGE:
            raise Refused(Trouble.WAIT, "opening_slowly", wait)
        self._opened_at = now

    async def _open(self, person: str) -> Any:
        """A new conversation; where Discord finds us too fast, none is opened for an hour."""
        body = {"recipient_id": person}
        try:
            return await self._api.call("POST", "/users/@me/channels", json=body)
        except Refused as refused:
            if refused.code == TOO_FAST:
                self._rests_until = asyncio.get_running_loop().time() + DIRECT_PAUSE
            raise

    async def _still_a_member(self, guild: str, person: str, *, afresh: bool = False) -> None:
        """Leaving is told only to bots that may read the member list: so we ask."""
        now = asyncio.get_running_loop().time()
        seen = self._members.get((guild, person), -STILL_A_MEMBER)
        if now - seen < STILL_A_MEMBER and not afresh:
            return
        path = "/guilds/{guild_id}/members/{user_id}"
        try:
            await self._api.call("GET", path, guild=guild, guild_id=guild, user_id=person)
        except Refused as refused:
            if refused.code in LEFT:
                self._members.pop((guild, person), None)
                await self.gone(installation_of(guild), person)
            raise
        self._members[guild, person] = now

    # --- what -----------------------------------------------------------------------------------

    def _drawn(self, out: Outgoing) -> render.Json:
        assert out.card is not None
        direct = bool(out.destination.person)
        if not render.notifies(out.card, direct=direct):
            return self._board(out)
        return render.call(out.card, self._seal(out, out.card), out.key, _note(out))

    def _board(self, out: Outgoing) -> render.Json:
        assert out.card is not None
        return render.board(out.card, self._seal(out, out.card), out.key, _note(out))

    def _seal(self, out: Outgoing, card: Card) -> Callable[[Button], str]:
        signer = self.signer
        assert signer is not None, "nothing is sent before the vault is open"
        return lambda button: signer.seal(out.installation, card, button)

    async def _open_doors(self) -> None:
        """One line in the wider channel for each private thread: nothing of what goes on."""
        while self.rooms.doors:
            door = self.rooms.doors[-1]
            if door.fresh or not await self._has_door(door):
                await self._say(door, door.parent, DOOR)
                await self._say(door, door.room, INSIDE)
            self.rooms.doors.remove(door)

    async def _has_door(self, door: Door) -> bool:
        """After a restart: the line is among the first messages that are younger than the thread."""
        page = await self._page(door.guild, door.parent, door.room)
        return any(carries(message, door_key(door)) for message in page)

    async def _say(self, door: Door, channel: int, card: Card) -> None:
        installation = installation_of(door.guild)
        body = render.board(card, self._seal_of(installation, card), door_key(door))
        body["nonce"] = nonce(installation, str(channel), door_key(door))
        body["enforce_nonce"] = True
        await self._api.call("POST", MESSAGES, guild=door.guild, json=body, channel_id=channel)

    def _seal_of(self, installation: str, card: Card) -> Callable[[Button], str]:
        signer = self.signer
        assert signer is not None
        return lambda button: signer.seal(installation, card, button)

    # --- how ------------------------------------------------------------------------------------

    async def _on(self, out: Outgoing, method: str, path: str, **more: Any) -> Any:
        guild = self._guild(out)
        channel, _, message = out.ref.partition("/")
        return await self._awake(
            guild,
            int(channel),
            lambda: self._api.call(
                method, path, guild=guild, channel_id=channel, message_id=message, **more
            ),
        )

    async def _awake(self, guild: str, channel: int, work: Callable[[], Awaitable[Any]]) -> Any:
        """Do it; where the thread sleeps, wake it once and do it again."""
        try:
            return await work()
        except Refused as refused:
            if refused.code == "10003":
                self.rooms.forget(channel)
            if refused.code != ARCHIVED:
                self._note(channel, refused)
                raise
        try:
            await self.rooms.wake(guild, channel)
            return await work()
        except Refused as refused:
            self._note(channel, refused)
            raise

    def _note(self, channel: int, refused: Refused) -> None:
        if refused.trouble is Trouble.DESTINATION:
            self.rooms.shut(channel)

    @property
    def _me(self) -> str:
        return str(self._client.user.id) if self._client.user else ""

    async def _page(self, guild: str, channel: int, after: int) -> list[Any]:
        params = {"after": after, "limit": PAGE}
        page: list[Any] = await self._api.call(
            "GET", MESSAGES, guild=guild, params=params, channel_id=channel
        )
        return page

    async def _reacted(self, guild: str, ids: dict[str, Any], emoji: str) -> list[Any]:
        people: list[Any] = []
        for kind in (0, 1):
            after = 0
            while len(people) < MOST_VOTERS:
                params = {"limit": PAGE, "after": after, "type": kind}
                page = await self._api.call(
                    "GET", REACTION, guild=guild, params=params, emoji=emoji, **ids
                )
                people.extend(page)
                if len(page) < PAGE:
                    break
                after = max(int(u["id"]) for u in page)
        return people


def _note(out: Outgoing) -> str:
    if out.again:
        return "Sent again: the first copy may have got lost."
    if out.late_since is not None:
        return f"This comes late. It was meant for {moment(out.late_since)}."
    return ""
