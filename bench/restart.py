"""Ready again with 100,000 pending, beside APScheduler's job store; and back after a kill."""

from __future__ import annotations

import asyncio
import pickle
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from bench.drain import remind, scheduler_in
from bench.flat import probe
from bench.measure import Figure, figure, quick, quiet
from bench.pending import fill, new_database
from tests.processes.town import Town, founding

PENDING = 100_000
KILLS = 5


def _jobs(folder: Path, pending: int) -> None:
    """So many jobs to come in the peer's own store."""
    scheduler, store = scheduler_in(folder)
    at = datetime.now(UTC) + timedelta(days=1)
    sample = scheduler.add_job(remind, "date", run_date=at, args=(0,))
    state = sample.__getstate__()
    rows = [
        {
            "id": f"j{n}",
            "next_run_time": at.timestamp() + n,
            "job_state": pickle.dumps(state | {"id": f"j{n}", "args": (n,)}),
        }
        for n in range(pending)
    ]
    with store.engine.begin() as connection:
        connection.execute(insert(store.jobs_t), rows)
    scheduler.shutdown(wait=False)


def probe_peer(folder: str) -> None:
    """In a process of its own: the peer becomes ready; print seconds and memory."""
    began = time.perf_counter()
    scheduler, store = scheduler_in(Path(folder))
    store.get_due_jobs(datetime.now(UTC))
    store.get_next_run_time()
    took = time.perf_counter() - began
    scheduler.shutdown(wait=False)
    print(took, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def _probed(*words: str) -> tuple[float, float]:
    command = [sys.executable, "-m", "bench.restart", *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    seconds, mebibytes = done.stdout.split()
    return float(seconds), float(mebibytes)


def _beside(pending: int) -> list[Figure]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        database = new_database(folder / "ours")
        fill(database, pending)
        database.close()
        _jobs(folder / "theirs", pending)
        pairs = [
            (
                _probed("--ours", str(folder / "ours" / "als.db")),
                _probed("--theirs", str(folder / "theirs")),
            )
            for _ in range(3 if quick() else 5)
        ]
    ours, theirs = zip(*pairs, strict=True)
    return [
        figure(
            "restart2",
            f"ready again with {pending:,} pending, against APScheduler's job store",
            [a[0] / b[0] for a, b in pairs],
            1,
            3,
            most=True,
            ours_ms=round(statistics.median(a for a, _ in ours) * 1000),
            theirs_ms=round(statistics.median(b for b, _ in theirs) * 1000),
        ),
        figure(
            "memory",
            f"the whole bot's memory with {pending:,} pending, against its scheduler alone",
            [a[1] / b[1] for a, b in pairs],
            1.3,
            2,
            most=True,
            ours_mib=round(max(a for _, a in ours)),
            theirs_mib=round(max(b for _, b in theirs)),
        ),
    ]


async def _kills(folder: Path, number: int) -> list[float]:
    """Seconds from the start of a killed `als run` until its next message stands."""
    took: list[float] = []
    async with Town() as town:
        bot = town.bot(folder)
        for n in range(number):
            await bot.start()
            place = f"#probe-{n}"
            await town.act("zoe", place, **founding())
            if not await town.until(lambda place=place: town.messages(place), 60):
                raise AssertionError("nothing was sent")
            took.append((await town.messages(place))[0]["at"] - bot.started_at)
            await bot.kill()
    return took


def main() -> list[Figure]:
    """The figures of coming back."""
    with tempfile.TemporaryDirectory() as name:
        back = asyncio.run(_kills(Path(name), KILLS))
    return [
        *_beside(PENDING // 10 if quick() else PENDING),
        figure("back", "seconds from kill -9 and start to the next message", back, 2, 5, most=True),
    ]


if __name__ == "__main__":
    quiet()
    if "--ours" in sys.argv:
        probe(sys.argv[-1])
    elif "--theirs" in sys.argv:
        probe_peer(sys.argv[-1])
    else:
        for one in main():
            one.print()
