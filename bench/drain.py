"""G6 and G8: messages sent and reminders added a second, beside APScheduler's own job store."""

from __future__ import annotations

import asyncio
import logging
import pickle
import tempfile
import time
import warnings
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select

from bench.measure import Figure, figure, quick, quiet
from bench.meetings import INSTALLATION
from bench.pending import NOW, fill, new_database
from bot.adapters.memory import MemoryPlatform
from bot.app.bot import Bot
from bot.core.cards import Card
from bot.runtime.clock import MovableClock
from bot.runtime.delivery import compose
from bot.runtime.delivery import outbox as delivery
from bot.runtime.ports.outgoing import Outgoing
from bot.runtime.store.database import Database
from bot.runtime.store.outbox.take import Claimed
from bot.runtime.store.store import Store
from bot.runtime.store.tables.messages import message_refs
from bot.runtime.store.tables.sets import timers
from bot.runtime.vault import new_master_key

PENDING, OVERDUE = 100_000, 2_000
ADDED = 200


class Nowhere(MemoryPlatform):
    """A platform whose sending does nothing at all."""

    async def post(self, out: Outgoing) -> str:
        """Only a reference."""
        self.count += 1
        return f"m{self.count}"


def drawn(store: Store, row: Claimed) -> Any:
    """A card that costs nothing to draw."""
    return compose.Ready(row, Card("A message"), "#bench", {})


def rate_of_drain(database: Database, pending: int) -> float:
    """Messages a second: claimed, sent to nowhere, settled."""
    fill(database, pending, OVERDUE)
    platform = Nowhere()
    bot = Bot(database, [new_master_key()], MovableClock(NOW), {"bench": platform})
    bot.writer.do(lambda unit: unit.installations.know(INSTALLATION)).result()
    setattr(delivery, "draw", drawn)  # noqa: B010
    began = time.perf_counter()
    asyncio.run(_drain(bot))
    took = time.perf_counter() - began
    with database.read() as connection:
        kept = connection.execute(select(func.count()).select_from(message_refs)).scalar_one()
    bot.close()
    if not kept == platform.count == OVERDUE:
        raise AssertionError(f"{platform.count} sent, {kept} kept of {OVERDUE}")
    return OVERDUE / took


async def _drain(bot: Bot) -> None:
    while await bot.outbox.drain():
        pass


# --- the peer ---

RAN: list[int] = []


def remind(number: int) -> None:
    """What the peer's jobs do: next to nothing."""
    RAN.append(number)


def scheduler_in(folder: Path) -> Any:
    """The peer over a SQLite file in a folder, paused, and its job store."""
    from apscheduler.executors.debug import DebugExecutor
    from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
    from apscheduler.schedulers.background import BackgroundScheduler

    warnings.simplefilter("ignore")
    logging.disable(logging.ERROR)
    folder.mkdir(parents=True, exist_ok=True)
    store = SQLAlchemyJobStore(url=f"sqlite:///{folder / 'jobs.db'}")
    scheduler = BackgroundScheduler(
        timezone="UTC",
        jobstores={"default": store},
        executors={"default": DebugExecutor()},
        job_defaults={"misfire_grace_time": None},
    )
    scheduler.start(paused=True)
    return scheduler, store


def _theirs(folder: Path, pending: int) -> float:
    """Jobs a second, from the same kind of database with as many to come."""
    from datetime import UTC, datetime

    from apscheduler.schedulers.base import STATE_RUNNING

    scheduler, store = scheduler_in(folder)
    now = datetime.now(UTC)
    RAN.clear()
    sample = scheduler.add_job(remind, "date", run_date=now + timedelta(days=1), args=(0,))
    state = sample.__getstate__()
    rows = []
    for n in range(pending + OVERDUE):
        at = now - timedelta(seconds=1) if n >= pending else now + timedelta(days=1, seconds=n)
        trigger = type(sample.trigger)(at, timezone="UTC")
        fresh = state | {"id": f"j{n}", "next_run_time": at, "args": (n,), "trigger": trigger}
        rows.append(
            {
                "id": f"j{n}",
                "next_run_time": at.timestamp(),
                "job_state": pickle.dumps(fresh, pickle.HIGHEST_PROTOCOL),
            }
        )
    with store.engine.begin() as connection:
        connection.execute(insert(store.jobs_t), rows)
    # Running, but its own thread has not been woken: we call what it would call.
    scheduler.state = STATE_RUNNING
    began = time.perf_counter()
    while len(RAN) < OVERDUE and store.get_due_jobs(datetime.now(UTC)):
        scheduler._process_jobs()
    took = time.perf_counter() - began
    scheduler.shutdown(wait=False)
    if len(RAN) != OVERDUE:
        raise AssertionError(f"{len(RAN)} ran of {OVERDUE}")
    return OVERDUE / took


# --- adding one ---


def _add_ours(folder: Path) -> float:
    """Durable reminders a second, each with its own commit."""
    database = new_database(folder)
    began = time.perf_counter()
    for n in range(ADDED):
        row = {
            "key": f"{n:040x}",
            "set_id": "s",
            "session_id": "",
            "what": "remind",
            "subject": "",
            "step": None,
            "due_at": NOW,
        }
        with database.write() as connection:
            connection.execute(insert(timers), row)
    took = time.perf_counter() - began
    with database.read() as connection:
        kept = connection.execute(select(func.count()).select_from(timers)).scalar_one()
    database.close()
    if kept != ADDED:
        raise AssertionError("a reminder was not kept")
    return ADDED / took


def _add_theirs(folder: Path) -> float:
    from datetime import UTC, datetime

    scheduler, _ = scheduler_in(folder)
    at = datetime.now(UTC) + timedelta(days=1)
    began = time.perf_counter()
    for n in range(ADDED):
        scheduler.add_job(remind, "date", run_date=at, args=(n,))
    took = time.perf_counter() - began
    scheduler.shutdown(wait=False)
    return ADDED / took


def main() -> list[Figure]:
    """Both figures."""
    pending = PENDING // 10 if quick() else PENDING
    drained, added = [], []
    with tempfile.TemporaryDirectory() as name:
        for n in range(2 if quick() else 3):
            folder = Path(name) / str(n)
            drained.append(
                (rate_of_drain(new_database(folder / "a"), pending), _theirs(folder / "b", pending))
            )
            added.append((_add_ours(folder / "c"), _add_theirs(folder / "d")))
    what = f"drain {OVERDUE:,} of {pending:,}, against APScheduler's job store"
    return [
        figure(
            "G6",
            what,
            [a / b for a, b in drained],
            25,
            5,
            messages_per_second=round(max(a for a, _ in drained)),
        ),
        figure("G8", "add one durable reminder", [a / b for a, b in added], 2, 1),
    ]


if __name__ == "__main__":
    quiet()
    for one in main():
        one.print()
