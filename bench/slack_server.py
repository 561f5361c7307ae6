"""The servers the Slack figures compare: bare Bolt that only acknowledges, and the whole bot."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.adapters.slack.connect import Slack as Adapter
from bot.adapters.slack.connect import SlackSettings
from bot.app.bot import Bot
from bot.app.opening import open_database
from bot.core.meeting.phases.choosing.ballot import Ballot
from bot.core.signals import Caller, Pressed, Signal, Submitted
from bot.runtime.clock import MovableClock, SystemClock
from bot.runtime.ports.incoming import Incoming
from bot.runtime.process.garbage import settle_in
from bot.runtime.vault import new_master_key
from tests.standins.slack import Channel, Slack, running
from tests.standins.slack_world import BOT_TOKEN, SECRET, TEAM

INSTALLATION = f"slack:{TEAM}"
SESSIONS = 50
VOTERS = 64


def bare(slack: Slack, *, before: bool) -> AsyncApp:
    """Bolt as its documentation shows it; `before` is `process_before_response`."""
    client = AsyncWebClient(token=BOT_TOKEN, base_url=slack.api_url)
    app = AsyncApp(client=client, signing_secret=SECRET, process_before_response=before)

    @app.command("/als")
    async def command(ack: Callable[..., Awaitable[None]]) -> None:
        await ack()

    for kind in ("reaction_added", "reaction_removed"):

        @app.event(kind)
        async def reacted() -> None:
            pass

    return app


async def serve_bare(slack: Slack, *, before: bool) -> str:
    """Serve bare Bolt; its address."""
    app = bare(slack, before=before)

    async def take(request: web.Request) -> web.StreamResponse:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    server = web.Application()
    server.router.add_post("/slack/events", take)
    runner = web.AppRunner(server)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return f"http://127.0.0.1:{runner.addresses[0][1]}"


class Sets:
    """Fifty sets in mid-vote, founded through the service, and 64 people who vote in them."""

    def __init__(self, slack: Slack, bot: Bot, clock: MovableClock) -> None:
        self.slack, self.bot, self.clock = slack, bot, clock
        self.rooms: list[Channel] = []
        self.voters: list[tuple[str, str, str]] = []
        self._gestures = 0

    async def _bring(self, room: Channel, who: str, signal: Signal) -> None:
        self._gestures += 1
        caller = Caller(who, who, "UTC")
        incoming = Incoming(f"seed{self._gestures}", INSTALLATION, room.id, caller, signal)
        answer = await self.bot.service.receive(incoming)
        if answer.refusal is not None:
            raise RuntimeError(answer.refusal.code)

    async def found(self, number: int) -> None:
        """One set, with its ballot on the board."""
        names = [f"P{n}" for n in range(6)]
        people = [self.slack.person(f"{name}-{number}") for name in names]
        room = self.slack.channel(f"room-{number}", people)
        first = people[0].id
        fields = (("name", f"Set {number}"), ("format", "90"), ("zone", "UTC"))
        asked = (*fields, ("facilitation", "bot-held"))
        await self._bring(room, first, Submitted("start_set", asked, value="start"))
        for person in people:
            await self._bring(room, person.id, Pressed("agree", value="arriving"))
        for person in people:
            await self._bring(room, person.id, Pressed("spoken"))
        for person in people[:3]:
            bid = (("title", "An issue"), ("why", ""), ("urgency", "2"))
            await self._bring(room, person.id, Submitted("bid", bid))
        for person in people[3:]:
            await self._bring(room, person.id, Pressed("nothing_today"))
        self.rooms.append(room)

    async def seat(self) -> None:
        """Found them all, send what that led to, and say who votes where."""
        for number in range(SESSIONS):
            await self.found(number)
        await self.bot.settle()
        for voter in range(VOTERS):
            room = self.rooms[voter % SESSIONS]
            ballot = next(m for m in room.messages if "issues on offer" in str(m.blocks))
            who = room.members[3 + voter // SESSIONS]
            self.voters.append((who, room.id, ballot.ts))

    def votes(self) -> int:
        """How many votes are stored now."""
        found = 0
        for room in self.rooms:
            with self.bot.store.reading() as unit:
                session = unit.room_of_place(INSTALLATION, room.id).session
            assert session is not None
            found += len(session.memory(Ballot, session.at).reactions)
        return found


async def serve_bot(slack: Slack, folder: Path, seats: bool) -> tuple[str, Sets, Bot]:
    """Serve the whole bot on SQLite with WAL and FULL."""
    clock = MovableClock(SystemClock().now())
    database = open_database(f"sqlite:///{folder / 'als.db'}", clock.now())
    bot = Bot(database, [new_master_key()], clock, {}, grace=0)
    settings = SlackSettings(bot_token=BOT_TOKEN, signing_secret=SECRET, api_url=slack.api_url)
    adapter = Adapter(
        settings,
        bot.service,
        bot.signer,
        listen=("127.0.0.1", 0),
        now=lambda: clock.now().timestamp(),
    )
    bot.platforms["slack"] = adapter.outbound
    await adapter.start()
    settle_in()
    sets = Sets(slack, bot, clock)
    if seats:
        await sets.seat()
    else:
        await sets.found(0)
        await bot.settle()
    clock.move_by(timedelta(seconds=1))
    assert adapter.address is not None
    return adapter.address, sets, bot


class Watch:
    """How long the loop worked without a look around, at the longest.

    In time of its own thread: what else the machine does is not ours.
    """

    def __init__(self) -> None:
        self.longest = 0.0
        self._task = asyncio.get_running_loop().create_task(self._look())

    async def _look(self) -> None:
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            self.longest = max(self.longest, time.thread_time() - before)


async def main(kind: str, seats: bool) -> None:
    """Serve until standard input closes; on each line say what is stored."""
    with tempfile.TemporaryDirectory(prefix="als-bench-") as folder:
        async with running() as slack:
            sets, told = None, {}
            if kind == "bot":
                address, sets, _ = await serve_bot(slack, Path(folder), seats)
                room = sets.rooms[0]
                told = {"voters": sets.voters, "room": room.id, "member": room.members[0]}
            else:
                address = await serve_bare(slack, before=kind == "before")
            print(json.dumps({"address": f"{address}/slack/events", **told}), flush=True)
            loop, watch = asyncio.get_running_loop(), Watch()
            while await loop.run_in_executor(None, sys.stdin.readline):
                blocked = round(watch.longest * 1000, 1)
                # In a thread, or the watch would find the bench's own counting.
                stored = await loop.run_in_executor(None, sets.votes) if sets else 0
                print(json.dumps({"votes": stored, "blocked_ms": blocked}), flush=True)
            os._exit(0)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], "seats" in sys.argv))
