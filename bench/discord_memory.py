"""Memory idle with 1,000 servers in the cache: our client beside a bare one, in a process each."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
from pathlib import Path
from typing import Any

import discord

from bench.measure import Figure, figure, quick

SERVERS, ROUNDS = 1000, 3
ROOT = Path(__file__).resolve().parent.parent


def resident() -> float:
    """MiB of this process now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 2**20


async def fill(client: discord.Client) -> float:
    """How much the process grows by 1,000 servers of twenty channels and ten roles."""
    from tests.standins.discord import Server

    client.loop = asyncio.get_running_loop()
    client.http.loop = client._connection.loop = client.loop
    client._connection.user = discord.ClientUser(
        state=client._connection,
        data={
            "id": "1",
            "username": "als",
            "discriminator": "0",
            "avatar": None,
            "global_name": None,
        },
    )
    client._connection.shard_count = 1
    server = Server()
    before = resident()
    for n in range(SERVERS):
        client._connection.parsers["GUILD_CREATE"](_server(server, n))
    gc.collect()
    return resident() - before


def _server(server: Any, n: int) -> Any:
    guild = server.guild(f"Server {n}")
    for number in range(20):
        server.channel(guild, f"channel-{number}")
    for number in range(9):
        guild.role(f"role-{number}")
    made = guild.json(server.bot)
    server.guilds.clear()
    server.channels.clear()
    return made


async def one(which: str) -> float:
    """One client, filled."""
    if which == "bare":
        return await fill(discord.AutoShardedClient(intents=discord.Intents.default()))
    from bot.adapters.discord.connect import DiscordPlatform, Endpoints

    return await fill(DiscordPlatform(Endpoints("x"), None, None)._made())  # type: ignore[arg-type]


def measured(which: str) -> float:
    """The same in a fresh process."""
    command = [sys.executable, "-m", "bench.discord_memory", which]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return float(found.stdout.split()[-1])


def main() -> list[Figure]:
    """Round by round, both."""
    ratios, mib = [], []
    for _ in range(1 if quick() else ROUNDS):
        theirs, ours = measured("bare"), measured("ours")
        ratios.append(ours / theirs)
        mib.append(ours)
    what = "Discord: memory of 1,000 servers"
    middle = round(sorted(mib)[len(mib) // 2], 1)
    return [figure("discord-memory", what, ratios, 1.1, 1.5, most=True, mib=middle)]


if __name__ == "__main__":
    if sys.argv[1:] in (["bare"], ["ours"]):
        print(asyncio.run(one(sys.argv[1])))
    else:
        for found in main():
            found.print()
