"""G7: how late a message leaves that is due alone, beside a loop that sleeps until its next row."""

from __future__ import annotations

import asyncio
import sqlite3
import statistics
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from bench.drain import drawn
from bench.fan_out import row
from bench.measure import Figure, figure, quick, quiet
from bench.pending import new_database
from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.runtime.clock import SystemClock
from bot.runtime.delivery import outbox as delivery
from bot.runtime.ports.outgoing import Outgoing
from bot.runtime.store.tables.messages import outbox
from bot.runtime.vault import new_master_key

DUE, EVERY = 600, timedelta(milliseconds=4)
INSTALLATION = "bench:one"


class Late(MemoryPlatform):
    """Notes how long after its time each message comes."""

    def __init__(self, first: datetime, many: int) -> None:
        super().__init__()
        self._first = first
        self.lag: list[float] = []
        self._many = many
        self.done = asyncio.Event()

    async def post(self, out: Outgoing) -> str:
        """Only a reference."""
        due = self._first + EVERY * int(out.key, 16)
        self.lag.append((datetime.now(UTC) - due).total_seconds() * 1000)
        if len(self.lag) == self._many:
            self.done.set()
        return f"m{len(self.lag)}"


async def _ours(folder: Path, many: int) -> list[float]:
    """Milliseconds late, of messages that come 250 a second, by the whole bot as it runs."""
    database = new_database(folder)
    first = datetime.now(UTC) + timedelta(seconds=2)
    platform = Late(first, many)
    bot = Bot(database, [new_master_key()], SystemClock(), {"bench": platform})
    bot.writer.do(lambda unit: unit.installations.know(INSTALLATION)).result()
    setattr(delivery, "draw", drawn)  # noqa: B010
    rows = [
        row(n, INSTALLATION, f"set:{n}", "")
        | {"due_at": first + EVERY * n, "not_before": first + EVERY * n}
        for n in range(many)
    ]
    with database.write() as connection:
        connection.execute(insert(outbox), rows)
    await bot.start()
    await platform.done.wait()
    await bot.settle()
    await bot.stop()
    return platform.lag


async def _floor(folder: Path, many: int) -> list[float]:
    """The same from a table of one column, by a loop that sleeps until the next row."""
    folder.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE due (at REAL, done INTEGER DEFAULT 0)")
    connection.execute("CREATE INDEX soon ON due (at) WHERE done = 0")
    first = datetime.now(UTC).timestamp() + 0.5
    every = EVERY.total_seconds()
    connection.executemany(
        "INSERT INTO due (at) VALUES (?)", ((first + every * n,) for n in range(many))
    )
    lag: list[float] = []
    while len(lag) < many:
        now = datetime.now(UTC).timestamp()
        taken = connection.execute(
            "UPDATE due SET done = 1 WHERE done = 0 AND at <= ? RETURNING at", (now,)
        ).fetchall()
        lag += [(datetime.now(UTC).timestamp() - at) * 1000 for (at,) in taken]
        (soonest,) = connection.execute("SELECT min(at) FROM due WHERE done = 0").fetchone()
        if soonest is not None:
            await asyncio.sleep(max(soonest - datetime.now(UTC).timestamp(), 0))
    connection.close()
    return lag


def main() -> list[Figure]:
    """The medians' ratio; the tail stands beside it."""
    many = DUE // 4 if quick() else DUE
    ours, floor, tails = [], [], []
    with tempfile.TemporaryDirectory() as name:
        for n in range(3 if quick() else 5):
            lag = asyncio.run(_ours(Path(name) / f"a{n}", many))
            ours.append(statistics.median(lag))
            tails.append(statistics.quantiles(lag, n=100)[98])
            floor.append(statistics.median(asyncio.run(_floor(Path(name) / f"b{n}", many))))
    return [
        figure(
            "G7",
            "lag of a message due alone, against sleeping until the next row",
            [a / b for a, b in zip(ours, floor, strict=True)],
            1.2,
            3,
            most=True,
            p50_ms=round(statistics.median(ours), 2),
            floor_p50_ms=round(statistics.median(floor), 2),
            p99_ms=round(statistics.median(tails), 1),
        )
    ]


if __name__ == "__main__":
    quiet()
    for one in main():
        one.print()
