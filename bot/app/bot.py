"""A whole bot over one database, and the one loop that keeps it going."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog

from bot.core import engine
from bot.core.learning_set.state import SetState
from bot.core.meeting.formats import PHASES
from bot.core.meeting.session import Session
from bot.runtime.alarms import Alarms, Ticking
from bot.runtime.clock import Clock, MovableClock
from bot.runtime.delivery.outbox import Outbox
from bot.runtime.ports.outgoing import Outbound
from bot.runtime.ports.stage import Due, Look
from bot.runtime.process.postgres import Listener
from bot.runtime.process.pulse import Pulse
from bot.runtime.rate_limit import USUAL_MANNERS, Manners
from bot.runtime.road.receive import Service
from bot.runtime.store.database import Database
from bot.runtime.store.outbox.claim import Pace
from bot.runtime.store.store import Store
from bot.runtime.store.upkeep import backup, erasing
from bot.runtime.store.upkeep.maintenance import Upkeep
from bot.runtime.vault import ButtonSigner, Vault
from bot.runtime.writer import Writer

ALIVE_SECONDS = 10
"""How often a process says to itself, and every second time to the others, that it is there."""

MOST_ROUNDS = 1000
"""Rounds of ringing and sending in one go; more means that something feeds itself."""

BACKUP_EVERY = timedelta(hours=23, minutes=30)
"""A little less than a day, so that the hourly question is not answered a day late."""

QUIET_WITHIN = 1.0
"""Seconds for what was begun in the background when the process ends; it is asked for again later."""

log = structlog.get_logger()


class Bot:
    """A whole bot over one database. `platforms` are the outbound halves by their short name."""

    def __init__(
        self,
        database: Database,
        keys: list[str],
        clock: Clock,
        platforms: Mapping[str, Outbound],
        *,
        paces: dict[str, Pace] | None = None,
        grace: int = 120,
        threaded: bool = True,
        manners: Manners = USUAL_MANNERS,
    ) -> None:
        """The database must stand at the newest revision. `grace` is seconds (docs/method.md, Time)."""
        self.clock = clock
        self.platforms = dict(platforms)
        self.vault = Vault(keys, clock.chance)
        self.signer = ButtonSigner(self.vault)
        self.store = Store(database, self.vault, clock)
        self.writer = Writer(self.store, threaded=threaded)
        self.upkeep = Upkeep(database, clock.steady) if threaded and database.is_sqlite else None
        if self.upkeep is not None:
            self.store.counted, self.store.scrub = self.upkeep.committed, self.upkeep.scrub
            self.store.soon = self.upkeep.soon
            self.upkeep.start()
        self.service = Service(self.store, self.writer, clock, self.outbound_of, grace, manners)
        self.outbox = Outbox(self.store, self.writer, clock, self.outbound_of, paces)
        self.outbox.reached = self.service.reached
        self.pulse = Pulse(self.store, self.writer, clock, self.service.was_away)
        self.service.pulse = self.pulse
        self.alarms = Alarms(self.store, self.service, self.writer, clock)
        self._working = asyncio.Lock()
        self._kicked = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ticking: Ticking | None = None
        self._listener: Listener | None = None
        self.backups: Path | None = None
        """Where nightly copies of a SQLite file go; None where none are made."""

    def outbound_of(self, installation: str) -> Outbound | None:
        """The platform an installation lives on: `slack:T1` lives on `slack`."""
        return self.platforms.get(installation.partition(":")[0])

    def erase_again(self) -> int:
        """After a restore: forget everyone who was forgotten since the copy was made; how many."""
        return self.writer.do(erasing.again).result()

    async def start(self) -> None:
        """Ring and send by ourselves from now on."""
        loop = asyncio.get_running_loop()
        self.writer.after_commit(lambda: loop.call_soon_threadsafe(self._kicked.set))
        if not self.store.database.is_sqlite:
            kick = partial(loop.call_soon_threadsafe, self._kicked.set)
            self._listener = Listener(self.store.database.address, kick)
            self._listener.start()
        back_up = self.back_up if self.backups is not None else None
        self._ticking = Ticking(self.alarms, self._kicked.set, back_up)
        self._ticking.start()
        task = loop.create_task(self._keep_going())
        self._tasks.update((task, loop.create_task(self._keep_alive())))
        self._kicked.set()

    async def stop(self) -> None:
        """Stop ringing and sending, finish what is being written, close the database."""
        if self._ticking is not None:
            self._ticking.stop()
        if self._listener is not None:
            self._listener.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        with suppress(TimeoutError):
            async with asyncio.timeout(QUIET_WITHIN):
                await self.service.quiet()
        self.close()

    def close(self) -> None:
        """Finish what is being written and close the database."""
        self.writer.close()
        if self.upkeep is not None:
            self.upkeep.close()
        self.store.database.close()

    async def back_up(self) -> Path | None:
        """Tonight's copy, where the last one is about a day old; the bot goes on meanwhile."""
        folder, now = self.backups, self.clock.now()
        if folder is None:
            return None
        last = backup.newest(folder)
        if last is not None and now - last < BACKUP_EVERY:
            return None
        try:
            made = await asyncio.to_thread(
                backup.nightly, self.store.database, self.vault, now, folder
            )
        except Exception as error:
            log.error("backup_failed", error=type(error).__name__)
            return None
        log.info("backed_up", copy=str(made))
        return made

    async def _keep_going(self) -> None:
        """The one loop: asleep until the next deadline or message is due, or something was kicked."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._until_next()):
                    await self._kicked.wait()
            self._kicked.clear()
            try:
                await self.settle()
            except Exception as error:
                log.error("settle_failed", error=type(error).__name__)
                await asyncio.sleep(1)
                self._kicked.set()

    async def _keep_alive(self) -> None:
        """That we are here is noted whatever a platform keeps us waiting for."""
        while True:
            await asyncio.sleep(ALIVE_SECONDS)
            try:
                await self.pulse.look()
            except Exception as error:
                log.warning("alive_not_noted", error=type(error).__name__)

    def _until_next(self) -> float | None:
        """Seconds until something is due, None where nothing waits; the sweep has us look anyway."""
        try:
            due = self.next_due()
        except Exception as error:
            log.warning("next_due_unknown", error=type(error).__name__)
            return 1.0
        return None if due is None else max((due - self.now()).total_seconds(), 0.005)

    # --- the stage, as the playground and the script see it ---

    def now(self) -> datetime:
        """What the bot's clock says."""
        return self.clock.now()

    def next_due(self) -> datetime | None:
        """When something is due next."""
        return self.alarms.next_due()

    async def settle(self) -> None:
        """Ring and send everything that is due now, and what follows from it."""
        async with self._working:
            await self.pulse.look()
            for _ in range(MOST_ROUNDS):
                rings, waits = self.alarms.what_is_due(self.outbox.now())
                rung = await self.alarms.run_due() if rings else 0
                sent = await self.outbox.step() if rung or waits else 0
                await self.service.quiet()
                if not rung and not sent:
                    return

    async def move_to(self, at: datetime) -> None:
        """Move the clock on, from due row to due row, skipping none."""
        clock = self.clock
        if not isinstance(clock, MovableClock):
            raise TypeError("this clock cannot be moved")
        await self.settle()
        while (due := self.next_due()) is not None and due <= at:
            clock.move_to(max(due, clock.now() + timedelta(microseconds=1)))
            await self.settle()
        clock.move_to(at)
        await self.settle()

    async def reset(self) -> None:
        """Forget everything that was ever stored; the clock stays where it is."""
        async with self._working:
            await asyncio.wrap_future(
                self.writer.do(lambda unit: self.store.empty(unit.connection))
            )

    def look(self, installation: str, place: str) -> Look:
        """What is going on in a place, for the inspector: states and times, never words."""
        with self.store.reading() as unit:
            room = unit.room_of_place(installation, place)
        if room.set is None:
            return Look()
        return self._look(room.set, room.live)

    def _look(self, state: SetState, session: Session | None) -> Look:
        planned = state.planned()
        shown = Look(
            set_name=state.name,
            zone=state.zone,
            next_meeting=state.starts_at(planned[0]) if planned else None,
            owing=tuple(state.name_of(a.owner) for a in state.actions if a.open),
            due=_due(state, session, self.now()),
            outbox=self.store.inspect(state.id),
        )
        if session is None:
            return shown
        return replace(
            shown,
            phase=session.step.phase,
            presenter=session.name(session.presenter) if session.presenter else "",
            step=session.at,
            steps=tuple(PHASES[step.phase].title for step in session.plan),
            ends_at=session.clock.ends_at if session.step.seconds else None,
        )


def _due(state: SetState, session: Session | None, now: datetime) -> tuple[Due, ...]:
    found = [*engine.deadlines(state), *(engine.deadlines(session) if session else ())]
    coming = sorted((d for d in found if d.at >= now), key=lambda d: d.at)
    return tuple(Due(d.at, d.what) for d in coming)[:12]
