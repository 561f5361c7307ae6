"""From the gateway to the acknowledgement: our /als status beside a bare command tree."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import discord
import yarl
from discord import app_commands

from bench.measure import Figure, figure, quick, quiet
from bot.adapters.discord.connect import DiscordPlatform, Endpoints
from bot.adapters.discord.connection.sessions import RateLimits
from bot.app.bot import Bot
from bot.app.opening import open_database
from bot.runtime.clock import SystemClock
from bot.runtime.vault import new_master_key
from tests.standins.discord import Channel, Person, Server, person, until

NUMBER, ROUNDS, WARM_UP = 300, 3, 30


class Tree(discord.AutoShardedClient):
    """The library with one command that only answers."""

    def __init__(self) -> None:
        super().__init__(intents=discord.Intents(guilds=True), guild_ready_timeout=0.05)
        self.tree = app_commands.CommandTree(self)
        group = app_commands.Group(name="als", description="Bare.")

        @group.command(name="status", description="Answers.")
        async def status(interaction: discord.Interaction[Any]) -> None:
            await interaction.response.send_message("Here we are.", ephemeral=True)

        self.tree.add_command(group)

    async def setup_hook(self) -> None:
        """Register the command."""
        await self.tree.sync()


async def timed(ana: Person, place: Channel) -> list[float]:
    """Seconds from the dispatch to the answer, one after the other."""
    taken: list[float] = []
    for n in range((NUMBER // 3 if quick() else NUMBER) + WARM_UP):
        began = time.perf_counter()
        one = await ana.types("/als status", place, wait=False)
        await one.answered.wait()
        if n >= WARM_UP:
            taken.append(time.perf_counter() - began)
    return taken


async def bare(server: Server, ana: Person, place: Channel) -> list[float]:
    """The tree."""
    discord.http.Route.BASE = server.api_url
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(server.gateway_url)
    client = Tree()
    task = asyncio.create_task(client.start(server.token))
    await until(lambda: client.is_ready() or None, "ready", 10)
    taken = await timed(ana, place)
    await client.close()
    await asyncio.gather(task, return_exceptions=True)
    return taken


async def ours(server: Server, ana: Person, place: Channel) -> list[float]:
    """The whole bot."""
    with tempfile.TemporaryDirectory() as folder:
        clock = SystemClock()
        database = open_database(f"sqlite:///{Path(folder) / 'als.db'}", clock.now())
        bot = Bot(database, [new_master_key()], clock, {})
        address = Endpoints(server.token, server.api_url, server.gateway_url)
        platform = DiscordPlatform(
            address, bot.service, bot.signer, pace=RateLimits(0.0, 1.0, 0.05)
        )
        bot.platforms["discord"] = platform.outbound
        await platform.start()
        taken = await timed(ana, place)
        await platform.stop()
        bot.close()
        return taken


async def on_a_stand_in(work: Callable[[Server, Person, Channel], Awaitable[list[float]]]) -> Any:
    """A stand-in of its own for each measurement."""
    server = Server()
    await server.start()
    guild = server.guild("Peers")
    place = server.channel(guild, "set")
    try:
        taken = sorted(await work(server, person(server, "Ana", guild), place))
    finally:
        await server.stop()
    return taken[len(taken) // 2], taken[int(len(taken) * 0.99)]


async def _measured() -> list[Figure]:
    """Both, round by round."""
    p50, p99, mine50, mine99 = [], [], [], []
    for _ in range(ROUNDS):
        theirs, own = await on_a_stand_in(bare), await on_a_stand_in(ours)
        p50.append(own[0] / theirs[0])
        p99.append(own[1] / theirs[1])
        mine50.append(own[0] * 1000)
        mine99.append(own[1] * 1000)
    ms = {
        "p50_ms": round(statistics.median(mine50), 2),
        "p99_ms": round(statistics.median(mine99), 2),
    }
    what = "Discord: gateway to acknowledged, p50"
    return [
        figure("discord-ack-p50", what, p50, 1.5, 4, most=True, **ms),
        figure("discord-ack-p99", "the same, p99", p99, 2, 6, most=True),
    ]


def main() -> list[Figure]:
    """Both figures."""
    return asyncio.run(_measured())


if __name__ == "__main__":
    quiet()
    for one in main():
        one.print()
