"""G1, G1b: from a signed `/als status` to its acknowledgement, against bare Bolt in the same run."""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import aiohttp

from bench.measure import Figure, figure, quick
from bench.slack_clients import Server, command

REQUESTS = 2000
ROUNDS = 5


async def p50_p99(server: Server, room: str, member: str, count: int) -> tuple[float, float]:
    """Milliseconds, over one connection."""
    requests = [command("status", room, member) for _ in range(count)]
    took = []
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1)) as session:
        for body, headers in requests:
            began = time.perf_counter()
            async with session.post(server.told["address"], data=body, headers=headers) as answer:
                await answer.read()
            took.append((time.perf_counter() - began) * 1000)
            if answer.status != 200:
                raise RuntimeError(f"HTTP {answer.status}")
    return statistics.median(took), statistics.quantiles(took, n=100)[98]


async def _measured() -> list[Figure]:
    """Five rounds, the three servers one after the other in each."""
    rounds_made = 3 if quick() else ROUNDS
    rounds: dict[str, list[tuple[float, float]]] = {"bot": [], "before": [], "default": []}
    with Server("bot") as ours, Server("before") as before, Server("default") as default:
        servers = {"bot": ours, "before": before, "default": default}
        room, member = ours.told["room"], ours.told["member"]
        for server in servers.values():
            await p50_p99(server, room, member, 50)
        for _ in range(rounds_made):
            for name, server in servers.items():
                count = REQUESTS // ROUNDS if name != "default" else 100
                rounds[name].append(await p50_p99(server, room, member, count))
    pairs = list(zip(rounds["bot"], rounds["before"], rounds["default"], strict=True))
    ms = {
        f"{name}_{what}_ms": round(statistics.median(r[n] for r in took), 2)
        for name, took in rounds.items()
        for n, what in enumerate(("p50", "p99"))
    }
    before, default = [b[0] / f[0] for b, f, _ in pairs], [b[0] / d[0] for b, _, d in pairs]
    return [
        figure("G1", "Slack: acknowledge a command, p50", before, 1.5, 4, most=True, **ms),
        figure("G1b", "the same against Bolt as it comes", default, 0.06, 0.3, most=True),
    ]


def main() -> list[Figure]:
    """Both figures."""
    return asyncio.run(_measured())


if __name__ == "__main__":
    for one in main():
        one.print()
