"""The stand-in itself: one aiohttp server on loopback with Discord's REST and gateway."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate
from typing import Any

from aiohttp import BodyPartReader, web

from tests.standins.discord import rules
from tests.standins.discord.faults import Faults
from tests.standins.discord.gateway import Gateway
from tests.standins.discord.interactions import Interactions
from tests.standins.discord.world import (
    COMPONENTS_V2,
    DIRECT,
    FILES,
    PAYLOAD,
    Attachment,
    Channel,
    Guild,
    Json,
    Message,
    No,
    User,
    clock,
    snowflake,
)

API = "/api/v10"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def _dated(request: web.Request, response: web.StreamResponse) -> None:
    """Every answer tells what time it is at Discord."""
    response.headers["Date"] = formatdate(clock(), usegmt=True)


@dataclass(frozen=True)
class Asked:
    """One request as it came, for the check against the published schema."""

    method: str
    path: str
    body: Any
    status: int


class Server:
    """Servers, people and one bot; start it, point the library at it, and act as people do."""

    def __init__(self) -> None:
        clock.ahead = 0.0
        self.bot = User("als", bot=True)
        self.application_id = self.bot.id
        self.token = "token-of-the-stand-in"
        self.privileged = 0
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.users: dict[int, User] = {self.bot.id: self.bot}
        self.commands: list[Json] = []
        self.syncs = 0
        self.asked: list[Asked] = []
        self.faults = Faults()
        self.gateway = Gateway(self)
        self.interactions = Interactions(self)
        self.pace: tuple[int, float] | None = None
        self.limited = 0
        self.nonces: dict[tuple[int, str], tuple[float, Message | None]] = {}
        self._posts: dict[str, list[float]] = {}
        self._runner: web.AppRunner | None = None
        self.port = 0
        self._telling: list[asyncio.Future[None]] = []

    # --- life ------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen, on the same port again after `stop`."""
        from tests.standins.discord import rest

        app = web.Application(middlewares=[self._middleware], client_max_size=4 << 20)
        app.router.add_get("/gateway/", self.gateway.handle)
        app.router.add_get("/gateway", self.gateway.handle)
        rest.add_routes(self, app)
        app.on_response_prepare.append(_dated)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2, access_log=None)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        server = site._server
        assert server is not None
        self.port = server.sockets[0].getsockname()[1]  # type: ignore[attr-defined]

    async def stop(self) -> None:
        """Stop listening and drop every connection: from now on, connections are refused."""
        await self.gateway.drop()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    @property
    def api_url(self) -> str:
        return f"http://127.0.0.1:{self.port}{API}"

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/gateway/"

    @web.middleware
    async def _middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not request.path.startswith(API):
            return await handler(request)
        response = await self.faults.run(request, lambda r: self._counted(r, handler))
        if response.content_type == "application/json" and not response.prepared:
            response.headers["Content-Type"] = "application/json"  # the library takes nothing else
        return response

    async def _counted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path.removeprefix(API)
        body = None
        try:
            body = await _body(request)
            self._check_token(request)
            limited = self._over_pace(request, path)
            response = limited or await handler(request)
        except No as no:
            words = {"code": no.code, "message": no.words}
            response = web.json_response(words, status=no.status, headers={"Via": "1.1 stand-in"})
        self.asked.append(Asked(request.method, path, body, response.status))
        return response

    def _check_token(self, request: web.Request) -> None:
        by_token_in_path = "/interactions/" in request.path or "/webhooks/" in request.path
        if not by_token_in_path and request.headers.get("Authorization") != f"Bot {self.token}":
            raise No(401, 0, "401: Unauthorized")

    def _over_pace(self, request: web.Request, path: str) -> web.Response | None:
        """Discord's bucket of posts in one channel, where the test asked for it."""
        if self.pace is None or request.method != "POST" or not path.endswith("/messages"):
            return None
        number, seconds = self.pace
        now = time.monotonic()
        recent = [t for t in self._posts.get(path, []) if now - t < seconds]
        if len(recent) < number:
            self._posts[path] = [*recent, now]
            return None
        self.limited += 1
        wait = round(seconds - (now - recent[0]), 3)
        body = {"message": "You are being rate limited.", "retry_after": wait, "global": False}
        return web.json_response(body, status=429, headers={"Via": "1.1 stand-in"})

    # --- what exists -----------------------------------------------------------------------------

    def guild(self, name: str) -> Guild:
        """A server that the bot is in."""
        made = Guild(name)
        self.guilds[made.id] = made
        role = made.role("als", managed=True)
        role.bot = self.bot.id
        made.join(self.bot, role)
        return made

    def channel(self, guild: Guild, name: str, **more: Any) -> Channel:
        """A channel of a server."""
        made = Channel(name, guild=guild, **more)
        guild.channels[made.id] = self.channels[made.id] = made
        if self._runner is not None and not made.is_thread:
            told = self.gateway.dispatch("CHANNEL_CREATE", made.json(), guild.id)
            self._telling.append(asyncio.ensure_future(told))
        return made

    async def changed(self, channel: Channel) -> None:
        """Somebody has changed a channel's settings: the bot hears of it."""
        await asyncio.gather(*self._telling)
        if channel.guild is not None:
            await self.gateway.dispatch("CHANNEL_UPDATE", channel.json(), channel.guild.id)

    def direct(self, user: User) -> Channel:
        """The direct conversation between the bot and that person."""
        for channel in self.channels.values():
            if channel.type == DIRECT and user in channel.people:
                return channel
        made = Channel("", DIRECT, people=[user, self.bot])
        self.channels[made.id] = made
        return made

    def messages(self) -> list[Message]:
        """Every message that stands anywhere."""
        return [m for c in self.channels.values() for m in c.messages if not m.deleted]

    def find(self, channel_id: int) -> Channel:
        found = self.channels.get(channel_id)
        if found is None or found.deleted:
            raise No(404, 10003, "Unknown Channel")
        if found.guild is not None and found.guild.id not in self.guilds:
            raise No(403, 50001, "Missing Access")
        if found.guild is not None and not found.guild.sees(self.bot, found):
            raise No(403, 50001, "Missing Access")
        return found

    def make(self, channel: Channel, author: User, body: Json, *, flags: int = 0) -> Message:
        """A message that was accepted."""
        made = Message(channel, author, body.get("content") or "", flags=flags)
        made.components = numbered(body.get("components") or [])
        made.nonce = str(body.get("nonce") or "")
        made.mentions = self._mentioned(made, body)
        channel.messages.append(made)
        return made

    def change(self, message: Message, body: Json) -> None:
        """An edit, refused as Discord refuses it."""
        v2 = bool(message.flags & COMPONENTS_V2)
        rules.check_message(body, v2_before=v2, edit=True)
        becomes = bool(body.get("flags", 0) & COMPONENTS_V2)
        if becomes and message.content and "content" not in body:
            raise rules.bad("MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2")
        message.flags |= body.get("flags", 0) & COMPONENTS_V2
        if "content" in body:
            message.content = body["content"] or ""
        if "components" in body:
            message.components = numbered(body["components"] or [])
        message.edits += 1

    def _mentioned(self, message: Message, body: Json) -> list[User]:
        allowed = body.get("allowed_mentions")
        text = json.dumps([message.content, message.components])
        named = [u for u in self.users.values() if f"<@{u.id}>" in text]
        if allowed is None:
            return named
        if "users" in (allowed.get("parse") or []):
            return named
        return [u for u in named if str(u.id) in map(str, allowed.get("users") or [])]


