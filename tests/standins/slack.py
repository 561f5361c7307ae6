"""A Slack on this machine: Web API, Socket Mode, signed HTTP, and people who use it."""

from __future__ import annotations

import asyncio
import re
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email.utils import formatdate
from typing import Any

from aiohttp import web

from tests.standins import slack_methods, slack_web
from tests.standins import slack_world as w
from tests.standins.slack_blocks import check_message
from tests.standins.slack_deliver import Delivery, NotAnswered
from tests.standins.slack_person import NotSeen, OpenForm, Person
from tests.standins.slack_web import Fault, WebApi
from tests.standins.slack_world import Channel, Message, User, World

__all__ = [
    "Channel",
    "Fault",
    "Message",
    "NotAnswered",
    "NotSeen",
    "OpenForm",
    "Person",
    "Slack",
    "running",
]


class Slack:
    """One workspace with one app in it. Start it with `running()`."""

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        team: str = w.TEAM,
        token: str = w.BOT_TOKEN,
    ) -> None:
        self.world = World(clock, team, token)
        self.neighbours: list[Slack] = []
        """Other workspaces whose Web API is found at this one's address, as on the real Slack."""
        self.delivery = Delivery(self.world)
        self.web = WebApi(self.world, self.delivery.emit, self._socket_url)
        self.escape = True
        self.port = 0
        self._tickets: set[str] = set()
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None

    # --- starting and stopping -------------------------------------------------------------------

    async def start(self) -> None:
        """Open the door on a free port of this machine."""
        app = web.Application(client_max_size=4 * 2**20)
        app.router.add_route("*", "/api/{method}", self._api)
        app.router.add_get("/socket", self._socket)
        app.router.add_post("/respond/{key}", self._respond)
        app.router.add_post("/upload/{file}", self._upload)
        app.on_response_prepare.append(self._dated)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        await self.listen()

    async def _dated(self, request: web.Request, response: web.StreamResponse) -> None:
        """Every answer tells what time it is here, as the real one's does."""
        response.headers["Date"] = formatdate(self.world.clock(), usegmt=True)

    async def listen(self) -> None:
        """Take connections (again, after `refuse`)."""
        assert self._runner is not None
        self._site = web.TCPSite(self._runner, "127.0.0.1", self.port)
        await self._site.start()
        if not self.port:
            self.port = self._runner.addresses[0][1]

    async def refuse(self) -> None:
        """Refuse every new connection until `listen`."""
        assert self._site is not None
        await self._site.stop()

    async def stop(self) -> None:
        """Close everything."""
        await self.delivery.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def api_url(self) -> str:
        """What `base_url` of a Slack client is set to."""
        return f"http://127.0.0.1:{self.port}/api/"

    async def _api(self, request: web.Request) -> web.StreamResponse:
        """A call, answered by the workspace whose token (or code, at the door) it brings."""
        if self.neighbours:
            bearer = request.headers.get("Authorization", "").removeprefix("Bearer ")
            code = ""
            if request.match_info["method"] == "oauth.v2.access":
                code = str((await request.post()).get("code", ""))
            for other in self.neighbours:
                if bearer in other.world.tokens or code == other.world.code:
                    return await other.web.answer(request)
        return await self.web.answer(request)

    def _socket_url(self) -> str:
        ticket = uuid.uuid4().hex
        self._tickets.add(ticket)
        return f"ws://127.0.0.1:{self.port}/socket?ticket={ticket}"

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            return web.Response(status=404)
        self._tickets.discard(ticket)
        return await self.delivery.socket(request)

    # --- answers by response_url -----------------------------------------------------------------

    def response_url(self, user: str, channel: str, message: Message | None) -> str:
        """Where the bot may answer one interaction."""
        key = uuid.uuid4().hex
        self.world.response_urls[key] = w.ResponseUrl(user, channel, message, self.world.clock())
        return f"http://127.0.0.1:{self.port}/respond/{key}"

    async def _respond(self, request: web.Request) -> web.Response:
        known = self.world.response_urls.get(request.match_info["key"])
        if known is None:
            return web.Response(status=404, text="no_such_url")
        if self.world.clock() - known.made_at > w.RESPONSE_URL_LIFE:
            return web.Response(status=404, text="expired_url")
        if known.uses >= w.RESPONSE_URL_USES:
            return web.Response(status=404, text="used_url")
        known.uses += 1
        told = await request.json()
        try:
            self._answered(known, told)
        except w.SlackSays as no:
            return web.json_response({"ok": False, "error": no.error}, status=200)
        return web.json_response({"ok": True})

    def _answered(self, known: w.ResponseUrl, told: dict[str, Any]) -> None:
        shown = known.message if known.message is not None and known.message.to else None
        if told.get("delete_original"):
            if shown in self.world.private:
                self.world.private.remove(shown)
            return
        check_message(told)
        if told.get("replace_original") and shown is not None:
            shown.text, shown.blocks = told.get("text", ""), told.get("blocks") or []
            shown.edits += 1
            return
        if told.get("response_type", "ephemeral") != "ephemeral":
            raise AssertionError("the bot posts as itself, never through a response_url")
        ts = self.world.stamp()
        slack_methods.hear(
            self.world, known.user, known.channel, told, told.get("thread_ts", ""), ts
        )

    async def _upload(self, request: web.Request) -> web.Response:
        """Bytes to an address that was handed out: once, in time, and just as many as announced."""
        file = next((f for f in self.world.files if f["id"] == request.match_info["file"]), None)
        if file is None or file["content"] or self.world.clock() - file["made_at"] > w.UPLOAD_LIFE:
            return web.Response(status=404, text="no_such_upload")
        content = await request.read()
        if self.web.fault("upload") is not None:
            return web.Response(status=500, text="oops")
        if len(content) != file["length"]:
            return web.Response(status=400, text="wrong_length")
        file["content"] = content
        return web.Response(text=f"OK - {len(content)}")

    # --- people and places -----------------------------------------------------------------------

    def person(self, name: str, *, zone: str = "Europe/London", **more: Any) -> Person:
        """Somebody of this workspace."""
        user = User(f"U{self.world.number():08d}", name, zone, **more)
        self.world.users[user.id] = user
        return Person(self, user)

    def channel(
        self,
        name: str,
        people: list[Person],
        *,
        private: bool = True,
        bot: bool = True,
        **more: Any,
    ) -> Channel:
        """A channel with these people in it, and the bot unless said otherwise."""
        members = [p.id for p in people] + ([w.BOT] if bot else [])
        made = Channel(f"C{self.world.number():08d}", name, private, members, **more)
        self.world.channels[made.id] = made
        return made

    def invite(self, channel: Channel) -> None:
        """What typing `/invite @als` does."""
        channel.members.append(w.BOT)

    def moves(self, channel: Channel, new_id: str) -> None:
        """A channel gets another id, as when it is shared; its posts come along."""
        del self.world.channels[channel.id]
        channel.id = new_id
        self.world.channels[new_id] = channel
        for message in (*channel.messages, *self.world.private):
            message.channel = new_id

    def escaped(self, text: str) -> str:
        """A command's text as the bot gets it: mentions as ids, if its manifest asks for that."""

        def named(found: re.Match[str]) -> str:
            user = self.world.person_named(found[1])
            return f"<@{user.id}|{user.name.casefold()}>" if user else found[0]

        return re.sub(r"@(\w+)", named, text) if self.escape else text

    # --- breaking things -------------------------------------------------------------------------

    def breaks(self, method: str, kind: str, times: int = 1, **more: Any) -> None:
        """Let the next calls of a Web API method go wrong; `*` is every method."""
        self.web.faults.setdefault(method, []).append(Fault(kind, times, **more))

    def calls(self, method: str) -> list[slack_web.Call]:
        """Every call of a method that came in."""
        return [c for c in self.web.calls if c.method == method]

    def happens(self, kind: str, **event: Any) -> None:
        """Something happens in the workspace that the bot is told of."""
        self.delivery.emit({"type": kind, "event_ts": self.world.stamp(), **event})

    async def settle(self) -> None:
        """Wait until the bot has acknowledged every event."""
        await self.delivery.settle()
        await asyncio.sleep(0)


@asynccontextmanager
async def running(clock: Callable[[], float] = time.time) -> AsyncIterator[Slack]:
    """A Slack that is open while the block runs."""
    slack = Slack(clock)
    await slack.start()
    try:
        yield slack
    finally:
        await slack.stop()
