"""G6b: messages drained a second over PostgreSQL, beside pgqueuer."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import sys
import time
from datetime import timedelta
from typing import Any

from bench import postgres
from bench.drain import OVERDUE, rate_of_drain
from bench.measure import Figure, figure, quick, quiet

PENDING, BATCH = 1_000, 100
MISSING = "G6b needs the peer it is measured against: pip install pgqueuer asyncpg"


def peer_is_here() -> bool:
    """Whether pgqueuer can be imported; it is of no use to anything but this figure."""
    return all(importlib.util.find_spec(name) for name in ("pgqueuer", "asyncpg"))


def _ours(address: str) -> float:
    return rate_of_drain(postgres.new_database(address), PENDING)


async def _theirs(address: str) -> float:
    asyncpg: Any = importlib.import_module("asyncpg")
    db: Any = importlib.import_module("pgqueuer.db")
    qm: Any = importlib.import_module("pgqueuer.qm")
    types: Any = importlib.import_module("pgqueuer.types")
    connection = await asyncpg.connect(postgres.fresh(address))
    manager = qm.QueueManager(db.AsyncpgDriver(connection))
    await manager.queries.install()
    ran: list[int] = []

    async def remind(job: Any) -> None:
        ran.append(int(job.payload))

    manager.entrypoint("remind")(remind)
    await _enqueue(manager, range(PENDING), timedelta(days=1))
    await _enqueue(manager, range(OVERDUE), timedelta(0))
    await connection.execute("ANALYZE")
    began = time.perf_counter()
    drain = types.QueueExecutionMode.drain
    await manager.run(dequeue_timeout=timedelta(seconds=1), batch_size=BATCH, mode=drain)
    took = time.perf_counter() - began
    await connection.close()
    if sorted(ran) != list(range(OVERDUE)):
        raise AssertionError(f"{len(ran)} ran of {OVERDUE}")
    return OVERDUE / took


async def _enqueue(manager: Any, numbers: range, later: timedelta) -> None:
    many = len(numbers)
    payloads = [str(n).encode() for n in numbers]
    await manager.queries.enqueue(["remind"] * many, payloads, [0] * many, [later] * many)


def main() -> list[Figure]:
    """One figure, or none where the peer is missing."""
    if not peer_is_here():
        print(MISSING, file=sys.stderr)
        return []
    with postgres.server() as address:
        pairs = [
            (_ours(address), asyncio.run(_theirs(address))) for _ in range(3 if quick() else 5)
        ]
    return [
        figure(
            "G6b",
            f"PostgreSQL: drain {OVERDUE:,} with {PENDING:,} pending, against pgqueuer",
            [a / b for a, b in pairs],
            2.5,
            0.7,
            messages_per_second=round(max(a for a, _ in pairs)),
        )
    ]


if __name__ == "__main__":
    quiet()
    for one in main():
        one.print()
