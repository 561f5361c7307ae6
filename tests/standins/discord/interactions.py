"""What people's presses, commands and forms wait for: the bot's answer, once, within three seconds."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from tests.standins.discord import rules
from tests.standins.discord.world import (
    EPHEMERAL,
    PAYLOAD,
    Attachment,
    Channel,
    Guild,
    Json,
    Message,
    No,
    User,
    attached,
    snowflake,
)

if TYPE_CHECKING:
    from tests.standins.discord.server import Server

COMMAND, COMPONENT, AUTOCOMPLETE, SUBMIT = 2, 3, 4, 5
SAY, LATER, LATER_UPDATE, UPDATE, SUGGEST, MODAL = 4, 5, 6, 7, 8, 9
ANSWER_WITHIN, FOLLOW_UPS_FOR = 3.0, 900.0


@dataclass(eq=False)
class Interaction:
    """One thing a person did, and what the bot said to it."""

    who: User
    channel: Channel
    kind: int
    data: Json
    guild: Guild | None = None
    message: Message | None = None
    id: int = field(default_factory=snowflake)
    token: str = field(default_factory=lambda: secrets.token_hex(24))
    since: float = field(default_factory=time.monotonic)
    answer: int | None = None
    deferred: bool = False
    ephemeral: bool = False
    original: Message | None = None
    said: list[Message] = field(default_factory=list)
    modal: Json | None = None
    suggestions: list[Json] | None = None
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    def json(self, server: Server) -> Json:
        """As INTERACTION_CREATE tells it."""
        place = self.channel.json()
        owners = {"0": str(self.guild.id if self.guild else 0)}
        shown: Json = {
            "id": str(self.id),
            "application_id": str(server.application_id),
            "type": self.kind,
            "data": self.data,
            "channel": place,
            "channel_id": str(self.channel.id),
            "token": self.token,
            "version": 1,
            "app_permissions": str((1 << 53) - 1),
            "locale": "en-US",
            "entitlements": [],
            "attachment_size_limit": 10_485_760,
            "authorizing_integration_owners": owners,
            "context": 0 if self.guild else 1,
        }
        if self.message is not None:
            shown["message"] = self.message.json()
        if self.guild is None:
            return shown | {"user": self.who.json()}
        allowed = str(self.guild.permissions(self.who, self.channel))
        member = self.guild.member_json(self.who) | {"permissions": allowed}
        guild = {"id": str(self.guild.id), "locale": "en-US", "features": []}
        return shown | {
            "guild_id": str(self.guild.id),
            "guild": guild,
            "guild_locale": "en-US",
            "member": member,
        }


class Interactions:
    """The callbacks and follow-ups of every interaction."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.by_id: dict[int, Interaction] = {}
        self.by_token: dict[str, Interaction] = {}
        self.late = 0

    async def start(self, one: Interaction) -> Interaction:
        """A person did something: the bot hears of it."""
        self.by_id[one.id] = one
        self.by_token[one.token] = one
        guild_id = one.guild.id if one.guild else None
        await self.server.gateway.dispatch("INTERACTION_CREATE", one.json(self.server), guild_id)
        return one

    async def callback(self, request: web.Request) -> web.Response:
        """The first answer."""
        one = self.by_id.get(int(request.match_info["id"]))
        if one is None or one.token != request.match_info["token"]:
            raise No(404, 10062, "Unknown interaction")
        body = request[PAYLOAD]
        if one.answer is not None:
            raise No(400, 40060, "Interaction has already been acknowledged.")
        if time.monotonic() - one.since > ANSWER_WITHIN:
            self.late += 1
            raise No(404, 10062, "Unknown interaction")
        await self._answered(one, body, attached(request))
        one.answered.set()
        if request.query.get("with_response") not in ("1", "true"):
            return web.Response(status=204)
        return web.json_response(_with_response(one, body["type"]))

    async def _answered(self, one: Interaction, body: Json, files: list[Attachment]) -> None:
        kind, data = body["type"], body.get("data") or {}
        match kind:
            case 4:
                rules.check_message(data)
                self._say(one, data, files, first=True)
            case 5:
                one.deferred, one.ephemeral = True, bool(data.get("flags", 0) & EPHEMERAL)
            case 6 | 7:
                self._update(one, kind, data)
            case 8:
                one.suggestions = data["choices"]
            case 9:
                if one.kind == SUBMIT:
                    raise rules.bad("type: a modal cannot answer a modal")
                rules.check_modal(data)
                one.modal = data
            case _:
                raise rules.bad("type")
        one.answer = kind

    def _update(self, one: Interaction, kind: int, data: Json) -> None:
        if one.message is None:
            raise rules.bad("type: there is no message to update")
        one.original = one.message
        if kind == UPDATE:
            self.server.change(one.message, data)

    def _say(
        self, one: Interaction, data: Json, files: list[Attachment], *, first: bool = False
    ) -> Message:
        flags = data.get("flags", 0)
        made = self.server.make(one.channel, self.server.bot, data, flags=flags)
        made.attachments = files
        made.interaction, made.for_one = one.id, one.who if flags & EPHEMERAL else None
        one.said.append(made)
        if first:
            one.original, one.ephemeral = made, bool(flags & EPHEMERAL)
        return made

    def _of(self, request: web.Request) -> Interaction:
        one = self.by_token.get(request.match_info["token"])
        if one is None or time.monotonic() - one.since > FOLLOW_UPS_FOR:
            raise No(401, 50027, "Invalid Webhook Token")
        if one.answer is None:
            raise No(404, 10015, "Unknown Webhook")
        return one

    async def follow_up(self, request: web.Request) -> web.Response:
        """A further answer; the first one fills a deferred reply and keeps its secrecy."""
        one, data, files = self._of(request), request[PAYLOAD], attached(request)
        rules.check_message(data)
        if one.deferred and one.original is None:
            data = data | {"flags": data.get("flags", 0) & ~EPHEMERAL | EPHEMERAL * one.ephemeral}
            return web.json_response(self._say(one, data, files, first=True).json())
        return web.json_response(self._say(one, data, files).json())

    async def edit(self, request: web.Request) -> web.Response:
        """Change an answer; for a deferred one this is what fills it."""
        one, data, files = self._of(request), request[PAYLOAD], attached(request)
        message = self._named(one, request.match_info["message"])
        if message is None and one.deferred:
            rules.check_message(data)
            flags = data.get("flags", 0) | EPHEMERAL * one.ephemeral
            made = self._say(one, data | {"flags": flags}, files, first=True)
            return web.json_response(made.json())
        if message is None:
            raise No(404, 10008, "Unknown Message")
        self.server.change(message, data)
        return web.json_response(message.json())

    async def delete(self, request: web.Request) -> web.Response:
        """Take an answer back."""
        one = self._of(request)
        message = self._named(one, request.match_info["message"])
        if message is None:
            raise No(404, 10008, "Unknown Message")
        message.deleted = True
        return web.Response(status=204)

    def _named(self, one: Interaction, name: str) -> Message | None:
        if name == "@original":
            return one.original
        return next((m for m in one.said if str(m.id) == name), None)


def _with_response(one: Interaction, kind: int) -> Json:
    shown: Json = {
        "interaction": {
            "id": str(one.id),
            "type": one.kind,
            "response_message_ephemeral": one.ephemeral,
            "response_message_loading": one.deferred,
        },
        "resource": {"type": kind},
    }
    if one.original is not None:
        shown["interaction"]["response_message_id"] = str(one.original.id)
        shown["resource"]["message"] = one.original.json()
    return shown
