"""G5, G9 and the restart: what very many pending messages cost while nothing is due."""

from __future__ import annotations

import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.measure import Figure, figure, quick, quiet
from bench.pending import NOW, fill, new_database
from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.runtime.clock import MovableClock
from bot.runtime.store.database import Database
from bot.runtime.vault import new_master_key

FEW = 1_000
TICKS = 300


def _bot(database: Database) -> Bot:
    clock = MovableClock(NOW)
    return Bot(database, [new_master_key()], clock, {"bench": MemoryPlatform()}, threaded=False)


async def _tick(bot: Bot) -> float:
    """Seconds of one look at the tables that finds nothing to do."""
    began = time.perf_counter()
    for _ in range(TICKS):
        if await bot.alarms.run_due() or await bot.outbox.drain():
            raise AssertionError("something was due")
        bot.next_due()
    return (time.perf_counter() - began) / TICKS


def _flat(folder: Path, many: int) -> Figure:
    databases = [folder / "few" / "als.db", folder / "many" / "als.db"]
    few, lots = (_bot(Database(f"sqlite:///{path}")) for path in databases)

    async def rounds() -> list[tuple[float, float]]:
        await _tick(few)
        await _tick(lots)
        return [(await _tick(lots), await _tick(few)) for _ in range(7)]

    pairs = asyncio.run(rounds())
    few.close()
    lots.close()
    return figure(
        "G5",
        f"idle tick, {many:,} pending against {FEW:,}",
        [a / b for a, b in pairs],
        1.2,
        1.5,
        most=True,
        microseconds=round(min(a for a, _ in pairs) * 1e6),
    )


def probe(path: str) -> None:
    """In a process of its own: become ready over that database; print seconds and memory."""
    began = time.perf_counter()
    bot = _bot(Database(f"sqlite:///{path}"))
    bot.store.check_keys()
    asyncio.run(_settled(bot))
    took = time.perf_counter() - began
    print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


async def _settled(bot: Bot) -> None:
    await bot.settle()
    bot.next_due()


def _probed(path: Path) -> tuple[float, float]:
    words = [sys.executable, "-m", "bench.flat", "--probe", str(path)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    seconds, mebibytes = done.stdout.split()
    return float(seconds), float(mebibytes)


def _fresh(folder: Path, many: int) -> list[Figure]:
    pairs = [
        (_probed(folder / "many" / "als.db"), _probed(folder / "few" / "als.db"))
        for _ in range(3 if quick() else 5)
    ]
    grown = [max(a[1] - b[1], 0.0) for a, b in pairs]
    ratios = [a[0] / b[0] for a, b in pairs]
    ready = round(min(a[0] for a, _ in pairs) * 1000)
    return [
        figure("G9", f"MiB more with {many:,} pending than {FEW:,}", grown, 5, 15, most=True),
        figure(
            "restart",
            f"ready again with {many:,} pending, against {FEW:,}",
            ratios,
            1.2,
            2,
            most=True,
            milliseconds=ready,
        ),
    ]


def main() -> list[Figure]:
    """All three over the same two databases."""
    many = 100_000 if quick() else 1_000_000
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size, where in ((FEW, "few"), (many, "many")):
            database = new_database(folder / where)
            fill(database, size)
            database.close()
        return [_flat(folder, many), *_fresh(folder, many)]


if __name__ == "__main__":
    quiet()
    if "--probe" in sys.argv:
        probe(sys.argv[-1])
    else:
        for one in main():
            one.print()
