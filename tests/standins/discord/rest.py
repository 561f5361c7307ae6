"""Discord's REST: the part that a bot which holds meetings needs, with its refusals."""

from __future__ import annotations

import time
from typing import Any

from aiohttp import web

from tests.standins.discord import rules
from tests.standins.discord.server import API, Server
from tests.standins.discord.world import (
    COMPONENTS_V2,
    DIRECT,
    EPHEMERAL,
    PAYLOAD,
    PRIVATE_THREAD,
    PUBLIC_THREAD,
    STAGE,
    VOICE,
    Channel,
    Guild,
    Json,
    Message,
    No,
    Reaction,
    User,
    attached,
    snowflake,
    stamp,
)

NONCE_KEPT = 120.0
SILENT = 1 << 12


def add_routes(server: Server, app: web.Application) -> None:
    """Every route there is."""
    rest = Rest(server)
    talk = server.interactions
    for method, path, handler in (
        ("GET", "/gateway/bot", server.gateway.handle_bot),
        ("GET", "/users/@me", rest.me),
        ("GET", "/users/@me/guilds", rest.my_guilds),
        ("GET", "/oauth2/applications/@me", rest.application),
        ("GET", "/applications/@me", rest.application),
        ("POST", "/users/@me/channels", rest.open_direct),
        ("GET", "/applications/{app}/commands", rest.commands),
        ("PUT", "/applications/{app}/commands", rest.put_commands),
        ("POST", "/interactions/{id}/{token}/callback", talk.callback),
        ("POST", "/webhooks/{app}/{token}", talk.follow_up),
        ("PATCH", "/webhooks/{app}/{token}/messages/{message}", talk.edit),
        ("DELETE", "/webhooks/{app}/{token}/messages/{message}", talk.delete),
        ("GET", "/channels/{c}", rest.channel),
        ("PATCH", "/channels/{c}", rest.change_channel),
        ("GET", "/channels/{c}/messages", rest.history),
        ("POST", "/channels/{c}/messages", rest.post),
        ("GET", "/channels/{c}/messages/{m}", rest.message),
        ("PATCH", "/channels/{c}/messages/{m}", rest.edit),
        ("DELETE", "/channels/{c}/messages/{m}", rest.delete),
        ("PUT", "/channels/{c}/messages/{m}/reactions/{e}/@me", rest.react),
        ("DELETE", "/channels/{c}/messages/{m}/reactions/{e}/@me", rest.unreact),
        ("GET", "/channels/{c}/messages/{m}/reactions/{e}", rest.reactions),
        ("POST", "/channels/{c}/messages/{m}/threads", rest.thread_from_message),
        ("POST", "/channels/{c}/threads", rest.thread),
        ("GET", "/channels/{c}/users/@me/threads/archived/private", rest.archived),
        ("GET", "/channels/{c}/thread-members", rest.thread_members),
        ("GET", "/channels/{c}/thread-members/{u}", rest.thread_member),
        ("PUT", "/channels/{c}/thread-members/{u}", rest.add_to_thread),
        ("DELETE", "/channels/{c}/thread-members/{u}", rest.take_from_thread),
        ("GET", "/guilds/{g}", rest.guild),
        ("GET", "/guilds/{g}/threads/active", rest.active_threads),
        ("GET", "/guilds/{g}/members/{u}", rest.member),
        ("GET", "/guilds/{g}/scheduled-events", rest.events),
        ("POST", "/guilds/{g}/scheduled-events", rest.make_event),
        ("PATCH", "/guilds/{g}/scheduled-events/{event}", rest.change_event),
        ("DELETE", "/guilds/{g}/scheduled-events/{event}", rest.delete_event),
    ):
        app.router.add_route(method, API + path, handler)


