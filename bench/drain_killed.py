"""G6c: four processes over one PostgreSQL send 20,000 due messages; one is killed half-way."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select

from bench import postgres
from bench.drain import drawn
from bench.measure import Figure, figure, quick, quiet
from bench.meetings import INSTALLATION
from bench.pending import fill
from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.runtime.clock import SystemClock
from bot.runtime.delivery import outbox as delivery
from bot.runtime.ports.outgoing import Absent, Found, LookedUp, Outgoing
from bot.runtime.store.database import Database
from bot.runtime.store.outbox.late import WAITING
from bot.runtime.store.tables.messages import outbox
from bot.runtime.vault import new_master_key

PROCESSES = 4


class Books(MemoryPlatform):
    """A platform that is a folder: each process notes what it sent, and a look-up reads them all."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        path = folder / f"{os.getpid()}.sent"
        self._own = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    async def post(self, out: Outgoing) -> str:
        """Noted before it is answered: a kill in between leaves the note behind."""
        os.write(self._own, f"{out.key}\n".encode())
        await asyncio.sleep(0)
        return out.key

    async def look_up(self, out: Outgoing, claimed_at: datetime) -> LookedUp:
        """Whether anybody noted that key."""
        return Found(out.key) if out.key in sent(self._folder) else Absent()


def sent(folder: Path) -> Counter[str]:
    """How often each key was sent, by whomever."""
    return Counter(
        key for path in folder.glob("*.sent") for key in path.read_text().splitlines() if key
    )


def drain(url: str, folder: str, key: str) -> None:
    """In a process of its own: send until nothing waits any more."""
    books = Books(Path(folder))
    bot = Bot(Database(url), [key], SystemClock(), {"bench": books})
    setattr(delivery, "draw", drawn)  # noqa: B010

    async def until_done() -> None:
        while _waiting(bot.store.database):
            await bot.outbox.drain()
            await asyncio.sleep(0.05)

    asyncio.run(until_done())
    bot.close()


def _waiting(database: Database) -> int:
    with database.read() as connection:
        query = select(func.count()).select_from(outbox).where(WAITING)
        return connection.execute(query).scalar_one()


def _run(address: str, due: int) -> tuple[int, int, int, float]:
    """How many were lost, how many doubled, how many processes worked, and seconds."""
    database, key = postgres.new_database(address), new_master_key()
    bot = Bot(database, [key], SystemClock(), {})
    bot.writer.do(lambda unit: unit.installations.know(INSTALLATION)).result()
    fill(database, 0, due)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE outbox SET not_before = now(), due_at = now()")
    url = database.url.render_as_string(hide_password=False)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        words = [sys.executable, "-m", "bench.drain_killed", "--drain", url, name, key]
        began = time.perf_counter()
        running = [subprocess.Popen(words) for _ in range(PROCESSES)]
        while sent(folder).total() < due // 2:
            time.sleep(0.02)
        busiest = max(folder.glob("*.sent"), key=lambda path: path.stat().st_size)
        os.kill(int(busiest.stem), signal.SIGKILL)
        for process in running:
            process.wait()
        took = time.perf_counter() - began
        found = sent(folder)
        worked = sum(path.stat().st_size > 0 for path in folder.glob("*.sent"))
    bot.close()
    doubled = sum(n > 1 for n in found.values())
    return due - len(found), doubled, worked, took


def main() -> list[Figure]:
    """Two figures that must both be 0."""
    due = 4_000 if quick() else 20_000
    with postgres.server() as address:
        lost, doubled, worked, took = _run(address, due)
    what = f"{due:,} due, {PROCESSES} processes, one killed half-way"
    told = {"processes_that_sent": worked, "seconds_with_the_minute_of_rest": round(took, 1)}
    return [
        figure("G6c", f"{what}: lost", [float(lost)], 0, 0, most=True, **told),
        figure("G6c2", f"{what}: sent twice", [float(doubled)], 0, 0, most=True, **told),
    ]


if __name__ == "__main__":
    quiet()
    if "--drain" in sys.argv:
        drain(*sys.argv[-3:])
    else:
        for one in main():
            one.print()
