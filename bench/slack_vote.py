"""G2, G2b: signed reaction events to durable votes, against bare Bolt that only acknowledges."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import aiohttp

from bench.measure import Figure, figure, quick
from bench.slack_clients import Server, reaction

CONNECTIONS = 64
TURNS = 41
ROUNDS = 5


async def rate_p99(server: Server, voters: list[list[str]]) -> tuple[float, float]:
    """Votes a second and the 99th percentile in ms; every voter turns their vote on and off."""
    turns = [[reaction(*voter, on=n % 2 == 0) for n in range(TURNS)] for voter in voters]
    took: list[float] = []

    async def vote(session: aiohttp.ClientSession, requests: list[tuple[bytes, dict[str, str]]]):
        for body, headers in requests:
            began = time.perf_counter()
            async with session.post(server.told["address"], data=body, headers=headers) as answer:
                await answer.read()
            took.append((time.perf_counter() - began) * 1000)
            if answer.status != 200:
                raise RuntimeError(f"HTTP {answer.status}")

    connector = aiohttp.TCPConnector(limit=CONNECTIONS)
    async with aiohttp.ClientSession(connector=connector) as session:
        began = time.perf_counter()
        await asyncio.gather(*(vote(session, requests) for requests in turns))
        whole = time.perf_counter() - began
    return len(took) / whole, statistics.quantiles(took, n=100)[98]


async def _measured() -> list[Figure]:
    """Five rounds, side by side; void unless exactly the votes sent are stored."""
    ours: list[tuple[float, float]] = []
    floor: list[tuple[float, float]] = []
    with Server("bot", seats=True) as bot, Server("before") as before:
        voters = bot.told["voters"]
        # One vote more than is taken back: each round ends with every voter's vote standing,
        # and begins by casting it again after taking it back.
        undo = [[reaction(*voter, on=False)] for voter in voters]
        for _ in range(3 if quick() else ROUNDS):
            floor.append(await rate_p99(before, voters))
            ours.append(await rate_p99(bot, voters))
            stored = bot.votes()
            if stored != len(voters):
                raise RuntimeError(f"{stored} votes stored, {len(voters)} sent: void")
            async with aiohttp.ClientSession() as session:
                for ((body, headers),) in undo:
                    await session.post(bot.told["address"], data=body, headers=headers)
            undo = [[reaction(*voter, on=False)] for voter in voters]
            if bot.votes():
                raise RuntimeError("votes taken back are still there: void")
        blocked = bot.longest_block()
    pairs = list(zip(ours, floor, strict=True))
    rates = {
        "votes_per_second": round(statistics.median(o[0] for o in ours)),
        "floor_per_second": round(statistics.median(f[0] for f in floor)),
        "p99_ms": round(statistics.median(o[1] for o in ours), 1),
        "floor_p99_ms": round(statistics.median(f[1] for f in floor), 1),
        "longest_block_ms": blocked,
    }
    rate, slowest = [o[0] / f[0] for o, f in pairs], [o[1] / f[1] for o, f in pairs]
    return [
        figure("G2", "Slack: reaction to durable vote, per second", rate, 0.6, 0.2, **rates),
        figure("G2b", "the same, p99", slowest, 2, 6, most=True),
    ]


def main() -> list[Figure]:
    """Both figures."""
    return asyncio.run(_measured())


if __name__ == "__main__":
    for one in main():
        one.print()