class Rest:
    """The handlers."""

    def __init__(self, server: Server) -> None:
        self.server = server

    # --- who and what --------------------------------------------------------------------------

    async def me(self, request: web.Request) -> web.Response:
        return web.json_response(self.server.bot.json() | {"verified": True, "mfa_enabled": True})

    async def my_guilds(self, request: web.Request) -> web.Response:
        bot = self.server.bot
        return web.json_response(
            [
                {"id": str(g.id), "name": g.name, "permissions": str(g.permissions(bot))}
                for g in self.server.guilds.values()
            ]
        )

    async def application(self, request: web.Request) -> web.Response:
        bot = self.server.bot
        return web.json_response(
            {
                "id": str(self.server.application_id),
                "name": bot.name,
                "description": "",
                "icon": None,
                "bot_public": True,
                "bot_require_code_grant": False,
                "verify_key": "00" * 32,
                "flags": 0,
                "owner": User("Olga").json(),
                "team": None,
                "summary": "",
                "rpc_origins": [],
                "bot": bot.json(),
            }
        )

    async def commands(self, request: web.Request) -> web.Response:
        return web.json_response(self.server.commands)

    async def put_commands(self, request: web.Request) -> web.Response:
        body = await request.json()
        rules.check_commands(body)
        self.server.syncs += 1
        self.server.commands = [
            c | _registered(c, n) | {"application_id": str(self.server.application_id)}
            for n, c in enumerate(body, 1)
        ]
        return web.json_response(self.server.commands)

    def _guild(self, request: web.Request) -> Guild:
        found = self.server.guilds.get(int(request.match_info["g"]))
        if found is None:
            raise No(404, 10004, "Unknown Guild")
        return found

    async def guild(self, request: web.Request) -> web.Response:
        return web.json_response(self._guild(request).json(self.server.bot))

    async def member(self, request: web.Request) -> web.Response:
        guild, user_id = self._guild(request), int(request.match_info["u"])
        if user_id not in guild.members:
            raise No(404, 10007, "Unknown Member")
        return web.json_response(guild.member_json(guild.people[user_id]))

    # --- channels and threads ------------------------------------------------------------------

    def _channel(self, request: web.Request) -> Channel:
        return self.server.find(int(request.match_info["c"]))

    def _needs(self, channel: Channel, *names: str) -> None:
        if channel.guild is None:
            return
        for name in names:
            if not channel.guild.may(self.server.bot, channel, name):
                raise No(403, 50013, "Missing Permissions")

    async def channel(self, request: web.Request) -> web.Response:
        return web.json_response(self._channel(request).json())

    async def change_channel(self, request: web.Request) -> web.Response:
        channel, body = self._channel(request), await request.json()
        if channel.locked:
            self._needs(channel, "manage_threads")
        channel.archived = body.get("archived", channel.archived)
        await self._tell(channel, "THREAD_UPDATE", channel.json())
        return web.json_response(channel.json())

    async def open_direct(self, request: web.Request) -> web.Response:
        user = self.server.users.get(int((await request.json())["recipient_id"]))
        if user is None or user.bot:
            raise No(404, 10013, "Unknown User")
        return web.json_response(self.server.direct(user).json())

    async def thread_from_message(self, request: web.Request) -> web.Response:
        parent, body = self._channel(request), await request.json()
        if body.get("type") == PRIVATE_THREAD:
            raise rules.bad("a private thread cannot start from a message")
        self._needs(parent, "create_public_threads")
        message = parent.message(int(request.match_info["m"]))
        if message.id in self.server.channels:
            raise No(400, 160004, "A thread has already been created for this message")
        return await self._thread(parent, body, PUBLIC_THREAD, message.id)

    async def thread(self, request: web.Request) -> web.Response:
        parent, body = self._channel(request), await request.json()
        kind = body.get("type", PRIVATE_THREAD)
        private = kind == PRIVATE_THREAD
        self._needs(parent, "create_private_threads" if private else "create_public_threads")
        return await self._thread(parent, body, kind, None)

    async def _thread(
        self, parent: Channel, body: Json, kind: int, id_: int | None
    ) -> web.Response:
        assert parent.guild is not None
        more = {} if id_ is None else {"id": id_}
        made = self.server.channel(
            parent.guild, body["name"], type=kind, parent=parent, owner=self.server.bot, **more
        )
        made.people, made.invitable = [self.server.bot], body.get("invitable", True)
        await self._tell(made, "THREAD_CREATE", made.json() | {"newly_created": True})
        return web.json_response(made.json(), status=201)

    async def archived(self, request: web.Request) -> web.Response:
        parent = self._channel(request)
        self._needs(parent, "read_message_history")
        assert parent.guild is not None
        found = [
            t.json()
            for t in parent.guild.threads()
            if t.parent is parent and t.archived and self.server.bot in t.people
        ]
        return web.json_response({"threads": found, "members": [], "has_more": False})

    async def active_threads(self, request: web.Request) -> web.Response:
        guild = self._guild(request)
        seen = [t for t in guild.threads() if not t.archived and guild.sees(self.server.bot, t)]
        return web.json_response({"threads": [t.json() for t in seen], "members": []})

    async def thread_members(self, request: web.Request) -> web.Response:
        raise No(403, 50001, "Missing Access")

    async def thread_member(self, request: web.Request) -> web.Response:
        thread, user = self._channel(request), self._user(request)
        if user not in thread.people:
            raise No(404, 10007, "Unknown Member")
        told = {
            "id": str(thread.id),
            "user_id": str(user.id),
            "join_timestamp": stamp(),
            "flags": 0,
        }
        return web.json_response(told)

    async def add_to_thread(self, request: web.Request) -> web.Response:
        thread, user = self._channel(request), self._user(request)
        self._needs(thread, "send_messages_in_threads")
        if thread.archived:
            raise No(400, 50083, "Thread is archived")
        assert thread.guild is not None
        if user.id not in thread.guild.members:
            raise No(403, 50001, "Missing Access")
        if user not in thread.people:
            thread.people.append(user)
        return web.Response(status=204)

    async def take_from_thread(self, request: web.Request) -> web.Response:
        thread, user = self._channel(request), self._user(request)
        if thread.owner is not self.server.bot:
            self._needs(thread, "manage_threads")
        if user in thread.people:
            thread.people.remove(user)
        return web.Response(status=204)

    def _user(self, request: web.Request) -> User:
        found = self.server.users.get(int(request.match_info["u"]))
        if found is None:
            raise No(404, 10013, "Unknown User")
        return found

    async def _tell(self, channel: Channel, event: str, data: Json) -> None:
        if channel.guild is not None:
            await self.server.gateway.dispatch(event, data, channel.guild.id)

    # --- messages ----------------------------------------------------------------------------------

    async def history(self, request: web.Request) -> web.Response:
        channel = self._channel(request)
        self._needs(channel, "read_message_history")
        after, before = int(request.query.get("after", 0)), int(request.query.get("before", 0))
        limit = min(int(request.query.get("limit", 50)), 100)
        found = [
            m
            for m in channel.messages
            if not m.deleted and not m.ephemeral and m.id > after and (not before or m.id < before)
        ]
        chosen = found[:limit] if after else found[-limit:]
        return web.json_response([self._seen(m) for m in reversed(chosen)])

    def _seen(self, message: Message) -> Json:
        own = message.author is self.server.bot or self.server.bot in message.mentions
        return message.json(content=own or message.channel.type == DIRECT)

    async def message(self, request: web.Request) -> web.Response:
        return web.json_response(self._seen(self._message(request)))

    def _message(self, request: web.Request) -> Message:
        return self._channel(request).message(int(request.match_info["m"]))

    async def post(self, request: web.Request) -> web.Response:
        channel, body = self._channel(request), request[PAYLOAD]
        self._may_post(channel)
        rules.check_message(body)
        if body.get("flags", 0) & EPHEMERAL:
            raise rules.bad("flags: only an interaction's answer can be ephemeral")
        again = self._known_nonce(channel, body)
        if again is not None:
            return web.json_response(again.json() | {"nonce": again.nonce})
        made = self.server.make(
            channel, self.server.bot, body, flags=body.get("flags", 0) & (COMPONENTS_V2 | SILENT)
        )
        made.attachments = attached(request)
        if body.get("enforce_nonce") and made.nonce:
            key = (self.server.bot.id, made.nonce)
            self.server.nonces[key] = (time.monotonic(), made)
        self._add_mentioned(channel, made)
        await self._told(made, "MESSAGE_CREATE", made.json() | {"nonce": made.nonce or None})
        return web.json_response(made.json() | {"nonce": made.nonce or None})

    def _known_nonce(self, channel: Channel, body: Json) -> Message | None:
        if not body.get("enforce_nonce"):
            return None
        at, made = self.server.nonces.get((self.server.bot.id, str(body.get("nonce"))), (0.0, None))
        if made is None or time.monotonic() - at > NONCE_KEPT:
            return None
        if made.deleted:
            raise No(404, 10008, "Unknown Message")
        return made

    def _may_post(self, channel: Channel) -> None:
        if channel.type == DIRECT and any(u.dms_closed for u in channel.people):
            raise No(403, 50007, "Cannot send messages to this user")
        if channel.type == DIRECT and not self._shares_a_guild(channel):
            raise No(403, 50278, "Cannot send messages to this user due to having no mutual guilds")
        if channel.locked:
            raise No(400, 160005, "Thread is locked")
        self._needs(channel, "send_messages_in_threads" if channel.is_thread else "send_messages")
        channel.archived = False

    def _shares_a_guild(self, channel: Channel) -> bool:
        ids = {u.id for u in channel.people if not u.bot}
        return any(ids & g.members.keys() for g in self.server.guilds.values())

    def _add_mentioned(self, channel: Channel, made: Message) -> None:
        """A mention in a private thread that lets people invite adds whom it names."""
        if channel.type == PRIVATE_THREAD and channel.invitable:
            channel.people.extend(u for u in made.mentions if u not in channel.people)

    def _own(self, request: web.Request) -> Message:
        message = self._message(request)
        if message.channel.archived:
            raise No(400, 50083, "Thread is archived")
        if message.author is not self.server.bot:
            raise No(403, 50005, "Cannot edit a message authored by another user")
        return message

    async def edit(self, request: web.Request) -> web.Response:
        message = self._own(request)
        self.server.change(message, await request.json())
        await self._told(message, "MESSAGE_UPDATE", message.json())
        return web.json_response(message.json())

    async def delete(self, request: web.Request) -> web.Response:
        message = self._own(request)
        message.deleted = True
        gone: Json = {"id": str(message.id), "channel_id": str(message.channel.id)}
        await self._told(message, "MESSAGE_DELETE", gone)
        return web.Response(status=204)

    async def _told(self, message: Message, event: str, data: Json) -> None:
        guild_id = message.channel.guild.id if message.channel.guild else None
        where = {"guild_id": str(guild_id)} if guild_id else {}
        await self.server.gateway.dispatch(event, data | where, guild_id)

    # --- reactions -----------------------------------------------------------------------------

    async def react(self, request: web.Request) -> web.Response:
        message, emoji = self._message(request), request.match_info["e"]
        self._needs(message.channel, "read_message_history", "add_reactions")
        if message.channel.archived:
            raise No(400, 50083, "Thread is archived")
        await put_reaction(self.server, message, Reaction(emoji, self.server.bot))
        return web.Response(status=204)

    async def unreact(self, request: web.Request) -> web.Response:
        message, emoji = self._message(request), request.match_info["e"]
        await take_reaction(self.server, message, Reaction(emoji, self.server.bot))
        return web.Response(status=204)

    async def reactions(self, request: web.Request) -> web.Response:
        message, emoji = self._message(request), request.match_info["e"]
        burst = request.query.get("type", "0") == "1"
        limit, after = int(request.query.get("limit", 25)), int(request.query.get("after", 0))
        found = [
            r.user
            for r in message.reactions
            if r.emoji == emoji and r.burst is burst and r.user.id > after
        ]
        chosen = sorted(found, key=lambda u: u.id)[: min(limit, 100)]
        return web.json_response([u.json() for u in chosen])

    # --- scheduled events ------------------------------------------------------------------------

    async def events(self, request: web.Request) -> web.Response:
        return web.json_response(self._guild(request).events)

    async def make_event(self, request: web.Request) -> web.Response:
        guild, body = self._guild(request), await request.json()
        rules.check_event(body)
        self._may_event(guild, body)
        if len(guild.events) >= rules.EVENTS:
            raise No(400, 30038, "Maximum number of guild scheduled events reached (100)")
        made = body | {
            "id": str(snowflake()),
            "guild_id": str(guild.id),
            "creator_id": str(self.server.bot.id),
            "status": 1,
        }
        guild.events.append(made)
        return web.json_response(made)

    def _event(self, request: web.Request) -> Json:
        wanted = request.match_info["event"]
        found = next((e for e in self._guild(request).events if e["id"] == wanted), None)
        if found is None:
            raise No(404, 10070, "Unknown Guild Scheduled Event")
        return found

    async def change_event(self, request: web.Request) -> web.Response:
        guild, event = self._guild(request), self._event(request)
        after = event | await request.json()
        rules.check_event(after)
        self._may_event(guild, after)
        event.update(after)
        return web.json_response(event)

    async def delete_event(self, request: web.Request) -> web.Response:
        guild, event = self._guild(request), self._event(request)
        self._may_event(guild, event)
        guild.events.remove(event)
        return web.Response(status=204)

    def _may_event(self, guild: Guild, event: Json) -> None:
        """The rights that an event of that kind asks for in its channel."""
        channel = guild.channels.get(int(event["channel_id"]))
        wanted = {1: STAGE, 2: VOICE}[event["entity_type"]]
        if channel is None or channel.type != wanted:
            raise rules.bad("channel_id: GUILD_SCHEDULED_EVENT_ENTITY_TYPE")
        names = ["create_events", "view_channel", "connect"]
        if wanted == STAGE:
            names += ["manage_channels", "mute_members", "move_members"]
        if not all(guild.may(self.server.bot, channel, name) for name in names):
            raise No(403, 50013, "Missing Permissions")


