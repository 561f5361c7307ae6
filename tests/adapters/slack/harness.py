"""The whole bot, connected to the Slack stand-in over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import select

from bot.adapters.slack import connect
from bot.adapters.slack.connect import SlackSettings
from bot.app.bot import Bot
from bot.app.opening import open_database
from bot.runtime.clock import RunningClock
from bot.runtime.installs import Installs
from bot.runtime.store.tables.installed import installations
from bot.runtime.vault import new_master_key
from tests.databases import begin
from tests.standins.slack import Channel, Person, Slack
from tests.standins.slack_world import APP_TOKEN, BOT_TOKEN, SECRET, TEAM

START = datetime(2027, 3, 1, 17, 40, tzinfo=UTC)
NAMES = ("Ana", "Ben", "Chidi", "Dana", "Eve", "Farid")
PLACE = f"slack:{TEAM}"


@dataclass
class Running:
    """A bot that runs, its adapter, and its clock."""

    bot: Bot
    adapter: connect.Slack
    slack: Slack

    async def settle(self) -> None:
        """Until everything that people did has been answered, sent and acknowledged."""
        for _ in range(2):
            await self.slack.settle()
            await self.adapter.desk.quiet()
            await self.bot.settle()
        await self.slack.settle()

    async def move(self, **length: float) -> None:
        """Time passes, from deadline to deadline."""
        await self.settle()
        await self.bot.move_to(self.bot.now() + timedelta(**length))
        await self.settle()


class Machine:
    """One database and its key: bots may start and stop on it."""

    def __init__(self, slack: Slack, folder: Path, mode: str, clock: RunningClock) -> None:
        self.slack, self.folder, self.mode, self.clock = slack, folder, mode, clock
        self.key = new_master_key()

    @asynccontextmanager
    async def running(self, hears: Any = None, **more: Any) -> AsyncIterator[Running]:
        """The bot, from its start to its stop."""
        async with AsyncExitStack() as stack:
            database = open_database(begin(self.folder / "als.db"), self.clock.now())
            bot = Bot(database, [self.key], self.clock, {}, **{"grace": 0, **more})
            stack.push_async_callback(bot.stop)
            adapter = connect.Slack(
                self.settings(),
                hears or bot.service,
                bot.signer,
                installs=Installs(bot.store, bot.writer),
                now=lambda: self.clock.now().timestamp(),
            )
            bot.platforms["slack"] = adapter.outbound
            await bot.start()
            await adapter.start()
            stack.push_async_callback(adapter.stop)
            if self.mode == "http":
                await self._serve(adapter, stack)
            else:
                await self.slack.delivery.connected()
            # The scheduler wakes by the machine's clock, and ours was moved: look by ourselves.
            pump = asyncio.get_running_loop().create_task(_look_often(bot))
            stack.callback(pump.cancel)
            yield Running(bot, adapter, self.slack)

    def settings(self) -> SlackSettings:
        """What this machine's environment says."""
        mode = {"app_token": APP_TOKEN} if self.mode == "socket" else {"signing_secret": SECRET}
        return SlackSettings(bot_token=BOT_TOKEN, api_url=self.slack.api_url, **mode)

    async def _serve(self, adapter: connect.Slack, stack: AsyncExitStack) -> None:
        server = web.Application()
        server.add_routes(adapter.routes())
        runner = web.AppRunner(server, shutdown_timeout=0.1)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        self.slack.delivery.http_url = f"http://127.0.0.1:{port}/slack/events"


def standing(bot: Bot, installation: str = PLACE) -> tuple[str, bool]:
    """How an installation stands in the database, and whether a token of it is kept there."""
    with bot.store.reading() as unit:
        query = select(installations).where(installations.c.id == installation)
        kept = unit.connection.execute(query).mappings().one()
    return str(kept["status"]), kept["tokens"] is not None


async def removed(running: Running, installation: str = PLACE) -> None:
    """Wait until a removal was told, asked about and confirmed."""
    async with asyncio.timeout(60):
        while standing(running.bot, installation) != ("removed", False):  # noqa: ASYNC110
            await asyncio.sleep(0.02)


async def _look_often(bot: Bot) -> None:
    while True:
        await asyncio.sleep(0.25)
        await bot.settle()


def six(slack: Slack) -> dict[str, Person]:
    """Six people, by name."""
    return {name: slack.person(name) for name in NAMES}


async def found(people: dict[str, Person], room: Channel, facilitation: str = "The bot") -> None:
    """Ana founds a set with a meeting that begins at once, and everyone joins it."""
    ana = people["Ana"]
    await ana.types("/als start", room)
    form = await ana.sees_form("Start a set")
    await form.fill({"Name": "Aurora", "Who holds the process?": facilitation}).submit()
    assert not form.errors
    await ana.sees("Arriving", in_=room)
    for person in people.values():
        await person.presses("I'm here", in_=room)
        await person.presses("I agree", in_=room)