def numbered(components: list[Json]) -> list[Json]:
    """The components as Discord gives them back: each with an id."""
    copied: list[Json] = json.loads(json.dumps(components))
    taken = {c["id"] for c in rules.inside(copied) if c.get("id")}
    free = (n for n in range(1, 1000) if n not in taken)
    for one in rules.inside(copied):
        if not one.get("id"):
            one["id"] = next(free)
    return copied


async def _body(request: web.Request) -> Any:
    """The JSON of a request, alone or in a multipart form with files beside it."""
    request[PAYLOAD], request[FILES] = {}, {}
    if not request.can_read_body:
        return None
    if request.content_type == "multipart/form-data":
        await _read_multipart(request)
    elif request.content_type == "application/json":
        request[PAYLOAD] = await request.json()
    else:
        return None
    return request[PAYLOAD]


async def _read_multipart(request: web.Request) -> None:
    async for part in await request.multipart():
        assert isinstance(part, BodyPartReader)
        content = bytes(await part.read())
        if part.name == "payload_json":
            request[PAYLOAD] = json.loads(content)
        elif part.name is not None and part.name.startswith("files["):
            number = part.name.removeprefix("files[").removesuffix("]")
            request[FILES][number] = Attachment(part.filename or "", content)
    rules.check_attachments(request[PAYLOAD], {n: f.name for n, f in request[FILES].items()})


__all__ = ["API", "Asked", "Server", "snowflake"]
