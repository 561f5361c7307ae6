"""The alarm clock: rings deadlines that have come, by state and never by memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.runtime.clock import Clock, SystemClock
from bot.runtime.road.receive import Service
from bot.runtime.store.store import Store
from bot.runtime.store.unit.loaded import Corrupt
from bot.runtime.store.upkeep.sweeping import sweep
from bot.runtime.writer import Job, Writer

SWEEP_SECONDS = 30
PURGE_REST = timedelta(minutes=5)
"""How long at least lies between two purges: what is over goes no later than this."""

PURGE_AT_LEAST = timedelta(hours=1)
BACKUP_SECONDS = 3600
"""How often we ask whether a copy is due; the copies themselves say when the last was made."""

FIRST_BACKUP = timedelta(minutes=1)
REST_SECONDS = 60.0
"""How long a deadline whose row cannot be read is left alone."""

MOST = 200

log = structlog.get_logger()


class Alarms:
    """Rings what is due. Holds no promise: everything due is in the table."""

    def __init__(self, store: Store, service: Service, writer: Writer, clock: Clock) -> None:
        """Reads the store, rings by the service."""
        self._store = store
        self._service = service
        self._writer = writer
        self._clock = clock
        self._failed: dict[str, float] = {}

    async def run_due(self, now: datetime | None = None) -> int:
        """Ring everything due by `now` (by default the clock's), oldest first; how many rang.

        One whose row cannot be read is left for a minute, so that it does not hold up the others.
        """
        rung = 0
        steady = self._clock.steady()
        self._forget_rested()
        while True:
            found = self._store.due_timers(now or self._clock.now(), MOST + len(self._failed))
            due = [timer for timer in found if timer.key not in self._failed]
            if not due:
                return rung
            for timer in due:
                try:
                    await self._service.rang(timer)
                except Corrupt as error:
                    log.error("row_unreadable", error=error.error, row=error.row, kind=timer.what)
                    self._failed[timer.key] = steady
                else:
                    rung += 1

    async def purge(self) -> dict[str, int]:
        """Delete what the retention table says is over; counts of each kind."""
        counts: dict[str, int] = await self._writer.until_sure(lambda: Job(sweep))
        if any(counts.values()):
            log.info("purged", **counts)
        return counts

    def next_purge(self) -> timedelta:
        """How long to wait for the next purge: until something is over, in hours that are bearable."""
        due, now = self._store.next_sweep(), self._clock.now()
        wait = PURGE_AT_LEAST if due is None else due - now
        return min(max(wait, PURGE_REST), PURGE_AT_LEAST)

    def _forget_rested(self) -> None:
        """Those that failed and have been left long enough are tried again."""
        steady = self._clock.steady()
        self._failed = {key: at for key, at in self._failed.items() if steady - at < REST_SECONDS}

    def next_due(self) -> datetime | None:
        """When something has to be rung or sent next."""
        times = [t for t in self._store.next_due(self._failed) if t is not None]
        return min(times, default=None)

    def what_is_due(self, by: datetime) -> tuple[bool, bool]:
        """Whether something is to be rung now, and whether a message can be looked at `by` then."""
        self._forget_rested()
        timer, message = self._store.next_due(self._failed)
        rings = timer is not None and timer <= self._clock.now()
        return rings, message is not None and message <= by


class Ticking:
    """APScheduler for what comes round again and again: a handful of jobs that carry no data.

    It does not wake at deadlines: that is the one loop of the bot, which sleeps until the next due row.
    """

    def __init__(
        self,
        alarms: Alarms,
        wake: Callable[[], None],
        back_up: Callable[[], Awaitable[object]] | None = None,
    ) -> None:
        """`wake` has the loop look again at once; `back_up` makes tonight's copy where it is due."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler

        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 1}
        self._scheduler: Any = AsyncIOScheduler(timezone="UTC", job_defaults=defaults)
        self._alarms = alarms
        self._wake = wake
        self._back_up = back_up

    def start(self) -> None:
        """Begin to wake the loop every half minute, whatever happens.

        What is over is deleted at once, and from then on whenever something is.
        """
        self._scheduler.add_job(self._sweep, "interval", seconds=SWEEP_SECONDS, id="sweep")
        self._purge_at(SystemClock().now())
        if self._back_up is not None:
            self._scheduler.add_job(
                self._back_up,
                "interval",
                seconds=BACKUP_SECONDS,
                id="backup",
                next_run_time=SystemClock().now() + FIRST_BACKUP,
            )
        self._scheduler.start()

    def stop(self) -> None:
        """Wake no more."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=False)

    async def _sweep(self) -> None:
        self._wake()

    async def _purge(self) -> None:
        wait = PURGE_REST
        try:
            await self._alarms.purge()
            wait = await asyncio.to_thread(self._alarms.next_purge)
        finally:
            self._purge_at(SystemClock().now() + wait)

    def _purge_at(self, at: datetime) -> None:
        self._once(self._purge, at, "purge")

    def _once(self, job: Callable[[], Awaitable[None]], at: datetime, name: str) -> None:
        """Plan this instead of the last of its name, which may be planning it with its last breath.

        On a busy machine its time may come before that one has ended: it must not be left out.
        """
        self._scheduler.add_job(
            job, "date", run_date=at, id=name, replace_existing=True, max_instances=2
        )
