"""When the bot was last there: noted while meetings run, asked before anything rings or is decided."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog

from bot.core.meeting.interruption.rules import NOTICED
from bot.runtime.clock import Clock, SystemClock
from bot.runtime.store import alive
from bot.runtime.store.store import Store
from bot.runtime.store.unit.loaded import Corrupt
from bot.runtime.writer import Writer

NOTED_EVERY = timedelta(seconds=20)
"""How old the note may get while a meeting runs; a sweep comes every half minute at the latest."""

UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
"""Nothing was noted yet: then what a meeting itself remembers of its last change has to do."""

log = structlog.get_logger()


class Pulse:
    """Tells running meetings of a time in which the bot was not there. One per process.

    A process that starts goes by the note in the database, which all processes share: where another
    one was there, nobody was away. One that runs goes by its own clock as well, since a machine that
    slept, or whose clock was put forward, starts nothing; a database that could not be reached is as
    good as none. A clock that a test or the playground moves by hand is no machine that slept.
    """

    def __init__(
        self,
        store: Store,
        writer: Writer,
        clock: Clock,
        tell: Callable[[str, datetime], Awaitable[None]],
    ) -> None:
        """`tell` brings it to a set's meeting: the set's id, and since when nobody was there."""
        self._store = store
        self._writer = writer
        self._clock = clock
        self._tell = tell
        self._last: datetime | None = None
        self._noted: datetime | None = None
        self._looking = asyncio.Lock()

    def beats(self) -> bool:
        """Whether this process was there just now, so that nothing has to be asked."""
        if self._last is None:
            return False
        by_hand = not isinstance(self._clock, SystemClock)
        return by_hand or self._clock.now() - self._last < NOTICED

    async def look(self) -> None:
        """Before anything rings or is decided: tell the meetings of an outage, note that we are here.

        Raises what the database raises; then nothing has been noted, and the next look asks again.
        """
        if not self.beats():
            async with self._looking:
                if not self.beats():
                    await self._come_back()
        now = self._clock.now()
        if self._noted is None or abs(now - self._noted) >= NOTED_EVERY:
            await self._note(now)
        self._last = now

    async def _come_back(self) -> None:
        with self._store.reading() as unit:
            noted, live = alive.last(unit.connection), unit.live_sets()
        since = max(noted or UNKNOWN, self._last or UNKNOWN)
        if self._clock.now() - since < NOTICED:
            return
        if live:
            log.warning("was_away", since=since.isoformat(), meetings=len(live))
        for _, set_id in live:
            try:
                await self._tell(set_id, since)
            except Corrupt as error:
                # One meeting that cannot be read must not cost the others their time.
                log.error("row_unreadable", error=error.error, row=error.row)

    async def _note(self, now: datetime) -> None:
        with self._store.reading() as unit:
            live = alive.any_live(unit.connection)
        if live:
            await asyncio.wrap_future(
                self._writer.do(lambda unit: alive.note(unit.connection, now))
            )
        self._noted = now