def _registered(command: Json, number: int) -> Json:
    """What Discord adds to a command, and how it writes permissions: as a string."""
    needs = command.get("default_member_permissions")
    given = None if needs is None else str(needs)
    return {"id": str(number), "version": "1", "default_member_permissions": given}


async def put_reaction(server: Server, message: Message, one: Reaction) -> None:
    """A reaction that was not there before, told to the bot."""
    if any(r.emoji == one.emoji and r.user is one.user for r in message.reactions):
        return
    kinds = {r.emoji for r in message.reactions}
    if one.emoji not in kinds and len(kinds) >= rules.REACTIONS:
        raise No(400, 30010, "Maximum number of reactions reached (20)")
    message.reactions.append(one)
    await _reacted(server, message, one, "MESSAGE_REACTION_ADD")


async def take_reaction(server: Server, message: Message, one: Reaction) -> None:
    """A reaction that is there no more, told to the bot."""
    there = [r for r in message.reactions if r.emoji == one.emoji and r.user is one.user]
    if there:
        message.reactions.remove(there[0])
        await _reacted(server, message, there[0], "MESSAGE_REACTION_REMOVE")


async def _reacted(server: Server, message: Message, one: Reaction, event: str) -> None:
    guild = message.channel.guild
    data: dict[str, Any] = {
        "user_id": str(one.user.id),
        "channel_id": str(message.channel.id),
        "message_id": str(message.id),
        "emoji": {"id": None, "name": one.emoji},
        "burst": one.burst,
        "type": int(one.burst),
    }
    if guild is not None:
        data["guild_id"] = str(guild.id)
        if event.endswith("ADD"):
            data |= {"member": guild.member_json(one.user), "message_author_id": str(server.bot.id)}
    await server.gateway.dispatch(event, data, guild.id if guild else None)
