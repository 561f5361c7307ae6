"""G6b: messages drained a second over PostgreSQL, beside pgqueuer."""

from __future__ import annotations

import asyncio
import importlib
import importlib.util
import sys
import time
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from bench import postgres
from bench.g6_drain import Nowhere, drawn
from bench.measure import Figure, figure, quick, quiet
from bench.meetings import INSTALLATION
from bench.pending import NOW, fill
from bot.app import Bot
from bot.runtime import outbox as delivery
from bot.runtime.clock import MovableClock
from bot.runtime.store.tables import message_refs
from bot.runtime.vault import new_master_key

PENDING, OVERDUE, BATCH = 1_000, 2_000, 100
MISSING = "G6b needs the peer it is measured against: pip install pgqueuer asyncpg"


def peer_is_here() -> bool:
    """Whether pgqueuer can be imported; it is of no use to anything but this figure."""
    return all(importlib.util.find_spec(name) for name in ("pgqueuer", "asyncpg"))


def _ours(address: str) -> float:
    database = postgres.new_database(address)
    fill(database, PENDING, OVERDUE)
    platform = Nowhere()
    bot = Bot(database, [new_master_key()], MovableClock(NOW), {"bench": platform})
    bot.writer.do(lambda unit: unit.know_installation(INSTALLATION)).result()
    setattr(delivery, "draw", drawn)  # noqa: B010
    began = time.perf_counter()
    asyncio.run(bot.outbox.drain())
    took = time.perf_counter() - began
    with database.read() as connection:
        kept = connection.execute(select(func.count()).select_from(message_refs)).scalar_one()
    bot.close()
    if not kept == platform.count == OVERDUE:
        raise AssertionError(f"{platform.count} sent, {kept} kept of {OVERDUE}")
    return OVERDUE / took


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
